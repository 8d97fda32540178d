//! SQL of weekly earnings: one statement for all weeks.

use chrono::{DateTime, NaiveDate, Utc};
use kit::Scope;
use kit::error::Result;
use sqlx::{PgPool, QueryBuilder};
use uuid::Uuid;

use crate::scope;

/// Sums of one week.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct Row {
    pub(crate) week: NaiveDate,
    pub(crate) trips: i64,
    pub(crate) trip_paise: i64,
    pub(crate) incentive_paise: i64,
    pub(crate) penalty_paise: i64,
}

/// The weeks since `from` in which something happened to a driver in scope.
pub(crate) async fn weeks(
    pool: &PgPool,
    scope: &Scope,
    driver: Uuid,
    from: DateTime<Utc>,
) -> Result<Vec<Row>> {
    let mut query = QueryBuilder::new("WITH subject AS (SELECT d.id FROM driver d WHERE d.id = ");
    query.push_bind(driver).push(" AND ");
    scope::push(&mut query, scope);
    query
        .push(
            "), happened AS (
             SELECT t.completed_at AS at, 1 AS trips, t.fare_paise AS trip, 0::bigint AS incentive, 0::bigint AS penalty
             FROM trip_earning t JOIN subject ON subject.id = t.driver_id WHERE t.completed_at >= ",
        )
        .push_bind(from)
        .push(
            " UNION ALL SELECT i.created_at, 0, 0, i.amount_paise, 0
             FROM incentive i JOIN subject ON subject.id = i.driver_id WHERE i.created_at >= ",
        )
        .push_bind(from)
        .push(
            " UNION ALL SELECT p.created_at, 0, 0, 0, p.amount_paise
             FROM penalty p JOIN subject ON subject.id = p.driver_id
             WHERE p.type = 'MONETARY' AND p.state <> 'WAIVED' AND p.created_at >= ",
        )
        .push_bind(from)
        .push(
            ") SELECT date_trunc('week', at AT TIME ZONE 'Asia/Kolkata')::date AS week, sum(trips)::bigint AS trips,
                 sum(trip)::bigint AS trip_paise, sum(incentive)::bigint AS incentive_paise,
                 sum(penalty)::bigint AS penalty_paise
             FROM happened GROUP BY 1",
        );
    Ok(query.build_query_as().fetch_all(pool).await?)
}
