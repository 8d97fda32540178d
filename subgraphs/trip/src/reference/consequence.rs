//! What follows for roster and trips from what a driver or a vehicle is. It follows from the copy that is kept, not from the news
//! that changed it: the owner may have been asked before the event came, or copies were repaired.

use kit::error::Result;
use sqlx::PgConnection;

use super::repository::{self, Put};
use super::{DriverRef, VehicleRef, VehicleStatus};
use crate::app::App;
use crate::assignment::repository::active_of_driver;
use crate::assignment::service as roster;
use crate::trip::service::manage::take_from;

/// Keeps what is told of a driver, unless more is known. Who may not work loses the shift and the trips that are not started;
/// who has left a fleet loses those of that fleet. True if it was news.
///
/// # Errors
/// INTERNAL when the database fails.
pub async fn of_driver(conn: &mut PgConnection, app: &App, told: &DriverRef, put: Put) -> Result<bool> {
    repository::lock_driver(conn, told.id).await?;
    let is_news = repository::put_driver(conn, told, put).await?;
    let Some(kept) = repository::drivers(conn, &[told.id]).await?.remove(&told.id) else {
        return Ok(is_news);
    };
    let barred = kept.is_barred();
    let reason = if barred { "The driver may not work" } else { "The driver left the fleet" };
    take_from(conn, app, kept.id, |trip| barred || trip.fleet_id != kept.fleet_id, reason).await?;
    let shift = active_of_driver(conn, kept.id).await?;
    if shift.is_some_and(|shift| barred || kept.fleet_id != Some(shift.fleet_id)) {
        roster::end_of_driver(conn, app, kept.id, reason).await?;
    }
    Ok(is_news)
}

/// Keeps what is told of a vehicle, unless more is known; one that may not be used leaves the roster. True if it was news.
///
/// # Errors
/// INTERNAL when the database fails.
pub async fn of_vehicle(conn: &mut PgConnection, app: &App, told: &VehicleRef, put: Put) -> Result<bool> {
    let is_news = repository::put_vehicle(conn, told, put).await?;
    let kept = repository::vehicles(conn, &[told.id]).await?.remove(&told.id);
    if kept.is_some_and(|vehicle| vehicle.status != VehicleStatus::Active) {
        roster::end_of_vehicle(conn, app, told.id, "The vehicle may not be used").await?;
    }
    Ok(is_news)
}
