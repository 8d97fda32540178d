//! The process that does a deed and is aborted by its own hand right after a certain commit.

use std::sync::atomic::{AtomicI64, Ordering};

use serde_json::Value;

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
    testing::on_statement(count_down);
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

/// Aborts the process right after the last commit that it may live to see.
fn count_down(statement: &str) {
    if statement == "COMMIT" && LEFT.fetch_sub(1, Ordering::SeqCst) == 1 {
        std::process::abort();
    }
}
