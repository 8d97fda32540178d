//! The trip subgraph: roster, trips, dispatch, fares. It owns Assignment and Trip, and adds fields to Driver, Vehicle and
//! Fleet.
//!
//! | module | what it is |
//! |---|---|
//! | [`fare`] | what a trip costs: pure |
//! | [`trip`] | booking rules, dispatch preconditions and the life of a trip: pure; around them service, SQL and GraphQL |
//! | [`assignment`] | the daily roster |
//! | [`reference`] | copies of drivers, vehicles and check-ins, fed by events |
//! | [`location`], [`operations`] | positions of live trips; the overview of a day |
//! | [`access`] | who may see what |
//! | [`demo`] | rows for demonstrations and load tests |

pub mod access;
pub mod app;
pub mod assignment;
pub mod codes;
pub mod config;
pub mod demo;
pub mod extends;
pub mod fare;
pub mod geo;
pub mod id;
pub mod input;
pub mod limit;
pub mod location;
pub mod operations;
pub mod phone;
pub mod reference;
pub mod schema;
pub mod secret;
pub mod trip;

use std::sync::Arc;

use kit::error::Result;
use kit::feed::Feed;
use kit::{Parts, Service};
use sqlx::migrate::Migrator;

pub use config::Config;

use app::App;
use schema::{Mutation, Query, Subscription, TripSchema};

/// The name in the supergraph, and the producer of the events.
pub const NAME: &str = "trip";

/// This subgraph's own schema changes; `kit::migrate` adds the common ones.
pub static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations/trip");

/// Joins the parts to a service: schema, routes, consumers and timers.
///
/// # Errors
/// INTERNAL when the bus does not take the subscriptions.
pub async fn build(config: Config, parts: Parts) -> Result<Service> {
    let app = app(config, &parts);
    let feed = app.feed.task();
    reference::events::listen(&app, &parts.bus).await?;
    let pruning = location::service::pruning(&app).task();
    let schema: TripSchema = schema_builder().data(app).finish();
    Ok(Service::new(NAME, schema, &parts).task(feed).task(pruning))
}

/// Asks the owners again for every driver, vehicle and fleet that is known or named here, and repairs the copies; returns
/// how many were written. For an operator who does not trust them; the service may run meanwhile.
///
/// # Errors
/// INTERNAL when an owner cannot be asked.
pub async fn resync(config: Config, parts: &Parts) -> Result<u64> {
    reference::service::resync(&app(config, parts)).await
}

fn app(config: Config, parts: &Parts) -> App {
    App {
        pool: parts.pool.clone(),
        clock: parts.clock.clone(),
        peers: parts.peers.clone(),
        feed: Feed::new(NAME, parts.pool.clone()),
        config: Arc::new(config),
        shared: parts.shared.clone(),
    }
}

/// The federation SDL, without a database.
#[must_use]
pub fn sdl() -> String {
    kit::server::federation_sdl(&schema_builder().finish())
}

fn schema_builder() -> async_graphql::SchemaBuilder<Query, Mutation, Subscription> {
    kit::server::schema(Query::default(), Mutation::default(), Subscription::default())
}
