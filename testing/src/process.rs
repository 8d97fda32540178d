//! Small questions about processes, programs and ports.

use std::fs;
use std::io::{Read, Seek, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::ops::Range;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::lease::folder;

/// Ports that no system gives to a connection by itself: those begin at 32768 or above.
const PORTS: Range<u16> = 10_240..20_000;

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

/// A port of the loopback interface that is free, and stays so until its server is up and while it is restarted: it is none
/// that a connection may be given, and no test of any process gets it again before all others had their turn.
pub fn free_port() -> u16 {
    let turn = || -> std::io::Result<Option<u16>> {
        fs::create_dir_all(folder())?;
        let mut file = fs::File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(folder().join("next-port"))?;
        file.lock()?;
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        let offset = u16::try_from(std::process::id() % u32::from(PORTS.end - PORTS.start)).unwrap_or(0);
        let start = text.trim().parse().ok().filter(|port| PORTS.contains(port));
        let start = start.unwrap_or(PORTS.start + offset);
        let is_free = |port: &u16| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok();
        let found = (start..PORTS.end).chain(PORTS.start..start).find(is_free);
        if let Some(port) = found {
            file.set_len(0)?;
            file.rewind()?;
            file.write_all((port + 1).to_string().as_bytes())?;
        }
        Ok(found)
    };
    match turn() {
        Ok(Some(port)) => port,
        Ok(None) => panic!("no port of {PORTS:?} is free"),
        Err(error) => panic!("looking for a free port: {error}"),
    }
}

/// True if somebody listens on this port.
pub fn answers(port: u16) -> bool {
    std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
}

/// Who tidies up when the test is gone, however it went: a shell that reads from a pipe which only the test holds, and which
/// closes when that exits, crashes or is killed. Released when it is dropped.
pub(crate) struct Guard(Child);

impl Guard {
    /// Runs `script` when this process is gone; `given` are its `$1`, `$2` … Panics when there is no shell.
    pub(crate) fn start(script: &str, given: &[&str]) -> Self {
        let shell = Command::new("/bin/sh")
            .args(["-c", &format!("read -r _; {script}"), "guard"])
            .args(given)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn();
        Self(shell.unwrap_or_else(|error| panic!("starting /bin/sh: {error}")))
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A program in a process of its own, as a service runs: killed without warning when it is told to, when this is
/// dropped, and when the test is gone, however it went.
pub struct Program {
    child: Child,
    guard: Option<Guard>,
}

impl Program {
    /// Starts it. Panics when it cannot be started.
    pub fn start(command: &mut Command) -> Self {
        let child = command.stdin(Stdio::null()).spawn();
        let child = child.unwrap_or_else(|error| panic!("starting {command:?}: {error}"));
        let guard = Guard::start(r#"kill -KILL "$1""#, &[&child.id().to_string()]);
        Self { child, guard: Some(guard) }
    }

    /// Kills it (SIGKILL) and comes back when it is gone.
    pub fn kill(&mut self) {
        // The guard first: it must not meet another process of the same id.
        self.guard = None;
        let _ = self.child.kill();
        let _ = self.child.wait();
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
