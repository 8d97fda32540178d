//! Printing: the merged schema as SDL in the join spec, everything sorted where order means nothing.

mod header;

use std::fmt::Write;

use apollo_compiler::ast::Value;
use apollo_compiler::{Name, Node};
use indexmap::IndexMap;

use super::merge::supergraph::{
    FieldJoin, MergedField, MergedInput, MergedType, MergedValue, Supergraph, TypeJoin,
};
use super::model::{Applied, Kind, Subgraph};

/// Writes the supergraph down.
pub(super) fn print(supergraph: &Supergraph, subgraphs: &[Subgraph]) -> String {
    let mut printer = Printer { subgraphs, out: String::new() };
    header::print(&mut printer, supergraph);
    let mut types: Vec<&MergedType> = supergraph.types.values().collect();
    types.sort_by(|a, b| a.name.cmp(&b.name));
    for ty in types {
        printer.ty(ty);
    }
    printer.out
}

/// Writing to a string cannot fail, so results of `write!` are not looked at.
struct Printer<'a> {
    subgraphs: &'a [Subgraph],
    out: String,
}

impl Printer<'_> {
    fn ty(&mut self, ty: &MergedType) {
        self.description("", ty.description.as_deref());
        let keyword = match ty.kind {
            Kind::Scalar => "scalar",
            Kind::Object => "type",
            Kind::Interface => "interface",
            Kind::Union => "union",
            Kind::Enum => "enum",
            Kind::Input => "input",
        };
        let _ = write!(self.out, "{keyword} {}", ty.name);
        for (index, interface) in ty.implements.keys().enumerate() {
            let _ = write!(self.out, "{}{interface}", if index == 0 { " implements " } else { " & " });
        }
        self.type_directives(ty);
        match ty.kind {
            Kind::Scalar => self.out.push('\n'),
            Kind::Union => {
                for (index, member) in ty.members.keys().enumerate() {
                    let _ = write!(self.out, "{}{member}", if index == 0 { "\n  = " } else { " | " });
                }
                self.out.push('\n');
            }
            Kind::Object | Kind::Interface => self.block(ty.fields.values(), Self::field),
            Kind::Input => self.block(ty.inputs.values(), Self::input_field),
            Kind::Enum => self.block(&ty.values, Self::value),
        }
        self.out.push('\n');
    }

    fn block<T>(&mut self, items: impl IntoIterator<Item = T>, print: fn(&mut Self, T)) {
        self.out.push_str("\n{\n");
        for item in items {
            print(self, item);
        }
        self.out.push_str("}\n");
    }

    fn type_directives(&mut self, ty: &MergedType) {
        let implements: Vec<(usize, &Name)> = ty
            .implements
            .iter()
            .flat_map(|(name, graphs)| graphs.iter().map(move |graph| (*graph, name)))
            .collect();
        for (graph, interface) in sorted(implements) {
            let graph = &self.subgraphs[graph].graph;
            let _ = write!(self.out, "\n  @join__implements(graph: {graph}, interface: \"{interface}\")");
        }
        for join in &ty.joins {
            self.type_join(join);
        }
        let members: Vec<(usize, &Name)> = ty
            .members
            .iter()
            .flat_map(|(name, graphs)| graphs.iter().map(move |graph| (*graph, name)))
            .collect();
        for (graph, member) in sorted(members) {
            let graph = &self.subgraphs[graph].graph;
            let _ = write!(self.out, "\n  @join__unionMember(graph: {graph}, member: \"{member}\")");
        }
        self.applied(&ty.applied, "\n  ");
    }

    fn type_join(&mut self, join: &TypeJoin) {
        let _ = write!(self.out, "\n  @join__type(graph: {}", self.subgraphs[join.graph].graph);
        if let Some(key) = &join.key {
            let _ = write!(self.out, ", key: {}", string(key));
        }
        for (is, text) in [
            (join.extension, ", extension: true"),
            (!join.resolvable, ", resolvable: false"),
            (join.interface_object, ", isInterfaceObject: true"),
        ] {
            if is {
                self.out.push_str(text);
            }
        }
        self.out.push(')');
    }

    fn field(&mut self, field: &MergedField) {
        self.description("  ", field.description.as_deref());
        let _ = write!(self.out, "  {}", field.name);
        self.arguments(&field.args);
        let _ = write!(self.out, ": {}", field.ty);
        self.field_joins(field.joins.as_deref());
        self.applied(&field.applied, " ");
        self.out.push('\n');
    }

    fn arguments(&mut self, arguments: &IndexMap<Name, MergedInput>) {
        if arguments.is_empty() {
            return;
        }
        let described = arguments.values().any(|argument| argument.description.is_some());
        self.out.push('(');
        for (index, argument) in arguments.values().enumerate() {
            if described {
                self.out.push('\n');
                self.description("    ", argument.description.as_deref());
                self.out.push_str("    ");
            } else if index > 0 {
                self.out.push_str(", ");
            }
            self.input(argument);
        }
        self.out.push_str(if described { "\n  )" } else { ")" });
    }

    fn input(&mut self, input: &MergedInput) {
        let _ = write!(self.out, "{}: {}", input.name, input.ty);
        if let Some(default) = &input.default {
            let _ = write!(self.out, " = {}", literal(default));
        }
        self.field_joins(input.joins.as_deref());
        self.applied(&input.applied, " ");
    }

    fn input_field(&mut self, input: &MergedInput) {
        self.description("  ", input.description.as_deref());
        self.out.push_str("  ");
        self.input(input);
        self.out.push('\n');
    }

    fn value(&mut self, (name, value): (&Name, &MergedValue)) {
        self.description("  ", value.description.as_deref());
        let _ = write!(self.out, "  {name}");
        for graph in &value.graphs {
            let _ = write!(self.out, " @join__enumValue(graph: {})", self.subgraphs[*graph].graph);
        }
        self.applied(&value.applied, " ");
        self.out.push('\n');
    }

    fn field_joins(&mut self, joins: Option<&[FieldJoin]>) {
        match joins {
            None => {}
            Some([]) => self.out.push_str(" @join__field"),
            Some(joins) => joins.iter().for_each(|join| self.field_join(join)),
        }
    }

    fn field_join(&mut self, join: &FieldJoin) {
        let _ = write!(self.out, " @join__field(graph: {}", self.subgraphs[join.graph].graph);
        for (name, value) in [
            ("requires", &join.requires),
            ("provides", &join.provides),
            ("type", &join.ty),
            ("override", &join.overrides),
            ("overrideLabel", &join.label),
        ] {
            if let Some(value) = value {
                let _ = write!(self.out, ", {name}: {}", string(value));
            }
        }
        for (is, text) in
            [(join.external, ", external: true"), (join.used_overridden, ", usedOverridden: true")]
        {
            if is {
                self.out.push_str(text);
            }
        }
        self.out.push(')');
    }

    fn applied(&mut self, applied: &[Applied], before: &str) {
        for one in applied {
            let _ = write!(self.out, "{before}@{}", one.directive.name());
            for (index, (name, value)) in one.arguments.iter().enumerate() {
                let open = if index == 0 { "(" } else { ", " };
                let _ = write!(self.out, "{open}{name}: {}", literal(value));
            }
            if !one.arguments.is_empty() {
                self.out.push(')');
            }
        }
    }

    /// A block string, or a quoted one when the text would not survive as a block.
    fn description(&mut self, indent: &str, text: Option<&str>) {
        let Some(text) = text else { return };
        let survives = text == text.trim()
            && !text.contains("\"\"\"")
            && text.chars().all(|c| matches!(c, '\n' | '\t') || !c.is_control());
        if !survives {
            let _ = writeln!(self.out, "{indent}{}", string(text));
            return;
        }
        let _ = writeln!(self.out, "{indent}\"\"\"");
        for line in text.lines() {
            let _ = if line.is_empty() { writeln!(self.out) } else { writeln!(self.out, "{indent}{line}") };
        }
        let _ = writeln!(self.out, "{indent}\"\"\"");
    }
}

fn sorted<T: Ord>(mut items: Vec<T>) -> Vec<T> {
    items.sort();
    items
}

/// A value as a literal on one line.
fn literal(value: &Node<Value>) -> String {
    value.serialize().no_indent().to_string()
}

/// A text as a GraphQL string literal.
fn string(text: &str) -> String {
    Value::String(text.to_owned()).serialize().no_indent().to_string()
}
