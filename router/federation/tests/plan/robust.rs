//! Damaged supergraphs and damaged operations give errors or plans, never a panic.

use crate::cases::{folders_or_files, subgraphs};
use federation::compose::compose;
use federation::operation::{Limits, prepare};
use federation::plan::{PlanOptions, plan};
use federation::supergraph::Supergraph;
use serde_json::json;
use std::fs;
use std::path::Path;

/// A text with some of its lines, words or characters removed, doubled or swapped.
fn damaged(random: &mut fastrand::Rng, text: &str, unit: fn(&str) -> Vec<&str>) -> String {
    let mut parts = unit(text);
    for _ in 0..random.usize(1..4) {
        let (at, other) = (random.usize(0..parts.len()), random.usize(0..parts.len()));
        match random.u8(0..3) {
            0 => drop(parts.remove(at)),
            1 => parts.insert(at, parts[other]),
            _ => parts.swap(at, other),
        }
        if parts.is_empty() {
            return String::new();
        }
    }
    parts.concat()
}

fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

fn words(text: &str) -> Vec<&str> {
    text.split_inclusive([' ', '(', ')', '{', '}', ':', ',', '"']).collect()
}

#[test]
fn damaged_input_never_panics() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/plan/cases");
    let mut random = fastrand::Rng::with_seed(7);
    let (mut supergraphs, mut plans, mut operations) = (0, 0, 0);
    for suite in folders_or_files(&root) {
        let sdl = compose(&subgraphs(&suite)).unwrap().supergraph_sdl;
        let cases = folders_or_files(&suite).into_iter().filter(|case| !case.ends_with("subgraphs"));
        let queries: Vec<String> =
            cases.map(|case| fs::read_to_string(case.join("query.graphql")).unwrap()).collect();
        let whole = Supergraph::parse(&sdl).unwrap();
        let options = PlanOptions { max_steps: 20_000, ..PlanOptions::default() };
        for round in 0..60 {
            let unit = if round % 2 == 0 { lines } else { words };
            if let Ok(supergraph) = Supergraph::parse(&damaged(&mut random, &sdl, unit)) {
                supergraphs += 1;
                for query in &queries {
                    if let Ok(operation) = prepare(&supergraph, query, None, &Limits::default()) {
                        plans += usize::from(plan(&supergraph, &operation, &options).is_ok());
                    }
                }
            }
            let query = damaged(&mut random, &queries[round % queries.len()], words);
            if let Ok(operation) = prepare(&whole, &query, None, &Limits::default()) {
                operations += 1;
                let _ = plan(&whole, &operation, &options);
                let given = json!({ "a": true, "b": 1, "isbn": [], "n": {} });
                let _ = operation.coerce_variables(&whole, given.as_object().unwrap());
            }
        }
    }
    assert!(supergraphs > 20 && plans > 100 && operations > 20, "{supergraphs} {plans} {operations}");
}
