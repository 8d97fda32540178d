//! `@inaccessible`: what clients see must make sense without what they do not see.

use apollo_compiler::Name;
use apollo_compiler::ast::Value;

use super::super::code;
use super::super::merge::supergraph::{MergedField, MergedInput, MergedType, Supergraph};
use super::super::model::{Applied, At, Carried, Kind, Subgraph, has};
use super::super::report::{Location, Report};

/// Checks the visible part of the merged schema.
pub(super) fn check(supergraph: &Supergraph, subgraphs: &[Subgraph], report: &mut Report) {
    let mut check = Check { supergraph, subgraphs, report };
    if supergraph.types.get("Query").is_some_and(|query| hidden(&query.applied)) {
        let places = check.places("Query", None);
        let message = "Type \"Query\" is @inaccessible, but it is the query root";
        check.report.error(code::QUERY_ROOT_TYPE_INACCESSIBLE, message, places);
    }
    check.directive_definitions();
    for ty in supergraph.types.values().filter(|ty| !hidden(&ty.applied)) {
        check.children(ty);
        for field in ty.fields.values().filter(|field| !hidden(&field.applied)) {
            check.field(ty, field);
        }
        for input in ty.inputs.values() {
            check.input(ty, &input.name, &format!("input field \"{}.{}\"", ty.name, input.name), input);
        }
    }
}

struct Check<'a> {
    supergraph: &'a Supergraph,
    subgraphs: &'a [Subgraph],
    report: &'a mut Report,
}

impl Check<'_> {
    fn error(&mut self, code: &'static str, message: String, ty: &str, member: Option<&str>) {
        let places = self.places(ty, member);
        self.report.error(code, message, places);
    }

    fn is_hidden(&self, ty: &str) -> bool {
        self.supergraph.types.get(ty).is_some_and(|ty| hidden(&ty.applied))
    }

    /// Something must be left of a visible type.
    fn children(&mut self, ty: &MergedType) {
        let children: Vec<bool> = match ty.kind {
            Kind::Object | Kind::Interface => {
                ty.fields.values().map(|field| hidden(&field.applied)).collect()
            }
            Kind::Input => ty.inputs.values().map(|input| hidden(&input.applied)).collect(),
            Kind::Enum => ty.values.values().map(|value| hidden(&value.applied)).collect(),
            Kind::Union => ty.members.keys().map(|member| self.is_hidden(member)).collect(),
            Kind::Scalar => return,
        };
        if !children.is_empty() && children.iter().all(|hidden| *hidden) {
            let message = format!("Type \"{}\" is visible, but everything in it is @inaccessible", ty.name);
            self.error(code::ONLY_INACCESSIBLE_CHILDREN, message, &ty.name, None);
        }
    }

    fn field(&mut self, ty: &MergedType, field: &MergedField) {
        let coordinate = format!("{}.{}", ty.name, field.name);
        let target = field.ty.inner_named_type();
        if self.is_hidden(target) {
            let message =
                format!("Field \"{coordinate}\" is visible, but its type \"{target}\" is @inaccessible");
            self.error(code::REFERENCED_INACCESSIBLE, message, &ty.name, Some(&field.name));
        }
        for argument in field.args.values() {
            let what = format!("argument \"{coordinate}({}:)\"", argument.name);
            self.input(ty, &field.name, &what, argument);
        }
        let supergraph = self.supergraph;
        let interfaces = ty.implements.keys().filter_map(|name| supergraph.types.get(name));
        for interface in interfaces.filter(|interface| !hidden(&interface.applied)) {
            let declared = interface.fields.get(&field.name).filter(|declared| !hidden(&declared.applied));
            self.implementing_arguments(&coordinate, ty, field, declared);
        }
        self.hidden_implementations(ty, field);
    }

    /// A visible field of a visible interface needs visible implementations.
    fn hidden_implementations(&mut self, ty: &MergedType, field: &MergedField) {
        if ty.kind != Kind::Interface {
            return;
        }
        let supergraph = self.supergraph;
        let implementations =
            supergraph.types.values().filter(|other| other.implements.contains_key(&ty.name));
        for implementation in implementations.filter(|other| !hidden(&other.applied)) {
            if implementation.fields.get(&field.name).is_some_and(|field| hidden(&field.applied)) {
                let message = format!(
                    "Field \"{}.{}\" is @inaccessible but implements the visible \"{}.{}\"",
                    implementation.name, field.name, ty.name, field.name
                );
                self.error(
                    code::IMPLEMENTED_BY_INACCESSIBLE,
                    message,
                    &implementation.name,
                    Some(&field.name),
                );
            }
        }
    }

    fn implementing_arguments(
        &mut self,
        coordinate: &str,
        ty: &MergedType,
        field: &MergedField,
        declared: Option<&MergedField>,
    ) {
        let Some(declared) = declared else { return };
        for argument in field.args.values().filter(|argument| hidden(&argument.applied)) {
            if declared.args.get(&argument.name).is_some_and(|declared| !hidden(&declared.applied)) {
                let message = format!(
                    "Argument \"{coordinate}({}:)\" is @inaccessible but implements a visible one",
                    argument.name
                );
                self.error(code::IMPLEMENTED_BY_INACCESSIBLE, message, &ty.name, Some(&field.name));
            }
        }
    }

    fn input(&mut self, ty: &MergedType, member: &Name, what: &str, input: &MergedInput) {
        if hidden(&input.applied) {
            if input.is_required() {
                let message = format!("The {what} is @inaccessible but required");
                self.error(code::REQUIRED_INACCESSIBLE, message, &ty.name, Some(member));
            }
            return;
        }
        let target = input.ty.inner_named_type();
        if self.is_hidden(target) {
            let message = format!("The {what} is visible, but its type \"{target}\" is @inaccessible");
            self.error(code::REFERENCED_INACCESSIBLE, message, &ty.name, Some(member));
            return;
        }
        if let Some(used) = input.default.as_ref().and_then(|default| self.hidden_in_value(target, default)) {
            let message = format!("The default of the {what} uses {used}, which is @inaccessible");
            self.error(code::DEFAULT_VALUE_USES_INACCESSIBLE, message, &ty.name, Some(member));
        }
    }

    /// Something in a value that clients do not see.
    fn hidden_in_value(&self, ty: &str, value: &Value) -> Option<String> {
        let ty = self.supergraph.types.get(ty)?;
        match value {
            Value::List(items) => items.iter().find_map(|item| self.hidden_in_value(&ty.name, item)),
            Value::Enum(name) => {
                let found = ty.values.get(name).filter(|value| hidden(&value.applied));
                found.map(|_| format!("value \"{}.{name}\"", ty.name))
            }
            Value::Object(fields) => fields.iter().find_map(|(name, value)| {
                let field = ty.inputs.get(name)?;
                if hidden(&field.applied) {
                    return Some(format!("input field \"{}.{name}\"", ty.name));
                }
                self.hidden_in_value(field.ty.inner_named_type(), value)
            }),
            _ => None,
        }
    }

    /// Arguments of directives are part of what clients write.
    fn directive_definitions(&mut self) {
        for definition in &self.supergraph.directives {
            for argument in &definition.arguments {
                let target = argument.ty.inner_named_type();
                if self.is_hidden(target) {
                    let message = format!(
                        "Argument \"@{}({}:)\" is visible, but its type \"{target}\" is @inaccessible",
                        definition.name, argument.name
                    );
                    let places = self.places(target, None);
                    self.report.error(code::REFERENCED_INACCESSIBLE, message, places);
                }
                if argument.directives.has("inaccessible") {
                    let message = format!(
                        "Argument \"@{}({}:)\" cannot be @inaccessible: it belongs to a directive",
                        definition.name, argument.name
                    );
                    let places: Vec<Location> = self
                        .subgraphs
                        .iter()
                        .filter_map(|subgraph| {
                            let own = subgraph.directives.get(&definition.name)?;
                            subgraph.location(own.name.location())
                        })
                        .collect();
                    self.report.error(code::DISALLOWED_INACCESSIBLE, message, places);
                }
            }
        }
    }

    /// Where subgraphs declare a type or one of its members.
    fn places(&self, ty: &str, member: Option<&str>) -> Vec<Location> {
        let at = |subgraph: &Subgraph| -> Option<At> {
            let ty = subgraph.types.get(ty)?;
            let Some(member) = member else { return Some(ty.at) };
            let field = ty.fields.get(member).map(|field| field.at);
            field.or_else(|| ty.inputs.get(member).map(|input| input.at))
        };
        self.subgraphs.iter().filter_map(|subgraph| subgraph.location(at(subgraph)?)).collect()
    }
}

fn hidden(applied: &[Applied]) -> bool {
    has(applied, &Carried::Inaccessible)
}
