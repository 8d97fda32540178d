//! Money coming in on a day: cash from check-outs, QR money and corrections from administrators.

use kit::clock::ist_date;
use kit::error::{Error, Result};
use kit::ids::{new_id, next_short_id};
use sqlx::PgConnection;
use uuid::Uuid;

use super::graphql::RecordCollectionInput;
use super::repository::{self, Entry};
use super::{CollectionState, DailyCollection};
use crate::actor::{Actor, App};
use crate::driver::{Driver, repository as drivers};
use crate::input as check;
use crate::trips::repository as trips;
use crate::wallet::ledger::{self, Links, Posting};
use crate::wallet::{Account, PaymentMethod, TransactionType, transfer};
use crate::write::{Begun, Write};

/// One day in the actor's scope. Errors: NOT_FOUND.
pub(crate) async fn get(by: &Actor<'_>, id: Uuid) -> Result<DailyCollection> {
    repository::find(&by.app.pool, &by.scope(), id).await?.ok_or_else(|| Error::not_found("Daily collection"))
}

/// Takes the cash that a driver hands over at check-out: onto the day's collection, and off the cash they hold.
/// Cash that comes after the day was settled counts for the next one.
pub(crate) async fn take_cash(
    conn: &mut PgConnection,
    app: &App,
    driver: &Driver,
    cash: i64,
    by: Uuid,
) -> Result<()> {
    let now = app.clock.now();
    let vehicle_id = trips::vehicle_of(conn, driver.id).await?.or(driver.own_vehicle_id);
    let today = ist_date(now);
    let mut taken = None;
    for date in [Some(today), today.succ_opt()].into_iter().flatten() {
        let entry = Entry {
            id: new_id(),
            short_id: next_short_id(conn, "COL", now).await?,
            driver_id: driver.id,
            vehicle_id,
            date,
            add_cash: cash,
            set_qr: None,
            set_cash: None,
            at: now,
        };
        taken = repository::record(conn, &entry).await?;
        if taken.is_some() {
            break;
        }
    }
    let taken = taken
        .ok_or_else(|| Error::conflict("Today and tomorrow are settled; hand the cash to your fleet"))?;
    let posting = Posting {
        kind: TransactionType::DailyCollection,
        amount_paise: -cash,
        method: PaymentMethod::Cash,
        description: format!("Cash handed over, {}", taken.date),
        links: Links { collection_id: Some(taken.id), ..Links::default() },
        external_id: None,
        by: Some(by),
        lines: transfer(Account::Clearing, Account::CashHeld, cash),
    };
    ledger::post(conn, &app.clock, driver, posting).await?;
    Ok(())
}

/// Sets what a day took in, for what no machine has told: QR money, or cash that was counted again.
pub(crate) async fn record(by: &Actor<'_>, input: RecordCollectionInput) -> Result<DailyCollection> {
    let driver_id = check::required_id(&input.driver_id, "driverId")?;
    let vehicle_id = check::id(input.vehicle_id.as_ref(), "vehicleId")?;
    let set_qr = input.qr_paise.map(|paise| check::not_negative(paise, "qrPaise")).transpose()?;
    let set_cash = input.cash_paise.map(|paise| check::not_negative(paise, "cashPaise")).transpose()?;
    let now = by.app.clock.now();
    if input.date > ist_date(now) {
        return Err(Error::validation("date", "This day has not begun"));
    }
    let mut write =
        match Write::begin(by, "recordCollection", input.idempotency_key.as_deref(), &input).await? {
            Begun::Repeated(id) => return get(by, id).await,
            Begun::Fresh(write) => write,
        };
    let driver = drivers::lock(write.conn(), &by.scope(), driver_id).await?;
    let entry = Entry {
        id: new_id(),
        short_id: next_short_id(write.conn(), "COL", now).await?,
        driver_id: driver.id,
        vehicle_id,
        date: input.date,
        add_cash: 0,
        set_qr,
        set_cash,
        at: now,
    };
    let recorded = repository::record(write.conn(), &entry)
        .await?
        .ok_or_else(|| settled(CollectionState::Reconciled))?;
    write.commit(recorded.id).await?;
    Ok(recorded)
}

/// A day that can't be changed any more.
pub(crate) fn settled(state: CollectionState) -> Error {
    Error::new(kit::Code::INVALID_TRANSITION, format!("This day's collection is {}", state.as_str()))
        .with("from", state.as_str())
}
