//! Demo data: fleets, managers, hubs, hub managers and vehicles in bulk, as plain rows.

use chrono::{DateTime, NaiveDate, Utc};
use kit::Result;
use serde::Serialize;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::fleet::{FleetStatus, FleetType};
use crate::hub::HubType;
use crate::manager::ManagerStatus;
use crate::vehicle::{FuelType, VehicleOwnership, VehicleStatus};

/// A fleet of the demo world. The caller chooses ids, short ids (`FLT20260127001`, unique) and mobiles (E.164, unique).
#[derive(Clone, Debug, Serialize)]
pub struct DemoFleet {
    pub id: Uuid,
    pub short_id: String,
    pub name: String,
    pub mobile: String,
    pub email: Option<String>,
    pub city: String,
    pub fleet_type: FleetType,
    /// `07AAAAA9999A1Z5`.
    pub gst_number: Option<String>,
    /// `AAAAA9999A`.
    pub pan_number: String,
    pub status: FleetStatus,
    pub admin_name: Option<String>,
    pub admin_user_id: Option<Uuid>,
    pub created_at: DateTime<Utc>,
}

/// A fleet manager of the demo world.
#[derive(Clone, Debug, Serialize)]
pub struct DemoFleetManager {
    pub id: Uuid,
    pub short_id: String,
    pub fleet_id: Uuid,
    pub name: String,
    pub mobile: String,
    pub status: ManagerStatus,
    pub user_id: Option<Uuid>,
    pub created_at: DateTime<Utc>,
}

/// A hub manager of the demo world.
#[derive(Clone, Debug, Serialize)]
pub struct DemoHubManager {
    pub id: Uuid,
    pub short_id: String,
    pub fleet_id: Uuid,
    pub name: String,
    pub mobile: String,
    pub city: String,
    pub status: ManagerStatus,
    pub created_at: DateTime<Utc>,
}

/// A hub of the demo world.
#[derive(Clone, Debug, Serialize)]
pub struct DemoHub {
    pub id: Uuid,
    pub short_id: String,
    pub fleet_id: Uuid,
    /// Unique in its fleet.
    pub name: String,
    pub hub_type: HubType,
    pub address: String,
    pub lat: f64,
    pub lng: f64,
    /// 50 to 2000, in steps of 50.
    pub geofence_radius_m: i32,
    pub hub_manager_id: Option<Uuid>,
    pub created_at: DateTime<Utc>,
}

/// A vehicle of the demo world.
#[derive(Clone, Debug, Serialize)]
pub struct DemoVehicle {
    pub id: Uuid,
    pub short_id: String,
    pub fleet_id: Option<Uuid>,
    pub hub_id: Option<Uuid>,
    pub number: String,
    pub name: String,
    pub model: String,
    pub color: Option<String>,
    pub ownership: VehicleOwnership,
    pub fuel_type: FuelType,
    pub status: VehicleStatus,
    pub rc_front_image: Option<String>,
    pub rc_back_image: Option<String>,
    pub permit_expiry: Option<NaiveDate>,
    pub fitness_expiry: Option<NaiveDate>,
    pub insurance_start: Option<NaiveDate>,
    pub insurance_expiry: Option<NaiveDate>,
    pub created_at: DateTime<Utc>,
}

/// Which driver has driven which vehicle; a driver may read the vehicles listed here.
#[derive(Clone, Debug, Serialize)]
pub struct DemoDriverVehicle {
    pub driver_id: Uuid,
    pub vehicle_id: Uuid,
    pub since: DateTime<Utc>,
}

/// A trip between start and completion: its vehicle stays in service.
#[derive(Clone, Debug, Serialize)]
pub struct DemoLiveTrip {
    pub trip_id: Uuid,
    pub vehicle_id: Uuid,
    pub updated_at: DateTime<Utc>,
}

/// The fleet part of the demo world.
#[derive(Clone, Debug, Default)]
pub struct DemoWorld {
    pub fleets: Vec<DemoFleet>,
    pub fleet_managers: Vec<DemoFleetManager>,
    pub hub_managers: Vec<DemoHubManager>,
    pub hubs: Vec<DemoHub>,
    pub vehicles: Vec<DemoVehicle>,
    pub driver_vehicles: Vec<DemoDriverVehicle>,
}

/// Inserts the world, one statement per table; rows whose id exists already stay as they are. No event is recorded:
/// the seed gives every database its part itself. Gives how many rows were new.
pub async fn insert(conn: &mut PgConnection, world: &DemoWorld) -> Result<u64> {
    let mut rows = 0;
    rows += insert_rows(conn, FLEETS, &world.fleets).await?;
    rows += insert_rows(conn, FLEET_MANAGERS, &world.fleet_managers).await?;
    rows += insert_rows(conn, HUB_MANAGERS, &world.hub_managers).await?;
    rows += insert_rows(conn, HUBS, &world.hubs).await?;
    rows += insert_rows(conn, VEHICLES, &world.vehicles).await?;
    rows += insert_rows(conn, DRIVER_VEHICLES, &world.driver_vehicles).await?;
    Ok(rows)
}

/// Inserts trips under way; gives how many were new.
pub async fn insert_live_trips(conn: &mut PgConnection, trips: &[DemoLiveTrip]) -> Result<u64> {
    insert_rows(conn, LIVE_TRIPS, trips).await
}

async fn insert_rows<T: Serialize>(conn: &mut PgConnection, sql: &'static str, rows: &[T]) -> Result<u64> {
    if rows.is_empty() {
        return Ok(0);
    }
    let done = sqlx::query(sql).bind(serde_json::to_value(rows)?).execute(conn).await?;
    Ok(done.rows_affected())
}

const FLEETS: &str = "
    INSERT INTO fleet (id, short_id, name, mobile, email, city, fleet_type, gst_number, pan_number, status,
                       admin_name, admin_state, admin_user_id, created_at, updated_at)
    SELECT r.id, r.short_id, r.name, r.mobile, r.email, r.city, r.fleet_type, r.gst_number, r.pan_number, r.status,
           r.admin_name, CASE WHEN r.admin_user_id IS NULL THEN 'NONE' ELSE 'READY' END, r.admin_user_id,
           r.created_at, r.created_at
      FROM jsonb_populate_recordset(NULL::fleet, $1) AS r
    ON CONFLICT (id) DO NOTHING";

const FLEET_MANAGERS: &str = "
    INSERT INTO fleet_manager (id, short_id, fleet_id, name, mobile, status, login_state, user_id, created_at,
                               updated_at)
    SELECT r.id, r.short_id, r.fleet_id, r.name, r.mobile, r.status,
           CASE WHEN r.user_id IS NULL THEN 'NONE' ELSE 'READY' END, r.user_id, r.created_at, r.created_at
      FROM jsonb_populate_recordset(NULL::fleet_manager, $1) AS r
    ON CONFLICT (id) DO NOTHING";

const HUB_MANAGERS: &str = "
    INSERT INTO hub_manager (id, short_id, fleet_id, name, mobile, city, status, created_at, updated_at)
    SELECT r.id, r.short_id, r.fleet_id, r.name, r.mobile, r.city, r.status, r.created_at, r.created_at
      FROM jsonb_populate_recordset(NULL::hub_manager, $1) AS r
    ON CONFLICT (id) DO NOTHING";

const HUBS: &str = "
    INSERT INTO hub (id, short_id, fleet_id, name, hub_type, address, lat, lng, geofence_radius_m, hub_manager_id,
                     created_at, updated_at)
    SELECT r.id, r.short_id, r.fleet_id, r.name, r.hub_type, r.address, r.lat, r.lng, r.geofence_radius_m,
           r.hub_manager_id, r.created_at, r.created_at
      FROM jsonb_populate_recordset(NULL::hub, $1) AS r
    ON CONFLICT (id) DO NOTHING";

const VEHICLES: &str = "
    INSERT INTO vehicle (id, short_id, fleet_id, hub_id, number, name, model, color, ownership, fuel_type, status,
                         rc_front_image, rc_back_image, permit_expiry, fitness_expiry, insurance_start,
                         insurance_expiry, created_at, updated_at)
    SELECT r.id, r.short_id, r.fleet_id, r.hub_id, r.number, r.name, r.model, r.color, r.ownership, r.fuel_type,
           r.status, r.rc_front_image, r.rc_back_image, r.permit_expiry, r.fitness_expiry, r.insurance_start,
           r.insurance_expiry, r.created_at, r.created_at
      FROM jsonb_populate_recordset(NULL::vehicle, $1) AS r
    ON CONFLICT (id) DO NOTHING";

const DRIVER_VEHICLES: &str = "
    INSERT INTO driver_vehicle (driver_id, vehicle_id, since)
    SELECT r.driver_id, r.vehicle_id, r.since FROM jsonb_populate_recordset(NULL::driver_vehicle, $1) AS r
    ON CONFLICT DO NOTHING";

const LIVE_TRIPS: &str = "
    INSERT INTO trip_ref (trip_id, vehicle_id, is_live, version, updated_at)
    SELECT r.trip_id, r.vehicle_id, true, 0, r.updated_at FROM jsonb_populate_recordset(NULL::trip_ref, $1) AS r
    ON CONFLICT DO NOTHING";
