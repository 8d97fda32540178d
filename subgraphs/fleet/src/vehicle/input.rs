//! What clients send about vehicles.

use async_graphql::{ID, InputObject};
use chrono::NaiveDate;
use serde::Serialize;

use super::document::DocumentHealth;
use super::{FuelType, VehicleOwnership, VehicleStatus};

/// Papers; what is left out stays as it is.
#[derive(Clone, Debug, Default, InputObject, Serialize)]
pub struct VehicleDocumentsInput {
    /// Where the picture of the registration certificate's front is.
    pub rc_front_image: Option<String>,
    /// Where the picture of the registration certificate's back is.
    pub rc_back_image: Option<String>,
    /// Where the picture of the permit is.
    pub permit_image: Option<String>,
    /// The last good day of the permit.
    pub permit_expiry: Option<NaiveDate>,
    /// Where the picture of the fitness certificate is.
    pub fitness_image: Option<String>,
    /// The last good day of the fitness certificate.
    pub fitness_expiry: Option<NaiveDate>,
    /// Where the picture of the insurance is.
    pub insurance_image: Option<String>,
    /// The first good day of the insurance.
    pub insurance_start: Option<NaiveDate>,
    /// The last good day of the insurance.
    pub insurance_expiry: Option<NaiveDate>,
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

/// Changes to a vehicle; what is left out stays.
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
    /// The colour.
    pub color: Option<String>,
    /// Who it belongs to.
    pub ownership: Option<VehicleOwnership>,
    /// What drives it.
    pub fuel_type: Option<FuelType>,
    /// The owner's name.
    pub owner_name: Option<String>,
    /// The number on the chassis.
    pub chassis_number: Option<String>,
    /// The vehicle identification number.
    pub vin_number: Option<String>,
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
    /// Of this status.
    pub status: Option<VehicleStatus>,
    /// Driven by this.
    pub fuel_type: Option<FuelType>,
    /// Whose worst paper is in this state today.
    pub document_health: Option<DocumentHealth>,
    /// Any part of a number, a name, a model or a short id; two characters or more.
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
    /// Any part of a number, a name, a model or a short id; two characters or more.
    pub search: Option<String>,
}

impl From<HubVehicleFilter> for VehicleFilter {
    fn from(filter: HubVehicleFilter) -> Self {
        let HubVehicleFilter { status, fuel_type, document_health, search } = filter;
        Self { fleet_id: None, hub_id: None, status, fuel_type, document_health, search }
    }
}
