//! The statements behind a demo world.

use kit::error::Result;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{CHUNK, DemoAssignment, DemoTrip, DemoWorld, price};
use crate::config::Config;
use crate::fare;
use crate::secret;
use crate::trip::{Trip, TripStatus, repository};

pub(super) async fn insert_references(conn: &mut PgConnection, world: &DemoWorld) -> Result<()> {
    let statements = [
        (
            "INSERT INTO fleet_ref (id, status, version, synced_at)
             SELECT id, status, 0, now() FROM jsonb_populate_recordset(NULL::fleet_ref, $1) ON CONFLICT DO NOTHING",
            serde_json::to_value(&world.fleets)?,
        ),
        (
            "INSERT INTO driver_ref (id, user_id, fleet_id, hub_id, name, status, kyc_status, is_available,
                                     payment_model, version, synced_at)
             SELECT id, user_id, fleet_id, hub_id, name, status, kyc_status, is_available, payment_model, 0, now()
             FROM jsonb_populate_recordset(NULL::driver_ref, $1) ON CONFLICT DO NOTHING",
            serde_json::to_value(&world.drivers)?,
        ),
        (
            "INSERT INTO vehicle_ref (id, fleet_id, hub_id, number, status, fuel_type, docs_valid_until, version, synced_at)
             SELECT id, fleet_id, hub_id, number, status, fuel_type, docs_valid_until, 0, now()
             FROM jsonb_populate_recordset(NULL::vehicle_ref, $1) ON CONFLICT DO NOTHING",
            serde_json::to_value(&world.vehicles)?,
        ),
        (
            "INSERT INTO attendance_ref (id, driver_id, status, check_in_time, check_out_time, on_break, version, synced_at)
             SELECT id, driver_id, status, check_in_time, check_out_time, on_break, version, now()
             FROM jsonb_populate_recordset(NULL::attendance_ref, $1) ON CONFLICT DO NOTHING",
            serde_json::to_value(&world.attendance)?,
        ),
    ];
    for (statement, rows) in statements {
        if rows.as_array().is_some_and(Vec::is_empty) {
            continue;
        }
        sqlx::query(statement).bind(rows).execute(&mut *conn).await?;
    }
    Ok(())
}

pub(super) async fn insert_assignments(
    conn: &mut PgConnection,
    assignments: &[DemoAssignment],
) -> Result<()> {
    for chunk in assignments.chunks(CHUNK) {
        sqlx::query(
            "INSERT INTO assignment (id, short_id, fleet_id, driver_id, vehicle_id, status, start_time, end_time,
                                     created_by, version, created_at, updated_at)
             SELECT id, short_id, fleet_id, driver_id, vehicle_id,
                    CASE WHEN end_time IS NULL THEN 'ACTIVE' ELSE 'ENDED' END, start_time, end_time, created_by,
                    CASE WHEN end_time IS NULL THEN 1 ELSE 2 END, start_time, coalesce(end_time, start_time)
             FROM jsonb_populate_recordset(NULL::assignment, $1) ON CONFLICT DO NOTHING",
        )
        .bind(serde_json::to_value(chunk)?)
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

pub(super) async fn insert_trips(conn: &mut PgConnection, trips: &[DemoTrip]) -> Result<()> {
    // The trigram index takes its entries in large sorted lots rather than a few at a time; settle_search moves them in.
    sqlx::query("SET LOCAL gin_pending_list_limit = '256MB'").execute(&mut *conn).await?;
    let config = Config::default();
    let rows = trips.iter().map(row).collect::<Result<Vec<Trip>>>()?;
    repository::insert_missing(conn, &rows).await?;
    let ids: Vec<Uuid> = rows.iter().map(|trip| trip.id).collect();
    insert_dispatches(conn, &ids, &config).await?;
    insert_history(conn, &ids).await?;
    insert_locations(conn, &ids).await
}

/// One dispatch record per trip with a crew, under the trip's own serial.
async fn insert_dispatches(conn: &mut PgConnection, ids: &[Uuid], config: &Config) -> Result<()> {
    sqlx::query(
        "INSERT INTO trip_assignment (id, short_id, trip_id, driver_id, vehicle_id, assignment_id, status, busy,
                                      assigned_by, assigned_at, unassigned_at, unassign_reason)
         SELECT md5('dispatch' || id)::uuid, 'TAS' || substr(short_id, 4), id, driver_id, vehicle_id, assignment_id,
                CASE status WHEN 'COMPLETED' THEN 'COMPLETED' WHEN 'CANCELLED' THEN 'CANCELLED'
                            WHEN 'NO_SHOW' THEN 'CANCELLED' ELSE 'ASSIGNED' END,
                tstzrange(pickup_time, pickup_time + greatest(ceil(distance_km * 60 / $2), 30) * interval '1 minute'),
                created_by, booked_at,
                CASE WHEN status IN ('COMPLETED', 'CANCELLED', 'NO_SHOW') THEN updated_at END, cancel_reason
         FROM trip WHERE id = ANY($1) AND driver_id IS NOT NULL ON CONFLICT DO NOTHING",
    )
    .bind(ids)
    .bind(config.average_speed_kmh)
    .execute(conn)
    .await?;
    Ok(())
}

/// One entry per step that the stamps tell of, in the order of a trip's life.
async fn insert_history(conn: &mut PgConnection, ids: &[Uuid]) -> Result<()> {
    sqlx::query(
        "INSERT INTO trip_history (trip_id, version, action, from_status, to_status, actor_id, reason, at)
         SELECT trip.id, row_number() OVER life, step.action, lag(step.status) OVER life, step.status, step.actor,
                step.reason, step.at
         FROM trip LEFT JOIN driver_ref ON driver_ref.id = trip.driver_id CROSS JOIN LATERAL (VALUES
             (1, 'CREATE', 'CREATED', trip.created_by, NULL, trip.booked_at),
             (2, 'ASSIGN', 'DRIVER_ASSIGNED', trip.created_by, NULL,
                 CASE WHEN trip.driver_id IS NOT NULL THEN trip.booked_at END),
             (3, 'START', 'STARTED', driver_ref.user_id, NULL, trip.started_at),
             (4, 'ARRIVE', 'ARRIVED', driver_ref.user_id, NULL, trip.arrived_at),
             (5, 'ONBOARD', 'ONBOARDED', driver_ref.user_id, NULL, trip.boarded_at),
             (6, 'COMPLETE', 'COMPLETED', driver_ref.user_id, NULL, trip.completed_at),
             (7, 'NO_SHOW', 'NO_SHOW', driver_ref.user_id, trip.cancel_reason,
                 CASE WHEN trip.status = 'NO_SHOW' THEN trip.updated_at END),
             (8, 'CANCEL', 'CANCELLED', trip.created_by, trip.cancel_reason, trip.cancelled_at)
         ) AS step (place, action, status, actor, reason, at)
         WHERE trip.id = ANY($1) AND step.at IS NOT NULL
         WINDOW life AS (PARTITION BY trip.id ORDER BY step.place)
         ON CONFLICT DO NOTHING",
    )
    .bind(ids)
    .execute(conn)
    .await?;
    Ok(())
}

/// The last position of each trip that has one.
async fn insert_locations(conn: &mut PgConnection, ids: &[Uuid]) -> Result<()> {
    sqlx::query(
        "INSERT INTO trip_location (id, trip_id, driver_id, lat, lng, recorded_at)
         SELECT md5('location' || id)::uuid, id, driver_id, last_lat, last_lng, last_location_at
         FROM trip WHERE id = ANY($1) AND last_location_at IS NOT NULL AND driver_id IS NOT NULL ON CONFLICT DO NOTHING",
    )
    .bind(ids)
    .execute(conn)
    .await?;
    Ok(())
}

/// Moves what waits in the trigram index's list into its tree: searches would read the list from end to end. There is no
/// index while a seed has set it aside to build it at the end.
pub(super) async fn settle_search(conn: &mut PgConnection) -> Result<()> {
    sqlx::query(
        "SELECT gin_clean_pending_list(i) FROM to_regclass('trip_search_idx') AS i WHERE i IS NOT NULL",
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Serials drawn from now on go on behind the ones that were inserted. A dispatch has the serial of its trip.
pub(super) async fn continue_serials(conn: &mut PgConnection, world: &DemoWorld) -> Result<()> {
    let trips = world.trips.iter().map(|trip| trip.short_id.clone());
    let dispatches = world.trips.iter().filter_map(|trip| Some(format!("TAS{}", trip.short_id.get(3..)?)));
    let shifts = world.assignments.iter().map(|shift| shift.short_id.clone());
    sqlx::query(
        "INSERT INTO short_id_sequence AS own (prefix, day, last)
         SELECT left(given, 3), to_date(substr(given, 4, 8), 'YYYYMMDD'), max(substr(given, 12)::bigint)
         FROM unnest($1::text[]) AS given GROUP BY 1, 2
         ON CONFLICT (prefix, day) DO UPDATE SET last = greatest(own.last, excluded.last)",
    )
    .bind(trips.chain(dispatches).chain(shifts).collect::<Vec<_>>())
    .execute(conn)
    .await?;
    Ok(())
}

/// The row that the services would have left behind.
fn row(demo: &DemoTrip) -> Result<Trip> {
    let fare = price(demo)?;
    let steps = [demo.started_at, demo.arrived_at, demo.boarded_at, demo.completed_at, demo.ended_at];
    let taken = steps.iter().flatten().count() + 1 + usize::from(demo.driver_id.is_some());
    let updated_at = steps.into_iter().flatten().max().unwrap_or(demo.booked_at);
    let (passenger_name, passenger_phone) = demo.passenger.clone().unzip();
    let mut trip = Trip {
        short_id: demo.short_id.clone(),
        status: demo.status,
        trip_type: demo.trip_type,
        provider: demo.provider,
        fleet_id: demo.fleet_id,
        assignment_id: demo.assignment_id,
        driver_id: demo.driver_id,
        vehicle_id: demo.vehicle_id,
        origin_city: demo.origin_city.clone(),
        destination_city: demo.destination_city.clone(),
        pickup_time: demo.pickup_time,
        distance_km: demo.distance_km,
        billable_km: fare::billable_km(demo.distance_km),
        vehicle_sku: "TATA_TIGOR_EV".to_owned(),
        pickup_location: demo.pickup_location.clone(),
        drop_location: Some(demo.drop_location.clone()),
        pickup_lat: demo.pickup_point.map(|point| point.lat),
        pickup_lng: demo.pickup_point.map(|point| point.lng),
        drop_lat: demo.drop_point.map(|point| point.lat),
        drop_lng: demo.drop_point.map(|point| point.lng),
        passenger_name,
        passenger_phone,
        payment_mode: demo.payment_mode,
        tracking_token_hash: demo.tracking_token.as_deref().map(secret::hash),
        started_at: demo.started_at,
        arrived_at: demo.arrived_at,
        boarded_at: demo.boarded_at,
        completed_at: demo.completed_at,
        cancelled_at: demo.ended_at.filter(|_| demo.status == TripStatus::Cancelled),
        cancel_reason: demo.cancel_reason.clone(),
        cancelled_by: demo.created_by.filter(|_| demo.status == TripStatus::Cancelled),
        last_lat: demo.seen.map(|(point, _)| point.lat),
        last_lng: demo.seen.map(|(point, _)| point.lng),
        last_location_at: demo.seen.map(|(_, at)| at),
        created_by: demo.created_by,
        updated_by: demo.created_by,
        version: i64::try_from(taken).unwrap_or(1),
        updated_at,
        ..Trip::blank(demo.id, demo.booked_at)
    };
    trip.set_fare(fare);
    Ok(trip)
}
