//! SQL of trips: one row at a time here, lists and dispatch beside it.

pub mod dispatch;
pub mod history;
pub mod list;

use chrono::{DateTime, Utc};
use kit::Scope;
use kit::error::{Error, OnConstraint, Result};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::Trip;
use crate::access;
use crate::codes::TRIP_CONSTRAINT;
use crate::geo::Point;
use crate::id::Key;

/// Every stored column of a trip, in the order of the struct. One list for reading, inserting and updating.
macro_rules! columns {
    () => {
        "id, short_id, status, trip_type, booking_type, provider, from_assignment, fleet_id, assignment_id, \
         driver_id, vehicle_id, origin_city, destination_city, pickup_time, booked_at, distance_km, \
         distance_source, billable_km, vehicle_sku, vehicle_class, pickup_location, drop_location, pickup_lat, \
         pickup_lng, drop_lat, drop_lng, passenger_name, passenger_phone, boarding_otp_hash, boarding_failures, \
         boarding_blocked_until, payment_mode, \
         tracking_token_hash, quote_paise, waiting_paise, night_paise, airport_paise, toll_paise, parking_paise, \
         state_tax_paise, total_paise, started_at, arrived_at, boarded_at, completed_at, cancelled_at, \
         cancel_reason, cancelled_by, last_lat, last_lng, last_location_at, created_by, updated_by, version, \
         created_at, updated_at"
    };
}

pub(super) const SELECT: &str = concat!("SELECT ", columns!(), " FROM trip WHERE ");

/// Rows travel as JSON records with the column names of the table: one bind for one row or ten thousand.
const INSERT: &str = concat!(
    "INSERT INTO trip (",
    columns!(),
    ") SELECT ",
    columns!(),
    " FROM jsonb_populate_recordset(NULL::trip, $1)"
);

const INSERT_MISSING: &str = concat!(
    "INSERT INTO trip (",
    columns!(),
    ") SELECT ",
    columns!(),
    " FROM jsonb_populate_recordset(NULL::trip, $1) ON CONFLICT DO NOTHING"
);

const UPDATE: &str = concat!(
    "UPDATE trip SET (",
    columns!(),
    ") = (SELECT ",
    columns!(),
    " FROM jsonb_populate_record(NULL::trip, $1)) WHERE id = $2 AND status = $3 AND version = $4"
);

/// Stores new trips.
///
/// # Errors
/// INTERNAL when the database refuses.
pub async fn insert(conn: &mut PgConnection, trips: &[Trip]) -> Result<()> {
    sqlx::query(INSERT).bind(sqlx::types::Json(trips)).execute(conn).await?;
    Ok(())
}

/// Stores the trips that are not there yet: what seeding uses.
///
/// # Errors
/// INTERNAL when the database refuses.
pub async fn insert_missing(conn: &mut PgConnection, trips: &[Trip]) -> Result<()> {
    sqlx::query(INSERT_MISSING).bind(sqlx::types::Json(trips)).execute(conn).await?;
    Ok(())
}

/// Replaces a trip that is still in the status and version that the change was decided on.
///
/// # Errors
/// STALE_VERSION when it is not; TRIP_CONSTRAINT for a second trip under way of one driver.
pub async fn update(conn: &mut PgConnection, before: &Trip, after: &Trip) -> Result<()> {
    let done = sqlx::query(UPDATE)
        .bind(sqlx::types::Json(after))
        .bind(before.id)
        .bind(before.status)
        .bind(before.version)
        .execute(conn)
        .await
        .on_constraint("trip_driver_under_way_key", || {
            Error::new(TRIP_CONSTRAINT, "This driver is on the way with another trip").field("tripId")
        })?;
    if done.rows_affected() == 0 {
        return Err(stale());
    }
    Ok(())
}

/// What a change says when somebody else was faster.
#[must_use]
pub fn stale() -> Error {
    Error::new(kit::Code::STALE_VERSION, "Somebody changed this trip meanwhile; read it again")
}

/// One trip by either kind of id, within the scope.
///
/// # Errors
/// INTERNAL when the database fails.
pub async fn find(conn: &mut PgConnection, scope: &Scope, key: &Key) -> Result<Option<Trip>> {
    Ok(select(scope, key).build_query_as().fetch_optional(conn).await?)
}

/// One trip within the scope, locked until the transaction ends.
///
/// # Errors
/// INTERNAL when the database fails.
pub async fn lock(conn: &mut PgConnection, scope: &Scope, key: &Key) -> Result<Option<Trip>> {
    let mut sql = select(scope, key);
    sql.push(" FOR UPDATE");
    Ok(sql.build_query_as().fetch_optional(conn).await?)
}

fn select(scope: &Scope, key: &Key) -> QueryBuilder<Postgres> {
    let mut sql = QueryBuilder::new(SELECT);
    match key {
        Key::Id(id) => sql.push("trip.id = ").push_bind(*id),
        Key::Short(short) => sql.push("trip.short_id = ").push_bind(short.clone()),
    };
    sql.push(" AND (");
    access::trips(&mut sql, scope);
    sql.push(")");
    sql
}

/// The trip that a tracking token was given out for.
///
/// # Errors
/// INTERNAL when the database fails.
pub async fn find_by_token(conn: &mut PgConnection, token_hash: &str) -> Result<Option<Trip>> {
    let mut sql = QueryBuilder::new(SELECT);
    sql.push("trip.tracking_token_hash = ").push_bind(token_hash.to_owned());
    Ok(sql.build_query_as().fetch_optional(conn).await?)
}

/// Notes where a trip's vehicle is, without a new version of the trip. False when a later position is known.
///
/// # Errors
/// INTERNAL when the database fails.
pub async fn set_location(
    conn: &mut PgConnection,
    id: Uuid,
    point: Point,
    at: DateTime<Utc>,
) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE trip SET last_lat = $2, last_lng = $3, last_location_at = $4
         WHERE id = $1 AND (last_location_at IS NULL OR last_location_at < $4)",
    )
    .bind(id)
    .bind(point.lat)
    .bind(point.lng)
    .bind(at)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Notes a wrong boarding code; the fifth in a row blocks the next ones until `blocked_until`.
///
/// # Errors
/// INTERNAL when the database fails.
pub async fn note_wrong_code(
    conn: &mut PgConnection,
    id: Uuid,
    (tries, blocked_until): (i32, DateTime<Utc>),
) -> Result<()> {
    sqlx::query(
        "UPDATE trip
         SET boarding_failures = (boarding_failures + 1) % $2,
             boarding_blocked_until = CASE WHEN boarding_failures + 1 >= $2 THEN $3 ELSE boarding_blocked_until END
         WHERE id = $1",
    )
    .bind(id)
    .bind(tries)
    .bind(blocked_until)
    .execute(conn)
    .await?;
    Ok(())
}

/// Replaces the secrets of a public booking: the hashes of the tracking token and of the boarding code.
///
/// # Errors
/// INTERNAL when the database fails.
pub async fn replace_secrets(
    conn: &mut PgConnection,
    id: Uuid,
    (token, code): (String, String),
) -> Result<()> {
    sqlx::query("UPDATE trip SET tracking_token_hash = $2, boarding_otp_hash = $3 WHERE id = $1")
        .bind(id)
        .bind(token)
        .bind(code)
        .execute(conn)
        .await?;
    Ok(())
}
