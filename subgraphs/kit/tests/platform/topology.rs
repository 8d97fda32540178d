//! Queues are there before anybody publishes: a consumer may be deployed long after its producer, and misses nothing.

use std::time::Duration;

use kit::bus::{EventBus, RabbitBus, RabbitOptions, Subscription, Topology};
use kit::relay::Relay;
use lapin::options::{QueueDeclareOptions, QueueDeleteOptions};
use lapin::types::FieldTable;
use lapin::{Connection, ConnectionProperties};
use uuid::Uuid;

use std::sync::Arc;

use crate::support::{Notes, database, event, eventually, record_one};

/// Names that nobody else uses, and the topology `{<prefix>.later: thing.*}`.
struct Names {
    url: String,
    queue: String,
    exchange: String,
}

impl Names {
    async fn new() -> Option<Self> {
        let url = testing::rabbitmq().await?;
        let prefix = format!("test-{}", Uuid::now_v7());
        Some(Self { url, queue: format!("{prefix}.later"), exchange: format!("{prefix}.events") })
    }

    fn topology(&self) -> Topology {
        let mut topology = Topology::default();
        topology.insert(&self.queue, &["thing.*".to_owned()]);
        topology
    }

    /// A process that knows this topology and consumes nothing yet.
    async fn bus(&self, topology: Topology) -> Arc<RabbitBus> {
        let options =
            RabbitOptions { exchange: self.exchange.clone(), topology, ..RabbitOptions::new(&self.url) };
        Arc::new(RabbitBus::connect_with(options).await.unwrap())
    }

    /// Deletes the queue, as somebody with the broker's own tools might.
    async fn delete_queue(&self) {
        let connection = Connection::connect(&self.url, ConnectionProperties::default()).await.unwrap();
        let channel = connection.create_channel().await.unwrap();
        channel.queue_delete(self.queue.as_str().into(), QueueDeleteOptions::default()).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_published_before_its_consumer_is_deployed_waits_for_it() {
    let Some(names) = Names::new().await else { return };
    let database = database().await;
    let producer = names.bus(names.topology()).await;
    let mut recorded = Vec::new();
    for version in 1..=200 {
        recorded.push(record_one(&database.pool, Uuid::from_u128(1), version).await);
    }
    let relay = Relay::new("test", database.pool.clone(), producer.clone());
    assert_eq!(relay.publish_pending().await.unwrap(), 200);
    producer.close().await;
    // Another process, later. It needs no topology: it declares its own queue.
    let consumer = names.bus(Topology::default()).await;
    let notes = Notes::default();
    consumer.subscribe(Subscription::new(&names.queue, &["thing.*"]), notes.handler()).await.unwrap();
    notes.wait_for(200).await;
    assert_eq!(notes.ids(), recorded);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_no_queue_took_stays_in_the_outbox_until_one_does() {
    let Some(names) = Names::new().await else { return };
    let database = database().await;
    let bus = names.bus(names.topology()).await;
    names.delete_queue().await;
    let mut recorded = Vec::new();
    for version in 1..=20 {
        recorded.push(record_one(&database.pool, Uuid::from_u128(1), version).await);
    }
    let relay = Relay::new("test", database.pool.clone(), bus.clone());
    let refused = relay.publish_pending().await.unwrap_err();
    assert!(refused.cause().contains("no queue took"), "{}", refused.cause());
    let cursor: i64 =
        sqlx::query_scalar("SELECT position FROM outbox_cursor").fetch_one(&database.pool).await.unwrap();
    assert_eq!(cursor, 0, "nothing counts as published");
    // The refusal had the queue declared again.
    assert_eq!(relay.publish_pending().await.unwrap(), 20);
    let notes = Notes::default();
    bus.subscribe(Subscription::new(&names.queue, &["thing.*"]), notes.handler()).await.unwrap();
    notes.wait_for(20).await;
    assert_eq!(notes.ids(), recorded);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_waits_for_is_published_all_the_same() {
    let Some(names) = Names::new().await else { return };
    let bus = names.bus(names.topology()).await;
    let wanted = event("thing.changed", Uuid::now_v7(), 1);
    let unwanted = event("weather.changed", Uuid::now_v7(), 1);
    let results = bus.publish_all(&[unwanted, wanted.clone()]).await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    let notes = Notes::default();
    bus.subscribe(Subscription::new(&names.queue, &["thing.*"]), notes.handler()).await.unwrap();
    notes.wait_for(1).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(notes.ids(), [wanted.event_id]);
}

/// As many messages as wait in the queue.
async fn waiting(names: &Names) -> u32 {
    let connection = Connection::connect(&names.url, ConnectionProperties::default()).await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    let look = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
    let found =
        channel.queue_declare(names.queue.as_str().into(), look, FieldTable::default()).await.unwrap();
    found.message_count()
}

fn topology(queue: &str, patterns: &[&str]) -> Topology {
    let mut topology = Topology::default();
    let patterns: Vec<String> = patterns.iter().map(|pattern| (*pattern).to_owned()).collect();
    topology.insert(queue, &patterns);
    topology
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_consumer_does_not_ask_for_any_more_does_not_come_any_more() {
    let Some(names) = Names::new().await else { return };
    let earlier = topology(&names.queue, &["thing.*", "weather.*"]);
    let before = names.bus(earlier.clone()).await;
    let (weather, thing) =
        (event("weather.changed", Uuid::now_v7(), 1), event("thing.changed", Uuid::now_v7(), 1));
    before.publish(&weather).await.unwrap();
    eventually("the weather in the queue", || async { waiting(&names).await == 1 }).await;
    before.close().await;
    // The next version of the system: nobody asks for the weather.
    let after = names.bus(topology(&names.queue, &["thing.*"]).after(&earlier)).await;
    assert!(after.publish_all(&[weather, thing.clone()]).await.iter().all(Result::is_ok));
    eventually("the thing in the queue", || async { waiting(&names).await >= 2 }).await;
    assert_eq!(waiting(&names).await, 2, "the weather of before, and the thing");
    let notes = Notes::default();
    after.subscribe(Subscription::new(&names.queue, &["thing.*"]), notes.handler()).await.unwrap();
    notes.wait_for(1).await;
    eventually("an empty queue", || async { waiting(&names).await == 0 }).await;
    assert_eq!(notes.ids(), [thing.event_id], "what was left of before is let go");
    assert!(after.dead_letters(&names.queue, 10).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queue_that_nobody_has_any_more_is_cut_off_also_when_it_never_was() {
    let Some(names) = Names::new().await else { return };
    let earlier = names.topology();
    names.bus(earlier.clone()).await.close().await;
    let nobody = topology("never.was", &["thing.*"]);
    let after = names.bus(Topology::default().after(&earlier).after(&nobody)).await;
    after.publish(&event("thing.changed", Uuid::now_v7(), 1)).await.unwrap();
    let kept = Notes::default();
    let others = format!("{}.others", names.exchange);
    after.subscribe(Subscription::new(&others, &["thing.*"]), kept.handler()).await.unwrap();
    after.publish(&event("thing.changed", Uuid::now_v7(), 2)).await.unwrap();
    kept.wait_for(1).await;
    assert_eq!(waiting(&names).await, 0);
}

/// During a deployment the consumers of the old version still run, and take from the queue what only the new ones know.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_consumer_never_asked_for_is_kept_for_one_that_does() {
    let Some(names) = Names::new().await else { return };
    let newer = topology(&names.queue, &["thing.*", "weather.*"]);
    let bus = names.bus(newer).await;
    let notes = Notes::default();
    bus.subscribe(Subscription::new(&names.queue, &["thing.*"]), notes.handler()).await.unwrap();
    let weather = event("weather.changed", Uuid::now_v7(), 1);
    bus.publish(&weather).await.unwrap();
    let letters = || async { bus.dead_letters(&names.queue, 10).await.unwrap() };
    eventually("a dead letter", || async { !letters().await.is_empty() }).await;
    let letter = letters().await.remove(0);
    assert!(letter.error.contains("weather.changed"), "{}", letter.error);
    assert_eq!(letter.event, Some(weather));
    assert!(notes.got().is_empty());
}

#[test]
fn a_topology_is_json_and_remembers_what_it_came_after() {
    let text = r##"{"queues":{"a.one":["order.*"],"b.two":["#"]}}"##;
    let topology: Topology = serde_json::from_str(text).unwrap();
    assert_eq!(topology.queues().map(|(queue, _)| queue).collect::<Vec<_>>(), ["a.one", "b.two"]);
    assert_eq!(serde_json::to_string(&topology).unwrap(), text);
    let orders: Topology = serde_json::from_str(r#"{"queues":{"a.one":["order.*"]}}"#).unwrap();
    assert!(orders.wants("order.paid") && !orders.wants("order.line.added") && !orders.wants("invoice.paid"));

    let mut next = Topology::default();
    next.insert("a.one", &["order.paid".to_owned()]);
    let next = next.after(&topology);
    let written = r##"{"queues":{"a.one":["order.paid"]},"retired":{"a.one":["order.*"],"b.two":["#"]}}"##;
    assert_eq!(serde_json::to_string(&next).unwrap(), written);
    assert!(next.has_retired("a.one", "order.made") && !next.has_retired("a.one", "invoice.paid"));
    // What is asked for again is not retired, and what was retired stays so.
    assert_eq!(
        serde_json::to_string(&topology.after(&next)).unwrap(),
        r##"{"queues":{"a.one":["order.*"],"b.two":["#"]},"retired":{"a.one":["order.paid"]}}"##
    );
}
