//! Shifts: the geofence, reviews, breaks, check-out, and what each does to availability and cash.

use chrono::Duration;
use serde_json::{Value, json};

use crate::support::people::*;
use crate::support::{World, event};

/// `metres` north of hub A1.
fn at(metres: f64) -> Value {
    let north = A1_PLACE.0 + (metres / 6_371_000.0).to_degrees();
    json!({"lat": north, "lng": A1_PLACE.1, "odometerStart": 0, "selfieUrl": "https://files.test/selfie.jpg"})
}

async fn check_in(world: &World, user: u128) -> String {
    let shift = world.act(&the_driver(user), "checkIn", at(0.0), "id").await;
    shift["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_driver_checks_in_at_the_hub_and_nowhere_else() {
    let world = World::new().await;
    world.driver(RAVI).await;
    let ravi = the_driver(RAVI);
    let mut far = at(301.0);
    assert_eq!(world.denied(&ravi, "checkIn", far.clone()).await.0, "GEOFENCE");
    far["lat"] = json!(91.0);
    assert_eq!(world.denied(&ravi, "checkIn", far).await, ("VALIDATION".into(), "lat".into()));
    let mut wrong = at(0.0);
    wrong["odometerStart"] = json!(-1);
    assert_eq!(world.denied(&ravi, "checkIn", wrong).await, ("VALIDATION".into(), "odometerStart".into()));
    let selection =
        "id shortId status odometerStart distanceM hub { id } driver { openAttendance { status } }";
    let shift = world.act(&ravi, "checkIn", at(299.9), selection).await;
    assert_eq!(shift["shortId"], "ATT20260127001");
    assert_eq!(shift["odometerStart"], 0, "zero is a reading");
    assert_eq!(shift["hub"]["id"], id(HUB_A1));
    assert_eq!(shift["driver"]["openAttendance"]["status"], "PENDING");
    assert!((299.0..300.0).contains(&shift["distanceM"].as_f64().unwrap()));
    assert_eq!(world.denied(&ravi, "checkIn", at(0.0)).await.0, "CONFLICT");
}

#[tokio::test]
async fn a_hub_that_does_not_say_uses_the_configured_distance() {
    let world = World::with(partner::Config { checkin_geofence_m: 100, ..partner::Config::default() }).await;
    world.driver_at(RAVI, FLEET_A, Some(HUB_A2)).await;
    let place = |metres: f64| {
        let lat = 28.4950 + (metres / 6_371_000.0_f64).to_degrees();
        json!({"lat": lat, "lng": 77.0890, "odometerStart": 10, "selfieUrl": "https://files.test/s.jpg"})
    };
    assert_eq!(world.denied(&the_driver(RAVI), "checkIn", place(101.0)).await.0, "GEOFENCE");
    world.act(&the_driver(RAVI), "checkIn", place(99.0), "id").await;
}

#[tokio::test]
async fn parallel_check_ins_open_one_shift() {
    let world = World::new().await;
    world.driver(RAVI).await;
    let caller = the_driver(RAVI);
    let query = "mutation ($input: CheckInInput!) { checkIn(input: $input) { id } }";
    let answers =
        futures_util::future::join_all((0..8).map(|_| world.ask(&caller, query, json!({"input": at(0.0)}))))
            .await;
    assert_eq!(answers.iter().filter(|answer| answer.get("errors").is_none()).count(), 1);
    let conflicts =
        answers.iter().filter(|answer| answer["errors"][0]["extensions"]["code"] == "CONFLICT").count();
    assert_eq!(conflicts, 7);
}

#[tokio::test]
async fn a_check_in_at_a_hub_that_the_driver_has_just_left_is_refused() {
    let world = World::new().await;
    let driver = world.driver(RAVI).await;
    sqlx::raw_sql("DELETE FROM hub_ref").execute(&world.db.pool).await.unwrap();
    let gate = world.neighbours.hold_next();
    let moved = async {
        gate.thought().await;
        // The hub they move to is told by an event: the neighbour is busy.
        let hub = json!({"hubId": id(HUB_A2), "fleetId": id(FLEET_A), "lat": 28.4950, "lng": 77.0890, "geofenceRadiusM": 500});
        world.deliver(&event("hub.upserted", uuid(HUB_A2), 1, hub)).await;
        let elsewhere = json!({"driverId": driver, "hubId": id(HUB_A2)});
        world.act(&manager(FLEET_A), "moveDriverToHub", elsewhere, "id").await;
        gate.open();
    };
    let ravi = the_driver(RAVI);
    let (refused, ()) = tokio::join!(world.denied(&ravi, "checkIn", at(0.0)), moved);
    assert_eq!(refused.0, "CONFLICT");
    assert_eq!(world.count("SELECT count(*) FROM attendance").await, 0);
}

#[tokio::test]
async fn a_check_in_that_is_repeated_under_its_key_is_answered_wherever_the_driver_is_by_now() {
    let world = World::new().await;
    let driver = world.driver(RAVI).await;
    let mut input = at(0.0);
    input["idempotencyKey"] = json!("k1");
    let first = world.act(&the_driver(RAVI), "checkIn", input.clone(), "id").await;
    world.act(&manager(FLEET_A), "setDriverStatus", json!({"id": driver, "status": "INACTIVE"}), "id").await;
    assert_eq!(world.act(&the_driver(RAVI), "checkIn", input, "id").await, first);
}

#[tokio::test]
async fn without_a_hub_or_out_of_service_nobody_checks_in_and_is_told_why() {
    let world = World::new().await;
    world.driver_at(RAVI, FLEET_A, None).await;
    let query = "mutation ($input: CheckInInput!) { checkIn(input: $input) { id } }";
    let answer = world.ask(&the_driver(RAVI), query, json!({"input": at(0.0)})).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "CONFLICT");
    assert!(answer["errors"][0]["message"].as_str().unwrap().contains("hub"));
    assert_eq!(world.denied(&the_driver(ASHA), "checkIn", at(0.0)).await.0, "NOT_FOUND");
    let driver = world.driver(IMRAN).await;
    world.act(&manager(FLEET_A), "setDriverStatus", json!({"id": driver, "status": "INACTIVE"}), "id").await;
    assert_eq!(world.denied(&the_driver(IMRAN), "checkIn", at(0.0)).await.0, "CONFLICT");
}

#[tokio::test]
async fn a_check_in_is_reviewed_once_and_only_in_scope() {
    let world = World::new().await;
    world.driver(RAVI).await;
    let shift = check_in(&world, RAVI).await;
    for caller in [manager(FLEET_B), operations(FLEET_A, &[HUB_A2])] {
        assert_eq!(world.denied(&caller, "approveAttendance", json!({"id": shift})).await.0, "NOT_FOUND");
    }
    let selection = "status reviewedBy { id } adminRemarks";
    let approved = world
        .act(&operations(FLEET_A, &[HUB_A1]), "approveAttendance", json!({"id": shift}), selection)
        .await;
    assert_eq!(
        approved,
        json!({"status": "APPROVED", "reviewedBy": {"id": uuid(0x4)}, "adminRemarks": null})
    );
    for mutation in ["approveAttendance", "rejectAttendance"] {
        assert_eq!(
            world.denied(&manager(FLEET_A), mutation, json!({"id": shift})).await.0,
            "INVALID_TRANSITION"
        );
    }
    assert_eq!(world.recorded("attendance.approved").await.len(), 1);
}

#[tokio::test]
async fn a_refused_check_in_ends_the_shift_and_another_may_begin() {
    let world = World::new().await;
    world.driver(RAVI).await;
    let shift = check_in(&world, RAVI).await;
    let rejected = world
        .act(&manager(FLEET_A), "rejectAttendance", json!({"id": shift}), "status adminRemarks checkOutTime")
        .await;
    assert_eq!((&rejected["status"], &rejected["adminRemarks"]), (&json!("REJECTED"), &json!("Rejected")));
    assert!(rejected["checkOutTime"].is_string());
    check_in(&world, RAVI).await;
}

#[tokio::test]
async fn breaks_need_an_accepted_shift_and_make_the_driver_unavailable() {
    let world = World::new().await;
    world.driver(RAVI).await;
    let (ravi, none) = (the_driver(RAVI), json!({}));
    assert_eq!(world.denied(&ravi, "startBreak", none.clone()).await.0, "NOT_FOUND");
    let shift = check_in(&world, RAVI).await;
    assert_eq!(world.denied(&ravi, "startBreak", none.clone()).await.0, "INVALID_TRANSITION");
    world.act(&manager(FLEET_A), "approveAttendance", json!({"id": shift}), "id").await;
    assert_eq!(world.denied(&ravi, "endBreak", none.clone()).await.0, "NOT_FOUND");
    let selection = "breaks { shortId startTime endTime } driver { isAvailable onBreak }";
    let started = world.act(&ravi, "startBreak", none.clone(), selection).await;
    assert_eq!(started["driver"], json!({"isAvailable": false, "onBreak": true}));
    assert_eq!(started["breaks"][0]["shortId"], "BRK20260127001");
    assert_eq!(world.denied(&ravi, "startBreak", none.clone()).await.0, "CONFLICT");
    world.clock.advance(Duration::minutes(20));
    let ended = world.act(&ravi, "endBreak", none.clone(), selection).await;
    assert_eq!(ended["driver"], json!({"isAvailable": true, "onBreak": false}));
    assert_eq!(ended["breaks"][0]["endTime"], "2026-01-27T06:20:00+00:00");
    world.act(&ravi, "startBreak", none, "id").await;
    let over = world.act(&ravi, "checkOut", json!({"odometerEnd": 5}), selection).await;
    assert_eq!(over["driver"], json!({"isAvailable": true, "onBreak": false}), "check-out ends the break");
    assert!(over["breaks"][1]["endTime"].is_string());
    let told: Vec<Value> = world.recorded("attendance.break_started").await;
    assert_eq!((told.len(), &told[0]["onBreak"]), (2, &json!(true)));
}

#[tokio::test]
async fn check_out_takes_the_reading_and_the_cash_and_refuses_during_a_trip() {
    let world = World::new().await;
    let driver = world.driver(RAVI).await;
    let ravi = the_driver(RAVI);
    world.deliver(&crate::wallet::worked_trip(&driver, 0x71, "CASH")).await;
    let assignment = json!({"assignmentId": id(0x52), "driverId": driver, "vehicleId": id(FLEET_VEHICLE), "status": "ACTIVE"});
    world.deliver(&event("assignment.started", uuid(0x52), 1, assignment)).await;
    let mut shift = at(0.0);
    shift["odometerStart"] = json!(10_500);
    world.act(&ravi, "checkIn", shift, "id").await;
    let trip = |kind: &str, status: &str, version: i64| {
        event(kind, uuid(0x72), version, json!({"tripId": id(0x72), "driverId": driver, "status": status}))
    };
    world.deliver(&trip("trip.started", "STARTED", 3)).await;
    assert_eq!(world.denied(&ravi, "checkOut", json!({"odometerEnd": 10_650})).await.0, "CONFLICT");
    world.deliver(&trip("trip.cancelled", "CANCELLED", 4)).await;
    let refused = world.denied(&ravi, "checkOut", json!({"odometerEnd": 10_499})).await;
    assert_eq!(refused, ("VALIDATION".into(), "odometerEnd".into()));
    let refused =
        world.denied(&ravi, "checkOut", json!({"odometerEnd": 10_650, "cashDepositedPaise": -1})).await;
    assert_eq!(refused, ("VALIDATION".into(), "cashDepositedPaise".into()));
    let input = json!({"idempotencyKey": "out", "odometerEnd": 10_650, "cashDepositedPaise": 150_000});
    let selection =
        "status totalKm cashDeposited { amountPaise } driver { wallet { cashHeld { amountPaise } } }";
    let over = world.act(&ravi, "checkOut", input.clone(), selection).await;
    let expected = json!({"status": "CHECKED_OUT", "totalKm": 150, "cashDeposited": {"amountPaise": 150_000},
        "driver": {"wallet": {"cashHeld": {"amountPaise": 28_625}}}});
    assert_eq!(over, expected);
    assert_eq!(
        world.act(&ravi, "checkOut", input, selection).await,
        expected,
        "the same key, no second effect"
    );
    let days = world
        .ok(
            &manager(FLEET_A),
            "{ collections { nodes { date cashCollection { amountPaise } vehicle { id } } } }",
            json!({}),
        )
        .await;
    let day = json!({"date": "2026-01-27", "cashCollection": {"amountPaise": 150_000}, "vehicle": {"id": id(FLEET_VEHICLE)}});
    assert_eq!(days["collections"]["nodes"], json!([day]));
    assert_eq!(world.denied(&ravi, "checkOut", json!({"odometerEnd": 10_700})).await.0, "NOT_FOUND");
}

#[tokio::test]
async fn history_is_filtered_paged_and_scoped() {
    let world = World::new().await;
    let ravi = world.driver(RAVI).await;
    world.driver(ASHA).await;
    for (user, times) in [(RAVI, 3), (ASHA, 1)] {
        for _ in 0..times {
            check_in(&world, user).await;
            world.act(&the_driver(user), "checkOut", json!({"odometerEnd": 1}), "id").await;
            world.clock.advance(Duration::hours(12));
        }
    }
    check_in(&world, RAVI).await;
    let query = "query ($filter: AttendanceFilter, $first: Int, $after: String) { attendanceHistory(filter: $filter, first: $first,
        after: $after) { totalCount nodes { id } pageInfo { hasNextPage endCursor } } }";
    let (all, own, other) = (manager(FLEET_A), the_driver(RAVI), manager(FLEET_B));
    let total = async |caller: &kit::Caller, filter: Value| {
        world.ok(caller, query, json!({"filter": filter})).await["attendanceHistory"]["totalCount"]
            .as_i64()
            .unwrap()
    };
    assert_eq!(total(&all, json!({})).await, 5);
    assert_eq!(total(&own, json!({})).await, 4);
    assert_eq!(total(&other, json!({})).await, 0);
    assert_eq!(total(&all, json!({"driverId": ravi, "status": ["CHECKED_OUT"]})).await, 3);
    assert_eq!(total(&all, json!({"from": "2026-01-27T18:00:00Z", "to": "2026-01-28T06:00:00Z"})).await, 1);
    assert_eq!(total(&all, json!({"fleetId": id(FLEET_A), "hubId": id(HUB_A1)})).await, 5);
    let one = world.ok(&all, query, json!({"first": 3})).await["attendanceHistory"].clone();
    let two = world.ok(&all, query, json!({"first": 3, "after": one["pageInfo"]["endCursor"]})).await;
    assert_eq!(two["attendanceHistory"]["nodes"].as_array().unwrap().len(), 2);
    let open = world.ok(&own, "{ myOpenAttendance { status } }", json!({})).await;
    assert_eq!(open["myOpenAttendance"]["status"], "PENDING");
}
