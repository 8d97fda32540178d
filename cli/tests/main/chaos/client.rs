//! A client as a good app is: it asks again with the same idempotency key, at another router if need be.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::body::Incoming;
use hyper_util::client::legacy::{Client as Http, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest};

/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(12);

/// How long a client asks again, whatever it is told. Longer than any of our blows lasts.
const PERSEVERANCE: Duration = Duration::from_secs(300);

/// The age at which a token is replaced; it would expire after a quarter of an hour.
const TOKEN_AGE: Duration = Duration::from_secs(12 * 60);

/// One caller of the routers.
#[derive(Clone)]
pub(super) struct Client {
    routers: Arc<Vec<String>>,
    session: Option<Arc<Session>>,
    http: Http<HttpConnector, Full<Bytes>>,
}

/// Who has signed in, and what with. A long day needs more than one token.
struct Session {
    phone: String,
    token: Mutex<(String, Instant)>,
}

impl Client {
    pub(super) fn anonymous(routers: Vec<String>) -> Self {
        let http = Http::builder(TokioExecutor::new()).build_http();
        Self { routers: Arc::new(routers), session: None, http }
    }

    /// The same address for the owner of a demo phone.
    pub(super) async fn sign_in(&self, phone: &str) -> Self {
        let token = Mutex::new((self.token_for(phone).await, Instant::now()));
        Self { session: Some(Arc::new(Session { phone: phone.to_owned(), token })), ..self.clone() }
    }

    /// A token for the fixed code of demo phones.
    async fn token_for(&self, phone: &str) -> String {
        let request =
            "mutation($phone: String!) { requestOtp(input: { phone: $phone }) { resendAfterSeconds } }";
        let verify =
            "mutation($phone: String!) { verifyOtp(input: { phone: $phone, code: \"000000\" }) { access } }";
        self.persist(request, json!({ "phone": phone })).await;
        let answer = self.persist(verify, json!({ "phone": phone })).await;
        answer["verifyOtp"]["access"].as_str().unwrap().to_owned()
    }

    /// The `data` of an operation, asked for until it comes without errors.
    pub(super) async fn ask(&self, query: &str, variables: Value) -> Value {
        self.keep_signed_in().await;
        self.persist(query, variables).await
    }

    async fn keep_signed_in(&self) {
        let Some(session) = &self.session else { return };
        let mut token = session.token.lock().await;
        if token.1.elapsed() > TOKEN_AGE {
            let anonymous = Self { session: None, ..self.clone() };
            *token = (anonymous.token_for(&session.phone).await, Instant::now());
        }
    }

    async fn bearer(&self) -> Option<String> {
        let session = self.session.as_ref()?;
        Some(format!("Bearer {}", session.token.lock().await.0))
    }

    async fn persist(&self, query: &str, variables: Value) -> Value {
        let deadline = Instant::now() + PERSEVERANCE;
        loop {
            let said = match tokio::time::timeout(PATIENCE, self.once(query, &variables)).await {
                Ok(Ok(mut answer)) if answer.get("errors").is_none() => return answer["data"].take(),
                Ok(Ok(answer)) => answer.to_string(),
                Ok(Err(error)) => error,
                Err(_) => "no answer in time".to_owned(),
            };
            assert!(Instant::now() < deadline, "{query}\n{variables}\nwas never answered: {said}");
            tokio::time::sleep(Duration::from_millis(fastrand::u64(50..500))).await;
        }
    }

    async fn once(&self, query: &str, variables: &Value) -> Result<Value, String> {
        let answer = self.post("application/json", query, variables).await?;
        let body = answer.collect().await.map_err(|error| error.to_string())?.to_bytes();
        serde_json::from_slice(&body).map_err(|error| error.to_string())
    }

    async fn post(&self, accept: &str, query: &str, variables: &Value) -> Result<Incoming, String> {
        let body = json!({ "query": query, "variables": variables }).to_string();
        let mut request =
            Request::post(self.router()).header("content-type", "application/json").header("accept", accept);
        if let Some(bearer) = self.bearer().await {
            request = request.header("authorization", bearer);
        }
        let request = request.body(Full::from(body)).map_err(|error| error.to_string())?;
        Ok(self.http.request(request).await.map_err(|error| error.to_string())?.into_body())
    }

    fn router(&self) -> &str {
        &self.routers[fastrand::usize(..self.routers.len())]
    }

    /// Subscribes at one of the routers, over WebSocket or server-sent events.
    pub(super) async fn watch(
        &self,
        over: Transport,
        query: &str,
        variables: &Value,
    ) -> Result<Events, String> {
        let (sender, receiver) = mpsc::unbounded_channel();
        let task = match over {
            Transport::WebSocket => self.watch_websocket(query, variables, sender).await?,
            Transport::Sse => self.watch_sse(query, variables, sender).await?,
        };
        Ok(Events { receiver, task })
    }

    async fn watch_websocket(
        &self,
        query: &str,
        variables: &Value,
        events: Sender,
    ) -> Result<JoinHandle<()>, String> {
        let url = self.router().replacen("http", "ws", 1);
        let mut request = url.into_client_request().map_err(|error| error.to_string())?;
        request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
        let (socket, _) =
            tokio_tungstenite::connect_async(request).await.map_err(|error| error.to_string())?;
        let (mut sink, mut stream) = socket.split();
        let init = json!({ "type": "connection_init", "payload": { "Authorization": self.bearer().await } });
        let payload = json!({ "query": query, "variables": variables });
        let subscribe = json!({ "id": "1", "type": "subscribe", "payload": payload });
        sink.send(Message::text(init.to_string())).await.map_err(|error| error.to_string())?;
        Ok(tokio::spawn(async move {
            while let Some(Ok(message)) = stream.next().await {
                let Message::Text(text) = message else { continue };
                let message: Value = serde_json::from_str(&text).unwrap_or_default();
                let answer = match message["type"].as_str() {
                    Some("connection_ack") => &subscribe,
                    Some("ping") => &json!({ "type": "pong" }),
                    Some("next") if events.send(message["payload"].clone()).is_ok() => continue,
                    _ => return,
                };
                if sink.send(Message::text(answer.to_string())).await.is_err() {
                    return;
                }
            }
        }))
    }

    async fn watch_sse(
        &self,
        query: &str,
        variables: &Value,
        events: Sender,
    ) -> Result<JoinHandle<()>, String> {
        let mut body = self.post("text/event-stream", query, variables).await?.into_data_stream();
        Ok(tokio::spawn(async move {
            let mut text = Vec::new();
            while let Some(Ok(chunk)) = body.next().await {
                text.extend_from_slice(&chunk);
                while let Some(end) = text.windows(2).position(|pair| pair == b"\n\n") {
                    let event: Vec<u8> = text.drain(..end + 2).collect();
                    let event = String::from_utf8_lossy(&event).into_owned();
                    let data: String = event.lines().filter_map(|line| line.strip_prefix("data:")).collect();
                    if event.contains("event: complete") {
                        return;
                    }
                    let Ok(value) = serde_json::from_str(&data) else { continue };
                    if events.send(value).is_err() {
                        return;
                    }
                }
            }
        }))
    }
}

type Sender = mpsc::UnboundedSender<Value>;

/// The two ways to be told.
#[derive(Clone, Copy, Debug)]
pub(super) enum Transport {
    WebSocket,
    Sse,
}

/// One stream. Dropping it hangs up.
pub(super) struct Events {
    receiver: mpsc::UnboundedReceiver<Value>,
    task: JoinHandle<()>,
}

impl Events {
    /// The next event's whole GraphQL response; None when the stream has ended.
    pub(super) async fn next(&mut self) -> Option<Value> {
        self.receiver.recv().await
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        self.task.abort();
    }
}
