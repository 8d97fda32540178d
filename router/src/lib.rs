//! One GraphQL endpoint over any set of federated subgraphs.
//!
//! A request passes [`server`] (routes), [`request`] (HTTP → GraphQL), [`auth`] (who), [`pipeline`] (the steps), [`documents`]
//! (name → text), [`plan_cache`] (text → plan), [`execute`] (plan → data) and [`response`] (data → bytes). Streams are
//! [`subscribe`]'s; subgraphs are reached through [`retry`] and [`transport`]. The supergraph can be replaced while all of this
//! runs: [`supergraph_watch`].

mod access;
mod auth;
mod compress;
pub mod config;
mod context;
mod documents;
mod engine;
pub mod error;
pub mod execute;
mod fetches;
mod introspection;
mod masking;
mod metrics;
pub mod observe;
mod patience;
mod pipeline;
mod plan_cache;
pub mod playground;
mod request;
pub mod response;
mod retry;
mod serve;
mod server;
mod shared;
mod subscribe;
mod supergraph_watch;
pub mod transport;

use std::{
    future::Future,
    io,
    sync::{Arc, atomic::AtomicUsize},
    time::Duration,
};

use arc_swap::ArcSwap;
use federation::compose::SubgraphSdl;
use tokio::{net::TcpListener, sync::watch, task::spawn_blocking, time::Instant};

use self::{
    auth::Authenticator,
    context::HeaderRules,
    documents::Documents,
    engine::Engine,
    observe::Audience,
    playground::Playground,
    shared::Shared,
    transport::{HttpClient, SubgraphRequest, Transport},
};
pub use self::{
    auth::{KeySource, RevocationSource},
    config::Config,
    engine::Transports,
    supergraph_watch::Source,
};

/// Time that asking a subgraph for its schema may take.
const SDL_TIMEOUT: Duration = Duration::from_secs(10);

/// A subgraph to compose and to reach.
#[derive(Clone)]
pub struct SubgraphEndpoint {
    /// Its name in the supergraph.
    pub name: String,
    /// Its schema; `None` asks it (`{ _service { sdl } }`).
    pub sdl: Option<String>,
    /// The way to it.
    pub transport: Arc<dyn Transport>,
}

/// Why a router cannot start.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct StartError(String);

/// Counters of a running router.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stats {
    /// Documents parsed and planned since the supergraph was loaded.
    pub plans_made: u64,
    /// Documents kept in the plan cache.
    pub plans_kept: u64,
    /// Subscriptions and WebSockets that are open.
    pub open_streams: usize,
}

/// A router that is ready to serve. Cheap to clone; all clones are the same router.
#[derive(Clone)]
pub struct Gateway {
    shared: Arc<Shared>,
    transports: Transports,
}

impl Gateway {
    /// Composes the subgraphs and serves them.
    pub async fn from_subgraphs(
        config: Config,
        subgraphs: Vec<SubgraphEndpoint>,
    ) -> Result<Self, StartError> {
        let (mut transports, mut sdls) = (Transports::http(), Vec::new());
        for subgraph in subgraphs {
            let sdl = match subgraph.sdl {
                Some(sdl) => sdl,
                None => ask_for_sdl(&subgraph.name, subgraph.transport.as_ref()).await?,
            };
            let url = format!("http://{}.invalid/graphql", subgraph.name);
            sdls.push(SubgraphSdl { name: subgraph.name.clone(), url, sdl, file: None });
            transports = transports.with(&subgraph.name, subgraph.transport);
        }
        let composed = spawn_blocking(move || supergraph_watch::compose_all(&sdls)).await;
        let sdl = composed.map_err(|error| StartError(error.to_string()))?.map_err(StartError)?;
        Self::from_supergraph(config, sdl, transports).await
    }

    /// Serves a composed supergraph.
    pub async fn from_supergraph(
        config: Config,
        sdl: String,
        transports: Transports,
    ) -> Result<Self, StartError> {
        let building = transports.clone();
        let built = spawn_blocking(move || {
            let engine = Engine::build(&config, &sdl, &building)?;
            Ok::<_, String>(Shared {
                engine: ArcSwap::from_pointee(engine),
                authenticator: Authenticator::new(&config, HttpClient::new()),
                rules: Arc::new(HeaderRules::new(&config)?),
                playground: Playground::new(&config)?,
                documents: Documents::new(&config)?,
                audience: Audience::new(config.observer.clone()),
                stopping: watch::Sender::new(false),
                open_streams: AtomicUsize::new(0),
                config,
            })
        });
        let shared = built.await.map_err(|error| StartError(error.to_string()))?.map_err(StartError)?;
        shared.announce();
        shared.engine.load_full().plans.prepare(shared.documents.trusted()).await;
        auth::follow(&shared.config, &shared.authenticator.revocations, HttpClient::new()).await;
        Ok(Self { shared: Arc::new(shared), transports })
    }

    /// Serves what the files say, and again when they change. Subgraphs are reached over HTTP unless `transports` knows better.
    pub async fn watching(
        config: Config,
        source: Source,
        transports: Transports,
    ) -> Result<Self, StartError> {
        let loading = source.clone();
        let loaded =
            spawn_blocking(move || loading.load()).await.map_err(|error| StartError(error.to_string()))?;
        let sdl = loaded.map_err(StartError)?;
        let gateway = Self::from_supergraph(config, sdl.clone(), transports.clone()).await?;
        let shared = Arc::clone(&gateway.shared);
        tokio::spawn(supergraph_watch::watch(shared, source, transports, sdl));
        Ok(gateway)
    }

    /// Replaces the supergraph; running requests and streams end with the one they began with. On an error nothing changes.
    pub async fn replace(&self, sdl: String) -> Result<(), StartError> {
        supergraph_watch::replace(&self.shared, sdl, self.transports.clone()).await.map_err(StartError)
    }

    /// The routes, to be served by anybody or called without a socket.
    pub fn router(&self) -> axum::Router {
        server::routes(Arc::clone(&self.shared))
    }

    /// Serves until `stop` resolves; then running requests get the grace period, and streams end with a hint to reconnect.
    pub async fn serve(&self, listener: TcpListener, stop: impl Future<Output = ()>) -> io::Result<()> {
        serve::serve(&self.shared, self.router(), listener, stop).await
    }

    /// What the router holds and has done.
    pub fn stats(&self) -> Stats {
        self.shared.stats()
    }

    /// Ends all streams and makes `/ready` answer 503; for those who serve [`Gateway::router`] themselves.
    pub fn stop(&self) {
        self.shared.stopping.send_replace(true);
    }
}

async fn ask_for_sdl(name: &str, transport: &dyn Transport) -> Result<String, StartError> {
    #[derive(serde::Deserialize)]
    struct Answer {
        data: Data,
    }
    #[derive(serde::Deserialize)]
    struct Data {
        _service: Service,
    }
    #[derive(serde::Deserialize)]
    struct Service {
        sdl: String,
    }
    let failed = |why: String| StartError(format!("subgraph {name:?} does not tell its schema: {why}"));
    let request = SubgraphRequest {
        body: r#"{"query":"{ _service { sdl } }"}"#.into(),
        headers: axum::http::HeaderMap::new(),
        operation: federation::operation::OperationKind::Query,
        deadline: Instant::now() + SDL_TIMEOUT,
    };
    let response = transport.execute(request).await.map_err(|error| failed(error.to_string()))?;
    let answer: Answer = serde_json::from_slice(&response.body).map_err(|error| failed(error.to_string()))?;
    Ok(answer.data._service.sdl)
}
