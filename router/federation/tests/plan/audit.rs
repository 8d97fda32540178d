//! The public federation audit, where its data lies beside the repository: every query plans, every document is valid, and the
//! number of fetches never grows. Skipped where the data is absent.

use crate::cases::{folders_or_files, subgraphs};
use crate::subgraph::invalid_documents;
use federation::operation::{Limits, prepare};
use federation::plan::{PlanOptions, plan};
use federation::supergraph::Supergraph;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

#[test]
fn every_query_of_the_audit_plans_with_no_more_fetches_than_before() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let data = here.join("../../../shared/audit");
    let suites = folders_or_files(&data);
    if suites.is_empty() {
        println!("SKIPPED: the audit's data is not there");
        return;
    }
    let mut counts = String::new();
    let mut wrong = Vec::new();
    for suite in suites {
        let name = suite.file_name().unwrap().to_string_lossy().into_owned();
        let sdl = fs::read_to_string(suite.join("supergraph.graphql")).unwrap();
        let supergraph = Supergraph::parse(&sdl).unwrap();
        let tests = fs::read_to_string(suite.join("tests.json")).unwrap();
        let tests: Vec<serde_json::Value> = serde_json::from_str(&tests).unwrap();
        let _ = write!(counts, "{name}:");
        for (number, test) in tests.iter().enumerate() {
            let query = test["query"].as_str().unwrap();
            let operation = match prepare(&supergraph, query, None, &Limits::default()) {
                Ok(operation) => operation,
                Err(errors) => {
                    assert_eq!(test["expected"]["errors"], true, "{name}#{number}: {errors:?}");
                    counts.push_str(" invalid");
                    continue;
                }
            };
            match plan(&supergraph, &operation, &PlanOptions::default()) {
                Ok(plan) => {
                    let _ = write!(counts, " {}/{}", plan.fetches.len(), plan.depth());
                    for (fetch, errors) in invalid_documents(&plan, &subgraphs(&suite)) {
                        wrong.push(format!("{name}#{number}: fetch {fetch} is invalid: {errors}"));
                    }
                }
                Err(error) => {
                    assert_eq!(test["expected"]["errors"], true, "{name}#{number}: {error}");
                    counts.push_str(" unreachable");
                }
            }
        }
        counts.push('\n');
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let snapshot = here.join("tests/plan/audit.txt");
    if std::env::vars_os().any(|(name, _)| name == "UPDATE_PLANS") {
        fs::write(&snapshot, &counts).unwrap();
    }
    assert_eq!(fs::read_to_string(&snapshot).unwrap_or_default(), counts, "fetches/depth per query changed");
}
