//! A supergraph as a set of facts, so that two of them can be compared whatever their order and layout.

use std::collections::BTreeSet;

use apollo_compiler::ast::{
    Definition, Directive, DirectiveList, Document, FieldDefinition, InputValueDefinition, Value,
};
use apollo_compiler::{Name, Node};

/// Everything a supergraph says about its types, one sentence each; the fixed parts of the join spec left out.
pub(crate) fn facts(sdl: &str) -> BTreeSet<String> {
    let document = Document::parse(sdl, "supergraph").expect("the supergraph parses");
    let mut facts = BTreeSet::new();
    for definition in &document.definitions {
        add(definition, &mut facts);
    }
    facts
}

fn add(definition: &Definition, facts: &mut BTreeSet<String>) {
    if definition.name().is_some_and(|name| is_fixed(name)) {
        return;
    }
    match definition {
        Definition::SchemaDefinition(schema) => {
            for root in &schema.root_operations {
                facts.insert(format!("root {} is {}", root.0, root.1));
            }
            directives("schema", &schema.directives, facts);
        }
        Definition::DirectiveDefinition(directive) => {
            facts.insert(format!("directive @{}", directive.name));
        }
        Definition::ScalarTypeDefinition(ty) => {
            start("scalar", &ty.name, ty.description.as_ref(), &ty.directives, facts)
        }
        Definition::ObjectTypeDefinition(ty) => {
            start("type", &ty.name, ty.description.as_ref(), &ty.directives, facts);
            implements(&ty.name, &ty.implements_interfaces, facts);
            fields(&ty.name, &ty.fields, facts);
        }
        Definition::InterfaceTypeDefinition(ty) => {
            start("interface", &ty.name, ty.description.as_ref(), &ty.directives, facts);
            implements(&ty.name, &ty.implements_interfaces, facts);
            fields(&ty.name, &ty.fields, facts);
        }
        Definition::UnionTypeDefinition(ty) => {
            start("union", &ty.name, ty.description.as_ref(), &ty.directives, facts);
            facts.extend(ty.members.iter().map(|member| format!("{} may be {member}", ty.name)));
        }
        Definition::EnumTypeDefinition(ty) => {
            start("enum", &ty.name, ty.description.as_ref(), &ty.directives, facts);
            for value in &ty.values {
                let what = format!("{}.{}", ty.name, value.value);
                start("value", &what, value.description.as_ref(), &value.directives, facts);
            }
        }
        Definition::InputObjectTypeDefinition(ty) => {
            start("input", &ty.name, ty.description.as_ref(), &ty.directives, facts);
            for field in &ty.fields {
                input(&format!("{}.{}", ty.name, field.name), field, facts);
            }
        }
        other => panic!("a supergraph has no extensions or operations: {:?}", other.name()),
    }
}

fn is_fixed(name: &str) -> bool {
    (name.starts_with("join__") && name != "join__Graph") || name.starts_with("link__") || name == "link"
}

fn start(
    kind: &str,
    what: &str,
    description: Option<&Node<str>>,
    applied: &DirectiveList,
    facts: &mut BTreeSet<String>,
) {
    facts.insert(format!("{kind} {what}"));
    facts.extend(description.map(|text| format!("{what} is described as {:?}", text.as_str())));
    directives(what, applied, facts);
}

fn implements(what: &str, interfaces: &[Name], facts: &mut BTreeSet<String>) {
    facts.extend(interfaces.iter().map(|interface| format!("{what} implements {interface}")));
}

fn fields(what: &str, fields: &[Node<FieldDefinition>], facts: &mut BTreeSet<String>) {
    for field in fields {
        let what = format!("{what}.{}", field.name);
        start("field", &what, field.description.as_ref(), &field.directives, facts);
        facts.insert(format!("{what}: {}", field.ty));
        for argument in &field.arguments {
            input(&format!("{what}({}:)", argument.name), argument, facts);
        }
    }
}

fn input(what: &str, input: &InputValueDefinition, facts: &mut BTreeSet<String>) {
    start("input", what, input.description.as_ref(), &input.directives, facts);
    let default = input.default_value.as_ref().map_or_else(String::new, |value| format!(" = {value}"));
    facts.insert(format!("{what}: {}{default}", input.ty));
}

fn directives(what: &str, applied: &DirectiveList, facts: &mut BTreeSet<String>) {
    facts.extend(applied.0.iter().map(|directive| format!("{what} {}", directive_text(directive))));
}

/// A directive with its arguments in order, field sets on one line.
fn directive_text(directive: &Directive) -> String {
    let mut arguments: Vec<String> = directive
        .arguments
        .iter()
        .map(|argument| {
            let value = match &*argument.value {
                Value::String(text) => format!("{:?}", one_line(text)),
                other => other.to_string(),
            };
            format!("{}: {value}", argument.name)
        })
        .collect();
    arguments.sort();
    format!("@{}({})", directive.name, arguments.join(", "))
}

/// A field set with one space wherever there may be any.
fn one_line(text: &str) -> String {
    let spaced = text.replace('{', " { ").replace('}', " } ");
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}
