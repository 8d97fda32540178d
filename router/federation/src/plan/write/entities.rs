//! Entity fetches: one `_entities` field per kind of question, each for all the places where it is asked.

use super::document::Text;
use super::fetches::Asked;
use super::representation::representations;
use super::shape::shape;
use super::tables::Tables;
use super::target::{draft_condition, path, target_types};
use crate::operation::Operation;
use crate::plan::data::{EntityBatch, FetchKind, Target};
use crate::plan::emit::{DraftId, Emitter, NodeId};

/// A draft with everything that its batch needs.
struct Written {
    batch: EntityBatch,
    selection: String,
    variables: Vec<String>,
}

/// Drafts in one request. Those that ask and send the same share a batch.
pub(super) fn entities(
    emitter: &mut Emitter<'_>,
    members: &[DraftId],
    operation: &Operation,
    tables: &mut Tables,
) -> Asked {
    let mut written: Vec<Written> = Vec::new();
    for member in members {
        let mut one = entity_draft(emitter, *member, tables);
        let same = |known: &&mut Written| {
            known.selection == one.selection && known.batch.representations == one.batch.representations
        };
        match written.iter_mut().find(same) {
            Some(known) => {
                known.batch.targets.append(&mut one.batch.targets);
                tables.merge_shapes(known.batch.shape, one.batch.shape);
            }
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
    Asked { kind: FetchKind::Entities(batches), selection, variables, representations: names }
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
