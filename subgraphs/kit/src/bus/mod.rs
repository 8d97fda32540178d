//! The event bus: RabbitMQ's meaning (topics, durable queues, redelivery, dead letters), with two implementations.

pub mod embedded;
mod lanes;
pub mod rabbit;
mod topology;

use std::future::Future;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use sqlx::PgPool;

use crate::envelope::Envelope;
use crate::error::{Error, Result};

pub use embedded::EmbeddedBus;
pub use rabbit::{RabbitBus, RabbitOptions};
pub use topology::Topology;

/// A queue, what flows into it, and how it is worked off.
#[derive(Clone, Debug)]
pub struct Subscription {
    /// Its name, `<subgraph>.<purpose>`: one delivery per queue, shared by all replicas that subscribe to it.
    pub queue: String,
    /// Topic patterns: `*` is one word, `#` any number.
    pub patterns: Vec<String>,
    /// How many events may be in work at once. Those of one aggregate are handled one after the other.
    pub prefetch: u16,
    /// How often an event may fail before it goes to the dead letters. A failure for something that is away does not count.
    pub max_attempts: u32,
    /// Where dead letters are kept if there is no broker to keep them: the subgraph's own database.
    pub dead_letters: Option<PgPool>,
}

impl Subscription {
    /// A queue with 16 events in work and 5 attempts.
    pub fn new(queue: &str, patterns: &[&str]) -> Self {
        Self {
            queue: queue.to_owned(),
            patterns: patterns.iter().map(|pattern| (*pattern).to_owned()).collect(),
            prefetch: 16,
            max_attempts: 5,
            dead_letters: None,
        }
    }

    /// Keeps dead letters in this database when there is no broker. Every real subgraph sets it.
    pub fn dead_letters(self, pool: &PgPool) -> Self {
        Self { dead_letters: Some(pool.clone()), ..self }
    }

    /// How many events may be in work at once.
    pub fn prefetch(self, prefetch: u16) -> Self {
        Self { prefetch, ..self }
    }

    /// How often an event may fail.
    pub fn max_attempts(self, max_attempts: u32) -> Self {
        Self { max_attempts, ..self }
    }

    /// True if events of this type flow into the queue.
    pub fn wants(&self, event_type: &str) -> bool {
        self.patterns.iter().any(|pattern| topic_matches(pattern, event_type))
    }
}

/// An event as a handler gets it.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The event.
    pub event: Envelope,
    /// True if it was, or may have been, delivered before.
    pub redelivered: bool,
}

/// What a queue does with an event. Ok acknowledges it; an error tries again, and after `max_attempts`, or at once for
/// UNREADABLE_EVENT, puts it among the dead letters. An error that is transient ([`Error::is_transient`]) is tried again
/// with growing pauses for as long as it takes, and those behind it in its aggregate wait. Deliveries repeat: dedupe with
/// [`crate::inbox::handle_once`].
pub type Handler = Arc<dyn Fn(Delivery) -> BoxFuture<'static, Result<()>> + Send + Sync>;

/// Makes a handler of an async closure: `handler(move |delivery| { let pool = pool.clone(); async move { … } })`.
pub fn handler<F, Fut>(handle: F) -> Handler
where
    F: Fn(Delivery) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<()>> + Send + 'static,
{
    Arc::new(move |delivery| Box::pin(handle(delivery)))
}

/// An event that could not be handled.
#[derive(Clone, Debug)]
pub struct DeadLetter {
    /// The event, or None if it does not even read as one.
    pub event: Option<Envelope>,
    /// Why.
    pub error: String,
    /// How often it was tried.
    pub attempts: u32,
}

/// Where events are published and heard: at least once. Within a process the events of an aggregate are handled in order, but
/// for one that failed and was published again; replicas of a consumer share its queue, so two events of one aggregate
/// may be in work on both: whoever keeps a copy compares versions.
pub trait EventBus: Send + Sync {
    /// Publishes events in order; one result each. Ok means that they are safe: with the broker, or handled.
    fn publish_all<'a>(&'a self, events: &'a [Envelope]) -> BoxFuture<'a, Vec<Result<()>>>;

    /// Declares the queue and starts to work it off. Comes back when events published from now on will arrive.
    fn subscribe(&self, subscription: Subscription, handler: Handler) -> BoxFuture<'_, Result<()>>;

    /// The dead letters of a queue, at most `limit`, oldest first. They stay where they are.
    fn dead_letters<'a>(&'a self, queue: &'a str, limit: usize) -> BoxFuture<'a, Result<Vec<DeadLetter>>>;

    /// How many dead letters the queues of a service have that were subscribed to here: those named `<service>.…`.
    fn count_dead_letters<'a>(&'a self, service: &'a str) -> BoxFuture<'a, Result<u64>>;

    /// Puts up to `limit` dead letters of a queue back into it; returns how many.
    fn redrive<'a>(&'a self, queue: &'a str, limit: usize) -> BoxFuture<'a, Result<usize>>;

    /// True if events can be published now.
    fn is_connected(&self) -> bool;

    /// Stops all consumers; what is in work is finished first.
    fn close(&self) -> BoxFuture<'_, ()>;

    /// Publishes one event.
    fn publish<'a>(&'a self, event: &'a Envelope) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let results = self.publish_all(std::slice::from_ref(event)).await;
            results.into_iter().next().unwrap_or_else(|| Err(Error::internal("the bus gave no answer")))
        })
    }
}

/// The longest account of a failure that is kept with a dead letter, in bytes: a broker takes only so much.
const LONGEST_ERROR: usize = 2_000;

/// Why an event was given up, as it is kept: a cause that quotes a whole answer of somebody is cut.
fn shortened(mut error: String) -> String {
    if error.len() > LONGEST_ERROR {
        error.truncate(error.floor_char_boundary(LONGEST_ERROR));
        error.push('…');
    }
    error
}

/// True if a queue is one of a service: its name begins with the service's.
fn belongs_to(queue: &str, service: &str) -> bool {
    queue.strip_prefix(service).is_some_and(|rest| rest.starts_with('.'))
}

/// Topic matching as RabbitMQ does it: words between dots, `*` is exactly one, `#` any number.
pub fn topic_matches(pattern: &str, topic: &str) -> bool {
    fn matches(pattern: &[&str], topic: &[&str]) -> bool {
        match (pattern.first(), topic.first()) {
            (None, None) => true,
            (Some(&"#"), _) => {
                matches(&pattern[1..], topic) || (!topic.is_empty() && matches(pattern, &topic[1..]))
            }
            (Some(&"*"), Some(_)) => matches(&pattern[1..], &topic[1..]),
            (Some(word), Some(found)) => word == found && matches(&pattern[1..], &topic[1..]),
            _ => false,
        }
    }
    let pattern: Vec<&str> = pattern.split('.').collect();
    let topic: Vec<&str> = topic.split('.').collect();
    matches(&pattern, &topic)
}

#[cfg(test)]
mod tests {
    use super::{LONGEST_ERROR, belongs_to, shortened, topic_matches};

    #[test]
    fn topics_match_as_the_broker_matches_them() {
        for (pattern, topic, expected) in [
            ("a.b", "a.b", true),
            ("a.b", "a.c", false),
            ("a.*", "a.b", true),
            ("a.*", "a", false),
            ("a.*", "a.b.c", false),
            ("#", "a.b.c", true),
            ("a.#", "a", true),
            ("a.#.d", "a.b.c.d", true),
            ("#.c", "a.b.c", true),
            ("*.b.#", "a.b", true),
        ] {
            assert_eq!(topic_matches(pattern, topic), expected, "{pattern} against {topic}");
        }
    }

    #[test]
    fn a_long_error_is_cut_between_characters() {
        assert_eq!(shortened("short".into()), "short");
        let cut = shortened("ä".repeat(LONGEST_ERROR));
        assert!(cut.len() <= LONGEST_ERROR + '…'.len_utf8() && cut.ends_with("ä…"), "{}", cut.len());
    }

    #[test]
    fn a_queue_belongs_to_the_service_before_its_first_dot() {
        assert!(belongs_to("billing.orders", "billing"));
        assert!(!belongs_to("billing-archive.orders", "billing") && !belongs_to("billing", "billing"));
    }
}
