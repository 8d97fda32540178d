//! What the client gets: `data` written in one pass from the request's data, and errors with the client's paths.

mod error;
mod leaf;
mod write;

pub use error::{GraphqlError, PathPart, code};
pub(crate) use write::{Conditions, Introspection, write};

use bytes::Bytes;

/// The outcome of an operation, not yet closed: errors may still be logged, masked or added.
#[derive(Debug)]
pub struct Answer {
    /// `{"data":…` without the closing brace.
    pub(crate) body: Vec<u8>,
    /// Errors in the order in which they became known.
    pub errors: Vec<GraphqlError>,
}

impl Answer {
    /// An answer without data: the request failed before anything was executed.
    pub fn refused(errors: Vec<GraphqlError>) -> Self {
        Self { body: b"{".to_vec(), errors }
    }

    /// The JSON text of `data`; `None` for a request that was refused.
    pub fn data(&self) -> Option<&[u8]> {
        self.body.strip_prefix(b"{\"data\":")
    }

    /// `{"data":…,"errors":[…]}`.
    pub fn into_bytes(mut self) -> Bytes {
        if !self.errors.is_empty() {
            if self.body.len() > 1 {
                self.body.push(b',');
            }
            self.body.extend_from_slice(b"\"errors\":[");
            for (index, error) in self.errors.iter().enumerate() {
                if index > 0 {
                    self.body.push(b',');
                }
                error.write(&mut self.body);
            }
            self.body.push(b']');
        }
        self.body.push(b'}');
        self.body.into()
    }
}

/// Appends a JSON string.
pub(crate) fn write_string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let mut written = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escape: &[u8] = match byte {
            b'"' => b"\\\"",
            b'\\' => b"\\\\",
            b'\n' => b"\\n",
            b'\r' => b"\\r",
            b'\t' => b"\\t",
            0..=0x1f => b"",
            _ => continue,
        };
        out.extend_from_slice(&text.as_bytes()[written..at]);
        if escape.is_empty() {
            out.extend_from_slice(format!("\\u{byte:04x}").as_bytes());
        } else {
            out.extend_from_slice(escape);
        }
        written = at + 1;
    }
    out.extend_from_slice(&text.as_bytes()[written..]);
    out.push(b'"');
}
