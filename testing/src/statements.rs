//! SQL statements as they run: sqlx tells each one to the log, and here we listen.

use std::cell::Cell;
use std::fmt::Debug;
use std::marker::PhantomData;
use std::sync::Once;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// One listener for the whole process: listeners that come and go with tests would switch each other off, because whether
/// anybody listens to a place in the code is remembered for all threads together.
static LISTENING: Once = Once::new();

/// Has `heard` called with the beginning of every statement of this process, on the thread that runs it. There is one
/// listener per process; whoever comes second is not heard.
pub fn on_statement(heard: fn(&str)) {
    LISTENING.call_once(|| {
        // An error means that the test has a subscriber of its own; then nothing is heard.
        let _installed = tracing::subscriber::set_global_default(Listener(heard));
    });
}

thread_local! {
    /// What this thread has counted; None while nobody asked it to count.
    static COUNT: Cell<Option<usize>> = const { Cell::new(None) };
}

/// Counts the statements of this thread, on which a test's whole runtime lives, until it is dropped.
pub struct Statements {
    /// Not to be sent to another thread.
    _here: PhantomData<*const ()>,
}

impl Statements {
    /// Starts at zero.
    pub fn counting() -> Self {
        on_statement(|_| COUNT.set(COUNT.get().map(|count| count + 1)));
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

struct Listener(fn(&str));

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
            let mut summary = Summary(String::new());
            event.record(&mut summary);
            (self.0)(&summary.0);
        }
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// The beginning of a statement, out of what sqlx tells of it.
struct Summary(String);

impl Visit for Summary {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "summary" {
            value.clone_into(&mut self.0);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "summary" {
            self.0 = format!("{value:?}").trim_matches('"').to_owned();
        }
    }
}
