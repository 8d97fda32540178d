//! The life of a private cluster: initdb, start or take over, databases, stop.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::postgres::{PgConnectOptions, PgSslMode};
use tokio::process::Child;

use crate::binaries;
use crate::config::Machine;
use crate::databases::{self, ADMIN, database_of};
use crate::files::Folder;
use crate::server;
use crate::supervisor::Supervisor;
use crate::user::RunAs;
use crate::{Error, Result};

/// How long a start or a stop may take: a moment, but for a machine whose disk is busy with something else.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// How long a cluster may seem to be in use after its owner has stopped it.
const LETTING_GO: Duration = Duration::from_secs(5);

/// How often we look whether the server has got there.
pub(crate) const LOOK: Duration = Duration::from_millis(4);

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

impl Lifetime {
    /// Fast rather than safe.
    pub(crate) fn is_throw_away(&self) -> bool {
        *self != Lifetime::Ours
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
    let lock = match own_or_join(&folder, &options).await? {
        Access::Owner(lock) => Arc::new(lock),
        Access::Guest(port) => {
            let secrets = folder.secrets(&[])?;
            return Ok(Cluster { port, folder, secrets, owned: None });
        }
    };
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
        (None, _) => {
            let programs =
                binaries::find(&options.machine, run_as, &folder.data(), &options.progress).await?;
            if !folder.data().join("PG_VERSION").exists() {
                server::init(&folder, &programs, run_as, &secrets[ADMIN], &options).await?;
            }
            let (port, kept) = server::launch(&folder, &programs, run_as, &options.lifetime).await?;
            let owned =
                kept.map(|(supervisor, child)| Owned { supervisor, child: Some(child), _lock: lock.clone() });
            (port, owned)
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

pub(crate) fn not_started(reason: &str, folder: &Folder) -> Error {
    Error::NotStarted { reason: reason.to_owned(), log: folder.log_tail() }
}

/// What we are to a cluster.
enum Access {
    Owner(File),
    /// It runs at this port.
    Guest(u16),
}

/// Owns the cluster, or uses one that another process owns; waits while that one is still starting it. Who has just
/// let go of it seems to have it a little longer: a child that a process has forked holds its locks too, until it execs.
async fn own_or_join(folder: &Folder, options: &Options) -> Result<Access> {
    let begun = Instant::now();
    loop {
        if let Some(lock) = folder.own()? {
            return Ok(Access::Owner(lock));
        }
        let postmaster = folder.postmaster().filter(|postmaster| postmaster.ready);
        let ready = folder.ready_databases();
        let complete = options.services.iter().all(|service| ready.contains(service));
        match postmaster {
            Some(postmaster) if complete && !options.fresh => return Ok(Access::Guest(postmaster.port)),
            _ => {}
        }
        if options.fresh && begun.elapsed() > LETTING_GO {
            let reason = "another process uses this cluster; stop it before starting over";
            return Err(not_started(reason, folder));
        }
        if begun.elapsed() > PATIENCE {
            let reason = "another process owns this cluster and does not get it ready";
            return Err(not_started(reason, folder));
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// A server of this folder that has survived whoever started it. What a killed one left is cleaned up.
async fn orphan(folder: &Folder) -> Option<(u32, u16)> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let found = folder.postmaster()?;
        if !server::is_postgres(found.pid).await {
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
        while folder.postmaster().is_some() && server::is_postgres(pid).await {
            tokio::time::sleep(LOOK).await;
        }
    }
    Ok(())
}
