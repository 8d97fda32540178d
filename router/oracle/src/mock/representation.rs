//! Which entity a representation speaks of.

use crate::facts::Facts;
use crate::world::{Object, World};
use apollo_compiler::ast::Selection;
use serde_json::Value;

/// Identities up to here are searched; the pool and what keys derive from it is far smaller.
const SEARCHED: u64 = 400;

/// What a subgraph calls a type of the supergraph: its own name, or that of the interface object which stands for it.
pub(super) fn local_type(world: &World, facts: &Facts, type_name: &str) -> String {
    if facts.schema.get_object(type_name).is_some() {
        return type_name.to_owned();
    }
    let stands_for = |name: &&String| world.is_a(type_name, name);
    facts.interface_objects.iter().find(stands_for).cloned().unwrap_or_else(|| {
        let root = facts.roots.iter().find(|(_, canonical)| *canonical == type_name);
        root.map_or_else(|| type_name.to_owned(), |(name, _)| name.clone())
    })
}

/// The entity that the representation stands for. The error says why there is none, or what should not have been sent.
pub(super) fn find(world: &World, facts: &Facts, given: &Value) -> Result<Object, String> {
    let fields = given.as_object().ok_or("no object")?;
    let type_name = fields.get("__typename").and_then(Value::as_str).ok_or("no __typename")?;
    let keys = facts.keys.get(type_name).ok_or_else(|| format!("{type_name} is no entity here"))?;
    let complete = |fields: &[Selection]| world.restrict(given, fields).ok().filter(|key| !has_null(key));
    let key = keys.iter().filter(|key| key.resolvable).find_map(|key| Some((key, complete(&key.fields)?)));
    let (key, value) = key.ok_or("no complete key")?;
    let types = world.possible(type_name);
    let mut candidates =
        (0..SEARCHED).flat_map(|number| types.iter().map(move |name| world.object(name, number)));
    let found = candidates.find(|object| world.project(object, &key.fields) == value);
    let found = found.ok_or("no such entity")?;
    for other in keys {
        let Some(value) = complete(&other.fields) else { continue };
        if world.project(&found, &other.fields) != value {
            return Err("keys of different entities".to_owned());
        }
    }
    only_known(world, facts, type_name, given)?;
    Ok(found)
}

/// A representation may hold the fields of keys and requirements and nothing else.
fn only_known(world: &World, facts: &Facts, type_name: &str, given: &Value) -> Result<(), String> {
    let keys = facts.keys.get(type_name).into_iter().flatten().flat_map(|key| key.fields.iter());
    let requires =
        facts.requires.iter().filter(|((name, _), _)| name == type_name || world.is_a(type_name, name));
    let allowed: Vec<&Selection> = keys.chain(requires.flat_map(|(_, fields)| fields.iter())).collect();
    known_below(given, &allowed)
}

fn known_below(given: &Value, allowed: &[&Selection]) -> Result<(), String> {
    match given {
        Value::Array(items) => items.iter().try_for_each(|item| known_below(item, allowed)),
        Value::Object(fields) if !allowed.is_empty() => fields.iter().try_for_each(|(name, value)| {
            if name == "__typename" {
                return Ok(());
            }
            let mut below = Vec::new();
            let known = select(allowed, name, &mut below);
            if !known {
                return Err(format!("field {name} was not asked for"));
            }
            known_below(value, &below)
        }),
        _ => Ok(()),
    }
}

fn select<'s>(allowed: &[&'s Selection], name: &str, below: &mut Vec<&'s Selection>) -> bool {
    let mut known = false;
    for selection in allowed {
        match selection {
            Selection::Field(field) if field.name == name => {
                known = true;
                below.extend(field.selection_set.iter());
            }
            Selection::InlineFragment(fragment) => {
                known |= select(&fragment.selection_set.iter().collect::<Vec<_>>(), name, below);
            }
            _ => {}
        }
    }
    known
}

fn has_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().any(has_null),
        Value::Object(fields) => fields.values().any(has_null),
        _ => false,
    }
}
