//! The SQL of vehicles.

use chrono::{DateTime, Utc};
use kit::{Code, Error, OnConstraint, Result};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::document::{DocumentHealth, Today};
use super::offer::Answer;
use super::{FuelType, Vehicle, VehicleStatus};
use crate::access::{Kind, Reach};
use crate::listing::repository::select;
use crate::listing::{Listed, Place, SEARCH_MIN, like};

/// Which vehicles a list is about; an absent part means any.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Wanted {
    pub fleet_id: Option<Uuid>,
    pub hub_id: Option<Uuid>,
    pub without_hub: Option<bool>,
    pub status: Option<VehicleStatus>,
    pub fuel_type: Option<FuelType>,
    /// The health of the worst paper, on a day.
    pub health: Option<(DocumentHealth, Today)>,
    pub search: Option<String>,
}

impl Listed for Vehicle {
    const NOUN: &'static str = "Vehicle";
    const TABLE: &'static str = "vehicle";
    const COLUMNS: &'static str = "id, short_id, fleet_id, hub_id, number, name, model, color, ownership, fuel_type, \
                                   status, owner_name, chassis_number, vin_number, rc_front_image, rc_back_image, \
                                   permit_image, permit_expiry, fitness_image, fitness_expiry, insurance_image, \
                                   insurance_start, insurance_expiry, version, created_by, updated_by, created_at, \
                                   updated_at";
    const KIND: Kind = Kind::Vehicle;
    const BY_NAME: &'static str = "number";
    type Wanted = Wanted;

    fn push_wanted(wanted: &Wanted, query: &mut QueryBuilder<Postgres>) {
        push_wanted(query, wanted);
    }

    fn place(&self) -> Place<'_> {
        Place { id: self.id, created_at: self.created_at, name: &self.number }
    }
}

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

/// One vehicle by its registration.
pub async fn find_by_number(conn: &mut PgConnection, reach: &Reach, number: &str) -> Result<Option<Vehicle>> {
    let mut query = select::<Vehicle>(reach);
    query.push(" AND number = ").push_bind(number.to_owned());
    Ok(query.build_query_as().fetch_optional(conn).await?)
}

/// Every vehicle of a fleet that the caller reaches, by number.
pub async fn of_fleet(conn: &mut PgConnection, reach: &Reach, fleet: Uuid) -> Result<Vec<Vehicle>> {
    let mut query = select::<Vehicle>(reach);
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

/// Takes a driver's offer to answer it; false if it was answered before. Whoever has the same one waits.
pub async fn take_offer(
    conn: &mut PgConnection,
    saga_id: Uuid,
    driver_id: Uuid,
    at: DateTime<Utc>,
) -> Result<bool> {
    let done = sqlx::query(
        "INSERT INTO vehicle_offer (saga_id, driver_id, settled_at) VALUES ($1, $2, $3)
         ON CONFLICT ON CONSTRAINT vehicle_offer_pkey DO NOTHING",
    )
    .bind(saga_id)
    .bind(driver_id)
    .bind(at)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Keeps the answer to an offer that was taken in this transaction.
pub async fn keep_answer(conn: &mut PgConnection, saga_id: Uuid, answer: &Answer) -> Result<()> {
    let (vehicle, refusal) = match answer {
        Answer::Added(vehicle) => (Some(*vehicle), None),
        Answer::Refused(refusal) => (None, Some(refusal)),
    };
    sqlx::query("UPDATE vehicle_offer SET vehicle_id = $2, refusal = $3 WHERE saga_id = $1")
        .bind(saga_id)
        .bind(vehicle)
        .bind(refusal)
        .execute(conn)
        .await?;
    Ok(())
}

/// The answer to an offer that was answered before. Errors: internal for one without.
pub async fn answer(conn: &mut PgConnection, saga_id: Uuid) -> Result<Answer> {
    let kept: (Option<Uuid>, Option<String>) =
        sqlx::query_as("SELECT vehicle_id, refusal FROM vehicle_offer WHERE saga_id = $1")
            .bind(saga_id)
            .fetch_one(conn)
            .await?;
    match kept {
        (Some(vehicle), _) => Ok(Answer::Added(vehicle)),
        (None, Some(refusal)) => Ok(Answer::Refused(refusal)),
        (None, None) => Err(Error::internal(format!("the offer {saga_id} has no answer"))),
    }
}

fn push_wanted(query: &mut QueryBuilder<Postgres>, wanted: &Wanted) {
    if let Some(fleet) = wanted.fleet_id {
        query.push(" AND fleet_id = ").push_bind(fleet);
    }
    if let Some(hub) = wanted.hub_id {
        query.push(" AND hub_id = ").push_bind(hub);
    }
    if let Some(without_hub) = wanted.without_hub {
        query.push(if without_hub { " AND hub_id IS NULL" } else { " AND hub_id IS NOT NULL" });
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
        push_search(query, search);
    }
}

/// Numbers are kept without blanks and hyphens, and found with them too.
fn push_search(query: &mut QueryBuilder<Postgres>, search: &str) {
    const TEXT: &str = "(number || ' ' || name || ' ' || model || ' ' || short_id) ILIKE ";
    query.push(" AND (").push(TEXT).push_bind(like(search));
    let number: String = search.chars().filter(|sign| !matches!(sign, ' ' | '-')).collect();
    if number != search && number.len() >= SEARCH_MIN {
        query.push(" OR ").push(TEXT).push_bind(like(&number));
    }
    query.push(")");
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
