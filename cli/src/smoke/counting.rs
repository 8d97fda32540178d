//! What one operation costs: requests to subgraphs by what they ask for, and SQL statements.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use router::observe::{Observation, Observer};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

/// Counters that `smoke` reads before and after an operation.
#[derive(Clone, Default)]
pub(crate) struct Counters {
    requests: Arc<Mutex<BTreeMap<String, u64>>>,
    statements: Arc<AtomicU64>,
}

impl Counters {
    /// Counts every SQL statement of this process from now on, but for the background's.
    pub(crate) fn install(&self) {
        let layer = StatementCounter(Arc::clone(&self.statements));
        // An error means that somebody listens already; then nothing is counted and the check says so.
        let _installed = tracing_subscriber::registry().with(layer).try_init();
    }

    /// Tells the router whom to report its fetches to.
    pub(crate) fn observer(&self) -> Observer {
        let requests = Arc::clone(&self.requests);
        Observer::new(move |observation| {
            if let Observation::Fetch(fetch) = observation {
                let what =
                    if fetch.entities.is_empty() { "roots".to_owned() } else { fetch.entities.join("+") };
                let mut requests = requests.lock().unwrap_or_else(PoisonError::into_inner);
                *requests.entry(format!("{}: {what}", fetch.subgraph)).or_default() += 1;
            }
        })
    }

    /// Forgets what was counted.
    pub(crate) fn reset(&self) {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.statements.store(0, Ordering::SeqCst);
    }

    /// Requests since the reset, by subgraph and entity types.
    pub(crate) fn requests(&self) -> BTreeMap<String, u64> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// SQL statements since the reset.
    pub(crate) fn statements(&self) -> u64 {
        self.statements.load(Ordering::SeqCst)
    }
}

/// Counts the statements that sqlx reports.
struct StatementCounter(Arc<AtomicU64>);

/// Reads the summary of a statement: what relay, feed and timers send all the time names one of these.
#[derive(Default)]
struct Background(bool);

impl Visit for Background {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if field.name() == "summary" || field.name() == "db.statement" {
            let text = format!("{value:?}").to_lowercase();
            self.0 |= ["outbox", "timer", "inbox", "listen", "begin", "commit", "rollback"]
                .iter()
                .any(|word| text.contains(word));
        }
    }
}

impl<S: Subscriber> Layer<S> for StatementCounter {
    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        if event.metadata().target() != "sqlx::query" {
            return;
        }
        let mut background = Background::default();
        event.record(&mut background);
        if !background.0 {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
}
