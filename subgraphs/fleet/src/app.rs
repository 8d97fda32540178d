//! What every resolver and every handler of this service works with.

use std::sync::Arc;

use async_graphql::Context;
use kit::feed::Feed;
use kit::viewer;
use kit::{Clock, Error, Peers, Result, Viewer};
use sqlx::PgPool;

use crate::access::Reach;
use crate::config::Config;

/// The fleet service at work.
pub struct App {
    pub pool: PgPool,
    pub clock: Clock,
    pub peers: Peers,
    /// What subscriptions follow.
    pub feed: Feed,
    /// From how many days before its end a paper counts as expiring.
    pub warning_days: i64,
}

impl App {
    /// Puts the parts together.
    pub fn new(config: &Config, parts: &kit::Parts) -> Self {
        Self {
            pool: parts.pool.clone(),
            clock: parts.clock.clone(),
            peers: parts.peers.clone(),
            feed: Feed::new("fleet", parts.pool.clone()),
            warning_days: i64::from(config.document_warning_days),
        }
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
