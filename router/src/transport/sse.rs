//! Reads a `text/event-stream` of a subgraph: events `next` and `complete`, comments are signs of life.

use std::collections::VecDeque;

use axum::http::{HeaderMap, StatusCode, header::CONTENT_TYPE};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http_body_util::{BodyExt, Limited};

use super::{EventStream, TransportError};

/// An event as it stands in the stream.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Event {
    pub(super) name: String,
    pub(super) data: String,
}

/// Cuts a byte stream into events, however its chunks fall.
#[derive(Default)]
pub(super) struct EventParser {
    line: Vec<u8>,
    after_carriage_return: bool,
    name: String,
    data: Option<String>,
    size: usize,
}

impl EventParser {
    /// Takes the next chunk; `limit` bounds the bytes of one event.
    pub(super) fn feed(
        &mut self,
        chunk: &[u8],
        limit: usize,
        out: &mut VecDeque<Event>,
    ) -> Result<(), TransportError> {
        let mut rest = chunk;
        if self.after_carriage_return && rest.first() == Some(&b'\n') {
            rest = &rest[1..];
        }
        self.after_carriage_return = rest.is_empty() && self.after_carriage_return && chunk.is_empty();
        while let Some(end) = memchr::memchr2(b'\n', b'\r', rest) {
            self.line.extend_from_slice(&rest[..end]);
            let carriage_return = rest[end] == b'\r';
            rest = &rest[end + 1..];
            if carriage_return {
                match rest.first() {
                    Some(b'\n') => rest = &rest[1..],
                    Some(_) => {}
                    None => self.after_carriage_return = true,
                }
            }
            let line = std::mem::take(&mut self.line);
            self.take_line(&line, out)?;
        }
        self.line.extend_from_slice(rest);
        if self.size + self.line.len() > limit {
            return Err(TransportError::TooLarge(limit));
        }
        Ok(())
    }

    fn take_line(&mut self, line: &[u8], out: &mut VecDeque<Event>) -> Result<(), TransportError> {
        if line.is_empty() {
            let name = std::mem::take(&mut self.name);
            self.size = 0;
            match self.data.take() {
                Some(data) => out.push_back(Event { name, data }),
                // Not by the letter of the standard, but `complete` often comes without data.
                None if !name.is_empty() => out.push_back(Event { name, data: String::new() }),
                None => {}
            }
            return Ok(());
        }
        self.size += line.len();
        let text = std::str::from_utf8(line).map_err(|_| TransportError::Protocol("not UTF-8".into()))?;
        let (field, value) = text.split_once(':').unwrap_or((text, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => self.name = value.to_owned(),
            "data" => match &mut self.data {
                Some(data) => {
                    data.push('\n');
                    data.push_str(value);
                }
                None => self.data = Some(value.to_owned()),
            },
            _ => {}
        }
        Ok(())
    }
}

/// Turns a subgraph's HTTP answer to a subscription into events. A plain JSON answer is one event, then the end.
pub(super) async fn events<B>(
    status: StatusCode,
    headers: &HeaderMap,
    body: B,
    limit: usize,
) -> Result<EventStream, TransportError>
where
    B: axum::body::HttpBody<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    if status.is_success() && media_type.starts_with("text/event-stream") {
        return Ok(event_stream(body, limit));
    }
    if !media_type.contains("json") {
        return Err(TransportError::Status(status));
    }
    let body = Limited::new(body, limit).collect().await;
    let body = body.map_err(|error| TransportError::Unreachable(error.to_string()))?.to_bytes();
    Ok(stream::iter([Ok(body)]).boxed())
}

struct Reader<B> {
    body: B,
    parser: EventParser,
    ready: VecDeque<Event>,
    ended: bool,
}

fn event_stream<B>(body: B, limit: usize) -> EventStream
where
    B: axum::body::HttpBody<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let reader = Reader { body, parser: EventParser::default(), ready: VecDeque::new(), ended: false };
    stream::unfold(reader, move |mut reader| async move {
        loop {
            if reader.ended {
                return None;
            }
            if let Some(event) = reader.ready.pop_front() {
                match event.name.as_str() {
                    "complete" => return None,
                    "next" | "" | "message" => return Some((Ok(Bytes::from(event.data)), reader)),
                    _ => continue,
                }
            }
            let failure = match reader.body.frame().await {
                Some(Ok(frame)) => {
                    let chunk = frame.into_data().unwrap_or_default();
                    let Err(error) = reader.parser.feed(&chunk, limit, &mut reader.ready) else { continue };
                    error
                }
                Some(Err(error)) => TransportError::StreamLost(error.into().to_string()),
                None => TransportError::StreamLost("it ended without `complete`".into()),
            };
            reader.ended = true;
            return Some((Err(failure), reader));
        }
    })
    .boxed()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(chunks: &[&[u8]]) -> Vec<(String, String)> {
        let (mut parser, mut out) = (EventParser::default(), VecDeque::new());
        for chunk in chunks {
            parser.feed(chunk, 1024, &mut out).expect("a good stream");
        }
        out.into_iter().map(|event| (event.name, event.data)).collect()
    }

    #[test]
    fn events_come_out_the_same_however_the_bytes_are_cut() {
        let text = b":\r\n\r\nevent: next\r\ndata: {\"a\":1}\r\n\r\n: beat\n\nevent:next\ndata:one\ndata:two\n\nevent: complete\rdata:\r\r";
        let whole = parse(&[text]);
        let expected = [("next", "{\"a\":1}"), ("next", "one\ntwo"), ("complete", "")];
        assert_eq!(whole, expected.map(|(name, data)| (name.to_owned(), data.to_owned())));
        for cut in 1..text.len() {
            assert_eq!(parse(&[&text[..cut], &text[cut..]]), whole, "cut at {cut}");
        }
        let single: Vec<&[u8]> = text.chunks(1).collect();
        assert_eq!(parse(&single), whole);
    }

    #[test]
    fn an_event_without_end_is_stopped_at_the_limit() {
        let (mut parser, mut out) = (EventParser::default(), VecDeque::new());
        let chunk = [b'x'; 100];
        let mut fed = (0..20).map(|_| parser.feed(&chunk, 1024, &mut out));
        assert!(fed.any(|result| matches!(result, Err(TransportError::TooLarge(1024)))));
    }
}
