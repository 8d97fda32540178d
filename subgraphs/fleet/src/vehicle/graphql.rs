//! Vehicles as clients see them.

use async_graphql::{Context, ID, Object};
use chrono::{DateTime, NaiveDate, Utc};
use kit::Result;
use kit::clock::ist_date;
use kit::page::Connection;

use super::document::{DocumentHealth, Today, VehicleDocument};
use super::input::{
    CreateVehicleInput, MoveVehicleToHubInput, SetVehicleStatusInput, UpdateVehicleDocumentsInput,
    UpdateVehicleInput, VehicleFilter,
};
use super::repository::{self, Wanted};
use super::{FuelType, Vehicle, VehicleOwnership, VehicleStatus, service};
use crate::app::{App, acting, app, reach};
use crate::check;
use crate::fleet::Fleet;
use crate::hub::Hub;
use crate::listing::graphql::{by_id, list, one};
use crate::listing::{ListOrder, search};
use crate::people::{UserRef, user};

/// A cab.
#[Object]
impl Vehicle {
    /// The permanent id.
    async fn id(&self) -> ID {
        self.id.into()
    }

    /// The id that people read out: `VEH20260127001`.
    async fn short_id(&self) -> &str {
        &self.short_id
    }

    /// The id of its fleet; nothing for an independent owner's vehicle.
    async fn fleet_id(&self) -> Option<ID> {
        self.fleet_id.map(ID::from)
    }

    /// The id of the hub where it stands.
    async fn hub_id(&self) -> Option<ID> {
        self.hub_id.map(ID::from)
    }

    /// Its fleet.
    async fn fleet(&self, ctx: &Context<'_>) -> Result<Option<Fleet>> {
        by_id(ctx, self.fleet_id).await
    }

    /// The hub where it stands.
    async fn hub(&self, ctx: &Context<'_>) -> Result<Option<Hub>> {
        by_id(ctx, self.hub_id).await
    }

    /// The registration: `DL01AB1234`.
    async fn number(&self) -> &str {
        &self.number
    }

    /// The brand or display name.
    async fn name(&self) -> &str {
        &self.name
    }

    /// The model.
    async fn model(&self) -> &str {
        &self.model
    }

    /// The colour.
    async fn color(&self) -> Option<&str> {
        self.color.as_deref()
    }

    /// Who it belongs to.
    async fn ownership(&self) -> VehicleOwnership {
        self.ownership
    }

    /// What drives it.
    async fn fuel_type(&self) -> FuelType {
        self.fuel_type
    }

    /// Whether it may be used.
    async fn status(&self) -> VehicleStatus {
        self.status
    }

    /// The owner's name.
    async fn owner_name(&self) -> Option<&str> {
        self.owner_name.as_deref()
    }

    /// The number on the chassis.
    async fn chassis_number(&self) -> Option<&str> {
        self.chassis_number.as_deref()
    }

    /// The vehicle identification number.
    async fn vin_number(&self) -> Option<&str> {
        self.vin_number.as_deref()
    }

    /// The last good day of the permit.
    async fn permit_expiry(&self) -> Option<NaiveDate> {
        self.papers.permit_expiry
    }

    /// The last good day of the fitness certificate.
    async fn fitness_expiry(&self) -> Option<NaiveDate> {
        self.papers.fitness_expiry
    }

    /// The last good day of the insurance.
    async fn insurance_expiry(&self) -> Option<NaiveDate> {
        self.papers.insurance_expiry
    }

    /// The last day on which permit, fitness and insurance all count; nothing as soon as one has no date.
    async fn docs_valid_until(&self) -> Option<NaiveDate> {
        self.papers.valid_until()
    }

    /// Its papers, each as it stands today.
    async fn documents(&self, ctx: &Context<'_>) -> Result<Vec<VehicleDocument>> {
        Ok(self.papers.documents(today(app(ctx)?)))
    }

    /// How its worst paper stands today.
    async fn document_health(&self, ctx: &Context<'_>) -> Result<DocumentHealth> {
        Ok(self.papers.health(today(app(ctx)?)))
    }

    /// Counts up with every change; send it back as `expectedVersion` to change only what you read.
    async fn version(&self) -> i64 {
        self.version
    }

    /// Who added it.
    async fn created_by(&self) -> Option<UserRef> {
        user(self.created_by)
    }

    /// Who changed it last.
    async fn updated_by(&self) -> Option<UserRef> {
        user(self.updated_by)
    }

    /// When it was added.
    async fn created_at(&self) -> DateTime<Utc> {
        self.created_at
    }

    /// When it was changed last.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.updated_at
    }
}

/// The business day of today, for papers.
pub fn today(app: &App) -> Today {
    Today { date: ist_date(app.clock.now()), warning_days: app.warning_days }
}

/// Questions about vehicles.
#[derive(Default)]
pub struct VehicleQuery;

#[Object]
impl VehicleQuery {
    /// One vehicle, by id or short id. Nothing when there is none, or none that you may see.
    async fn vehicle(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Vehicle>> {
        acting(ctx)?;
        one(ctx, &id).await
    }

    /// One vehicle by its registration; blanks and hyphens do not count.
    async fn vehicle_by_number(&self, ctx: &Context<'_>, number: String) -> Result<Option<Vehicle>> {
        let (app, _) = acting(ctx)?;
        let number = check::registration("number", &number)?;
        let mut conn = app.pool.acquire().await?;
        repository::find_by_number(&mut conn, &reach(ctx), &number).await
    }

    /// Vehicles, page by page: of your fleet, for operations of their hubs, for drivers of their shifts.
    async fn vehicles(
        &self,
        ctx: &Context<'_>,
        filter: Option<VehicleFilter>,
        #[graphql(desc = "How to order; the newest first when left out.")] order_by: Option<ListOrder>,
        #[graphql(desc = "How many at most: 1 to 100, 20 when left out.")] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.")] after: Option<String>,
    ) -> Result<Connection<Vehicle>> {
        let (app, _) = acting(ctx)?;
        let wanted = wanted(app, filter.unwrap_or_default())?;
        list(ctx, wanted, order_by.unwrap_or_default(), first, after).await
    }

    #[graphql(entity)]
    async fn find_vehicle_by_id(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Vehicle>> {
        by_id(ctx, id.parse().ok()).await
    }
}

/// What a client asks for. Errors: VALIDATION on the part of the filter at fault.
pub fn wanted(app: &App, filter: VehicleFilter) -> Result<Wanted> {
    Ok(Wanted {
        fleet_id: check::optional_id("filter.fleetId", filter.fleet_id.as_ref())?,
        hub_id: check::optional_id("filter.hubId", filter.hub_id.as_ref())?,
        without_hub: filter.without_hub,
        status: filter.status,
        fuel_type: filter.fuel_type,
        health: filter.document_health.map(|health| (health, today(app))),
        search: search(filter.search.as_deref())?,
    })
}

/// Changes of vehicles.
#[derive(Default)]
pub struct VehicleMutation;

#[Object]
impl VehicleMutation {
    /// Adds a vehicle.
    async fn create_vehicle(&self, ctx: &Context<'_>, input: CreateVehicleInput) -> Result<Vehicle> {
        let (app, viewer) = acting(ctx)?;
        service::create(app, viewer, &input).await
    }

    /// Changes what a vehicle is.
    async fn update_vehicle(&self, ctx: &Context<'_>, input: UpdateVehicleInput) -> Result<Vehicle> {
        let (app, viewer) = acting(ctx)?;
        service::update(app, viewer, &input).await
    }

    /// Renews papers of a vehicle.
    async fn update_vehicle_documents(
        &self,
        ctx: &Context<'_>,
        input: UpdateVehicleDocumentsInput,
    ) -> Result<Vehicle> {
        let (app, viewer) = acting(ctx)?;
        service::update_documents(app, viewer, &input).await
    }

    /// Puts a vehicle into or out of service; not out of it during a trip.
    async fn set_vehicle_status(&self, ctx: &Context<'_>, input: SetVehicleStatusInput) -> Result<Vehicle> {
        let (app, viewer) = acting(ctx)?;
        service::set_status(app, viewer, &input).await
    }

    /// Moves a vehicle to another hub of its fleet.
    async fn move_vehicle_to_hub(&self, ctx: &Context<'_>, input: MoveVehicleToHubInput) -> Result<Vehicle> {
        let (app, viewer) = acting(ctx)?;
        service::move_to_hub(app, viewer, &input).await
    }
}
