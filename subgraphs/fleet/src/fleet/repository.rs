//! The SQL of fleets.

use kit::{Code, Error, OnConstraint, Result};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::{AccountState, Fleet, FleetStatus, FleetType};
use crate::access::Kind;
use crate::listing::{Listed, Place, like};

/// Which fleets a list is about; an absent part means any.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    pub city: Option<String>,
    pub fleet_type: Option<FleetType>,
    pub status: Option<FleetStatus>,
    pub search: Option<String>,
}

impl Listed for Fleet {
    const NOUN: &'static str = "Fleet";
    const TABLE: &'static str = "fleet";
    const COLUMNS: &'static str = "id, short_id, name, mobile, email, city, dob, fleet_type, gst_number, pan_number, pan_image, \
                                   mode_id, status, admin_name, admin_state, admin_user_id, admin_refusal, version, \
                                   created_by, updated_by, created_at, updated_at";
    const KIND: Kind = Kind::Fleet;
    const BY_NAME: &'static str = "lower(name)";
    type Wanted = Wanted;

    fn push_wanted(wanted: &Wanted, query: &mut QueryBuilder<Postgres>) {
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

    fn place(&self) -> Place<'_> {
        Place { id: self.id, created_at: self.created_at, name: &self.name }
    }
}

/// Adds a fleet. Errors: CONFLICT on `mobile`.
pub async fn insert(conn: &mut PgConnection, fleet: &Fleet) -> Result<()> {
    sqlx::query(
        "INSERT INTO fleet (id, short_id, name, mobile, email, city, dob, fleet_type, gst_number, pan_number,
                            mode_id, status, admin_name, admin_state, version, created_by, updated_by,
                            created_at, updated_at, pan_image)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)",
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
    .bind(&fleet.pan_image)
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
                updated_at = $15, admin_refusal = $16, admin_name = $17, pan_image = $18, version = version + 1
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
    .bind(&fleet.admin_refusal)
    .bind(&fleet.admin_name)
    .bind(&fleet.pan_image)
    .fetch_optional(conn)
    .await
    .on_constraint("fleet_mobile_key", mobile_taken)?;
    fleet.version = version.ok_or_else(|| Error::new(Code::STALE_VERSION, crate::service::STALE))?;
    Ok(())
}

/// Notes what became of the administrator's account.
pub async fn settle_admin(
    conn: &mut PgConnection,
    id: Uuid,
    state: AccountState,
    user_id: Option<Uuid>,
    refusal: Option<&str>,
) -> Result<()> {
    sqlx::query(
        "UPDATE fleet SET admin_state = $2, admin_user_id = $3, admin_refusal = $4, version = version + 1
          WHERE id = $1 AND admin_state = 'PENDING'",
    )
    .bind(id)
    .bind(state.as_str())
    .bind(user_id)
    .bind(refusal)
    .execute(conn)
    .await?;
    Ok(())
}

fn mobile_taken() -> Error {
    Error::conflict("Another fleet has this mobile").field("mobile")
}
