//! The right to drive follows the account: withdrawn when the user is switched off, given back when they are switched on again.

use kit::error::Result;
use kit::outbox::{self, NewEvent};
use kit::{Clock, Envelope, Scope};
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::standing::{self, Because};
use super::{Driver, DriverStatus, repository};
use crate::actor::App;
use crate::directory::UserRef;

/// Brings the driver of a user to what the user's account says. Nothing happens if it is so already, or if somebody decided
/// otherwise in between.
pub(crate) async fn follow(conn: &mut PgConnection, app: &App, user: &UserRef) -> Result<()> {
    let Some(driver) = repository::find_by_user(conn, &Scope::All, user.id).await? else { return Ok(()) };
    let before = repository::lock(conn, &Scope::All, driver.id).await?;
    let after = if user.is_active { given_back(&before) } else { withdrawn(&before) };
    let Some(after) = after else { return Ok(()) };
    let reason = if user.is_active { "The user was reactivated" } else { "The user was deactivated" };
    standing::change(conn, &app.clock, &before, after, Because { by: None, reason: Some(reason) }).await?;
    Ok(())
}

fn withdrawn(driver: &Driver) -> Option<Driver> {
    let (status, before_suspension) = match driver.status {
        DriverStatus::Active => (DriverStatus::Inactive, driver.status_before_suspension),
        // Once the penalty is over, the driver does not come back either.
        penalty @ (DriverStatus::Suspended | DriverStatus::Blacklisted)
            if driver.status_before_suspension != Some(DriverStatus::Inactive) =>
        {
            (penalty, Some(DriverStatus::Inactive))
        }
        _ => return None,
    };
    let account_withdrawn = true;
    Some(Driver { status, status_before_suspension: before_suspension, account_withdrawn, ..driver.clone() })
}

fn given_back(driver: &Driver) -> Option<Driver> {
    if !driver.account_withdrawn {
        return None;
    }
    let (status, before_suspension) = match driver.status {
        DriverStatus::Inactive => (DriverStatus::Active, driver.status_before_suspension),
        DriverStatus::Suspended | DriverStatus::Blacklisted => (driver.status, Some(DriverStatus::Active)),
        DriverStatus::Active => (driver.status, driver.status_before_suspension),
    };
    let account_withdrawn = false;
    Some(Driver { status, status_before_suspension: before_suspension, account_withdrawn, ..driver.clone() })
}

/// Tells identity that what it asked for by this event is done.
pub(crate) async fn answer(
    conn: &mut PgConnection,
    clock: &Clock,
    event: &Envelope,
    request: Uuid,
) -> Result<()> {
    let event = NewEvent {
        event_type: "driver_rights.settled",
        version: 1,
        aggregate_id: event.aggregate_id,
        aggregate_version: event.aggregate_version,
        payload: json!({ "request": request, "by": "partner", "userId": event.aggregate_id }),
    };
    outbox::record(conn, clock, event).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::driver::profile::blank;

    fn driver(status: DriverStatus, before: Option<DriverStatus>) -> Driver {
        let at = chrono::DateTime::UNIX_EPOCH;
        Driver {
            status,
            status_before_suspension: before,
            ..blank(Uuid::nil(), String::new(), Uuid::nil(), at)
        }
    }

    #[test]
    fn what_the_account_took_it_gives_back_and_no_more() {
        use DriverStatus::{Active, Blacklisted, Inactive, Suspended};
        for (status, before) in
            [(Active, None), (Suspended, Some(Active)), (Blacklisted, Some(Active)), (Suspended, None)]
        {
            let there = driver(status, before);
            let gone = withdrawn(&there).unwrap();
            assert!(gone.status != Active && gone.account_withdrawn);
            assert!(withdrawn(&gone).is_none(), "once is enough");
            let back = given_back(&gone).unwrap();
            let was = before.or((status != Active).then_some(Active));
            assert_eq!((back.status, back.status_before_suspension), (status, was));
            assert!(given_back(&back).is_none());
        }
        let resting = driver(Inactive, None);
        assert!(withdrawn(&resting).is_none() && given_back(&resting).is_none());
    }
}
