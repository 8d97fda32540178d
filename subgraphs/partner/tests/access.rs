//! The access matrix: every operation, every role, one's own and another's scope. A new operation without a row fails.

mod table;

use std::collections::BTreeSet;
use std::time::Duration;

use kit::Caller;
use serde_json::{Value, json};
use testing::subgraph::PATIENCE;

use crate::support::World;
use crate::support::people::*;
use table::{Fixture, ROWS};

/// Who asks, in the order of the letters of a row.
fn callers() -> [(&'static str, Caller); 10] {
    [
        ("SUPER_ADMIN", super_admin()),
        ("FLEET_ADMIN of the fleet", fleet_admin(FLEET_A)),
        ("FLEET_ADMIN of another", fleet_admin(FLEET_B)),
        ("MANAGER of the fleet", manager(FLEET_A)),
        ("MANAGER of another", manager(FLEET_B)),
        ("OPERATIONS of the hub", operations(FLEET_A, &[HUB_A1])),
        ("OPERATIONS of another hub", operations(FLEET_A, &[HUB_A2])),
        ("the DRIVER", the_driver(RAVI)),
        ("another DRIVER", the_driver(OF_FLEET_B)),
        ("nobody", Caller::Anonymous),
    ]
}

/// What an answer lets the caller do: `A` it is theirs (a refusal for another reason counts: they got that far), `n` there
/// is no such thing for them, `F` forbidden, `U` not signed in.
fn letter(answer: &Value, operation: &str) -> char {
    if let Some(code) = answer["errors"][0]["extensions"]["code"].as_str() {
        return match code {
            "UNAUTHENTICATED" => 'U',
            "FORBIDDEN" => 'F',
            "NOT_FOUND" => 'n',
            _ => 'A',
        };
    }
    let data = &answer["data"][operation];
    let empty = |value: &Value| value.as_array().is_some_and(Vec::is_empty);
    let nothing = data.is_null()
        || empty(data)
        || empty(&data["nodes"])
        || data["count"] == 0
        || data["days"] == 0
        || (empty(&data["payouts"]) && data["skipped"] == 0);
    if nothing { 'n' } else { 'A' }
}

#[tokio::test]
async fn every_operation_is_open_to_exactly_those_of_the_matrix() {
    let mut world = World::new().await;
    let fixture = Fixture::make(&world).await;
    world.start();
    let mut wrong = Vec::new();
    for row in ROWS {
        let query = row.text();
        for ((who, caller), expected) in callers().iter().zip(row.letters.chars()) {
            let variables = fixture.variables(row);
            let found = if row.kind == "subscription" {
                let mut watch = world.watch(caller, &query, variables).await;
                // Silence is what whoever may watch hears when nothing happens; a refusal must come.
                let patience = if expected == 'A' { Duration::from_millis(150) } else { PATIENCE };
                match watch.next_within(patience).await {
                    Some(answer) => letter(&answer, row.name),
                    None => 'A',
                }
            } else {
                letter(&world.ask(caller, &query, variables).await, row.name)
            };
            if found != expected {
                wrong.push(format!("{} by {who}: {found}, not {expected}", row.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_operation_of_the_schema_has_a_row() {
    let listed: BTreeSet<(String, String)> =
        ROWS.iter().map(|row| (row.kind.to_owned(), row.name.to_owned())).collect();
    let sdl = partner::sdl();
    let mut offered = BTreeSet::new();
    for (kind, head) in
        [("query", "type Query "), ("mutation", "type Mutation "), ("subscription", "type Subscription ")]
    {
        for name in fields(&sdl, head) {
            offered.insert((kind.to_owned(), name));
        }
    }
    assert_eq!(listed, offered);
}

/// The names of the fields of a type in an SDL.
fn fields(sdl: &str, head: &str) -> Vec<String> {
    let body =
        sdl.split(&format!("\n{head}")).nth(1).and_then(|rest| rest.split("\n}").next()).unwrap_or_default();
    let (mut names, mut described) = (Vec::new(), false);
    for line in body.lines() {
        if line.trim() == "\"\"\"" {
            described = !described;
        } else if !described && line.starts_with("  ") && !line.starts_with("   ") {
            let name: String = line.trim().chars().take_while(|c| c.is_ascii_alphanumeric()).collect();
            if !name.is_empty() {
                names.push(name);
            }
        }
    }
    names
}

#[tokio::test]
async fn forged_identities_are_refused_before_anything_runs() {
    let world = World::new().await;
    let answer = world.ask(&Caller::Anonymous, "{ drivers { nodes { id } } }", json!({})).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
    let answer = world.ask(&service(), "{ drivers { nodes { id } } }", json!({})).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAUTHENTICATED", "a service is no user");
}
