//! The fewest requests that can hold some drafts, even if a chain gets longer.
//!
//! Think of requests as sent one after another. Whenever a subgraph is asked, it is best asked all drafts that are ready by then. So a
//! plan is a sequence of subgraphs, and the shortest sequence that gets through all drafts is looked for: best first, by the
//! requests so far and at least how many are still needed. No chain of drafts can do with fewer requests to a subgraph than it
//! has drafts of it, which is often the proof that nothing shorter exists before the search has begun. The work is limited;
//! where the limit is met, what is there stays.

use super::graph::{Bits, Graph};
use crate::plan::emit::Draft;
use rustc_hash::{FxHashMap, FxHashSet};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Looks at a draft before the search is given up.
const MOST_LOOKS: usize = 200_000;

/// Beyond this many drafts, groups are not rearranged for shorter chains.
const MOST_MOVED: usize = 64;

/// Drafts that may share a request have the same number.
type Colour = usize;

struct Search<'a> {
    drafts: &'a [Draft],
    colours: Vec<Colour>,
    /// For each draft and colour the most drafts of the colour in a chain that starts with the draft.
    ahead: Vec<Vec<u32>>,
    looks: usize,
}

/// A plan of fewer requests than the graph's, if the search finds one.
pub(super) fn shorter(drafts: &[Draft], graph: &Graph) -> Option<Graph> {
    let mut search = Search::new(drafts);
    let requests = graph.size().0;
    let nothing = Bits::none(drafts.len());
    if search.needed(&nothing) as usize >= requests {
        return None;
    }
    let sequence = search.shortest(nothing, requests)?;
    let mut groups = search.groups(&sequence);
    search.shorten(&sequence, &mut groups);
    Some(Graph::grouped(drafts, &groups))
}

impl<'a> Search<'a> {
    fn new(drafts: &'a [Draft]) -> Self {
        let mut known = FxHashMap::default();
        let colour = |draft: &Draft| {
            let next = known.len();
            *known.entry((draft.subgraph, draft.is_root.then_some(draft.path))).or_insert(next)
        };
        let colours: Vec<Colour> = drafts.iter().map(colour).collect();
        let mut ahead = vec![vec![0; known.len()]; drafts.len()];
        for (index, draft) in drafts.iter().enumerate().rev() {
            ahead[index][colours[index]] += 1;
            let own = ahead[index].clone();
            for before in &draft.after {
                let before = &mut ahead[before.0 as usize];
                before.iter_mut().zip(&own).for_each(|(most, own)| *most = (*most).max(*own));
            }
        }
        Self { drafts, colours, ahead, looks: 0 }
    }

    fn colour_count(&self) -> usize {
        self.ahead.first().map_or(0, Vec::len)
    }

    /// At least how many requests the drafts that are not done need.
    fn needed(&mut self, done: &Bits) -> u32 {
        let mut most = vec![0; self.colour_count()];
        for index in (0..self.drafts.len()).filter(|index| !done.has(*index)) {
            most.iter_mut().zip(&self.ahead[index]).for_each(|(most, ahead)| *most = (*most).max(*ahead));
        }
        self.looks += self.drafts.len() * most.len() / 8 + 1;
        most.into_iter().sum()
    }

    /// Asks everything of a colour that is ready; `None` if there is nothing.
    fn ask(&mut self, done: &Bits, colour: Colour) -> Option<Bits> {
        self.looks += self.drafts.len();
        let is_ready = |index: &usize| {
            let after = &self.drafts[*index].after;
            self.colours[*index] == colour
                && !done.has(*index)
                && after.iter().all(|before| done.has(before.0 as usize))
        };
        let ready: Vec<usize> = (0..self.drafts.len()).filter(is_ready).collect();
        let mut next = done.clone();
        ready.iter().for_each(|index| next.add(*index));
        (!ready.is_empty()).then_some(next)
    }

    /// The shortest sequence of fewer requests than `limit`.
    fn shortest(&mut self, nothing: Bits, limit: usize) -> Option<Vec<Colour>> {
        // Of equal promise the state that has come furthest is looked at first, then the older one.
        let mut states: Vec<(Bits, Option<(usize, Colour)>)> = vec![(nothing.clone(), None)];
        let mut seen: FxHashSet<Bits> = FxHashSet::default();
        let mut open = BinaryHeap::from([Reverse((self.needed(&nothing), Reverse(0u32), 0usize))]);
        while let Some(Reverse((promise, Reverse(asked), at))) = open.pop() {
            let done = states[at].0.clone();
            if promise as usize >= limit || self.looks > MOST_LOOKS {
                return None;
            }
            if promise == asked {
                return Some(path(&states, at));
            }
            if !seen.insert(done.clone()) {
                continue;
            }
            for colour in 0..self.colour_count() {
                let Some(next) = self.ask(&done, colour) else { continue };
                let promise = asked + 1 + self.needed(&next);
                open.push(Reverse((promise, Reverse(asked + 1), states.len())));
                states.push((next, Some((at, colour))));
            }
        }
        None
    }

    /// The place in the sequence at which each draft is asked first.
    fn groups(&mut self, sequence: &[Colour]) -> Vec<usize> {
        let mut groups = vec![usize::MAX; self.drafts.len()];
        let mut done = Bits::none(self.drafts.len());
        for (step, colour) in sequence.iter().enumerate() {
            let Some(next) = self.ask(&done, *colour) else { continue };
            (0..groups.len())
                .filter(|index| next.has(*index) && !done.has(*index))
                .for_each(|index| groups[index] = step);
            done = next;
        }
        groups
    }

    /// Moves drafts to later requests of their colour where that makes the longest chain shorter.
    fn shorten(&self, sequence: &[Colour], groups: &mut [usize]) {
        if self.drafts.len() > MOST_MOVED {
            return;
        }
        let mut longest = Graph::grouped(self.drafts, groups).longest();
        for draft in (0..self.drafts.len()).rev() {
            let waits = |other: &usize| self.drafts[*other].after.iter().any(|on| on.0 as usize == draft);
            let waiting = (0..self.drafts.len()).filter(waits);
            let last = waiting.map(|other| groups[other]).min().unwrap_or(sequence.len());
            let same = |step: &usize| sequence[*step] == self.colours[draft];
            for step in (groups[draft] + 1..last).filter(same) {
                let first = std::mem::replace(&mut groups[draft], step);
                let found = Graph::grouped(self.drafts, groups).longest();
                if found < longest {
                    longest = found;
                } else {
                    groups[draft] = first;
                }
            }
        }
    }
}

fn path(states: &[(Bits, Option<(usize, Colour)>)], mut at: usize) -> Vec<Colour> {
    let mut sequence = Vec::new();
    while let Some((before, colour)) = states[at].1 {
        sequence.push(colour);
        at = before;
    }
    sequence.reverse();
    sequence
}
