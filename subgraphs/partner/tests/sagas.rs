//! Sagas as partner takes part in them: a driver made together with the user, a driver who stands down, rights that follow an account,
//! a bank account that is watched.

use chrono::Duration;
use serde_json::{Value, json};

use crate::support::people::*;
use crate::support::{World, event};

const CREATE: &str = "mutation ($input: CreateDriverInput!) { createDriver(input: $input) {
    id name mobile status accountStatus accountRefusal user { id } isAvailable } }";
const READ: &str = "query ($id: ID!) { driver(id: $id) { status accountStatus accountRefusal user { id } changes { what toValue reason } } }";
const STUCK: &str = "{ partnerStuckSagas { kind subjectId step attempts } }";

fn account(phone: &str) -> Value {
    json!({"input": {"account": {"name": " Farid  Khan ", "phone": phone}, "hubId": id(HUB_A1)}})
}

async fn made(world: &World, phone: &str) -> Value {
    world.ok(&operations(FLEET_A, &[HUB_A1]), CREATE, account(phone)).await["createDriver"].clone()
}

async fn read(world: &World, driver: &Value) -> Value {
    world.ok(&manager(FLEET_A), READ, json!({"id": driver})).await["driver"].clone()
}

/// The newest request for an account.
async fn asked(world: &World) -> Value {
    world.recorded("account.requested").await.last().unwrap()["account"].clone()
}

fn user(number: u128, active: bool) -> Value {
    json!({"userId": id(number), "name": "Farid Khan", "phone": format!("+9190000{number:05}"), "role": "DRIVER",
        "isActive": active, "fleetId": id(FLEET_A)})
}

/// Identity answers that the account is this user's.
async fn answered(world: &World, source: &Value, number: u128) {
    let mut news = user(number, true);
    news["source"] = source.clone();
    world.deliver(&event("user.created", uuid(number), 1, news)).await;
}

async fn refused(world: &World, source: &Value) {
    let news = json!({"source": source, "reason": "PHONE_TAKEN"});
    world.deliver(&event("user.refused", uuid(0xFA), 1, news)).await;
}

#[tokio::test]
async fn operations_makes_a_driver_together_with_the_user_and_nobody_hears_before_the_account_is_there() {
    let world = World::new().await;
    let driver = made(&world, "98100 00700").await;
    let expected = json!({"id": driver["id"], "name": "Farid Khan", "mobile": "+919810000700", "status": "INACTIVE",
        "accountStatus": "PENDING", "accountRefusal": null, "user": null, "isAvailable": false});
    assert_eq!(driver, expected);
    let request = asked(&world).await;
    assert_eq!((&request["phone"], &request["role"]), (&json!("+919810000700"), &json!("DRIVER")));
    assert_eq!((&request["source"]["kind"], &request["source"]["id"]), (&json!("driver"), &driver["id"]));
    let rename = json!({"id": driver["id"], "firstName": "Fareed"});
    world.act(&manager(FLEET_A), "updateDriver", rename, "id").await;
    let on = json!({"id": driver["id"], "status": "ACTIVE"});
    assert_eq!(world.denied(&manager(FLEET_A), "setDriverStatus", on).await.0, "CONFLICT");
    assert_eq!(world.count("SELECT count(*) FROM outbox WHERE event_type LIKE 'driver.%'").await, 0);

    let user: u128 = 0x150;
    for _ in 0..3 {
        answered(&world, &request["source"], user).await;
    }
    let now = read(&world, &driver["id"]).await;
    assert_eq!((&now["status"], &now["accountStatus"]), (&json!("ACTIVE"), &json!("READY")));
    assert_eq!(now["user"]["id"], id(user));
    let told = world.recorded("driver.created").await;
    assert_eq!(told.len(), 1);
    assert_eq!((&told[0]["userId"], &told[0]["status"]), (&json!(id(user)), &json!("ACTIVE")));
    assert_eq!(world.count("SELECT count(*) FROM referral_code").await, 1);
    assert_eq!(world.sagas().await, [("driver_account".into(), "COMPLETED".into())]);
    assert_eq!(
        world.count("SELECT count(*) FROM saga WHERE payload = '{}'").await,
        1,
        "no name or phone is kept"
    );
}

#[tokio::test]
async fn a_refused_account_is_told_with_its_code_and_tried_again_with_another_phone() {
    let world = World::new().await;
    let driver = made(&world, "98100 00700").await["id"].clone();
    let first = asked(&world).await["source"].clone();
    refused(&world, &first).await;
    let now = read(&world, &driver).await;
    assert_eq!((&now["accountStatus"], &now["accountRefusal"]), (&json!("REFUSED"), &json!("PHONE_TAKEN")));
    assert_eq!((&now["status"], &now["user"]), (&json!("INACTIVE"), &Value::Null));
    assert_eq!(now["changes"][0], json!({"what": "ACCOUNT", "toValue": "REFUSED", "reason": "PHONE_TAKEN"}));
    assert_eq!(world.sagas().await, [("driver_account".into(), "COMPENSATED".into())]);

    let again = json!({"id": driver, "account": {"name": "Farid Khan", "phone": "98100 00701"}});
    let tried =
        world.act(&manager(FLEET_A), "retryDriverAccount", again.clone(), "accountStatus mobile").await;
    assert_eq!(tried, json!({"accountStatus": "PENDING", "mobile": "+919810000701"}));
    let twice = world.denied(&manager(FLEET_A), "retryDriverAccount", again).await;
    assert_eq!(twice.0, "INVALID_TRANSITION");
    // The answer to the first attempt comes once more, and late.
    refused(&world, &first).await;
    assert_eq!(read(&world, &driver).await["accountStatus"], "PENDING");
    answered(&world, &asked(&world).await["source"], 0x150).await;
    assert_eq!(read(&world, &driver).await["accountStatus"], "READY");
    assert_eq!(world.count("SELECT count(*) FROM dead_letter").await, 0);
}

#[tokio::test]
async fn an_account_that_has_a_profile_already_makes_no_second_one() {
    let world = World::new().await;
    let (one, two) = (made(&world, "98100 00700").await, made(&world, "9810000700").await);
    let requests = world.recorded("account.requested").await;
    for request in &requests {
        answered(&world, &request["account"]["source"], 0x150).await;
    }
    assert_eq!(read(&world, &one["id"]).await["accountStatus"], "READY");
    let other = read(&world, &two["id"]).await;
    assert_eq!(other["accountRefusal"], "USER_HAS_PROFILE");
    assert_eq!(world.recorded("driver.created").await.len(), 1);
}

#[tokio::test]
async fn a_phone_that_is_known_is_decided_at_once() {
    let world = World::new().await;
    world.driver(RAVI).await;
    for known in [RAVI, ASHA, NOT_A_DRIVER, OF_FLEET_B, DEACTIVATED] {
        let mut news = crate::support::people::user(known).unwrap();
        news["userId"] = news.as_object_mut().unwrap().remove("id").unwrap();
        world.deliver(&event("user.updated", uuid(known), 7, news)).await;
    }
    let (caller, phone) =
        (manager(FLEET_A), |number: u128| crate::support::people::user(number).unwrap()["phone"].clone());
    for taken in [RAVI, NOT_A_DRIVER, OF_FLEET_B, DEACTIVATED] {
        let refused = world.refused(&caller, CREATE, account(phone(taken).as_str().unwrap())).await;
        assert_eq!(refused, ("CONFLICT".into(), "account.phone".into()), "{taken:x}");
    }
    let mut input = account(phone(ASHA).as_str().unwrap());
    input["input"]["idempotencyKey"] = json!("k1");
    for _ in 0..2 {
        let driver = world.ok(&caller, CREATE, input.clone()).await["createDriver"].clone();
        assert_eq!((&driver["accountStatus"], &driver["user"]["id"]), (&json!("READY"), &json!(id(ASHA))));
    }
    assert_eq!(world.count("SELECT count(*) FROM driver").await, 2);
    assert_eq!(world.recorded("account.requested").await.len(), 0);
}

#[tokio::test]
async fn an_input_names_a_user_or_an_account_and_says_what_is_wrong_with_it() {
    let world = World::new().await;
    let of = |user: Value, account: Value| json!({"input": {"userId": user, "account": account}});
    let good = json!({"name": "Farid", "phone": "9810000700"});
    for (input, field) in [
        (of(Value::Null, Value::Null), "userId"),
        (of(json!(id(RAVI)), good.clone()), "account"),
        (of(Value::Null, json!({"name": "  ", "phone": "9810000700"})), "account.name"),
        (of(Value::Null, json!({"name": "Farid", "phone": "12"})), "account.phone"),
    ] {
        let refused = world.refused(&manager(FLEET_A), CREATE, input).await;
        assert_eq!(refused, ("VALIDATION".into(), field.into()));
    }
    let elsewhere = json!({"input": {"account": good, "fleetId": id(FLEET_B)}});
    let refused = world.refused(&manager(FLEET_A), CREATE, elsewhere).await;
    assert_eq!(refused, ("FORBIDDEN".into(), "fleetId".into()));
    assert_eq!(world.count("SELECT count(*) FROM saga").await, 0);
}

#[tokio::test]
async fn an_account_is_asked_for_until_there_is_an_answer_and_a_stuck_saga_is_seen() {
    let mut world = World::new().await;
    let driver = made(&world, "98100 00700").await["id"].clone();
    world.start();
    for (requests, minutes) in [(2, 1), (3, 1), (4, 2), (5, 4)] {
        world.clock.advance(Duration::minutes(minutes));
        world
            .eventually("SELECT count(*) FROM outbox WHERE event_type = 'account.requested'", requests)
            .await;
    }
    let told = world.recorded("account.requested").await;
    assert!(told.iter().all(|again| *again == told[0]), "each is the same request");
    let seen = world.ok(&super_admin(), STUCK, json!({})).await;
    let stuck = json!([{"kind": "driver_account", "subjectId": driver, "step": "account", "attempts": 4}]);
    assert_eq!(seen["partnerStuckSagas"], stuck);
    answered(&world, &told[0]["account"]["source"], 0x150).await;
    assert_eq!(world.ok(&super_admin(), STUCK, json!({})).await["partnerStuckSagas"], json!([]));
}

async fn on_the_roster(world: &World, driver: &str, status: &str, version: i64) {
    let shift = json!({"assignmentId": id(0xA55), "driverId": driver, "vehicleId": id(FLEET_VEHICLE), "status": status});
    let kind = if status == "ACTIVE" { "assignment.started" } else { "assignment.ended" };
    world.deliver(&event(kind, uuid(0xA55), version, shift)).await;
}

async fn suspended(world: &World, driver: &str) {
    let input = json!({"driverId": driver, "type": "SUSPENSION", "reason": "Speeding",
        "suspensionStart": "2026-01-27T00:00:00Z", "suspensionEnd": "2026-01-29T00:00:00Z"});
    world.act(&manager(FLEET_A), "createPenalty", input, "id").await;
}

#[tokio::test]
async fn a_suspended_driver_is_announced_until_the_shift_is_over() {
    let mut world = World::new().await;
    let driver = world.driver(RAVI).await;
    on_the_roster(&world, &driver, "ACTIVE", 1).await;
    suspended(&world, &driver).await;
    assert_eq!(world.sagas().await, [("driver_stand_down".into(), "RUNNING".into())]);
    let trip = json!({"tripId": id(0x71), "driverId": driver, "status": "STARTED"});
    world.deliver(&event("trip.started", uuid(0x71), 1, trip.clone())).await;
    let before = world.recorded("driver.updated").await.len();
    world.start();
    // While the passenger is driven, the shift goes on and nobody is alarmed.
    for _ in 0..3 {
        world.clock.advance(Duration::minutes(1));
        let looked = "SELECT extract(epoch FROM updated_at)::int8 FROM saga";
        world.eventually(looked, world.clock.now().timestamp()).await;
    }
    assert_eq!(world.count("SELECT attempts::int8 FROM saga").await, 0);
    assert_eq!(world.recorded("driver.updated").await.len(), before);
    let done = json!({"tripId": id(0x71), "driverId": driver, "status": "CANCELLED"});
    world.deliver(&event("trip.cancelled", uuid(0x71), 2, done)).await;
    let told = world.recorded("driver.updated").await.len();
    world.clock.advance(Duration::minutes(1));
    world.eventually("SELECT attempts::int8 FROM saga", 1).await;
    assert_eq!(world.recorded("driver.updated").await.len(), told + 1, "the trip service hears it once more");
    on_the_roster(&world, &driver, "ENDED", 2).await;
    assert_eq!(world.sagas().await, [("driver_stand_down".into(), "COMPLETED".into())]);
}

#[tokio::test]
async fn who_may_work_again_before_the_shift_was_ended_keeps_it() {
    let world = World::new().await;
    let driver = world.driver(RAVI).await;
    // The event of the shift comes after the suspension.
    suspended(&world, &driver).await;
    assert_eq!(world.sagas().await, []);
    on_the_roster(&world, &driver, "ACTIVE", 1).await;
    assert_eq!(world.sagas().await, [("driver_stand_down".into(), "RUNNING".into())]);
    let penalty: uuid::Uuid =
        sqlx::query_scalar("SELECT id FROM penalty").fetch_one(&world.db.pool).await.unwrap();
    world.act(&manager(FLEET_A), "waivePenalty", json!({"id": penalty, "reason": "Mistaken"}), "id").await;
    assert_eq!(world.sagas().await, [("driver_stand_down".into(), "COMPENSATED".into())]);
    assert_eq!(read(&world, &json!(driver)).await["status"], "ACTIVE");
}

#[tokio::test]
async fn the_right_to_drive_is_lost_with_the_account_and_comes_back_with_it() {
    let world = World::new().await;
    let driver = json!(world.driver(RAVI).await);
    let switched = async |active: bool, version: i64| {
        let mut news = user(RAVI, active);
        news["rightsRequest"] = json!(id(0x5A));
        let kind = if active { "user.updated" } else { "user.deactivated" };
        world.deliver(&event(kind, uuid(RAVI), version, news)).await;
        read(&world, &driver).await["status"].clone()
    };
    for version in [5, 5] {
        assert_eq!(switched(false, version).await, "INACTIVE");
    }
    let on = json!({"id": driver, "status": "ACTIVE"});
    let by_hand = world.denied(&manager(FLEET_A), "setDriverStatus", on).await;
    assert_eq!(by_hand.0, "CONFLICT", "the account comes first");
    assert_eq!(switched(true, 4).await, "INACTIVE", "older news changes nothing");
    for version in [6, 6] {
        assert_eq!(switched(true, version).await, "ACTIVE");
    }
    let answers = world.recorded("driver_rights.settled").await;
    assert_eq!(answers.len(), 5, "whoever asks is answered");
    assert_eq!(answers[0], json!({"request": id(0x5A), "by": "partner", "userId": id(RAVI)}));

    let off = json!({"id": driver, "status": "INACTIVE", "reason": "on leave"});
    world.act(&manager(FLEET_A), "setDriverStatus", off, "id").await;
    assert_eq!(switched(false, 7).await, "INACTIVE");
    assert_eq!(switched(true, 8).await, "INACTIVE", "who was out of service before stays so");
    assert_eq!(world.count("SELECT count(*) FROM dead_letter").await, 0);
}

#[tokio::test]
async fn a_change_of_where_the_money_goes_is_kept_and_told_with_who_did_it() {
    let world = World::new().await;
    let driver = world.driver(RAVI).await;
    let change = async |caller: &kit::Caller, number: &str| {
        let bank = json!({"accountNumber": number, "ifsc": "HDFC0001234", "holderName": "Ravi Kumar"});
        world.act(caller, "updateDriver", json!({"id": driver, "bank": bank}), "id").await;
    };
    change(&the_driver(RAVI), "000111222333").await;
    change(&operations(FLEET_A, &[HUB_A1]), "999888777666").await;
    let told = world.recorded("driver.bank_changed").await;
    let who =
        |told: &Value| (told["changedByRole"].clone(), told["changedBy"].clone(), told["previous"].clone());
    assert_eq!(who(&told[0]), (json!("DRIVER"), json!(id(RAVI)), Value::Null));
    assert_eq!(who(&told[1]), (json!("OPERATIONS"), json!(id(0x4)), json!("••••2333")));
    assert_eq!(told[1]["driverId"], json!(driver), "with the whole snapshot, as every driver event");
    let query =
        "query ($id: ID!) { driver(id: $id) { changes { what fromValue toValue reason changedBy } } }";
    let data = world.ok(&manager(FLEET_A), query, json!({"id": driver})).await;
    let kept = json!({"what": "BANK", "fromValue": "••••2333", "toValue": "••••7666", "reason": "By OPERATIONS",
        "changedBy": id(0x4)});
    assert!(data["driver"]["changes"].as_array().unwrap().contains(&kept), "{data}");
    let rows = "SELECT count(*) FROM driver_change WHERE to_value LIKE '%888%' OR from_value LIKE '%111%'";
    assert_eq!(world.count(rows).await, 0, "no whole number is kept");
}

#[tokio::test]
async fn an_upload_address_is_signed_for_its_file() {
    use partner::upload::{SignedStore, UploadRequest};
    let world = World::new().await;
    let input = json!({"folder": "DOCUMENTS", "contentType": "image/png"});
    let url = world.act(&the_driver(RAVI), "createUploadUrl", input, "uploadUrl fileUrl expiresAt").await;
    let base = partner::Config::default().partner_upload_base_url;
    let store = SignedStore::new(&base, partner::DEVELOPMENT_DATA_KEY).unwrap();
    let path = url["fileUrl"].as_str().unwrap().strip_prefix(&base).unwrap();
    assert!(path.starts_with(&format!("/documents/{}/", id(RAVI))));
    let query = url["uploadUrl"].as_str().unwrap().split_once("?expires=").unwrap().1;
    let (expires, signature) = query.split_once("&signature=").unwrap();
    let request =
        UploadRequest { path, content_type: "image/png", expires: expires.parse().unwrap(), signature };
    assert!(store.verify(&request, world.clock.now()).is_ok());
    assert!(
        store
            .verify(&UploadRequest { content_type: "application/pdf", ..request }, world.clock.now())
            .is_err()
    );
    assert!(store.verify(&request, world.clock.now() + Duration::minutes(6)).is_err());
}
