//! The events that partner hears, and what it does with each. What it publishes is recorded where it happens:
//! driver.* in `driver/standing.rs`, wallet.updated in `wallet/ledger.rs`, attendance.* in `attendance/service.rs`.

use std::sync::Arc;

use kit::bus::{Delivery, Subscription, handler};
use kit::error::Result;
use kit::inbox::handle_once;
use kit::{Envelope, EventBus, Scope};
use sqlx::PgConnection;

use crate::actor::App;
use crate::directory::repository as directory;
use crate::directory::{FleetRef, HubRef, UserRef};
use crate::driver::repository as drivers;
use crate::driver::standing::{self, Because};
use crate::driver::{Driver, DriverStatus};
use crate::{trips, wallet};

/// Queue of the copies of users, fleets and hubs.
pub const DIRECTORY: &str = "partner.directory";
/// Queue of trips and assignments as far as availability goes.
pub const TRIPS: &str = "partner.trips";
/// Queue of the wallet.
pub const WALLET: &str = "partner.wallet";

/// Everything heard, by queue.
const HEARD: [(&str, &[&str]); 3] = [
    (
        DIRECTORY,
        &[
            "user.created",
            "user.updated",
            "user.deactivated",
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
    (WALLET, &["trip.completed", "trip.fare_adjusted"]),
];

/// Subscribes to everything that partner hears.
pub(crate) async fn listen(bus: &Arc<dyn EventBus>, app: &Arc<App>) -> Result<()> {
    for (queue, patterns) in HEARD {
        let app = app.clone();
        let subscription = Subscription::new(queue, patterns).dead_letters(&app.pool);
        let hear = handler(move |delivery: Delivery| {
            let app = app.clone();
            async move { hear(&app, queue, &delivery.event).await }
        });
        bus.subscribe(subscription, hear).await?;
    }
    Ok(())
}

/// Handles one event of one queue, once.
pub(crate) async fn hear(app: &Arc<App>, queue: &'static str, event: &Envelope) -> Result<()> {
    let context = app.clone();
    handle_once(&app.pool, queue, event, move |conn, event| {
        Box::pin(async move {
            match (queue, event.event_type.as_str()) {
                (WALLET, _) => wallet::service::settle_trip(conn, &context, event).await,
                (TRIPS, kind) if kind.starts_with("assignment.") => {
                    trips::service::assignment_changed(conn, event).await
                }
                (TRIPS, _) => trips::service::trip_changed(conn, &context, event).await,
                (_, kind) if kind.starts_with("user.") => user_changed(conn, &context, event).await,
                (_, kind) if kind.starts_with("fleet.") => {
                    let fleet: FleetRef = event.read(1)?;
                    directory::keep_fleet(conn, &fleet, event.aggregate_version, event.occurred_at).await
                }
                _ => {
                    let hub: HubRef = event.read(1)?;
                    directory::keep_hub(conn, &hub, event.aggregate_version, event.occurred_at).await
                }
            }
        })
    })
    .await?;
    Ok(())
}

/// Keeps the copy of a user. Somebody who may not sign in any more does not drive either.
async fn user_changed(conn: &mut PgConnection, app: &App, event: &Envelope) -> Result<()> {
    let user: UserRef = event.read(1)?;
    let is_news = directory::keep_user(conn, &user, event.aggregate_version, event.occurred_at).await?;
    if !is_news || user.is_active {
        return Ok(());
    }
    let Some(driver) = drivers::find_by_user(conn, &Scope::All, user.id).await? else { return Ok(()) };
    let before = drivers::lock(conn, &Scope::All, driver.id).await?;
    let after = match before.status {
        DriverStatus::Active => Driver { status: DriverStatus::Inactive, ..before.clone() },
        // Once the penalty is over, the driver does not come back either.
        DriverStatus::Suspended | DriverStatus::Blacklisted => {
            Driver { status_before_suspension: Some(DriverStatus::Inactive), ..before.clone() }
        }
        DriverStatus::Inactive => return Ok(()),
    };
    let because = Because { by: None, reason: Some("The user was deactivated") };
    standing::change(conn, &app.clock, &before, after, because).await?;
    Ok(())
}
