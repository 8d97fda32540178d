//! Streams over plain HTTP: server-sent events and multipart, with signs of life while nothing happens.

use std::time::Duration;

use axum::{
    body::Body,
    http::{HeaderValue, Response, header},
};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use tokio::time::timeout;

use super::{Event, Events};
use crate::{
    error::{ClientError, code},
    request::Media,
};

/// Sent by a router that stops: the pause before reconnecting, in milliseconds, and why, for those who look at the bytes.
const RECONNECT: &[u8] = b"retry: 1000\n: SHUTTING_DOWN\n\n";

/// The HTTP answer that carries the stream in this media type.
pub(crate) fn respond(events: Events, media: Media, heartbeat: Duration) -> Response<Body> {
    let framing = match media {
        Media::MultipartSubscription => Framing::Subscription,
        Media::MultipartIncremental => Framing::Incremental,
        _ => Framing::EventStream,
    };
    let mut response = Response::new(Body::from_stream(frames(events, framing, heartbeat)));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(framing.media_type()));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache, no-transform"));
    headers.insert(header::VARY, HeaderValue::from_static("accept"));
    // Proxies of the nginx kind hold streams back unless told not to.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

#[derive(Clone, Copy)]
enum Framing {
    EventStream,
    Subscription,
    Incremental,
}

enum Step {
    Begin,
    Run,
    Ended,
}

fn frames(
    events: Events,
    framing: Framing,
    heartbeat: Duration,
) -> impl stream::Stream<Item = Result<Bytes, std::convert::Infallible>> + Send + 'static {
    stream::unfold((events, Step::Begin), move |(mut events, step)| async move {
        let (frame, step) = match step {
            Step::Begin => (framing.begin(), Step::Run),
            Step::Run => match timeout(heartbeat, events.next()).await {
                Err(_) => (framing.heartbeat(), Step::Run),
                Ok(Some(Event::Next(response))) => (framing.next(&response), Step::Run),
                Ok(Some(Event::Failed(error))) => (framing.failed(&error), Step::Ended),
                Ok(None) => (framing.end(), Step::Ended),
            },
            Step::Ended => return None,
        };
        Some((Ok(Bytes::from(frame)), (events, step)))
    })
}

impl Framing {
    fn media_type(self) -> &'static str {
        match self {
            Self::EventStream => "text/event-stream; charset=utf-8",
            Self::Subscription => r#"multipart/mixed;boundary="graphql";subscriptionSpec=1.0"#,
            Self::Incremental => r#"multipart/mixed;boundary="graphql""#,
        }
    }

    /// Sent at once, so that the client knows that its stream is open.
    fn begin(self) -> Vec<u8> {
        match self {
            Self::EventStream => b":\n\n".to_vec(),
            Self::Subscription | Self::Incremental => b"\r\n--graphql".to_vec(),
        }
    }

    fn heartbeat(self) -> Vec<u8> {
        match self {
            Self::EventStream => b":\n\n".to_vec(),
            Self::Subscription => part(&[b"{}"]),
            Self::Incremental => part(&[br#"{"hasNext":true}"#]),
        }
    }

    fn next(self, response: &[u8]) -> Vec<u8> {
        match self {
            Self::EventStream => server_sent(response),
            Self::Subscription => part(&[br#"{"payload":"#, response, b"}"]),
            Self::Incremental => {
                let open = response.strip_suffix(b"}").unwrap_or(response);
                part(&[open, br#","hasNext":true}"#])
            }
        }
    }

    /// The reason for an early end, and the end.
    fn failed(self, error: &ClientError) -> Vec<u8> {
        match self {
            // Whoever reads `complete` does not come back. This one should, and in a moment: it is told by the missing end.
            Self::EventStream if error.code() == code::SHUTTING_DOWN => RECONNECT.to_vec(),
            Self::EventStream => [server_sent(&error.body()), self.end()].concat(),
            Self::Subscription => {
                let body = format!(r#"{{"payload":null,"errors":{}}}"#, error.list());
                [part(&[body.as_bytes()]), b"--\r\n".to_vec()].concat()
            }
            Self::Incremental => {
                let body = format!(r#"{{"errors":{},"hasNext":false}}"#, error.list());
                [part(&[body.as_bytes()]), b"--\r\n".to_vec()].concat()
            }
        }
    }

    fn end(self) -> Vec<u8> {
        match self {
            Self::EventStream => b"event: complete\ndata:\n\n".to_vec(),
            Self::Subscription => b"--\r\n".to_vec(),
            Self::Incremental => [part(&[br#"{"hasNext":false}"#]), b"--\r\n".to_vec()].concat(),
        }
    }
}

/// A part ends with the next boundary, so that a client can read it without waiting for the next part.
fn part(pieces: &[&[u8]]) -> Vec<u8> {
    let json = pieces.concat();
    [b"\r\ncontent-type: application/json\r\n\r\n", json.as_slice(), b"\r\n--graphql"].concat()
}

/// Raw JSON may hold line breaks between its tokens; each line is a `data` field of its own.
fn server_sent(response: &[u8]) -> Vec<u8> {
    let mut frame = b"event: next\n".to_vec();
    for line in response.split(|byte| matches!(byte, b'\n' | b'\r')) {
        frame.extend_from_slice(b"data: ");
        frame.extend_from_slice(line);
        frame.push(b'\n');
    }
    frame.push(b'\n');
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn written(framing: Framing, events: Vec<Event>) -> String {
        let frames = frames(stream::iter(events).boxed(), framing, Duration::from_secs(1));
        let frames: Vec<_> = frames
            .map(|frame| String::from_utf8_lossy(&frame.expect("infallible")).into_owned())
            .collect()
            .await;
        frames.concat()
    }

    fn next(text: &'static str) -> Event {
        Event::Next(Bytes::from_static(text.as_bytes()))
    }

    #[tokio::test]
    async fn server_sent_events_keep_line_breaks_of_raw_json() {
        let text = written(Framing::EventStream, vec![next("{\"data\":{\n\"a\":1}}")]).await;
        assert_eq!(
            text,
            ":\n\nevent: next\ndata: {\"data\":{\ndata: \"a\":1}}\n\nevent: complete\ndata:\n\n"
        );
    }

    #[tokio::test]
    async fn multipart_has_its_envelope_and_its_end() {
        let text = written(Framing::Subscription, vec![next(r#"{"data":1}"#)]).await;
        let head = "\r\ncontent-type: application/json\r\n\r\n";
        assert_eq!(text, format!("\r\n--graphql{head}{{\"payload\":{{\"data\":1}}}}\r\n--graphql--\r\n"));
        let text = written(Framing::Incremental, vec![next(r#"{"data":1}"#)]).await;
        let (first, last) = (r#"{"data":1,"hasNext":true}"#, r#"{"hasNext":false}"#);
        assert_eq!(text, format!("\r\n--graphql{head}{first}\r\n--graphql{head}{last}\r\n--graphql--\r\n"));
    }

    #[tokio::test]
    async fn a_failure_is_told_and_ends_the_stream() {
        let failed = vec![Event::Failed(ClientError::operation("TOKEN_EXPIRED", "x")), next("{}")];
        let text = written(Framing::EventStream, failed.clone()).await;
        assert!(text.contains("TOKEN_EXPIRED") && text.ends_with("event: complete\ndata:\n\n"));
        let text = written(Framing::Subscription, failed).await;
        assert!(text.contains(r#""payload":null"#) && text.ends_with("--graphql--\r\n"));
    }

    #[tokio::test]
    async fn a_restart_is_no_end_for_those_who_reconnect() {
        let stopping = || vec![Event::Failed(ClientError::operation(code::SHUTTING_DOWN, "x"))];
        let text = written(Framing::EventStream, stopping()).await;
        assert_eq!(text, ":\n\nretry: 1000\n: SHUTTING_DOWN\n\n");
        let text = written(Framing::Incremental, stopping()).await;
        assert!(text.contains(r#""hasNext":false"#) && text.contains(code::SHUTTING_DOWN), "{text}");
    }
}
