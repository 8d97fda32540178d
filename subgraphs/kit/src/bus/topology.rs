//! Which queues there are: what a producer declares before it publishes, so that a consumer may be deployed later.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::topic_matches;

/// Topic patterns by queue.
type Patterns = BTreeMap<String, Vec<String>>;

/// Every queue of the system with its topic patterns, and what was once bound and is not wanted any more:
/// `{"queues": {"billing.orders": ["order.completed"]}, "retired": {"billing.orders": ["order.*"]}}` as JSON.
///
/// A broker does not forget a binding because nobody asks for it, and does not tell which ones there are. So the file that
/// says what is bound also remembers what was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Topology {
    queues: Patterns,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    retired: Patterns,
}

impl Topology {
    /// Adds a queue, or replaces what was known of it. The patterns are kept sorted.
    pub fn insert(&mut self, queue: &str, patterns: &[String]) {
        let mut patterns = patterns.to_vec();
        patterns.sort_unstable();
        self.queues.insert(queue.to_owned(), patterns);
    }

    /// The queues with their patterns, by name.
    pub fn queues(&self) -> impl Iterator<Item = (&str, &[String])> {
        listed(&self.queues)
    }

    /// What must not flow into a queue any more, by its name. The queue itself may be gone.
    pub fn retired(&self) -> impl Iterator<Item = (&str, &[String])> {
        listed(&self.retired)
    }

    /// The same after an earlier one: what that one had, or had retired, and this one does not bind, is retired.
    pub fn after(mut self, earlier: &Topology) -> Self {
        for (queue, patterns) in earlier.queues.iter().chain(&earlier.retired) {
            let bound = self.queues.get(queue).map_or(&[][..], Vec::as_slice);
            let gone = patterns.iter().filter(|pattern| !bound.contains(pattern)).cloned();
            self.retired.entry(queue.clone()).or_default().extend(gone);
        }
        self.retired.retain(|_, patterns| {
            patterns.sort_unstable();
            patterns.dedup();
            !patterns.is_empty()
        });
        self
    }

    /// True if some queue waits for events of this type: then it must not happen that none takes one.
    pub fn wants(&self, event_type: &str) -> bool {
        self.queues.values().flatten().any(|pattern| topic_matches(pattern, event_type))
    }

    /// True if events of this type once flowed into the queue, so that some may still be in it.
    pub fn has_retired(&self, queue: &str, event_type: &str) -> bool {
        let patterns = self.retired.get(queue).into_iter().flatten();
        patterns.into_iter().any(|pattern| topic_matches(pattern, event_type))
    }
}

fn listed(patterns: &Patterns) -> impl Iterator<Item = (&str, &[String])> {
    patterns.iter().map(|(queue, patterns)| (queue.as_str(), patterns.as_slice()))
}
