//! What clients send about drivers.

use async_graphql::{Enum, ID, InputObject};
use chrono::NaiveDate;
use serde::Serialize;

use super::{AccountStatus, DriverStatus, FuelType, KycStatus, PaymentModel};

/// Which drivers to list. Every condition narrows the list; your scope does as well.
#[derive(Debug, Clone, Default, InputObject)]
pub(crate) struct DriverFilter {
    /// Of this fleet.
    pub(crate) fleet_id: Option<ID>,
    /// Of this hub.
    pub(crate) hub_id: Option<ID>,
    /// In one of these statuses.
    pub(crate) status: Option<Vec<DriverStatus>>,
    /// Whose account is in one of these states.
    pub(crate) account_status: Option<Vec<AccountStatus>>,
    /// In one of these KYC states.
    pub(crate) kyc_status: Option<Vec<KycStatus>>,
    /// Who handed in their documents for a decision, or have not.
    pub(crate) kyc_submitted: Option<bool>,
    /// Free to work now, or not.
    pub(crate) is_available: Option<bool>,
    /// With a vehicle of their own or one assigned today, or without.
    pub(crate) has_vehicle: Option<bool>,
    /// A part of the name, the mobile number or the short id.
    pub(crate) search: Option<String>,
}

/// How to sort drivers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Enum)]
pub(crate) enum DriverOrder {
    /// The newest first.
    #[default]
    NewestFirst,
    /// The oldest first.
    OldestFirst,
    /// By name.
    Name,
}

/// How a list of drivers is sorted: as a client asks, or as the KYC queue is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    By(DriverOrder),
    /// Those who wait for a KYC decision, the longest waiting first; nobody else.
    Waiting,
}

/// Personal data of a driver. What is left out stays as it is, and so does what is null.
#[derive(Debug, Clone, Default, InputObject, Serialize)]
pub(crate) struct DriverProfileInput {
    /// Address of the profile picture.
    pub(crate) profile_pic: Option<String>,
    /// E-mail address.
    pub(crate) email: Option<String>,
    /// Birthday; a driver is at least 18.
    pub(crate) dob: Option<NaiveDate>,
    /// Street address.
    pub(crate) address: Option<String>,
    /// City.
    pub(crate) city: Option<String>,
    /// Six digits.
    pub(crate) pincode: Option<String>,
    /// Twelve digits.
    pub(crate) aadhaar_number: Option<String>,
    /// Permanent account number, like ABCDE1234F.
    pub(crate) pan_number: Option<String>,
    /// Number of the driving licence.
    pub(crate) licence_number: Option<String>,
    /// GST number, 15 characters.
    pub(crate) gst_number: Option<String>,
}

/// A bank account that payouts go to.
#[derive(Debug, Clone, InputObject, Serialize)]
pub(crate) struct BankAccountInput {
    /// 9 to 18 digits.
    pub(crate) account_number: String,
    /// Eleven characters, like HDFC0001234.
    pub(crate) ifsc: String,
    /// The holder's name as the bank knows it.
    pub(crate) holder_name: String,
}

/// The account that a driver signs in with.
#[derive(Debug, Clone, InputObject, Serialize)]
pub(crate) struct DriverAccountInput {
    /// The full name.
    pub(crate) name: String,
    /// The phone that codes are sent to: ten digits, or with a country code. Nobody else may have it, but for somebody who
    /// signed up as a driver and belongs to no fleet yet.
    pub(crate) phone: String,
}

/// Another try to make the account of a driver.
#[derive(Debug, Clone, InputObject, Serialize)]
pub(crate) struct RetryDriverAccountInput {
    /// Repeating a request with the same key gives the first answer again.
    pub(crate) idempotency_key: Option<String>,
    /// The driver; their account was REFUSED.
    pub(crate) id: ID,
    /// What to try now; becomes the driver's name and mobile number too.
    pub(crate) account: DriverAccountInput,
}

/// A new driver: for a user who is there, or together with the user's account.
#[derive(Debug, Clone, InputObject, Serialize)]
pub(crate) struct CreateDriverInput {
    /// Repeating a request with the same key gives the first answer again.
    pub(crate) idempotency_key: Option<String>,
    /// The user, if they have an account; their role is DRIVER.
    pub(crate) user_id: Option<ID>,
    /// The account to make, if they have none. The driver's `accountStatus` is PENDING until it is there.
    pub(crate) account: Option<DriverAccountInput>,
    /// The fleet; your own if you belong to one.
    pub(crate) fleet_id: Option<ID>,
    /// A hub of the fleet; OPERATIONS must name one of theirs.
    pub(crate) hub_id: Option<ID>,
    /// First name; the user's if left out.
    pub(crate) first_name: Option<String>,
    /// Last name; the user's if left out.
    pub(crate) last_name: Option<String>,
    /// Mobile number; the user's if left out.
    pub(crate) mobile: Option<String>,
    /// Personal data.
    pub(crate) profile: Option<DriverProfileInput>,
    /// Where payouts go.
    pub(crate) bank: Option<BankAccountInput>,
    /// How money is shared.
    pub(crate) payment_model: Option<PaymentModel>,
    /// The driver's share of fares in basis points, 7000 = 70 % (the default).
    pub(crate) rev_share_basis_points: Option<i32>,
}

/// Changes of a driver's profile. What is left out stays as it is.
#[derive(Debug, Clone, InputObject, Serialize)]
pub(crate) struct UpdateDriverInput {
    /// Repeating a request with the same key gives the first answer again.
    pub(crate) idempotency_key: Option<String>,
    /// The driver.
    pub(crate) id: ID,
    /// The version you read; STALE_VERSION if somebody changed the driver since.
    pub(crate) expected_version: Option<i64>,
    /// First name.
    pub(crate) first_name: Option<String>,
    /// Last name.
    pub(crate) last_name: Option<String>,
    /// Mobile number.
    pub(crate) mobile: Option<String>,
    /// Personal data. Drivers themselves may change the picture, e-mail, address, city and pincode.
    pub(crate) profile: Option<DriverProfileInput>,
    /// Where payouts go.
    pub(crate) bank: Option<BankAccountInput>,
    /// How money is shared.
    pub(crate) payment_model: Option<PaymentModel>,
    /// The driver's share of fares in basis points, 7000 = 70 %.
    pub(crate) rev_share_basis_points: Option<i32>,
}

/// Sets whether a driver may work. Suspending and blacklisting are penalties.
#[derive(Debug, Clone, InputObject, Serialize)]
pub(crate) struct SetDriverStatusInput {
    /// Repeating a request with the same key gives the first answer again.
    pub(crate) idempotency_key: Option<String>,
    /// The driver.
    pub(crate) id: ID,
    /// ACTIVE or INACTIVE.
    pub(crate) status: DriverStatus,
    /// Why.
    pub(crate) reason: Option<String>,
}

/// Forces a driver off, or stops forcing.
#[derive(Debug, Clone, InputObject, Serialize)]
pub(crate) struct SetDriverAvailabilityInput {
    /// Repeating a request with the same key gives the first answer again.
    pub(crate) idempotency_key: Option<String>,
    /// The driver.
    pub(crate) id: ID,
    /// False forces the driver off; true lets availability follow from status, trips and breaks again.
    pub(crate) available: bool,
    /// Why.
    pub(crate) reason: Option<String>,
}

/// Moves a driver to a hub of their fleet.
#[derive(Debug, Clone, InputObject, Serialize)]
pub(crate) struct MoveDriverToHubInput {
    /// Repeating a request with the same key gives the first answer again.
    pub(crate) idempotency_key: Option<String>,
    /// The driver.
    pub(crate) driver_id: ID,
    /// The hub; null takes the driver out of any hub.
    pub(crate) hub_id: Option<ID>,
}

/// A vehicle that a driver brings as their own.
#[derive(Debug, Clone, InputObject, Serialize)]
pub(crate) struct OwnVehicleInput {
    /// The registration: `DL01AB1234`; blanks and hyphens do not count.
    pub(crate) number: String,
    /// The brand or display name.
    pub(crate) name: String,
    /// The model.
    pub(crate) model: String,
    /// The colour.
    pub(crate) color: Option<String>,
    /// What drives it.
    pub(crate) fuel_type: FuelType,
}

/// Offers your own vehicle.
#[derive(Debug, Clone, InputObject, Serialize)]
pub(crate) struct OfferOwnVehicleInput {
    /// Repeating a request with the same key gives the first answer again.
    pub(crate) idempotency_key: Option<String>,
    /// The vehicle; it is not registered here yet.
    pub(crate) vehicle: OwnVehicleInput,
}

/// A signed-up driver's own profile.
#[derive(Debug, Clone, InputObject, Serialize)]
pub(crate) struct CompleteOnboardingInput {
    /// Repeating a request with the same key gives the first answer again.
    pub(crate) idempotency_key: Option<String>,
    /// First name.
    pub(crate) first_name: String,
    /// Last name.
    pub(crate) last_name: Option<String>,
    /// Personal data.
    pub(crate) profile: Option<DriverProfileInput>,
    /// Where payouts go.
    pub(crate) bank: Option<BankAccountInput>,
    /// The driver's own vehicle, if they bring one that is registered here and belongs to no fleet.
    pub(crate) vehicle_id: Option<ID>,
    /// The driver's own vehicle, if they bring one that is not registered here yet; not together with `vehicleId`. The
    /// driver's `ownVehicleState` is PENDING until it is added.
    pub(crate) vehicle: Option<OwnVehicleInput>,
    /// Code of whoever referred the driver.
    pub(crate) referral_code: Option<String>,
}
