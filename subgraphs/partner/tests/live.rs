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
    for mutation in ["startBreak", "endBreak"] {
        world.act(&the_driver(RAVI), mutation, json!({}), "id").await;
    }
    let expected = [
        ("APPROVED", 2, "Ravi Kumar"),
        ("PENDING", 1, "Asha"),
        ("APPROVED", 3, "Ravi Kumar"),
        ("APPROVED", 4, "Ravi Kumar"),
    ];
    for (status, version, name) in expected {
        let update = manager_sees.next().await["data"]["attendanceQueueChanged"].clone();
        assert_eq!(
            (&update["status"], &update["version"], &update["attendance"]["driver"]["name"]),
            (&json!(status), &json!(version), &json!(name)),
            "every version is told, so that a gap is a loss"
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
async fn a_fleets_drivers_are_told_as_they_stand_then_as_they_come_and_go() {
    let mut world = World::new().await;
    let driver = world.driver(RAVI).await;
    world.driver_at(OF_FLEET_B, FLEET_B, Some(HUB_B1)).await;
    world.start();
    let query = "subscription ($after: String) { driverStatusChanged(after: $after)
        { driverId status isAvailable version cursor driver { name } } }";
    let told = |update: Value| update["data"]["driverStatusChanged"].clone();
    let mut watch = world.watch(&manager(FLEET_A), query, json!({})).await;
    let standing = told(watch.next().await);
    assert_eq!((&standing["driverId"], &standing["status"]), (&json!(driver), &json!("ACTIVE")));
    for status in ["INACTIVE", "ACTIVE"] {
        let input = json!({"id": driver, "status": status});
        world.act(&manager(FLEET_A), "setDriverStatus", input, "id").await;
    }
    world.driver(ASHA).await;
    let mut seen = vec![standing];
    for (status, name) in [("INACTIVE", "Ravi Kumar"), ("ACTIVE", "Ravi Kumar"), ("ACTIVE", "Asha")] {
        let update = told(watch.next().await);
        assert_eq!((&update["status"], &update["driver"]["name"]), (&json!(status), &json!(name)));
        seen.push(update);
    }
    let versions: Vec<i64> = seen[..3].iter().map(|update| update["version"].as_i64().unwrap()).collect();
    assert_eq!(versions, [1, 2, 3]);
    drop(watch);
    let mut again = world.watch(&manager(FLEET_A), query, json!({"after": seen[1]["cursor"]})).await;
    assert_eq!(told(again.next().await)["version"], 3, "what was missed, without the picture");
    assert_eq!(told(again.next().await)["driver"]["name"], "Asha");
}
