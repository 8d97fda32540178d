//! A real private cluster: how it comes up, who gets in, and that nothing of it is left, however its owner goes.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use embedded::{Cluster, Error, Lifetime, Machine, Options, Progress, start};
use sqlx::{Connection, PgConnection};

/// How long anything may take, on a crowded machine too.
const PATIENCE: Duration = Duration::from_secs(120);

/// Tells the child of a test where its cluster is.
const FOLDER: &str = "EMBEDDED_TEST_FOLDER";

/// A folder of its own, removed at the end.
struct Place(PathBuf);

impl Place {
    fn new() -> Self {
        let program = std::env::current_exe().unwrap();
        let target = program.ancestors().nth(3).unwrap();
        Self(target.join(format!("testing/embedded-{}-{:x}", std::process::id(), fastrand::u64(..))))
    }

    fn options(&self) -> Options {
        options(&self.0)
    }

    fn postmaster(&self) -> Option<u32> {
        let text = fs::read_to_string(self.0.join("data/postmaster.pid")).ok()?;
        text.lines().next()?.trim().parse().ok()
    }

    async fn is_left(&self) {
        let deadline = Instant::now() + PATIENCE;
        while self.postmaster().is_some() {
            assert!(Instant::now() < deadline, "the server still runs");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn options(folder: &Path) -> Options {
    Options {
        folder: folder.to_owned(),
        services: ["one", "two"].map(str::to_owned).to_vec(),
        fresh: false,
        lifetime: Lifetime::Ours,
        machine: Machine::from_environment(),
        progress: Progress::silent(),
    }
}

/// Progress, and what it was told so far.
fn notes() -> (Progress, impl Fn() -> String) {
    let lines = Arc::new(Mutex::new(String::new()));
    let told = lines.clone();
    (Progress::new(move |line| lines.lock().unwrap().push_str(line)), move || told.lock().unwrap().clone())
}

async fn connect(url: &str) -> Result<PgConnection, sqlx::Error> {
    PgConnection::connect(url).await
}

async fn number(cluster: &Cluster) -> Option<i32> {
    let mut conn = connect(&cluster.url("one").unwrap()).await.unwrap();
    sqlx::query_scalar("SELECT n FROM kept").fetch_one(&mut conn).await.ok()
}

async fn keep_a_number(cluster: &Cluster) {
    let mut conn = connect(&cluster.url("one").unwrap()).await.unwrap();
    sqlx::raw_sql("CREATE TABLE kept (n int); INSERT INTO kept VALUES (42)")
        .execute(&mut conn)
        .await
        .unwrap();
}

fn signal(name: &str, pid: u32) {
    assert!(Command::new("kill").args([&format!("-{name}"), &pid.to_string()]).status().unwrap().success());
}

#[tokio::test]
async fn each_service_has_a_database_that_no_other_role_can_open() {
    let place = Place::new();
    let cluster = start(place.options()).await.unwrap();
    let (one, two) = (cluster.url("one").unwrap(), cluster.url("two").unwrap());
    connect(&one).await.unwrap();
    connect(&two).await.unwrap();
    for elsewhere in ["db_two", "postgres", "template1"] {
        let url = one.replace("/db_one", &format!("/{elsewhere}"));
        let refused = connect(&url).await.unwrap_err().to_string();
        assert!(refused.contains("permission denied"), "{elsewhere}: {refused}");
    }
    let guessed = one.replace("one:", "one:x");
    assert!(connect(&guessed).await.unwrap_err().to_string().contains("password"), "a password is needed");
    assert_eq!(cluster.url("postgres"), None, "the superuser is nobody's service");
    let mut admin = connect(&cluster.admin_url()).await.unwrap();
    let address: String = sqlx::query_scalar("SHOW listen_addresses").fetch_one(&mut admin).await.unwrap();
    assert_eq!(address, "127.0.0.1");
    drop(admin);
    cluster.stop().await.unwrap();
    assert_eq!(place.postmaster(), None);
}

#[tokio::test]
async fn data_and_urls_last_between_runs_and_a_second_start_is_quick() {
    let place = Place::new();
    let (progress, told) = notes();
    let options = || Options { progress: progress.clone(), ..place.options() };
    let first = start(options()).await.unwrap();
    assert!(told().contains("creating"), "{}", told());
    let url = first.url("one");
    keep_a_number(&first).await;
    first.stop().await.unwrap();
    let before = told();
    let second = start(options()).await.unwrap();
    assert_eq!(second.url("one"), url);
    assert_eq!(number(&second).await, Some(42));
    second.stop().await.unwrap();
    // It is told before anything that takes longer than a second.
    assert_eq!(told(), before);
}

#[tokio::test]
async fn fresh_starts_over_with_new_passwords() {
    let place = Place::new();
    let first = start(place.options()).await.unwrap();
    let url = first.url("one");
    keep_a_number(&first).await;
    first.stop().await.unwrap();
    let fresh = start(Options { fresh: true, ..place.options() }).await.unwrap();
    assert_ne!(fresh.url("one"), url);
    assert_eq!(number(&fresh).await, None);
    fresh.stop().await.unwrap();
}

#[tokio::test]
async fn a_second_user_joins_and_does_not_stop_what_it_does_not_own() {
    let place = Place::new();
    let owner = start(place.options()).await.unwrap();
    let guest = start(place.options()).await.unwrap();
    assert!(owner.is_owned() && !guest.is_owned());
    assert_eq!(guest.url("two"), owner.url("two"));
    let refused = start(Options { fresh: true, ..place.options() }).await.unwrap_err();
    assert!(refused.to_string().contains("another process uses this cluster"), "{refused}");
    guest.stop().await.unwrap();
    connect(&owner.url("one").unwrap()).await.unwrap();
    owner.stop().await.unwrap();
}

#[tokio::test]
async fn dropping_the_owner_stops_the_server() {
    let place = Place::new();
    let cluster = start(place.options()).await.unwrap();
    assert!(place.postmaster().is_some());
    drop(cluster);
    place.is_left().await;
}

#[tokio::test]
async fn what_a_killed_server_left_does_not_keep_the_next_from_starting() {
    let place = Place::new();
    let cluster = start(place.options()).await.unwrap();
    keep_a_number(&cluster).await;
    let pid = place.postmaster().unwrap();
    signal("KILL", pid);
    drop(cluster);
    // The process id is taken by somebody who is no server: ourselves. Its children may not have noticed yet.
    let file = place.0.join("data/postmaster.pid");
    let text =
        fs::read_to_string(&file).unwrap().replacen(&pid.to_string(), &std::process::id().to_string(), 1);
    fs::write(&file, text).unwrap();
    let again = start(place.options()).await.unwrap();
    assert_eq!(number(&again).await, Some(42));
    again.stop().await.unwrap();
}

#[tokio::test]
async fn a_server_that_outlived_its_owner_is_taken_over() {
    let place = Place::new();
    fs::create_dir_all(&place.0).unwrap();
    let lease = place.0.join("lease");
    fs::write(&lease, "").unwrap();
    let left_behind = Options { lifetime: Lifetime::Idle { lease, minutes: 5 }, ..place.options() };
    drop(start(left_behind).await.unwrap());
    let pid = place.postmaster().expect("it runs on");
    let cluster = start(place.options()).await.unwrap();
    assert!(cluster.is_owned());
    assert_eq!(place.postmaster(), Some(pid), "it was not started anew");
    connect(&cluster.url("one").unwrap()).await.unwrap();
    cluster.stop().await.unwrap();
    assert_eq!(place.postmaster(), None);
}

#[tokio::test]
async fn a_name_that_could_be_more_than_a_name_is_refused() {
    let place = Place::new();
    let services = vec!["one; DROP DATABASE postgres".to_owned()];
    let refused = start(Options { services, ..place.options() }).await.unwrap_err();
    assert!(matches!(refused, Error::NotStarted { .. }), "{refused}");
    place.is_left().await;
}

/// Run as a child by the test below: holds a cluster until it is killed.
#[tokio::test]
#[ignore = "the other half of a_killed_owner_leaves_no_server_behind"]
#[expect(clippy::disallowed_methods, reason = "how the parent tells its child where to look")]
async fn holds_a_cluster_until_killed() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let _cluster = start(options(Path::new(&folder))).await.unwrap();
    fs::write(Path::new(&folder).join("up"), "").unwrap();
    let mut line = String::new();
    let _ = std::io::stdin().read_line(&mut line);
}

#[tokio::test]
async fn a_killed_owner_leaves_no_server_behind() {
    for how in ["KILL", "TERM", "INT"] {
        let place = Place::new();
        let mut owner = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "holds_a_cluster_until_killed", "--ignored"])
            .env(FOLDER, &place.0)
            // Its end tells the child that nobody is left to kill it.
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let deadline = Instant::now() + PATIENCE;
        while !place.0.join("up").exists() {
            assert!(Instant::now() < deadline, "the owner does not get its cluster up");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert!(place.postmaster().is_some());
        signal(how, owner.id());
        owner.wait().unwrap();
        place.is_left().await;
    }
}

#[tokio::test]
async fn a_folder_that_the_server_cannot_reach_is_replaced_by_one_that_it_can() {
    let place = Place::new();
    fs::create_dir_all(&place.0).unwrap();
    fs::set_permissions(&place.0, fs::Permissions::from_mode(0o700)).unwrap();
    let cluster = start(Options { folder: place.0.join("inside"), ..place.options() }).await.unwrap();
    connect(&cluster.url("one").unwrap()).await.unwrap();
    let folder = cluster.folder().to_owned();
    cluster.stop().await.unwrap();
    // Only root runs the server as somebody else, who then cannot pass.
    let replaced = fs::metadata("/proc/self").is_ok_and(|me| me.uid() == 0);
    assert_eq!(!folder.starts_with(&place.0), replaced, "{}", folder.display());
    fs::remove_dir_all(folder).unwrap();
}
