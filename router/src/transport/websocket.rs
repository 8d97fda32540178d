//! A subgraph's subscription over `graphql-transport-ws`: one socket per subscription.

use axum::http::{HeaderValue, header::SEC_WEBSOCKET_PROTOCOL};
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt, stream};
use serde::Deserialize;
use serde_json::{Map, Value, json, value::RawValue};
use tokio::{net::TcpStream, time::timeout_at};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async_with_config,
    tungstenite::{Message, client::IntoClientRequest, protocol::WebSocketConfig},
};

use super::{EventStream, SubgraphRequest, TransportError};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

#[derive(Deserialize)]
struct Incoming<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(borrow)]
    payload: Option<&'a RawValue>,
}

/// What a message means for the reader of the stream.
enum Step {
    Event(Bytes),
    Last(Bytes),
    Ack,
    Complete,
    Pong,
    Nothing,
}

pub(super) async fn subscribe(
    url: &str,
    request: SubgraphRequest,
    limit: usize,
) -> Result<EventStream, TransportError> {
    let opening = open(url, &request, limit);
    let socket = timeout_at(request.deadline, opening).await.map_err(|_| TransportError::Timeout)??;
    Ok(events(socket))
}

async fn open(url: &str, request: &SubgraphRequest, limit: usize) -> Result<Socket, TransportError> {
    let mut upgrade = url.into_client_request().map_err(lost)?;
    upgrade.headers_mut().extend(request.headers.clone());
    let protocol = HeaderValue::from_static("graphql-transport-ws");
    upgrade.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, protocol);
    let mut config = WebSocketConfig::default();
    config.max_message_size = Some(limit);
    let connected = connect_async_with_config(upgrade, Some(config), true).await;
    let (mut socket, _) = connected.map_err(|error| TransportError::Unreachable(error.to_string()))?;

    // Servers differ in where they look for the caller: the same headers go into the payload.
    let headers: Map<String, Value> = request
        .headers
        .iter()
        .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.into())))
        .collect();
    let init = json!({ "type": "connection_init", "payload": headers }).to_string();
    socket.send(Message::text(init)).await.map_err(lost)?;
    loop {
        match next(&mut socket).await? {
            Step::Ack => break,
            Step::Pong => pong(&mut socket).await?,
            Step::Nothing => {}
            _ => return Err(TransportError::Protocol("an event before connection_ack".into())),
        }
    }
    let body = std::str::from_utf8(&request.body).map_err(|e| TransportError::Protocol(e.to_string()))?;
    let subscribe = format!(r#"{{"id":"1","type":"subscribe","payload":{body}}}"#);
    socket.send(Message::text(subscribe)).await.map_err(lost)?;
    Ok(socket)
}

fn events(socket: Socket) -> EventStream {
    stream::unfold(Some(socket), |socket| async move {
        let mut socket = socket?;
        loop {
            match next(&mut socket).await {
                Ok(Step::Event(event)) => return Some((Ok(event), Some(socket))),
                Ok(Step::Last(event)) => return Some((Ok(event), None)),
                Ok(Step::Complete) => return None,
                Ok(Step::Pong) => {
                    if let Err(error) = pong(&mut socket).await {
                        return Some((Err(error), None));
                    }
                }
                Ok(Step::Ack | Step::Nothing) => {}
                Err(error) => return Some((Err(error), None)),
            }
        }
    })
    .boxed()
}

async fn pong(socket: &mut Socket) -> Result<(), TransportError> {
    socket.send(Message::text(r#"{"type":"pong"}"#)).await.map_err(lost)
}

async fn next(socket: &mut Socket) -> Result<Step, TransportError> {
    let message = match socket.next().await {
        Some(Ok(Message::Text(text))) => text,
        Some(Ok(Message::Close(frame))) => {
            let reason =
                frame.map_or_else(|| "closed".into(), |frame| format!("{} {}", frame.code, frame.reason));
            return Err(TransportError::StreamLost(reason));
        }
        Some(Ok(_)) => return Ok(Step::Nothing),
        Some(Err(error)) => return Err(lost(error)),
        None => return Err(TransportError::StreamLost("closed".into())),
    };
    let incoming: Incoming<'_> =
        serde_json::from_str(&message).map_err(|error| TransportError::Protocol(error.to_string()))?;
    let payload = incoming.payload.map_or("null", RawValue::get);
    Ok(match incoming.kind {
        "next" => Step::Event(Bytes::copy_from_slice(payload.as_bytes())),
        "error" => Step::Last(Bytes::from(format!(r#"{{"errors":{payload}}}"#))),
        "complete" => Step::Complete,
        "connection_ack" => Step::Ack,
        "ping" => Step::Pong,
        _ => Step::Nothing,
    })
}

fn lost(error: tokio_tungstenite::tungstenite::Error) -> TransportError {
    TransportError::StreamLost(error.to_string())
}
