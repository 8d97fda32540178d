//! Preferences with approval, signing up alone, and referrals with their reward.

use chrono::Duration;
use serde_json::{Value, json};

use crate::support::World;
use crate::support::people::*;

const PREFERENCES: &str =
    "query ($id: ID!) { driver(id: $id) { preferences { value definition { key category } } } }";

async fn values(world: &World, driver: &str) -> Vec<(String, bool)> {
    let data = world.ok(&manager(FLEET_A), PREFERENCES, json!({"id": driver})).await;
    let one = |row: &Value| {
        (row["definition"]["key"].as_str().unwrap().to_owned(), row["value"].as_bool().unwrap())
    };
    data["driver"]["preferences"].as_array().unwrap().iter().map(one).collect()
}

#[tokio::test]
async fn ten_preferences_are_off_until_a_request_is_approved() {
    let world = World::new().await;
    let driver = world.driver(RAVI).await;
    let ravi = the_driver(RAVI);
    let all = values(&world, &driver).await;
    assert_eq!(all.len(), 10);
    assert!(all.iter().all(|(_, value)| !value));
    let wish = |key: &str, value: bool| json!({"changes": [{"key": key, "value": value}]});
    for (key, value) in [("fly", true), ("accept_rentals", false)] {
        let refused = world.denied(&ravi, "requestPreferenceChange", wish(key, value)).await;
        assert_eq!(refused, ("VALIDATION".into(), "changes".into()), "{key}");
    }
    let selection = "id shortId status changes { key current requested }";
    let request = world.act(&ravi, "requestPreferenceChange", wish("accept_rentals", true), selection).await;
    assert_eq!(request["shortId"], "DPR20260127001");
    assert_eq!(request["changes"], json!([{"key": "accept_rentals", "current": false, "requested": true}]));
    assert_eq!(
        world.denied(&ravi, "requestPreferenceChange", wish("prefer_day_shift", true)).await.0,
        "CONFLICT"
    );
    assert!(
        values(&world, &driver).await.iter().all(|(_, value)| !value),
        "nothing changes before the approval"
    );
    let pending = "{ pendingPreferenceRequests { totalCount nodes { id driver { name } } } }";
    assert_eq!(
        world.ok(&manager(FLEET_A), pending, json!({})).await["pendingPreferenceRequests"]["totalCount"],
        1
    );
    assert_eq!(
        world.ok(&manager(FLEET_B), pending, json!({})).await["pendingPreferenceRequests"]["totalCount"],
        0
    );
    let decide = json!({"id": request["id"]});
    assert_eq!(
        world.denied(&manager(FLEET_B), "approvePreferenceRequest", decide.clone()).await.0,
        "NOT_FOUND"
    );
    let approved = world
        .act(&operations(FLEET_A, &[HUB_A1]), "approvePreferenceRequest", decide.clone(), "status reviewedBy")
        .await;
    assert_eq!(approved, json!({"status": "APPROVED", "reviewedBy": uuid(0x4)}));
    assert!(values(&world, &driver).await.contains(&("accept_rentals".to_owned(), true)));
    assert_eq!(
        world.denied(&manager(FLEET_A), "approvePreferenceRequest", decide).await.0,
        "INVALID_TRANSITION"
    );
}

#[tokio::test]
async fn a_refused_request_keeps_its_reason_and_approved_values_are_merged() {
    let world = World::new().await;
    let driver = world.driver(RAVI).await;
    let mg = manager(FLEET_A);
    let request = async |key: &str| {
        let input = json!({"driverId": driver, "changes": [{"key": key, "value": true}]});
        world.act(&mg, "requestPreferenceChange", input, "id").await["id"].clone()
    };
    let first = request("prefer_night_shift").await;
    world.act(&mg, "approvePreferenceRequest", json!({"id": first}), "id").await;
    let second = request("accept_outstation").await;
    let refused = world.denied(&mg, "rejectPreferenceRequest", json!({"id": second, "reason": ""})).await;
    assert_eq!(refused, ("VALIDATION".into(), "reason".into()));
    world.act(&mg, "rejectPreferenceRequest", json!({"id": second, "reason": "No permit"}), "status").await;
    let third = request("accept_rentals").await;
    world.act(&mg, "approvePreferenceRequest", json!({"id": third}), "id").await;
    let on: Vec<String> =
        values(&world, &driver).await.into_iter().filter_map(|(key, value)| value.then_some(key)).collect();
    assert_eq!(on, ["accept_rentals", "prefer_night_shift"]);
    let own = world
        .ok(&the_driver(RAVI), "{ myPreferenceRequests { nodes { status rejectionReason } } }", json!({}))
        .await;
    let rejected = json!({"status": "REJECTED", "rejectionReason": "No permit"});
    assert!(own["myPreferenceRequests"]["nodes"].as_array().unwrap().contains(&rejected));
}

const ONBOARD: &str = "id name fleetId ownVehicle { id } onboardedAt email user { id }";

#[tokio::test]
async fn signing_up_alone_makes_one_profile_however_often_it_is_asked() {
    let config =
        partner::Config { partner_default_fleet_id: Some(uuid(FLEET_A)), ..partner::Config::default() };
    let world = World::with(config).await;
    let input =
        json!({"firstName": "Ravi", "profile": {"email": "ravi@example.com"}, "vehicleId": id(OWN_VEHICLE)});
    let caller = the_driver(RAVI);
    let query = format!(
        "mutation ($input: CompleteOnboardingInput!) {{ completeOnboarding(input: $input) {{ {ONBOARD} }} }}"
    );
    let answers =
        futures_util::future::join_all((0..5).map(|_| world.ask(&caller, &query, json!({"input": input}))))
            .await;
    let first = answers[0]["data"]["completeOnboarding"].clone();
    assert_eq!((&first["name"], &first["fleetId"]), (&json!("Ravi"), &json!(id(FLEET_A))), "{}", answers[0]);
    assert_eq!(first["ownVehicle"]["id"], id(OWN_VEHICLE));
    assert!(answers.iter().all(|answer| answer["data"]["completeOnboarding"] == first), "{answers:?}");
    assert_eq!(world.count("SELECT count(*) FROM driver").await, 1);
    let owner =
        "query ($r: [_Any!]!) { _entities(representations: $r) { ... on Vehicle { owner { name } } } }";
    let data = world
        .ok(&super_admin(), owner, json!({"r": [{"__typename": "Vehicle", "id": id(OWN_VEHICLE)}]}))
        .await;
    assert_eq!(data["_entities"][0]["owner"]["name"], "Ravi");
}

#[tokio::test]
async fn nobody_signs_up_with_anothers_vehicle_or_without_being_an_active_driver() {
    let world = World::new().await;
    let with = |vehicle: u128| json!({"firstName": "Ravi", "vehicleId": id(vehicle)});
    for vehicle in [FLEET_VEHICLE, 0x999] {
        let refused = world.denied(&the_driver(RAVI), "completeOnboarding", with(vehicle)).await;
        assert_eq!(refused, ("VALIDATION".into(), "vehicleId".into()));
    }
    world.act(&the_driver(RAVI), "completeOnboarding", with(OWN_VEHICLE), "id").await;
    let taken = world.denied(&the_driver(ASHA), "completeOnboarding", with(OWN_VEHICLE)).await;
    assert_eq!(taken, ("CONFLICT".into(), "vehicleId".into()));
    let refused =
        world.denied(&the_driver(DEACTIVATED), "completeOnboarding", json!({"firstName": "X"})).await;
    assert_eq!(refused.0, "FORBIDDEN");
    let alone =
        world.act(&the_driver(ASHA), "completeOnboarding", json!({"firstName": "Asha"}), "fleetId").await;
    assert_eq!(alone["fleetId"], Value::Null, "no default fleet is configured");
}

async fn code_of(world: &World, user: u128) -> String {
    let data = world.ok(&the_driver(user), "{ myReferral { code } }", json!({})).await;
    data["myReferral"]["code"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_code_counts_newcomers_up_to_the_limit_and_once_each() {
    let world = World::with(partner::Config { referral_limit: 2, ..partner::Config::default() }).await;
    world.driver(RAVI).await;
    let code = code_of(&world, RAVI).await;
    let join = |code: &str| json!({"firstName": "New", "referralCode": code});
    for wrong in ["nonsense", "REF_00000000"] {
        let refused = world.denied(&the_driver(ASHA), "completeOnboarding", join(wrong)).await;
        assert_eq!(refused, ("VALIDATION".into(), "referralCode".into()));
    }
    assert_eq!(world.count("SELECT count(*) FROM driver").await, 1, "a wrong code makes no profile");
    let newcomers: Vec<kit::Caller> = (0x120..0x125).map(the_driver).collect();
    let query = "mutation ($input: CompleteOnboardingInput!) { completeOnboarding(input: $input) { id } }";
    let lower = code.to_lowercase();
    let joins = newcomers.iter().map(|caller| world.ask(caller, query, json!({"input": join(&lower)})));
    let answers = futures_util::future::join_all(joins).await;
    assert_eq!(answers.iter().filter(|answer| answer.get("errors").is_none()).count(), 2);
    let full =
        answers.iter().filter(|answer| answer["errors"][0]["extensions"]["code"] == "CONFLICT").count();
    assert_eq!(full, 3);
    let data = world
        .ok(
            &the_driver(RAVI),
            "{ myReferral { used limit reward { amountPaise } referrals { status activeDays } } }",
            json!({}),
        )
        .await;
    let pending = json!({"status": "PENDING", "activeDays": 0});
    let expected =
        json!({"used": 2, "limit": 2, "reward": {"amountPaise": 50_000}, "referrals": [pending, pending]});
    assert_eq!(data["myReferral"], expected);
}

#[tokio::test]
async fn the_reward_comes_after_thirty_days_with_eight_trips_each_and_only_once() {
    let config = partner::Config { partner_timer_seconds: 1, ..partner::Config::default() };
    let mut world = World::with(config).await;
    let referrer = world.driver(RAVI).await;
    let code = code_of(&world, RAVI).await;
    let input = json!({"firstName": "Asha", "referralCode": code});
    let newcomer = world.act(&the_driver(ASHA), "completeOnboarding", input, "id").await["id"].clone();
    let work = "WITH days AS (SELECT generate_series(0, $2) AS day)
        INSERT INTO attendance (id, short_id, driver_id, hub_id, status, check_in_time, check_in_lat, check_in_lng, distance_m,
            selfie_url, odometer_start, created_at, updated_at)
        SELECT gen_random_uuid(), 'ATT-' || day, $1, gen_random_uuid(), 'CHECKED_OUT', at, 0, 0, 0, 'https://x', 0, at, at
        FROM days, LATERAL (SELECT '2026-01-01T20:00:00Z'::timestamptz + day * interval '1 day') AS t (at)";
    let trips = "INSERT INTO trip_earning (trip_id, driver_id, fare_paise, earned_paise, rev_share_bp, version, completed_at)
        SELECT gen_random_uuid(), $1, 100, 70, 7000, 1, '2026-01-01T20:00:00Z'::timestamptz + day * interval '1 day'
        FROM generate_series(0, 29) AS day, generate_series(1, 8)";
    let driver: uuid::Uuid = newcomer.as_str().unwrap().parse().unwrap();
    sqlx::query(work).bind(driver).bind(28).execute(&world.db.pool).await.unwrap();
    sqlx::query(trips).bind(driver).execute(&world.db.pool).await.unwrap();
    world.start();
    world.eventually("SELECT count(*) FROM timer WHERE name = 'partner.referrals'", 1).await;
    let progress = "{ myReferral { referrals { status activeDays completedTrips } } }";
    let data = world.ok(&the_driver(RAVI), progress, json!({})).await;
    let almost = json!([{"status": "PENDING", "activeDays": 29, "completedTrips": 240}]);
    assert_eq!(data["myReferral"]["referrals"], almost, "a day is missing");
    sqlx::query("UPDATE attendance SET status = 'APPROVED' WHERE short_id = 'ATT-0'")
        .execute(&world.db.pool)
        .await
        .unwrap();
    let last = "INSERT INTO attendance (id, short_id, driver_id, hub_id, status, check_in_time, check_in_lat, check_in_lng, distance_m,
            selfie_url, odometer_start, created_at, updated_at)
        VALUES (gen_random_uuid(), 'ATT-last', $1, gen_random_uuid(), 'CHECKED_OUT', '2026-02-05T00:00:00Z', 0, 0, 0, 'https://x', 0, now(), now())";
    sqlx::query(last).bind(driver).execute(&world.db.pool).await.unwrap();
    for _ in 0..3 {
        world.clock.advance(Duration::seconds(5));
        world
            .eventually(
                "SELECT count(*) FROM incentive WHERE category = 'REFERRAL' AND amount_paise = 50000",
                1,
            )
            .await;
    }
    let query = "query ($id: ID!) { incentives(filter: {driverId: $id}) { nodes { amount { amountPaise } category createdBy } } }";
    let data = world.ok(&manager(FLEET_A), query, json!({"id": referrer})).await;
    let reward = json!({"amount": {"amountPaise": 50_000}, "category": "REFERRAL", "createdBy": null});
    assert_eq!(data["incentives"]["nodes"], json!([reward]));
    let done =
        world.ok(&the_driver(RAVI), "{ myReferral { referrals { status rewardedAt } } }", json!({})).await;
    assert_eq!(done["myReferral"]["referrals"][0]["status"], "COMPLETED");
}
