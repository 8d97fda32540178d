//! The whole federation in one process, subgraphs called in-process or over loopback HTTP: what `dev`, `smoke` and
//! `serve all` start.

mod settings;
mod shared;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use kit::bus::EventBus;
use kit::server::{Parts, Running, Service, Shutdown, ShutdownHandle};
use router::config::Now;
use router::transport::{HttpTransport, InProcess, Transport, Upstream};
use router::{Gateway, KeySource, RevocationSource, SubgraphEndpoint};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::databases::Databases;
use crate::events;

pub use settings::{Clocks, Settings};
pub(crate) use settings::{router_for_our_domain, secret};
pub(crate) use shared::{Shared, bus, service_bus};

/// The subgraphs' names in the supergraph, in the order of their default ports.
pub const SUBGRAPHS: [&str; 4] = ["identity", "fleet", "partner", "trip"];

/// How long running requests may take to finish at a stop.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// Where identity publishes the keys that verify tokens.
pub(crate) const KEYS: &str = "/.well-known/jwks.json";
/// Where identity lists the sessions that were ended while tokens of theirs are alive.
pub(crate) const REVOKED: &str = "/sessions/revoked";

/// A federation that is up.
pub struct Federation {
    /// The router's GraphQL address.
    pub url: String,
    /// Where events are published.
    pub bus: Arc<dyn EventBus>,
    /// The subgraphs' own GraphQL addresses by name; empty when they are called in-process.
    pub subgraphs: BTreeMap<&'static str, String>,
    tasks: Vec<Running>,
    stop: ShutdownHandle,
    servers: Vec<JoinHandle<()>>,
}

/// The way to a subgraph at a URL.
pub fn http_transport(name: &str, url: &str, config: &router::Config) -> Result<Arc<dyn Transport>, String> {
    let transport = HttpTransport::new(Default::default(), url, Upstream::Sse, config.max_subgraph_bytes);
    Ok(Arc::new(transport.map_err(|error| format!("{name}: {error}"))?))
}

/// Builds and starts everything; migrated databases are needed, nothing else.
pub async fn start(settings: Settings, databases: &Databases) -> Result<Federation, String> {
    let secret = settings.router.principal_key.as_ref().ok_or("PRINCIPAL_KEY is needed")?.0.clone();
    let bus = bus(settings.amqp_url.as_deref()).await?;
    let shared = Shared::connect(&secret, bus, settings.redis_url.as_deref()).await?;
    let mut services = build_services(&settings, databases, &shared).await?;
    for service in &services {
        shared.directory.in_process(service.name, service.router.clone());
    }
    let tasks = services.iter_mut().map(Service::start).collect();
    if settings.amqp_url.is_none() {
        tokio::spawn(events::redrive_own(Arc::clone(&shared.bus), events::topology()?));
    }
    let (stop, shutdown) = Shutdown::new();
    let (mut servers, mut endpoints, mut subgraphs) = (Vec::new(), Vec::new(), BTreeMap::new());
    for service in &services {
        let transport: Arc<dyn Transport> = if settings.over_http {
            let (listener, local) = listen("127.0.0.1:0").await?;
            servers.push(serve_service(service.router.clone(), listener, shutdown.clone()));
            let url = format!("http://{local}/graphql");
            let transport = http_transport(service.name, &url, &settings.router)?;
            subgraphs.insert(service.name, url);
            transport
        } else {
            Arc::new(InProcess::new(service.router.clone(), settings.router.max_subgraph_bytes))
        };
        endpoints.push(SubgraphEndpoint {
            name: service.name.to_owned(),
            sdl: Some(service.sdl.clone()),
            transport,
        });
    }
    let tokens = settings.clocks.identity.clone();
    let mut config = router_for_our_domain(settings.router, &settings.identity);
    if let Some(identity) = services.first().map(|identity| &identity.router) {
        config.key_source = Some(KeySource::InProcess(identity.clone(), KEYS.to_owned()));
        config.revocation_source = Some(RevocationSource::InProcess(identity.clone(), REVOKED.to_owned()));
    }
    config.now = Now::new(move || tokens.now().timestamp().max(0).unsigned_abs());
    let address = format!("{}:{}", config.host, config.port);
    let gateway = Gateway::from_subgraphs(config, endpoints).await.map_err(|error| error.to_string())?;
    let (listener, local) = listen(&address).await?;
    let stopping = shutdown.clone();
    servers.push(tokio::spawn(async move {
        if let Err(error) = gateway.serve(listener, async move { stopping.requested().await }).await {
            tracing::error!(%error, "the router stopped serving");
        }
    }));
    Ok(Federation {
        url: format!("http://{local}/graphql"),
        bus: shared.bus,
        subgraphs,
        tasks,
        stop,
        servers,
    })
}

/// The four subgraphs; identity first.
async fn build_services(
    settings: &Settings,
    databases: &Databases,
    shared: &Shared,
) -> Result<Vec<Service>, String> {
    let clocks = &settings.clocks;
    // Subgraphs wait for each other as long as the router waits for them.
    let patience = settings.router.subgraph_timeout;
    let parts = |name, pool, clock| {
        let parts = shared.parts(name, pool, clock);
        Parts { peers: parts.peers.patient(patience), ..parts }
    };
    let services = [
        identity::build(settings.identity.clone(), parts("identity", &databases.identity, &clocks.identity))
            .await,
        fleet::build(settings.fleet.clone(), parts("fleet", &databases.fleet, &clocks.fleet)).await,
        partner::build(settings.partner.clone(), parts("partner", &databases.partner, &clocks.partner)).await,
        trip::build(settings.trip.clone(), parts("trip", &databases.trip, &clocks.trip)).await,
    ];
    services.into_iter().collect::<kit::Result<Vec<_>>>().map_err(|error| error.log_line())
}

/// Serves a subgraph's routes until the shutdown.
pub fn serve_service(router: axum::Router, listener: TcpListener, shutdown: Shutdown) -> JoinHandle<()> {
    tokio::spawn(async move {
        if let Err(error) = kit::server::serve(listener, router, shutdown, PATIENCE).await {
            tracing::error!(%error, "a subgraph stopped serving");
        }
    })
}

/// Listens on an address; the error names it and what to do about it.
pub async fn listen(address: &str) -> Result<(TcpListener, SocketAddr), String> {
    let listener = TcpListener::bind(address).await.map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => {
            format!("{address} is in use: stop what listens there or choose another port with --port")
        }
        _ => format!("{address}: {error}"),
    })?;
    let local = listener.local_addr().map_err(|error| error.to_string())?;
    Ok((listener, local))
}

impl Federation {
    /// Stops accepting, lets running requests finish, stops the background work.
    pub async fn stop(self) {
        self.stop.request();
        for server in self.servers {
            let _stopped = server.await;
        }
        for tasks in self.tasks {
            tasks.stop(PATIENCE).await;
        }
        self.bus.close().await;
    }
}
