//! The broker goes away and comes back, in good order and killed: nothing that was committed is lost.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use kit::bus::{EventBus, RabbitBus, RabbitOptions, Subscription, Topology};
use kit::relay::Relay;
use kit::server::Running;
use testing::RabbitNode;
use uuid::Uuid;

use crate::support::{Notes, database, event, eventually, record_one};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_committed_event_survives_a_broker_that_is_stopped_and_killed() {
    let Some(mut node) = RabbitNode::start().await else { return };
    let database = database().await;
    let bus = Arc::new(RabbitBus::connect(&node.url()).await.unwrap());
    let notes = Notes::default();
    bus.subscribe(Subscription::new("restart", &["#"]), notes.handler()).await.unwrap();
    let relay = Relay::new("test", database.pool.clone(), bus.clone());
    let running = Running::start(vec![relay.task()]);
    let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let writer = tokio::spawn({
        let (pool, stop) = (database.pool.clone(), stop.clone());
        async move {
            let mut recorded = Vec::new();
            while !stop.load(std::sync::atomic::Ordering::SeqCst) {
                recorded.push(
                    record_one(&pool, Uuid::from_u128(recorded.len() as u128 % 7), recorded.len() as i64)
                        .await,
                );
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            recorded
        }
    });
    notes.wait_for(50).await;
    node.stop().await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    node.start_again().await;
    let before = notes.got().len();
    notes.wait_for(before + 50).await;
    node.kill().await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    node.start_again().await;
    let before = notes.got().len();
    notes.wait_for(before + 50).await;
    stop.store(true, std::sync::atomic::Ordering::SeqCst);
    let recorded: HashSet<Uuid> = writer.await.unwrap().into_iter().collect();
    eventually("every event", || async { notes.ids().into_iter().collect::<HashSet<_>>() == recorded }).await;
    running.stop(Duration::from_secs(5)).await;
    bus.close().await;
}

#[tokio::test]
async fn a_broker_that_is_not_there_is_an_error_that_says_so() {
    let options = RabbitOptions {
        patience: Duration::ZERO,
        ..RabbitOptions::new("amqp://guest:guest@127.0.0.1:1/%2f")
    };
    let error = RabbitBus::connect_with(options).await.err().expect("there is nobody");
    assert!(error.is_internal() && !error.cause().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_starts_while_the_broker_is_away_goes_on_when_it_is_back() {
    let Some(mut node) = RabbitNode::start().await else { return };
    node.stop().await;
    let database = database().await;
    let mut topology = Topology::default();
    topology.insert("early", &["#".to_owned()]);
    let away =
        RabbitOptions { patience: Duration::ZERO, may_be_away: true, ..RabbitOptions::new(&node.url()) };
    let bus = RabbitBus::connect_with(RabbitOptions { topology, ..away }).await.unwrap();
    let bus = Arc::new(bus);
    let notes = Notes::default();
    bus.subscribe(Subscription::new("early", &["#"]), notes.handler()).await.unwrap();
    let relay = Relay::new("test", database.pool.clone(), bus.clone());
    let running = Running::start(vec![relay.task()]);
    let recorded = record_one(&database.pool, Uuid::from_u128(1), 1).await;
    assert!(!bus.is_connected());
    node.start_again().await;
    notes.wait_for(1).await;
    assert_eq!(notes.ids()[0], recorded);
    running.stop(Duration::from_secs(5)).await;
    bus.close().await;
}

#[tokio::test]
async fn an_address_that_is_none_is_refused_at_once_even_if_the_broker_may_be_away() {
    let away = RabbitOptions { may_be_away: true, ..RabbitOptions::new("rabbit:5672") };
    let refused = RabbitBus::connect_with(away).await.err().expect("this is no address");
    assert!(refused.cause().starts_with("AMQP_URL"), "{}", refused.cause());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_behind_tls_is_trusted_only_by_its_authority() {
    let Some(node) = RabbitNode::start_with_tls().await else { return };
    let options =
        |tls_ca| RabbitOptions { patience: Duration::ZERO, tls_ca, ..RabbitOptions::new(&node.url()) };
    assert!(node.url().starts_with("amqps://"));
    // A broker that is too slow for one attempt has said nothing about authorities.
    let mut refused = "the broker does not answer".to_owned();
    while refused.contains("does not answer") {
        let stranger = RabbitBus::connect_with(options(None)).await;
        stranger.err().expect("nobody knows this authority").cause().clone_into(&mut refused);
    }
    assert!(refused.to_lowercase().contains("certificate"), "{refused}");
    let patient = RabbitOptions { patience: Duration::from_secs(300), ..options(node.authority()) };
    let bus = RabbitBus::connect_with(patient).await.unwrap();
    let notes = Notes::default();
    bus.subscribe(Subscription::new("secret", &["#"]), notes.handler()).await.unwrap();
    bus.publish(&event("thing.changed", Uuid::now_v7(), 1)).await.unwrap();
    notes.wait_for(1).await;
    bus.close().await;
}
