//! Settings of the fleet service.

use clap::{Args, FromArgMatches};

/// How the fleet service runs.
#[derive(Args, Clone, Debug)]
// Five of these are flattened into one command, and groups are named after their structs.
#[group(skip)]
pub struct Config {
    /// From how many days before a vehicle's paper runs out it counts as expiring.
    #[arg(long, env = "DOCUMENT_WARNING_DAYS", default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=365))]
    pub document_warning_days: u16,
}

impl Default for Config {
    /// What the flags say when none is given. The environment counts, as it does for the flags.
    fn default() -> Self {
        let matches = Config::augment_args(clap::Command::new("fleet")).get_matches_from(["fleet"]);
        Config::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
    }
}
