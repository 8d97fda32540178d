//! A shell that waits for us to be gone and then stops the server: the reason that no way of dying leaves one behind.

use std::path::Path;
use std::process::Stdio;

use tokio::process::{Child, ChildStdin, Command};

use crate::user::RunAs;
use crate::{Error, Result};

/// Reads from a pipe that only we hold. When we exit, crash or are killed, the pipe closes, and the server gets SIGINT:
/// fast shutdown. It ignores the terminal's signals, because it must outlive us.
const SCRIPT: &str = r#"trap "" INT TERM HUP; read -r _; kill -INT "$1" 2>/dev/null"#;

/// Looks every few seconds whether the lease file was touched of late; once it was not, stops the process and ends. After
/// the machine slept or its clock jumped every lease looks old, so those who use it get the time to touch it once more.
const IDLE_SCRIPT: &str = r#"trap "" INT TERM HUP
used() { [ -n "$(find "$1" -mmin "-$2" 2>/dev/null)" ]; }
while sleep 5; kill -0 "$1" 2>/dev/null; do
  used "$2" "$3" && continue
  sleep 30
  used "$2" "$3" && continue
  kill "-$4" "$1" 2>/dev/null
  exit
done"#;

/// Stops a process with `signal` once nobody has touched `lease` for some minutes. For servers that tests of several
/// processes share: whoever uses one touches the lease now and then.
pub fn stop_when_idle(process: u32, lease: &Path, minutes: u32, signal: &str) -> Result<()> {
    let mut command = std::process::Command::new("/bin/sh");
    command.args(["-c", IDLE_SCRIPT, "idle-watch", &process.to_string()]).arg(lease);
    command.args([&minutes.to_string(), signal]).current_dir("/");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command.spawn().map(drop).map_err(Error::io("starting /bin/sh"))
}

/// Dropping it stops the server.
pub(crate) struct Supervisor {
    pipe: Option<ChildStdin>,
    shell: Child,
}

impl Supervisor {
    /// Watches over the server with this process id.
    pub(crate) fn over(server: u32, run_as: RunAs) -> Result<Self> {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", SCRIPT, "supervisor", &server.to_string()]);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        // A group of its own: Ctrl-C reaches the whole group of the terminal.
        command.process_group(0);
        let mut shell = run_as.apply(&mut command).spawn().map_err(Error::io("starting /bin/sh"))?;
        Ok(Self { pipe: shell.stdin.take(), shell })
    }

    /// Stops the server and comes back when it has been told.
    pub(crate) async fn release(mut self) {
        drop(self.pipe.take());
        let _ = self.shell.wait().await;
    }
}
