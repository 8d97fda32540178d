//! `serve`: one deployable against servers of one's own, or all of them in one process.

use std::path::Path;

use kit::Clock;
use kit::server::{Parts, Service, Shutdown};
use router::{Gateway, SubgraphEndpoint};

use crate::args::{AllArgs, Deployable, OneArgs, PeerUrls, RouterArgs, ServeArgs};
use crate::compose::own_subgraphs;
use crate::databases::{self, Databases};
use crate::federation::{self, Clocks, SUBGRAPHS, Settings, Shared};
use crate::terminal::{self, Steps};

impl PeerUrls {
    /// The URL of a subgraph.
    pub(crate) fn of(&self, subgraph: &str) -> &str {
        match subgraph {
            "identity" => &self.identity_url,
            "fleet" => &self.fleet_url,
            "partner" => &self.partner_url,
            _ => &self.trip_url,
        }
    }
}

/// Serves until Ctrl-C or SIGTERM.
pub(crate) async fn run(args: ServeArgs) -> Result<(), String> {
    match args.what {
        Deployable::Identity(args) => one("identity", args, identity::build).await,
        Deployable::Fleet(args) => one("fleet", args, fleet::build).await,
        Deployable::Partner(args) => {
            refuse_the_development_key(&args.config)?;
            one("partner", args, partner::build).await
        }
        Deployable::Trip(args) => one("trip", args, trip::build).await,
        Deployable::Router(args) => serve_router(*args).await,
        Deployable::All(args) => all(*args).await,
    }
}

/// What is sealed with a key that everybody can read is not sealed.
fn refuse_the_development_key(config: &partner::Config) -> Result<(), String> {
    if config.partner_data_key == partner::DEVELOPMENT_DATA_KEY {
        return Err("PARTNER_DATA_KEY is needed: 32 random bytes in base64 that seal document numbers".into());
    }
    Ok(())
}

/// Comes back at Ctrl-C or, as container engines send it, SIGTERM.
pub(crate) async fn stop_signal() {
    let interrupt = tokio::signal::ctrl_c();
    match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
        }
        Err(_) => {
            let _interrupted = interrupt.await;
        }
    }
}

/// Serves one subgraph.
async fn one<Config, Build, Building>(
    name: &'static str,
    args: OneArgs<Config>,
    build: Build,
) -> Result<(), String>
where
    Config: clap::Args,
    Build: FnOnce(Config, Parts) -> Building,
    Building: Future<Output = kit::Result<Service>>,
{
    kit::telemetry::init(&args.logging.log, args.logging.log_format);
    let servers = &args.servers;
    // The bus of one process would publish to nobody, and mark it as published.
    let amqp_url = servers.amqp_url.as_deref().ok_or(
        "AMQP_URL is needed: a subgraph that is served alone hears of the others, and they of it, through RabbitMQ \
         (`serve all` and `dev` need none)",
    )?;
    let pool = databases::open_given(name, &servers.databases).await?;
    let bus = federation::service_bus(amqp_url).await?;
    let shared = Shared::connect(&args.principal_key, bus, servers.redis_url.as_deref()).await?;
    let shared = shared.reaching(&args.peers);
    let parts = shared.parts(name, &pool, &Clock::system());
    let mut service = build(args.config, parts).await.map_err(|error| error.log_line())?;
    let address = args.listen.map_or_else(|| default_address(name), |address| address.to_string());
    let (listener, local) = federation::listen(&address).await?;
    let tasks = service.start();
    let (stop, shutdown) = Shutdown::new();
    let serving = federation::serve_service(service.router, listener, shutdown);
    tracing::info!(service = name, %local, "serving");
    stop_signal().await;
    tracing::info!(service = name, "stopping");
    stop.request();
    let _served = serving.await;
    tasks.stop(federation::PATIENCE).await;
    shared.bus.close().await;
    pool.close().await;
    Ok(())
}

/// Loopback, on the subgraph's own port.
fn default_address(name: &str) -> String {
    let index = SUBGRAPHS.iter().position(|known| *known == name).unwrap_or_default();
    format!("127.0.0.1:{}", 4001 + index)
}

/// Serves the router over the four subgraphs' addresses.
async fn serve_router(args: RouterArgs) -> Result<(), String> {
    kit::telemetry::init(&args.logging.log, args.logging.log_format);
    if args.config.principal_key.is_none() {
        return Err("PRINCIPAL_KEY is needed: the router signs with it who is calling".into());
    }
    let mut config = federation::router_for_our_domain(args.config, &identity::Config::default());
    if config.jwks_url.is_none() && config.jwks_file.is_none() {
        config.jwks_url = Some(args.peers.identity_url.replace("/graphql", federation::KEYS));
    }
    if config.revocation_url.is_none() {
        config.revocation_url = Some(args.peers.identity_url.replace("/graphql", federation::REVOKED));
    }
    let mut endpoints = Vec::new();
    for subgraph in own_subgraphs() {
        let transport = federation::http_transport(&subgraph.name, args.peers.of(&subgraph.name), &config)?;
        endpoints.push(SubgraphEndpoint { name: subgraph.name, sdl: Some(subgraph.sdl), transport });
    }
    let address = format!("{}:{}", config.host, config.port);
    let gateway = Gateway::from_subgraphs(config, endpoints).await.map_err(|error| error.to_string())?;
    let (listener, local) = federation::listen(&address).await?;
    tracing::info!(service = "router", %local, "serving");
    gateway.serve(listener, stop_signal()).await.map_err(|error| error.to_string())
}

/// Serves all five in one process.
async fn all(args: AllArgs) -> Result<(), String> {
    kit::telemetry::init(&args.logging.log, args.logging.log_format);
    if !args.servers.databases.complete()? {
        return Err(
            "`serve all` is for servers of your own: set the four *_DATABASE_URL (`dev` brings its own)"
                .into(),
        );
    }
    refuse_the_development_key(&args.partner)?;
    let mut steps = Steps::new(true);
    let databases = Databases::open(&args.servers.databases, Path::new("."), false, &mut steps).await?;
    let settings = Settings {
        identity: args.identity,
        fleet: args.fleet,
        partner: args.partner,
        trip: args.trip,
        router: args.router,
        amqp_url: args.servers.amqp_url,
        redis_url: args.servers.redis_url,
        over_http: false,
        clocks: Clocks::system(),
    };
    let running = federation::start(settings, &databases).await?;
    terminal::say(format_args!("serving on {}", running.url));
    stop_signal().await;
    running.stop().await;
    databases.close().await
}
