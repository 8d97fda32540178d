//! A client's operation: parsed, validated against the API schema and normalised to interned ids.
//!
//! [`prepare`] does it all once per document; [`Operation::coerce_variables`] runs once per request. The result holds two trees:
//! what has to be fetched (fragments flattened, aliases gone, equal fields merged: see `normalise`), and what has
//! to be answered (`output`). Planning reads the first and copies the second into the plan.

pub(crate) mod arena;
pub(crate) mod arguments;
pub(crate) mod conditions;
mod error;
mod limits;
mod meet;
mod merging;
mod mutation;
mod normalise;
mod one_of;
pub(crate) mod output;
mod suggest;
mod variables;
mod withhold;

pub use error::RequestError;
pub use limits::Limits;
pub use suggest::suggest;
pub use variables::Variables;

use crate::supergraph::{RuleSet, Supergraph, TypeDefId};
use apollo_compiler::ast::OperationType;
use apollo_compiler::executable;
use apollo_compiler::parser::Parser;
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Node};
use arena::{Arena, SelId};
use conditions::CondId;
use indexmap::IndexSet;
use normalise::{ClientPlace, Normaliser, Occurrence};
use output::{OutId, OutSelection, Output};
use withhold::Permission;

/// The type of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum OperationKind {
    /// `query`
    Query,
    /// `mutation`
    Mutation,
    /// `subscription`
    Subscription,
}

/// A variable definition, to be repeated in subgraph documents.
#[derive(Clone, Debug)]
pub(crate) struct VariableDefinition {
    pub(crate) name: String,
    /// `[Int!]! = 1`: the type, and the default if there is one.
    pub(crate) text: String,
}

/// A valid operation, normalised.
#[derive(Clone, Debug)]
pub struct Operation {
    /// Query, mutation or subscription.
    pub kind: OperationKind,
    /// The operation's name.
    pub name: Option<String>,
    /// Whether it selects `__schema` or `__type`.
    pub has_introspection: bool,
    /// The access rules of the supergraph that stand before anything it selects.
    pub rules: RuleSet,
    /// The fields that are answered null because of rules that do not hold, as paths of response keys.
    pub withheld: Vec<Vec<String>>,
    pub(crate) root: TypeDefId,
    pub(crate) arena: Arena,
    pub(crate) selection: SelId,
    pub(crate) output: Vec<OutSelection>,
    pub(crate) output_root: OutId,
    pub(crate) variables: Vec<VariableDefinition>,
    pub(crate) definition: Node<executable::Operation>,
    pub(crate) document: Valid<ExecutableDocument>,
}

/// Parses and validates a document, chooses its operation and normalises it.
pub fn prepare(
    supergraph: &Supergraph,
    text: &str,
    operation_name: Option<&str>,
    limits: &Limits,
) -> Result<Operation, Vec<RequestError>> {
    prepare_without(supergraph, text, operation_name, limits, &RuleSet::default())
}

/// The same for a caller for whom some of [`Supergraph::rules`] do not hold: what is behind these is not fetched, and answered null.
pub fn prepare_without(
    supergraph: &Supergraph,
    text: &str,
    operation_name: Option<&str>,
    limits: &Limits,
    denied: &RuleSet,
) -> Result<Operation, Vec<RequestError>> {
    let document = parse(supergraph, text, limits)?;
    let definition = document.operations.get(operation_name).cloned().map_err(|_| {
        let message = match operation_name {
            Some(name) => format!("The document has no operation named \"{name}\"."),
            None => "The document has several operations: say which one with operationName.".to_owned(),
        };
        vec![RequestError::new(RequestError::OPERATION, message)]
    })?;
    limits.check(&document, &definition).map_err(|error| vec![error])?;
    one_of::check_literals(supergraph.api_schema(), &document, &definition).map_err(|error| vec![error])?;
    let kind = match definition.operation_type {
        OperationType::Query => OperationKind::Query,
        OperationType::Mutation => OperationKind::Mutation,
        OperationType::Subscription => OperationKind::Subscription,
    };
    let missing = || vec![RequestError::new(RequestError::VALIDATION, format!("There is no {kind:?} type."))];
    let root = supergraph.root(kind).ok_or_else(missing)?;
    let mut normaliser = Normaliser {
        supergraph,
        document: &document,
        arena: Arena::new(),
        fields_left: limits.selections,
        places: IndexSet::default(),
        permission: Permission::new(denied),
    };
    let types = normaliser.arena.set(&supergraph.ty(root).possible);
    let top = Occurrence { set: &definition.selection_set, types, cond: CondId::TRUE, at: ClientPlace::ROOT };
    let is_mutation = kind == OperationKind::Mutation;
    let mut output = Output::default();
    let (selection, output_root) = normaliser
        .selection(root, &[top], is_mutation)
        .and_then(|selection| {
            normaliser.fields_left = limits.selections;
            Ok((selection, normaliser.output(root, &[top], is_mutation, &mut output)?))
        })
        .map_err(|error| vec![error])?;
    let (arena, rules, withheld) = normaliser.into_permission();
    if arena.conditions.overflowed() {
        let message = "A field is selected under too many different conditions.";
        return Err(vec![RequestError::new(RequestError::SELECTIONS, message)]);
    }
    let is_introspection = |name: &str| name.starts_with("__") && name != "__typename";
    let has_introspection = definition.root_fields(&document).any(|field| is_introspection(&field.name));
    Ok(Operation {
        kind,
        name: definition.name.as_ref().map(ToString::to_string),
        has_introspection,
        rules,
        withheld,
        root,
        arena,
        selection,
        output: output.selections,
        output_root,
        variables: variable_definitions(&definition),
        definition,
        document,
    })
}

fn parse(
    supergraph: &Supergraph,
    text: &str,
    limits: &Limits,
) -> Result<Valid<ExecutableDocument>, Vec<RequestError>> {
    let mut parser = Parser::new().token_limit(limits.tokens).recursion_limit(limits::PARSER_RECURSION);
    let schema = supergraph.api_schema();
    let parsed = parser.parse_executable(schema, text, "query.graphql");
    if parser.tokens_reached() >= limits.tokens {
        let message = format!("The document has more than {} tokens.", limits.tokens);
        return Err(vec![RequestError::new(RequestError::TOKENS, message)]);
    }
    let document = parsed.map_err(|errors| {
        let is_syntax = errors.errors.iter().any(|e| e.error.unstable_error_name().is_none());
        let code = if is_syntax { RequestError::PARSE } else { RequestError::VALIDATION };
        error::from_diagnostics(code, &errors.errors)
    })?;
    document
        .validate(schema)
        .map_err(|errors| error::from_diagnostics(RequestError::VALIDATION, &errors.errors))
}

fn variable_definitions(definition: &executable::Operation) -> Vec<VariableDefinition> {
    let text = |variable: &executable::VariableDefinition| match &variable.default_value {
        Some(default) => format!("{} = {}", variable.ty, arguments::value_text(default)),
        None => variable.ty.to_string(),
    };
    let define = |variable: &Node<executable::VariableDefinition>| VariableDefinition {
        name: variable.name.to_string(),
        text: text(variable),
    };
    definition.variables.iter().map(define).collect()
}
