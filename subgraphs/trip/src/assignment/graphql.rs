//! The roster as clients see it and change it.

use std::collections::{HashMap, HashSet};

use async_graphql::{Context, ID, InputObject, Object};
use chrono::{DateTime, Utc};
use kit::Error;
use kit::error::Result;
use kit::idempotency::Attempt;
use kit::loader::{self, Batch, Source, loaders};
use kit::page::{Connection, PageArgs, connection, wants_total};
use kit::viewer::caller;
use serde::Serialize;
use uuid::Uuid;

use super::repository::Filter;
use super::{Assignment, RosterStatus, repository, service};
use crate::access;
use crate::app::App;
use crate::extends::{Driver, Fleet, User, Vehicle};
use crate::id::{Key, optional_uuid, uuid};

/// Roster rows by id, within the caller's scope.
pub struct AssignmentById;

impl Batch for AssignmentById {
    type Key = Uuid;
    type Value = Assignment;

    async fn load(source: &Source, keys: &[Uuid]) -> Result<HashMap<Uuid, Assignment>> {
        repository::by_ids(&mut *source.pool.acquire().await?, &source.caller.scope(), keys).await
    }
}

/// The ACTIVE row of a driver, within the caller's scope.
pub struct ActiveByDriver;

impl Batch for ActiveByDriver {
    type Key = Uuid;
    type Value = Assignment;

    async fn load(source: &Source, keys: &[Uuid]) -> Result<HashMap<Uuid, Assignment>> {
        repository::active_by_drivers(&mut *source.pool.acquire().await?, &source.caller.scope(), keys).await
    }
}

/// The ACTIVE row of a vehicle, within the caller's scope.
pub struct ActiveByVehicle;

impl Batch for ActiveByVehicle {
    type Key = Uuid;
    type Value = Assignment;

    async fn load(source: &Source, keys: &[Uuid]) -> Result<HashMap<Uuid, Assignment>> {
        repository::active_by_vehicles(&mut *source.pool.acquire().await?, &source.caller.scope(), keys).await
    }
}

/// The latest shifts of fleets, within the caller's scope: fleet, status, how many.
pub struct LatestShifts;

impl Batch for LatestShifts {
    type Key = (Uuid, Option<RosterStatus>, i64);
    type Value = Vec<Assignment>;

    async fn load(source: &Source, keys: &[Self::Key]) -> Result<HashMap<Self::Key, Vec<Assignment>>> {
        let mut conn = source.pool.acquire().await?;
        let mut found = HashMap::new();
        let kinds: HashSet<_> = keys.iter().map(|(_, status, limit)| (*status, *limit)).collect();
        for (status, limit) in kinds {
            let alike = keys.iter().filter(|key| (key.1, key.2) == (status, limit));
            let fleets: Vec<Uuid> = alike.map(|key| key.0).collect();
            let scope = source.caller.scope();
            let mut pages = repository::latest_of_fleets(&mut conn, &scope, &fleets, status, limit).await?;
            for fleet in fleets {
                found.insert((fleet, status, limit), pages.remove(&fleet).unwrap_or_default());
            }
        }
        Ok(found)
    }
}

impl Assignment {
    /// The place of this shift in a list.
    pub(crate) fn position(&self) -> serde_json::Value {
        serde_json::json!([self.start_time, self.id])
    }
}

/// A driver with a vehicle, for one shift.
#[Object]
impl Assignment {
    async fn id(&self) -> ID {
        ID::from(self.id)
    }

    /// The id that people read out, such as ASN20260127001.
    async fn short_id(&self) -> &str {
        &self.short_id
    }

    /// ACTIVE while the driver has the vehicle.
    async fn status(&self) -> RosterStatus {
        self.status
    }

    async fn fleet(&self) -> Fleet {
        Fleet { id: self.fleet_id }
    }

    async fn driver(&self) -> Driver {
        Driver { id: self.driver_id }
    }

    async fn vehicle(&self) -> Vehicle {
        Vehicle { id: self.vehicle_id }
    }

    /// When the shift began.
    async fn start_time(&self) -> DateTime<Utc> {
        self.start_time
    }

    /// When it ended.
    async fn end_time(&self) -> Option<DateTime<Utc>> {
        self.end_time
    }

    /// Why it ended, when somebody said.
    async fn end_reason(&self) -> Option<&str> {
        self.end_reason.as_deref()
    }

    /// Who paired them.
    async fn created_by(&self) -> Option<User> {
        self.created_by.map(User::of)
    }

    /// Who ended it; null for the system.
    async fn ended_by(&self) -> Option<User> {
        self.ended_by.map(User::of)
    }

    /// Grows by one with every change.
    async fn version(&self) -> i64 {
        self.version
    }
}

/// Which shifts a list is about. What is left out does not restrict.
#[derive(Clone, Debug, Default, InputObject)]
pub struct AssignmentFilter {
    /// Of this fleet.
    pub fleet_id: Option<ID>,
    /// Of this driver.
    pub driver_id: Option<ID>,
    /// With this vehicle.
    pub vehicle_id: Option<ID>,
    /// In this status.
    pub status: Option<RosterStatus>,
}

#[derive(Default)]
pub struct AssignmentQuery;

#[Object]
impl AssignmentQuery {
    /// One shift by id or short id; null when there is none that you may see.
    async fn assignment(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Assignment>> {
        caller(ctx).viewer()?;
        let mut conn = app(ctx).pool.acquire().await?;
        repository::find(&mut conn, &caller(ctx).scope(), &Key::parse(&id)).await
    }

    /// The shifts that you may see, latest first. Drivers see their own.
    async fn assignments(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, at most 100; 20 when left out")] first: Option<i32>,
        #[graphql(desc = "Go on behind this cursor")] after: Option<String>,
        filter: Option<AssignmentFilter>,
    ) -> Result<Connection<Assignment>> {
        access::member(caller(ctx))?;
        let filter = filter.unwrap_or_default();
        let filter = Filter {
            fleet_id: optional_uuid("filter.fleetId", filter.fleet_id.as_ref())?,
            driver_id: optional_uuid("filter.driverId", filter.driver_id.as_ref())?,
            vehicle_id: optional_uuid("filter.vehicleId", filter.vehicle_id.as_ref())?,
            status: filter.status,
        };
        page(ctx, &filter, first, after).await
    }

    #[graphql(entity)]
    async fn find_assignment_by_id(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Assignment>> {
        match Key::parse(&id) {
            Key::Id(id) => loader::load::<AssignmentById>(ctx, id).await,
            Key::Short(_) => Ok(None),
        }
    }
}

/// One page of shifts within the caller's scope.
pub(crate) async fn page(
    ctx: &Context<'_>,
    filter: &Filter,
    first: Option<i32>,
    after: Option<String>,
) -> Result<Connection<Assignment>> {
    let page = PageArgs::parse(first, after)?;
    let scope = caller(ctx).scope();
    let mut conn = app(ctx).pool.acquire().await?;
    let rows = repository::page(&mut conn, &scope, filter, &page).await?;
    let total = match wants_total(ctx) {
        true => Some(repository::count(&mut conn, &scope, filter).await?),
        false => None,
    };
    Ok(connection(&page, rows, Assignment::position, total))
}

/// A driver and the vehicle for the shift.
#[derive(Clone, Debug, InputObject, Serialize)]
pub struct CreateAssignmentInput {
    /// Active and with approved KYC.
    pub driver_id: ID,
    /// Active, with valid documents, of the driver's fleet and hub.
    pub vehicle_id: ID,
    /// The same key with the same input is carried out once.
    pub idempotency_key: Option<String>,
}

/// A shift that is over.
#[derive(Clone, Debug, InputObject, Serialize)]
pub struct EndAssignmentInput {
    /// Id or short id of the shift.
    pub assignment_id: ID,
    /// Why, if there is something to say.
    pub reason: Option<String>,
    /// The same key with the same input is carried out once.
    pub idempotency_key: Option<String>,
}

/// A shift that goes on with another vehicle.
#[derive(Clone, Debug, InputObject, Serialize)]
pub struct SwapVehicleInput {
    /// Id or short id of the shift.
    pub assignment_id: ID,
    /// The other vehicle.
    pub vehicle_id: ID,
    /// The same key with the same input is carried out once.
    pub idempotency_key: Option<String>,
}

#[derive(Default)]
pub struct AssignmentMutation;

#[Object]
impl AssignmentMutation {
    /// Gives a driver a vehicle for the shift. CONFLICT names driverId or vehicleId when one of them has another.
    async fn create_assignment(&self, ctx: &Context<'_>, input: CreateAssignmentInput) -> Result<Assignment> {
        let pair = (uuid("driverId", &input.driver_id)?, uuid("vehicleId", &input.vehicle_id)?);
        let attempt = attempt(ctx, "createAssignment", input.idempotency_key.as_deref(), &input)?;
        let done = service::create(app(ctx), caller(ctx), pair, attempt.clone()).await;
        answer(ctx, attempt, done).await
    }

    /// Ends a shift. Refused while a trip of the driver is under way; a second end changes nothing.
    async fn end_assignment(&self, ctx: &Context<'_>, input: EndAssignmentInput) -> Result<Assignment> {
        let attempt = attempt(ctx, "endAssignment", input.idempotency_key.as_deref(), &input)?;
        let key = Key::parse(&input.assignment_id);
        let done = service::end(app(ctx), caller(ctx), &key, input.reason.as_deref(), attempt.clone()).await;
        answer(ctx, attempt, done).await
    }

    /// Ends a shift and begins one with another vehicle, in one step. Answers with the new shift.
    async fn swap_vehicle(&self, ctx: &Context<'_>, input: SwapVehicleInput) -> Result<Assignment> {
        let vehicle = uuid("vehicleId", &input.vehicle_id)?;
        let attempt = attempt(ctx, "swapVehicle", input.idempotency_key.as_deref(), &input)?;
        let key = Key::parse(&input.assignment_id);
        let done = service::swap_vehicle(app(ctx), caller(ctx), &key, vehicle, attempt.clone()).await;
        answer(ctx, attempt, done).await
    }
}

fn attempt<'a>(
    ctx: &Context<'_>,
    operation: &'static str,
    key: Option<&'a str>,
    input: &impl Serialize,
) -> Result<Attempt<'a>> {
    Attempt::new(key, caller(ctx).actor_id(), operation, input)
}

/// The shift that an attempt changed, now or when it came for the first time, to who may see it by now.
async fn answer(ctx: &Context<'_>, attempt: Attempt<'_>, done: Result<Uuid>) -> Result<Assignment> {
    let id = app(ctx).settled(attempt, done).await?;
    loaders(ctx)?.clear();
    let mut conn = app(ctx).pool.acquire().await?;
    let found = repository::find(&mut conn, &caller(ctx).scope(), &Key::Id(id)).await?;
    found.ok_or_else(|| Error::not_found("Assignment"))
}

fn app<'a>(ctx: &Context<'a>) -> &'a App {
    ctx.data_unchecked::<App>()
}
