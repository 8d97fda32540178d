//! Lists: rows of one kind, found by id or page by page, as far as a caller reaches.

pub mod graphql;
pub mod repository;

use async_graphql::Enum;
use chrono::{DateTime, Utc};
use kit::{Error, Result};
use serde_json::{Value, json};
use sqlx::postgres::PgRow;
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

use crate::access::Kind;

/// The shortest text that a search takes, below which everything matches, and the longest.
pub const SEARCH_MIN: usize = 2;
const SEARCH_MAX: usize = 100;

/// A kind of row that is found by id and listed in pages.
pub trait Listed: for<'r> sqlx::FromRow<'r, PgRow> + Clone + Send + Sync + Unpin + 'static {
    /// What a sentence calls it: `Hub`.
    const NOUN: &'static str;
    /// Where it is kept.
    const TABLE: &'static str;
    /// What is read of it.
    const COLUMNS: &'static str;
    /// Which rule says who sees it.
    const KIND: Kind;
    /// What [`ListOrder::Name`] sorts by, as SQL.
    const BY_NAME: &'static str;
    /// Which rows a list is about; an absent part means any.
    type Wanted: Send + Sync;

    /// Adds the conditions of `wanted` to a query.
    fn push_wanted(wanted: &Self::Wanted, query: &mut QueryBuilder<Postgres>);

    /// Where the row stands in a list.
    fn place(&self) -> Place<'_>;
}

/// What a row is sorted by.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    pub id: Uuid,
    pub created_at: DateTime<Utc>,
    pub name: &'a str,
}

impl Place<'_> {
    /// The keyset position that a cursor holds.
    pub fn position(&self, order: ListOrder) -> Value {
        match order {
            ListOrder::NewestFirst => json!([self.created_at, self.id]),
            ListOrder::Name => json!([self.name, self.id]),
        }
    }
}

/// How a list is ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Enum)]
#[graphql(name = "FleetListOrder")]
pub enum ListOrder {
    /// The newest first.
    #[default]
    NewestFirst,
    /// By name, A to Z; vehicles by number.
    Name,
}

/// What a client searches for, if anything. Errors: VALIDATION on `filter.search`.
pub fn search(text: Option<&str>) -> Result<Option<String>> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    if (SEARCH_MIN..=SEARCH_MAX).contains(&text.chars().count()) && !text.chars().any(char::is_control) {
        return Ok(Some(text.to_owned()));
    }
    Err(Error::validation("filter.search", "Search for 2 to 100 characters"))
}

/// The same where phones are searched: they are kept without blanks and hyphens, and found with them too.
pub fn search_people(text: Option<&str>) -> Result<Option<String>> {
    let phone = |text: &&str| text.chars().all(|sign| sign.is_ascii_digit() || " -+().".contains(sign));
    let plain = text.filter(phone).map(|text| text.replace([' ', '-', '(', ')', '.'], ""));
    search(plain.as_deref().or(text))
}

/// A pattern that finds `text` anywhere, with its own wildcards taken literally.
pub fn like(text: &str) -> String {
    let literal = text.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_");
    format!("%{literal}%")
}
