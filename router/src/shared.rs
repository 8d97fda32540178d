//! What all requests of a router share.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use arc_swap::ArcSwap;
use axum::http::StatusCode;
use tokio::sync::watch;

use crate::{
    Stats,
    auth::Authenticator,
    config::Config,
    context::HeaderRules,
    documents::Documents,
    engine::Engine,
    error::{ClientError, code},
    observe::Audience,
    playground::Playground,
};

/// One per router; everything in it may be used from any task.
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) engine: ArcSwap<Engine>,
    pub(crate) authenticator: Authenticator,
    pub(crate) rules: Arc<HeaderRules>,
    pub(crate) playground: Option<Playground>,
    pub(crate) documents: Documents,
    pub(crate) audience: Audience,
    pub(crate) stopping: watch::Sender<bool>,
    pub(crate) open_streams: AtomicUsize,
}

/// A place among the open streams, given back when dropped.
pub(crate) struct StreamPlace(Arc<Shared>);

impl Drop for StreamPlace {
    fn drop(&mut self) {
        self.0.open_streams.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Shared {
    /// Says in one line what is open that perhaps should not be, so that nobody finds out later.
    pub(crate) fn announce(&self) {
        let config = &self.config;
        let open: Vec<&str> = [
            (config.introspection(), "introspection is answered"),
            (config.playground(), "the playground is served"),
            (config.expose_errors(), "clients see the details of internal errors"),
            (config.explain(), "clients may ask for query plans"),
            (config.metrics(), "the router's figures are served at /metrics"),
            (
                !self.authenticator.verifies(),
                "there is no key set: tokens are ignored, every caller is anonymous",
            ),
            (
                config.principal_key.is_none(),
                "there is no principal key: subgraphs are told nothing of the caller",
            ),
        ]
        .into_iter()
        .filter_map(|(open, what)| open.then_some(what))
        .collect();
        match (open.is_empty(), config.dev) {
            (true, _) => {}
            (false, true) => tracing::info!("for development: {}", open.join("; ")),
            (false, false) => tracing::warn!("{}", open.join("; ")),
        }
    }

    /// What the router holds and has done.
    pub(crate) fn stats(&self) -> Stats {
        let (plans_made, plans_kept) = self.engine.load().plans.counts();
        Stats { plans_made, plans_kept, open_streams: self.open_streams.load(Ordering::Relaxed) }
    }

    /// Takes a place for a long-lived stream or socket.
    pub(crate) fn stream_place(self: &Arc<Self>) -> Result<StreamPlace, ClientError> {
        let taken = self.open_streams.fetch_add(1, Ordering::Relaxed);
        let place = StreamPlace(Arc::clone(self));
        if taken < self.config.max_streams {
            return Ok(place);
        }
        let message = "Too many streams are open; try again later.";
        Err(ClientError::http(StatusCode::SERVICE_UNAVAILABLE, code::TOO_MANY_STREAMS, message))
    }

    /// Resolves when the router begins to stop.
    pub(crate) async fn stopped(&self) {
        let mut stopping = self.stopping.subscribe();
        // The sender lives as long as `self`, so waiting cannot fail.
        drop(stopping.wait_for(|stopping| *stopping).await);
    }
}
