//! SQL of lists of trips: filters, keyset pages, and pages of many parents at once.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kit::Scope;
use kit::error::Result;
use kit::page::PageArgs;
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::SELECT;
use crate::access;
use crate::input::instant;
use crate::trip::{Provider, Trip, TripStatus, TripType};

/// Which trips a list is about; empty means all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    pub statuses: Vec<TripStatus>,
    pub trip_type: Option<TripType>,
    pub city: Option<String>,
    pub fleet_id: Option<Uuid>,
    pub driver_id: Option<Uuid>,
    pub vehicle_id: Option<Uuid>,
    pub pickup_from: Option<DateTime<Utc>>,
    pub pickup_to: Option<DateTime<Utc>>,
    pub provider: Option<Provider>,
    /// Only trips that wait for a driver.
    pub unassigned: bool,
    pub search: Option<String>,
}

/// In which order a list comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Order {
    /// The latest pickup first.
    #[default]
    LatestPickup,
    /// The earliest pickup first.
    EarliestPickup,
}

/// One page within the scope.
///
/// # Errors
/// VALIDATION on `after`.
pub async fn page(
    conn: &mut PgConnection,
    scope: &Scope,
    filter: &Filter,
    order: Order,
    page: &PageArgs,
) -> Result<Vec<Trip>> {
    let mut sql = QueryBuilder::new(SELECT);
    restrict(&mut sql, scope, filter);
    if let Some((pickup, id)) = page.after::<(DateTime<Utc>, Uuid)>()? {
        let pickup = instant("after", pickup)?;
        let compare = if order == Order::LatestPickup { "<" } else { ">" };
        sql.push(" AND (trip.pickup_time, trip.id) ").push(compare).push(" (").push_bind(pickup);
        sql.push(", ").push_bind(id).push(")");
    }
    sql.push(match order {
        Order::LatestPickup => " ORDER BY trip.pickup_time DESC, trip.id DESC LIMIT ",
        Order::EarliestPickup => " ORDER BY trip.pickup_time, trip.id LIMIT ",
    });
    sql.push_bind(page.limit());
    Ok(sql.build_query_as().fetch_all(conn).await?)
}

/// Everything within the scope that matches, the earliest pickup first, at most `limit`.
///
/// # Errors
/// INTERNAL when the database fails.
pub async fn all(conn: &mut PgConnection, scope: &Scope, filter: &Filter, limit: i64) -> Result<Vec<Trip>> {
    let mut sql = QueryBuilder::new(SELECT);
    restrict(&mut sql, scope, filter);
    sql.push(" ORDER BY trip.pickup_time, trip.id LIMIT ").push_bind(limit);
    Ok(sql.build_query_as().fetch_all(conn).await?)
}

/// How many trips all pages have together.
///
/// # Errors
/// INTERNAL when the database fails.
pub async fn count(conn: &mut PgConnection, scope: &Scope, filter: &Filter) -> Result<i64> {
    let mut sql = QueryBuilder::new("SELECT count(*) FROM trip WHERE ");
    restrict(&mut sql, scope, filter);
    Ok(sql.build_query_scalar().fetch_one(conn).await?)
}

/// Trips by id, within the scope.
///
/// # Errors
/// INTERNAL when the database fails.
pub async fn by_ids(conn: &mut PgConnection, scope: &Scope, ids: &[Uuid]) -> Result<HashMap<Uuid, Trip>> {
    let mut sql = QueryBuilder::new(SELECT);
    sql.push("trip.id = ANY(").push_bind(ids.to_vec()).push(") AND (");
    access::trips(&mut sql, scope);
    sql.push(")");
    let rows: Vec<Trip> = sql.build_query_as().fetch_all(conn).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// A parent that many lists of trips are asked for at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Parent {
    Driver,
    Fleet,
}

impl Parent {
    const fn column(self) -> &'static str {
        match self {
            Self::Driver => "trip.driver_id",
            Self::Fleet => "trip.fleet_id",
        }
    }

    const fn of(self, trip: &Trip) -> Option<Uuid> {
        match self {
            Self::Driver => trip.driver_id,
            Self::Fleet => trip.fleet_id,
        }
    }
}

/// The first page of many parents with one statement: the latest `limit` trips of each, within the scope.
///
/// # Errors
/// INTERNAL when the database fails.
pub async fn latest_of(
    conn: &mut PgConnection,
    scope: &Scope,
    (parent, ids): (Parent, &[Uuid]),
    statuses: &[TripStatus],
    limit: i64,
) -> Result<HashMap<Uuid, Vec<Trip>>> {
    let mut sql = QueryBuilder::new("SELECT page.* FROM unnest(");
    sql.push_bind(ids.to_vec()).push("::uuid[]) AS parent (id) CROSS JOIN LATERAL (");
    sql.push(SELECT).push(parent.column()).push(" = parent.id AND (");
    access::trips(&mut sql, scope);
    sql.push(")");
    restrict_statuses(&mut sql, statuses);
    sql.push(" ORDER BY trip.pickup_time DESC, trip.id DESC LIMIT ").push_bind(limit).push(") AS page");
    let rows: Vec<Trip> = sql.build_query_as().fetch_all(conn).await?;
    let mut by_parent: HashMap<Uuid, Vec<Trip>> = HashMap::new();
    for row in rows {
        if let Some(id) = parent.of(&row) {
            by_parent.entry(id).or_default().push(row);
        }
    }
    Ok(by_parent)
}

/// How many trips each of many parents has, with one statement, within the scope.
///
/// # Errors
/// INTERNAL when the database fails.
pub async fn count_of(
    conn: &mut PgConnection,
    scope: &Scope,
    (parent, ids): (Parent, &[Uuid]),
    statuses: &[TripStatus],
) -> Result<HashMap<Uuid, i64>> {
    let mut sql = QueryBuilder::new("SELECT ");
    sql.push(parent.column()).push(", count(*) FROM trip WHERE ").push(parent.column()).push(" = ANY(");
    sql.push_bind(ids.to_vec()).push(") AND (");
    access::trips(&mut sql, scope);
    sql.push(")");
    restrict_statuses(&mut sql, statuses);
    sql.push(" GROUP BY 1");
    let rows: Vec<(Uuid, i64)> = sql.build_query_as().fetch_all(conn).await?;
    Ok(rows.into_iter().collect())
}

fn restrict(sql: &mut QueryBuilder<Postgres>, scope: &Scope, filter: &Filter) {
    sql.push("(");
    access::trips(sql, scope);
    sql.push(")");
    restrict_statuses(sql, &filter.statuses);
    if let Some(trip_type) = filter.trip_type {
        sql.push(" AND trip.trip_type = ").push_bind(trip_type);
    }
    if let Some(city) = &filter.city {
        sql.push(" AND trip.origin_city = ").push_bind(city.clone());
    }
    if let Some(fleet) = filter.fleet_id {
        sql.push(" AND trip.fleet_id = ").push_bind(fleet);
    }
    if let Some(driver) = filter.driver_id {
        sql.push(" AND trip.driver_id = ").push_bind(driver);
    }
    if let Some(vehicle) = filter.vehicle_id {
        sql.push(" AND trip.vehicle_id = ").push_bind(vehicle);
    }
    if let Some(from) = filter.pickup_from {
        sql.push(" AND trip.pickup_time >= ").push_bind(from);
    }
    if let Some(to) = filter.pickup_to {
        sql.push(" AND trip.pickup_time < ").push_bind(to);
    }
    if let Some(provider) = filter.provider {
        sql.push(" AND trip.provider = ").push_bind(provider);
    }
    if filter.unassigned {
        sql.push(" AND trip.status = 'CREATED'");
    }
    if let Some(search) = &filter.search {
        // Under three letters there is nothing to look up: every entry of the trigram index would be read.
        let column = if search.chars().count() < 3 { "(trip.search || '')" } else { "trip.search" };
        sql.push(" AND ").push(column).push(" ILIKE ").push_bind(contains(search));
    }
}

fn restrict_statuses(sql: &mut QueryBuilder<Postgres>, statuses: &[TripStatus]) {
    match statuses {
        [] => {}
        // One status comes out of its index in the order of pickups; several do not.
        [status] => {
            sql.push(" AND trip.status = ").push_bind(status.as_str());
        }
        several => {
            let names: Vec<_> = several.iter().map(|status| status.as_str()).collect();
            sql.push(" AND trip.status = ANY(").push_bind(names).push(")");
        }
    }
}

/// A LIKE pattern that finds the text anywhere, with the text's own wildcards taken literally.
fn contains(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{escaped}%")
}
