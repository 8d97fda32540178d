//! A client as an app would write one: GraphQL over HTTP, subscriptions over WebSocket and over SSE.

mod sse;

use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper_util::{
    client::legacy::{Client as HttpClient, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest};

use self::sse::SseDecoder;

/// What went wrong, in words for the terminal.
pub type Failure = String;

/// How long one answer, or one expected event, may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// One caller of the router: an address and, once signed in, a token.
#[derive(Clone)]
pub struct Client {
    url: String,
    token: Option<String>,
    headers: Vec<(&'static str, String)>,
    http: HttpClient<HttpConnector, Full<Bytes>>,
}

/// The events of one subscription, in the order they came.
pub struct Events {
    /// "WebSocket" or "SSE", for messages.
    pub transport: &'static str,
    receiver: mpsc::UnboundedReceiver<Result<Value, Failure>>,
}

impl Events {
    /// The next event's whole GraphQL response; an error when none comes in time or the stream ends.
    pub async fn next(&mut self) -> Result<Value, Failure> {
        match tokio::time::timeout(PATIENCE, self.receiver.recv()).await {
            Err(_) => Err(format!("{}: no event within {} s", self.transport, PATIENCE.as_secs())),
            Ok(None) => Err(format!("{}: the stream ended early", self.transport)),
            Ok(Some(event)) => event.map_err(|error| format!("{}: {error}", self.transport)),
        }
    }
}

impl Client {
    /// A caller who has not signed in; `url` is the router's GraphQL address.
    pub fn anonymous(url: &str) -> Self {
        let http = HttpClient::builder(TokioExecutor::new()).build_http();
        Client { url: url.to_owned(), token: None, headers: Vec::new(), http }
    }

    /// The same address, as the holder of `token`.
    pub fn with_token(&self, token: &str) -> Self {
        Client { token: Some(token.to_owned()), ..self.clone() }
    }

    /// The same caller at another address.
    pub fn at(&self, url: &str) -> Self {
        Client { url: url.to_owned(), ..self.clone() }
    }

    /// The same caller with one more header.
    pub fn with_header(&self, name: &'static str, value: &str) -> Self {
        let mut client = self.clone();
        client.headers.push((name, value.to_owned()));
        client
    }

    fn request(&self, accept: &str, query: &str, variables: Value) -> Result<Request<Full<Bytes>>, Failure> {
        let body = json!({ "query": query, "variables": variables }).to_string();
        let mut request = Request::post(&self.url)
            .header("content-type", "application/json")
            .header("accept", accept)
            .header("user-agent", "drivers-klub");
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        request.body(Full::from(body)).map_err(|error| error.to_string())
    }

    /// The whole response of one operation: `{data, errors, …}`.
    pub async fn send(&self, query: &str, variables: Value) -> Result<Value, Failure> {
        let request = self.request("application/graphql-response+json", query, variables)?;
        let answer = async {
            let response =
                self.http.request(request).await.map_err(|error| format!("{}: {error}", self.url))?;
            let bytes = response.into_body().collect().await.map_err(|error| error.to_string())?.to_bytes();
            serde_json::from_slice(&bytes)
                .map_err(|error| format!("not JSON ({error}): {}", String::from_utf8_lossy(&bytes)))
        };
        tokio::time::timeout(PATIENCE, answer).await.map_err(|_| "no answer in time".to_owned())?
    }

    /// The `data` of an operation that has to succeed.
    pub async fn ask(&self, query: &str, variables: Value) -> Result<Value, Failure> {
        let mut response = self.send(query, variables).await?;
        if let Some(errors) = response.get("errors") {
            return Err(format!(
                "unexpected errors {errors} for {}",
                query.split_whitespace().collect::<Vec<_>>().join(" ")
            ));
        }
        Ok(response["data"].take())
    }

    /// The `(code, field)` of the first error of an operation that has to be refused.
    pub async fn refused(&self, query: &str, variables: Value) -> Result<(String, Option<String>), Failure> {
        let response = self.send(query, variables).await?;
        let error = &response["errors"][0];
        let code = error["extensions"]["code"].as_str();
        let code = code.ok_or_else(|| format!("expected a coded refusal, got {response}"))?;
        Ok((code.to_owned(), error["extensions"]["field"].as_str().map(str::to_owned)))
    }

    /// Watches over `graphql-transport-ws`, signed in by `connection_init`.
    pub async fn watch_websocket(&self, query: &str, variables: Value) -> Result<Events, Failure> {
        let url = self.url.replacen("http", "ws", 1);
        let mut request = url.into_client_request().map_err(|error| error.to_string())?;
        let protocol = "graphql-transport-ws".parse().map_err(|_| "a fixed header value".to_owned())?;
        request.headers_mut().insert("sec-websocket-protocol", protocol);
        let (socket, _) =
            tokio_tungstenite::connect_async(request).await.map_err(|error| format!("WebSocket: {error}"))?;
        let (mut sink, mut stream) = socket.split();
        let payload = match &self.token {
            Some(token) => json!({ "Authorization": format!("Bearer {token}") }),
            None => json!({}),
        };
        let init = json!({ "type": "connection_init", "payload": payload }).to_string();
        sink.send(Message::text(init)).await.map_err(|error| error.to_string())?;
        loop {
            match stream.next().await {
                Some(Ok(Message::Text(text))) if text.contains("connection_ack") => break,
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => return Err(format!("WebSocket: expected connection_ack, got {other:?}")),
            }
        }
        let subscribe =
            json!({ "id": "1", "type": "subscribe", "payload": { "query": query, "variables": variables } });
        sink.send(Message::text(subscribe.to_string())).await.map_err(|error| error.to_string())?;
        let (sender, receiver) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Some(Ok(message)) = stream.next().await {
                let Message::Text(text) = message else { continue };
                let message: Value = serde_json::from_str(&text).unwrap_or_default();
                let event = match message["type"].as_str() {
                    Some("next") => Ok(message["payload"].clone()),
                    Some("error") => Err(message["payload"].to_string()),
                    Some("ping") => {
                        let _closed = sink.send(Message::text(json!({ "type": "pong" }).to_string())).await;
                        continue;
                    }
                    _ => break,
                };
                if sender.send(event).is_err() {
                    break;
                }
            }
        });
        Ok(Events { transport: "WebSocket", receiver })
    }

    /// Watches over server-sent events (`next` / `complete`).
    pub async fn watch_sse(&self, query: &str, variables: Value) -> Result<Events, Failure> {
        let request = self.request("text/event-stream", query, variables)?;
        let response = self.http.request(request).await.map_err(|error| error.to_string())?;
        if !response.status().is_success() {
            return Err(format!("SSE: status {}", response.status()));
        }
        let mut body = response.into_body().into_data_stream();
        let (sender, receiver) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            let mut decoder = SseDecoder::default();
            while let Some(Ok(chunk)) = body.next().await {
                let events = match decoder.push(&chunk) {
                    Ok(events) => events,
                    Err(error) => {
                        let _closed = sender.send(Err(error));
                        return;
                    }
                };
                for event in events {
                    if event.name == "complete" {
                        return;
                    }
                    let answer = serde_json::from_str(&event.data)
                        .map_err(|error| format!("not JSON ({error}): {}", event.data));
                    if !event.data.is_empty() && sender.send(answer).is_err() {
                        return;
                    }
                }
            }
        });
        Ok(Events { transport: "SSE", receiver })
    }
}
