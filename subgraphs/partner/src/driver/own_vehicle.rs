//! The saga of a vehicle that a driver brings, when they sign up by themselves or later: the fleet service is offered it, and adds it
//! or says why it does not.

use kit::error::{Code, Error, Result};
use kit::ids::new_id;
use kit::saga::{self, State};
use kit::{Clock, Scope};
use serde::Deserialize;
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::input::{OfferOwnVehicleInput, OwnVehicleInput};
use super::question::Question;
use super::standing::{self, Because};
use super::{Driver, OwnVehicleState, repository, service};
use crate::actor::{Actor, App};
use crate::input as check;
use crate::write::{Begun, Write};

/// The kind of these sagas.
pub(crate) const KIND: &str = "own_vehicle";

/// What they ask.
pub(crate) const QUESTION: Question =
    Question { kind: KIND, step: "vehicle", event_type: "own_vehicle.offered" };

/// How the fleet service answered.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Settled {
    saga_id: Uuid,
    driver_id: Uuid,
    vehicle_id: Option<Uuid>,
    refusal: Option<String>,
}

/// The vehicle that is offered; whether its number is a good one is the fleet service's to say. Errors: VALIDATION naming the
/// field.
pub(crate) fn checked(given: &OwnVehicleInput) -> Result<OwnVehicleInput> {
    Ok(OwnVehicleInput {
        number: check::text(&given.number, "vehicle.number", 20)?,
        name: check::text(&given.name, "vehicle.name", 120)?,
        model: check::text(&given.model, "vehicle.model", 120)?,
        color: check::optional_text(given.color.as_deref(), "vehicle.color", 80)?,
        fuel_type: given.fuel_type,
    })
}

/// Begins the saga of a driver whose vehicle is PENDING in this transaction, and offers it.
pub(crate) async fn offer(
    conn: &mut PgConnection,
    clock: &Clock,
    driver: &Driver,
    vehicle: &OwnVehicleInput,
) -> Result<()> {
    let id = new_id();
    let payload = json!({
        "sagaId": id,
        "driverId": driver.id,
        "userId": driver.user_id,
        "fleetId": driver.fleet_id,
        "vehicle": {
            "number": vehicle.number,
            "name": vehicle.name,
            "model": vehicle.model,
            "color": vehicle.color,
            "fuelType": vehicle.fuel_type,
            "ownerName": driver.name(),
        },
    });
    QUESTION.begin(conn, clock, driver, id, payload).await
}

/// The fleet service has answered: the vehicle is the driver's, or they see why not. An answer to an earlier offer changes
/// nothing.
pub(crate) async fn settled(conn: &mut PgConnection, app: &App, news: &Settled) -> Result<()> {
    let Some(saga) = saga::lock(conn, KIND, news.saga_id).await? else { return Ok(()) };
    let before = repository::lock(conn, &Scope::All, news.driver_id).await?;
    let (after, end) = match (news.vehicle_id, &news.refusal) {
        (Some(vehicle), _) => {
            let (own_vehicle_id, own_vehicle_state) = (Some(vehicle), OwnVehicleState::Ready);
            (Driver { own_vehicle_id, own_vehicle_state, ..before.clone() }, State::Completed)
        }
        (None, Some(refusal)) => {
            let own_vehicle_refusal = Some(refusal.clone());
            let own_vehicle_state = OwnVehicleState::Refused;
            (Driver { own_vehicle_state, own_vehicle_refusal, ..before.clone() }, State::Compensated)
        }
        (None, None) => return Err(Error::internal("neither a vehicle nor a refusal")),
    };
    standing::change(conn, &app.clock, &before, after, Because::default()).await?;
    saga::end(conn, &app.clock, saga.id, end, news.refusal.as_deref()).await?;
    Ok(())
}

/// Offers a vehicle of the acting driver, who has brought none or was refused the last one.
pub(crate) async fn offer_mine(by: &Actor<'_>, input: OfferOwnVehicleInput) -> Result<Driver> {
    let vehicle = checked(&input.vehicle)?;
    let mut write =
        match Write::begin(by, "offerOwnVehicle", input.idempotency_key.as_deref(), &input).await? {
            Begun::Repeated(id) => return service::get(by, id).await,
            Begun::Fresh(write) => write,
        };
    let before = repository::lock_own(write.conn(), by.viewer.user_id).await?;
    match before.own_vehicle_state {
        OwnVehicleState::None | OwnVehicleState::Refused => {}
        OwnVehicleState::Pending => {
            return Err(
                Error::new(Code::INVALID_TRANSITION, "Your vehicle is being added").with("from", "PENDING")
            );
        }
        OwnVehicleState::Ready => {
            return Err(
                Error::new(Code::INVALID_TRANSITION, "You have a vehicle already").with("from", "READY")
            );
        }
    }
    let after =
        Driver { own_vehicle_state: OwnVehicleState::Pending, own_vehicle_refusal: None, ..before.clone() };
    let because = Because { by: Some(by.viewer.user_id), reason: None };
    let driver = standing::change(write.conn(), &by.app.clock, &before, after, because).await?;
    offer(write.conn(), &by.app.clock, &driver, &vehicle).await?;
    write.commit(driver.id).await?;
    Ok(driver)
}
