//! An object as one subgraph sees it.

use super::{Effects, FAULT, REFUSED, representation};
use crate::facts::{Coordinate, Facts};
use crate::world::{Data, Object, World};
use apollo_compiler::ast::Selection;
use apollo_compiler::resolvers::{FieldError, ObjectValue, ResolveInfo, ResolvedValue};
use serde_json::Value;
use std::sync::Arc;

/// An object as one subgraph sees it.
pub(super) struct SubgraphObject<'w> {
    pub world: &'w World,
    pub subgraph: usize,
    /// The type's name in this subgraph.
    pub type_name: String,
    pub object: Object,
    /// The representation that it was made from.
    pub given: Option<Arc<Value>>,
    /// Fields that are provided here although they are external.
    pub provided: Vec<Selection>,
    /// Where mutations are noted.
    pub effects: &'w Effects,
}

impl<'w> SubgraphObject<'w> {
    pub(super) fn root(world: &'w World, effects: &'w Effects, subgraph: usize, type_name: &str) -> Self {
        let object = world.root(world.subgraphs[subgraph].canonical(type_name));
        Self {
            world,
            subgraph,
            type_name: type_name.to_owned(),
            object,
            given: None,
            provided: Vec::new(),
            effects,
        }
    }

    fn facts(&self) -> &'w Facts {
        &self.world.subgraphs[self.subgraph]
    }

    /// The selections below a field in what is provided here and in the keys of the type.
    fn provided_below(&self, field: &str) -> Option<Vec<Selection>> {
        let facts = self.facts();
        let keys = facts.keys.get(&self.type_name).into_iter().flatten().map(|key| &key.fields);
        let mut found = None;
        for selections in keys.chain([&self.provided]) {
            self.find_below(selections, field, &mut found);
        }
        found
    }

    fn find_below(&self, selections: &[Selection], field: &str, found: &mut Option<Vec<Selection>>) {
        for selection in selections {
            match selection {
                Selection::Field(selected) if selected.name == field => {
                    found.get_or_insert_default().extend(selected.selection_set.iter().cloned());
                }
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.type_condition.as_ref();
                    if condition.is_none_or(|name| self.world.is_a(&self.object.type_name, name)) {
                        self.find_below(&fragment.selection_set, field, found);
                    }
                }
                _ => {}
            }
        }
    }

    /// Refuses fields that this subgraph has but may not be asked for here.
    fn check(&self, coordinate: &Coordinate, provided: bool) -> Result<(), String> {
        if provided {
            return Ok(());
        }
        let facts = self.facts();
        if facts.external.contains(coordinate) {
            return Err(format!("{}.{} is external here", coordinate.0, coordinate.1));
        }
        let overridden = self.world.subgraphs.iter().any(|other| {
            other
                .overrides
                .get(coordinate)
                .is_some_and(|(from, label)| *from == facts.name && label.is_none())
        });
        if overridden {
            return Err(format!("{}.{} is overridden by another subgraph", coordinate.0, coordinate.1));
        }
        Ok(())
    }

    fn resolve(&self, field: &str, arguments: &Value) -> Result<ResolvedValue<'w>, String> {
        let facts = self.facts();
        let coordinate = (self.type_name.clone(), field.to_owned());
        let below = self.provided_below(field);
        self.check(&coordinate, below.is_some())?;
        self.effects.note(&self.object, field, arguments);
        let required = match facts.requires.get(&coordinate) {
            Some(_) if below.is_some() => self.world.required(&self.object, field),
            Some(fields) => {
                let given = self.given.as_ref().ok_or_else(|| format!("{field} needs a representation"))?;
                Some(self.world.restrict(given, fields)?)
            }
            None => self.world.required(&self.object, field),
        };
        let data = self.world.field(&self.object, field, arguments, required.as_ref());
        let data = data.ok_or_else(|| format!("no data for {}.{field}", self.object.type_name))?;
        if data == Data::Failed {
            return Err(FAULT.to_owned());
        }
        let mut provided = below.unwrap_or_default();
        provided.extend(facts.provides.get(&coordinate).into_iter().flatten().cloned());
        Ok(self.resolved(data, &provided))
    }

    fn resolved(&self, data: Data, provided: &[Selection]) -> ResolvedValue<'w> {
        match data {
            Data::Null | Data::Failed => ResolvedValue::null(),
            Data::Leaf(value) => ResolvedValue::leaf(super::monolith::leaf(value)),
            Data::List(items) => {
                let items: Vec<_> = items.into_iter().map(|item| self.resolved(item, provided)).collect();
                ResolvedValue::list(items)
            }
            Data::Object(object) => ResolvedValue::object(SubgraphObject {
                world: self.world,
                subgraph: self.subgraph,
                type_name: representation::local_type(self.world, self.facts(), &object.type_name),
                object,
                given: None,
                provided: provided.to_vec(),
                effects: self.effects,
            }),
        }
    }

    fn entities(&self, arguments: &Value) -> Result<ResolvedValue<'w>, String> {
        let representations =
            arguments.get("representations").and_then(Value::as_array).ok_or("no representations")?;
        let mut entities = Vec::with_capacity(representations.len());
        for given in representations {
            let found = representation::find(self.world, self.facts(), given)
                .map_err(|problem| format!("{problem} in the representation {given}"))?;
            if self.world.is_ghost(&found) {
                entities.push(ResolvedValue::null());
                continue;
            }
            entities.push(ResolvedValue::object(SubgraphObject {
                world: self.world,
                subgraph: self.subgraph,
                type_name: representation::local_type(self.world, self.facts(), &found.type_name),
                object: found,
                given: Some(Arc::new(given.clone())),
                provided: Vec::new(),
                effects: self.effects,
            }));
        }
        Ok(ResolvedValue::list(entities))
    }
}

impl ObjectValue for SubgraphObject<'_> {
    fn type_name(&self) -> &str {
        &self.type_name
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Result<ResolvedValue<'a>, FieldError> {
        let arguments = super::monolith::arguments(info);
        let resolved = match info.field_name() {
            "_entities" => self.entities(&arguments),
            field => self.resolve(field, &arguments),
        };
        resolved.map_err(|problem| match problem.as_str() {
            FAULT => FieldError { message: problem },
            problem => FieldError { message: format!("{REFUSED}: {problem}") },
        })
    }
}
