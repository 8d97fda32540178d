//! RabbitMQ: a node that all tests share, or one of a test's own that it may stop and kill.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::certificate::{self, Certificate};
use crate::lease::{IDLE_MINUTES, folder, lease};
use crate::process::{Guard, answers, find_program, free_port, signal};
use crate::redis::running;
use crate::skipped;

/// How long a node may take to come up: about seven seconds on a quiet machine, minutes on a crowded one.
const PATIENCE: Duration = Duration::from_secs(300);

/// Heard on loopback only. It does not wait for the disk, which after a build is busy for longer than a test may wait for a
/// confirm, and what survives a killed process survives without that; and it does not spin on a core that others need.
const ERLANG: &str = "-kernel inet_dist_use_interface {127,0,0,1} -ra wal_sync_method none \
     +sbwt none +sbwtdcpu none +sbwtdio none";

/// The URL of a RabbitMQ node that all tests share, None (said loudly) if none is installed. Use exchanges and queues of
/// your own.
pub async fn rabbitmq() -> Option<String> {
    let program = installed()?;
    let started = tokio::task::spawn_blocking(move || {
        let lease = lease("rabbitmq");
        let folder = folder().join("rabbitmq");
        fs::create_dir_all(&folder).unwrap_or_else(|error| panic!("creating {}: {error}", folder.display()));
        let lock =
            File::create(folder.join("lock")).unwrap_or_else(|error| panic!("locking rabbitmq: {error}"));
        lock.lock().unwrap_or_else(|error| panic!("locking rabbitmq: {error}"));
        let note = folder.join("server");
        if let Some(port) = running(&fs::read_to_string(&note).unwrap_or_default()) {
            return Ok(url(port));
        }
        let (node, server) = Node::come_up(|| Some(Node::new(program.clone(), &folder.join("node"))))?;
        let pid = node.server_pid().unwrap_or_else(|| server.child.id());
        embedded::stop_when_idle(pid, &lease, IDLE_MINUTES, "TERM").unwrap_or_else(|error| panic!("{error}"));
        fs::write(note, format!("{pid} {}", node.port))
            .unwrap_or_else(|error| panic!("noting rabbitmq: {error}"));
        Ok(url(node.port))
    });
    or_skipped(started.await)
}

/// What was started. A node that is installed and does not come up is skipped too, with what it said; a panic goes on.
fn or_skipped<T>(started: Result<Result<T, String>, tokio::task::JoinError>) -> Option<T> {
    let started = started.unwrap_or_else(|failure| std::panic::resume_unwind(failure.into_panic()));
    started
        .inspect_err(|said| skipped("rabbitmq", &format!("it is installed, but does not start: {said}")))
        .ok()
}

/// A node of a test's own. Killed when it is dropped, and when the test is gone, however it went.
pub struct RabbitNode {
    node: Node,
    server: Option<Server>,
}

impl RabbitNode {
    /// Starts one on free ports, None (said loudly) if RabbitMQ is not installed.
    pub async fn start() -> Option<Self> {
        let program = installed()?;
        let folder = folder().join(format!("rabbitmq-{}-{}", std::process::id(), free_port()));
        let started = tokio::task::spawn_blocking(move || {
            Node::come_up(|| Some(Node::private(program.clone(), &folder))).map(RabbitNode::of)
        });
        or_skipped(started.await)
    }

    /// Starts one that listens with TLS only, None (said loudly) if RabbitMQ or openssl is not installed.
    pub async fn start_with_tls() -> Option<Self> {
        let program = installed()?;
        let folder = folder().join(format!("rabbitmq-{}-{}", std::process::id(), free_port()));
        let started = tokio::task::spawn_blocking(move || {
            let with_tls = || {
                let mut node = Node::private(program.clone(), &folder);
                node.tls = Some(certificate::make(&folder.join("tls"))?);
                Some(node)
            };
            Node::come_up(with_tls).map(RabbitNode::of)
        });
        or_skipped(started.await)
    }

    fn of((node, server): (Node, Server)) -> Self {
        RabbitNode { node, server: Some(server) }
    }

    /// The authority that signed its certificate, if it has one.
    pub fn authority(&self) -> Option<PathBuf> {
        self.node.tls.as_ref().map(|tls| tls.authority.clone())
    }

    /// Where it listens, also while it is down.
    pub fn url(&self) -> String {
        match self.node.tls {
            Some(_) => url(self.node.port).replacen("amqp://", "amqps://", 1),
            None => url(self.node.port),
        }
    }

    /// The port of [`RabbitNode::url`].
    pub fn port(&self) -> u16 {
        self.node.port
    }

    /// Stops it in good order; messages that were confirmed survive.
    pub async fn stop(&mut self) {
        self.end("TERM").await;
    }

    /// Kills it.
    pub async fn kill(&mut self) {
        self.end("KILL").await;
    }

    /// Starts it again, with its data.
    pub async fn start_again(&mut self) {
        let node = self.node.clone();
        let started = tokio::task::spawn_blocking(move || {
            let mut server = node.launch();
            node.wait(&mut server.child)
                .unwrap_or_else(|said| panic!("rabbitmq does not start again: {said}"));
            server
        });
        let server = started.await.unwrap_or_else(|failure| std::panic::resume_unwind(failure.into_panic()));
        self.server = Some(server);
    }

    async fn end(&mut self, how: &'static str) {
        let (pid, server) = (self.node.server_pid(), self.server.take());
        let ended = tokio::task::spawn_blocking(move || end(pid, server, how));
        let _ = ended.await;
    }
}

impl Drop for RabbitNode {
    fn drop(&mut self) {
        end(self.node.server_pid(), self.server.take(), "KILL");
        let _ = fs::remove_dir_all(&self.node.folder);
    }
}

/// The script that a node was started with, and who tidies up a private one when its test is gone.
struct Server {
    child: Child,
    guard: Option<Guard>,
}

fn end(pid: Option<u32>, server: Option<Server>, how: &str) {
    let Some(Server { mut child, guard }) = server else { return };
    // First: it must not meet another process of the same id.
    drop(guard);
    signal(pid.unwrap_or_else(|| child.id()), how);
    let _ = child.wait();
    if how == "KILL" {
        // The script that runs the server may be waiting for it.
        signal(child.id(), "KILL");
    }
}

fn installed() -> Option<PathBuf> {
    let program = find_program(&["rabbitmq-server"]);
    if program.is_none() {
        skipped("rabbitmq", "rabbitmq-server is not installed");
    }
    program
}

fn url(port: u16) -> String {
    format!("amqp://guest:guest@127.0.0.1:{port}/%2f")
}

/// Where a node lives and listens.
#[derive(Clone)]
struct Node {
    program: PathBuf,
    folder: PathBuf,
    port: u16,
    dist_port: u16,
    tls: Option<Certificate>,
    /// Of one test, and gone with it.
    is_private: bool,
}

impl Node {
    fn new(program: PathBuf, folder: &Path) -> Self {
        let _ = fs::remove_dir_all(folder);
        fs::create_dir_all(folder).unwrap_or_else(|error| panic!("creating {}: {error}", folder.display()));
        let (port, dist_port) = (free_port(), free_port());
        Self { program, folder: folder.to_owned(), port, dist_port, tls: None, is_private: false }
    }

    fn private(program: PathBuf, folder: &Path) -> Self {
        Self { is_private: true, ..Self::new(program, folder) }
    }

    /// A node that serves, on other ports if it died on the first; or what it said.
    fn come_up(make: impl Fn() -> Option<Self>) -> Result<(Self, Server), String> {
        let mut said = String::new();
        for _ in 0..3 {
            let node = make().ok_or("it cannot be set up")?;
            let mut server = node.launch();
            match node.wait(&mut server.child) {
                Ok(()) => return Ok((node, server)),
                Err(error) => said = error,
            }
            end(node.server_pid(), Some(server), "KILL");
        }
        Err(said)
    }

    fn launch(&self) -> Server {
        let path = |name: &str| self.folder.join(name);
        // What an earlier run of the node wrote.
        let _ = fs::remove_file(path("pid"));
        let write = |name: &str, text: String| {
            fs::write(path(name), text).unwrap_or_else(|error| panic!("writing {name}: {error}"));
        };
        write("rabbitmq.conf", self.settings());
        write("plugins", "[].".into());
        give_to_rabbitmq(&self.folder);
        let log = File::create(path("output.log")).unwrap_or_else(|error| panic!("opening the log: {error}"));
        let mut command = Command::new(&self.program);
        command
            .env("RABBITMQ_NODENAME", format!("test{}@localhost", self.port))
            .env("RABBITMQ_BASE", &self.folder)
            .env("RABBITMQ_MNESIA_BASE", path("mnesia"))
            .env("RABBITMQ_LOG_BASE", path("log"))
            .env("RABBITMQ_CONFIG_FILE", path("rabbitmq"))
            .env("RABBITMQ_ENABLED_PLUGINS_FILE", path("plugins"))
            .env("RABBITMQ_PID_FILE", path("pid"))
            .env("RABBITMQ_DIST_PORT", self.dist_port.to_string())
            .env("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", ERLANG)
            .env("ERL_EPMD_ADDRESS", "127.0.0.1")
            .current_dir("/")
            .stdin(Stdio::null())
            .stderr(log.try_clone().unwrap_or_else(|error| panic!("opening the log: {error}")))
            .stdout(log);
        // Neither Ctrl-C nor the end of a test run may take a shared node down.
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let child = command.spawn().unwrap_or_else(|error| panic!("starting rabbitmq: {error}"));
        let guard = self.is_private.then(|| self.guard(child.id()));
        Server { child, guard }
    }

    /// Kills the server, which is no child of the script that was started, as soon as it has written who it is.
    fn guard(&self, script: u32) -> Guard {
        let tidy_up = r#"i=0; while [ $i -lt 300 ] && [ ! -s "$2/pid" ]; do sleep 1; i=$((i+1)); done
            kill -KILL "$(cat "$2/pid")" "$1"; rm -rf "$2""#;
        Guard::start(tidy_up, &[&script.to_string(), &self.folder.display().to_string()])
    }

    fn settings(&self) -> String {
        let port = self.port;
        let listener = match &self.tls {
            None => format!("listeners.tcp.1 = 127.0.0.1:{port}"),
            Some(Certificate { authority, certificate, key }) => format!(
                "listeners.tcp = none\nlisteners.ssl.1 = 127.0.0.1:{port}\nssl_options.cacertfile = {}\n\
                 ssl_options.certfile = {}\nssl_options.keyfile = {}",
                authority.display(),
                certificate.display(),
                key.display()
            ),
        };
        format!("{listener}\nlog.file.level = warning\n")
    }

    /// Waits until it serves. Errors: what it said, when it has ended instead or takes too long.
    fn wait(&self, child: &mut Child) -> Result<(), String> {
        let deadline = Instant::now() + PATIENCE;
        while !answers(self.port) {
            let ended = child.try_wait().is_ok_and(|status| status.is_some());
            if ended || Instant::now() > deadline {
                return Err(fs::read_to_string(self.folder.join("output.log")).unwrap_or_default());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// The process id that the node wrote down: the script that was started is only its parent.
    fn server_pid(&self) -> Option<u32> {
        fs::read_to_string(self.folder.join("pid")).ok()?.trim().parse().ok()
    }
}

/// As root, Debian's script changes to the user rabbitmq, who must be able to write here.
fn give_to_rabbitmq(folder: &Path) {
    let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let Some(line) = passwd.lines().find(|line| line.starts_with("rabbitmq:")) else { return };
    let ids: Vec<u32> = line.split(':').skip(2).take(2).filter_map(|id| id.parse().ok()).collect();
    if let [uid, gid] = ids[..] {
        let inside =
            |folder: &Path| fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
        for path in inside(folder).chain(inside(&folder.join("tls"))).chain([folder.to_owned()]) {
            // Not root: then the script does not change users either.
            let _ = std::os::unix::fs::chown(path, Some(uid), Some(gid));
        }
    }
}
