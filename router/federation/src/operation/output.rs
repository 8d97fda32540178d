//! What the client gets: the response's fields in the client's order under the client's keys.
//!
//! The walk is the same as in `normalise`, by occurrences. Fields that meet under one client key are merged; where they count for
//! different object types, or where an object type answers with a response key or nullability of its own, the field is
//! listed once per group of types, and the groups are disjoint.

use super::RequestError;
use super::arena::SetId;
use super::conditions::CondId;
use super::normalise::{Found, Normaliser, Occurrence};
use crate::plan::KeyId;
use crate::supergraph::{TypeDefId, TypeExpr, TypeKind, TypeSet};
use indexmap::IndexMap;
use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};
use std::collections::BTreeMap;
use std::collections::hash_map::Entry as MapEntry;

/// A selection of the response: index into [`super::Operation::output`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct OutId(pub(crate) u32);

/// What the response says of an object.
#[derive(Clone, Debug)]
pub(crate) struct OutSelection {
    /// The types to check for, where the type is abstract.
    pub(crate) possible: Option<TypeSet>,
    pub(crate) fields: Vec<OutField>,
}

/// A field of the response.
#[derive(Clone, Debug)]
pub(crate) struct OutField {
    pub(crate) key: String,
    pub(crate) value: OutValue,
    /// `None`: for all types.
    pub(crate) types: Option<TypeSet>,
    pub(crate) cond: CondId,
    pub(crate) ty: TypeExpr,
    pub(crate) below: Option<OutId>,
    pub(crate) coordinate: String,
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum OutValue {
    Key(KeyId),
    /// `__typename` of an object type, known before anything is fetched.
    StaticTypename(TypeDefId),
    Typename,
    Introspection,
    /// Null, because the caller may not see it.
    Withheld,
}

/// Fields under one client key that count for the same types.
struct Part<'a> {
    types: TypeSet,
    owner: TypeDefId,
    value: OutValue,
    ty: TypeExpr,
    found: Vec<Found<'a>>,
}

/// What is equal for types that share a part: the fields that count, where their value is, its nullability, and the type of a leaf.
type SamePart = (Vec<u32>, OutValue, Vec<bool>, Option<TypeDefId>);

/// The selections of a response under construction.
#[derive(Default)]
pub(super) struct Output {
    pub(super) selections: Vec<OutSelection>,
}

impl<'a> Normaliser<'a> {
    /// The response's part for a selection on a type.
    pub(super) fn output(
        &mut self,
        ty: TypeDefId,
        occurrences: &[Occurrence<'a>],
        is_mutation_root: bool,
        out: &mut Output,
    ) -> Result<OutId, RequestError> {
        let mut found = Vec::new();
        for occurrence in occurrences {
            self.collect(*occurrence, &mut FxHashSet::default(), &mut found)?;
        }
        if is_mutation_root {
            return self.mutation_output(&found, out);
        }
        let mut by_key: IndexMap<&str, Vec<Found<'a>>, FxBuildHasher> = IndexMap::default();
        for one in self.without_covered(found) {
            by_key.entry(one.field.response_key().as_str()).or_default().push(one);
        }
        let visible = self.supergraph.ty(ty).visible.clone();
        let is_abstract = matches!(self.supergraph.ty(ty).kind, TypeKind::Interface | TypeKind::Union);
        let hides = visible != self.supergraph.ty(ty).possible;
        let mut fields = Vec::with_capacity(by_key.len());
        for (key, found) in by_key {
            self.check_merging(&found)?;
            for part in self.parts(ty, &visible, &found) {
                let types = (is_abstract && !visible.is_subset(&part.types)).then(|| part.types.clone());
                fields.push(self.out_field(key, types, part, out)?);
            }
        }
        let possible = (is_abstract && hides).then_some(visible);
        out.selections.push(OutSelection { possible, fields });
        Ok(OutId(out.selections.len() as u32 - 1))
    }

    /// The response of a mutation: one field per slot, of which at most one per client key counts.
    fn mutation_output(&mut self, found: &[Found<'a>], out: &mut Output) -> Result<OutId, RequestError> {
        let mut fields = Vec::new();
        for slot in self.slots(found)? {
            let first = slot.found[0];
            let value = match self.withholds(&slot.found, first.owner) {
                true => OutValue::Withheld,
                false => OutValue::Key(slot.key),
            };
            let (types, owner, ty) =
                (TypeSet::one(first.owner), first.owner, self.type_of(first.owner, first));
            let part = Part { types, owner, value, ty, found: slot.found };
            let field = self.out_field(first.field.response_key(), None, part, out)?;
            fields.push(OutField { cond: slot.cond, ..field });
        }
        let mut typenames: IndexMap<&str, Found<'a>, FxBuildHasher> = IndexMap::default();
        for one in found.iter().filter(|one| one.field.name.starts_with("__")) {
            let known = typenames.entry(one.field.response_key().as_str()).or_insert(*one);
            known.cond = self.arena.conditions.or(known.cond, one.cond);
        }
        for (key, one) in typenames {
            let part = self.part(vec![one], one.owner, one.owner);
            fields.push(self.out_field(key, None, part, out)?);
        }
        let place = |field: &OutField| found.iter().position(|one| *one.field.response_key() == *field.key);
        fields.sort_by_key(place);
        out.selections.push(OutSelection { possible: None, fields });
        Ok(OutId(out.selections.len() as u32 - 1))
    }

    /// Splits the fields of one client key into groups of types within which everything is the same.
    fn parts(&mut self, ty: TypeDefId, visible: &TypeSet, found: &[Found<'a>]) -> Vec<Part<'a>> {
        if visible.is_empty() {
            return vec![self.part(found.to_vec(), found[0].owner, ty)];
        }
        if let Some(object) = visible.single() {
            // Where a field was written its type may be wider: what is for other types is not for this one.
            let is_for = |one: &&Found<'a>| self.arena.types(one.types).contains(object);
            let found: Vec<Found<'a>> = found.iter().filter(is_for).copied().collect();
            return if found.is_empty() { Vec::new() } else { vec![self.part(found, object, ty)] };
        }
        let mut parts: Vec<Part<'a>> = Vec::new();
        let mut index: FxHashMap<SamePart, usize> = FxHashMap::default();
        for (object, members) in self.members(visible, found) {
            let chosen: Vec<Found<'a>> = members.iter().map(|i| found[*i as usize]).collect();
            let part = self.part(chosen, object, ty);
            let is_leaf = part.found[0].field.selection_set.selections.is_empty();
            let leaf_type = is_leaf.then_some(part.ty.named);
            match index.entry((members, part.value.clone(), part.ty.nullable.clone(), leaf_type)) {
                MapEntry::Vacant(at) => {
                    at.insert(parts.len());
                    parts.push(part);
                }
                MapEntry::Occupied(at) => {
                    let known = &mut parts[*at.get()];
                    known.types.insert(object);
                    if known.ty.named != part.ty.named {
                        known.ty.named = self.written_type(known.found[0]).unwrap_or(known.ty.named);
                    }
                }
            }
        }
        parts
    }

    /// The fields of one client key as they are for one type of object.
    fn part(&mut self, found: Vec<Found<'a>>, object: TypeDefId, ty: TypeDefId) -> Part<'a> {
        let (value, expr) = match self.withholds(&found, object) {
            true => (OutValue::Withheld, self.type_of(found[0].owner, found[0])),
            false => (self.value(found[0], object, ty), self.type_of(object, found[0])),
        };
        Part { types: TypeSet::one(object), owner: object, value, ty: expr, found }
    }

    /// The type that a field has where the client wrote it.
    fn written_type(&self, found: Found<'_>) -> Option<TypeDefId> {
        let name = self.supergraph.name_id(&found.field.name)?;
        self.supergraph.field(found.owner, name).map(|field| field.ty.named)
    }

    /// Whether the response says different things of a field by the object's type, even where it is asked of all.
    pub(super) fn differs_by_type(&mut self, found: Found<'a>) -> bool {
        if self.arena.types(found.types).single().is_some() {
            return false;
        }
        let objects: Vec<TypeDefId> = self.arena.types(found.types).iter().collect();
        let nullable = |object: &TypeDefId| self.type_of(*object, found).nullable;
        let first = objects.first().map(nullable);
        objects.iter().any(|object| Some(nullable(object)) != first) || self.keys_of(found).len() > 1
    }

    /// For each visible type the fields that count for it.
    fn members(&self, visible: &TypeSet, found: &[Found<'a>]) -> BTreeMap<TypeDefId, Vec<u32>> {
        let mut members: BTreeMap<TypeDefId, Vec<u32>> = BTreeMap::new();
        for (index, one) in found.iter().enumerate() {
            for object in self.arena.types(one.types).iter().filter(|object| visible.contains(*object)) {
                members.entry(object).or_default().push(index as u32);
            }
        }
        members
    }

    fn value(&mut self, found: Found<'a>, object: TypeDefId, ty: TypeDefId) -> OutValue {
        let field = found.field;
        if field.name == "__typename" {
            let known = self.supergraph.ty(ty).possible.single();
            return known.map_or(OutValue::Typename, OutValue::StaticTypename);
        }
        if field.name.starts_with("__") {
            return OutValue::Introspection;
        }
        let types: SetId = self.arena.set(&TypeSet::one(object));
        let keys = self.keys_of(Found { types, ..found });
        OutValue::Key(keys[0].0)
    }

    /// The field's type as the object type declares it.
    fn type_of(&self, object: TypeDefId, found: Found<'_>) -> TypeExpr {
        let declared = self.supergraph.name_id(&found.field.name).and_then(|name| {
            let own = self.supergraph.field(object, name);
            own.or_else(|| self.supergraph.field(found.owner, name))
        });
        declared.map_or_else(|| TypeExpr { nullable: vec![false], named: object }, |field| field.ty.clone())
    }

    fn out_field(
        &mut self,
        key: &str,
        types: Option<TypeSet>,
        part: Part<'a>,
        out: &mut Output,
    ) -> Result<OutField, RequestError> {
        let conds: Vec<CondId> = part.found.iter().map(|found| found.cond).collect();
        let mut cond = conds[0];
        for other in &conds[1..] {
            cond = self.arena.conditions.or(cond, *other);
        }
        let field = part.found[0].field;
        let ty = part.ty;
        let mut below = None;
        if matches!(part.value, OutValue::Key(_)) && !field.selection_set.selections.is_empty() {
            let occurrences = self.below(&part.found)?;
            below = Some(self.output(ty.named, &occurrences, false, out)?);
        }
        let coordinate = format!("{}.{}", self.supergraph.ty(part.owner).name, field.name);
        Ok(OutField { key: key.to_owned(), value: part.value, types, cond, ty, below, coordinate })
    }
}
