//! Rentals, penalties and incentives.

use chrono::Duration;
use serde_json::{Value, json};

use crate::support::World;
use crate::support::people::*;

pub(crate) const BANK: &str = "000111222333";

/// A driver with bank details.
pub(crate) async fn driver_with_bank(world: &World, user: u128) -> String {
    let driver = world.driver(user).await;
    let bank = json!({"accountNumber": BANK, "ifsc": "HDFC0001234", "holderName": "Ravi Kumar"});
    world.act(&manager(FLEET_A), "updateDriver", json!({"id": driver, "bank": bank}), "id").await;
    driver
}

async fn deposit(world: &World, driver: &str, paise: i64) {
    let input = json!({"driverId": driver, "amountPaise": paise, "paymentMethod": "CASH"});
    world.act(&manager(FLEET_A), "recordDeposit", input, "id").await;
}

async fn plan(world: &World, name: &str, rental: i64, deposit: i64) -> String {
    let input = json!({"name": name, "rentalPaise": rental, "depositPaise": deposit, "validityDays": 7});
    let plan = world.act(&manager(FLEET_A), "createRentalPlan", input, "id shortId isActive").await;
    plan["id"].as_str().unwrap().to_owned()
}

pub(crate) async fn wallet(world: &World, driver: &str) -> (i64, i64, i64) {
    let query = "query ($id: ID!) { wallet(driverId: $id) { earnings { amountPaise } deposit { amountPaise } cashHeld { amountPaise } } }";
    let data = world.ok(&super_admin(), query, json!({"id": driver})).await;
    let paise = |field: &str| data["wallet"][field]["amountPaise"].as_i64().unwrap();
    assert_eq!(world.count("SELECT count(*) FROM wallet_drift").await, 0);
    (paise("earnings"), paise("deposit"), paise("cashHeld"))
}

async fn status(world: &World, driver: &str) -> Value {
    let query = "query ($id: ID!) { driver(id: $id) { status isAvailable } }";
    world.ok(&super_admin(), query, json!({"id": driver})).await["driver"].clone()
}

#[tokio::test]
async fn a_plan_needs_its_deposit_and_buying_again_keeps_the_days_that_are_left() {
    let world = World::new().await;
    let driver = world.driver(RAVI).await;
    let mg = manager(FLEET_A);
    let weekly = plan(&world, "Weekly Plan", 350_000, 500_000).await;
    let start = json!({"driverId": driver, "planId": weekly, "paymentMethod": "PG_UPI"});
    deposit(&world, &driver, 499_999).await;
    assert_eq!(world.denied(&mg, "startRental", start.clone()).await, ("CONFLICT".into(), "planId".into()));
    deposit(&world, &driver, 1).await;
    let selection =
        "shortId expiresAt daysRemaining status rental { amountPaise } plan { name } driver { paymentModel }";
    let first = world.act(&mg, "startRental", start.clone(), selection).await;
    let expected = json!({"shortId": "RTL20260127001", "expiresAt": "2026-02-03T06:00:00+00:00", "daysRemaining": 7, "status": "ACTIVE",
        "rental": {"amountPaise": 350_000}, "plan": {"name": "Weekly Plan"}, "driver": {"paymentModel": "RENTAL"}});
    assert_eq!(first, expected);
    assert_eq!(wallet(&world, &driver).await, (0, 500_000, 0), "the deposit is a threshold, not the price");
    world.clock.advance(Duration::days(5));
    let second = world.act(&mg, "startRental", start, selection).await;
    assert_eq!(
        (&second["daysRemaining"], &second["expiresAt"]),
        (&json!(9), &json!("2026-02-10T06:00:00+00:00"))
    );
    let history = "query ($id: ID) { rentalHistory(driverId: $id) { totalCount nodes { status endReason } } activeRental(driverId: $id) { daysRemaining } }";
    let data = world.ok(&the_driver(RAVI), history, json!({})).await;
    let rows =
        json!([{"status": "ACTIVE", "endReason": null}, {"status": "INACTIVE", "endReason": "RENEWED"}]);
    assert_eq!((&data["rentalHistory"]["nodes"], &data["rentalHistory"]["totalCount"]), (&rows, &json!(2)));
    assert_eq!(data["activeRental"]["daysRemaining"], 9);
    assert_eq!(world.count("SELECT count(*) FROM driver_rental WHERE is_active").await, 1);
}

#[tokio::test]
async fn a_driver_buys_out_of_earnings_and_a_rental_expires_by_itself() {
    let config = partner::Config { partner_timer_seconds: 1, ..partner::Config::default() };
    let mut world = World::with(config).await;
    let driver = world.driver(RAVI).await;
    let free = plan(&world, "No deposit", 50_000, 0).await;
    let ravi = the_driver(RAVI);
    assert_eq!(
        world.denied(&ravi, "startRental", json!({"planId": free})).await.0,
        "CONFLICT",
        "no earnings yet"
    );
    world.deliver(&crate::wallet::worked_trip(&driver, 0x71, "QR")).await;
    for (field, value) in [("externalId", "UTR1"), ("paymentMethod", "CASH")] {
        let told = world.denied(&ravi, "startRental", json!({"planId": free, field: value})).await;
        assert_eq!(told, ("VALIDATION".into(), field.into()), "no payment of theirs to tell of");
    }
    world.act(&ravi, "startRental", json!({"planId": free}), "id").await;
    assert_eq!(wallet(&world, &driver).await.0, 127_438 - 50_000);
    world.clock.advance(Duration::days(7));
    let data = world.ok(&ravi, "{ activeRental { id } rentalHistory { nodes { status } } }", json!({})).await;
    assert_eq!(data, json!({"activeRental": null, "rentalHistory": {"nodes": [{"status": "EXPIRED"}]}}));
    world.start();
    world
        .eventually("SELECT count(*) FROM driver_rental WHERE NOT is_active AND end_reason = 'EXPIRED'", 1)
        .await;
}

#[tokio::test]
async fn plans_are_the_fleets_own_and_names_are_taken_once() {
    let world = World::new().await;
    let driver = world.driver(RAVI).await;
    let weekly = plan(&world, "Weekly", 300_000, 0).await;
    let mg = manager(FLEET_A);
    let again = json!({"name": "weekly", "rentalPaise": 1, "depositPaise": 0, "validityDays": 1});
    assert_eq!(
        world.denied(&mg, "createRentalPlan", again.clone()).await,
        ("CONFLICT".into(), "name".into())
    );
    for (field, value) in [
        ("rentalPaise", json!(0)),
        ("depositPaise", json!(-1)),
        ("validityDays", json!(0)),
        ("name", json!(" ")),
    ] {
        let mut wrong = again.clone();
        wrong["name"] = json!("Other");
        wrong[field] = value;
        assert_eq!(world.denied(&mg, "createRentalPlan", wrong).await, ("VALIDATION".into(), field.into()));
    }
    assert_eq!(
        world.denied(&manager(FLEET_B), "updateRentalPlan", json!({"id": weekly, "isActive": false})).await.0,
        "NOT_FOUND"
    );
    let query = "query ($id: ID!) { rentalPlans(fleetId: $id) { totalCount nodes { name isActive } } }";
    let total = async |caller: kit::Caller| {
        world.ok(&caller, query, json!({"id": id(FLEET_A)})).await["rentalPlans"]["totalCount"]
            .as_i64()
            .unwrap()
    };
    assert_eq!(
        (total(mg.clone()).await, total(manager(FLEET_B)).await, total(the_driver(RAVI)).await),
        (1, 0, 1)
    );
    let off = world
        .act(&mg, "updateRentalPlan", json!({"id": weekly, "isActive": false}), "isActive version")
        .await;
    assert_eq!(off, json!({"isActive": false, "version": 2}));
    assert_eq!(
        (total(mg.clone()).await, total(the_driver(RAVI)).await),
        (1, 0),
        "drivers see what is offered"
    );
    world.act(&mg, "createRentalPlan", again, "id").await;
    let refused = world.denied(&mg, "startRental", json!({"driverId": driver, "planId": weekly})).await;
    assert_eq!(refused, ("CONFLICT".into(), "planId".into()));
}

#[tokio::test]
async fn a_fine_takes_the_deposit_as_far_as_it_goes_and_a_waiver_gives_it_back() {
    let world = World::new().await;
    let driver = world.driver(RAVI).await;
    let mg = manager(FLEET_A);
    world.act(&mg, "updateDriver", json!({"id": driver, "paymentModel": "RENTAL"}), "id").await;
    deposit(&world, &driver, 30_000).await;
    let fine = |paise: i64| json!({"driverId": driver, "type": "MONETARY", "amountPaise": paise, "reason": "Scratch", "category": "DAMAGE"});
    let selection = "id state deductedFromDeposit { amountPaise } outstanding { amountPaise }";
    let small = world.act(&mg, "createPenalty", fine(20_000), selection).await;
    assert_eq!(
        (&small["state"], &small["deductedFromDeposit"]["amountPaise"]),
        (&json!("PAID"), &json!(20_000))
    );
    let large = world.act(&mg, "createPenalty", fine(50_000), selection).await;
    assert_eq!((&large["state"], &large["outstanding"]["amountPaise"]), (&json!("OPEN"), &json!(40_000)));
    assert_eq!(wallet(&world, &driver).await.1, 0);
    let waiting =
        "SELECT count(*) FROM ledger_transaction WHERE status = 'PENDING' AND amount_paise = -40000";
    assert_eq!(world.count(waiting).await, 1);
    let waive = json!({"id": large["id"], "reason": "Not their fault"});
    let waived = world.act(&mg, "waivePenalty", waive.clone(), "state waivedBy waiverReason").await;
    assert_eq!(waived, json!({"state": "WAIVED", "waivedBy": uuid(0x3), "waiverReason": "Not their fault"}));
    assert_eq!(wallet(&world, &driver).await.1, 10_000, "what the large fine took came back");
    assert_eq!(world.count(waiting).await, 0);
    let refunded = "{ ledger(filter: {status: [REFUNDED]}) { nodes { amount { amountPaise } penaltyId } } }";
    let refunded = world.ok(&mg, refunded, json!({})).await["ledger"]["nodes"].clone();
    assert_eq!(refunded, json!([{"amount": {"amountPaise": -10_000}, "penaltyId": large["id"]}]));
    assert_eq!(world.denied(&mg, "waivePenalty", waive).await.0, "INVALID_TRANSITION");
    let summary =
        "{ penaltySummary { count total { amountPaise } outstanding { amountPaise } waived { amountPaise } }
        penalties(filter: {state: [WAIVED]}) { totalCount nodes { category } } }";
    let data = world.ok(&the_driver(RAVI), summary, json!({})).await;
    let expected = json!({"count": 2, "total": {"amountPaise": 70_000}, "outstanding": {"amountPaise": 0}, "waived": {"amountPaise": 50_000}});
    assert_eq!(data["penaltySummary"], expected);
    assert_eq!(data["penalties"], json!({"totalCount": 1, "nodes": [{"category": "DAMAGE"}]}));
}

#[tokio::test]
async fn a_suspension_begins_and_ends_by_the_clock_and_others_stay_in_force() {
    let config = partner::Config { partner_timer_seconds: 1, ..partner::Config::default() };
    let mut world = World::with(config).await;
    let driver = world.driver(RAVI).await;
    let mg = manager(FLEET_A);
    let suspend = |from: &str, to: &str| json!({"driverId": driver, "type": "SUSPENSION", "reason": "Rude", "suspensionStart": from, "suspensionEnd": to});
    let later = world
        .act(&mg, "createPenalty", suspend("2026-01-28T00:00:00Z", "2026-01-30T00:00:00Z"), "effect")
        .await;
    assert_eq!(later["effect"], "SCHEDULED");
    assert_eq!(
        status(&world, &driver).await,
        json!({"status": "ACTIVE", "isAvailable": true}),
        "it begins tomorrow"
    );
    world.start();
    world.clock.advance(Duration::hours(18));
    world.eventually("SELECT count(*) FROM penalty WHERE effect = 'IN_EFFECT'", 1).await;
    assert_eq!(status(&world, &driver).await, json!({"status": "SUSPENDED", "isAvailable": false}));
    let longer = world
        .act(&mg, "createPenalty", suspend("2026-01-27T00:00:00Z", "2026-02-05T00:00:00Z"), "effect")
        .await;
    assert_eq!(longer["effect"], "IN_EFFECT");
    world.clock.advance(Duration::days(2));
    world.eventually("SELECT count(*) FROM penalty WHERE effect = 'LIFTED'", 1).await;
    assert_eq!(status(&world, &driver).await["status"], "SUSPENDED", "the longer one still holds");
    world.clock.advance(Duration::days(6));
    world.eventually("SELECT count(*) FROM penalty WHERE effect = 'LIFTED'", 2).await;
    assert_eq!(status(&world, &driver).await, json!({"status": "ACTIVE", "isAvailable": true}));
    let changes = "query ($id: ID!) { driver(id: $id) { changes { what toValue } } }";
    let changes = world.ok(&mg, changes, json!({"id": driver})).await["driver"]["changes"].clone();
    let status = |value: &str| json!({"what": "STATUS", "toValue": value});
    assert_eq!(changes, json!([status("ACTIVE"), status("SUSPENDED")]), "the newest first");
}

#[tokio::test]
async fn blacklisting_holds_the_deposit_ends_the_rental_and_is_lifted_by_a_waiver_only() {
    let world = World::new().await;
    let driver = world.driver(RAVI).await;
    let mg = manager(FLEET_A);
    deposit(&world, &driver, 500_000).await;
    let weekly = plan(&world, "Weekly", 100_000, 500_000).await;
    world.act(&mg, "startRental", json!({"driverId": driver, "planId": weekly}), "id").await;
    let penalty = world
        .act(
            &mg,
            "createPenalty",
            json!({"driverId": driver, "type": "BLACKLIST", "reason": "Fraud"}),
            "id effect",
        )
        .await;
    assert_eq!(penalty["effect"], "IN_EFFECT");
    assert_eq!(status(&world, &driver).await, json!({"status": "BLACKLISTED", "isAvailable": false}));
    assert_eq!(wallet(&world, &driver).await.1, 0, "the deposit waits to be paid back");
    assert_eq!(
        world
            .count("SELECT -sum(amount_paise)::bigint FROM ledger_entry WHERE account = 'REFUNDS_DUE'")
            .await,
        -500_000
    );
    assert_eq!(world.count("SELECT count(*) FROM driver_rental WHERE is_active").await, 0);
    assert_eq!(
        world.denied(&mg, "setDriverStatus", json!({"id": driver, "status": "ACTIVE"})).await.0,
        "INVALID_TRANSITION"
    );
    world.act(&mg, "waivePenalty", json!({"id": penalty["id"], "reason": "Mistaken"}), "effect").await;
    assert_eq!(status(&world, &driver).await, json!({"status": "ACTIVE", "isAvailable": true}));
    assert_eq!(wallet(&world, &driver).await.1, 500_000);
}

#[tokio::test]
async fn a_penalty_says_what_is_wrong_with_it() {
    let world = World::new().await;
    let driver = world.driver(RAVI).await;
    let cases = [
        (json!({"type": "MONETARY"}), "amountPaise"),
        (json!({"type": "MONETARY", "amountPaise": 0}), "amountPaise"),
        (json!({"type": "WARNING", "amountPaise": 5}), "amountPaise"),
        (json!({"type": "SUSPENSION", "suspensionEnd": "2026-02-01T00:00:00Z"}), "suspensionStart"),
        (json!({"type": "SUSPENSION", "suspensionStart": "2026-02-01T00:00:00Z"}), "suspensionEnd"),
        (json!({"type": "WARNING", "suspensionStart": "2026-02-01T00:00:00Z"}), "suspensionStart"),
        (json!({"type": "WARNING", "reason": ""}), "reason"),
    ];
    for (mut input, field) in cases {
        input["driverId"] = json!(driver);
        if input.get("reason").is_none() {
            input["reason"] = json!("Rude");
        }
        let refused = world.denied(&manager(FLEET_A), "createPenalty", input.clone()).await;
        assert_eq!(refused, ("VALIDATION".into(), field.into()), "{input}");
    }
    let warning = json!({"driverId": driver, "type": "WARNING", "reason": "Late"});
    let warned =
        world.act(&operations(FLEET_A, &[HUB_A1]), "createPenalty", warning, "id state effect").await;
    let review = json!({"id": warned["id"], "notes": "Talked to them"});
    let reviewed = world.act(&manager(FLEET_A), "reviewPenalty", review, "reviewNotes reviewedBy").await;
    assert_eq!(reviewed, json!({"reviewNotes": "Talked to them", "reviewedBy": uuid(0x3)}));
}

#[tokio::test]
async fn an_incentive_is_paid_once_to_a_bank_account() {
    let world = World::new().await;
    let driver = world.driver(RAVI).await;
    let mg = manager(FLEET_A);
    let grant =
        json!({"driverId": driver, "amountPaise": 50_000, "reason": "100 trips", "category": "MILESTONE"});
    let incentive = world
        .act(&operations(FLEET_A, &[HUB_A1]), "createIncentive", grant.clone(), "id shortId isPaid")
        .await;
    assert_eq!((&incentive["shortId"], &incentive["isPaid"]), (&json!("INC20260127001"), &json!(false)));
    let pay = json!({"id": incentive["id"]});
    assert_eq!(
        world.denied(&operations(FLEET_A, &[HUB_A1]), "markIncentivePaid", pay.clone()).await.0,
        "FORBIDDEN"
    );
    assert_eq!(world.denied(&mg, "markIncentivePaid", pay.clone()).await, ("CONFLICT".into(), "id".into()));
    let bank = json!({"accountNumber": BANK, "ifsc": "HDFC0001234", "holderName": "Ravi"});
    world.act(&the_driver(RAVI), "updateDriver", json!({"id": driver, "bank": bank}), "id").await;
    let paid = world.act(&mg, "markIncentivePaid", pay.clone(), "isPaid paidBy transactionId").await;
    assert_eq!((&paid["isPaid"], &paid["paidBy"]), (&json!(true), &json!(uuid(0x3))));
    assert!(paid["transactionId"].is_string());
    assert_eq!(wallet(&world, &driver).await.0, 0, "earned and paid out");
    assert_eq!(world.denied(&mg, "markIncentivePaid", pay).await.0, "INVALID_TRANSITION");
    let mut referral = grant;
    referral["category"] = json!("REFERRAL");
    assert_eq!(
        world.denied(&mg, "createIncentive", referral).await,
        ("VALIDATION".into(), "category".into())
    );
    let data = world
        .ok(
            &the_driver(RAVI),
            "{ incentiveSummary { count paid { amountPaise } unpaid { amountPaise } } }",
            json!({}),
        )
        .await;
    assert_eq!(
        data["incentiveSummary"],
        json!({"count": 1, "paid": {"amountPaise": 50_000}, "unpaid": {"amountPaise": 0}})
    );
}
