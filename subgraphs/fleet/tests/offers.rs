//! Vehicles that drivers bring when they sign up by themselves: added once however often they are offered, or refused with a reason.

use serde_json::{Value, json};

use crate::support::people::*;
use crate::support::{World, event, scene};

/// The driver who offers; [`DRIVER_A`]'s caller is them.
fn offer(saga: u128, fleet: Option<u128>, number: &str) -> Value {
    json!({ "sagaId": id(saga), "driverId": id(DRIVER_A), "userId": id(0x14), "fleetId": fleet.map(id), "vehicle": {
        "number": number, "name": "Maruti", "model": "Dzire", "color": "White", "fuelType": "CNG",
        "ownerName": "Ravi Kumar" } })
}

async fn hear(world: &World, offer: Value) {
    world.deliver(&event("own_vehicle.offered", uuid(DRIVER_A), 1, offer)).await;
}

/// The newest answer.
async fn answer(world: &World) -> Value {
    world.recorded("own_vehicle.settled").await.pop().unwrap()
}

async fn cars(world: &World) -> i64 {
    world.count("SELECT count(*) FROM vehicle").await
}

#[tokio::test]
async fn an_offered_vehicle_is_added_to_the_drivers_fleet_once() {
    let world = World::new().await;
    scene::set(&world).await;
    let before = cars(&world).await;
    // The same event again, and the same offer in another event.
    let first = event("own_vehicle.offered", uuid(DRIVER_A), 1, offer(0x5A, Some(FLEET_A), "dl-01 ov 0001"));
    for _ in 0..2 {
        world.deliver(&first).await;
    }
    hear(&world, offer(0x5A, Some(FLEET_A), "dl-01 ov 0001")).await;
    assert_eq!(cars(&world).await, before + 1);
    let created = world.recorded("vehicle.created").await;
    assert_eq!((created.len(), &created[0]["ownership"]), (1, &json!("OWNED")));
    let answers = world.recorded("own_vehicle.settled").await;
    let expected = json!({ "sagaId": id(0x5A), "driverId": id(DRIVER_A), "vehicleId": created[0]["vehicleId"],
        "refusal": null });
    assert_eq!(answers, [expected.clone(), expected], "whoever asks is answered");

    let read = "query ($id: ID!) { vehicle(id: $id) { number fleetId hubId ownership fuelType color ownerName status } }";
    let mine = driver(FLEET_A, HUB_A1, DRIVER_A);
    let seen = world.ok(&mine, read, json!({ "id": created[0]["vehicleId"] })).await;
    let expected = json!({ "number": "DL01OV0001", "fleetId": id(FLEET_A), "hubId": null, "ownership": "OWNED",
        "fuelType": "CNG", "color": "White", "ownerName": "Ravi Kumar", "status": "ACTIVE" });
    assert_eq!(seen["vehicle"], expected);
    hear(&world, offer(0x5B, None, "DL01OV0002")).await;
    assert_eq!(world.recorded("vehicle.created").await[1]["fleetId"], Value::Null, "an independent owner's");
    assert_eq!(world.count("SELECT count(*) FROM dead_letter").await, 0);
}

#[tokio::test]
async fn a_vehicle_that_cannot_be_added_is_refused_with_its_code_and_leaves_nothing_behind() {
    let world = World::new().await;
    scene::set(&world).await;
    let close = "UPDATE fleet SET status = 'INACTIVE' WHERE id = $1";
    sqlx::query(close).bind(uuid(FLEET_B)).execute(&world.db.pool).await.unwrap();
    let taken: String =
        sqlx::query_scalar("SELECT number FROM vehicle LIMIT 1").fetch_one(&world.db.pool).await.unwrap();
    let mut nameless = offer(4, Some(FLEET_A), "DL01OV0001");
    nameless["vehicle"]["model"] = json!(" ");
    let before = cars(&world).await;
    for (offer, code) in [
        (offer(1, Some(FLEET_A), &taken), "NUMBER_TAKEN"),
        (offer(2, Some(FLEET_A), "12"), "NUMBER_NOT_ACCEPTED"),
        (offer(3, Some(FLEET_B), "DL01OV0001"), "FLEET_NOT_OPEN"),
        (nameless, "VEHICLE_NOT_ACCEPTED"),
        (offer(5, Some(0x999), "DL01OV0001"), "FLEET_NOT_OPEN"),
    ] {
        let saga = offer["sagaId"].clone();
        hear(&world, offer).await;
        let expected =
            json!({ "sagaId": saga, "driverId": id(DRIVER_A), "vehicleId": null, "refusal": code });
        assert_eq!(answer(&world).await, expected);
    }
    assert_eq!(cars(&world).await, before);
    assert_eq!(world.recorded("vehicle.created").await, Vec::<Value>::new());
    assert_eq!(world.count("SELECT count(*) FROM short_id_sequence WHERE prefix = 'VEH'").await, 0);
    assert_eq!(world.count("SELECT count(*) FROM dead_letter").await, 0);
}

#[tokio::test]
async fn an_offer_that_was_refused_stays_so_and_a_corrected_one_is_another() {
    let world = World::new().await;
    scene::set(&world).await;
    let before = cars(&world).await;
    hear(&world, offer(1, Some(FLEET_A), "DL01OV0001")).await;
    hear(&world, offer(2, Some(FLEET_A), "DL01OV0001")).await;
    assert_eq!(answer(&world).await["refusal"], "NUMBER_TAKEN");
    // The number is free meanwhile, but whoever asked has heard the refusal.
    let other = "UPDATE vehicle SET number = 'DL01OV0009' WHERE number = 'DL01OV0001'";
    sqlx::query(other).execute(&world.db.pool).await.unwrap();
    hear(&world, offer(2, Some(FLEET_A), "DL01OV0001")).await;
    assert_eq!(answer(&world).await["refusal"], "NUMBER_TAKEN");
    assert_eq!(cars(&world).await, before + 1);
    hear(&world, offer(3, Some(FLEET_A), "DL01OV0003")).await;
    assert!(answer(&world).await["vehicleId"].is_string());
    assert_eq!(cars(&world).await, before + 2);
    assert_eq!(world.count("SELECT count(*) FROM dead_letter").await, 0);
}
