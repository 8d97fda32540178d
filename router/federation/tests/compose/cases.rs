//! Cases as data: SDLs of subgraphs and what comes of them, in one file each.
//!
//! A file opens with comments that say what it shows, then `#--- name` starts the SDL of a subgraph (lines in messages
//! count from there), and `#=== errors`, `#=== hints` or `#=== supergraph` starts what is expected.
//! `UPDATE_CASES=1` writes the expectations; read the difference before committing it.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use federation::compose::{Composition, CompositionError, SubgraphSdl, code, compose};

struct Case {
    path: PathBuf,
    name: String,
    /// The file up to its expectations.
    given: String,
    expected: String,
    subgraphs: Vec<SubgraphSdl>,
}

fn cases(kind: &str) -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compose/cases").join(kind);
    let mut paths: Vec<PathBuf> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().map(read).collect()
}

/// The subgraphs of every case, for tests that want material.
pub(crate) fn all_subgraphs() -> Vec<Vec<SubgraphSdl>> {
    cases("accept").into_iter().chain(cases("refuse")).map(|case| case.subgraphs).collect()
}

/// The name of every accept case, with its subgraphs.
pub(crate) fn accepted_subgraphs() -> Vec<(String, Vec<SubgraphSdl>)> {
    cases("accept").into_iter().map(|case| (case.name, case.subgraphs)).collect()
}

fn read(path: PathBuf) -> Case {
    let text = fs::read_to_string(&path).unwrap();
    let split = text.find("\n#=== ").map_or(text.len(), |at| at + 1);
    let (given, expected) = text.split_at(split);
    let subgraphs = given
        .split("\n#--- ")
        .skip(1)
        .map(|section| {
            let (name, sdl) = section.split_once('\n').unwrap();
            SubgraphSdl {
                name: name.to_owned(),
                url: format!("http://{name}"),
                sdl: sdl.to_owned(),
                file: Some(format!("{name}.graphql")),
            }
        })
        .collect();
    let name = path.file_stem().unwrap().to_string_lossy().into_owned();
    Case { name, given: given.to_owned(), expected: expected.to_owned(), subgraphs, path }
}

/// Compares with the expectations of a case, or writes them.
fn expect(case: &Case, actual: &str, problems: &mut Vec<String>) {
    #[expect(
        clippy::disallowed_methods,
        reason = "a switch for the person at the keyboard, not configuration"
    )]
    let update = std::env::var_os("UPDATE_CASES").is_some();
    if update {
        let given = case.given.trim_end();
        fs::write(&case.path, format!("{given}\n\n{actual}")).unwrap();
    } else if case.expected.trim_end() != actual.trim_end() {
        problems.push(format!("{}:\n{actual}\ninstead of\n{}", case.name, case.expected));
    }
}

fn commented(section: &str, entries: impl IntoIterator<Item = String>) -> String {
    let mut out = String::new();
    for entry in entries {
        for (index, line) in entry.lines().enumerate() {
            let _ = writeln!(out, "{} {line}", if index == 0 { "#" } else { "#  " });
        }
    }
    if out.is_empty() { out } else { format!("#=== {section}\n{out}") }
}

/// The supergraph without its head, which is the same for all.
fn body(composition: &Composition) -> &str {
    let sdl = &composition.supergraph_sdl;
    let head = "  EXECUTION\n}\n\n";
    sdl.find(head).map_or(sdl, |at| &sdl[at + head.len()..])
}

fn errors(errors: &[CompositionError]) -> String {
    commented("errors", errors.iter().map(ToString::to_string))
}

#[test]
fn refuse_cases_are_refused_for_the_right_reasons() {
    let mut problems = Vec::new();
    for case in cases("refuse") {
        match compose(&case.subgraphs) {
            Ok(_) => problems.push(format!("{} composes", case.name)),
            Err(found) => {
                expect(&case, &errors(&found), &mut problems);
                for error in found.iter().filter(|error| error.code != code::NO_QUERIES) {
                    assert!(!error.locations.is_empty(), "{}: no place for {error}", case.name);
                }
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n\n"));
}

#[test]
fn accept_cases_compose_to_what_they_say() {
    let mut problems = Vec::new();
    for case in cases("accept") {
        match compose(&case.subgraphs) {
            Err(found) => problems.push(format!("{} does not compose:\n{}", case.name, errors(&found))),
            Ok(composition) => {
                let hints = commented("hints", composition.hints.iter().map(ToString::to_string));
                let actual = format!("{hints}#=== supergraph\n{}", body(&composition));
                expect(&case, &actual, &mut problems);
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n\n"));
}

#[test]
fn the_order_of_subgraphs_does_not_matter() {
    for case in cases("accept") {
        let mut reversed = case.subgraphs.clone();
        reversed.reverse();
        let (one, other) = (compose(&case.subgraphs).unwrap(), compose(&reversed).unwrap());
        assert_eq!(one.supergraph_sdl, other.supergraph_sdl, "{}", case.name);
    }
}

#[test]
fn every_code_has_a_case() {
    let mut said: BTreeSet<String> = BTreeSet::new();
    for case in cases("refuse").into_iter().chain(cases("accept")) {
        let codes = case.expected.lines().filter_map(|line| line.strip_prefix("# ")?.split_once(": "));
        said.extend(codes.map(|(code, _)| code.to_owned()));
    }
    // A name is wrong before there is an SDL: `edges.rs` has the case.
    said.insert(code::INVALID_SUBGRAPH_NAME.to_owned());
    let all = code::ERRORS.iter().chain(code::HINTS);
    let silent: Vec<&str> = all.map(|(code, _)| *code).filter(|code| !said.contains(*code)).collect();
    assert!(silent.is_empty(), "no case for {silent:?}");
}
