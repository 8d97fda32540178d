//! The drafts' dependencies as a graph that shrinks as drafts are joined.

use crate::plan::emit::{Draft, DraftId};

/// Groups of drafts, with the groups each depends on.
///
/// `level` is a group's number in the longest chain that ends with it, `tail` in the longest that starts with it, both from 1. Joining two
/// groups makes no chain but those through the joined group, so their lengths tell at once whether a plan gets longer.
pub(in crate::plan) struct Graph {
    /// Drafts by group; empty for a group that was joined into another.
    pub(in crate::plan) members: Vec<Vec<DraftId>>,
    /// The groups a group depends on, direct ones only.
    after: Vec<Vec<usize>>,
    /// All groups a group depends on, as bits.
    before: Vec<Bits>,
    levels: Vec<u32>,
    tails: Vec<u32>,
}

/// A set of drafts or groups.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    /// No bit of so many.
    pub(super) fn none(bits: usize) -> Self {
        Self(vec![0; bits.div_ceil(64)])
    }

    pub(super) fn has(&self, bit: usize) -> bool {
        self.0[bit / 64] >> (bit % 64) & 1 == 1
    }

    pub(super) fn add(&mut self, bit: usize) {
        self.0[bit / 64] |= 1 << (bit % 64);
    }

    fn add_all(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(word, more)| *word |= more);
    }
}

impl Graph {
    /// One group per draft. A draft depends on older ones only.
    pub(super) fn new(drafts: &[Draft]) -> Self {
        Self::grouped(drafts, &(0..drafts.len()).collect::<Vec<_>>())
    }

    /// Drafts with the same number as one group. The numbers are such that a draft depends on lower ones only.
    pub(super) fn grouped(drafts: &[Draft], numbers: &[usize]) -> Self {
        let count = numbers.iter().max().map_or(0, |most| most + 1);
        let mut members = vec![Vec::new(); count];
        let mut after: Vec<Vec<usize>> = vec![Vec::new(); count];
        for (index, group) in numbers.iter().enumerate() {
            members[*group].push(DraftId(index as u32));
            after[*group].extend(drafts[index].after.iter().map(|id| numbers[id.0 as usize]));
        }
        let mut before: Vec<Bits> = Vec::with_capacity(count);
        for direct in &mut after {
            direct.sort_unstable();
            direct.dedup();
            let mut all = Bits::none(count);
            for group in direct.iter() {
                all.add(*group);
                all.add_all(&before[*group]);
            }
            before.push(all);
        }
        let mut graph = Self { members, after, before, levels: Vec::new(), tails: Vec::new() };
        graph.measure();
        graph
    }

    /// The direct dependencies of a group.
    pub(in crate::plan) fn after(&self, group: usize) -> &[usize] {
        &self.after[group]
    }

    /// A group's number in the longest chain that ends with it.
    pub(in crate::plan) fn level(&self, group: usize) -> u32 {
        self.levels[group]
    }

    /// The length of the longest chain.
    pub(super) fn longest(&self) -> u32 {
        self.levels.iter().copied().max().unwrap_or_default()
    }

    /// Requests and the longest chain of them.
    pub(in crate::plan) fn size(&self) -> (usize, u32) {
        (self.members.iter().filter(|members| !members.is_empty()).count(), self.longest())
    }

    /// Joins two groups if the result has no cycle and its longest chain is not longer than `limit`.
    pub(super) fn try_join(&mut self, into: usize, from: usize, limit: u32) -> bool {
        if self.before[into].has(from) || self.before[from].has(into) {
            return false;
        }
        let level = self.levels[into].max(self.levels[from]);
        let tail = self.tails[into].max(self.tails[from]);
        if level + tail - 1 > limit {
            return false;
        }
        let moved = std::mem::take(&mut self.members[from]);
        self.members[into].extend(moved);
        let more = std::mem::take(&mut self.after[from]);
        self.after[into].extend(more);
        for after in &mut self.after {
            after.iter_mut().filter(|group| **group == from).for_each(|group| *group = into);
            after.sort_unstable();
            after.dedup();
        }
        let from_before = self.before[from].clone();
        self.before[into].add_all(&from_before);
        let mut all = self.before[into].clone();
        all.add(into);
        for before in &mut self.before {
            if before.has(into) || before.has(from) {
                before.add_all(&all);
            }
        }
        self.measure();
        true
    }

    /// Recomputes levels and tails.
    fn measure(&mut self) {
        let count = self.after.len();
        (self.levels, self.tails) = (vec![0; count], vec![0; count]);
        let mut order = Vec::with_capacity(count);
        for group in 0..count {
            self.visit(group, &mut order);
        }
        for group in order.into_iter().rev() {
            let tail = self.tails[group].max(1);
            self.tails[group] = tail;
            for before in &self.after[group] {
                self.tails[*before] = self.tails[*before].max(tail + 1);
            }
        }
    }

    fn visit(&mut self, group: usize, order: &mut Vec<usize>) {
        if self.levels[group] > 0 || self.members[group].is_empty() {
            return;
        }
        let mut level = 0;
        for index in 0..self.after[group].len() {
            let before = self.after[group][index];
            self.visit(before, order);
            level = level.max(self.levels[before]);
        }
        self.levels[group] = level + 1;
        order.push(group);
    }
}
