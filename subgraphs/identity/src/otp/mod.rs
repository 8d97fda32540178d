//! One-time passwords: their limits as pure rules.

pub mod graphql;
pub mod repository;
pub mod sender;
pub mod service;

use std::net::{IpAddr, Ipv6Addr};

use async_graphql::Enum;
use chrono::{DateTime, Duration, Utc};
use kit::{Code, Error, Result};
use uuid::Uuid;

/// How many wrong answers one code takes.
pub const MAX_ATTEMPTS: i32 = 3;
/// How many wrong answers in a row, over all codes of a phone, lock it.
pub const MAX_FAILURES: i32 = 5;
/// The code of demo phones, behind the demo flag.
pub const DEMO_CODE: &str = "000000";
/// The range of numbers that demo data uses: +91 90000 00000 to +91 90000 99999.
const DEMO_PREFIX: &str = "+9190000";

/// The seconds that a client waits before it asks for another code.
pub const RESEND_SECONDS: i64 = 30;
const PER_PHONE_AND_HOUR: i64 = 5;
const PER_ADDRESS_AND_HOUR: i64 = 20;

/// How long a code is good for.
pub fn lifetime() -> Duration {
    Duration::minutes(5)
}

/// How long a phone stays locked.
pub fn lock_time() -> Duration {
    Duration::minutes(15)
}

/// The window over which requests are counted.
pub fn counting_window() -> Duration {
    Duration::hours(1)
}

/// True for a phone of the demo range.
pub fn is_demo_phone(phone: &str) -> bool {
    phone.len() == 13 && phone.starts_with(DEMO_PREFIX)
}

/// What a code is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enum, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum OtpPurpose {
    /// To sign in with an account that exists.
    #[default]
    Login,
    /// To open a driver's account.
    Signup,
}

impl OtpPurpose {
    /// The word in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Login => "LOGIN",
            Self::Signup => "SIGNUP",
        }
    }
}

/// A code that was sent and may still be used.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct LiveOtp {
    pub id: Uuid,
    pub code_hmac: Vec<u8>,
    pub attempts: i32,
    pub expires_at: DateTime<Utc>,
}

impl LiveOtp {
    /// Whether another answer may be tried. Errors: OTP_EXPIRED, OTP_ATTEMPTS_EXCEEDED.
    pub fn may_be_tried(&self, now: DateTime<Utc>) -> Result<()> {
        if self.expires_at <= now {
            return Err(Error::new(Code("OTP_EXPIRED"), "This code has expired; ask for a new one"));
        }
        if self.attempts >= MAX_ATTEMPTS {
            let message = "Too many wrong answers; ask for a new code";
            return Err(Error::new(Code("OTP_ATTEMPTS_EXCEEDED"), message));
        }
        Ok(())
    }
}

/// How much was asked for lately.
#[derive(Clone, Copy, Debug, Default, sqlx::FromRow)]
pub struct Recent {
    /// Codes of this phone in the last hour.
    pub of_phone: i64,
    /// When the first of them was sent.
    pub first_of_phone: Option<DateTime<Utc>>,
    /// When the last of them was sent.
    pub last_of_phone: Option<DateTime<Utc>>,
    /// Codes asked for from this address in the last hour.
    pub of_address: i64,
    /// When the first of them was asked for.
    pub first_of_address: Option<DateTime<Utc>>,
}

/// What is counted as one address. Whoever has an IPv6 address has 2^64 of them, so their network counts.
pub fn origin(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

/// Whether another code may be sent. Errors: RATE_LIMITED with `retryAfterSeconds`.
pub fn may_be_sent(recent: &Recent, now: DateTime<Utc>) -> Result<()> {
    if let Some(last) = recent.last_of_phone {
        let wait = RESEND_SECONDS - (now - last).num_seconds();
        if wait > 0 {
            return Err(wait_for(wait, "A code was just sent; wait a moment before you ask for another"));
        }
    }
    let full = [
        (recent.of_phone >= PER_PHONE_AND_HOUR, recent.first_of_phone),
        (recent.of_address >= PER_ADDRESS_AND_HOUR, recent.first_of_address),
    ];
    // The oldest that counts leaves the window first, and makes room for another.
    let waits = full.into_iter().filter(|(full, _)| *full);
    let passed = |first: Option<DateTime<Utc>>| first.map_or(0, |first| (now - first).num_seconds());
    match waits.map(|(_, first)| counting_window().num_seconds() - passed(first)).max() {
        Some(wait) => Err(wait_for(wait, "Too many codes were asked for; try again later")),
        None => Ok(()),
    }
}

/// Whether a phone is locked. Errors: RATE_LIMITED with `retryAfterSeconds`.
pub fn not_locked(locked_until: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Result<()> {
    match locked_until {
        Some(until) if until > now => {
            let seconds = (until - now).num_seconds().max(1);
            Err(wait_for(seconds, "Too many wrong codes; this phone is locked for a while"))
        }
        _ => Ok(()),
    }
}

/// A wrong answer. The same for a wrong digit, a code that was never sent and a phone nobody registered.
pub fn wrong_code() -> Error {
    Error::new(Code("OTP_INVALID"), "This code is not right").field("code")
}

fn wait_for(seconds: i64, message: &str) -> Error {
    Error::new(Code::RATE_LIMITED, message).with("retryAfterSeconds", seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_second_code_waits_thirty_seconds() {
        let last_of_phone = Some(at("2026-01-27T10:00:00Z"));
        let recent = Recent { of_phone: 1, last_of_phone, of_address: 1, ..Recent::default() };
        let error = may_be_sent(&recent, at("2026-01-27T10:00:29Z")).unwrap_err();
        assert_eq!(error.code(), Code::RATE_LIMITED);
        assert_eq!(error.detail("retryAfterSeconds").unwrap(), 1);
        assert!(may_be_sent(&recent, at("2026-01-27T10:00:30Z")).is_ok());
    }

    #[test]
    fn five_per_phone_and_twenty_per_address_are_the_limit_of_an_hour() {
        let now = at("2026-01-27T10:00:00Z");
        assert!(may_be_sent(&Recent { of_phone: 4, of_address: 19, ..Recent::default() }, now).is_ok());
        assert!(may_be_sent(&Recent { of_phone: 5, ..Recent::default() }, now).is_err());
        assert!(may_be_sent(&Recent { of_address: 20, ..Recent::default() }, now).is_err());
    }

    #[test]
    fn whoever_asked_too_often_waits_until_the_first_of_the_hour_no_longer_counts() {
        let now = at("2026-01-27T10:50:00Z");
        let (phone, address) = (Some(at("2026-01-27T10:10:00Z")), Some(at("2026-01-27T09:55:00Z")));
        let recent = Recent { first_of_phone: phone, first_of_address: address, ..Recent::default() };
        for (of_phone, of_address, minutes) in [(5, 1, 20), (1, 20, 5), (5, 20, 20)] {
            let error = may_be_sent(&Recent { of_phone, of_address, ..recent }, now).unwrap_err();
            assert_eq!(error.detail("retryAfterSeconds").unwrap(), minutes * 60);
        }
    }

    #[test]
    fn a_network_of_ipv6_counts_as_one_address_and_ipv4_in_disguise_as_itself() {
        let origin = |text: &str| origin(text.parse().unwrap());
        assert_eq!(origin("203.0.113.9"), "203.0.113.9");
        assert_eq!(origin("::ffff:203.0.113.9"), "203.0.113.9");
        assert_eq!(origin("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
        assert_eq!(origin("2001:db8:1:2::1"), origin("2001:db8:1:2:ffff::9"));
        assert_ne!(origin("2001:db8:1:3::1"), origin("2001:db8:1:2::1"));
    }

    #[test]
    fn a_code_takes_three_answers_in_five_minutes() {
        let now = at("2026-01-27T10:00:00Z");
        let otp = |attempts| LiveOtp {
            id: Uuid::nil(),
            code_hmac: Vec::new(),
            attempts,
            expires_at: now + lifetime(),
        };
        assert!(otp(2).may_be_tried(now).is_ok());
        assert_eq!(otp(3).may_be_tried(now).unwrap_err().code(), Code("OTP_ATTEMPTS_EXCEEDED"));
        assert_eq!(otp(0).may_be_tried(now + lifetime()).unwrap_err().code(), Code("OTP_EXPIRED"));
    }

    #[test]
    fn a_locked_phone_says_how_long() {
        let now = at("2026-01-27T10:00:00Z");
        let error = not_locked(Some(now + Duration::seconds(90)), now).unwrap_err();
        assert_eq!(error.detail("retryAfterSeconds").unwrap(), 90);
        assert!(not_locked(Some(now), now).is_ok() && not_locked(None, now).is_ok());
    }

    #[test]
    fn only_the_reserved_range_is_demo() {
        assert!(is_demo_phone("+919000000001") && is_demo_phone("+919000099999"));
        assert!(!is_demo_phone("+919000100000") && !is_demo_phone("+91900001"));
    }
}
