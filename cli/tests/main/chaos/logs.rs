//! What each subscriber has to have seen, from the history and the outbox.

use std::collections::BTreeMap;

use serde_json::Value;
use sqlx::PgPool;
use uuid::Uuid;

use super::plant::Plant;
use super::watchers::{Topic, Watcher};

/// One change as subscriber and history name it: what, which version of it, and how it is now.
type Change = (String, i64, String);

/// What is wrong with a subscriber's log; None when it is the history, each change once and in order. What happened
/// before the subscriber was there, or to one of the trips of `opening`, may be missing at the beginning: a snapshot
/// stands for it.
pub(super) async fn complaint(plant: &Plant, watcher: &Watcher, opening: &[String]) -> Option<String> {
    let about: Uuid = watcher.about.parse().unwrap();
    let (trip, partner) = (plant.pool("trip"), plant.pool("partner"));
    let mut seen: Vec<Change> = watcher.seen().iter().map(|change| read(watcher.topic, change)).collect();
    if watcher.topic == Topic::Wallet {
        // The snapshot of a wallet to which nothing has happened yet.
        seen.retain(|(_, version, _)| *version > 0);
    }
    let happened = match watcher.topic {
        Topic::Trip => history(trip, OF_TRIP, about).await,
        Topic::FleetTrips => history(trip, OF_FLEET, about).await,
        Topic::Assigned => given(trip, about).await,
        Topic::Wallet => moved(partner, about).await,
        Topic::Location => places(trip, about).await,
    };
    let right = match watcher.topic {
        Topic::FleetTrips => each_trip_is_right(&happened, &seen, opening),
        Topic::Trip | Topic::Location => happened.ends_with(&seen) && seen.is_empty() == happened.is_empty(),
        // One change was there to begin with.
        Topic::Assigned | Topic::Wallet => happened.ends_with(&seen) && happened.len() <= seen.len() + 1,
    };
    (!right).then(|| format!("{:?} of {about}: {}", watcher.topic, difference(&happened, &seen)))
}

/// Where two lists begin to differ, read from their ends.
fn difference(happened: &[Change], seen: &[Change]) -> String {
    let same = happened.iter().rev().zip(seen.iter().rev()).take_while(|(one, other)| one == other).count();
    let before =
        |list: &[Change]| list[..list.len() - same].iter().rev().take(3).cloned().collect::<Vec<_>>();
    let (is, said) = (before(happened), before(seen));
    format!(
        "{} happened, {} seen; before the last {same}: {is:?} but seen {said:?}",
        happened.len(),
        seen.len()
    )
}

/// Trips of a fleet go on beside each other: what counts is the order within each.
fn each_trip_is_right(happened: &[Change], seen: &[Change], opening: &[String]) -> bool {
    let (happened, seen) = (by_trip(happened), by_trip(seen));
    seen.keys().all(|trip| happened.contains_key(trip))
        && happened.iter().all(|(trip, changes)| {
            let known = seen.get(trip).map_or(&[][..], Vec::as_slice);
            changes == known || opening.iter().any(|id| id == trip) && changes.ends_with(known)
        })
}

fn by_trip(changes: &[Change]) -> BTreeMap<&str, Vec<&Change>> {
    let mut trips: BTreeMap<&str, Vec<&Change>> = BTreeMap::new();
    for change in changes {
        trips.entry(&change.0).or_default().push(change);
    }
    trips
}

fn read(topic: Topic, change: &Value) -> Change {
    let text = |name: &str| change[name].as_str().unwrap_or_default().to_owned();
    let version = change["version"].as_i64().unwrap_or_default();
    match topic {
        Topic::Trip | Topic::FleetTrips | Topic::Assigned => (text("tripId"), version, text("status")),
        Topic::Wallet => (
            String::new(),
            version,
            format!("{} {}", change["earnings"]["amountPaise"], change["cashHeld"]["amountPaise"]),
        ),
        Topic::Location => (text("tripId"), 0, change["point"]["lat"].to_string()),
    }
}

const OF_TRIP: &str =
    "SELECT trip_id::text, version, to_status FROM trip_history WHERE trip_id = $1 ORDER BY version";
const OF_FLEET: &str = "SELECT h.trip_id::text, h.version, h.to_status
    FROM trip_history h JOIN trip t ON t.id = h.trip_id WHERE t.fleet_id = $1 ORDER BY h.trip_id, h.version";

async fn history(pool: &PgPool, sql: &'static str, id: Uuid) -> Vec<Change> {
    sqlx::query_as(sql).bind(id).fetch_all(pool).await.unwrap()
}

async fn given(pool: &PgPool, driver: Uuid) -> Vec<Change> {
    let sql = "SELECT aggregate_id::text, aggregate_version, payload->>'status' FROM outbox
               WHERE event_type = 'trip.driver_assigned' AND payload->>'driverId' = $1::text ORDER BY position";
    sqlx::query_as(sql).bind(driver.to_string()).fetch_all(pool).await.unwrap()
}

async fn moved(pool: &PgPool, driver: Uuid) -> Vec<Change> {
    let sql =
        "SELECT '', aggregate_version, (payload->>'earnings') || ' ' || (payload->>'cashHeld') FROM outbox
               WHERE event_type = 'wallet.updated' AND aggregate_id = $1 ORDER BY position";
    sqlx::query_as(sql).bind(driver).fetch_all(pool).await.unwrap()
}

async fn places(pool: &PgPool, trip: Uuid) -> Vec<Change> {
    let sql = "SELECT aggregate_id::text, 0::bigint, payload->>'lat' FROM outbox
               WHERE event_type = 'trip.location' AND aggregate_id = $1 ORDER BY position";
    sqlx::query_as(sql).bind(trip).fetch_all(pool).await.unwrap()
}
