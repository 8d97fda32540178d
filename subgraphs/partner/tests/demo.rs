//! Demo data is what the production rules would have made, and many of it is quick.

use chrono::{DateTime, Duration, Utc};
use partner::demo::*;
use serde_json::json;
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

fn trips(count: u128, drivers: u128) -> Vec<DemoTrip> {
    let start: DateTime<Utc> = NOW.parse().unwrap();
    (0..count)
        .map(|n| DemoTrip {
            trip_id: Uuid::from_u128(0x1_0000 + n),
            transaction_short_id: format!("TXN20260101{n:03}"),
            driver_id: Uuid::from_u128(0xD000 + n % drivers),
            payment_model: PaymentModel::Payout,
            total_paise: 178_625,
            pass_through_paise: 8_000,
            cash: n % 4 == 0,
            completed_at: start - Duration::minutes(i64::try_from(n).unwrap()),
        })
        .collect()
}

#[tokio::test]
async fn seeded_drivers_and_trips_read_like_made_ones_and_seeding_again_changes_nothing() {
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
    for expected in [8, 0] {
        assert_eq!(insert_trips(&mut conn, &trips(8, 4)).await.unwrap(), expected);
    }
    let query = "{ drivers(orderBy: NAME) { nodes { name aadhaarNumber completedTrips missingKycDocuments
        wallet { earnings { amountPaise } cashHeld { amountPaise } } } } }";
    let data = world.ok(&manager(FLEET_A), query, json!({})).await;
    let first = json!({"name": "First0 Last", "aadhaarNumber": "000000000000", "completedTrips": 2, "missingKycDocuments": [],
        "wallet": {"earnings": {"amountPaise": 254_876}, "cashHeld": {"amountPaise": 357_250}}});
    assert_eq!(data["drivers"]["nodes"][0], first);
    assert_eq!(data["drivers"]["nodes"][1]["missingKycDocuments"].as_array().unwrap().len(), 6);
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
    let started = std::time::Instant::now();
    assert_eq!(insert_trips(&mut conn, &trips(20_000, 40)).await.unwrap(), 20_000);
    let took = started.elapsed();
    println!("20,000 trips in {took:?}");
    assert!(took < std::time::Duration::from_secs(30), "{took:?}");
}
