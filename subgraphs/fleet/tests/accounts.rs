//! Accounts that are made together with fleets and managers, and offices that follow an account: asked for until there is an
//! answer, ready or refused with a reason, lost and given back.

use chrono::Duration;
use serde_json::{Value, json};

use crate::support::people::*;
use crate::support::{World, event, scene};

const FLEET: &str = "mutation ($input: CreateFleetInput!) { createFleet(input: $input) { id adminState } }";
const ADMIN: &str = "mutation ($input: RequestFleetAdminInput!) {
    requestFleetAdmin(input: $input) { adminState adminRefusal adminName } }";
const READ: &str = "query ($id: ID!) { fleet(id: $id) { adminState adminRefusal adminUser { id } } }";
const MANAGER: &str = "mutation ($input: CreateFleetManagerInput!) {
    createFleetManager(input: $input) { id loginState } }";

fn fleet_input() -> Value {
    json!({ "name": "Gamma Cabs", "mobile": "98200 00009", "city": "Delhi", "fleetType": "COMPANY",
        "panNumber": "ABCDE1234F", "adminName": "Arjun Mehta" })
}

async fn new_fleet(world: &World) -> Value {
    world.ok(&super_admin(), FLEET, json!({ "input": fleet_input() })).await["createFleet"]["id"].clone()
}

async fn answered(world: &World, kind: &str, payload: Value) {
    world.deliver(&event(kind, uuid(0x77), 1, payload)).await;
}

async fn states(world: &World) -> Vec<(String, String)> {
    sqlx::query_as("SELECT kind, state FROM saga ORDER BY created_at, id")
        .fetch_all(&world.db.pool)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_refused_administrator_is_told_and_can_be_asked_for_again() {
    let world = World::new().await;
    let fleet = new_fleet(&world).await;
    let first = world.recorded("fleet.created").await[0]["account"]["source"].clone();
    answered(&world, "user.refused", json!({ "source": first, "reason": "PHONE_TAKEN" })).await;
    let read = async || world.ok(&super_admin(), READ, json!({ "id": fleet })).await["fleet"].clone();
    assert_eq!(
        read().await,
        json!({ "adminState": "REFUSED", "adminRefusal": "PHONE_TAKEN", "adminUser": null })
    );
    let again = json!({ "input": { "id": fleet, "name": "Bina Shah", "phone": "98200 00010" } });
    let asked = world.ok(&super_admin(), ADMIN, again.clone()).await;
    let pending = json!({ "adminState": "PENDING", "adminRefusal": null, "adminName": "Bina Shah" });
    assert_eq!(asked["requestFleetAdmin"], pending);
    assert_eq!(world.refused(&super_admin(), ADMIN, again).await.0, "INVALID_TRANSITION");
    // The answer to the first attempt comes once more.
    answered(&world, "user.refused", json!({ "source": first, "reason": "PHONE_TAKEN" })).await;
    assert_eq!(read().await["adminState"], "PENDING");
    let request = &world.recorded("account.requested").await[0];
    assert_eq!((&request["fleetId"], &request["account"]["phone"]), (&fleet, &json!("+919820000010")));
    let made = json!({ "userId": id(0x77), "source": request["account"]["source"] });
    answered(&world, "user.created", made).await;
    assert_eq!(
        read().await,
        json!({ "adminState": "READY", "adminRefusal": null, "adminUser": { "id": id(0x77) } })
    );
    let expected =
        [("fleet_admin".into(), "COMPENSATED".into()), ("fleet_admin".to_owned(), "COMPLETED".to_owned())];
    assert_eq!(states(&world).await, expected);
}

#[tokio::test]
async fn an_account_is_asked_for_until_there_is_an_answer_and_a_stuck_saga_is_seen() {
    let mut world = World::new().await;
    let fleet = new_fleet(&world).await;
    let first = world.recorded("fleet.created").await[0]["account"].clone();
    world.start();
    for (asked, minutes) in [(1, 1), (2, 1), (3, 2), (4, 4)] {
        world.clock.advance(Duration::minutes(minutes));
        world.eventually("SELECT count(*) FROM outbox WHERE event_type = 'account.requested'", asked).await;
    }
    assert_eq!(world.recorded("account.requested").await[3], json!({ "fleetId": fleet, "account": first }));
    let stuck = "{ fleetStuckSagas { kind subjectId attempts } }";
    let seen = world.ok(&super_admin(), stuck, json!({})).await;
    let expected = json!([{ "kind": "fleet_admin", "subjectId": fleet, "attempts": 4 }]);
    assert_eq!(seen["fleetStuckSagas"], expected);
    answered(&world, "user.created", json!({ "userId": id(0x77), "source": first["source"] })).await;
    assert_eq!(world.ok(&super_admin(), stuck, json!({})).await["fleetStuckSagas"], json!([]));
}

#[tokio::test]
async fn a_login_is_taken_over_from_an_entry_that_has_ended_and_from_no_other() {
    let world = World::new().await;
    scene::set(&world).await;
    let account = MANAGER_ACCOUNT;
    let made = async |mobile: &str| {
        let input = json!({ "input": { "name": "Meera Iyer", "mobile": mobile, "fleetId": id(FLEET_A) } });
        let manager =
            world.ok(&fleet_admin(FLEET_A), MANAGER, input).await["createFleetManager"]["id"].clone();
        let events = world.recorded("fleet_manager.created").await;
        let source = events.last().unwrap()["account"]["source"].clone();
        answered(&world, "user.created", json!({ "userId": id(account), "source": source })).await;
        let sql =
            "SELECT login_state || coalesce(' ' || login_refusal, '') FROM fleet_manager WHERE id::text = $1";
        let state: String =
            sqlx::query_scalar(sql).bind(manager.as_str().unwrap()).fetch_one(&world.db.pool).await.unwrap();
        state
    };
    assert_eq!(made("98400 00001").await, "REFUSED USER_HAS_OFFICE", "its manager serves");
    let end = "UPDATE fleet_manager SET status = 'INACTIVE' WHERE user_id = $1";
    sqlx::query(end).bind(uuid(account)).execute(&world.db.pool).await.unwrap();
    assert_eq!(made("98400 00002").await, "READY");
    assert_eq!(world.count("SELECT count(*) FROM dead_letter").await, 0);
}

/// The account of the scene's manager of fleet A.
const MANAGER_ACCOUNT: u128 = scene::MANAGER_A + 0x1000;

async fn switched(world: &World, active: bool, version: i64) {
    let kind = if active { "user.updated" } else { "user.deactivated" };
    let payload = json!({ "userId": id(MANAGER_ACCOUNT), "isActive": active, "rightsRequest": id(0x5A) });
    world.deliver(&event(kind, uuid(MANAGER_ACCOUNT), version, payload)).await;
}

async fn offices(world: &World) -> (i64, i64, i64) {
    (
        world.count("SELECT count(*) FROM fleet_manager WHERE status = 'ACTIVE'").await,
        world.count("SELECT count(*) FROM hub_manager WHERE status = 'ACTIVE'").await,
        world.count("SELECT count(*) FROM hub WHERE hub_manager_id IS NOT NULL").await,
    )
}

#[tokio::test]
async fn an_office_whose_holder_was_let_go_meanwhile_does_not_come_back() {
    let world = World::new().await;
    scene::set(&world).await;
    let set = "UPDATE hub_manager SET user_id = $1 WHERE id = $2";
    let (account, hub_manager) = (uuid(MANAGER_ACCOUNT), uuid(scene::HUB_MANAGER_A));
    sqlx::query(set).bind(account).bind(hub_manager).execute(&world.db.pool).await.unwrap();
    let before = offices(&world).await;
    switched(&world, false, 5).await;
    let let_go = |mutation: &str, kind: &str| {
        format!("mutation ($input: {kind}!) {{ {mutation}(input: $input) {{ status }} }}")
    };
    let fleet = let_go("deactivateFleetManager", "DeactivateFleetManagerInput");
    world.ok(&super_admin(), &fleet, json!({ "input": { "id": id(scene::MANAGER_A) } })).await;
    let hub = let_go("deactivateHubManager", "DeactivateHubManagerInput");
    world.ok(&super_admin(), &hub, json!({ "input": { "id": id(scene::HUB_MANAGER_A) } })).await;
    switched(&world, true, 6).await;
    assert_eq!(offices(&world).await, (before.0 - 1, before.1 - 1, before.2));
}

#[tokio::test]
async fn offices_are_lost_with_the_account_and_come_back_with_it() {
    let world = World::new().await;
    scene::set(&world).await;
    let set = "UPDATE hub_manager SET user_id = $1 WHERE id = $2";
    sqlx::query(set)
        .bind(uuid(MANAGER_ACCOUNT))
        .bind(uuid(scene::HUB_MANAGER_A))
        .execute(&world.db.pool)
        .await
        .unwrap();
    let charge = "mutation ($input: AssignHubManagerInput!) { assignHubManager(input: $input) { id } }";
    let input = json!({ "input": { "hubId": id(HUB_A1), "hubManagerId": id(scene::HUB_MANAGER_A) } });
    world.ok(&super_admin(), charge, input).await;
    let before = offices(&world).await;
    let lost = (before.0 - 1, before.1 - 1, before.2 - 1);
    for _ in 0..2 {
        switched(&world, false, 5).await;
        assert_eq!(offices(&world).await, lost);
    }
    switched(&world, true, 4).await;
    assert_eq!(offices(&world).await, lost, "older news changes nothing");
    for _ in 0..2 {
        switched(&world, true, 6).await;
        assert_eq!(offices(&world).await, before);
    }
    let answers = world.recorded("manager_rights.settled").await;
    assert_eq!(answers.len(), 5, "whoever asks is answered");
    assert_eq!(answers[0], json!({ "request": id(0x5A), "by": "fleet", "userId": id(MANAGER_ACCOUNT) }));

    switched(&world, false, 7).await;
    let number = "SELECT mobile FROM fleet_manager WHERE id = $1";
    let mobile: String =
        sqlx::query_scalar(number).bind(uuid(scene::MANAGER_A)).fetch_one(&world.db.pool).await.unwrap();
    let other =
        json!({ "input": { "name": "Other", "mobile": mobile, "fleetId": id(FLEET_A), "withLogin": false } });
    world.ok(&super_admin(), MANAGER, other).await;
    switched(&world, true, 8).await;
    assert_eq!(offices(&world).await, before, "whose number has another manager stays away");
    assert_eq!(world.count("SELECT count(*) FROM dead_letter").await, 0);
}
