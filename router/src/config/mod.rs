//! Every setting of the router: one clap struct, an environment variable per field, closed by default.

mod values;

use std::{path::PathBuf, sync::Arc, time::Duration};

use clap::{Args, Command, FromArgMatches, builder::Resettable};

use self::values::duration;
pub use self::values::{
    AddedHeader, Now, Renamed, Secret, SignatureAlgorithm, SubgraphTimeout, Unauthorized,
};
use crate::{
    auth::{KeySource, RevocationSource},
    observe::Observer,
    playground::PlaygroundData,
};

/// What a router may be told. Durations are written `250ms`, `30s` or `5m`; lists are comma-separated.
#[derive(Args, Clone, Debug)]
// Five of these are flattened into one command, and groups are named after their structs.
#[group(skip)]
pub struct Config {
    /// Address to listen on.
    #[arg(long, env = "ROUTER_HOST", default_value = "127.0.0.1")]
    pub host: String,
    /// Port to listen on; 0 takes a free one.
    #[arg(long, env = "ROUTER_PORT", default_value_t = 4000)]
    pub port: u16,
    /// For development: opens introspection, the playground, error details and the plan endpoint.
    #[arg(long, env = "ROUTER_DEV")]
    pub dev: bool,
    /// Answers introspection queries. Unset: as `dev` says.
    #[arg(long, env = "ROUTER_INTROSPECTION")]
    pub introspection: Option<bool>,
    /// Serves the playground to browsers. Unset: as `dev` says.
    #[arg(long, env = "ROUTER_PLAYGROUND")]
    pub playground: Option<bool>,
    /// Shows the messages of subgraph errors that carry no code for clients. Unset: as `dev` says.
    #[arg(long, env = "ROUTER_EXPOSE_ERRORS")]
    pub expose_errors: Option<bool>,
    /// Serves query plans at `/plan` and in `extensions`. Unset: as `dev` says.
    #[arg(long, env = "ROUTER_EXPLAIN")]
    pub explain: Option<bool>,
    /// Serves figures for monitoring at `/metrics`, in Prometheus' format. Unset: as `dev` says.
    #[arg(long, env = "ROUTER_METRICS")]
    pub metrics: Option<bool>,

    /// Largest request body and largest WebSocket message, in bytes.
    #[arg(long, env = "ROUTER_MAX_BODY_BYTES", default_value_t = 2 * 1024 * 1024)]
    pub max_body_bytes: usize,
    /// Time a client has to send its request's body.
    #[arg(long, env = "ROUTER_READ_TIMEOUT", default_value = "10s", value_parser = duration)]
    pub read_timeout: Duration,
    /// Time a connection may wait for its next request to be there; longer than proxies in front of the router keep theirs.
    #[arg(long, env = "ROUTER_IDLE_TIMEOUT", default_value = "75s", value_parser = duration)]
    pub idle_timeout: Duration,
    /// Time a client may take nothing of what is written to it: a slow reader loses nothing, one that stopped reading is let go.
    #[arg(long, env = "ROUTER_WRITE_TIMEOUT", default_value = "30s", value_parser = duration)]
    pub write_timeout: Duration,
    /// Time a query or mutation may take, all of its fetches included.
    #[arg(long, env = "ROUTER_REQUEST_TIMEOUT", default_value = "30s", value_parser = duration)]
    pub request_timeout: Duration,
    /// Time one request to a subgraph may take: connecting, headers and body together.
    #[arg(long, env = "ROUTER_SUBGRAPH_TIMEOUT", default_value = "15s", value_parser = duration)]
    pub subgraph_timeout: Duration,
    /// The same for single subgraphs: `name=30s`.
    #[arg(long, env = "ROUTER_SUBGRAPH_TIMEOUTS", value_delimiter = ',')]
    pub subgraph_timeouts: Vec<SubgraphTimeout>,
    /// Largest answer of a subgraph, in bytes.
    #[arg(long, env = "ROUTER_MAX_SUBGRAPH_BYTES", default_value_t = 64 * 1024 * 1024)]
    pub max_subgraph_bytes: usize,
    /// Time that running requests get to finish after a stop signal.
    #[arg(long, env = "ROUTER_GRACE_PERIOD", default_value = "10s", value_parser = duration)]
    pub grace_period: Duration,
    /// Sends longer answers in gzip to clients that accept it.
    #[arg(long, env = "ROUTER_COMPRESSION", default_value_t = true, action = clap::ArgAction::Set)]
    pub compression: bool,
    /// Browser origins that may call from other sites; `*` means all of them, without credentials.
    #[arg(long, env = "ROUTER_CORS_ORIGINS", value_delimiter = ',')]
    pub cors_origins: Vec<String>,

    /// Deepest nesting of an operation.
    #[arg(long, env = "ROUTER_MAX_DEPTH", default_value_t = 50)]
    pub max_depth: usize,
    /// Most aliases in an operation, fragments counted where they are used.
    #[arg(long, env = "ROUTER_MAX_ALIASES", default_value_t = 200)]
    pub max_aliases: usize,
    /// Most fields on the operation's root.
    #[arg(long, env = "ROUTER_MAX_ROOT_FIELDS", default_value_t = 100)]
    pub max_root_fields: usize,
    /// Most tokens in a document.
    #[arg(long, env = "ROUTER_MAX_TOKENS", default_value_t = 15_000)]
    pub max_tokens: usize,
    /// Most plans kept in memory; documents over 4 KiB count several times.
    #[arg(long, env = "ROUTER_PLAN_CACHE_SIZE", default_value_t = 1024)]
    pub plan_cache_size: u64,
    /// Operations that clients were built with, a JSON file: `{"id": "text"}` or Apollo's manifest. They are planned before the
    /// router serves, and clients may send `documentId` instead of `query`.
    #[arg(long, env = "ROUTER_TRUSTED_DOCUMENTS")]
    pub trusted_documents: Option<PathBuf>,
    /// Serves the trusted documents and nothing else.
    #[arg(long, env = "ROUTER_ONLY_TRUSTED", requires = "trusted_documents")]
    pub only_trusted: bool,
    /// Most operations remembered by their hash (automatic persisted queries); 0 switches that off.
    #[arg(long, env = "ROUTER_PERSISTED_QUERIES", default_value_t = 1000)]
    pub persisted_queries: u64,
    /// Longest time that planning one operation may take.
    #[arg(long, env = "ROUTER_PLAN_TIMEOUT", default_value = "5s", value_parser = duration)]
    pub plan_timeout: Duration,
    /// Labels of progressive overrides that are switched on.
    #[arg(long, env = "ROUTER_OVERRIDE_LABELS", value_delimiter = ',')]
    pub override_labels: Vec<String>,

    /// Where the token issuer publishes its keys (JWKS).
    #[arg(long, env = "ROUTER_JWKS_URL")]
    pub jwks_url: Option<String>,
    /// A JWKS file; read again when a token names an unknown key.
    #[arg(long, env = "ROUTER_JWKS_FILE", conflicts_with = "jwks_url")]
    pub jwks_file: Option<PathBuf>,
    /// Time between two attempts to fetch keys because a token named an unknown one.
    #[arg(long, env = "ROUTER_JWKS_COOLDOWN", default_value = "10s", value_parser = duration)]
    pub jwks_cooldown: Duration,
    /// Age after which keys are fetched again although all are known.
    #[arg(long, env = "ROUTER_JWKS_MAX_AGE", default_value = "10m", value_parser = duration)]
    pub jwks_max_age: Duration,
    /// Accepted `iss` values; empty accepts any.
    #[arg(long, env = "ROUTER_JWT_ISSUERS", value_delimiter = ',')]
    pub jwt_issuers: Vec<String>,
    /// Accepted `aud` values, one of which a token must carry; empty accepts any.
    #[arg(long, env = "ROUTER_JWT_AUDIENCES", value_delimiter = ',')]
    pub jwt_audiences: Vec<String>,
    /// Accepted signature algorithms, out of EdDSA, ES256 and RS256.
    #[arg(long, env = "ROUTER_JWT_ALGORITHMS", value_delimiter = ',', default_values = ["EdDSA", "ES256", "RS256"])]
    pub jwt_algorithms: Vec<SignatureAlgorithm>,
    /// Clock difference tolerated when times in a token are checked.
    #[arg(long, env = "ROUTER_JWT_LEEWAY", default_value = "5s", value_parser = duration)]
    pub jwt_leeway: Duration,

    /// Where tokens that ended before their time are listed; without it a token is good until it expires.
    #[arg(long, env = "ROUTER_REVOCATION_URL")]
    pub revocation_url: Option<String>,
    /// Time between two questions for news of that list.
    #[arg(long, env = "ROUTER_REVOCATION_INTERVAL", default_value = "5s", value_parser = duration)]
    pub revocation_interval: Duration,
    /// Claims that the list may name; a token is refused when its value of one of them is listed.
    #[arg(long, env = "ROUTER_REVOCATION_CLAIMS", value_delimiter = ',', default_value = "sid")]
    pub revocation_claims: Vec<String>,

    /// What becomes of an operation that asks for something its caller may not see (`@authenticated`, `@requiresScopes`,
    /// `@policy`): `filter` answers null there, with an error; `reject` refuses the whole operation.
    #[arg(long, env = "ROUTER_UNAUTHORIZED", default_value = "filter")]
    pub unauthorized: Unauthorized,
    /// Claim with the caller's scopes, for `@requiresScopes`: a list, or a string with spaces between them.
    #[arg(long, env = "ROUTER_SCOPES_CLAIM", default_value = "scope")]
    pub scopes_claim: String,
    /// Claim with the policies that the caller fulfils, for `@policy`: a list, or a string with spaces between them.
    #[arg(long, env = "ROUTER_POLICIES_CLAIM", default_value = "policies")]
    pub policies_claim: String,

    /// Secret that principals are signed with, at least 32 bytes; without it subgraphs are told nothing of the caller.
    #[arg(long, env = "PRINCIPAL_KEY", hide_env_values = true)]
    pub principal_key: Option<Secret>,
    /// Header that carries the signed principal to subgraphs.
    #[arg(long, env = "ROUTER_PRINCIPAL_HEADER", default_value = "x-principal")]
    pub principal_header: String,
    /// Claims copied into the principal: `name`, or `name=newName`.
    #[arg(long, env = "ROUTER_PRINCIPAL_CLAIMS", value_delimiter = ',', default_value = "sub")]
    pub principal_claims: Vec<Renamed>,
    /// Client headers passed on to subgraphs: `name`, or `name=new-name`. Never the principal's.
    #[arg(long, env = "ROUTER_FORWARD_HEADERS", value_delimiter = ',')]
    pub forward_headers: Vec<Renamed>,
    /// Headers added to every request to a subgraph: `name=value`.
    #[arg(long, env = "ROUTER_SUBGRAPH_HEADERS", value_delimiter = ',', hide_env_values = true)]
    pub subgraph_headers: Vec<AddedHeader>,
    /// Prefixes of headers that identify callers inside: never taken from a client, whatever else is set.
    #[arg(
        long,
        env = "ROUTER_INTERNAL_HEADER_PREFIXES",
        value_delimiter = ',',
        default_value = "x-principal"
    )]
    pub internal_header_prefixes: Vec<String>,

    /// Proxies in front of the router whose `x-forwarded-for` entries are believed.
    #[arg(long, env = "ROUTER_TRUSTED_PROXIES", default_value_t = 0)]
    pub trusted_proxies: usize,
    /// Codes of subgraph errors whose messages are not for clients; errors without a code never are.
    #[arg(
        long,
        env = "ROUTER_HIDDEN_ERROR_CODES",
        value_delimiter = ',',
        default_value = "INTERNAL,INTERNAL_SERVER_ERROR,GRAPHQL_VALIDATION_FAILED,GRAPHQL_PARSE_FAILED"
    )]
    pub hidden_error_codes: Vec<String>,

    /// Most subscriptions and WebSocket connections open at once; more are answered 503.
    #[arg(long, env = "ROUTER_MAX_STREAMS", default_value_t = 10_000)]
    pub max_streams: usize,
    /// Most operations running at once on one WebSocket.
    #[arg(long, env = "ROUTER_MAX_OPERATIONS_PER_SOCKET", default_value_t = 100)]
    pub max_operations_per_socket: usize,
    /// Events of one subscription that are resolved at the same time; they are delivered in order.
    #[arg(long, env = "ROUTER_EVENTS_IN_FLIGHT", default_value_t = 3)]
    pub events_in_flight: usize,
    /// Time a WebSocket client has to send `connection_init`.
    #[arg(long, env = "ROUTER_INIT_TIMEOUT", default_value = "10s", value_parser = duration)]
    pub init_timeout: Duration,
    /// Time between two signs of life on a quiet stream.
    #[arg(long, env = "ROUTER_HEARTBEAT", default_value = "10s", value_parser = duration)]
    pub heartbeat: Duration,

    /// Example operations and demo identities for the playground, a JSON file.
    #[arg(long, env = "ROUTER_PLAYGROUND_DATA")]
    pub playground_file: Option<PathBuf>,
    /// The same as data, for those who embed the router.
    #[arg(skip)]
    pub playground_data: Option<Arc<PlaygroundData>>,
    /// Keys that come from inside the process; wins over URL and file.
    #[arg(skip)]
    pub key_source: Option<KeySource>,
    /// A revocation list that comes from inside the process; wins over the URL.
    #[arg(skip)]
    pub revocation_source: Option<RevocationSource>,
    /// Told of every fetch and every finished operation.
    #[arg(skip)]
    pub observer: Option<Observer>,
    /// The present, as far as the times in tokens are concerned. Principals are signed by the machine's clock.
    #[arg(skip)]
    pub now: Now,
}

impl Config {
    /// Whether introspection queries are answered.
    pub fn introspection(&self) -> bool {
        self.introspection.unwrap_or(self.dev)
    }

    /// Whether browsers get the playground.
    pub fn playground(&self) -> bool {
        self.playground.unwrap_or(self.dev)
    }

    /// Whether clients see why something went wrong inside.
    pub fn expose_errors(&self) -> bool {
        self.expose_errors.unwrap_or(self.dev)
    }

    /// Whether query plans and fetch counts may be asked for.
    pub fn explain(&self) -> bool {
        self.explain.unwrap_or(self.dev)
    }

    /// Whether figures for monitoring are served.
    pub fn metrics(&self) -> bool {
        self.metrics.unwrap_or(self.dev)
    }
}

impl Default for Config {
    /// The defaults of the command line, whatever the environment says.
    fn default() -> Self {
        let command = Self::augment_args(Command::new("defaults"));
        let command = command.mut_args(|argument| argument.env(Resettable::Reset));
        let mut matches = command.get_matches_from([""]);
        Self::from_arg_matches_mut(&mut matches).expect("every setting has a default or is optional")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_closed_by_default_and_dev_opens_it() {
        let opened = |config: &Config| {
            [
                config.introspection(),
                config.playground(),
                config.expose_errors(),
                config.explain(),
                config.metrics(),
            ]
        };
        assert_eq!(opened(&Config::default()), [false; 5]);
        assert_eq!(opened(&Config { dev: true, ..Config::default() }), [true; 5]);
        let but_one = Config { dev: true, explain: Some(false), ..Config::default() };
        assert_eq!(opened(&but_one), [true, true, true, false, true]);
    }
}
