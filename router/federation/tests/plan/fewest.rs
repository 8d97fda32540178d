//! Is the cheapest choice at each place the best for the whole plan? Every combination of choices is planned (up to a limit), and none
//! may need fewer fetches than the plan that is really taken.

use crate::cases::{folders_or_files, subgraphs};
use federation::compose::compose;
use federation::operation::{Limits, Operation, prepare};
use federation::plan::{PlanOptions, plan};
use federation::supergraph::Supergraph;
use std::cell::RefCell;
use std::fs;
use std::path::Path;

/// Combinations to try per query.
const LIMIT: usize = 400;

/// The fewest fetches over all combinations of choices, and how many there were.
fn fewest(supergraph: &Supergraph, operation: &Operation) -> (usize, usize) {
    // Which alternative to take at each choice, and how many there were when it was last met.
    let script: RefCell<Vec<(usize, usize)>> = RefCell::default();
    let at = RefCell::new(0);
    let choose = |count: usize| {
        let mut script = script.borrow_mut();
        let mut at = at.borrow_mut();
        if *at == script.len() {
            script.push((0, count));
        }
        script[*at].1 = count;
        *at += 1;
        script[*at - 1].0.min(count - 1)
    };
    let options = PlanOptions { choose: Some(&choose), ..PlanOptions::default() };
    let mut best = usize::MAX;
    for tried in 1..=LIMIT {
        *at.borrow_mut() = 0;
        if let Ok(plan) = plan(supergraph, operation, &options) {
            best = best.min(plan.fetches.len());
        }
        let mut script = script.borrow_mut();
        script.truncate(*at.borrow());
        while script.last().is_some_and(|(taken, count)| taken + 1 >= *count) {
            script.pop();
        }
        match script.last_mut() {
            Some(last) => last.0 += 1,
            None => return (best, tried),
        }
    }
    (best, LIMIT)
}

fn compare(name: &str, supergraph: &Supergraph, query: &str, worse: &mut Vec<String>) -> usize {
    let Ok(operation) = prepare(supergraph, query, None, &Limits::default()) else { return 0 };
    let Ok(taken) = plan(supergraph, &operation, &PlanOptions::default()) else { return 0 };
    let (best, tried) = fewest(supergraph, &operation);
    if best < taken.fetches.len() {
        worse.push(format!("{name}: {} fetches, {best} are possible\n{query}", taken.fetches.len()));
    }
    tried
}

#[test]
fn no_combination_of_choices_needs_fewer_fetches() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut worse = Vec::new();
    let mut tried = 0;
    for suite in folders_or_files(&here.join("tests/plan/cases")) {
        let composed = compose(&subgraphs(&suite)).unwrap();
        let supergraph = Supergraph::parse(&composed.supergraph_sdl).unwrap();
        for case in folders_or_files(&suite).into_iter().filter(|case| !case.ends_with("subgraphs")) {
            let query = fs::read_to_string(case.join("query.graphql")).unwrap();
            if !query.starts_with("# labels:") {
                tried += compare(&case.display().to_string(), &supergraph, &query, &mut worse);
            }
        }
    }
    for suite in folders_or_files(&here.join("../../../shared/audit")) {
        let sdl = fs::read_to_string(suite.join("supergraph.graphql")).unwrap();
        let supergraph = Supergraph::parse(&sdl).unwrap();
        let tests = fs::read_to_string(suite.join("tests.json")).unwrap();
        let tests: Vec<serde_json::Value> = serde_json::from_str(&tests).unwrap();
        for test in tests {
            let query = test["query"].as_str().unwrap();
            tried += compare(&suite.display().to_string(), &supergraph, query, &mut worse);
        }
    }
    assert!(worse.is_empty(), "{}", worse.join("\n"));
    assert!(tried > 100, "only {tried} plans were made");
}
