//! Rental plans and rentals as clients see and ask for them.

use std::collections::HashMap;

use async_graphql::{Context, ID, InputObject, Object};
use chrono::{DateTime, Utc};
use kit::error::{Error, Result};
use kit::loader::{self, Batch, Source};
use kit::page::{Connection, PageArgs, connection, wants_total};
use kit::{Money, Paise, Role, Scope};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::{DriverRental, EndReason, RentalPlan, RentalStatus, repository, service};
use crate::actor::{Actor, MONEY, MONEY_OR_SELF, actor, app};
use crate::driver::Driver;
use crate::driver::loader::{DriverById, DriverByUser};
use crate::extends::Fleet;
use crate::input as check;
use crate::wallet::PaymentMethod;
use crate::wallet::graphql::money;

/// A plan under which a fleet rents cabs to drivers.
#[Object]
impl RentalPlan {
    /// The plan's id.
    async fn id(&self) -> ID {
        self.id.into()
    }

    /// A short id for people, like PLN20260127001.
    async fn short_id(&self) -> &str {
        &self.short_id
    }

    /// Whose plan it is.
    async fn fleet(&self) -> Fleet {
        Fleet { id: self.fleet_id.into() }
    }

    /// What it is called.
    async fn name(&self) -> &str {
        &self.name
    }

    /// The rent for the whole time.
    async fn rental(&self) -> Money {
        money(self.rental_paise)
    }

    /// The deposit that a driver must have; it is not consumed.
    async fn deposit(&self) -> Money {
        money(self.deposit_paise)
    }

    /// How many days it holds.
    async fn validity_days(&self) -> i32 {
        self.validity_days
    }

    /// Whether it is offered.
    async fn is_active(&self) -> bool {
        self.is_active
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.created_at
    }

    /// Who made it.
    async fn created_by(&self) -> Option<ID> {
        self.created_by.map(ID::from)
    }

    /// Grows with every change.
    async fn version(&self) -> i64 {
        self.version
    }
}

/// A plan that a driver is or was on.
#[Object]
impl DriverRental {
    /// The rental's id.
    async fn id(&self) -> ID {
        self.id.into()
    }

    /// A short id for people, like RTL20260127001.
    async fn short_id(&self) -> &str {
        &self.short_id
    }

    /// Who rents.
    async fn driver(&self, ctx: &Context<'_>) -> Result<Option<Driver>> {
        loader::load::<DriverById>(ctx, self.driver_id).await
    }

    /// The plan, as it is now.
    async fn plan(&self, ctx: &Context<'_>) -> Result<RentalPlan> {
        let plan = loader::load::<PlanById>(ctx, self.plan_id).await?;
        plan.ok_or_else(|| Error::internal("a rental without its plan"))
    }

    /// The rent that was paid.
    async fn rental(&self) -> Money {
        money(self.rental_paise)
    }

    /// When it began.
    async fn start_at(&self) -> DateTime<Utc> {
        self.start_at
    }

    /// When it ends.
    async fn expires_at(&self) -> DateTime<Utc> {
        self.expires_at
    }

    /// How it stands.
    #[graphql(name = "status")]
    async fn standing(&self, ctx: &Context<'_>) -> Result<RentalStatus> {
        Ok(self.status(app(ctx)?.clock.now()))
    }

    /// Days to the end, a begun one counted whole.
    #[graphql(name = "daysRemaining")]
    async fn remaining(&self, ctx: &Context<'_>) -> Result<i64> {
        Ok(self.days_remaining(app(ctx)?.clock.now()))
    }

    /// When it ended.
    async fn ended_at(&self) -> Option<DateTime<Utc>> {
        self.ended_at
    }

    /// Why it ended.
    async fn end_reason(&self) -> Option<EndReason> {
        self.end_reason
    }
}

/// A new plan.
#[derive(Debug, Clone, InputObject, Serialize)]
pub(crate) struct CreateRentalPlanInput {
    /// Repeating a request with the same key gives the first answer again.
    pub(crate) idempotency_key: Option<String>,
    /// The fleet; your own if you belong to one.
    pub(crate) fleet_id: Option<ID>,
    /// What it is called; unique among the fleet's active plans.
    pub(crate) name: String,
    /// The rent for the whole time.
    pub(crate) rental_paise: Paise,
    /// The deposit that a driver must have.
    pub(crate) deposit_paise: Paise,
    /// How many days it holds, 1 to 366.
    pub(crate) validity_days: i32,
}

/// Changes of a plan. What is left out stays as it is.
#[derive(Debug, Clone, InputObject, Serialize)]
pub(crate) struct UpdateRentalPlanInput {
    /// Repeating a request with the same key gives the first answer again.
    pub(crate) idempotency_key: Option<String>,
    /// The plan.
    pub(crate) id: ID,
    /// What it is called.
    pub(crate) name: Option<String>,
    /// The rent for the whole time.
    pub(crate) rental_paise: Option<Paise>,
    /// The deposit that a driver must have.
    pub(crate) deposit_paise: Option<Paise>,
    /// How many days it holds.
    pub(crate) validity_days: Option<i32>,
    /// Whether it is offered.
    pub(crate) is_active: Option<bool>,
}

/// Puts a driver on a plan.
#[derive(Debug, Clone, InputObject, Serialize)]
pub(crate) struct StartRentalInput {
    /// Repeating a request with the same key gives the first answer again.
    pub(crate) idempotency_key: Option<String>,
    /// The driver; left out by drivers, who buy for themselves out of their earnings.
    pub(crate) driver_id: Option<ID>,
    /// The plan.
    pub(crate) plan_id: ID,
    /// How the rent was paid, CASH if left out; for administrators only.
    pub(crate) payment_method: Option<PaymentMethod>,
    /// The reference of the bank or cash book, for administrators only; the same one is never booked twice.
    pub(crate) external_id: Option<String>,
}

/// Plans by id.
pub(crate) struct PlanById;

impl Batch for PlanById {
    type Key = Uuid;
    type Value = RentalPlan;

    async fn load(source: &Source, keys: &[Uuid]) -> Result<HashMap<Uuid, RentalPlan>> {
        let found = repository::plans(&source.pool, keys).await?;
        Ok(found.into_iter().map(|plan| (plan.id, plan)).collect())
    }
}

/// The rental that a driver is on.
pub(crate) struct ActiveRental;

impl Batch for ActiveRental {
    type Key = Uuid;
    type Value = DriverRental;

    async fn load(source: &Source, keys: &[Uuid]) -> Result<HashMap<Uuid, DriverRental>> {
        let (scope, now) = (source.caller.scope(), source.clock.now());
        let found = repository::active_of(&source.pool, &scope, keys, now).await?;
        Ok(found.into_iter().map(|rental| (rental.driver_id, rental)).collect())
    }
}

/// The driver a question is about: drivers may leave it out.
async fn subject(ctx: &Context<'_>, by: &Actor<'_>, named: Option<ID>) -> Result<Option<Driver>> {
    match check::id(named.as_ref(), "driverId")? {
        Some(id) => loader::load::<DriverById>(ctx, id).await,
        None if by.viewer.role == Role::Driver => loader::load::<DriverByUser>(ctx, by.viewer.user_id).await,
        None => Err(Error::validation("driverId", "Name a driver")),
    }
}

/// One page of a fleet's plans. Drivers see what their own fleet offers; nobody sees another fleet's.
pub(crate) async fn plans_of(
    ctx: &Context<'_>,
    fleet: &ID,
    first: Option<i32>,
    after: Option<String>,
) -> Result<Connection<RentalPlan>> {
    let by = actor(ctx, MONEY_OR_SELF)?;
    let (page, fleet) = (PageArgs::parse(first, after)?, check::required_id(fleet, "fleetId")?);
    let visible = match by.scope() {
        Scope::All => true,
        Scope::Fleet(own) => own == fleet,
        Scope::Own(user) => {
            let driver = loader::load::<DriverByUser>(ctx, user).await?;
            driver.is_some_and(|driver| driver.fleet_id == Some(fleet))
        }
        Scope::Hubs { .. } | Scope::Nothing => false,
    };
    if !visible {
        return Ok(connection(&page, Vec::new(), |_| json!(null), Some(0)));
    }
    let only_active = by.viewer.role == Role::Driver;
    let rows = repository::plans_of_fleet(&by.app.pool, fleet, only_active, &page).await?;
    let total = match wants_total(ctx) {
        true => Some(repository::count_of_fleet(&by.app.pool, fleet, only_active).await?),
        false => None,
    };
    Ok(connection(&page, rows, |plan| json!((plan.created_at, plan.id)), total))
}

/// Queries about rentals.
#[derive(Default)]
pub(crate) struct RentalQuery;

#[Object]
impl RentalQuery {
    /// The plans of a fleet. Drivers see what their own fleet offers.
    async fn rental_plans(
        &self,
        ctx: &Context<'_>,
        fleet_id: ID,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<RentalPlan>> {
        plans_of(ctx, &fleet_id, first, after).await
    }

    /// The rental that a driver is on; your own if you leave the driver out.
    async fn active_rental(&self, ctx: &Context<'_>, driver_id: Option<ID>) -> Result<Option<DriverRental>> {
        let by = actor(ctx, MONEY_OR_SELF)?;
        match subject(ctx, &by, driver_id).await? {
            Some(driver) => loader::load::<ActiveRental>(ctx, driver.id).await,
            None => Ok(None),
        }
    }

    /// The rentals of a driver, the newest first; your own if you leave the driver out.
    async fn rental_history(
        &self,
        ctx: &Context<'_>,
        driver_id: Option<ID>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<DriverRental>> {
        let by = actor(ctx, MONEY_OR_SELF)?;
        let page = PageArgs::parse(first, after)?;
        let (pool, scope) = (&by.app.pool, by.scope());
        let Some(driver) = subject(ctx, &by, driver_id).await? else {
            return Ok(connection(&page, Vec::new(), |_| json!(null), Some(0)));
        };
        let rows = repository::history(pool, &scope, driver.id, &page).await?;
        let total = match wants_total(ctx) {
            true => Some(repository::count_history(pool, &scope, driver.id).await?),
            false => None,
        };
        Ok(connection(&page, rows, |rental| json!((rental.start_at, rental.id)), total))
    }
}

/// Mutations of rentals.
#[derive(Default)]
pub(crate) struct RentalMutation;

#[Object]
impl RentalMutation {
    /// Makes a plan of a fleet.
    async fn create_rental_plan(
        &self,
        ctx: &Context<'_>,
        input: CreateRentalPlanInput,
    ) -> Result<RentalPlan> {
        service::create_plan(&actor(ctx, MONEY)?, input).await
    }

    /// Changes a plan; rentals that are running keep what they were bought for.
    async fn update_rental_plan(
        &self,
        ctx: &Context<'_>,
        input: UpdateRentalPlanInput,
    ) -> Result<RentalPlan> {
        service::update_plan(&actor(ctx, MONEY)?, input).await
    }

    /// Puts a driver on a plan of their fleet. Administrators say how the rent was paid; drivers buy out of their earnings.
    /// Days left on the current plan are added. CONFLICT if the deposit is too small.
    async fn start_rental(&self, ctx: &Context<'_>, input: StartRentalInput) -> Result<DriverRental> {
        service::start(&actor(ctx, MONEY_OR_SELF)?, input).await
    }
}
