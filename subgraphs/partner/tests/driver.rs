//! Drivers: making, changing, finding them, and who may.

use serde_json::{Value, json};

use crate::support::people::*;
use crate::support::{World, event};

const CREATE: &str = "mutation ($input: CreateDriverInput!) { createDriver(input: $input) {
    id shortId userId user { id } fleetId hubId name firstName lastName mobile status kycStatus isAvailable version } }";
const UPDATE: &str = "mutation ($input: UpdateDriverInput!) { updateDriver(input: $input) {
    id version name email city bankAccount { accountNumber ifsc } aadhaarNumber panNumber } }";

fn create(user: u128, fleet: Option<u128>, hub: Option<u128>) -> Value {
    json!({"input": {"userId": id(user), "fleetId": fleet.map(id), "hubId": hub.map(id)}})
}

#[tokio::test]
async fn a_manager_makes_a_profile_from_the_user_and_its_snapshot_is_announced() {
    let world = World::new().await;
    let data = world.ok(&manager(FLEET_A), CREATE, create(IMRAN, None, Some(HUB_A1))).await;
    let made = &data["createDriver"];
    assert_eq!(made["shortId"], "DRV20260127001");
    assert_eq!(made["name"], "Imran Ali Khan");
    assert_eq!((&made["firstName"], &made["lastName"]), (&json!("Imran"), &json!("Ali Khan")));
    assert_eq!(made["mobile"], user(IMRAN).unwrap()["phone"]);
    assert_eq!(made["fleetId"], id(FLEET_A));
    assert_eq!(made["user"]["id"], id(IMRAN));
    assert_eq!((&made["status"], &made["kycStatus"]), (&json!("ACTIVE"), &json!("PENDING")));

    let told = world.recorded("driver.created").await;
    let expected = json!({
        "driverId": made["id"], "shortId": "DRV20260127001", "userId": id(IMRAN), "fleetId": id(FLEET_A),
        "hubId": id(HUB_A1), "name": "Imran Ali Khan", "status": "ACTIVE", "kycStatus": "PENDING", "isAvailable": true,
        "isForcedUnavailable": false, "paymentModel": null, "vehicleId": null,
    });
    assert_eq!(told, [expected]);
}

#[tokio::test]
async fn a_user_without_a_last_name_is_stored_as_the_app_does() {
    let world = World::new().await;
    let data = world.ok(&manager(FLEET_A), CREATE, create(ASHA, None, None)).await;
    assert_eq!(
        (&data["createDriver"]["lastName"], &data["createDriver"]["name"]),
        (&json!("NA"), &json!("Asha"))
    );
}

#[tokio::test]
async fn a_second_profile_of_a_user_is_a_conflict_even_at_the_same_time() {
    let world = World::new().await;
    let caller = manager(FLEET_A);
    let attempts = (0..8).map(|_| world.ask(&caller, CREATE, create(RAVI, None, None)));
    let answers = futures_util::future::join_all(attempts).await;
    let made = answers.iter().filter(|answer| answer.get("errors").is_none()).count();
    assert_eq!(made, 1);
    for refused in answers.iter().filter(|answer| answer.get("errors").is_some()) {
        assert_eq!(refused["errors"][0]["extensions"], json!({"code": "CONFLICT", "field": "userId"}));
    }
    assert_eq!(world.count("SELECT count(*) FROM driver").await, 1);
}

#[tokio::test]
async fn who_can_become_a_driver_where_is_checked_field_by_field() {
    let world = World::new().await;
    let (sa, mg, op) = (super_admin(), manager(FLEET_A), operations(FLEET_A, &[HUB_A1]));
    let cases = [
        (&mg, create(0x999, None, None), "VALIDATION", "userId"),
        (&mg, create(NOT_A_DRIVER, None, None), "VALIDATION", "userId"),
        (&mg, create(DEACTIVATED, None, None), "CONFLICT", "userId"),
        (&mg, create(OF_FLEET_B, None, None), "FORBIDDEN", "userId"),
        (&mg, create(RAVI, Some(FLEET_B), None), "FORBIDDEN", "fleetId"),
        (&mg, create(RAVI, None, Some(HUB_B1)), "VALIDATION", "hubId"),
        (&sa, create(RAVI, None, None), "VALIDATION", "fleetId"),
        (&sa, create(RAVI, Some(0x999), None), "VALIDATION", "fleetId"),
        (&sa, create(RAVI, Some(CLOSED_FLEET), None), "CONFLICT", "fleetId"),
        (&op, create(RAVI, None, None), "FORBIDDEN", "hubId"),
        (&op, create(RAVI, None, Some(HUB_A2)), "FORBIDDEN", "hubId"),
    ];
    for (caller, input, code, field) in cases {
        let refused = world.refused(caller, CREATE, input.clone()).await;
        assert_eq!(refused, (code.into(), field.into()), "{input}");
    }
    assert_eq!(world.count("SELECT count(*) FROM driver").await, 0);
    world.ok(&op, CREATE, create(RAVI, None, Some(HUB_A1))).await;
}

#[tokio::test]
async fn a_neighbour_is_asked_once_and_events_spare_even_that() {
    let world = World::new().await;
    world.ok(&manager(FLEET_A), CREATE, create(RAVI, None, None)).await;
    assert_eq!(world.neighbours.asked(), 2, "the user and the fleet");
    let user = json!({"userId": id(ASHA), "name": "Asha Rao", "phone": "+919000000102", "role": "DRIVER", "isActive": true,
        "fleetId": null, "shortId": "USR20260127001", "hubIds": []});
    world.deliver(&event("user.created", uuid(ASHA), 1, user)).await;
    let data = world.ok(&manager(FLEET_A), CREATE, create(ASHA, None, None)).await;
    assert_eq!(data["createDriver"]["name"], "Asha Rao");
    assert_eq!(world.neighbours.asked(), 2);
}

#[tokio::test]
async fn a_copy_that_refuses_is_not_believed_before_its_owner_was_asked() {
    let world = World::new().await;
    let then = json!({"userId": id(RAVI), "name": "Ravi", "phone": "+919000000101", "role": "MANAGER", "isActive": true});
    world.deliver(&event("user.created", uuid(RAVI), 1, then)).await;
    let closed = json!({"fleetId": id(FLEET_A), "name": "Alpha", "status": "INACTIVE"});
    world.deliver(&event("fleet.deactivated", uuid(FLEET_A), 2, closed)).await;
    world.ok(&manager(FLEET_A), CREATE, create(RAVI, None, None)).await;
}

#[tokio::test]
async fn a_deactivated_user_stops_driving() {
    let world = World::new().await;
    let driver = world.driver(RAVI).await;
    let user = json!({"userId": id(RAVI), "name": "Ravi", "phone": "+919000000101", "role": "DRIVER", "isActive": false});
    let gone = event("user.deactivated", uuid(RAVI), 5, user);
    for _ in 0..3 {
        world.deliver(&gone).await;
    }
    let query = "query ($id: ID!) { driver(id: $id) { status isAvailable changes { what fromValue toValue reason changedBy } } }";
    let data = world.ok(&manager(FLEET_A), query, json!({"id": driver})).await;
    assert_eq!(data["driver"]["status"], "INACTIVE");
    assert_eq!(data["driver"]["isAvailable"], false);
    let change = json!({"what": "STATUS", "fromValue": "ACTIVE", "toValue": "INACTIVE", "reason": "The user was deactivated",
        "changedBy": null});
    assert_eq!(data["driver"]["changes"], json!([change]));
    assert_eq!(world.recorded("driver.status_changed").await.len(), 1);
}

#[tokio::test]
async fn the_same_idempotency_key_answers_with_the_same_driver() {
    let world = World::new().await;
    let mut input = create(RAVI, None, None);
    input["input"]["idempotencyKey"] = json!("k1");
    let first = world.ok(&manager(FLEET_A), CREATE, input.clone()).await;
    let again = world.ok(&manager(FLEET_A), CREATE, input.clone()).await;
    assert_eq!(first, again);
    input["input"]["userId"] = json!(id(ASHA));
    let other = world.refused(&manager(FLEET_A), CREATE, input).await;
    assert_eq!(other, ("CONFLICT".into(), "idempotencyKey".into()));
    assert_eq!(world.recorded("driver.created").await.len(), 1);
}

#[tokio::test]
async fn personal_numbers_are_sealed_at_rest_and_masked_by_role() {
    let world = World::new().await;
    let driver = world.driver(RAVI).await;
    let input = json!({"input": {"id": driver, "profile": {"aadhaarNumber": "1234 5678 9012", "panNumber": "abcde1234f"},
        "bank": {"accountNumber": "000111222333", "ifsc": "hdfc0001234", "holderName": "Ravi Kumar"}}});
    world.ok(&manager(FLEET_A), UPDATE, input).await;
    let query =
        "query ($id: ID!) { driver(id: $id) { aadhaarNumber panNumber bankAccount { accountNumber } } }";
    let whole = json!({"driver": {"aadhaarNumber": "123456789012", "panNumber": "ABCDE1234F",
        "bankAccount": {"accountNumber": "000111222333"}}});
    let masked = json!({"driver": {"aadhaarNumber": "••••9012", "panNumber": "••••234F",
        "bankAccount": {"accountNumber": "••••2333"}}});
    for caller in [super_admin(), fleet_admin(FLEET_A), manager(FLEET_A), the_driver(RAVI)] {
        assert_eq!(world.ok(&caller, query, json!({"id": driver})).await, whole);
    }
    assert_eq!(world.ok(&operations(FLEET_A, &[HUB_A1]), query, json!({"id": driver})).await, masked);
    let row: String =
        sqlx::query_scalar("SELECT d::text FROM driver d").fetch_one(&world.db.pool).await.unwrap();
    for number in ["123456789012", "ABCDE1234F", "000111222333"] {
        assert!(!row.contains(number) && !row.contains(&hex(number)), "{number} is readable at rest");
    }
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn an_update_names_the_field_that_is_wrong_and_refuses_a_stale_version() {
    let world = World::new().await;
    let driver = world.driver(RAVI).await;
    let caller = manager(FLEET_A);
    let cases = [
        (json!({"firstName": " "}), "VALIDATION", "firstName"),
        (json!({"mobile": "12345"}), "VALIDATION", "mobile"),
        (json!({"profile": {"email": "nobody"}}), "VALIDATION", "profile.email"),
        (json!({"profile": {"pincode": "1100"}}), "VALIDATION", "profile.pincode"),
        (json!({"profile": {"aadhaarNumber": "123"}}), "VALIDATION", "profile.aadhaarNumber"),
        (json!({"profile": {"panNumber": "1234"}}), "VALIDATION", "profile.panNumber"),
        (json!({"profile": {"dob": "2010-01-01"}}), "VALIDATION", "profile.dob"),
        (json!({"profile": {"profilePic": "javascript:alert(1)"}}), "VALIDATION", "profile.profilePic"),
        (
            json!({"bank": {"accountNumber": "12", "ifsc": "HDFC0001234", "holderName": "R"}}),
            "VALIDATION",
            "bank.accountNumber",
        ),
        (
            json!({"bank": {"accountNumber": "123456789", "ifsc": "X", "holderName": "R"}}),
            "VALIDATION",
            "bank.ifsc",
        ),
        (json!({"revShareBasisPoints": 10_001}), "VALIDATION", "revShareBasisPoints"),
        (json!({"expectedVersion": 7}), "STALE_VERSION", ""),
    ];
    for (mut change, code, field) in cases {
        change["id"] = json!(driver);
        let refused = world.refused(&caller, UPDATE, json!({"input": change})).await;
        assert_eq!(refused, (code.into(), field.into()), "{change}");
    }
    let right = json!({"input": {"id": driver, "expectedVersion": 1, "profile": {"email": "Ravi@Example.com", "city": "Delhi"}}});
    let data = world.ok(&caller, UPDATE, right).await;
    assert_eq!(
        (&data["updateDriver"]["version"], &data["updateDriver"]["email"]),
        (&json!(2), &json!("ravi@example.com"))
    );
}

#[tokio::test]
async fn drivers_change_their_contact_data_and_nothing_else() {
    let world = World::new().await;
    let own = world.driver(RAVI).await;
    let other = world.driver(ASHA).await;
    let ravi = the_driver(RAVI);
    let change = |id: &str, mut change: Value| {
        change["id"] = json!(id);
        json!({"input": change})
    };
    world.ok(&ravi, UPDATE, change(&own, json!({"profile": {"city": "Noida"}}))).await;
    for (field, value) in [
        ("firstName", json!({"firstName": "X"})),
        ("paymentModel", json!({"paymentModel": "RENTAL"})),
        ("revShareBasisPoints", json!({"revShareBasisPoints": 10000})),
        ("profile.aadhaarNumber", json!({"profile": {"aadhaarNumber": "123456789012"}})),
    ] {
        let refused = world.refused(&ravi, UPDATE, change(&own, value)).await;
        assert_eq!(refused, ("FORBIDDEN".into(), field.into()));
    }
    let refused = world.refused(&ravi, UPDATE, change(&other, json!({"profile": {"city": "Noida"}}))).await;
    assert_eq!(refused.0, "NOT_FOUND");
}

#[tokio::test]
async fn status_is_set_by_hand_between_active_and_inactive_only() {
    let world = World::new().await;
    let driver = world.driver(RAVI).await;
    let query = "mutation ($input: SetDriverStatusInput!) { setDriverStatus(input: $input) { status isAvailable updatedBy } }";
    let set = |status: &str| json!({"input": {"id": driver, "status": status, "reason": "leave"}});
    let data = world.ok(&operations(FLEET_A, &[HUB_A1]), query, set("INACTIVE")).await;
    assert_eq!(
        data["setDriverStatus"],
        json!({"status": "INACTIVE", "isAvailable": false, "updatedBy": uuid(0x4)})
    );
    for status in ["INACTIVE", "SUSPENDED", "BLACKLISTED"] {
        let refused = world.refused(&manager(FLEET_A), query, set(status)).await;
        assert_eq!(refused.0, "INVALID_TRANSITION", "{status}");
    }
    let told = world.recorded("driver.status_changed").await;
    assert_eq!(
        (&told[0]["previous"], &told[0]["reason"], &told[0]["status"]),
        (&json!("ACTIVE"), &json!("leave"), &json!("INACTIVE"))
    );
}

#[tokio::test]
async fn availability_follows_from_the_switch_and_from_trips_in_any_order() {
    let world = World::new().await;
    let driver = world.driver(RAVI).await;
    let query = "mutation ($input: SetDriverAvailabilityInput!) { setDriverAvailability(input: $input) { isAvailable isForcedUnavailable } }";
    let set = |available: bool| json!({"input": {"id": driver, "available": available}});
    let off = world.ok(&manager(FLEET_A), query, set(false)).await;
    assert_eq!(off["setDriverAvailability"], json!({"isAvailable": false, "isForcedUnavailable": true}));
    world.ok(&manager(FLEET_A), query, set(true)).await;

    let trip = |kind: &str, status: &str, version: i64, driver: Option<&str>| {
        event(kind, uuid(0x77), version, json!({"tripId": id(0x77), "driverId": driver, "status": status}))
    };
    let available = async || {
        let data = world
            .ok(
                &manager(FLEET_A),
                "query ($id: ID!) { driver(id: $id) { isAvailable } }",
                json!({"id": driver}),
            )
            .await;
        data["driver"]["isAvailable"].clone()
    };
    world.deliver(&trip("trip.driver_assigned", "DRIVER_ASSIGNED", 2, Some(&driver))).await;
    assert_eq!(available().await, true, "a trip in the future does not bind");
    world.deliver(&trip("trip.started", "STARTED", 3, Some(&driver))).await;
    assert_eq!(available().await, false);
    world.deliver(&trip("trip.driver_unassigned", "CREATED", 5, None)).await;
    assert_eq!(available().await, true, "the driver was taken off");
    world.deliver(&trip("trip.arrived", "ARRIVED", 4, Some(&driver))).await;
    assert_eq!(available().await, true, "old news");
    assert_eq!(world.recorded("driver.availability_changed").await.len(), 4);
}

#[tokio::test]
async fn a_driver_moves_between_hubs_of_their_own_fleet() {
    let world = World::new().await;
    let driver = world.driver(RAVI).await;
    let query =
        "mutation ($input: MoveDriverToHubInput!) { moveDriverToHub(input: $input) { hubId hub { id } } }";
    let to = |hub: Option<u128>| json!({"input": {"driverId": driver, "hubId": hub.map(id)}});
    let moved = world.ok(&manager(FLEET_A), query, to(Some(HUB_A2))).await;
    assert_eq!(moved["moveDriverToHub"]["hub"]["id"], id(HUB_A2));
    let refused = world.refused(&manager(FLEET_A), query, to(Some(HUB_B1))).await;
    assert_eq!(refused, ("VALIDATION".into(), "hubId".into()));
    let refused = world.refused(&operations(FLEET_A, &[HUB_A1]), query, to(Some(HUB_A1))).await;
    assert_eq!(refused.0, "NOT_FOUND", "the driver is at another hub");
    let refused = world.refused(&operations(FLEET_A, &[HUB_A2]), query, to(Some(HUB_A1))).await;
    assert_eq!(refused, ("FORBIDDEN".into(), "hubId".into()));
    world.ok(&operations(FLEET_A, &[HUB_A2]), query, to(None)).await;
}

#[tokio::test]
async fn lists_are_pages_that_stay_right_and_filters_and_search_narrow_them() {
    let world = World::new().await;
    for user in 0x101..0x10B {
        world.driver(user).await;
        world.clock.advance(chrono::Duration::seconds(1));
    }
    world.driver_at(0x110, FLEET_B, None).await;
    let query = "query ($first: Int, $after: String, $filter: DriverFilter, $order: DriverOrder) {
        drivers(first: $first, after: $after, filter: $filter, orderBy: $order) {
            nodes { name } totalCount pageInfo { hasNextPage endCursor } } }";
    let caller = manager(FLEET_A);
    for order in ["NEWEST_FIRST", "OLDEST_FIRST", "NAME"] {
        let mut names: Vec<String> = Vec::new();
        let mut after = Value::Null;
        loop {
            let page = json!({"first": 3, "after": after, "order": order});
            let data = world.ok(&caller, query, page).await;
            let page = &data["drivers"];
            assert_eq!(page["totalCount"], 10);
            names.extend(
                page["nodes"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|node| node["name"].as_str().unwrap().to_owned()),
            );
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
            after = page["pageInfo"]["endCursor"].clone();
        }
        assert_eq!(names.len(), 10, "{order}");
        match order {
            "NAME" => assert!(names.is_sorted_by_key(|name| name.to_lowercase())),
            "OLDEST_FIRST" => assert_eq!(names[0], "Ravi Kumar"),
            _ => assert_eq!(names[9], "Ravi Kumar"),
        }
    }
    let total = async |filter: Value| {
        let data = world.ok(&caller, query, json!({"filter": filter})).await;
        data["drivers"]["totalCount"].as_i64().unwrap()
    };
    assert_eq!(total(json!({"search": "ravi ku"})).await, 1);
    assert_eq!(total(json!({"search": "DRV20260127"})).await, 10);
    assert_eq!(total(json!({"search": "%"})).await, 0);
    assert_eq!(total(json!({"kycStatus": ["APPROVED"]})).await, 0);
    assert_eq!(total(json!({"status": ["ACTIVE"], "isAvailable": true, "hubId": id(HUB_A1)})).await, 10);
    assert_eq!(total(json!({"hasVehicle": true})).await, 0);
    assert_eq!(total(json!({"fleetId": id(FLEET_B)})).await, 0, "another fleet is out of scope");
    assert_eq!(
        world.refused(&caller, query, json!({"first": 101})).await,
        ("VALIDATION".into(), "first".into())
    );
    assert_eq!(
        world.refused(&caller, query, json!({"after": "zzz"})).await,
        ("VALIDATION".into(), "after".into())
    );
    let filter = json!({"filter": {"fleetId": "x"}});
    assert_eq!(world.refused(&caller, query, filter).await, ("VALIDATION".into(), "filter.fleetId".into()));
}

#[tokio::test]
async fn a_driver_is_found_by_short_id_and_by_user_and_only_in_scope() {
    let world = World::new().await;
    let driver = world.driver(RAVI).await;
    let query = "query ($id: ID!, $user: ID!) { byShort: driver(id: \"drv20260127001\") { id } byId: driver(id: $id) { id }
        byUser: driverByUser(userId: $user) { id } }";
    let variables = json!({"id": driver, "user": id(RAVI)});
    let all = json!({"byShort": {"id": driver}, "byId": {"id": driver}, "byUser": {"id": driver}});
    let none = json!({"byShort": null, "byId": null, "byUser": null});
    for (caller, expected) in [
        (manager(FLEET_A), &all),
        (the_driver(RAVI), &all),
        (operations(FLEET_A, &[HUB_A1]), &all),
        (manager(FLEET_B), &none),
        (operations(FLEET_A, &[HUB_A2]), &none),
        (operations(FLEET_A, &[]), &none),
        (the_driver(ASHA), &none),
    ] {
        assert_eq!(world.ok(&caller, query, variables.clone()).await, *expected, "{caller:?}");
    }
}

#[tokio::test]
async fn a_trip_that_changes_hands_while_its_first_event_is_handled_frees_its_first_driver() {
    let world = World::new().await;
    let (first, second) = (world.driver(RAVI).await, world.driver(ASHA).await);
    // The first event is being handled: what it wrote is there, and not committed.
    let mut handling = world.db.pool.begin().await.unwrap();
    sqlx::query("INSERT INTO trip_ref (trip_id, driver_id, is_live, version) VALUES ($1, $2::uuid, true, 1)")
        .bind(uuid(0x71))
        .bind(&first)
        .execute(&mut *handling)
        .await
        .unwrap();
    sqlx::query("UPDATE driver SET live_trip_id = $1 WHERE id = $2::uuid")
        .bind(uuid(0x71))
        .bind(&first)
        .execute(&mut *handling)
        .await
        .unwrap();
    let news = json!({"tripId": id(0x71), "driverId": second, "status": "STARTED"});
    let news = event("trip.started", uuid(0x71), 2, news);
    let blocked = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let commit = async {
        world.eventually(blocked, 1).await;
        handling.commit().await.unwrap();
    };
    tokio::join!(world.deliver(&news), commit);
    let query = "query ($id: ID!) { driver(id: $id) { isAvailable } }";
    for (driver, free) in [(first, true), (second, false)] {
        let data = world.ok(&super_admin(), query, json!({"id": driver})).await;
        assert_eq!(data["driver"]["isAvailable"], free);
    }
}
