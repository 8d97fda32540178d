//! Selections narrowed to one object type, and field sets as selections.

use super::Solver;
use crate::operation::arena::{ArgsId, Entry, SelId, TYPENAME};
use crate::operation::conditions::CondId;
use crate::supergraph::{FieldSet, FieldSetField, NameId, Role, SubgraphId, TypeDefId, TypeKind, TypeSet};

impl Solver<'_> {
    /// What a selection asks of one object type. Entries of one key become one.
    pub(in crate::plan) fn project(&mut self, selection: SelId, ty: TypeDefId) -> SelId {
        if self.supergraph.ty(ty).kind != TypeKind::Object {
            return selection;
        }
        if let Some(known) = self.projections.get(&(selection, ty)) {
            return *known;
        }
        let types = self.arena.set(&TypeSet::one(ty));
        let mut out: Vec<Entry> = Vec::new();
        for entry in self.arena.entries(selection).to_vec() {
            if !self.arena.types(entry.types).contains(ty) {
                continue;
            }
            let owner = ty;
            match out.iter().position(|known| known.key == entry.key) {
                Some(at) => out[at] = self.merge(out[at], entry),
                None => out.push(Entry { types, owner, ..entry }),
            }
        }
        let projected = self.arena.selection(out);
        self.projections.insert((selection, ty), projected);
        projected
    }

    /// Two entries of one key as one. Conditions that differ move down to the fields below.
    fn merge(&mut self, a: Entry, b: Entry) -> Entry {
        if a.cond == b.cond {
            return Entry { sub: self.merge_selections(a.sub, b.sub), ..a };
        }
        let cond = self.arena.conditions.or(a.cond, b.cond);
        let left = self.under_condition(a.sub, a.cond);
        let right = self.under_condition(b.sub, b.cond);
        Entry { cond, sub: self.merge_selections(left, right), ..a }
    }

    /// Both selections in one.
    pub(in crate::plan) fn merge_selections(&mut self, a: SelId, b: SelId) -> SelId {
        if a == b || b == SelId::EMPTY {
            return a;
        }
        if a == SelId::EMPTY {
            return b;
        }
        let mut out = self.arena.entries(a).to_vec();
        for entry in self.arena.entries(b).to_vec() {
            match out.iter().position(|known| known.key == entry.key && known.types == entry.types) {
                Some(at) => out[at] = self.merge(out[at], entry),
                None => out.push(entry),
            }
        }
        self.arena.selection(out)
    }

    /// A selection whose fields count only under a condition.
    fn under_condition(&mut self, selection: SelId, cond: CondId) -> SelId {
        if cond == CondId::TRUE || selection == SelId::EMPTY {
            return selection;
        }
        let mut out = Vec::new();
        for entry in self.arena.entries(selection).to_vec() {
            if let Some(cond) = self.arena.conditions.and(cond, entry.cond) {
                out.push(Entry { cond, ..entry });
            }
        }
        self.arena.selection(out)
    }

    /// A field set of a subgraph as a selection. The types of values are asked as well where that subgraph has to be told them.
    pub(in crate::plan) fn field_set(&mut self, set: &FieldSet, subgraph: SubgraphId) -> SelId {
        let address = std::ptr::from_ref(set) as usize;
        if let Some(known) = self.field_sets.get(&address) {
            return *known;
        }
        let selection = self.field_set_selection(set, subgraph);
        self.field_sets.insert(address, selection);
        selection
    }

    fn field_set_selection(&mut self, set: &FieldSet, subgraph: SubgraphId) -> SelId {
        let supergraph = self.supergraph;
        let mut selection = SelId::EMPTY;
        for field in &set.0 {
            if field.name == NameId::TYPENAME {
                continue;
            }
            let types = self.arena.set(&field.types);
            let args = if field.arguments.is_empty() {
                ArgsId::NONE
            } else {
                self.arena.args(field.arguments.clone(), Vec::new())
            };
            let mut sub = self.field_set_selection(&field.fields, subgraph);
            let below = supergraph.field(field.owner, field.name).map(|def| def.ty.named);
            if let Some(below) = below.filter(|_| sub != SelId::EMPTY && self.tells_types(field, subgraph)) {
                sub = self.with_typename(sub, below);
            }
            for (key, types) in self.arena.keys_by_class(supergraph, field.name, args, types) {
                let entry = Entry { key, types, owner: field.owner, cond: CondId::TRUE, sub };
                let one = self.arena.selection(vec![entry]);
                selection = self.merge_selections(selection, one);
            }
        }
        selection
    }

    /// Whether values of a field are sent to a subgraph with their types: all but those of an interface that it has an object for.
    fn tells_types(&self, field: &FieldSetField, subgraph: SubgraphId) -> bool {
        let home = self.supergraph.home(field.owner, field.name, subgraph);
        let there = home.and_then(|home| self.supergraph.type_in(home.ty.named, subgraph));
        there.is_none_or(|there| there.role != Role::InterfaceObject)
    }

    /// Adds `__typename` to a selection on an abstract type.
    fn with_typename(&mut self, selection: SelId, ty: TypeDefId) -> SelId {
        let definition = self.supergraph.ty(ty);
        if !matches!(definition.kind, TypeKind::Interface | TypeKind::Union) {
            return selection;
        }
        let types = self.arena.set(&definition.possible);
        let entry = Entry { key: TYPENAME, types, owner: ty, cond: CondId::TRUE, sub: SelId::EMPTY };
        let typename = self.arena.selection(vec![entry]);
        self.merge_selections(selection, typename)
    }

    /// The number of fields in a selection, to compare what is left.
    pub(super) fn size(&mut self, selection: SelId) -> u32 {
        if let Some(size) = self.sizes.get(&selection) {
            return *size;
        }
        let mut size = 0u32;
        for entry in self.arena.entries(selection).to_vec() {
            size = size.saturating_add(1).saturating_add(self.size(entry.sub));
        }
        self.sizes.insert(selection, size);
        size
    }
}
