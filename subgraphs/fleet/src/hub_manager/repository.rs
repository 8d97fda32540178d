//! The SQL of hub managers.

use kit::page::PageArgs;
use kit::{Error, OnConstraint, Result};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::HubManager;
use crate::access::{Kind, Reach};
use crate::listing::{ListOrder, like, push_page};
use crate::manager::ManagerStatus;

/// Which managers a list is about; an absent part means any.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    pub fleet_id: Option<Uuid>,
    pub status: Option<ManagerStatus>,
    pub search: Option<String>,
}

const COLUMNS: &str = "id, short_id, fleet_id, name, mobile, city, profile_picture, remarks, status, user_id, \
                       version, created_by, updated_by, created_at, updated_at";

/// Adds a manager. Errors: CONFLICT on `mobile`.
pub async fn insert(conn: &mut PgConnection, manager: &HubManager) -> Result<()> {
    sqlx::query(
        "INSERT INTO hub_manager (id, short_id, fleet_id, name, mobile, city, profile_picture, remarks, status,
                                  user_id, version, created_by, updated_by, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
    )
    .bind(manager.id)
    .bind(&manager.short_id)
    .bind(manager.fleet_id)
    .bind(&manager.name)
    .bind(&manager.mobile)
    .bind(&manager.city)
    .bind(&manager.profile_picture)
    .bind(&manager.remarks)
    .bind(manager.status.as_str())
    .bind(manager.user_id)
    .bind(manager.version)
    .bind(manager.created_by)
    .bind(manager.updated_by)
    .bind(manager.created_at)
    .bind(manager.updated_at)
    .execute(conn)
    .await
    .on_constraint("hub_manager_mobile_active_key", || {
        Error::conflict("Another serving hub manager has this mobile").field("mobile")
    })?;
    Ok(())
}

/// The managers among `ids` that the caller reaches, in no order.
pub async fn find_many(conn: &mut PgConnection, reach: &Reach, ids: &[Uuid]) -> Result<Vec<HubManager>> {
    let mut query = select(reach);
    query.push(" AND id = ANY(").push_bind(ids.to_vec()).push(")");
    Ok(query.build_query_as().fetch_all(conn).await?)
}

/// One page of managers, one row more than it holds.
pub async fn page(
    conn: &mut PgConnection,
    reach: &Reach,
    wanted: &Wanted,
    order: ListOrder,
    page: &PageArgs,
) -> Result<Vec<HubManager>> {
    let mut query = select(reach);
    push_wanted(&mut query, wanted);
    push_page(&mut query, "lower(name)", order, page)?;
    Ok(query.build_query_as().fetch_all(conn).await?)
}

/// How many managers a list has in all its pages.
pub async fn count(conn: &mut PgConnection, reach: &Reach, wanted: &Wanted) -> Result<i64> {
    let mut query = QueryBuilder::new("SELECT count(*) FROM hub_manager WHERE true");
    reach.push(&mut query, Kind::Manager);
    push_wanted(&mut query, wanted);
    Ok(query.build_query_scalar().fetch_one(conn).await?)
}

fn select(reach: &Reach) -> QueryBuilder<Postgres> {
    let mut query = QueryBuilder::new("SELECT ");
    query.push(COLUMNS).push(" FROM hub_manager WHERE true");
    reach.push(&mut query, Kind::Manager);
    query
}

fn push_wanted(query: &mut QueryBuilder<Postgres>, wanted: &Wanted) {
    if let Some(fleet) = wanted.fleet_id {
        query.push(" AND fleet_id = ").push_bind(fleet);
    }
    if let Some(status) = wanted.status {
        query.push(" AND status = ").push_bind(status.as_str());
    }
    if let Some(search) = &wanted.search {
        query.push(" AND (name || ' ' || mobile) ILIKE ").push_bind(like(search));
    }
}
