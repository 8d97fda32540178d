//! Random operations over a schema: aliases, fragments, variables, directives, abstract types.

use super::Case;
use super::arguments::{Values, name};
use apollo_compiler::ast::{self, OperationType, Selection, Type};
use apollo_compiler::schema::{ExtendedType, FieldDefinition};
use apollo_compiler::validation::Valid;
use apollo_compiler::{Name, Node, Schema};
use fastrand::Rng;

/// A valid random operation; `None` when the attempts at that seed all failed.
pub fn generate(schema: &Valid<Schema>, seed: u64) -> Option<Case> {
    let mut rng = Rng::with_seed(seed);
    for _ in 0..30 {
        let case = attempt(schema, rng.fork());
        if case.as_ref().is_some_and(|case| case.validate(schema).is_some()) {
            return case;
        }
    }
    None
}

fn attempt(schema: &Valid<Schema>, mut rng: Rng) -> Option<Case> {
    let operation_type = match rng.u8(0..10) {
        0 => OperationType::Mutation,
        1 => OperationType::Subscription,
        _ => OperationType::Query,
    };
    let operation_type =
        if schema.root_operation(operation_type).is_some() { operation_type } else { OperationType::Query };
    let root = schema.root_operation(operation_type)?.clone();
    let depth = rng.usize(2..7);
    let budget = rng.usize(4..40);
    let values = Values { schema, rng, definitions: Vec::new(), variables: serde_json::Map::new() };
    let mut generator = Generator { schema, values, fragments: Vec::new(), aliases: 0, budget };
    let selection_set = if operation_type == OperationType::Subscription {
        // One root field, and it may not be conditional.
        let mut field = generator.field(&root, depth)?;
        if let Selection::Field(field) = &mut field {
            field.make_mut().directives.0.clear();
        }
        vec![field]
    } else {
        generator.selections(&root, depth)
    };
    let operation = ast::OperationDefinition {
        operation_type,
        name: generator.values.rng.bool().then(|| name("Random")),
        variables: generator.values.definitions,
        directives: ast::DirectiveList::new(),
        selection_set,
    };
    let mut document = ast::Document::new();
    document.definitions.push(ast::Definition::OperationDefinition(Node::new(operation)));
    document.definitions.extend(generator.fragments.into_iter().map(ast::Definition::FragmentDefinition));
    Some(Case { document, variables: generator.values.variables })
}

struct Generator<'a> {
    schema: &'a Valid<Schema>,
    values: Values<'a>,
    fragments: Vec<Node<ast::FragmentDefinition>>,
    aliases: usize,
    budget: usize,
}

impl Generator<'_> {
    fn selections(&mut self, type_name: &Name, depth: usize) -> Vec<Selection> {
        let wanted = self.values.rng.usize(1..5);
        let mut selections = Vec::new();
        for _ in 0..wanted {
            let selection = match self.values.rng.u8(0..20) {
                0 => Some(self.typename()),
                1 | 2 if depth > 0 => Some(self.fragment(type_name, depth)),
                3..=9 if depth > 0 && self.is_abstract(type_name) => Some(self.fragment(type_name, depth)),
                _ => self.field(type_name, depth),
            };
            selections.extend(selection);
        }
        if selections.is_empty() {
            selections.push(self.typename());
        }
        selections
    }

    fn is_abstract(&self, type_name: &str) -> bool {
        matches!(self.schema.types.get(type_name), Some(ExtendedType::Interface(_) | ExtendedType::Union(_)))
    }

    fn typename(&mut self) -> Selection {
        Selection::Field(Node::new(ast::Field {
            alias: self.alias(false),
            name: name("__typename"),
            arguments: Vec::new(),
            directives: self.directives(),
            selection_set: Vec::new(),
        }))
    }

    fn field(&mut self, type_name: &Name, depth: usize) -> Option<Selection> {
        let fields: Vec<(&Name, &FieldDefinition)> = match self.schema.types.get(type_name)? {
            ExtendedType::Object(ty) => ty.fields.iter().map(|(name, field)| (name, &***field)).collect(),
            ExtendedType::Interface(ty) => ty.fields.iter().map(|(name, field)| (name, &***field)).collect(),
            _ => return None,
        };
        let flat = depth == 0 || self.budget == 0;
        let is_leaf =
            |ty: &Type| self.schema.types.get(ty.inner_named_type()).is_some_and(ExtendedType::is_leaf);
        let fields: Vec<_> = fields.into_iter().filter(|(_, field)| !flat || is_leaf(&field.ty)).collect();
        if fields.is_empty() {
            return None;
        }
        let (field_name, definition) = fields[self.values.rng.usize(0..fields.len())];
        self.budget = self.budget.saturating_sub(1);
        let arguments = self.values.arguments(&definition.arguments);
        let leaf = is_leaf(&definition.ty);
        let selection_set =
            if leaf { Vec::new() } else { self.selections(definition.ty.inner_named_type(), depth - 1) };
        let alias = self.alias(!arguments.is_empty());
        let directives = self.directives();
        Some(Selection::Field(Node::new(ast::Field {
            alias,
            name: field_name.clone(),
            arguments,
            directives,
            selection_set,
        })))
    }

    /// Fields with arguments mostly get names of their own: with others of their name they would be no valid operation.
    fn alias(&mut self, has_arguments: bool) -> Option<Name> {
        let dice = self.values.rng.u8(0..20);
        let unique = has_arguments && dice > 3;
        self.aliases += 1;
        match dice {
            _ if unique => Some(name(&format!("a{}", self.aliases))),
            0 => Some(name(["id", "name", "a", "b", "key"][self.aliases % 5])),
            1 | 2 => Some(name(&format!("a{}", self.aliases))),
            _ => None,
        }
    }

    fn directives(&mut self) -> ast::DirectiveList {
        let mut directives = ast::DirectiveList::new();
        if self.values.rng.u8(0..10) != 0 {
            return directives;
        }
        let which = if self.values.rng.bool() { "skip" } else { "include" };
        let value = Node::new(ast::Value::Boolean(self.values.rng.bool()));
        let value = match self.values.rng.u8(0..3) {
            0 => value,
            1 if !self.values.definitions.is_empty() => self.known_boolean().unwrap_or(value),
            _ => self.values.declare(Type::NonNullNamed(name("Boolean")), None, Some(value)),
        };
        let arguments = vec![Node::new(ast::Argument { name: name("if"), value })];
        directives.push(ast::Directive { name: name(which), arguments });
        directives
    }

    /// A boolean variable that is there already: several conditions on one variable are the interesting ones.
    fn known_boolean(&mut self) -> Option<Node<ast::Value>> {
        let boolean = Type::NonNullNamed(name("Boolean"));
        let known = self.values.definitions.iter().find(|definition| *definition.ty == boolean)?;
        Some(Node::new(ast::Value::Variable(known.name.clone())))
    }

    fn fragment(&mut self, type_name: &Name, depth: usize) -> Selection {
        let condition = self.overlapping(type_name);
        let directives = self.directives();
        let selection_set = self.selections(&condition, depth - 1);
        if self.values.rng.u8(0..3) == 0 {
            let fragment_name = name(&format!("F{}", self.fragments.len()));
            self.fragments.push(Node::new(ast::FragmentDefinition {
                name: fragment_name.clone(),
                type_condition: condition,
                directives: ast::DirectiveList::new(),
                selection_set,
            }));
            return Selection::FragmentSpread(Node::new(ast::FragmentSpread { fragment_name, directives }));
        }
        let bare = condition == *type_name && self.values.rng.bool();
        let type_condition = (!bare).then_some(condition);
        Selection::InlineFragment(Node::new(ast::InlineFragment {
            type_condition,
            directives,
            selection_set,
        }))
    }

    /// A type that shares objects with this one, mostly an object type.
    fn overlapping(&mut self, type_name: &Name) -> Name {
        let objects = self.objects(type_name);
        let overlaps = |name: &Name| self.objects(name).iter().any(|object| objects.contains(object));
        let all: Vec<Name> = self
            .schema
            .types
            .iter()
            .filter(|(name, ty)| {
                !ty.is_built_in() && (ty.is_object() || self.is_abstract(name)) && overlaps(name)
            })
            .map(|(name, _)| name.clone())
            .collect();
        if self.values.rng.u8(0..10) < 6 && !objects.is_empty() {
            return objects[self.values.rng.usize(0..objects.len())].clone();
        }
        if all.is_empty() { type_name.clone() } else { all[self.values.rng.usize(0..all.len())].clone() }
    }

    fn objects(&self, type_name: &Name) -> Vec<Name> {
        if !self.is_abstract(type_name) {
            return vec![type_name.clone()];
        }
        let objects = self.schema.types.iter().filter(|(_, ty)| ty.is_object()).map(|(name, _)| name);
        objects.filter(|name| self.schema.is_subtype(type_name, name)).cloned().collect()
    }
}
