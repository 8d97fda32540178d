//! Counting SQL statements: sqlx tells each one to the log, and here we listen.

use std::cell::Cell;
use std::marker::PhantomData;
use std::sync::Once;

use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

thread_local! {
    /// What this thread has counted; None while nobody asked it to count.
    static COUNT: Cell<Option<usize>> = const { Cell::new(None) };
}

/// One listener for the whole process: listeners that come and go with tests would switch each other off, because whether
/// anybody listens to a place in the code is remembered for all threads together.
static LISTENING: Once = Once::new();

/// Counts the statements of this thread, on which a test's whole runtime lives, until it is dropped.
pub struct Statements {
    /// Not to be sent to another thread.
    _here: PhantomData<*const ()>,
}

impl Statements {
    /// Starts at zero.
    pub fn counting() -> Self {
        LISTENING.call_once(|| {
            // An error means that the test has a subscriber of its own; then the count stays at zero and says so.
            let _installed = tracing::subscriber::set_global_default(Listener);
        });
        COUNT.set(Some(0));
        Self { _here: PhantomData }
    }

    /// How many there were since the last call.
    pub fn take(&self) -> usize {
        COUNT.replace(Some(0)).unwrap_or(0)
    }
}

impl Drop for Statements {
    fn drop(&mut self) {
        COUNT.set(None);
    }
}

struct Listener;

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
            COUNT.set(COUNT.get().map(|count| count + 1));
        }
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}
