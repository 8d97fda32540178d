//! What the machine says about itself: the only place of this crate that reads the environment.

use std::path::PathBuf;

/// Where programs and caches are.
#[derive(Clone, Debug, Default)]
pub struct Machine {
    /// `$PG_BIN`: a folder that holds `postgres` and `initdb`, tried before all others.
    pub pg_bin: Option<PathBuf>,
    /// The folders of `$PATH`.
    pub path: Vec<PathBuf>,
    /// Where fetched programs are kept between runs.
    pub cache: PathBuf,
}

impl Machine {
    /// As the environment has it.
    #[expect(clippy::disallowed_methods, reason = "this is the config.rs of the crate")]
    pub fn from_environment() -> Self {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let cache = std::env::var_os("XDG_CACHE_HOME")
            .map(PathBuf::from)
            .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")))
            .unwrap_or_else(std::env::temp_dir);
        Self {
            pg_bin: std::env::var_os("PG_BIN").map(PathBuf::from),
            path: std::env::split_paths(&path).collect(),
            cache: cache.join("drivers-klub"),
        }
    }
}
