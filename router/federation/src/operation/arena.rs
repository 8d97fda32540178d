//! The interned tree of an operation: equal selections, type sets, arguments and conditions have equal ids.
//!
//! A selection is a list of entries. Fragments do not exist here: an entry says for which object types it is meant. Planning
//! adds selections of its own (projections to one type, keys, requirements, remainders), so it works on a copy of the arena.

use super::conditions::{CondId, Conditions};
use crate::plan::KeyId;
use crate::supergraph::{NameId, Supergraph, TypeDefId, TypeSet};
use indexmap::IndexSet;
use rustc_hash::{FxBuildHasher, FxHashMap};

/// A set of object types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct SetId(pub(crate) u32);

/// A selection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct SelId(pub(crate) u32);

impl SelId {
    /// Nothing selected: what leaves have, and what is left when all is resolved.
    pub(crate) const EMPTY: Self = Self(0);
}

/// Arguments in canonical text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ArgsId(pub(crate) u32);

impl ArgsId {
    /// No arguments.
    pub(crate) const NONE: Self = Self(0);
}

/// The key of `__typename`.
pub(crate) const TYPENAME: KeyId = KeyId(0);

/// One selected field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Entry {
    /// Which field with which arguments.
    pub(crate) key: KeyId,
    /// The object types for which it is selected.
    pub(crate) types: SetId,
    /// The type that it was written on: one of the object types, or an interface of theirs.
    pub(crate) owner: TypeDefId,
    /// Under which condition.
    pub(crate) cond: CondId,
    /// What is selected below.
    pub(crate) sub: SelId,
}

/// What a response key stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyInfo {
    /// The field.
    pub(crate) name: NameId,
    /// Its arguments.
    pub(crate) args: ArgsId,
    /// The key's text.
    pub(crate) text: String,
}

/// What makes two selected fields the same: name, arguments, class, and the root field's number in mutations.
type Identity = (NameId, ArgsId, u16, u32);

/// All interned parts of one operation.
#[derive(Clone, Debug)]
pub(crate) struct Arena {
    pub(crate) conditions: Conditions,
    sets: IndexSet<TypeSet, FxBuildHasher>,
    selections: IndexSet<Box<[Entry]>, FxBuildHasher>,
    arguments: IndexSet<String, FxBuildHasher>,
    /// Variables used by arguments, by [`ArgsId`].
    argument_variables: Vec<Vec<String>>,
    keys: Vec<KeyInfo>,
    key_ids: FxHashMap<Identity, KeyId>,
    key_texts: FxHashMap<String, KeyId>,
}

impl Arena {
    /// An arena with nothing but the fixed ids.
    pub(crate) fn new() -> Self {
        let typename = KeyInfo { name: NameId::TYPENAME, args: ArgsId::NONE, text: "__typename".to_owned() };
        let mut arena = Self {
            conditions: Conditions::default(),
            sets: IndexSet::default(),
            selections: IndexSet::default(),
            arguments: IndexSet::default(),
            argument_variables: vec![Vec::new()],
            keys: vec![typename],
            key_ids: FxHashMap::from_iter([((NameId::TYPENAME, ArgsId::NONE, 0, 0), TYPENAME)]),
            key_texts: FxHashMap::default(),
        };
        arena.selections.insert(Box::default());
        arena.arguments.insert(String::new());
        arena
    }

    /// Interns a type set.
    pub(crate) fn set(&mut self, set: &TypeSet) -> SetId {
        let index = self.sets.get_index_of(set).unwrap_or_else(|| self.sets.insert_full(set.clone()).0);
        SetId(index as u32)
    }

    /// The types of a set.
    pub(crate) fn types(&self, id: SetId) -> &TypeSet {
        &self.sets[id.0 as usize]
    }

    /// Interns a selection. Entries are sorted, so that order does not matter.
    pub(crate) fn selection(&mut self, mut entries: Vec<Entry>) -> SelId {
        entries.sort_unstable();
        let index = match self.selections.get_index_of(entries.as_slice()) {
            Some(index) => index,
            None => self.selections.insert_full(entries.into_boxed_slice()).0,
        };
        SelId(index as u32)
    }

    /// The entries of a selection.
    pub(crate) fn entries(&self, id: SelId) -> &[Entry] {
        &self.selections[id.0 as usize]
    }

    /// Interns arguments; `variables` are those that the text uses.
    pub(crate) fn args(&mut self, text: String, variables: Vec<String>) -> ArgsId {
        let (index, new) = self.arguments.insert_full(text);
        if new && index > 0 {
            self.argument_variables.push(variables);
        }
        ArgsId(index as u32)
    }

    /// Arguments as text with parentheses; empty without arguments.
    pub(crate) fn args_text(&self, id: ArgsId) -> &str {
        &self.arguments[id.0 as usize]
    }

    /// The variables that arguments use.
    pub(crate) fn args_variables(&self, id: ArgsId) -> &[String] {
        &self.argument_variables[id.0 as usize]
    }

    /// The response key of a field with arguments. `number` tells root fields of a mutation apart, else 0.
    pub(crate) fn key(
        &mut self,
        supergraph: &Supergraph,
        name: NameId,
        args: ArgsId,
        class: u16,
        number: u32,
    ) -> KeyId {
        if let Some(id) = self.key_ids.get(&(name, args, class, number)) {
            return *id;
        }
        let id = KeyId(self.keys.len() as u32);
        let text = self.free_text(supergraph, supergraph.name(name));
        self.key_texts.insert(text.clone(), id);
        self.keys.push(KeyInfo { name, args, text });
        self.key_ids.insert((name, args, class, number), id);
        id
    }

    /// The field's own name, or the first of `name_2`, `name_3` … that neither a key nor any field has.
    fn free_text(&self, supergraph: &Supergraph, name: &str) -> String {
        if !self.key_texts.contains_key(name) {
            return name.to_owned();
        }
        let taken = |text: &String| self.key_texts.contains_key(text) || supergraph.name_id(text).is_some();
        (2..).map(|n| format!("{name}_{n}")).find(|text| !taken(text)).unwrap_or_default()
    }

    /// What a key stands for.
    pub(crate) fn key_info(&self, id: KeyId) -> &KeyInfo {
        &self.keys[id.index()]
    }

    /// All key texts, in order of their ids.
    pub(crate) fn key_list(&self) -> Vec<String> {
        self.keys.iter().map(|key| key.text.clone()).collect()
    }

    /// The keys under which a field stands for each of the given types: usually one, more where classes differ.
    pub(crate) fn keys_by_class(
        &mut self,
        supergraph: &Supergraph,
        name: NameId,
        args: ArgsId,
        types: SetId,
    ) -> Vec<(KeyId, SetId)> {
        let mut classes: Vec<(u16, TypeSet)> = Vec::new();
        for ty in self.types(types).iter() {
            let class = supergraph.field(ty, name).map_or(0, |field| field.class);
            match classes.iter_mut().find(|(known, _)| *known == class) {
                Some((_, set)) => set.insert(ty),
                None => classes.push((class, TypeSet::one(ty))),
            }
        }
        if classes.len() <= 1 {
            let class = classes.first().map_or(0, |(class, _)| *class);
            return vec![(self.key(supergraph, name, args, class, 0), types)];
        }
        let split = classes.into_iter();
        split.map(|(class, set)| (self.key(supergraph, name, args, class, 0), self.set(&set))).collect()
    }
}
