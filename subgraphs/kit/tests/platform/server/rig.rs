//! A small subgraph with something of everything, and the ways to ask it.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_graphql::{Context, Object, SimpleObject, Subscription};
use axum::body::Body;
use futures_util::{Stream, StreamExt};
use kit::bus::EmbeddedBus;
use kit::feed::{Cursor, Feed};
use kit::loader::{Batch, Source};
use kit::outbox::Filter;
use kit::page::{self, Connection, PageArgs};
use kit::peer::Directory;
use kit::{Caller, Clock, Error, Money, Paise, Parts, Peers, PrincipalKey, Result, Role, Service, Viewer};
use serde_json::{Value, json};
use tower::ServiceExt;
use uuid::Uuid;

use crate::support::database;

/// Statements that loaders sent, by database: tests run side by side.
static BATCHES: Mutex<BTreeMap<String, usize>> = Mutex::new(BTreeMap::new());

pub(super) fn batches(pool: &sqlx::PgPool) -> usize {
    let database = pool.connect_options().get_database().unwrap_or_default().to_owned();
    BATCHES.lock().unwrap().get(&database).copied().unwrap_or(0)
}

fn count_batch(pool: &sqlx::PgPool) {
    let database = pool.connect_options().get_database().unwrap_or_default().to_owned();
    *BATCHES.lock().unwrap().entry(database).or_default() += 1;
}

/// How many resolvers with an effect have run.
#[derive(Clone, Default)]
pub(super) struct Effects(pub(super) Arc<AtomicUsize>);

struct Doubled;

impl Batch for Doubled {
    type Key = i64;
    type Value = i64;

    async fn load(source: &Source, keys: &[i64]) -> Result<HashMap<i64, i64>> {
        count_batch(&source.pool);
        let rows: Vec<(i64, i64)> =
            sqlx::query_as("SELECT k, k * 2 FROM unnest($1::bigint[]) AS k WHERE k < 90")
                .bind(keys)
                .fetch_all(&source.pool)
                .await?;
        Ok(rows.into_iter().collect())
    }
}

/// The same thing again, by three ways that take differently long.
struct Again<const MILLIS: u64>;

impl<const MILLIS: u64> Batch for Again<MILLIS> {
    type Key = i64;
    type Value = Thing;

    async fn load(source: &Source, keys: &[i64]) -> Result<HashMap<i64, Thing>> {
        count_batch(&source.pool);
        tokio::time::sleep(Duration::from_millis(MILLIS)).await;
        Ok(keys.iter().map(|number| (*number, Thing { number: *number })).collect())
    }
}

#[derive(Clone, SimpleObject)]
#[graphql(complex)]
struct Thing {
    number: i64,
}

#[async_graphql::ComplexObject]
impl Thing {
    async fn doubled(&self, ctx: &Context<'_>) -> Result<Option<i64>> {
        kit::loader::load::<Doubled>(ctx, self.number).await
    }

    async fn sometimes(&self) -> Result<Option<i64>> {
        if self.number == 2 {
            return Err(Error::forbidden("Not this one"));
        }
        Ok(Some(self.number))
    }

    async fn quick(&self, ctx: &Context<'_>) -> Result<Option<Thing>> {
        kit::loader::load::<Again<1>>(ctx, self.number).await
    }

    async fn slow(&self, ctx: &Context<'_>) -> Result<Option<Thing>> {
        kit::loader::load::<Again<30>>(ctx, self.number).await
    }

    async fn slower(&self, ctx: &Context<'_>) -> Result<Option<Thing>> {
        kit::loader::load::<Again<60>>(ctx, self.number).await
    }
}

struct Query;

#[Object]
impl Query {
    async fn who(&self, ctx: &Context<'_>) -> String {
        ctx.data::<Effects>().unwrap().0.fetch_add(1, Ordering::SeqCst);
        match kit::viewer::caller(ctx) {
            Caller::Anonymous => "nobody".into(),
            Caller::Viewer(viewer) => format!("{} {}", viewer.role, viewer.user_id),
            Caller::Service { name } => format!("service {name}"),
        }
    }

    async fn only_admins(&self, ctx: &Context<'_>) -> Result<bool> {
        kit::viewer::viewer(ctx)?.require(&[Role::SuperAdmin]).map(|()| true)
    }

    async fn things(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<Thing>> {
        let page = PageArgs::parse(first, after)?;
        let start = page.after::<i64>()?.unwrap_or(0);
        let rows = (start + 1..=95)
            .take(usize::try_from(page.limit()).unwrap())
            .map(|number| Thing { number })
            .collect();
        let total = page::wants_total(ctx).then_some(95);
        Ok(page::connection(&page, rows, |thing| json!(thing.number), total))
    }

    async fn broken(&self, how: String) -> Result<bool, async_graphql::Error> {
        match how.as_str() {
            "internal" => Err(Error::internal("secret cause").into()),
            "away" => Err(Error::unavailable("secret cause").into()),
            "stray" => Ok("secret cause".parse::<bool>()?),
            _ => Err(Error::validation("how", "No such way").with("known", ["internal", "stray"]).into()),
        }
    }

    async fn maybe(&self) -> Result<Option<i64>> {
        Err(Error::forbidden("Not for you"))
    }

    async fn price(&self) -> Money {
        Paise(5_000_000_000).into()
    }

    async fn address(&self, ctx: &Context<'_>) -> Option<String> {
        kit::viewer::client_address(ctx).map(|address| address.to_string())
    }

    #[graphql(entity)]
    async fn thing(&self, number: i64) -> Option<ThingEntity> {
        (number < 90).then_some(ThingEntity { number })
    }
}

#[derive(SimpleObject)]
struct ThingEntity {
    number: i64,
}

struct Live(Feed);

#[Subscription]
impl Live {
    async fn changes(&self, ctx: &Context<'_>, of: Uuid) -> Result<impl Stream<Item = Result<i64>> + use<>> {
        kit::viewer::viewer(ctx)?;
        let feed = self.0.follow(Cursor(0), Filter::aggregate(of));
        Ok(feed.map(|item| item.map(|item| item.placed.envelope.aggregate_version)))
    }

    /// Loads the same key for every event: a loader that remembered would count one batch.
    async fn loaded(&self, of: Uuid) -> impl Stream<Item = Thing> + use<> {
        self.0.follow(Cursor(0), Filter::aggregate(of)).map(|_| Thing { number: 7 })
    }
}

pub(super) struct Rig {
    pub(super) router: axum::Router,
    pub(super) peers: Peers,
    pub(super) key: PrincipalKey,
    pub(super) pool: sqlx::PgPool,
    pub(super) effects: Effects,
    _running: kit::server::Running,
}

pub(super) async fn rig() -> Rig {
    let database = database().await;
    let key = PrincipalKey::new(b"a key of at least thirty-two bytes").unwrap();
    let directory = Directory::new();
    let peers = Peers::new("tester", directory.clone(), key.clone());
    let parts = Parts {
        pool: database.pool.clone(),
        bus: Arc::new(EmbeddedBus::new()),
        peers: peers.clone(),
        shared: kit::shared::connect(None).await.unwrap(),
        clock: Clock::fixed("2020-01-01T00:00:00Z".parse().unwrap()),
        principal_key: key.clone(),
    };
    let feed = Feed::new("things", database.pool.clone());
    let schema = kit::server::schema(Query, async_graphql::EmptyMutation, Live(feed.clone()));
    let effects = Effects::default();
    let schema = schema.data(effects.clone()).finish();
    let mut service = Service::new("things", schema, &parts).task(feed.task());
    directory.in_process("things", service.router.clone());
    let running = service.start();
    Rig { router: service.router, peers, key, pool: database.pool, effects, _running: running }
}

pub(super) fn manager() -> Caller {
    Caller::Viewer(Viewer {
        user_id: Uuid::from_u128(7),
        role: Role::Manager,
        fleet_id: Some(Uuid::from_u128(8)),
        hub_ids: vec![Uuid::from_u128(9)],
        session_id: None,
        driver_id: None,
    })
}

impl Rig {
    pub(super) async fn ask(&self, caller: &Caller, query: &str) -> Value {
        self.peers.ask("things", caller, &json!({ "query": query })).await.unwrap().1
    }

    pub(super) async fn raw(&self, headers: &[(&str, &str)], body: &str) -> (u16, Value) {
        let mut request = axum::http::Request::post("/graphql").header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response =
            self.router.clone().oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap();
        let status = response.status().as_u16();
        let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (status, serde_json::from_slice(&body).unwrap())
    }
}
