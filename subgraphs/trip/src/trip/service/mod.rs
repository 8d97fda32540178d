//! What may happen to a trip: allow, lock, decide, save, tell. Every change goes through [`save`].

pub mod booking;
pub mod dispatch;
pub mod drive;
pub mod manage;

use chrono::{DateTime, Utc};
use kit::error::{Error, Result};
use kit::{Caller, Scope, outbox};
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use super::events::{self, Snapshot};
use super::lifecycle::{Action, Transition};
use super::repository::history::Entry;
use super::repository::{self, dispatch as dispatches, history};
use super::{Trip, TripStatus};
use crate::app::App;
use crate::assignment::service as shifts;
use crate::id::Key;
use crate::reference;

/// Who did something, when and why.
#[derive(Clone, Debug)]
pub struct Deed {
    /// None: the system, or a passenger without an account.
    pub actor: Option<Uuid>,
    pub at: DateTime<Utc>,
    pub reason: Option<String>,
    /// Before and after of what is not a change of status.
    pub detail: Option<Value>,
}

impl Deed {
    /// Something that the caller does now.
    #[must_use]
    pub fn of(app: &App, caller: &Caller) -> Self {
        let actor = caller.viewer().ok().map(|viewer| viewer.user_id);
        Self { actor, at: app.clock.now(), reason: None, detail: None }
    }

    /// With the reason that was given.
    #[must_use]
    pub fn because(self, reason: &str) -> Self {
        Self { reason: Some(reason.to_owned()), ..self }
    }

    /// With before and after.
    #[must_use]
    pub fn detailed(self, detail: Value) -> Self {
        Self { detail: Some(detail), ..self }
    }
}

/// One trip that the scope covers.
///
/// # Errors
/// NOT_FOUND when there is none, or none that may be seen.
pub async fn find(app: &App, scope: &Scope, key: &Key) -> Result<Trip> {
    let mut conn = app.pool.acquire().await?;
    repository::find(&mut conn, scope, key).await?.ok_or_else(not_found)
}

fn not_found() -> Error {
    Error::not_found("Trip").field("tripId")
}

/// Locks a trip together with its driver and, when a dispatch concerns one more, that driver too. Drivers come first,
/// in order of id, everywhere: so nobody waits for each other.
pub(super) async fn lock(
    conn: &mut PgConnection,
    scope: &Scope,
    key: &Key,
    also: Option<Uuid>,
    expected_version: Option<i64>,
) -> Result<Trip> {
    let seen = repository::find(conn, scope, key).await?.ok_or_else(not_found)?;
    let mut drivers: Vec<Uuid> = [seen.driver_id, also].into_iter().flatten().collect();
    drivers.sort_unstable();
    drivers.dedup();
    for driver in drivers {
        reference::repository::lock_driver(conn, driver).await?;
    }
    let trip = repository::lock(conn, scope, &Key::Id(seen.id)).await?.ok_or_else(not_found)?;
    let expected = expected_version.is_none_or(|version| version == trip.version);
    // Given to another driver since we looked, whom we have not locked.
    let other_driver = trip.driver_id.is_some() && trip.driver_id != seen.driver_id && trip.driver_id != also;
    if !expected || other_driver {
        return Err(repository::stale());
    }
    Ok(trip)
}

/// Stores a new trip with its first history entry and event.
pub(super) async fn create(conn: &mut PgConnection, app: &App, trip: &Trip, action: Action) -> Result<()> {
    repository::insert(conn, std::slice::from_ref(trip)).await?;
    let entry = Entry {
        trip_id: trip.id,
        version: trip.version,
        action,
        from_status: None,
        to_status: trip.status,
        actor_id: trip.created_by,
        reason: None,
        detail: None,
        at: trip.created_at,
    };
    history::insert(conn, &entry).await?;
    tell(conn, app, action, &Snapshot::of(trip)).await
}

/// Takes a step that was decided on: the trip under its condition, the dispatch record, the history and the event, in
/// the transaction at hand. A driver who checked out on the way leaves the roster with the end of it.
pub(super) async fn save(
    conn: &mut PgConnection,
    app: &App,
    before: &Trip,
    after: Trip,
    (step, deed): (Transition, &Deed),
) -> Result<Trip> {
    let after = Trip {
        status: step.to,
        version: before.version + 1,
        updated_at: deed.at,
        updated_by: deed.actor,
        ..after
    };
    repository::update(conn, before, &after).await?;
    if let Some(status) = step.ends_dispatch {
        dispatches::end(conn, before.id, status, (deed.actor, deed.at), deed.reason.as_deref()).await?;
    }
    let entry = Entry {
        trip_id: after.id,
        version: after.version,
        action: step.action,
        from_status: Some(before.status),
        to_status: after.status,
        actor_id: deed.actor,
        reason: deed.reason.clone(),
        detail: deed.detail.clone(),
        at: deed.at,
    };
    history::insert(conn, &entry).await?;
    let taken =
        before.driver_id.filter(|_| after.driver_id != before.driver_id || ends_with_driver(after.status));
    if before.is_under_way()
        && !after.is_under_way()
        && let Some(driver) = before.driver_id
    {
        shifts::end_if_checked_out(conn, app, driver).await?;
    }
    let snapshot =
        Snapshot { previous_driver_id: taken, reason: deed.reason.clone(), ..Snapshot::of(&after) };
    tell(conn, app, step.action, &snapshot).await?;
    Ok(after)
}

/// The trip keeps its driver for the record although it does not have them any more.
const fn ends_with_driver(status: TripStatus) -> bool {
    matches!(status, TripStatus::Cancelled | TripStatus::CancelledByPartner | TripStatus::NoShow)
}

async fn tell(conn: &mut PgConnection, app: &App, action: Action, snapshot: &Snapshot) -> Result<()> {
    for event_type in events::types(action) {
        outbox::record(conn, &app.clock, snapshot.event(event_type)?).await?;
    }
    Ok(())
}
