//! The entity batches of a fetch: which objects are asked about, under which numbers, and how answers come back to them.

use super::answer::Data;
use super::arena::{Arena, Object};
use super::json::{Malformed, Scanner, Token};
use super::merge;
use super::program::{BatchProgram, Program};
use super::read::Reading;
use super::represent::{self, Distinct};
use super::targets;
use crate::response::Conditions;

/// What was asked in one `_entities` field.
#[derive(Default)]
pub(crate) struct Asked {
    /// How many different representations were sent.
    pub count: usize,
    /// Every object that a representation was written from.
    pub members: Vec<Member>,
    /// The first member of each representation.
    first: Vec<u32>,
}

/// An object and the representation that stands for it.
#[derive(Clone, Copy)]
pub(crate) struct Member {
    pub object: Object,
    /// Index of the target (the place) in the batch.
    pub target: usize,
    /// Number of the representation.
    pub number: u32,
    /// The next member with the same representation; 0 is none, since nobody comes before the first.
    next: u32,
}

/// Appends the representations of a batch, without the brackets around them.
pub(crate) fn collect(
    program: &Program,
    arena: &Arena,
    conditions: &Conditions,
    (root, batch): (Object, &BatchProgram),
    body: &mut Vec<u8>,
) -> Asked {
    let mut asked = Asked::default();
    let mut distinct = Distinct::default();
    let mut last: Vec<u32> = Vec::new();
    for (index, target) in batch.targets.iter().enumerate() {
        if !conditions.hold(target.condition) {
            continue;
        }
        targets::visit(program, arena, root, target, &mut |found| {
            let end = body.len();
            if distinct.len() > 0 {
                body.push(b',');
            }
            let start = body.len();
            if !represent::write(program, arena, &target.representations, (found.object, found.type_id), body)
            {
                body.truncate(end);
                return;
            }
            let number = distinct.number(body, start);
            if body.len() == start {
                body.truncate(end);
            }
            let member = asked.members.len() as u32;
            asked.members.push(Member { object: found.object, target: index, number, next: 0 });
            match last.get_mut(number as usize) {
                Some(last) => {
                    asked.members[*last as usize].next = member;
                    *last = member;
                }
                None => {
                    asked.first.push(member);
                    last.push(member);
                }
            }
        });
    }
    asked.count = distinct.len();
    asked
}

/// Reads the list of entities that comes next into the objects that were asked about.
pub(crate) fn read(
    reading: &mut Reading<'_, '_>,
    batch: &BatchProgram,
    asked: &Asked,
) -> Result<Data, Malformed> {
    match reading.scanner.peek()? {
        Token::List => reading.scanner.enter_list()?,
        Token::Null => return reading.scanner.value().map(|_| Data::Null),
        _ => return wrong(&reading.scanner, "expected a list of entities"),
    }
    let mut number = 0;
    while reading.scanner.element(number == 0)? {
        if number == asked.count {
            return wrong(&reading.scanner, "more entities than were asked for");
        }
        entity(reading, batch, asked, number)?;
        number += 1;
    }
    if number < asked.count {
        return wrong(&reading.scanner, "fewer entities than were asked for");
    }
    Ok(Data::Present)
}

fn entity(
    reading: &mut Reading<'_, '_>,
    batch: &BatchProgram,
    asked: &Asked,
    number: usize,
) -> Result<(), Malformed> {
    match reading.scanner.peek()? {
        Token::Object => {}
        Token::Null => return reading.scanner.value().map(|_| ()),
        _ => return wrong(&reading.scanner, "expected an entity"),
    }
    let first = asked.members[asked.first[number] as usize];
    let source = (batch.targets[first.target].reader, first.object);
    reading.object_into(source.0, source.1)?;
    let mut next = first.next;
    while next != 0 {
        let member = asked.members[next as usize];
        let target = (batch.targets[member.target].reader, member.object);
        if merge::copy(reading.program, reading.arena, source, target).is_none() {
            return wrong(&reading.scanner, "more data than one request may hold");
        }
        next = member.next;
    }
    Ok(())
}

fn wrong<T>(scanner: &Scanner<'_>, problem: &'static str) -> Result<T, Malformed> {
    Err(Malformed { at: scanner.position(), problem })
}
