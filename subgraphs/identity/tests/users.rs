//! Users: who may add, change, move and dismiss whom, and how they are found.

use serde_json::{Value, json};

use crate::support::World;
use crate::support::people::*;

const CREATE: &str = "mutation ($input: CreateUserInput!) {
    createUser(input: $input) { id shortId name phone role isActive fleetId hubIds version createdBy { id } } }";
const UPDATE: &str = "mutation ($input: UpdateUserInput!) {
    updateUser(input: $input) { id name phone role isActive fleetId hubIds version updatedBy { id } } }";
const SCOPE: &str =
    "mutation ($input: SetUserScopeInput!) { setUserScope(input: $input) { fleetId hubIds version } }";

fn person(phone: &str, role: &str) -> Value {
    json!({ "name": "  Nitin   Verma ", "phone": phone, "role": role })
}

fn with(mut input: Value, field: &str, value: Value) -> Value {
    input[field] = value;
    input
}

#[tokio::test]
async fn a_fleet_admin_adds_a_manager_to_the_own_fleet() {
    let world = World::new().await;
    settle(&world, &[ADMIN_A]).await;
    let data = world.ok(&caller(ADMIN_A), CREATE, json!({ "input": person("98100-00200", "MANAGER") })).await;
    let user = &data["createUser"];
    assert_eq!((&user["shortId"], &user["name"]), (&json!("USR20260127001"), &json!("Nitin Verma")));
    assert_eq!((&user["phone"], &user["fleetId"]), (&json!("+919810000200"), &json!(id(FLEET_A))));
    assert_eq!((&user["isActive"], &user["version"]), (&json!(true), &json!(1)));
    assert_eq!(user["createdBy"]["id"], id(ADMIN_A));
    let events = world.recorded("user.created").await;
    assert_eq!((events.len(), &events[0]["userId"]), (1, &user["id"]));
}

#[tokio::test]
async fn the_short_id_counts_by_the_day_in_india() {
    let world = World::new().await;
    settle(&world, &[SUPER]).await;
    let mut ids = Vec::new();
    for (phone, minutes) in [("9810000201", 0), ("9810000202", 12 * 60 + 29), ("9810000203", 1)] {
        world.clock.advance(chrono::Duration::minutes(minutes));
        let data = world.ok(&caller(SUPER), CREATE, json!({ "input": person(phone, "DRIVER") })).await;
        ids.push(data["createUser"]["shortId"].as_str().unwrap().to_owned());
    }
    assert_eq!(ids, ["USR20260127001", "USR20260127002", "USR20260128001"]);
}

#[tokio::test]
async fn nobody_appoints_their_own_rank_or_above() {
    let world = World::new().await;
    settle(&world, &[SUPER, ADMIN_A, MANAGER_A]).await;
    for (by, role) in [
        (MANAGER_A, "FLEET_ADMIN"),
        (MANAGER_A, "SUPER_ADMIN"),
        (MANAGER_A, "MANAGER"),
        (ADMIN_A, "FLEET_ADMIN"),
        (ADMIN_A, "SUPER_ADMIN"),
    ] {
        let refusal =
            world.refused(&caller(by), CREATE, json!({ "input": person("9810000210", role) })).await;
        assert_eq!(refusal.at(), ("FORBIDDEN", "role"), "{role}");
    }
    // The hole of the original: any user of the own fleet could be made a super admin.
    settle(&world, &[DRIVER_A, ADMIN_B]).await;
    let raise = json!({ "input": { "id": id(DRIVER_A), "role": "SUPER_ADMIN" } });
    assert_eq!(world.refused(&caller(MANAGER_A), UPDATE, raise.clone()).await.code, "FORBIDDEN");
    assert_eq!(world.refused(&caller(ADMIN_A), UPDATE, raise).await.code, "FORBIDDEN");
    let superior = json!({ "input": { "id": id(ADMIN_A), "name": "Nobody" } });
    assert_eq!(world.refused(&caller(MANAGER_A), UPDATE, superior).await.code, "FORBIDDEN");
    let self_raise = json!({ "input": { "id": id(MANAGER_A), "role": "FLEET_ADMIN" } });
    assert_eq!(world.refused(&caller(MANAGER_A), UPDATE, self_raise).await.code, "FORBIDDEN");
}

#[tokio::test]
async fn wrong_input_is_refused_with_the_name_of_the_field() {
    let world = World::new().await;
    settle(&world, &[SUPER, ADMIN_A]).await;
    let operations = || with(person("9810000220", "OPERATIONS"), "fleetId", json!(id(FLEET_A)));
    let cases = [
        (person("12", "DRIVER"), ("VALIDATION", "phone")),
        (with(person("9810000220", "DRIVER"), "name", json!(" ")), ("VALIDATION", "name")),
        (with(person("9810000220", "DRIVER"), "name", json!("x".repeat(121))), ("VALIDATION", "name")),
        (person("9810000220", "MANAGER"), ("VALIDATION", "fleetId")),
        (with(person("9810000220", "MANAGER"), "fleetId", json!(id(0x99))), ("VALIDATION", "fleetId")),
        (
            with(person("9810000220", "MANAGER"), "fleetId", json!(id(CLOSED_FLEET))),
            ("VALIDATION", "fleetId"),
        ),
        (with(person("9810000220", "MANAGER"), "fleetId", json!("no id")), ("VALIDATION", "fleetId")),
        (with(person("9810000220", "SUPER_ADMIN"), "fleetId", json!(id(FLEET_A))), ("VALIDATION", "fleetId")),
        (operations(), ("VALIDATION", "hubIds")),
        (with(operations(), "hubIds", json!([id(HUB_A1), id(HUB_B1)])), ("VALIDATION", "hubIds")),
        (with(operations(), "hubIds", json!([id(0x98)])), ("VALIDATION", "hubIds")),
        (person(&phone(ADMIN_A), "DRIVER"), ("CONFLICT", "phone")),
    ];
    for (input, expected) in cases {
        let refusal = world.refused(&caller(SUPER), CREATE, json!({ "input": input })).await;
        assert_eq!(refusal.at(), expected, "{input}");
    }
    assert_eq!(world.count("SELECT count(*) FROM app_user").await, 2);
    assert_eq!(world.count("SELECT count(*) FROM outbox").await, 0);
}

#[tokio::test]
async fn the_same_key_gives_the_same_user_and_another_input_a_conflict() {
    let world = World::new().await;
    settle(&world, &[SUPER]).await;
    let input = with(person("9810000230", "DRIVER"), "idempotencyKey", json!("form-1"));
    let variables = json!({ "input": input });
    let calls = (0..6).map(|_| world.ask(caller_of_super(), CREATE, variables.clone()));
    let answers = futures_util::future::join_all(calls).await;
    for answer in &answers {
        assert!(answer.get("errors").is_none(), "{answer}");
        assert_eq!(answer["data"]["createUser"]["id"], answers[0]["data"]["createUser"]["id"]);
    }
    assert_eq!(world.recorded("user.created").await.len(), 1);
    let other = with(input, "phone", json!("9810000231"));
    let refusal = world.refused(&caller(SUPER), CREATE, json!({ "input": other })).await;
    assert_eq!(refusal.at(), ("CONFLICT", "idempotencyKey"));
}

fn caller_of_super() -> &'static kit::Caller {
    static SUPER_CALLER: std::sync::OnceLock<kit::Caller> = std::sync::OnceLock::new();
    SUPER_CALLER.get_or_init(|| caller(SUPER))
}

#[tokio::test]
async fn of_parallel_creations_with_one_phone_one_wins() {
    let world = World::new().await;
    settle(&world, &[SUPER]).await;
    let variables = json!({ "input": person("9810000240", "DRIVER") });
    let calls = (0..8).map(|_| world.ask(caller_of_super(), CREATE, variables.clone()));
    let answers = futures_util::future::join_all(calls).await;
    let won = answers.iter().filter(|answer| answer.get("errors").is_none()).count();
    let taken =
        answers.iter().filter(|answer| answer["errors"][0]["extensions"]["code"] == "CONFLICT").count();
    assert_eq!((won, taken), (1, 7));
}

#[tokio::test]
async fn drivers_change_their_name_and_nothing_else_of_themselves() {
    let world = World::new().await;
    settle(&world, &[DRIVER_A, DRIVER_B]).await;
    let rename = json!({ "input": { "id": id(DRIVER_A), "name": "Ravi K." } });
    let data = world.ok(&caller(DRIVER_A), UPDATE, rename).await;
    assert_eq!((&data["updateUser"]["name"], &data["updateUser"]["version"]), (&json!("Ravi K."), &json!(2)));
    for (field, value) in
        [("phone", json!("9810000250")), ("isActive", json!(false)), ("role", json!("MANAGER"))]
    {
        let input = with(json!({ "id": id(DRIVER_A) }), field, value);
        let refusal = world.refused(&caller(DRIVER_A), UPDATE, json!({ "input": input })).await;
        assert_eq!(refusal.code, "FORBIDDEN", "{field}");
    }
    let other = json!({ "input": { "id": id(DRIVER_B), "name": "Mine" } });
    assert_eq!(world.refused(&caller(DRIVER_A), UPDATE, other).await.code, "NOT_FOUND");
}

#[tokio::test]
async fn a_change_of_what_was_not_read_is_refused() {
    let world = World::new().await;
    settle(&world, &[SUPER, MANAGER_A]).await;
    let input = |name: &str| json!({ "input": { "id": id(MANAGER_A), "name": name, "expectedVersion": 1 } });
    world.ok(&caller(SUPER), UPDATE, input("Meera")).await;
    let refusal = world.refused(&caller(SUPER), UPDATE, input("Mira")).await;
    assert_eq!((refusal.code.as_str(), &refusal.details["version"]), ("STALE_VERSION", &json!(2)));
}

#[tokio::test]
async fn a_manager_moves_operations_between_hubs_of_the_own_fleet_only() {
    let world = World::new().await;
    settle(&world, &[MANAGER_A, OPERATIONS_A1, OPERATIONS_B1, ADMIN_A]).await;
    let input = |user: u128, hubs: &[u128]| json!({ "input": { "userId": id(user), "hubIds": hubs.iter().map(|hub| id(*hub)).collect::<Vec<_>>() } });
    let data = world.ok(&caller(MANAGER_A), SCOPE, input(OPERATIONS_A1, &[HUB_A2])).await;
    assert_eq!(data["setUserScope"], json!({ "fleetId": id(FLEET_A), "hubIds": [id(HUB_A2)], "version": 2 }));
    let refused = async |variables| {
        let refusal = world.refused(&caller(MANAGER_A), SCOPE, variables).await;
        (refusal.code, refusal.field)
    };
    assert_eq!(refused(input(OPERATIONS_A1, &[HUB_B1])).await, ("VALIDATION".into(), "hubIds".into()));
    assert_eq!(refused(input(OPERATIONS_A1, &[])).await, ("VALIDATION".into(), "hubIds".into()));
    assert_eq!(refused(input(OPERATIONS_B1, &[HUB_A1])).await.0, "NOT_FOUND");
    assert_eq!(refused(input(ADMIN_A, &[])).await.0, "FORBIDDEN");
    let away =
        json!({ "input": { "userId": id(OPERATIONS_A1), "fleetId": id(FLEET_B), "hubIds": [id(HUB_B1)] } });
    assert_eq!(refused(away).await, ("FORBIDDEN".into(), "fleetId".into()));
}

#[tokio::test]
async fn a_fleet_or_hub_without_a_role_is_refused_and_not_ignored() {
    let world = World::new().await;
    settle(&world, &[MANAGER_A, OPERATIONS_A1]).await;
    for (field, value) in [("fleetId", json!(id(FLEET_A))), ("hubIds", json!([id(HUB_A2)]))] {
        let input = with(json!({ "id": id(OPERATIONS_A1), "name": "Omar S" }), field, value);
        let refusal = world.refused(&caller(MANAGER_A), UPDATE, json!({ "input": input })).await;
        assert_eq!(refusal.at(), ("VALIDATION", field));
    }
    assert_eq!(world.count("SELECT count(*) FROM app_user WHERE version > 1").await, 0);
}

#[tokio::test]
async fn the_fleet_service_is_asked_about_a_new_office_before_anything_is_locked() {
    let world = World::new().await;
    settle(&world, &[SUPER, MANAGER_A]).await;
    let input = json!({ "id": id(MANAGER_A), "role": "OPERATIONS", "hubIds": [id(WARY_HUB)] });
    let data = world.ok(&caller(SUPER), UPDATE, json!({ "input": input })).await;
    let expected = (json!("OPERATIONS"), json!(id(FLEET_A)), json!([id(WARY_HUB)]));
    let user = &data["updateUser"];
    assert_eq!((&user["role"], &user["fleetId"], &user["hubIds"]), (&expected.0, &expected.1, &expected.2));
}

#[tokio::test]
async fn a_change_that_changes_nothing_leaves_no_trace() {
    let world = World::new().await;
    settle(&world, &[SUPER, MANAGER_A]).await;
    let same =
        json!({ "input": { "id": id(MANAGER_A), "name": " Meera  Iyer ", "phone": phone(MANAGER_A) } });
    let data = world.ok(&caller(SUPER), UPDATE, same).await;
    assert_eq!((&data["updateUser"]["version"], &data["updateUser"]["updatedBy"]), (&json!(1), &Value::Null));
    assert_eq!(world.count("SELECT count(*) FROM outbox").await, 0);
}

#[tokio::test]
async fn text_that_a_database_or_a_screen_cannot_hold_is_refused_with_its_field() {
    let world = World::new().await;
    settle(&world, &[SUPER]).await;
    for name in ["Nitin\0Verma", "Nitin\u{1b}[2J", "\u{200b}\u{200b}", "---"] {
        let input = with(person("9810000220", "DRIVER"), "name", json!(name));
        let refusal = world.refused(&caller(SUPER), CREATE, json!({ "input": input })).await;
        assert_eq!(refusal.at(), ("VALIDATION", "name"), "{name:?}");
    }
    let many: Vec<String> = (0..51).map(|number| id(0xA100 + number)).collect();
    let operations = json!({ "name": "Nitin", "phone": "9810000220", "role": "OPERATIONS", "fleetId": id(FLEET_A), "hubIds": many });
    let refusal = world.refused(&caller(SUPER), CREATE, json!({ "input": operations })).await;
    assert_eq!(refusal.at(), ("VALIDATION", "hubIds"));
    for search in ["ab\0c".to_owned(), "x".repeat(101), "( - )".to_owned()] {
        let filter = json!({ "filter": { "search": search } });
        let refusal = world.refused(&caller(SUPER), LIST, filter).await;
        assert_eq!(refusal.at(), ("VALIDATION", "filter.search"), "{search:?}");
    }
    let query = "query ($id: ID!) { user(id: $id) { id } }";
    for strange in ["\0", "USR2026 01", "' OR true --"] {
        let data = world.ok(&caller(SUPER), query, json!({ "id": strange })).await;
        assert_eq!(data["user"], Value::Null, "{strange:?}");
    }
}

#[tokio::test]
async fn a_phone_is_found_however_it_is_typed() {
    let world = World::new().await;
    settle(&world, &[SUPER, MANAGER_A]).await;
    for typed in ["98100 00018", "+91 98100-00018", "(98100) 00018", "9810000018"] {
        let data = world.ok(&caller(SUPER), LIST, json!({ "filter": { "search": typed } })).await;
        assert_eq!(ids(&data), [MANAGER_A], "{typed}");
    }
}

#[tokio::test]
async fn a_super_admin_cannot_shut_themselves_out() {
    let world = World::new().await;
    settle(&world, &[SUPER]).await;
    let off = "mutation ($id: ID!) { deactivateUser(input: { id: $id }) { id } }";
    let refusal = world.refused(&caller(SUPER), off, json!({ "id": id(SUPER) })).await;
    assert_eq!(refusal.at(), ("VALIDATION", "id"));
    let input = json!({ "input": { "id": id(SUPER), "isActive": false } });
    assert_eq!(world.refused(&caller(SUPER), UPDATE, input).await.code, "FORBIDDEN");
}

const LIST: &str = "query ($filter: UserFilter, $order: UserOrder, $first: Int, $after: String) {
    users(filter: $filter, orderBy: $order, first: $first, after: $after) {
        nodes { id } totalCount pageInfo { hasNextPage endCursor } } }";

fn ids(data: &Value) -> Vec<u128> {
    let nodes = data["users"]["nodes"].as_array().unwrap();
    nodes.iter().map(|node| node["id"].as_str().unwrap().parse::<uuid::Uuid>().unwrap().as_u128()).collect()
}

#[tokio::test]
async fn users_are_found_by_what_is_known_of_them() {
    let world = World::new().await;
    settle(&world, &EVERYBODY).await;
    let cases = [
        (json!({ "role": "MANAGER" }), vec![MANAGER_B, MANAGER_A]),
        (json!({ "fleetId": id(FLEET_B), "role": "DRIVER" }), vec![DRIVER_B]),
        (json!({ "hubId": id(HUB_A1) }), vec![DRIVER_A, OPERATIONS_A1]),
        (json!({ "isActive": false }), vec![]),
        (json!({ "search": "ravi" }), vec![DRIVER_A]),
        (json!({ "search": "1000001" }), vec![OPERATIONS_A1, MANAGER_A, ADMIN_A, SUPER]),
        (json!({ "search": "%" }), vec![]),
    ];
    for (filter, expected) in cases {
        if filter["search"] == "%" {
            let refusal = world.refused(&caller(SUPER), LIST, json!({ "filter": filter })).await;
            assert_eq!(refusal.at(), ("VALIDATION", "filter.search"));
            continue;
        }
        let data = world.ok(&caller(SUPER), LIST, json!({ "filter": filter })).await;
        assert_eq!(data["users"]["totalCount"], expected.len(), "{filter}");
        let found = ids(&data);
        assert!(
            expected.iter().all(|id| found.contains(id)) && found.len() == expected.len(),
            "{filter}: {found:x?}"
        );
    }
    let literal = world.ok(&caller(SUPER), LIST, json!({ "filter": { "search": "%_" } })).await;
    assert_eq!(ids(&literal), Vec::<u128>::new(), "wildcards are letters like any other");
}

#[tokio::test]
async fn pages_follow_each_other_without_gap_or_repeat_in_both_orders() {
    let world = World::new().await;
    settle(&world, &EVERYBODY).await;
    for (order, first_of_all) in [("NEWEST_FIRST", FREE_DRIVER), ("NAME", ADMIN_A)] {
        let (mut seen, mut after) = (Vec::new(), Value::Null);
        loop {
            let variables = json!({ "order": order, "first": 3, "after": after });
            let data = world.ok(&caller(SUPER), LIST, variables).await;
            assert_eq!(data["users"]["totalCount"], 10);
            seen.extend(ids(&data));
            if data["users"]["pageInfo"]["hasNextPage"] == false {
                break;
            }
            after = data["users"]["pageInfo"]["endCursor"].clone();
        }
        assert_eq!(seen[0], first_of_all, "{order}");
        let mut all = seen.clone();
        all.sort_unstable();
        assert_eq!(all, EVERYBODY, "{order}");
    }
    let too_many = world.refused(&caller(SUPER), LIST, json!({ "first": 101 })).await;
    assert_eq!(too_many.at(), ("VALIDATION", "first"));
}

#[tokio::test]
async fn a_user_is_found_by_short_id_within_sight() {
    let world = World::new().await;
    settle(&world, &EVERYBODY).await;
    let query = "query ($id: ID!) { user(id: $id) { id name hubs { id } fleet { id } } }";
    let short = json!({ "id": "USR20260101018" });
    let data = world.ok(&caller(OPERATIONS_A1), query, short.clone()).await;
    assert_eq!(data["user"]["id"], id(MANAGER_A));
    let data = world.ok(&caller(MANAGER_B), query, short).await;
    assert_eq!(data["user"], Value::Null);
}
