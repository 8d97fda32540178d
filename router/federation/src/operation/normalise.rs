//! From the client's document to the interned tree: fragments flattened into type sets, equal fields merged, directives
//! turned into conditions.
//!
//! The walk goes down by *occurrences*: all selection sets that end up at one response position are taken together. Each carries
//! the conjunction of conditions under which it counts. Where all occurrences of a field share a condition, it stays
//! with the field and the walk below starts afresh, so conditions do not pile up.

use super::arena::{Arena, ArgsId, Entry, SelId, SetId, TYPENAME};
use super::arguments;
use super::conditions::CondId;
use super::error::RequestError;
use super::withhold::Permission;
use crate::plan::KeyId;
use crate::supergraph::{NameId, Supergraph, TypeDefId, TypeKind};
use apollo_compiler::ExecutableDocument;
use apollo_compiler::ast::DirectiveList;
use apollo_compiler::executable::{Field, Selection, SelectionSet};
use indexmap::{IndexMap, IndexSet};
use rustc_hash::{FxBuildHasher, FxHashSet};

/// A selection set at a response position.
#[derive(Clone, Copy)]
pub(super) struct Occurrence<'a> {
    pub(super) set: &'a SelectionSet,
    pub(super) types: SetId,
    pub(super) cond: CondId,
    pub(super) at: ClientPlace,
}

/// A place in the client's response, by the client's keys: 0 for the root, else an index into [`Normaliser::places`] plus 1. Several of them are one position in the tree
/// where a field has several aliases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct ClientPlace(usize);

impl ClientPlace {
    /// The root object.
    pub(super) const ROOT: Self = Self(0);

    /// The index into [`Normaliser::places`]; `None` for the root.
    pub(super) fn index(self) -> Option<usize> {
        self.0.checked_sub(1)
    }
}

/// A field of one of the selection sets at a response position, fragments resolved.
#[derive(Clone, Copy)]
pub(super) struct Found<'a> {
    pub(super) field: &'a Field,
    /// The type that it was written on.
    pub(super) owner: TypeDefId,
    pub(super) types: SetId,
    pub(super) cond: CondId,
    pub(super) at: ClientPlace,
}

/// What the walk needs.
pub(super) struct Normaliser<'a> {
    pub(super) supergraph: &'a Supergraph,
    pub(super) document: &'a ExecutableDocument,
    pub(super) arena: Arena,
    /// How many more fields may be selected, fragments expanded.
    pub(super) fields_left: usize,
    /// Places in the response other than the root: that of the object, and the key there.
    pub(super) places: IndexSet<(ClientPlace, &'a str), FxBuildHasher>,
    /// What the caller may see.
    pub(super) permission: Permission<'a>,
}

#[derive(Default)]
struct Group<'a> {
    owner: Option<TypeDefId>,
    conds: Vec<CondId>,
    below: Vec<Found<'a>>,
}

type Groups<'a> = IndexMap<(KeyId, SetId), Group<'a>, FxBuildHasher>;

impl<'a> Normaliser<'a> {
    /// The tree of a selection on a type.
    pub(super) fn selection(
        &mut self,
        ty: TypeDefId,
        occurrences: &[Occurrence<'a>],
        is_mutation_root: bool,
    ) -> Result<SelId, RequestError> {
        let mut found = Vec::new();
        for occurrence in occurrences {
            self.collect(*occurrence, &mut FxHashSet::default(), &mut found)?;
        }
        let supergraph = self.supergraph;
        if is_mutation_root {
            return self.mutation_root(&found);
        }
        let found = self.without_covered(found);
        let possible = self.arena.set(&supergraph.ty(ty).possible);
        let mut groups = Groups::default();
        let mut typename = supergraph.ty(ty).visible != supergraph.ty(ty).possible;
        for found in &found {
            typename |= found.types != possible;
            if found.field.name == "__typename" {
                typename = true;
            } else if !found.field.name.starts_with("__")
                && let Some(permitted) = self.permitted(*found)
            {
                typename |= permitted.types != possible || self.differs_by_type(permitted);
                self.group(permitted, &mut groups);
            }
        }
        let mut entries = Vec::with_capacity(groups.len() + 1);
        for ((key, types), group) in groups {
            entries.push(self.entry(key, types, group)?);
        }
        self.share_typenames(&mut entries)?;
        let is_abstract = matches!(supergraph.ty(ty).kind, TypeKind::Interface | TypeKind::Union);
        if typename && is_abstract && supergraph.ty(ty).possible.single().is_none() {
            entries.push(Entry {
                key: TYPENAME,
                types: possible,
                owner: ty,
                cond: CondId::TRUE,
                sub: SelId::EMPTY,
            });
        }
        Ok(self.arena.selection(entries))
    }

    fn mutation_root(&mut self, found: &[Found<'a>]) -> Result<SelId, RequestError> {
        let mut entries = Vec::new();
        for slot in self.slots(found)? {
            if self.permitted(slot.found[0]).is_none() {
                continue;
            }
            let mut group = Group::default();
            for one in &slot.found {
                group.owner.get_or_insert(one.owner);
                group.conds.push(one.cond);
                group.below.push(*one);
            }
            let entry = self.entry(slot.key, slot.found[0].types, group)?;
            entries.push(Entry { cond: slot.cond, ..entry });
        }
        Ok(self.arena.selection(entries))
    }

    fn group(&mut self, found: Found<'a>, groups: &mut Groups<'a>) {
        for (key, types) in self.keys_of(found) {
            let group = groups.entry((key, types)).or_default();
            group.owner.get_or_insert(found.owner);
            group.conds.push(found.cond);
            group.below.push(found);
        }
    }

    /// The response keys of a field, with the types for which each stands.
    pub(super) fn keys_of(&mut self, found: Found<'a>) -> Vec<(KeyId, SetId)> {
        let args = self.args(found.field);
        let name = self.name_of(found.field);
        self.arena.keys_by_class(self.supergraph, name, args, found.types)
    }

    pub(super) fn name_of(&self, field: &Field) -> NameId {
        self.supergraph.name_id(&field.name).unwrap_or(NameId::TYPENAME)
    }

    pub(super) fn args(&mut self, field: &Field) -> ArgsId {
        if field.arguments.is_empty() {
            return ArgsId::NONE;
        }
        let mut variables = Vec::new();
        for argument in &field.arguments {
            arguments::variables_of(&argument.value, &mut |name| {
                if !variables.iter().any(|known| known == name) {
                    variables.push(name.to_owned());
                }
            });
        }
        self.arena.args(arguments::canonical(&field.arguments), variables)
    }

    fn entry(&mut self, key: KeyId, types: SetId, group: Group<'a>) -> Result<Entry, RequestError> {
        let mut cond = group.conds[0];
        for other in &group.conds[1..] {
            cond = self.arena.conditions.or(cond, *other);
        }
        let owner = group.owner.unwrap_or(TypeDefId(0));
        let mut sub = SelId::EMPTY;
        if group.below.iter().any(|found| !found.field.selection_set.selections.is_empty()) {
            let below = self.below(&group.below)?;
            let ty = group.below[0].field.selection_set.ty.as_str();
            let ty = self.supergraph.type_id(ty).unwrap_or(owner);
            sub = self.selection(ty, &below, false)?;
        }
        Ok(Entry { key, types, owner, cond, sub })
    }

    /// The occurrences below a field, given its own occurrences.
    pub(super) fn below(&mut self, fields: &[Found<'a>]) -> Result<Vec<Occurrence<'a>>, RequestError> {
        let uniform = fields.iter().all(|found| found.cond == fields[0].cond);
        let mut out: Vec<Occurrence<'a>> = Vec::with_capacity(fields.len());
        for found in fields {
            let set = &found.field.selection_set;
            let ty = self.supergraph.type_id(set.ty.as_str());
            let ty = ty.ok_or_else(|| {
                RequestError::new(RequestError::VALIDATION, format!("Unknown type {}.", set.ty))
            })?;
            let types = self.arena.set(&self.supergraph.ty(ty).possible);
            let cond = if uniform { CondId::TRUE } else { found.cond };
            let at = self.places.insert_full((found.at, found.field.response_key().as_str())).0;
            let at = ClientPlace(at + 1);
            if !out.iter().any(|o| std::ptr::eq(o.set, set) && o.cond == cond && o.at == at) {
                out.push(Occurrence { set, types, cond, at });
            }
        }
        Ok(out)
    }

    /// Lists the fields of a selection set, through fragments, with the types and conditions for which they count.
    pub(super) fn collect(
        &mut self,
        at: Occurrence<'a>,
        seen: &mut FxHashSet<(&'a str, SetId, CondId)>,
        out: &mut Vec<Found<'a>>,
    ) -> Result<(), RequestError> {
        let owner = self.supergraph.type_id(at.set.ty.as_str()).unwrap_or(TypeDefId(0));
        for selection in &at.set.selections {
            let Some(cond) = self.condition(at.cond, selection.directives()) else { continue };
            match selection {
                Selection::Field(field) => {
                    self.take_field()?;
                    out.push(Found { field, owner, types: at.types, cond, at: at.at });
                }
                Selection::InlineFragment(fragment) => {
                    if let Some(types) = self.narrow(at.types, &fragment.selection_set) {
                        let set = &fragment.selection_set;
                        self.collect(Occurrence { set, types, cond, ..at }, seen, out)?;
                    }
                }
                Selection::FragmentSpread(spread) => {
                    let Some(fragment) = self.document.fragments.get(&spread.fragment_name) else { continue };
                    let Some(types) = self.narrow(at.types, &fragment.selection_set) else { continue };
                    if seen.insert((spread.fragment_name.as_str(), types, cond)) {
                        let set = &fragment.selection_set;
                        self.collect(Occurrence { set, types, cond, ..at }, seen, out)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Counts one more field that has to be looked at.
    pub(super) fn take_field(&mut self) -> Result<(), RequestError> {
        let used = self.fields_left.checked_sub(1);
        self.fields_left = used.ok_or_else(|| {
            RequestError::new(RequestError::SELECTIONS, "The operation selects too many fields.")
        })?;
        Ok(())
    }

    /// The types for which a fragment counts; `None` if none of the types has it.
    fn narrow(&mut self, types: SetId, fragment: &SelectionSet) -> Option<SetId> {
        let condition = self.supergraph.type_id(fragment.ty.as_str())?;
        let before = self.arena.types(types);
        if before.is_empty() {
            return Some(types);
        }
        let narrowed = before.intersection(&self.supergraph.ty(condition).possible);
        if narrowed.is_empty() { None } else { Some(self.arena.set(&narrowed)) }
    }

    /// Adds the `@skip` and `@include` of a selection to a condition; `None` if it is never selected.
    fn condition(&mut self, cond: CondId, directives: &DirectiveList) -> Option<CondId> {
        let mut cond = cond;
        for (name, wanted) in [("skip", false), ("include", true)] {
            for directive in directives.get_all(name) {
                let Some(value) = directive.specified_argument_by_name("if") else { continue };
                if let Some(variable) = value.as_variable() {
                    cond = self.arena.conditions.and_test(cond, variable, wanted)?;
                } else if value.to_bool() == Some(!wanted) {
                    return None;
                }
            }
        }
        Some(cond)
    }
}
