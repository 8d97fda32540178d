//! One generation of the supergraph: its model, its plans, its transports. Replaced as a whole.

use std::{collections::HashMap, sync::Arc};

use federation::supergraph::Supergraph;

use crate::{
    config::Config,
    plan_cache::PlanCache,
    retry::Route,
    transport::{HttpClient, HttpTransport, Transport, TransportError, Upstream},
};

/// Everything that changes together when the supergraph does. Running requests keep the one they began with.
pub(crate) struct Engine {
    pub(crate) supergraph: Arc<Supergraph>,
    pub(crate) plans: PlanCache,
    routes: HashMap<String, Route>,
}

impl Engine {
    /// Parses the supergraph and finds a transport for each of its subgraphs. Takes milliseconds: not for I/O threads.
    pub(crate) fn build(config: &Config, sdl: &str, transports: &Transports) -> Result<Self, String> {
        let supergraph = Arc::new(Supergraph::parse(sdl).map_err(|error| error.to_string())?);
        let mut routes = HashMap::new();
        for subgraph in supergraph.subgraphs() {
            let transport = transports.find(config, &subgraph.name, &subgraph.url)?;
            let own = config.subgraph_timeouts.iter().find(|one| one.subgraph == subgraph.name);
            let timeout = own.map_or(config.subgraph_timeout, |own| own.timeout);
            routes.insert(subgraph.name.clone(), Route::new(transport, timeout));
        }
        for one in config.subgraph_timeouts.iter().filter(|one| !routes.contains_key(&one.subgraph)) {
            tracing::warn!(subgraph = one.subgraph, "a timeout is set for a subgraph that does not exist");
        }
        let plans = PlanCache::new(config, Arc::clone(&supergraph));
        Ok(Self { supergraph, plans, routes })
    }

    /// The way to a subgraph.
    pub(crate) fn route(&self, subgraph: &str) -> Result<&Route, TransportError> {
        let missing = || TransportError::Unreachable("no transport is configured for it".into());
        self.routes.get(subgraph).ok_or_else(missing)
    }
}

/// How subgraphs are reached: given by name, or over HTTP at the URL that the supergraph says.
#[derive(Clone, Default)]
pub struct Transports {
    by_name: HashMap<String, Arc<dyn Transport>>,
    upstreams: HashMap<String, Upstream>,
    client: HttpClient,
}

impl Transports {
    /// All subgraphs over HTTP.
    pub fn http() -> Self {
        Self::default()
    }

    /// This subgraph by this transport, whatever its URL.
    #[must_use]
    pub fn with(mut self, subgraph: &str, transport: Arc<dyn Transport>) -> Self {
        self.by_name.insert(subgraph.to_owned(), transport);
        self
    }

    /// How this subgraph's subscriptions are opened, if not by server-sent events.
    #[must_use]
    pub fn upstream(mut self, subgraph: &str, upstream: Upstream) -> Self {
        self.upstreams.insert(subgraph.to_owned(), upstream);
        self
    }

    fn find(&self, config: &Config, name: &str, url: &str) -> Result<Arc<dyn Transport>, String> {
        if let Some(transport) = self.by_name.get(name) {
            return Ok(Arc::clone(transport));
        }
        let upstream = self.upstreams.get(name).cloned().unwrap_or(Upstream::Sse);
        let transport = HttpTransport::new(self.client.clone(), url, upstream, config.max_subgraph_bytes);
        Ok(Arc::new(transport.map_err(|error| format!("subgraph {name:?}: {error}"))?))
    }
}
