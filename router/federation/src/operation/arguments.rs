//! Arguments as canonical text, so that equal arguments are equal strings.

use apollo_compiler::Node;
use apollo_compiler::ast::{Argument, Value};

/// `(a: 1, b: $x)` with the arguments sorted by name; empty without arguments.
pub(crate) fn canonical(arguments: &[Node<Argument>]) -> String {
    if arguments.is_empty() {
        return String::new();
    }
    let mut sorted: Vec<_> = arguments.iter().collect();
    sorted.sort_by(|a, b| a.name.cmp(&b.name));
    let mut text = String::from("(");
    for (i, argument) in sorted.into_iter().enumerate() {
        if i > 0 {
            text.push_str(", ");
        }
        text.push_str(&argument.name);
        text.push_str(": ");
        text.push_str(&value_text(&argument.value));
    }
    text.push(')');
    text
}

/// A value as GraphQL text on one line.
pub(crate) fn value_text(value: &Value) -> String {
    value.serialize().no_indent().to_string()
}

/// Calls `found` with the name of each variable in the value.
pub(crate) fn variables_of(value: &Value, found: &mut impl FnMut(&str)) {
    match value {
        Value::Variable(name) => found(name),
        Value::List(items) => items.iter().for_each(|item| variables_of(item, found)),
        Value::Object(fields) => fields.iter().for_each(|(_, field)| variables_of(field, found)),
        _ => {}
    }
}
