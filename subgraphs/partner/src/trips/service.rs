//! What trips and assignments mean for drivers: whoever is on a trip is not available.

use kit::error::Result;
use kit::{Envelope, Scope};
use sqlx::PgConnection;
use uuid::Uuid;

use super::repository::{self, Kept};
use super::{AssignmentRef, TripRef};
use crate::actor::App;
use crate::driver::Driver;
use crate::driver::repository as drivers;
use crate::driver::stand_down;
use crate::driver::standing::{self, Because};

/// Takes note of a trip. Older news than what is known changes nothing.
pub(crate) async fn trip_changed(conn: &mut PgConnection, app: &App, event: &Envelope) -> Result<()> {
    let trip: TripRef = event.read(1)?;
    let Some(Kept { driver_before }) = repository::keep_trip(conn, &trip, event.aggregate_version).await?
    else {
        return Ok(());
    };
    let mut drivers: Vec<Uuid> = [driver_before, trip.driver_id].into_iter().flatten().collect();
    // In one order, so that two trips that swap their drivers do not wait for each other.
    drivers.sort();
    for driver_id in drivers {
        refresh_availability(conn, app, driver_id).await?;
    }
    Ok(())
}

/// Brings a driver's live trip up to date. A driver who is not known here has no availability to keep.
async fn refresh_availability(conn: &mut PgConnection, app: &App, driver_id: Uuid) -> Result<()> {
    if drivers::find(conn, &Scope::All, driver_id).await?.is_none() {
        return Ok(());
    }
    let before = drivers::lock(conn, &Scope::All, driver_id).await?;
    let live_trip_id = repository::live_trip(conn, driver_id).await?;
    if live_trip_id != before.live_trip_id {
        let after = Driver { live_trip_id, ..before.clone() };
        standing::change(conn, &app.clock, &before, after, Because::default()).await?;
    }
    Ok(())
}

/// Takes note of a roster assignment. A driver who may not work and is off the roster now has stood down.
pub(crate) async fn assignment_changed(conn: &mut PgConnection, app: &App, event: &Envelope) -> Result<()> {
    let assignment: AssignmentRef = event.read(1)?;
    repository::keep_assignment(conn, &assignment, event.aggregate_version).await?;
    if drivers::find(conn, &Scope::All, assignment.driver_id).await?.is_none() {
        return Ok(());
    }
    let driver = drivers::lock(conn, &Scope::All, assignment.driver_id).await?;
    stand_down::follow(conn, &app.clock, &driver).await
}
