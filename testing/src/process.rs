//! Small questions about processes, programs and ports.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// True if there is a process with this id.
pub(crate) fn is_alive(pid: u32) -> bool {
    if Path::new("/proc/self").exists() {
        return Path::new(&format!("/proc/{pid}")).exists();
    }
    let kill = Command::new("kill").args(["-0", &pid.to_string()]).stderr(Stdio::null()).status();
    kill.is_ok_and(|status| status.success())
}

/// Sends a signal by name (`TERM`, `KILL`).
pub(crate) fn signal(pid: u32, name: &str) {
    let _ = Command::new("kill").args([&format!("-{name}"), &pid.to_string()]).stderr(Stdio::null()).status();
}

/// The first of these programs that is installed.
pub(crate) fn find_program(names: &[&str]) -> Option<PathBuf> {
    let machine = embedded::Machine::from_environment();
    let mut folders = machine.path;
    folders.extend(["/usr/sbin", "/usr/local/sbin", "/usr/lib/rabbitmq/bin"].map(PathBuf::from));
    names.iter().find_map(|name| {
        folders
            .iter()
            .map(|folder| folder.join(name))
            .find(|path| fs::metadata(path).is_ok_and(|meta| meta.is_file()))
    })
}

/// A port of the loopback interface that is free now.
pub fn free_port() -> u16 {
    let listener =
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap_or_else(|error| panic!("no free port: {error}"));
    listener.local_addr().unwrap_or_else(|error| panic!("no free port: {error}")).port()
}

/// True if somebody listens on this port.
pub fn answers(port: u16) -> bool {
    std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
}

/// A program in a process of its own, as a service runs: killed without warning when it is told to, when this is
/// dropped, and when the test is gone, however it went.
pub struct Program {
    child: Child,
    guard: Child,
}

impl Program {
    /// Starts it. Panics when it cannot be started.
    pub fn start(command: &mut Command) -> Self {
        let child = command.stdin(Stdio::null()).spawn();
        let child = child.unwrap_or_else(|error| panic!("starting {command:?}: {error}"));
        // Reads from a pipe that only we hold; it closes when we exit, crash or are killed.
        let guard = Command::new("/bin/sh")
            .args(["-c", r#"read -r _; kill -KILL "$1" 2>/dev/null"#, "guard", &child.id().to_string()])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("starting /bin/sh: {error}"));
        Self { child, guard }
    }

    /// Kills it (SIGKILL) and comes back when it is gone.
    pub fn kill(&mut self) {
        // The guard first: it must not meet another process of the same id.
        for process in [&mut self.guard, &mut self.child] {
            let _ = process.kill();
            let _ = process.wait();
        }
    }

    /// True unless it has ended by itself or was killed.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
    }
}
