//! How what clients send becomes a driver: checked field by field, numbers sealed.

use chrono::{DateTime, NaiveDate, Utc};
use kit::error::{Error, Result};
use uuid::Uuid;

use super::input::{BankAccountInput, DriverProfileInput, UpdateDriverInput};
use super::{AccountStatus, Driver, DriverStatus, KycStatus, OwnVehicleState};
use crate::input as check;
use crate::seal::{Field, Sealer, last4};

/// Puts personal data onto a driver. Errors: VALIDATION naming the field.
pub(crate) fn apply_profile(
    driver: &mut Driver,
    profile: &DriverProfileInput,
    sealer: &Sealer,
    today: NaiveDate,
) -> Result<()> {
    set(&mut driver.profile_pic, &profile.profile_pic, |v| check::url(v, "profile.profilePic"))?;
    set(&mut driver.email, &profile.email, |v| check::email(v, "profile.email"))?;
    set(&mut driver.address, &profile.address, |v| check::text(v, "profile.address", 500))?;
    set(&mut driver.city, &profile.city, |v| check::text(v, "profile.city", 80))?;
    set(&mut driver.pincode, &profile.pincode, |v| {
        check::pattern(v, "999999", "profile.pincode", "A pincode")
    })?;
    set(&mut driver.gst_number, &profile.gst_number, |v| {
        check::pattern(v, "99AAAAA9999A***", "profile.gstNumber", "A GST number")
    })?;
    if let Some(dob) = profile.dob {
        driver.dob = Some(check::adult(dob, today, "profile.dob")?);
    }
    if let Some(number) = &profile.aadhaar_number {
        let number = check::pattern(number, "999999999999", "profile.aadhaarNumber", "An Aadhaar number")?;
        (driver.aadhaar_sealed, driver.aadhaar_last4) = sealed(sealer, driver.id, Field::Aadhaar, &number)?;
    }
    if let Some(number) = &profile.pan_number {
        let number = check::pattern(number, "AAAAA9999A", "profile.panNumber", "A PAN")?;
        (driver.pan_sealed, driver.pan_last4) = sealed(sealer, driver.id, Field::Pan, &number)?;
    }
    if let Some(number) = &profile.licence_number {
        let number = check::number(number, 8..=20, "profile.licenceNumber")?;
        (driver.licence_sealed, driver.licence_last4) = sealed(sealer, driver.id, Field::Licence, &number)?;
    }
    Ok(())
}

/// Replaces what was sent, if it passes its rule.
fn set(
    target: &mut Option<String>,
    sent: &Option<String>,
    rule: impl FnOnce(&str) -> Result<String>,
) -> Result<()> {
    if let Some(sent) = sent {
        *target = Some(rule(sent)?);
    }
    Ok(())
}

/// A number as it is stored: sealed, with its end in the clear.
fn sealed(
    sealer: &Sealer,
    driver_id: Uuid,
    field: Field,
    number: &str,
) -> Result<(Option<Vec<u8>>, Option<String>)> {
    Ok((Some(sealer.seal(driver_id, field, number)?), Some(last4(number))))
}

/// Puts a bank account onto a driver. Errors: VALIDATION naming the field.
pub(crate) fn apply_bank(driver: &mut Driver, bank: &BankAccountInput, sealer: &Sealer) -> Result<()> {
    let number = check::number(&bank.account_number, 9..=18, "bank.accountNumber")?;
    if !number.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Error::validation("bank.accountNumber", "An account number has digits only"));
    }
    driver.bank_ifsc = Some(check::pattern(&bank.ifsc, "AAAA0******", "bank.ifsc", "An IFSC")?);
    driver.bank_account_name = Some(check::text(&bank.holder_name, "bank.holderName", 120)?);
    (driver.bank_account_sealed, driver.bank_account_last4) =
        sealed(sealer, driver.id, Field::BankAccount, &number)?;
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
pub(crate) fn blank(id: Uuid, short_id: String, user_id: Uuid, at: DateTime<Utc>) -> Driver {
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
