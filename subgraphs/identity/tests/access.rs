//! The access matrix of identity: every operation × every role × own and other fleet, hub and self. A new operation without
//! a row fails here.

use std::collections::BTreeSet;

use kit::Caller;
use serde_json::{Value, json};

use crate::support::people::*;
use crate::support::{REQUEST_OTP, World, config};

/// The columns: a super admin; fleet admin, manager, operations, driver of fleet A; the same of fleet B; nobody.
/// Targets are of fleet A: the driver is the one of column four, operations works at hub A1.
const COLUMNS: [Option<u128>; 10] = [
    Some(SUPER),
    Some(ADMIN_A),
    Some(MANAGER_A),
    Some(OPERATIONS_A1),
    Some(DRIVER_A),
    Some(ADMIN_B),
    Some(MANAGER_B),
    Some(OPERATIONS_B1),
    Some(DRIVER_B),
    None,
];

/// One operation and what each column gets: A the answer, 0 an answer without the target, F FORBIDDEN, N NOT_FOUND,
/// U UNAUTHENTICATED, I a wrong code, V a wrong input (both: access was not the matter).
struct Row {
    operation: &'static str,
    document: &'static str,
    variables: fn(&Cell) -> Value,
    expected: &'static str,
}

/// What a cell brings along.
struct Cell {
    number: usize,
    refresh: Value,
}

/// A phone that no other cell uses.
fn fresh(cell: &Cell) -> String {
    format!("98111{:05}", cell.number)
}

fn nothing(_: &Cell) -> Value {
    json!({})
}

fn target(_: &Cell) -> Value {
    json!({ "id": id(DRIVER_A) })
}

const CREATE: &str = "mutation ($input: CreateUserInput!) { createUser(input: $input) { id } }";

fn create(cell: &Cell, role: &str) -> Value {
    json!({ "input": { "name": "New", "phone": fresh(cell), "role": role, "fleetId": id(FLEET_A) } })
}

fn rows() -> Vec<Row> {
    let row = |operation, document, variables, expected| Row { operation, document, variables, expected };
    vec![
        row("requestOtp", REQUEST_OTP, |cell| json!({ "phone": fresh(cell) }), "AAAAAAAAAA"),
        row(
            "verifyOtp",
            "mutation ($p: String!) { verifyOtp(input: { phone: $p, code: \"12\" }) { access } }",
            |cell| json!({ "p": fresh(cell) }),
            "IIIIIIIIII",
        ),
        row(
            "verifySignupOtp",
            "mutation ($p: String!) { verifySignupOtp(input: { phone: $p, code: \"12\" }) { ticket } }",
            |cell| json!({ "p": fresh(cell) }),
            "IIIIIIIIII",
        ),
        row(
            "signUpDriver",
            "mutation { signUpDriver(input: { ticket: \"no\", name: \"New\" }) { access } }",
            nothing,
            "VVVVVVVVVV",
        ),
        row(
            "refreshSession",
            "mutation ($t: String!) { refreshSession(input: { refreshToken: $t }) { access } }",
            |cell| json!({ "t": cell.refresh }),
            "AAAAAAAAAA",
        ),
        row(
            "logout",
            "mutation ($t: String!) { logout(input: { refreshToken: $t }) { endedSessions } }",
            |cell| json!({ "t": cell.refresh }),
            "AAAAAAAAAA",
        ),
        row("logoutAll", "mutation { logoutAll { endedSessions } }", nothing, "AAAAAAAAAU"),
        row("me", "{ me { id } }", nothing, "AAAAAAAAAU"),
        row("user", "query ($id: ID!) { user(id: $id) { id } }", target, "AAAAF000FU"),
        row("users", "{ users(first: 100) { nodes { id } } }", nothing, "AAAAF000FU"),
        row("identityStuckSagas", "{ identityStuckSagas { id } }", nothing, "AFFFFFFFFU"),
        row("createUser", CREATE, |cell| create(cell, "DRIVER"), "AAAFFFFFFU"),
        row("createUser", CREATE, |cell| create(cell, "MANAGER"), "AAFFFFFFFU"),
        row("createUser", CREATE, |cell| create(cell, "FLEET_ADMIN"), "AFFFFFFFFU"),
        row(
            "updateUser",
            "mutation ($id: ID!) { updateUser(input: { id: $id, name: \"Ravi\" }) { id } }",
            target,
            "AAAFANNFNU",
        ),
        row(
            "setUserScope",
            "mutation ($input: SetUserScopeInput!) { setUserScope(input: $input) { id } }",
            |_| json!({ "input": { "userId": id(OPERATIONS_A1), "hubIds": [id(HUB_A1)], "fleetId": id(FLEET_A) } }),
            "AAAFFFFFFU",
        ),
        row(
            "deactivateUser",
            "mutation ($id: ID!) { deactivateUser(input: { id: $id }) { id } }",
            target,
            "AFFFFFFFFU",
        ),
        row(
            "reactivateUser",
            "mutation ($id: ID!) { reactivateUser(input: { id: $id }) { id } }",
            target,
            "AFFFFFFFFU",
        ),
    ]
}

fn outcome(operation: &str, answer: &Value) -> char {
    if let Some(error) = answer["errors"].get(0) {
        return match error["extensions"]["code"].as_str() {
            Some("FORBIDDEN") => 'F',
            Some("NOT_FOUND") => 'N',
            Some("UNAUTHENTICATED") => 'U',
            Some("OTP_INVALID") => 'I',
            Some("VALIDATION") => 'V',
            _ => '!',
        };
    }
    let data = answer["data"][operation].to_string();
    let sees = match operation {
        "user" | "users" => data.contains(&id(DRIVER_A)),
        _ => data != "null",
    };
    if sees { 'A' } else { '0' }
}

/// Somebody with a session of their own, for the rows that use one up.
async fn session(world: &World) -> Value {
    world.ok(&Caller::Anonymous, REQUEST_OTP, json!({ "phone": "9000000001" })).await;
    let verify = "mutation { verifyOtp(input: { phone: \"9000000001\", code: \"000000\" }) { refresh } }";
    world.ok(&Caller::Anonymous, verify, json!({})).await["verifyOtp"]["refresh"].clone()
}

async fn stage() -> World {
    let world = World::with(identity::Config { demo_otp: true, ..config() }).await;
    settle(&world, &EVERYBODY).await;
    let sql = "UPDATE app_user SET phone = '+919000000001' WHERE id = $1";
    sqlx::query(sql).bind(uuid(FREE_DRIVER)).execute(&world.db.pool).await.unwrap();
    world
}

#[tokio::test]
async fn every_role_gets_what_the_matrix_says() {
    let world = stage().await;
    let (mut number, mut wrong) = (0, Vec::new());
    for row in rows() {
        let mut found = String::new();
        for column in COLUMNS {
            number += 1;
            let needs_session = matches!(row.operation, "refreshSession" | "logout");
            let refresh = if needs_session { session(&world).await } else { Value::Null };
            let asking = column.map_or(Caller::Anonymous, caller);
            let variables = (row.variables)(&Cell { number, refresh });
            found.push(outcome(row.operation, &world.ask(&asking, row.document, variables).await));
        }
        if found != row.expected {
            wrong.push(format!(
                "{}: expected {} found {found} ({})",
                row.operation, row.expected, row.document
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn every_operation_has_a_row() {
    let world = World::new().await;
    let query = "{ __schema { queryType { fields { name } } mutationType { fields { name } } } }";
    let answer = world.ok(&Caller::Service { name: "test".into() }, query, json!({})).await;
    let names = |kind: &str| {
        let fields = answer["__schema"][kind]["fields"].as_array().unwrap().clone();
        fields.into_iter().map(|field| field["name"].as_str().unwrap().to_owned())
    };
    let operations: BTreeSet<String> =
        names("queryType").chain(names("mutationType")).filter(|name| !name.starts_with('_')).collect();
    let covered: BTreeSet<String> = rows().iter().map(|row| row.operation.to_owned()).collect();
    assert_eq!(operations, covered);
}
