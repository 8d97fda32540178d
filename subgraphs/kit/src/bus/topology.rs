//! Which queues there are: what a producer declares before it publishes, so that a consumer may be deployed later.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::topic_matches;

/// Every queue of the system with its topic patterns: `{"billing.orders": ["order.completed"]}` as JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Topology(BTreeMap<String, Vec<String>>);

impl Topology {
    /// Adds a queue, or replaces what was known of it. The patterns are kept sorted.
    pub fn insert(&mut self, queue: &str, patterns: &[String]) {
        let mut patterns = patterns.to_vec();
        patterns.sort_unstable();
        self.0.insert(queue.to_owned(), patterns);
    }

    /// The queues with their patterns, by name.
    pub fn queues(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.0.iter().map(|(queue, patterns)| (queue.as_str(), patterns.as_slice()))
    }

    /// True if some queue waits for events of this type: then it must not happen that none takes one.
    pub fn wants(&self, event_type: &str) -> bool {
        self.0.values().flatten().any(|pattern| topic_matches(pattern, event_type))
    }
}
