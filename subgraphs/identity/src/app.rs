//! What every resolver and every handler of this service works with.

use std::sync::Arc;

use async_graphql::{Context, ID};
use chrono::Duration;
use kit::{Clock, Error, Peers, Result, Viewer};
use sqlx::PgPool;
use uuid::Uuid;

use crate::config::{Config, OtpDelivery};
use crate::keys::keyring::Keyring;
use crate::otp::sender::{LogSender, NoSender, OtpSender};
use crate::secret::Vault;
use crate::session;

/// The identity service at work.
pub struct Identity {
    pub pool: PgPool,
    pub clock: Clock,
    pub peers: Peers,
    pub vault: Arc<Vault>,
    pub keyring: Keyring,
    pub sender: Arc<dyn OtpSender>,
    pub token_issuer: String,
    pub token_audience: String,
    pub demo_otp: bool,
}

impl Identity {
    /// Puts the parts together. Errors: a secret that is too short.
    pub fn new(config: &Config, parts: &kit::Parts) -> Result<Self> {
        let vault = Arc::new(Vault::new(config.secret.expose())?);
        let period = Duration::days(i64::from(config.signing_key_days));
        let sender: Arc<dyn OtpSender> = match config.otp_sender {
            OtpDelivery::None => Arc::new(NoSender),
            OtpDelivery::Log => Arc::new(LogSender),
        };
        Ok(Self {
            pool: parts.pool.clone(),
            clock: parts.clock.clone(),
            peers: parts.peers.clone(),
            keyring: Keyring::new(parts.pool.clone(), vault.clone(), period),
            vault,
            sender,
            token_issuer: config.token_issuer.clone(),
            token_audience: config.token_audience.clone(),
            demo_otp: config.demo_otp,
        })
    }
}

/// The service behind the request that is being resolved.
pub fn app<'a>(ctx: &Context<'a>) -> Result<&'a Identity> {
    ctx.data_opt::<Arc<Identity>>()
        .map(Arc::as_ref)
        .ok_or_else(|| Error::internal("the schema was built without its service"))
}

/// The signed-in caller, whose session still stands. Errors: UNAUTHENTICATED.
pub async fn acting<'a>(ctx: &Context<'a>) -> Result<(&'a Identity, &'a Viewer)> {
    let (app, viewer) = (app(ctx)?, kit::viewer::viewer(ctx)?);
    session::service::still_stands(app, viewer).await?;
    Ok((app, viewer))
}

/// An id that a client sent. Errors: VALIDATION on `field`.
pub fn id(field: &str, id: &ID) -> Result<Uuid> {
    id.parse().map_err(|_| Error::validation(field, "This is not an id"))
}
