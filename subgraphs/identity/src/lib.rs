//! Who may come in: users, one-time passwords, sessions, keys. Identity owns `User`, and adds people to `Fleet` and `Hub`.
//!
//! | module | what it holds |
//! |---|---|
//! | [`user`] | people, ranks, who may appoint whom |
//! | [`otp`] | codes sent to phones, and their limits |
//! | [`session`] | sign-in, sign-up, refresh with reuse detection, sign-out |
//! | [`keys`] | the keys that sign access tokens, their rotation and publication |
//! | [`extends`] | the people of fleets and hubs |
//! | [`appointment`], [`rights`] | accounts that others ask for; what others let people do, which follows the account |
//! | [`events`] | events out and in |
//! | [`demo`] | bulk inserts for demo data |

pub mod app;
pub mod appointment;
pub mod config;
pub mod demo;
pub mod events;
pub mod extends;
pub mod keys;
pub mod otp;
pub mod place;
pub mod rights;
pub mod routes;
pub mod schema;
pub mod secret;
pub mod session;
pub mod user;

use std::sync::Arc;
use std::time::Duration;

use kit::saga::Worker;
use kit::{Parts, Result, Service};

pub use config::Config;

use app::Identity;

/// How often is looked for sagas of which nothing was heard.
const SAGAS: Duration = Duration::from_secs(5);

/// The migrations of this database; run them with [`kit::migrate`].
pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("../../migrations/identity");

/// Builds the service: routes, background tasks, subscriptions to the bus.
/// Errors: a secret that is too short, a database or bus that does not answer.
pub async fn build(config: Config, parts: Parts) -> Result<Service> {
    let app = Identity::new(&config, &parts)?;
    serve(app, parts).await
}

/// [`build`] with a sender of one's own: a provider of text messages, or a test that reads along.
pub async fn build_with_sender(
    config: Config,
    parts: Parts,
    sender: Arc<dyn otp::sender::OtpSender>,
) -> Result<Service> {
    let mut app = Identity::new(&config, &parts)?;
    app.sender = sender;
    serve(app, parts).await
}

async fn serve(app: Identity, parts: Parts) -> Result<Service> {
    let app = Arc::new(app);
    app.keyring.signer(app.clock.now()).await?;
    events::listen(&app, &parts.bus).await?;
    let service = Service::new("identity", schema::schema(Some(app.clone())), &parts);
    Ok(sagas(&app).serve(routes::add(service, &app), SAGAS))
}

/// What repeats the steps of this service's sagas.
fn sagas(app: &Arc<Identity>) -> Worker {
    let asking = app.clone();
    Worker::new("identity-sagas", &app.pool, &app.clock).on(rights::KIND, move |conn, saga| {
        let app = asking.clone();
        Box::pin(async move { rights::repeat(conn, &app, saga).await })
    })
}

/// The federation SDL, without a database.
pub fn sdl() -> String {
    kit::server::federation_sdl(&schema::schema(None))
}
