//! How far a large seed has come: a bar at a terminal, a line per step elsewhere, nothing for small ones.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressStyle};

use super::world::Counts;
use crate::terminal::Steps;

/// What is shown while databases are filled.
pub(crate) enum Progress {
    /// It takes no time worth showing.
    Silent,
    /// At a terminal.
    Bar(ProgressBar),
    /// In a log.
    Lines(Box<dyn Fn(&str) + Send + Sync>),
}

impl Progress {
    /// For a world of these counts; its lots go to two databases each.
    pub(crate) fn new(counts: Counts, steps: &Steps) -> Self {
        if !counts.is_large() || steps.is_quiet() {
            return Progress::Silent;
        }
        if !std::io::stderr().is_terminal() {
            return Progress::Lines(Box::new(steps.progress_of_others()));
        }
        let bar = ProgressBar::new(u64::try_from(counts.lots() * 2).unwrap_or(0));
        let template = "  {bar:40} {percent:>3} %  {elapsed}  {msg}";
        bar.set_style(
            ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        bar.enable_steady_tick(std::time::Duration::from_millis(500));
        Progress::Bar(bar)
    }

    /// A database has taken another lot.
    pub(crate) fn lot(&self, what: &str) {
        match self {
            Progress::Silent => {}
            Progress::Bar(bar) => {
                bar.set_message(what.to_owned());
                bar.inc(1);
            }
            Progress::Lines(say) => say(what),
        }
    }

    /// A step that cannot be counted.
    pub(crate) fn step(&self, what: &str) {
        match self {
            Progress::Silent => {}
            Progress::Bar(bar) => bar.set_message(what.to_owned()),
            Progress::Lines(say) => say(what),
        }
    }

    /// Leaves no bar behind.
    pub(crate) fn done(&self) {
        if let Progress::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}
