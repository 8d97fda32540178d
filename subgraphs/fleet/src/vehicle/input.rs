//! What clients send about vehicles.

use async_graphql::{ID, InputObject, MaybeUndefined};
use chrono::NaiveDate;
use serde::Serialize;

use super::document::DocumentHealth;
use super::{FuelType, VehicleOwnership, VehicleStatus};

/// Papers; what is left out stays as it is, and null takes it away.
#[derive(Clone, Debug, Default, InputObject, Serialize)]
pub struct VehicleDocumentsInput {
    /// Where the picture of the registration certificate's front is, as https address.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    pub rc_front_image: MaybeUndefined<String>,
    /// Where the picture of the registration certificate's back is.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    pub rc_back_image: MaybeUndefined<String>,
    /// Where the picture of the permit is.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    pub permit_image: MaybeUndefined<String>,
    /// The last good day of the permit.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    pub permit_expiry: MaybeUndefined<NaiveDate>,
    /// Where the picture of the fitness certificate is.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    pub fitness_image: MaybeUndefined<String>,
    /// The last good day of the fitness certificate.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    pub fitness_expiry: MaybeUndefined<NaiveDate>,
    /// Where the picture of the insurance is.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    pub insurance_image: MaybeUndefined<String>,
    /// The first good day of the insurance.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    pub insurance_start: MaybeUndefined<NaiveDate>,
    /// The last good day of the insurance.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    pub insurance_expiry: MaybeUndefined<NaiveDate>,
}

/// A vehicle to be added.
#[derive(Clone, Debug, InputObject, Serialize)]
pub struct CreateVehicleInput {
    /// The fleet; your own when left out. A super admin may leave it out for an independent owner's vehicle.
    pub fleet_id: Option<ID>,
    /// The hub where it stands, one of that fleet. Operations must name one of theirs.
    pub hub_id: Option<ID>,
    /// The registration: `DL01AB1234`; blanks and hyphens do not count.
    pub number: String,
    /// The brand or display name.
    pub name: String,
    /// The model.
    pub model: String,
    /// The colour.
    pub color: Option<String>,
    /// Who it belongs to.
    pub ownership: VehicleOwnership,
    /// What drives it.
    pub fuel_type: FuelType,
    /// The owner's name.
    pub owner_name: Option<String>,
    /// The number on the chassis.
    pub chassis_number: Option<String>,
    /// The vehicle identification number, 17 signs.
    pub vin_number: Option<String>,
    /// Its papers. A vehicle goes on the road only with permit, fitness and insurance in date.
    pub documents: Option<VehicleDocumentsInput>,
    /// Repeating the call with the same key gives the same vehicle.
    pub idempotency_key: Option<String>,
}

/// Changes to a vehicle; what is left out stays, and null empties what may be empty.
#[derive(Clone, Debug, InputObject, Serialize)]
pub struct UpdateVehicleInput {
    /// Which.
    pub id: ID,
    /// The new registration.
    pub number: Option<String>,
    /// The brand or display name.
    pub name: Option<String>,
    /// The model.
    pub model: Option<String>,
    /// The colour; none when null.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    pub color: MaybeUndefined<String>,
    /// Who it belongs to.
    pub ownership: Option<VehicleOwnership>,
    /// What drives it.
    pub fuel_type: Option<FuelType>,
    /// The owner's name; none when null.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    pub owner_name: MaybeUndefined<String>,
    /// The number on the chassis; none when null.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    pub chassis_number: MaybeUndefined<String>,
    /// The vehicle identification number; none when null.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    pub vin_number: MaybeUndefined<String>,
    /// The version you read; when it has changed since, the answer is STALE_VERSION.
    pub expected_version: Option<i64>,
    /// Repeating the call with the same key changes nothing more.
    pub idempotency_key: Option<String>,
}

/// New papers of a vehicle.
#[derive(Clone, Debug, InputObject, Serialize)]
pub struct UpdateVehicleDocumentsInput {
    /// Which vehicle.
    pub id: ID,
    /// The papers.
    pub documents: VehicleDocumentsInput,
    /// The version you read; when it has changed since, the answer is STALE_VERSION.
    pub expected_version: Option<i64>,
    /// Repeating the call with the same key changes nothing more.
    pub idempotency_key: Option<String>,
}

/// A vehicle put into or out of service.
#[derive(Clone, Debug, InputObject, Serialize)]
pub struct SetVehicleStatusInput {
    /// Which vehicle.
    pub id: ID,
    /// The new status.
    pub status: VehicleStatus,
    /// Repeating the call with the same key changes nothing more.
    pub idempotency_key: Option<String>,
}

/// A vehicle on its way to another hub.
#[derive(Clone, Debug, InputObject, Serialize)]
pub struct MoveVehicleToHubInput {
    /// Which vehicle.
    pub vehicle_id: ID,
    /// The hub of the same fleet; the vehicle stands at none when left out.
    pub hub_id: Option<ID>,
    /// Repeating the call with the same key changes nothing more.
    pub idempotency_key: Option<String>,
}

/// Which vehicles a list is about; what is left out means any.
#[derive(Clone, Debug, Default, InputObject)]
pub struct VehicleFilter {
    /// Of this fleet.
    pub fleet_id: Option<ID>,
    /// Standing at this hub.
    pub hub_id: Option<ID>,
    /// Standing at no hub, or at any.
    pub without_hub: Option<bool>,
    /// Of this status.
    pub status: Option<VehicleStatus>,
    /// Driven by this.
    pub fuel_type: Option<FuelType>,
    /// Whose worst paper is in this state today.
    pub document_health: Option<DocumentHealth>,
    /// Any part of a number, however it is typed, a name, a model or a short id; 2 to 100 characters.
    pub search: Option<String>,
}

/// Which vehicles of a hub a list is about; what is left out means any.
#[derive(Clone, Debug, Default, InputObject)]
pub struct HubVehicleFilter {
    /// Of this status.
    pub status: Option<VehicleStatus>,
    /// Driven by this.
    pub fuel_type: Option<FuelType>,
    /// Whose worst paper is in this state today.
    pub document_health: Option<DocumentHealth>,
    /// Any part of a number, however it is typed, a name, a model or a short id; 2 to 100 characters.
    pub search: Option<String>,
}

impl From<HubVehicleFilter> for VehicleFilter {
    fn from(filter: HubVehicleFilter) -> Self {
        let HubVehicleFilter { status, fuel_type, document_health, search } = filter;
        Self { fleet_id: None, hub_id: None, without_hub: None, status, fuel_type, document_health, search }
    }
}
