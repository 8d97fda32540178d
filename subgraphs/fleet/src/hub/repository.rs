//! The SQL of hubs.

use kit::{Code, Error, OnConstraint, Result};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::Hub;
use crate::access::{Kind, Reach};
use crate::listing::repository::select;
use crate::listing::{Listed, Place};

/// Which hubs a list is about; an absent part means any.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    pub fleet_id: Option<Uuid>,
}

impl Listed for Hub {
    const NOUN: &'static str = "Hub";
    const TABLE: &'static str = "hub";
    const COLUMNS: &'static str = "id, short_id, fleet_id, name, hub_type, address, lat, lng, geofence_radius_m, \
                                   hub_manager_id, version, created_by, updated_by, created_at, updated_at";
    const KIND: Kind = Kind::Hub;
    const BY_NAME: &'static str = "lower(name)";
    type Wanted = Wanted;

    fn push_wanted(wanted: &Wanted, query: &mut QueryBuilder<Postgres>) {
        if let Some(fleet) = wanted.fleet_id {
            query.push(" AND fleet_id = ").push_bind(fleet);
        }
    }

    fn place(&self) -> Place<'_> {
        Place { id: self.id, created_at: self.created_at, name: &self.name }
    }
}

/// Adds a hub. Errors: CONFLICT on `name`.
pub async fn insert(conn: &mut PgConnection, hub: &Hub) -> Result<()> {
    let done = sqlx::query(
        "INSERT INTO hub (id, short_id, fleet_id, name, hub_type, address, lat, lng, geofence_radius_m, version,
                          created_by, updated_by, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(hub.id)
    .bind(&hub.short_id)
    .bind(hub.fleet_id)
    .bind(&hub.name)
    .bind(hub.hub_type.as_str())
    .bind(&hub.address)
    .bind(hub.lat)
    .bind(hub.lng)
    .bind(hub.geofence_radius_m)
    .bind(hub.version)
    .bind(hub.created_by)
    .bind(hub.updated_by)
    .bind(hub.created_at)
    .bind(hub.updated_at)
    .execute(conn)
    .await;
    explained(done.map(|_| ()).map_err(Error::from))
}

/// Writes what may change of a hub that was read at `hub.version`, and counts the version up.
/// Errors: STALE_VERSION, CONFLICT on `name` or `hubManagerId`, VALIDATION on `hubManagerId`.
pub async fn update(conn: &mut PgConnection, hub: &mut Hub) -> Result<()> {
    let query = sqlx::query_scalar(
        "UPDATE hub
            SET name = $3, hub_type = $4, address = $5, lat = $6, lng = $7, geofence_radius_m = $8,
                hub_manager_id = $9, updated_by = $10, updated_at = $11, version = version + 1
          WHERE id = $1 AND version = $2
      RETURNING version",
    )
    .bind(hub.id)
    .bind(hub.version)
    .bind(&hub.name)
    .bind(hub.hub_type.as_str())
    .bind(&hub.address)
    .bind(hub.lat)
    .bind(hub.lng)
    .bind(hub.geofence_radius_m)
    .bind(hub.hub_manager_id)
    .bind(hub.updated_by)
    .bind(hub.updated_at);
    let version: Option<i64> = explained(query.fetch_optional(conn).await.map_err(Error::from))?;
    hub.version = version.ok_or_else(|| Error::new(Code::STALE_VERSION, crate::service::STALE))?;
    Ok(())
}

/// Turns a broken constraint of hubs into a sentence.
fn explained<T>(outcome: Result<T>) -> Result<T> {
    outcome
        .on_constraint("hub_fleet_name_key", || {
            Error::conflict("Another hub of this fleet has this name").field("name")
        })
        .on_constraint("hub_hub_manager_id_key", || {
            Error::conflict("This manager has another hub already").field("hubManagerId")
        })
        .on_constraint("hub_hub_manager_fkey", || {
            Error::validation("hubManagerId", "The manager must be one of the hub's fleet")
        })
}

/// The hubs of these managers that the caller reaches, in no order.
pub async fn of_managers(conn: &mut PgConnection, reach: &Reach, managers: &[Uuid]) -> Result<Vec<Hub>> {
    let mut query = select::<Hub>(reach);
    query.push(" AND hub_manager_id = ANY(").push_bind(managers.to_vec()).push(")");
    Ok(query.build_query_as().fetch_all(conn).await?)
}
