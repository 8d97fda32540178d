//! The saga of a driver who may not work any more, by a penalty, an administrator or a lost account: the trip service takes them
//! off the roster and off the trips that wait. It ends when their shift is over, or when they may work again.

use kit::Clock;
use kit::error::Result;
use kit::ids::new_id;
use kit::saga::{self, NewSaga, Progress, Saga, State};
use serde_json::json;
use sqlx::PgConnection;

use super::standing::{self, Cause};
use super::{Driver, DriverStatus, repository};
use crate::actor::App;
use crate::trips::repository as trips;

/// The kind of these sagas.
pub(crate) const KIND: &str = "driver_stand_down";

/// Begins or ends the saga of a locked driver, by their status and by whether they are on the roster as far as is known here.
pub(crate) async fn follow(conn: &mut PgConnection, clock: &Clock, driver: &Driver) -> Result<()> {
    let running = saga::lock_running(conn, KIND, driver.id).await?;
    let on_roster = trips::vehicle_of(conn, driver.id).await?.is_some();
    match (driver.status == DriverStatus::Active, on_roster, running) {
        (false, true, None) => {
            let new = NewSaga {
                id: new_id(),
                kind: KIND,
                subject_id: driver.id,
                step: "roster",
                payload: json!({}),
            };
            saga::begin(conn, clock, new).await
        }
        (false, false, Some(saga)) => saga::end(conn, clock, saga.id, State::Completed, None).await.map(drop),
        (true, _, Some(saga)) => {
            let why = Some("The driver may work again");
            saga::end(conn, clock, saga.id, State::Compensated, why).await.map(drop)
        }
        (true, _, None) | (false, true, Some(_)) | (false, false, None) => Ok(()),
    }
}

/// Announces the driver once more, unless a trip is under way, whose end is waited for.
pub(crate) async fn repeat(conn: &mut PgConnection, app: &App, saga: &Saga) -> Result<Progress> {
    // Whoever holds the driver may be about to take this saga: waiting for them here would lock both.
    let Some(driver) = repository::try_lock(conn, saga.subject_id).await? else {
        return Ok(Progress::Waiting);
    };
    let on_roster = trips::vehicle_of(conn, driver.id).await?.is_some();
    if driver.status == DriverStatus::Active || !on_roster {
        follow(conn, &app.clock, &driver).await?;
        return Ok(Progress::Moved);
    }
    if driver.live_trip_id.is_some() {
        return Ok(Progress::Waiting);
    }
    standing::announce(conn, &app.clock, &driver, "driver.updated", Cause::default()).await?;
    Ok(Progress::Repeated)
}
