//! Papers that run out, as clients see them.

use async_graphql::{Context, ID, Object};
use chrono::{Duration, NaiveDate};
use kit::page::{Connection, PageArgs, connection, wants_total};
use kit::{Error, Result};
use serde_json::json;

use super::{RunningOut, repository};
use crate::access::STAFF;
use crate::app::{acting, app, reach};
use crate::check;
use crate::listing::graphql::by_id;
use crate::vehicle::Vehicle;
use crate::vehicle::document::{DocumentHealth, VehicleDocumentKind};
use crate::vehicle::graphql::today;

/// The furthest that one may look ahead, in days.
const DAYS_MAX: i32 = 3650;
const DAYS_DEFAULT: i32 = 30;

/// A paper that runs out, or has.
#[Object(name = "ExpiringDocument")]
impl RunningOut {
    /// The vehicle that it belongs to.
    async fn vehicle(&self, ctx: &Context<'_>) -> Result<Option<Vehicle>> {
        by_id(ctx, Some(self.vehicle_id)).await
    }

    /// Which paper.
    async fn kind(&self) -> VehicleDocumentKind {
        self.kind
    }

    /// Its last good day.
    async fn expires_on(&self) -> NaiveDate {
        self.expires_on
    }

    /// The days that are left; negative once it has run out.
    async fn days_left(&self, ctx: &Context<'_>) -> Result<i64> {
        Ok((self.expires_on - today(app(ctx)?).date).num_days())
    }

    /// Whether it is in order today.
    async fn health(&self, ctx: &Context<'_>) -> Result<DocumentHealth> {
        Ok(today(app(ctx)?).health(Some(self.expires_on)))
    }
}

/// Questions about papers.
#[derive(Default)]
pub struct PapersQuery;

#[Object]
impl PapersQuery {
    /// Papers that run out within some days, those that have run out included, the most urgent first.
    async fn expiring_documents(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of this fleet; of every fleet that you see when left out.")] fleet_id: Option<ID>,
        #[graphql(desc = "How many days to look ahead; 30 when left out.")] within_days: Option<i32>,
        #[graphql(desc = "How many at most: 1 to 100, 20 when left out.")] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.")] after: Option<String>,
    ) -> Result<Connection<RunningOut>> {
        let (app, viewer) = acting(ctx)?;
        viewer.require(&STAFF)?;
        let within_days = within_days.unwrap_or(DAYS_DEFAULT);
        if !(0..=DAYS_MAX).contains(&within_days) {
            return Err(Error::validation("withinDays", "0 to 3650 days"));
        }
        let page = PageArgs::parse(first, after)?;
        let fleet = check::optional_id("fleetId", fleet_id.as_ref())?;
        let until = today(app).date + Duration::days(i64::from(within_days));
        let reach = reach(ctx);
        let mut conn = app.pool.acquire().await?;
        let papers = repository::page(&mut conn, &reach, fleet, until, &page).await?;
        let total = match wants_total(ctx) {
            true => Some(repository::count(&mut conn, &reach, fleet, until).await?),
            false => None,
        };
        let cursor = |paper: &RunningOut| json!([paper.expires_on, paper.vehicle_id, paper.kind]);
        Ok(connection(&page, papers, cursor, total))
    }
}
