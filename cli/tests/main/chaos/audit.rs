//! The reckoning: what every service made of the day, against what happened.

use std::collections::BTreeMap;

use sqlx::PgPool;
use uuid::Uuid;

use super::plant::{Plant, SUBGRAPHS};

/// A copy that events keep, and whose it is.
struct Copy {
    name: &'static str,
    owner: &'static str,
    /// (id, what is copied) of one fleet.
    owned: &'static str,
    keeper: &'static str,
    /// The same of everything that is kept.
    kept: &'static str,
}

const COPIES: [Copy; 11] = [
    Copy {
        name: "trip's drivers",
        owner: "partner",
        owned: "SELECT id, jsonb_build_array(user_id, fleet_id, hub_id, status, kyc_status, payment_model, version)::text
                FROM driver WHERE fleet_id = $1",
        keeper: "trip",
        kept: "SELECT id, jsonb_build_array(user_id, fleet_id, hub_id, status, kyc_status, payment_model, version)::text
               FROM driver_ref",
    },
    Copy {
        name: "trip's vehicles",
        owner: "fleet",
        owned: "SELECT id, jsonb_build_array(fleet_id, hub_id, number, status, fuel_type, version)::text
                FROM vehicle WHERE fleet_id = $1",
        keeper: "trip",
        kept: "SELECT id, jsonb_build_array(fleet_id, hub_id, number, status, fuel_type, version)::text FROM vehicle_ref",
    },
    Copy {
        name: "trip's fleets",
        owner: "fleet",
        owned: "SELECT id, status FROM fleet WHERE id = $1",
        keeper: "trip",
        kept: "SELECT id, status FROM fleet_ref",
    },
    Copy {
        name: "trip's check-ins",
        owner: "partner",
        owned: "SELECT a.id, jsonb_build_array(a.driver_id, a.status, a.version)::text
                FROM attendance a JOIN driver d ON d.id = a.driver_id WHERE d.fleet_id = $1",
        keeper: "trip",
        kept: "SELECT id, jsonb_build_array(driver_id, status, version)::text FROM attendance_ref",
    },
    Copy {
        name: "partner's users",
        owner: "identity",
        owned: "SELECT id, jsonb_build_array(role, name, phone, fleet_id, is_active, version)::text
                FROM app_user WHERE fleet_id = $1",
        keeper: "partner",
        kept: "SELECT id, jsonb_build_array(role, name, phone, fleet_id, is_active, version)::text FROM user_ref",
    },
    Copy {
        name: "partner's fleets",
        owner: "fleet",
        owned: "SELECT id, jsonb_build_array(name, status)::text FROM fleet WHERE id = $1",
        keeper: "partner",
        kept: "SELECT id, jsonb_build_array(name, status)::text FROM fleet_ref",
    },
    Copy {
        name: "partner's hubs",
        owner: "fleet",
        owned: "SELECT id, jsonb_build_array(fleet_id, lat, lng, geofence_radius_m)::text FROM hub WHERE fleet_id = $1",
        keeper: "partner",
        kept: "SELECT id, jsonb_build_array(fleet_id, lat, lng, geofence_radius_m)::text FROM hub_ref",
    },
    Copy {
        name: "partner's trips",
        owner: "trip",
        owned: "SELECT id, jsonb_build_array(driver_id, status IN ('STARTED', 'ARRIVED', 'ONBOARDED'))::text
                FROM trip WHERE fleet_id = $1 AND driver_id IS NOT NULL",
        keeper: "partner",
        kept: "SELECT trip_id, jsonb_build_array(driver_id, is_live)::text FROM trip_ref",
    },
    Copy {
        name: "partner's shifts",
        owner: "trip",
        owned: "SELECT id, jsonb_build_array(driver_id, vehicle_id, status = 'ACTIVE', version)::text
                FROM assignment WHERE fleet_id = $1",
        keeper: "partner",
        kept: "SELECT assignment_id, jsonb_build_array(driver_id, vehicle_id, is_active, version)::text FROM assignment_ref",
    },
    Copy {
        name: "fleet's trips",
        owner: "trip",
        owned: "SELECT id, (status IN ('STARTED', 'ARRIVED', 'ONBOARDED'))::text
                FROM trip WHERE fleet_id = $1 AND driver_id IS NOT NULL",
        keeper: "fleet",
        kept: "SELECT trip_id, is_live::text FROM trip_ref",
    },
    Copy {
        name: "identity's drivers",
        owner: "partner",
        owned: "SELECT user_id, jsonb_build_array(id, fleet_id, hub_id)::text FROM driver WHERE fleet_id = $1",
        keeper: "identity",
        kept: "SELECT id, jsonb_build_array(driver_id, fleet_id, hub_ids[1])::text FROM app_user",
    },
];

type Rows = BTreeMap<Uuid, String>;

/// What differs between copies and their owners; nothing when all is well.
pub(super) async fn differing_copies(plant: &Plant, fleet: Uuid) -> Vec<String> {
    let mut found = Vec::new();
    for copy in &COPIES {
        let owned: Vec<(Uuid, String)> =
            sqlx::query_as(copy.owned).bind(fleet).fetch_all(plant.pool(copy.owner)).await.unwrap();
        let kept: Vec<(Uuid, String)> =
            sqlx::query_as(copy.kept).fetch_all(plant.pool(copy.keeper)).await.unwrap();
        let (owned, kept) = (Rows::from_iter(owned), Rows::from_iter(kept));
        assert!(!owned.is_empty(), "nothing to compare {} with", copy.name);
        for (id, is) in owned {
            let said = kept.get(&id);
            if said != Some(&is) {
                found.push(format!("{}: {id} is {is}, the copy says {said:?}", copy.name));
            }
        }
    }
    found
}

/// Makes copies wrong, as no event would; one of them is lost.
pub(super) async fn spoil_copies(plant: &Plant) {
    for (keeper, sql) in [
        ("trip", "UPDATE driver_ref SET status = 'INACTIVE'"),
        ("trip", "UPDATE fleet_ref SET status = 'INACTIVE'"),
        ("trip", "DELETE FROM vehicle_ref"),
        ("partner", "UPDATE user_ref SET name = 'Somebody Else'"),
        ("partner", "UPDATE fleet_ref SET name = 'Another Fleet'"),
        ("partner", "UPDATE hub_ref SET lat = lat + 1"),
    ] {
        let spoilt = sqlx::query(sql).execute(plant.pool(keeper)).await.unwrap();
        assert!(spoilt.rows_affected() > 0, "{sql}");
    }
}

/// What a driver has to have: the rule of the wallet, written down once more and worked out from the trips alone.
pub(super) async fn differing_wallets(plant: &Plant, fleet: Uuid) -> Vec<String> {
    type Trip = (Uuid, i64, i64, String);
    let trips: Vec<Trip> = sqlx::query_as(
        "SELECT driver_id, total_paise, toll_paise + parking_paise + state_tax_paise, payment_mode
         FROM trip WHERE fleet_id = $1 AND status = 'COMPLETED'",
    )
    .bind(fleet)
    .fetch_all(plant.pool("trip"))
    .await
    .unwrap();
    type Driver = (Uuid, Option<String>, i32, i64, i64);
    let drivers: Vec<Driver> = sqlx::query_as(
        "SELECT d.id, d.payment_model, d.rev_share_bp,
                coalesce((SELECT sum(amount_paise) FROM ledger_entry WHERE driver_id = d.id AND account = 'EARNINGS'), 0)::bigint,
                coalesce(-(SELECT sum(amount_paise) FROM ledger_entry WHERE driver_id = d.id AND account = 'CASH_HELD'), 0)::bigint
         FROM driver d WHERE d.fleet_id = $1",
    )
    .bind(fleet)
    .fetch_all(plant.pool("partner"))
    .await
    .unwrap();
    let mut found = Vec::new();
    for (driver, model, share, earned, held) in drivers {
        let (mut due, mut cash) = (0, 0);
        for (_, total, through, mode) in trips.iter().filter(|(of, ..)| *of == driver) {
            let part = ((total - through) * i64::from(share) + 5_000) / 10_000 + through;
            due += if model.as_deref() == Some("RENTAL") { *total } else { part };
            cash += if mode == "CASH" { *total } else { 0 };
        }
        if (due, cash) != (earned, held) {
            found.push(format!(
                "driver {driver}: earned {due} and holds {cash}, the ledger says {earned} and {held}"
            ));
        }
    }
    found.extend(
        count(
            plant.pool("partner"),
            "SELECT count(*) FROM wallet_drift",
            "wallets that are not their ledger",
        )
        .await,
    );
    found.extend(
        count(
            plant.pool("partner"),
            "SELECT count(*) FROM (SELECT 1 FROM ledger_transaction WHERE trip_id IS NOT NULL
             GROUP BY trip_id, trip_version HAVING count(*) > 1) AS twice",
            "trips that were booked twice",
        )
        .await,
    );
    found
}

/// What still waits somewhere: in an outbox, for the answer of another service, or among the dead letters.
pub(super) async fn left_over(plant: &Plant) -> Vec<String> {
    let mut found = Vec::new();
    for subgraph in SUBGRAPHS {
        let pool = plant.pool(subgraph);
        let unpublished = "SELECT count(*) FROM outbox WHERE position IS NULL
                           OR position > (SELECT position FROM outbox_cursor WHERE name = 'relay')";
        found.extend(count(pool, unpublished, &format!("events of {subgraph} that are not published")).await);
        let running = "SELECT count(*) FROM saga WHERE state = 'RUNNING'";
        found.extend(count(pool, running, &format!("sagas of {subgraph} that have not ended")).await);
        let dead = "SELECT count(*) FROM dead_letter";
        found.extend(count(pool, dead, &format!("dead letters of {subgraph}")).await);
    }
    found
}

async fn count(pool: &PgPool, sql: &'static str, what: &str) -> Option<String> {
    let count: i64 = sqlx::query_scalar(sql).fetch_one(pool).await.unwrap();
    (count > 0).then(|| format!("{count} {what}"))
}
