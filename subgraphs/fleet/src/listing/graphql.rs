//! What resolvers ask of listed rows: one by id, batched; a page of them.

use std::collections::HashMap;
use std::marker::PhantomData;

use async_graphql::{Context, ID, OutputType};
use kit::Result;
use kit::loader::{self, Batch, Source};
use kit::page::{Connection, PageArgs, connection, wants_total};
use uuid::Uuid;

use super::{ListOrder, Listed, repository};
use crate::access::Reach;
use crate::app::{app, reach};

/// Rows by id, as far as the caller sees.
struct ById<T>(PhantomData<fn() -> T>);

impl<T: Listed> Batch for ById<T> {
    type Key = Uuid;
    type Value = T;

    async fn load(source: &Source, keys: &[Uuid]) -> Result<HashMap<Uuid, T>> {
        let mut conn = source.pool.acquire().await?;
        let rows = repository::find_many::<T>(&mut conn, &Reach::of(&source.caller), keys).await?;
        Ok(rows.into_iter().map(|row| (row.place().id, row)).collect())
    }
}

/// One row by id, batched.
pub async fn by_id<T: Listed>(ctx: &Context<'_>, id: Option<Uuid>) -> Result<Option<T>> {
    match id {
        Some(id) => loader::load::<ById<T>>(ctx, id).await,
        None => Ok(None),
    }
}

/// One row by id or by the id that people read out. Nothing when there is none, or none that the caller sees.
pub async fn one<T: Listed>(ctx: &Context<'_>, id: &ID) -> Result<Option<T>> {
    match id.parse() {
        Ok(id) => by_id(ctx, Some(id)).await,
        Err(_) if id.bytes().all(|sign| sign.is_ascii_alphanumeric()) => {
            let mut conn = app(ctx)?.pool.acquire().await?;
            repository::find_by_short_id(&mut conn, &reach(ctx), id).await
        }
        Err(_) => Ok(None),
    }
}

/// One page of a list.
pub async fn list<T: Listed + OutputType>(
    ctx: &Context<'_>,
    wanted: T::Wanted,
    order: ListOrder,
    first: Option<i32>,
    after: Option<String>,
) -> Result<Connection<T>> {
    let page = PageArgs::parse(first, after)?;
    let reach = reach(ctx);
    let mut conn = app(ctx)?.pool.acquire().await?;
    let rows = repository::page::<T>(&mut conn, &reach, &wanted, order, &page).await?;
    let total = match wants_total(ctx) {
        true => Some(repository::count::<T>(&mut conn, &reach, &wanted).await?),
        false => None,
    };
    Ok(connection(&page, rows, |row| row.place().position(order), total))
}
