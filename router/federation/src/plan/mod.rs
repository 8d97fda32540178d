//! The query plan: what to ask of which subgraph, where each answer goes, and how the client's response is written.
//!
//! A [`Plan`] is plain data. It says
//! - which **fetches** to send: a DAG, each fetch names in [`Fetch::after`] the fetches whose data it needs;
//! - how each answer is **read**: a [`Shape`] per fetch, a tree of response keys that is walked along with the JSON;
//! - how **representations** are written from data that is there already ([`Representation`]);
//! - how the **response** is written: [`Selection`] and [`OutputField`], in the client's order with the client's keys.
//!
//! # How a plan comes to be
//!
//! Take `{ books { title rating } }`, where `catalog` has the books and their titles, and `reviews` has ratings by `isbn`.
//!
//! 1. `solve` looks for the best way to resolve each selection. At the root only `catalog` has `books`. At (`catalog`, `Book`)
//!    `title` is local and `rating` is not, so it has to be got over a hop to `reviews`, whose key `isbn` is
//!    local here as well: one more fetch, one hop deep. Answers are remembered by position.
//! 2. `emit` walks the answer once and writes drafts: `books { title isbn }` for `catalog`, and for `reviews` `rating` of the
//!    entities at `books`. The second depends on the first, since that is where `isbn` was written.
//! 3. `optimise` joins drafts for the same subgraph: at the same place into one, at different places into one request.
//! 4. `improve` does the first three steps again with other choices, where there are any, and takes the plan of the fewest requests.
//! 5. `write` turns drafts into documents, shapes and representations, and adds the response to write.
//! 6. `print` shows the plan, with the places where a choice was made and what the other choices would have cost.
//!
//! # One object per response position
//!
//! All answers are merged into one tree of objects. An object maps [`KeyId`] to a value. A key stands for *one field with one
//! set of arguments* in the whole operation, whoever asks for it: client, `@key` or `@requires`. So two fetches that bring the
//! same field write the same key, different fields never meet under one key, and the client's aliases exist in [`OutputField`]
//! only. The text of a key ([`Plan::key`]) is the field's name, or an alias like `price_2` where a second set of arguments or an
//! incompatible type of the same field name occurs; subgraph documents use these texts as response keys.
//! Root fields of mutations are the exception: each client field has a key of its own, so that it is executed once each.
//!
//! # Types of objects
//!
//! An object has at most one runtime type ([`TypeId`]): known from the shape, read as `__typename`, or unknown so far
//! (behind an interface object). Once known it is never changed. `__typename` is not stored as a value under a key.

mod data;
mod emit;
mod improve;
mod optimise;
mod options;
mod print;
mod solve;
mod write;

pub use data::{
    Condition, ConditionId, EntityBatch, EnumId, Fetch, FetchId, FetchKind, KeyId, Leaf, OutputField,
    OutputType, OutputValue, PathStep, Plan, Representation, RepresentationField, RepresentationObject,
    Selection, SelectionId, Shape, ShapeField, ShapeId, ShapeValue, Target, TypeId, TypeSet, TypeSetId,
    TypeSource,
};
pub use options::{PlanError, PlanOptions};
pub use print::{Why, WhyChoice, WhyCost};

use crate::operation::arena::{Arena, SelId};
use crate::operation::{Operation, OperationKind};
use crate::supergraph::Supergraph;
use emit::Emitter;
use improve::Drafted;
use solve::{Preference, ResId, Solver};

/// Plans an operation: solve every selection, write the drafts of fetches, join what can be one request, see whether other choices
/// need fewer, write it all down.
pub fn plan(
    supergraph: &Supergraph,
    operation: &Operation,
    options: &PlanOptions<'_>,
) -> Result<Plan, PlanError> {
    let mut best = drafts(supergraph, operation, options, (&operation.arena, Preference::default()))?;
    if options.choose.is_none() {
        best = improve::improve(best, options, |known, options, preference| {
            drafts(supergraph, operation, options, (&known.solver.arena, preference))
        })?;
    }
    let (mut emitter, mut graph) = best;
    optimise::join_places(&mut emitter, &mut graph);
    Ok(write::write(emitter, &graph, operation))
}

/// The fetches of a plan and how they depend on each other. The arena holds at least the operation's own.
fn drafts<'a>(
    supergraph: &'a Supergraph,
    operation: &Operation,
    options: &PlanOptions<'a>,
    (arena, preference): (&Arena, Preference),
) -> Result<Drafted<'a>, PlanError> {
    let solver = Solver::new(supergraph, arena.clone(), *options, preference);
    let mut emitter = Emitter::new(solver);
    if operation.kind == OperationKind::Mutation {
        mutation(&mut emitter, operation)?;
    } else {
        let resolution = emitter.solver.root(operation.root, operation.selection)?;
        emitter.root(resolution)?;
    }
    let graph = optimise::group(&emitter);
    Ok((emitter, graph))
}

/// The root fields of a mutation, one after another with all that follows from each.
fn mutation(emitter: &mut Emitter<'_>, operation: &Operation) -> Result<(), PlanError> {
    let fields = operation.arena.entries(operation.selection).to_vec();
    for field in fields {
        let one: SelId = emitter.solver.arena.selection(vec![field]);
        let resolution: ResId = emitter.solver.root(operation.root, one)?;
        emitter.mutation_field(resolution)?;
    }
    Ok(())
}
