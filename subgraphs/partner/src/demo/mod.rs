//! Demo data: drivers and their money in bulk, as plain rows. The caller chooses ids; no event is recorded, because the
//! seed gives every database its part itself.

mod money;
mod people;

use chrono::{DateTime, Utc};
use uuid::Uuid;

pub use money::insert_trips;
pub use people::{insert_drivers, insert_fleets, insert_hubs, insert_users};

pub use crate::driver::{DriverStatus, KycStatus, PaymentModel};

/// Partner's copy of a user.
#[derive(Clone, Debug)]
pub struct DemoUser {
    /// The user's id.
    pub id: Uuid,
    /// DRIVER, MANAGER …
    pub role: String,
    /// First and last name.
    pub name: String,
    /// E.164.
    pub phone: String,
    /// The user's fleet.
    pub fleet_id: Option<Uuid>,
    /// Whether they may sign in.
    pub is_active: bool,
}

/// Partner's copy of a fleet.
#[derive(Clone, Debug)]
pub struct DemoFleet {
    /// The fleet's id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// ACTIVE or INACTIVE.
    pub status: String,
}

/// Partner's copy of a hub.
#[derive(Clone, Debug)]
pub struct DemoHub {
    /// The hub's id.
    pub id: Uuid,
    /// Its fleet.
    pub fleet_id: Uuid,
    /// Latitude.
    pub lat: f64,
    /// Longitude.
    pub lng: f64,
    /// How near a driver must be to check in, in metres.
    pub geofence_radius_m: i32,
}

/// One driver. An approved one gets the six required documents with it.
#[derive(Clone, Debug)]
pub struct DemoDriver {
    /// The driver's id.
    pub id: Uuid,
    /// `DRV20260127001`, unique.
    pub short_id: String,
    /// The user that the driver is.
    pub user_id: Uuid,
    /// Their fleet.
    pub fleet_id: Uuid,
    /// Where they check in.
    pub hub_id: Option<Uuid>,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// E.164.
    pub mobile: String,
    /// City.
    pub city: String,
    /// KYC.
    pub kyc_status: KycStatus,
    /// Whether they may work.
    pub status: DriverStatus,
    /// How money is shared.
    pub payment_model: PaymentModel,
    /// Twelve digits.
    pub aadhaar_number: String,
    /// Like ABCDE1234F.
    pub pan_number: String,
    /// Letters and digits.
    pub licence_number: String,
    /// 9 to 18 digits.
    pub bank_account: String,
    /// Like HDFC0001234.
    pub bank_ifsc: String,
    /// When the profile was made.
    pub created_at: DateTime<Utc>,
}

/// A completed trip, to be booked by the production rule.
#[derive(Clone, Debug)]
pub struct DemoTrip {
    /// The trip's id.
    pub trip_id: Uuid,
    /// `TXN20260127001`, unique: the short id of the transaction.
    pub transaction_short_id: String,
    /// Who drove.
    pub driver_id: Uuid,
    /// How money is shared.
    pub payment_model: PaymentModel,
    /// The whole fare in paise.
    pub total_paise: i64,
    /// What of it is toll, parking and state tax, in paise.
    pub pass_through_paise: i64,
    /// The passenger paid in cash.
    pub cash: bool,
    /// When it was completed.
    pub completed_at: DateTime<Utc>,
}
