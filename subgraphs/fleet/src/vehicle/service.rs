//! What may happen with vehicles: add, change, renew papers, move, take out of service.

use kit::idempotency::Attempt;
use kit::{Error, Result, Role, Viewer};
use sqlx::PgConnection;
use uuid::Uuid;

use super::input::{
    CreateVehicleInput, MoveVehicleToHubInput, SetVehicleStatusInput, UpdateVehicleDocumentsInput,
    UpdateVehicleInput, VehicleDocumentsInput,
};
use super::{Papers, Vehicle, VehicleStatus, may_become, repository};
use crate::access::{Reach, STAFF, fleet_for, may_place};
use crate::app::App;
use crate::fleet::service::open_fleet;
use crate::listing::{self, Listed};
use crate::service::{expect_version, load, once, reach};
use crate::{check, events};

/// Adds a vehicle to a fleet; a super admin may add one that belongs to none.
pub async fn create(app: &App, by: &Viewer, input: &CreateVehicleInput) -> Result<Vehicle> {
    by.require(&STAFF)?;
    let asked = check::optional_id("fleetId", input.fleet_id.as_ref())?;
    let fleet_id = match (by.role, asked) {
        (Role::SuperAdmin, None) => None,
        (_, asked) => Some(fleet_for(by, asked)?),
    };
    let hub_id = check::optional_id("hubId", input.hub_id.as_ref())?;
    may_place(by, hub_id)?;
    let mut vehicle = draft(app, by.user_id, input)?;
    (vehicle.fleet_id, vehicle.hub_id) = (fleet_id, hub_id);
    let attempt = Attempt::new(input.idempotency_key.as_deref(), by.user_id, "createVehicle", input)?;
    once(app, by, attempt, async |tx| {
        add(tx, app, &mut vehicle).await?;
        Ok(vehicle)
    })
    .await
}

/// Writes a drafted vehicle, with its short id, and announces it. Errors: those of a fleet that takes none, and of
/// [`repository::insert`].
pub(super) async fn add(conn: &mut PgConnection, app: &App, vehicle: &mut Vehicle) -> Result<()> {
    if let Some(fleet) = vehicle.fleet_id {
        open_fleet(conn, fleet).await?;
    }
    vehicle.short_id = kit::ids::next_short_id(conn, "VEH", app.clock.now()).await?;
    repository::insert(conn, vehicle).await?;
    events::vehicle_created(conn, &app.clock, vehicle).await
}

/// The vehicle that an input describes, of no fleet yet. Errors: VALIDATION naming the field.
pub(super) fn draft(app: &App, by: Uuid, input: &CreateVehicleInput) -> Result<Vehicle> {
    let now = app.clock.now();
    let mut papers = Papers::default();
    if let Some(documents) = &input.documents {
        renew(&mut papers, documents)?;
    }
    Ok(Vehicle {
        id: kit::ids::new_id(),
        short_id: String::new(),
        fleet_id: None,
        hub_id: None,
        number: check::registration("number", &input.number)?,
        name: check::name("name", &input.name)?,
        model: check::name("model", &input.model)?,
        color: check::text("color", input.color.as_deref())?,
        ownership: input.ownership,
        fuel_type: input.fuel_type,
        status: VehicleStatus::Active,
        owner_name: check::text("ownerName", input.owner_name.as_deref())?,
        chassis_number: check::text("chassisNumber", input.chassis_number.as_deref())?,
        vin_number: check::vin("vinNumber", input.vin_number.as_deref())?,
        papers,
        version: 1,
        created_by: Some(by),
        updated_by: Some(by),
        created_at: now,
        updated_at: now,
    })
}

/// Changes what a vehicle is.
pub async fn update(app: &App, by: &Viewer, input: &UpdateVehicleInput) -> Result<Vehicle> {
    by.require(&STAFF)?;
    let id = check::id("id", &input.id)?;
    let attempt = Attempt::new(input.idempotency_key.as_deref(), by.user_id, "updateVehicle", input)?;
    once(app, by, attempt, async |tx| {
        let mut vehicle: Vehicle = load(tx, by, id).await?;
        expect_version(vehicle.version, input.expected_version)?;
        apply(&mut vehicle, input)?;
        save(tx, app, by, &mut vehicle).await?;
        Ok(vehicle)
    })
    .await
}

fn apply(vehicle: &mut Vehicle, input: &UpdateVehicleInput) -> Result<()> {
    if let Some(number) = &input.number {
        vehicle.number = check::registration("number", number)?;
    }
    if let Some(name) = &input.name {
        vehicle.name = check::name("name", name)?;
    }
    if let Some(model) = &input.model {
        vehicle.model = check::name("model", model)?;
    }
    check::change(&mut vehicle.color, &input.color, "color", check::text)?;
    check::change(&mut vehicle.owner_name, &input.owner_name, "ownerName", check::text)?;
    check::change(&mut vehicle.chassis_number, &input.chassis_number, "chassisNumber", check::text)?;
    check::change(&mut vehicle.vin_number, &input.vin_number, "vinNumber", check::vin)?;
    vehicle.ownership = input.ownership.unwrap_or(vehicle.ownership);
    vehicle.fuel_type = input.fuel_type.unwrap_or(vehicle.fuel_type);
    Ok(())
}

/// Renews papers of a vehicle.
pub async fn update_documents(
    app: &App,
    by: &Viewer,
    input: &UpdateVehicleDocumentsInput,
) -> Result<Vehicle> {
    by.require(&STAFF)?;
    let id = check::id("id", &input.id)?;
    let key = input.idempotency_key.as_deref();
    let attempt = Attempt::new(key, by.user_id, "updateVehicleDocuments", input)?;
    once(app, by, attempt, async |tx| {
        let mut vehicle: Vehicle = load(tx, by, id).await?;
        expect_version(vehicle.version, input.expected_version)?;
        renew(&mut vehicle.papers, &input.documents)?;
        save(tx, app, by, &mut vehicle).await?;
        Ok(vehicle)
    })
    .await
}

fn renew(papers: &mut Papers, given: &VehicleDocumentsInput) -> Result<()> {
    let images = [
        ("documents.rcFrontImage", &given.rc_front_image, &mut papers.rc_front_image),
        ("documents.rcBackImage", &given.rc_back_image, &mut papers.rc_back_image),
        ("documents.permitImage", &given.permit_image, &mut papers.permit_image),
        ("documents.fitnessImage", &given.fitness_image, &mut papers.fitness_image),
        ("documents.insuranceImage", &given.insurance_image, &mut papers.insurance_image),
    ];
    for (field, given, kept) in images {
        check::change(kept, given, field, check::file)?;
    }
    let days = [
        ("documents.permitExpiry", &given.permit_expiry, &mut papers.permit_expiry),
        ("documents.fitnessExpiry", &given.fitness_expiry, &mut papers.fitness_expiry),
        ("documents.insuranceStart", &given.insurance_start, &mut papers.insurance_start),
        ("documents.insuranceExpiry", &given.insurance_expiry, &mut papers.insurance_expiry),
    ];
    for (field, given, kept) in days {
        if let Some(day) = given.as_opt_ref() {
            *kept = check::paper_day(field, day.copied())?;
        }
    }
    Ok(())
}

/// Puts a vehicle into or out of service. The status that it has already changes nothing.
pub async fn set_status(app: &App, by: &Viewer, input: &SetVehicleStatusInput) -> Result<Vehicle> {
    by.require(&STAFF)?;
    let id = check::id("id", &input.id)?;
    let attempt = Attempt::new(input.idempotency_key.as_deref(), by.user_id, "setVehicleStatus", input)?;
    once(app, by, attempt, async |tx| {
        let mut vehicle: Vehicle = load(tx, by, id).await?;
        let previous = vehicle.status;
        if previous != input.status {
            may_become(previous, input.status, repository::is_on_trip(tx, id).await?)?;
            vehicle.status = input.status;
            stamp(app, by, &mut vehicle);
            repository::update(tx, &mut vehicle).await?;
            events::vehicle_status_changed(tx, &app.clock, &vehicle, previous).await?;
        }
        Ok(vehicle)
    })
    .await
}

/// Moves a vehicle to another hub of its fleet, or to none. Operations move between their own hubs, and may take in
/// a vehicle of their fleet that stands at none.
pub async fn move_to_hub(app: &App, by: &Viewer, input: &MoveVehicleToHubInput) -> Result<Vehicle> {
    by.require(&STAFF)?;
    let id = check::id("vehicleId", &input.vehicle_id)?;
    let hub_id = check::optional_id("hubId", input.hub_id.as_ref())?;
    if hub_id.is_some() {
        may_place(by, hub_id)?;
    }
    let attempt = Attempt::new(input.idempotency_key.as_deref(), by.user_id, "moveVehicleToHub", input)?;
    once(app, by, attempt, async |tx| {
        let mut vehicle = load_for_move(tx, by, id).await?;
        if vehicle.hub_id != hub_id {
            vehicle.hub_id = hub_id;
            save(tx, app, by, &mut vehicle).await?;
        }
        Ok(vehicle)
    })
    .await
}

async fn load_for_move(conn: &mut PgConnection, by: &Viewer, id: Uuid) -> Result<Vehicle> {
    let whole_fleet = match (by.role, by.fleet_id) {
        (Role::Operations, Some(fleet)) => Reach::Fleet(fleet),
        _ => reach(by),
    };
    let vehicle = listing::repository::lock::<Vehicle>(conn, &whole_fleet, id).await?;
    let vehicle = vehicle.ok_or_else(|| Error::not_found(Vehicle::NOUN))?;
    let in_sight = vehicle.hub_id.is_none() || may_place(by, vehicle.hub_id).is_ok();
    if in_sight { Ok(vehicle) } else { Err(Error::not_found(Vehicle::NOUN)) }
}

async fn save(conn: &mut PgConnection, app: &App, by: &Viewer, vehicle: &mut Vehicle) -> Result<()> {
    stamp(app, by, vehicle);
    repository::update(conn, vehicle).await?;
    events::vehicle_updated(conn, &app.clock, vehicle).await
}

fn stamp(app: &App, by: &Viewer, vehicle: &mut Vehicle) {
    (vehicle.updated_by, vehicle.updated_at) = (Some(by.user_id), app.clock.now());
}
