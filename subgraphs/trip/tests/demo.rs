//! Demo rows look as if the services had written them.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use trip::demo::{
    DemoAssignment, DemoDriverRef, DemoTrip, DemoVehicleRef, DemoWorld, DriverStatus, KycStatus,
    VehicleStatus, insert, price,
};
use trip::trip::{PaymentMode, Provider, TripStatus, TripType};
use uuid::Uuid;

use crate::support::World;
use crate::support::people::{self, FLEET_A, HUB_A1, uuid};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn demo_trip(number: u128, status: TripStatus) -> DemoTrip {
    let pickup = at("2026-01-26T06:00:00Z") + TimeDelta::hours(i64::try_from(number).unwrap() * 2);
    let has_crew = status != TripStatus::Created;
    let done = |minutes| (status == TripStatus::Completed).then(|| pickup + TimeDelta::minutes(minutes));
    DemoTrip {
        id: uuid(0x9000 + number),
        short_id: format!("TRP20260127{number:03}"),
        status,
        trip_type: TripType::InterCity,
        provider: Provider::Internal,
        fleet_id: Some(uuid(FLEET_A)),
        assignment_id: has_crew.then(|| uuid(0x31)),
        driver_id: has_crew.then(|| uuid(0x11)),
        vehicle_id: has_crew.then(|| uuid(0x21)),
        origin_city: "DELHI".into(),
        destination_city: "NOIDA".into(),
        pickup_time: pickup,
        booked_at: pickup - TimeDelta::hours(30),
        distance_km: 25.5,
        pickup_location: "IGI T3".into(),
        drop_location: "Sector 62".into(),
        pickup_point: None,
        drop_point: None,
        passenger: Some(("Asha".into(), "+919000000001".into())),
        payment_mode: PaymentMode::Cash,
        toll_paise: 8_000,
        started_at: done(-60),
        arrived_at: done(-10),
        boarded_at: done(0),
        completed_at: done(50),
        ended_at: (status == TripStatus::Cancelled).then(|| pickup - TimeDelta::hours(1)),
        cancel_reason: None,
        created_by: None,
        seen: None,
        tracking_token: None,
    }
}

fn world_of(trips: Vec<DemoTrip>) -> DemoWorld {
    let driver = DemoDriverRef {
        id: uuid(0x11),
        user_id: uuid(people::user_of(0x11)),
        fleet_id: Some(uuid(FLEET_A)),
        hub_id: Some(uuid(HUB_A1)),
        name: "Ravi Kumar".into(),
        status: DriverStatus::Active,
        kyc_status: KycStatus::Approved,
        is_available: true,
        payment_model: None,
    };
    let vehicle = DemoVehicleRef {
        id: uuid(0x21),
        fleet_id: Some(uuid(FLEET_A)),
        hub_id: Some(uuid(HUB_A1)),
        number: "DL01AB1234".into(),
        status: VehicleStatus::Active,
        fuel_type: "ELECTRIC".into(),
        docs_valid_until: Some("2026-12-31".parse().unwrap()),
    };
    let shift = DemoAssignment {
        id: uuid(0x31),
        short_id: "ASN20260126001".into(),
        fleet_id: uuid(FLEET_A),
        driver_id: uuid(0x11),
        vehicle_id: uuid(0x21),
        start_time: at("2026-01-26T02:30:00Z"),
        end_time: None,
        created_by: None,
    };
    DemoWorld {
        fleets: vec![],
        drivers: vec![driver],
        vehicles: vec![vehicle],
        attendance: vec![],
        assignments: vec![shift],
        trips,
    }
}

#[tokio::test]
async fn demo_trips_have_fares_versions_and_histories_like_real_ones() {
    let world = World::new().await;
    let done = demo_trip(1, TripStatus::Completed);
    let fare = price(&done).unwrap_or_else(|error| panic!("{}", error.log_line()));
    assert_eq!((fare.quote.0, fare.total.0), (74_100, 82_100));
    let trips = vec![done, demo_trip(2, TripStatus::Created), demo_trip(3, TripStatus::Cancelled)];
    let rows = world_of(trips);
    let mut conn = world.db.pool.acquire().await.unwrap();
    for _ in 0..2 {
        insert(&mut conn, &rows).await.unwrap_or_else(|error| panic!("{}", error.log_line()));
    }
    drop(conn);
    let query = "query ($id: ID!) { trip(id: $id) { status version fare { total { amountPaise } } \
        history { version action fromStatus toStatus } dispatchHistory { status shortId } } }";
    let manager = people::manager(FLEET_A);
    let found = world.ok(&manager, query, json!({"id": "TRP20260127001"})).await;
    let steps = ["CREATE", "ASSIGN", "START", "ARRIVE", "ONBOARD", "COMPLETE"];
    let history = found["trip"]["history"].as_array().unwrap();
    assert_eq!(history.iter().map(|step| step["action"].as_str().unwrap()).collect::<Vec<_>>(), steps);
    assert_eq!(found["trip"]["version"], 6);
    assert_eq!(
        found["trip"]["dispatchHistory"],
        json!([{"status": "COMPLETED", "shortId": "TAS20260127001"}])
    );
    // A trip that is booked now does not take a serial that is given.
    let booked = world.booked().await;
    let short: String = sqlx::query_scalar("SELECT short_id FROM trip WHERE id = $1")
        .bind(Uuid::parse_str(&booked).unwrap())
        .fetch_one(&world.db.pool)
        .await
        .unwrap();
    assert_eq!(short, "TRP20260127004");
}
