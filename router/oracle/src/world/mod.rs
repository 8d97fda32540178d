//! The one truth that all subgraphs and the monolith share: every value is a function of the object's identity, the field
//! and its arguments (and, under `@requires`, of the required values that were given).
//!
//! Identities of entities are small numbers, so that the same entity turns up at many places. Types that are seen through an
//! interface with a key form a *family* and share their numbers: number n is of the n-th member's type, so that a subgraph
//! which knows the interface only (an interface object) agrees with those that know the types. Values without a key have as
//! identity the hash of the path that leads to them.

mod data;
mod ghosts;
mod inputs;
mod leaf;
mod model;
mod project;

pub use data::{Data, Object};
pub use model::World;
pub(crate) use project::constant;

use model::FieldModel;
use serde_json::Value;

/// How many entities of each type turn up as values of fields.
const POOL: u64 = 5;

/// One in so many values that may be null fails to be resolved.
const FAILING: u64 = 25;

/// A hash that is the same on every machine.
pub fn hash(parts: &[&[u8]]) -> u64 {
    let mut state: u64 = 0xcbf2_9ce4_8422_2325;
    for part in parts {
        for byte in part.iter().chain(&[0xff]) {
            state = (state ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    mix(state)
}

/// Spreads a number over all bits.
pub(crate) fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl World {
    /// The value of a field. `arguments` is canonical JSON, `required` what the field requires, if it requires anything.
    pub fn field(
        &self,
        object: &Object,
        field: &str,
        arguments: &Value,
        required: Option<&Value>,
    ) -> Option<Data> {
        let model = self.field_model(&object.type_name, field)?;
        if self.is_lost(object, field, model) {
            return Some(Data::Null);
        }
        let arguments = self.arguments(model, arguments);
        let family = self.family_name(&object.type_name);
        let seed = hash(&[
            family.as_bytes(),
            &object.identity.to_le_bytes(),
            field.as_bytes(),
            arguments.as_bytes(),
            required.map(Value::to_string).unwrap_or_default().as_bytes(),
        ]);
        if self.is_identifying(&object.type_name, field) {
            return Some(self.identifying(model, object.identity, 0));
        }
        if model.nullable[0] && mix(seed ^ 8).is_multiple_of(FAILING) {
            return Some(Data::Failed);
        }
        Some(self.value(model, seed, 0))
    }

    /// An ordinary value: sometimes null where that is allowed, lists of none to three items.
    fn value(&self, model: &FieldModel, seed: u64, level: usize) -> Data {
        if model.nullable[level] && mix(seed ^ 1).is_multiple_of(8) {
            return Data::Null;
        }
        if level + 1 < model.nullable.len() {
            let length = mix(seed ^ 2) % 4;
            return Data::List(
                (0..length).map(|i| self.value(model, mix(seed ^ (i << 8) ^ 3), level + 1)).collect(),
            );
        }
        match &model.types {
            None => leaf::value(&model.leaf, mix(seed ^ 4)),
            Some(types) if types.is_empty() => Data::Null,
            Some(types) => {
                let type_name = &types[(mix(seed ^ 5) % types.len() as u64) as usize];
                if let Some(ghost) = self.ghost(type_name, model, mix(seed ^ 9)) {
                    return Data::Object(ghost);
                }
                let identity = if self.is_entity(type_name) { mix(seed ^ 6) % POOL } else { mix(seed ^ 7) };
                Data::Object(self.object(type_name, identity))
            }
        }
    }

    /// The value of a field that keys are made of: never null, and different for every identity.
    fn identifying(&self, model: &FieldModel, identity: u64, level: usize) -> Data {
        if level + 1 < model.nullable.len() {
            let item = |i| self.identifying(model, identity.wrapping_mul(2).wrapping_add(i), level + 1);
            return Data::List((0..2).map(item).collect());
        }
        match &model.types {
            None => leaf::identifying(&model.leaf, identity),
            Some(types) if types.is_empty() => Data::Null,
            Some(types) => {
                let type_name = &types[(identity % types.len() as u64) as usize];
                let identity = if self.is_entity(type_name) { identity } else { mix(identity) };
                Data::Object(self.object(type_name, identity))
            }
        }
    }

    /// The object of a type with a number; in a family the number is spread so that it tells the type.
    pub(crate) fn object(&self, type_name: &str, number: u64) -> Object {
        if self.singletons.contains(type_name) {
            return self.root(type_name);
        }
        let (members, index) = self.family_position(type_name);
        let identity = number.wrapping_mul(members).wrapping_add(index);
        Object { type_name: type_name.to_owned(), identity, ghost_of: None }
    }

    /// The root object of an operation type.
    pub fn root(&self, canonical_name: &str) -> Object {
        Object { type_name: canonical_name.to_owned(), identity: 0, ghost_of: None }
    }
}
