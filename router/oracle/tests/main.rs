//! The proof that runs with every change: a fixed seed, a few hundred operations per schema.

use oracle::cases::{composed_elsewhere, composed_here, folders, project, questions, sdls, suites};
use oracle::operation::Case;
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

/// Operations that were once answered wrongly, by the case whose subgraphs they are for.
const ONCE_WRONG: [(&str, &str); 2] = [
    // With the first part left out nobody needed the friends' types, but the response was split by them.
    (
        "interface-objects",
        "query($v: Boolean!) { accounts { friends @skip(if: $v) { ... on Admin { id } } ... on Admin { friends { id } } } }",
    ),
    (
        "interface-objects",
        "query($v: Boolean!) { accounts { friends @skip(if: $v) { ... on Admin { last { at } } } ... on Admin { friends { last { page { path } } } } } }",
    ),
];

#[test]
fn what_was_once_answered_wrongly_is_answered_like_the_monolith() {
    let mut report = Report::default();
    for (case, query) in ONCE_WRONG {
        let suite = composed_here(&project().join("router/oracle/cases").join(case));
        let suite = suite.unwrap_or_else(|problem| panic!("{problem}"));
        for value in [true, false] {
            let variables = serde_json::Map::from_iter([("v".to_owned(), value.into())]);
            let case = Case::parse(query, variables).expect("the operation is well-formed");
            one(&suite, &case, "once wrong", &mut report);
            variants(&suite, &case, 1, &mut report);
        }
    }
    none_fails(&report);
    assert!(report.variants > 20, "only {} variants were compared", report.variants);
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
fn beside(name: &str) -> Option<PathBuf> {
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
            for (index, case) in questions(&folder).iter().enumerate() {
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
