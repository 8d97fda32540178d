//! The world that the tests of identity live in: a database, a bus, a clock, a fleet service that answers, and people.

pub(crate) mod neighbours;
pub(crate) mod people;

use std::ops::Deref;
use std::sync::{Arc, Mutex};

use futures_util::future::BoxFuture;
use identity::otp::OtpPurpose;
use identity::otp::sender::OtpSender;
use kit::bus::EmbeddedBus;
use kit::peer::Directory;
use kit::server::Running;
use kit::{Caller, Clock, Envelope, Parts, Peers, PrincipalKey};
use serde_json::{Value, json};
pub(crate) use testing::subgraph::Refusal;
use testing::subgraph::Subgraph;
use uuid::Uuid;

/// The present in most tests: 27 January 2026, 11:30 in India, a Tuesday.
pub(crate) const NOW: &str = "2026-01-27T06:00:00Z";

/// Codes that were sent: (phone, code).
type Sent = Arc<Mutex<Vec<(String, String)>>>;

/// A sender that keeps what it sends, for the test to read.
struct Postbox(Sent);

impl OtpSender for Postbox {
    fn send<'a>(&'a self, phone: &'a str, code: &'a str, _: OtpPurpose) -> BoxFuture<'a, kit::Result<()>> {
        self.0.lock().unwrap().push((phone.to_owned(), code.to_owned()));
        Box::pin(async { Ok(()) })
    }
}

/// A running identity service and what is around it.
pub(crate) struct World {
    pub(crate) db: testing::Database,
    pub(crate) clock: Clock,
    front: Subgraph,
    sent: Sent,
    service: kit::Service,
    running: Option<Running>,
}

/// Settings of most tests.
pub(crate) fn config() -> identity::Config {
    identity::Config { secret: "a secret of the tests, long enough to pass".into(), ..Default::default() }
}

impl World {
    /// Identity with an empty database.
    pub(crate) async fn new() -> World {
        World::with(config()).await
    }

    /// The same with other settings.
    pub(crate) async fn with(config: identity::Config) -> World {
        World::made(config, None).await
    }

    /// The same with a pool of one's own.
    pub(crate) async fn on(pool: fn(&str) -> sqlx::PgPool) -> World {
        World::made(config(), Some(pool)).await
    }

    async fn made(config: identity::Config, pool: Option<fn(&str) -> sqlx::PgPool>) -> World {
        let mut db = testing::database(&kit::migrate::merged(&identity::MIGRATIONS)).await;
        if let Some(pool) = pool {
            db.pool = pool(&db.url);
        }
        let clock = Clock::fixed(NOW.parse().unwrap());
        let key = PrincipalKey::new(&[7; 32]).unwrap();
        let directory = Directory::new();
        neighbours::answering(&directory, &db.pool);
        let bus = Arc::new(EmbeddedBus::new());
        let parts = Parts {
            pool: db.pool.clone(),
            bus: bus.clone(),
            peers: Peers::new("identity", directory.clone(), key.clone()),
            clock: clock.clone(),
            principal_key: key.clone(),
            shared: Arc::new(kit::shared::MemoryState::new()),
        };
        let sent = Sent::default();
        let service =
            identity::build_with_sender(config, parts, Arc::new(Postbox(sent.clone()))).await.unwrap();
        directory.in_process("identity", service.router.clone());
        let front = Subgraph::new("identity", Peers::new("router", directory, key), bus, db.pool.clone());
        World { db, clock, front, sent, service, running: None }
    }

    /// Starts relay and timers, for tests about what they bring.
    pub(crate) fn start(&mut self) {
        self.running = Some(self.service.start());
    }

    /// The HTTP routes.
    pub(crate) fn routes(&self) -> axum::Router {
        self.service.router.clone()
    }

    /// The newest code that was sent to a phone and not read yet.
    pub(crate) async fn code(&self, phone: &str) -> Option<String> {
        // It is sent in the background; what was sent is there after a few turns of the runtime.
        for _ in 0..50 {
            let newest = self.take(phone);
            if newest.is_some() {
                return newest;
            }
            tokio::task::yield_now().await;
        }
        None
    }

    fn take(&self, phone: &str) -> Option<String> {
        let mut sent = self.sent.lock().unwrap();
        let newest = sent.iter().rfind(|(to, _)| to == phone).map(|(_, code)| code.clone());
        sent.retain(|(to, _)| to != phone);
        newest
    }

    /// The first error of an operation that must fail.
    #[track_caller]
    pub(crate) fn refused<'a>(
        &'a self,
        caller: &'a Caller,
        query: &'a str,
        variables: Value,
    ) -> impl Future<Output = Refusal> + 'a {
        self.refusal(caller, query, variables)
    }

    /// Asks for a code and signs in with it; returns the payload with `access`, `refresh`, `user { id }`.
    pub(crate) async fn sign_in(&self, phone: &str) -> Value {
        self.ok(&Caller::Anonymous, REQUEST_OTP, json!({ "phone": phone })).await;
        let code = self.code(phone).await.expect("a code was sent");
        let data = self.ok(&Caller::Anonymous, VERIFY_OTP, json!({ "phone": phone, "code": code })).await;
        data["verifyOtp"].clone()
    }

    /// Trades a refresh token.
    pub(crate) async fn refresh(&self, token: &Value) -> Value {
        self.ask(&Caller::Anonymous, REFRESH, json!({ "token": token })).await
    }
}

impl Deref for World {
    type Target = Subgraph;

    fn deref(&self) -> &Subgraph {
        &self.front
    }
}

pub(crate) const REQUEST_OTP: &str = "mutation ($phone: String!, $purpose: OtpPurpose) {
    requestOtp(input: { phone: $phone, purpose: $purpose }) { resendAfterSeconds expiresAt } }";
pub(crate) const VERIFY_OTP: &str = "mutation ($phone: String!, $code: String!) {
    verifyOtp(input: { phone: $phone, code: $code }) { access refresh expiresAt refreshExpiresAt user { id name role } } }";
pub(crate) const REFRESH: &str = "mutation ($token: String!) {
    refreshSession(input: { refreshToken: $token }) { access refresh expiresAt user { id } } }";

/// An event as another service would send it.
pub(crate) fn event(event_type: &str, aggregate: Uuid, version: i64, payload: Value) -> Envelope {
    testing::subgraph::event(event_type, aggregate, version, NOW.parse().unwrap(), payload)
}

/// The claims of an access token, unverified.
pub(crate) fn claims(token: &Value) -> Value {
    use base64::Engine;
    let part = token.as_str().unwrap().split('.').nth(1).unwrap();
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}
