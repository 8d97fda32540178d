//! What a federation is started with.

use std::sync::Arc;

use kit::Clock;
use uuid::Uuid;

use crate::playground;

/// What a federation is started with.
#[derive(Clone)]
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
    /// Everybody's present.
    pub clocks: Clocks,
}

/// The present, as each subgraph sees it. Principals and services sign by the machine's clock whatever these say.
#[derive(Clone, Debug)]
pub struct Clocks {
    /// Codes, sessions and tokens; the router reads the times in tokens by it too.
    pub identity: Clock,
    /// Papers that run out.
    pub fleet: Clock,
    /// Attendance, suspensions, rentals.
    pub partner: Clock,
    /// Bookings and the gates of a trip.
    pub trip: Clock,
}

impl Clocks {
    /// The machine's clock for everybody.
    pub fn system() -> Self {
        Self::of_business(&Clock::system())
    }

    /// One clock for fleet, partner and trip. Sessions go by the machine's, so that whoever moves days of business on
    /// stays signed in.
    pub fn of_business(clock: &Clock) -> Self {
        Clocks {
            identity: Clock::system(),
            fleet: clock.clone(),
            partner: clock.clone(),
            trip: clock.clone(),
        }
    }
}

impl Settings {
    /// Everything open that is closed in production: GraphiQL, introspection, error details, the demo code.
    /// Port 0 takes a free one.
    pub fn for_demonstration(port: u16, over_http: bool) -> Result<Self, String> {
        let mut router = router::Config { dev: true, port, ..router::Config::default() };
        router.principal_key = Some(secret().parse()?);
        router.playground_data = Some(Arc::new(playground::data(&Clock::system())));
        let identity = identity::Config {
            secret: secret().into(),
            otp_sender: identity::config::OtpDelivery::Log,
            demo_otp: true,
            ..identity::Config::default()
        };
        Ok(Settings {
            identity,
            fleet: fleet::Config::default(),
            partner: partner::Config::default(),
            trip: trip::Config::default(),
            router,
            amqp_url: None,
            redis_url: None,
            over_http,
            clocks: Clocks::system(),
        })
    }
}

/// A secret of 256 random bits.
pub(crate) fn secret() -> String {
    format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple())
}

/// The settings of the router that this domain decides.
pub(crate) fn router_for_our_domain(mut config: router::Config, issuer: &identity::Config) -> router::Config {
    let claims = ["sub", "role", "fleetId", "hubIds", "driverId", "sid"];
    config.principal_header = kit::principal::PRINCIPAL_HEADER.to_owned();
    config.internal_header_prefixes = vec!["x-dk-".to_owned()];
    config.principal_claims = claims.iter().filter_map(|claim| claim.parse().ok()).collect();
    config.jwt_issuers = vec![issuer.token_issuer.clone()];
    config.jwt_audiences = vec![issuer.token_audience.clone()];
    config
}
