//! The SQL of one-time passwords, of the lock on a phone, and of sign-up tickets.

use chrono::{DateTime, Utc};
use kit::Result;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{LiveOtp, OtpPurpose, Recent};

/// A code about to be kept.
pub struct NewOtp<'a> {
    pub id: Uuid,
    pub phone: &'a str,
    pub purpose: OtpPurpose,
    pub code_hmac: Vec<u8>,
    pub client_ip: Option<&'a str>,
    pub expires_at: DateTime<Utc>,
    pub created_at: DateTime<Utc>,
}

/// Makes everything about one subject (a phone, an address) queue up until the transaction ends.
/// Take the address before the phone, always, so that two requests cannot wait for each other.
pub async fn queue_up(conn: &mut PgConnection, subject: &str) -> Result<()> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))").bind(subject).execute(conn).await?;
    Ok(())
}

/// Counts recent requests.
pub async fn recent(
    conn: &mut PgConnection,
    phone: &str,
    client_ip: Option<&str>,
    since: DateTime<Utc>,
) -> Result<Recent> {
    let recent = sqlx::query_as(
        "SELECT p.count AS of_phone, p.first AS first_of_phone, p.last AS last_of_phone,
                a.count AS of_address, a.first AS first_of_address
           FROM (SELECT count(*), min(created_at) AS first, max(created_at) AS last
                   FROM otp WHERE phone = $1 AND created_at > $3) AS p,
                (SELECT count(*), min(created_at) AS first
                   FROM otp WHERE client_ip = $2 AND created_at > $3) AS a",
    )
    .bind(phone)
    .bind(client_ip)
    .bind(since)
    .fetch_one(conn)
    .await?;
    Ok(recent)
}

/// Keeps a new code; it takes the place of an older one for the same purpose.
pub async fn replace(conn: &mut PgConnection, otp: NewOtp<'_>) -> Result<()> {
    sqlx::query("UPDATE otp SET consumed_at = $3 WHERE phone = $1 AND purpose = $2 AND consumed_at IS NULL")
        .bind(otp.phone)
        .bind(otp.purpose.as_str())
        .bind(otp.created_at)
        .execute(&mut *conn)
        .await?;
    sqlx::query(
        "INSERT INTO otp (id, phone, purpose, code_hmac, client_ip, expires_at, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(otp.id)
    .bind(otp.phone)
    .bind(otp.purpose.as_str())
    .bind(otp.code_hmac)
    .bind(otp.client_ip)
    .bind(otp.expires_at)
    .bind(otp.created_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// The live code of a phone, if any.
pub async fn find_live(conn: &mut PgConnection, phone: &str, purpose: OtpPurpose) -> Result<Option<LiveOtp>> {
    let otp = sqlx::query_as(
        "SELECT id, code_hmac, attempts, expires_at FROM otp
          WHERE phone = $1 AND purpose = $2 AND consumed_at IS NULL FOR UPDATE",
    )
    .bind(phone)
    .bind(purpose.as_str())
    .fetch_optional(conn)
    .await?;
    Ok(otp)
}

/// Counts an answer to a code.
pub async fn count_attempt(conn: &mut PgConnection, id: Uuid) -> Result<()> {
    sqlx::query("UPDATE otp SET attempts = attempts + 1 WHERE id = $1").bind(id).execute(conn).await?;
    Ok(())
}

/// Uses a code up, and forgets the wrong answers of its phone.
pub async fn consume(conn: &mut PgConnection, id: Uuid, phone: &str, now: DateTime<Utc>) -> Result<()> {
    sqlx::query("UPDATE otp SET verified = true, consumed_at = $2 WHERE id = $1")
        .bind(id)
        .bind(now)
        .execute(&mut *conn)
        .await?;
    sqlx::query("DELETE FROM phone_lock WHERE phone = $1").bind(phone).execute(conn).await?;
    Ok(())
}

/// Until when a phone is locked.
pub async fn locked_until(conn: &mut PgConnection, phone: &str) -> Result<Option<DateTime<Utc>>> {
    let until: Option<Option<DateTime<Utc>>> =
        sqlx::query_scalar("SELECT locked_until FROM phone_lock WHERE phone = $1")
            .bind(phone)
            .fetch_optional(conn)
            .await?;
    Ok(until.flatten())
}

/// Counts a wrong answer; at `max` of them the phone is locked until `lock_until` and the count begins anew.
pub async fn count_failure(
    conn: &mut PgConnection,
    phone: &str,
    max: i32,
    lock_until: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO phone_lock AS l (phone, failures, locked_until, updated_at) VALUES ($1, 1, NULL, $4)
         ON CONFLICT (phone) DO UPDATE
            SET failures = CASE WHEN l.failures + 1 >= $2 THEN 0 ELSE l.failures + 1 END,
                locked_until = CASE WHEN l.failures + 1 >= $2 THEN $3 ELSE NULL END,
                updated_at = $4",
    )
    .bind(phone)
    .bind(max)
    .bind(lock_until)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps a sign-up ticket by its digest.
pub async fn insert_ticket(
    conn: &mut PgConnection,
    hash: &[u8],
    phone: &str,
    expires_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO signup_ticket (id, ticket_hash, phone, expires_at, created_at) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(kit::ids::new_id())
    .bind(hash)
    .bind(phone)
    .bind(expires_at)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Uses a ticket up and gives the phone that it proves. None when unknown, used or expired.
pub async fn consume_ticket(
    conn: &mut PgConnection,
    hash: &[u8],
    now: DateTime<Utc>,
) -> Result<Option<String>> {
    let phone = sqlx::query_scalar(
        "UPDATE signup_ticket SET consumed_at = $2
          WHERE ticket_hash = $1 AND consumed_at IS NULL AND expires_at > $2
      RETURNING phone",
    )
    .bind(hash)
    .bind(now)
    .fetch_optional(conn)
    .await?;
    Ok(phone)
}

/// Deletes codes and tickets that nobody can use or count any more.
pub async fn sweep(conn: &mut PgConnection, before: DateTime<Utc>) -> Result<u64> {
    let codes = sqlx::query("DELETE FROM otp WHERE created_at < $1").bind(before).execute(&mut *conn).await?;
    let tickets = sqlx::query("DELETE FROM signup_ticket WHERE expires_at < $1")
        .bind(before)
        .execute(&mut *conn)
        .await?;
    let locks =
        sqlx::query("DELETE FROM phone_lock WHERE updated_at < $1").bind(before).execute(conn).await?;
    Ok(codes.rows_affected() + tickets.rows_affected() + locks.rows_affected())
}
