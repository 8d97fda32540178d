//! What a person at the terminal sees: the only file that prints.

use std::process::ExitCode;
use std::time::Instant;

/// Prints one line to standard output.
#[expect(clippy::print_stdout, reason = "this is the command line's voice")]
pub(crate) fn say(line: impl std::fmt::Display) {
    println!("{line}");
}

/// Prints the reason and gives the exit code of a failed command.
#[expect(clippy::print_stderr, reason = "this is the command line's voice")]
pub(crate) fn failed(reason: &str) -> ExitCode {
    eprintln!("drivers-klub: {reason}");
    ExitCode::FAILURE
}

/// Names the steps of a start as they finish, with the time that each one took.
pub(crate) struct Steps {
    since: Instant,
    quiet: bool,
}

impl Steps {
    /// Starts the clock; `quiet` says nothing.
    pub(crate) fn new(quiet: bool) -> Self {
        Steps { since: Instant::now(), quiet }
    }

    /// Whether nothing is said.
    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Says that a step is done.
    pub(crate) fn done(&mut self, step: impl std::fmt::Display) {
        let took = self.since.elapsed();
        self.since = Instant::now();
        if !self.quiet {
            say(format_args!("  ✓ {step} ({:.2} s)", took.as_secs_f64()));
        }
    }

    /// For others to say what is going on in a step that takes long.
    pub(crate) fn progress_of_others(&self) -> impl Fn(&str) + Send + Sync + 'static {
        let quiet = self.quiet;
        move |what| {
            if !quiet {
                say(format_args!("  … {what}"));
            }
        }
    }
}
