//! GraphiQL as a newcomer meets it: `dev` is started as the README says, and a real browser opens the page.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use testing::Browser;

/// A running `drivers-klub dev`; interrupted like with Ctrl-C when it goes.
struct Dev {
    child: Child,
    url: String,
}

impl Dev {
    fn start() -> Self {
        let data = concat!(env!("CARGO_TARGET_TMPDIR"), "/browser");
        let mut child = Command::new(env!("CARGO_BIN_EXE_drivers-klub"))
            .args(["dev", "--port", "0", "--fresh", "--data", data])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let url = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| line.trim().strip_prefix("GraphiQL").map(|rest| rest.trim().to_owned()))
            .expect("dev says where GraphiQL is");
        // Somebody has to read on, or the pipe fills up.
        std::thread::spawn(move || lines.for_each(drop));
        let url = url.split_whitespace().next().expect("an address").to_owned();
        Dev { child, url }
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        let _sent = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status();
        let _ended = self.child.wait();
    }
}

/// Clicks the first button whose text or title starts with `name`.
async fn click(browser: &Browser, name: &str) {
    let find = format!(
        "[...document.querySelectorAll('.graphiql-tab-button, button')].find(b => (b.innerText || '').trim().startsWith({name:?}) \
         || (b.getAttribute('aria-label') || '').startsWith({name:?}))"
    );
    browser.wait_for(&format!("!!({find}) && !({find}).disabled")).await;
    browser.evaluate(&format!("({find}).click()")).await;
}

/// The text of the response pane.
const PANE: &str = "(document.querySelector('.graphiql-response')?.querySelector('.CodeMirror')?.CodeMirror?.getValue() \
                    ?? document.querySelector('.graphiql-response')?.innerText ?? '')";

/// What the response pane shows, once it holds something.
async fn response(browser: &Browser, contains: &str) -> String {
    browser.wait_for(&format!("{PANE}.includes({contains:?})")).await;
    browser.evaluate(PANE).await.as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_newcomer_signs_in_asks_all_four_subgraphs_and_watches_a_trip() {
    let Some(browser) = testing::browser().await else { return };
    let dev = tokio::task::spawn_blocking(Dev::start).await.expect("dev starts");
    browser.navigate(&dev.url).await;

    click(&browser, "Execute query").await;
    let refused = response(&browser, "UNAUTHENTICATED").await;
    assert!(refused.contains("Sign in first"), "who has not signed in is told so: {refused}");
    click(&browser, "Show Documentation Explorer").await;
    browser
        .wait_for("document.querySelector('.graphiql-doc-explorer')?.innerText.includes('Subscription')")
        .await;
    click(&browser, "Hide Documentation Explorer").await;

    click(&browser, "Manager").await;
    browser
        .wait_for("document.querySelector('[role=status]').innerText.includes('Signed in as Manager')")
        .await;
    click(&browser, "Execute query").await;
    let answer = response(&browser, "Green Wheels").await;
    for part in ["amountPaise", "\"phone\"", "\"number\"", "\"fleet\""] {
        assert!(answer.contains(part), "the federated answer lacks {part}: {answer}");
    }
    keep(&browser, "graphiql-query.png").await;

    let dashboard = run_tab(&browser, "Dashboard", "tripsToday").await;
    assert!(!dashboard.contains("\"errors\""), "the dashboard is there for the manager: {dashboard}");
    keep(&browser, "graphiql-dashboard.png").await;

    let event = run_tab(&browser, "WatchFleet", "fleetTrips").await;
    assert!(event.contains("\"status\""), "the subscription shows an event: {event}");
    keep(&browser, "graphiql-subscription.png").await;

    let booked = run_tab(&browser, "BookATrip", "createTrip").await;
    assert!(booked.contains("CREATED"), "the example can be booked whenever it is tried: {booked}");

    let host = dev.url.split('/').nth(2).expect("a host").to_owned();
    let elsewhere: Vec<String> =
        browser.requested().into_iter().filter(|url| url.contains("://") && !url.contains(&host)).collect();
    assert_eq!(elsewhere, Vec::<String>::new(), "the page asked somebody else");
    assert_eq!(browser.evaluate("document.title").await, Value::from("Drivers Klub"));
}

/// Opens a tab and runs what is in it, until the answer holds `contains`. GraphiQL reads the operation's name from the editor
/// a moment after the tab is there, and nothing shows when: who is too quick runs another operation, and tries again.
async fn run_tab(browser: &Browser, name: &str, contains: &str) -> String {
    const RUN: &str = "document.querySelector('button[aria-label^=\"Execute query\"]')";
    click(browser, name).await;
    for _ in 0..60 {
        tokio::time::sleep(Duration::from_secs(1)).await;
        browser.evaluate(&format!("{RUN}?.click()")).await;
        for _ in 0..20 {
            let shown = browser.evaluate(PANE).await.as_str().unwrap_or_default().to_owned();
            if shown.contains(contains) {
                return shown;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    response(browser, contains).await
}

/// Keeps a screenshot beside the test's other files, to be looked at.
async fn keep(browser: &Browser, name: &str) {
    let file = format!("{}/{name}", env!("CARGO_TARGET_TMPDIR"));
    std::fs::write(file, browser.screenshot().await).expect("the screenshot is written");
}
