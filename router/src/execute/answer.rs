//! Takes in one answer of a subgraph: data to its places, errors to the client's paths. An answer that is not valid is
//! refused whole, with one error.

use super::arena::{Arena, Object};
use super::blame::Blame;
use super::entities::{self, Asked};
use super::json::{Malformed, Scanner, Span, Token};
use super::merge;
use super::program::{FetchProgramKind, Program, ReaderId, Step};
use super::read::Reading;
use super::targets;
use super::{FetchAnswer, FetchFailure};
use crate::response::{Conditions, GraphqlError, code};

/// What the answer says under `data`, or one of its `_entities` fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Data {
    /// Not there.
    Missing,
    /// Null.
    Null,
    /// There, and read.
    Present,
}

/// Everything that taking in an answer touches.
pub(crate) struct Intake<'a> {
    pub program: &'a Program,
    pub arena: &'a mut Arena,
    pub conditions: &'a Conditions,
    pub errors: &'a mut Vec<GraphqlError>,
    pub root: Object,
    pub fetch: usize,
    pub asked: &'a [Asked],
}

impl Intake<'_> {
    /// Takes in what came back from the subgraph.
    pub(super) fn take(&mut self, answer: Result<FetchAnswer, FetchFailure>) {
        let answer = match answer {
            Ok(answer) => answer,
            Err(failure) => return self.fail(failure.code, failure.message),
        };
        let Some(buffer) = self.arena.keep(answer.body.clone()) else {
            return self.fail(code::MALFORMED, "One request cannot hold so many answers".to_owned());
        };
        self.arena.begin();
        let healthy = (200..300).contains(&answer.status);
        match self.read(buffer, &answer.body) {
            Err(_) if !healthy => {
                self.arena.roll_back();
                self.fail(code::HTTP_ERROR, format!("HTTP status {}", answer.status));
            }
            Err(problem) => {
                self.arena.roll_back();
                self.fail(code::MALFORMED, format!("The answer is not valid: {problem}"));
            }
            Ok((data, errors)) => {
                let reported = errors.map_or(0, |span| self.report(span.of(&answer.body)));
                if data != Data::Present && reported == 0 {
                    self.without_data(healthy, answer.status);
                }
            }
        }
    }

    fn without_data(&mut self, healthy: bool, status: u16) {
        if healthy {
            self.fail(code::MALFORMED, "The answer has neither data nor errors".to_owned());
        } else {
            self.fail(code::HTTP_ERROR, format!("HTTP status {status}"));
        }
    }

    fn blame(&self) -> Blame<'_> {
        Blame {
            program: self.program,
            arena: self.arena,
            conditions: self.conditions,
            root: self.root,
            fetch: self.fetch,
            asked: self.asked,
        }
    }

    /// The errors that the subgraph reported; returns how many there were.
    fn report(&mut self, errors: &[u8]) -> usize {
        let (count, errors) = self.blame().report(errors);
        self.errors.extend(errors);
        count
    }

    /// One error for the whole fetch.
    fn fail(&mut self, code: &str, problem: String) {
        let error = self.blame().whole_fetch(code, &problem);
        self.errors.push(error);
    }

    fn read(&mut self, buffer: u16, text: &[u8]) -> Result<(Data, Option<Span>), Malformed> {
        let (program, root, asked) = (self.program, self.root, self.asked);
        let scanner = Scanner::new(text)?;
        let mut reading = Reading { program, arena: self.arena, scanner, buffer, elements: Vec::new() };
        let (mut data, mut errors) = (Data::Missing, None);
        reading.scanner.enter_object()?;
        let mut first = true;
        while let Some(key) = reading.scanner.key(first)? {
            first = false;
            match key.of(text) {
                b"data" => {
                    data = match &program.fetches[self.fetch].kind {
                        FetchProgramKind::Root { path, reader } => {
                            read_root(&mut reading, (root, path), *reader)?
                        }
                        FetchProgramKind::Entities(_) => read_batches(&mut reading, self.fetch, asked)?,
                    }
                }
                b"errors" => errors = Some(reading.scanner.value()?.1),
                _ => {
                    reading.scanner.value()?;
                }
            }
        }
        reading.scanner.end()?;
        Ok((data, errors))
    }
}

/// Reads root fields into the root object, or into every object at the path.
fn read_root(
    reading: &mut Reading<'_, '_>,
    (root, path): (Object, &[Step]),
    reader: ReaderId,
) -> Result<Data, Malformed> {
    if reading.scanner.peek()? == Token::Null {
        return reading.scanner.value().map(|_| Data::Null);
    }
    if path.is_empty() {
        return reading.object_into(reader, root).map(|()| Data::Present);
    }
    let mut objects = Vec::new();
    targets::visit_path(reading.program, reading.arena, root, (path, None), &mut |found| {
        objects.push(found.object)
    });
    let source = match objects.first() {
        Some(first) => *first,
        None => reading.new_object(reader)?,
    };
    reading.object_into(reader, source)?;
    for object in objects.into_iter().skip(1) {
        if merge::copy(reading.program, reading.arena, (reader, source), (reader, object)).is_none() {
            return Err(Malformed {
                at: reading.scanner.position(),
                problem: "more data than one request may hold",
            });
        }
    }
    Ok(Data::Present)
}

/// Reads the `_entities` fields. Data counts as present when every batch that asked for something was answered.
fn read_batches(reading: &mut Reading<'_, '_>, fetch: usize, asked: &[Asked]) -> Result<Data, Malformed> {
    if reading.scanner.peek()? == Token::Null {
        return reading.scanner.value().map(|_| Data::Null);
    }
    let program = reading.program;
    let (plan, ready) = (&program.plan.fetches[fetch], &program.fetches[fetch]);
    let (federation::plan::FetchKind::Entities(batches), FetchProgramKind::Entities(programs)) =
        (&plan.kind, &ready.kind)
    else {
        return reading.scanner.value().map(|_| Data::Missing);
    };
    let mut answered = vec![false; batches.len()];
    reading.scanner.enter_object()?;
    let mut first = true;
    while let Some(key) = reading.scanner.key(first)? {
        first = false;
        let name = key.of(reading.scanner.text());
        match batches.iter().position(|batch| batch.alias.as_bytes() == name) {
            Some(index) if !answered[index] => {
                answered[index] = entities::read(reading, &programs[index], &asked[index])? == Data::Present;
            }
            _ => {
                reading.scanner.value()?;
            }
        }
    }
    let complete = answered.iter().zip(asked).all(|(answered, asked)| *answered || asked.count == 0);
    Ok(if complete { Data::Present } else { Data::Null })
}
