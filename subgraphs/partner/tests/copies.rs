//! The copies of users, fleets and hubs: the newest wins, whether an event or an answer brought it.

use serde_json::{Value, json};

use crate::support::people::*;
use crate::support::{World, event};

fn ravi(name: &str) -> Value {
    json!({"userId": id(RAVI), "name": name, "phone": "+919000000101", "role": "DRIVER", "isActive": true})
}

async fn name_of_the_user(world: &World) -> String {
    sqlx::query_scalar("SELECT name FROM user_ref").fetch_one(&world.db.pool).await.unwrap()
}

#[tokio::test]
async fn copies_are_repaired_from_their_owners_and_the_next_event_still_counts() {
    let world = World::new().await;
    world.driver(RAVI).await;
    sqlx::raw_sql("UPDATE user_ref SET name = 'Wrong'; UPDATE hub_ref SET lat = 0; DELETE FROM fleet_ref")
        .execute(&world.db.pool)
        .await
        .unwrap();
    assert_eq!(world.resync().await, 3, "the user, the fleet and the hub");
    assert_eq!(name_of_the_user(&world).await, "Ravi Kumar");
    let repaired = "SELECT (SELECT count(*) FROM fleet_ref) + (SELECT count(*) FROM hub_ref WHERE lat > 28)";
    assert_eq!(world.count(repaired).await, 2);
    world.deliver(&event("user.updated", uuid(RAVI), 2, ravi("Ravi K"))).await;
    assert_eq!(name_of_the_user(&world).await, "Ravi K");
}

#[tokio::test]
async fn what_an_event_brings_while_a_resync_waits_for_its_answer_stays() {
    let world = World::new().await;
    world.driver(RAVI).await;
    let gate = world.neighbours.hold_next();
    let meanwhile = async {
        gate.thought().await;
        world.deliver(&event("user.updated", uuid(RAVI), 2, ravi("Second Name"))).await;
        // Somebody of whom nobody had heard when the resync began.
        let asha = json!({"userId": id(ASHA), "name": "Asha", "phone": "+919000000102", "role": "DRIVER", "isActive": true});
        world.deliver(&event("user.created", uuid(ASHA), 1, asha)).await;
        gate.open();
    };
    tokio::join!(world.resync(), meanwhile);
    let names: Vec<(String, i64)> = sqlx::query_as("SELECT name, version FROM user_ref ORDER BY name")
        .fetch_all(&world.db.pool)
        .await
        .unwrap();
    assert_eq!(names, [("Asha".into(), 1), ("Second Name".into(), 2)]);
}

#[tokio::test]
async fn fleets_and_hubs_of_newer_events_are_not_overwritten_by_older_answers() {
    let world = World::new().await;
    world.driver(RAVI).await;
    let closed = json!({"fleetId": id(FLEET_A), "name": "Alpha Cabs", "status": "INACTIVE"});
    world.deliver(&event("fleet.deactivated", uuid(FLEET_A), 2, closed)).await;
    let moved =
        json!({"hubId": id(HUB_A1), "fleetId": id(FLEET_A), "lat": 1.0, "lng": 2.0, "geofenceRadiusM": 50});
    world.deliver(&event("hub.upserted", uuid(HUB_A1), 2, moved)).await;
    world.resync().await;
    let kept = "SELECT (SELECT count(*) FROM fleet_ref WHERE status = 'INACTIVE' AND version = 2)
        + (SELECT count(*) FROM hub_ref WHERE lat = 1 AND version = 2)";
    assert_eq!(world.count(kept).await, 2);
}

#[tokio::test]
async fn what_its_owner_does_not_know_any_more_is_left_as_it_is() {
    let world = World::new().await;
    let gone = json!({"userId": id(0x999), "name": "Gone", "phone": "+919000000999", "role": "DRIVER", "isActive": false});
    world.deliver(&event("user.deactivated", uuid(0x999), 3, gone)).await;
    assert_eq!(world.resync().await, 1);
    assert_eq!(name_of_the_user(&world).await, "Gone");
}

#[tokio::test]
async fn an_older_event_of_a_user_never_overwrites_a_newer_one() {
    let world = World::new().await;
    let user = |name: &str| json!({"userId": id(RAVI), "name": name, "phone": "+919000000101", "role": "DRIVER", "isActive": true});
    world.deliver(&event("user.updated", uuid(RAVI), 3, user("Third Name"))).await;
    world.deliver(&event("user.updated", uuid(RAVI), 2, user("Second Name"))).await;
    let made = world.act(&manager(FLEET_A), "createDriver", json!({"userId": id(RAVI)}), "name").await;
    assert_eq!(made["name"], "Third Name");
}
