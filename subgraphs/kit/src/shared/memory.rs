//! Shared state of a single process.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::{BoxFuture, ready};

use super::SharedState;

/// How many entries may pile up before the expired ones are swept.
const SWEEP_AT: usize = 10_000;

#[derive(Default)]
struct Entries {
    values: HashMap<String, Entry>,
    sweep_at: usize,
}

struct Entry {
    value: String,
    count: u64,
    until: Instant,
}

/// Kept in this process: right for one replica, and for tests.
#[derive(Default)]
pub struct MemoryState(Mutex<Entries>);

impl MemoryState {
    /// Empty.
    pub fn new() -> Self {
        Self::default()
    }

    fn with<T>(&self, work: impl FnOnce(&mut HashMap<String, Entry>, Instant) -> T) -> T {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if entries.values.len() >= entries.sweep_at.max(SWEEP_AT) {
            entries.values.retain(|_, entry| entry.until > now);
            // Twice what is alive, so that sweeping stays cheap per entry.
            entries.sweep_at = entries.values.len() * 2;
        }
        work(&mut entries.values, now)
    }
}

impl SharedState for MemoryState {
    fn count<'a>(&'a self, key: &'a str, window: Duration) -> BoxFuture<'a, u64> {
        let count = self.with(|values, now| {
            let fresh = || Entry { value: String::new(), count: 0, until: now + window };
            let entry = values.entry(key.to_owned()).or_insert_with(fresh);
            if entry.until <= now {
                *entry = fresh();
            }
            entry.count += 1;
            entry.count
        });
        Box::pin(ready(count))
    }

    fn put<'a>(&'a self, key: &'a str, value: &'a str, lifetime: Duration) -> BoxFuture<'a, ()> {
        self.with(|values, now| {
            values.insert(key.to_owned(), Entry { value: value.to_owned(), count: 0, until: now + lifetime });
        });
        Box::pin(ready(()))
    }

    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Option<String>> {
        let value = self.with(|values, now| {
            values.get(key).filter(|entry| entry.until > now).map(|entry| entry.value.clone())
        });
        Box::pin(ready(value))
    }

    fn forget<'a>(&'a self, key: &'a str) -> BoxFuture<'a, ()> {
        self.with(|values, _| values.remove(key));
        Box::pin(ready(()))
    }
}
