//! Who drives: drivers, KYC, attendance, preferences, referral, money. Extends User, Fleet, Hub and Vehicle.
//!
//! | slice | what it holds |
//! |---|---|
//! | [`driver`] | profiles, status, availability, the hub |
//! | [`kyc`] | documents and decisions |
//! | [`attendance`] | shifts, breaks, the geofence |
//! | [`preference`], [`referral`] | what drivers prefer, whom they bring |
//! | [`wallet`] | the ledger, wallets, what a trip earns |
//! | [`rental`], [`penalty`], [`incentive`] | plans, fines and suspensions, rewards |
//! | [`collection`], [`payout`], [`earnings`] | settling a day, paying, the week in sums |
//! | [`directory`], [`trips`] | copies of what other subgraphs own, fed by their events |
//! | [`upload`] | where files go |
//!
//! A mutation goes `graphql.rs` → `service.rs` → `repository.rs`; a query may go straight to `repository.rs`, always with
//! the viewer's scope. [`events`] lists what is heard, [`jobs`] what time brings, [`sagas`] what is done together with others.

use std::sync::Arc;

use kit::error::Result;
use kit::feed::Feed;
use kit::{Parts, Service};
use sqlx::migrate::Migrator;

mod actor;
mod attendance;
mod collection;
mod config;
pub mod demo;
mod directory;
mod driver;
mod earnings;
pub mod events;
mod extends;
mod incentive;
mod input;
mod jobs;
mod kyc;
mod payout;
mod penalty;
mod preference;
mod referral;
mod rental;
mod sagas;
mod schema;
mod scope;
mod seal;
mod trips;
pub mod upload;
mod wallet;
mod write;

pub use config::{Config, DEVELOPMENT_DATA_KEY};

/// Partner's own schema changes; run them with [`kit::migrate`].
pub static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations/partner");

/// The federation SDL, without a database.
pub fn sdl() -> String {
    schema::sdl()
}

/// Repairs partner's copies of users, fleets and hubs from their owners; gives how many were asked for.
pub async fn resync(config: Config, parts: &Parts) -> Result<u64> {
    directory::resync::resync(&app(config, parts)?).await
}

fn app(config: Config, parts: &Parts) -> Result<actor::App> {
    Ok(actor::App {
        pool: parts.pool.clone(),
        clock: parts.clock.clone(),
        peers: parts.peers.clone(),
        sealer: seal::Sealer::new(&config.partner_data_key)?,
        bank: Box::new(payout::bank::LogBank),
        files: Box::new(upload::SignedStore::new(
            &config.partner_upload_base_url,
            config.partner_upload_key.as_deref().unwrap_or(&config.partner_data_key),
        )?),
        config,
    })
}

/// Makes the subgraph ready to be served: routes, consumers, background tasks. Errors: a setting that makes no sense, or
/// a bus that can't be subscribed to.
pub async fn build(config: Config, parts: Parts) -> Result<Service> {
    let app = Arc::new(app(config, &parts)?);
    if app.config.partner_data_key == DEVELOPMENT_DATA_KEY {
        tracing::warn!(
            "PARTNER_DATA_KEY is not set: personal numbers are sealed with the public development key"
        );
    }
    let feed = Feed::new("partner", parts.pool.clone());
    let schema = schema::builder().data(app.clone()).data(feed.clone()).finish();
    events::listen(&parts.bus, &app).await?;
    let service = sagas::serve(Service::new("partner", schema, &parts).task(feed.task()), &app);
    Ok(jobs::timers(&app).into_iter().fold(service, Service::task))
}
