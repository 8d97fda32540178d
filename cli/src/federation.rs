//! The whole federation in one process, subgraphs called in-process or over loopback HTTP: what `dev`, `smoke` and
//! `serve all` start.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use kit::bus::EventBus;
use kit::peer::Directory;
use kit::server::{Parts, Running, Service, Shutdown, ShutdownHandle};
use kit::shared::SharedState;
use kit::{Clock, Peers, PrincipalKey};
use router::transport::{HttpTransport, InProcess, Transport, Upstream};
use router::{Gateway, KeySource, SubgraphEndpoint};
use sqlx::PgPool;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::databases::Databases;

/// The subgraphs' names in the supergraph, in the order of their default ports.
pub const SUBGRAPHS: [&str; 4] = ["identity", "fleet", "partner", "trip"];

/// How long running requests may take to finish at a stop.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// What a federation is started with.
pub struct Settings {
    /// The identity subgraph's settings.
    pub identity: identity::Config,
    /// The fleet subgraph's settings.
    pub fleet: fleet::Config,
    /// The partner subgraph's settings.
    pub partner: partner::Config,
    /// The trip subgraph's settings.
    pub trip: trip::Config,
    /// The router's settings.
    pub router: router::Config,
    /// RabbitMQ instead of the in-process bus.
    pub amqp_url: Option<String>,
    /// Redis instead of memory.
    pub redis_url: Option<String>,
    /// Whether the router reaches the subgraphs over loopback HTTP.
    pub over_http: bool,
    /// The trip subgraph's present: `smoke` moves it.
    pub trip_clock: Clock,
}

/// A federation that is up.
pub struct Federation {
    /// The router's GraphQL address.
    pub url: String,
    /// Where events are published.
    pub bus: Arc<dyn EventBus>,
    tasks: Vec<Running>,
    stop: ShutdownHandle,
    servers: Vec<JoinHandle<()>>,
}

/// What all four subgraphs are given alike.
struct Shared {
    bus: Arc<dyn EventBus>,
    state: Arc<dyn SharedState>,
    directory: Directory,
    key: PrincipalKey,
}

impl Shared {
    fn parts(&self, name: &str, pool: &PgPool, clock: Clock) -> Parts {
        Parts {
            pool: pool.clone(),
            bus: Arc::clone(&self.bus),
            peers: Peers::new(name, self.directory.clone(), self.key.clone()),
            clock,
            principal_key: self.key.clone(),
            shared: Arc::clone(&self.state),
        }
    }
}

/// The settings of the router that this domain decides.
pub fn router_for_our_domain(mut config: router::Config, issuer: &identity::Config) -> router::Config {
    let claims = ["sub", "role", "fleetId", "hubIds", "driverId", "sid"];
    config.principal_header = kit::principal::PRINCIPAL_HEADER.to_owned();
    config.internal_header_prefixes = vec!["x-dk-".to_owned()];
    config.principal_claims = claims.iter().filter_map(|claim| claim.parse().ok()).collect();
    config.jwt_issuers = vec![issuer.token_issuer.clone()];
    config.jwt_audiences = vec![issuer.token_audience.clone()];
    config
}

/// The bus that the settings name.
pub async fn bus(amqp_url: Option<&str>) -> Result<Arc<dyn EventBus>, String> {
    Ok(match amqp_url {
        None => Arc::new(kit::bus::EmbeddedBus::new()),
        Some(url) => Arc::new(kit::bus::RabbitBus::connect(url).await.map_err(|error| error.log_line())?),
    })
}

/// What replicas share: Redis when there is a URL, memory otherwise.
pub async fn shared_state(redis_url: Option<&str>) -> Result<Arc<dyn SharedState>, String> {
    kit::shared::connect(redis_url).await.map_err(|error| error.log_line())
}

/// The way to a subgraph at a URL.
pub fn http_transport(name: &str, url: &str, config: &router::Config) -> Result<Arc<dyn Transport>, String> {
    let transport = HttpTransport::new(Default::default(), url, Upstream::Sse, config.max_subgraph_bytes);
    Ok(Arc::new(transport.map_err(|error| format!("{name}: {error}"))?))
}

/// Builds and starts everything; migrated databases are needed, nothing else.
pub async fn start(settings: Settings, databases: &Databases) -> Result<Federation, String> {
    let secret = settings.router.principal_key.as_ref().ok_or("PRINCIPAL_KEY is needed")?.0.clone();
    let shared = Shared {
        bus: bus(settings.amqp_url.as_deref()).await?,
        state: shared_state(settings.redis_url.as_deref()).await?,
        directory: Directory::new(),
        key: PrincipalKey::new(secret.as_bytes()).map_err(|error| error.log_line())?,
    };
    let mut services = build_services(&settings, databases, &shared).await?;
    for service in &services {
        shared.directory.in_process(service.name, service.router.clone());
    }
    let tasks = services.iter_mut().map(Service::start).collect();
    let (stop, shutdown) = Shutdown::new();
    let mut servers = Vec::new();
    let mut endpoints = Vec::new();
    for service in &services {
        let transport = if settings.over_http {
            over_http(service, &settings.router, &shutdown, &mut servers).await?
        } else {
            Arc::new(InProcess::new(service.router.clone(), settings.router.max_subgraph_bytes))
                as Arc<dyn Transport>
        };
        endpoints.push(SubgraphEndpoint {
            name: service.name.to_owned(),
            sdl: Some(service.sdl.clone()),
            transport,
        });
    }
    let mut config = router_for_our_domain(settings.router, &settings.identity);
    config.key_source = services
        .first()
        .map(|identity| KeySource::InProcess(identity.router.clone(), "/.well-known/jwks.json".to_owned()));
    let address = format!("{}:{}", config.host, config.port);
    let gateway = Gateway::from_subgraphs(config, endpoints).await.map_err(|error| error.to_string())?;
    let (listener, local) = listen(&address).await?;
    let stopping = shutdown.clone();
    servers.push(tokio::spawn(async move {
        if let Err(error) = gateway.serve(listener, async move { stopping.requested().await }).await {
            tracing::error!(%error, "the router stopped serving");
        }
    }));
    Ok(Federation { url: format!("http://{local}/graphql"), bus: shared.bus, tasks, stop, servers })
}

/// The four subgraphs; identity first.
async fn build_services(
    settings: &Settings,
    databases: &Databases,
    shared: &Shared,
) -> Result<Vec<Service>, String> {
    let now = Clock::system();
    let parts = |name: &str, pool: &PgPool, clock: &Clock| shared.parts(name, pool, clock.clone());
    let services = [
        identity::build(settings.identity.clone(), parts("identity", &databases.identity, &now)).await,
        fleet::build(settings.fleet.clone(), parts("fleet", &databases.fleet, &now)).await,
        partner::build(settings.partner.clone(), parts("partner", &databases.partner, &now)).await,
        trip::build(settings.trip.clone(), parts("trip", &databases.trip, &settings.trip_clock)).await,
    ];
    services.into_iter().collect::<kit::Result<Vec<_>>>().map_err(|error| error.log_line())
}

/// Serves one subgraph on a free loopback port and gives the transport that reaches it.
async fn over_http(
    service: &Service,
    config: &router::Config,
    shutdown: &Shutdown,
    servers: &mut Vec<JoinHandle<()>>,
) -> Result<Arc<dyn Transport>, String> {
    let (listener, local) = listen("127.0.0.1:0").await?;
    servers.push(serve_service(service.router.clone(), listener, shutdown.clone()));
    http_transport(service.name, &format!("http://{local}/graphql"), config)
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
