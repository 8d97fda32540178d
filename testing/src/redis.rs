//! Redis: a server that all tests share, or one of a test's own that it may kill.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::lease::{IDLE_MINUTES, folder, lease};
use crate::process::{Program, answers, find_program, free_port, is_alive};
use crate::skipped;

/// How long a server may take to come up: a moment on a quiet machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// The URL of a Redis server that all tests share, None (said loudly) if none is installed. Use keys of your own.
pub async fn redis() -> Option<String> {
    let program = installed()?;
    let lease = lease("redis");
    let folder = folder().join("redis");
    fs::create_dir_all(&folder).unwrap_or_else(|error| panic!("creating {}: {error}", folder.display()));
    let lock = File::create(folder.join("lock")).unwrap_or_else(|error| panic!("locking redis: {error}"));
    lock.lock().unwrap_or_else(|error| panic!("locking redis: {error}"));
    let note = folder.join("server");
    if let Some(port) = running(&fs::read_to_string(&note).unwrap_or_default()) {
        return Some(url(port));
    }
    let port = free_port();
    let start = || command(&program, port).current_dir(&folder).spawn();
    let start = || start().unwrap_or_else(|error| panic!("starting redis: {error}"));
    let (mut server, deadline) = (start(), Instant::now() + PATIENCE);
    while !answers(port) {
        assert!(Instant::now() < deadline, "redis does not answer");
        std::thread::sleep(Duration::from_millis(5));
        // The port was seen to be free with a socket, which a child that was being forked may have kept for a moment.
        if server.try_wait().is_ok_and(|ended| ended.is_some()) {
            server = start();
        }
    }
    embedded::stop_when_idle(server.id(), &lease, IDLE_MINUTES, "TERM")
        .unwrap_or_else(|error| panic!("{error}"));
    fs::write(note, format!("{} {port}", server.id()))
        .unwrap_or_else(|error| panic!("noting redis: {error}"));
    Some(url(port))
}

/// A server of a test's own. Killed when it is dropped.
pub struct RedisServer {
    program: PathBuf,
    port: u16,
    running: Option<Program>,
}

impl RedisServer {
    /// A server that does not run yet, None (said loudly) if none is installed.
    pub fn stopped() -> Option<Self> {
        Some(Self { program: installed()?, port: free_port(), running: None })
    }

    /// Where it listens, also while it is down.
    pub fn url(&self) -> String {
        url(self.port)
    }

    /// Starts it, empty, and comes back when it answers.
    pub async fn start(&mut self) {
        let start = || Program::start(&mut command(&self.program, self.port));
        let (mut server, deadline) = (start(), Instant::now() + PATIENCE);
        while !answers(self.port) {
            assert!(Instant::now() < deadline, "redis does not answer");
            tokio::time::sleep(Duration::from_millis(5)).await;
            if !server.is_running() {
                server = start();
            }
        }
        self.running = Some(server);
    }

    /// Kills it.
    pub fn kill(&mut self) {
        self.running = None;
    }
}

fn installed() -> Option<PathBuf> {
    let program = find_program(&["redis-server", "valkey-server"]);
    if program.is_none() {
        skipped("redis", "neither redis-server nor valkey-server is installed");
    }
    program
}

/// A server that keeps everything in memory.
fn command(program: &Path, port: u16) -> Command {
    let mut command = Command::new(program);
    command
        .args(["--bind", "127.0.0.1", "--port", &port.to_string(), "--save", "", "--appendonly", "no"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

fn url(port: u16) -> String {
    format!("redis://127.0.0.1:{port}/")
}

/// The port of a server that was noted as `<pid> <port>` and still lives.
pub(crate) fn running(note: &str) -> Option<u16> {
    let (pid, port) = note.trim().split_once(' ')?;
    let port = port.parse().ok()?;
    (is_alive(pid.parse().ok()?) && answers(port)).then_some(port)
}
