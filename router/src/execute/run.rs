//! The plan as a graph of fetches: each is sent when the last of those it waits for has ended.

use super::answer::Intake;
use super::arena::{Arena, Object};
use super::entities::{self, Asked};
use super::program::{FetchProgramKind, Program};
use super::request;
use super::{FetchAnswer, FetchFailure, FetchRequest, Inputs, Subgraphs};
use crate::response::{self, Answer, Conditions, GraphqlError};
use bytes::Bytes;
use federation::operation::Variables;
use federation::plan::{FetchKind, Plan};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

/// Runs a plan to its answer. Failures of subgraphs are errors in the answer.
pub async fn execute(program: &Program, inputs: Inputs<'_>, subgraphs: &dyn Subgraphs) -> Answer {
    let mut run = Run::new(program, inputs.variables);
    let mut event = inputs.event;
    let mut pending: Vec<usize> = program.plan.fetches.iter().map(|fetch| fetch.after.len()).collect();
    let mut ready: Vec<usize> = (0..pending.len()).rev().filter(|fetch| pending[*fetch] == 0).collect();
    let mut sent = FuturesUnordered::new();
    loop {
        while let Some(fetch) = ready.pop() {
            let answered = match event.take_if(|_| fetch == 0) {
                Some(body) => {
                    run.take(fetch, &[], Ok(FetchAnswer { status: 200, body }));
                    true
                }
                None => match run.request(fetch) {
                    None => true,
                    Some((request, asked)) => {
                        sent.push(async move { (fetch, asked, subgraphs.fetch(request).await) });
                        false
                    }
                },
            };
            if answered {
                release(program, fetch, &mut pending, &mut ready);
            }
        }
        let Some((fetch, asked, answer)) = sent.next().await else { break };
        run.take(fetch, &asked, answer);
        release(program, fetch, &mut pending, &mut ready);
    }
    run.answer(inputs.introspection)
}

/// The subgraph and the request body whose stream of answers are the events of a subscription.
pub fn subscription_body<'p>(program: &'p Program, variables: &Variables) -> Option<(&'p str, Bytes)> {
    let request = Run::new(program, variables).request(0)?.0;
    Some((request.subgraph, request.body))
}

/// A fetch has ended, whether well, badly or without being sent: those that waited for nothing else are ready.
fn release(program: &Program, fetch: usize, pending: &mut [usize], ready: &mut Vec<usize>) {
    for waiting in program.waiting[fetch].iter().rev() {
        pending[*waiting] -= 1;
        if pending[*waiting] == 0 {
            ready.push(*waiting);
        }
    }
}

struct Run<'p, 'v> {
    program: &'p Program,
    variables: &'v Variables,
    conditions: Conditions,
    arena: Arena,
    root: Object,
    errors: Vec<GraphqlError>,
}

impl<'p, 'v> Run<'p, 'v> {
    fn new(program: &'p Program, variables: &'v Variables) -> Self {
        let conditions = Conditions::new(&program.plan, |name| variables.boolean(name));
        let (arena, root) = Arena::with_root(program.sizes[super::layout::ROOT as usize]);
        Self { program, variables, conditions, arena, root, errors: Vec::new() }
    }

    /// The request of a fetch; `None` when there is nothing to ask.
    fn request(&self, index: usize) -> Option<(FetchRequest<'p>, Vec<Asked>)> {
        let plan: &'p Plan = &self.program.plan;
        let (fetch, ready) = (&plan.fetches[index], &self.program.fetches[index]);
        if !self.conditions.hold(fetch.condition) {
            return None;
        }
        let mut body = request::begin(&ready.prefix, fetch, self.variables, 256);
        let mut asked = Vec::new();
        if let (FetchKind::Entities(batches), FetchProgramKind::Entities(programs)) =
            (&fetch.kind, &ready.kind)
        {
            for (batch, program) in batches.iter().zip(programs) {
                request::begin_variable(&batch.variable, &mut body);
                body.push(b'[');
                asked.push(entities::collect(
                    self.program,
                    &self.arena,
                    &self.conditions,
                    (self.root, program),
                    &mut body,
                ));
                body.push(b']');
            }
            if asked.iter().all(|asked| asked.count == 0) {
                return None;
            }
        }
        request::end(&mut body);
        let (subgraph, operation) = (plan.subgraph(fetch.subgraph), fetch.operation);
        Some((FetchRequest { fetch: index, subgraph, operation, body: body.into() }, asked))
    }

    fn take(&mut self, fetch: usize, asked: &[Asked], answer: Result<FetchAnswer, FetchFailure>) {
        let (program, conditions, root) = (self.program, &self.conditions, self.root);
        let (arena, errors) = (&mut self.arena, &mut self.errors);
        Intake { program, arena, conditions, errors, root, fetch, asked }.take(answer);
    }

    fn answer(mut self, introspection: response::Introspection<'_>) -> Answer {
        let target = (self.root, &mut self.errors);
        let body = response::write(self.program, &self.arena, &self.conditions, introspection, target);
        Answer { body, errors: self.errors }
    }
}
