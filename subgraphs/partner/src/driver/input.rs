//! What clients send about drivers, and how it changes one.

use async_graphql::{Enum, ID, InputObject};
use chrono::NaiveDate;
use kit::error::{Error, Result};
use serde::Serialize;
use uuid::Uuid;

use super::{AccountStatus, Driver, DriverStatus, FuelType, KycStatus, OwnVehicleState, PaymentModel};
use crate::input as check;
use crate::seal::{Field, Sealer, last4};

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
    Newest,
    /// The oldest first.
    Oldest,
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

/// Puts personal data onto a driver. Errors: VALIDATION naming the field.
pub(crate) fn apply_profile(
    driver: &mut Driver,
    profile: &DriverProfileInput,
    sealer: &Sealer,
    today: NaiveDate,
) -> Result<()> {
    let id = driver.id;
    let set = |target: &mut Option<String>, value: Result<Option<String>>| -> Result<()> {
        if let Some(value) = value? {
            *target = Some(value);
        }
        Ok(())
    };
    let checked = |value: &Option<String>, rule: &dyn Fn(&str) -> Result<String>| {
        value.as_deref().map(rule).transpose()
    };
    set(&mut driver.profile_pic, checked(&profile.profile_pic, &|v| check::url(v, "profile.profilePic")))?;
    set(&mut driver.email, checked(&profile.email, &|v| check::email(v, "profile.email")))?;
    set(&mut driver.address, checked(&profile.address, &|v| check::text(v, "profile.address", 500)))?;
    set(&mut driver.city, checked(&profile.city, &|v| check::text(v, "profile.city", 80)))?;
    set(
        &mut driver.pincode,
        checked(&profile.pincode, &|v| check::pattern(v, "999999", "profile.pincode", "A pincode")),
    )?;
    set(
        &mut driver.gst_number,
        checked(&profile.gst_number, &|v| {
            check::pattern(v, "99AAAAA9999A***", "profile.gstNumber", "A GST number")
        }),
    )?;
    if let Some(dob) = profile.dob {
        driver.dob = Some(check::adult(dob, today, "profile.dob")?);
    }
    if let Some(number) = &profile.aadhaar_number {
        let number = check::pattern(number, "999999999999", "profile.aadhaarNumber", "An Aadhaar number")?;
        driver.aadhaar_sealed = Some(sealer.seal(id, Field::Aadhaar, &number)?);
        driver.aadhaar_last4 = Some(last4(&number));
    }
    if let Some(number) = &profile.pan_number {
        let number = check::pattern(number, "AAAAA9999A", "profile.panNumber", "A PAN")?;
        driver.pan_sealed = Some(sealer.seal(id, Field::Pan, &number)?);
        driver.pan_last4 = Some(last4(&number));
    }
    if let Some(number) = &profile.licence_number {
        let number = check::number(number, 8..=20, "profile.licenceNumber")?;
        driver.licence_sealed = Some(sealer.seal(id, Field::Licence, &number)?);
        driver.licence_last4 = Some(last4(&number));
    }
    Ok(())
}

/// Puts a bank account onto a driver. Errors: VALIDATION naming the field.
pub(crate) fn apply_bank(driver: &mut Driver, bank: &BankAccountInput, sealer: &Sealer) -> Result<()> {
    let number = check::number(&bank.account_number, 9..=18, "bank.accountNumber")?;
    if !number.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Error::validation("bank.accountNumber", "An account number has digits only"));
    }
    driver.bank_ifsc = Some(check::pattern(&bank.ifsc, "AAAA0******", "bank.ifsc", "An IFSC")?);
    driver.bank_account_name = Some(check::text(&bank.holder_name, "bank.holderName", 120)?);
    driver.bank_account_sealed = Some(sealer.seal(driver.id, Field::BankAccount, &number)?);
    driver.bank_account_last4 = Some(last4(&number));
    Ok(())
}

/// A share in basis points. Errors: VALIDATION.
pub(crate) fn rev_share(points: i32) -> Result<i32> {
    if (0..=10_000).contains(&points) {
        Ok(points)
    } else {
        Err(Error::validation("revShareBasisPoints", "A share is between 0 and 10000 basis points"))
    }
}

/// The first field that drivers may not change about themselves, if one was sent.
pub(crate) fn beyond_contact(input: &UpdateDriverInput) -> Option<&'static str> {
    let profile = input.profile.clone().unwrap_or_default();
    [
        (input.first_name.is_some(), "firstName"),
        (input.last_name.is_some(), "lastName"),
        (input.mobile.is_some(), "mobile"),
        (input.payment_model.is_some(), "paymentModel"),
        (input.rev_share_basis_points.is_some(), "revShareBasisPoints"),
        (profile.dob.is_some(), "profile.dob"),
        (profile.aadhaar_number.is_some(), "profile.aadhaarNumber"),
        (profile.pan_number.is_some(), "profile.panNumber"),
        (profile.licence_number.is_some(), "profile.licenceNumber"),
        (profile.gst_number.is_some(), "profile.gstNumber"),
    ]
    .into_iter()
    .find_map(|(sent, field)| sent.then_some(field))
}

/// The names to store: given ones, else the user's, with "NA" for a missing last name as the app does.
pub(crate) fn names(first: Option<&str>, last: Option<&str>, user_name: &str) -> Result<(String, String)> {
    let (user_first, user_last) = user_name.trim().split_once(' ').unwrap_or((user_name.trim(), ""));
    let first = check::text(first.unwrap_or(user_first), "firstName", 80)?;
    let last = match last.unwrap_or(user_last).trim() {
        "" => "NA".to_owned(),
        last => check::text(last, "lastName", 80)?,
    };
    Ok((first, last))
}

/// An empty driver, to be filled before it is inserted.
pub(crate) fn blank(id: Uuid, short_id: String, user_id: Uuid, at: chrono::DateTime<chrono::Utc>) -> Driver {
    Driver {
        id,
        short_id,
        user_id,
        fleet_id: None,
        hub_id: None,
        own_vehicle_id: None,
        own_vehicle_state: OwnVehicleState::None,
        own_vehicle_refusal: None,
        first_name: String::new(),
        last_name: String::new(),
        mobile: String::new(),
        profile_pic: None,
        email: None,
        dob: None,
        address: None,
        city: None,
        pincode: None,
        aadhaar_sealed: None,
        aadhaar_last4: None,
        pan_sealed: None,
        pan_last4: None,
        licence_sealed: None,
        licence_last4: None,
        bank_account_sealed: None,
        bank_account_last4: None,
        bank_ifsc: None,
        bank_account_name: None,
        gst_number: None,
        payment_model: None,
        rev_share_bp: 7_000,
        kyc_status: KycStatus::Pending,
        kyc_reject_reason: None,
        kyc_submitted_at: None,
        account_status: AccountStatus::Ready,
        account_refusal: None,
        account_withdrawn: false,
        status: DriverStatus::Active,
        status_before_suspension: None,
        forced_unavailable: false,
        on_break: false,
        live_trip_id: None,
        is_available: true,
        completed_trips: 0,
        onboarded_at: None,
        version: 1,
        created_at: at,
        created_by: None,
        updated_at: at,
        updated_by: None,
        name_key: String::new(),
    }
}
