//! Coming back with a cursor, to another replica: what was missed, then what comes, each once and in order.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::World;
use crate::support::people::*;
use crate::wallet::worked_trip;

const WALLET: &str =
    "subscription ($after: String) { myWalletChanged(after: $after) { earnings { amountPaise } cursor } }";
const QUEUE: &str = "subscription ($fleet: ID!, $after: String) { attendanceQueueChanged(fleetId: $fleet, after: $after) \
    { status version cursor attendance { driver { name } } } }";

/// The two of them on one database, both running.
async fn with_replica(mut world: World) -> (World, World) {
    let mut replica = world.replica(partner::Config::default()).await;
    world.start();
    replica.start();
    (world, replica)
}

fn earnings(update: &Value) -> i64 {
    update["data"]["myWalletChanged"]["earnings"]["amountPaise"]
        .as_i64()
        .unwrap_or_else(|| panic!("{update}"))
}

#[tokio::test]
async fn a_wallet_is_watched_on_from_a_cursor_at_another_replica() {
    let world = World::new().await;
    let driver = world.driver(RAVI).await;
    let (here, there) = with_replica(world).await;
    here.deliver(&worked_trip(&driver, 0x71, "QR")).await;
    let mut watch = here.watch(&the_driver(RAVI), WALLET, json!({})).await;
    let first = watch.next().await;
    assert_eq!(earnings(&first), 127_438);
    drop(watch);
    here.deliver(&worked_trip(&driver, 0x72, "QR")).await;
    there.deliver(&worked_trip(&driver, 0x73, "QR")).await;
    let after = json!({"after": first["data"]["myWalletChanged"]["cursor"]});
    let mut again = there.watch(&the_driver(RAVI), WALLET, after).await;
    assert_eq!([earnings(&again.next().await), earnings(&again.next().await)], [254_876, 382_314]);
    here.deliver(&worked_trip(&driver, 0x74, "QR")).await;
    assert_eq!(earnings(&again.next().await), 509_752);
    assert_eq!(again.next_within(Duration::from_millis(500)).await, None, "nothing comes twice");
}

#[tokio::test]
async fn the_queue_is_watched_on_from_a_cursor_at_another_replica() {
    let world = World::new().await;
    world.driver(RAVI).await;
    world.driver(ASHA).await;
    let (here, there) = with_replica(world).await;
    let place = json!({"lat": A1_PLACE.0, "lng": A1_PLACE.1, "odometerStart": 1, "selfieUrl": "https://files.test/s.jpg"});
    let update = |event: Value| event["data"]["attendanceQueueChanged"].clone();
    let told = |update: &Value| {
        let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("{update}")).to_owned();
        (text(&update["status"]), text(&update["attendance"]["driver"]["name"]))
    };
    let is = |status: &str, name: &str| (status.to_owned(), name.to_owned());
    let variables = |after: &Value| json!({"fleet": id(FLEET_A), "after": after});
    let ravi = here.act(&the_driver(RAVI), "checkIn", place.clone(), "id").await["id"].clone();
    let mut watch = here.watch(&manager(FLEET_A), QUEUE, variables(&Value::Null)).await;
    let first = update(watch.next().await);
    assert_eq!(told(&first), is("PENDING", "Ravi Kumar"));
    drop(watch);
    here.act(&manager(FLEET_A), "approveAttendance", json!({"id": ravi}), "id").await;
    there.act(&the_driver(ASHA), "checkIn", place, "id").await;
    let mut again = there.watch(&manager(FLEET_A), QUEUE, variables(&first["cursor"])).await;
    assert_eq!(told(&update(again.next().await)), is("APPROVED", "Ravi Kumar"));
    assert_eq!(told(&update(again.next().await)), is("PENDING", "Asha"));
    here.act(&the_driver(RAVI), "checkOut", json!({"odometerEnd": 2}), "id").await;
    assert_eq!(told(&update(again.next().await)), is("CHECKED_OUT", "Ravi Kumar"));
    assert_eq!(again.next_within(Duration::from_millis(500)).await, None, "nothing comes twice");
}
