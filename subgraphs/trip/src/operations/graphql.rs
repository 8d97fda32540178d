//! The overview of a day as the dashboard and the roster screen need it.

use std::collections::HashMap;

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use kit::Scope;
use kit::clock::{ist, ist_date};
use kit::error::{Error, Result};
use kit::loader::{self, Batch, Source};
use kit::money::{Money, Paise};
use kit::page::PageArgs;
use kit::viewer::caller;
use uuid::Uuid;

use super::repository::{self, Day, Figures};
use crate::access;
use crate::app::App;
use crate::assignment::Assignment;
use crate::extends::{Driver, Vehicle};
use crate::id::{optional_uuid, uuid};
use crate::input::day as checked_day;
use crate::reference::repository as references;
use crate::reference::{AttendanceRef, AttendanceStatus};
use crate::trip::repository::list::{self, Filter, Order};
use crate::trip::{Trip, TripStatus};

/// How many rows each queue of the dashboard shows.
const QUEUE: i32 = 8;
/// How far ahead the dashboard looks for pickups.
const SOON: TimeDelta = TimeDelta::hours(6);
/// Drivers that one roster shows at most.
const MAX_ROSTER: i64 = 1_000;

/// What happened on a day, and what is going on now.
#[derive(Clone, Debug, SimpleObject)]
pub struct FleetStats {
    /// Trips with pickup on the day.
    pub trips_today: i64,
    /// Trips that are open now, on whatever day: waiting for a driver, dispatched or under way.
    pub active_now: i64,
    /// Trips that wait for a driver now.
    pub unassigned: i64,
    /// Trips that were completed on the day.
    pub completed_today: i64,
    /// Trips with pickup on the day that were called off.
    pub cancelled_today: i64,
    /// Trips with pickup on the day whose passenger did not come.
    pub no_show_today: i64,
    /// Totals of the trips that were completed on the day.
    pub revenue_today: Money,
}

impl From<Figures> for FleetStats {
    fn from(figures: Figures) -> Self {
        Self {
            trips_today: figures.trips,
            active_now: figures.active,
            unassigned: figures.unassigned,
            completed_today: figures.completed,
            cancelled_today: figures.cancelled,
            no_show_today: figures.no_show,
            revenue_today: Paise(figures.revenue_paise).into(),
        }
    }
}

/// The dashboard of a day.
#[derive(Clone, Debug, SimpleObject)]
pub struct OperationsSummary {
    /// The day, in India.
    pub date: NaiveDate,
    /// The cards.
    pub stats: FleetStats,
    /// The eight trips that have waited for a driver with the earliest pickup.
    pub unassigned_trips: Vec<Trip>,
    /// The eight next pickups of the coming six hours.
    pub upcoming_trips: Vec<Trip>,
}

/// Where a driver's check-in of the day stands, as trips know it.
#[derive(Clone, Debug, SimpleObject)]
pub struct RosterAttendance {
    /// PENDING until an administrator approves it.
    pub status: RosterAttendanceStatus,
    pub check_in_time: DateTime<Utc>,
    pub check_out_time: Option<DateTime<Utc>>,
    /// The driver is on a break now.
    pub on_break: bool,
}

/// Where a check-in stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "AttendanceStatus")]
pub enum RosterAttendanceStatus {
    Pending,
    Approved,
    Rejected,
    CheckedOut,
}

impl From<AttendanceRef> for RosterAttendance {
    fn from(row: AttendanceRef) -> Self {
        Self {
            status: row.status.into(),
            check_in_time: row.check_in_time,
            check_out_time: row.check_out_time,
            on_break: row.on_break,
        }
    }
}

/// One driver on the roster of a day.
#[derive(Clone, Debug, SimpleObject)]
pub struct RosterEntry {
    /// The driver.
    pub driver: Driver,
    /// The driver's name, as trips know it.
    pub name: String,
    /// The driver's shifts of the day, in order of time.
    pub assignments: Vec<Assignment>,
    /// The driver's latest check-in that touches the day, also one of the evening before; null when there is none.
    pub attendance: Option<RosterAttendance>,
}

/// Drivers, vehicles and attendance of a fleet on one day.
#[derive(Clone, Debug, SimpleObject)]
pub struct Roster {
    /// The day, in India.
    pub date: NaiveDate,
    /// One entry for every driver that you may see.
    pub entries: Vec<RosterEntry>,
    /// Vehicles that nobody had on that day.
    pub free_vehicles: Vec<Vehicle>,
}

/// The figures of a fleet on a day, within the caller's scope.
pub struct StatsOfFleet;

impl Batch for StatsOfFleet {
    type Key = Uuid;
    type Value = FleetStats;

    async fn load(source: &Source, keys: &[Uuid]) -> Result<HashMap<Uuid, FleetStats>> {
        let mut conn = source.pool.acquire().await?;
        let today = day(ist_date(source.clock.now()));
        let mut found = repository::of_fleets(&mut conn, &source.caller.scope(), keys, today).await?;
        // A fleet without trips has figures too: zeros.
        Ok(keys.iter().map(|fleet| (*fleet, found.remove(fleet).unwrap_or_default().into())).collect())
    }
}

/// Today's figures of a fleet; None for those who may not see them.
pub(crate) async fn stats_of(ctx: &Context<'_>, fleet: Uuid) -> Result<Option<FleetStats>> {
    if !access::covers_fleet(&caller(ctx).scope(), fleet) {
        return Ok(None);
    }
    loader::load::<StatsOfFleet>(ctx, fleet).await
}

/// The day as it begins and ends in India.
fn day(date: NaiveDate) -> Day {
    let midnight = |date: NaiveDate| {
        date.and_time(NaiveTime::MIN).and_local_timezone(ist()).single().unwrap_or_default().to_utc()
    };
    Day { from: midnight(date), until: midnight(date.checked_add_days(Days::new(1)).unwrap_or(date)) }
}

#[derive(Default)]
pub struct OperationsQuery;

#[Object]
impl OperationsQuery {
    /// The dashboard of a day.
    async fn operations_summary(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Everything that you may see when left out")] fleet_id: Option<ID>,
        #[graphql(desc = "Today in India when left out")] date: Option<NaiveDate>,
    ) -> Result<OperationsSummary> {
        access::admin(caller(ctx))?;
        let app = ctx.data_unchecked::<App>();
        let scope = caller(ctx).scope();
        let fleet = optional_uuid("fleetId", fleet_id.as_ref())?;
        if let Some(fleet) = fleet {
            require_fleet(&scope, fleet)?;
        }
        let now = app.clock.now();
        let date = checked_day("date", date.unwrap_or_else(|| ist_date(now)))?;
        let mut conn = app.pool.acquire().await?;
        let figures = match fleet {
            Some(fleet) => repository::of_fleets(&mut conn, &scope, &[fleet], day(date))
                .await?
                .remove(&fleet)
                .unwrap_or_default(),
            None => repository::of_scope(&mut conn, &scope, day(date)).await?,
        };
        let page = PageArgs::parse(Some(QUEUE - 1), None)?;
        let queue = |statuses: Vec<TripStatus>, from, to| Filter {
            statuses,
            fleet_id: fleet,
            pickup_from: from,
            pickup_to: to,
            ..Filter::default()
        };
        let waiting = queue(vec![TripStatus::Created], None, None);
        let soon = queue(vec![TripStatus::Created, TripStatus::DriverAssigned], Some(now), Some(now + SOON));
        Ok(OperationsSummary {
            date,
            stats: figures.into(),
            unassigned_trips: list::page(&mut conn, &scope, &waiting, Order::EarliestPickup, &page).await?,
            upcoming_trips: list::page(&mut conn, &scope, &soon, Order::EarliestPickup, &page).await?,
        })
    }

    /// Who is on the roster of a fleet on a day, with which vehicle, and whether they checked in.
    async fn roster(
        &self,
        ctx: &Context<'_>,
        fleet_id: ID,
        #[graphql(desc = "Today in India when left out")] date: Option<NaiveDate>,
    ) -> Result<Roster> {
        access::admin(caller(ctx))?;
        let app = ctx.data_unchecked::<App>();
        let scope = caller(ctx).scope();
        let fleet = uuid("fleetId", &fleet_id)?;
        require_fleet(&scope, fleet)?;
        let date = checked_day("date", date.unwrap_or_else(|| ist_date(app.clock.now())))?;
        let mut conn = app.pool.acquire().await?;
        let drivers = references::drivers_of_fleet(&mut conn, &scope, Some(fleet), MAX_ROSTER).await?;
        let ids: Vec<Uuid> = drivers.iter().map(|driver| driver.id).collect();
        let span = day(date);
        let shifts = repository::shifts(&mut conn, &scope, fleet, span).await?;
        let mut attendance = references::attendance_on(&mut conn, &ids, (span.from, span.until)).await?;
        let vehicles = references::vehicles_of_fleet(&mut conn, &scope, fleet, MAX_ROSTER).await?;
        let free = vehicles.into_iter().filter(|id| !shifts.iter().any(|shift| shift.vehicle_id == *id));
        let free_vehicles = free.map(|id| Vehicle { id }).collect();
        let mut by_driver: HashMap<Uuid, Vec<Assignment>> = HashMap::new();
        for shift in shifts {
            by_driver.entry(shift.driver_id).or_default().push(shift);
        }
        let entries = drivers.into_iter().map(|driver| RosterEntry {
            assignments: by_driver.remove(&driver.id).unwrap_or_default(),
            attendance: attendance.remove(&driver.id).map(RosterAttendance::from),
            driver: Driver { id: driver.id },
            name: driver.name,
        });
        Ok(Roster { date, entries: entries.collect(), free_vehicles })
    }
}

fn require_fleet(scope: &Scope, fleet: Uuid) -> Result<()> {
    if access::covers_fleet(scope, fleet) {
        return Ok(());
    }
    Err(Error::forbidden("This is not your fleet").field("fleetId"))
}
