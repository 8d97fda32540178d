//! Weekly earnings as clients see and ask for them.

use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::NaiveDate;
use kit::clock::ist_date;
use kit::error::{Error, Result};
use kit::{Money, Role, loader};

use super::{Week, iso_week, mondays, repository};
use crate::actor::{MONEY_OR_SELF, actor};
use crate::collection::day_bounds;
use crate::driver::loader::{DriverById, DriverByUser};
use crate::input as check;
use crate::wallet::graphql::money;

/// What a driver made in a week, Monday to Sunday, Indian time.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct WeeklyEarnings {
    /// Monday.
    week_start: NaiveDate,
    /// Sunday.
    week_end: NaiveDate,
    /// The year that the ISO week belongs to.
    iso_year: i32,
    /// The ISO number of the week.
    iso_week: u32,
    /// Trips completed.
    trip_count: i64,
    /// What passengers paid for them.
    trip_earnings: Money,
    /// Rewards.
    incentives: Money,
    /// Fines that were not waived.
    penalties: Money,
    /// Trips and incentives less penalties.
    net: Money,
}

impl From<Week> for WeeklyEarnings {
    fn from(week: Week) -> Self {
        let (iso_year, iso_week) = iso_week(week.start);
        WeeklyEarnings {
            week_start: week.start,
            week_end: week.end(),
            iso_year,
            iso_week,
            trip_count: week.trips,
            trip_earnings: money(week.trip_paise),
            incentives: money(week.incentive_paise),
            penalties: money(week.penalty_paise),
            net: money(week.net_paise()),
        }
    }
}

/// Queries about earnings.
#[derive(Default)]
pub(crate) struct EarningsQuery;

#[Object]
impl EarningsQuery {
    /// The last weeks of a driver (1 to 12, default 5), this one first; your own if you leave the driver out. Weeks without
    /// anything are there too.
    async fn weekly_earnings(
        &self,
        ctx: &Context<'_>,
        driver_id: Option<ID>,
        #[graphql(default = 5)] weeks: i32,
    ) -> Result<Vec<WeeklyEarnings>> {
        let by = actor(ctx, MONEY_OR_SELF)?;
        let count = u64::try_from(weeks).ok().filter(|count| (1..=12).contains(count));
        let count = count.ok_or_else(|| Error::validation("weeks", "Ask for 1 to 12 weeks"))?;
        let driver = match check::id(driver_id.as_ref(), "driverId")? {
            Some(id) => loader::load::<DriverById>(ctx, id).await?,
            None if by.viewer.role == Role::Driver => {
                loader::load::<DriverByUser>(ctx, by.viewer.user_id).await?
            }
            None => return Err(Error::validation("driverId", "Name a driver")),
        };
        let driver = driver.ok_or_else(|| Error::not_found("Driver"))?;
        let mondays = mondays(ist_date(by.app.clock.now()), count);
        let Some(oldest) = mondays.last() else { return Ok(Vec::new()) };
        let (from, _) = day_bounds(*oldest)?;
        let rows = repository::weeks(&by.app.pool, &by.scope(), driver.id, from).await?;
        let week = |start: &NaiveDate| {
            let row = rows.iter().find(|row| row.week == *start);
            let sum = |field: fn(&repository::Row) -> i64| row.map_or(0, field);
            WeeklyEarnings::from(Week {
                start: *start,
                trips: sum(|row| row.trips),
                trip_paise: sum(|row| row.trip_paise),
                incentive_paise: sum(|row| row.incentive_paise),
                penalty_paise: sum(|row| row.penalty_paise),
            })
        };
        Ok(mondays.iter().map(week).collect())
    }
}
