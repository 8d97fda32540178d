//! A service that was down while things fell due: its timers catch up, and of two replicas that come back one does.

use chrono::Duration;
use serde_json::{Value, json};

use crate::support::World;
use crate::support::people::*;
use crate::wallet::worked_trip;

#[tokio::test]
async fn what_fell_due_during_a_downtime_is_caught_up_with_once() {
    let config = partner::Config { partner_timer_seconds: 1, ..partner::Config::default() };
    let mut world = World::with(config.clone()).await;
    let (ravi, asha) = (world.driver(RAVI).await, world.driver(ASHA).await);
    let mg = manager(FLEET_A);
    let suspend = |from: &str, to: &str| json!({"driverId": ravi, "type": "SUSPENSION", "reason": "Rude", "suspensionStart": from, "suspensionEnd": to});
    // One holds now, one would have begun and ended while nobody was there.
    for (from, to, effect) in [
        ("2026-01-27T00:00:00Z", "2026-02-05T00:00:00Z", "IN_EFFECT"),
        ("2026-02-07T00:00:00Z", "2026-02-09T00:00:00Z", "SCHEDULED"),
    ] {
        assert_eq!(world.act(&mg, "createPenalty", suspend(from, to), "effect").await["effect"], effect);
    }
    let weekly = json!({"name": "Weekly", "rentalPaise": 50_000, "depositPaise": 0, "validityDays": 7});
    let plan = world.act(&mg, "createRentalPlan", weekly, "id").await["id"].clone();
    world.deliver(&worked_trip(&asha, 0x71, "QR")).await;
    world.act(&the_driver(ASHA), "startRental", json!({"planId": plan}), "id").await;

    // Housekeeping takes what was published long ago, so the events before the downtime are read before it.
    let before = world.recorded("driver.status_changed").await;
    assert_eq!(statuses(&before), ["SUSPENDED"]);

    let mut replica = world.replica(config).await;
    world.clock.advance(Duration::days(30));
    replica.clock.advance(Duration::days(30));
    world.start();
    replica.start();
    world.eventually("SELECT count(*) FROM penalty WHERE effect = 'LIFTED'", 2).await;
    world
        .eventually("SELECT count(*) FROM driver_rental WHERE NOT is_active AND end_reason = 'EXPIRED'", 1)
        .await;
    let query = "query ($id: ID!) { driver(id: $id) { status } }";
    assert_eq!(world.ok(&mg, query, json!({"id": ravi})).await["driver"]["status"], "ACTIVE");
    let mut since = world.recorded("driver.status_changed").await;
    since.retain(|event| !before.contains(event));
    assert_eq!(statuses(&since), ["ACTIVE"], "the one that never held is not told of");
}

fn statuses(events: &[Value]) -> Vec<&Value> {
    events.iter().map(|event| &event["status"]).collect()
}
