//! The drafts' dependencies as a graph that shrinks as drafts are joined.

use crate::plan::emit::{Draft, DraftId};

/// Groups of drafts, with the groups each depends on.
pub(in crate::plan) struct Graph {
    /// Drafts by group; empty for a group that was joined into another.
    pub(in crate::plan) members: Vec<Vec<DraftId>>,
    /// The groups a group depends on, direct ones only.
    after: Vec<Vec<usize>>,
}

impl Graph {
    /// One group per draft.
    pub(in crate::plan) fn new(drafts: &[Draft]) -> Self {
        let members = (0..drafts.len()).map(|i| vec![DraftId(i as u32)]).collect();
        let after = drafts.iter().map(|draft| draft.after.iter().map(|id| id.0 as usize).collect()).collect();
        Self { members, after }
    }

    /// The direct dependencies of a group.
    pub(in crate::plan) fn after(&self, group: usize) -> &[usize] {
        &self.after[group]
    }

    /// Whether a group depends on another, directly or not.
    pub(in crate::plan) fn depends(&self, group: usize, on: usize) -> bool {
        let mut seen = vec![false; self.after.len()];
        let mut todo = vec![group];
        while let Some(at) = todo.pop() {
            for next in &self.after[at] {
                if *next == on {
                    return true;
                }
                if !std::mem::replace(&mut seen[*next], true) {
                    todo.push(*next);
                }
            }
        }
        false
    }

    /// Each group's number in the longest chain that ends with it, from 1; 0 for joined groups.
    pub(in crate::plan) fn levels(&self) -> Vec<u32> {
        let mut levels = vec![0; self.after.len()];
        for group in 0..self.after.len() {
            self.level(group, &mut levels);
        }
        levels
    }

    fn level(&self, group: usize, levels: &mut [u32]) -> u32 {
        if levels[group] == 0 && !self.members[group].is_empty() {
            let deepest = self.after[group].iter().map(|next| self.level(*next, levels)).max();
            levels[group] = deepest.unwrap_or_default() + 1;
        }
        levels[group]
    }

    /// Joins two groups if the result has no cycle and its longest chain is not longer than `limit`.
    pub(in crate::plan) fn try_join(&mut self, into: usize, from: usize, limit: u32) -> bool {
        if self.depends(into, from) || self.depends(from, into) {
            return false;
        }
        let before = (self.members.clone(), self.after.clone());
        let moved = std::mem::take(&mut self.members[from]);
        self.members[into].extend(moved);
        let more = std::mem::take(&mut self.after[from]);
        self.after[into].extend(more);
        for after in &mut self.after {
            for group in after.iter_mut().filter(|group| **group == from) {
                *group = into;
            }
            after.sort_unstable();
            after.dedup();
        }
        if self.levels().into_iter().max().unwrap_or_default() <= limit {
            return true;
        }
        (self.members, self.after) = before;
        false
    }
}
