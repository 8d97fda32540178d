//! What the fleet service does with events that it hears: accounts that were made or switched, vehicles that
//! drivers offer, shifts and trips.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use kit::{Envelope, EventBus, Result, inbox};
use serde::Deserialize;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::account::{self, Answer, Source, offices};
use crate::app::App;
use crate::events::VERSION;
use crate::usage;
use crate::vehicle::offer;

/// Every queue of this service, with what it hears.
const QUEUES: [(&str, &[&str]); 3] = [
    ("fleet.accounts", &["user.created", "user.refused", "user.deactivated", "user.updated"]),
    ("fleet.vehicle-offers", &["own_vehicle.offered"]),
    (
        "fleet.usage",
        &[
            "assignment.started",
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
];

/// Starts to hear.
pub async fn listen(app: &Arc<App>, bus: &Arc<dyn EventBus>) -> Result<()> {
    let heard = app.clone();
    inbox::hear(bus.as_ref(), &app.pool, &QUEUES, move |_, conn, event| {
        let app = heard.clone();
        Box::pin(async move { handle(conn, &app, event).await })
    })
    .await
}

async fn handle(conn: &mut PgConnection, app: &App, event: &Envelope) -> Result<()> {
    match event.event_type.as_str() {
        "user.created" => {
            let news: AccountMade = event.read(VERSION)?;
            match news.source {
                Some(source) => account::settled(conn, app, &source, Answer::Made(news.user_id)).await,
                None => Ok(()),
            }
        }
        "user.refused" => {
            let news: AccountRefused = event.read(VERSION)?;
            account::settled(conn, app, &news.source, Answer::Refused(news.reason)).await
        }
        "user.deactivated" | "user.updated" => offices::follow(conn, app, event).await,
        "own_vehicle.offered" => offer::settle(conn, app, event).await,
        "assignment.started" => {
            let news: Shift = event.read(VERSION)?;
            usage::drove(conn, news.driver_id, news.vehicle_id, event.occurred_at).await
        }
        _ => trip_moved(conn, event).await,
    }
}

async fn trip_moved(conn: &mut PgConnection, event: &Envelope) -> Result<()> {
    let news: Trip = event.read(VERSION)?;
    let at: DateTime<Utc> = event.occurred_at;
    if let (Some(driver), Some(vehicle)) = (news.driver_id, news.vehicle_id) {
        usage::drove(conn, driver, vehicle, at).await?;
    }
    let live = matches!(news.status.as_str(), "STARTED" | "ARRIVED" | "ONBOARDED");
    usage::trip(conn, news.trip_id, news.vehicle_id.filter(|_| live), event.aggregate_version, at).await
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AccountMade {
    user_id: Uuid,
    source: Option<Source>,
}

#[derive(Deserialize)]
struct AccountRefused {
    source: Source,
    reason: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Shift {
    driver_id: Uuid,
    vehicle_id: Uuid,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Trip {
    trip_id: Uuid,
    status: String,
    driver_id: Option<Uuid>,
    vehicle_id: Option<Uuid>,
}
