//! How lists of this service are ordered and continued.

use async_graphql::Enum;
use chrono::{DateTime, Utc};
use kit::page::PageArgs;
use kit::{Error, Result};
use serde_json::{Value, json};
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

/// The shortest text that a search takes: below it, everything matches.
const SEARCH_MIN: usize = 2;

/// How a list is ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enum)]
#[graphql(name = "FleetListOrder")]
pub enum ListOrder {
    /// The newest first.
    #[default]
    NewestFirst,
    /// By name, A to Z; vehicles by number.
    Name,
}

/// Adds position, order and limit of a page. `name` is the column that [`ListOrder::Name`] sorts by, as SQL;
/// rows need `created_at` and `id`.
pub fn push_page(
    query: &mut QueryBuilder<Postgres>,
    name: &'static str,
    order: ListOrder,
    page: &PageArgs,
) -> Result<()> {
    match order {
        ListOrder::NewestFirst => {
            if let Some((at, id)) = page.after::<(DateTime<Utc>, Uuid)>()? {
                query.push(" AND (created_at, id) < (").push_bind(at).push(", ").push_bind(id).push(")");
            }
            query.push(" ORDER BY created_at DESC, id DESC");
        }
        ListOrder::Name => {
            if let Some((text, id)) = page.after::<(String, Uuid)>()? {
                query.push(" AND (").push(name).push(", id) > (");
                query.push(name_of_bind(name).0).push_bind(text).push(name_of_bind(name).1).push(", ");
                query.push_bind(id).push(")");
            }
            query.push(" ORDER BY ").push(name).push(", id");
        }
    }
    query.push(" LIMIT ").push_bind(page.limit());
    Ok(())
}

/// What is put around the bound value so that it compares like the column: `lower(…)` or nothing.
fn name_of_bind(name: &str) -> (&'static str, &'static str) {
    if name.starts_with("lower(") { ("lower(", ")") } else { ("", "") }
}

/// The keyset position of a row.
pub fn position(order: ListOrder, created_at: DateTime<Utc>, name: &str, id: Uuid) -> Value {
    match order {
        ListOrder::NewestFirst => json!([created_at, id]),
        ListOrder::Name => json!([name, id]),
    }
}

/// What a client searches for, if anything. Errors: VALIDATION on `filter.search` for a single character.
pub fn search(text: Option<String>) -> Result<Option<String>> {
    let text = text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    if text.as_ref().is_some_and(|text| text.chars().count() < SEARCH_MIN) {
        return Err(Error::validation("filter.search", "Search for two characters or more"));
    }
    Ok(text)
}

/// A pattern that finds `text` anywhere, with its own wildcards taken literally.
pub fn like(text: &str) -> String {
    let literal = text.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_");
    format!("%{literal}%")
}
