//! `plan`: how the router would answer an operation, and why so.

use std::path::Path;

use ::federation::operation::{self, Limits};
use ::federation::plan::{self as planner, PlanOptions};
use ::federation::supergraph::Supergraph;

use crate::args::PlanArgs;
use crate::{compose, terminal};

/// Prints the plan of one operation as text or JSON.
pub(crate) fn run(args: &PlanArgs) -> Result<(), String> {
    let sdl = match &args.supergraph {
        Some(file) => read(file)?,
        None => compose::supergraph(&compose::own_subgraphs())?,
    };
    let supergraph = Supergraph::parse(&sdl).map_err(|error| error.to_string())?;
    let text = read(&args.query)?;
    let prepared = operation::prepare(&supergraph, &text, args.operation.as_deref(), &Limits::default());
    let operation = prepared.map_err(|errors| {
        let lines: Vec<String> = errors.iter().map(|error| error.message.clone()).collect();
        format!("{}: {}", args.query.display(), lines.join("\n"))
    })?;
    let plan =
        planner::plan(&supergraph, &operation, &PlanOptions::default()).map_err(|error| error.to_string())?;
    terminal::say(if args.json { format!("{:#}", plan.to_json()) } else { plan.to_text_with_reasons() });
    Ok(())
}

fn read(file: &Path) -> Result<String, String> {
    std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))
}
