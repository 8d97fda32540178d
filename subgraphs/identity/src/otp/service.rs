//! What may happen with one-time passwords: send one, answer one.

use chrono::{DateTime, Utc};
use kit::Result;
use sqlx::PgConnection;

use super::repository::{self, NewOtp};
use super::{OtpPurpose, not_locked, wrong_code};
use crate::app::Identity;
use crate::{events, otp, secret, user};
use kit::phone;

/// When a client may ask again, and until when the code is good.
pub struct Sent {
    pub resend_after_seconds: i64,
    pub expires_at: DateTime<Utc>,
}

/// Sends a code. The answer, the limits and the rows are the same whether or not the phone is registered;
/// a code for signing in is delivered to registered phones only.
pub async fn request(
    app: &Identity,
    typed_phone: &str,
    purpose: OtpPurpose,
    client_ip: Option<&str>,
) -> Result<Sent> {
    let phone = phone::normalise("phone", typed_phone)?;
    let demo = app.demo_otp && otp::is_demo_phone(&phone);
    let now = app.clock.now();
    let mut tx = app.pool.begin().await?;
    if let Some(address) = client_ip.filter(|_| !demo) {
        repository::queue_up(&mut tx, address).await?;
    }
    repository::queue_up(&mut tx, &phone).await?;
    not_locked(repository::locked_until(&mut tx, &phone).await?, now)?;
    if !demo {
        let since = now - otp::counting_window();
        otp::may_be_sent(&repository::recent(&mut tx, &phone, client_ip, since).await?, now)?;
    }
    let reachable = match purpose {
        OtpPurpose::Signup => true,
        OtpPurpose::Login => user::repository::find_by_phone(&mut tx, &phone).await?.is_some(),
    };
    let code = if demo { otp::DEMO_CODE.to_owned() } else { secret::one_time_code()? };
    let id = kit::ids::new_id();
    let expires_at = now + otp::lifetime();
    let row = NewOtp {
        id,
        phone: &phone,
        purpose,
        code_hmac: app.vault.code_digest(id, &phone, &code),
        client_ip: client_ip.filter(|_| !demo),
        expires_at,
        created_at: now,
    };
    repository::replace(&mut tx, row).await?;
    events::otp_requested(&mut tx, &app.clock, id, &phone, purpose, expires_at).await?;
    tx.commit().await?;
    if reachable && !demo {
        deliver(app, phone, code, purpose);
    }
    Ok(Sent { resend_after_seconds: otp::RESEND_SECONDS, expires_at })
}

/// Sends in the background, so that the time to answer does not tell whether anything was sent.
fn deliver(app: &Identity, phone: String, code: String, purpose: OtpPurpose) {
    let sender = app.sender.clone();
    tokio::spawn(async move {
        if let Err(error) = sender.send(&phone, &code, purpose).await {
            tracing::error!(
                phone = phone::mask(&phone),
                error = error.log_line(),
                "a code was not delivered"
            );
        }
    });
}

/// Checks an answer. The inner error is the verdict on the answer: commit the transaction before showing it,
/// because the attempt that it counted must stay counted.
pub async fn check(
    conn: &mut PgConnection,
    app: &Identity,
    phone: &str,
    purpose: OtpPurpose,
    code: &str,
) -> Result<Result<()>> {
    let now = app.clock.now();
    repository::queue_up(conn, phone).await?;
    if let Err(locked) = not_locked(repository::locked_until(conn, phone).await?, now) {
        return Ok(Err(locked));
    }
    let Some(live) = repository::find_live(conn, phone, purpose).await? else { return Ok(Err(wrong_code())) };
    if let Err(refused) = live.may_be_tried(now) {
        return Ok(Err(refused));
    }
    repository::count_attempt(conn, live.id).await?;
    if app.vault.code_matches(live.id, phone, code.trim(), &live.code_hmac) {
        repository::consume(conn, live.id, phone, now).await?;
        return Ok(Ok(()));
    }
    repository::count_failure(conn, phone, otp::MAX_FAILURES, now + otp::lock_time(), now).await?;
    Ok(Err(wrong_code().with("attemptsLeft", otp::MAX_ATTEMPTS - live.attempts - 1)))
}
