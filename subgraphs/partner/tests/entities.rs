//! What the router asks: entities by key, in batches, within the viewer's scope.

use serde_json::{Value, json};
use testing::Statements;

use crate::support::World;
use crate::support::people::*;

const ENTITIES: &str = "query ($representations: [_Any!]!) { _entities(representations: $representations) {
    __typename
    ... on Driver { id name userId user { id } fleet { id } kycStatus isForcedUnavailable version wallet { earnings { amountPaise } } }
    ... on User { driver { id kycStatus } }
    ... on Fleet { drivers(first: 2) { nodes { name } pageInfo { hasNextPage } } }
    ... on Hub { drivers { nodes { id } } }
    ... on Vehicle { owner { id } } } }";

#[tokio::test]
async fn a_driver_is_resolved_by_id_and_by_user_and_what_is_missing_is_null() {
    let world = World::new().await;
    let driver = world.driver(RAVI).await;
    let wanted = json!({"representations": [
        {"__typename": "Driver", "id": driver},
        {"__typename": "Driver", "userId": id(RAVI)},
        {"__typename": "Driver", "id": id(0x999)},
        {"__typename": "Driver", "id": "nonsense"},
        {"__typename": "User", "id": id(RAVI)},
        {"__typename": "User", "id": id(ASHA)},
        {"__typename": "Vehicle", "id": id(0x51)},
    ]});
    let data = world.ok(&manager(FLEET_A), ENTITIES, wanted).await;
    let found = data["_entities"].as_array().unwrap();
    assert_eq!(found[0]["name"], "Ravi Kumar");
    assert_eq!(found[0], found[1]);
    assert_eq!(found[0]["wallet"]["earnings"]["amountPaise"], 0);
    assert_eq!((&found[2], &found[3]), (&Value::Null, &Value::Null));
    assert_eq!(found[4]["driver"], json!({"id": driver, "kycStatus": "PENDING"}));
    assert_eq!(found[5]["driver"], Value::Null);
    assert_eq!(found[6]["owner"], Value::Null);
}

#[tokio::test]
async fn other_fleets_and_hubs_see_null_and_services_see_all() {
    let world = World::new().await;
    let driver = world.driver(RAVI).await;
    let wanted = json!({"representations": [
        {"__typename": "Driver", "id": driver}, {"__typename": "User", "id": id(RAVI)}, {"__typename": "Hub", "id": id(HUB_A1)},
    ]});
    let query = "query ($representations: [_Any!]!) { _entities(representations: $representations) {
        ... on Driver { id } ... on User { driver { id } } ... on Hub { drivers { nodes { id } } } } }";
    let all = json!({"_entities": [{"id": driver}, {"driver": {"id": driver}}, {"drivers": {"nodes": [{"id": driver}]}}]});
    let none = json!({"_entities": [null, {"driver": null}, {"drivers": {"nodes": []}}]});
    for (caller, expected) in [
        (super_admin(), &all),
        (fleet_admin(FLEET_A), &all),
        (operations(FLEET_A, &[HUB_A1]), &all),
        (the_driver(RAVI), &all),
        (service(), &all),
        (manager(FLEET_B), &none),
        (operations(FLEET_A, &[HUB_A2]), &none),
        (the_driver(ASHA), &none),
        (kit::Caller::Anonymous, &none),
    ] {
        assert_eq!(world.ok(&caller, query, wanted.clone()).await, *expected, "{caller:?}");
    }
}

#[tokio::test]
async fn a_page_of_references_costs_the_same_statements_however_long() {
    let world = World::new().await;
    let mut drivers = Vec::new();
    for user in 0x101..0x133 {
        drivers.push(world.driver(user).await);
    }
    let statements = Statements::counting();
    let mut costs = Vec::new();
    for size in [1, 10, 50] {
        let mut representations: Vec<Value> = Vec::new();
        for driver in drivers.iter().take(size) {
            representations.push(json!({"__typename": "Driver", "id": driver}));
        }
        representations.push(json!({"__typename": "Fleet", "id": id(FLEET_A)}));
        representations.push(json!({"__typename": "Fleet", "id": id(FLEET_B)}));
        statements.take();
        world.ok(&manager(FLEET_A), ENTITIES, json!({"representations": representations})).await;
        costs.push(statements.take());
    }
    assert_eq!(costs, [3, 3, 3], "drivers by id, their wallets, first pages of fleets");
}

#[tokio::test]
async fn a_page_of_drivers_with_everything_costs_one_statement_per_kind() {
    let world = World::new().await;
    for user in 0x101..0x119 {
        world.driver(user).await;
    }
    let query = "query ($first: Int) { drivers(first: $first) { totalCount nodes { name wallet { earnings { amountPaise } }
        kycDocuments { kind } missingKycDocuments changes { what } } } }";
    let statements = Statements::counting();
    let mut costs = Vec::new();
    for first in [2, 20] {
        statements.take();
        world.ok(&manager(FLEET_A), query, json!({"first": first})).await;
        costs.push(statements.take());
    }
    assert_eq!(costs, [5, 5], "page, count, wallets, documents, changes");
}
