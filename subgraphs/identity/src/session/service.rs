//! What may happen with sessions: sign in, sign up, go on, sign out.

use chrono::{DateTime, Utc};
use kit::{Code, Error, Result, Viewer};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Claims, ClientType, Issuer, RevokeReason, repository};
use crate::app::Identity;
use crate::keys::keyring::Signer;
use crate::otp::{self, OtpPurpose, wrong_code};
use crate::user::{self, Sight, User, may_sign_in};
use crate::{keys, secret};
use kit::phone;

/// How long a sign-up ticket is good for.
const TICKET_MINUTES: i64 = 10;

/// A session's tokens and whose they are.
pub struct Issued {
    pub access: String,
    pub refresh: String,
    pub expires_at: DateTime<Utc>,
    pub refresh_expires_at: DateTime<Utc>,
    pub user: User,
}

/// A ticket that proves a phone.
pub struct Ticket {
    pub ticket: String,
    pub expires_at: DateTime<Utc>,
}

/// Signs in with the code that was sent to a phone.
pub async fn sign_in(app: &Identity, typed_phone: &str, code: &str, client: ClientType) -> Result<Issued> {
    let phone = phone::normalise("phone", typed_phone)?;
    let signer = app.keyring.signer(app.clock.now()).await?;
    let mut tx = app.pool.begin().await?;
    if let Err(refused) = otp::service::check(&mut tx, app, &phone, OtpPurpose::Login, code).await? {
        tx.commit().await?;
        return Err(refused);
    }
    let Some(user) = user::repository::hold_by_phone(&mut tx, &phone).await? else {
        tx.commit().await?;
        return Err(wrong_code());
    };
    if let Err(refused) = may_sign_in(&user, client) {
        tx.commit().await?;
        return Err(refused);
    }
    let issued = open(&mut tx, app, &signer, user, client).await?;
    tx.commit().await?;
    Ok(issued)
}

/// Proves a phone for a sign-up.
pub async fn verify_signup(app: &Identity, typed_phone: &str, code: &str) -> Result<Ticket> {
    let phone = phone::normalise("phone", typed_phone)?;
    let now = app.clock.now();
    let mut tx = app.pool.begin().await?;
    if let Err(refused) = otp::service::check(&mut tx, app, &phone, OtpPurpose::Signup, code).await? {
        tx.commit().await?;
        return Err(refused);
    }
    // The caller has proved that the phone is theirs, so this tells nobody else anything.
    if user::repository::find_by_phone(&mut tx, &phone).await?.is_some() {
        tx.commit().await?;
        return Err(Error::conflict("You have an account already: sign in").field("phone"));
    }
    let ticket = secret::opaque_token()?;
    let expires_at = now + chrono::Duration::minutes(TICKET_MINUTES);
    otp::repository::insert_ticket(&mut tx, &ticket.hash, &phone, expires_at, now).await?;
    tx.commit().await?;
    Ok(Ticket { ticket: ticket.text, expires_at })
}

/// Opens a driver's account with a ticket, and signs in.
pub async fn sign_up(app: &Identity, ticket: &str, name: &str, client: ClientType) -> Result<Issued> {
    let name = user::clean_name("name", name)?;
    let signer = app.keyring.signer(app.clock.now()).await?;
    let mut tx = app.pool.begin().await?;
    let hash = secret::token_digest(ticket.trim());
    let phone = otp::repository::consume_ticket(&mut tx, &hash, app.clock.now()).await?;
    let phone = phone.ok_or_else(|| {
        Error::validation("ticket", "This ticket is used or expired: verify the phone once more")
    })?;
    let user = user::service::insert_driver(&mut tx, app, name, phone).await?;
    let issued = open(&mut tx, app, &signer, user, client).await?;
    tx.commit().await?;
    Ok(issued)
}

/// Trades a refresh token for new tokens. A token works once; when a used one comes back, the session ends, because
/// either the one who used it or the one who brings it back has stolen it.
pub async fn refresh(app: &Identity, token: &str) -> Result<Issued> {
    let now = app.clock.now();
    let hash = secret::token_digest(token.trim());
    let signer = app.keyring.signer(now).await?;
    let mut tx = app.pool.begin().await?;
    let Some(presented) = repository::find_token(&mut tx, &hash).await? else { return Err(ended()) };
    if presented.rotated_at.is_some() {
        let first = repository::revoke(&mut tx, presented.session_id, RevokeReason::Reuse, now).await?;
        tx.commit().await?;
        if first {
            tracing::warn!(session = %presented.session_id, "a used refresh token came back: the session ends");
        }
        return Err(ended());
    }
    if presented.revoked_at.is_some() || presented.expires_at <= now {
        return Err(ended());
    }
    let successor = kit::ids::new_id();
    // Whoever looked the token up unused, waited for the session and loses this update raced with its own twin, which is
    // no theft: one of them goes on, the other is refused.
    if !repository::rotate(&mut tx, presented.id, successor, now).await? {
        return Err(ended());
    }
    let user = user::repository::find(&mut tx, Sight::All, presented.user_id).await?.ok_or_else(ended)?;
    may_sign_in(&user, presented.client_type)?;
    let seat = Seat { session: presented.session_id, token: successor, client: presented.client_type };
    let issued = issue(&mut tx, app, &signer, user, seat).await?;
    tx.commit().await?;
    Ok(issued)
}

/// Ends the session of a refresh token, or the caller's own. Gives how many ended.
pub async fn sign_out(app: &Identity, viewer: Option<&Viewer>, token: Option<&str>) -> Result<i32> {
    let mut tx = app.pool.begin().await?;
    let session = match token {
        Some(token) => {
            let hash = secret::token_digest(token.trim());
            repository::find_token(&mut tx, &hash).await?.map(|presented| presented.session_id)
        }
        None => viewer.ok_or_else(Error::unauthenticated)?.session_id,
    };
    let ended = match session {
        Some(id) => repository::revoke(&mut tx, id, RevokeReason::Logout, app.clock.now()).await?,
        None => false,
    };
    tx.commit().await?;
    Ok(i32::from(ended))
}

/// Ends every session of the caller. Gives how many ended.
pub async fn sign_out_everywhere(app: &Identity, viewer: &Viewer) -> Result<i32> {
    let mut tx = app.pool.begin().await?;
    let now = app.clock.now();
    let ended = repository::revoke_all(&mut tx, viewer.user_id, RevokeReason::Logout, now).await?;
    tx.commit().await?;
    Ok(i32::try_from(ended.len()).unwrap_or(i32::MAX))
}

/// Whether a signed-in caller may still act: access tokens outlive a sign-out by minutes, the session does not.
pub async fn still_stands(app: &Identity, viewer: &Viewer) -> Result<()> {
    let Some(session) = viewer.session_id else { return Ok(()) };
    let mut conn = app.pool.acquire().await?;
    if repository::is_live(&mut conn, session, viewer.user_id).await? { Ok(()) } else { Err(ended()) }
}

/// Which token of which session is issued.
struct Seat {
    session: Uuid,
    token: Uuid,
    client: ClientType,
}

async fn open(
    conn: &mut PgConnection,
    app: &Identity,
    signer: &Signer,
    user: User,
    client: ClientType,
) -> Result<Issued> {
    let seat = Seat { session: kit::ids::new_id(), token: kit::ids::new_id(), client };
    repository::insert(conn, seat.session, user.id, client, app.clock.now()).await?;
    issue(conn, app, signer, user, seat).await
}

async fn issue(
    conn: &mut PgConnection,
    app: &Identity,
    signer: &Signer,
    user: User,
    seat: Seat,
) -> Result<Issued> {
    let now = app.clock.now();
    let token = secret::opaque_token()?;
    let refresh_expires_at = now + seat.client.refresh_lifetime();
    repository::insert_token(conn, seat.token, seat.session, &token.hash, refresh_expires_at, now).await?;
    let issuer = Issuer { iss: &app.token_issuer, aud: &app.token_audience };
    let access = signer.sign(&Claims::new(&issuer, &user, seat.session, seat.client, now))?;
    let expires_at = now + keys::access_lifetime();
    Ok(Issued { access, refresh: token.text, expires_at, refresh_expires_at, user })
}

fn ended() -> Error {
    Error::new(Code::UNAUTHENTICATED, "This session has ended: sign in again")
}
