//! SQL of drivers.

use chrono::{DateTime, Utc};
use kit::error::Result;
use kit::page::PageArgs;
use kit::{Error, OnConstraint, Scope};
use serde::{Deserialize, Serialize};
use sqlx::{PgConnection, PgPool, Postgres, QueryBuilder};
use uuid::Uuid;

use super::input::{DriverFilter, DriverOrder, Sort};
use super::{AccountStatus, Driver, DriverStatus, KycStatus};
use crate::scope;

/// A position in a list of drivers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Position {
    At(DateTime<Utc>, Uuid),
    Name(String, Uuid),
}

/// Which column a batch is asked by.
#[derive(Debug, Clone, Copy)]
pub(crate) enum By {
    Id,
    User,
    OwnVehicle,
}

/// Drivers of a batch that are in scope.
pub(crate) async fn find_many(pool: &PgPool, scope: &Scope, by: By, keys: &[Uuid]) -> Result<Vec<Driver>> {
    let mut query = QueryBuilder::new("SELECT d.* FROM driver d WHERE ");
    query.push(match by {
        By::Id => "d.id",
        By::User => "d.user_id",
        By::OwnVehicle => "d.own_vehicle_id",
    });
    query.push(" = ANY(").push_bind(keys.to_vec()).push(") AND ");
    scope::push(&mut query, scope);
    Ok(query.build_query_as().fetch_all(pool).await?)
}

/// One driver in scope.
pub(crate) async fn find(conn: &mut PgConnection, scope: &Scope, id: Uuid) -> Result<Option<Driver>> {
    let mut query = QueryBuilder::new("SELECT d.* FROM driver d WHERE d.id = ");
    query.push_bind(id).push(" AND ");
    scope::push(&mut query, scope);
    Ok(query.build_query_as().fetch_optional(conn).await?)
}

/// The driver that a user is, if in scope.
pub(crate) async fn find_by_user(
    conn: &mut PgConnection,
    scope: &Scope,
    user_id: Uuid,
) -> Result<Option<Driver>> {
    let mut query = QueryBuilder::new("SELECT d.* FROM driver d WHERE d.user_id = ");
    query.push_bind(user_id).push(" AND ");
    scope::push(&mut query, scope);
    Ok(query.build_query_as().fetch_optional(conn).await?)
}

/// One driver in scope by short id.
pub(crate) async fn find_by_short_id(pool: &PgPool, scope: &Scope, short_id: &str) -> Result<Option<Driver>> {
    let mut query = QueryBuilder::new("SELECT d.* FROM driver d WHERE d.short_id = ");
    query.push_bind(short_id.to_uppercase()).push(" AND ");
    scope::push(&mut query, scope);
    Ok(query.build_query_as().fetch_optional(pool).await?)
}

/// One driver in scope, locked until the transaction ends. Errors: NOT_FOUND, also for one out of scope.
pub(crate) async fn lock(conn: &mut PgConnection, scope: &Scope, id: Uuid) -> Result<Driver> {
    let mut query = QueryBuilder::new("SELECT d.* FROM driver d WHERE d.id = ");
    query.push_bind(id).push(" AND ");
    scope::push(&mut query, scope);
    query.push(" FOR UPDATE OF d");
    query.build_query_as().fetch_optional(conn).await?.ok_or_else(|| Error::not_found("Driver"))
}

/// One driver, locked; None when somebody else has them locked.
pub(crate) async fn try_lock(conn: &mut PgConnection, id: Uuid) -> Result<Option<Driver>> {
    Ok(sqlx::query_as("SELECT d.* FROM driver d WHERE d.id = $1 FOR UPDATE SKIP LOCKED")
        .bind(id)
        .fetch_optional(conn)
        .await?)
}

/// The driver's own record, locked. Errors: NOT_FOUND for a user without a profile.
pub(crate) async fn lock_own(conn: &mut PgConnection, user_id: Uuid) -> Result<Driver> {
    sqlx::query_as("SELECT d.* FROM driver d WHERE d.user_id = $1 FOR UPDATE")
        .bind(user_id)
        .fetch_optional(conn)
        .await?
        .ok_or_else(|| Error::not_found("Driver profile"))
}

/// One page of drivers in scope.
pub(crate) async fn page(
    pool: &PgPool,
    scope: &Scope,
    filter: &DriverFilter,
    sort: Sort,
    page: &PageArgs,
) -> Result<Vec<Driver>> {
    let mut query = QueryBuilder::new("SELECT d.* FROM driver d WHERE ");
    scope::push(&mut query, scope);
    push_filter(&mut query, filter)?;
    if sort == Sort::Waiting {
        query.push(" AND d.kyc_status = 'PENDING' AND d.kyc_submitted_at IS NOT NULL");
    }
    let (after, order) = match sort {
        Sort::By(DriverOrder::NewestFirst) => ("(d.created_at, d.id) < (", "d.created_at DESC, d.id DESC"),
        Sort::By(DriverOrder::OldestFirst) => ("(d.created_at, d.id) > (", "d.created_at, d.id"),
        Sort::By(DriverOrder::Name) => ("(d.name_key, d.id) > (", "d.name_key, d.id"),
        Sort::Waiting => ("(d.kyc_submitted_at, d.id) > (", "d.kyc_submitted_at, d.id"),
    };
    if let Some(position) = page.after::<Position>()? {
        query.push(" AND ").push(after);
        match (sort, position) {
            (Sort::By(DriverOrder::Name), Position::Name(name, id)) if !name.contains('\0') => {
                query.push_bind(name).push(", ").push_bind(id)
            }
            (
                Sort::Waiting | Sort::By(DriverOrder::NewestFirst | DriverOrder::OldestFirst),
                Position::At(at, id),
            ) => query.push_bind(at).push(", ").push_bind(id),
            _ => return Err(Error::validation("after", "This cursor belongs to another order")),
        };
        query.push(")");
    }
    query.push(" ORDER BY ").push(order).push(" LIMIT ");
    query.push_bind(page.limit());
    Ok(query.build_query_as().fetch_all(pool).await?)
}

/// The first page of each of several fleets or hubs, in one statement.
pub(crate) async fn first_pages(
    pool: &PgPool,
    scope: &Scope,
    group: Group,
    keys: &[Uuid],
    limit: i64,
) -> Result<Vec<Driver>> {
    let mut query = QueryBuilder::new("SELECT page.* FROM unnest(");
    query
        .push_bind(keys.to_vec())
        .push(") AS wanted (key) CROSS JOIN LATERAL (SELECT d.* FROM driver d WHERE ");
    query.push(group.column()).push(" = wanted.key AND ");
    scope::push(&mut query, scope);
    query.push(" ORDER BY d.created_at DESC, d.id DESC LIMIT ").push_bind(limit).push(") page");
    Ok(query.build_query_as().fetch_all(pool).await?)
}

/// What drivers are grouped by on other subgraphs' entities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Group {
    Fleet,
    Hub,
}

impl Group {
    fn column(self) -> &'static str {
        match self {
            Group::Fleet => "d.fleet_id",
            Group::Hub => "d.hub_id",
        }
    }

    /// The driver's key in this grouping.
    pub(crate) fn key(self, driver: &Driver) -> Option<Uuid> {
        match self {
            Group::Fleet => driver.fleet_id,
            Group::Hub => driver.hub_id,
        }
    }
}

/// How many drivers in scope match.
pub(crate) async fn count(pool: &PgPool, scope: &Scope, filter: &DriverFilter) -> Result<i64> {
    let mut query = QueryBuilder::new("SELECT count(*) FROM driver d WHERE ");
    scope::push(&mut query, scope);
    push_filter(&mut query, filter)?;
    Ok(query.build_query_scalar().fetch_one(pool).await?)
}

fn push_filter(query: &mut QueryBuilder<Postgres>, filter: &DriverFilter) -> Result<()> {
    if let Some(fleet) = crate::input::id(filter.fleet_id.as_ref(), "filter.fleetId")? {
        query.push(" AND d.fleet_id = ").push_bind(fleet);
    }
    if let Some(hub) = crate::input::id(filter.hub_id.as_ref(), "filter.hubId")? {
        query.push(" AND d.hub_id = ").push_bind(hub);
    }
    if let Some(statuses) = &filter.status {
        let statuses: Vec<&str> = statuses.iter().copied().map(DriverStatus::as_str).collect();
        query.push(" AND d.status = ANY(").push_bind(statuses).push(")");
    }
    if let Some(statuses) = &filter.account_status {
        let statuses: Vec<&str> = statuses.iter().copied().map(AccountStatus::as_str).collect();
        query.push(" AND d.account_status = ANY(").push_bind(statuses).push(")");
    }
    if let Some(statuses) = &filter.kyc_status {
        let statuses: Vec<&str> = statuses.iter().copied().map(KycStatus::as_str).collect();
        query.push(" AND d.kyc_status = ANY(").push_bind(statuses).push(")");
    }
    if let Some(available) = filter.is_available {
        query.push(" AND d.is_available = ").push_bind(available);
    }
    if let Some(submitted) = filter.kyc_submitted {
        query.push(if submitted {
            " AND d.kyc_submitted_at IS NOT NULL"
        } else {
            " AND d.kyc_submitted_at IS NULL"
        });
    }
    if let Some(has_vehicle) = filter.has_vehicle {
        query.push(if has_vehicle { " AND " } else { " AND NOT " });
        query.push(
            "(d.own_vehicle_id IS NOT NULL OR EXISTS
              (SELECT FROM assignment_ref a WHERE a.driver_id = d.id AND a.is_active))",
        );
    }
    if let Some(pattern) = crate::input::search(filter.search.as_deref(), "filter.search")? {
        query.push(" AND d.search_text LIKE ").push_bind(pattern);
    }
    Ok(())
}

/// Inserts a new driver with the columns that creation sets. Errors: CONFLICT if the user has a profile already.
pub(crate) async fn insert(conn: &mut PgConnection, driver: &Driver) -> Result<Driver> {
    let row = sqlx::query_as(
        "INSERT INTO driver (id, short_id, user_id, fleet_id, hub_id, own_vehicle_id, first_name, last_name, mobile,
             payment_model, rev_share_bp, onboarded_at, created_at, created_by, updated_at, updated_by, status,
             account_status, own_vehicle_state)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $13, $14, $15, $16, $17)
         RETURNING *",
    )
    .bind(driver.id)
    .bind(&driver.short_id)
    .bind(driver.user_id)
    .bind(driver.fleet_id)
    .bind(driver.hub_id)
    .bind(driver.own_vehicle_id)
    .bind(&driver.first_name)
    .bind(&driver.last_name)
    .bind(&driver.mobile)
    .bind(driver.payment_model)
    .bind(driver.rev_share_bp)
    .bind(driver.onboarded_at)
    .bind(driver.created_at)
    .bind(driver.created_by)
    .bind(driver.status)
    .bind(driver.account_status)
    .bind(driver.own_vehicle_state)
    .fetch_one(conn)
    .await
    .on_constraint("driver_user_id_key", || {
        Error::conflict("This user already has a driver profile").field("userId")
    })
    .on_constraint("driver_own_vehicle_id_key", || {
        Error::conflict("This vehicle belongs to another driver").field("vehicleId")
    })?;
    Ok(row)
}

/// Writes the profile part of a driver that was locked; the version grows by one.
pub(crate) async fn save_profile(conn: &mut PgConnection, driver: &Driver) -> Result<Driver> {
    let row = sqlx::query_as(
        "UPDATE driver SET first_name = $2, last_name = $3, mobile = $4, profile_pic = $5, email = $6, dob = $7,
             address = $8, city = $9, pincode = $10, aadhaar_sealed = $11, aadhaar_last4 = $12, pan_sealed = $13,
             pan_last4 = $14, licence_sealed = $15, licence_last4 = $16, bank_account_sealed = $17,
             bank_account_last4 = $18, bank_ifsc = $19, bank_account_name = $20, gst_number = $21,
             payment_model = $22, rev_share_bp = $23, updated_at = $24, updated_by = $25, version = version + 1
         WHERE id = $1 RETURNING *",
    )
    .bind(driver.id)
    .bind(&driver.first_name)
    .bind(&driver.last_name)
    .bind(&driver.mobile)
    .bind(&driver.profile_pic)
    .bind(&driver.email)
    .bind(driver.dob)
    .bind(&driver.address)
    .bind(&driver.city)
    .bind(&driver.pincode)
    .bind(&driver.aadhaar_sealed)
    .bind(&driver.aadhaar_last4)
    .bind(&driver.pan_sealed)
    .bind(&driver.pan_last4)
    .bind(&driver.licence_sealed)
    .bind(&driver.licence_last4)
    .bind(&driver.bank_account_sealed)
    .bind(&driver.bank_account_last4)
    .bind(&driver.bank_ifsc)
    .bind(&driver.bank_account_name)
    .bind(&driver.gst_number)
    .bind(driver.payment_model)
    .bind(driver.rev_share_bp)
    .bind(driver.updated_at)
    .bind(driver.updated_by)
    .fetch_one(conn)
    .await?;
    Ok(row)
}

/// Writes the standing of a driver that was locked: account, KYC, status, availability, place. The version grows by one.
/// Errors: CONFLICT for a vehicle of another driver.
pub(crate) async fn save_standing(conn: &mut PgConnection, driver: &Driver) -> Result<Driver> {
    let row = sqlx::query_as(
        "UPDATE driver SET kyc_status = $2, kyc_reject_reason = $3, kyc_submitted_at = $4, status = $5,
             status_before_suspension = $6, forced_unavailable = $7, on_break = $8, live_trip_id = $9,
             fleet_id = $10, hub_id = $11, payment_model = $12, onboarded_at = $13, own_vehicle_id = $14,
             updated_at = $15, updated_by = $16, user_id = $17, account_status = $18, account_refusal = $19,
             account_withdrawn = $20, own_vehicle_state = $21, own_vehicle_refusal = $22, version = version + 1
         WHERE id = $1 RETURNING *",
    )
    .bind(driver.id)
    .bind(driver.kyc_status)
    .bind(&driver.kyc_reject_reason)
    .bind(driver.kyc_submitted_at)
    .bind(driver.status)
    .bind(driver.status_before_suspension)
    .bind(driver.forced_unavailable)
    .bind(driver.on_break)
    .bind(driver.live_trip_id)
    .bind(driver.fleet_id)
    .bind(driver.hub_id)
    .bind(driver.payment_model)
    .bind(driver.onboarded_at)
    .bind(driver.own_vehicle_id)
    .bind(driver.updated_at)
    .bind(driver.updated_by)
    .bind(driver.user_id)
    .bind(driver.account_status)
    .bind(&driver.account_refusal)
    .bind(driver.account_withdrawn)
    .bind(driver.own_vehicle_state)
    .bind(&driver.own_vehicle_refusal)
    .fetch_one(conn)
    .await
    .on_constraint("driver_own_vehicle_id_key", || {
        Error::conflict("This vehicle belongs to another driver").field("vehicleId")
    })?;
    Ok(row)
}
