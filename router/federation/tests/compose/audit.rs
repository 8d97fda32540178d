//! The suites of the public federation audit, when they lie beside the project: each composes to what it says it should.

use std::fs;
use std::path::{Path, PathBuf};

use federation::compose::{SubgraphSdl, compose};

use crate::join_model::facts;

#[derive(serde::Deserialize)]
struct Entry {
    name: String,
    url: String,
}

pub(crate) fn suites() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/audit");
    let Ok(entries) = fs::read_dir(&root) else {
        eprintln!("SKIPPED: the audit suites are not at {}", root.display());
        return Vec::new();
    };
    let mut suites: Vec<PathBuf> =
        entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    suites.sort();
    suites
}

pub(crate) fn subgraphs(suite: &Path) -> Vec<SubgraphSdl> {
    let list = fs::read_to_string(suite.join("subgraphs.json")).unwrap();
    let list: Vec<Entry> = serde_json::from_str(&list).unwrap();
    list.into_iter()
        .map(|Entry { name, url }| {
            let file = suite.join("subgraphs").join(format!("{name}.graphql"));
            let sdl = fs::read_to_string(&file).unwrap();
            SubgraphSdl { name, url, sdl, file: Some(file.display().to_string()) }
        })
        .collect()
}

#[test]
fn every_audit_suite_composes_to_its_supergraph() {
    let mut problems = Vec::new();
    for suite in suites() {
        let name = suite.file_name().unwrap().to_string_lossy().into_owned();
        let expected = facts(&fs::read_to_string(suite.join("supergraph.graphql")).unwrap());
        match compose(&subgraphs(&suite)) {
            Err(errors) => {
                let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
                problems.push(format!("{name} does not compose:\n{}", errors.join("\n")));
            }
            Ok(composition) => {
                let actual = facts(&composition.supergraph_sdl);
                let missing = expected.difference(&actual).map(|fact| format!("  - {fact}"));
                let extra = actual.difference(&expected).map(|fact| format!("  + {fact}"));
                let differences: Vec<String> = missing.chain(extra).collect();
                if !differences.is_empty() {
                    problems.push(format!("{name} differs:\n{}", differences.join("\n")));
                }
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n\n"));
}
