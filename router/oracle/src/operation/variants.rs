//! Other ways to put the same question.

use super::Case;
use super::arguments::{Values, name};
use super::walk::{drop_unused, selection_sets};
use apollo_compiler::ast::{self, Definition, Selection, Type};
use apollo_compiler::{Name, Node, Schema};
use fastrand::Rng;

/// Puts a question another way; `None` where that does not apply. The result may be invalid (aliases that clash).
pub type Variant = fn(&Schema, &Case, u64) -> Option<Case>;

/// All of them, by name.
pub const VARIANTS: [(&str, Variant); 14] = [
    ("every field aliased", every_field_aliased),
    ("aliases swap the names of siblings", swapped_names),
    ("aliases are the names of keys", names_of_keys),
    ("selections shuffled", shuffled),
    ("selections doubled", doubled),
    ("selections wrapped in inline fragments", wrapped),
    ("selections moved to named fragments", moved),
    ("fragment spreads inlined", inlined),
    ("literals moved to variables", variables),
    ("@include(if: true) everywhere", included),
    ("__typename everywhere", with_typename),
    ("__typename aliased everywhere", with_aliased_typename),
    ("a second copy of the root", second_root),
    ("every second leaf excluded", every_second_leaf),
];

/// Applies `edit` to every selection set.
fn edited(
    schema: &Schema,
    case: &Case,
    edit: &mut dyn FnMut(&Name, &mut Vec<Selection>, bool),
) -> Option<Case> {
    let mut case = case.clone();
    selection_sets(schema, &mut case.document, edit);
    drop_unused(&mut case);
    Some(case)
}

fn fields(selections: &mut [Selection]) -> impl Iterator<Item = &mut ast::Field> {
    selections.iter_mut().filter_map(|selection| match selection {
        Selection::Field(field) => Some(field.make_mut()),
        _ => None,
    })
}

fn every_field_aliased(schema: &Schema, case: &Case, _: u64) -> Option<Case> {
    edited(schema, case, &mut |_, selections, _| {
        for field in fields(selections) {
            field.alias = Some(name(&format!("x_{}", field.response_name())));
        }
    })
}

fn swapped_names(schema: &Schema, case: &Case, _: u64) -> Option<Case> {
    edited(schema, case, &mut |_, selections, _| {
        let mut names: Vec<Name> = fields(selections).map(|field| field.response_name().clone()).collect();
        if !names.is_empty() {
            names.rotate_left(1);
        }
        for (field, alias) in fields(selections).zip(names) {
            field.alias = Some(alias);
        }
    })
}

/// The first leaf of each selection takes the name of a field that it is not.
fn names_of_keys(schema: &Schema, case: &Case, seed: u64) -> Option<Case> {
    let mut rng = Rng::with_seed(seed);
    edited(schema, case, &mut |type_name, selections, _| {
        let names: Vec<Name> = match schema.types.get(type_name) {
            Some(apollo_compiler::schema::ExtendedType::Object(ty)) => ty.fields.keys().cloned().collect(),
            Some(apollo_compiler::schema::ExtendedType::Interface(ty)) => ty.fields.keys().cloned().collect(),
            _ => vec![name("id")],
        };
        let taken: Vec<Name> = fields(selections).map(|field| field.response_name().clone()).collect();
        let free: Vec<&Name> = names.iter().filter(|name| !taken.contains(name)).collect();
        let leaf = fields(selections).find(|field| field.selection_set.is_empty());
        if let (Some(leaf), false) = (leaf, free.is_empty()) {
            leaf.alias = Some(free[rng.usize(0..free.len())].clone());
        }
    })
}

fn shuffled(schema: &Schema, case: &Case, seed: u64) -> Option<Case> {
    let mut rng = Rng::with_seed(seed);
    edited(schema, case, &mut |_, selections, root| {
        // The root fields of a mutation run in the order in which they stand.
        if !root {
            rng.shuffle(selections);
        }
    })
}

fn doubled(schema: &Schema, case: &Case, _: u64) -> Option<Case> {
    edited(schema, case, &mut |_, selections, _| {
        let again: Vec<Selection> = selections.iter().rev().cloned().collect();
        selections.extend(again);
    })
}

fn wrapped(schema: &Schema, case: &Case, seed: u64) -> Option<Case> {
    let mut rng = Rng::with_seed(seed);
    edited(schema, case, &mut |type_name, selections, _| {
        for selection in selections.iter_mut() {
            let inner = vec![selection.clone()];
            let type_condition = rng.bool().then(|| type_name.clone());
            *selection = inline(type_condition, inner);
        }
    })
}

fn inline(type_condition: Option<Name>, selection_set: Vec<Selection>) -> Selection {
    let directives = ast::DirectiveList::new();
    Selection::InlineFragment(Node::new(ast::InlineFragment { type_condition, directives, selection_set }))
}

fn moved(schema: &Schema, case: &Case, _: u64) -> Option<Case> {
    let mut fragments = Vec::new();
    let mut case = edited(schema, case, &mut |type_name, selections, _| {
        let fragment_name = name(&format!("Moved{}", fragments.len()));
        let spread = ast::FragmentSpread {
            fragment_name: fragment_name.clone(),
            directives: ast::DirectiveList::new(),
        };
        let selection_set = std::mem::replace(selections, vec![Selection::FragmentSpread(Node::new(spread))]);
        fragments.push((fragment_name, type_name.clone(), selection_set));
    })?;
    for (name, type_condition, selection_set) in fragments {
        let directives = ast::DirectiveList::new();
        let fragment = ast::FragmentDefinition { name, type_condition, directives, selection_set };
        case.document.definitions.push(Definition::FragmentDefinition(Node::new(fragment)));
    }
    drop_unused(&mut case);
    Some(case)
}

fn inlined(schema: &Schema, case: &Case, _: u64) -> Option<Case> {
    let fragments: Vec<_> =
        case.document.definitions.iter().filter_map(Definition::as_fragment_definition).cloned().collect();
    if fragments.is_empty() {
        return None;
    }
    let mut result = case.clone();
    // Fragments may spread others: as many rounds as there are fragments reach the innermost.
    for _ in 0..fragments.len() {
        result = edited(schema, &result, &mut |_, selections, _| {
            for selection in selections.iter_mut() {
                let Selection::FragmentSpread(spread) = selection else { continue };
                let Some(fragment) = fragments.iter().find(|f| f.name == spread.fragment_name) else {
                    continue;
                };
                *selection = Selection::InlineFragment(Node::new(ast::InlineFragment {
                    type_condition: Some(fragment.type_condition.clone()),
                    directives: spread.directives.clone(),
                    selection_set: fragment.selection_set.clone(),
                }));
            }
        })?;
    }
    Some(result)
}

/// Values without variables in them become variables.
fn variables(schema: &Schema, case: &Case, seed: u64) -> Option<Case> {
    let rng = Rng::with_seed(seed);
    let mut values = Values { schema, rng, definitions: Vec::new(), variables: serde_json::Map::new() };
    let known = operation(case)?.variables.len();
    // New names go on behind the old ones.
    values.definitions = operation(case)?.variables.clone();
    values.variables = case.variables.clone();
    let mut result = case.clone();
    selection_sets(schema, &mut result.document, &mut |type_name, selections, _| {
        for field in fields(selections) {
            let Ok(definition) = schema.type_field(type_name, &field.name) else { continue };
            for argument in &mut field.arguments {
                let Some(input) = definition.argument_by_name(&argument.name) else { continue };
                if !argument.value.to_string().contains('$') {
                    let value = argument.value.clone();
                    argument.make_mut().value = values.declare((*input.ty).clone(), None, Some(value));
                }
            }
        }
    });
    if values.definitions.len() == known {
        return None;
    }
    result.variables = values.variables;
    operation_mut(&mut result)?.variables = values.definitions;
    Some(result)
}

fn included(schema: &Schema, case: &Case, _: u64) -> Option<Case> {
    if operation(case)?.operation_type == ast::OperationType::Subscription {
        return None;
    }
    edited(schema, case, &mut |_, selections, _| {
        for selection in selections.iter_mut() {
            let directives = match selection {
                Selection::Field(field) => &mut field.make_mut().directives,
                Selection::FragmentSpread(spread) => &mut spread.make_mut().directives,
                Selection::InlineFragment(fragment) => &mut fragment.make_mut().directives,
            };
            if !directives.has("include") {
                directives.push(condition("include", Node::new(ast::Value::Boolean(true))));
            }
        }
    })
}

fn condition(directive: &str, value: Node<ast::Value>) -> ast::Directive {
    ast::Directive {
        name: name(directive),
        arguments: vec![Node::new(ast::Argument { name: name("if"), value })],
    }
}

fn with_typename(schema: &Schema, case: &Case, _: u64) -> Option<Case> {
    add_typename(schema, case, None)
}

fn with_aliased_typename(schema: &Schema, case: &Case, _: u64) -> Option<Case> {
    add_typename(schema, case, Some(name("kind_of")))
}

fn add_typename(schema: &Schema, case: &Case, alias: Option<Name>) -> Option<Case> {
    let subscription = operation(case)?.operation_type == ast::OperationType::Subscription;
    edited(schema, case, &mut |_, selections, root| {
        if root && subscription {
            return;
        }
        let (arguments, directives, selection_set) = (Vec::new(), ast::DirectiveList::new(), Vec::new());
        let field = ast::Field {
            alias: alias.clone(),
            name: name("__typename"),
            arguments,
            directives,
            selection_set,
        };
        selections.push(Selection::Field(Node::new(field)));
    })
}

fn second_root(schema: &Schema, case: &Case, _: u64) -> Option<Case> {
    if operation(case)?.operation_type == ast::OperationType::Subscription {
        return None;
    }
    edited(schema, case, &mut |_, selections, root| {
        if root {
            let mut again = selections.clone();
            for field in fields(&mut again) {
                field.alias = Some(name(&format!("again_{}", field.response_name())));
            }
            selections.extend(again);
        }
    })
}

fn every_second_leaf(schema: &Schema, case: &Case, _: u64) -> Option<Case> {
    let mut case = case.clone();
    operation_mut(&mut case)?.variables.push(Node::new(ast::VariableDefinition {
        name: name("no"),
        ty: Node::new(Type::NonNullNamed(name("Boolean"))),
        default_value: None,
        directives: ast::DirectiveList::new(),
    }));
    case.variables.insert("no".to_owned(), false.into());
    let mut count = 0;
    edited(schema, &case, &mut |_, selections, _| {
        for field in fields(selections).filter(|field| field.selection_set.is_empty()) {
            count += 1;
            if count % 2 == 0 && !field.directives.has("include") {
                field.directives.push(condition("include", Node::new(ast::Value::Variable(name("no")))));
            }
        }
    })
}

fn operation(case: &Case) -> Option<&ast::OperationDefinition> {
    case.document.definitions.iter().find_map(Definition::as_operation_definition).map(|node| &**node)
}

fn operation_mut(case: &mut Case) -> Option<&mut ast::OperationDefinition> {
    case.document.definitions.iter_mut().find_map(|definition| match definition {
        Definition::OperationDefinition(operation) => Some(operation.make_mut()),
        _ => None,
    })
}
