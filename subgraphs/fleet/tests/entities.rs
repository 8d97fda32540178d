//! References: within reach, nothing without an error out of it, and in a constant number of statements.

use kit::Caller;
use serde_json::{Value, json};
use testing::Statements;

use crate::support::people::*;
use crate::support::scene::{CAR_A1, CAR_A2, CAR_B1, CAR_FREE, MANAGER_A};
use crate::support::{World, scene};

const ENTITIES: &str = "query ($representations: [_Any!]!) { _entities(representations: $representations) {
    ... on Vehicle { number fleet { name } hub { name hubManager { name } } }
    ... on Fleet { name } ... on Hub { name fleet { name } } ... on FleetManager { name city } ... on HubManager { name hub { name } } } }";

async fn entities(world: &World, caller: &Caller, representations: Vec<Value>) -> Vec<Value> {
    let data = world.ok(caller, ENTITIES, json!({ "representations": representations })).await;
    data["_entities"].as_array().unwrap().clone()
}

fn of(kind: &str, number: u128) -> Value {
    json!({ "__typename": kind, "id": id(number) })
}

/// Which of the asked entities were there.
async fn seen(world: &World, caller: Caller) -> String {
    let asked = vec![
        of("Fleet", FLEET_A),
        of("Hub", HUB_A1),
        of("Hub", HUB_A2),
        of("Vehicle", CAR_A1),
        of("Vehicle", CAR_A2),
        of("FleetManager", MANAGER_A),
        of("HubManager", scene::HUB_MANAGER_A),
        of("Vehicle", CAR_FREE),
        of("Vehicle", 0x9999),
        json!({ "__typename": "Vehicle", "id": "no id" }),
    ];
    let answers = entities(world, &caller, asked).await;
    answers.iter().map(|answer| if answer.is_null() { '-' } else { 'x' }).collect()
}

#[tokio::test]
async fn each_role_resolves_its_own_part() {
    let world = World::new().await;
    scene::set(&world).await;
    // Fleet, hub 1, hub 2, car at hub 1, car at hub 2, fleet manager, hub manager, car of nobody, none, no id.
    assert_eq!(seen(&world, super_admin()).await, "xxxxxxxx--");
    assert_eq!(seen(&world, service()).await, "xxxxxxxx--");
    assert_eq!(seen(&world, fleet_admin(FLEET_A)).await, "xxxxxxx---");
    assert_eq!(seen(&world, manager(FLEET_A)).await, "xxxxxxx---");
    assert_eq!(seen(&world, operations(FLEET_A, &[HUB_A1])).await, "xx-x------");
    assert_eq!(seen(&world, driver(FLEET_A, HUB_A1, DRIVER_A)).await, "xx-x------");
    for stranger in [fleet_admin(FLEET_B), manager(FLEET_B), operations(FLEET_B, &[HUB_B1])] {
        assert_eq!(seen(&world, stranger).await, "----------");
    }
    assert_eq!(seen(&world, driver(FLEET_B, HUB_B1, DRIVER_B)).await, "----------");
    assert_eq!(seen(&world, operations(FLEET_A, &[])).await, "x---------");
    assert_eq!(seen(&world, Caller::Anonymous).await, "----------");
}

#[tokio::test]
async fn a_page_of_references_costs_the_same_statements_however_long() {
    let world = World::new().await;
    scene::set(&world).await;
    let sql = "UPDATE hub SET hub_manager_id = $1 WHERE id = $2";
    sqlx::query(sql)
        .bind(uuid(scene::HUB_MANAGER_A))
        .bind(uuid(HUB_A1))
        .execute(&world.db.pool)
        .await
        .unwrap();
    let asked = |copies: usize| {
        vec![[of("Vehicle", CAR_A1), of("Vehicle", CAR_A2), of("Vehicle", CAR_B1)]; copies].concat()
    };
    entities(&world, &super_admin(), asked(1)).await;
    let statements = Statements::counting();
    for copies in [1, 10, 50] {
        entities(&world, &super_admin(), asked(copies)).await;
        assert_eq!(statements.take(), 4, "vehicles, fleets, hubs, hub managers; {copies} copies");
    }
}

#[tokio::test]
async fn a_list_costs_the_same_statements_however_long() {
    let world = World::new().await;
    scene::set(&world).await;
    let query = "query ($first: Int) { vehicles(first: $first) { nodes { number documents { health } fleet { name } hub { name } } totalCount } }";
    world.ok(&super_admin(), query, json!({ "first": 1 })).await;
    let statements = Statements::counting();
    for first in [2, 5] {
        world.ok(&super_admin(), query, json!({ "first": first })).await;
        assert_eq!(statements.take(), 4, "the page, its count, fleets, hubs");
    }
}

#[tokio::test]
async fn a_forged_identity_is_answered_unauthenticated() {
    use axum::body::Body;
    use axum::http::Request;
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    let world = World::new().await;
    scene::set(&world).await;
    for (header, value) in
        [("x-dk-user-id", id(0x10)), ("x-dk-role", "SUPER_ADMIN".into()), ("x-dk-principal", "x.y.z".into())]
    {
        let request = Request::post("/graphql")
            .header("content-type", "application/json")
            .header(header, value)
            .body(Body::from(json!({ "query": "{ fleets { nodes { id } } }" }).to_string()))
            .unwrap();
        let response = world.routes().oneshot(request).await.unwrap();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let answer: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAUTHENTICATED", "{header}: {answer}");
    }
}
