//! What we hear of drivers, vehicles, fleets and check-ins: keep the copy, and draw the consequences for roster and trips.

use std::sync::Arc;

use kit::bus::EventBus;
use kit::error::Result;
use kit::{Envelope, inbox};
use sqlx::PgConnection;

use super::repository::Put;
use super::{AttendanceRef, DriverRef, FleetRef, VehicleRef, VehicleSnapshot, consequence, repository};
use crate::app::App;
use crate::assignment::service as roster;

/// The payload version of every event that is read here.
const KNOWN: u16 = 1;

const DRIVERS: &str = "trip.driver-ref";
const VEHICLES: &str = "trip.vehicle-ref";
const ATTENDANCE: &str = "trip.attendance-ref";
const FLEETS: &str = "trip.fleet-ref";

/// Every queue of this service, with what it hears.
const QUEUES: [(&str, &[&str]); 4] = [
    (DRIVERS, &["driver.*"]),
    (VEHICLES, &["vehicle.created", "vehicle.updated", "vehicle.status_changed"]),
    (ATTENDANCE, &["attendance.*"]),
    (FLEETS, &["fleet.*"]),
];

/// Starts to listen.
///
/// # Errors
/// INTERNAL when the bus does not take the subscriptions.
pub async fn listen(app: &App, bus: &Arc<dyn EventBus>) -> Result<()> {
    let heard = app.clone();
    inbox::hear(bus.as_ref(), &app.pool, &QUEUES, move |queue, conn, event| {
        let app = heard.clone();
        Box::pin(async move {
            match queue {
                DRIVERS => on_driver(conn, &app, event).await,
                VEHICLES => on_vehicle(conn, &app, event).await,
                ATTENDANCE => on_attendance(conn, &app, event).await,
                _ => on_fleet(conn, &app, event).await,
            }
        })
    })
    .await
}

/// Keeps the copy and draws the consequences.
async fn on_driver(conn: &mut PgConnection, app: &App, event: &Envelope) -> Result<()> {
    let told: DriverRef = event.read(KNOWN)?;
    let told = DriverRef { version: event.aggregate_version, ..told };
    consequence::of_driver(conn, app, &told, Put::newer(app.clock.now())).await.map(|_| ())
}

/// Keeps the copy and draws the consequences.
async fn on_vehicle(conn: &mut PgConnection, app: &App, event: &Envelope) -> Result<()> {
    let told: VehicleSnapshot = event.read(KNOWN)?;
    let told = VehicleRef { version: event.aggregate_version, ..told.into() };
    consequence::of_vehicle(conn, app, &told, Put::newer(app.clock.now())).await.map(|_| ())
}

/// Keeps the copy; what is booked and driven goes on, only new trips and shifts are refused from now on.
async fn on_fleet(conn: &mut PgConnection, app: &App, event: &Envelope) -> Result<()> {
    let told: FleetRef = event.read(KNOWN)?;
    let told = FleetRef { version: event.aggregate_version, ..told };
    repository::put_fleet(conn, &told, Put::newer(app.clock.now())).await.map(|_| ())
}

/// Keeps the copy; checking out ends the shift, unless a trip is under way.
async fn on_attendance(conn: &mut PgConnection, app: &App, event: &Envelope) -> Result<()> {
    let told: AttendanceRef = event.read(KNOWN)?;
    let told = AttendanceRef { version: event.aggregate_version, ..told };
    repository::lock_driver(conn, told.driver_id).await?;
    repository::put_attendance(conn, &told, app.clock.now()).await?;
    roster::end_if_checked_out(conn, app, told.driver_id).await
}
