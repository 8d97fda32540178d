//! Daily collections, payouts from a file, weekly earnings.

use serde_json::json;

use crate::money::{BANK, driver_with_bank, wallet};
use crate::support::World;
use crate::support::people::*;
use crate::wallet::completed;

#[tokio::test]
async fn a_day_is_recorded_reconciled_and_paid_with_its_extras() {
    let world = World::new().await;
    let driver = driver_with_bank(&world, RAVI).await;
    let mg = manager(FLEET_A);
    let fine = json!({"driverId": driver, "type": "MONETARY", "amountPaise": 50_000, "reason": "Late"});
    world.act(&mg, "createPenalty", fine, "id").await;
    world
        .act(
            &mg,
            "createIncentive",
            json!({"driverId": driver, "amountPaise": 20_000, "reason": "Good"}),
            "id",
        )
        .await;
    world.deliver(&completed(&driver, 0x71, "QR", json!({"total": 450_050}), "2026-01-27T05:00:00Z")).await;
    assert_eq!(wallet(&world, &driver).await.0, 315_035);
    let record = json!({"driverId": driver, "date": "2026-01-27", "qrPaise": 450_050});
    let day = world
        .act(&mg, "recordCollection", record.clone(), "id shortId state totalCollection { amountPaise }")
        .await;
    assert_eq!(
        (&day["shortId"], &day["totalCollection"]["amountPaise"]),
        (&json!("COL20260127001"), &json!(450_050))
    );
    let pay = json!({"id": day["id"], "externalId": "UTR9"});
    assert_eq!(world.denied(&mg, "markCollectionPaid", pay.clone()).await.0, "INVALID_TRANSITION");
    let lists = "{ pendingReconciliations { nodes { id } } pendingPayouts { nodes { id } } }";
    let open = world.ok(&mg, lists, json!({})).await;
    assert_eq!(
        open,
        json!({"pendingReconciliations": {"nodes": [{"id": day["id"]}]}, "pendingPayouts": {"nodes": []}})
    );

    let reconcile = json!({"id": day["id"], "expectedRevenuePaise": 450_000, "notes": "Fine"});
    let selection = "state variance { amountPaise } revShare { amountPaise } incentives { amountPaise } penalties { amountPaise }
        netPayout { amountPaise } revShareBasisPoints reconciledBy";
    let reconciled = world.act(&mg, "reconcileCollection", reconcile.clone(), selection).await;
    let expected = json!({"state": "RECONCILED", "variance": {"amountPaise": 50}, "revShare": {"amountPaise": 315_035},
        "incentives": {"amountPaise": 20_000}, "penalties": {"amountPaise": 50_000}, "netPayout": {"amountPaise": 285_035},
        "revShareBasisPoints": 7000, "reconciledBy": uuid(0x3)});
    assert_eq!(reconciled, expected);
    assert_eq!(world.denied(&mg, "recordCollection", record).await.0, "INVALID_TRANSITION");
    world
        .act(&mg, "createIncentive", json!({"driverId": driver, "amountPaise": 100, "reason": "More"}), "id")
        .await;
    assert_eq!(world.denied(&mg, "markCollectionPaid", pay.clone()).await.0, "CONFLICT", "reconcile again");
    world.act(&mg, "reconcileCollection", reconcile, "state").await;
    let paid = world
        .act(&mg, "markCollectionPaid", pay.clone(), "state netPayout { amountPaise } payoutTransactionId")
        .await;
    assert_eq!((&paid["state"], &paid["netPayout"]["amountPaise"]), (&json!("PAID"), &json!(285_135)));
    assert_eq!(wallet(&world, &driver).await.0, 0, "earned, rewarded, fined, paid out");
    assert_eq!(world.denied(&mg, "markCollectionPaid", pay).await.0, "INVALID_TRANSITION");
    let left = "SELECT (SELECT count(*) FROM incentive WHERE NOT is_paid) + (SELECT count(*) FROM penalty WHERE state = 'OPEN')";
    assert_eq!(world.count(left).await, 0);
    let own = world
        .ok(
            &the_driver(RAVI),
            "{ collectionSummary { days paid { amountPaise } totalCollection { amountPaise } } }",
            json!({}),
        )
        .await;
    assert_eq!(
        own["collectionSummary"],
        json!({"days": 1, "paid": {"amountPaise": 285_135}, "totalCollection": {"amountPaise": 450_050}})
    );
}

#[tokio::test]
async fn a_day_without_bank_details_or_with_nothing_left_is_not_paid() {
    let world = World::new().await;
    let poor = world.driver(ASHA).await;
    let mg = manager(FLEET_A);
    let record = json!({"driverId": poor, "date": "2026-01-26", "cashPaise": 100});
    let day = world.act(&mg, "recordCollection", record, "id").await;
    world.act(&mg, "reconcileCollection", json!({"id": day["id"]}), "id").await;
    assert_eq!(
        world.denied(&mg, "markCollectionPaid", json!({"id": day["id"]})).await,
        ("CONFLICT".into(), "id".into())
    );
    let driver = driver_with_bank(&world, RAVI).await;
    let empty =
        world.act(&mg, "recordCollection", json!({"driverId": driver, "date": "2026-01-27"}), "id").await;
    world.act(&mg, "reconcileCollection", json!({"id": empty["id"]}), "id").await;
    assert_eq!(world.denied(&mg, "markCollectionPaid", json!({"id": empty["id"]})).await.0, "CONFLICT");
    let future = json!({"driverId": driver, "date": "2026-01-28"});
    assert_eq!(world.denied(&mg, "recordCollection", future).await, ("VALIDATION".into(), "date".into()));
}

#[tokio::test]
async fn a_payout_file_orders_once_and_a_job_pays_and_books() {
    let config = partner::Config { partner_timer_seconds: 1, ..partner::Config::default() };
    let mut world = World::with(config).await;
    let driver = driver_with_bank(&world, RAVI).await;
    world.driver(ASHA).await;
    world.deliver(&crate::wallet::worked_trip(&driver, 0x71, "QR")).await;
    let phone = |number: u128| user(number).unwrap()["phone"].as_str().unwrap().to_owned();
    let (update, mobile) = ("updateDriver", "9811100001");
    world.act(&manager(FLEET_A), update, json!({"id": driver, "mobile": mobile}), "id").await;
    let csv = format!(
        "phone,accountNumber,amount,penalty,incentive,payoutCycle\n{mobile},{BANK},1000.00,50,100,W4\n{mobile},999999999,5,0,0,W4\n\
         {},{BANK},5,0,0,W4\n9811100009,{BANK},5,0,0,W4\n",
        phone(ASHA).trim_start_matches("+91")
    );
    let selection =
        "payouts { id shortId status amount { amountPaise } } skipped problems { line column message }";
    let first = world.act(&manager(FLEET_A), "importPayouts", json!({"csv": csv}), selection).await;
    assert_eq!(first["payouts"].as_array().unwrap().len(), 1);
    assert_eq!(first["payouts"][0]["shortId"], "PAY20260127001");
    let faults: Vec<(i64, &str)> = first["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|problem| (problem["line"].as_i64().unwrap(), problem["column"].as_str().unwrap()))
        .collect();
    assert_eq!(faults, [(3, "accountNumber"), (4, "accountNumber"), (5, "phone")]);
    let again =
        world.act(&manager(FLEET_A), "importPayouts", json!({"csv": csv}), "skipped payouts { id }").await;
    assert_eq!(again, json!({"skipped": 1, "payouts": []}));
    let other = world
        .act(&manager(FLEET_B), "importPayouts", json!({"csv": csv}), "payouts { id } problems { line }")
        .await;
    assert_eq!(other["problems"].as_array().unwrap().len(), 4, "nobody of fleet A is another fleet's to pay");
    assert_eq!(
        world.denied(&manager(FLEET_A), "importPayouts", json!({"csv": "a,b\n"})).await,
        ("VALIDATION".into(), "csv".into())
    );
    world.start();
    world.eventually("SELECT count(*) FROM payout WHERE status = 'SUCCESS'", 1).await;
    assert_eq!(wallet(&world, &driver).await.0, 127_438 + 10_000 - 5_000 - 100_000);
    let own =
        world.ok(&the_driver(RAVI), "{ payouts { nodes { status cycle transactionId } } }", json!({})).await;
    assert_eq!(own["payouts"]["nodes"][0]["status"], "SUCCESS");
    assert!(own["payouts"]["nodes"][0]["transactionId"].is_string());
}

#[tokio::test]
async fn a_payout_goes_to_the_account_it_was_ordered_for_and_a_broken_one_does_not_hold_up_the_others() {
    let config = partner::Config { partner_timer_seconds: 1, ..partner::Config::default() };
    let mut world = World::with(config).await;
    let mg = manager(FLEET_A);
    let mut csv = "phone,accountNumber,amount,penalty,incentive,payoutCycle\n".to_owned();
    for (user, mobile) in [(RAVI, "9811100001"), (ASHA, "9811100002")] {
        let driver = driver_with_bank(&world, user).await;
        world.act(&mg, "updateDriver", json!({"id": driver, "mobile": mobile}), "id").await;
        csv += &format!("{mobile},{BANK},10,0,0,W4\n");
    }
    world.act(&mg, "importPayouts", json!({"csv": csv}), "payouts { id }").await;
    let moved = json!({"accountNumber": "999888777666", "ifsc": "HDFC0001234", "holderName": "Somebody"});
    for user in [RAVI, ASHA] {
        let query = "query ($id: ID!) { driverByUser(userId: $id) { id } }";
        let driver = world.ok(&mg, query, json!({"id": id(user)})).await["driverByUser"]["id"].clone();
        world.act(&the_driver(user), "updateDriver", json!({"id": driver, "bank": moved}), "id").await;
    }
    sqlx::query("UPDATE payout SET bank_account_sealed = '\\x00' WHERE short_id = 'PAY20260127001'")
        .execute(&world.db.pool)
        .await
        .unwrap();
    world.start();
    world.eventually("SELECT count(*) FROM payout WHERE status = 'SUCCESS'", 1).await;
    assert_eq!(world.count("SELECT count(*) FROM payout WHERE status = 'PENDING'").await, 1);
    let paid = "{ payouts(filter: {status: [SUCCESS]}) { nodes { shortId accountNumber } } }";
    let data = world.ok(&mg, paid, json!({})).await;
    assert_eq!(data["payouts"]["nodes"], json!([{"shortId": "PAY20260127002", "accountNumber": BANK}]));
}

#[tokio::test]
async fn a_fine_of_a_day_without_a_payout_is_taken_from_the_next_one() {
    let world = World::new().await;
    let driver = driver_with_bank(&world, RAVI).await;
    let mg = manager(FLEET_A);
    let fine = json!({"driverId": driver, "type": "MONETARY", "amountPaise": 20_000, "reason": "Late"});
    world.act(&mg, "createPenalty", fine, "id").await;
    world.clock.advance(chrono::Duration::days(2));
    let record = |date: &str| json!({"driverId": driver, "date": date, "qrPaise": 100_000});
    let before = world.act(&mg, "recordCollection", record("2026-01-26"), "id").await;
    let after = world.act(&mg, "recordCollection", record("2026-01-29"), "id").await;
    let net = "penalties { amountPaise } netPayout { amountPaise }";
    let first = world.act(&mg, "reconcileCollection", json!({"id": before["id"]}), net).await;
    let nothing = json!({"penalties": {"amountPaise": 0}, "netPayout": {"amountPaise": 70_000}});
    assert_eq!(first, nothing, "the day was over before the fine");
    let second = world.act(&mg, "reconcileCollection", json!({"id": after["id"]}), net).await;
    let less = json!({"penalties": {"amountPaise": 20_000}, "netPayout": {"amountPaise": 50_000}});
    assert_eq!(second, less);
    world.act(&mg, "markCollectionPaid", json!({"id": after["id"]}), "state").await;
    let data =
        world.ok(&mg, "{ penalties { nodes { state outstanding { amountPaise } } } }", json!({})).await;
    assert_eq!(data["penalties"]["nodes"], json!([{"state": "PAID", "outstanding": {"amountPaise": 0}}]));
}

#[tokio::test]
async fn cash_that_is_counted_again_is_set_against_what_the_driver_holds() {
    let world = World::new().await;
    let driver = world.driver(RAVI).await;
    let mg = manager(FLEET_A);
    world.deliver(&crate::wallet::worked_trip(&driver, 0x71, "CASH")).await;
    assert_eq!(wallet(&world, &driver).await.2, 178_625);
    let record = |paise: i64| json!({"driverId": driver, "date": "2026-01-27", "cashPaise": paise});
    // Handed over at the office, counted twice, and a third time with the same result.
    for (counted, held) in [(100_000, 78_625), (90_000, 88_625), (90_000, 88_625), (178_625, 0)] {
        let day = world.act(&mg, "recordCollection", record(counted), "cashCollection { amountPaise }").await;
        assert_eq!(day["cashCollection"]["amountPaise"], counted);
        assert_eq!(wallet(&world, &driver).await.2, held);
    }
    world
        .act(&mg, "recordCollection", json!({"driverId": driver, "date": "2026-01-27", "qrPaise": 5}), "id")
        .await;
    let odd = "SELECT count(*) FROM daily_collection c WHERE cash_paise <> (SELECT sum(e.amount_paise) FROM ledger_entry e
        JOIN ledger_transaction t ON t.id = e.transaction_id WHERE t.collection_id = c.id AND e.account = 'CASH_HELD')";
    assert_eq!(world.count(odd).await, 0, "the books of a day say what the day says");
    assert_eq!(
        world.count("SELECT count(*) FROM ledger_transaction WHERE type = 'DAILY_COLLECTION'").await,
        3
    );
}

#[tokio::test]
async fn weeks_are_indian_and_begin_on_monday() {
    let world = World::new().await;
    let driver = world.driver(RAVI).await;
    let trip =
        |number: u128, paise: i64, at: &str| completed(&driver, number, "QR", json!({"total": paise}), at);
    // Monday 26 January 2026 begins in India at 18:30 UTC on Sunday.
    world.deliver(&trip(0x71, 100_000, "2026-01-25T18:30:00Z")).await;
    world.deliver(&trip(0x72, 50_000, "2026-01-25T18:29:59Z")).await;
    world.deliver(&trip(0x73, 10_000, "2026-01-27T05:00:00Z")).await;
    let mg = manager(FLEET_A);
    world
        .act(&mg, "createIncentive", json!({"driverId": driver, "amountPaise": 700, "reason": "Good"}), "id")
        .await;
    for reason in ["kept", "waived"] {
        let fine = json!({"driverId": driver, "type": "MONETARY", "amountPaise": 300, "reason": reason});
        let fine = world.act(&mg, "createPenalty", fine, "id").await;
        if reason == "waived" {
            world.act(&mg, "waivePenalty", json!({"id": fine["id"], "reason": "No"}), "id").await;
        }
    }
    let query = "query ($id: ID, $weeks: Int) { weeklyEarnings(driverId: $id, weeks: $weeks) { weekStart weekEnd isoYear isoWeek tripCount
        tripEarnings { amountPaise } incentives { amountPaise } penalties { amountPaise } net { amountPaise } } }";
    let data = world.ok(&the_driver(RAVI), query, json!({"weeks": 2})).await;
    let paise = |paise: i64| json!({"amountPaise": paise});
    let expected = json!([
        {"weekStart": "2026-01-26", "weekEnd": "2026-02-01", "isoYear": 2026, "isoWeek": 5, "tripCount": 2,
            "tripEarnings": paise(110_000), "incentives": paise(700), "penalties": paise(300), "net": paise(110_400)},
        {"weekStart": "2026-01-19", "weekEnd": "2026-01-25", "isoYear": 2026, "isoWeek": 4, "tripCount": 1,
            "tripEarnings": paise(50_000), "incentives": paise(0), "penalties": paise(0), "net": paise(50_000)},
    ]);
    assert_eq!(data["weeklyEarnings"], expected);
    let statements = testing::Statements::counting();
    world.ok(&mg, query, json!({"id": driver, "weeks": 12})).await;
    assert_eq!(statements.take(), 2, "the driver, and all weeks at once");
    for weeks in [0, 13] {
        let refused = world.refused(&mg, query, json!({"id": driver, "weeks": weeks})).await;
        assert_eq!(refused, ("VALIDATION".into(), "weeks".into()));
    }
}
