//! How a trip comes to be: booked by an administrator, made from a roster assignment, or booked by the public.

use kit::error::{Error, Result};
use kit::idempotency::Attempt;
use kit::{Caller, Scope, ids};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::access;
use crate::app::{App, Begun};
use crate::assignment::{Assignment, repository as roster};
use crate::codes::TRIP_CONSTRAINT;
use crate::id::Key;
use crate::reference;
use crate::secret;
use crate::trip::booking::{self, Booking, JourneyInput, Price};
use crate::trip::lifecycle::Action;
use crate::trip::repository::dispatch::Crew;
use crate::trip::service::dispatch::judge;
use crate::trip::{PaymentMode, Trip, TripStatus, dispatch, repository};

/// The prefix of a trip's short id.
const TRIP_PREFIX: &str = "TRP";

/// What is booked besides the journey.
#[derive(Clone, Debug, Default)]
pub struct Terms {
    /// Only for those who may book for any fleet; None puts the trip into the pool.
    pub fleet_id: Option<Uuid>,
    /// The code that the passenger tells the driver.
    pub boarding_otp: Option<String>,
}

/// Books a trip for a fleet, or for the pool.
///
/// # Errors
/// The booking rules' refusals, FORBIDDEN for a fleet that is not the caller's.
pub async fn create(
    app: &App,
    caller: &Caller,
    journey: &JourneyInput,
    terms: Terms,
    attempt: Attempt<'_>,
) -> Result<Uuid> {
    let viewer = access::admin(caller)?;
    let fleet_id = booking_fleet(caller, terms.fleet_id)?;
    let booking = booking::book(journey, app.clock.now(), &app.config)?;
    if let Some(fleet) = fleet_id {
        reference::service::require_open_fleet(app, fleet, "fleetId").await?;
    }
    let mut trip = blank(app, booking, Some(viewer.user_id));
    trip.fleet_id = fleet_id;
    trip.boarding_otp_hash = boarding_code(trip.id, terms.boarding_otp.as_deref())?;
    store(app, trip, attempt).await
}

/// The fleet that a new trip belongs to.
fn booking_fleet(caller: &Caller, wanted: Option<Uuid>) -> Result<Option<Uuid>> {
    match caller.scope() {
        Scope::All => Ok(wanted),
        Scope::Fleet(own) | Scope::Hubs { fleet: own, .. } if wanted.is_none_or(|fleet| fleet == own) => {
            Ok(Some(own))
        }
        _ => Err(Error::forbidden("You book trips for your own fleet only").field("fleetId")),
    }
}

/// A booking by the public, which nobody is signed in for: the token is shown once and opens this one trip.
#[derive(Clone, Debug)]
pub struct PublicBooking {
    pub trip_id: Uuid,
    pub tracking_token: String,
    pub boarding_otp: String,
}

/// Books a trip for a passenger without an account, into the pool. A repeated key answers with fresh secrets for the
/// same trip; the earlier ones stop working.
///
/// # Errors
/// The booking rules' refusals, VALIDATION when no passenger is named or the trip would be paid for before it.
pub async fn book_public(app: &App, journey: &JourneyInput, attempt: Attempt<'_>) -> Result<PublicBooking> {
    let (token, code) = (secret::tracking_token()?, secret::boarding_code()?);
    let hashes = |trip: Uuid| (secret::hash(&token), secret::hash_code(trip, &code));
    let mut fresh = None;
    let booked = match public_trip(app, journey) {
        Ok(mut trip) => {
            fresh = Some(trip.id);
            (trip.tracking_token_hash, trip.boarding_otp_hash) = {
                let (token, code) = hashes(trip.id);
                (Some(token), Some(code))
            };
            store(app, trip, attempt.clone()).await
        }
        Err(refusal) => Err(refusal),
    };
    let trip_id = app.settled(attempt, booked).await?;
    if fresh != Some(trip_id) {
        let mut conn = app.pool.acquire().await?;
        repository::replace_secrets(&mut conn, trip_id, hashes(trip_id)).await?;
    }
    Ok(PublicBooking { trip_id, tracking_token: token, boarding_otp: code })
}

/// A trip as a passenger may book it by themselves.
fn public_trip(app: &App, journey: &JourneyInput) -> Result<Trip> {
    if journey.passenger.is_none() {
        return Err(Error::validation("passenger", "Say who is to be driven and how to reach them"));
    }
    // Nobody has paid by filling in a form, and a driver collects nothing for a prepaid trip.
    if journey.payment_mode == Some(PaymentMode::Prepaid) {
        return Err(Error::validation("paymentMode", "Choose CASH or QR: the trip is paid for at its end"));
    }
    // A passenger may not say how far it is when the map can tell: the price follows from it.
    let measurable = journey.pickup_point.is_some() && journey.drop_point.is_some();
    let distance_km = journey.distance_km.filter(|_| !measurable);
    let journey = JourneyInput { distance_km, ..journey.clone() };
    Ok(blank(app, booking::book(&journey, app.clock.now(), &app.config)?, None))
}

/// A trip that is driven straight from a roster assignment: no dispatch, no wait.
#[derive(Clone, Debug)]
pub struct DirectTrip {
    pub assignment: Key,
    pub journey: JourneyInput,
    /// None: the passenger says where to on the way.
    pub drop_location: Option<String>,
}

/// Makes a trip with the driver, vehicle and fleet of an ACTIVE assignment.
///
/// # Errors
/// NOT_FOUND or INVALID_TRANSITION for the assignment, the dispatch preconditions' refusals, CONFLICT when the driver was
/// faster given another trip.
pub async fn create_from_assignment(
    app: &App,
    caller: &Caller,
    direct: DirectTrip,
    attempt: Attempt<'_>,
) -> Result<Uuid> {
    let viewer = access::admin(caller)?;
    let booking =
        booking::book_direct(&direct.journey, direct.drop_location.as_deref(), app.clock.now(), &app.config)?;
    let trip = Trip { from_assignment: true, ..blank(app, booking, Some(viewer.user_id)) };
    let scope = caller.scope();
    let mut conn = app.pool.acquire().await?;
    let seen = roster::find(&mut conn, &scope, &direct.assignment).await?;
    drop(conn);
    let seen = seen.ok_or_else(|| Error::not_found("Assignment").field("assignmentId"))?;
    reference::service::require_open_fleet(app, seen.fleet_id, "assignmentId").await?;
    match depart(app, trip.clone(), &seen, attempt.clone()).await {
        // Copies may be behind their owners.
        Err(refusal)
            if refusal.code() == TRIP_CONSTRAINT && super::dispatch::refresh(app, seen.driver_id).await? =>
        {
            depart(app, trip, &seen, attempt).await
        }
        answer => answer,
    }
}

/// Makes the trip in one transaction, if the shift still goes on.
async fn depart(app: &App, trip: Trip, seen: &Assignment, attempt: Attempt<'_>) -> Result<Uuid> {
    let mut change = match app.begin(attempt).await? {
        Begun::First(change) => change,
        Begun::Repeated(id) => return Ok(id),
    };
    let conn = change.conn();
    reference::repository::lock_driver(conn, seen.driver_id).await?;
    let active = roster::active_of_driver(conn, seen.driver_id).await?.filter(|active| active.id == seen.id);
    let active = active.ok_or_else(|| {
        Error::new(kit::Code::INVALID_TRANSITION, "This assignment has ended").field("assignmentId")
    })?;
    let id = drive_off(conn, app, trip, &active).await?;
    change.finish(id).await
}

/// Stores a trip as dispatched to the crew of an assignment.
async fn drive_off(conn: &mut PgConnection, app: &App, trip: Trip, assignment: &Assignment) -> Result<Uuid> {
    let judged = judge(conn, app, &trip, assignment.driver_id, Some(assignment)).await?;
    dispatch::refuse_if_any(&judged.obstacles)?;
    let trip = Trip {
        status: TripStatus::DriverAssigned,
        short_id: ids::next_short_id(conn, TRIP_PREFIX, trip.created_at).await?,
        fleet_id: Some(assignment.fleet_id),
        driver_id: Some(assignment.driver_id),
        vehicle_id: Some(assignment.vehicle_id),
        assignment_id: Some(assignment.id),
        ..trip
    };
    super::create(conn, app, &trip, Action::CreateFromAssignment).await?;
    let crew = Crew::of(assignment);
    super::dispatch::give(conn, app, &trip, crew, (trip.created_by, trip.created_at)).await?;
    Ok(trip.id)
}

async fn store(app: &App, trip: Trip, attempt: Attempt<'_>) -> Result<Uuid> {
    let mut change = match app.begin(attempt).await? {
        Begun::First(change) => change,
        Begun::Repeated(id) => return Ok(id),
    };
    let conn = change.conn();
    let short_id = ids::next_short_id(conn, TRIP_PREFIX, trip.created_at).await?;
    let trip = Trip { short_id, ..trip };
    super::create(conn, app, &trip, Action::Create).await?;
    change.finish(trip.id).await
}

fn boarding_code(trip_id: Uuid, code: Option<&str>) -> Result<Option<String>> {
    let Some(code) = code.map(str::trim) else { return Ok(None) };
    if !(4..=6).contains(&code.len()) || !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Error::validation("boardingOtp", "A boarding code has 4 to 6 digits"));
    }
    Ok(Some(secret::hash_code(trip_id, code)))
}

/// A CREATED trip without fleet and crew; the short id is drawn when it is stored.
fn blank(app: &App, booking: Booking, created_by: Option<Uuid>) -> Trip {
    let Price { distance_km, distance_source, billable_km, vehicle_class, fare, .. } = booking.price;
    let (passenger_name, passenger_phone) = booking.passenger.map(|who| (who.name, who.phone)).unzip();
    let mut trip = Trip {
        trip_type: booking.trip_type,
        booking_type: booking.booking_type,
        origin_city: booking.origin_city,
        destination_city: booking.destination_city,
        pickup_time: booking.pickup_time,
        distance_km,
        distance_source,
        billable_km,
        vehicle_sku: booking.vehicle_sku,
        vehicle_class,
        pickup_location: booking.pickup_location,
        drop_location: booking.drop_location,
        pickup_lat: booking.pickup_point.map(|point| point.lat),
        pickup_lng: booking.pickup_point.map(|point| point.lng),
        drop_lat: booking.drop_point.map(|point| point.lat),
        drop_lng: booking.drop_point.map(|point| point.lng),
        passenger_name,
        passenger_phone,
        payment_mode: booking.payment_mode,
        created_by,
        updated_by: created_by,
        ..Trip::blank(ids::new_id(), app.clock.now())
    };
    trip.set_fare(fare);
    trip
}
