//! What we run: fleets, their managers, hubs, hub managers, vehicles and their papers. The fleet service owns all of
//! these entities; users it knows only as references.
//!
//! | module | what it holds |
//! |---|---|
//! | [`fleet`] | fleets, opened and closed by the super admin |
//! | [`manager`], [`hub_manager`] | the people in charge of fleets and hubs |
//! | [`hub`] | places with a geofence |
//! | [`vehicle`], [`papers`] | vehicles, their papers, and what runs out soon |
//! | [`account`] | accounts that are made together with a fleet or a manager, and offices that follow an account |
//! | [`access`] | how far a caller sees and reaches |
//! | [`events`], [`heard`], [`usage`] | events out; events in, and what is kept of them |
//! | [`demo`] | bulk inserts for demo data |

pub mod access;
pub mod account;
pub mod app;
pub mod check;
pub mod config;
pub mod demo;
pub mod events;
pub mod fleet;
pub mod heard;
pub mod hub;
pub mod hub_manager;
pub mod listing;
pub mod manager;
pub mod papers;
pub mod people;
pub mod schema;
pub mod service;
pub mod usage;
pub mod vehicle;
mod words;

use std::sync::Arc;
use std::time::Duration;

use kit::scheduler::{Tick, Timer};
use kit::server::BackgroundTask;
use kit::{Parts, Result, Service};

pub use config::Config;

use app::App;

/// How often trips that ended are forgotten, and how long they are kept for late news.
const SWEEP: Duration = Duration::from_secs(3600);
const KEEP_DAYS: i64 = 7;

/// How often is looked for sagas of which nothing was heard.
const SAGAS: Duration = Duration::from_secs(5);

/// The migrations of this database; run them with [`kit::migrate`].
pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("../../migrations/fleet");

/// Builds the service: routes, background tasks, subscriptions to the bus. Errors: a bus that does not answer.
pub async fn build(config: Config, parts: Parts) -> Result<Service> {
    let app = Arc::new(App::new(&config, &parts));
    heard::listen(&app, &parts.bus).await?;
    let service = Service::new("fleet", schema::schema(Some(app.clone())), &parts);
    let service = service.task(app.feed.task()).task(papers::warning::task(app.clone())).task(sweeper(&app));
    Ok(account::worker(&app).serve(service, SAGAS))
}

/// The federation SDL, without a database.
pub fn sdl() -> String {
    kit::server::federation_sdl(&schema::schema(None))
}

fn sweeper(app: &App) -> BackgroundTask {
    let pool = app.pool.clone();
    let sweep = move |tick: Tick| {
        let pool = pool.clone();
        async move {
            let mut conn = pool.acquire().await?;
            usage::sweep(&mut conn, tick.until - chrono::Duration::days(KEEP_DAYS)).await.map(|_| ())
        }
    };
    Timer::new("fleet-sweep", SWEEP, &app.pool, &app.clock, sweep).task()
}
