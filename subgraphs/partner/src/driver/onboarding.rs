//! A driver who signed up alone makes their own profile.

use kit::Role;
use kit::error::{Error, Result};
use kit::ids::{new_id, next_short_id};
use uuid::Uuid;

use super::input::CompleteOnboardingInput;
use super::{Driver, OwnVehicleState, own_vehicle, profile, repository, service};
use crate::actor::{Actor, App};
use crate::directory::service as directory;
use crate::input as check;
use crate::referral::service as referrals;
use crate::write::{Begun, Write};

/// Makes the profile of the signed-in driver. Whoever has one gets it as it is: repeating changes nothing.
pub(crate) async fn complete(by: &Actor<'_>, input: CompleteOnboardingInput) -> Result<Driver> {
    let user_id = by.viewer.user_id;
    if input.vehicle.is_some() && input.vehicle_id.is_some() {
        return Err(Error::validation("vehicle", "Send either vehicleId or vehicle"));
    }
    let vehicle = input.vehicle.as_ref().map(own_vehicle::checked).transpose()?;
    if let Some(driver) = own(by).await? {
        return Ok(driver);
    }
    let user = directory::user(by.app, user_id).await?.ok_or_else(|| Error::not_found("User"))?;
    if user.role != Role::Driver.as_str() || !user.is_active {
        return Err(Error::forbidden("Only active drivers may do this"));
    }
    let vehicle_id = check::id(input.vehicle_id.as_ref(), "vehicleId")?;
    if let Some(vehicle_id) = vehicle_id {
        check_own_vehicle(by.app, vehicle_id).await?;
    }
    let fleet_id = user.fleet_id.or(by.app.config.partner_default_fleet_id);
    let (first, last) = profile::names(Some(&input.first_name), input.last_name.as_deref(), "")?;
    let mut write =
        match Write::begin(by, "completeOnboarding", input.idempotency_key.as_deref(), &input).await? {
            Begun::Repeated(id) => return service::get(by, id).await,
            Begun::Fresh(write) => write,
        };
    let now = by.app.clock.now();
    let short_id = next_short_id(write.conn(), "DRV", now).await?;
    let mut driver = profile::blank(new_id(), short_id, user_id, now);
    driver.fleet_id = fleet_id;
    driver.own_vehicle_id = vehicle_id;
    driver.own_vehicle_state = match (vehicle_id, &vehicle) {
        (Some(_), _) => OwnVehicleState::Ready,
        (None, Some(_)) => OwnVehicleState::Pending,
        (None, None) => OwnVehicleState::None,
    };
    driver.mobile = check::phone(&user.phone, "mobile")?;
    driver.onboarded_at = Some(now);
    driver.created_by = Some(user_id);
    (driver.first_name, driver.last_name) = (first, last);
    let made = service::insert(&mut write, by, driver, input.profile.as_ref(), input.bank.as_ref()).await;
    let driver = match made {
        Ok(driver) => driver,
        // A twin of this request was faster.
        Err(error) if error.field_name() == Some("userId") => {
            drop(write);
            return own(by).await?.ok_or(error);
        }
        Err(error) => return Err(error),
    };
    if let Some(code) = &input.referral_code {
        referrals::refer(write.conn(), by.app, user_id, code).await?;
    }
    service::open(write.conn(), &by.app.clock, &driver).await?;
    if let Some(vehicle) = &vehicle {
        own_vehicle::offer(write.conn(), &by.app.clock, &driver, vehicle).await?;
    }
    write.commit(driver.id).await?;
    Ok(driver)
}

async fn own(by: &Actor<'_>) -> Result<Option<Driver>> {
    let mut conn = by.app.pool.acquire().await?;
    repository::find_by_user(&mut conn, &by.scope(), by.viewer.user_id).await
}

/// A vehicle that somebody may bring as their own: it exists and belongs to no fleet.
async fn check_own_vehicle(app: &App, vehicle_id: Uuid) -> Result<()> {
    match directory::vehicle_fleet(app, vehicle_id).await? {
        Some(None) => Ok(()),
        Some(Some(_)) => Err(Error::validation("vehicleId", "This vehicle belongs to a fleet")),
        None => Err(Error::validation("vehicleId", "There is no such vehicle")),
    }
}
