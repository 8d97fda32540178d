//! Signing in and out as clients do it.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use kit::{Caller, Result, viewer};

use super::ClientType;
use super::service::{self, Issued};
use crate::app::{acting, app};
use crate::user::User;

/// The code that came to a phone.
#[derive(InputObject)]
pub struct VerifyOtpInput {
    /// The phone that the code was sent to.
    phone: String,
    /// The six digits.
    code: String,
    /// Where the session is held, which decides how long it may rest; a browser when left out.
    client_type: Option<ClientType>,
}

/// The code that came to the phone of somebody new.
#[derive(InputObject)]
pub struct VerifySignupOtpInput {
    /// The phone that the code was sent to.
    phone: String,
    /// The six digits.
    code: String,
}

/// A new driver.
#[derive(InputObject)]
pub struct SignUpDriverInput {
    /// What `verifySignupOtp` gave; it works once, for ten minutes.
    ticket: String,
    /// The full name.
    name: String,
    /// Where the session is held; the driver app when left out.
    client_type: Option<ClientType>,
}

/// A session that goes on.
#[derive(InputObject)]
pub struct RefreshSessionInput {
    /// The newest refresh token of the session. It works once.
    refresh_token: String,
}

/// A session that ends.
#[derive(Default, InputObject)]
pub struct LogoutInput {
    /// A refresh token of the session; the session of the request itself when left out.
    refresh_token: Option<String>,
}

/// A session's tokens.
#[derive(SimpleObject)]
pub struct AuthPayload {
    /// Sent with every request as `Authorization: Bearer …`; lives for minutes.
    access: String,
    /// Traded for new tokens by `refreshSession`; works once.
    refresh: String,
    /// When the access token ends.
    expires_at: DateTime<Utc>,
    /// When the refresh token ends.
    refresh_expires_at: DateTime<Utc>,
    /// Whose session it is.
    user: User,
}

/// Proof of a phone.
#[derive(SimpleObject)]
pub struct SignupTicket {
    /// Given back in `signUpDriver`.
    ticket: String,
    /// When it ends.
    expires_at: DateTime<Utc>,
}

/// What a sign-out did.
#[derive(SimpleObject)]
pub struct LogoutPayload {
    /// How many sessions ended.
    ended_sessions: i32,
}

impl From<Issued> for AuthPayload {
    fn from(issued: Issued) -> Self {
        let Issued { access, refresh, expires_at, refresh_expires_at, user } = issued;
        Self { access, refresh, expires_at, refresh_expires_at, user }
    }
}

/// Signing in and out.
#[derive(Default)]
pub struct SessionMutation;

#[Object]
impl SessionMutation {
    /// Signs in with the code that was sent to a phone. OTP_INVALID, OTP_EXPIRED and OTP_ATTEMPTS_EXCEEDED say what is
    /// wrong with a code, RATE_LIMITED that the phone is locked for a while, SCOPE_NOT_SET that the account is not complete
    /// yet, FORBIDDEN that it is deactivated, or no driver's in the driver app.
    async fn verify_otp(&self, ctx: &Context<'_>, input: VerifyOtpInput) -> Result<AuthPayload> {
        let issued =
            service::sign_in(app(ctx)?, &input.phone, &input.code, input.client_type.unwrap_or_default())
                .await?;
        Ok(issued.into())
    }

    /// Proves the phone of somebody new.
    async fn verify_signup_otp(
        &self,
        ctx: &Context<'_>,
        input: VerifySignupOtpInput,
    ) -> Result<SignupTicket> {
        let ticket = service::verify_signup(app(ctx)?, &input.phone, &input.code).await?;
        Ok(SignupTicket { ticket: ticket.ticket, expires_at: ticket.expires_at })
    }

    /// Opens a driver's account and signs in.
    async fn sign_up_driver(&self, ctx: &Context<'_>, input: SignUpDriverInput) -> Result<AuthPayload> {
        let client = input.client_type.unwrap_or(ClientType::App);
        let issued = service::sign_up(app(ctx)?, &input.ticket, &input.name, client).await?;
        Ok(issued.into())
    }

    /// Trades a refresh token for new tokens, with role and scope as they are now. Using a token twice ends the session.
    async fn refresh_session(&self, ctx: &Context<'_>, input: RefreshSessionInput) -> Result<AuthPayload> {
        Ok(service::refresh(app(ctx)?, &input.refresh_token).await?.into())
    }

    /// Ends a session.
    async fn logout(&self, ctx: &Context<'_>, input: Option<LogoutInput>) -> Result<LogoutPayload> {
        let viewer = match viewer::caller(ctx) {
            Caller::Viewer(viewer) => Some(viewer),
            Caller::Anonymous | Caller::Service { .. } => None,
        };
        let token = input.and_then(|input| input.refresh_token);
        let ended_sessions = service::sign_out(app(ctx)?, viewer, token.as_deref()).await?;
        Ok(LogoutPayload { ended_sessions })
    }

    /// Ends all sessions of the signed-in user.
    async fn logout_all(&self, ctx: &Context<'_>) -> Result<LogoutPayload> {
        let (app, viewer) = acting(ctx).await?;
        Ok(LogoutPayload { ended_sessions: service::sign_out_everywhere(app, viewer).await? })
    }
}
