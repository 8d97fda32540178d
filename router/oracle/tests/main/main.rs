//! The proof that runs with every change: a fixed seed, a few hundred operations per schema.

mod fewest;

use oracle::cases::{composed_elsewhere, composed_here, folders, project, sdls, suites, tests};
use oracle::questions::questions;
use oracle::run::{Effort, Report, one, random, variants};
use oracle::schema;
use oracle::suite::Suite;
use std::path::PathBuf;

const SEED: u64 = 20260127;

fn prove(suites: impl IntoIterator<Item = Suite>, count: u64) {
    let mut report = Report::default();
    for suite in suites {
        random(&suite, Effort { count, seed: SEED, failures: 1, variants_of_every: 20 }, &mut report);
    }
    none_fails(&report);
    assert!(report.compared > count, "hardly anything was compared: {}", report.compared);
}

fn none_fails(report: &Report) {
    let failures: Vec<String> =
        report.failures.iter().map(|f| format!("--- {}\n{}\n{}", f.title, f.case, f.problem)).collect();
    assert!(
        failures.is_empty(),
        "{} of {} differ:\n{}",
        failures.len(),
        report.compared,
        failures.join("\n\n")
    );
}

#[test]
fn our_own_hard_cases_answer_like_the_monolith() {
    let suites = suites(&project().join("router/oracle/cases")).into_iter().collect::<Result<Vec<_>, _>>();
    prove(suites.unwrap_or_else(|problem| panic!("{problem}")), 100);
}

#[test]
fn what_was_once_answered_wrongly_is_answered_like_the_monolith() {
    let mut report = Report::default();
    let mut asked = 0;
    for folder in folders(&project().join("router/oracle/cases")) {
        let suite = composed_here(&folder).unwrap_or_else(|problem| panic!("{problem}"));
        for question in questions(&folder).unwrap_or_else(|problem| panic!("{problem}")) {
            asked += 1;
            for (index, case) in question.cases.iter().enumerate() {
                let valid = case.validate(suite.supergraph.api_schema()).is_some();
                assert!(valid, "{}: {} is no valid operation", suite.name, question.name);
                one(&suite, case, &question.name, &mut report);
                variants(&suite, case, index as u64, &mut report);
            }
            for (case, most) in &question.requests {
                let sent =
                    suite.requests(case).unwrap_or_else(|problem| panic!("{}: {problem}", question.name));
                assert!(sent <= *most, "{}: {sent} requests instead of {most}\n{case}", question.name);
            }
        }
    }
    none_fails(&report);
    assert!(asked > 35, "only {asked} questions were found");
    assert!(report.variants > 500, "only {} variants were compared", report.variants);
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
#[expect(clippy::print_stdout, reason = "a proof that is left out has to be loud")]
pub(crate) fn beside(name: &str) -> Option<PathBuf> {
    let folder = project().join("../shared").join(name);
    if !folder.is_dir() {
        println!("SKIPPED: {name} is not beside this project");
        return None;
    }
    Some(folder)
}

#[test]
fn the_audits_subgraphs_answer_like_the_monolith() {
    let Some(folder) = beside("audit") else { return };
    let suites = suites(&folder).into_iter().collect::<Result<Vec<_>, _>>();
    prove(suites.unwrap_or_else(|problem| panic!("{problem}")), 60);
}

#[test]
fn the_audits_questions_have_one_answer_however_they_are_put() {
    let Some(folder) = beside("audit") else { return };
    let mut report = Report::default();
    for folder in folders(&folder) {
        for suite in [composed_elsewhere(&folder), composed_here(&folder)] {
            let suite = suite.unwrap_or_else(|problem| panic!("{problem}"));
            for (index, case) in tests(&folder).iter().enumerate() {
                one(&suite, case, &format!("question {index}"), &mut report);
                variants(&suite, case, index as u64, &mut report);
            }
        }
    }
    none_fails(&report);
    assert!(report.variants > 2000, "only {} variants were compared", report.variants);
}

#[test]
fn the_benchmarks_subgraphs_answer_like_the_monolith() {
    let Some(folder) = beside("bench") else { return };
    prove(composed_elsewhere(&folder), 100);
}
