//! The server process: making its data, starting it, telling whether it lives.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::ops::Range;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use tokio::process::{Child, Command};

use crate::binaries::Programs;
use crate::cluster::{LOOK, Lifetime, Options, PATIENCE, not_started};
use crate::databases::ADMIN;
use crate::files::{Folder, write_private};
use crate::supervisor::{Supervisor, stop_when_idle};
use crate::user::RunAs;
use crate::{Error, Result};

/// Where ports are looked for: below those that systems give to connections, which could take one while a server restarts.
const PORTS: Range<u16> = 6_100..10_000;

/// True if the process lives and is a server: process ids are used again.
pub(crate) async fn is_postgres(pid: u32) -> bool {
    if fs::exists("/proc/self").unwrap_or(false) {
        return fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name.trim() == "postgres");
    }
    let ps = Command::new("ps").args(["-o", "comm=", "-p", &pid.to_string()]).output().await;
    ps.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains("postgres"))
}

/// Makes a new cluster next to where it will be, and moves it there when it is complete.
pub(crate) async fn init(
    folder: &Folder,
    programs: &Programs,
    run_as: RunAs,
    secret: &str,
    options: &Options,
) -> Result<()> {
    options.progress.say("creating the PostgreSQL cluster");
    let unfinished = folder.unfinished();
    let _ = fs::remove_dir_all(&unfinished);
    fs::create_dir_all(&unfinished).map_err(Error::io("creating the data folder"))?;
    fs::set_permissions(&unfinished, fs::Permissions::from_mode(0o700))
        .map_err(Error::io("closing the data folder"))?;
    run_as.own(&unfinished)?;
    let password = folder.0.join("password");
    write_private(&password, secret)?;
    run_as.own(&password)?;
    // Clear text over loopback spares each connection of a test the 4,096 rounds of SCRAM.
    let auth = if options.lifetime.is_throw_away() { "password" } else { "scram-sha-256" };
    let mut initdb = Command::new(programs.program("initdb"));
    initdb.args(["--username", ADMIN, "--auth", auth, "--encoding", "UTF8", "--locale", "C"]);
    initdb
        .args(["--no-sync", "--no-instructions", "--pwfile"])
        .arg(&password)
        .arg("--pgdata")
        .arg(&unfinished);
    initdb.env_remove("PGDATA").stdin(Stdio::null());
    let output = run_as.apply(&mut initdb).output().await;
    let _ = fs::remove_file(&password);
    let output = output.map_err(Error::io("running initdb"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(Error::Program { program: "initdb".into(), output: said });
    }
    fs::rename(&unfinished, folder.data()).map_err(Error::io("moving the new cluster into place"))
}

/// Starts the server and waits until it answers. If it lives as long as we do, it is watched from its first moment on.
pub(crate) async fn launch(
    folder: &Folder,
    programs: &Programs,
    run_as: RunAs,
    lifetime: &Lifetime,
) -> Result<(u16, Option<(Supervisor, Child)>)> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let port = free_port(folder.last_port())?;
        folder.remember_port(port)?;
        let mut child = spawn(folder, programs, run_as, lifetime.is_throw_away(), port)?;
        let pid = child.id().ok_or_else(|| not_started("it ended at once", folder))?;
        let supervisor = match lifetime {
            Lifetime::Ours => Some(Supervisor::over(pid, run_as)?),
            Lifetime::Idle { lease, minutes } => {
                stop_when_idle(pid, lease, *minutes, "INT")?;
                None
            }
        };
        if wait(folder, &mut child, pid).await? {
            return Ok((port, supervisor.map(|supervisor| (supervisor, child))));
        }
        if !will_pass(&folder.log_tail()) || Instant::now() > deadline {
            return Err(not_started("it ended while starting", folder));
        }
        tokio::time::sleep(LOOK * 10).await;
    }
}

/// True if the next attempt may go better: a port that was free a moment ago is taken, or processes of a server that was
/// killed have not noticed yet.
fn will_pass(log: &str) -> bool {
    ["could not bind", "pre-existing shared memory block"].iter().any(|reason| log.contains(reason))
}

/// True when the server answers, false if it has ended instead.
async fn wait(folder: &Folder, child: &mut Child, pid: u32) -> Result<bool> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if folder.postmaster().is_some_and(|found| found.pid == pid && found.ready) {
            return Ok(true);
        }
        if child.try_wait().map_err(Error::io("watching the server"))?.is_some() {
            return Ok(false);
        }
        if Instant::now() > deadline {
            return Err(not_started("it does not get ready", folder));
        }
        tokio::time::sleep(LOOK).await;
    }
}

fn spawn(folder: &Folder, programs: &Programs, run_as: RunAs, throw_away: bool, port: u16) -> Result<Child> {
    let log = folder.log()?;
    let errors = log.try_clone().map_err(Error::io("opening the log"))?;
    let mut server = Command::new(programs.program("postgres"));
    server.arg("-D").arg(folder.data()).args(["-p", &port.to_string()]);
    let mut settings = vec![
        "listen_addresses=127.0.0.1",
        "unix_socket_directories=",
        "max_connections=300",
        "shared_buffers=64MB",
        "jit=off",
        "timezone=UTC",
        "log_timezone=UTC",
    ];
    if throw_away {
        settings.extend(["fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_wal_senders=0"]);
        settings.extend([
            "wal_level=minimal",
            "max_connections=500",
            "checkpoint_timeout=1h",
            "max_wal_size=512MB",
        ]);
    }
    for setting in settings {
        server.args(["-c", setting]);
    }
    // A group of its own: Ctrl-C at the terminal is for us, and the server is stopped when its users are.
    server.process_group(0).stdin(Stdio::null()).stdout(log).stderr(errors);
    run_as.apply(&mut server).spawn().map_err(Error::io("starting postgres"))
}

/// The port used last if it is free, so that a URL that somebody wrote down goes on to work; else one that is free, and stays
/// so while the server is down. Clusters of one process never get the same.
fn free_port(last: Option<u16>) -> Result<u16> {
    static TURN: AtomicU32 = AtomicU32::new(0);
    let is_free = |port: &u16| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok();
    let others = PORTS.map(|_| {
        // Processes begin at different places.
        let turn = std::process::id().wrapping_mul(61).wrapping_add(TURN.fetch_add(1, Ordering::Relaxed));
        PORTS.start + u16::try_from(turn % u32::from(PORTS.end - PORTS.start)).unwrap_or(0)
    });
    let taken = || std::io::Error::other(format!("all of {PORTS:?} are taken"));
    let mut candidates = last.into_iter().chain(others);
    candidates.find(is_free).ok_or_else(taken).map_err(Error::io("looking for a free port"))
}
