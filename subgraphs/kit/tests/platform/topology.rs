//! Queues are there before anybody publishes: a consumer may be deployed long after its producer, and misses nothing.

use std::time::Duration;

use kit::bus::{EventBus, RabbitBus, RabbitOptions, Subscription, Topology};
use kit::relay::Relay;
use lapin::options::QueueDeleteOptions;
use lapin::{Connection, ConnectionProperties};
use uuid::Uuid;

use std::sync::Arc;

use crate::support::{Notes, database, event, record_one};

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

#[test]
fn a_topology_is_a_json_object_of_patterns_by_queue() {
    let text = r##"{"a.one":["order.*"],"b.two":["#"]}"##;
    let topology: Topology = serde_json::from_str(text).unwrap();
    assert_eq!(topology.queues().map(|(queue, _)| queue).collect::<Vec<_>>(), ["a.one", "b.two"]);
    assert_eq!(serde_json::to_string(&topology).unwrap(), text);
    let orders: Topology = serde_json::from_str(r#"{"a.one":["order.*"]}"#).unwrap();
    assert!(orders.wants("order.paid") && !orders.wants("order.line.added") && !orders.wants("invoice.paid"));
}
