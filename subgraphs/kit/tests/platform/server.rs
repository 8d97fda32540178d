//! A subgraph from outside: who may ask, what an error tells, how a page is loaded, how a subscription lives.

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

use crate::support::{database, record_one};

/// Statements that loaders sent, by database: tests run side by side.
static BATCHES: Mutex<BTreeMap<String, usize>> = Mutex::new(BTreeMap::new());

fn batches(pool: &sqlx::PgPool) -> usize {
    let database = pool.connect_options().get_database().unwrap_or_default().to_owned();
    BATCHES.lock().unwrap().get(&database).copied().unwrap_or(0)
}

fn count_batch(pool: &sqlx::PgPool) {
    let database = pool.connect_options().get_database().unwrap_or_default().to_owned();
    *BATCHES.lock().unwrap().entry(database).or_default() += 1;
}

/// How many resolvers with an effect have run.
#[derive(Clone, Default)]
struct Effects(Arc<AtomicUsize>);

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
            "stray" => Ok("secret cause".parse::<bool>()?),
            _ => Err(Error::validation("how", "No such way").with("known", ["internal", "stray"]).into()),
        }
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

struct Rig {
    router: axum::Router,
    peers: Peers,
    key: PrincipalKey,
    pool: sqlx::PgPool,
    effects: Effects,
    _running: kit::server::Running,
}

async fn rig() -> Rig {
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

fn manager() -> Caller {
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
    async fn ask(&self, caller: &Caller, query: &str) -> Value {
        self.peers.ask("things", caller, &json!({ "query": query })).await.unwrap().1
    }

    async fn raw(&self, headers: &[(&str, &str)], body: &str) -> (u16, Value) {
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

const WHO: &str = r#"{"query":"{ who }"}"#;

#[tokio::test]
async fn the_caller_is_who_the_router_signed_for() {
    let rig = rig().await;
    assert_eq!(rig.ask(&Caller::Anonymous, "{ who }").await["data"]["who"], "nobody");
    let who = rig.ask(&manager(), "{ who }").await["data"]["who"].clone();
    assert_eq!(who, format!("MANAGER {}", Uuid::from_u128(7)));
    let service = Caller::Service { name: "other".into() };
    assert_eq!(rig.ask(&service, "{ who }").await["data"]["who"], "service other");
    let denied = rig.ask(&manager(), "{ onlyAdmins }").await;
    assert_eq!(denied["errors"][0]["extensions"]["code"], "FORBIDDEN");
    let nobody = rig.ask(&Caller::Anonymous, "{ onlyAdmins }").await;
    assert_eq!(nobody["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
}

#[tokio::test]
async fn a_forged_principal_executes_nothing() {
    let rig = rig().await;
    let now = Clock::system().now();
    let good = rig.key.sign(&manager(), now).unwrap().unwrap();
    let other_key = PrincipalKey::new(b"another key of thirty-two bytes or so").unwrap();
    let forged = other_key.sign(&manager(), now).unwrap().unwrap();
    let expired = rig.key.sign(&manager(), now - chrono::Duration::seconds(70)).unwrap().unwrap();
    let early = rig.key.sign(&manager(), now + chrono::Duration::seconds(70)).unwrap().unwrap();
    let parts: Vec<&str> = good.split('.').collect();
    // {"alg":"none"}
    let unsigned = format!("eyJhbGciOiJub25lIn0.{}.", parts[1]);
    let attempts: Vec<Vec<(&str, &str)>> = vec![
        vec![("x-dk-principal", &forged)],
        vec![("x-dk-principal", &expired)],
        vec![("x-dk-principal", &early)],
        vec![("x-dk-principal", &unsigned)],
        vec![("x-dk-principal", "")],
        vec![("x-dk-principal", &good), ("x-dk-principal", &good)],
        vec![("x-dk-principal", &good), ("x-dk-role", "SUPER_ADMIN")],
        vec![("x-dk-user-id", "00000000-0000-0000-0000-000000000007")],
        vec![("X-DK-Role", "SUPER_ADMIN")],
    ];
    for headers in attempts {
        let (status, answer) = rig.raw(&headers, WHO).await;
        assert_eq!(status, 401, "{headers:?}");
        assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAUTHENTICATED", "{headers:?}");
        assert!(answer.get("data").is_none_or(Value::is_null));
    }
    assert_eq!(rig.effects.0.load(Ordering::SeqCst), 0);
    assert_eq!(rig.raw(&[("x-dk-principal", &good)], WHO).await.0, 200);
}

#[tokio::test]
async fn errors_have_codes_and_keep_their_causes_to_themselves() {
    let rig = rig().await;
    for how in ["internal", "stray"] {
        let answer = rig.ask(&Caller::Anonymous, &format!(r#"{{ broken(how: "{how}") }}"#)).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "INTERNAL", "{answer}");
        assert_eq!(answer["errors"][0]["message"], kit::error::MASKED);
        assert!(!answer.to_string().contains("secret"), "{answer}");
    }
    let shown = rig.ask(&Caller::Anonymous, r#"{ broken(how: "x") }"#).await;
    let expected =
        json!({ "code": "VALIDATION", "field": "how", "details": { "known": ["internal", "stray"] } });
    assert_eq!(shown["errors"][0]["extensions"], expected);
    let invalid = rig.ask(&Caller::Anonymous, "{ nosuch }").await;
    assert_eq!(invalid["errors"][0]["extensions"]["code"], "VALIDATION");
    assert!(invalid["errors"][0]["message"].as_str().unwrap().contains("nosuch"));
    let (status, answer) = rig.raw(&[], "not json").await;
    assert_eq!((status, &answer["errors"][0]["extensions"]["code"]), (400, &json!("VALIDATION")));
}

#[tokio::test]
async fn pages_join_without_gap_or_repeat() {
    let rig = rig().await;
    let mut seen = Vec::new();
    let mut after = String::new();
    loop {
        let query = format!(
            "{{ things(first: 40{after}) {{ nodes {{ number }} pageInfo {{ endCursor hasNextPage }} totalCount }} }}"
        );
        let things = rig.ask(&Caller::Anonymous, &query).await["data"]["things"].clone();
        assert_eq!(things["totalCount"], 95);
        seen.extend(things["nodes"].as_array().unwrap().iter().map(|node| node["number"].as_i64().unwrap()));
        if things["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = format!(", after: {}", things["pageInfo"]["endCursor"]);
    }
    assert_eq!(seen, (1..=95).collect::<Vec<_>>());
    let too_many = rig.ask(&Caller::Anonymous, "{ things(first: 101) { nodes { number } } }").await;
    assert_eq!(too_many["errors"][0]["extensions"]["field"], "first");
}

#[tokio::test]
async fn a_page_of_fields_is_one_batch() {
    let rig = rig().await;
    let before = batches(&rig.pool);
    let answer = rig.ask(&Caller::Anonymous, "{ things(first: 95) { nodes { number doubled } } }").await;
    let nodes = answer["data"]["things"]["nodes"].as_array().unwrap().clone();
    assert_eq!((&nodes[2]["doubled"], &nodes[94]["doubled"]), (&json!(6), &Value::Null));
    assert_eq!(batches(&rig.pool) - before, 1);
}

#[tokio::test]
async fn the_number_of_statements_depends_on_the_depth_and_not_on_the_page() {
    let rig = rig().await;
    let level = "quick { doubled quick { doubled } } slow { doubled } slower { doubled slower { doubled } }";
    let mut counts = Vec::new();
    for first in [1, 10, 95] {
        let before = batches(&rig.pool);
        let query = format!("{{ things(first: {first}) {{ nodes {{ doubled {level} }} }} }}");
        let answer = rig.ask(&Caller::Anonymous, &query).await;
        assert_eq!(answer["data"]["things"]["nodes"][0]["slower"]["slower"]["doubled"], 2, "{answer}");
        counts.push(batches(&rig.pool) - before);
    }
    assert_eq!(counts[0], counts[1]);
    assert_eq!(counts[1], counts[2]);
    // doubled once per level, and the three ways once: quick and slower are remembered at the second level.
    assert!(counts[0] <= 6, "{counts:?}");
}

#[tokio::test]
async fn peers_are_asked_for_entities_in_order() {
    let rig = rig().await;
    let representations =
        [3, 91, 1].map(|number| json!({ "__typename": "ThingEntity", "number": number })).to_vec();
    let found = rig.peers.entities("things", "... on ThingEntity { number }", representations).await.unwrap();
    assert_eq!(found, [Some(json!({ "number": 3 })), None, Some(json!({ "number": 1 }))]);
    assert!(rig.peers.entities("things", "... on ThingEntity { number }", vec![]).await.unwrap().is_empty());
    let missing = rig.peers.entities("nowhere", "... on X { y }", vec![json!({})]).await.unwrap_err();
    assert!(missing.cause().contains("nowhere"));
}

#[tokio::test]
async fn only_services_may_look_at_the_schema() {
    let rig = rig().await;
    let query = "{ __schema { queryType { name } } }";
    let service = Caller::Service { name: "router".into() };
    assert_eq!(rig.ask(&service, query).await["data"]["__schema"]["queryType"]["name"], "Query");
    assert!(rig.ask(&manager(), query).await["data"]["__schema"].is_null());
    let sdl = rig.ask(&service, "{ _service { sdl } }").await["data"]["_service"]["sdl"].clone();
    let sdl = sdl.as_str().unwrap();
    assert!(sdl.contains(r#"@key(fields: "number")"#) && sdl.contains("scalar Paise"), "{sdl}");
    assert!(sdl.contains("type Money @shareable"), "{sdl}");
    assert!(sdl.contains("type PageInfo @shareable"), "{sdl}");
}

#[tokio::test]
async fn money_is_an_integer_beyond_32_bits_and_the_address_is_the_clients() {
    let rig = rig().await;
    let price =
        rig.ask(&Caller::Anonymous, "{ price { amountPaise currency } }").await["data"]["price"].clone();
    assert_eq!(price, json!({ "amountPaise": 5_000_000_000_i64, "currency": "INR" }));
    let ask = r#"{"query":"{ address }"}"#;
    assert_eq!(rig.raw(&[("x-forwarded-for", "203.0.113.9")], ask).await.1["data"]["address"], "203.0.113.9");
    assert!(rig.raw(&[("x-forwarded-for", "1.2.3.4, 5.6.7.8")], ask).await.1["data"]["address"].is_null());
}

#[tokio::test]
async fn an_operation_that_is_too_deep_is_refused() {
    let rig = rig().await;
    let mut deep = "{ __typename }".to_owned();
    for _ in 0..30 {
        deep = format!("{{ things(first: 1) {{ nodes {deep} }} }}");
    }
    let answer = rig.ask(&Caller::Anonymous, &deep).await;
    assert!(answer["errors"].is_array() && answer["data"].is_null());
}

/// Reads server-sent events until `count` of them are there.
async fn read_events(rig: &Rig, caller: &Caller, query: &str, count: usize) -> Vec<(String, Value)> {
    let mut request = axum::http::Request::post("/graphql").header("accept", "text/event-stream");
    if let Some(token) = rig.key.sign(caller, Clock::system().now()).unwrap() {
        request = request.header("x-dk-principal", token);
    }
    let body = json!({ "query": query }).to_string();
    let response = rig.router.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut stream = response.into_body().into_data_stream();
    let mut text = String::new();
    let mut events = Vec::new();
    while events.len() < count {
        let chunk = tokio::time::timeout(Duration::from_secs(20), stream.next()).await.expect("no event");
        let Some(chunk) = chunk else { break };
        text.push_str(std::str::from_utf8(&chunk.unwrap()).unwrap());
        while let Some((event, rest)) =
            text.split_once("\n\n").map(|(event, rest)| (event.to_owned(), rest.to_owned()))
        {
            text = rest;
            let field = |name: &str| {
                event.lines().find_map(|line| line.strip_prefix(name)).unwrap_or("").trim().to_owned()
            };
            events.push((field("event:"), serde_json::from_str(&field("data:")).unwrap_or(Value::Null)));
        }
    }
    events
}

#[tokio::test]
async fn a_subscription_streams_events_and_completes_after_an_error() {
    let rig = rig().await;
    let id = Uuid::now_v7();
    for version in 1..=3 {
        record_one(&rig.pool, id, version).await;
    }
    let query = format!(r#"subscription {{ changes(of: "{id}") }}"#);
    let events = read_events(&rig, &manager(), &query, 3).await;
    let expected: Vec<_> =
        (1..=3).map(|n| ("next".to_owned(), json!({ "data": { "changes": n } }))).collect();
    assert_eq!(events, expected);
    let refused = read_events(&rig, &Caller::Anonymous, &query, 2).await;
    assert_eq!(refused[0].1["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
    assert_eq!(refused[1].0, "complete");
}

#[tokio::test]
async fn each_event_of_a_subscription_is_loaded_anew() {
    let rig = rig().await;
    let id = Uuid::now_v7();
    for version in 1..=3 {
        record_one(&rig.pool, id, version).await;
    }
    let before = batches(&rig.pool);
    let query = format!(r#"subscription {{ loaded(of: "{id}") {{ doubled }} }}"#);
    let events = read_events(&rig, &manager(), &query, 3).await;
    assert!(events.iter().all(|(_, data)| data["data"]["loaded"]["doubled"] == 14));
    assert!(batches(&rig.pool) - before >= 3);
}

#[tokio::test]
async fn health_and_readiness_are_told_apart() {
    let rig = rig().await;
    let get = |path: &'static str| {
        let router = rig.router.clone();
        async move {
            router
                .oneshot(axum::http::Request::get(path).body(Body::empty()).unwrap())
                .await
                .unwrap()
                .status()
                .as_u16()
        }
    };
    assert_eq!((get("/health").await, get("/ready").await), (200, 200));
    rig.pool.close().await;
    assert_eq!((get("/health").await, get("/ready").await), (200, 503));
}
