//! The command line: one struct per subcommand, a doc comment per argument.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::databases::DatabaseUrls;

/// Drivers Klub: a GraphQL federation for a company that runs fleets of electric cabs.
///
/// Without arguments it brings up the whole federation for development (`dev`).
#[derive(Debug, Parser)]
#[command(name = "drivers-klub", version)]
pub(crate) struct Cli {
    /// What to do; `dev` when nothing is said.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// What the binary can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Bring up everything in one process: PostgreSQL, four subgraphs, the router, demo data
    Dev(DevArgs),
    /// Serve one deployable, or all of them, against servers of your own
    Serve(Box<ServeArgs>),
    /// Bring the four databases up to date
    Migrate(MigrateArgs),
    /// Fill empty databases with demo data
    Seed(SeedArgs),
    /// Compose subgraph SDLs into a supergraph (our own four without arguments)
    Compose(ComposeArgs),
    /// Show how the router would answer an operation, and why so
    Plan(PlanArgs),
    /// Bring up a throw-away federation and prove the main job through its front door
    Smoke(SmokeArgs),
    /// Say what this machine has and what is missing
    Doctor(DoctorArgs),
    /// Look at dead letters, put them back, rebuild copies
    Events(EventsArgs),
    /// Ask a health address once (for container health checks)
    Health(HealthArgs),
}

impl Default for Command {
    fn default() -> Self {
        Command::Dev(DevArgs::default())
    }
}

/// How much demo data there is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Size {
    /// 2 fleets: what tests use
    Small,
    /// 6 fleets with 60 days of trips
    #[default]
    Demo,
    /// 60 fleets, 10,000 trips a day for 30 days
    Load,
}

/// `dev`
#[derive(Debug, Args)]
pub(crate) struct DevArgs {
    /// The router's port on loopback
    #[arg(long, env = "PORT", default_value_t = 4000)]
    pub(crate) port: u16,
    /// Start over: drop the data of earlier runs
    #[arg(long)]
    pub(crate) fresh: bool,
    /// Talk to the subgraphs over loopback HTTP instead of in-process
    #[arg(long)]
    pub(crate) http: bool,
    /// Where the embedded PostgreSQL keeps its data
    #[arg(long, env = "DATA_DIR", default_value = ".drivers-klub")]
    pub(crate) data: PathBuf,
    /// How much demo data an empty database gets
    #[arg(long, value_enum, default_value_t = Size::Small)]
    pub(crate) size: Size,
    /// What is logged, in tracing's filter syntax
    #[arg(long, env = "RUST_LOG", default_value = "error,identity::otp=info")]
    pub(crate) log: String,
    /// Servers of your own.
    #[command(flatten)]
    pub(crate) servers: Servers,
}

impl Default for DevArgs {
    fn default() -> Self {
        Self::read(&["dev"])
    }
}

impl DevArgs {
    /// The arguments as clap reads them, environment included.
    fn read(line: &[&str]) -> Self {
        #[derive(Parser)]
        struct Line {
            #[command(flatten)]
            args: DevArgs,
        }
        Line::parse_from(line).args
    }
}

/// Servers of one's own instead of the embedded defaults.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Servers {
    /// The four databases.
    #[command(flatten)]
    pub(crate) databases: DatabaseUrls,
    /// RabbitMQ instead of the in-process bus: amqp://user:password@host:5672/%2f
    #[arg(long, env = "AMQP_URL", hide_env_values = true)]
    pub(crate) amqp_url: Option<String>,
    /// Redis for what replicas share: redis://host:6379
    #[arg(long, env = "REDIS_URL", hide_env_values = true)]
    pub(crate) redis_url: Option<String>,
}

/// `serve`
#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// What to serve
    #[command(subcommand)]
    pub(crate) what: Deployable,
}

/// A deployable, with the settings that it alone has.
#[derive(Debug, Subcommand)]
pub(crate) enum Deployable {
    /// Users, one-time passwords, sessions, signing keys
    Identity(OneArgs<identity::Config>),
    /// Fleets, managers, hubs, vehicles
    Fleet(OneArgs<fleet::Config>),
    /// Drivers, KYC, attendance, wallet
    Partner(OneArgs<partner::Config>),
    /// Roster, trips, dispatch, fares
    Trip(OneArgs<trip::Config>),
    /// The GraphQL endpoint over the four
    Router(Box<RouterArgs>),
    /// All five in one process, against servers of your own
    All(Box<AllArgs>),
}

/// How a deployable logs.
#[derive(Debug, Clone, Args)]
pub(crate) struct Logging {
    /// What is logged, in tracing's filter syntax
    #[arg(long, env = "RUST_LOG", default_value = "info")]
    pub(crate) log: String,
    /// How it is logged
    #[arg(long, env = "LOG_FORMAT", value_enum, default_value_t)]
    pub(crate) log_format: kit::telemetry::LogFormat,
}

/// One subgraph: what all of them are told, and its own settings.
#[derive(Debug, Args)]
pub(crate) struct OneArgs<Config: Args> {
    /// Address to listen on; by default loopback on the subgraph's own port (4001 identity … 4004 trip)
    #[arg(long, env = "LISTEN")]
    pub(crate) listen: Option<SocketAddr>,
    /// The secret that the router signs callers with and subgraphs verify: 32 bytes or more
    #[arg(long, env = "PRINCIPAL_KEY", hide_env_values = true)]
    pub(crate) principal_key: String,
    /// Databases, broker, cache.
    #[command(flatten)]
    pub(crate) servers: Servers,
    /// Where the other subgraphs are.
    #[command(flatten)]
    pub(crate) peers: PeerUrls,
    /// Logs.
    #[command(flatten)]
    pub(crate) logging: Logging,
    /// Its own settings.
    #[command(flatten)]
    pub(crate) config: Config,
}

/// `serve router`
#[derive(Debug, Args)]
pub(crate) struct RouterArgs {
    /// Where the subgraphs are.
    #[command(flatten)]
    pub(crate) peers: PeerUrls,
    /// Logs.
    #[command(flatten)]
    pub(crate) logging: Logging,
    /// The router's settings.
    #[command(flatten)]
    pub(crate) config: router::Config,
}

/// `serve all`
#[derive(Debug, Args)]
pub(crate) struct AllArgs {
    /// Databases, broker, cache.
    #[command(flatten)]
    pub(crate) servers: Servers,
    /// Logs.
    #[command(flatten)]
    pub(crate) logging: Logging,
    /// The identity subgraph's own settings.
    #[command(flatten)]
    pub(crate) identity: identity::Config,
    /// The fleet subgraph's own settings.
    #[command(flatten)]
    pub(crate) fleet: fleet::Config,
    /// The partner subgraph's own settings.
    #[command(flatten)]
    pub(crate) partner: partner::Config,
    /// The trip subgraph's own settings.
    #[command(flatten)]
    pub(crate) trip: trip::Config,
    /// The router's own settings.
    #[command(flatten)]
    pub(crate) router: router::Config,
}

/// Where the subgraphs are, as the router and the other subgraphs reach them.
#[derive(Debug, Clone, Args)]
pub(crate) struct PeerUrls {
    /// The identity subgraph
    #[arg(long, env = "IDENTITY_URL", default_value = "http://127.0.0.1:4001/graphql")]
    pub(crate) identity_url: String,
    /// The fleet subgraph
    #[arg(long, env = "FLEET_URL", default_value = "http://127.0.0.1:4002/graphql")]
    pub(crate) fleet_url: String,
    /// The partner subgraph
    #[arg(long, env = "PARTNER_URL", default_value = "http://127.0.0.1:4003/graphql")]
    pub(crate) partner_url: String,
    /// The trip subgraph
    #[arg(long, env = "TRIP_URL", default_value = "http://127.0.0.1:4004/graphql")]
    pub(crate) trip_url: String,
}

/// `migrate`
#[derive(Debug, Args)]
pub(crate) struct MigrateArgs {
    /// The four databases.
    #[command(flatten)]
    pub(crate) databases: DatabaseUrls,
    /// RabbitMQ, to declare the queues of every consumer in
    #[arg(long, env = "AMQP_URL", hide_env_values = true)]
    pub(crate) amqp_url: Option<String>,
}

/// `seed`
#[derive(Debug, Args)]
pub(crate) struct SeedArgs {
    /// How much
    #[arg(long, value_enum, default_value_t = Size::Demo)]
    pub(crate) size: Size,
    /// The same seed gives the same data
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Start over: drop what the embedded PostgreSQL holds
    #[arg(long)]
    pub(crate) fresh: bool,
    /// Where the embedded PostgreSQL keeps its data, when no database is given
    #[arg(long, env = "DATA_DIR", default_value = ".drivers-klub")]
    pub(crate) data: PathBuf,
    /// The four databases.
    #[command(flatten)]
    pub(crate) databases: DatabaseUrls,
}

/// `compose`
#[derive(Debug, Args)]
pub(crate) struct ComposeArgs {
    /// Subgraphs as `name=url=file.graphql`, `name=file.graphql` or `file.graphql`
    pub(crate) subgraphs: Vec<String>,
    /// Write the supergraph here instead of printing it
    #[arg(long)]
    pub(crate) output: Option<PathBuf>,
    /// Only compare `--output` with what would be written; fail when it is stale
    #[arg(long, requires = "output")]
    pub(crate) check: bool,
}

/// `plan`
#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    /// A file with the operation
    pub(crate) query: PathBuf,
    /// Which operation of the file
    #[arg(long)]
    pub(crate) operation: Option<String>,
    /// A supergraph file (our own four subgraphs otherwise)
    #[arg(long)]
    pub(crate) supergraph: Option<PathBuf>,
    /// Print JSON instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

/// `smoke`
#[derive(Debug, Args)]
pub(crate) struct SmokeArgs {
    /// Talk to the subgraphs over loopback HTTP instead of in-process
    #[arg(long)]
    pub(crate) http: bool,
    /// Over this RabbitMQ instead of the in-process bus
    #[arg(long, env = "AMQP_URL", hide_env_values = true)]
    pub(crate) amqp_url: Option<String>,
    /// Where the throw-away PostgreSQL keeps its data
    #[arg(long, default_value = ".drivers-klub/smoke")]
    pub(crate) data: PathBuf,
}

/// `doctor`
#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// Servers of your own.
    #[command(flatten)]
    pub(crate) servers: Servers,
    /// Where the embedded PostgreSQL keeps its data
    #[arg(long, env = "DATA_DIR", default_value = ".drivers-klub")]
    pub(crate) data: PathBuf,
}

/// `events`
#[derive(Debug, Args)]
pub(crate) struct EventsArgs {
    /// What to do
    #[command(subcommand)]
    pub(crate) command: EventsCommand,
}

/// What can be done about events.
#[derive(Debug, Subcommand)]
pub(crate) enum EventsCommand {
    /// List the events that a queue's consumer could not handle
    Dead {
        /// RabbitMQ
        #[arg(long, env = "AMQP_URL", hide_env_values = true)]
        amqp_url: String,
        /// The queue: `partner.trips`
        queue: String,
        /// At most so many
        #[arg(long, default_value_t = 100)]
        limit: usize,
    },
    /// Put them back into the queue, once the cause is gone
    Redrive {
        /// RabbitMQ
        #[arg(long, env = "AMQP_URL", hide_env_values = true)]
        amqp_url: String,
        /// The queue: `partner.trips`
        queue: String,
        /// At most so many
        #[arg(long, default_value_t = 1_000)]
        limit: usize,
    },
    /// Rebuild what partner and trip know of other subgraphs' entities from their owners
    Resync(Box<ResyncArgs>),
}

/// A subgraph that keeps copies of what others own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Keeper {
    /// Copies of users, fleets and hubs
    Partner,
    /// Copies of drivers, vehicles and fleets
    Trip,
}

/// `events resync`
#[derive(Debug, Args)]
pub(crate) struct ResyncArgs {
    /// Whose copies; everybody's when nothing is said
    pub(crate) keeper: Option<Keeper>,
    /// The secret that subgraphs verify callers with
    #[arg(long, env = "PRINCIPAL_KEY", hide_env_values = true)]
    pub(crate) principal_key: String,
    /// The keepers' databases.
    #[command(flatten)]
    pub(crate) databases: DatabaseUrls,
    /// Where the owners are.
    #[command(flatten)]
    pub(crate) peers: PeerUrls,
}

/// `health`
#[derive(Debug, Args)]
pub(crate) struct HealthArgs {
    /// The address to ask
    pub(crate) url: String,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Cli;

    #[test]
    fn no_two_settings_of_a_command_are_in_each_others_way() {
        Cli::command().debug_assert();
    }
}
