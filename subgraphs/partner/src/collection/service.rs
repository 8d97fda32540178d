//! Money coming in on a day: cash from check-outs, QR money and corrections from administrators.

use chrono::{DateTime, NaiveDate, Utc};
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
    let today = ist_date(now);
    let mut open = None;
    for date in [Some(today), today.succ_opt()].into_iter().flatten() {
        let standing = repository::standing(conn, driver.id, date).await?;
        if standing.is_none_or(|(state, _)| state == CollectionState::Open) {
            open = Some(date);
            break;
        }
    }
    let date =
        open.ok_or_else(|| Error::conflict("Today and tomorrow are settled; hand the cash to your fleet"))?;
    let vehicle_id = trips::vehicle_of(conn, driver.id).await?.or(driver.own_vehicle_id);
    let entry = Entry { vehicle_id, add_cash: cash, ..blank(conn, driver, date, now).await? };
    let taken = repository::record(conn, &entry).await?;
    let taken = taken.ok_or_else(|| Error::internal("a day that was open under the driver's lock"))?;
    book_cash(conn, app, driver, &taken, cash, by).await
}

/// Nothing for a day yet.
async fn blank(
    conn: &mut PgConnection,
    driver: &Driver,
    date: NaiveDate,
    at: DateTime<Utc>,
) -> Result<Entry> {
    Ok(Entry {
        id: new_id(),
        short_id: next_short_id(conn, "COL", at).await?,
        driver_id: driver.id,
        vehicle_id: None,
        date,
        add_cash: 0,
        set_qr: None,
        set_cash: None,
        at,
    })
}

/// Cash that came in is cash that the driver holds no longer, so that the ledger's entries of a day sum to its cash. It is
/// negative where it was counted again and turned out to be less.
async fn book_cash(
    conn: &mut PgConnection,
    app: &App,
    driver: &Driver,
    day: &DailyCollection,
    cash: i64,
    by: Uuid,
) -> Result<()> {
    if cash == 0 {
        return Ok(());
    }
    let posting = Posting {
        kind: TransactionType::DailyCollection,
        amount_paise: -cash,
        method: PaymentMethod::Cash,
        description: format!("Cash handed over, {}", day.date),
        links: Links { collection_id: Some(day.id), ..Links::default() },
        external_id: None,
        by: Some(by),
        lines: transfer(Account::Clearing, Account::CashHeld, cash),
    };
    ledger::post(conn, &app.clock, driver, posting).await?;
    Ok(())
}

/// The oldest day, in days before today, that is still written onto.
const OLDEST_DAY: i64 = 366;

/// A day that something may be recorded for. Errors: VALIDATION.
fn checked_day(date: NaiveDate, today: NaiveDate) -> Result<NaiveDate> {
    match (today - date).num_days() {
        ..0 => Err(Error::validation("date", "This day has not begun")),
        0..=OLDEST_DAY => Ok(date),
        _ => Err(Error::validation("date", "This day is more than a year ago")),
    }
}

/// Sets what a day took in, for what no machine has told: QR money, or cash that was handed over elsewhere or counted again.
pub(crate) async fn record(by: &Actor<'_>, input: RecordCollectionInput) -> Result<DailyCollection> {
    let driver_id = check::required_id(&input.driver_id, "driverId")?;
    let vehicle_id = check::id(input.vehicle_id.as_ref(), "vehicleId")?;
    let set_qr = input.qr_paise.map(|paise| check::not_negative(paise, "qrPaise")).transpose()?;
    let set_cash = input.cash_paise.map(|paise| check::not_negative(paise, "cashPaise")).transpose()?;
    let now = by.app.clock.now();
    let date = checked_day(input.date, ist_date(now))?;
    let mut write =
        match Write::begin(by, "recordCollection", input.idempotency_key.as_deref(), &input).await? {
            Begun::Repeated(id) => return get(by, id).await,
            Begun::Fresh(write) => write,
        };
    let driver = drivers::lock(write.conn(), &by.scope(), driver_id).await?;
    let cash_before = match repository::standing(write.conn(), driver.id, date).await? {
        Some((CollectionState::Open, cash)) => cash,
        Some((state, _)) => return Err(settled(state)),
        None => 0,
    };
    let entry = Entry { vehicle_id, set_qr, set_cash, ..blank(write.conn(), &driver, date, now).await? };
    let recorded = repository::record(write.conn(), &entry).await?;
    let day = recorded.ok_or_else(|| Error::internal("a day that was open under the driver's lock"))?;
    let news = day.cash_paise - cash_before;
    book_cash(write.conn(), by.app, &driver, &day, news, by.viewer.user_id).await?;
    write.commit(day.id).await?;
    Ok(day)
}

/// A day that can't be changed any more.
pub(crate) fn settled(state: CollectionState) -> Error {
    Error::new(kit::Code::INVALID_TRANSITION, format!("This day's collection is {}", state.as_str()))
        .with("from", state.as_str())
}
