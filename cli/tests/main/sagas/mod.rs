//! Sagas over the four services, killed at every step: each ends complete or compensated, once, whatever was under way.
//!
//! What a crash leaves behind is what was committed, so a process that dies in the middle of a transaction and one that
//! dies right before it are the same to whoever comes after. Therefore the process that does a deed is aborted right after
//! its first commit, after its second, and so on until it gets through; the commits are those of the mutation, of the
//! relays and of every consumer in the four databases. Then a client repeats the mutation with the same key, as clients do
//! that got no answer, and other processes go on with what they find.

mod child;
mod company;
mod deeds;

use std::process::{Command, Stdio};
use std::time::Duration;

use company::{Company, Databases};
use deeds::{Deed, Scene};
use serde_json::{Value, json};

/// How the parent tells the child what to do.
const ORDERS: &str = "SAGA_ORDERS";

/// More commits than any deed has.
const MOST: u32 = 120;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_driver_is_made_together_with_the_user() {
    survive(Deed::Driver).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_driver_whose_phone_is_taken_is_compensated() {
    survive(Deed::RefusedDriver).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fleet_is_made_together_with_its_administrator() {
    survive(Deed::Fleet).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_manager_gets_the_login_that_was_asked_for() {
    survive(Deed::ManagerLogin).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_manager_whose_phone_is_taken_goes_without_a_login() {
    survive(Deed::RefusedManagerLogin).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deactivated_user_loses_sessions_profile_and_office() {
    survive(Deed::Deactivation).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reactivated_user_gets_back_what_the_deactivation_took() {
    survive(Deed::Reactivation).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_driver_who_signs_up_with_a_vehicle_gets_it() {
    survive(Deed::OwnVehicle).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_suspended_driver_leaves_the_roster_and_the_trips_that_wait() {
    survive(Deed::Suspension).await;
}

/// Does the deed once undisturbed, then kills the process that does it after its first commit, its second … and each time
/// looks at what becomes of it.
#[expect(clippy::print_stdout, reason = "how many kills it was is what makes the test worth something")]
async fn survive(deed: Deed) {
    let databases = Databases::new().await;
    let mut company = Company::open(&databases.urls()).await;
    let scene = Scene::set(&company).await;
    let mut kills = 0;
    for commits in 0..MOST {
        deed.prepare(&company, &scene, commits).await;
        company.quiet().await;
        company.close().await;
        let orders = json!({ "urls": databases.urls(), "deed": deed.name(), "number": commits, "scene": scene.to_json(),
            "commits": commits });
        let killed =
            tokio::task::spawn_blocking(move || run_child(&orders)).await.expect("the child was started");
        company = Company::open(&databases.urls()).await;
        deed.perform(&company, &scene, commits).await;
        company.quiet().await;
        deed.check(&company, &scene, commits).await;
        if commits > 0 && !killed {
            println!("{}: killed {kills} times, then it got through", deed.name());
            assert!(kills >= 4, "{} has more steps than {kills}", deed.name());
            return;
        }
        kills += u32::from(killed);
    }
    panic!("{} never gets through", deed.name());
}

/// True if the child was killed before it got through.
fn run_child(orders: &Value) -> bool {
    let child = Command::new(std::env::current_exe().expect("this test's own binary"))
        .args(["--exact", "sagas::child::does_a_deed_until_it_is_killed", "--ignored", "--nocapture"])
        .env(ORDERS, orders.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn();
    let ended = child.and_then(std::process::Child::wait_with_output).expect("a child process");
    // An abort has no exit code; a test that failed has one, and is no kill.
    match ended.status.code() {
        Some(0) => false,
        Some(_) => panic!("the child failed: {}", String::from_utf8_lossy(&ended.stderr)),
        None => true,
    }
}

/// The pause between two looks at what goes on.
const LOOK: Duration = Duration::from_millis(30);
