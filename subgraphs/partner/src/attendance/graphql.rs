//! Shifts as clients see and ask for them.

use async_graphql::{Context, ID, InputObject, Object};
use chrono::{DateTime, Utc};
use kit::error::Result;
use kit::page::{Connection, PageArgs, connection, wants_total};
use kit::{Money, Paise, loader};
use serde::Serialize;
use serde_json::json;

use super::loader::{AttendanceById, BreaksByAttendance, OpenAttendance};
use super::{Attendance, AttendanceStatus, ShiftBreak, repository, review, service};
use crate::actor::{ADMINS, DRIVERS, EVERYBODY, actor};
use crate::driver::Driver;
use crate::driver::loader::{DriverById, DriverByUser};
use crate::extends::{Hub, User, load_by};
use crate::input as check;
use crate::wallet::graphql::money;

/// A shift of a driver.
#[Object]
impl Attendance {
    /// The shift's id.
    async fn id(&self) -> ID {
        self.id.into()
    }

    /// A short id for people, like ATT20260127001.
    async fn short_id(&self) -> &str {
        &self.short_id
    }

    /// Whose shift it is.
    async fn driver(&self, ctx: &Context<'_>) -> Result<Option<Driver>> {
        loader::load::<DriverById>(ctx, self.driver_id).await
    }

    /// Where the driver checked in.
    async fn hub(&self) -> Hub {
        Hub { id: self.hub_id.into() }
    }

    /// How far it has come.
    async fn status(&self) -> AttendanceStatus {
        self.status
    }

    /// When the driver checked in.
    async fn check_in_time(&self) -> DateTime<Utc> {
        self.check_in_time
    }

    /// When the shift ended.
    async fn check_out_time(&self) -> Option<DateTime<Utc>> {
        self.check_out_time
    }

    /// Latitude of the check-in.
    async fn check_in_lat(&self) -> f64 {
        self.check_in_lat
    }

    /// Longitude of the check-in.
    async fn check_in_lng(&self) -> f64 {
        self.check_in_lng
    }

    /// How far from the hub the driver checked in, in metres.
    async fn distance_m(&self) -> f64 {
        self.distance_m
    }

    /// The picture taken at check-in.
    async fn selfie_url(&self) -> &str {
        &self.selfie_url
    }

    /// Odometer at check-in, in km.
    async fn odometer_start(&self) -> i32 {
        self.odometer_start
    }

    /// Odometer at check-out, in km.
    async fn odometer_end(&self) -> Option<i32> {
        self.odometer_end
    }

    /// Kilometres driven; null until check-out.
    #[graphql(name = "totalKm")]
    async fn kilometres(&self) -> Option<i32> {
        self.total_km()
    }

    /// The picture of the odometer at check-out.
    async fn odometer_image_url(&self) -> Option<&str> {
        self.odometer_image_url.as_deref()
    }

    /// Cash handed over at check-out.
    async fn cash_deposited(&self) -> Money {
        money(self.cash_deposited_paise)
    }

    /// Who accepted or refused the check-in.
    async fn reviewed_by(&self) -> Option<User> {
        self.reviewed_by.map(|id| User { id: id.into() })
    }

    /// When it was accepted or refused.
    async fn reviewed_at(&self) -> Option<DateTime<Utc>> {
        self.reviewed_at
    }

    /// What the reviewer said.
    async fn admin_remarks(&self) -> Option<&str> {
        self.admin_remarks.as_deref()
    }

    /// Breaks, the earliest first.
    async fn breaks(&self, ctx: &Context<'_>) -> Result<Vec<ShiftBreak>> {
        Ok(loader::load::<BreaksByAttendance>(ctx, self.id).await?.unwrap_or_default())
    }

    /// Grows with every change.
    async fn version(&self) -> i64 {
        self.version
    }
}

/// A break in a shift.
#[Object]
impl ShiftBreak {
    /// The break's id.
    async fn id(&self) -> ID {
        self.id.into()
    }

    /// A short id for people, like BRK20260127001.
    async fn short_id(&self) -> &str {
        &self.short_id
    }

    /// When it began.
    async fn start_time(&self) -> DateTime<Utc> {
        self.start_time
    }

    /// When it ended; null while it lasts.
    async fn end_time(&self) -> Option<DateTime<Utc>> {
        self.end_time
    }
}

/// Opens your shift.
#[derive(Debug, Clone, InputObject, Serialize)]
pub(crate) struct CheckInInput {
    /// Repeating a request with the same key gives the first answer again.
    pub(crate) idempotency_key: Option<String>,
    /// Where you are: latitude.
    pub(crate) lat: f64,
    /// Where you are: longitude.
    pub(crate) lng: f64,
    /// The odometer, in km.
    pub(crate) odometer_start: i32,
    /// A picture taken now; see createUploadUrl.
    pub(crate) selfie_url: String,
}

/// Ends your shift.
#[derive(Debug, Clone, InputObject, Serialize)]
pub(crate) struct CheckOutInput {
    /// Repeating a request with the same key gives the first answer again.
    pub(crate) idempotency_key: Option<String>,
    /// The odometer, in km; not less than at check-in.
    pub(crate) odometer_end: i32,
    /// A picture of it; see createUploadUrl.
    pub(crate) odometer_image_url: Option<String>,
    /// Cash that you hand over.
    pub(crate) cash_deposited_paise: Option<Paise>,
}

/// Begins a break.
#[derive(Debug, Clone, InputObject, Serialize)]
pub(crate) struct StartBreakInput {
    /// Repeating a request with the same key gives the first answer again.
    pub(crate) idempotency_key: Option<String>,
}

/// Ends your break.
#[derive(Debug, Clone, InputObject, Serialize)]
pub(crate) struct EndBreakInput {
    /// Repeating a request with the same key gives the first answer again.
    pub(crate) idempotency_key: Option<String>,
}

/// Accepts a check-in.
#[derive(Debug, Clone, InputObject, Serialize)]
pub(crate) struct ApproveAttendanceInput {
    /// Repeating a request with the same key gives the first answer again.
    pub(crate) idempotency_key: Option<String>,
    /// The shift.
    pub(crate) id: ID,
    /// Anything to say.
    pub(crate) remarks: Option<String>,
}

/// Refuses a check-in.
#[derive(Debug, Clone, InputObject, Serialize)]
pub(crate) struct RejectAttendanceInput {
    /// Repeating a request with the same key gives the first answer again.
    pub(crate) idempotency_key: Option<String>,
    /// The shift.
    pub(crate) id: ID,
    /// Why; "Rejected" if left out.
    pub(crate) remarks: Option<String>,
}

/// Which shifts to list. Every condition narrows the list; your scope does as well.
#[derive(Debug, Clone, Default, InputObject)]
pub(crate) struct AttendanceFilter {
    /// Of this driver.
    pub(crate) driver_id: Option<ID>,
    /// Of this fleet's drivers.
    pub(crate) fleet_id: Option<ID>,
    /// At this hub.
    pub(crate) hub_id: Option<ID>,
    /// In one of these statuses.
    pub(crate) status: Option<Vec<AttendanceStatus>>,
    /// Begun at this instant or later.
    pub(crate) from: Option<DateTime<Utc>>,
    /// Begun before this instant.
    pub(crate) to: Option<DateTime<Utc>>,
}

impl AttendanceFilter {
    fn checked(&self) -> Result<repository::Filter> {
        Ok(repository::Filter {
            driver: check::id(self.driver_id.as_ref(), "filter.driverId")?,
            fleet: check::id(self.fleet_id.as_ref(), "filter.fleetId")?,
            hub: check::id(self.hub_id.as_ref(), "filter.hubId")?,
            statuses: self.status.as_ref().map(|all| all.iter().map(|status| status.as_str()).collect()),
            from: check::instant(self.from, "filter.from")?,
            to: check::instant(self.to, "filter.to")?,
        })
    }
}

/// Queries about shifts.
#[derive(Default)]
pub(crate) struct AttendanceQuery;

#[Object]
impl AttendanceQuery {
    /// A shift; null if there is none in your scope.
    async fn attendance(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Attendance>> {
        actor(ctx, EVERYBODY)?;
        load_by::<AttendanceById>(ctx, &id).await
    }

    /// Shifts in your scope, the newest first.
    async fn attendance_history(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        filter: Option<AttendanceFilter>,
    ) -> Result<Connection<Attendance>> {
        let by = actor(ctx, EVERYBODY)?;
        let (page, filter) = (PageArgs::parse(first, after)?, filter.unwrap_or_default().checked()?);
        let (pool, scope) = (&by.app.pool, by.scope());
        let rows = repository::page(pool, &scope, &filter, &page).await?;
        let total =
            if wants_total(ctx) { Some(repository::count(pool, &scope, &filter).await?) } else { None };
        Ok(connection(&page, rows, |row| json!((row.check_in_time, row.id)), total))
    }

    /// Your open shift; null if you are not on one.
    async fn my_open_attendance(&self, ctx: &Context<'_>) -> Result<Option<Attendance>> {
        let by = actor(ctx, DRIVERS)?;
        match loader::load::<DriverByUser>(ctx, by.viewer.user_id).await? {
            Some(driver) => loader::load::<OpenAttendance>(ctx, driver.id).await,
            None => Ok(None),
        }
    }
}

/// Mutations of shifts.
#[derive(Default)]
pub(crate) struct AttendanceMutation;

#[Object]
impl AttendanceMutation {
    /// Opens your shift. GEOFENCE if you are too far from your hub.
    async fn check_in(&self, ctx: &Context<'_>, input: CheckInInput) -> Result<Attendance> {
        service::check_in(&actor(ctx, DRIVERS)?, input).await
    }

    /// Ends your shift, and an open break with it. CONFLICT while you are on a trip.
    async fn check_out(&self, ctx: &Context<'_>, input: CheckOutInput) -> Result<Attendance> {
        service::check_out(&actor(ctx, DRIVERS)?, input).await
    }

    /// Begins a break; you are not available until it ends.
    async fn start_break(&self, ctx: &Context<'_>, input: StartBreakInput) -> Result<Attendance> {
        service::start_break(&actor(ctx, DRIVERS)?, input).await
    }

    /// Ends your break.
    async fn end_break(&self, ctx: &Context<'_>, input: EndBreakInput) -> Result<Attendance> {
        service::end_break(&actor(ctx, DRIVERS)?, input).await
    }

    /// Accepts a check-in that waits.
    async fn approve_attendance(
        &self,
        ctx: &Context<'_>,
        input: ApproveAttendanceInput,
    ) -> Result<Attendance> {
        review::approve(&actor(ctx, ADMINS)?, input).await
    }

    /// Refuses a check-in that waits; the shift is over.
    async fn reject_attendance(&self, ctx: &Context<'_>, input: RejectAttendanceInput) -> Result<Attendance> {
        review::reject(&actor(ctx, ADMINS)?, input).await
    }
}
