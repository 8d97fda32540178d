//! Does a plan need no more requests than necessary? A search that shares nothing with the planner but the supergraph's model finds a lower bound
//! for every case; plans that need more, and those that are not searched, are listed in `more.txt`.

mod places;
mod search;

use crate::cases::{folders_or_files, subgraphs};
use apollo_compiler::ExecutableDocument;
use federation::compose::{SubgraphSdl, compose};
use federation::operation::{Limits, prepare};
use federation::plan::{PlanOptions, plan};
use federation::supergraph::Supergraph;
use places::Tree;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// What came out over all cases.
#[derive(Default)]
struct Findings {
    /// Plans that need as many requests as the bound says.
    equal: usize,
    /// Those that need more, and those for which there is no bound.
    listed: String,
    wrong: Vec<String>,
}

impl Findings {
    /// Compares every operation of a document.
    fn compare(&mut self, name: &str, supergraph: &Supergraph, text: &str) {
        let parsed = ExecutableDocument::parse_and_validate(supergraph.api_schema(), text, "query.graphql");
        let Ok(document) = parsed else { return };
        for operation in document.operations.iter() {
            let operation_name = operation.name.as_ref().map(|name| name.as_str());
            let prepared = prepare(supergraph, text, operation_name, &Limits::default()).unwrap();
            let Ok(plan) = plan(supergraph, &prepared, &PlanOptions::default()) else { continue };
            let tree = Tree::new(supergraph, &document, operation);
            let name = [name, operation_name.unwrap_or_default()].join(" ");
            self.note(name.trim(), plan.fetches.len(), tree.as_ref());
        }
    }

    fn note(&mut self, name: &str, requests: usize, tree: Option<&Tree<'_>>) {
        match tree.map(|tree| search::fewest(tree, requests)) {
            None => {
                let _ = writeln!(self.listed, "{name}: {requests}, not searched");
            }
            Some(Some(fewest)) if fewest == requests => self.equal += 1,
            Some(Some(fewest)) => {
                let _ = writeln!(self.listed, "{name}: {requests}, at least {fewest}");
            }
            Some(None) => self.wrong.push(format!("{name}: {requests} requests, the search finds no way")),
        }
    }
}

fn name(folder: &Path) -> String {
    folder.file_name().unwrap().to_string_lossy().into_owned()
}

fn composed(subgraphs: &[SubgraphSdl]) -> Supergraph {
    let composed = compose(subgraphs).unwrap_or_else(|errors| panic!("{errors:#?}"));
    Supergraph::parse(&composed.supergraph_sdl).unwrap()
}

fn cases_of_our_own(findings: &mut Findings) {
    for suite in folders_or_files(&here("tests/plan/cases")) {
        let supergraph = composed(&subgraphs(&suite));
        for case in folders_or_files(&suite).into_iter().filter(|case| !case.ends_with("subgraphs")) {
            let query = fs::read_to_string(case.join("query.graphql")).unwrap();
            if !query.starts_with("# labels:") {
                findings.compare(&format!("{}/{}", name(&suite), name(&case)), &supergraph, &query);
            }
        }
    }
    let supergraph = read(&here("../../schema/supergraph.graphql"));
    for file in folders_or_files(&here("../../examples/screens")) {
        let text = fs::read_to_string(&file).unwrap();
        findings.compare(&format!("screens/{}", name(&file)), &supergraph, &text);
    }
}

/// Public cases, where they lie beside this project.
fn cases_of_others(findings: &mut Findings) {
    for suite in folders_or_files(&here("../../../shared/audit")) {
        let supergraph = read(&suite.join("supergraph.graphql"));
        let tests: Vec<serde_json::Value> =
            serde_json::from_str(&fs::read_to_string(suite.join("tests.json")).unwrap()).unwrap();
        for (number, test) in tests.iter().enumerate() {
            let query = test["query"].as_str().unwrap();
            findings.compare(&format!("audit {}#{number}", name(&suite)), &supergraph, query);
        }
    }
    let bench = here("../../../shared/bench");
    if bench.is_dir() {
        let body = fs::read_to_string(bench.join("query.json")).unwrap();
        let body: serde_json::Value = serde_json::from_str(&body).unwrap();
        let query = body["query"].as_str().unwrap();
        findings.compare("bench", &read(&bench.join("supergraph.graphql")), query);
    }
}

fn read(file: &Path) -> Supergraph {
    Supergraph::parse(&fs::read_to_string(file).unwrap()).unwrap()
}

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

#[test]
fn plans_need_as_few_requests_as_an_exhaustive_search_finds() {
    let (mut own, mut others) = (Findings::default(), Findings::default());
    cases_of_our_own(&mut own);
    cases_of_others(&mut others);
    let wrong = [own.wrong, others.wrong].concat();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    println!("as few as possible: {} of our own cases, {} of others", own.equal, others.equal);
    let file = here("tests/plan/bound/more.txt");
    let known = fs::read_to_string(&file).unwrap();
    let (known_own, known_others) = known.split_once("\n\n").unwrap();
    assert_eq!(
        own.listed.trim(),
        known_own.trim(),
        "plans that are not known to need as few requests as possible"
    );
    if others.equal > 0 {
        assert_eq!(others.listed.trim(), known_others.trim());
    }
    assert!(own.equal > 100, "only {} plans were compared", own.equal);
}
