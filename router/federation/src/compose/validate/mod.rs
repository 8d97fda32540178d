//! Rules.

use super::merge::supergraph::Supergraph;
use super::model::Subgraph;
use super::report::Report;

pub(super) fn subgraphs(_subgraphs: &[Subgraph], _report: &mut Report) {}
pub(super) fn supergraph(_supergraph: &Supergraph, _subgraphs: &[Subgraph], _report: &mut Report) {}
pub(super) fn printed(_sdl: &str, _supergraph: &Supergraph, _subgraphs: &[Subgraph], _report: &mut Report) {}
