//! Rules that one subgraph must keep by itself, and rules that only the merged schema can show.

mod access;
mod cost;
mod defaults;
mod field_sets;
mod fields;
mod inaccessible;
mod interfaces;
mod printed;
mod tags;
mod unsupported;

use super::code;
use super::merge::supergraph::Supergraph;
use super::model::{At, FieldDef, Subgraph, TypeDef};
use super::report::Report;

pub(super) use printed::printed;

/// Checks every subgraph by itself.
pub(super) fn subgraphs(subgraphs: &[Subgraph], report: &mut Report) {
    for subgraph in subgraphs {
        let mut rules = Rules { subgraph, report };
        rules.unsupported();
        rules.tags();
        for ty in subgraph.types.values() {
            rules.keys(ty);
            rules.interface_object(ty);
            rules.interface(ty);
            rules.access(ty);
            rules.shareable_type(ty);
            for field in ty.fields.values() {
                rules.field(ty, field);
                rules.cost(ty, field);
                for argument in field.args.values() {
                    let what = format!("argument \"{}({}:)\"", coordinate(ty, field), argument.name);
                    rules.default_value(&what, argument);
                }
            }
            for input in ty.inputs.values() {
                rules.default_value(&format!("input field \"{}.{}\"", ty.name, input.name), input);
            }
        }
    }
}

/// Checks the merged schema.
pub(super) fn supergraph(supergraph: &Supergraph, subgraphs: &[Subgraph], report: &mut Report) {
    interfaces::interface_objects(subgraphs, report);
    interfaces::interface_keys(supergraph, subgraphs, report);
    inaccessible::check(supergraph, subgraphs, report);
    access::requirements(supergraph, subgraphs, report);
}

/// The rules of one subgraph.
struct Rules<'a> {
    subgraph: &'a Subgraph,
    report: &'a mut Report,
}

impl Rules<'_> {
    fn error(&mut self, code: &'static str, message: impl std::fmt::Display, at: At) {
        let message = format!("In subgraph \"{}\": {message}", self.subgraph.name);
        self.report.error(code, message, self.subgraph.location(at));
    }

    fn keys(&mut self, ty: &TypeDef) {
        use super::model::{Kind, Version};
        for key in &ty.keys {
            if ty.kind == Kind::Interface && self.subgraph.version < Version::Two(3) {
                let message = format!("@key on interface \"{}\" needs Federation 2.3 or newer", ty.name);
                self.error(code::KEY_UNSUPPORTED_ON_INTERFACE, message, key.at);
                continue;
            }
            self.field_set(&field_sets::KEY, &format!("type \"{}\"", ty.name), ty, (&key.fields, key.at));
        }
    }

    fn shareable_type(&mut self, ty: &TypeDef) {
        for at in &ty.shareable_again {
            let message = format!("@shareable is twice on one declaration of type \"{}\"", ty.name);
            self.error(code::INVALID_SHAREABLE_USAGE, message, *at);
        }
    }
}

/// `Type.field`, for messages.
fn coordinate(ty: &TypeDef, field: &FieldDef) -> String {
    format!("{}.{}", ty.name, field.name)
}
