//! Ghosts: entities that one subgraph speaks of and no other knows (`_entities` answers null), as dangling references do.
//!
//! What a client then sees must not depend on the plan. So only such types have ghosts where every field has one home and
//! nothing is provided along a path, and only a field that one subgraph alone resolves may lead to one.

use super::model::FieldModel;
use super::{Object, POOL, World};

/// One in so many references to an entity that can be one is a ghost.
const GHOSTLY: u64 = 10;

/// The number of every type's ghost: behind the ordinary ones.
const NUMBER: u64 = POOL;

impl World {
    /// The ghost that a field of this model leads to at this seed, if any.
    pub(super) fn ghost(&self, type_name: &str, model: &FieldModel, seed: u64) -> Option<Object> {
        let home = model.home?;
        if !seed.is_multiple_of(GHOSTLY) || !self.may_be_ghost(type_name) {
            return None;
        }
        Some(Object { ghost_of: Some(home), ..self.object(type_name, NUMBER) })
    }

    /// Whether the field of a ghost cannot be resolved: it lives elsewhere, or needs the entity to be found by its key.
    pub(super) fn is_lost(&self, object: &Object, field: &str, model: &FieldModel) -> bool {
        let Some(home) = object.ghost_of else { return false };
        if self.is_identifying(&object.type_name, field) {
            return self.subgraphs[home].schema.type_field(&object.type_name, field).is_err();
        }
        model.home != Some(home) || model.requires.is_some()
    }

    /// Whether `_entities` finds nothing for this entity.
    pub(crate) fn is_ghost(&self, object: &Object) -> bool {
        self.may_be_ghost(&object.type_name) && object.identity == NUMBER
    }

    fn is_behind_interface_object(&self, type_name: &str) -> bool {
        self.subgraphs
            .iter()
            .flat_map(|facts| &facts.interface_objects)
            .any(|name| self.is_a(type_name, name))
    }

    fn may_be_ghost(&self, type_name: &str) -> bool {
        self.ghostly.contains(type_name)
    }

    /// The types that can have ghosts.
    pub(super) fn find_ghostly(&mut self) {
        if self.subgraphs.iter().any(|facts| !facts.provides.is_empty()) {
            return;
        }
        let plain = |type_name: &&String| {
            self.is_entity(type_name)
                && !self.singletons.contains(*type_name)
                && self.family_position(type_name).0 == 1
                && !self.is_behind_interface_object(type_name)
                && self.fields_of(type_name).all(|(field, model)| {
                    let leaf_key = model.types.is_none() && self.is_identifying(type_name, field);
                    leaf_key || (model.home.is_some() && !self.is_identifying(type_name, field))
                })
        };
        let mut ghostly: std::collections::BTreeSet<String> =
            self.entities.iter().filter(plain).cloned().collect();
        // An entity inside another's key has the number of the other, and is found with it.
        for (type_name, field) in &self.identifying {
            let types = self.field_model(type_name, field).and_then(|model| model.types.as_ref());
            for inner in types.into_iter().flatten() {
                ghostly.remove(inner);
            }
        }
        self.ghostly = ghostly;
    }
}
