//! Money: what a trip earns, exactly once, and a ledger that the database itself keeps honest.

use kit::Envelope;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::people::*;
use crate::support::{World, event};

const WALLET: &str =
    "query ($id: ID!) { wallet(driverId: $id) { earnings { amountPaise currency } deposit { amountPaise }
    cashHeld { amountPaise } netPayable { amountPaise } version } }";
const DEPOSIT: &str =
    "mutation ($input: RecordDepositInput!) { recordDeposit(input: $input) { id shortId type status
    amount { amountPaise } entries { account amount { amountPaise } balanceAfter { amountPaise } } } }";

/// The worked example of the fare rules: ₹1,786.25 of which ₹80 toll.
pub(crate) fn worked_trip(driver: &str, trip: u128, mode: &str) -> Envelope {
    let fare = json!({"quote": 106_900, "waiting": 10_000, "night": 26_725, "airport": 27_000, "toll": 8_000, "parking": 0,
        "stateTax": 0, "total": 178_625});
    completed(driver, trip, mode, fare, "2026-01-27T05:00:00Z")
}

pub(crate) fn completed(driver: &str, trip: u128, mode: &str, fare: Value, at: &str) -> Envelope {
    let payload = json!({"tripId": id(trip), "shortId": "TRP20260127001", "fleetId": id(FLEET_A), "driverId": driver,
        "vehicleId": id(0x51), "assignmentId": id(0x52), "tripType": "AIRPORT", "status": "COMPLETED", "completedAt": at,
        "distanceKm": 45.0, "fare": fare, "paymentMode": mode});
    event("trip.completed", uuid(trip), 7, payload)
}

async fn balances(world: &World, driver: &str) -> (i64, i64, i64, i64) {
    let data = world.ok(&manager(FLEET_A), WALLET, json!({"id": driver})).await;
    let paise = |field: &str| data["wallet"][field]["amountPaise"].as_i64().unwrap();
    (paise("earnings"), paise("deposit"), paise("cashHeld"), paise("netPayable"))
}

async fn assert_sound(world: &World) {
    assert_eq!(world.count("SELECT count(*) FROM wallet_drift").await, 0, "wallets equal their entries");
    let unbalanced = "SELECT count(*) FROM (SELECT FROM ledger_entry GROUP BY transaction_id HAVING sum(amount_paise) <> 0) t";
    assert_eq!(world.count(unbalanced).await, 0, "every transaction balances");
    let chain = "SELECT count(*) FROM (SELECT balance_after, sum(CASE account WHEN 'CASH_HELD' THEN -amount_paise ELSE amount_paise END)
        OVER (PARTITION BY driver_id, account ORDER BY id) AS running FROM ledger_entry WHERE driver_id IS NOT NULL) t
        WHERE balance_after <> running";
    assert_eq!(world.count(chain).await, 0, "every entry knows the balance behind it");
}

#[tokio::test]
async fn the_worked_trip_credits_127438_paise_exactly_once_after_redelivery() {
    let world = World::new().await;
    let driver = world.driver(RAVI).await;
    let trip = worked_trip(&driver, 0x71, "PREPAID");
    for _ in 0..3 {
        world.deliver(&trip).await;
    }
    // The same trip told by another event: the producer repeated itself.
    world.deliver(&worked_trip(&driver, 0x71, "PREPAID")).await;
    assert_eq!(balances(&world, &driver).await, (127_438, 0, 0, 127_438));
    assert_eq!(world.recorded("wallet.updated").await.len(), 1);
    let query = "query ($id: ID!) { ledger(filter: {driverId: $id}) { totalCount nodes { type status tripId amount { amountPaise }
        entries { account amount { amountPaise } balanceAfter { amountPaise } } driver { completedTrips } } } }";
    let data = world.ok(&manager(FLEET_A), query, json!({"id": driver})).await;
    let expected = json!({"totalCount": 1, "nodes": [{"type": "TRIP_PAYMENT", "status": "SUCCESS", "tripId": id(0x71),
        "amount": {"amountPaise": 127_438}, "driver": {"completedTrips": 1}, "entries": [
            {"account": "CLEARING", "amount": {"amountPaise": -178_625}, "balanceAfter": null},
            {"account": "EARNINGS", "amount": {"amountPaise": 127_438}, "balanceAfter": {"amountPaise": 127_438}},
            {"account": "REVENUE", "amount": {"amountPaise": 51_187}, "balanceAfter": null}]}]});
    assert_eq!(data["ledger"], expected);
    assert_sound(&world).await;
}

#[tokio::test]
async fn cash_that_the_driver_holds_is_set_against_the_earnings() {
    let world = World::new().await;
    let driver = world.driver(RAVI).await;
    world.deliver(&worked_trip(&driver, 0x71, "CASH")).await;
    assert_eq!(balances(&world, &driver).await, (127_438, 0, 178_625, 127_438 - 178_625));
    assert_sound(&world).await;
}

#[tokio::test]
async fn a_rental_driver_earns_the_whole_fare_and_a_share_is_the_drivers_own() {
    let world = World::new().await;
    let rental = world.driver(RAVI).await;
    let half = world.driver(ASHA).await;
    let update = "mutation ($input: UpdateDriverInput!) { updateDriver(input: $input) { id } }";
    world.ok(&manager(FLEET_A), update, json!({"input": {"id": rental, "paymentModel": "RENTAL"}})).await;
    world.ok(&manager(FLEET_A), update, json!({"input": {"id": half, "revShareBasisPoints": 5000}})).await;
    world.deliver(&worked_trip(&rental, 0x71, "QR")).await;
    world.deliver(&worked_trip(&half, 0x72, "QR")).await;
    assert_eq!(balances(&world, &rental).await.0, 178_625);
    assert_eq!(balances(&world, &half).await.0, 85_313 + 8_000);
    assert_sound(&world).await;
}

#[tokio::test]
async fn trips_in_any_order_and_all_at_once_leave_the_same_wallet() {
    let world = World::new().await;
    let driver = world.driver(RAVI).await;
    let mut random = fastrand::Rng::with_seed(3);
    let trips: Vec<Envelope> = (0..30)
        .map(|n| {
            let total = random.i64(10_000..300_000);
            completed(
                &driver,
                0x1000 + n,
                if n % 3 == 0 { "CASH" } else { "QR" },
                json!({"total": total}),
                "2026-01-27T05:00:00Z",
            )
        })
        .collect();
    let mut deliveries: Vec<&Envelope> = trips.iter().chain(&trips).chain(&trips).collect();
    random.shuffle(&mut deliveries);
    futures_util::future::join_all(deliveries.into_iter().map(|trip| world.deliver(trip))).await;
    let total = |trip: &Envelope| trip.payload["fare"]["total"].as_i64().unwrap();
    let earnings: i64 = trips.iter().map(|trip| (total(trip) * 7_000 + 5_000) / 10_000).sum();
    let cash: i64 = trips.iter().step_by(3).map(total).sum();
    assert_eq!(balances(&world, &driver).await, (earnings, 0, cash, earnings - cash));
    assert_eq!(world.count("SELECT completed_trips FROM driver").await, 30);
    assert_sound(&world).await;
}

#[tokio::test]
async fn a_trip_of_an_unknown_driver_or_with_a_broken_fare_is_kept_for_people_not_booked() {
    let world = World::new().await;
    let driver = world.driver(RAVI).await;
    let nobody = worked_trip(&id(0x999), 0x71, "QR");
    let broken = completed(&driver, 0x72, "QR", json!({"total": 100, "toll": 500}), "2026-01-27T05:00:00Z");
    let mut future = worked_trip(&driver, 0x73, "QR");
    future.version = 2;
    for event in [&nobody, &broken, &future] {
        let _ = kit::EventBus::publish(world.bus(), event).await;
    }
    world.eventually("SELECT count(*) FROM dead_letter WHERE queue = 'partner.wallet'", 3).await;
    let dead = "SELECT event_id FROM dead_letter WHERE queue = 'partner.wallet' ORDER BY event_id";
    let dead: Vec<Uuid> = sqlx::query_scalar(dead).fetch_all(&world.db.pool).await.unwrap();
    let mut expected = vec![nobody.event_id, broken.event_id, future.event_id];
    expected.sort();
    assert_eq!(dead, expected);
    assert_eq!(world.count("SELECT count(*) FROM ledger_transaction").await, 0);
}

#[tokio::test]
async fn the_database_itself_refuses_to_bend_the_books() {
    let world = World::new().await;
    let driver = world.driver(RAVI).await;
    world.deliver(&worked_trip(&driver, 0x71, "QR")).await;
    for (statement, constraint) in [
        ("UPDATE driver_wallet SET earnings_paise = 1", "driver_wallet_derived"),
        ("DELETE FROM driver_wallet", "driver_wallet_derived"),
        ("UPDATE ledger_entry SET amount_paise = 1", "ledger_append_only"),
        ("DELETE FROM ledger_entry", "ledger_append_only"),
        ("TRUNCATE ledger_entry", "ledger_append_only"),
        ("UPDATE ledger_transaction SET amount_paise = 1", "ledger_append_only"),
        ("UPDATE ledger_transaction SET status = 'PENDING'", "ledger_append_only"),
        ("DELETE FROM ledger_transaction", "ledger_append_only"),
        (
            "INSERT INTO ledger_entry (transaction_id, account, driver_id, amount_paise, created_at)
             SELECT id, 'EARNINGS', driver_id, 100, created_at FROM ledger_transaction",
            "ledger_entry_balance_check",
        ),
        (
            "INSERT INTO ledger_entry (transaction_id, account, amount_paise, created_at)
             SELECT id, 'EARNINGS', 100, created_at FROM ledger_transaction",
            "ledger_entry_owner_check",
        ),
    ] {
        let error = sqlx::query(statement).execute(&world.db.pool).await.expect_err(statement);
        let broken = error.as_database_error().and_then(|error| error.constraint().map(str::to_owned));
        assert_eq!(broken.as_deref(), Some(constraint), "{statement}: {error}");
    }
    assert_eq!(balances(&world, &driver).await.0, 127_438);
    assert_sound(&world).await;
}

#[tokio::test]
async fn a_deposit_is_booked_once_per_reference_and_once_per_key() {
    let world = World::new().await;
    let driver = world.driver(RAVI).await;
    let input = |key: &str, reference: &str, paise: i64| {
        json!({"input": {"idempotencyKey": key, "driverId": driver, "amountPaise": paise, "paymentMethod": "BANK_TRANSFER",
            "externalId": reference}})
    };
    let caller = manager(FLEET_A);
    let first = world.ok(&caller, DEPOSIT, input("k1", "UTR1", 500_000)).await;
    assert_eq!(first["recordDeposit"]["shortId"], "TXN20260127001");
    assert_eq!(world.ok(&caller, DEPOSIT, input("k1", "UTR1", 500_000)).await, first);
    let refused = world.refused(&caller, DEPOSIT, input("k2", "UTR1", 500_000)).await;
    assert_eq!(refused, ("CONFLICT".into(), "externalId".into()));
    for paise in [0, -1, 1_000_000_000] {
        let refused = world.refused(&caller, DEPOSIT, input("k3", "UTR3", paise)).await;
        assert_eq!(refused, ("VALIDATION".into(), "amountPaise".into()), "{paise}");
    }
    assert_eq!(balances(&world, &driver).await, (0, 500_000, 0, 0));
    assert_sound(&world).await;
}

#[tokio::test]
async fn money_is_seen_by_those_who_handle_it_and_by_its_driver() {
    let world = World::new().await;
    let driver = world.driver(RAVI).await;
    world.deliver(&worked_trip(&driver, 0x71, "QR")).await;
    let own = "{ myWallet { earnings { amountPaise } } ledger { nodes { amount { amountPaise } } } }";
    let data = world.ok(&the_driver(RAVI), own, json!({})).await;
    assert_eq!(data["myWallet"]["earnings"]["amountPaise"], 127_438);
    assert_eq!(data["ledger"]["nodes"].as_array().unwrap().len(), 1);
    for (caller, expected) in [
        (super_admin(), json!(127_438)),
        (fleet_admin(FLEET_A), json!(127_438)),
        (the_driver(RAVI), json!(127_438)),
        (manager(FLEET_B), Value::Null),
        (the_driver(ASHA), Value::Null),
    ] {
        let data = world.ok(&caller, WALLET, json!({"id": driver})).await;
        assert_eq!(data["wallet"]["earnings"]["amountPaise"], expected, "{caller:?}");
    }
    let operations = operations(FLEET_A, &[HUB_A1]);
    assert_eq!(world.refused(&operations, WALLET, json!({"id": driver})).await.0, "FORBIDDEN");
    let field = "query ($id: ID!) { driver(id: $id) { name wallet { version } } }";
    let answer = world.ask(&operations, field, json!({"id": driver})).await;
    assert_eq!(
        (&answer["data"]["driver"]["name"], &answer["data"]["driver"]["wallet"]),
        (&json!("Ravi Kumar"), &Value::Null)
    );
    assert_eq!(answer["errors"][0]["extensions"]["code"], "FORBIDDEN");
    let other =
        world.ok(&the_driver(ASHA), "{ myWallet { version } ledger { totalCount } }", json!({})).await;
    assert_eq!(other, json!({"myWallet": null, "ledger": {"totalCount": 0}}));
}

#[tokio::test]
async fn the_ledger_is_filtered_and_paged() {
    let world = World::new().await;
    let driver = world.driver(RAVI).await;
    for trip in 0..5 {
        world.deliver(&worked_trip(&driver, 0x710 + trip, "QR")).await;
        world.clock.advance(chrono::Duration::hours(1));
    }
    let deposit = json!({"input": {"driverId": driver, "amountPaise": 100, "paymentMethod": "CASH"}});
    world.ok(&manager(FLEET_A), DEPOSIT, deposit).await;
    let query = "query ($first: Int, $after: String, $filter: LedgerFilter) { ledger(first: $first, after: $after, filter: $filter) {
        totalCount nodes { id } pageInfo { endCursor hasNextPage } } }";
    let caller = the_driver(RAVI);
    let total = async |filter: Value| {
        world.ok(&caller, query, json!({"filter": filter})).await["ledger"]["totalCount"].as_i64().unwrap()
    };
    assert_eq!(total(json!({})).await, 6);
    assert_eq!(total(json!({"type": ["DEPOSIT"]})).await, 1);
    assert_eq!(total(json!({"status": ["PENDING", "FAILED"]})).await, 0);
    assert_eq!(total(json!({"from": "2026-01-27T07:00:00Z", "to": "2026-01-27T09:00:00Z"})).await, 2);
    let one = world.ok(&caller, query, json!({"first": 4})).await;
    let two =
        world.ok(&caller, query, json!({"first": 4, "after": one["ledger"]["pageInfo"]["endCursor"]})).await;
    assert_eq!(two["ledger"]["nodes"].as_array().unwrap().len(), 2);
    assert_eq!(two["ledger"]["pageInfo"]["hasNextPage"], false);
}
