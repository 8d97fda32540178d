//! The folder of a cluster: its data, its secrets, its log, and the lock that says who owns it.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::PathBuf;

use crate::{Error, Result};

/// A log larger than this, in bytes, is started anew.
const MAX_LOG: u64 = 5 * 1024 * 1024;

/// The folder.
#[derive(Clone, Debug)]
pub(crate) struct Folder(pub(crate) PathBuf);

/// What `postmaster.pid` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Postmaster {
    pub(crate) pid: u32,
    pub(crate) port: u16,
    pub(crate) ready: bool,
}

impl Folder {
    /// Makes the folder if need be. Its parts that hold secrets are readable by nobody else.
    pub(crate) fn create(path: PathBuf) -> Result<Self> {
        fs::create_dir_all(&path).map_err(Error::io(format!("creating {}", path.display())))?;
        Ok(Self(path))
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.0.join("data")
    }

    /// Where initdb works, until the data is complete.
    pub(crate) fn unfinished(&self) -> PathBuf {
        self.0.join("data.unfinished")
    }

    /// Ownership of the cluster for as long as the file is kept open; None if another process has it.
    pub(crate) fn own(&self) -> Result<Option<File>> {
        let path = self.0.join("owner.lock");
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
        let file = file.map_err(Error::io(format!("opening {}", path.display())))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(fs::TryLockError::WouldBlock) => Ok(None),
            Err(fs::TryLockError::Error(error)) => Err(Error::io("locking the cluster")(error)),
        }
    }

    /// The log, open for the server to write to.
    pub(crate) fn log(&self) -> Result<File> {
        let path = self.0.join("postgresql.log");
        if fs::metadata(&path).is_ok_and(|meta| meta.len() > MAX_LOG) {
            let _ = fs::remove_file(&path);
        }
        OpenOptions::new().create(true).append(true).open(path).map_err(Error::io("opening the log"))
    }

    /// The last lines of the log.
    pub(crate) fn log_tail(&self) -> String {
        let text = fs::read_to_string(self.0.join("postgresql.log")).unwrap_or_default();
        let lines: Vec<&str> = text.lines().rev().take(12).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }

    /// What the server says of itself, if it runs or ran and was killed.
    pub(crate) fn postmaster(&self) -> Option<Postmaster> {
        let text = fs::read_to_string(self.data().join("postmaster.pid")).ok()?;
        parse_postmaster(&text)
    }

    /// Removes what a killed server left, which would keep the next one from starting.
    pub(crate) fn forget_postmaster(&self) {
        let _ = fs::remove_file(self.data().join("postmaster.pid"));
    }

    /// The port that was used last.
    pub(crate) fn last_port(&self) -> Option<u16> {
        fs::read_to_string(self.0.join("port")).ok()?.trim().parse().ok()
    }

    pub(crate) fn remember_port(&self, port: u16) -> Result<()> {
        fs::write(self.0.join("port"), port.to_string()).map_err(Error::io("writing the port"))
    }

    /// The passwords by role, those of `roles` made up if they are missing.
    pub(crate) fn secrets(&self, roles: &[String]) -> Result<BTreeMap<String, String>> {
        let path = self.0.join("secrets");
        let mut secrets: BTreeMap<String, String> = fs::read_to_string(&path)
            .unwrap_or_default()
            .lines()
            .filter_map(|line| line.split_once('='))
            .map(|(role, secret)| (role.to_owned(), secret.to_owned()))
            .collect();
        let known = secrets.len();
        for role in roles {
            if !secrets.contains_key(role) {
                secrets.insert(role.clone(), random_secret()?);
            }
        }
        if secrets.len() > known {
            let text: String = secrets.iter().fold(String::new(), |mut text, (role, secret)| {
                let _ = writeln!(text, "{role}={secret}");
                text
            });
            write_private(&path, &text)?;
        }
        Ok(secrets)
    }

    /// The services whose databases are known to be there.
    pub(crate) fn ready_databases(&self) -> Vec<String> {
        let text = fs::read_to_string(self.data().join("services")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    pub(crate) fn remember_databases(&self, services: &[String]) -> Result<()> {
        fs::write(self.data().join("services"), services.join("\n"))
            .map_err(Error::io("noting the databases"))
    }

    /// Deletes data and secrets. The cluster must be stopped.
    pub(crate) fn clear(&self) -> Result<()> {
        for path in [self.data(), self.unfinished()] {
            if path.exists() {
                fs::remove_dir_all(&path).map_err(Error::io(format!("deleting {}", path.display())))?;
            }
        }
        let _ = fs::remove_file(self.0.join("secrets"));
        Ok(())
    }
}

/// Line 1 is the process id, line 4 the port, line 8 the status.
fn parse_postmaster(text: &str) -> Option<Postmaster> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    Some(Postmaster {
        pid: lines.first()?.parse().ok()?,
        port: lines.get(3)?.parse().ok()?,
        ready: lines.get(7).is_some_and(|status| *status == "ready"),
    })
}

/// Writes a file that only its owner may read.
pub(crate) fn write_private(path: &std::path::Path, text: &str) -> Result<()> {
    let what = || format!("writing {}", path.display());
    let file = OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(path);
    let mut file = file.map_err(Error::io(what()))?;
    file.set_permissions(fs::Permissions::from_mode(0o600)).map_err(Error::io(what()))?;
    std::io::Write::write_all(&mut file, text.as_bytes()).map_err(Error::io(what()))
}

fn random_secret() -> Result<String> {
    let mut bytes = [0_u8; 24];
    aws_lc_rs::rand::fill(&mut bytes)
        .map_err(|_| Error::io("drawing a password")(std::io::Error::other("no randomness")))?;
    Ok(bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_postmaster_file_reads_at_every_stage_of_the_start() {
        let early = "4711\n/data\n1795300000\n5433\n\n";
        let late = "4711\n/data\n1795300000\n5433\n\n127.0.0.1\n  131090  0\nready   \n";
        assert_eq!(parse_postmaster(early), Some(Postmaster { pid: 4711, port: 5433, ready: false }));
        assert_eq!(parse_postmaster(late), Some(Postmaster { pid: 4711, port: 5433, ready: true }));
        assert_eq!(parse_postmaster("47"), None);
    }
}
