//! SQL of referrals.

use chrono::{DateTime, Utc};
use kit::OnConstraint;
use kit::error::{Error, Result};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::{Progress, Referral};

/// Gives a user a code unless they have one; false if another user has this code.
pub(crate) async fn issue_code(
    conn: &mut PgConnection,
    user: Uuid,
    code: &str,
    now: DateTime<Utc>,
) -> Result<bool> {
    let done = sqlx::query(
        "INSERT INTO referral_code (user_id, code, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
    )
    .bind(user)
    .bind(code)
    .bind(now)
    .execute(&mut *conn)
    .await?;
    if done.rows_affected() == 1 {
        return Ok(true);
    }
    Ok(sqlx::query_scalar("SELECT EXISTS (SELECT FROM referral_code WHERE user_id = $1)")
        .bind(user)
        .fetch_one(conn)
        .await?)
}

/// A user's own code.
pub(crate) async fn code_of(pool: &PgPool, user: Uuid) -> Result<Option<String>> {
    Ok(sqlx::query_scalar("SELECT code FROM referral_code WHERE user_id = $1")
        .bind(user)
        .fetch_optional(pool)
        .await?)
}

/// Whose code it is, locked so that two newcomers are counted one after the other.
pub(crate) async fn lock_owner(conn: &mut PgConnection, code: &str) -> Result<Option<Uuid>> {
    Ok(sqlx::query_scalar("SELECT user_id FROM referral_code WHERE code = $1 FOR UPDATE")
        .bind(code)
        .fetch_optional(conn)
        .await?)
}

/// How many a user has referred.
pub(crate) async fn count_of(conn: &mut PgConnection, referrer: Uuid) -> Result<i64> {
    Ok(sqlx::query_scalar(
        "SELECT count(*) FROM referral WHERE referred_by_id = $1 AND status IN ('PENDING', 'COMPLETED')",
    )
    .bind(referrer)
    .fetch_one(conn)
    .await?)
}

/// Keeps who brought whom. Errors: CONFLICT if the newcomer was referred before, VALIDATION if they referred themselves.
pub(crate) async fn insert(conn: &mut PgConnection, row: &Referral) -> Result<()> {
    sqlx::query(
        "INSERT INTO referral (id, short_id, referred_by_id, referred_to_id, status, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $6)",
    )
    .bind(row.id)
    .bind(&row.short_id)
    .bind(row.referred_by_id)
    .bind(row.referred_to_id)
    .bind(row.status)
    .bind(row.created_at)
    .execute(conn)
    .await
    .on_constraint("referral_referred_to_key", || {
        Error::conflict("You were referred by somebody already").field("referralCode")
    })
    .on_constraint("referral_self_check", || Error::validation("referralCode", "This is your own code"))?;
    Ok(())
}

/// A user's own referrals, the newest first.
pub(crate) async fn of_user(pool: &PgPool, referrer: Uuid) -> Result<Vec<Referral>> {
    Ok(sqlx::query_as(
        "SELECT * FROM referral WHERE referred_by_id = $1 ORDER BY created_at DESC, id DESC LIMIT 100",
    )
    .bind(referrer)
    .fetch_all(pool)
    .await?)
}

/// How newcomers do, by user. An active day has an accepted shift; all days are Indian.
pub(crate) async fn progress(pool: &PgPool, users: &[Uuid]) -> Result<Vec<(Uuid, Progress)>> {
    let rows: Vec<(Uuid, i64, i64, i64)> = sqlx::query_as(
        "SELECT d.user_id, coalesce(a.days, 0), coalesce(t.trips, 0), coalesce(t.days, 0) FROM driver d
         LEFT JOIN LATERAL (SELECT count(DISTINCT (check_in_time AT TIME ZONE 'Asia/Kolkata')::date) AS days FROM attendance
             WHERE driver_id = d.id AND status IN ('APPROVED', 'CHECKED_OUT')) a ON true
         LEFT JOIN LATERAL (SELECT count(*) AS trips, count(DISTINCT (completed_at AT TIME ZONE 'Asia/Kolkata')::date) AS days
             FROM trip_earning WHERE driver_id = d.id) t ON true
         WHERE d.user_id = ANY($1)",
    )
    .bind(users)
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|(user, active_days, trips, trip_days)| (user, Progress { active_days, trips, trip_days }))
        .collect())
}

/// Referrals that wait for their reward.
pub(crate) async fn pending(pool: &PgPool, after: Option<(DateTime<Utc>, Uuid)>) -> Result<Vec<Referral>> {
    let (at, id) = after.unwrap_or((DateTime::UNIX_EPOCH, Uuid::nil()));
    Ok(sqlx::query_as(
        "SELECT * FROM referral WHERE status = 'PENDING' AND (created_at, id) > ($1, $2) ORDER BY created_at, id LIMIT 500",
    )
    .bind(at)
    .bind(id)
    .fetch_all(pool)
    .await?)
}

/// Marks a waiting referral as rewarded; false if it was not waiting any more.
pub(crate) async fn complete(
    conn: &mut PgConnection,
    id: Uuid,
    incentive: Uuid,
    now: DateTime<Utc>,
) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE referral SET status = 'COMPLETED', rewarded_at = $3, incentive_id = $2, updated_at = $3
         WHERE id = $1 AND status = 'PENDING'",
    )
    .bind(id)
    .bind(incentive)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}
