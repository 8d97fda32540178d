//! The plan's tables, filled as ids are met.

use crate::operation::arena::{Arena, SetId};
use crate::operation::conditions::CondId;
use crate::plan::data::{
    Condition, ConditionId, EnumId, Shape, ShapeId, ShapeValue, TypeId, TypeSet, TypeSetId, TypeSource,
};
use crate::supergraph::{Supergraph, TypeDefId, TypeSet as ModelSet};
use rustc_hash::FxHashMap;

/// Tables under construction.
#[derive(Default)]
pub(super) struct Tables {
    pub(super) types: Vec<String>,
    type_ids: FxHashMap<TypeDefId, TypeId>,
    pub(super) sets: Vec<TypeSet>,
    set_ids: FxHashMap<ModelSet, TypeSetId>,
    pub(super) conditions: Vec<Condition>,
    condition_ids: FxHashMap<CondId, ConditionId>,
    pub(super) condition_variables: Vec<String>,
    pub(super) enums: Vec<Vec<String>>,
    enum_ids: FxHashMap<TypeDefId, EnumId>,
    pub(super) shapes: Vec<Shape>,
}

impl Tables {
    /// The plan's id of an object type.
    pub(super) fn ty(&mut self, supergraph: &Supergraph, id: TypeDefId) -> TypeId {
        *self.type_ids.entry(id).or_insert_with(|| {
            self.types.push(supergraph.ty(id).name.clone());
            TypeId(self.types.len() as u32 - 1)
        })
    }

    /// The plan's id of a set of object types.
    pub(super) fn set(&mut self, supergraph: &Supergraph, set: &ModelSet) -> TypeSetId {
        if let Some(id) = self.set_ids.get(set) {
            return *id;
        }
        let mut words = Vec::new();
        for ty in set.iter() {
            let bit = self.ty(supergraph, ty).index();
            if words.len() <= bit / 64 {
                words.resize(bit / 64 + 1, 0u64);
            }
            words[bit / 64] |= 1 << (bit % 64);
        }
        self.sets.push(TypeSet { words });
        let id = TypeSetId(self.sets.len() as u32 - 1);
        self.set_ids.insert(set.clone(), id);
        id
    }

    /// The plan's id of an interned set.
    pub(super) fn interned_set(&mut self, supergraph: &Supergraph, arena: &Arena, set: SetId) -> TypeSetId {
        self.set(supergraph, arena.types(set))
    }

    /// The plan's id of a condition; `None` for "always".
    pub(super) fn condition(&mut self, arena: &Arena, id: CondId) -> Option<ConditionId> {
        if id == CondId::TRUE {
            return None;
        }
        if let Some(known) = self.condition_ids.get(&id) {
            return Some(*known);
        }
        let mut any = Vec::new();
        for all in arena.conditions.get(id) {
            let tests = all.iter().map(|(variable, wanted)| {
                let name = arena.conditions.variable(*variable);
                let known = self.condition_variables.iter().position(|known| known == name);
                let index = known.unwrap_or_else(|| {
                    self.condition_variables.push(name.to_owned());
                    self.condition_variables.len() - 1
                });
                (index as u32, *wanted)
            });
            any.push(tests.collect());
        }
        self.conditions.push(Condition { any });
        let new = ConditionId(self.conditions.len() as u32 - 1);
        self.condition_ids.insert(id, new);
        Some(new)
    }

    /// The plan's id of an enum.
    pub(super) fn enumeration(&mut self, supergraph: &Supergraph, id: TypeDefId) -> EnumId {
        *self.enum_ids.entry(id).or_insert_with(|| {
            self.enums.push(supergraph.ty(id).enum_values.clone());
            EnumId(self.enums.len() as u32 - 1)
        })
    }

    /// Adds a shape.
    pub(super) fn shape(&mut self, shape: Shape) -> ShapeId {
        self.shapes.push(shape);
        ShapeId(self.shapes.len() as u32 - 1)
    }
    /// Completes a shape by another one of the same document: where one of them reads a type, both do.
    pub(super) fn merge_shapes(&mut self, into: ShapeId, from: ShapeId) {
        let other = self.shapes[from.index()].clone();
        let shape = &mut self.shapes[into.index()];
        if shape.type_source == TypeSource::Unknown {
            shape.type_source = other.type_source;
        }
        let mut below = Vec::new();
        for field in other.fields {
            match shape.fields.iter().find(|known| known.key == field.key).map(|known| known.value) {
                Some(value) => below.push((value, field.value)),
                None => shape.fields.push(field),
            }
        }
        for pair in below {
            if let (ShapeValue::Object(into), ShapeValue::Object(from)) = pair {
                self.merge_shapes(into, from);
            }
        }
    }
}
