//! When two answers are the same.

use serde_json::Value;

/// JSON text with sorted keys: equal for answers that differ in the order of keys only.
pub fn canonical(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

fn write(value: &Value, text: &mut String) {
    match value {
        Value::Object(fields) => {
            let mut names: Vec<&String> = fields.keys().collect();
            names.sort();
            text.push('{');
            for (index, name) in names.into_iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                text.push_str(&Value::String(name.clone()).to_string());
                text.push(':');
                write(&fields[name], text);
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write(item, text);
            }
            text.push(']');
        }
        other => text.push_str(&other.to_string()),
    }
}

/// The first place where two answers differ, for people.
pub fn difference(expected: &Value, found: &Value) -> Option<String> {
    let at = first_difference(expected, found, String::new())?;
    Some(at)
}

fn first_difference(expected: &Value, found: &Value, path: String) -> Option<String> {
    match (expected, found) {
        (Value::Object(a), Value::Object(b)) => {
            for (name, value) in a {
                let path = format!("{path}.{name}");
                let Some(other) = b.get(name) else {
                    return Some(format!("{path}: missing, expected {value}"));
                };
                if let Some(difference) = first_difference(value, other, path) {
                    return Some(difference);
                }
            }
            let extra = b.keys().find(|name| !a.contains_key(*name))?;
            Some(format!("{path}.{extra}: not asked for, found {}", b[extra]))
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            let mut pairs = a.iter().zip(b).enumerate();
            pairs.find_map(|(index, (a, b))| first_difference(a, b, format!("{path}[{index}]")))
        }
        _ if canonical(expected) == canonical(found) => None,
        _ => Some(format!("{path}: expected {expected}, found {found}")),
    }
}
