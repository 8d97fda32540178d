//! Error codes that only trips have.

use kit::error::Code;

/// A business rule about booking or dispatching says no.
pub const TRIP_CONSTRAINT: Code = Code("TRIP_CONSTRAINT");
/// The start window has not opened yet.
pub const TOO_EARLY_START: Code = Code("TOO_EARLY_START");
/// Arrival cannot be reported yet.
pub const TOO_EARLY_ARRIVE: Code = Code("TOO_EARLY_ARRIVE");
/// The passenger still has time to come.
pub const TOO_EARLY_NO_SHOW: Code = Code("TOO_EARLY_NO_SHOW");
/// Too far from where it should happen.
pub const GEOFENCE: Code = Code("GEOFENCE");
/// Too many wrong boarding codes; `details.retryAt` says when to try again.
pub const OTP_ATTEMPTS_EXCEEDED: Code = Code("OTP_ATTEMPTS_EXCEEDED");
/// The boarding code is not the passenger's.
pub const OTP_INVALID: Code = Code("OTP_INVALID");
