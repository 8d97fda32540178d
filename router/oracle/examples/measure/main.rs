//! How long composing, planning and executing take: `cargo run --release -p oracle --example measure -- FOLDER`.
//!
//! FOLDER holds SDL files (in `subgraphs` or directly), and may hold `supergraph.graphql`, `query.json` with a request's body, and
//! `answer.json` with its whole answer, from which the subgraphs' answers are made. What is not there is not measured. Best
//! and median of many runs on one thread, in microseconds; subgraphs and network cost nothing here.

mod recorded;

use clap::Parser;
use federation::compose::{SubgraphSdl, compose};
use federation::operation::{Limits, Operation, Variables, prepare};
use federation::plan::{Plan, PlanOptions, plan};
use federation::supergraph::Supergraph;
use oracle::cases::sdls;
use recorded::Recorded;
use router::execute::{Inputs, Program, execute};
use serde_json::Value;
use std::error::Error;
use std::hint::black_box;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

#[derive(Parser)]
struct Arguments {
    /// Where the files are.
    folder: PathBuf,
    /// Another file of a request, instead of the folder's `query.json`.
    #[arg(long)]
    query: Option<PathBuf>,
    /// Runs of each step.
    #[arg(long, default_value_t = 2000)]
    runs: usize,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let inner = arguments.folder.join("subgraphs");
    let subgraphs = sdls(if inner.is_dir() { &inner } else { &arguments.folder })?;
    let composed = composing(&subgraphs, arguments.runs / 10);
    let file = arguments.folder.join("supergraph.graphql");
    let sdl = std::fs::read_to_string(&file).ok().or(composed).ok_or("no supergraph")?;
    let supergraph = Supergraph::parse(&sdl)?;
    time("read the supergraph", arguments.runs / 10, || Supergraph::parse(&sdl));
    let query = arguments.query.unwrap_or_else(|| arguments.folder.join("query.json"));
    let Some(body) = json(&query) else { return Ok(()) };
    let text = body["query"].as_str().ok_or("no query")?;
    let (operation, plan) = planning(&supergraph, text, arguments.runs)?;
    let values = body["variables"].as_object().cloned().unwrap_or_default();
    let variables = operation.coerce_variables(&supergraph, &values).map_err(|error| error.message)?;
    if let Some(answer) = json(&arguments.folder.join("answer.json")) {
        let mut recorded = Recorded::new(&subgraphs, &answer["data"])?;
        executing(plan, &variables, &mut recorded, (&answer, arguments.runs))?;
    }
    Ok(())
}

fn composing(subgraphs: &[(String, String)], runs: usize) -> Option<String> {
    let subgraph = |(name, sdl): &(String, String)| SubgraphSdl {
        name: name.clone(),
        url: String::new(),
        sdl: sdl.clone(),
        file: None,
    };
    let subgraphs: Vec<SubgraphSdl> = subgraphs.iter().map(subgraph).collect();
    let composed = compose(&subgraphs).ok()?;
    time("compose", runs, || compose(&subgraphs));
    Some(composed.supergraph_sdl)
}

fn planning(supergraph: &Supergraph, text: &str, runs: usize) -> Result<(Operation, Plan), Box<dyn Error>> {
    let prepared = || {
        let prepared = prepare(supergraph, text, None, &Limits::default());
        prepared.map_err(|errors| errors.into_iter().map(|error| error.message).collect::<String>())
    };
    let operation = prepared()?;
    let planned = |operation: &Operation| plan(supergraph, operation, &PlanOptions::default());
    let found = planned(&operation)?;
    time("prepare", runs, prepared);
    time("plan", runs, || planned(&operation));
    time("prepare and plan", runs, || prepared().map(|operation| planned(&operation)));
    say(&format!("{} requests, {} in a row", found.fetches.len(), found.depth()));
    Ok((operation, found))
}

fn executing(
    plan: Plan,
    variables: &Variables,
    recorded: &mut Recorded,
    (answer, runs): (&Value, usize),
) -> Result<(), Box<dyn Error>> {
    let program = Program::new(Arc::new(plan));
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let run = |recorded: &Recorded| {
        let inputs = Inputs { variables, introspection: None, event: None };
        runtime.block_on(execute(&program, inputs, recorded)).into_bytes()
    };
    let bytes = run(recorded);
    let found: Value = serde_json::from_slice(&bytes)?;
    let (requests, received) = recorded.keep();
    let equal = found["data"] == answer["data"];
    say(&format!("{requests} requests, {received} bytes in, {} out, as expected: {equal}", bytes.len()));
    time("execute and respond", runs, || run(recorded));
    Ok(())
}

fn time<T>(what: &str, runs: usize, mut step: impl FnMut() -> T) {
    let mut times: Vec<f64> = Vec::with_capacity(runs);
    for _ in 0..runs.max(5) {
        let started = Instant::now();
        black_box(step());
        times.push(started.elapsed().as_secs_f64() * 1e6);
    }
    times.sort_by(f64::total_cmp);
    say(&format!("{what:24} best {:9.1}  median {:9.1}", times[0], times[times.len() / 2]));
}

fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

fn json(file: &Path) -> Option<Value> {
    serde_json::from_str(&std::fs::read_to_string(file).ok()?).ok()
}
