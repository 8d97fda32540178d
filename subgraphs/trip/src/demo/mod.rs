//! Rows for demonstrations and load tests, inserted in bulk past the services. Prices are the production engine's, versions
//! and histories are what the services would have written; no events are recorded, because nobody missed them.

mod rows;

use chrono::{DateTime, NaiveDate, Utc};
use kit::error::Result;
use kit::money::Paise;
use serde::Serialize;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::fare::{self, BookingBucket, Extras, Fare, VehicleClass};
use crate::geo::Point;
use crate::trip::{PaymentMode, Provider, TripStatus, TripType};

pub use crate::reference::{AttendanceStatus, DriverStatus, KycStatus, VehicleStatus};

/// Rows that travel in one statement.
const CHUNK: usize = 20_000;

/// A fleet as trips know one.
#[derive(Clone, Debug, Serialize)]
pub struct DemoFleetRef {
    pub id: Uuid,
    /// ACTIVE or INACTIVE.
    pub status: String,
}

/// A driver as trips know one.
#[derive(Clone, Debug, Serialize)]
pub struct DemoDriverRef {
    pub id: Uuid,
    pub user_id: Uuid,
    pub fleet_id: Option<Uuid>,
    pub hub_id: Option<Uuid>,
    pub name: String,
    pub status: DriverStatus,
    pub kyc_status: KycStatus,
    pub is_available: bool,
    /// RENTAL, PAYOUT or nothing.
    pub payment_model: Option<String>,
}

/// A vehicle as trips know one.
#[derive(Clone, Debug, Serialize)]
pub struct DemoVehicleRef {
    pub id: Uuid,
    pub fleet_id: Option<Uuid>,
    pub hub_id: Option<Uuid>,
    pub number: String,
    pub status: VehicleStatus,
    /// PETROL, DIESEL, CNG or ELECTRIC.
    pub fuel_type: String,
    /// The earliest of permit, fitness and insurance expiry.
    pub docs_valid_until: Option<NaiveDate>,
}

/// A check-in as trips know one.
#[derive(Clone, Debug, Serialize)]
pub struct DemoAttendanceRef {
    pub id: Uuid,
    pub driver_id: Uuid,
    pub status: AttendanceStatus,
    pub check_in_time: DateTime<Utc>,
    pub check_out_time: Option<DateTime<Utc>>,
    pub on_break: bool,
    /// The owner's.
    pub version: i64,
}

/// A shift on the roster; ACTIVE when it has no end.
#[derive(Clone, Debug, Serialize)]
pub struct DemoAssignment {
    pub id: Uuid,
    /// ASN, the day, a serial.
    pub short_id: String,
    pub fleet_id: Uuid,
    pub driver_id: Uuid,
    pub vehicle_id: Uuid,
    pub start_time: DateTime<Utc>,
    pub end_time: Option<DateTime<Utc>>,
    pub created_by: Option<Uuid>,
}

/// A trip at any point of its life. The stamps must fit the status.
#[derive(Clone, Debug)]
pub struct DemoTrip {
    pub id: Uuid,
    /// TRP, the day, a serial.
    pub short_id: String,
    pub status: TripStatus,
    pub trip_type: TripType,
    pub provider: Provider,
    pub fleet_id: Option<Uuid>,
    /// The crew: all three or none.
    pub assignment_id: Option<Uuid>,
    pub driver_id: Option<Uuid>,
    pub vehicle_id: Option<Uuid>,
    pub origin_city: String,
    pub destination_city: String,
    pub pickup_time: DateTime<Utc>,
    pub booked_at: DateTime<Utc>,
    pub distance_km: f64,
    pub pickup_location: String,
    pub drop_location: String,
    pub pickup_point: Option<Point>,
    pub drop_point: Option<Point>,
    /// Name and phone in E.164.
    pub passenger: Option<(String, String)>,
    pub payment_mode: PaymentMode,
    /// In paise; counts for completed trips.
    pub toll_paise: i64,
    pub started_at: Option<DateTime<Utc>>,
    pub arrived_at: Option<DateTime<Utc>>,
    pub boarded_at: Option<DateTime<Utc>>,
    pub completed_at: Option<DateTime<Utc>>,
    /// When it was cancelled, or given up as a no-show.
    pub ended_at: Option<DateTime<Utc>>,
    pub cancel_reason: Option<String>,
    pub created_by: Option<Uuid>,
    /// Where the vehicle of a live trip was seen last, and when.
    pub seen: Option<(Point, DateTime<Utc>)>,
    /// The token that opens a public booking; only its hash is stored.
    pub tracking_token: Option<String>,
}

/// Everything that belongs into the database of trips.
#[derive(Clone, Debug, Default)]
pub struct DemoWorld {
    pub fleets: Vec<DemoFleetRef>,
    pub drivers: Vec<DemoDriverRef>,
    pub vehicles: Vec<DemoVehicleRef>,
    pub attendance: Vec<DemoAttendanceRef>,
    pub assignments: Vec<DemoAssignment>,
    pub trips: Vec<DemoTrip>,
}

/// The fare of a trip by the production rules, as far as it has come.
///
/// # Errors
/// VALIDATION when an amount is improbable.
pub fn price(trip: &DemoTrip) -> Result<Fare> {
    let bucket = BookingBucket::of(trip.booked_at, trip.pickup_time);
    let quote = fare::quote(fare::billable_km(trip.distance_km), trip.trip_type, bucket, VehicleClass::Ev);
    let booked = Fare::booked(trip.trip_type, quote, trip.pickup_time)?;
    let toll = (trip.status == TripStatus::Completed).then_some(Paise(trip.toll_paise));
    let extras = Extras { toll, ..Extras::default() };
    booked.waited(fare::waited_minutes(trip.arrived_at, trip.boarded_at))?.with_extras(extras)
}

/// Inserts a world, or a part of one. Rows that are there stay as they are, so that it may be repeated.
///
/// # Errors
/// INTERNAL when a row breaks a constraint.
pub async fn insert(conn: &mut PgConnection, world: &DemoWorld) -> Result<()> {
    let mut tx = sqlx::Connection::begin(conn).await?;
    rows::insert_references(&mut tx, world).await?;
    rows::insert_assignments(&mut tx, &world.assignments).await?;
    for chunk in world.trips.chunks(CHUNK) {
        rows::insert_trips(&mut tx, chunk).await?;
    }
    rows::continue_serials(&mut tx, world).await?;
    rows::settle_search(&mut tx).await?;
    tx.commit().await?;
    Ok(())
}
