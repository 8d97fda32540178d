//! The whole federation as processes of their own: identity, fleet, partner, two of trip, two routers; four databases and
//! a broker. Everything can be killed, and started again.

use std::fs::File;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use sqlx::PgPool;
use testing::{Database, Program, RabbitNode, answers, free_port};

use super::proxy::Proxy;

/// The processes: the name of a log, and what is served.
const PROCESSES: [(&str, &str); 7] = [
    ("identity", "identity"),
    ("fleet", "fleet"),
    ("partner", "partner"),
    ("trip-1", "trip"),
    ("trip-2", "trip"),
    ("router-1", "router"),
    ("router-2", "router"),
];

/// The subgraphs, in the order of their databases.
pub(super) const SUBGRAPHS: [&str; 4] = ["identity", "fleet", "partner", "trip"];

/// How long a process may take to serve. Broken connections and a broker that is away hold it up.
const PATIENCE: Duration = Duration::from_secs(300);

/// What runs.
pub(super) struct Plant {
    pub(super) databases: Vec<Database>,
    pub(super) broker: RabbitNode,
    /// One in front of each subgraph, in the order of [`SUBGRAPHS`].
    pub(super) doors: Vec<Proxy>,
    /// The one in front of the broker.
    pub(super) broker_door: Proxy,
    programs: Vec<Option<Program>>,
    ports: Vec<u16>,
    logs: PathBuf,
}

impl Plant {
    /// Databases, broker and doors, but no process yet. None (said loudly) without RabbitMQ.
    pub(super) async fn build() -> Option<Self> {
        let broker = RabbitNode::start().await?;
        let mut databases = Vec::new();
        for _ in SUBGRAPHS {
            databases.push(testing::empty_database().await);
        }
        let ports: Vec<u16> = PROCESSES.iter().map(|_| free_port()).collect();
        let mut doors = Vec::new();
        for subgraph in SUBGRAPHS {
            let behind = PROCESSES.iter().zip(&ports).filter(|((_, what), _)| *what == subgraph);
            doors.push(Proxy::start(behind.map(|(_, port)| *port).collect()).await);
        }
        let broker_door = Proxy::start(vec![broker.port()]).await;
        let logs = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("chaos");
        let _ = std::fs::remove_dir_all(&logs);
        std::fs::create_dir_all(&logs).unwrap();
        let programs = PROCESSES.iter().map(|_| None).collect();
        Some(Self { databases, broker, doors, broker_door, programs, ports, logs })
    }

    /// The pool of a subgraph's database.
    pub(super) fn pool(&self, subgraph: &str) -> &PgPool {
        let index = SUBGRAPHS.iter().position(|name| *name == subgraph).unwrap();
        &self.databases[index].pool
    }

    /// Where the routers answer.
    pub(super) fn routers(&self) -> Vec<String> {
        let routers = PROCESSES.iter().zip(&self.ports).filter(|((_, what), _)| *what == "router");
        routers.map(|(_, port)| format!("http://127.0.0.1:{port}/graphql")).collect()
    }

    /// How many processes there are.
    pub(super) fn size(&self) -> usize {
        PROCESSES.len()
    }

    /// The name of a process.
    pub(super) fn name(&self, process: usize) -> &'static str {
        PROCESSES[process].0
    }

    /// Runs a command of the binary to its end.
    pub(super) async fn run(&self, arguments: &[&str]) {
        let mut command = self.command("command");
        command.args(arguments);
        let status = tokio::task::spawn_blocking(move || command.status()).await.unwrap().unwrap();
        assert!(status.success(), "drivers-klub {arguments:?} failed, see {}", self.logs.display());
    }

    /// Starts a process, or starts it anew.
    pub(super) fn start(&mut self, process: usize) {
        let (name, what) = PROCESSES[process];
        let port = self.ports[process].to_string();
        let mut command = self.command(name);
        command.args(["serve", what]);
        match what {
            "router" => command.env("ROUTER_PORT", port),
            _ => command.env("LISTEN", format!("127.0.0.1:{port}")),
        };
        self.programs[process] = Some(Program::start(&mut command));
    }

    /// Kills a process without warning.
    pub(super) fn kill(&mut self, process: usize) {
        self.programs[process] = None;
    }

    /// Waits until everything serves. A process that has given up, because what it needs was away for too long, is
    /// started again, as a container engine would.
    pub(super) async fn wait(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        for process in 0..self.size() {
            while !answers(self.ports[process]) {
                let name = self.name(process);
                assert!(Instant::now() < deadline, "{name} does not serve, see {}", self.logs.display());
                self.revive(process);
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }

    /// Starts a process that has ended by itself.
    pub(super) fn revive(&mut self, process: usize) {
        if self.programs[process].as_mut().is_none_or(|program| !program.is_running()) {
            self.start(process);
        }
    }

    /// Ends every connection to a database but ours, in the middle of whatever it does.
    pub(super) async fn drop_connections(&self, subgraph: &str) {
        let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                   WHERE datname = current_database() AND application_name = $1";
        let _ = sqlx::query(end).bind(subgraph).execute(self.pool(subgraph)).await;
    }

    fn command(&self, log: &str) -> Command {
        let log =
            File::options().create(true).append(true).open(self.logs.join(format!("{log}.log"))).unwrap();
        let mut command = Command::new(binary());
        command
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .env("RUST_LOG", "warn")
            .env("AMQP_URL", format!("amqp://guest:guest@127.0.0.1:{}/%2f", self.broker_door.port))
            .env_remove("REDIS_URL")
            .env("DEMO_OTP", "true")
            .env("PRINCIPAL_KEY", "chaos-chaos-chaos-chaos-chaos-chaos")
            .env("IDENTITY_SECRET", "chaos-chaos-chaos-chaos-chaos-chaos")
            .env("PARTNER_DATA_KEY", "Y2hhb3MtY2hhb3MtY2hhb3MtY2hhb3MtY2hhb3MtMTI=")
            // A passenger who does not come is given up at once: the day is short.
            .env("NO_SHOW_WAIT_MIN", "-60")
            .env("ROUTER_SUBGRAPH_TIMEOUT", "6s")
            .env("ROUTER_REQUEST_TIMEOUT", "10s");
        for ((subgraph, database), door) in SUBGRAPHS.iter().zip(&self.databases).zip(&self.doors) {
            let name = subgraph.to_uppercase();
            command.env(format!("{name}_DATABASE_URL"), &database.url);
            command.env(format!("{name}_URL"), format!("http://127.0.0.1:{}/graphql", door.port));
        }
        command
    }
}

/// What is tested: the binary of this build, or another one, such as a release.
#[expect(clippy::disallowed_methods, reason = "how somebody names another build")]
fn binary() -> String {
    std::env::var("CHAOS_BINARY").unwrap_or_else(|_| env!("CARGO_BIN_EXE_drivers-klub").to_owned())
}
