//! The data of one request: flat 12-byte values in one vector, objects as runs of slots, leaves as spans of received bytes.

use super::json::Token;
use bytes::Bytes;

/// A place in the response where objects live, with a fixed set of slots; numbered by the program.
pub(crate) type Place = u32;

/// Index of an object's first slot in [`Arena`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Object(u32);

/// The values of a list: a run in [`Arena`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct List {
    start: u32,
    length: u32,
}

/// A scalar as it was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Leaf {
    /// What the bytes look like.
    pub token: Token,
    buffer: u16,
    start: u32,
    end: u32,
}

/// One slot or list element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// Nobody has answered this yet.
    Absent,
    /// Answered with null.
    Null,
    /// A scalar, or (for custom scalars) any JSON value.
    Leaf(Leaf),
    /// The runtime type of the object whose first slot this is; index into the program's type names.
    Type(u32),
    /// An object.
    Object(Object),
    /// A list.
    List(List),
}

/// The number of all runtime types that the plan does not mention: they pass no type condition.
pub(crate) const FOREIGN_TYPE: u32 = u32::MAX;

/// Slot 0 of every object says its runtime type: a number, or the name as received when the plan does not mention it.
pub(crate) const TYPE_SLOT: u32 = 0;

/// Most slots and elements that one request may hold: 768 MiB.
const MOST_VALUES: usize = 1 << 26;

/// All data of one request.
#[derive(Default)]
pub(crate) struct Arena {
    values: Vec<Value>,
    buffers: Vec<Bytes>,
    /// Values as they were before the answer that is being read, to be put back if it turns out to be broken.
    before: Vec<(u32, Value)>,
    /// Where the values of the answer that is being read begin.
    mark: usize,
}

impl Arena {
    /// An arena with a root object of so many slots.
    pub(crate) fn with_root(slots: u32) -> (Self, Object) {
        let mut values = Vec::with_capacity(1024);
        values.resize(slots as usize, Value::Absent);
        (Self { values, ..Self::default() }, Object(0))
    }

    /// From here on changes can be taken back.
    pub(crate) fn begin(&mut self) {
        self.before.clear();
        self.mark = self.values.len();
    }

    /// Takes back every change since [`Arena::begin`].
    pub(crate) fn roll_back(&mut self) {
        for (index, value) in self.before.drain(..).rev() {
            self.values[index as usize] = value;
        }
        self.values.truncate(self.mark);
    }

    /// Keeps the bytes alive that leaves will point into. Returns the number to build leaves with, or `None` when
    /// the request has received more answers than can be numbered.
    pub(crate) fn keep(&mut self, bytes: Bytes) -> Option<u16> {
        let number = u16::try_from(self.buffers.len()).ok()?;
        self.buffers.push(bytes);
        Some(number)
    }

    /// A leaf made of a span of a kept buffer.
    pub(crate) fn leaf(buffer: u16, token: Token, span: super::json::Span) -> Value {
        Value::Leaf(Leaf { token, buffer, start: span.start, end: span.end })
    }

    /// A new object with `slots` absent slots; `None` when the request holds too much data already.
    pub(crate) fn object(&mut self, slots: u32) -> Option<Object> {
        if self.values.len() > MOST_VALUES {
            return None;
        }
        let start = self.values.len() as u32;
        self.values.resize(self.values.len() + slots as usize, Value::Absent);
        Some(Object(start))
    }

    /// A new list of the given elements, which are drained; `None` when the request holds too much data already.
    pub(crate) fn list(&mut self, elements: std::vec::Drain<'_, Value>) -> Option<List> {
        if self.values.len() + elements.len() > MOST_VALUES {
            return None;
        }
        let start = self.values.len() as u32;
        self.values.extend(elements);
        Some(List { start, length: self.values.len() as u32 - start })
    }

    /// The value of one slot.
    pub(crate) fn slot(&self, object: Object, slot: u32) -> Value {
        self.values[(object.0 + slot) as usize]
    }

    /// Writes one slot.
    pub(crate) fn set(&mut self, object: Object, slot: u32, value: Value) {
        self.write((object.0 + slot) as usize, value);
    }

    /// The elements of a list.
    pub(crate) fn elements(&self, list: List) -> &[Value] {
        &self.values[list.start as usize..(list.start + list.length) as usize]
    }

    /// Writes one element of a list.
    pub(crate) fn set_element(&mut self, list: List, index: usize, value: Value) {
        self.write(list.start as usize + index, value);
    }

    fn write(&mut self, index: usize, value: Value) {
        if index < self.mark {
            self.before.push((index as u32, self.values[index]));
        }
        self.values[index] = value;
    }

    /// The JSON text of a leaf.
    pub(crate) fn text(&self, leaf: Leaf) -> &[u8] {
        &self.buffers[leaf.buffer as usize][leaf.start as usize..leaf.end as usize]
    }

    /// The runtime type of an object, when anybody has said it; [`FOREIGN_TYPE`] for those without a number.
    pub(crate) fn type_of(&self, object: Object) -> Option<u32> {
        match self.slot(object, TYPE_SLOT) {
            Value::Type(name) => Some(name),
            Value::Leaf(_) => Some(FOREIGN_TYPE),
            _ => None,
        }
    }

    /// How many bytes have been received.
    pub(crate) fn received(&self) -> usize {
        self.buffers.iter().map(Bytes::len).sum()
    }
}

impl List {
    /// Number of elements.
    pub(crate) fn count(self) -> usize {
        self.length as usize
    }
}
