//! Directives that the supergraph carries, applied to one element in several subgraphs.
//!
//! Repeatable ones are collected. Of others there is one: access rules are joined so that every subgraph's rule holds,
//! costs take the highest estimate, and anything else takes what most subgraphs say.

use apollo_compiler::ast::Value;
use apollo_compiler::{Name, Node};
use indexmap::IndexMap;

use super::super::code;
use super::super::model::{Applied, Carried};
use super::Merger;
use super::access::all_rules;
use super::supergraph::Graph;

pub(super) type Arguments = Vec<(Name, Node<Value>)>;

impl Merger<'_> {
    /// Merges what subgraphs apply to the element called `what`.
    pub(super) fn applied<'s>(
        &mut self,
        what: &str,
        sources: impl Iterator<Item = (Graph, &'s [Applied])>,
    ) -> Vec<Applied> {
        let mut groups: IndexMap<String, Vec<(Graph, &'s Applied)>> = IndexMap::new();
        for (graph, applied) in sources {
            for one in applied {
                groups.entry(one.directive.name().to_owned()).or_default().push((graph, one));
            }
        }
        groups.into_values().flat_map(|group| self.merge_group(what, &group)).collect()
    }

    fn merge_group(&mut self, what: &str, group: &[(Graph, &Applied)]) -> Vec<Applied> {
        let mut distinct: Vec<(&Applied, usize)> = Vec::new();
        for (_, applied) in group {
            let same =
                distinct.iter_mut().find(|(other, _)| same_arguments(&other.arguments, &applied.arguments));
            match same {
                Some((_, count)) => *count += 1,
                None => distinct.push((applied, 1)),
            }
        }
        let first = distinct[0].0;
        let repeatable = match &first.directive {
            Carried::Tag => true,
            Carried::Custom(name) => self.repeatable.contains(name),
            _ => false,
        };
        if repeatable {
            return distinct.into_iter().map(|(applied, _)| applied.clone()).collect();
        }
        if distinct.len() == 1 {
            return vec![first.clone()];
        }
        let all: Vec<&Arguments> = distinct.iter().map(|(applied, _)| &applied.arguments).collect();
        let merged = match first.directive {
            Carried::RequiresScopes | Carried::Policy => Some(all_rules(&all)),
            Carried::Cost => Some(highest_cost(&all)),
            Carried::ListSize => Some(widest_list(&all)),
            _ => None,
        };
        let (code, how) = match merged {
            Some(_) => (code::MERGED_NON_REPEATABLE_DIRECTIVE_ARGUMENTS, "they are merged"),
            None => {
                (code::INCONSISTENT_NON_REPEATABLE_DIRECTIVE_ARGUMENTS, "the most frequent ones are taken")
            }
        };
        let name = first.directive.name();
        let message = format!("@{name} has different arguments on {what} in different subgraphs: {how}");
        let places = self.places(group.iter().map(|(graph, applied)| (*graph, applied.at)));
        self.report.hint(code, message, places);
        let arguments = merged.unwrap_or_else(|| {
            let most = distinct.iter().map(|(_, count)| *count).max();
            let chosen = distinct.iter().find(|(_, count)| Some(*count) == most);
            chosen.map_or_else(Vec::new, |(applied, _)| applied.arguments.clone())
        });
        vec![Applied { arguments, ..first.clone() }]
    }
}

/// The same arguments in any order.
fn same_arguments(a: &Arguments, b: &Arguments) -> bool {
    a.len() == b.len() && a.iter().all(|argument| b.contains(argument))
}

pub(super) fn get<'a>(arguments: &'a Arguments, name: &str) -> Option<&'a Node<Value>> {
    arguments.iter().find(|(argument, _)| argument == name).map(|(_, value)| value)
}

fn highest_cost(all: &[&Arguments]) -> Arguments {
    let highest =
        all.iter().max_by_key(|arguments| get(arguments, "weight").and_then(|weight| weight.to_i32()));
    highest.map_or_else(Vec::new, |arguments| (*arguments).clone())
}

fn widest_list(all: &[&Arguments]) -> Arguments {
    let mut merged = Arguments::new();
    for (name, value) in all.iter().flat_map(|arguments| arguments.iter()) {
        match merged.iter_mut().find(|(other, _)| other == name) {
            None => merged.push((name.clone(), value.clone())),
            Some((_, before)) => *before = wider(before, value),
        }
    }
    merged
}

fn wider(a: &Node<Value>, b: &Node<Value>) -> Node<Value> {
    match (&**a, &**b) {
        (Value::Int(_), Value::Int(_)) => {
            if a.to_i32() >= b.to_i32() {
                a.clone()
            } else {
                b.clone()
            }
        }
        (Value::Boolean(left), Value::Boolean(right)) => Node::new(Value::Boolean(*left && *right)),
        (Value::List(left), Value::List(right)) => {
            let mut both = left.clone();
            both.extend(right.iter().filter(|item| !left.contains(item)).cloned());
            Node::new(Value::List(both))
        }
        _ => a.clone(),
    }
}
