//! Ingest: the SDL of a subgraph becomes a model, or the errors of that SDL on its own.
//!
//! The document is parsed, its links read, what belongs to the subgraph protocol taken out and the definitions of the
//! linked directives put in; then it must be valid GraphQL, and is converted.

mod convert;
mod defaults;
mod fields;
mod known;
mod link;
mod prepare;
pub(super) mod upgrade;
mod usage;

use std::collections::BTreeSet;

use apollo_compiler::Schema;
use apollo_compiler::parser::Parser;
use apollo_compiler::validation::{DiagnosticList, Valid};

use super::SubgraphSdl;
use super::code;
use super::model::Subgraph;
use super::report::{Location, Report};
use convert::Converter;
use link::Links;

/// Deeper nesting in an SDL than this is refused.
const RECURSION_LIMIT: usize = 200;

/// Reads all subgraphs, in the order of their names.
pub(super) fn ingest(subgraphs: &[SubgraphSdl], report: &mut Report) -> Vec<Subgraph> {
    let mut sorted: Vec<&SubgraphSdl> = subgraphs.iter().collect();
    sorted.sort_by(|a, b| a.name.cmp(&b.name));
    let mut graphs = BTreeSet::new();
    let mut models = Vec::new();
    let mut previous = None;
    for sdl in sorted {
        if sdl.name.is_empty() || sdl.name == "_" || previous == Some(&sdl.name) {
            let message = format!("\"{}\" cannot be the name of a subgraph, or is taken", sdl.name);
            report.error(code::INVALID_SUBGRAPH_NAME, message, None);
            continue;
        }
        previous = Some(&sdl.name);
        if let Some(model) = ingest_one(sdl, graph_name(&sdl.name, &mut graphs), report) {
            models.push(model);
        }
    }
    models
}

/// The value of `join__Graph` for a name: upper case, one of a kind.
fn graph_name(name: &str, taken: &mut BTreeSet<String>) -> String {
    let mut graph: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect();
    if graph.starts_with(|c: char| c.is_ascii_digit()) || graph.starts_with("__") {
        graph.insert(0, 'G');
    }
    let mut unique = graph.clone();
    let mut number = 1;
    while !taken.insert(unique.clone()) {
        number += 1;
        unique = format!("{graph}_{number}");
    }
    unique
}

fn ingest_one(sdl: &SubgraphSdl, graph: String, report: &mut Report) -> Option<Subgraph> {
    let path = sdl.file.clone().unwrap_or_else(|| sdl.name.clone());
    let document = match Parser::new().recursion_limit(RECURSION_LIMIT).parse_ast(sdl.sdl.as_str(), path) {
        Ok(document) => document,
        Err(error) => {
            invalid_graphql(sdl, &error.errors, report);
            return None;
        }
    };
    let mut link_errors = Vec::new();
    let links = Links::read(&document, &mut link_errors);
    let prepared = prepare::prepare(document, &links, &mut link_errors);
    let valid = link_errors.is_empty();
    for (code, message, at) in link_errors {
        let position = at.and_then(|at| at.line_column(&prepared.document.sources));
        let location = position.map(|position| location(sdl, position.line, position.column));
        report.error(code, format!("In subgraph \"{}\": {message}", sdl.name), location);
    }
    let schema = match valid_schema(&prepared) {
        Ok(schema) => schema,
        Err(errors) => {
            errors.iter().for_each(|errors| invalid_graphql(sdl, errors, report));
            return None;
        }
    };
    if !valid {
        return None;
    }
    let mut subgraph = Converter::new(&schema, &prepared, &links).convert(sdl, graph, report);
    defaults::correct(&mut subgraph);
    usage::mark(&mut subgraph);
    Some(subgraph)
}

/// Builds and validates; what can be validated in spite of errors is, so that all of them are told at once.
fn valid_schema(prepared: &prepare::Prepared) -> Result<Valid<Schema>, Vec<DiagnosticList>> {
    let builder = Schema::builder().adopt_orphan_extensions();
    match builder.add_ast(&prepared.document).add_ast(&prepared.support).build() {
        Ok(schema) => schema.validate().map_err(|invalid| vec![invalid.errors]),
        Err(broken) => {
            let more = broken.partial.validate().err().map(|invalid| invalid.errors);
            Err(std::iter::once(broken.errors).chain(more).collect())
        }
    }
}

fn invalid_graphql(sdl: &SubgraphSdl, errors: &DiagnosticList, report: &mut Report) {
    for error in errors.iter() {
        let position = error.line_column_range().map(|range| range.start);
        let location = position.map(|position| location(sdl, position.line, position.column));
        let problem = error.error.to_string();
        let help = missing_link(&problem).unwrap_or_default();
        let message = format!("In subgraph \"{}\": {problem}{help}", sdl.name);
        report.error(code::INVALID_GRAPHQL, message, location);
    }
}

/// Many a directive is not found because its specification is not linked.
fn missing_link(problem: &str) -> Option<&'static str> {
    let (_, rest) = problem.split_once("cannot find directive `@")?;
    let name = rest.split('`').next()?;
    known::DIRECTIVES.iter().find(|known| known.name == name)?;
    Some(
        "; import it: extend schema @link(url: \"https://specs.apollo.dev/federation/v2.x\", import: [\"@…\"])",
    )
}

fn location(sdl: &SubgraphSdl, line: usize, column: usize) -> Location {
    Location { subgraph: sdl.name.clone(), file: sdl.file.clone(), line, column }
}
