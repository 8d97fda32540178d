//! Input that no form would send: control characters, endless texts, days that no calendar has. Each is refused by name, and none
//! reaches the database.

use serde_json::{Value, json};

use crate::support::World;
use crate::support::people::*;

#[tokio::test]
async fn text_that_cannot_be_kept_is_refused_by_the_name_of_its_field() {
    let world = World::new().await;
    let driver = world.driver(RAVI).await;
    let (nul, long) = ("a\u{0}b", "x".repeat(501));
    let mg = manager(FLEET_A);
    let cases = [
        ("createDriver", json!({"userId": id(ASHA), "firstName": nul}), "firstName"),
        ("updateDriver", json!({"id": driver, "profile": {"address": nul}}), "profile.address"),
        (
            "updateDriver",
            json!({"id": driver, "profile": {"profilePic": "https://f.test/\u{0}"}}),
            "profile.profilePic",
        ),
        ("setDriverStatus", json!({"id": driver, "status": "INACTIVE", "reason": nul}), "reason"),
        ("setDriverStatus", json!({"id": driver, "status": "INACTIVE", "reason": long}), "reason"),
        ("setDriverAvailability", json!({"id": driver, "available": false, "reason": long}), "reason"),
        ("rejectKyc", json!({"driverId": driver, "reason": nul}), "reason"),
        (
            "submitKycDocument",
            json!({"driverId": driver, "kind": "OTHER", "url": "https://f.test/\u{7}"}),
            "url",
        ),
        ("createPenalty", json!({"driverId": driver, "type": "WARNING", "reason": nul}), "reason"),
        ("createIncentive", json!({"driverId": driver, "amountPaise": 1, "reason": nul}), "reason"),
        ("recordDeposit", deposit(&driver, json!({"description": long})), "description"),
        ("recordDeposit", deposit(&driver, json!({"description": nul})), "description"),
        ("recordDeposit", deposit(&driver, json!({"externalId": nul})), "externalId"),
        (
            "createRentalPlan",
            json!({"name": nul, "rentalPaise": 1, "depositPaise": 0, "validityDays": 1}),
            "name",
        ),
        (
            "requestPreferenceChange",
            json!({"driverId": driver, "changes": [{"key": nul, "value": true}]}),
            "changes",
        ),
    ];
    for (mutation, input, field) in cases {
        assert_eq!(
            world.denied(&mg, mutation, input.clone()).await,
            ("VALIDATION".into(), field.into()),
            "{mutation} {input}"
        );
    }
    let vehicle = json!({"number": nul, "name": "Maruti", "model": "Dzire", "fuelType": "CNG"});
    let offered = world.denied(&the_driver(RAVI), "offerOwnVehicle", json!({"vehicle": vehicle})).await;
    assert_eq!(offered, ("VALIDATION".into(), "vehicle.number".into()));
    assert_eq!(world.count("SELECT count(*) FROM ledger_transaction").await, 0);
}

fn deposit(driver: &str, more: Value) -> Value {
    let mut input = json!({"driverId": driver, "amountPaise": 1, "paymentMethod": "CASH"});
    for (key, value) in more.as_object().unwrap() {
        input[key] = value.clone();
    }
    input
}

#[tokio::test]
async fn searching_for_the_impossible_finds_nothing_or_says_why() {
    let world = World::new().await;
    world.driver(RAVI).await;
    let mg = manager(FLEET_A);
    let search = "query ($words: String) { drivers(filter: {search: $words}) { nodes { name } } }";
    for words in ["\u{0}".to_owned(), "r".repeat(101)] {
        let refused = world.refused(&mg, search, json!({"words": words})).await;
        assert_eq!(refused, ("VALIDATION".into(), "filter.search".into()));
    }
    for (words, found) in [("", 1), ("  ", 1), ("%", 0), ("_", 0), ("ravi", 1), ("\u{202e}", 0), ("रवि", 0)]
    {
        let data = world.ok(&mg, search, json!({"words": words})).await;
        assert_eq!(data["drivers"]["nodes"].as_array().unwrap().len(), found, "{words:?}");
    }
    for short_id in ["\u{0}", "DRV 1", "nothing", "' OR 1=1"] {
        let found =
            world.ok(&mg, "query ($id: ID!) { driver(id: $id) { id } }", json!({"id": short_id})).await;
        assert_eq!(found["driver"], Value::Null, "{short_id:?}");
    }
}

#[tokio::test]
async fn days_and_moments_far_away_are_refused_and_never_an_error_of_ours() {
    let world = World::new().await;
    let driver = world.driver(RAVI).await;
    let mg = manager(FLEET_A);
    let lists = [
        "query ($from: DateTime) { attendanceHistory(filter: {from: $from}) { nodes { id } } }",
        "query ($from: DateTime) { ledger(filter: {from: $from}) { nodes { id } } }",
        "query ($from: DateTime) { penalties(filter: {from: $from}) { nodes { id } } }",
        "query ($from: DateTime) { incentiveSummary(filter: {from: $from}) { count } }",
    ];
    for query in lists {
        for from in ["-9999-01-01T00:00:00Z", "+99999-01-01T00:00:00Z", "0000-01-01T00:00:00Z"] {
            let answer = world.ask(&mg, query, json!({"from": from})).await;
            assert!(answer["errors"].is_array(), "{query} {from}");
            assert_ne!(answer["errors"][0]["extensions"]["code"], "INTERNAL", "{query} {from}");
        }
    }
    let days = "query ($from: Date) { collections(filter: {from: $from}) { nodes { id } } }";
    for from in ["-9999-01-01", "+99999-01-01", "0000-12-31"] {
        let answer = world.ask(&mg, days, json!({"from": from})).await;
        assert_ne!(answer["errors"][0]["extensions"]["code"], "INTERNAL", "{from}");
        assert!(answer["errors"].is_array(), "{from}");
    }
    for (date, field) in [("2025-01-25", "date"), ("0001-01-01", "date"), ("2026-01-28", "date")] {
        let input = json!({"driverId": driver, "date": date, "qrPaise": 1});
        assert_eq!(
            world.denied(&mg, "recordCollection", input).await,
            ("VALIDATION".into(), field.into()),
            "{date}"
        );
    }
    let year_ago = json!({"driverId": driver, "date": "2025-01-26", "qrPaise": 1});
    world.act(&mg, "recordCollection", year_ago, "id").await;
    for dob in ["0001-01-01", "2026-01-27", "9999-01-01"] {
        let refused = world.denied(&mg, "updateDriver", json!({"id": driver, "profile": {"dob": dob}})).await;
        assert_eq!(refused, ("VALIDATION".into(), "profile.dob".into()), "{dob}");
    }
}

#[tokio::test]
async fn amounts_beyond_reason_are_refused_before_they_are_booked() {
    let world = World::new().await;
    let driver = world.driver(RAVI).await;
    for amount in [i64::MAX, 1_000_000_000, 0, -1, i64::MIN] {
        let input = json!({"driverId": driver, "amountPaise": amount, "paymentMethod": "CASH"});
        let refused = world.denied(&manager(FLEET_A), "recordDeposit", input).await;
        assert_eq!(refused, ("VALIDATION".into(), "amountPaise".into()), "{amount}");
    }
    let query = "mutation ($input: RecordDepositInput!) { recordDeposit(input: $input) { id } }";
    for amount in [json!(1.5), json!("1"), json!(1e30)] {
        let input = json!({"driverId": driver, "amountPaise": amount, "paymentMethod": "CASH"});
        let answer = world.ask(&manager(FLEET_A), query, json!({"input": input})).await;
        assert!(
            answer["errors"].is_array() && answer["errors"][0]["extensions"]["code"] != "INTERNAL",
            "{amount}"
        );
    }
    let most = json!({"driverId": driver, "amountPaise": 999_999_999, "paymentMethod": "CASH"});
    world.act(&manager(FLEET_A), "recordDeposit", most, "id").await;
}

#[tokio::test]
async fn a_kind_named_twice_is_rejected_once() {
    let world = World::new().await;
    let driver = world.driver(RAVI).await;
    let document = json!({"driverId": driver, "kind": "PAN_CARD", "url": "https://f.test/a.jpg"});
    world.act(&manager(FLEET_A), "submitKycDocument", document, "id").await;
    let reject = json!({"driverId": driver, "reason": "Blurred", "documents": ["PAN_CARD", "PAN_CARD"]});
    let rejected =
        world.act(&manager(FLEET_A), "rejectKyc", reject, "kycStatus kycDocuments { status }").await;
    assert_eq!(rejected, json!({"kycStatus": "REJECTED", "kycDocuments": [{"status": "REJECTED"}]}));
}
