//! The access matrix: every operation for every role, with what is theirs and with what is somebody else's.
//!
//! A row has one letter per caller: `+` done, `0` nothing to see, `N` NOT_FOUND, `F` FORBIDDEN, `U` UNAUTHENTICATED.
//! An operation of the schema without a row fails the test.

mod matrix;

use std::collections::BTreeSet;

use kit::Caller;
use serde_json::{Value, json};

use matrix::{CALLERS, MATRIX, Row, Stage};

use crate::support::people::{self, FLEET_A, FLEET_B, HUB_A1, HUB_A2, id};
use crate::support::watcher::Watcher;
use crate::support::{World, operation};

/// One driver with everything that a row needs, all of fleet A and hub A1.
struct Situation {
    driver: u128,
    assignment: String,
    trip: String,
    token: String,
}

impl Situation {
    async fn build(world: &World, at: Stage, driver: u128) -> Situation {
        world.driver(driver).await;
        world.driver(driver + 1).await;
        world.vehicle(driver + 0x1000).await;
        world.vehicle(driver + 0x2000).await;
        let mut made =
            Situation { driver, assignment: String::new(), trip: String::new(), token: String::new() };
        if at >= Stage::Roster {
            made.assignment = world.on_roster(driver).await;
        }
        if at == Stage::Booked {
            made.trip = world.booked().await;
        }
        if at == Stage::Public {
            made.token = public(world).await;
        }
        if at >= Stage::Dispatched {
            world.on_roster(driver + 2).await;
            made.trip = made.under_way(world, at).await;
        }
        made
    }

    /// A trip for now, so that the driver may go at once.
    async fn under_way(&self, world: &World, at: Stage) -> String {
        let input = json!({"assignmentId": self.assignment, "originCity": "Delhi", "pickupLocation": "a", "distanceKm": 5});
        let made = world.act(&people::super_admin(), ("createTripFromAssignment", "id"), input).await;
        let trip = made["id"].as_str().unwrap().to_owned();
        let here = json!({"tripId": trip, "point": {"lat": 28.5, "lng": 77.1}});
        let steps = [
            (Stage::Started, "startTrip"),
            (Stage::Arrived, "markArrived"),
            (Stage::Onboarded, "onboardPassenger"),
        ];
        for (stage, step) in steps {
            if at >= stage {
                world.drive(self.driver, step, &trip).await;
            }
        }
        if at == Stage::Started {
            world.act(&people::driver(self.driver), ("reportLocation", "id"), here).await;
        }
        if at == Stage::Arrived {
            world.pass(31);
        }
        trip
    }

    fn fill(&self, text: &str) -> String {
        let pairs = [
            ("$trip", self.trip.clone()),
            ("$token", self.token.clone()),
            ("$assignment", self.assignment.clone()),
            ("$driver", id(self.driver)),
            ("$second", id(self.driver + 2)),
            ("$vehicle", id(self.driver + 0x1000)),
            ("$free", id(self.driver + 0x2000)),
            ("$fleet", id(FLEET_A)),
        ];
        pairs.into_iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, &value))
    }

    fn callers(&self) -> [Caller; 10] {
        [
            people::super_admin(),
            people::fleet_admin(FLEET_A),
            people::fleet_admin(FLEET_B),
            people::manager(FLEET_A),
            people::manager(FLEET_B),
            people::operations(FLEET_A, &[HUB_A1]),
            people::operations(FLEET_A, &[HUB_A2]),
            people::driver(self.driver),
            people::driver(self.driver + 1),
            Caller::Anonymous,
        ]
    }
}

async fn public(world: &World) -> String {
    let mut journey = world.journey();
    journey["passenger"] = json!({"name": "n", "phone": "9000000001"});
    let made = world.act(&Caller::Anonymous, ("bookPublicTrip", "trackingToken"), journey).await;
    made["trackingToken"].as_str().unwrap().to_owned()
}

/// What the caller gets, as one letter.
async fn outcome(world: &World, caller: &Caller, (row, expected): (&Row, char), text: &str) -> char {
    let answer = if text.starts_with("subscription") {
        let mut watcher = Watcher::open(world, caller, text, json!({})).await;
        // What is not silence must come.
        let answer = if expected == '0' { watcher.soon().await } else { watcher.next().await };
        match answer {
            Some(answer) => answer,
            None => return '0',
        }
    } else if let Some((mutation, input)) =
        text.split_once(" {").filter(|_| row.operation.starts_with("Mutation"))
    {
        let text = operation(mutation, "r: __typename")
            .replace("($input: ", "(#")
            .replace("(input: $input)", &format!("(input: {{{input})"));
        let start = text.find("(#").unwrap();
        let end = text[start..].find(')').unwrap() + start;
        let text = format!("{}{}", &text[..start], &text[end + 1..]);
        world.ask(caller, &text, json!({})).await
    } else if row.operation.starts_with("Entity") {
        let (name, rest) = text.split_once(' ').unwrap();
        let (key, selection) = rest.split_once(' ').unwrap();
        let query = format!(
            "query ($r: [_Any!]!) {{ _entities(representations: $r) {{ ... on {name} {selection} }} }}"
        );
        world.ask(caller, &query, json!({"r": [{"__typename": name, "id": key}]})).await
    } else {
        world.ask(caller, text, json!({})).await
    };
    letter(&answer)
}

fn letter(answer: &Value) -> char {
    if let Some(error) = answer["errors"].get(0) {
        return match error["extensions"]["code"].as_str() {
            Some("NOT_FOUND") => 'N',
            Some("FORBIDDEN") => 'F',
            Some("UNAUTHENTICATED") => 'U',
            _ => panic!("an unexpected refusal: {answer}"),
        };
    }
    let data = &answer["data"];
    let result = data.get("r").or_else(|| data["_entities"][0].get("r")).or_else(|| first_value(data));
    let result = result.unwrap_or(&Value::Null);
    let shown = result.get("nodes").unwrap_or(result);
    if shown.is_null() || shown.as_array().is_some_and(Vec::is_empty) { '0' } else { '+' }
}

fn first_value(data: &Value) -> Option<&Value> {
    data.as_object()?.iter().find(|(name, _)| *name != "_entities").map(|(_, value)| value)
}

async fn check(rows: impl Iterator<Item = &Row>) {
    let mut world = World::new().await;
    world.start();
    let mut driver = 0x10_000_u128;
    let mut wrong = Vec::new();
    for row in rows {
        for (index, expected) in row.outcomes.chars().enumerate() {
            driver += 0x10;
            let situation = Situation::build(&world, row.at, driver).await;
            let text = situation.fill(row.text);
            let found = outcome(&world, &situation.callers()[index], (row, expected), &text).await;
            if found != expected {
                wrong.push(format!("{} as {}: {found} instead of {expected}", row.operation, CALLERS[index]));
            }
            // Nobody else's row sees these: what is open is closed, what is on the roster leaves it.
            clear(&world).await;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

async fn clear(world: &World) {
    for table in [
        "trip_location",
        "trip_history",
        "trip_assignment",
        "trip",
        "assignment",
        "attendance_ref",
        "driver_ref",
        "vehicle_ref",
    ] {
        sqlx::query(sqlx::AssertSqlSafe(format!("DELETE FROM {table}")))
            .execute(&world.db.pool)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn every_query_asks_who_wants_to_know() {
    check(MATRIX.iter().filter(|row| row.operation.starts_with("Query"))).await;
}

#[tokio::test]
async fn every_mutation_of_administrators_asks_who_does_it() {
    let admins = |row: &&Row| row.operation.starts_with("Mutation") && !row.outcomes.starts_with('F');
    check(MATRIX.iter().filter(admins)).await;
}

#[tokio::test]
async fn every_mutation_of_drivers_asks_who_does_it() {
    let drivers = |row: &&Row| row.operation.starts_with("Mutation") && row.outcomes.starts_with('F');
    check(MATRIX.iter().filter(drivers)).await;
}

#[tokio::test]
async fn every_subscription_asks_who_listens() {
    check(MATRIX.iter().filter(|row| row.operation.starts_with("Subscription"))).await;
}

#[tokio::test]
async fn every_entity_shows_itself_to_those_who_may_see_it() {
    check(MATRIX.iter().filter(|row| row.operation.starts_with("Entity"))).await;
}

fn starts_small(name: &str) -> bool {
    name.chars().next().is_some_and(|first| first.is_ascii_lowercase())
}

/// The fields of a type in the SDL, at the indentation of fields.
fn fields(sdl: &str, name: &str) -> Vec<String> {
    let body =
        sdl.split(&format!("\ntype {name} ")).nth(1).and_then(|rest| rest.split("\n}").next()).unwrap();
    let lines = body.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let lines = lines.filter(|line| line.contains(['(', ':']));
    let names = lines.filter_map(|line| line.trim().split(['(', ':']).next());
    // Lines of descriptions are no names.
    names
        .filter(|name| name.chars().all(|c| c.is_ascii_alphanumeric()))
        .filter(|name| starts_small(name))
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_operation_has_a_row() {
    let sdl = trip::sdl();
    let mut operations: BTreeSet<String> = BTreeSet::new();
    for root in ["Query", "Mutation", "Subscription"] {
        operations.extend(fields(&sdl, root).into_iter().map(|field| format!("{root}.{field}")));
    }
    for entity in ["Driver", "Vehicle", "Fleet"] {
        let added = fields(&sdl, entity).into_iter().filter(|field| field != "id");
        operations.extend(added.map(|field| format!("Entity.{entity}.{field}")));
    }
    operations.extend(["Entity.Trip".to_owned(), "Entity.Assignment".to_owned()]);
    let rows: BTreeSet<String> = MATRIX.iter().map(|row| row.operation.to_owned()).collect();
    assert!(operations.len() > 35, "the SDL was not understood: {operations:?}");
    assert_eq!(operations, rows);
    assert!(MATRIX.iter().all(|row| row.outcomes.len() == CALLERS.len()));
}
