//! Finding the server's programs: what is installed, what was fetched before, what can be fetched now.

use std::fs;
use std::path::{Path, PathBuf};

use tokio::process::Command;

use crate::cluster::Progress;
use crate::config::Machine;
use crate::user::RunAs;
use crate::{Error, Result, package};

/// The oldest major version that the schema works on.
pub const OLDEST: u32 = 15;

/// A folder with `postgres` and `initdb`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Programs {
    /// The folder.
    pub bin: PathBuf,
    /// The whole version, `18.6`.
    pub version: String,
}

impl Programs {
    /// The major version.
    pub fn major(&self) -> u32 {
        major(&self.version)
    }

    /// The path of one program.
    pub fn program(&self, name: &str) -> PathBuf {
        self.bin.join(name)
    }
}

/// The major version of `18.6`; 0 if it does not read.
fn major(version: &str) -> u32 {
    version.split('.').next().and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

/// Programs that work here: of the wanted major version if there is data of one, else the first of the chain.
pub(crate) async fn find(
    machine: &Machine,
    run_as: RunAs,
    data: &Path,
    progress: &Progress,
) -> Result<Programs> {
    let written = fs::read_to_string(data.join("PG_VERSION")).ok().map(|text| text.trim().to_owned());
    let suits =
        |programs: &Programs| written.as_ref().is_none_or(|written| programs.major() == major(written));
    let installed = installed(machine, run_as).await;
    if let Some(programs) = installed.iter().find(|programs| suits(programs)) {
        return Ok(programs.clone());
    }
    let (fetched, tried) = package::fetch(machine, run_as, progress).await;
    for folder in fetched {
        if let Some(programs) = inspect(&folder, run_as).await
            && suits(&programs)
        {
            return Ok(programs);
        }
    }
    match written {
        Some(written) if !installed.is_empty() => {
            let found: Vec<_> = installed.iter().map(|programs| programs.version.clone()).collect();
            Err(Error::OtherVersion { data: data.to_owned(), written, found: found.join(", ") })
        }
        _ => Err(Error::NoPrograms { tried }),
    }
}

/// The programs this machine has, best first; empty where the first start has to fetch them.
pub async fn list(machine: &Machine) -> Result<Vec<Programs>> {
    Ok(installed(machine, RunAs::find()?).await)
}

/// Everything that is installed or was fetched before, in the order of preference.
pub(crate) async fn installed(machine: &Machine, run_as: RunAs) -> Vec<Programs> {
    let mut found: Vec<Programs> = Vec::new();
    for folder in candidates(machine, run_as).await {
        if let Some(programs) = inspect(&folder, run_as).await
            && found.iter().all(|known| known.bin != programs.bin)
        {
            found.push(programs);
        }
    }
    found
}

/// $PG_BIN, pg_config, PATH, Debian's, Homebrew's and Postgres.app's folders, then our cache.
async fn candidates(machine: &Machine, run_as: RunAs) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = machine.pg_bin.iter().cloned().collect();
    if let Ok(output) = Command::new("pg_config").arg("--bindir").output().await {
        folders.push(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    }
    folders.extend(machine.path.iter().cloned());
    for (parent, prefix, inside) in [
        ("/usr/lib/postgresql", "", "bin"),
        ("/opt/homebrew/opt", "postgresql", "bin"),
        ("/usr/local/opt", "postgresql", "bin"),
        ("/Applications/Postgres.app/Contents/Versions", "", "bin"),
    ] {
        folders.extend(versions_in(Path::new(parent), prefix).into_iter().map(|folder| folder.join(inside)));
    }
    folders.extend(package::unpacked(&package::cache(machine, run_as)));
    folders
}

/// The sub-folders whose names start with `prefix`, newest version first.
fn versions_in(parent: &Path, prefix: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(parent) else { return Vec::new() };
    let mut names: Vec<String> = entries
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| name.starts_with(prefix))
        .collect();
    let version = |name: &String| {
        let digits: String = name.chars().filter(|c| c.is_ascii_digit() || *c == '.').collect();
        major(&digits)
    };
    names.sort_by_key(|name| std::cmp::Reverse(version(name)));
    names.into_iter().map(|name| parent.join(name)).collect()
}

/// The programs of a folder, if they are there, run, and are new enough. Links are resolved: a server finds its
/// libraries next to where it really is.
pub(crate) async fn inspect(folder: &Path, run_as: RunAs) -> Option<Programs> {
    let real = fs::canonicalize(folder.join("postgres")).ok()?;
    let bin = real.parent()?.to_owned();
    if !bin.join("initdb").exists() || !run_as.can_enter(&bin) {
        return None;
    }
    let output = Command::new(&real).arg("--version").output().await.ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let version = text.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    let programs = Programs { bin, version: version.to_owned() };
    (programs.major() >= OLDEST).then_some(programs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_reads_to_its_major_number() {
        assert_eq!(major("15.18"), 15);
        assert_eq!(major("18beta2"), 0);
        assert_eq!(major(""), 0);
    }

    #[test]
    fn no_programs_says_every_way_out() {
        let text = Error::NoPrograms { tried: "\n  pip: not found".into() }.to_string();
        for way in ["PG_BIN", "pip", "apt-get", "brew", "DATABASE_URL", "docker"] {
            assert!(text.contains(way), "{way} is missing in: {text}");
        }
    }
}
