//! Each folder below `cases` is a supergraph (`subgraphs/*.graphql`); each folder in it a case: `query.graphql` and the `plan.txt` that it
//! must give. `UPDATE_PLANS=1` rewrites the plans. Every document of every plan must be valid in its subgraph.

use crate::subgraph::invalid_documents;
use federation::compose::{SubgraphSdl, compose};
use federation::operation::{Limits, prepare};
use federation::plan::{PlanOptions, plan};
use federation::supergraph::Supergraph;
use std::fs;
use std::path::{Path, PathBuf};

/// The subgraphs of a folder, by name.
pub(crate) fn subgraphs(folder: &Path) -> Vec<SubgraphSdl> {
    let files = folders_or_files(&folder.join("subgraphs"));
    let read = |file: PathBuf| SubgraphSdl {
        name: file.file_stem().unwrap().to_string_lossy().into_owned(),
        url: String::new(),
        sdl: fs::read_to_string(&file).unwrap(),
        file: Some(file.display().to_string()),
    };
    files.into_iter().map(read).collect()
}

/// What is in a folder, sorted.
pub(crate) fn folders_or_files(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> =
        fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found
}

/// Labels of progressive overrides that a query turns on: `# labels: a b` in its first lines.
fn labels(query: &str) -> Vec<String> {
    let line = query.lines().find_map(|line| line.strip_prefix("# labels:"));
    line.unwrap_or_default().split_whitespace().map(str::to_owned).collect()
}

#[test]
fn every_case_gives_its_plan() {
    let update = std::env::vars_os().any(|(name, _)| name == "UPDATE_PLANS");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/plan/cases");
    let mut wrong = Vec::new();
    let mut count = 0;
    for suite in folders_or_files(&root) {
        let subgraphs = subgraphs(&suite);
        let composed =
            compose(&subgraphs).unwrap_or_else(|errors| panic!("{}: {errors:#?}", suite.display()));
        let supergraph = Supergraph::parse(&composed.supergraph_sdl).unwrap();
        for case in folders_or_files(&suite).into_iter().filter(|case| !case.ends_with("subgraphs")) {
            count += 1;
            let query = fs::read_to_string(case.join("query.graphql")).unwrap();
            let operation = prepare(&supergraph, &query, None, &Limits::default())
                .unwrap_or_else(|errors| panic!("{}: {errors:#?}", case.display()));
            let labels = labels(&query);
            let options = PlanOptions { override_labels: &labels, ..PlanOptions::default() };
            let text = match plan(&supergraph, &operation, &options) {
                Ok(plan) => {
                    for (fetch, errors) in invalid_documents(&plan, &subgraphs) {
                        wrong.push(format!("{}: fetch {fetch} is invalid: {errors}", case.display()));
                    }
                    plan.to_text_with_reasons()
                }
                Err(error) => format!("{error}\n"),
            };
            let file = case.join("plan.txt");
            if update {
                fs::write(&file, &text).unwrap();
            } else if fs::read_to_string(&file).unwrap_or_default() != text {
                wrong.push(format!("{}: the plan is now\n{text}", case.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count > 30, "only {count} cases were found");
}
