//! Answers in fewer bytes, for clients that can read them so. Streams are left alone: their events have to leave at once.

use std::io::Write;

use axum::http::{HeaderMap, header};
use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use tokio::task::spawn_blocking;

/// Shorter answers fit into a packet as they are.
const WORTH_IT: usize = 1024;
/// Longer ones take milliseconds, which other requests of the same thread should not have to wait.
const AT_ONCE: usize = 256 * 1024;

/// Whether `Accept-Encoding` takes gzip.
pub(crate) fn accepts_gzip(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    let mut anything = false;
    for entry in values.flat_map(|value| value.split(',')) {
        let (name, parameters) = entry.split_once(';').unwrap_or((entry, ""));
        let weight =
            parameters.trim().strip_prefix("q=").and_then(|weight| weight.trim().parse::<f32>().ok());
        let taken = weight.is_none_or(|weight| weight > 0.0);
        match name.trim().to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => return taken,
            "*" => anything = taken,
            _ => {}
        }
    }
    anything
}

/// The body in gzip; `None` if it is not worth it.
pub(crate) async fn gzip(body: &Bytes) -> Option<Bytes> {
    match body.len() {
        ..WORTH_IT => None,
        WORTH_IT..AT_ONCE => shrink(body),
        _ => {
            let body = body.clone();
            spawn_blocking(move || shrink(&body)).await.ok().flatten()
        }
    }
}

fn shrink(body: &[u8]) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4), Compression::fast());
    encoder.write_all(body).ok()?;
    encoder.finish().ok().map(Bytes::from)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::GzDecoder;

    use super::*;

    #[test]
    fn gzip_is_taken_when_it_is_named_or_anything_is() {
        for (value, taken) in [
            ("gzip", true),
            ("br, GZIP;q=0.5", true),
            ("*", true),
            ("*;q=0.1, br", true),
            ("gzip;q=0, *", false),
            ("*, gzip; q=0", false),
            ("br", false),
            ("identity", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, value.parse().expect("a value"));
            assert_eq!(accepts_gzip(&headers), taken, "{value}");
        }
        assert!(!accepts_gzip(&HeaderMap::new()));
    }

    #[tokio::test]
    async fn long_bodies_shrink_and_come_back_whole() {
        assert!(gzip(&Bytes::from(vec![b'a'; WORTH_IT - 1])).await.is_none());
        for size in [WORTH_IT, AT_ONCE, 4 * AT_ONCE] {
            let body: Bytes = (0..size).map(|at| (at % 251) as u8).collect::<Vec<u8>>().into();
            let small = gzip(&body).await.expect("worth it");
            assert!(small.len() < body.len() / 2, "{size}");
            let mut back = Vec::new();
            GzDecoder::new(&small[..]).read_to_end(&mut back).expect("gzip");
            assert_eq!(back, body, "{size}");
        }
    }
}
