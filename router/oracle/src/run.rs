//! Many cases over one suite: random operations, each put in every way.

use crate::fewest::{self, Bound};
use crate::operation::{Case, VARIANTS, generate, shrink};
use crate::suite::{Suite, Verdict};
use crate::world::mix;
use federation::plan::Plan;

/// What a run found.
#[derive(Default)]
pub struct Report {
    /// Operations that were compared.
    pub compared: u64,
    /// Of these: variants of others.
    pub variants: u64,
    /// Failures, shrunk.
    pub failures: Vec<Failure>,
}

/// A difference.
pub struct Failure {
    /// Suite, seed and variant.
    pub title: String,
    /// The smallest case that shows it.
    pub case: Case,
    /// What is different there.
    pub problem: String,
}

/// How much to run.
#[derive(Clone, Copy)]
pub struct Effort {
    /// Random operations.
    pub count: u64,
    /// Where the random numbers start.
    pub seed: u64,
    /// Stop after so many failures.
    pub failures: usize,
    /// Each operation also in its other forms; every `n`-th operation (0: none).
    pub variants_of_every: u64,
}

/// Runs random operations over a suite.
pub fn random(suite: &Suite, effort: Effort, report: &mut Report) {
    let found_before = report.failures.len();
    for index in 0..effort.count {
        let seed = mix(effort.seed.wrapping_add(index));
        let Some(case) = generate(suite.supergraph.api_schema(), seed) else { continue };
        one(suite, &case, &format!("seed {} operation {index}", effort.seed), report);
        if effort.variants_of_every > 0 && index.is_multiple_of(effort.variants_of_every) {
            variants(suite, &case, seed, report);
        }
        if report.failures.len() - found_before >= effort.failures {
            return;
        }
    }
}

/// How many requests plans need, compared with a search that knows nothing of the planner.
#[derive(Default)]
pub struct Requests {
    /// Plans for which there is a bound.
    pub searched: u64,
    /// Those above it.
    pub above: Vec<Above>,
    /// How many plans need more than a bound that may be too low.
    pub loose: u64,
    /// Operations for which the search finds no way at all: it is wrong, or the plan.
    pub impossible: Vec<String>,
}

/// A plan that needs more requests than the search says.
pub struct Above {
    /// Suite and operation.
    pub title: String,
    /// The operation.
    pub text: String,
    /// At least so many requests are needed.
    pub bound: usize,
    /// The plan.
    pub plan: Plan,
}

/// Plans random operations over a suite and compares their requests with the bound.
pub fn requests(suite: &Suite, count: u64, seed: u64, found: &mut Requests) {
    for index in 0..count {
        let seed = mix(seed.wrapping_add(index));
        let Some(case) = generate(suite.supergraph.api_schema(), seed) else { continue };
        let (title, text) = (format!("{} operation {index}", suite.name), case.text());
        for compared in fewest::compare(&suite.supergraph, &text) {
            match compared.bound {
                Bound::NotSearched => continue,
                Bound::Loose(_) => found.loose += 1,
                Bound::NoWay => found.impossible.push(format!("{title}: {text}")),
                Bound::AtLeast(bound) if compared.is_above() => {
                    let (title, text, plan) = (title.clone(), text.clone(), compared.plan);
                    found.above.push(Above { title, text, bound, plan });
                }
                Bound::AtLeast(_) => {}
            }
            found.searched += 1;
        }
    }
}

/// Checks every other form of a case.
pub fn variants(suite: &Suite, case: &Case, seed: u64, report: &mut Report) {
    for (name, variant) in VARIANTS {
        if let Some(other) = variant(suite.supergraph.api_schema(), case, seed) {
            let before = report.compared;
            one(suite, &other, name, report);
            report.variants += report.compared - before;
        }
    }
}

/// Checks one case and shrinks it if it fails.
pub fn one(suite: &Suite, case: &Case, title: &str, report: &mut Report) {
    match suite.check(case) {
        Verdict::Invalid => {}
        Verdict::Same => report.compared += 1,
        Verdict::Different(problem) => {
            report.compared += 1;
            let still = |case: &Case| matches!(suite.check(case), Verdict::Different(_));
            let small = shrink(suite.supergraph.api_schema(), case, still);
            let problem = match suite.check(&small) {
                Verdict::Different(problem) => problem,
                _ => problem,
            };
            report.failures.push(Failure { title: format!("{}: {title}", suite.name), case: small, problem });
        }
    }
}
