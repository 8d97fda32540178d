//! What may happen with fleets: open, change, close, open again. All of it is the super admin's.

use chrono::NaiveDate;
use kit::clock::ist_date;
use kit::idempotency::Attempt;
use kit::{Code, Error, Result, Role, Viewer};
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

use super::input::{CreateFleetInput, FleetStateInput, RequestFleetAdminInput, UpdateFleetInput};
use super::{AccountState, Fleet, FleetStatus, repository};
use crate::access::Reach;
use crate::app::App;
use crate::service::{expect_version, load, once};
use crate::{account, check, events, listing};
use kit::phone;

/// How a fleet moves people when nobody says otherwise.
const DEFAULT_MODE: &str = "CAB";

/// Opens a fleet; with an administrator's name, also asks the identity service for the account.
pub async fn create(app: &App, by: &Viewer, input: &CreateFleetInput) -> Result<Fleet> {
    by.require(&[Role::SuperAdmin])?;
    let mut fleet = draft(app, by, input)?;
    let attempt = Attempt::new(input.idempotency_key.as_deref(), by.user_id, "createFleet", input)?;
    once(app, by, attempt, async |tx| {
        fleet.short_id = kit::ids::next_short_id(tx, "FLT", app.clock.now()).await?;
        repository::insert(tx, &fleet).await?;
        let account = match &fleet.admin_name {
            Some(name) => Some(ask_for_admin(tx, app, &fleet, name, &fleet.mobile).await?),
            None => None,
        };
        events::fleet_created(tx, &app.clock, &fleet, account).await?;
        Ok(fleet)
    })
    .await
}

fn draft(app: &App, by: &Viewer, input: &CreateFleetInput) -> Result<Fleet> {
    let now = app.clock.now();
    let admin_name = input.admin_name.as_deref().map(|name| check::name("adminName", name)).transpose()?;
    let admin_state = if admin_name.is_some() { AccountState::Pending } else { AccountState::None };
    Ok(Fleet {
        id: kit::ids::new_id(),
        short_id: String::new(),
        name: check::name("name", &input.name)?,
        mobile: phone::normalise("mobile", &input.mobile)?,
        email: check::email("email", input.email.as_deref())?,
        city: check::city("city", &input.city)?,
        dob: check::birthday("dob", input.dob, ist_date(now))?,
        fleet_type: input.fleet_type,
        gst_number: check::gst("gstNumber", input.gst_number.as_deref())?,
        pan_number: check::pan("panNumber", &input.pan_number)?,
        pan_image: check::file("panImage", input.pan_image.as_deref())?,
        mode_id: check::name("modeId", input.mode_id.as_deref().unwrap_or(DEFAULT_MODE))?.to_uppercase(),
        status: FleetStatus::Active,
        admin_name,
        admin_state,
        admin_user_id: None,
        admin_refusal: None,
        version: 1,
        created_by: Some(by.user_id),
        updated_by: Some(by.user_id),
        created_at: now,
        updated_at: now,
    })
}

/// Begins the saga of a fleet's administrator; gives the account that is asked for.
async fn ask_for_admin(
    conn: &mut PgConnection,
    app: &App,
    fleet: &Fleet,
    name: &str,
    phone: &str,
) -> Result<Value> {
    let wanted = account::Wanted {
        kind: account::FLEET_ADMIN,
        subject: fleet.id,
        fleet: fleet.id,
        name,
        phone,
        requested_by: fleet.updated_by,
    };
    account::begin(conn, &app.clock, &wanted).await
}

/// Asks for the account of a fleet's administrator, where none was asked for or it was refused.
pub async fn request_admin(app: &App, by: &Viewer, input: &RequestFleetAdminInput) -> Result<Fleet> {
    by.require(&[Role::SuperAdmin])?;
    let id = check::id("id", &input.id)?;
    let (name, phone) = (check::name("name", &input.name)?, phone::normalise("phone", &input.phone)?);
    let attempt = Attempt::new(input.idempotency_key.as_deref(), by.user_id, "requestFleetAdmin", input)?;
    once(app, by, attempt, async |tx| {
        let mut fleet: Fleet = load(tx, by, id).await?;
        fleet.must_be_open()?;
        if !matches!(fleet.admin_state, AccountState::None | AccountState::Refused) {
            return Err(Error::new(
                Code::INVALID_TRANSITION,
                "This fleet has an administrator, or waits for one",
            )
            .with("adminState", fleet.admin_state.as_str()));
        }
        (fleet.admin_state, fleet.admin_refusal) = (AccountState::Pending, None);
        fleet.admin_name = Some(name.clone());
        save(tx, app, by, &mut fleet).await?;
        let account = ask_for_admin(tx, app, &fleet, &name, &phone).await?;
        let wanted = json!({ "fleetId": fleet.id, "account": account });
        events::account_requested(tx, &app.clock, (fleet.id, fleet.version), wanted).await?;
        Ok(fleet)
    })
    .await
}

/// Changes a fleet.
pub async fn update(app: &App, by: &Viewer, input: &UpdateFleetInput) -> Result<Fleet> {
    by.require(&[Role::SuperAdmin])?;
    let id = check::id("id", &input.id)?;
    let attempt = Attempt::new(input.idempotency_key.as_deref(), by.user_id, "updateFleet", input)?;
    once(app, by, attempt, async |tx| {
        let mut fleet: Fleet = load(tx, by, id).await?;
        expect_version(fleet.version, input.expected_version)?;
        apply(&mut fleet, input, ist_date(app.clock.now()))?;
        save(tx, app, by, &mut fleet).await?;
        events::fleet_updated(tx, &app.clock, &fleet).await?;
        Ok(fleet)
    })
    .await
}

fn apply(fleet: &mut Fleet, input: &UpdateFleetInput, today: NaiveDate) -> Result<()> {
    if let Some(name) = &input.name {
        fleet.name = check::name("name", name)?;
    }
    if let Some(mobile) = &input.mobile {
        fleet.mobile = phone::normalise("mobile", mobile)?;
    }
    check::change(&mut fleet.email, &input.email, "email", check::email)?;
    if let Some(city) = &input.city {
        fleet.city = check::city("city", city)?;
    }
    check::change(&mut fleet.gst_number, &input.gst_number, "gstNumber", check::gst)?;
    if let Some(pan) = &input.pan_number {
        fleet.pan_number = check::pan("panNumber", pan)?;
    }
    check::change(&mut fleet.pan_image, &input.pan_image, "panImage", check::file)?;
    if let Some(dob) = input.dob.as_opt_ref() {
        fleet.dob = check::birthday("dob", dob.copied(), today)?;
    }
    fleet.fleet_type = input.fleet_type.unwrap_or(fleet.fleet_type);
    Ok(())
}

/// Closes a fleet, or opens it again. Closing one that is closed changes nothing.
pub async fn set_status(
    app: &App,
    by: &Viewer,
    input: &FleetStateInput,
    status: FleetStatus,
) -> Result<Fleet> {
    by.require(&[Role::SuperAdmin])?;
    let id = check::id("id", &input.id)?;
    let operation = match status {
        FleetStatus::Active => "activateFleet",
        FleetStatus::Inactive => "deactivateFleet",
    };
    let attempt = Attempt::new(input.idempotency_key.as_deref(), by.user_id, operation, input)?;
    once(app, by, attempt, async |tx| {
        let mut fleet: Fleet = load(tx, by, id).await?;
        if fleet.status != status {
            fleet.status = status;
            save(tx, app, by, &mut fleet).await?;
            match status {
                FleetStatus::Active => events::fleet_updated(tx, &app.clock, &fleet).await?,
                FleetStatus::Inactive => events::fleet_deactivated(tx, &app.clock, &fleet).await?,
            }
        }
        Ok(fleet)
    })
    .await
}

/// The fleet that something is being added to: it exists and is open, and stays so until the transaction ends.
/// Errors: VALIDATION on `fleetId`.
pub async fn open_fleet(conn: &mut PgConnection, id: Uuid) -> Result<Fleet> {
    let fleet = listing::repository::hold::<Fleet>(conn, &Reach::All, id).await?;
    let fleet = fleet.ok_or_else(|| Error::validation("fleetId", "There is no such fleet"))?;
    fleet.must_be_open()?;
    Ok(fleet)
}

async fn save(conn: &mut PgConnection, app: &App, by: &Viewer, fleet: &mut Fleet) -> Result<()> {
    (fleet.updated_by, fleet.updated_at) = (Some(by.user_id), app.clock.now());
    repository::update(conn, fleet).await
}
