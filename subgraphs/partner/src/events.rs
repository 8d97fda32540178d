//! The events that partner hears, and what it does with each. What it publishes is recorded where it happens:
//! driver.* in `driver/standing.rs`, wallet.updated in `wallet/ledger.rs`, attendance.* in `attendance/service.rs`.

use std::sync::Arc;

use kit::error::Result;
use kit::{Envelope, EventBus, inbox};
use serde::Deserialize;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::actor::App;
use crate::directory::repository as directory;
use crate::directory::{Copied, FleetRef, HubRef, UserRef};
use crate::driver::{account, own_vehicle, rights};
use crate::{trips, wallet};

/// Queue of the copies of users, fleets and hubs.
pub const DIRECTORY: &str = "partner.directory";
/// Queue of trips and assignments as far as availability goes.
pub const TRIPS: &str = "partner.trips";
/// Queue of what became of the vehicles that drivers bring.
pub const VEHICLES: &str = "partner.vehicles";
/// Queue of the wallet.
pub const WALLET: &str = "partner.wallet";

/// Everything heard, by queue.
const HEARD: [(&str, &[&str]); 4] = [
    (
        DIRECTORY,
        &[
            "user.created",
            "user.updated",
            "user.deactivated",
            "user.refused",
            "fleet.created",
            "fleet.updated",
            "fleet.deactivated",
            "hub.upserted",
        ],
    ),
    (
        TRIPS,
        &[
            "assignment.started",
            "assignment.ended",
            "trip.driver_assigned",
            "trip.driver_unassigned",
            "trip.started",
            "trip.arrived",
            "trip.onboarded",
            "trip.completed",
            "trip.cancelled",
            "trip.no_show",
        ],
    ),
    (VEHICLES, &["own_vehicle.settled"]),
    (WALLET, &["trip.completed", "trip.fare_adjusted"]),
];

/// Subscribes to everything that partner hears.
pub(crate) async fn listen(bus: &Arc<dyn EventBus>, app: &Arc<App>) -> Result<()> {
    let heard = app.clone();
    inbox::hear(bus.as_ref(), &app.pool, &HEARD, move |queue, conn, event| {
        let app = heard.clone();
        Box::pin(async move { handle(conn, &app, queue, event).await })
    })
    .await
}

/// What an event of one queue is to partner.
async fn handle(conn: &mut PgConnection, app: &App, queue: &str, event: &Envelope) -> Result<()> {
    match (queue, event.event_type.as_str()) {
        (VEHICLES, _) => own_vehicle::settled(conn, app, &event.read(1)?).await,
        (WALLET, _) => wallet::service::settle_trip(conn, app, event).await,
        (TRIPS, kind) if kind.starts_with("assignment.") => {
            trips::service::assignment_changed(conn, app, event).await
        }
        (TRIPS, _) => trips::service::trip_changed(conn, app, event).await,
        (_, "user.refused") => account::refused(conn, app, &event.read(1)?).await,
        (_, kind) if kind.starts_with("user.") => user_changed(conn, app, event).await,
        (_, kind) if kind.starts_with("fleet.") => {
            let fleet = FleetRef { version: event.aggregate_version, ..event.read(1)? };
            fleet.keep(conn, event.occurred_at).await
        }
        _ => {
            let hub = HubRef { version: event.aggregate_version, ..event.read(1)? };
            hub.keep(conn, event.occurred_at).await
        }
    }
}

/// What an event says of a user beside what is kept.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UserNews {
    /// What the account was made for.
    source: Option<account::Source>,
    /// The saga that wants to hear when the driver has followed the account.
    rights_request: Option<Uuid>,
}

/// Keeps the copy of a user, and draws the consequences for the driver. They follow from the copy, not from this event being the
/// one that changed it: the owner may have been asked before the event came, and events are repeated.
async fn user_changed(conn: &mut PgConnection, app: &App, event: &Envelope) -> Result<()> {
    let news: UserNews = event.read(1)?;
    let user = UserRef { version: event.aggregate_version, ..event.read(1)? };
    user.keep(conn, event.occurred_at).await?;
    if let Some(source) = &news.source {
        account::made(conn, app, source, &user).await?;
    }
    if let Some(kept) = directory::user(&mut *conn, user.id).await? {
        rights::follow(conn, app, &kept).await?;
    }
    match news.rights_request {
        Some(request) => rights::answer(conn, &app.clock, event, request).await,
        None => Ok(()),
    }
}
