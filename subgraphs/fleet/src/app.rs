//! What every resolver and every handler of this service works with.

use std::sync::Arc;

use async_graphql::Context;
use kit::feed::Feed;
use kit::viewer;
use kit::{Clock, Error, Result, Viewer};
use sqlx::PgPool;

use crate::access::Reach;
use crate::config::Config;

/// The fleet service at work.
pub struct App {
    pub pool: PgPool,
    pub clock: Clock,
    /// What subscriptions follow.
    pub feed: Feed,
    /// From how many days before its end a paper counts as expiring.
    pub warning_days: i64,
}

impl App {
    /// Puts the parts together.
    pub fn new(config: &Config, parts: &kit::Parts) -> Self {
        Self::for_pool(config, parts.pool.clone(), parts.clock.clone())
    }

    /// The service over a database, for work beside the requests.
    pub fn for_pool(config: &Config, pool: PgPool, clock: Clock) -> Self {
        let feed = Feed::new("fleet", pool.clone());
        Self { pool, clock, feed, warning_days: i64::from(config.document_warning_days) }
    }
}

/// The service behind the request that is being resolved.
pub fn app<'a>(ctx: &Context<'a>) -> Result<&'a App> {
    ctx.data_opt::<Arc<App>>()
        .map(Arc::as_ref)
        .ok_or_else(|| Error::internal("the schema was built without its service"))
}

/// The service and the signed-in caller. Errors: UNAUTHENTICATED.
pub fn acting<'a>(ctx: &Context<'a>) -> Result<(&'a App, &'a Viewer)> {
    Ok((app(ctx)?, viewer::viewer(ctx)?))
}

/// How far the caller sees.
pub fn reach(ctx: &Context<'_>) -> Reach {
    Reach::of(viewer::caller(ctx))
}
