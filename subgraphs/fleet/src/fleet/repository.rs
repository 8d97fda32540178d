//! The SQL of fleets.

use kit::page::PageArgs;
use kit::{Code, Error, OnConstraint, Result};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::{AccountState, Fleet, FleetStatus, FleetType};
use crate::access::{Kind, Reach};
use crate::listing::{ListOrder, like, push_page};

/// Which fleets a list is about; an absent part means any.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    pub city: Option<String>,
    pub fleet_type: Option<FleetType>,
    pub status: Option<FleetStatus>,
    pub search: Option<String>,
}

const COLUMNS: &str = "id, short_id, name, mobile, email, city, dob, fleet_type, gst_number, pan_number, mode_id, \
                       status, admin_name, admin_state, admin_user_id, version, created_by, updated_by, \
                       created_at, updated_at";

/// Adds a fleet. Errors: CONFLICT on `mobile`.
pub async fn insert(conn: &mut PgConnection, fleet: &Fleet) -> Result<()> {
    sqlx::query(
        "INSERT INTO fleet (id, short_id, name, mobile, email, city, dob, fleet_type, gst_number, pan_number,
                            mode_id, status, admin_name, admin_state, version, created_by, updated_by,
                            created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)",
    )
    .bind(fleet.id)
    .bind(&fleet.short_id)
    .bind(&fleet.name)
    .bind(&fleet.mobile)
    .bind(&fleet.email)
    .bind(&fleet.city)
    .bind(fleet.dob)
    .bind(fleet.fleet_type.as_str())
    .bind(&fleet.gst_number)
    .bind(&fleet.pan_number)
    .bind(&fleet.mode_id)
    .bind(fleet.status.as_str())
    .bind(&fleet.admin_name)
    .bind(fleet.admin_state.as_str())
    .bind(fleet.version)
    .bind(fleet.created_by)
    .bind(fleet.updated_by)
    .bind(fleet.created_at)
    .bind(fleet.updated_at)
    .execute(conn)
    .await
    .on_constraint("fleet_mobile_key", mobile_taken)?;
    Ok(())
}

/// Writes what may change of a fleet that was read at `fleet.version`, and counts the version up.
/// Errors: STALE_VERSION, CONFLICT on `mobile`.
pub async fn update(conn: &mut PgConnection, fleet: &mut Fleet) -> Result<()> {
    let version: Option<i64> = sqlx::query_scalar(
        "UPDATE fleet
            SET name = $3, mobile = $4, email = $5, city = $6, dob = $7, fleet_type = $8, gst_number = $9,
                pan_number = $10, status = $11, admin_state = $12, admin_user_id = $13, updated_by = $14,
                updated_at = $15, version = version + 1
          WHERE id = $1 AND version = $2
      RETURNING version",
    )
    .bind(fleet.id)
    .bind(fleet.version)
    .bind(&fleet.name)
    .bind(&fleet.mobile)
    .bind(&fleet.email)
    .bind(&fleet.city)
    .bind(fleet.dob)
    .bind(fleet.fleet_type.as_str())
    .bind(&fleet.gst_number)
    .bind(&fleet.pan_number)
    .bind(fleet.status.as_str())
    .bind(fleet.admin_state.as_str())
    .bind(fleet.admin_user_id)
    .bind(fleet.updated_by)
    .bind(fleet.updated_at)
    .fetch_optional(conn)
    .await
    .on_constraint("fleet_mobile_key", mobile_taken)?;
    fleet.version = version.ok_or_else(|| Error::new(Code::STALE_VERSION, crate::service::STALE))?;
    Ok(())
}

/// One fleet, locked until the transaction ends.
pub async fn lock(conn: &mut PgConnection, reach: &Reach, id: Uuid) -> Result<Option<Fleet>> {
    let mut query = select(reach);
    query.push(" AND id = ").push_bind(id).push(" FOR UPDATE");
    Ok(query.build_query_as().fetch_optional(conn).await?)
}

/// One fleet that something is being added to: it stays as it is until the transaction ends, but others may add too.
pub async fn hold(conn: &mut PgConnection, id: Uuid) -> Result<Option<Fleet>> {
    let mut query = select(&Reach::All);
    query.push(" AND id = ").push_bind(id).push(" FOR SHARE");
    Ok(query.build_query_as().fetch_optional(conn).await?)
}

/// The fleets among `ids` that the caller reaches, in no order.
pub async fn find_many(conn: &mut PgConnection, reach: &Reach, ids: &[Uuid]) -> Result<Vec<Fleet>> {
    let mut query = select(reach);
    query.push(" AND id = ANY(").push_bind(ids.to_vec()).push(")");
    Ok(query.build_query_as().fetch_all(conn).await?)
}

/// One fleet by the id that people read out.
pub async fn find_by_short_id(
    conn: &mut PgConnection,
    reach: &Reach,
    short_id: &str,
) -> Result<Option<Fleet>> {
    let mut query = select(reach);
    query.push(" AND short_id = ").push_bind(short_id.to_owned());
    Ok(query.build_query_as().fetch_optional(conn).await?)
}

/// One page of fleets, one row more than it holds.
pub async fn page(
    conn: &mut PgConnection,
    reach: &Reach,
    wanted: &Wanted,
    order: ListOrder,
    page: &PageArgs,
) -> Result<Vec<Fleet>> {
    let mut query = select(reach);
    push_wanted(&mut query, wanted);
    push_page(&mut query, "lower(name)", order, page)?;
    Ok(query.build_query_as().fetch_all(conn).await?)
}

/// How many fleets a list has in all its pages.
pub async fn count(conn: &mut PgConnection, reach: &Reach, wanted: &Wanted) -> Result<i64> {
    let mut query = QueryBuilder::new("SELECT count(*) FROM fleet WHERE true");
    reach.push(&mut query, Kind::Fleet);
    push_wanted(&mut query, wanted);
    Ok(query.build_query_scalar().fetch_one(conn).await?)
}

/// Notes what became of the administrator's account.
pub async fn settle_admin(
    conn: &mut PgConnection,
    id: Uuid,
    state: AccountState,
    user_id: Option<Uuid>,
) -> Result<()> {
    sqlx::query(
        "UPDATE fleet SET admin_state = $2, admin_user_id = $3, version = version + 1
          WHERE id = $1 AND admin_state = 'PENDING'",
    )
    .bind(id)
    .bind(state.as_str())
    .bind(user_id)
    .execute(conn)
    .await?;
    Ok(())
}

fn mobile_taken() -> Error {
    Error::conflict("Another fleet has this mobile").field("mobile")
}

fn select(reach: &Reach) -> QueryBuilder<Postgres> {
    let mut query = QueryBuilder::new("SELECT ");
    query.push(COLUMNS).push(" FROM fleet WHERE true");
    reach.push(&mut query, Kind::Fleet);
    query
}

fn push_wanted(query: &mut QueryBuilder<Postgres>, wanted: &Wanted) {
    if let Some(city) = &wanted.city {
        query.push(" AND city = ").push_bind(city.clone());
    }
    if let Some(fleet_type) = wanted.fleet_type {
        query.push(" AND fleet_type = ").push_bind(fleet_type.as_str());
    }
    if let Some(status) = wanted.status {
        query.push(" AND status = ").push_bind(status.as_str());
    }
    if let Some(search) = &wanted.search {
        query.push(" AND (name || ' ' || mobile || ' ' || short_id) ILIKE ").push_bind(like(search));
    }
}
