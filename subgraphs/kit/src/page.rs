//! Lists in pages: keyset cursors that stay right while rows are added, and one connection type for every list.

use async_graphql::connection::{self, Edge};
use async_graphql::{Context, OutputType, SimpleObject};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::{Error, Result};

const DEFAULT_SIZE: i32 = 20;
const MAX_SIZE: i32 = 100;

/// Which page a client asks for.
#[derive(Clone, Debug)]
pub struct PageArgs {
    first: i32,
    after: Option<String>,
}

impl PageArgs {
    /// Reads `first` (default 20, at most 100) and `after`. Errors: VALIDATION on the argument at fault.
    pub fn parse(first: Option<i32>, after: Option<String>) -> Result<PageArgs> {
        let first = first.unwrap_or(DEFAULT_SIZE);
        if !(1..=MAX_SIZE).contains(&first) {
            return Err(Error::validation("first", format!("Ask for 1 to {MAX_SIZE} at a time")));
        }
        Ok(PageArgs { first, after })
    }

    /// How many rows to fetch: one more than the page holds, which tells whether there is a next one.
    pub fn limit(&self) -> i64 {
        i64::from(self.first) + 1
    }

    /// The keyset position to go on from. Errors: VALIDATION on "after" for anything we did not hand out.
    pub fn after<T: DeserializeOwned>(&self) -> Result<Option<T>> {
        let Some(cursor) = &self.after else { return Ok(None) };
        let unknown = || Error::validation("after", "This cursor is not one of ours");
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| unknown())?;
        let position: Value = serde_json::from_slice(&bytes).map_err(|_| unknown())?;
        if holds_nul(&position) {
            return Err(unknown());
        }
        serde_json::from_value(position).map(Some).map_err(|_| unknown())
    }
}

/// True if some text has the one character that PostgreSQL does not take.
fn holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(values) => values.iter().any(holds_nul),
        Value::Object(fields) => fields.values().any(holds_nul),
        _ => false,
    }
}

/// What a connection adds to edges, nodes and pageInfo.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(shareable)]
pub struct Totals {
    /// How many there are in all pages together; counted only when it is asked for.
    pub total_count: Option<i64>,
}

/// A page of `T`: `nodes`, `edges`, `pageInfo`, `totalCount`. Its GraphQL name is `<T>Connection`.
pub type Connection<T> = connection::Connection<String, T, Totals>;

/// Makes a page of the rows that were fetched with [`PageArgs::limit`]. `cursor` gives the keyset position of a row.
pub fn connection<T: OutputType>(
    page: &PageArgs,
    mut rows: Vec<T>,
    cursor: impl Fn(&T) -> Value,
    total: Option<i64>,
) -> Connection<T> {
    let size = usize::try_from(page.first).unwrap_or(usize::MAX);
    let has_next = rows.len() > size;
    rows.truncate(size);
    let totals = Totals { total_count: total };
    let mut connection = Connection::with_additional_fields(page.after.is_some(), has_next, totals);
    connection.edges.extend(rows.into_iter().map(|row| {
        let position = URL_SAFE_NO_PAD.encode(cursor(&row).to_string());
        Edge::new(position, row)
    }));
    connection
}

/// True if the client selected `totalCount` on the connection that is being resolved.
pub fn wants_total(ctx: &Context<'_>) -> bool {
    ctx.look_ahead().field("totalCount").exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_knows_whether_more_follow_and_where_to_go_on() {
        let page = PageArgs::parse(Some(2), None).unwrap();
        let made = connection(&page, vec![10, 20, 30], |row| serde_json::json!([row, "x"]), None);
        assert!(made.has_next_page && !made.has_previous_page);
        let next = PageArgs::parse(Some(2), Some(made.edges[1].cursor.clone())).unwrap();
        assert_eq!(next.after::<(i32, String)>().unwrap(), Some((20, "x".to_owned())));
    }

    #[test]
    fn a_page_size_out_of_bounds_and_a_foreign_cursor_are_refused() {
        for first in [0, -1, 101] {
            assert_eq!(PageArgs::parse(Some(first), None).unwrap_err().field_name(), Some("first"));
        }
        let page = PageArgs::parse(None, Some("nonsense!".into())).unwrap();
        assert_eq!(page.after::<i32>().unwrap_err().field_name(), Some("after"));
        // JSON has it, PostgreSQL does not.
        let nul = URL_SAFE_NO_PAD.encode(r#"["2026-01-27", "a\u0000b"]"#);
        let page = PageArgs::parse(None, Some(nul)).unwrap();
        assert_eq!(page.after::<(String, String)>().unwrap_err().field_name(), Some("after"));
    }
}
