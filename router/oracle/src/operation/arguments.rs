//! Random values for arguments, as literals and as variables.

use apollo_compiler::ast::{self, Type, VariableDefinition};
use apollo_compiler::schema::{ExtendedType, InputValueDefinition};
use apollo_compiler::{Name, Node, Schema};
use fastrand::Rng;
use serde_json::{Map, Value};

/// Makes values, and keeps the variables that it made on the way.
pub(super) struct Values<'a> {
    pub schema: &'a Schema,
    pub rng: Rng,
    pub definitions: Vec<Node<VariableDefinition>>,
    pub variables: Map<String, Value>,
}

impl Values<'_> {
    /// Arguments for a field: all that it must have, some that it may have.
    pub(super) fn arguments(
        &mut self,
        definitions: &[Node<InputValueDefinition>],
    ) -> Vec<Node<ast::Argument>> {
        let mut arguments = Vec::new();
        for definition in definitions {
            if definition.is_required() || self.rng.bool() {
                let value = self.value(&definition.ty, definition.default_value.is_some(), 3);
                arguments.push(Node::new(ast::Argument { name: definition.name.clone(), value }));
            }
        }
        arguments
    }

    /// A literal or a new variable.
    fn value(&mut self, ty: &Type, has_default: bool, depth: usize) -> Node<ast::Value> {
        if self.rng.u8(0..10) < 3 {
            return self.variable(ty, has_default, depth);
        }
        self.literal(ty, depth, true)
    }

    fn variable(&mut self, ty: &Type, has_default: bool, depth: usize) -> Node<ast::Value> {
        let value = self.literal(ty, depth, false);
        let may_be_absent = !ty.is_non_null() || has_default;
        let default_value =
            (self.rng.u8(0..5) == 0).then(|| self.literal(&ty.clone().non_null(), depth, false));
        let absent = (may_be_absent || default_value.is_some()) && self.rng.u8(0..4) == 0;
        let ty = if !value.is_null() && !absent && self.rng.u8(0..4) == 0 {
            ty.clone().non_null()
        } else {
            ty.clone()
        };
        self.declare(ty, default_value, (!absent).then_some(value))
    }

    /// Declares a variable and gives it a value.
    pub(super) fn declare(
        &mut self,
        ty: Type,
        default_value: Option<Node<ast::Value>>,
        value: Option<Node<ast::Value>>,
    ) -> Node<ast::Value> {
        let name = name(&format!("v{}", self.definitions.len()));
        if let Some(value) = value {
            self.variables.insert(name.to_string(), crate::world::constant(&value));
        }
        let directives = ast::DirectiveList::new();
        self.definitions.push(Node::new(VariableDefinition {
            name: name.clone(),
            ty: Node::new(ty),
            default_value,
            directives,
        }));
        Node::new(ast::Value::Variable(name))
    }

    fn literal(&mut self, ty: &Type, depth: usize, variables: bool) -> Node<ast::Value> {
        if !ty.is_non_null() && (depth == 0 || self.rng.u8(0..8) == 0) {
            return Node::new(ast::Value::Null);
        }
        if ty.is_list() {
            let length = self.rng.usize(0..3);
            let item = |values: &mut Self| values.part(ty.item_type(), depth.saturating_sub(1), variables);
            return Node::new(ast::Value::List((0..length).map(|_| item(self)).collect()));
        }
        Node::new(self.named(ty.inner_named_type(), depth, variables))
    }

    /// A value inside another: a variable may stand there too.
    fn part(&mut self, ty: &Type, depth: usize, variables: bool) -> Node<ast::Value> {
        if variables && self.rng.u8(0..8) == 0 {
            self.variable(ty, false, depth)
        } else {
            self.literal(ty, depth, variables)
        }
    }

    fn named(&mut self, type_name: &str, depth: usize, variables: bool) -> ast::Value {
        let number = self.rng.i32(-3..100);
        match self.schema.types.get(type_name) {
            Some(ExtendedType::Enum(ty)) => {
                let values: Vec<&Name> = ty.values.keys().collect();
                ast::Value::Enum(values[self.rng.usize(0..values.len())].clone())
            }
            Some(ExtendedType::InputObject(ty)) => {
                let mut fields = Vec::new();
                for (name, field) in &ty.fields {
                    if field.is_required() || (depth > 0 && self.rng.bool()) {
                        fields.push((name.clone(), self.part(&field.ty, depth.saturating_sub(1), variables)));
                    }
                }
                ast::Value::Object(fields)
            }
            _ => match type_name {
                "Int" => ast::Value::Int(number.into()),
                "Float" => ast::Value::Float((f64::from(number) + 0.5).into()),
                "Boolean" => ast::Value::Boolean(number % 2 == 0),
                "ID" if number % 3 == 0 => ast::Value::Int(number.into()),
                _ => ast::Value::String(format!("t\"{number}é")),
            },
        }
    }
}

/// A name that is known to be one.
pub(super) fn name(text: &str) -> Name {
    Name::new_unchecked(text)
}
