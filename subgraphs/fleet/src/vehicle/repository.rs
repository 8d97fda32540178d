//! The SQL of vehicles.

use kit::page::PageArgs;
use kit::{Code, Error, OnConstraint, Result};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::document::{DocumentHealth, Today};
use super::{FuelType, Vehicle, VehicleStatus};
use crate::access::{Kind, Reach};
use crate::listing::{ListOrder, like, push_page};

/// Which vehicles a list is about; an absent part means any.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    pub fleet_id: Option<Uuid>,
    pub hub_id: Option<Uuid>,
    pub status: Option<VehicleStatus>,
    pub fuel_type: Option<FuelType>,
    /// The health of the worst paper, on a day.
    pub health: Option<(DocumentHealth, Today)>,
    pub search: Option<String>,
}

const COLUMNS: &str = "id, short_id, fleet_id, hub_id, number, name, model, color, ownership, fuel_type, status, \
                       owner_name, chassis_number, vin_number, rc_front_image, rc_back_image, permit_image, \
                       permit_expiry, fitness_image, fitness_expiry, insurance_image, insurance_start, \
                       insurance_expiry, version, created_by, updated_by, created_at, updated_at";

/// Adds a vehicle. Errors: CONFLICT on `number`, VALIDATION on `hubId`, `fleetId` or `documents.insuranceStart`.
pub async fn insert(conn: &mut PgConnection, vehicle: &Vehicle) -> Result<()> {
    let papers = &vehicle.papers;
    let query = sqlx::query(
        "INSERT INTO vehicle (id, short_id, fleet_id, hub_id, number, name, model, color, ownership, fuel_type,
                              status, owner_name, chassis_number, vin_number, rc_front_image, rc_back_image,
                              permit_image, permit_expiry, fitness_image, fitness_expiry, insurance_image,
                              insurance_start, insurance_expiry, version, created_by, updated_by, created_at,
                              updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
                 $22, $23, $24, $25, $26, $27, $28)",
    )
    .bind(vehicle.id)
    .bind(&vehicle.short_id)
    .bind(vehicle.fleet_id)
    .bind(vehicle.hub_id)
    .bind(&vehicle.number)
    .bind(&vehicle.name)
    .bind(&vehicle.model)
    .bind(&vehicle.color)
    .bind(vehicle.ownership.as_str())
    .bind(vehicle.fuel_type.as_str())
    .bind(vehicle.status.as_str())
    .bind(&vehicle.owner_name)
    .bind(&vehicle.chassis_number)
    .bind(&vehicle.vin_number)
    .bind(&papers.rc_front_image)
    .bind(&papers.rc_back_image)
    .bind(&papers.permit_image)
    .bind(papers.permit_expiry)
    .bind(&papers.fitness_image)
    .bind(papers.fitness_expiry)
    .bind(&papers.insurance_image)
    .bind(papers.insurance_start)
    .bind(papers.insurance_expiry)
    .bind(vehicle.version)
    .bind(vehicle.created_by)
    .bind(vehicle.updated_by)
    .bind(vehicle.created_at)
    .bind(vehicle.updated_at);
    explained(query.execute(conn).await.map(|_| ()).map_err(Error::from))
}

/// Writes what may change of a vehicle that was read at `vehicle.version`, and counts the version up.
/// Errors: STALE_VERSION and those of [`insert`].
pub async fn update(conn: &mut PgConnection, vehicle: &mut Vehicle) -> Result<()> {
    let papers = &vehicle.papers;
    let query = sqlx::query_scalar(
        "UPDATE vehicle
            SET hub_id = $3, number = $4, name = $5, model = $6, color = $7, ownership = $8, fuel_type = $9,
                status = $10, owner_name = $11, chassis_number = $12, vin_number = $13, rc_front_image = $14,
                rc_back_image = $15, permit_image = $16, permit_expiry = $17, fitness_image = $18,
                fitness_expiry = $19, insurance_image = $20, insurance_start = $21, insurance_expiry = $22,
                updated_by = $23, updated_at = $24, version = version + 1
          WHERE id = $1 AND version = $2
      RETURNING version",
    )
    .bind(vehicle.id)
    .bind(vehicle.version)
    .bind(vehicle.hub_id)
    .bind(&vehicle.number)
    .bind(&vehicle.name)
    .bind(&vehicle.model)
    .bind(&vehicle.color)
    .bind(vehicle.ownership.as_str())
    .bind(vehicle.fuel_type.as_str())
    .bind(vehicle.status.as_str())
    .bind(&vehicle.owner_name)
    .bind(&vehicle.chassis_number)
    .bind(&vehicle.vin_number)
    .bind(&papers.rc_front_image)
    .bind(&papers.rc_back_image)
    .bind(&papers.permit_image)
    .bind(papers.permit_expiry)
    .bind(&papers.fitness_image)
    .bind(papers.fitness_expiry)
    .bind(&papers.insurance_image)
    .bind(papers.insurance_start)
    .bind(papers.insurance_expiry)
    .bind(vehicle.updated_by)
    .bind(vehicle.updated_at);
    let version: Option<i64> = explained(query.fetch_optional(conn).await.map_err(Error::from))?;
    vehicle.version = version.ok_or_else(|| Error::new(Code::STALE_VERSION, crate::service::STALE))?;
    Ok(())
}

/// Turns a broken constraint of vehicles into a sentence.
fn explained<T>(outcome: Result<T>) -> Result<T> {
    outcome
        .on_constraint("vehicle_number_key", || {
            Error::conflict("A vehicle with this number exists already").field("number")
        })
        .on_constraint("vehicle_hub_fkey", || {
            Error::validation("hubId", "The hub must be one of the vehicle's fleet")
        })
        .on_constraint("vehicle_hub_needs_fleet_check", || {
            Error::validation("hubId", "Only a fleet's vehicle stands at a hub")
        })
        .on_constraint("vehicle_fleet_fkey", || Error::validation("fleetId", "There is no such fleet"))
        .on_constraint("vehicle_insurance_period_check", || {
            Error::validation("documents.insuranceStart", "The insurance begins after its end")
        })
}

/// One vehicle, locked until the transaction ends.
pub async fn lock(conn: &mut PgConnection, reach: &Reach, id: Uuid) -> Result<Option<Vehicle>> {
    let mut query = select(reach);
    query.push(" AND id = ").push_bind(id).push(" FOR UPDATE");
    Ok(query.build_query_as().fetch_optional(conn).await?)
}

/// The vehicles among `ids` that the caller reaches, in no order.
pub async fn find_many(conn: &mut PgConnection, reach: &Reach, ids: &[Uuid]) -> Result<Vec<Vehicle>> {
    let mut query = select(reach);
    query.push(" AND id = ANY(").push_bind(ids.to_vec()).push(")");
    Ok(query.build_query_as().fetch_all(conn).await?)
}

/// One vehicle by its short id or its number.
pub async fn find_by_text(conn: &mut PgConnection, reach: &Reach, text: &str) -> Result<Option<Vehicle>> {
    let mut query = select(reach);
    query.push(" AND (short_id = ").push_bind(text.to_owned());
    query.push(" OR number = ").push_bind(text.to_owned()).push(")");
    Ok(query.build_query_as().fetch_optional(conn).await?)
}

/// One page of vehicles, one row more than it holds.
pub async fn page(
    conn: &mut PgConnection,
    reach: &Reach,
    wanted: &Wanted,
    order: ListOrder,
    page: &PageArgs,
) -> Result<Vec<Vehicle>> {
    let mut query = select(reach);
    push_wanted(&mut query, wanted);
    push_page(&mut query, "number", order, page)?;
    Ok(query.build_query_as().fetch_all(conn).await?)
}

/// How many vehicles a list has in all its pages.
pub async fn count(conn: &mut PgConnection, reach: &Reach, wanted: &Wanted) -> Result<i64> {
    let mut query = QueryBuilder::new("SELECT count(*) FROM vehicle WHERE true");
    reach.push(&mut query, Kind::Vehicle);
    push_wanted(&mut query, wanted);
    Ok(query.build_query_scalar().fetch_one(conn).await?)
}

/// Every vehicle of a fleet that the caller reaches, by number.
pub async fn of_fleet(conn: &mut PgConnection, reach: &Reach, fleet: Uuid) -> Result<Vec<Vehicle>> {
    let mut query = select(reach);
    query.push(" AND fleet_id = ").push_bind(fleet).push(" ORDER BY number");
    Ok(query.build_query_as().fetch_all(conn).await?)
}

/// True if a vehicle is on a trip right now.
pub async fn is_on_trip(conn: &mut PgConnection, id: Uuid) -> Result<bool> {
    let on_trip =
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM trip_ref WHERE vehicle_id = $1 AND is_live)")
            .bind(id)
            .fetch_one(conn)
            .await?;
    Ok(on_trip)
}

fn select(reach: &Reach) -> QueryBuilder<Postgres> {
    let mut query = QueryBuilder::new("SELECT ");
    query.push(COLUMNS).push(" FROM vehicle WHERE true");
    reach.push(&mut query, Kind::Vehicle);
    query
}

fn push_wanted(query: &mut QueryBuilder<Postgres>, wanted: &Wanted) {
    if let Some(fleet) = wanted.fleet_id {
        query.push(" AND fleet_id = ").push_bind(fleet);
    }
    if let Some(hub) = wanted.hub_id {
        query.push(" AND hub_id = ").push_bind(hub);
    }
    if let Some(status) = wanted.status {
        query.push(" AND status = ").push_bind(status.as_str());
    }
    if let Some(fuel) = wanted.fuel_type {
        query.push(" AND fuel_type = ").push_bind(fuel.as_str());
    }
    if let Some((health, today)) = wanted.health {
        push_health(query, health, today);
    }
    if let Some(search) = &wanted.search {
        query.push(" AND (number || ' ' || name || ' ' || model || ' ' || short_id) ILIKE ");
        query.push_bind(like(search));
    }
}

/// `Papers::health` in SQL; a test holds the two against each other.
fn push_health(query: &mut QueryBuilder<Postgres>, health: DocumentHealth, today: Today) {
    query.push(" AND CASE WHEN least(permit_expiry, fitness_expiry, insurance_expiry) < ");
    query.push_bind(today.date);
    query.push(
        " THEN 'EXPIRED'
          WHEN num_nulls(permit_expiry, fitness_expiry, insurance_expiry, rc_front_image, rc_back_image) > 0
          THEN 'MISSING' WHEN least(permit_expiry, fitness_expiry, insurance_expiry) <= ",
    );
    query.push_bind(today.date + chrono::Duration::days(today.warning_days));
    query.push(" THEN 'EXPIRING' ELSE 'VALID' END = ").push_bind(health.as_str());
}
