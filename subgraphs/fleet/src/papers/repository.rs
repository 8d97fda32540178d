//! The SQL of papers that run out.

use chrono::NaiveDate;
use kit::Result;
use kit::page::PageArgs;
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::RunningOut;
use crate::access::{Kind, Reach};
use crate::vehicle::document::VehicleDocumentKind;

const DATED: [(VehicleDocumentKind, &str); 3] = [
    (VehicleDocumentKind::Permit, "permit_expiry"),
    (VehicleDocumentKind::Fitness, "fitness_expiry"),
    (VehicleDocumentKind::Insurance, "insurance_expiry"),
];

/// One page of papers that run out up to a day, those that have already included, the earliest first.
pub async fn page(
    conn: &mut PgConnection,
    reach: &Reach,
    fleet: Option<Uuid>,
    until: NaiveDate,
    page: &PageArgs,
) -> Result<Vec<RunningOut>> {
    let mut query = papers(reach, fleet, None, until);
    if let Some((day, vehicle, kind)) = page.after::<(NaiveDate, Uuid, String)>()? {
        query.push(" WHERE (expires_on, vehicle_id, kind) > (").push_bind(day).push(", ");
        query.push_bind(vehicle).push(", ").push_bind(kind).push(")");
    }
    query.push(" ORDER BY expires_on, vehicle_id, kind LIMIT ").push_bind(page.limit());
    Ok(query.build_query_as().fetch_all(conn).await?)
}

/// How many papers [`page`] has in all its pages.
pub async fn count(
    conn: &mut PgConnection,
    reach: &Reach,
    fleet: Option<Uuid>,
    until: NaiveDate,
) -> Result<i64> {
    let mut query = QueryBuilder::new("SELECT count(*) FROM (");
    push_papers(&mut query, reach, fleet, None, until);
    query.push(") AS p");
    Ok(query.build_query_scalar().fetch_one(conn).await?)
}

/// Every paper that runs out after one day and up to another.
pub async fn between(conn: &mut PgConnection, after: NaiveDate, until: NaiveDate) -> Result<Vec<RunningOut>> {
    let mut query = papers(&Reach::All, None, Some(after), until);
    query.push(" ORDER BY vehicle_id, expires_on, kind");
    Ok(query.build_query_as().fetch_all(conn).await?)
}

fn papers(
    reach: &Reach,
    fleet: Option<Uuid>,
    after: Option<NaiveDate>,
    until: NaiveDate,
) -> QueryBuilder<Postgres> {
    let mut query = QueryBuilder::new("SELECT vehicle_id, kind, expires_on FROM (");
    push_papers(&mut query, reach, fleet, after, until);
    query.push(") AS p");
    query
}

/// One branch per paper, so that each can use the index of its date.
fn push_papers(
    query: &mut QueryBuilder<Postgres>,
    reach: &Reach,
    fleet: Option<Uuid>,
    after: Option<NaiveDate>,
    until: NaiveDate,
) {
    for (position, (kind, column)) in DATED.into_iter().enumerate() {
        query.push(if position == 0 { "" } else { " UNION ALL " });
        query.push("SELECT id AS vehicle_id, ").push_bind(kind.as_str()).push("::text AS kind, ");
        query.push(column).push(" AS expires_on FROM vehicle WHERE ");
        query.push(column).push(" <= ").push_bind(until);
        if let Some(after) = after {
            query.push(" AND ").push(column).push(" > ").push_bind(after);
        }
        if let Some(fleet) = fleet {
            query.push(" AND fleet_id = ").push_bind(fleet);
        }
        reach.push(query, Kind::Vehicle);
    }
}
