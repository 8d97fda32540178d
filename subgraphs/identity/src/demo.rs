//! Demo data: users in bulk, as plain rows.

use chrono::{DateTime, Utc};
use kit::Result;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::user::UserRole;

/// One user of the demo world. The caller chooses ids, short ids (`USR20260127001`, unique) and phones
/// (+91 90000 …, for which the demo flag fixes the code).
#[derive(Clone, Debug)]
pub struct DemoUser {
    pub id: Uuid,
    pub short_id: String,
    pub name: String,
    /// E.164.
    pub phone: String,
    pub role: UserRole,
    pub is_active: bool,
    pub fleet_id: Option<Uuid>,
    pub hub_ids: Vec<Uuid>,
    /// The driver profile of a driver.
    pub driver_id: Option<Uuid>,
    pub created_at: DateTime<Utc>,
}

/// Inserts users in one statement; those whose id exists already stay as they are. Gives how many were new.
/// No event is recorded: the seed gives every database its part itself.
pub async fn insert_users(conn: &mut PgConnection, users: &[DemoUser]) -> Result<u64> {
    let rows = serde_json::to_value(users.iter().map(row).collect::<Vec<_>>())?;
    let done = sqlx::query(
        "INSERT INTO app_user (id, short_id, name, phone, role, is_active, fleet_id, hub_ids, driver_id,
                               version, created_at, updated_at)
         SELECT id, short_id, name, phone, role, is_active, fleet_id, hub_ids, driver_id,
                1, created_at, created_at
           FROM jsonb_to_recordset($1) AS r (id uuid, short_id text, name text, phone text, role text,
                is_active boolean, fleet_id uuid, hub_ids uuid[], driver_id uuid,
                created_at timestamptz)
         ON CONFLICT (id) DO NOTHING",
    )
    .bind(rows)
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}

fn row(user: &DemoUser) -> serde_json::Value {
    serde_json::json!({
        "id": user.id, "short_id": user.short_id, "name": user.name, "phone": user.phone,
        "role": user.role, "is_active": user.is_active, "fleet_id": user.fleet_id, "hub_ids": user.hub_ids,
        "driver_id": user.driver_id, "created_at": user.created_at,
    })
}
