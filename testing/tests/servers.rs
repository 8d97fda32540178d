//! The shared servers come up, are real, and keep tests apart.

use std::time::Duration;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AssertSqlSafe, SqlSafeStr};

fn migrations() -> Migrator {
    let sql = "CREATE TABLE thing (id bigint GENERATED ALWAYS AS IDENTITY, name text NOT NULL)".to_owned();
    let first =
        Migration::new(1, "things".into(), MigrationType::Simple, AssertSqlSafe(sql).into_sql_str(), false);
    Migrator::with_migrations(vec![first])
}

#[tokio::test]
async fn two_tests_have_two_databases_with_the_same_tables() {
    let migrations = migrations();
    let (one, two) = tokio::join!(testing::database(&migrations), testing::database(&migrations));
    sqlx::query("INSERT INTO thing (name) VALUES ('only here')").execute(&one.pool).await.unwrap();
    let count = |pool| sqlx::query_scalar::<_, i64>("SELECT count(*) FROM thing").fetch_one(pool);
    assert_eq!(count(&one.pool).await.unwrap(), 1);
    assert_eq!(count(&two.pool).await.unwrap(), 0);
}

#[tokio::test]
async fn a_test_is_no_superuser() {
    let database = testing::empty_database().await;
    let superuser: bool = sqlx::query_scalar("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        .fetch_one(&database.pool)
        .await
        .unwrap();
    assert!(!superuser);
}

#[tokio::test]
async fn many_databases_are_made_at_once() {
    let migrations = migrations();
    let made = futures_util::future::join_all((0..12).map(|_| testing::database(&migrations))).await;
    let urls: std::collections::HashSet<_> = made.iter().map(|database| database.url.clone()).collect();
    assert_eq!(urls.len(), 12);
}

#[tokio::test]
async fn redis_answers() {
    let Some(url) = testing::redis().await else { return };
    let address = url.trim_start_matches("redis://").trim_end_matches('/').to_owned();
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut stream, b"PING\r\n").await.unwrap();
    let mut answer = [0; 7];
    tokio::io::AsyncReadExt::read_exact(&mut stream, &mut answer).await.unwrap();
    assert_eq!(&answer, b"+PONG\r\n");
}

#[tokio::test]
async fn the_browser_runs_scripts_and_notes_what_it_asks_for() {
    let Some(browser) = testing::browser().await else { return };
    browser.navigate("data:text/html,<title>hello</title><body>there</body>").await;
    assert_eq!(browser.evaluate("Promise.resolve(document.title + '!')").await, "hello!");
    browser.evaluate("fetch('http://127.0.0.1:9/nothing').catch(() => null)").await;
    browser.wait_for("document.body.innerText === 'there'").await;
    let requested = browser.requested();
    assert!(requested.iter().any(|url| url.contains("127.0.0.1:9/nothing")), "{requested:?}");
    assert!(browser.screenshot().await.starts_with(b"\x89PNG"));
}

#[test]
fn a_free_port_is_given_out_once_and_is_none_of_those_that_connections_get() {
    let ports: Vec<u16> = (0..40).map(|_| testing::free_port()).collect();
    let different: std::collections::HashSet<_> = ports.iter().collect();
    assert_eq!(different.len(), ports.len(), "{ports:?}");
    assert!(ports.iter().all(|port| *port < 32_768), "{ports:?}");
}

/// Not a test of its own: what the next one starts as a process that is killed.
#[tokio::test]
#[ignore = "waits to be killed"]
async fn a_test_that_is_killed() {
    let node = testing::RabbitNode::start().await;
    let url = node.as_ref().map_or_else(|| "none".to_owned(), testing::RabbitNode::url);
    // Past the test harness, which would keep it until the end.
    std::io::Write::write_all(&mut std::io::stderr(), format!("node {url}\n").as_bytes()).unwrap();
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn a_node_of_a_test_goes_with_it_however_that_ends() {
    let program = std::env::current_exe().unwrap();
    let mut test = std::process::Command::new(program)
        .args(["--ignored", "--exact", "--nocapture", "a_test_that_is_killed"])
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let said = std::io::BufReader::new(test.stderr.take().unwrap());
    let url = tokio::task::spawn_blocking(move || {
        let mut lines = std::io::BufRead::lines(said).map_while(Result::ok);
        lines.find_map(|line| line.strip_prefix("node ").map(str::to_owned))
    });
    let url = url.await.unwrap();
    test.kill().unwrap();
    test.wait().unwrap();
    let Some(port) =
        url.as_deref().and_then(|url| url.split([':', '/']).rev().find_map(|part| part.parse().ok()))
    else {
        assert_eq!(url.as_deref(), Some("none"), "the node said where it is");
        return;
    };
    for _ in 0..2_400 {
        if !testing::answers(port) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the node on port {port} outlives its test");
}
