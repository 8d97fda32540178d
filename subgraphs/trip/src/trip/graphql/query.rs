//! Questions about trips.

use async_graphql::{Context, ID, Object};
use kit::error::{Error, Result};
use kit::loader;
use kit::page::{Connection, PageArgs, connection, wants_total};
use kit::viewer::caller;

use super::inputs::{MyTrips, TripFilter, TripOrder};
use super::loaders::TripById;
use super::record::DispatchCandidate;
use crate::access;
use crate::app::App;
use crate::id::Key;
use crate::trip::repository::list::{self, Filter, Order};
use crate::trip::service::{self, dispatch};
use crate::trip::{Trip, TripStatus};

/// Drivers that a dispatcher is shown at most.
const MAX_CANDIDATES: i64 = 500;

#[derive(Default)]
pub struct TripQuery;

#[Object]
impl TripQuery {
    /// One trip by id or short id; null when there is none that you may see.
    async fn trip(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Trip>> {
        caller(ctx).viewer()?;
        match Key::parse(&id) {
            Key::Id(id) => loader::load::<TripById>(ctx, id).await,
            short => match service::find(app(ctx), &caller(ctx).scope(), &short).await {
                Ok(trip) => Ok(Some(trip)),
                Err(missing) if missing.code() == kit::Code::NOT_FOUND => Ok(None),
                Err(error) => Err(error),
            },
        }
    }

    /// The trips that you may see, latest pickup first unless you order otherwise; for a driver their own.
    async fn trips(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, at most 100; 20 when left out")] first: Option<i32>,
        #[graphql(desc = "Go on behind this cursor")] after: Option<String>,
        filter: Option<TripFilter>,
        order_by: Option<TripOrder>,
    ) -> Result<Connection<Trip>> {
        access::member(caller(ctx))?;
        let config = app(ctx).config.clone();
        let filter = filter.unwrap_or_default().read(|name| config.city(name))?;
        page(ctx, &filter, order_by.map(Order::from).unwrap_or_default(), PageArgs::parse(first, after)?)
            .await
    }

    /// A driver's own trips: the ones to drive, earliest pickup first, or the ones that are over, latest first.
    async fn my_trips(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "ACTIVE when left out")] which: Option<MyTrips>,
        #[graphql(desc = "How many, at most 100; 20 when left out")] first: Option<i32>,
        #[graphql(desc = "Go on behind this cursor")] after: Option<String>,
    ) -> Result<Connection<Trip>> {
        access::driver(caller(ctx))?;
        let (statuses, order) = match which.unwrap_or(MyTrips::Active) {
            MyTrips::Active => (TripStatus::ACTIVE.to_vec(), Order::EarliestPickup),
            MyTrips::History => (TripStatus::HISTORY.to_vec(), Order::LatestPickup),
        };
        page(ctx, &Filter { statuses, ..Filter::default() }, order, PageArgs::parse(first, after)?).await
    }

    /// Who could drive a trip: every driver in your scope, the fit ones first, the others with what speaks against them.
    async fn dispatch_candidates(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Id or short id of a trip that needs a driver")] trip_id: ID,
        #[graphql(desc = "Only drivers who may be sent now")] only_fit: Option<bool>,
    ) -> Result<Vec<DispatchCandidate>> {
        let judged =
            dispatch::candidates(app(ctx), caller(ctx), &Key::parse(&trip_id), MAX_CANDIDATES).await?;
        let only_fit = only_fit.unwrap_or(false);
        let shown = judged.into_iter().filter(|one| !only_fit || one.obstacles.is_empty());
        Ok(shown.map(DispatchCandidate::from).collect())
    }

    #[graphql(entity)]
    async fn find_trip_by_id(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Trip>> {
        match Key::parse(&id) {
            Key::Id(id) => loader::load::<TripById>(ctx, id).await,
            Key::Short(_) => Ok(None),
        }
    }
}

async fn page(ctx: &Context<'_>, filter: &Filter, order: Order, page: PageArgs) -> Result<Connection<Trip>> {
    if filter.search.as_ref().is_some_and(|text| text.chars().count() > 100) {
        return Err(Error::validation("filter.search", "Search for at most 100 characters"));
    }
    let scope = caller(ctx).scope();
    let mut conn = app(ctx).pool.acquire().await?;
    let rows = list::page(&mut conn, &scope, filter, order, &page).await?;
    let total = match wants_total(ctx) {
        true => Some(list::count(&mut conn, &scope, filter).await?),
        false => None,
    };
    Ok(connection(&page, rows, Trip::position, total))
}

fn app<'a>(ctx: &Context<'a>) -> &'a App {
    ctx.data_unchecked::<App>()
}
