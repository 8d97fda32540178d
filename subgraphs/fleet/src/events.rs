//! Events that the fleet service publishes.

use kit::outbox::{NewEvent, record};
use kit::{Clock, Envelope, Result};
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::fleet::Fleet;
use crate::hub::Hub;
use crate::manager::FleetManager;
use crate::papers::RunningOut;
use crate::vehicle::offer::Answer;
use crate::vehicle::{Vehicle, VehicleStatus};

/// The version of every payload's shape.
pub const VERSION: u16 = 1;

/// A fleet was opened; `account` asks the identity service for its administrator.
pub async fn fleet_created(
    conn: &mut PgConnection,
    clock: &Clock,
    fleet: &Fleet,
    account: Option<Value>,
) -> Result<()> {
    let mut payload = of_fleet(fleet);
    if let Some(account) = account {
        payload["account"] = account;
    }
    publish(conn, clock, "fleet.created", (fleet.id, fleet.version), payload).await
}

/// A fleet changed, or was opened again.
pub async fn fleet_updated(conn: &mut PgConnection, clock: &Clock, fleet: &Fleet) -> Result<()> {
    publish(conn, clock, "fleet.updated", (fleet.id, fleet.version), of_fleet(fleet)).await
}

/// A fleet was closed.
pub async fn fleet_deactivated(conn: &mut PgConnection, clock: &Clock, fleet: &Fleet) -> Result<()> {
    publish(conn, clock, "fleet.deactivated", (fleet.id, fleet.version), of_fleet(fleet)).await
}

/// A manager was named; `account` asks the identity service for a login.
pub async fn fleet_manager_created(
    conn: &mut PgConnection,
    clock: &Clock,
    manager: &FleetManager,
    account: Option<Value>,
) -> Result<()> {
    let mut payload = of_manager(manager);
    if let Some(account) = account {
        payload["account"] = account;
    }
    publish(conn, clock, "fleet_manager.created", (manager.id, manager.version), payload).await
}

/// A manager left; `endLogin` asks the identity service to switch the account off.
pub async fn fleet_manager_deactivated(
    conn: &mut PgConnection,
    clock: &Clock,
    manager: &FleetManager,
    end_login: bool,
) -> Result<()> {
    let mut payload = of_manager(manager);
    payload["endLogin"] = json!(end_login);
    publish(conn, clock, "fleet_manager.deactivated", (manager.id, manager.version), payload).await
}

/// An account that was asked for is still waited for.
pub async fn account_requested(
    conn: &mut PgConnection,
    clock: &Clock,
    subject: (Uuid, i64),
    wanted: Value,
) -> Result<()> {
    publish(conn, clock, "account.requested", subject, wanted).await
}

/// The offices of a user follow the account as the event said that asked for it.
pub async fn manager_rights_settled(
    conn: &mut PgConnection,
    clock: &Clock,
    asked: &Envelope,
    request: Uuid,
) -> Result<()> {
    let payload = json!({ "request": request, "by": "fleet", "userId": asked.aggregate_id });
    let user = (asked.aggregate_id, asked.aggregate_version);
    publish(conn, clock, "manager_rights.settled", user, payload).await
}

/// A hub was opened or changed.
pub async fn hub_upserted(conn: &mut PgConnection, clock: &Clock, hub: &Hub) -> Result<()> {
    let payload = json!({
        "hubId": hub.id,
        "shortId": hub.short_id,
        "fleetId": hub.fleet_id,
        "name": hub.name,
        "hubType": hub.hub_type,
        "address": hub.address,
        "lat": hub.lat,
        "lng": hub.lng,
        "geofenceRadiusM": hub.geofence_radius_m,
    });
    publish(conn, clock, "hub.upserted", (hub.id, hub.version), payload).await
}

/// A vehicle was added.
pub async fn vehicle_created(conn: &mut PgConnection, clock: &Clock, vehicle: &Vehicle) -> Result<()> {
    publish(conn, clock, "vehicle.created", (vehicle.id, vehicle.version), of_vehicle(vehicle)).await
}

/// Something about a vehicle changed, but not its status.
pub async fn vehicle_updated(conn: &mut PgConnection, clock: &Clock, vehicle: &Vehicle) -> Result<()> {
    publish(conn, clock, "vehicle.updated", (vehicle.id, vehicle.version), of_vehicle(vehicle)).await
}

/// A vehicle was put into or out of service.
pub async fn vehicle_status_changed(
    conn: &mut PgConnection,
    clock: &Clock,
    vehicle: &Vehicle,
    previous: VehicleStatus,
) -> Result<()> {
    let mut payload = of_vehicle(vehicle);
    payload["previousStatus"] = json!(previous);
    publish(conn, clock, "vehicle.status_changed", (vehicle.id, vehicle.version), payload).await
}

/// Papers of a vehicle run out soon.
pub async fn vehicle_docs_expiring(
    conn: &mut PgConnection,
    clock: &Clock,
    vehicle: &Vehicle,
    papers: &[RunningOut],
) -> Result<()> {
    let mut payload = of_vehicle(vehicle);
    payload["documents"] = papers
        .iter()
        .map(|paper| json!({ "kind": paper.kind, "expiresOn": paper.expires_on }))
        .collect::<Vec<Value>>()
        .into();
    publish(conn, clock, "vehicle.docs_expiring", (vehicle.id, vehicle.version), payload).await
}

/// What became of the vehicle that a driver offered as their own.
pub async fn own_vehicle_settled(
    conn: &mut PgConnection,
    clock: &Clock,
    asked: &Envelope,
    saga: Uuid,
    answer: &Answer,
) -> Result<()> {
    let driver = (asked.aggregate_id, asked.aggregate_version);
    let (vehicle, refusal) = match answer {
        Answer::Added(vehicle) => (Some(vehicle), None),
        Answer::Refused(refusal) => (None, Some(refusal)),
    };
    let payload = json!({ "sagaId": saga, "driverId": driver.0, "vehicleId": vehicle, "refusal": refusal });
    publish(conn, clock, "own_vehicle.settled", driver, payload).await
}

fn of_fleet(fleet: &Fleet) -> Value {
    json!({
        "fleetId": fleet.id,
        "shortId": fleet.short_id,
        "name": fleet.name,
        "mobile": fleet.mobile,
        "city": fleet.city,
        "fleetType": fleet.fleet_type,
        "status": fleet.status,
    })
}

fn of_manager(manager: &FleetManager) -> Value {
    json!({
        "fleetManagerId": manager.id,
        "shortId": manager.short_id,
        "fleetId": manager.fleet_id,
        "name": manager.name,
        "mobile": manager.mobile,
        "status": manager.status,
        "userId": manager.user_id,
    })
}

fn of_vehicle(vehicle: &Vehicle) -> Value {
    json!({
        "vehicleId": vehicle.id,
        "shortId": vehicle.short_id,
        "fleetId": vehicle.fleet_id,
        "hubId": vehicle.hub_id,
        "number": vehicle.number,
        "name": vehicle.name,
        "model": vehicle.model,
        "ownership": vehicle.ownership,
        "fuelType": vehicle.fuel_type,
        "status": vehicle.status,
        "permitExpiry": vehicle.papers.permit_expiry,
        "fitnessExpiry": vehicle.papers.fitness_expiry,
        "insuranceExpiry": vehicle.papers.insurance_expiry,
    })
}

async fn publish(
    conn: &mut PgConnection,
    clock: &Clock,
    event_type: &'static str,
    (aggregate_id, aggregate_version): (Uuid, i64),
    payload: Value,
) -> Result<()> {
    let event = NewEvent { event_type, version: VERSION, aggregate_id, aggregate_version, payload };
    record(conn, clock, event).await.map(|_| ())
}
