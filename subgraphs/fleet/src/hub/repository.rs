//! The SQL of hubs.

use kit::page::PageArgs;
use kit::{Code, Error, OnConstraint, Result};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::Hub;
use crate::access::{Kind, Reach};
use crate::listing::{ListOrder, push_page};

const COLUMNS: &str = "id, short_id, fleet_id, name, hub_type, address, lat, lng, geofence_radius_m, \
                       hub_manager_id, version, created_by, updated_by, created_at, updated_at";

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

/// One hub, locked until the transaction ends.
pub async fn lock(conn: &mut PgConnection, reach: &Reach, id: Uuid) -> Result<Option<Hub>> {
    let mut query = select(reach);
    query.push(" AND id = ").push_bind(id).push(" FOR UPDATE");
    Ok(query.build_query_as().fetch_optional(conn).await?)
}

/// The hubs among `ids` that the caller reaches, in no order.
pub async fn find_many(conn: &mut PgConnection, reach: &Reach, ids: &[Uuid]) -> Result<Vec<Hub>> {
    let mut query = select(reach);
    query.push(" AND id = ANY(").push_bind(ids.to_vec()).push(")");
    Ok(query.build_query_as().fetch_all(conn).await?)
}

/// The hubs of these managers that the caller reaches, in no order.
pub async fn of_managers(conn: &mut PgConnection, reach: &Reach, managers: &[Uuid]) -> Result<Vec<Hub>> {
    let mut query = select(reach);
    query.push(" AND hub_manager_id = ANY(").push_bind(managers.to_vec()).push(")");
    Ok(query.build_query_as().fetch_all(conn).await?)
}

/// One hub by the id that people read out.
pub async fn find_by_short_id(conn: &mut PgConnection, reach: &Reach, short_id: &str) -> Result<Option<Hub>> {
    let mut query = select(reach);
    query.push(" AND short_id = ").push_bind(short_id.to_owned());
    Ok(query.build_query_as().fetch_optional(conn).await?)
}

/// One page of hubs, one row more than it holds.
pub async fn page(
    conn: &mut PgConnection,
    reach: &Reach,
    fleet: Option<Uuid>,
    order: ListOrder,
    page: &PageArgs,
) -> Result<Vec<Hub>> {
    let mut query = select(reach);
    push_fleet(&mut query, fleet);
    push_page(&mut query, "lower(name)", order, page)?;
    Ok(query.build_query_as().fetch_all(conn).await?)
}

/// How many hubs a list has in all its pages.
pub async fn count(conn: &mut PgConnection, reach: &Reach, fleet: Option<Uuid>) -> Result<i64> {
    let mut query = QueryBuilder::new("SELECT count(*) FROM hub WHERE true");
    reach.push(&mut query, Kind::Hub);
    push_fleet(&mut query, fleet);
    Ok(query.build_query_scalar().fetch_one(conn).await?)
}

fn select(reach: &Reach) -> QueryBuilder<Postgres> {
    let mut query = QueryBuilder::new("SELECT ");
    query.push(COLUMNS).push(" FROM hub WHERE true");
    reach.push(&mut query, Kind::Hub);
    query
}

fn push_fleet(query: &mut QueryBuilder<Postgres>, fleet: Option<Uuid>) {
    if let Some(fleet) = fleet {
        query.push(" AND fleet_id = ").push_bind(fleet);
    }
}
