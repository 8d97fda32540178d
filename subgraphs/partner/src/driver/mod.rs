//! The driver: who they are, whether they may work, and the rules that need no database.

pub(crate) mod account;
pub(crate) mod graphql;
pub(crate) mod history;
pub(crate) mod input;
pub(crate) mod loader;
pub(crate) mod mutation;
pub(crate) mod onboarding;
pub(crate) mod own_vehicle;
pub(crate) mod profile;
pub(crate) mod query;
pub(crate) mod question;
pub(crate) mod repository;
pub(crate) mod rights;
pub(crate) mod service;
pub(crate) mod stand_down;
pub(crate) mod standing;
pub(crate) mod subscription;

use async_graphql::Enum;
use chrono::{DateTime, NaiveDate, Utc};
use kit::error::{Code, Error, Result};
use serde_json::{Value, json};
use uuid::Uuid;

/// Whether a driver may work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, sqlx::Type, serde::Serialize, serde::Deserialize)]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DriverStatus {
    /// May be dispatched once KYC is approved.
    Active,
    /// Taken out of service by an administrator.
    Inactive,
    /// Out of service by a penalty, until its end date or a waiver.
    Suspended,
    /// Out of service by a penalty, until a waiver.
    Blacklisted,
}

impl DriverStatus {
    /// The database's and the wire's spelling.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            DriverStatus::Active => "ACTIVE",
            DriverStatus::Inactive => "INACTIVE",
            DriverStatus::Suspended => "SUSPENDED",
            DriverStatus::Blacklisted => "BLACKLISTED",
        }
    }
}

/// How far the check of a driver's documents has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, sqlx::Type, serde::Serialize, serde::Deserialize)]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum KycStatus {
    /// Documents are missing or wait for a decision.
    Pending,
    /// The driver may be dispatched.
    Approved,
    /// Refused with a reason; submitting again reopens it.
    Rejected,
}

impl KycStatus {
    /// The database's and the wire's spelling.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            KycStatus::Pending => "PENDING",
            KycStatus::Approved => "APPROVED",
            KycStatus::Rejected => "REJECTED",
        }
    }
}

/// Whether a driver can sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, sqlx::Type, serde::Serialize)]
#[graphql(name = "DriverAccountStatus")]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AccountStatus {
    /// The account is being made: a matter of moments. Until then nobody else hears of the driver.
    Pending,
    /// The account is there.
    Ready,
    /// There is no account, and `accountRefusal` says why: ask again with `retryDriverAccount`.
    Refused,
}

impl AccountStatus {
    /// The database's and the wire's spelling.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            AccountStatus::Pending => "PENDING",
            AccountStatus::Ready => "READY",
            AccountStatus::Refused => "REFUSED",
        }
    }
}

/// How it stands with the vehicle that a driver brings as their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, sqlx::Type, serde::Serialize)]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum OwnVehicleState {
    /// They bring none; `offerOwnVehicle` offers one.
    None,
    /// It is being added: a matter of moments.
    Pending,
    /// It is there as `ownVehicle`.
    Ready,
    /// It was not added, and `ownVehicleRefusal` says why: offer it again, corrected, with `offerOwnVehicle`.
    Refused,
}

/// What drives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, serde::Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FuelType {
    /// Petrol.
    Petrol,
    /// Diesel.
    Diesel,
    /// Compressed natural gas.
    Cng,
    /// A battery.
    Electric,
}

/// How the driver and the company share the money of a trip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, sqlx::Type, serde::Serialize, serde::Deserialize)]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PaymentModel {
    /// The driver pays rent for the cab and keeps the whole fare.
    Rental,
    /// The driver gets a share of the fare.
    Payout,
}

/// A driver as stored. Sealed numbers are opened by `graphql.rs` for those who may see them.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct Driver {
    pub(crate) id: Uuid,
    pub(crate) short_id: String,
    pub(crate) user_id: Uuid,
    pub(crate) fleet_id: Option<Uuid>,
    pub(crate) hub_id: Option<Uuid>,
    pub(crate) own_vehicle_id: Option<Uuid>,
    /// READY when there is an `own_vehicle_id`.
    pub(crate) own_vehicle_state: OwnVehicleState,
    pub(crate) own_vehicle_refusal: Option<String>,
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    pub(crate) mobile: String,
    pub(crate) profile_pic: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) dob: Option<NaiveDate>,
    pub(crate) address: Option<String>,
    pub(crate) city: Option<String>,
    pub(crate) pincode: Option<String>,
    pub(crate) aadhaar_sealed: Option<Vec<u8>>,
    pub(crate) aadhaar_last4: Option<String>,
    pub(crate) pan_sealed: Option<Vec<u8>>,
    pub(crate) pan_last4: Option<String>,
    pub(crate) licence_sealed: Option<Vec<u8>>,
    pub(crate) licence_last4: Option<String>,
    pub(crate) bank_account_sealed: Option<Vec<u8>>,
    pub(crate) bank_account_last4: Option<String>,
    pub(crate) bank_ifsc: Option<String>,
    pub(crate) bank_account_name: Option<String>,
    pub(crate) gst_number: Option<String>,
    pub(crate) payment_model: Option<PaymentModel>,
    pub(crate) rev_share_bp: i32,
    pub(crate) kyc_status: KycStatus,
    pub(crate) kyc_reject_reason: Option<String>,
    pub(crate) kyc_submitted_at: Option<DateTime<Utc>>,
    /// Until it is READY, `user_id` is the id that the account will have.
    pub(crate) account_status: AccountStatus,
    pub(crate) account_refusal: Option<String>,
    /// INACTIVE because the account was switched off.
    pub(crate) account_withdrawn: bool,
    pub(crate) status: DriverStatus,
    pub(crate) status_before_suspension: Option<DriverStatus>,
    pub(crate) forced_unavailable: bool,
    pub(crate) on_break: bool,
    pub(crate) live_trip_id: Option<Uuid>,
    pub(crate) is_available: bool,
    pub(crate) completed_trips: i64,
    pub(crate) onboarded_at: Option<DateTime<Utc>>,
    pub(crate) version: i64,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) created_by: Option<Uuid>,
    pub(crate) updated_at: DateTime<Utc>,
    pub(crate) updated_by: Option<Uuid>,
    pub(crate) name_key: String,
}

impl Driver {
    /// First and last name; the client app stores "NA" for a missing last name.
    pub(crate) fn name(&self) -> String {
        match self.last_name.as_str() {
            "" | "NA" => self.first_name.clone(),
            last => format!("{} {last}", self.first_name),
        }
    }

    /// Bank details that a payout needs.
    pub(crate) fn has_bank_details(&self) -> bool {
        self.bank_account_sealed.is_some() && self.bank_ifsc.is_some()
    }

    /// What every driver.* event carries: all that another service's copy of a driver is made of.
    pub(crate) fn snapshot(&self) -> Value {
        json!({
            "driverId": self.id,
            "shortId": self.short_id,
            "userId": self.user_id,
            "fleetId": self.fleet_id,
            "hubId": self.hub_id,
            "name": self.name(),
            "status": self.status,
            "kycStatus": self.kyc_status,
            "isAvailable": self.is_available,
            "isForcedUnavailable": self.forced_unavailable,
            "paymentModel": self.payment_model,
            "vehicleId": self.own_vehicle_id,
        })
    }
}

/// Which status an administrator may set by hand: suspension and blacklisting come and go by penalties only.
pub(crate) fn check_status_change(from: DriverStatus, to: DriverStatus) -> Result<()> {
    use DriverStatus::{Active, Inactive};
    match (from, to) {
        (Active, Inactive) | (Inactive, Active) => Ok(()),
        (Active, Active) | (Inactive, Inactive) => {
            Err(Error::new(Code::INVALID_TRANSITION, format!("The driver is already {}", to.as_str())))
        }
        _ => Err(Error::new(
            Code::INVALID_TRANSITION,
            format!(
                "{} may not become {}: suspensions are set and lifted by penalties",
                from.as_str(),
                to.as_str()
            ),
        )
        .with("from", from.as_str())
        .with("to", to.as_str())),
    }
}

/// Whether the driver may check in now.
pub(crate) fn may_go_on_duty(driver: &Driver) -> Result<()> {
    if driver.status != DriverStatus::Active {
        return Err(Error::conflict(format!(
            "Your status is {}; you can't check in",
            driver.status.as_str()
        )));
    }
    if driver.hub_id.is_none() {
        return Err(Error::conflict(
            "You are not assigned to a hub yet, so you can't check in; ask your fleet",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_active_and_inactive_are_set_by_hand() {
        use DriverStatus::{Active, Blacklisted, Inactive, Suspended};
        let all = [Active, Inactive, Suspended, Blacklisted];
        let allowed: Vec<(DriverStatus, DriverStatus)> = all
            .into_iter()
            .flat_map(|from| all.into_iter().map(move |to| (from, to)))
            .filter(|(from, to)| check_status_change(*from, *to).is_ok())
            .collect();
        assert_eq!(allowed, [(Active, Inactive), (Inactive, Active)]);
    }
}
