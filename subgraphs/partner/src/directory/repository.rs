//! SQL of the copies of users, fleets and hubs.

use chrono::{DateTime, Utc};
use kit::error::Result;
use sqlx::{PgConnection, PgExecutor, PgPool};
use uuid::Uuid;

use super::{Copied, FleetRef, HubRef, UserRef};

/// The copy of a user.
pub(crate) async fn user(executor: impl PgExecutor<'_>, id: Uuid) -> Result<Option<UserRef>> {
    Ok(sqlx::query_as(
        "SELECT id, role, name, phone, fleet_id, is_active, version FROM user_ref WHERE id = $1",
    )
    .bind(id)
    .fetch_optional(executor)
    .await?)
}

/// Who had a phone when it was last heard of them.
pub(crate) async fn user_by_phone(pool: &PgPool, phone: &str) -> Result<Option<Uuid>> {
    Ok(sqlx::query_scalar("SELECT id FROM user_ref WHERE phone = $1 ORDER BY updated_at DESC LIMIT 1")
        .bind(phone)
        .fetch_optional(pool)
        .await?)
}

/// The copy of a fleet.
pub(crate) async fn fleet(pool: &PgPool, id: Uuid) -> Result<Option<FleetRef>> {
    Ok(sqlx::query_as("SELECT id, name, status, version FROM fleet_ref WHERE id = $1")
        .bind(id)
        .fetch_optional(pool)
        .await?)
}

/// The copy of a hub.
pub(crate) async fn hub(pool: &PgPool, id: Uuid) -> Result<Option<HubRef>> {
    Ok(sqlx::query_as("SELECT id, fleet_id, lat, lng, geofence_radius_m, version FROM hub_ref WHERE id = $1")
        .bind(id)
        .fetch_optional(pool)
        .await?)
}

impl Copied for UserRef {
    const OWNER: &'static str = "identity";
    const TYPE: &'static str = "User";
    const FIELDS: &'static str = "id name phone role isActive fleetId version";

    async fn keep(&self, conn: &mut PgConnection, at: DateTime<Utc>) -> Result<()> {
        sqlx::query(
            "INSERT INTO user_ref AS r (id, role, name, phone, fleet_id, is_active, version, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
             ON CONFLICT ON CONSTRAINT user_ref_pkey DO UPDATE SET role = excluded.role, name = excluded.name,
                 phone = excluded.phone, fleet_id = excluded.fleet_id, is_active = excluded.is_active,
                 version = excluded.version, updated_at = excluded.updated_at
             WHERE r.version <= excluded.version",
        )
        .bind(self.id)
        .bind(&self.role)
        .bind(&self.name)
        .bind(&self.phone)
        .bind(self.fleet_id)
        .bind(self.is_active)
        .bind(self.version)
        .bind(at)
        .execute(conn)
        .await?;
        Ok(())
    }
}

impl Copied for FleetRef {
    const OWNER: &'static str = "fleet";
    const TYPE: &'static str = "Fleet";
    const FIELDS: &'static str = "id name status version";

    async fn keep(&self, conn: &mut PgConnection, at: DateTime<Utc>) -> Result<()> {
        sqlx::query(
            "INSERT INTO fleet_ref AS r (id, name, status, version, updated_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT ON CONSTRAINT fleet_ref_pkey DO UPDATE SET name = excluded.name, status = excluded.status,
                 version = excluded.version, updated_at = excluded.updated_at
             WHERE r.version <= excluded.version",
        )
        .bind(self.id)
        .bind(&self.name)
        .bind(&self.status)
        .bind(self.version)
        .bind(at)
        .execute(conn)
        .await?;
        Ok(())
    }
}

impl Copied for HubRef {
    const OWNER: &'static str = "fleet";
    const TYPE: &'static str = "Hub";
    const FIELDS: &'static str = "id fleetId lat lng geofenceRadiusM version";

    async fn keep(&self, conn: &mut PgConnection, at: DateTime<Utc>) -> Result<()> {
        sqlx::query(
            "INSERT INTO hub_ref AS r (id, fleet_id, lat, lng, geofence_radius_m, version, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT ON CONSTRAINT hub_ref_pkey DO UPDATE SET fleet_id = excluded.fleet_id, lat = excluded.lat,
                 lng = excluded.lng, geofence_radius_m = excluded.geofence_radius_m, version = excluded.version,
                 updated_at = excluded.updated_at
             WHERE r.version <= excluded.version",
        )
        .bind(self.id)
        .bind(self.fleet_id)
        .bind(self.lat)
        .bind(self.lng)
        .bind(self.geofence_radius_m)
        .bind(self.version)
        .bind(at)
        .execute(conn)
        .await?;
        Ok(())
    }
}

/// What partner has copies of.
pub(crate) struct KnownIds {
    pub(crate) users: Vec<Uuid>,
    pub(crate) fleets: Vec<Uuid>,
    pub(crate) hubs: Vec<Uuid>,
}

/// Everything that partner has a copy of, or refers to.
pub(crate) async fn known_ids(pool: &PgPool) -> Result<KnownIds> {
    let ids = |sql: &'static str| sqlx::query_scalar(sql).fetch_all(pool);
    Ok(KnownIds {
        users: ids("SELECT id FROM user_ref UNION SELECT user_id FROM driver ORDER BY 1").await?,
        fleets: ids("SELECT id FROM fleet_ref UNION SELECT fleet_id FROM driver WHERE fleet_id IS NOT NULL ORDER BY 1").await?,
        hubs: ids("SELECT id FROM hub_ref UNION SELECT hub_id FROM driver WHERE hub_id IS NOT NULL ORDER BY 1").await?,
    })
}
