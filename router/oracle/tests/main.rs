//! The proof that runs with every change: a fixed seed, a few hundred operations per schema.

use oracle::cases::{project, sdls, suites};
use oracle::run::{Effort, Report, random};
use oracle::schema;
use oracle::suite::Suite;

const SEED: u64 = 20260127;

fn prove(suites: impl IntoIterator<Item = Suite>, count: u64) {
    let mut report = Report::default();
    for suite in suites {
        random(&suite, Effort { count, seed: SEED, failures: 1, variants_of_every: 20 }, &mut report);
    }
    let failures: Vec<String> =
        report.failures.iter().map(|f| format!("--- {}\n{}\n{}", f.title, f.case, f.problem)).collect();
    assert!(
        failures.is_empty(),
        "{} of {} differ:\n{}",
        failures.len(),
        report.compared,
        failures.join("\n\n")
    );
    assert!(report.compared > count, "hardly anything was compared: {}", report.compared);
}

#[test]
fn our_own_hard_cases_answer_like_the_monolith() {
    let suites = suites(&project().join("router/oracle/cases")).into_iter().collect::<Result<Vec<_>, _>>();
    prove(suites.unwrap_or_else(|problem| panic!("{problem}")), 150);
}

#[test]
fn the_products_own_subgraphs_answer_like_the_monolith() {
    let sdls = sdls(&project().join("schema")).expect("schema/ holds the subgraphs' SDLs");
    prove(Suite::compose("drivers-klub", &sdls), 300);
}

#[test]
fn random_subgraphs_answer_like_the_monolith() {
    let suites =
        (0..25).filter_map(|seed| Suite::compose(&format!("random {seed}"), &schema::random(seed)).ok());
    prove(suites, 60);
}

/// The public federation audit's subgraphs are no part of this project; where they lie beside it they are run too.
#[test]
fn the_audits_subgraphs_answer_like_the_monolith() {
    let folder = project().join("../shared/audit");
    if !folder.is_dir() {
        println!("SKIPPED: the federation audit's suites are not beside this project");
        return;
    }
    let suites = suites(&folder).into_iter().collect::<Result<Vec<_>, _>>();
    prove(suites.unwrap_or_else(|problem| panic!("{problem}")), 60);
}
