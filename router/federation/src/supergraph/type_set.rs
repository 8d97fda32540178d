//! Sets of object types as bits.

use super::TypeDefId;

/// A set of object types. Object types have the lowest [`TypeDefId`]s, so a set is a short row of bits.
///
/// Always trimmed: equal sets are equal values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TypeSet(Vec<u64>);

impl TypeSet {
    /// The set of one type.
    pub fn one(id: TypeDefId) -> Self {
        let mut set = Self::default();
        set.insert(id);
        set
    }

    /// Adds a type.
    pub fn insert(&mut self, id: TypeDefId) {
        let word = id.index() / 64;
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= 1 << (id.index() % 64);
    }

    /// Whether the type belongs to the set.
    pub fn contains(&self, id: TypeDefId) -> bool {
        self.0.get(id.index() / 64).is_some_and(|word| word >> (id.index() % 64) & 1 == 1)
    }

    /// Whether no type belongs to the set.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The number of types.
    pub fn len(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Types that are in both.
    pub fn intersection(&self, other: &Self) -> Self {
        let mut words: Vec<u64> = self.0.iter().zip(&other.0).map(|(a, b)| a & b).collect();
        while words.last() == Some(&0) {
            words.pop();
        }
        Self(words)
    }

    /// Types that are in either.
    pub fn union(&self, other: &Self) -> Self {
        let (long, short) = if self.0.len() >= other.0.len() { (self, other) } else { (other, self) };
        let mut words = long.0.clone();
        for (word, more) in words.iter_mut().zip(&short.0) {
            *word |= more;
        }
        Self(words)
    }

    /// Types of this set that are not in the other.
    pub fn difference(&self, other: &Self) -> Self {
        let mut words = self.0.clone();
        for (word, less) in words.iter_mut().zip(&other.0) {
            *word &= !less;
        }
        while words.last() == Some(&0) {
            words.pop();
        }
        Self(words)
    }

    /// Whether all types of this set are in the other.
    pub fn is_subset(&self, other: &Self) -> bool {
        self.0.iter().enumerate().all(|(i, word)| word & !other.0.get(i).copied().unwrap_or(0) == 0)
    }

    /// Whether both share a type.
    pub fn intersects(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).any(|(a, b)| a & b != 0)
    }

    /// The types in order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = TypeDefId> + '_ {
        self.0.iter().enumerate().flat_map(|(i, word)| {
            (0..64).filter(move |bit| word >> bit & 1 == 1).map(move |bit| TypeDefId((i * 64) as u32 + bit))
        })
    }

    /// The only type of the set, if there is just one.
    pub fn single(&self) -> Option<TypeDefId> {
        if self.len() == 1 { self.iter().next() } else { None }
    }
}
