//! A driver who signs up alone and brings a vehicle: it is offered to the fleet service, linked when it was added, and refused with
//! a reason otherwise.

use chrono::Duration;
use serde_json::{Value, json};

use crate::support::people::*;
use crate::support::{World, event};

const STATE: &str = "id ownVehicleState ownVehicleRefusal ownVehicle { id }";
const MINE: &str = "{ myDriver { ownVehicleState ownVehicleRefusal ownVehicle { id } } }";

fn input(number: &str, key: &str) -> Value {
    let vehicle = json!({"number": number, "name": "Maruti", "model": "Dzire", "fuelType": "CNG"});
    json!({"firstName": "Ravi", "lastName": "Kumar", "vehicle": vehicle, "idempotencyKey": key})
}

async fn onboard(world: &World, input: Value) -> Value {
    world.act(&the_driver(RAVI), "completeOnboarding", input, STATE).await
}

const OFFER: &str = "mutation ($input: OfferOwnVehicleInput!) { offerOwnVehicle(input: $input) { id } }";

fn offered(number: &str, key: Option<&str>) -> Value {
    json!({"vehicle": input(number, "")["vehicle"], "idempotencyKey": key})
}

async fn offer(world: &World, number: &str, key: Option<&str>) -> Value {
    world.act(&the_driver(RAVI), "offerOwnVehicle", offered(number, key), STATE).await
}

async fn mine(world: &World) -> Value {
    world.ok(&the_driver(RAVI), MINE, json!({})).await["myDriver"].clone()
}

/// The fleet service answers an offer.
async fn settle(world: &World, offer: &Value, vehicle: Value, refusal: Value) {
    let news = json!({"sagaId": offer["sagaId"], "driverId": offer["driverId"], "vehicleId": vehicle, "refusal": refusal});
    let driver = offer["driverId"].as_str().unwrap().parse().unwrap();
    world.deliver(&event("own_vehicle.settled", driver, 1, news)).await;
}

#[tokio::test]
async fn a_vehicle_that_a_driver_brings_is_offered_and_linked_when_it_was_added() {
    let config =
        partner::Config { partner_default_fleet_id: Some(uuid(FLEET_A)), ..partner::Config::default() };
    let world = World::with(config).await;
    let driver = onboard(&world, input(" dl 1c ab 1234 ", "k1")).await;
    let expected = json!({"id": driver["id"], "ownVehicleState": "PENDING", "ownVehicleRefusal": null, "ownVehicle": null});
    assert_eq!(driver, expected);
    let offers = world.recorded("own_vehicle.offered").await;
    assert_eq!(offers.len(), 1);
    let vehicle = json!({"number": "dl 1c ab 1234", "name": "Maruti", "model": "Dzire", "color": null, "fuelType": "CNG",
        "ownerName": "Ravi Kumar"});
    let offer = json!({"sagaId": offers[0]["sagaId"], "driverId": driver["id"], "userId": id(RAVI), "fleetId": id(FLEET_A),
        "vehicle": vehicle});
    assert_eq!(offers[0], offer);

    for _ in 0..3 {
        settle(&world, &offer, json!(id(OWN_VEHICLE)), Value::Null).await;
    }
    let ready =
        json!({"ownVehicleState": "READY", "ownVehicleRefusal": null, "ownVehicle": {"id": id(OWN_VEHICLE)}});
    assert_eq!(mine(&world).await, ready);
    let told = world.recorded("driver.updated").await;
    assert_eq!(told.iter().map(|driver| &driver["vehicleId"]).collect::<Vec<_>>(), [&json!(id(OWN_VEHICLE))]);
    assert_eq!(world.sagas().await, [("own_vehicle".into(), "COMPLETED".into())]);
    for again in [input("DL1CAB1234", "k1b"), input("DL1CAB9999", "k2")] {
        assert_eq!(onboard(&world, again).await["ownVehicleState"], "READY", "repeating changes nothing");
    }
    assert_eq!(world.recorded("own_vehicle.offered").await.len(), 1);
    assert_eq!(world.count("SELECT count(*) FROM dead_letter").await, 0);
}

#[tokio::test]
async fn a_refused_vehicle_says_why_and_is_offered_again_with_another_number() {
    let world = World::new().await;
    let driver = onboard(&world, input("DL1CAB1234", "k1")).await["id"].clone();
    let first = world.recorded("own_vehicle.offered").await[0].clone();
    assert_eq!(first["fleetId"], Value::Null, "an independent driver");
    settle(&world, &first, Value::Null, json!("NUMBER_TAKEN")).await;
    let refused =
        json!({"ownVehicleState": "REFUSED", "ownVehicleRefusal": "NUMBER_TAKEN", "ownVehicle": null});
    assert_eq!(mine(&world).await, refused);
    // A client that got no answer repeats the first request; another one sends the form again.
    for key in ["k1", "k1b"] {
        onboard(&world, input("DL1CAB1234", key)).await;
    }
    assert_eq!(mine(&world).await, refused, "signing up again changes nothing");
    assert_eq!(world.sagas().await, [("own_vehicle".into(), "COMPENSATED".into())]);

    for _ in 0..2 {
        let corrected = offer(&world, "DL1CAB1235", Some("k2")).await;
        let expected = json!({"id": driver, "ownVehicleState": "PENDING", "ownVehicleRefusal": null, "ownVehicle": null});
        assert_eq!(corrected, expected, "once, however often it is sent under its key");
    }
    let too_early = world.denied(&the_driver(RAVI), "offerOwnVehicle", offered("DL1CAB1236", None)).await;
    assert_eq!(too_early.0, "INVALID_TRANSITION");
    let offers = world.recorded("own_vehicle.offered").await;
    assert_eq!((offers.len(), &offers[1]["vehicle"]["number"]), (2, &json!("DL1CAB1235")));
    // The answer to the first offer comes once more, and late.
    settle(&world, &first, Value::Null, json!("NUMBER_TAKEN")).await;
    assert_eq!(mine(&world).await["ownVehicleState"], "PENDING");
    settle(&world, &offers[1], json!(id(OWN_VEHICLE)), Value::Null).await;
    assert_eq!(mine(&world).await["ownVehicleState"], "READY");
    let again = world.denied(&the_driver(RAVI), "offerOwnVehicle", offered("DL1CAB1236", None)).await;
    assert_eq!(again.0, "INVALID_TRANSITION", "they have one");
    let ended: Vec<String> = world.sagas().await.into_iter().map(|(_, state)| state).collect();
    assert_eq!(ended, ["COMPENSATED", "COMPLETED"]);
    assert_eq!(world.count("SELECT count(*) FROM driver").await, 1);
    assert_eq!(world.count("SELECT count(*) FROM dead_letter").await, 0);
}

#[tokio::test]
async fn whoever_signed_up_without_a_vehicle_offers_one_later() {
    let world = World::new().await;
    onboard(&world, json!({"firstName": "Ravi"})).await;
    let nobody = world.denied(&the_driver(ASHA), "offerOwnVehicle", offered("DL1CAB1234", None)).await;
    assert_eq!(nobody.0, "NOT_FOUND", "no profile yet");
    let ravi = the_driver(RAVI);
    let offers = (0..6).map(|_| world.ask(&ravi, OFFER, json!({"input": offered("DL1CAB1234", None)})));
    let answers = futures_util::future::join_all(offers).await;
    assert_eq!(
        answers.iter().filter(|answer| answer.get("errors").is_none()).count(),
        1,
        "six taps, one offer"
    );
    assert_eq!(mine(&world).await["ownVehicleState"], "PENDING");
    let told = world.recorded("own_vehicle.offered").await;
    assert_eq!(told.len(), 1);
    settle(&world, &told[0], json!(id(OWN_VEHICLE)), Value::Null).await;
    assert_eq!(mine(&world).await["ownVehicle"]["id"], id(OWN_VEHICLE));
}

#[tokio::test]
async fn an_input_brings_one_vehicle_or_none_and_says_what_is_wrong_with_it() {
    let world = World::new().await;
    let mut both = input("DL1CAB1234", "k1");
    both["vehicleId"] = json!(id(OWN_VEHICLE));
    let mut nameless = input("DL1CAB1234", "k2");
    nameless["vehicle"]["name"] = json!(" ");
    for (input, field) in
        [(both, "vehicle"), (input("  ", "k3"), "vehicle.number"), (nameless, "vehicle.name")]
    {
        let refused = world.denied(&the_driver(RAVI), "completeOnboarding", input).await;
        assert_eq!(refused, ("VALIDATION".into(), field.into()));
    }
    assert_eq!(
        world.count("SELECT (SELECT count(*) FROM driver) + (SELECT count(*) FROM saga)").await,
        0,
        "nothing was begun"
    );
    let with_id = json!({"firstName": "Ravi", "vehicleId": id(OWN_VEHICLE)});
    assert_eq!(onboard(&world, with_id).await["ownVehicleState"], "READY", "one that is registered is there");
    let alone = json!({"firstName": "Asha"});
    let alone = world.act(&the_driver(ASHA), "completeOnboarding", alone, STATE).await;
    assert_eq!(alone["ownVehicleState"], "NONE");
}

#[tokio::test]
async fn a_vehicle_is_offered_until_there_is_an_answer_and_a_stuck_saga_is_seen() {
    let mut world = World::new().await;
    let driver = onboard(&world, input("DL1CAB1234", "k1")).await["id"].clone();
    world.start();
    for (offers, minutes) in [(2, 1), (3, 1), (4, 2), (5, 4)] {
        world.clock.advance(Duration::minutes(minutes));
        world
            .eventually("SELECT count(*) FROM outbox WHERE event_type = 'own_vehicle.offered'", offers)
            .await;
    }
    let told = world.recorded("own_vehicle.offered").await;
    assert!(told.iter().all(|again| *again == told[0]), "each is the same offer");
    let stuck = "{ partnerStuckSagas { kind subjectId step attempts } }";
    let seen = world.ok(&super_admin(), stuck, json!({})).await;
    let expected = json!([{"kind": "own_vehicle", "subjectId": driver, "step": "vehicle", "attempts": 4}]);
    assert_eq!(seen["partnerStuckSagas"], expected);
    settle(&world, &told[0], json!(id(OWN_VEHICLE)), Value::Null).await;
    assert_eq!(world.ok(&super_admin(), stuck, json!({})).await["partnerStuckSagas"], json!([]));
}
