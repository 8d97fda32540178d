//! Fares as clients see them, and the quote that anybody may ask for.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use kit::error::Result;
use kit::money::{Money, Paise};

use super::{BookingBucket, Fare, RATE_PER_KM_RUPEES, VehicleClass};
use crate::app::App;
use crate::geo::Point;
use crate::input::instant;
use crate::limit;
use crate::trip::booking::{self, Price};
use crate::trip::{BookingType, DistanceSource, TripType};

/// The parts of a fare. The total is their sum.
#[Object]
impl Fare {
    /// Kilometres times rate and multipliers, in whole rupees.
    async fn quote(&self) -> Money {
        self.quote.into()
    }

    /// Waiting at the pickup: 45 minutes are free, then ₹100 for every started half hour.
    async fn waiting(&self) -> Money {
        self.waiting.into()
    }

    /// Pickups from 23:00 to 05:00 (Indian time): a quarter of the quote, at least ₹250.
    async fn night(&self) -> Money {
        self.night.into()
    }

    /// Airport entry, for AIRPORT trips.
    async fn airport(&self) -> Money {
        self.airport.into()
    }

    /// Toll that the driver paid.
    async fn toll(&self) -> Money {
        self.toll.into()
    }

    /// Parking that the driver paid.
    async fn parking(&self) -> Money {
        self.parking.into()
    }

    /// State tax that the driver paid.
    async fn state_tax(&self) -> Money {
        self.state_tax.into()
    }

    /// What the passenger pays.
    async fn total(&self) -> Money {
        self.total.into()
    }
}

/// A journey whose price is asked for.
#[derive(Clone, Debug, InputObject)]
pub struct FareQuoteInput {
    /// AIRPORT when left out, or INTER_CITY when the booking type is INSTANT.
    pub trip_type: Option<TripType>,
    /// PREBOOK when left out.
    pub booking_type: Option<BookingType>,
    /// When the passenger is to be picked up; now when left out.
    pub pickup_time: Option<DateTime<Utc>>,
    /// Kilometres by road. When left out the distance is estimated from the two points.
    pub distance_km: Option<f64>,
    /// The pickup on the map.
    pub pickup_point: Option<Point>,
    /// The destination on the map.
    pub drop_point: Option<Point>,
    /// Kind of vehicle: TATA_TIGOR_EV when left out.
    pub vehicle_sku: Option<String>,
    /// Overrides whether the kind of vehicle counts as electric.
    pub vehicle_class: Option<VehicleClass>,
}

/// A price with how it came about. Booking the same journey now costs the same.
#[derive(Clone, Debug, SimpleObject)]
pub struct FareBreakdown {
    /// What kind of journey it is.
    pub trip_type: TripType,
    /// Kilometres by road.
    pub distance_km: f64,
    /// Where the distance comes from.
    pub distance_source: DistanceSource,
    /// Kilometres that are billed: every started one, at least five.
    pub billable_km: i64,
    /// Price of one billable kilometre before multipliers.
    pub rate_per_km: Money,
    /// Kilometres times rate, before multipliers.
    pub base_fare: Money,
    /// How long before pickup the booking is: T_2 costs five percent less.
    pub booking_bucket: BookingBucket,
    /// Whether the vehicle counts as electric.
    pub vehicle_class: VehicleClass,
    /// The parts and the total; waiting and extras come on top as they happen.
    pub fare: Fare,
}

impl From<Price> for FareBreakdown {
    fn from(price: Price) -> Self {
        let rate = RATE_PER_KM_RUPEES * 100;
        Self {
            trip_type: price.trip_type,
            distance_km: price.distance_km,
            distance_source: price.distance_source,
            billable_km: price.billable_km,
            rate_per_km: Paise(rate).into(),
            base_fare: Paise(rate.saturating_mul(price.billable_km)).into(),
            booking_bucket: price.bucket,
            vehicle_class: price.vehicle_class,
            fare: price.fare,
        }
    }
}

#[derive(Default)]
pub struct FareQuery;

#[Object]
impl FareQuery {
    /// What a journey would cost if it were booked now. Anybody may ask. Codes: VALIDATION and TRIP_CONSTRAINT name the
    /// field.
    async fn fare_quote(&self, ctx: &Context<'_>, input: FareQuoteInput) -> Result<FareBreakdown> {
        limit::take(ctx, limit::QUOTES).await?;
        let app = ctx.data_unchecked::<App>();
        let now = app.clock.now();
        let pickup_point = input.pickup_point.map(|point| point.checked("pickupPoint")).transpose()?;
        let drop_point = input.drop_point.map(|point| point.checked("dropPoint")).transpose()?;
        let booking_type = input.booking_type.unwrap_or(BookingType::Prebook);
        let trip_type = input.trip_type.unwrap_or(booking::default_type(booking_type));
        // A class that is given wins, so that a price can be asked for vehicles that are not booked here.
        let vehicle_class = match input.vehicle_class {
            Some(class) => class,
            None => VehicleClass::of_sku(&booking::served_sku(input.vehicle_sku.as_deref(), &app.config)?),
        };
        let measured = booking::distance(input.distance_km, pickup_point, drop_point)?;
        let times = (now, instant("pickupTime", input.pickup_time.unwrap_or(now))?);
        Ok(booking::price(measured, trip_type, vehicle_class, times, &app.config)?.into())
    }
}
