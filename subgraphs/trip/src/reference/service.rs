//! Where a copy comes from when no event has brought it yet: the owner, asked directly, and the answer is kept.

use kit::Scope;
use kit::error::{Error, Result};
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

use super::repository::{self, Kind, Put};
use super::{AttendanceRef, DriverRef, FleetRef, VehicleRef, VehicleSnapshot, consequence};
use crate::access;
use crate::app::App;
use crate::codes::TRIP_CONSTRAINT;

/// Entities that one question to an owner is about, at most.
const BATCH: i64 = 200;

impl Kind {
    /// Who owns it, its type there, and what is asked of it.
    const fn question(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Driver => (
                "partner",
                "Driver",
                "... on Driver { id userId fleetId hubId name status kycStatus isAvailable isForcedUnavailable \
                 paymentModel version }",
            ),
            Self::Vehicle => (
                "fleet",
                "Vehicle",
                "... on Vehicle { id fleetId hubId number status fuelType permitExpiry fitnessExpiry insuranceExpiry \
                 version }",
            ),
            Self::Fleet => ("fleet", "Fleet", "... on Fleet { id status version }"),
        }
    }
}

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
    fetch(app, Kind::Driver, &[id]).await?;
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
    fetch(app, Kind::Vehicle, &[id]).await?;
    let mut conn = app.pool.acquire().await?;
    Ok(repository::vehicles(&mut conn, &[id]).await?.remove(&id))
}

/// A driver whom the scope covers. Before saying that there is none, the owner is asked: the copy may be behind.
///
/// # Errors
/// NOT_FOUND on `driverId`, INTERNAL when there is no copy and the owner cannot be asked.
pub async fn covered_driver(app: &App, scope: &Scope, id: Uuid) -> Result<DriverRef> {
    for second_look in [false, true] {
        if second_look && !refresh(app, Some(id), None).await {
            break;
        }
        let found = driver(app, id).await?.filter(|driver| access::covers_driver(scope, driver));
        if let Some(driver) = found {
            return Ok(driver);
        }
    }
    Err(Error::not_found("Driver").field("driverId"))
}

/// A vehicle whom the scope covers, looked for in the same way.
///
/// # Errors
/// NOT_FOUND on `vehicleId`, INTERNAL when there is no copy and the owner cannot be asked.
pub async fn covered_vehicle(app: &App, scope: &Scope, id: Uuid) -> Result<VehicleRef> {
    for second_look in [false, true] {
        if second_look && !refresh(app, None, Some(id)).await {
            break;
        }
        let found = vehicle(app, id).await?.filter(|vehicle| access::covers_vehicle(scope, vehicle));
        if let Some(vehicle) = found {
            return Ok(vehicle);
        }
    }
    Err(Error::not_found("Vehicle").field("vehicleId"))
}

/// Makes sure that a fleet exists and is not closed. A copy that says otherwise is checked with the owner first.
///
/// # Errors
/// NOT_FOUND or TRIP_CONSTRAINT on `field`, INTERNAL when the owner has to be asked and cannot be.
pub async fn require_open_fleet(app: &App, id: Uuid, field: &str) -> Result<()> {
    let known = async || -> Result<Option<FleetRef>> {
        let mut conn = app.pool.acquire().await?;
        Ok(repository::fleets(&mut conn, &[id]).await?.remove(&id))
    };
    let mut fleet = known().await?;
    if fleet.as_ref().is_none_or(FleetRef::is_closed) {
        fetch(app, Kind::Fleet, &[id]).await?;
        fleet = known().await?;
    }
    let fleet = fleet.ok_or_else(|| Error::not_found("Fleet").field(field))?;
    if fleet.is_closed() {
        let message = "This fleet is not active: it gets no new trips and shifts";
        return Err(Error::new(TRIP_CONSTRAINT, message).field(field).with("reasons", ["FLEET_NOT_ACTIVE"]));
    }
    Ok(())
}

/// Asks the owners for what a refusal was based on; true if a copy was behind. An owner that does not answer leaves the
/// copy as it is: the refusal stands.
pub async fn refresh(app: &App, driver_id: Option<Uuid>, vehicle_id: Option<Uuid>) -> bool {
    let mut changed = false;
    for (kind, id) in [(Kind::Driver, driver_id), (Kind::Vehicle, vehicle_id)] {
        let Some(id) = id else { continue };
        match fetch(app, kind, &[id]).await {
            Ok(stored) => changed |= stored > 0,
            Err(error) => tracing::warn!(?kind, error = error.log_line(), "the owner could not be asked"),
        }
    }
    changed
}

/// Asks the owners again for every driver, vehicle and fleet that is known or named here, and repairs the copies. Returns
/// how many were written. Safe while events come in: an answer never replaces a newer copy.
///
/// # Errors
/// INTERNAL when an owner cannot be asked; what was repaired until then stays.
pub async fn resync(app: &App) -> Result<u64> {
    let mut written = 0;
    for kind in [Kind::Fleet, Kind::Driver, Kind::Vehicle] {
        let mut after = Uuid::nil();
        loop {
            let mut conn = app.pool.acquire().await?;
            let ids = repository::named(&mut conn, kind, after, BATCH).await?;
            drop(conn);
            let Some(last) = ids.last() else { break };
            after = *last;
            written += repair(app, kind, &ids).await?;
        }
    }
    Ok(written)
}

/// Asks an owner and stores the answers as an event of the same version would have been; returns how many replaced or made
/// a copy. Each in a transaction of its own, because everything else that concerns a driver waits for it.
async fn repair(app: &App, kind: Kind, ids: &[Uuid]) -> Result<u64> {
    let put = Put::repair(app.clock.now());
    let mut written = 0;
    for told in ask(app, kind, ids).await? {
        let mut tx = app.pool.begin().await?;
        let is_news = match kind {
            Kind::Driver => consequence::of_driver(&mut tx, app, &serde_json::from_value(told)?, put).await?,
            Kind::Vehicle => {
                let told: VehicleSnapshot = serde_json::from_value(told)?;
                consequence::of_vehicle(&mut tx, app, &told.into(), put).await?
            }
            Kind::Fleet => repository::put_fleet(&mut tx, &serde_json::from_value(told)?, put).await?,
        };
        tx.commit().await?;
        written += u64::from(is_news);
    }
    Ok(written)
}

/// What an owner says about those whom it knows.
async fn ask(app: &App, kind: Kind, ids: &[Uuid]) -> Result<impl Iterator<Item = Value>> {
    let (subgraph, typename, selection) = kind.question();
    let representations = ids.iter().map(|id| json!({"__typename": typename, "id": id})).collect();
    Ok(app.peers.entities(subgraph, selection, representations).await?.into_iter().flatten())
}

/// Asks an owner and stores the answers; returns how many replaced or made a copy. What follows from them is drawn when
/// their events come.
async fn fetch(app: &App, kind: Kind, ids: &[Uuid]) -> Result<u64> {
    let put = Put::newer(app.clock.now());
    let answers = ask(app, kind, ids).await?;
    let mut conn = app.pool.acquire().await?;
    let mut stored = 0;
    for told in answers {
        stored += u64::from(store(&mut conn, kind, told, put).await?);
    }
    Ok(stored)
}

async fn store(conn: &mut PgConnection, kind: Kind, told: Value, put: Put) -> Result<bool> {
    match kind {
        Kind::Driver => repository::put_driver(conn, &serde_json::from_value::<DriverRef>(told)?, put).await,
        Kind::Vehicle => {
            let told: VehicleSnapshot = serde_json::from_value(told)?;
            repository::put_vehicle(conn, &told.into(), put).await
        }
        Kind::Fleet => repository::put_fleet(conn, &serde_json::from_value::<FleetRef>(told)?, put).await,
    }
}

/// Asks partner for the shift that a driver is on, and keeps it. An owner that does not answer leaves the copy as it is.
pub async fn refresh_duty(app: &App, driver_id: Uuid) {
    if let Err(error) = fetch_duty(app, driver_id).await {
        tracing::warn!(error = error.log_line(), "the shift of a driver could not be asked for");
    }
}

async fn fetch_duty(app: &App, driver_id: Uuid) -> Result<()> {
    let selection = "... on Driver { openAttendance { id status checkInTime version breaks { endTime } } }";
    let who = vec![json!({"__typename": "Driver", "id": driver_id})];
    let told = app.peers.entities("partner", selection, who).await?.into_iter().flatten().next();
    let Some(mut shift) = told.and_then(|driver| driver.get("openAttendance").cloned()) else {
        return Ok(());
    };
    if shift.is_null() {
        return Ok(());
    }
    let open = |one: &Value| one["endTime"].is_null();
    shift["onBreak"] = json!(shift["breaks"].as_array().is_some_and(|breaks| breaks.iter().any(open)));
    shift["driverId"] = json!(driver_id);
    let shift: AttendanceRef = serde_json::from_value(shift)?;
    let mut conn = app.pool.acquire().await?;
    repository::put_attendance(&mut conn, &shift, app.clock.now()).await?;
    Ok(())
}

/// Whether a driver is checked in, approved and not on a break, as far as this service was told.
///
/// # Errors
/// INTERNAL when the database fails.
pub async fn on_duty(conn: &mut PgConnection, driver_id: Uuid) -> Result<bool> {
    let newest = repository::attendance(conn, &[driver_id]).await?.remove(&driver_id);
    Ok(newest.is_some_and(|attendance| attendance.on_duty()))
}
