//! Conditions from `@skip` and `@include`, as interned disjunctions of conjunctions.

use indexmap::IndexSet;
use rustc_hash::FxBuildHasher;

/// A condition: index into [`Conditions`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct CondId(pub(crate) u32);

impl CondId {
    /// Always.
    pub(crate) const TRUE: Self = Self(0);
}

/// Tests that must all hold: (variable, wanted value), sorted.
pub(crate) type Conjunction = Vec<(u32, bool)>;

/// Alternatives beyond this number are given up for "always". In a client's document that is refused; in what planning
/// derives from it, it asks for too much, which is right but not minimal.
const MAX_ALTERNATIVES: usize = 64;

/// All conditions of an operation.
#[derive(Clone, Debug)]
pub(crate) struct Conditions {
    variables: IndexSet<String, FxBuildHasher>,
    table: IndexSet<Vec<Conjunction>, FxBuildHasher>,
    overflowed: bool,
}

impl Default for Conditions {
    fn default() -> Self {
        let mut table = IndexSet::default();
        table.insert(vec![Vec::new()]);
        Self { variables: IndexSet::default(), table, overflowed: false }
    }
}

impl Conditions {
    /// The alternatives of a condition.
    pub(crate) fn get(&self, id: CondId) -> &[Conjunction] {
        &self.table[id.0 as usize]
    }

    /// Whether there is no condition but "always".
    pub(crate) fn is_empty(&self) -> bool {
        self.table.len() == 1
    }

    /// A variable's name by its index.
    pub(crate) fn variable(&self, index: u32) -> &str {
        &self.variables[index as usize]
    }

    /// Narrows a condition by one test; `None` if it can then never hold.
    pub(crate) fn and_test(&mut self, id: CondId, variable: &str, wanted: bool) -> Option<CondId> {
        let index = match self.variables.get_index_of(variable) {
            Some(index) => index,
            None => self.variables.insert_full(variable.to_owned()).0,
        } as u32;
        let narrowed: Vec<_> =
            self.get(id).iter().filter_map(|all| conjoin(all, &[(index, wanted)])).collect();
        if narrowed.is_empty() { None } else { Some(self.intern(narrowed)) }
    }

    /// Both conditions; `None` if they exclude each other.
    pub(crate) fn and(&mut self, a: CondId, b: CondId) -> Option<CondId> {
        if a == CondId::TRUE || a == b {
            return Some(b);
        }
        if b == CondId::TRUE {
            return Some(a);
        }
        let mut out = Vec::new();
        for left in self.get(a) {
            out.extend(self.get(b).iter().filter_map(|right| conjoin(left, right)));
        }
        if out.is_empty() { None } else { Some(self.intern(out)) }
    }

    /// Either condition.
    pub(crate) fn or(&mut self, a: CondId, b: CondId) -> CondId {
        if a == CondId::TRUE || b == CondId::TRUE {
            return CondId::TRUE;
        }
        if a == b {
            return a;
        }
        let all = [self.get(a), self.get(b)].concat();
        self.intern(all)
    }

    /// The first condition without the second; `None` if that can never hold.
    pub(crate) fn and_not(&mut self, a: CondId, b: CondId) -> Option<CondId> {
        let mut left = self.get(a).to_vec();
        for all in self.get(b).to_vec() {
            let mut next = Vec::new();
            for before in &left {
                next.extend(
                    all.iter().filter_map(|(variable, wanted)| conjoin(before, &[(*variable, !wanted)])),
                );
            }
            left = next;
        }
        if left.is_empty() { None } else { Some(self.intern(left)) }
    }

    /// Whether a condition had to be given up for "always".
    pub(crate) fn overflowed(&self) -> bool {
        self.overflowed
    }

    /// Whether `b` holds wherever `a` does (may say no although it does).
    pub(crate) fn implies(&self, a: CondId, b: CondId) -> bool {
        let covered =
            |all: &Conjunction| self.get(b).iter().any(|other| other.iter().all(|t| all.contains(t)));
        a == b || b == CondId::TRUE || self.get(a).iter().all(covered)
    }

    fn intern(&mut self, mut any: Vec<Conjunction>) -> CondId {
        any.sort();
        any.dedup();
        let absorbed = |all: &Conjunction| {
            any.iter().any(|other| other.len() < all.len() && other.iter().all(|test| all.contains(test)))
        };
        let mut kept: Vec<_> = any.iter().filter(|all| !absorbed(all)).cloned().collect();
        // x or not x
        if kept.iter().any(|all| all.len() == 1 && kept.contains(&vec![(all[0].0, !all[0].1)])) {
            kept = vec![Vec::new()];
        }
        if kept.len() > MAX_ALTERNATIVES {
            self.overflowed = true;
            return CondId::TRUE;
        }
        CondId(self.table.insert_full(kept).0 as u32)
    }
}

fn conjoin(a: &[(u32, bool)], b: &[(u32, bool)]) -> Option<Conjunction> {
    let mut all = a.to_vec();
    for test in b {
        if all.contains(&(test.0, !test.1)) {
            return None;
        }
        if !all.contains(test) {
            all.push(*test);
        }
    }
    all.sort_unstable();
    Some(all)
}
