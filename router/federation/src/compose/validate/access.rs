//! Access rules: where they may stand, and that nobody sees through `@requires` what they could not ask for themselves.

use apollo_compiler::Node;
use apollo_compiler::ast::Value;

use super::super::code;
use super::super::field_set::{FieldSet, Selection};
use super::super::merge::access::RULES;
use super::super::merge::supergraph::{MergedField, MergedType, Supergraph};
use super::super::model::{Applied, Carried, Kind, Subgraph, TypeDef};
use super::super::report::Report;
use super::Rules;

impl Rules<'_> {
    /// Refuses rules on interfaces: they would not hold for whoever asks for an implementation.
    pub(super) fn access(&mut self, ty: &TypeDef) {
        if ty.merged_kind() != Kind::Interface {
            return;
        }
        let what = if ty.interface_object { "interface object" } else { "interface" };
        self.refuse_rules(&format!("{what} \"{}\"", ty.name), &ty.applied);
        for field in ty.fields.values() {
            self.refuse_rules(&format!("field \"{}.{}\" of an {what}", ty.name, field.name), &field.applied);
        }
    }

    fn refuse_rules(&mut self, what: &str, applied: &[Applied]) {
        for one in applied.iter().filter(|one| RULES.contains(&one.directive)) {
            let message = format!(
                "@{} cannot be used on {what}; put it on the objects that implement it",
                one.directive.name()
            );
            self.error(code::AUTH_REQUIREMENTS_APPLIED_ON_INTERFACE, message, one.at);
        }
    }
}

/// Checks that each field with `@requires` asks at least what the required fields ask.
pub(super) fn requirements(supergraph: &Supergraph, subgraphs: &[Subgraph], report: &mut Report) {
    for ty in supergraph.types.values().filter(|ty| ty.kind == Kind::Object) {
        for field in ty.fields.values() {
            for join in field.joins.iter().flatten().filter(|join| join.requires.is_some()) {
                let subgraph = &subgraphs[join.graph];
                let declared = subgraph.types.get(&ty.name).and_then(|ty| ty.fields.get(&field.name));
                let Some((set, at)) = declared.and_then(|field| field.requires.as_ref()) else { continue };
                let granted = [ty.applied.as_slice(), field.applied.as_slice()];
                if let Some(hidden) = (Reading { supergraph, granted }).hidden(ty, set.set()) {
                    let message = format!(
                        "In subgraph \"{}\": field \"{}.{}\" lacks access rules (@authenticated, @requiresScopes, @policy) \
                         of {hidden}, which its @requires reads",
                        subgraph.name, ty.name, field.name
                    );
                    report.error(code::MISSING_TRANSITIVE_AUTH_REQUIREMENTS, message, subgraph.location(*at));
                }
            }
        }
    }
}

/// What a field reads, and the rules that whoever asks for the field has met.
struct Reading<'a> {
    supergraph: &'a Supergraph,
    granted: [&'a [Applied]; 2],
}

impl Reading<'_> {
    /// The first thing in the set that somebody who may see the field may not see.
    fn hidden(&self, parent: &MergedType, set: &FieldSet) -> Option<String> {
        set.0.iter().find_map(|selection| match selection {
            Selection::Field { name, selections, .. } => {
                self.hidden_field(parent, parent.fields.get(name)?, selections)
            }
            Selection::Fragment { on: None, selections } => self.hidden(parent, selections),
            Selection::Fragment { on: Some(name), selections } => {
                let ty = self.supergraph.types.get(name)?;
                self.hidden_type(ty).or_else(|| self.hidden(ty, selections))
            }
        })
    }

    fn hidden_field(&self, parent: &MergedType, field: &MergedField, below: &FieldSet) -> Option<String> {
        if !self.may_see(&field.applied) {
            return Some(format!("field \"{}.{}\"", parent.name, field.name));
        }
        let ty = self.supergraph.types.get(field.ty.inner_named_type())?;
        self.hidden_type(ty).or_else(|| self.hidden(ty, below))
    }

    fn hidden_type(&self, ty: &MergedType) -> Option<String> {
        (!self.may_see(&ty.applied)).then(|| format!("type \"{}\"", ty.name))
    }

    fn may_see(&self, applied: &[Applied]) -> bool {
        let rules = applied.iter().filter(|one| RULES.contains(&one.directive));
        rules.into_iter().all(|rule| {
            let granted = self.granted.iter().flat_map(|place| place.iter());
            let mut same = granted.filter(|one| one.directive == rule.directive).peekable();
            match rule.directive {
                Carried::Authenticated => same.peek().is_some(),
                _ => implied(&same.map(alternatives).collect::<Vec<_>>(), alternatives(rule)),
            }
        })
    }
}

/// Whether everybody who meets all granted rules meets the wanted one, each a list of alternatives of things that must all
/// be there.
fn implied(granted: &[&[Node<Value>]], wanted: &[Node<Value>]) -> bool {
    let Some((first, rest)) = granted.split_first() else { return false };
    let met = |has: &[&Node<Value>]| {
        wanted.iter().any(|alternative| {
            alternative.as_list().unwrap_or_default().iter().all(|item| has.contains(&item))
        })
    };
    first.iter().all(|one| {
        let one: Vec<&Node<Value>> = one.as_list().unwrap_or_default().iter().collect();
        match rest.first() {
            None => met(&one),
            Some(second) => second.iter().all(|other| {
                let other = other.as_list().unwrap_or_default().iter();
                met(&one.iter().copied().chain(other).collect::<Vec<_>>())
            }),
        }
    })
}

fn alternatives(rule: &Applied) -> &[Node<Value>] {
    rule.arguments.first().and_then(|(_, value)| value.as_list()).unwrap_or_default()
}
