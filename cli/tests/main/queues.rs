//! `schema/queues.json` names every queue with what flows into it: producers declare from it what consumers will read, and
//! take away what they once read.

use std::path::Path;
use std::sync::{Arc, Mutex};

use futures_util::future::{BoxFuture, ready};
use kit::bus::{DeadLetter, Handler, Subscription, Topology};
use kit::peer::Directory;
use kit::server::Parts;
use kit::shared::MemoryState;
use kit::{Clock, Envelope, EventBus, Peers, PrincipalKey};
use sqlx::migrate::Migrator;

/// A bus that only takes note of who subscribes to what.
#[derive(Default)]
struct Listening(Mutex<Topology>);

impl EventBus for Listening {
    fn publish_all<'a>(&'a self, events: &'a [Envelope]) -> BoxFuture<'a, Vec<kit::Result<()>>> {
        Box::pin(ready(events.iter().map(|_| Ok(())).collect()))
    }

    fn subscribe(&self, subscription: Subscription, _: Handler) -> BoxFuture<'_, kit::Result<()>> {
        self.0.lock().expect("no test panics").insert(&subscription.queue, &subscription.patterns);
        Box::pin(ready(Ok(())))
    }

    fn dead_letters<'a>(&'a self, _: &'a str, _: usize) -> BoxFuture<'a, kit::Result<Vec<DeadLetter>>> {
        Box::pin(ready(Ok(Vec::new())))
    }

    fn count_dead_letters<'a>(&'a self, _: &'a str) -> BoxFuture<'a, kit::Result<u64>> {
        Box::pin(ready(Ok(0)))
    }

    fn redrive<'a>(&'a self, _: &'a str, _: usize) -> BoxFuture<'a, kit::Result<usize>> {
        Box::pin(ready(Ok(0)))
    }

    fn is_connected(&self) -> bool {
        true
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(ready(()))
    }
}

async fn parts(name: &str, migrations: &Migrator, bus: &Arc<Listening>) -> (testing::Database, Parts) {
    let database = testing::database(&kit::migrate::merged(migrations)).await;
    let key = PrincipalKey::new(&[7; 32]).expect("32 bytes");
    let parts = Parts {
        pool: database.pool.clone(),
        bus: bus.clone(),
        peers: Peers::new(name, Directory::new(), key.clone()),
        shared: Arc::new(MemoryState::new()),
        clock: Clock::system(),
        principal_key: key,
    };
    (database, parts)
}

#[tokio::test]
async fn the_queues_are_those_that_the_subgraphs_subscribe_to() {
    let bus = Arc::new(Listening::default());
    let (_identity, given) = parts("identity", &identity::MIGRATIONS, &bus).await;
    let config = identity::Config { secret: "x".repeat(32).into(), ..identity::Config::default() };
    identity::build(config, given).await.expect("identity");
    let (_fleet, given) = parts("fleet", &fleet::MIGRATIONS, &bus).await;
    fleet::build(fleet::Config::default(), given).await.expect("fleet");
    let (_partner, given) = parts("partner", &partner::MIGRATIONS, &bus).await;
    partner::build(partner::Config::default(), given).await.expect("partner");
    let (_trip, given) = parts("trip", &trip::MIGRATIONS, &bus).await;
    trip::build(trip::Config::default(), given).await.expect("trip");

    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schema/queues.json");
    let read = || std::fs::read_to_string(&path).expect("schema/queues.json is there");
    // What was bound once and is not any more is remembered: brokers have to be told.
    let earlier: Topology = serde_json::from_str(&read()).expect("schema/queues.json reads");
    let heard = bus.0.lock().expect("no test panics").clone().after(&earlier);
    let text = serde_json::to_string_pretty(&heard).expect("JSON") + "\n";
    if rewrites() {
        std::fs::write(&path, &text).expect("schema/ is writable");
    }
    assert_eq!(read(), text, "run UPDATE_SCHEMA=1 cargo nextest run -p drivers-klub queues");
}

#[expect(clippy::disallowed_methods, reason = "how somebody asks for the file to be written")]
fn rewrites() -> bool {
    std::env::var_os("UPDATE_SCHEMA").is_some()
}
