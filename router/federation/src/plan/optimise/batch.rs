//! Drafts for the same subgraph at different places go into one request, under aliases of `_entities`.

use super::graph::Graph;
use crate::plan::emit::Draft;

/// Joins groups of entity drafts that go to the same subgraph; those of equal depth first, so that nothing waits without need.
pub(super) fn batch(drafts: &[Draft], graph: &mut Graph) {
    let limit = graph.longest();
    for same_level in [true, false] {
        for into in 0..drafts.len() {
            for from in into + 1..drafts.len() {
                let usable = |group: usize| !graph.members[group].is_empty() && !drafts[group].is_root;
                if !usable(into) || !usable(from) || drafts[into].subgraph != drafts[from].subgraph {
                    continue;
                }
                if same_level && graph.level(into) != graph.level(from) {
                    continue;
                }
                graph.try_join(into, from, limit);
            }
        }
    }
}
