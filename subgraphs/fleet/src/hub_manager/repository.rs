//! The SQL of hub managers.

use kit::{Code, Error, OnConstraint, Result};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::HubManager;
use crate::access::{Kind, Reach};
use crate::listing::repository::select;
use crate::listing::{Listed, Place};
use crate::manager::repository::{Wanted, push_wanted};

impl Listed for HubManager {
    const NOUN: &'static str = "Hub manager";
    const TABLE: &'static str = "hub_manager";
    const COLUMNS: &'static str = "id, short_id, fleet_id, name, mobile, city, profile_picture, remarks, status, user_id, \
                                   version, created_by, updated_by, created_at, updated_at";
    const KIND: Kind = Kind::Manager;
    const BY_NAME: &'static str = "lower(name)";
    type Wanted = Wanted;

    fn push_wanted(wanted: &Wanted, query: &mut QueryBuilder<Postgres>) {
        push_wanted(wanted, query);
    }

    fn place(&self) -> Place<'_> {
        Place { id: self.id, created_at: self.created_at, name: &self.name }
    }
}

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
    .on_constraint("hub_manager_mobile_active_key", mobile_taken)?;
    Ok(())
}

/// Writes what may change of a manager that was read at `manager.version`, and counts the version up.
/// Errors: STALE_VERSION, CONFLICT on `mobile`.
pub async fn update(conn: &mut PgConnection, manager: &mut HubManager) -> Result<()> {
    let version: Option<i64> = sqlx::query_scalar(
        "UPDATE hub_manager
            SET name = $3, mobile = $4, city = $5, profile_picture = $6, remarks = $7, status = $8, user_id = $9,
                updated_by = $10, updated_at = $11, version = version + 1
          WHERE id = $1 AND version = $2
      RETURNING version",
    )
    .bind(manager.id)
    .bind(manager.version)
    .bind(&manager.name)
    .bind(&manager.mobile)
    .bind(&manager.city)
    .bind(&manager.profile_picture)
    .bind(&manager.remarks)
    .bind(manager.status.as_str())
    .bind(manager.user_id)
    .bind(manager.updated_by)
    .bind(manager.updated_at)
    .fetch_optional(conn)
    .await
    .on_constraint("hub_manager_mobile_active_key", mobile_taken)?;
    manager.version = version.ok_or_else(|| Error::new(Code::STALE_VERSION, crate::service::STALE))?;
    Ok(())
}

/// The entries of a user who serves as hub manager, locked until the transaction ends.
pub async fn lock_serving(conn: &mut PgConnection, user_id: Uuid) -> Result<Vec<HubManager>> {
    let mut query = select::<HubManager>(&Reach::All);
    query.push(" AND status = 'ACTIVE' AND user_id = ").push_bind(user_id).push(" ORDER BY id FOR UPDATE");
    Ok(query.build_query_as().fetch_all(conn).await?)
}

fn mobile_taken() -> Error {
    Error::conflict("Another serving hub manager has this mobile").field("mobile")
}
