//! The last check: what was printed must be valid GraphQL.
//!
//! Some rules of GraphQL can break only by merging, such as an implementation that no longer fits its interface. They
//! are checked on the printed text, and what is found is told with the places in the subgraphs that the line of the
//! text came from.

use apollo_compiler::Schema;

use super::super::code;
use super::super::merge::supergraph::Supergraph;
use super::super::model::Subgraph;
use super::super::report::{Location, Report};

/// Validates the printed supergraph.
pub(in super::super) fn printed(
    sdl: &str,
    supergraph: &Supergraph,
    subgraphs: &[Subgraph],
    report: &mut Report,
) {
    let Err(invalid) = Schema::parse_and_validate(sdl, "supergraph.graphql") else { return };
    for error in invalid.errors.iter() {
        let line = error.line_column_range().map_or(0, |range| range.start.line);
        let (ty, member) = element_at(sdl, line);
        let known = ty.filter(|ty| supergraph.types.contains_key(*ty));
        let message = format!("After merging: {}", error.error);
        let places = known.map_or_else(Vec::new, |ty| places(subgraphs, ty, member));
        report.error(code::INVALID_GRAPHQL, message, places);
    }
}

/// The type, and its member, that a line of the printed text belongs to.
fn element_at(sdl: &str, line: usize) -> (Option<&str>, Option<&str>) {
    let mut ty = None;
    let mut member = None;
    for text in sdl.lines().take(line) {
        let mut words =
            text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
        match words.next() {
            Some("type" | "interface" | "union" | "enum" | "input" | "scalar") if !text.starts_with(' ') => {
                ty = words.next();
                member = None;
            }
            Some(first) if text.starts_with("  ") && !text.trim_start().starts_with(['@', '"']) => {
                member = Some(first);
            }
            _ => {}
        }
    }
    (ty, member)
}

fn places(subgraphs: &[Subgraph], ty: &str, member: Option<&str>) -> Vec<Location> {
    let at = |subgraph: &Subgraph| {
        let ty = subgraph.types.get(ty)?;
        let field = member.and_then(|member| Some(ty.fields.get(member)?.at));
        subgraph.location(field.unwrap_or(ty.at))
    };
    subgraphs.iter().filter_map(at).collect()
}
