//! References: users by id, the people of fleets and hubs; within sight, and in a constant number of statements.

use kit::Caller;
use serde_json::{Value, json};
use testing::Statements;

use crate::support::World;
use crate::support::people::*;

const ENTITIES: &str = "query ($representations: [_Any!]!) { _entities(representations: $representations) {
    ... on User { id name phone }
    ... on Fleet { members(roles: [MANAGER, OPERATIONS]) { id } admin { id } }
    ... on Hub { operators { id } } } }";

async fn entities(world: &World, caller: &Caller, representations: Vec<Value>) -> Value {
    world.ok(caller, ENTITIES, json!({ "representations": representations })).await["_entities"].clone()
}

fn of(kind: &str, number: u128) -> Value {
    json!({ "__typename": kind, "id": id(number) })
}

#[tokio::test]
async fn a_reference_out_of_sight_or_to_nobody_is_nothing_and_no_error() {
    let world = World::new().await;
    settle(&world, &EVERYBODY).await;
    let asked =
        || vec![of("User", DRIVER_A), of("User", 0x999), json!({ "__typename": "User", "id": "no id" })];
    let names = |answer: &Value| {
        answer
            .as_array()
            .unwrap()
            .iter()
            .map(|user| user["name"].as_str().map(str::to_owned))
            .collect::<Vec<_>>()
    };
    let ravi = || vec![Some("Ravi Kumar".to_owned()), None, None];
    for user in [SUPER, ADMIN_A, MANAGER_A, OPERATIONS_A1, DRIVER_A] {
        assert_eq!(names(&entities(&world, &caller(user), asked()).await), ravi(), "{user:x}");
    }
    for user in [ADMIN_B, MANAGER_B, OPERATIONS_B1, DRIVER_B] {
        assert_eq!(names(&entities(&world, &caller(user), asked()).await), [None, None, None], "{user:x}");
    }
    assert_eq!(names(&entities(&world, &Caller::Anonymous, asked()).await), [None, None, None]);
    let service = Caller::Service { name: "trip".into() };
    assert_eq!(names(&entities(&world, &service, asked()).await), ravi());
}

#[tokio::test]
async fn fleets_and_hubs_have_their_people() {
    let world = World::new().await;
    settle(&world, &EVERYBODY).await;
    let asked = || vec![of("Fleet", FLEET_A), of("Fleet", FLEET_B), of("Hub", HUB_A1), of("Hub", HUB_A2)];
    let all = entities(&world, &caller(SUPER), asked()).await;
    let expected = json!([
        { "members": [{ "id": id(MANAGER_A) }, { "id": id(OPERATIONS_A1) }], "admin": { "id": id(ADMIN_A) } },
        { "members": [{ "id": id(MANAGER_B) }, { "id": id(OPERATIONS_B1) }], "admin": { "id": id(ADMIN_B) } },
        { "operators": [{ "id": id(OPERATIONS_A1) }] },
        { "operators": [] },
    ]);
    assert_eq!(all, expected);
    let of_b = entities(&world, &caller(MANAGER_B), asked()).await;
    assert_eq!(of_b[0], json!({ "members": [], "admin": null }));
    assert_eq!(of_b[1], expected[1]);
}

#[tokio::test]
async fn a_page_of_references_costs_the_same_statements_however_long() {
    let world = World::new().await;
    settle(&world, &EVERYBODY).await;
    let asked = |copies: usize| {
        let mut all = Vec::new();
        for _ in 0..copies {
            all.extend(EVERYBODY.map(|user| of("User", user)));
            all.extend([of("Fleet", FLEET_A), of("Fleet", FLEET_B), of("Hub", HUB_A1), of("Hub", HUB_B1)]);
        }
        all
    };
    // Users, members by role, admins, operators: four questions.
    entities(&world, &caller(SUPER), asked(1)).await;
    let statements = Statements::counting();
    for copies in [1, 5, 20] {
        entities(&world, &caller(SUPER), asked(copies)).await;
        assert_eq!(statements.take(), 4, "{copies}");
    }
}

#[tokio::test]
async fn a_list_costs_the_same_statements_however_long() {
    let world = World::new().await;
    settle(&world, &EVERYBODY).await;
    sqlx::query("UPDATE app_user SET created_by = $1, updated_by = $2")
        .bind(uuid(SUPER))
        .bind(uuid(ADMIN_A))
        .execute(&world.db.pool)
        .await
        .unwrap();
    let query = "query ($first: Int) { users(first: $first) {
        nodes { name createdBy { name } updatedBy { name } fleet { admin { name } } } } }";
    world.ok(&caller(SUPER), query, json!({ "first": 1 })).await;
    let statements = Statements::counting();
    for first in [2, 10] {
        world.ok(&caller(SUPER), query, json!({ "first": first })).await;
        assert_eq!(statements.take(), 3, "the page, the people in it, the admins");
    }
}

#[tokio::test]
async fn a_fleets_administrator_is_the_first_who_may_sign_in() {
    let world = World::new().await;
    settle(&world, &[SUPER, ADMIN_A]).await;
    let create = "mutation ($input: CreateUserInput!) { createUser(input: $input) { id } }";
    let second = json!({ "name": "Anita Bose", "phone": "98100 00200", "role": "FLEET_ADMIN", "fleetId": id(FLEET_A) });
    let data = world.ok(&caller(SUPER), create, json!({ "input": second })).await;
    let admin =
        async || entities(&world, &caller(SUPER), vec![of("Fleet", FLEET_A)]).await[0]["admin"].clone();
    assert_eq!(admin().await["id"], id(ADMIN_A));
    let off = "mutation ($id: ID!) { deactivateUser(input: { id: $id }) { id } }";
    world.ok(&caller(SUPER), off, json!({ "id": id(ADMIN_A) })).await;
    assert_eq!(admin().await, data["createUser"], "somebody who left is not whom one calls");
    world.ok(&caller(SUPER), off, json!({ "id": data["createUser"]["id"] })).await;
    assert_eq!(admin().await["id"], id(ADMIN_A), "of those who left, the first");
}
