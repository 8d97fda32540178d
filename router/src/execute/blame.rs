//! Finds out where in the client's response a subgraph's error belongs: which objects it is about, and what their places are called.

use super::arena::{Arena, Object};
use super::client_path::{ClientPaths, Segment};
use super::entities::Asked;
use super::program::{FetchProgramKind, Program, ReaderId, Step};
use super::targets;
use crate::response::{Conditions, GraphqlError, PathPart, code};
use federation::plan::{FetchKind, KeyId};
use serde_json::Value;

/// At most so many positions of one entity are named for one error.
const MOST_POSITIONS: usize = 20;

/// At most so many errors of one answer are passed on.
const MOST_ERRORS: usize = 200;

/// What is needed to find a place for the errors of one fetch.
pub(crate) struct Blame<'a> {
    pub program: &'a Program,
    pub arena: &'a Arena,
    pub conditions: &'a Conditions,
    pub root: Object,
    pub fetch: usize,
    pub asked: &'a [Asked],
}

impl Blame<'_> {
    /// Translates the `errors` of an answer, and says how many there were; what is no list of errors counts as none.
    pub(super) fn report(&self, errors: &[u8]) -> (usize, Vec<GraphqlError>) {
        let Ok(Value::Array(errors)) = serde_json::from_slice(errors) else { return (0, Vec::new()) };
        let mut translated = Vec::new();
        for error in errors.iter().take(MOST_ERRORS) {
            let path = error.get("path").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
            translated.extend(self.positions(path).into_iter().map(|path| self.error(error).at(path)));
        }
        (errors.len(), translated)
    }

    /// An error that concerns everything that was asked.
    pub(super) fn whole_fetch(&self, code: &str, problem: &str) -> GraphqlError {
        let service = self.service();
        GraphqlError::new(code, format!("Subgraph {service}: {problem}"))
            .from_service(service)
            .at(self.common_path())
    }

    fn service(&self) -> &str {
        let plan = &self.program.plan;
        plan.subgraph(plan.fetches[self.fetch].subgraph)
    }

    fn error(&self, error: &Value) -> GraphqlError {
        let message = error
            .get("message")
            .and_then(Value::as_str)
            .unwrap_or("The subgraph gave an error without a message");
        let extensions = error.get("extensions").and_then(Value::as_object).cloned().unwrap_or_default();
        let code = extensions.get("code").and_then(Value::as_str).unwrap_or(code::DOWNSTREAM);
        let mut translated = GraphqlError::new(code, message).from_service(self.service());
        translated.extensions = extensions;
        translated
    }

    /// The client's paths for a path in the answer.
    fn positions(&self, path: &[Value]) -> Vec<Vec<PathPart>> {
        match &self.program.fetches[self.fetch].kind {
            FetchProgramKind::Root { path: prefix, reader } => {
                let mut segments: Vec<Segment> = prefix.iter().map(|step| Segment::Key(step.key)).collect();
                if path.is_empty() {
                    return vec![self.common_path()];
                }
                self.follow(*reader, path, &mut segments);
                vec![self.client().path(&segments)]
            }
            FetchProgramKind::Entities(_) => {
                let found = self.entity_positions(path);
                if found.is_empty() { vec![self.common_path()] } else { found }
            }
        }
    }

    /// `[alias, index, …]`: every object that the representation with that index stands for.
    fn entity_positions(&self, path: &[Value]) -> Vec<Vec<PathPart>> {
        let (FetchKind::Entities(batches), FetchProgramKind::Entities(programs)) =
            (&self.program.plan.fetches[self.fetch].kind, &self.program.fetches[self.fetch].kind)
        else {
            return Vec::new();
        };
        let [Value::String(alias), Value::Number(number), rest @ ..] = path else { return Vec::new() };
        let Some(batch) = batches.iter().position(|batch| batch.alias == *alias) else { return Vec::new() };
        let number = number.as_u64().unwrap_or(u64::MAX);
        let members: Vec<_> =
            self.asked[batch].members.iter().filter(|m| u64::from(m.number) == number).collect();
        let mut positions = Vec::new();
        for (index, target) in programs[batch].targets.iter().enumerate() {
            let objects: Vec<Object> =
                members.iter().filter(|m| m.target == index).map(|m| m.object).collect();
            if objects.is_empty() {
                continue;
            }
            targets::visit(self.program, self.arena, self.root, target, &mut |found| {
                if positions.len() < MOST_POSITIONS && objects.contains(&found.object) {
                    let mut segments = with_indices(&target.path, found.indices);
                    self.follow(target.reader, rest, &mut segments);
                    positions.push(self.client().path(&segments));
                }
            });
        }
        positions
    }

    /// Follows a path of an answer's keys and indices as far as the shape knows it.
    fn follow(&self, reader: ReaderId, path: &[Value], segments: &mut Vec<Segment>) {
        let mut reader = Some(reader);
        for part in path {
            match (part, reader) {
                (Value::String(name), Some(at)) => {
                    let fields = &self.program.readers[at].fields;
                    let Some(field) = fields.iter().find(|field| *field.name == *name.as_bytes()) else {
                        return;
                    };
                    segments.push(Segment::Key(field.key));
                    reader = field.object;
                }
                (Value::Number(index), _) => {
                    segments.push(Segment::Index(index.as_u64().unwrap_or_default() as usize));
                }
                _ => return,
            }
        }
    }

    /// The deepest place above everything that the fetch asked for, not inside a list.
    fn common_path(&self) -> Vec<PathPart> {
        let keys: Vec<KeyId> = match &self.program.fetches[self.fetch].kind {
            FetchProgramKind::Root { path, reader } => {
                let fields = &self.program.readers[*reader].fields;
                let only = fields.iter().map(|field| field.key).filter(|_| fields.len() == 1);
                path.iter().map(|step| step.key).chain(only).collect()
            }
            FetchProgramKind::Entities(batches) => {
                let mut paths = batches.iter().flat_map(|b| &b.targets).map(|t| &t.path);
                let first = paths.next().map_or(&[][..], Vec::as_slice);
                let shared =
                    |path: &Vec<Step>| first.iter().zip(path).take_while(|(a, b)| a.key == b.key).count();
                let length = paths.map(shared).min().unwrap_or(first.len());
                first[..length].iter().map(|step| step.key).collect()
            }
        };
        self.client().above_lists(&keys)
    }

    fn client(&self) -> ClientPaths<'_> {
        ClientPaths { program: self.program, conditions: self.conditions }
    }
}

/// Puts the list indices that were passed between the keys of a path.
fn with_indices(path: &[Step], indices: &[(usize, usize)]) -> Vec<Segment> {
    let mut segments = Vec::with_capacity(path.len() + indices.len());
    for (steps, step) in (1..).zip(path) {
        segments.push(Segment::Key(step.key));
        segments.extend(indices.iter().filter(|index| index.0 == steps).map(|index| Segment::Index(index.1)));
    }
    segments
}
