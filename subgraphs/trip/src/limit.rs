//! How often callers without an account may ask: per client address and kind of question.

use std::time::Duration;

use async_graphql::Context;
use kit::Caller;
use kit::error::{Code, Error, Result};
use kit::viewer::{caller, client_address};

use crate::app::App;

/// Something that anybody may ask, a limited number of times.
#[derive(Clone, Copy, Debug)]
pub struct Allowance {
    name: &'static str,
    times: u64,
    window: Duration,
}

/// Prices: a page that is filled in asks with every change.
pub const QUOTES: Allowance = Allowance { name: "quote", times: 60, window: Duration::from_secs(60) };
/// Bookings.
pub const BOOKINGS: Allowance = Allowance { name: "book", times: 10, window: Duration::from_secs(3_600) };
/// Tokens: following a trip, and guessing.
pub const TOKENS: Allowance = Allowance { name: "token", times: 120, window: Duration::from_secs(60) };

/// Counts a question of a caller without an account. Who is signed in is limited by the router, and so is everybody when
/// nobody said where the client is.
///
/// # Errors
/// RATE_LIMITED with `retryAfterSeconds` when it is one too many.
pub async fn take(ctx: &Context<'_>, allowance: Allowance) -> Result<()> {
    let (Caller::Anonymous, Some(address)) = (caller(ctx), client_address(ctx)) else { return Ok(()) };
    let app = ctx.data_unchecked::<App>();
    let key = format!("trip:{}:{address}", allowance.name);
    if app.shared.count(&key, allowance.window).await <= allowance.times {
        return Ok(());
    }
    let message = "Too many requests from your address; try again later";
    Err(Error::new(Code::RATE_LIMITED, message).with("retryAfterSeconds", allowance.window.as_secs()))
}
