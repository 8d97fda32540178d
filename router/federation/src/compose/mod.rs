//! Composition: the SDLs of subgraphs become one supergraph, or a list of errors that say where.
//!
//! Read in this order: [`report`] what comes out beside the supergraph, `model` what is known of one subgraph,
//! `ingest` SDL → model, `validate` the rules one subgraph must keep, `merge` models → one supergraph,
//! `satisfiability` can every query be answered, `print` supergraph → join-spec SDL.
//!
//! Steps run only when the step before found no error, because later rules would repeat the same mistake in
//! other words; within a step everything that is wrong is reported.

pub mod code;
mod field_set;
mod ingest;
mod merge;
mod model;
mod print;
pub mod report;
mod satisfiability;
mod validate;

pub use report::{CompositionError, CompositionHint, Location};

use report::Report;

/// One subgraph as it is handed in.
#[derive(Clone, Debug)]
pub struct SubgraphSdl {
    /// Unique name; it becomes a value of the enum `join__Graph`.
    pub name: String,
    /// Where the subgraph answers; only carried into the supergraph.
    pub url: String,
    /// The schema, as `_service { sdl }` gives it.
    pub sdl: String,
    /// Where the SDL was read from, for messages.
    pub file: Option<String>,
}

/// What composing gives.
#[derive(Clone, Debug)]
pub struct Composition {
    /// The supergraph in the join spec: what this router and others run.
    pub supergraph_sdl: String,
    /// Remarks about things that are allowed but probably not meant.
    pub hints: Vec<CompositionHint>,
}

/// Composes subgraphs into a supergraph.
///
/// The answer does not depend on the order of `subgraphs`: they are taken by name.
///
/// # Errors
/// Every rule that is broken, with its published code and the places in the SDLs that break it.
pub fn compose(subgraphs: &[SubgraphSdl]) -> Result<Composition, Vec<CompositionError>> {
    let mut report = Report::default();
    let mut models = ingest::ingest(subgraphs, &mut report);
    report.stop_on_errors()?;
    ingest::upgrade::upgrade(&mut models, &mut report);
    report.stop_on_errors()?;
    validate::subgraphs(&models, &mut report);
    report.stop_on_errors()?;
    let supergraph = merge::merge(&models, &mut report);
    report.stop_on_errors()?;
    validate::supergraph(&supergraph, &models, &mut report);
    report.stop_on_errors()?;
    let supergraph_sdl = print::print(&supergraph, &models);
    validate::printed(&supergraph_sdl, &supergraph, &models, &mut report);
    report.stop_on_errors()?;
    satisfiability::check(&supergraph, &models, &mut report);
    report.stop_on_errors()?;
    Ok(Composition { supergraph_sdl, hints: report.into_hints() })
}
