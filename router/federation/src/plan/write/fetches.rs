//! Puts the plan together: fetches in an order in which each stands behind its dependencies, and all tables.

use super::document::Text;
use super::representation::representations;
use super::response;
use super::shape::shape;
use super::tables::Tables;
use crate::operation::conditions::CondId;
use crate::operation::{Operation, OperationKind};
use crate::plan::data::{EntityBatch, Fetch, FetchId, FetchKind, PathStep, Plan, Target};
use crate::plan::emit::{DraftId, Emitter, NodeId, PathId};
use crate::plan::optimise::graph::Graph;
use crate::plan::print::Why;

/// A draft with everything that its batch needs.
struct Written {
    batch: EntityBatch,
    selection: String,
    variables: Vec<String>,
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
    let (kind_data, selection, variables, batches) = if first.is_root {
        let exact = kind == OperationKind::Mutation;
        let (kind_data, selection, variables) = root(emitter, members[0], (cond, exact), tables);
        (kind_data, selection, variables, Vec::new())
    } else {
        entities(emitter, members, operation, tables)
    };
    let mut declared: Vec<String> = batches.iter().map(|batch| format!("${batch}:[_Any!]!")).collect();
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
        kind: kind_data,
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

fn root(
    emitter: &mut Emitter<'_>,
    draft: DraftId,
    (cond, exact): (CondId, bool),
    tables: &mut Tables,
) -> (FetchKind, String, Vec<String>) {
    let draft = emitter.drafts[draft.0 as usize].clone();
    let nodes: Vec<NodeId> = draft.parts.iter().map(|part| part.node).collect();
    let shape = shape(emitter, &nodes, false, tables);
    let path = path(emitter, draft.path, tables);
    let mut text = Text { exact, ..Text::new(emitter) };
    for node in nodes {
        text.fields(node, cond);
    }
    (FetchKind::Root { path, shape }, text.out, text.variables)
}

fn entities(
    emitter: &mut Emitter<'_>,
    members: &[DraftId],
    operation: &Operation,
    tables: &mut Tables,
) -> (FetchKind, String, Vec<String>, Vec<String>) {
    let mut written: Vec<Written> = Vec::new();
    for member in members {
        let mut one = entity_draft(emitter, *member, tables);
        let same = |known: &&mut Written| {
            known.selection == one.selection && known.batch.representations == one.batch.representations
        };
        match written.iter_mut().find(same) {
            Some(known) => known.batch.targets.append(&mut one.batch.targets),
            None => written.push(one),
        }
    }
    let single = written.len() == 1;
    let mut selection = String::new();
    let (mut variables, mut batches, mut names) = (Vec::new(), Vec::new(), Vec::new());
    for (index, mut one) in written.into_iter().enumerate() {
        let (alias, variable) = if single {
            ("_entities".to_owned(), free_variable(operation, "representations".to_owned()))
        } else {
            (format!("_e{index}"), free_variable(operation, format!("representations{index}")))
        };
        if !single {
            selection.push_str(&alias);
            selection.push(':');
        }
        selection.push_str(&format!("_entities(representations:${variable})"));
        (one.batch.alias, one.batch.variable) = (alias, variable);
        selection.push_str(&one.selection);
        names.push(one.batch.variable.clone());
        for variable in one.variables {
            if !variables.contains(&variable) {
                variables.push(variable);
            }
        }
        batches.push(one.batch);
    }
    (FetchKind::Entities(batches), selection, variables, names)
}

/// A variable name that the client does not use.
fn free_variable(operation: &Operation, mut name: String) -> String {
    while operation.variables.iter().any(|known| known.name == name) {
        name.insert(0, '_');
    }
    name
}

fn entity_draft(emitter: &mut Emitter<'_>, id: DraftId, tables: &mut Tables) -> Written {
    // No object is sent unless the draft's own condition holds, so its fields need not test that again.
    let draft = emitter.drafts[id.0 as usize].clone();
    let own = draft_condition(emitter, id);
    let nodes: Vec<NodeId> = draft.parts.iter().map(|part| part.node).collect();
    let shape = shape(emitter, &nodes, true, tables);
    let target = Target {
        path: path(emitter, draft.path, tables),
        types: target_types(emitter, &draft, tables),
        condition: tables.condition(&emitter.solver.arena, own),
    };
    let representations = representations(emitter, &draft, tables);
    let mut text = Text::new(emitter);
    text.out.push('{');
    for part in &draft.parts {
        text.word("...on ");
        text.out.push_str(&emitter.solver.supergraph.ty(part.target).name);
        text.selection(part.node, own);
    }
    text.out.push('}');
    let (selection, variables) = (text.out, text.variables);
    let batch = EntityBatch {
        alias: String::new(),
        variable: String::new(),
        targets: vec![target],
        representations,
        shape,
    };
    Written { batch, selection, variables }
}

/// The types of all representations together; `None` if one of them is for all.
fn target_types(
    emitter: &Emitter<'_>,
    draft: &crate::plan::emit::Draft,
    tables: &mut Tables,
) -> Option<crate::plan::data::TypeSetId> {
    let arena = &emitter.solver.arena;
    let mut all = crate::supergraph::TypeSet::default();
    for one in &draft.representations {
        all = all.union(arena.types(one.types?));
    }
    (!draft.representations.is_empty()).then(|| tables.set(emitter.solver.supergraph, &all))
}

/// A draft counts if any of its fields does.
fn draft_condition(emitter: &mut Emitter<'_>, id: DraftId) -> CondId {
    let draft = &emitter.drafts[id.0 as usize];
    let fields = draft.parts.iter().flat_map(|part| &emitter.nodes[part.node.0 as usize].fields);
    let conditions = &mut emitter.solver.arena.conditions;
    fields.map(|field| field.cond).reduce(|a, b| conditions.or(a, b)).unwrap_or(CondId::TRUE)
}

fn path(emitter: &Emitter<'_>, id: PathId, tables: &mut Tables) -> Vec<PathStep> {
    let supergraph = emitter.solver.supergraph;
    let mut steps = Vec::new();
    let mut at = id;
    while let Some(Some(step)) = emitter.paths.get_index(at.0 as usize) {
        let types = step.types.map(|set| tables.interned_set(supergraph, &emitter.solver.arena, set));
        steps.push(PathStep { types, key: step.key });
        at = step.parent;
    }
    steps.reverse();
    steps
}
