//! One-time passwords as clients ask for them.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use kit::{Result, viewer};

use super::{OtpPurpose, service};
use crate::app::app;

/// Where a code is wanted.
#[derive(InputObject)]
pub struct RequestOtpInput {
    /// Ten digits, or with a country code.
    phone: String,
    /// What for; to sign in when left out.
    purpose: Option<OtpPurpose>,
}

/// A code is on its way, if the phone is one that gets codes; the answer is the same for every phone.
#[derive(SimpleObject)]
pub struct OtpReceipt {
    /// How long to wait before asking for another code.
    resend_after_seconds: i64,
    /// Until when the code is good.
    expires_at: DateTime<Utc>,
}

/// Asking for codes.
#[derive(Default)]
pub struct OtpMutation;

#[Object]
impl OtpMutation {
    /// Sends a six-digit code to a phone. A newer code replaces the older one. RATE_LIMITED says how long to wait.
    async fn request_otp(&self, ctx: &Context<'_>, input: RequestOtpInput) -> Result<OtpReceipt> {
        let address = viewer::client_address(ctx).map(super::origin);
        let sent =
            service::request(app(ctx)?, &input.phone, input.purpose.unwrap_or_default(), address.as_deref())
                .await?;
        Ok(OtpReceipt { resend_after_seconds: sent.resend_after_seconds, expires_at: sent.expires_at })
    }
}
