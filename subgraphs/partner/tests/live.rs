//! Subscriptions: a snapshot, then every change once and in order, within the viewer's scope, and on from a cursor.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::World;
use crate::support::people::*;
use crate::wallet::worked_trip;

const WALLET: &str = "subscription ($after: String) { myWalletChanged(after: $after) { earnings { amountPaise } netPayable { amountPaise } version cursor } }";

fn earnings(update: &Value) -> i64 {
    update["data"]["myWalletChanged"]["earnings"]["amountPaise"]
        .as_i64()
        .unwrap_or_else(|| panic!("{update}"))
}

#[tokio::test]
async fn a_wallet_is_watched_from_its_present_state_and_again_from_a_cursor() {
    let mut world = World::new().await;
    let driver = world.driver(RAVI).await;
    let other = world.driver(ASHA).await;
    world.start();
    world.deliver(&worked_trip(&driver, 0x71, "QR")).await;
    let mut watch = world.watch(&the_driver(RAVI), WALLET, json!({})).await;
    let first = watch.next().await;
    assert_eq!(earnings(&first), 127_438);
    world.deliver(&worked_trip(&other, 0x72, "QR")).await;
    world.deliver(&worked_trip(&driver, 0x73, "QR")).await;
    world.deliver(&worked_trip(&driver, 0x73, "QR")).await;
    world.deliver(&worked_trip(&driver, 0x74, "QR")).await;
    let seen: Vec<Value> = vec![watch.next().await, watch.next().await];
    assert_eq!(
        seen.iter().map(earnings).collect::<Vec<_>>(),
        [254_876, 382_314],
        "one's own movements, each once"
    );
    let version = |update: &Value| update["data"]["myWalletChanged"]["version"].as_i64().unwrap();
    assert!(version(&first) < version(&seen[0]) && version(&seen[0]) < version(&seen[1]));
    drop(watch);
    let cursor = &seen[0]["data"]["myWalletChanged"]["cursor"];
    let mut again = world.watch(&the_driver(RAVI), WALLET, json!({"after": cursor})).await;
    assert_eq!(earnings(&again.next().await), 382_314, "what was missed, without a snapshot");
    assert_eq!(again.next_within(Duration::from_millis(200)).await, None);
}

#[tokio::test]
async fn the_queue_shows_who_waits_then_every_change_in_scope() {
    let mut world = World::new().await;
    world.driver(RAVI).await;
    world.driver(ASHA).await;
    world.start();
    let place = json!({"lat": A1_PLACE.0, "lng": A1_PLACE.1, "odometerStart": 1, "selfieUrl": "https://files.test/s.jpg"});
    let waiting = world.act(&the_driver(RAVI), "checkIn", place.clone(), "id").await["id"].clone();
    let query = "subscription ($fleet: ID!) { attendanceQueueChanged(fleetId: $fleet) { attendanceId status version attendance { driver { name } } } }";
    let variables = json!({"fleet": id(FLEET_A)});
    let mut manager_sees = world.watch(&manager(FLEET_A), query, variables.clone()).await;
    let mut elsewhere = world.watch(&operations(FLEET_A, &[HUB_A2]), query, variables.clone()).await;
    let update = manager_sees.next().await["data"]["attendanceQueueChanged"].clone();
    let expected = json!({"attendanceId": waiting, "status": "PENDING", "version": 1, "attendance": {"driver": {"name": "Ravi Kumar"}}});
    assert_eq!(update, expected);
    world.act(&manager(FLEET_A), "approveAttendance", json!({"id": waiting}), "id").await;
    world.act(&the_driver(ASHA), "checkIn", place, "id").await;
    for (status, name) in [("APPROVED", "Ravi Kumar"), ("PENDING", "Asha")] {
        let update = manager_sees.next().await["data"]["attendanceQueueChanged"].clone();
        assert_eq!(
            (&update["status"], &update["attendance"]["driver"]["name"]),
            (&json!(status), &json!(name))
        );
    }
    assert_eq!(
        elsewhere.next_within(Duration::from_millis(200)).await,
        None,
        "another hub's queue is silent"
    );
    let mut refused = world.watch(&manager(FLEET_B), query, variables).await;
    assert_eq!(refused.next().await["errors"][0]["extensions"]["code"], "FORBIDDEN");
}

#[tokio::test]
async fn drivers_coming_and_going_are_told_with_their_values_of_then() {
    let mut world = World::new().await;
    let driver = world.driver(RAVI).await;
    world.start();
    let query =
        "subscription { driverStatusChanged { driverId status isAvailable version driver { name status } } }";
    let mut watch = world.watch(&manager(FLEET_A), query, json!({})).await;
    // There is no snapshot to wait for; the stream is read all the while, so that it gets to where it listens.
    let go = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        for status in ["INACTIVE", "ACTIVE"] {
            world
                .act(&manager(FLEET_A), "setDriverStatus", json!({"id": driver, "status": status}), "id")
                .await;
        }
    };
    let (one, ()) = tokio::join!(watch.next(), go);
    let two = watch.next().await;
    let values = |update: &Value| update["data"]["driverStatusChanged"]["status"].clone();
    assert_eq!((values(&one), values(&two)), (json!("INACTIVE"), json!("ACTIVE")));
    assert_eq!(one["data"]["driverStatusChanged"]["driver"]["name"], "Ravi Kumar");
}
