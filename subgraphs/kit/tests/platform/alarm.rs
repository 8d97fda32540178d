//! A broker that has run out of memory takes nothing in; what it has is worked off all the same, and then it goes on.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use kit::bus::{EventBus, RabbitBus, Subscription};
use testing::RabbitNode;
use uuid::Uuid;

use crate::support::{Notes, event, eventually};

/// Tells a node how much memory it may use, as a share of what there is. False (said loudly) if nobody here may tell it.
#[expect(clippy::print_stderr, reason = "a skipped test must not look like one that passed")]
async fn allow_memory(node: &RabbitNode, share: &str) -> bool {
    let name = format!("test{}@localhost", node.port());
    let tool =
        if Path::new("/usr/sbin/rabbitmqctl").exists() { "/usr/sbin/rabbitmqctl" } else { "rabbitmqctl" };
    let mut tool = tokio::process::Command::new(tool);
    tool.args(["--quiet", "--node", &name, "set_vm_memory_high_watermark", share]);
    tool.env("ERL_EPMD_ADDRESS", "127.0.0.1").stdin(Stdio::null()).current_dir("/");
    match tool.output().await {
        Ok(ended) if ended.status.success() => true,
        Ok(ended) => {
            eprintln!("SKIPPED: rabbitmqctl: {}", String::from_utf8_lossy(&ended.stderr));
            false
        }
        Err(error) => {
            eprintln!("SKIPPED: rabbitmqctl: {error}");
            false
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_without_memory_is_worked_off_and_then_goes_on() {
    const WAITING: usize = 60;
    let Some(node) = RabbitNode::start().await else { return };
    let bus = Arc::new(RabbitBus::connect(&node.url()).await.unwrap());
    let (early, notes) = (Notes::default(), Notes::default());
    // Many events wait in a queue whose consumer takes few at a time.
    let queue = Subscription::new("full.all", &["#"]).prefetch(2);
    bus.subscribe(queue.clone(), early.handler()).await.unwrap();
    bus.close().await;
    let bus = Arc::new(RabbitBus::connect(&node.url()).await.unwrap());
    let events: Vec<_> = (0..WAITING).map(|_| event("thing.changed", Uuid::now_v7(), 1)).collect();
    assert!(bus.publish_all(&events).await.iter().all(Result::is_ok));

    if !allow_memory(&node, "0.000001").await {
        return bus.close().await;
    }
    let late = event("thing.changed", Uuid::now_v7(), 2);
    let publishing = tokio::spawn({
        let (bus, late) = (bus.clone(), late.clone());
        async move {
            // As the relay does.
            while bus.publish(&late).await.is_err() {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    });
    eventually("a broker that does not listen", || async { !bus.is_connected() }).await;
    bus.subscribe(queue, notes.handler()).await.unwrap();
    notes.wait_for(WAITING).await;
    assert!(!notes.ids().contains(&late.event_id), "it was worked off while nothing was taken in");

    assert!(allow_memory(&node, "0.4").await);
    eventually("the late one", || async { notes.ids().contains(&late.event_id) }).await;
    publishing.await.unwrap();
    bus.close().await;
}
