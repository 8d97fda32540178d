//! Puts the plan together: fetches in an order in which each stands behind its dependencies, and all tables.

use super::document::Text;
use super::entities::entities;
use super::response;
use super::shape::shape;
use super::tables::Tables;
use super::target::{draft_condition, path};
use crate::operation::conditions::CondId;
use crate::operation::{Operation, OperationKind};
use crate::plan::data::{Fetch, FetchId, FetchKind, Plan};
use crate::plan::emit::{DraftId, Emitter, NodeId, PathId};
use crate::plan::optimise::graph::Graph;
use crate::plan::print::Why;

/// What a fetch asks for, in the plan's terms and as text.
pub(super) struct Asked {
    pub(super) kind: FetchKind,
    /// What stands between the document's outermost braces.
    pub(super) selection: String,
    /// Client variables that the selection uses.
    pub(super) variables: Vec<String>,
    /// Names of the variables for representations.
    pub(super) representations: Vec<String>,
}

/// Writes the plan.
pub(in crate::plan) fn write(mut emitter: Emitter<'_>, graph: &Graph, operation: &Operation) -> Plan {
    let mut tables = Tables::default();
    let order = order(&emitter, graph);
    let mut numbers = vec![FetchId(0); graph.members.len()];
    for (number, group) in order.iter().enumerate() {
        numbers[*group] = FetchId(number as u32);
    }
    let mut fetches = Vec::with_capacity(order.len());
    for group in &order {
        let mut after: Vec<FetchId> = graph.after(*group).iter().map(|on| numbers[*on]).collect();
        after.sort_unstable();
        let number = fetches.len();
        fetches.push(fetch(&mut emitter, &graph.members[*group], number, after, operation, &mut tables));
    }
    let selections = response::response(emitter.solver.supergraph, operation, &mut tables);
    let why = Why::new(&emitter);
    let supergraph = emitter.solver.supergraph;
    Plan {
        kind: operation.kind,
        subgraphs: supergraph.subgraphs().iter().map(|subgraph| subgraph.name.clone()).collect(),
        fetches,
        keys: emitter.solver.arena.key_list(),
        types: tables.types,
        type_sets: tables.sets,
        condition_variables: tables.condition_variables,
        conditions: tables.conditions,
        enums: tables.enums,
        shapes: tables.shapes,
        selections,
        output: response::selection_id(operation.output_root),
        why,
    }
}

/// Groups by depth, then by age.
fn order(emitter: &Emitter<'_>, graph: &Graph) -> Vec<usize> {
    let alive = |group: &usize| {
        graph.members[*group].iter().any(|draft| !emitter.drafts[draft.0 as usize].parts.is_empty())
    };
    let mut order: Vec<usize> = (0..graph.members.len()).filter(alive).collect();
    order.sort_by_key(|group| (graph.level(*group), *group));
    order
}

fn fetch(
    emitter: &mut Emitter<'_>,
    members: &[DraftId],
    number: usize,
    after: Vec<FetchId>,
    operation: &Operation,
    tables: &mut Tables,
) -> Fetch {
    let first = emitter.drafts[members[0].0 as usize].clone();
    let supergraph = emitter.solver.supergraph;
    let subgraph_name = &supergraph.subgraphs()[first.subgraph.index()].name;
    let operation_name = operation_name(operation, subgraph_name, number);
    let mut cond = None;
    for member in members {
        let one = draft_condition(emitter, *member);
        cond = Some(cond.map_or(one, |cond| emitter.solver.arena.conditions.or(cond, one)));
    }
    let cond = cond.unwrap_or(CondId::TRUE);
    let kind = if first.is_root { operation.kind_of_root(&first.path) } else { OperationKind::Query };
    let asked = if first.is_root {
        root(emitter, members[0], cond, kind == OperationKind::Mutation, tables)
    } else {
        entities(emitter, members, operation, tables)
    };
    let Asked { selection, variables, .. } = asked;
    let mut declared: Vec<String> =
        asked.representations.iter().map(|name| format!("${name}:[_Any!]!")).collect();
    for definition in operation.variables.iter().filter(|definition| variables.contains(&definition.name)) {
        declared.push(format!("${}:{}", definition.name, definition.text));
    }
    let word = match kind {
        OperationKind::Query => "query",
        OperationKind::Mutation => "mutation",
        OperationKind::Subscription => "subscription",
    };
    let arguments = if declared.is_empty() { String::new() } else { format!("({})", declared.join(",")) };
    Fetch {
        subgraph: first.subgraph,
        after,
        condition: tables.condition(&emitter.solver.arena, cond),
        operation: kind,
        document: format!("{word} {operation_name}{arguments}{{{selection}}}"),
        operation_name,
        variables,
        kind: asked.kind,
    }
}

impl Operation {
    /// Only the operation's own root is asked with its own kind; `Query` inside of a response is always a query.
    fn kind_of_root(&self, path: &PathId) -> OperationKind {
        if *path == PathId::ROOT { self.kind } else { OperationKind::Query }
    }
}

/// `Name__subgraph__0`, with everything that a GraphQL name cannot have replaced.
fn operation_name(operation: &Operation, subgraph: &str, number: usize) -> String {
    let clean: String = subgraph.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let name = operation.name.as_deref().unwrap_or("Anonymous");
    format!("{name}__{clean}__{number}")
}

/// Fields of a root type. `exact`: conditions are kept however long they are.
fn root(emitter: &mut Emitter<'_>, draft: DraftId, cond: CondId, exact: bool, tables: &mut Tables) -> Asked {
    let draft = emitter.drafts[draft.0 as usize].clone();
    let nodes: Vec<NodeId> = draft.parts.iter().map(|part| part.node).collect();
    let shape = shape(emitter, &nodes, false, tables);
    let path = path(emitter, draft.path, tables);
    let mut text = Text { exact, ..Text::new(emitter) };
    for node in nodes {
        text.fields(node, cond);
    }
    let (selection, variables) = (text.out, text.variables);
    Asked { kind: FetchKind::Root { path, shape }, selection, variables, representations: Vec::new() }
}
