//! `@cost` and `@listSize`.

use apollo_compiler::Node;
use apollo_compiler::ast::Value;

use super::super::code;
use super::super::model::{Applied, Carried, FieldDef, Kind, TypeDef};
use super::{Rules, coordinate};

impl Rules<'_> {
    /// Checks the cost directives of one field.
    pub(super) fn cost(&mut self, ty: &TypeDef, field: &FieldDef) {
        for applied in &field.applied {
            match applied.directive {
                Carried::Cost if ty.kind == Kind::Interface => {
                    let message =
                        format!("@cost cannot be used on interface field \"{}\"", coordinate(ty, field));
                    self.error(code::COST_APPLIED_TO_INTERFACE_FIELD, message, applied.at);
                }
                Carried::ListSize => self.list_size(ty, field, applied),
                _ => {}
            }
        }
    }

    fn list_size(&mut self, ty: &TypeDef, field: &FieldDef, applied: &Applied) {
        let name = coordinate(ty, field);
        let sized = strings(applied, "sizedFields");
        if !field.ty.is_list() && sized.is_empty() {
            let message =
                format!("@listSize on field \"{name}\", which is no list and names no sized fields");
            self.error(code::LIST_SIZE_APPLIED_TO_NON_LIST, message, applied.at);
        }
        if argument(applied, "assumedSize").and_then(|size| size.to_i32()).is_some_and(|size| size < 0) {
            let message = format!("The assumed size on field \"{name}\" is negative");
            self.error(code::LIST_SIZE_INVALID_ASSUMED_SIZE, message, applied.at);
        }
        for slicing in strings(applied, "slicingArguments") {
            let problem = match field.args.get(slicing) {
                None => "does not exist",
                Some(argument) if !argument.ty.is_list() && argument.ty.inner_named_type() == "Int" => {
                    continue;
                }
                Some(_) => "is not an Int",
            };
            let message = format!("Slicing argument \"{slicing}\" of field \"{name}\" {problem}");
            self.error(code::LIST_SIZE_INVALID_SLICING_ARGUMENT, message, applied.at);
        }
        let target = self.subgraph.types.get(field.ty.inner_named_type());
        for sized in sized {
            let problem = match target.and_then(|target| target.fields.get(sized)) {
                None => "does not exist",
                Some(field) if field.ty.is_list() => continue,
                Some(_) => "is not a list",
            };
            let message = format!("Sized field \"{sized}\" of field \"{name}\" {problem}");
            self.error(code::LIST_SIZE_INVALID_SIZED_FIELD, message, applied.at);
        }
    }
}

fn argument<'a>(applied: &'a Applied, name: &str) -> Option<&'a Node<Value>> {
    applied.arguments.iter().find(|(argument, _)| argument == name).map(|(_, value)| value)
}

fn strings<'a>(applied: &'a Applied, name: &str) -> Vec<&'a str> {
    let list = argument(applied, name).and_then(|value| value.as_list()).unwrap_or_default();
    list.iter().filter_map(|value| value.as_str()).collect()
}
