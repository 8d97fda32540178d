//! The SQL that all kinds of listed rows share.

use chrono::{DateTime, Utc};
use kit::Result;
use kit::page::PageArgs;
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::{ListOrder, Listed};
use crate::access::Reach;

/// One row, locked until the transaction ends.
pub async fn lock<T: Listed>(conn: &mut PgConnection, reach: &Reach, id: Uuid) -> Result<Option<T>> {
    let mut query = select::<T>(reach);
    query.push(" AND id = ").push_bind(id).push(" FOR UPDATE");
    Ok(query.build_query_as().fetch_optional(conn).await?)
}

/// One row that something is being added to: it stays as it is until the transaction ends, but others may add too.
pub async fn hold<T: Listed>(conn: &mut PgConnection, reach: &Reach, id: Uuid) -> Result<Option<T>> {
    let mut query = select::<T>(reach);
    query.push(" AND id = ").push_bind(id).push(" FOR SHARE");
    Ok(query.build_query_as().fetch_optional(conn).await?)
}

/// The rows among `ids` that the caller reaches, in no order.
pub async fn find_many<T: Listed>(conn: &mut PgConnection, reach: &Reach, ids: &[Uuid]) -> Result<Vec<T>> {
    let mut query = select::<T>(reach);
    query.push(" AND id = ANY(").push_bind(ids.to_vec()).push(")");
    Ok(query.build_query_as().fetch_all(conn).await?)
}

/// One row by the id that people read out.
pub async fn find_by_short_id<T: Listed>(
    conn: &mut PgConnection,
    reach: &Reach,
    short_id: &str,
) -> Result<Option<T>> {
    let mut query = select::<T>(reach);
    query.push(" AND short_id = ").push_bind(short_id.to_owned());
    Ok(query.build_query_as().fetch_optional(conn).await?)
}

/// One page, one row more than it holds.
pub async fn page<T: Listed>(
    conn: &mut PgConnection,
    reach: &Reach,
    wanted: &T::Wanted,
    order: ListOrder,
    page: &PageArgs,
) -> Result<Vec<T>> {
    let mut query = select::<T>(reach);
    T::push_wanted(wanted, &mut query);
    push_after::<T>(&mut query, order, page)?;
    push_order::<T>(&mut query, order, page.limit());
    Ok(query.build_query_as().fetch_all(conn).await?)
}

/// How many rows a list has in all its pages.
pub async fn count<T: Listed>(conn: &mut PgConnection, reach: &Reach, wanted: &T::Wanted) -> Result<i64> {
    let mut query = QueryBuilder::new("SELECT count(*) FROM ");
    query.push(T::TABLE).push(" WHERE true");
    reach.push(&mut query, T::KIND);
    T::push_wanted(wanted, &mut query);
    Ok(query.build_query_scalar().fetch_one(conn).await?)
}

/// The first rows below each of many parents, `limit` of each; `parent` is the column that names the parent.
pub async fn first_of_each<T: Listed>(
    conn: &mut PgConnection,
    reach: &Reach,
    (parent, ids): (&'static str, &[Uuid]),
    wanted: &T::Wanted,
    (order, limit): (ListOrder, i64),
) -> Result<Vec<T>> {
    let mut query = QueryBuilder::new("SELECT one.* FROM unnest(");
    query.push_bind(ids.to_vec()).push("::uuid[]) AS parent (id) CROSS JOIN LATERAL (");
    push_select::<T>(&mut query, reach);
    query.push(" AND ").push(parent).push(" = parent.id");
    T::push_wanted(wanted, &mut query);
    push_order::<T>(&mut query, order, limit);
    query.push(") AS one");
    Ok(query.build_query_as().fetch_all(conn).await?)
}

/// How many rows there are below each of many parents; a parent without any is absent.
pub async fn count_of_each<T: Listed>(
    conn: &mut PgConnection,
    reach: &Reach,
    (parent, ids): (&'static str, &[Uuid]),
    wanted: &T::Wanted,
) -> Result<Vec<(Uuid, i64)>> {
    let mut query = QueryBuilder::new("SELECT ");
    query.push(parent).push(", count(*) FROM ").push(T::TABLE).push(" WHERE ").push(parent);
    query.push(" = ANY(").push_bind(ids.to_vec()).push(")");
    reach.push(&mut query, T::KIND);
    T::push_wanted(wanted, &mut query);
    query.push(" GROUP BY ").push(parent);
    Ok(query.build_query_as().fetch_all(conn).await?)
}

/// A query over the rows that the caller reaches, open for more conditions.
pub fn select<T: Listed>(reach: &Reach) -> QueryBuilder<Postgres> {
    let mut query = QueryBuilder::new("");
    push_select::<T>(&mut query, reach);
    query
}

fn push_select<T: Listed>(query: &mut QueryBuilder<Postgres>, reach: &Reach) {
    query.push("SELECT ").push(T::COLUMNS).push(" FROM ").push(T::TABLE).push(" WHERE true");
    reach.push(query, T::KIND);
}

/// Goes on behind the last row of the page before.
fn push_after<T: Listed>(
    query: &mut QueryBuilder<Postgres>,
    order: ListOrder,
    page: &PageArgs,
) -> Result<()> {
    match order {
        ListOrder::NewestFirst => {
            if let Some((at, id)) = page.after::<(DateTime<Utc>, Uuid)>()? {
                query.push(" AND (created_at, id) < (").push_bind(at).push(", ").push_bind(id).push(")");
            }
        }
        ListOrder::Name => {
            if let Some((text, id)) = page.after::<(String, Uuid)>()? {
                // The bound value is compared like the column: `lower(…)` or nothing around it.
                let (before, behind) =
                    if T::BY_NAME.starts_with("lower(") { ("lower(", ")") } else { ("", "") };
                query.push(" AND (").push(T::BY_NAME).push(", id) > (").push(before).push_bind(text);
                query.push(behind).push(", ").push_bind(id).push(")");
            }
        }
    }
    Ok(())
}

fn push_order<T: Listed>(query: &mut QueryBuilder<Postgres>, order: ListOrder, limit: i64) {
    match order {
        ListOrder::NewestFirst => query.push(" ORDER BY created_at DESC, id DESC"),
        ListOrder::Name => query.push(" ORDER BY ").push(T::BY_NAME).push(", id"),
    };
    query.push(" LIMIT ").push_bind(limit);
}
