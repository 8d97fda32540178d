//! A vehicle that a driver brings when they sign up by themselves: the partner service offers it, and here it is added as any
//! other, or refused with the code of why. The answer goes back in the same transaction; an offer that is repeated gets it again.

use kit::{Code, Envelope, Error, Result};
use serde::Deserialize;
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use super::input::CreateVehicleInput;
use super::{FuelType, Vehicle, VehicleOwnership, repository, service};
use crate::app::App;
use crate::{events, usage};

/// What a driver offers.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Offer {
    /// The partner service's saga; brought back with the answer.
    saga_id: Uuid,
    driver_id: Uuid,
    /// The user that the driver is.
    user_id: Uuid,
    /// The driver's fleet; none for an independent driver.
    fleet_id: Option<Uuid>,
    vehicle: Offered,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Offered {
    number: String,
    name: String,
    model: String,
    color: Option<String>,
    fuel_type: FuelType,
    owner_name: String,
}

/// What became of an offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The vehicle was added.
    Added(Uuid),
    /// It was not, for this code.
    Refused(String),
}

/// Answers an offer, and adds the vehicle if it is the first time that this one is heard.
pub async fn settle(conn: &mut PgConnection, app: &App, event: &Envelope) -> Result<()> {
    let offer: Offer = event.read(events::VERSION)?;
    let answer = if repository::take_offer(conn, offer.saga_id, offer.driver_id, app.clock.now()).await? {
        let answer = decide(conn, app, &offer).await?;
        repository::keep_answer(conn, offer.saga_id, &answer).await?;
        answer
    } else {
        repository::answer(conn, offer.saga_id).await?
    };
    events::own_vehicle_settled(conn, &app.clock, event, offer.saga_id, &answer).await
}

async fn decide(conn: &mut PgConnection, app: &App, offer: &Offer) -> Result<Answer> {
    // What a refused vehicle has touched is undone, but that it was refused stays.
    let mut attempt = conn.begin().await?;
    match add(&mut attempt, app, offer).await {
        Ok(vehicle) => {
            attempt.commit().await?;
            Ok(Answer::Added(vehicle.id))
        }
        Err(error) => {
            let refusal = refusal(&error).ok_or(error)?;
            attempt.rollback().await?;
            Ok(Answer::Refused(refusal.to_owned()))
        }
    }
}

async fn add(conn: &mut PgConnection, app: &App, offer: &Offer) -> Result<Vehicle> {
    let offered = &offer.vehicle;
    let input = CreateVehicleInput {
        fleet_id: None,
        hub_id: None,
        number: offered.number.clone(),
        name: offered.name.clone(),
        model: offered.model.clone(),
        color: offered.color.clone(),
        ownership: VehicleOwnership::Owned,
        fuel_type: offered.fuel_type,
        owner_name: Some(offered.owner_name.clone()),
        chassis_number: None,
        vin_number: None,
        documents: None,
        idempotency_key: None,
    };
    let mut vehicle = service::draft(app, offer.user_id, &input)?;
    vehicle.fleet_id = offer.fleet_id;
    service::add(conn, app, &mut vehicle).await?;
    // The driver may read it from now on, as they may read those of their shifts.
    usage::drove(conn, offer.driver_id, vehicle.id, vehicle.created_at).await?;
    Ok(vehicle)
}

/// The code of a refusal; none for an error that is not the offer's fault.
fn refusal(error: &Error) -> Option<&'static str> {
    match (error.code(), error.field_name()) {
        (Code::CONFLICT, Some("number")) => Some("NUMBER_TAKEN"),
        (Code::VALIDATION, Some("number")) => Some("NUMBER_NOT_ACCEPTED"),
        (Code::VALIDATION, Some("fleetId")) => Some("FLEET_NOT_OPEN"),
        (Code::VALIDATION, _) => Some("VEHICLE_NOT_ACCEPTED"),
        _ => None,
    }
}
