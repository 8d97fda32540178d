//! What clients send about fleets.

use async_graphql::{ID, InputObject, MaybeUndefined};
use chrono::NaiveDate;
use serde::Serialize;

use super::{FleetStatus, FleetType};

/// A fleet to be opened.
#[derive(Clone, Debug, InputObject, Serialize)]
pub struct CreateFleetInput {
    /// What it is called.
    pub name: String,
    /// Its phone: ten digits, or with a country code; no other fleet may have it.
    pub mobile: String,
    /// Its e-mail address.
    pub email: Option<String>,
    /// Where it is at home.
    pub city: String,
    /// The birthday of the owner, who is 18 or older; for an individual.
    pub dob: Option<NaiveDate>,
    /// Who stands behind it.
    pub fleet_type: FleetType,
    /// The goods-and-services-tax number.
    pub gst_number: Option<String>,
    /// The permanent account number.
    pub pan_number: String,
    /// Where the picture of the PAN card is, as https address.
    pub pan_image: Option<String>,
    /// The mode of transport; `CAB` when left out.
    pub mode_id: Option<String>,
    /// The administrator's name. When given, an account is made that signs in with the fleet's mobile.
    pub admin_name: Option<String>,
    /// Repeating the call with the same key gives the same fleet.
    pub idempotency_key: Option<String>,
}

/// The administrator that a fleet is to have.
#[derive(Clone, Debug, InputObject, Serialize)]
pub struct RequestFleetAdminInput {
    /// Which fleet.
    pub id: ID,
    /// The administrator's full name.
    pub name: String,
    /// The phone that they sign in with: ten digits, or with a country code; nobody else may have it.
    pub phone: String,
    /// Repeating the call with the same key changes nothing more.
    pub idempotency_key: Option<String>,
}

/// Changes to a fleet; what is left out stays, and null empties what may be empty.
#[derive(Clone, Debug, InputObject, Serialize)]
pub struct UpdateFleetInput {
    /// Which.
    pub id: ID,
    /// The new name.
    pub name: Option<String>,
    /// The new phone of the fleet. The administrator goes on signing in with the old one.
    pub mobile: Option<String>,
    /// The new e-mail address; none when null.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    pub email: MaybeUndefined<String>,
    /// The new home.
    pub city: Option<String>,
    /// The owner's birthday; none when null.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    pub dob: MaybeUndefined<NaiveDate>,
    /// Who stands behind it.
    pub fleet_type: Option<FleetType>,
    /// The goods-and-services-tax number; none when null.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    pub gst_number: MaybeUndefined<String>,
    /// The permanent account number.
    pub pan_number: Option<String>,
    /// Where the picture of the PAN card is, as https address; none when null.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    pub pan_image: MaybeUndefined<String>,
    /// The version you read; when it has changed since, the answer is STALE_VERSION.
    pub expected_version: Option<i64>,
    /// Repeating the call with the same key changes nothing more.
    pub idempotency_key: Option<String>,
}

/// A fleet to close or to open again.
#[derive(Clone, Debug, InputObject, Serialize)]
pub struct FleetStateInput {
    /// Which.
    pub id: ID,
    /// Repeating the call with the same key changes nothing more.
    pub idempotency_key: Option<String>,
}

/// Which fleets a list is about; what is left out means any.
#[derive(Clone, Debug, Default, InputObject)]
pub struct FleetFilter {
    /// At home in this city.
    pub city: Option<String>,
    /// Of this type.
    #[graphql(name = "type")]
    pub fleet_type: Option<FleetType>,
    /// Of this status.
    pub status: Option<FleetStatus>,
    /// Any part of a name, a short id or a phone, however that is typed; 2 to 100 characters.
    pub search: Option<String>,
}
