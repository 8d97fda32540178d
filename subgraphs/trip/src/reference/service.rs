//! Where a copy comes from when no event has brought it yet: the owner, asked directly, and the answer is kept.

use kit::error::Result;
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{DriverRef, VehicleRef, VehicleSnapshot, repository};
use crate::app::App;

const DRIVER_SELECTION: &str = "... on Driver { id userId fleetId hubId name status kycStatus isAvailable \
    isForcedUnavailable paymentModel version }";
const VEHICLE_SELECTION: &str = "... on Vehicle { id fleetId hubId number status fuelType permitExpiry \
    fitnessExpiry insuranceExpiry version }";

/// The copy of a driver, asked of the partner subgraph when there is none. None: there is no such driver.
///
/// # Errors
/// INTERNAL when the owner has to be asked and cannot be.
pub async fn driver(app: &App, id: Uuid) -> Result<Option<DriverRef>> {
    let mut conn = app.pool.acquire().await?;
    if let Some(known) = repository::drivers(&mut conn, &[id]).await?.remove(&id) {
        return Ok(Some(known));
    }
    drop(conn);
    fetch_driver(app, id).await?;
    let mut conn = app.pool.acquire().await?;
    Ok(repository::drivers(&mut conn, &[id]).await?.remove(&id))
}

/// The copy of a vehicle, asked of the fleet subgraph when there is none. None: there is no such vehicle.
///
/// # Errors
/// INTERNAL when the owner has to be asked and cannot be.
pub async fn vehicle(app: &App, id: Uuid) -> Result<Option<VehicleRef>> {
    let mut conn = app.pool.acquire().await?;
    if let Some(known) = repository::vehicles(&mut conn, &[id]).await?.remove(&id) {
        return Ok(Some(known));
    }
    drop(conn);
    fetch_vehicle(app, id).await?;
    let mut conn = app.pool.acquire().await?;
    Ok(repository::vehicles(&mut conn, &[id]).await?.remove(&id))
}

/// Asks the owners for what a refusal was based on; true if a copy was behind. An owner that does not answer leaves the
/// copy as it is: the refusal stands.
pub async fn refresh(app: &App, driver_id: Option<Uuid>, vehicle_id: Option<Uuid>) -> bool {
    let mut changed = false;
    if let Some(id) = driver_id {
        changed |= answered("driver", fetch_driver(app, id).await);
    }
    if let Some(id) = vehicle_id {
        changed |= answered("vehicle", fetch_vehicle(app, id).await);
    }
    changed
}

fn answered(what: &'static str, outcome: Result<bool>) -> bool {
    outcome.unwrap_or_else(|error| {
        tracing::warn!(what, error = error.log_line(), "the owner could not be asked");
        false
    })
}

/// True if the owner's answer was newer than the copy.
async fn fetch_driver(app: &App, id: Uuid) -> Result<bool> {
    let representation = json!({"__typename": "Driver", "id": id});
    let answers = app.peers.entities("partner", DRIVER_SELECTION, vec![representation]).await?;
    let Some(told) = answers.into_iter().next().flatten() else { return Ok(false) };
    let driver: DriverRef = serde_json::from_value(told)?;
    let mut conn = app.pool.acquire().await?;
    repository::put_driver(&mut conn, &driver, app.clock.now()).await
}

/// True if the owner's answer was newer than the copy.
async fn fetch_vehicle(app: &App, id: Uuid) -> Result<bool> {
    let representation = json!({"__typename": "Vehicle", "id": id});
    let answers = app.peers.entities("fleet", VEHICLE_SELECTION, vec![representation]).await?;
    let Some(told) = answers.into_iter().next().flatten() else { return Ok(false) };
    let told: VehicleSnapshot = serde_json::from_value(told)?;
    let mut conn = app.pool.acquire().await?;
    repository::put_vehicle(&mut conn, &told.into(), app.clock.now()).await
}

/// Whether a driver is checked in, approved and not on a break, as far as this service was told.
///
/// # Errors
/// INTERNAL when the database fails.
pub async fn on_duty(conn: &mut PgConnection, driver_id: Uuid) -> Result<bool> {
    let newest = repository::attendance(conn, &[driver_id]).await?.remove(&driver_id);
    Ok(newest.is_some_and(|attendance| attendance.on_duty()))
}
