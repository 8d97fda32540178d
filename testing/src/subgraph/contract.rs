//! What crosses a process boundary is a file below `schema/`: written by the producer's test, read by the consumer's.

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use kit::Envelope;
use serde_json::{Value, json};
use sqlx::PgPool;
use uuid::Uuid;

fn repository(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// Rewrites the file at `path`, below the repository's root, when UPDATE_SCHEMA=1; otherwise compares.
#[expect(clippy::disallowed_methods, reason = "the switch of every schema test")]
pub fn matches_file(path: &str, text: &str) {
    let path = repository(path);
    if std::env::var("UPDATE_SCHEMA").is_ok_and(|value| value == "1") {
        let written = path.parent().map_or(Ok(()), std::fs::create_dir_all);
        written.and_then(|()| std::fs::write(&path, text)).unwrap_or_else(|error| panic!("{error}"));
        return;
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == text,
        "{} does not match the code: run the tests with UPDATE_SCHEMA=1\n{}",
        path.display(),
        first_difference(&kept, text)
    );
}

/// Where two texts part, for those who have only the log of the tests.
fn first_difference(kept: &str, text: &str) -> String {
    let lines = || kept.lines().zip(text.lines());
    let same = lines().take_while(|(kept, text)| kept == text).count();
    let line = |text: &str| text.lines().nth(same).unwrap_or("(its end)").to_owned();
    format!("line {}:\n  in the file: {}\n  in the code: {}", same + 1, line(kept), line(text))
}

/// The first event of each type in an outbox is what `schema/events` shows, and the types are exactly these, which are in
/// alphabetical order. `elsewhere` are examples that another producer of the same type keeps.
pub async fn examples_match(
    pool: &PgPool,
    (producer, at): (&str, DateTime<Utc>),
    published: &[&str],
    elsewhere: &[&str],
) {
    let rows: Vec<(String, Uuid, i64, Value)> = sqlx::query_as(
        "SELECT DISTINCT ON (event_type) event_type, aggregate_id, aggregate_version, payload
           FROM outbox ORDER BY event_type, sequence",
    )
    .fetch_all(pool)
    .await
    .unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(rows.iter().map(|row| row.0.as_str()).collect::<Vec<_>>(), published);
    for (event_type, aggregate_id, aggregate_version, payload) in rows {
        if elsewhere.contains(&event_type.as_str()) {
            continue;
        }
        let envelope = json!({
            "eventId": Uuid::new_v5(&Uuid::NAMESPACE_URL, event_type.as_bytes()), "type": event_type, "version": 1,
            "occurredAt": at, "producer": producer, "aggregateId": aggregate_id,
            "aggregateVersion": aggregate_version, "correlationId": "example", "payload": payload,
        });
        let text = serde_json::to_string_pretty(&with_stable_ids(envelope)).unwrap_or_default();
        matches_file(&format!("schema/events/{event_type}.json"), &(text + "\n"));
    }
}

/// Random ids become numbered ones, in the order in which they appear; those of the tests' people stay.
fn with_stable_ids(mut value: Value) -> Value {
    fn visit(value: &mut Value, seen: &mut BTreeMap<Uuid, u128>) {
        match value {
            Value::Object(fields) => fields.values_mut().for_each(|value| visit(value, seen)),
            Value::Array(items) => items.iter_mut().for_each(|value| visit(value, seen)),
            Value::String(text) => {
                if let Ok(id) = Uuid::try_parse(text)
                    && id.get_version_num() == 7
                {
                    let next = seen.len() as u128 + 1;
                    let number = *seen.entry(id).or_insert(next);
                    *text = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + number).to_string();
                }
            }
            _ => {}
        }
    }
    visit(&mut value, &mut BTreeMap::new());
    value
}

/// The example of an event that a neighbour publishes, as a new delivery: examples may share an id, deliveries must not.
pub fn example(event_type: &str) -> Envelope {
    let path = repository(&format!("schema/events/{event_type}.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let event: Envelope =
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Envelope { event_id: Uuid::now_v7(), ..event }
}
