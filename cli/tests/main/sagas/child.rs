//! The process that does a deed and is aborted by its own hand right after a certain commit.

use std::sync::atomic::{AtomicI64, Ordering};

use serde_json::Value;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use super::ORDERS;
use super::company::Company;
use super::deeds::{Deed, Scene};

/// How many commits are left to live; not counting while negative or zero.
static LEFT: AtomicI64 = AtomicI64::new(0);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the other half of the saga tests, which start it as a process of its own"]
#[expect(clippy::disallowed_methods, reason = "how the test tells this process what to do")]
async fn does_a_deed_until_it_is_killed() {
    let Ok(orders) = std::env::var(ORDERS) else { return };
    let orders: Value = serde_json::from_str(&orders).expect("orders");
    tracing::subscriber::set_global_default(Bomb).expect("the only listener");
    let company = Company::open(&orders["urls"]).await;
    company.quiet().await;
    let number = orders["number"].as_u64().and_then(|number| u32::try_from(number).ok()).expect("a number");
    LEFT.store(orders["commits"].as_i64().expect("a number"), Ordering::SeqCst);
    let (deed, scene) = (Deed::named(&orders["deed"]), Scene::from_json(&orders["scene"]));
    deed.perform(&company, &scene, number).await;
    company.quiet().await;
    LEFT.store(0, Ordering::SeqCst);
    company.close().await;
}

/// Listens to the statements and aborts the process right after the last commit it may live to see.
struct Bomb;

impl Subscriber for Bomb {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "sqlx::query"
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut commit = Commit(false);
        event.record(&mut commit);
        if commit.0 && LEFT.fetch_sub(1, Ordering::SeqCst) == 1 {
            std::process::abort();
        }
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// Whether a statement is a commit.
struct Commit(bool);

impl Visit for Commit {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0 |= field.name() == "summary" && value == "COMMIT";
    }

    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.0 |= field.name() == "summary" && format!("{value:?}").trim_matches('"') == "COMMIT";
    }
}
