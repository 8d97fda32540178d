//! Writes representations of objects straight into a request's body and sends equal ones once.

use super::arena::{Arena, Object, TYPE_SLOT, Value};
use super::program::{Program, RepresentationProgram, RepresentationSlot};
use crate::response::write_string;
use rustc_hash::FxHasher;
use std::hash::Hasher;

/// Appends the representation of an object: the first that suits its type and whose keys are complete. False, with
/// nothing written, when there is none.
pub(crate) fn write(
    program: &Program,
    arena: &Arena,
    representations: &[RepresentationProgram],
    (object, type_id): (Object, Option<u32>),
    out: &mut Vec<u8>,
) -> bool {
    let start = out.len();
    let writing = Writing { program, arena };
    for representation in representations {
        if !program.passes(representation.types, type_id) {
            continue;
        }
        if writing.representation(representation, object, type_id, out).is_some() {
            return true;
        }
        out.truncate(start);
    }
    false
}

struct Writing<'a> {
    program: &'a Program,
    arena: &'a Arena,
}

impl Writing<'_> {
    fn representation(
        &self,
        representation: &RepresentationProgram,
        object: Object,
        type_id: Option<u32>,
        out: &mut Vec<u8>,
    ) -> Option<()> {
        match &representation.opening {
            Some(opening) => out.extend_from_slice(opening),
            None => {
                out.extend_from_slice(b"{\"__typename\":");
                self.typename(object, out)?;
            }
        }
        self.fields(&representation.keys, (object, type_id), true, out)?;
        self.fields(&representation.requires, (object, type_id), false, out)?;
        out.push(b'}');
        Some(())
    }

    fn typename(&self, object: Object, out: &mut Vec<u8>) -> Option<()> {
        match self.arena.slot(object, TYPE_SLOT) {
            Value::Type(id) => write_string(self.program.plan.types.get(id as usize)?, out),
            Value::Leaf(name) => out.extend_from_slice(self.arena.text(name)),
            _ => return None,
        }
        Some(())
    }

    /// Writes fields behind what is there. `None` when one is missing and `complete` is demanded.
    fn fields(
        &self,
        fields: &[RepresentationSlot],
        (object, type_id): (Object, Option<u32>),
        complete: bool,
        out: &mut Vec<u8>,
    ) -> Option<()> {
        for field in fields {
            if !self.program.passes(field.types, type_id) {
                continue;
            }
            if out.last() != Some(&b'{') {
                out.push(b',');
            }
            out.extend_from_slice(&field.quoted_name);
            self.value(field, self.arena.slot(object, field.slot), complete, out)?;
        }
        Some(())
    }

    fn value(
        &self,
        field: &RepresentationSlot,
        value: Value,
        complete: bool,
        out: &mut Vec<u8>,
    ) -> Option<()> {
        match (value, &field.object) {
            (Value::Leaf(leaf), None) => out.extend_from_slice(self.arena.text(leaf)),
            (Value::Object(object), Some(inner)) => {
                let type_id = self.arena.type_of(object);
                if inner.typename && type_id.is_none() {
                    return self.nothing(complete, out);
                }
                out.push(b'{');
                if inner.typename {
                    out.extend_from_slice(b"\"__typename\":");
                    self.typename(object, out)?;
                }
                self.fields(&inner.fields, (object, type_id), complete, out)?;
                out.push(b'}');
            }
            (Value::List(list), Some(_)) => {
                out.push(b'[');
                for (index, item) in self.arena.elements(list).iter().enumerate() {
                    if index > 0 {
                        out.push(b',');
                    }
                    self.value(field, *item, complete, out)?;
                }
                out.push(b']');
            }
            _ => return self.nothing(complete, out),
        }
        Some(())
    }

    fn nothing(&self, complete: bool, out: &mut Vec<u8>) -> Option<()> {
        if complete {
            return None;
        }
        out.extend_from_slice(b"null");
        Some(())
    }
}

/// The representations of one batch, as they stand in the body.
#[derive(Default)]
pub(crate) struct Distinct {
    /// (hash, start, end) of each.
    known: Vec<(u64, u32, u32)>,
    /// Open addressing: one more than the index into `known`, or 0.
    table: Vec<u32>,
}

impl Distinct {
    /// How many different representations there are.
    pub(super) fn len(&self) -> usize {
        self.known.len()
    }

    /// The number of the representation that stands at the end of the body from `start` on. If an equal one is known
    /// already, its number is returned and the copy at the end is cut off.
    pub(super) fn number(&mut self, body: &mut Vec<u8>, start: usize) -> u32 {
        if (self.known.len() + 1) * 2 > self.table.len() {
            self.grow();
        }
        let mut hasher = FxHasher::default();
        hasher.write(&body[start..]);
        let hash = hasher.finish();
        let mask = self.table.len() - 1;
        let mut at = spread(hash) & mask;
        while self.table[at] != 0 {
            let number = self.table[at] - 1;
            let (other, from, to) = self.known[number as usize];
            if other == hash && body[from as usize..to as usize] == body[start..] {
                body.truncate(start);
                return number;
            }
            at = (at + 1) & mask;
        }
        let number = self.known.len() as u32;
        self.known.push((hash, start as u32, body.len() as u32));
        self.table[at] = number + 1;
        number
    }

    fn grow(&mut self) {
        let size = (self.table.len() * 2).max(16);
        self.table = vec![0; size];
        for (number, (hash, ..)) in self.known.iter().enumerate() {
            let mut at = spread(*hash) & (size - 1);
            while self.table[at] != 0 {
                at = (at + 1) & (size - 1);
            }
            self.table[at] = number as u32 + 1;
        }
    }
}

fn spread(hash: u64) -> usize {
    (hash ^ (hash >> 32)) as usize
}
