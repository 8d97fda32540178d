//! What we hear of drivers, vehicles, fleets and check-ins: keep the copy, and draw the consequences for roster and trips.

use std::sync::Arc;

use kit::Envelope;
use kit::bus::{EventBus, Handler, Subscription, handler};
use kit::error::Result;
use kit::inbox::handle_once;
use sqlx::PgConnection;

use super::repository::Put;
use super::{AttendanceRef, DriverRef, FleetRef, VehicleRef, VehicleSnapshot, consequence, repository};
use crate::app::App;
use crate::assignment::service as roster;

/// The payload version of every event that is read here.
const KNOWN: u16 = 1;

/// Starts to listen.
///
/// # Errors
/// INTERNAL when the bus does not take the subscriptions.
pub async fn listen(app: &App, bus: &Arc<dyn EventBus>) -> Result<()> {
    let queues: [(&'static str, &[&str], Subject); 4] = [
        ("trip.driver-ref", &["driver.*"], Subject::Driver),
        (
            "trip.vehicle-ref",
            &["vehicle.created", "vehicle.updated", "vehicle.status_changed"],
            Subject::Vehicle,
        ),
        ("trip.attendance-ref", &["attendance.*"], Subject::Attendance),
        ("trip.fleet-ref", &["fleet.*"], Subject::Fleet),
    ];
    for (queue, patterns, subject) in queues {
        let subscription = Subscription::new(queue, patterns).dead_letters(&app.pool);
        bus.subscribe(subscription, consumer(app, queue, subject)).await?;
    }
    Ok(())
}

#[derive(Clone, Copy)]
enum Subject {
    Driver,
    Vehicle,
    Attendance,
    Fleet,
}

fn consumer(app: &App, queue: &'static str, subject: Subject) -> Handler {
    let app = app.clone();
    handler(move |delivery| {
        let app = app.clone();
        async move {
            let pool = app.pool.clone();
            let handled = handle_once(&pool, queue, &delivery.event, move |conn, event| {
                Box::pin(async move {
                    match subject {
                        Subject::Driver => on_driver(conn, &app, event).await,
                        Subject::Vehicle => on_vehicle(conn, &app, event).await,
                        Subject::Attendance => on_attendance(conn, &app, event).await,
                        Subject::Fleet => on_fleet(conn, &app, event).await,
                    }
                })
            });
            handled.await.map(|_| ())
        }
    })
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
