//! What the binary says to somebody who asks for the wrong thing, and what it keeps to itself.

use std::process::{Command, Output};

use sqlx::PgPool;

/// Runs the binary with these arguments and nothing in its environment but this.
async fn run(arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_drivers-klub"));
    command.args(arguments).env_clear().envs(environment.iter().copied()).current_dir(std::env::temp_dir());
    tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap()
}

fn said(output: &[u8]) -> &str {
    std::str::from_utf8(output).unwrap()
}

/// With the bus of its own process it would publish to nobody, and mark that as published.
#[tokio::test]
async fn a_subgraph_alone_does_not_start_without_a_broker() {
    let database = testing::empty_database().await;
    let environment = [
        ("TRIP_DATABASE_URL", database.url.as_str()),
        ("PRINCIPAL_KEY", "a key of the tests that has more than 32 bytes"),
    ];
    let refused = run(&["serve", "trip"], &environment).await;
    assert!(!refused.status.success());
    assert!(said(&refused.stderr).contains("AMQP_URL is needed"), "{}", said(&refused.stderr));
    assert_eq!(tables(&database.pool).await, 0, "nothing was changed before");
}

#[tokio::test]
async fn a_queue_that_there_is_not_is_answered_with_those_that_there_are() {
    for command in ["dead", "redrive"] {
        let nobody = "amqp://127.0.0.1:1/%2f";
        let refused = run(&["events", command, "partner.tripz", "--amqp-url", nobody], &[]).await;
        assert!(!refused.status.success());
        let said = said(&refused.stderr);
        assert!(said.contains("no queue partner.tripz") && said.contains("partner.trips,"), "{said}");
    }
}

#[tokio::test]
async fn help_shows_no_password_of_the_environment() {
    let environment = [
        ("AMQP_URL", "amqp://somebody:hunter2@rabbit/%2f"),
        ("REDIS_URL", "redis://:hunter2@redis:6379"),
        ("TRIP_DATABASE_URL", "postgres://somebody:hunter2@postgres/db_trip"),
        ("PRINCIPAL_KEY", "hunter2hunter2hunter2hunter2hunter2"),
        ("IDENTITY_SECRET", "hunter2hunter2hunter2hunter2hunter2"),
        ("PARTNER_DATA_KEY", "hunter2"),
        ("PARTNER_UPLOAD_KEY", "hunter2"),
    ];
    let commands: [&[&str]; 13] = [
        &["dev"],
        &["serve", "identity"],
        &["serve", "fleet"],
        &["serve", "partner"],
        &["serve", "trip"],
        &["serve", "router"],
        &["serve", "all"],
        &["migrate"],
        &["seed"],
        &["smoke"],
        &["doctor"],
        &["events", "redrive"],
        &["events", "resync"],
    ];
    for command in commands {
        let shown = run(&[command, &["--help"]].concat(), &environment).await;
        assert!(shown.status.success(), "{command:?}");
        assert!(!said(&shown.stdout).contains("hunter2"), "{command:?}: {}", said(&shown.stdout));
    }
}

#[tokio::test]
async fn the_doctor_says_what_a_database_lacks_and_does_not_touch_it() {
    let database = testing::empty_database().await;
    let url = database.url.as_str();
    let services = ["IDENTITY", "FLEET", "PARTNER", "TRIP"].map(|name| format!("{name}_DATABASE_URL"));
    let environment: Vec<(&str, &str)> = services.iter().map(|name| (name.as_str(), url)).collect();
    let found = run(&["doctor"], &environment).await;
    let said = said(&found.stdout);
    assert!(said.contains("database of trip: reached; lacks"), "{said}");
    assert_eq!(tables(&database.pool).await, 0);
}

async fn tables(pool: &PgPool) -> i64 {
    let count = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'";
    sqlx::query_scalar(count).fetch_one(pool).await.unwrap()
}
