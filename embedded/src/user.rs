//! Who the server runs as: ourselves, or somebody harmless if we are root, which PostgreSQL refuses to be.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::{Error, Result};

/// Accounts that may stand in for root, best first. The server looks its user up, so an invented id would not do.
const STAND_INS: [&str; 2] = ["postgres", "nobody"];

/// Where data goes that the stand-in could not reach where it was asked for.
const REACHABLE: &str = "/var/tmp/drivers-klub";

/// The account that the server runs as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RunAs {
    /// Our own.
    Ourselves,
    /// Another one, because we are root.
    StandIn { uid: u32, gid: u32 },
}

impl RunAs {
    /// Finds it. Errors: we are root and /etc/passwd has no account to stand in.
    pub(crate) fn find() -> Result<Self> {
        if !is_root() {
            return Ok(RunAs::Ourselves);
        }
        let passwd = fs::read_to_string("/etc/passwd").map_err(Error::io("reading /etc/passwd"))?;
        let account = STAND_INS.iter().find_map(|name| account(&passwd, name));
        account.ok_or_else(|| Error::NotStarted {
            reason: "PostgreSQL does not run as root, and there is neither a user postgres nor nobody".into(),
            log: String::new(),
        })
    }

    /// Makes a command run as this account, from a folder that exists for everybody.
    pub(crate) fn apply(self, command: &mut tokio::process::Command) -> &mut tokio::process::Command {
        command.current_dir("/");
        if let RunAs::StandIn { uid, gid } = self {
            command.uid(uid).gid(gid);
        }
        command
    }

    /// Gives a path to this account.
    pub(crate) fn own(self, path: &Path) -> Result<()> {
        if let RunAs::StandIn { uid, gid } = self {
            chown(path, Some(uid), Some(gid))
                .map_err(Error::io(format!("giving away {}", path.display())))?;
        }
        Ok(())
    }

    /// The folder to use for `wanted`: itself, or a stand-in for it that this account can reach.
    pub(crate) fn reachable(self, wanted: &Path) -> PathBuf {
        if self == RunAs::Ourselves || can_pass(wanted) {
            return wanted.to_owned();
        }
        let name: String = wanted.to_string_lossy().trim_matches('/').replace('/', "-");
        Path::new(REACHABLE).join(name)
    }

    /// True if this account can enter a folder.
    pub(crate) fn can_enter(self, folder: &Path) -> bool {
        self == RunAs::Ourselves || can_pass(folder)
    }
}

/// True if the folder, as far as it exists, and everything above it can be passed by anybody.
fn can_pass(folder: &Path) -> bool {
    folder.ancestors().all(|part| fs::metadata(part).map_or(true, |meta| meta.mode() & 0o001 != 0))
}

/// The numeric ids of an account of a passwd file.
fn account(passwd: &str, name: &str) -> Option<RunAs> {
    let line = passwd.lines().find(|line| line.split(':').next() == Some(name))?;
    let mut ids = line.split(':').skip(2).map(|id| id.parse().ok());
    Some(RunAs::StandIn { uid: ids.next()??, gid: ids.next()?? })
}

pub(crate) fn is_root() -> bool {
    if let Ok(meta) = fs::metadata("/proc/self") {
        return meta.uid() == 0;
    }
    let id = Command::new("id").arg("-u").stderr(Stdio::null()).output();
    id.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_found_by_its_name() {
        let passwd = "root:x:0:0:root:/root:/bin/sh\npostgres:x:101:104:,,,:/var/lib/postgresql:/bin/bash\n";
        assert_eq!(account(passwd, "postgres"), Some(RunAs::StandIn { uid: 101, gid: 104 }));
        assert_eq!(account(passwd, "nobody"), None);
    }
}
