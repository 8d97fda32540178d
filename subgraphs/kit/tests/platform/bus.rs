//! One suite for both buses: the same promises, kept in the process and on RabbitMQ.

use std::sync::Arc;
use std::time::Duration;

use kit::bus::{Delivery, EmbeddedBus, EventBus, RabbitBus, RabbitOptions, Subscription, handler};
use kit::{Code, Error};
use sqlx::PgPool;
use testing::Database;
use uuid::Uuid;

use crate::away::{
    a_database_that_is_away_makes_events_wait_and_none_is_given_up,
    what_waits_for_a_database_is_given_back_at_the_end,
};
use crate::support::{Notes, database, event, eventually};

/// A bus under test, with names that nobody else uses.
pub(crate) struct Rig {
    pub(crate) bus: Arc<dyn EventBus>,
    pub(crate) pool: PgPool,
    prefix: String,
    /// How to reach the broker, if there is one.
    broker: Option<RabbitOptions>,
    _database: Database,
}

impl Rig {
    async fn embedded() -> Option<Self> {
        Some(Self::of(Arc::new(EmbeddedBus::new()), "q".into(), None).await)
    }

    async fn rabbit() -> Option<Self> {
        let url = testing::rabbitmq().await?;
        let prefix = format!("test-{}", Uuid::now_v7());
        let options = RabbitOptions { exchange: format!("{prefix}.events"), ..RabbitOptions::new(&url) };
        let bus = RabbitBus::connect_with(options.clone()).await.unwrap();
        Some(Self::of(Arc::new(bus), prefix, Some(options)).await)
    }

    async fn of(bus: Arc<dyn EventBus>, prefix: String, broker: Option<RabbitOptions>) -> Self {
        let database = database().await;
        Self { bus, pool: database.pool.clone(), prefix, broker, _database: database }
    }

    /// Another process on the same broker; None if the bus is one process only.
    pub(crate) async fn successor(&self) -> Option<RabbitBus> {
        Some(RabbitBus::connect_with(self.broker.clone()?).await.unwrap())
    }

    pub(crate) fn queue(&self, name: &str) -> String {
        format!("{}.{name}", self.prefix)
    }

    pub(crate) fn subscription(&self, name: &str, patterns: &[&str]) -> Subscription {
        Subscription::new(&self.queue(name), patterns).dead_letters(&self.pool)
    }
}

async fn topics_reach_the_queues_that_ask_for_them(rig: Rig) {
    let (one, two) = (Notes::default(), Notes::default());
    rig.bus.subscribe(rig.subscription("one", &["thing.*"]), one.handler()).await.unwrap();
    rig.bus.subscribe(rig.subscription("two", &["thing.changed", "other.#"]), two.handler()).await.unwrap();
    let changed = event("thing.changed", Uuid::now_v7(), 1);
    let gone = event("thing.gone", Uuid::now_v7(), 1);
    let other = event("other.much.longer", Uuid::now_v7(), 1);
    let unheard = event("unheard", Uuid::now_v7(), 1);
    let results = rig.bus.publish_all(&[changed.clone(), gone.clone(), other.clone(), unheard]).await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    one.wait_for(2).await;
    two.wait_for(2).await;
    let sorted = |mut ids: Vec<Uuid>| {
        ids.sort();
        ids
    };
    assert_eq!(sorted(one.ids()), sorted(vec![changed.event_id, gone.event_id]));
    assert_eq!(sorted(two.ids()), sorted(vec![changed.event_id, other.event_id]));
    let received =
        one.got().into_iter().find(|delivery| delivery.event.event_id == changed.event_id).unwrap();
    assert_eq!(received.event, changed, "an event arrives as it was sent");
    assert!(!received.redelivered);
}

async fn the_events_of_one_aggregate_arrive_in_order(rig: Rig) {
    let notes = Notes::default();
    rig.bus.subscribe(rig.subscription("ordered", &["#"]).prefetch(8), notes.handler()).await.unwrap();
    let things: Vec<Uuid> = (0..4).map(|_| Uuid::now_v7()).collect();
    let events: Vec<_> = (1..=50)
        .flat_map(|version| things.iter().map(move |id| event("thing.changed", *id, version)))
        .collect();
    assert!(rig.bus.publish_all(&events).await.iter().all(Result::is_ok));
    notes.wait_for(200).await;
    for id in things {
        let versions: Vec<_> = notes
            .got()
            .iter()
            .filter(|got| got.event.aggregate_id == id)
            .map(|got| got.event.aggregate_version)
            .collect();
        assert_eq!(versions, (1..=50).collect::<Vec<_>>());
    }
}

async fn a_failing_event_is_tried_again_and_then_acknowledged(rig: Rig) {
    let notes = Notes::failing(2);
    rig.bus.subscribe(rig.subscription("retry", &["#"]), notes.handler()).await.unwrap();
    let sent = event("thing.changed", Uuid::now_v7(), 1);
    rig.bus.publish(&sent).await.unwrap();
    notes.wait_for(3).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let got = notes.got();
    assert_eq!(got.iter().map(|delivery| delivery.redelivered).collect::<Vec<_>>(), [false, true, true]);
    assert!(rig.bus.dead_letters(&rig.queue("retry"), 10).await.unwrap().is_empty());
}

async fn a_hopeless_event_becomes_a_dead_letter_and_can_be_redriven(rig: Rig) {
    let notes = Notes::failing(usize::MAX);
    rig.bus.subscribe(rig.subscription("hopeless", &["#"]).max_attempts(3), notes.handler()).await.unwrap();
    let queue = rig.queue("hopeless");
    let sent = event("thing.changed", Uuid::now_v7(), 1);
    rig.bus.publish(&sent).await.unwrap();
    notes.wait_for(3).await;
    eventually("a dead letter", || async { rig.bus.dead_letters(&queue, 10).await.unwrap().len() == 1 })
        .await;
    let letters = rig.bus.dead_letters(&queue, 10).await.unwrap();
    assert_eq!(letters[0].event.as_ref(), Some(&sent));
    assert!(letters[0].error.contains("told to fail"), "{}", letters[0].error);
    assert_eq!(letters[0].attempts, 3);
    assert_eq!(rig.bus.count_dead_letters(&rig.prefix).await.unwrap(), 1);
    assert_eq!(rig.bus.count_dead_letters("somebody-else").await.unwrap(), 0);
    // Redriven while the fault persists, it dies again and is not lost.
    assert_eq!(rig.bus.redrive(&queue, 10).await.unwrap(), 1);
    notes.wait_for(6).await;
    eventually("the same dead letter", || async {
        rig.bus.dead_letters(&queue, 10).await.unwrap().len() == 1
    })
    .await;
    notes.heal();
    assert_eq!(rig.bus.redrive(&queue, 10).await.unwrap(), 1);
    notes.wait_for(7).await;
    eventually("no dead letters", || async { rig.bus.dead_letters(&queue, 10).await.unwrap().is_empty() })
        .await;
    assert_eq!(rig.bus.redrive(&queue, 10).await.unwrap(), 0);
}

async fn an_event_of_an_unknown_version_dies_at_once(rig: Rig) {
    let tries = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let count = tries.clone();
    let picky = handler(move |delivery: Delivery| {
        let count = count.clone();
        async move {
            count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            delivery.event.read::<serde_json::Value>(2).map(drop)
        }
    });
    rig.bus.subscribe(rig.subscription("picky", &["#"]), picky).await.unwrap();
    rig.bus.publish(&event("thing.changed", Uuid::now_v7(), 1)).await.unwrap();
    let queue = rig.queue("picky");
    eventually("a dead letter", || async { rig.bus.dead_letters(&queue, 10).await.unwrap().len() == 1 })
        .await;
    let letters = rig.bus.dead_letters(&queue, 10).await.unwrap();
    assert!(letters[0].error.contains(Code::UNREADABLE_EVENT.0), "{}", letters[0].error);
    assert_eq!(tries.load(std::sync::atomic::Ordering::SeqCst), 1);
}

async fn a_failure_that_says_too_much_is_cut(rig: Rig) {
    let talkative = handler(|_: Delivery| async { Err::<(), _>(Error::internal("x".repeat(1_000_000))) });
    rig.bus.subscribe(rig.subscription("long", &["#"]).max_attempts(1), talkative).await.unwrap();
    rig.bus.publish(&event("thing.changed", Uuid::now_v7(), 1)).await.unwrap();
    let queue = rig.queue("long");
    eventually("a dead letter", || async { rig.bus.dead_letters(&queue, 10).await.unwrap().len() == 1 })
        .await;
    let letters = rig.bus.dead_letters(&queue, 10).await.unwrap();
    assert!(letters[0].error.starts_with("INTERNAL: xxx") && letters[0].error.len() < 3_000);
    assert_eq!(letters[0].attempts, 1, "it was given up here and not by the broker");
}

async fn a_handler_that_panics_has_failed_and_nothing_else(rig: Rig) {
    let notes = Notes::default();
    let noted = notes.handler();
    let panics = handler(move |delivery: Delivery| {
        let noted = noted.clone();
        async move {
            assert!(delivery.redelivered, "the first time is too much");
            noted(delivery).await
        }
    });
    rig.bus.subscribe(rig.subscription("panics", &["#"]), panics).await.unwrap();
    rig.bus.publish(&event("thing.changed", Uuid::now_v7(), 1)).await.unwrap();
    notes.wait_for(1).await;
}

async fn a_slow_aggregate_does_not_hold_up_the_others(rig: Rig) {
    let notes = Notes::default();
    let noted = notes.handler();
    let slow = Uuid::from_u128(1);
    let (go_on, _) = tokio::sync::watch::channel(false);
    let told = go_on.clone();
    let slow_until_told = handler(move |delivery: Delivery| {
        let (noted, mut told) = (noted.clone(), told.subscribe());
        async move {
            if delivery.event.aggregate_id == slow {
                let _ = told.wait_for(|go_on| *go_on).await;
            }
            noted(delivery).await
        }
    });
    rig.bus.subscribe(rig.subscription("lanes", &["#"]).prefetch(64), slow_until_told).await.unwrap();
    let mut events = vec![event("thing.changed", slow, 1)];
    events.extend((2..=9).map(|id| event("thing.changed", Uuid::from_u128(id), 1)));
    let bus = rig.bus.clone();
    let publishing = tokio::spawn(async move { bus.publish_all(&events).await });
    // Some share its lane; most do not, and come while it is still at work.
    notes.wait_for(5).await;
    assert!(notes.got().iter().all(|delivery| delivery.event.aggregate_id != slow), "{:?}", notes.got());
    go_on.send_replace(true);
    notes.wait_for(9).await;
    assert!(publishing.await.unwrap().iter().all(Result::is_ok));
}

async fn closing_finishes_what_is_in_work(rig: Rig) {
    let notes = Notes::default();
    let noted = notes.handler();
    let started = Arc::new(tokio::sync::Notify::new());
    let signal = started.clone();
    let slow = handler(move |delivery| {
        let (noted, signal) = (noted.clone(), signal.clone());
        async move {
            signal.notify_one();
            tokio::time::sleep(Duration::from_millis(300)).await;
            noted(delivery).await
        }
    });
    rig.bus.subscribe(rig.subscription("closing", &["#"]), slow).await.unwrap();
    let bus = rig.bus.clone();
    let publishing =
        tokio::spawn(async move { bus.publish(&event("thing.changed", Uuid::now_v7(), 1)).await });
    started.notified().await;
    rig.bus.close().await;
    notes.wait_for(1).await;
    let _ = publishing.await.unwrap();
}

async fn the_handler_works_under_the_events_correlation_id(rig: Rig) {
    let seen = Arc::new(std::sync::Mutex::new(String::new()));
    let noted = seen.clone();
    let look = handler(move |_| {
        let noted = noted.clone();
        async move {
            *noted.lock().unwrap() = kit::correlation::current();
            Ok::<(), Error>(())
        }
    });
    rig.bus.subscribe(rig.subscription("correlated", &["#"]), look).await.unwrap();
    rig.bus.publish(&event("thing.changed", Uuid::now_v7(), 1)).await.unwrap();
    eventually("the correlation id", || async { *seen.lock().unwrap() == "test" }).await;
}

/// Runs every promise over one implementation; without its server it is skipped, loudly.
macro_rules! conformance {
    ($bus:ident: $($promise:ident),+ $(,)?) => {
        mod $bus {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $promise() {
                    if let Some(rig) = super::Rig::$bus().await {
                        super::$promise(rig).await;
                    }
                }
            )+
        }
    };
}

macro_rules! both {
    ($($promise:ident),+ $(,)?) => {
        conformance!(embedded: $($promise),+);
        conformance!(rabbit: $($promise),+);
    };
}

both!(
    topics_reach_the_queues_that_ask_for_them,
    the_events_of_one_aggregate_arrive_in_order,
    a_failing_event_is_tried_again_and_then_acknowledged,
    a_hopeless_event_becomes_a_dead_letter_and_can_be_redriven,
    an_event_of_an_unknown_version_dies_at_once,
    a_failure_that_says_too_much_is_cut,
    a_database_that_is_away_makes_events_wait_and_none_is_given_up,
    what_waits_for_a_database_is_given_back_at_the_end,
    a_handler_that_panics_has_failed_and_nothing_else,
    a_slow_aggregate_does_not_hold_up_the_others,
    closing_finishes_what_is_in_work,
    the_handler_works_under_the_events_correlation_id,
);
