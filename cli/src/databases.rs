//! The four databases: servers of one's own when URLs are given, an embedded PostgreSQL otherwise.

use std::ops::Deref;
use std::path::Path;

use clap::Args;
use embedded::{Cluster, Lifetime, Machine, Options, Progress};
use sqlx::PgPool;
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use crate::args::MigrateArgs;
use crate::federation::SUBGRAPHS;
use crate::terminal::{self, Steps};

/// Connections that one subgraph may hold.
const CONNECTIONS: u32 = 20;

/// Where the databases are; none of them for the embedded PostgreSQL.
#[derive(Debug, Clone, Default, Args)]
pub struct DatabaseUrls {
    /// Identity's database
    #[arg(long, env = "IDENTITY_DATABASE_URL", hide_env_values = true)]
    pub identity_database_url: Option<String>,
    /// Fleet's database
    #[arg(long, env = "FLEET_DATABASE_URL", hide_env_values = true)]
    pub fleet_database_url: Option<String>,
    /// Partner's database
    #[arg(long, env = "PARTNER_DATABASE_URL", hide_env_values = true)]
    pub partner_database_url: Option<String>,
    /// Trip's database
    #[arg(long, env = "TRIP_DATABASE_URL", hide_env_values = true)]
    pub trip_database_url: Option<String>,
}

impl DatabaseUrls {
    fn of(&self, service: &str) -> Option<&str> {
        match service {
            "identity" => self.identity_database_url.as_deref(),
            "fleet" => self.fleet_database_url.as_deref(),
            "partner" => self.partner_database_url.as_deref(),
            _ => self.trip_database_url.as_deref(),
        }
    }

    /// Whether all four are given. Errors: only some are.
    pub fn complete(&self) -> Result<bool, String> {
        let missing: Vec<&str> = SUBGRAPHS.into_iter().filter(|name| self.of(name).is_none()).collect();
        match missing.len() {
            0 => Ok(true),
            4 => Ok(false),
            _ => {
                let names: Vec<String> = missing.iter().map(|name| variable(name)).collect();
                Err(format!(
                    "some databases have a URL and some have not: set {} too, or none",
                    names.join(", ")
                ))
            }
        }
    }
}

/// The environment variable of a service's database.
fn variable(service: &str) -> String {
    format!("{}_DATABASE_URL", service.to_uppercase())
}

/// The migrations of a service.
fn migrations(service: &str) -> &'static Migrator {
    match service {
        "identity" => &identity::MIGRATIONS,
        "fleet" => &fleet::MIGRATIONS,
        "partner" => &partner::MIGRATIONS,
        _ => &trip::MIGRATIONS,
    }
}

/// Four open databases, brought up to date.
pub struct Databases {
    /// Users, one-time passwords, sessions, keys.
    pub identity: PgPool,
    /// Fleets, managers, hubs, vehicles.
    pub fleet: PgPool,
    /// Drivers, KYC, wallet.
    pub partner: PgPool,
    /// Roster, trips.
    pub trip: PgPool,
    cluster: Option<Cluster>,
}

impl Databases {
    /// Four databases that `make` makes, each with its migrations; and what has to be held for as long as they are used.
    pub async fn made_by<D: Deref<Target = PgPool>>(make: impl AsyncFn(Migrator) -> D) -> (Self, [D; 4]) {
        let of = |service| make(kit::migrate::merged(migrations(service)));
        let held = tokio::join!(of("identity"), of("fleet"), of("partner"), of("trip")).into();
        let [identity, fleet, partner, trip] = <[D; 4]>::each_ref(&held).map(|made| PgPool::clone(made));
        (Databases { identity, fleet, partner, trip, cluster: None }, held)
    }

    /// Opens the given servers, or an embedded PostgreSQL in `data`, and migrates.
    pub(crate) async fn open(
        urls: &DatabaseUrls,
        data: &Path,
        fresh: bool,
        steps: &mut Steps,
    ) -> Result<Self, String> {
        if urls.complete()? {
            if fresh {
                return Err(
                    "--fresh drops the embedded PostgreSQL's data; it does not touch servers of your own"
                        .into(),
                );
            }
            return Self::connect(|service| urls.of(service).map(str::to_owned), None, steps).await;
        }
        let progress = steps.progress_of_others();
        let cluster = embedded::start(Options {
            folder: data.join("postgres"),
            services: SUBGRAPHS.map(str::to_owned).to_vec(),
            fresh,
            lifetime: Lifetime::Ours,
            machine: Machine::from_environment(),
            progress: Progress::new(move |line| progress(line)),
        })
        .await
        .map_err(|error| error.to_string())?;
        steps.done(format_args!("PostgreSQL on 127.0.0.1:{}", cluster.port()));
        let urls: Vec<Option<String>> = SUBGRAPHS.iter().map(|service| cluster.url(service)).collect();
        let url = |service: &str| {
            let index = SUBGRAPHS.iter().position(|name| *name == service)?;
            urls.get(index)?.clone()
        };
        let opened = Self::connect(url, Some(cluster), steps).await;
        let version =
            format_args!("the data in {} may be another version's: --fresh starts over", data.display());
        opened.map_err(|error| format!("{error}; {version}"))
    }

    async fn connect(
        url: impl Fn(&str) -> Option<String>,
        cluster: Option<Cluster>,
        steps: &mut Steps,
    ) -> Result<Self, String> {
        let open = |service: &'static str| {
            let url = url(service);
            async move {
                open_one(service, &url.ok_or_else(|| format!("{} is not set", variable(service)))?).await
            }
        };
        let (identity, fleet, partner, trip) =
            tokio::try_join!(open("identity"), open("fleet"), open("partner"), open("trip"))?;
        steps.done("4 databases up to date");
        Ok(Databases { identity, fleet, partner, trip, cluster })
    }

    /// Closes the connections and stops the embedded PostgreSQL.
    pub async fn close(self) -> Result<(), String> {
        for pool in [&self.identity, &self.fleet, &self.partner, &self.trip] {
            pool.close().await;
        }
        match self.cluster {
            Some(cluster) => cluster.stop().await.map_err(|error| error.to_string()),
            None => Ok(()),
        }
    }
}

/// Opens and migrates one service's database.
pub async fn open_one(service: &'static str, url: &str) -> Result<PgPool, String> {
    let pool = reach(service, url).await?;
    let migrated = kit::migrate(&pool, migrations(service)).await;
    migrated.map_err(|error| format!("the database of {service}: {}", error.cause()))?;
    Ok(pool)
}

/// Opens one service's database as it is.
async fn reach(service: &'static str, url: &str) -> Result<PgPool, String> {
    let options: PgConnectOptions =
        url.parse().map_err(|error| format!("{} is not a database URL: {error}", variable(service)))?;
    let options = options.application_name(service);
    let pool = PgPoolOptions::new().max_connections(CONNECTIONS).connect_with(options).await;
    pool.map_err(|error| format!("the database of {service} cannot be reached: {error}"))
}

/// How many migrations a service's database still lacks. Changes nothing.
pub(crate) async fn lacks(service: &'static str, urls: &DatabaseUrls) -> Result<usize, String> {
    let pool = reach(service, given(service, urls)?).await?;
    let missing = kit::migrate::pending(&pool, migrations(service)).await;
    pool.close().await;
    missing.map_err(|error| error.log_line())
}

/// Opens the database that the environment names for a service.
pub async fn open_given(service: &'static str, urls: &DatabaseUrls) -> Result<PgPool, String> {
    open_one(service, given(service, urls)?).await
}

fn given<'a>(service: &str, urls: &'a DatabaseUrls) -> Result<&'a str, String> {
    urls.of(service).ok_or_else(|| format!("{} is needed", variable(service)))
}

/// `migrate`: brings databases of one's own up to date.
pub(crate) async fn migrate(args: MigrateArgs) -> Result<(), String> {
    if !args.databases.complete()? {
        return Err(
            "set the four *_DATABASE_URL; the embedded PostgreSQL is migrated whenever it starts".into()
        );
    }
    let mut steps = Steps::new(false);
    let databases = Databases::open(&args.databases, Path::new("."), false, &mut steps).await?;
    databases.close().await?;
    if args.amqp_url.is_some() {
        // Connecting declares them.
        crate::federation::bus(args.amqp_url.as_deref()).await?.close().await;
        steps.done("the queues of every consumer are declared");
    }
    terminal::say("done");
    Ok(())
}
