//! Default values of enums that are written as strings, as some servers do, become the values they mean.

use apollo_compiler::ast::{Type, Value};
use apollo_compiler::{Name, Node};
use indexmap::IndexMap;

use super::super::model::{InputDef, Subgraph, TypeDef};

/// Corrects the defaults of all arguments and input fields.
pub(super) fn correct(subgraph: &mut Subgraph) {
    let mut corrected = Vec::new();
    for ty in subgraph.types.values() {
        for field in ty.fields.values() {
            for argument in field.args.values() {
                if let Some(value) = correct_input(&subgraph.types, argument) {
                    corrected.push((ty.name.clone(), Some(field.name.clone()), argument.name.clone(), value));
                }
            }
        }
        for input in ty.inputs.values() {
            if let Some(value) = correct_input(&subgraph.types, input) {
                corrected.push((ty.name.clone(), None, input.name.clone(), value));
            }
        }
    }
    for (ty, field, input, value) in corrected {
        let Some(ty) = subgraph.types.get_mut(&ty) else { continue };
        let input = match field {
            Some(field) => ty.fields.get_mut(&field).and_then(|field| field.args.get_mut(&input)),
            None => ty.inputs.get_mut(&input),
        };
        if let Some(input) = input {
            input.default = Some(value);
        }
    }
}

fn correct_input(types: &IndexMap<Name, TypeDef>, input: &InputDef) -> Option<Node<Value>> {
    let default = input.default.as_ref()?;
    let corrected = correct_value(types, &input.ty, default);
    (corrected != *default).then_some(corrected)
}

fn correct_value(types: &IndexMap<Name, TypeDef>, ty: &Type, value: &Node<Value>) -> Node<Value> {
    let Some(named) = types.get(ty.inner_named_type()) else { return value.clone() };
    match &**value {
        Value::String(text) => match named.values.get_key_value(text.as_str()) {
            Some((name, _)) => value.same_location(Value::Enum(name.clone())),
            None => value.clone(),
        },
        Value::List(items) => {
            let items = items.iter().map(|item| correct_value(types, ty, item)).collect();
            value.same_location(Value::List(items))
        }
        Value::Object(fields) => {
            let corrected = fields.iter().map(|(name, value)| {
                let input = named.inputs.get(name);
                let value =
                    input.map_or_else(|| value.clone(), |input| correct_value(types, &input.ty, value));
                (name.clone(), value)
            });
            value.same_location(Value::Object(corrected.collect()))
        }
        _ => value.clone(),
    }
}
