//! What federation directives on fields may not do.

use super::super::code;
use super::super::model::{FieldDef, Kind, TypeDef};
use super::{Rules, coordinate, field_sets};

impl Rules<'_> {
    /// Checks the federation directives of one field.
    pub(super) fn field(&mut self, ty: &TypeDef, field: &FieldDef) {
        let name = coordinate(ty, field);
        if ty.kind == Kind::Interface {
            self.interface_field(&name, field);
            return;
        }
        if let Some(second) = field.shareable.get(1) {
            let message = format!("@shareable is twice on field \"{name}\"");
            self.error(code::INVALID_SHAREABLE_USAGE, message, *second);
        }
        if let (Some(at), "Subscription") = (field.shareable.first(), ty.name.as_str()) {
            let message =
                format!("Subscription \"{name}\" cannot be shared: one subgraph must send its events");
            self.error(code::INVALID_FIELD_SHARING, message, *at);
        }
        self.external(&name, field);
        if let Some((fields, at)) = &field.requires {
            self.field_set(&field_sets::REQUIRES, &format!("field \"{name}\""), ty, (fields, *at));
        }
        let Some((fields, at)) = &field.provides else { return };
        let target = self.subgraph.types.get(field.ty.inner_named_type());
        let target = target.filter(|ty| matches!(ty.kind, Kind::Object | Kind::Interface | Kind::Union));
        match target {
            Some(target) => {
                self.field_set(&field_sets::PROVIDES, &format!("field \"{name}\""), target, (fields, *at));
            }
            None => {
                let message =
                    format!("@provides on field \"{name}\", which returns {} and no object", field.ty);
                self.error(code::PROVIDES_ON_NON_OBJECT_FIELD, message, *at);
            }
        }
    }

    fn interface_field(&mut self, name: &str, field: &FieldDef) {
        let misplaced = [
            (field.external, "external", code::EXTERNAL_ON_INTERFACE),
            (field.requires.as_ref().map(|it| it.1), "requires", code::REQUIRES_UNSUPPORTED_ON_INTERFACE),
            (field.provides.as_ref().map(|it| it.1), "provides", code::PROVIDES_UNSUPPORTED_ON_INTERFACE),
            (field.shareable.first().copied(), "shareable", code::INVALID_SHAREABLE_USAGE),
            (field.overrides.as_ref().map(|it| it.at), "override", code::OVERRIDE_ON_INTERFACE),
        ];
        for (at, directive, code) in misplaced {
            if let Some(at) = at {
                let message = format!("@{directive} cannot be used on field \"{name}\" of an interface");
                self.error(code, message, at);
            }
        }
    }

    fn external(&mut self, name: &str, field: &FieldDef) {
        let Some(at) = field.external else { return };
        for (other, directive) in [(&field.requires, "requires"), (&field.provides, "provides")] {
            if other.is_some() {
                let message = format!("Field \"{name}\" cannot have both @external and @{directive}");
                self.error(code::EXTERNAL_COLLISION_WITH_ANOTHER_DIRECTIVE, message, at);
            }
        }
        if field.is_external() && !field.usage.used && !field.usage.interface {
            let message = format!(
                "Field \"{name}\" is marked @external but no @key, @requires, @provides or interface uses it; \
                 remove the field or its @external"
            );
            self.error(code::EXTERNAL_UNUSED, message, field.at);
        }
    }
}
