//! The life of a private cluster: initdb, start or take over, databases, stop.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::postgres::{PgConnectOptions, PgSslMode};
use tokio::process::{Child, Command};

use crate::binaries::{self, Programs};
use crate::config::Machine;
use crate::databases::{self, ADMIN, database_of};
use crate::files::{Folder, write_private};
use crate::supervisor::{Supervisor, stop_when_idle};
use crate::user::RunAs;
use crate::{Error, Result};

/// How long a start or a stop may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often we look whether the server has got there.
const LOOK: Duration = Duration::from_millis(4);

/// Told what is going on before anything that takes longer than a second.
#[derive(Clone)]
pub struct Progress(Arc<dyn Fn(&str) + Send + Sync>);

impl Progress {
    /// `Progress::new(|line| …)`
    pub fn new(say: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self(Arc::new(say))
    }

    /// Tells nobody.
    pub fn silent() -> Self {
        Self::new(|_| ())
    }

    pub(crate) fn say(&self, line: &str) {
        tracing::debug!(line, "embedded PostgreSQL");
        (self.0)(line);
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Progress")
    }
}

/// How long the server runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lifetime {
    /// As long as the process that started it; the data lasts.
    Ours,
    /// For tests of several processes: until nobody has touched the lease file for some minutes. Fast rather than safe: the
    /// data is lost when the machine crashes.
    Idle {
        /// Touched by whoever uses the server.
        lease: PathBuf,
        /// How long it may be left alone.
        minutes: u32,
    },
}

/// What cluster to bring up.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where it lives. As root, a folder that the server's user cannot reach is replaced by one under /var/tmp.
    pub folder: PathBuf,
    /// The services that get a database and a role each, lower-case letters.
    pub services: Vec<String>,
    /// Delete the data first.
    pub fresh: bool,
    /// Who stops the server.
    pub lifetime: Lifetime,
    /// Where programs may be.
    pub machine: Machine,
    /// Who is told.
    pub progress: Progress,
}

impl Options {
    fn is_throw_away(&self) -> bool {
        self.lifetime != Lifetime::Ours
    }
}

/// A running cluster. Dropping it stops the server, unless another process owns it; [`Cluster::stop`] waits for the stop.
#[derive(Debug)]
pub struct Cluster {
    folder: Folder,
    port: u16,
    secrets: BTreeMap<String, String>,
    owned: Option<Owned>,
}

/// What makes the cluster ours.
struct Owned {
    supervisor: Supervisor,
    child: Option<Child>,
    _lock: Arc<File>,
}

impl fmt::Debug for Owned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Owned")
    }
}

/// Brings the cluster up: takes over one that runs, else starts one, making it first if there is none.
pub async fn start(options: Options) -> Result<Cluster> {
    let run_as = RunAs::find()?;
    // The server works elsewhere: a relative path would mean another folder to it.
    let wanted = std::path::absolute(&options.folder).map_err(Error::io("finding the folder"))?;
    let folder = Folder::create(run_as.reachable(&wanted))?;
    let Some(lock) = folder.own()?.map(Arc::new) else { return join(folder, &options).await };
    if options.fresh {
        stop_orphan(&folder, run_as).await?;
        folder.clear()?;
    }
    let mut roles = options.services.clone();
    roles.push(ADMIN.to_owned());
    let secrets = folder.secrets(&roles)?;
    let (port, owned) = match (orphan(&folder).await, &options.lifetime) {
        (Some((_, port)), Lifetime::Idle { .. }) => (port, None),
        (Some((pid, port)), Lifetime::Ours) => {
            let supervisor = Supervisor::over(pid, run_as)?;
            (port, Some(Owned { supervisor, child: None, _lock: lock.clone() }))
        }
        (None, lifetime) => {
            let programs =
                binaries::find(&options.machine, run_as, &folder.data(), &options.progress).await?;
            if !folder.data().join("PG_VERSION").exists() {
                init(&folder, &programs, run_as, &secrets[ADMIN], &options).await?;
            }
            let (port, child) = launch(&folder, &programs, run_as, &options).await?;
            let pid = child.id().ok_or_else(|| not_started("it ended at once", &folder))?;
            match lifetime {
                Lifetime::Ours => {
                    let supervisor = Supervisor::over(pid, run_as)?;
                    (port, Some(Owned { supervisor, child: Some(child), _lock: lock.clone() }))
                }
                Lifetime::Idle { lease, minutes } => {
                    stop_when_idle(pid, lease, *minutes, "INT")?;
                    (port, None)
                }
            }
        }
    };
    let cluster = Cluster { folder, port, secrets, owned };
    let ready = cluster.folder.ready_databases();
    if !options.services.iter().all(|service| ready.contains(service)) {
        databases::ensure(&cluster.admin(), &options.services, &cluster.secrets).await?;
        cluster.folder.remember_databases(&options.services)?;
    }
    drop(lock);
    Ok(cluster)
}

impl Cluster {
    /// The URL of a service's database, with its own role and password.
    pub fn url(&self, service: &str) -> Option<String> {
        let secret = self.secrets.get(service).filter(|_| service != ADMIN)?;
        let (port, database) = (self.port, database_of(service));
        Some(format!("postgres://{service}:{secret}@127.0.0.1:{port}/{database}"))
    }

    /// The URL of the superuser, for tests and repairs.
    pub fn admin_url(&self) -> String {
        let (secret, port) = (self.secrets.get(ADMIN).map_or("", String::as_str), self.port);
        format!("postgres://{ADMIN}:{secret}@127.0.0.1:{port}/postgres")
    }

    /// The folder that is really used.
    pub fn folder(&self) -> &std::path::Path {
        &self.folder.0
    }

    /// The port on the loopback interface.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// False if another process started this cluster and will stop it.
    pub fn is_owned(&self) -> bool {
        self.owned.is_some()
    }

    /// Stops the server (fast shutdown: open transactions are rolled back) and waits until it is gone.
    pub async fn stop(mut self) -> Result<()> {
        let Some(owned) = self.owned.take() else { return Ok(()) };
        owned.supervisor.release().await;
        let gone = async {
            while self.folder.postmaster().is_some() {
                tokio::time::sleep(LOOK).await;
            }
            if let Some(mut child) = owned.child {
                let _ = child.wait().await;
            }
        };
        let stopped = tokio::time::timeout(PATIENCE, gone).await;
        stopped.map_err(|_| not_started("it does not stop", &self.folder))
    }

    fn admin(&self) -> PgConnectOptions {
        let secret = self.secrets.get(ADMIN).map_or("", String::as_str);
        PgConnectOptions::new_without_pgpass()
            .host("127.0.0.1")
            .port(self.port)
            .username(ADMIN)
            .password(secret)
            .database("postgres")
            .ssl_mode(PgSslMode::Disable)
    }
}

fn not_started(reason: &str, folder: &Folder) -> Error {
    Error::NotStarted { reason: reason.to_owned(), log: folder.log_tail() }
}

/// Uses a cluster that another process owns; waits while that one is still starting it.
async fn join(folder: Folder, options: &Options) -> Result<Cluster> {
    if options.fresh {
        return Err(not_started("another process uses this cluster; stop it before starting over", &folder));
    }
    let deadline = Instant::now() + PATIENCE;
    loop {
        let postmaster = folder.postmaster().filter(|postmaster| postmaster.ready);
        let ready = folder.ready_databases();
        let complete = options.services.iter().all(|service| ready.contains(service));
        if let Some(postmaster) = postmaster
            && complete
        {
            let secrets = folder.secrets(&[])?;
            return Ok(Cluster { port: postmaster.port, folder, secrets, owned: None });
        }
        if Instant::now() > deadline {
            return Err(not_started("another process owns this cluster and does not get it ready", &folder));
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// A server of this folder that has survived whoever started it. What a killed one left is cleaned up.
async fn orphan(folder: &Folder) -> Option<(u32, u16)> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let found = folder.postmaster()?;
        if !is_postgres(found.pid).await {
            folder.forget_postmaster();
            return None;
        }
        if found.ready {
            return Some((found.pid, found.port));
        }
        // It is starting, or stopping: either ends soon.
        if Instant::now() > deadline {
            return None;
        }
        tokio::time::sleep(LOOK).await;
    }
}

async fn stop_orphan(folder: &Folder, run_as: RunAs) -> Result<()> {
    if let Some((pid, _)) = orphan(folder).await {
        Supervisor::over(pid, run_as)?.release().await;
        while folder.postmaster().is_some() && is_postgres(pid).await {
            tokio::time::sleep(LOOK).await;
        }
    }
    Ok(())
}

/// True if the process lives and is a server: process ids are used again.
async fn is_postgres(pid: u32) -> bool {
    if fs::exists("/proc/self").unwrap_or(false) {
        return fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name.trim() == "postgres");
    }
    let ps = Command::new("ps").args(["-o", "comm=", "-p", &pid.to_string()]).output().await;
    ps.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains("postgres"))
}

/// Makes a new cluster next to where it will be, and moves it there when it is complete.
async fn init(
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
    let auth = if options.is_throw_away() { "password" } else { "scram-sha-256" };
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

/// Starts the server and waits until it answers.
async fn launch(
    folder: &Folder,
    programs: &Programs,
    run_as: RunAs,
    options: &Options,
) -> Result<(u16, Child)> {
    // A port that was free a moment ago may be taken now: then another one is.
    for _ in 0..3 {
        let port = free_port(folder.last_port())?;
        folder.remember_port(port)?;
        let mut child = spawn(folder, programs, run_as, options.is_throw_away(), port)?;
        let pid = child.id().ok_or_else(|| not_started("it ended at once", folder))?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            if folder.postmaster().is_some_and(|found| found.pid == pid && found.ready) {
                return Ok((port, child));
            }
            if child.try_wait().map_err(Error::io("watching the server"))?.is_some() {
                break;
            }
            if Instant::now() > deadline {
                return Err(not_started("it does not get ready", folder));
            }
            tokio::time::sleep(LOOK).await;
        }
        if !folder.log_tail().contains("could not bind") {
            break;
        }
    }
    Err(not_started("it ended while starting", folder))
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
            "max_wal_size=4GB",
        ]);
    }
    for setting in settings {
        server.args(["-c", setting]);
    }
    // A group of its own: Ctrl-C at the terminal is for us, and the server is stopped when its users are.
    server.process_group(0).stdin(Stdio::null()).stdout(log).stderr(errors);
    run_as.apply(&mut server).spawn().map_err(Error::io("starting postgres"))
}

/// The port used last if it is free, so that a URL that somebody wrote down goes on to work; else any free one.
fn free_port(last: Option<u16>) -> Result<u16> {
    if let Some(port) = last
        && TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
    {
        return Ok(port);
    }
    let listener =
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(Error::io("looking for a free port"))?;
    Ok(listener.local_addr().map_err(Error::io("looking for a free port"))?.port())
}
