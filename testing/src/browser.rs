//! Headless Chromium, driven over its DevTools WebSocket.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::process::find_program;
use crate::skipped;

/// How long anything may take, on a crowded machine too.
const PATIENCE: Duration = Duration::from_secs(120);

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;
type Waiting = Arc<Mutex<HashMap<u64, oneshot::Sender<Value>>>>;

/// One page of a browser of its own. Closed when it is dropped.
pub struct Browser {
    process: Child,
    profile: PathBuf,
    /// The page's session: none while the browser itself is spoken to.
    session: Option<String>,
    commands: tokio::sync::Mutex<(SplitSink<Socket, Message>, u64)>,
    waiting: Waiting,
    requested: Arc<Mutex<Vec<String>>>,
    messages: Arc<Mutex<Vec<String>>>,
}

/// A browser with an empty page, None (said loudly) if Chromium is not installed.
pub async fn browser() -> Option<Browser> {
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    let Some(program) = find_program(&names) else {
        skipped("browser", "Chromium is not installed");
        return None;
    };
    let profile = std::env::temp_dir().join(format!("drivers-klub-browser-{}", uuid::Uuid::new_v4()));
    let process = Command::new(program)
        .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
        .args(["--no-first-run", "--disable-background-networking", "--disable-component-update"])
        .args(["--disable-sync", "--disable-default-apps", "--hide-scrollbars", "--window-size=1440,900"])
        .args(["--remote-debugging-port=0", "about:blank"])
        .arg(format!("--user-data-dir={}", profile.display()))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap_or_else(|error| panic!("starting the browser: {error}"));
    Some(Browser::attach(process, profile).await)
}

impl Browser {
    async fn attach(process: Child, profile: PathBuf) -> Self {
        let port_file = profile.join("DevToolsActivePort");
        let deadline = Instant::now() + PATIENCE;
        let (port, path) = loop {
            let text = fs::read_to_string(&port_file).unwrap_or_default();
            if let Some((port, path)) = text.split_once('\n')
                && !path.is_empty()
            {
                break (port.to_owned(), path.trim().to_owned());
            }
            assert!(Instant::now() < deadline, "the browser does not come up");
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        let (socket, _) = connect_async(format!("ws://127.0.0.1:{port}{path}"))
            .await
            .unwrap_or_else(|error| panic!("connecting to the browser: {error}"));
        let (sender, receiver) = socket.split();
        let (waiting, requested, messages) = (Waiting::default(), Arc::default(), Arc::default());
        tokio::spawn(listen(receiver, Arc::clone(&waiting), Arc::clone(&requested), Arc::clone(&messages)));
        let commands = tokio::sync::Mutex::new((sender, 0));
        let mut browser = Browser { process, profile, session: None, commands, waiting, requested, messages };
        browser.open_page().await;
        browser
    }

    /// Attaches to the page in flat mode: from then on every command is for the page's session.
    async fn open_page(&mut self) {
        let targets = self.command("Target.getTargets", json!({})).await;
        let infos = targets["targetInfos"].as_array().cloned().unwrap_or_default();
        let page =
            infos.iter().find(|info| info["type"] == "page").unwrap_or_else(|| panic!("no page: {targets}"));
        let attach = json!({ "targetId": page["targetId"], "flatten": true });
        let attached = self.command("Target.attachToTarget", attach).await;
        self.session = attached["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page.enable", "Runtime.enable", "Network.enable"] {
            self.command(domain, json!({})).await;
        }
    }

    /// Opens a URL and waits until the page has loaded.
    pub async fn navigate(&self, url: &str) {
        let answer = self.command("Page.navigate", json!({ "url": url })).await;
        assert!(answer.get("errorText").is_none(), "opening {url}: {answer}");
        self.wait_for("document.readyState === 'complete'").await;
    }

    /// The value of a JavaScript expression; a promise is awaited. Panics if it throws.
    pub async fn evaluate(&self, expression: &str) -> Value {
        let parameters = json!({ "expression": expression, "awaitPromise": true, "returnByValue": true, "userGesture": true });
        let answer = self.command("Runtime.evaluate", parameters).await;
        assert!(answer.get("exceptionDetails").is_none(), "{expression}: {answer}");
        answer["result"]["value"].clone()
    }

    /// Waits until a JavaScript expression is true. Panics after two minutes, with the page's text and its console.
    pub async fn wait_for(&self, expression: &str) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            // While a page is being replaced there is nothing to evaluate in.
            let guarded = format!(
                "(() => {{ try {{ return Boolean({expression}) }} catch (e) {{ return false }} }})()"
            );
            if self.evaluate(&guarded).await == json!(true) {
                return;
            }
            if Instant::now() > deadline {
                let text = self.evaluate("document.body ? document.body.innerText : ''").await;
                panic!("waited in vain for {expression}\npage: {text}\nconsole: {:?}", self.console());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Types text as a keyboard would, into whatever has the focus.
    pub async fn type_text(&self, text: &str) {
        self.command("Input.insertText", json!({ "text": text })).await;
    }

    /// Presses a key with its DevTools name and code: `press("Enter", 13)`. `modifiers`: 1 alt, 2 control, 4 meta, 8 shift.
    pub async fn press(&self, key: &str, code: u32, modifiers: u32) {
        for kind in ["rawKeyDown", "keyUp"] {
            let parameters = json!({ "type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code, "modifiers": modifiers });
            self.command("Input.dispatchKeyEvent", parameters).await;
        }
    }

    /// The page as a PNG.
    pub async fn screenshot(&self) -> Vec<u8> {
        let answer = self.command("Page.captureScreenshot", json!({ "format": "png" })).await;
        STANDARD.decode(answer["data"].as_str().unwrap_or_default()).unwrap_or_default()
    }

    /// Every URL that the page has asked for so far, WebSockets included.
    pub fn requested(&self) -> Vec<String> {
        self.requested.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What the page wrote to its console, and its uncaught exceptions.
    pub fn console(&self) -> Vec<String> {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Sends any DevTools command and returns its result. Panics if the browser refuses it or does not answer.
    pub async fn command(&self, method: &str, parameters: Value) -> Value {
        let (sender, answer) = oneshot::channel();
        {
            let mut commands = self.commands.lock().await;
            commands.1 += 1;
            let id = commands.1;
            self.waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(id, sender);
            let mut message = json!({ "id": id, "method": method, "params": parameters });
            if let Some(session) = &self.session {
                message["sessionId"] = json!(session);
            }
            let sent = commands.0.send(Message::text(message.to_string())).await;
            sent.unwrap_or_else(|error| panic!("{method}: {error}"));
        }
        let answer = tokio::time::timeout(PATIENCE, answer).await;
        let answer = answer
            .unwrap_or_else(|_| panic!("{method}: no answer"))
            .unwrap_or_else(|_| panic!("{method}: the browser is gone"));
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].clone()
    }
}

/// Reads what the browser says: answers go to who waits for them, requests and console lines are noted.
async fn listen(
    mut receiver: SplitStream<Socket>,
    waiting: Waiting,
    requested: Arc<Mutex<Vec<String>>>,
    messages: Arc<Mutex<Vec<String>>>,
) {
    let note = |list: &Mutex<Vec<String>>, line: String| {
        list.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    };
    while let Some(Ok(message)) = receiver.next().await {
        let Ok(said) = serde_json::from_str::<Value>(message.to_text().unwrap_or_default()) else { continue };
        if let Some(id) = said["id"].as_u64() {
            let waiter = waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
            if let Some(waiter) = waiter {
                let _ = waiter.send(said);
            }
            continue;
        }
        let parameters = &said["params"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        match said["method"].as_str().unwrap_or_default() {
            "Network.requestWillBeSent" => note(&requested, text(&parameters["request"]["url"])),
            "Network.webSocketCreated" => note(&requested, text(&parameters["url"])),
            "Runtime.consoleAPICalled" => note(&messages, parameters["args"].to_string()),
            "Runtime.exceptionThrown" => note(&messages, parameters["exceptionDetails"].to_string()),
            _ => {}
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.profile);
    }
}
