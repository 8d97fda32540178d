//! The SQL of accounts that were switched, and of the offices that were lost with them.

use kit::Result;
use sqlx::PgConnection;
use uuid::Uuid;

/// What somebody managed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum OfficeKind {
    /// A fleet.
    Fleet,
    /// A hub.
    Hub,
}

/// A manager who left because their account was switched off.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Office {
    pub manager_id: Uuid,
    pub kind: OfficeKind,
    pub user_id: Uuid,
    /// The hub that they were in charge of.
    pub hub_id: Option<Uuid>,
}

/// Notes how an account was switched; false for older news than what is known.
pub async fn keep_switch(
    conn: &mut PgConnection,
    user_id: Uuid,
    is_active: bool,
    version: i64,
) -> Result<bool> {
    let done = sqlx::query(
        "INSERT INTO account_switch AS s (user_id, is_active, version) VALUES ($1, $2, $3)
         ON CONFLICT ON CONSTRAINT account_switch_pkey DO UPDATE
             SET is_active = excluded.is_active, version = excluded.version
             WHERE s.version <= excluded.version",
    )
    .bind(user_id)
    .bind(is_active)
    .bind(version)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Remembers an office that was lost.
pub async fn keep_office(conn: &mut PgConnection, office: &Office) -> Result<()> {
    sqlx::query(
        "INSERT INTO withdrawn_office (manager_id, kind, user_id, hub_id) VALUES ($1, $2, $3, $4)
         ON CONFLICT ON CONSTRAINT withdrawn_office_pkey DO NOTHING",
    )
    .bind(office.manager_id)
    .bind(office.kind)
    .bind(office.user_id)
    .bind(office.hub_id)
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets an office that was lost: whoever dismisses its holder meanwhile does not want it given back.
pub async fn forget_office(conn: &mut PgConnection, manager_id: Uuid) -> Result<()> {
    sqlx::query("DELETE FROM withdrawn_office WHERE manager_id = $1").bind(manager_id).execute(conn).await?;
    Ok(())
}

/// The offices that a user lost, which are forgotten by this.
pub async fn take_offices(conn: &mut PgConnection, user_id: Uuid) -> Result<Vec<Office>> {
    let offices = sqlx::query_as(
        "DELETE FROM withdrawn_office WHERE user_id = $1 RETURNING manager_id, kind, user_id, hub_id",
    )
    .bind(user_id)
    .fetch_all(conn)
    .await?;
    Ok(offices)
}

/// True if somebody else serves with the number of whoever had this office, or they serve again already.
pub async fn is_taken(conn: &mut PgConnection, kind: OfficeKind, manager_id: Uuid) -> Result<bool> {
    let sql = match kind {
        OfficeKind::Fleet => {
            "SELECT EXISTS (SELECT 1 FROM fleet_manager gone JOIN fleet_manager now ON now.mobile = gone.mobile
                             WHERE gone.id = $1 AND now.status = 'ACTIVE')"
        }
        OfficeKind::Hub => {
            "SELECT EXISTS (SELECT 1 FROM hub_manager gone JOIN hub_manager now ON now.mobile = gone.mobile
                             WHERE gone.id = $1 AND now.status = 'ACTIVE')"
        }
    };
    Ok(sqlx::query_scalar(sql).bind(manager_id).fetch_one(conn).await?)
}
