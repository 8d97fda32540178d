//! `oracle`: many random operations over many schemas; a difference is printed as small as it can be made.

use clap::Parser;
use oracle::cases::{self, project};
use oracle::operation::Case;
use oracle::run::{Above, Effort, Report, Requests, one, random};
use oracle::suite::Suite;
use oracle::{run, schema};
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

/// Compares federated answers with the monolith's, over random operations.
#[derive(Parser)]
struct Arguments {
    /// Random operations in all, spread over the schemas.
    #[arg(long, default_value_t = 1000)]
    count: u64,
    /// Where the random numbers start.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Random sets of subgraphs beside the ones in files.
    #[arg(long, default_value_t = 20)]
    schemas: u64,
    /// Only suites whose name contains this.
    #[arg(long, default_value = "")]
    only: String,
    /// Every n-th operation is also put in all other ways; 0: none.
    #[arg(long, default_value_t = 10)]
    variants: u64,
    /// Folders of suites (a folder of SDL files each) beside our own.
    #[arg(long)]
    folder: Vec<PathBuf>,
    /// Failures to show per suite.
    #[arg(long, default_value_t = 1)]
    failures: usize,
    /// Count requests instead of comparing answers: which plans need more than an exhaustive search says?
    #[arg(long)]
    requests: bool,
    /// Print the subgraphs of the random set with this number, and no more.
    #[arg(long)]
    print: Option<u64>,
    /// One operation instead of random ones; its plan is shown too.
    #[arg(long)]
    query: Option<String>,
    /// Its variables, as JSON.
    #[arg(long, default_value = "{}")]
    variables: String,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Some(number) = arguments.print {
        return print(number);
    }
    let (suites, problems) = suites(&arguments);
    let mut out = std::io::stdout().lock();
    let mut failed = !problems.is_empty();
    for problem in problems {
        let _ = writeln!(out, "{problem}");
    }
    let share = arguments.count.div_ceil(suites.len().max(1) as u64);
    if arguments.requests {
        return count_requests(&suites, share, &arguments);
    }
    let (mut compared, started) = (0, Instant::now());
    for suite in &suites {
        let mut report = Report::default();
        let begun = Instant::now();
        if let Some(query) = &arguments.query {
            let _ = writeln!(out, "{}", suite.plan_text(query));
            asked(suite, query, &arguments.variables, &mut report);
        } else {
            let (seed, failures) = (arguments.seed, arguments.failures);
            random(
                suite,
                Effort { count: share, seed, failures, variants_of_every: arguments.variants },
                &mut report,
            );
        }
        failed |= !report.failures.is_empty();
        compared += report.compared;
        let seconds = begun.elapsed().as_secs_f64();
        let (found, variants) = (report.failures.len(), report.variants);
        let _ = writeln!(
            out,
            "{:32} {:7} compared ({variants} variants), {found} differ, {seconds:.1} s",
            suite.name, report.compared
        );
        for failure in report.failures {
            let _ = writeln!(out, "\n--- {}\n{}\n{}\n", failure.title, failure.case, failure.problem);
        }
    }
    let _ = writeln!(out, "{compared} compared in {:.1} s", started.elapsed().as_secs_f64());
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn print(number: u64) -> ExitCode {
    let mut out = std::io::stdout().lock();
    for (name, sdl) in schema::random(number) {
        let _ = writeln!(out, "# {name}\n{sdl}");
    }
    ExitCode::SUCCESS
}

/// Plans whose requests are more than the bound, and how many there are.
fn count_requests(suites: &[Suite], share: u64, arguments: &Arguments) -> ExitCode {
    let mut out = std::io::stdout().lock();
    let mut found = Requests::default();
    for suite in suites {
        let before = found.above.len();
        run::requests(suite, share, arguments.seed, &mut found);
        for Above { title, text, bound, plan } in found.above[before..].iter().take(arguments.failures) {
            let (count, reasons) = (plan.fetches.len(), plan.to_text_with_reasons());
            let _ = writeln!(out, "--- {title}: {count} requests, at least {bound}\n{text}\n{reasons}");
        }
    }
    let extra: usize = found.above.iter().map(|above| above.plan.fetches.len() - above.bound).sum();
    let (searched, above) = (found.searched, found.above.len());
    let _ = writeln!(
        out,
        "{searched} plans compared, {above} above the bound by {extra} requests in all, \
         {} above a bound that may be too low",
        found.loose
    );
    for text in &found.impossible {
        let _ = writeln!(out, "no way found: {text}");
    }
    if found.impossible.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn asked(suite: &Suite, query: &str, variables: &str, report: &mut Report) {
    let variables = serde_json::from_str(variables).unwrap_or_default();
    if let Some(case) = Case::parse(query, variables) {
        one(suite, &case, "asked", report);
        run::variants(suite, &case, 1, report);
    }
}

/// The suites to run, and what did not become one.
fn suites(arguments: &Arguments) -> (Vec<Suite>, Vec<String>) {
    let mut found = cases::suites(&project().join("router/oracle/cases"));
    let own = cases::sdls(&project().join("schema"));
    found.push(own.and_then(|sdls| Suite::compose("drivers-klub", &sdls)));
    for folder in &arguments.folder {
        found.extend(cases::suites(folder));
    }
    for index in 0..arguments.schemas {
        let seed = arguments.seed.wrapping_mul(1_000_003).wrapping_add(index);
        // A random set that does not compose says nothing.
        let name = format!("random {seed}");
        if name.contains(&arguments.only) {
            found.extend(Suite::compose(&name, &schema::random(seed)).ok().map(Ok));
        }
    }
    let (mut suites, mut problems) = (Vec::new(), Vec::new());
    for suite in found {
        match suite {
            Ok(suite) if suite.name.contains(&arguments.only) => suites.push(suite),
            Ok(_) => {}
            Err(problem) => problems.push(problem),
        }
    }
    (suites, problems)
}
