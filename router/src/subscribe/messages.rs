//! The messages of the `graphql-transport-ws` protocol and the codes that its sockets are closed with.

use serde::Deserialize;
use serde_json::Value;

use crate::{error::ClientError, request::GraphqlRequest};

/// The sub-protocol's name.
pub(super) const PROTOCOL: &str = "graphql-transport-ws";

/// Close codes, as the protocol defines them.
pub(super) mod close {
    pub(in crate::subscribe) const NORMAL: u16 = 1000;
    pub(in crate::subscribe) const GOING_AWAY: u16 = 1001;
    pub(in crate::subscribe) const TOO_BIG: u16 = 1009;
    pub(in crate::subscribe) const TRY_AGAIN: u16 = 1013;
    pub(in crate::subscribe) const BAD_REQUEST: u16 = 4400;
    pub(in crate::subscribe) const UNAUTHORIZED: u16 = 4401;
    pub(in crate::subscribe) const FORBIDDEN: u16 = 4403;
    pub(in crate::subscribe) const BAD_PROTOCOL: u16 = 4406;
    pub(in crate::subscribe) const INIT_TIMEOUT: u16 = 4408;
    pub(in crate::subscribe) const DUPLICATE: u16 = 4409;
    pub(in crate::subscribe) const TOO_MANY: u16 = 4429;
}

/// Why and with which code a socket is closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Close {
    pub(super) code: u16,
    pub(super) reason: String,
}

impl Close {
    pub(super) fn new(code: u16, reason: impl Into<String>) -> Self {
        let mut reason = reason.into();
        // A close frame holds 125 bytes, two of which are the code.
        while reason.len() > 123 {
            reason.pop();
        }
        Self { code, reason }
    }
}

/// What clients send.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Incoming {
    ConnectionInit {
        #[serde(default)]
        payload: Option<Value>,
    },
    Ping {
        #[serde(default)]
        payload: Option<Value>,
    },
    Pong {},
    Subscribe {
        id: String,
        payload: GraphqlRequest,
    },
    Complete {
        id: String,
    },
}

impl Incoming {
    /// Reads a text message.
    pub(super) fn parse(text: &str) -> Result<Self, Close> {
        let message = serde_json::from_str::<Self>(text);
        let message =
            message.map_err(|error| Close::new(close::BAD_REQUEST, format!("Invalid message: {error}")))?;
        if matches!(&message, Self::Subscribe { id, .. } if id.is_empty()) {
            return Err(Close::new(close::BAD_REQUEST, "Invalid message: the id is empty"));
        }
        Ok(message)
    }
}

pub(super) const ACK: &str = r#"{"type":"connection_ack"}"#;

/// The answer to a ping; its payload comes back.
pub(super) fn pong(payload: Option<&Value>) -> String {
    match payload {
        Some(payload) => format!(r#"{{"type":"pong","payload":{payload}}}"#),
        None => r#"{"type":"pong"}"#.to_owned(),
    }
}

/// A response of operation `id`. The response is JSON already.
pub(super) fn next(id: &str, response: &[u8]) -> String {
    let id = Value::from(id);
    format!(r#"{{"id":{id},"type":"next","payload":{}}}"#, String::from_utf8_lossy(response))
}

/// Operation `id` failed and is over.
pub(super) fn error(id: &str, error: &ClientError) -> String {
    format!(r#"{{"id":{},"type":"error","payload":{}}}"#, Value::from(id), error.list())
}

/// Operation `id` is over.
pub(super) fn complete(id: &str) -> String {
    format!(r#"{{"id":{},"type":"complete"}}"#, Value::from(id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_that_are_not_of_the_protocol_close_with_4400() {
        for text in [
            "",
            "[]",
            "{}",
            r#"{"type":"nothing"}"#,
            r#"{"type":"subscribe"}"#,
            r#"{"type":"subscribe","id":"","payload":{"query":"{a}"}}"#,
            r#"{"type":"subscribe","id":1,"payload":{"query":"{a}"}}"#,
            r#"{"type":"subscribe","id":"1","payload":{}}"#,
            r#"{"type":"complete"}"#,
        ] {
            let closed = Incoming::parse(text).expect_err(text);
            assert_eq!(closed.code, 4400, "{text}");
            assert!(closed.reason.len() <= 123);
        }
    }

    #[test]
    fn ids_are_escaped() {
        assert_eq!(complete("a\"b"), r#"{"id":"a\"b","type":"complete"}"#);
    }
}
