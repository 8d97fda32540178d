//! Changes of a driver's standing: saved, logged and announced in one place, whatever caused them.

use kit::error::Result;
use kit::outbox::{self, NewEvent};
use kit::{Clock, Role};
use sqlx::PgConnection;
use uuid::Uuid;

use super::history::{self, DriverChange, DriverChangeKind};
use super::{AccountStatus, Driver, repository, stand_down};

/// Announces a driver with the full snapshot, so that any one event is enough to bring a copy up to date. Of a driver whose
/// account is not there yet, nobody hears.
pub(crate) async fn announce(
    conn: &mut PgConnection,
    clock: &Clock,
    driver: &Driver,
    event_type: &'static str,
    cause: Cause<'_>,
) -> Result<()> {
    if driver.account_status != AccountStatus::Ready {
        return Ok(());
    }
    let mut payload = driver.snapshot();
    if let Some(fields) = payload.as_object_mut() {
        if let Some(previous) = cause.previous {
            fields.insert("previous".into(), previous.into());
        }
        if let Some(reason) = cause.reason {
            fields.insert("reason".into(), reason.into());
        }
        if let Some((user, role)) = cause.by {
            fields.insert("changedBy".into(), user.to_string().into());
            fields.insert("changedByRole".into(), role.as_str().into());
        }
    }
    let event = NewEvent {
        event_type,
        version: 1,
        aggregate_id: driver.id,
        aggregate_version: driver.version,
        payload,
    };
    outbox::record(conn, clock, event).await?;
    Ok(())
}

/// What an event says beside the snapshot.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cause<'a> {
    /// The value that changed, before.
    pub(crate) previous: Option<&'a str>,
    /// Why it changed.
    pub(crate) reason: Option<&'a str>,
    /// Who changed it, where that matters to those who hear of it.
    pub(crate) by: Option<(Uuid, Role)>,
}

/// Who changes a standing, and why.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Because<'a> {
    /// The user; None for time and events.
    pub(crate) by: Option<Uuid>,
    /// Their reason.
    pub(crate) reason: Option<&'a str>,
}

/// Saves the standing of a locked driver. Every difference to `before` is logged and announced.
pub(crate) async fn change(
    conn: &mut PgConnection,
    clock: &Clock,
    before: &Driver,
    mut after: Driver,
    because: Because<'_>,
) -> Result<Driver> {
    after.updated_at = clock.now();
    after.updated_by = because.by;
    let after = repository::save_standing(conn, &after).await?;
    let reason = because.reason;
    for difference in differences(before, &after) {
        let row = DriverChange {
            driver_id: after.id,
            what: difference.what,
            from_value: difference.from,
            to_value: difference.to,
            reason: reason.map(str::to_owned),
            changed_at: after.updated_at,
            changed_by: because.by,
        };
        history::insert(conn, &row).await?;
    }
    for (event_type, previous) in events(before, &after) {
        announce(conn, clock, &after, event_type, Cause { previous, reason, by: None }).await?;
    }
    if before.status != after.status {
        stand_down::follow(conn, clock, &after).await?;
    }
    Ok(after)
}

struct Difference {
    what: DriverChangeKind,
    from: Option<String>,
    to: Option<String>,
}

/// What belongs into the log. Availability is logged when an administrator's switch moved; trips and breaks come and
/// go by themselves and have their own records.
fn differences(before: &Driver, after: &Driver) -> Vec<Difference> {
    let switch = |driver: &Driver| if driver.forced_unavailable { "FORCED_OFF" } else { "AUTOMATIC" };
    let id = |id: Option<Uuid>| id.map(|id| id.to_string());
    let all = [
        (
            DriverChangeKind::Kyc,
            Some(before.kyc_status.as_str().into()),
            Some(after.kyc_status.as_str().into()),
        ),
        (DriverChangeKind::Status, Some(before.status.as_str().into()), Some(after.status.as_str().into())),
        (DriverChangeKind::Availability, Some(switch(before).into()), Some(switch(after).into())),
        (DriverChangeKind::Hub, id(before.hub_id), id(after.hub_id)),
        (
            DriverChangeKind::Account,
            Some(before.account_status.as_str().into()),
            Some(after.account_status.as_str().into()),
        ),
    ];
    all.into_iter()
        .filter(|(_, from, to)| from != to)
        .map(|(what, from, to)| Difference { what, from, to })
        .collect()
}

/// The events that a change causes, each with the value before.
fn events(before: &Driver, after: &Driver) -> Vec<(&'static str, Option<&'static str>)> {
    let available = |driver: &Driver| if driver.is_available { "AVAILABLE" } else { "UNAVAILABLE" };
    if before.account_status != after.account_status {
        return vec![("driver.created", None)];
    }
    let mut events = Vec::new();
    if before.kyc_status != after.kyc_status {
        events.push(("driver.kyc_changed", Some(before.kyc_status.as_str())));
    }
    if before.status != after.status {
        events.push(("driver.status_changed", Some(before.status.as_str())));
    } else if before.is_available != after.is_available
        || before.forced_unavailable != after.forced_unavailable
    {
        events.push(("driver.availability_changed", Some(available(before))));
    }
    if events.is_empty() {
        events.push(("driver.updated", None));
    }
    events
}
