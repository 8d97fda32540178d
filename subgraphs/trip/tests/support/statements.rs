//! Counting SQL statements: sqlx tells each one to the log, and here we listen.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::DefaultGuard;
use tracing::{Event, Metadata, Subscriber};

/// Counts the statements of this thread, on which a test's whole runtime lives, until it is dropped.
pub(crate) struct Statements {
    count: Arc<AtomicUsize>,
    _listening: DefaultGuard,
}

impl Statements {
    /// Starts at zero.
    pub(crate) fn counting() -> Statements {
        let count = Arc::new(AtomicUsize::new(0));
        let listening = tracing::subscriber::set_default(Listener(count.clone()));
        tracing::callsite::rebuild_interest_cache();
        Statements { count, _listening: listening }
    }

    /// How many there were since the last call.
    pub(crate) fn take(&self) -> usize {
        self.count.swap(0, Ordering::Relaxed)
    }
}

struct Listener(Arc<AtomicUsize>);

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "sqlx::query"
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        if event.metadata().target() == "sqlx::query" {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}
