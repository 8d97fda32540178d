//! Serving a subgraph: what it is given, what it returns, and the routes that all of them have.

mod http;
mod masking;
mod task;
mod websocket;

use std::sync::Arc;
use std::time::Duration;

use async_graphql::{
    EmptyMutation, EmptySubscription, ObjectType, SDLExportOptions, Schema, SchemaBuilder, SubscriptionType,
};
use axum::routing::MethodRouter;
use sqlx::PgPool;

use crate::bus::EventBus;
use crate::clock::Clock;
use crate::housekeeping;
use crate::metrics::Metrics;
use crate::peer::Peers;
use crate::principal::PrincipalKey;
use crate::relay::Relay;
use crate::shared::SharedState;

pub use task::{BackgroundTask, Running, Shutdown, ShutdownHandle};

/// The header that carries the correlation id of a request.
pub const REQUEST_ID_HEADER: &str = "x-request-id";

/// The deepest selection that a subgraph resolves. The router's queries are never deeper than a client's.
const MAX_DEPTH: usize = 24;

/// The most fields that one operation may select.
const MAX_FIELDS: usize = 3_000;

/// What every subgraph is given.
#[derive(Clone)]
pub struct Parts {
    /// Its own database.
    pub pool: PgPool,
    /// Where events go and come from.
    pub bus: Arc<dyn EventBus>,
    /// The other subgraphs.
    pub peers: Peers,
    /// What replicas share: counters and deny-lists.
    pub shared: Arc<dyn SharedState>,
    /// The present, as rules see it.
    pub clock: Clock,
    /// Verifies who calls.
    pub principal_key: PrincipalKey,
}

/// A subgraph that is ready to be served. Build all services of a process before any is started: a queue that is declared
/// by then misses nothing.
pub struct Service {
    /// Its name in the supergraph.
    pub name: &'static str,
    /// `POST /graphql`, `GET /health`, `GET /ready`, `GET /metrics`, and what the subgraph adds.
    pub router: axum::Router,
    /// Its federation SDL.
    pub sdl: String,
    /// What runs beside the requests; the outbox relay and the housekeeping are among them.
    pub tasks: Vec<BackgroundTask>,
    /// The figures behind `GET /metrics`; a subgraph adds its own.
    pub metrics: Metrics,
}

impl Service {
    /// Serves a schema: routes, the relay of this subgraph's outbox, and the hourly housekeeping.
    pub fn new<Q, M, S>(name: &'static str, schema: Schema<Q, M, S>, parts: &Parts) -> Self
    where
        Q: ObjectType + 'static,
        M: ObjectType + 'static,
        S: SubscriptionType + 'static,
    {
        let sdl = federation_sdl(&schema);
        let relay = Relay::new(name, parts.pool.clone(), parts.bus.clone()).task();
        let housekeeping = housekeeping::timer(&parts.pool, &parts.clock).task();
        let metrics = Metrics::new(name);
        metrics.add_platform_gauges(&parts.pool, &parts.bus);
        let router = http::router(name, schema, parts, metrics.clone());
        Service { name, router, sdl, tasks: vec![relay, housekeeping], metrics }
    }

    /// Adds something that runs beside the requests.
    pub fn task(mut self, task: BackgroundTask) -> Self {
        self.tasks.push(task);
        self
    }

    /// Adds a route, for what is not GraphQL.
    pub fn route(mut self, path: &str, methods: MethodRouter) -> Self {
        self.router = self.router.route(path, methods);
        self
    }

    /// Starts the tasks; they stop when the answer is told to, or dropped.
    pub fn start(&mut self) -> Running {
        Running::start(std::mem::take(&mut self.tasks))
    }
}

/// A schema builder with what all subgraphs have: federation, limits, fresh loaders per subscription event.
pub fn schema<Q, M, S>(query: Q, mutation: M, subscription: S) -> SchemaBuilder<Q, M, S>
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    Schema::build(query, mutation, subscription)
        .enable_federation()
        // Without it the exported SDL has no Subscription type, and the router none to compose.
        .enable_subscription_in_federation()
        .limit_depth(MAX_DEPTH)
        .limit_complexity(MAX_FIELDS)
        .extension(masking::FreshLoaders)
}

/// A schema builder for a subgraph that only answers queries.
pub fn query_schema<Q: ObjectType + 'static>(query: Q) -> SchemaBuilder<Q, EmptyMutation, EmptySubscription> {
    schema(query, EmptyMutation, EmptySubscription)
}

/// The SDL that the router composes from.
pub fn federation_sdl<Q, M, S>(schema: &Schema<Q, M, S>) -> String
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    schema.sdl_with_options(SDLExportOptions::new().federation().compose_directive().use_space_ident())
}

/// Serves a router on a listener until shutdown is requested, then lets the requests in work finish for up to `patience`.
pub async fn serve(
    listener: tokio::net::TcpListener,
    router: axum::Router,
    shutdown: Shutdown,
    patience: Duration,
) -> std::io::Result<()> {
    let stop = shutdown.clone();
    let serving = axum::serve(listener, router).with_graceful_shutdown(async move { stop.requested().await });
    let serving = tokio::spawn(serving.into_future());
    let abort = serving.abort_handle();
    let limit = async {
        shutdown.requested().await;
        tokio::time::sleep(patience).await;
    };
    tokio::select! {
        outcome = serving => outcome.unwrap_or(Ok(())),
        () = limit => {
            tracing::warn!("some requests did not finish in time");
            abort.abort();
            Ok(())
        }
    }
}
