//! Access rules: how those of several places hold together, and how interfaces get theirs.
//!
//! Rules are not written on interfaces. What an interface gives is what its implementations give, so in the supergraph it has
//! the rules of all of them together, for routers that decide before they know an object's type.

use apollo_compiler::ast::Value;
use apollo_compiler::{Name, Node};
use indexmap::IndexMap;

use super::super::model::{Applied, Carried, Kind};
use super::applied::{Arguments, get};
use super::supergraph::{MergedType, Supergraph};

/// The directives that are access rules.
pub(in super::super) const RULES: [Carried; 3] =
    [Carried::Authenticated, Carried::RequiresScopes, Carried::Policy];

/// The rules that an interface gets, and those that its fields get.
type Given = (Name, Vec<Applied>, IndexMap<Name, Vec<Applied>>);

impl Supergraph {
    /// Gives every interface and its fields the rules of what implements them.
    pub(super) fn give_rules_to_interfaces(&mut self) {
        let mut given: Vec<Given> = Vec::new();
        for interface in self.types.values().filter(|ty| ty.kind == Kind::Interface) {
            let objects: Vec<&MergedType> =
                self.runtime_types(interface).into_iter().filter_map(|name| self.types.get(name)).collect();
            let own = together(objects.iter().map(|object| object.applied.as_slice()));
            let mut fields = IndexMap::new();
            for name in interface.fields.keys() {
                let implementations = objects.iter().filter_map(|object| object.fields.get(name));
                let rules = together(implementations.map(|field| field.applied.as_slice()));
                if !rules.is_empty() {
                    fields.insert(name.clone(), rules);
                }
            }
            if !own.is_empty() || !fields.is_empty() {
                given.push((interface.name.clone(), own, fields));
            }
        }
        for (name, own, fields) in given {
            let Some(interface) = self.types.get_mut(&name) else { continue };
            interface.applied.extend(own);
            for (name, rules) in fields {
                if let Some(field) = interface.fields.get_mut(&name) {
                    field.applied.extend(rules);
                }
            }
        }
    }
}

/// The rules of several places as one place would have them.
fn together<'a>(places: impl Iterator<Item = &'a [Applied]>) -> Vec<Applied> {
    let places: Vec<&[Applied]> = places.collect();
    let merged = |rule: &Carried| {
        let all = || places.iter().flat_map(|place| place.iter()).filter(|one| one.directive == *rule);
        let first = all().next()?;
        let arguments: Vec<&Arguments> = all().map(|one| &one.arguments).collect();
        let arguments = match rule {
            Carried::Authenticated => Arguments::new(),
            _ => all_rules(&arguments),
        };
        Some(Applied { arguments, at: None, ..first.clone() })
    };
    RULES.iter().filter_map(merged).collect()
}

/// Rules are alternatives of things that must all hold: the alternatives of one subgraph combine with those of another.
pub(super) fn all_rules(all: &[&Arguments]) -> Arguments {
    let Some((name, _)) = all.first().and_then(|arguments| arguments.first()) else { return Vec::new() };
    let mut alternatives: Vec<Vec<Node<Value>>> = vec![Vec::new()];
    for rules in all.iter().filter_map(|arguments| get(arguments, name)) {
        let mut combined: Vec<Vec<Node<Value>>> = Vec::new();
        for before in &alternatives {
            for rule in rules.as_list().unwrap_or_default() {
                let mut both = before.clone();
                for item in rule.as_list().unwrap_or_default() {
                    if !both.contains(item) {
                        both.push(item.clone());
                    }
                }
                combined.push(both);
            }
        }
        alternatives = without_stricter(combined);
    }
    let lists = alternatives.into_iter().map(|rule| Node::new(Value::List(rule))).collect();
    vec![(name.clone(), Node::new(Value::List(lists)))]
}

/// An alternative that asks for more than another one is never needed.
fn without_stricter(rules: Vec<Vec<Node<Value>>>) -> Vec<Vec<Node<Value>>> {
    let covers = |a: &Vec<Node<Value>>, b: &Vec<Node<Value>>| a.iter().all(|item| b.contains(item));
    let mut kept: Vec<Vec<Node<Value>>> = Vec::new();
    for rule in rules {
        if !kept.iter().any(|other| covers(other, &rule)) {
            kept.retain(|other| !covers(&rule, other));
            kept.push(rule);
        }
    }
    kept
}
