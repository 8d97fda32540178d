//! What may happen to plans and rentals, by whom.

use kit::Role;
use kit::error::{Error, Result};
use kit::ids::{new_id, next_short_id};
use uuid::Uuid;

use super::graphql::{CreateRentalPlanInput, StartRentalInput, UpdateRentalPlanInput};
use super::{DriverRental, EndReason, RentalPlan, expiry, repository};
use crate::actor::Actor;
use crate::directory::service as directory;
use crate::driver::standing::{self, Because};
use crate::driver::{Driver, DriverStatus, PaymentModel, repository as drivers};
use crate::input as check;
use crate::wallet::ledger::{self, Links, Posting};
use crate::wallet::{Account, PaymentMethod, TransactionType, repository as wallets, transfer};
use crate::write::{Begun, Write};

async fn plan(by: &Actor<'_>, id: Uuid) -> Result<RentalPlan> {
    let found = repository::plans(&by.app.pool, &[id]).await?;
    found.into_iter().next().ok_or_else(|| Error::not_found("Rental plan"))
}

/// A validity. Errors: VALIDATION.
fn validity(days: i32) -> Result<i32> {
    if (1..=366).contains(&days) {
        Ok(days)
    } else {
        Err(Error::validation("validityDays", "A plan holds 1 to 366 days"))
    }
}

/// Makes a plan of a fleet.
pub(crate) async fn create_plan(by: &Actor<'_>, input: CreateRentalPlanInput) -> Result<RentalPlan> {
    let fleet_id = by.fleet(check::id(input.fleet_id.as_ref(), "fleetId")?, "fleetId")?;
    let name = check::text(&input.name, "name", 80)?;
    let rental_paise = check::positive(input.rental_paise, "rentalPaise")?;
    let deposit_paise = check::not_negative(input.deposit_paise, "depositPaise")?;
    let validity_days = validity(input.validity_days)?;
    directory::active_fleet(by.app, fleet_id, "fleetId").await?;
    let mut write =
        match Write::begin(by, "createRentalPlan", input.idempotency_key.as_deref(), &input).await? {
            Begun::Repeated(id) => return plan(by, id).await,
            Begun::Fresh(write) => write,
        };
    let now = by.app.clock.now();
    let row = RentalPlan {
        id: new_id(),
        short_id: next_short_id(write.conn(), "PLN", now).await?,
        fleet_id,
        name,
        rental_paise,
        deposit_paise,
        validity_days,
        is_active: true,
        version: 1,
        created_at: now,
        created_by: Some(by.viewer.user_id),
    };
    repository::insert_plan(write.conn(), &row).await?;
    write.commit(row.id).await?;
    Ok(row)
}

/// Changes a plan; rentals that are running keep what they were bought for.
pub(crate) async fn update_plan(by: &Actor<'_>, input: UpdateRentalPlanInput) -> Result<RentalPlan> {
    let id = check::required_id(&input.id, "id")?;
    let mut write =
        match Write::begin(by, "updateRentalPlan", input.idempotency_key.as_deref(), &input).await? {
            Begun::Repeated(id) => return plan(by, id).await,
            Begun::Fresh(write) => write,
        };
    let mut row =
        repository::lock_plan(write.conn(), id).await?.ok_or_else(|| Error::not_found("Rental plan"))?;
    // A plan of another fleet does not exist for this viewer.
    by.fleet(Some(row.fleet_id), "id").map_err(|_| Error::not_found("Rental plan"))?;
    if let Some(name) = &input.name {
        row.name = check::text(name, "name", 80)?;
    }
    if let Some(amount) = input.rental_paise {
        row.rental_paise = check::positive(amount, "rentalPaise")?;
    }
    if let Some(amount) = input.deposit_paise {
        row.deposit_paise = check::not_negative(amount, "depositPaise")?;
    }
    if let Some(days) = input.validity_days {
        row.validity_days = validity(days)?;
    }
    row.is_active = input.is_active.unwrap_or(row.is_active);
    let row = repository::save_plan(write.conn(), &row, by.viewer.user_id, by.app.clock.now()).await?;
    write.commit(id).await?;
    Ok(row)
}

async fn get(by: &Actor<'_>, id: Uuid) -> Result<DriverRental> {
    repository::find(&by.app.pool, &by.scope(), id).await?.ok_or_else(|| Error::not_found("Rental"))
}

/// Puts a driver on a plan of their fleet: an administrator who took the rent, or the driver out of their earnings.
pub(crate) async fn start(by: &Actor<'_>, input: StartRentalInput) -> Result<DriverRental> {
    let plan_id = check::required_id(&input.plan_id, "planId")?;
    let named = check::id(input.driver_id.as_ref(), "driverId")?;
    check_payment(by, &input)?;
    let mut write = match Write::begin(by, "startRental", input.idempotency_key.as_deref(), &input).await? {
        Begun::Repeated(id) => return get(by, id).await,
        Begun::Fresh(write) => write,
    };
    let own = by.viewer.role == Role::Driver;
    let driver = match named {
        Some(id) => drivers::lock(write.conn(), &by.scope(), id).await?,
        None if own => drivers::lock_own(write.conn(), by.viewer.user_id).await?,
        None => return Err(Error::validation("driverId", "Name a driver")),
    };
    let plan = repository::lock_plan(write.conn(), plan_id).await?;
    let plan = plan.filter(|plan| Some(plan.fleet_id) == driver.fleet_id);
    let plan = plan.ok_or_else(|| Error::validation("planId", "The driver's fleet has no such plan"))?;
    check_eligible(&mut write, by, &driver, &plan).await?;
    let now = by.app.clock.now();
    let current = repository::end_active(write.conn(), driver.id, EndReason::Renewed, now).await?;
    let rental = DriverRental {
        id: new_id(),
        short_id: next_short_id(write.conn(), "RTL", now).await?,
        driver_id: driver.id,
        plan_id,
        rental_paise: plan.rental_paise,
        start_at: now,
        expires_at: expiry(now, current, plan.validity_days),
        is_active: true,
        ended_at: None,
        end_reason: None,
    };
    repository::insert(write.conn(), &rental, by.viewer.user_id).await?;
    charge(&mut write, by, &driver, &plan, &rental, &input).await?;
    if driver.payment_model != Some(PaymentModel::Rental) {
        let after = Driver { payment_model: Some(PaymentModel::Rental), ..driver.clone() };
        let because = Because { by: Some(by.viewer.user_id), reason: Some("Rental started") };
        standing::change(write.conn(), &by.app.clock, &driver, after, because).await?;
    }
    write.commit(rental.id).await?;
    Ok(rental)
}

/// Drivers pay out of their earnings: they have no payment to tell of, and may not use up the references of others.
fn check_payment(by: &Actor<'_>, input: &StartRentalInput) -> Result<()> {
    let field = match (&input.payment_method, &input.external_id) {
        _ if by.viewer.role != Role::Driver => return Ok(()),
        (Some(_), _) => "paymentMethod",
        (None, Some(_)) => "externalId",
        (None, None) => return Ok(()),
    };
    Err(Error::validation(field, "Your rent is taken out of your earnings"))
}

/// The plan is offered, the driver may work, and the deposit reaches the plan's threshold. It is not consumed.
async fn check_eligible(
    write: &mut Write<'_>,
    by: &Actor<'_>,
    driver: &Driver,
    plan: &RentalPlan,
) -> Result<()> {
    if !plan.is_active {
        return Err(Error::conflict("This plan is not offered any more").field("planId"));
    }
    if driver.status != DriverStatus::Active {
        return Err(Error::conflict(format!("The driver is {}", driver.status.as_str())));
    }
    let deposit = wallets::lock(write.conn(), driver.id, by.app.clock.now()).await?.deposit_paise;
    if deposit < plan.deposit_paise {
        return Err(Error::conflict("The deposit is not enough for this plan")
            .field("planId")
            .with("depositPaise", deposit)
            .with("requiredPaise", plan.deposit_paise));
    }
    Ok(())
}

/// Books the rent: received outside by an administrator, or out of the driver's own earnings.
async fn charge(
    write: &mut Write<'_>,
    by: &Actor<'_>,
    driver: &Driver,
    plan: &RentalPlan,
    rental: &DriverRental,
    input: &StartRentalInput,
) -> Result<()> {
    let rent = plan.rental_paise;
    let own = by.viewer.role == Role::Driver;
    if own {
        let wallet = wallets::lock(write.conn(), driver.id, by.app.clock.now()).await?;
        if wallet.net_payable_paise() < rent {
            return Err(Error::conflict("Your earnings don't cover the rent; pay at your fleet's office")
                .with("netPayablePaise", wallet.net_payable_paise())
                .with("rentalPaise", rent));
        }
    }
    let from = if own { Account::Earnings } else { Account::Clearing };
    let posting = Posting {
        kind: TransactionType::Rental,
        amount_paise: -rent,
        method: input.payment_method.unwrap_or(if own {
            PaymentMethod::BankTransfer
        } else {
            PaymentMethod::Cash
        }),
        description: format!("{}, until {}", plan.name, kit::clock::ist_date(rental.expires_at)),
        links: Links { rental_id: Some(rental.id), ..Links::default() },
        external_id: input
            .external_id
            .as_deref()
            .map(|text| check::text(text, "externalId", 100))
            .transpose()?,
        by: Some(by.viewer.user_id),
        lines: transfer(from, Account::Rent, rent),
    };
    ledger::post(write.conn(), &by.app.clock, driver, posting).await?;
    Ok(())
}
