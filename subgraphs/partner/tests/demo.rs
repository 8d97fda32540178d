//! Demo data is what the production rules would have made, and many of it is quick.

use chrono::{DateTime, Duration, Utc};
use partner::demo::*;
use serde_json::json;
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use crate::support::people::*;
use crate::support::{NOW, World};

fn drivers(count: u128) -> Vec<DemoDriver> {
    (0..count)
        .map(|n| DemoDriver {
            id: Uuid::from_u128(0xD000 + n),
            short_id: format!("DRV20260101{n:03}"),
            user_id: uuid(0x101 + n),
            fleet_id: uuid(FLEET_A),
            hub_id: Some(uuid(HUB_A1)),
            first_name: format!("First{n}"),
            last_name: "Last".into(),
            mobile: format!("+9190000{n:05}"),
            city: "DELHI".into(),
            kyc_status: if n % 2 == 0 { KycStatus::Approved } else { KycStatus::Pending },
            kyc_submitted: n % 2 == 0,
            status: DriverStatus::Active,
            payment_model: PaymentModel::Payout,
            aadhaar_number: format!("{n:012}"),
            pan_number: "ABCDE1234F".into(),
            licence_number: format!("DL{n:013}"),
            bank_account: format!("{n:012}"),
            bank_ifsc: "HDFC0001234".into(),
            created_at: NOW.parse().unwrap(),
        })
        .collect()
}

fn trips(count: u128, drivers: u128) -> Vec<DemoPosting> {
    let start: DateTime<Utc> = NOW.parse().unwrap();
    (0..count)
        .map(|n| DemoPosting {
            id: Uuid::from_u128(0x2_0000 + n),
            short_id: format!("TXN20260101{n:03}"),
            driver_id: Uuid::from_u128(0xD000 + n % drivers),
            movement: Movement::Trip {
                trip_id: Uuid::from_u128(0x1_0000 + n),
                payment_model: PaymentModel::Payout,
                total: 178_625,
                pass_through: 8_000,
                cash: n % 4 == 0,
            },
            links: DemoLinks::default(),
            description: "Trip".into(),
            at: start - Duration::minutes(i64::try_from(n).unwrap()),
            by: None,
        })
        .collect()
}

/// Books movements for drivers without wallets.
async fn book(conn: &mut PgConnection, postings: &[DemoPosting]) -> kit::Result<()> {
    let mut tx = conn.begin().await?;
    let mut ledger = Ledger::open(&mut tx).await?;
    for half in postings.chunks(postings.len().div_ceil(2)) {
        ledger.post(&mut tx, half).await?;
    }
    ledger.close(&mut tx).await?;
    tx.commit().await?;
    Ok(())
}

#[tokio::test]
async fn seeded_drivers_and_trips_read_like_made_ones_and_seeding_again_is_refused() {
    let world = World::new().await;
    let mut conn = world.db.pool.acquire().await.unwrap();
    let config = partner::Config::default();
    for expected in [4, 0] {
        let new = insert_drivers(&mut conn, &config.partner_data_key, &drivers(4)).await.unwrap();
        assert_eq!(new, expected);
    }
    let fleet = DemoFleet { id: uuid(FLEET_A), name: "Alpha".into(), status: "ACTIVE".into() };
    let hub =
        DemoHub { id: uuid(HUB_A1), fleet_id: uuid(FLEET_A), lat: 28.5, lng: 77.1, geofence_radius_m: 500 };
    let user = DemoUser {
        id: uuid(RAVI),
        role: "DRIVER".into(),
        name: "First0 Last".into(),
        phone: "+919000000000".into(),
        fleet_id: None,
        is_active: true,
    };
    assert_eq!(insert_fleets(&mut conn, &[fleet]).await.unwrap(), 1);
    assert_eq!(insert_hubs(&mut conn, &[hub]).await.unwrap(), 1);
    assert_eq!(insert_users(&mut conn, &[user]).await.unwrap(), 1);
    book(&mut conn, &trips(8, 4)).await.unwrap();
    // The ledger is filled once.
    assert_eq!(book(&mut conn, &trips(8, 4)).await.unwrap_err().code(), kit::Code::CONFLICT);
    // The refused transaction holds the ledger until its connection is given back.
    drop(conn);
    let query = "{ drivers(orderBy: NAME) { nodes { name aadhaarNumber completedTrips missingKycDocuments
        wallet { earnings { amountPaise } cashHeld { amountPaise } } } } }";
    let data = world.ok(&manager(FLEET_A), query, json!({})).await;
    let first = json!({"name": "First0 Last", "aadhaarNumber": "000000000000", "completedTrips": 2, "missingKycDocuments": [],
        "wallet": {"earnings": {"amountPaise": 254_876}, "cashHeld": {"amountPaise": 357_250}}});
    assert_eq!(data["drivers"]["nodes"][0], first);
    assert_eq!(data["drivers"]["nodes"][1]["missingKycDocuments"].as_array().unwrap().len(), 3);
    // The triggers are back, and a real trip goes on from the seeded balance.
    let driver = Uuid::from_u128(0xD000).to_string();
    world.deliver(&crate::wallet::worked_trip(&driver, 0x71, "QR")).await;
    let data = world.ok(&manager(FLEET_A), query, json!({})).await;
    assert_eq!(data["drivers"]["nodes"][0]["wallet"]["earnings"]["amountPaise"], 254_876 + 127_438);
    assert_eq!(world.count("SELECT count(*) FROM wallet_drift").await, 0);
}

#[tokio::test]
async fn twenty_thousand_trips_are_booked_in_seconds() {
    let world = World::new().await;
    let mut conn = world.db.pool.acquire().await.unwrap();
    insert_drivers(&mut conn, &partner::Config::default().partner_data_key, &drivers(40)).await.unwrap();
    let (started, statements) = (std::time::Instant::now(), testing::Statements::counting());
    book(&mut conn, &trips(20_000, 40)).await.unwrap();
    let (took, sent) = (started.elapsed(), statements.take());
    println!("20,000 trips in {took:?} with {sent} statements");
    assert!((1..200).contains(&sent), "{sent} statements");
    // Two seconds on a quiet machine; the bound leaves room for a crowded one.
    assert!(took < std::time::Duration::from_secs(120), "{took:?}");
}

#[tokio::test]
async fn every_movement_moves_the_wallet_as_its_service_would() {
    let world = World::new().await;
    let mut conn = world.db.pool.acquire().await.unwrap();
    insert_drivers(&mut conn, &partner::Config::default().partner_data_key, &drivers(1)).await.unwrap();
    let movements = [
        Movement::Deposit(500_000),
        Movement::Rent(300_000),
        Movement::Incentive(20_000),
        Movement::FineFromDeposit(10_000),
        Movement::FineFromEarnings(5_000),
        Movement::Payout(100_000),
    ];
    let mut postings = trips(1, 1);
    for (n, movement) in (1_u128..).zip(movements.into_iter().chain([Movement::CashHandedOver(78_625)])) {
        let id = Uuid::from_u128(0x2_0000 + n);
        let short_id = format!("TXN20260101{n:03}");
        postings.push(DemoPosting { id, short_id, movement, ..postings[0].clone() });
    }
    book(&mut conn, &postings).await.unwrap();
    let stand: (i64, i64, i64, i64) =
        sqlx::query_as("SELECT earnings_paise, deposit_paise, cash_held_paise, version FROM driver_wallet")
            .fetch_one(&mut *conn)
            .await
            .unwrap();
    assert_eq!(stand, (127_438 + 20_000 - 5_000 - 100_000, 490_000, 100_000, 8));
    let types: Vec<String> = sqlx::query_scalar("SELECT type FROM ledger_transaction ORDER BY short_id")
        .fetch_all(&mut *conn)
        .await
        .unwrap();
    assert_eq!(
        types,
        [
            "TRIP_PAYMENT",
            "DEPOSIT",
            "RENTAL",
            "INCENTIVE",
            "PENALTY",
            "PENALTY",
            "PAYOUT",
            "DAILY_COLLECTION"
        ]
    );
    assert_eq!(world.count("SELECT count(*) FROM wallet_drift").await, 0);
    let open = "SELECT count(*) FROM (SELECT FROM ledger_entry GROUP BY transaction_id HAVING sum(amount_paise) <> 0) AS t";
    assert_eq!(world.count(open).await, 0);
}
