//! The SQL of fleet managers.

use kit::{Code, Error, OnConstraint, Result};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::{FleetManager, ManagerStatus};
use crate::access::{Kind, Reach};
use crate::fleet::AccountState;
use crate::listing::repository::select;
use crate::listing::{Listed, Place, like};

/// Which managers a list is about; an absent part means any.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    pub fleet_id: Option<Uuid>,
    pub status: Option<ManagerStatus>,
    pub search: Option<String>,
}

impl Listed for FleetManager {
    const NOUN: &'static str = "Fleet manager";
    const TABLE: &'static str = "fleet_manager";
    const COLUMNS: &'static str = "id, short_id, fleet_id, name, mobile, profile_picture, remarks, status, login_state, \
                                   user_id, login_refusal, version, created_by, updated_by, created_at, updated_at";
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

/// The conditions of lists of managers, of fleets and of hubs alike.
pub fn push_wanted(wanted: &Wanted, query: &mut QueryBuilder<Postgres>) {
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

/// Adds a manager. Errors: CONFLICT on `mobile`.
pub async fn insert(conn: &mut PgConnection, manager: &FleetManager) -> Result<()> {
    sqlx::query(
        "INSERT INTO fleet_manager (id, short_id, fleet_id, name, mobile, profile_picture, remarks, status,
                                    login_state, version, created_by, updated_by, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(manager.id)
    .bind(&manager.short_id)
    .bind(manager.fleet_id)
    .bind(&manager.name)
    .bind(&manager.mobile)
    .bind(&manager.profile_picture)
    .bind(&manager.remarks)
    .bind(manager.status.as_str())
    .bind(manager.login_state.as_str())
    .bind(manager.version)
    .bind(manager.created_by)
    .bind(manager.updated_by)
    .bind(manager.created_at)
    .bind(manager.updated_at)
    .execute(conn)
    .await
    .on_constraint("fleet_manager_mobile_active_key", || {
        Error::conflict("Another serving manager has this mobile").field("mobile")
    })?;
    Ok(())
}

/// Writes the status of a manager that was read at `manager.version`, and counts the version up.
/// Errors: STALE_VERSION.
pub async fn update_status(conn: &mut PgConnection, manager: &mut FleetManager) -> Result<()> {
    let version: Option<i64> = sqlx::query_scalar(
        "UPDATE fleet_manager SET status = $3, updated_by = $4, updated_at = $5, version = version + 1
          WHERE id = $1 AND version = $2 RETURNING version",
    )
    .bind(manager.id)
    .bind(manager.version)
    .bind(manager.status.as_str())
    .bind(manager.updated_by)
    .bind(manager.updated_at)
    .fetch_optional(conn)
    .await?;
    manager.version = version.ok_or_else(|| Error::new(Code::STALE_VERSION, crate::service::STALE))?;
    Ok(())
}

/// Notes what became of the login that was asked for.
pub async fn settle_login(
    conn: &mut PgConnection,
    id: Uuid,
    state: AccountState,
    user_id: Option<Uuid>,
    refusal: Option<&str>,
) -> Result<()> {
    sqlx::query(
        "UPDATE fleet_manager SET login_state = $2, user_id = $3, login_refusal = $4, version = version + 1
          WHERE id = $1 AND login_state = 'PENDING'",
    )
    .bind(id)
    .bind(state.as_str())
    .bind(user_id)
    .bind(refusal)
    .execute(conn)
    .await?;
    Ok(())
}

/// Frees an account for a manager from entries of people who have left; false if another serving manager has it.
pub async fn take_over_login(conn: &mut PgConnection, id: Uuid, user_id: Uuid) -> Result<bool> {
    sqlx::query(
        "UPDATE fleet_manager SET user_id = NULL, version = version + 1
          WHERE user_id = $2 AND id <> $1 AND status = 'INACTIVE'",
    )
    .bind(id)
    .bind(user_id)
    .execute(&mut *conn)
    .await?;
    let taken: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM fleet_manager WHERE user_id = $2 AND id <> $1)")
            .bind(id)
            .bind(user_id)
            .fetch_one(conn)
            .await?;
    Ok(!taken)
}

/// The serving manager of an account, locked until the transaction ends.
pub async fn lock_by_user(conn: &mut PgConnection, user_id: Uuid) -> Result<Option<FleetManager>> {
    let mut query = select::<FleetManager>(&Reach::All);
    query.push(" AND status = 'ACTIVE' AND user_id = ").push_bind(user_id).push(" FOR UPDATE");
    Ok(query.build_query_as().fetch_optional(conn).await?)
}
