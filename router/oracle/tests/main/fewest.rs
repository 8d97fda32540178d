//! Plans need no more requests than an exhaustive search says; those that do, and those that are not searched, are listed in `more.txt`.

use federation::compose::{SubgraphSdl, compose};
use federation::supergraph::Supergraph;
use oracle::cases::{project, sdls};
use oracle::fewest::{Bound, compare};
use oracle::run::{Above, Requests, requests};
use oracle::schema;
use oracle::suite::{Sdl, Suite};
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
        for compared in compare(supergraph, text) {
            let requests = compared.plan.fetches.len();
            let name = [name, &compared.operation].join(" ");
            let name = name.trim();
            match compared.bound {
                Bound::AtLeast(fewest) if fewest == requests => self.equal += 1,
                Bound::AtLeast(fewest) | Bound::Loose(fewest) => {
                    let _ = writeln!(self.listed, "{name}: {requests}, at least {fewest}");
                }
                Bound::NotSearched => {
                    let _ = writeln!(self.listed, "{name}: {requests}, not searched");
                }
                Bound::NoWay => {
                    self.wrong.push(format!("{name}: {requests} requests, the search finds no way"))
                }
            }
        }
    }

    /// The list is as known.
    fn assert(&self, known: &str, least: usize) {
        assert!(self.wrong.is_empty(), "{}", self.wrong.join("\n"));
        assert_eq!(self.listed.trim(), known.trim(), "plans not known to need as few requests as possible");
        assert!(self.equal > least, "only {} plans were compared", self.equal);
    }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// What is in a folder, sorted.
fn listed(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    found.sort();
    found
}

fn composed(subgraphs: &[Sdl]) -> Option<Supergraph> {
    let sdl = |(name, sdl): &Sdl| SubgraphSdl {
        name: name.clone(),
        url: String::new(),
        sdl: sdl.clone(),
        file: None,
    };
    let composed = compose(&subgraphs.iter().map(sdl).collect::<Vec<_>>()).ok()?;
    Supergraph::parse(&composed.supergraph_sdl).ok()
}

fn text(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn read(file: &Path) -> Supergraph {
    Supergraph::parse(&text(file)).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// A paragraph of `more.txt`, by its first line.
fn known(title: &str) -> String {
    let all = text(&project().join("router/oracle/tests/main/more.txt"));
    let found = all.split("\n\n").find_map(|part| part.trim().strip_prefix(title)).map(str::to_owned);
    found.unwrap_or_else(|| panic!("more.txt has no paragraph {title}"))
}

#[test]
fn plans_of_our_own_cases_need_as_few_requests_as_possible() {
    let mut findings = Findings::default();
    for suite in listed(&project().join("router/federation/tests/plan/cases")) {
        let subgraphs = sdls(&suite.join("subgraphs")).unwrap_or_else(|problem| panic!("{problem}"));
        let supergraph =
            composed(&subgraphs).unwrap_or_else(|| panic!("{} does not compose", suite.display()));
        for case in listed(&suite).into_iter().filter(|case| !case.ends_with("subgraphs")) {
            let query = text(&case.join("query.graphql"));
            if !query.starts_with("# labels:") {
                findings.compare(&format!("{}/{}", name(&suite), name(&case)), &supergraph, &query);
            }
        }
    }
    let supergraph = read(&project().join("schema/supergraph.graphql"));
    for file in listed(&project().join("examples/screens")) {
        findings.compare(&format!("screens/{}", name(&file)), &supergraph, &text(&file));
    }
    findings.assert(&known("our own cases:"), 100);
}

/// Public cases, where they lie beside this project.
#[test]
fn plans_of_the_audit_and_the_benchmark_need_as_few_requests_as_possible() {
    let (Some(audit), Some(bench)) = (crate::beside("audit"), crate::beside("bench")) else { return };
    let mut findings = Findings::default();
    for suite in listed(&audit).into_iter().filter(|suite| suite.is_dir()) {
        let supergraph = read(&suite.join("supergraph.graphql"));
        for (number, test) in json(&suite.join("tests.json")).as_array().into_iter().flatten().enumerate() {
            let query = test["query"].as_str().unwrap_or_default();
            findings.compare(&format!("audit {}#{number}", name(&suite)), &supergraph, query);
        }
    }
    let query = json(&bench.join("query.json"));
    let query = query["query"].as_str().unwrap_or_default();
    findings.compare("bench", &read(&bench.join("supergraph.graphql")), query);
    findings.assert(&known("cases of others:"), 100);
}

fn json(file: &Path) -> serde_json::Value {
    serde_json::from_str(&text(file)).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// Random operations over random subgraphs: the few plans above the bound are known one by one. Those that were looked into are of two
/// shapes, and meant to be so:
/// - a field that two subgraphs share, where each could answer a part: it is asked from one of them as long as that one can do, since two
///   answers might not be about the same objects, above all in lists;
/// - a field of an object that stands for an interface, wanted of some types, or of each in another way: it is asked when the type is
///   known, not in advance.
#[test]
fn plans_over_random_subgraphs_need_hardly_more_requests_than_possible() {
    let mut found = Requests::default();
    for seed in 0..SETS {
        if let Ok(suite) = Suite::compose(&format!("random {seed}"), &schema::random(seed)) {
            requests(&suite, OPERATIONS, seed, &mut found);
        }
    }
    let line =
        |above: &Above| format!("{}: {}, at least {}\n", above.title, above.plan.fetches.len(), above.bound);
    let listed = found.above.iter().map(line).collect();
    let equal = (found.searched - found.loose) as usize - found.above.len();
    Findings { equal, listed, wrong: found.impossible }.assert(&known("random subgraphs:"), 300);
}

/// Random sets of subgraphs, and operations over each.
const SETS: u64 = 80;
const OPERATIONS: u64 = 12;
