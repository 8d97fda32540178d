//! Server-sent events out of the bytes of a body, however the network cuts those into chunks.

use super::Failure;

/// One event.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SseEvent {
    /// `next`, `complete`.
    pub(super) name: String,
    /// The lines of data.
    pub(super) data: String,
}

/// Collects bytes and gives events; only whole lines are read as text, for a chunk may end within a letter.
#[derive(Default)]
pub(super) struct SseDecoder {
    bytes: Vec<u8>,
    name: String,
    data: Vec<String>,
}

impl SseDecoder {
    /// The events that are complete with this chunk. Errors: a line is not UTF-8.
    pub(super) fn push(&mut self, chunk: &[u8]) -> Result<Vec<SseEvent>, Failure> {
        self.bytes.extend_from_slice(chunk);
        let mut events = Vec::new();
        while let Some(end) = self.bytes.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.bytes.drain(..=end).collect();
            let line = std::str::from_utf8(&line).map_err(|error| error.to_string())?;
            events.extend(self.line(line.trim_end_matches(['\r', '\n'])));
        }
        Ok(events)
    }

    /// An empty line ends an event; one without data is a sign of life.
    fn line(&mut self, line: &str) -> Option<SseEvent> {
        if let Some(name) = line.strip_prefix("event:") {
            name.trim_start().clone_into(&mut self.name);
        } else if let Some(data) = line.strip_prefix("data:") {
            self.data.push(data.strip_prefix(' ').unwrap_or(data).to_owned());
        }
        if !line.is_empty() {
            return None;
        }
        let (name, data) = (std::mem::take(&mut self.name), std::mem::take(&mut self.data));
        (!name.is_empty() || !data.is_empty()).then(|| SseEvent { name, data: data.join("\n") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        ":\n\nevent: next\ndata: {\"name\":\"अनीता देसाई\"}\n\nevent: complete\r\ndata:\r\n\r\n";

    fn events() -> [SseEvent; 2] {
        [("next", "{\"name\":\"अनीता देसाई\"}"), ("complete", "")]
            .map(|(name, data)| SseEvent { name: name.to_owned(), data: data.to_owned() })
    }

    #[test]
    fn a_letter_may_be_split_between_two_chunks() {
        let bytes = TEXT.as_bytes();
        let middle = TEXT.find('अ').unwrap() + 1;
        assert!(!TEXT.is_char_boundary(middle), "the cut goes through a Devanagari letter");
        for cut in [middle].into_iter().chain(0..=bytes.len()) {
            let mut decoder = SseDecoder::default();
            let mut seen = decoder.push(&bytes[..cut]).unwrap();
            seen.extend(decoder.push(&bytes[cut..]).unwrap());
            assert_eq!(seen, events(), "cut at {cut}");
        }
    }

    #[test]
    fn bytes_may_come_one_by_one_and_bad_ones_are_an_error() {
        let mut decoder = SseDecoder::default();
        let seen: Vec<SseEvent> =
            TEXT.as_bytes().iter().flat_map(|byte| decoder.push(&[*byte]).unwrap()).collect();
        assert_eq!(seen, events());
        assert!(SseDecoder::default().push(b"data: \xe0\xa4\n\n").is_err());
    }
}
