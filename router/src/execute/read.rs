//! Reads objects of a subgraph's answer into the arena, along the shape that the plan expects.

use super::arena::{Arena, FOREIGN_TYPE, Object, TYPE_SLOT, Value};
use super::json::{Malformed, Scanner, Token};
use super::program::{Program, ReadField, ReaderId};
use federation::plan::TypeSource;

const TOO_MUCH: Malformed = Malformed { at: 0, problem: "more data than one request may hold" };

/// Reads one answer.
pub(crate) struct Reading<'a, 't> {
    pub program: &'a Program,
    pub arena: &'a mut Arena,
    pub scanner: Scanner<'t>,
    /// The number of the kept buffer that is scanned.
    pub buffer: u16,
    /// Elements of the lists that are being read, innermost last.
    pub elements: Vec<Value>,
}

impl Reading<'_, '_> {
    /// Reads the object that comes next into an existing object of the reader's place. Of a key that occurs twice the
    /// last scalar counts; objects are merged.
    pub(super) fn object_into(&mut self, reader: ReaderId, target: Object) -> Result<(), Malformed> {
        let program = self.program;
        let reader = &program.readers[reader];
        if let TypeSource::Static(type_id) = reader.type_source {
            self.learn_type(target, type_id.0);
        }
        self.scanner.enter_object()?;
        let mut first = true;
        let mut expected = 0;
        while let Some(key) = self.scanner.key(first)? {
            first = false;
            let name = key.of(self.scanner.text());
            match position(&reader.fields, expected, name) {
                Some(index) => {
                    expected = index + 1;
                    self.field(&reader.fields[index], target)?;
                }
                None if name == b"__typename" => self.typename(target, reader.type_source)?,
                None => {
                    self.scanner.value()?;
                }
            }
        }
        Ok(())
    }

    fn field(&mut self, field: &ReadField, target: Object) -> Result<(), Malformed> {
        let Some(reader) = field.object else {
            let (token, span) = self.scanner.value()?;
            let value =
                if token == Token::Null { Value::Null } else { Arena::leaf(self.buffer, token, span) };
            if value != Value::Null || self.arena.slot(target, field.slot) == Value::Absent {
                self.arena.set(target, field.slot, value);
            }
            return Ok(());
        };
        let before = self.arena.slot(target, field.slot);
        let value = self.composite(reader, before)?;
        if value != before {
            self.arena.set(target, field.slot, value);
        }
        Ok(())
    }

    /// Reads an object or a list of objects. What another answer has already brought there is completed, not replaced.
    fn composite(&mut self, reader: ReaderId, before: Value) -> Result<Value, Malformed> {
        match self.scanner.peek()? {
            Token::Object => {
                let object = match before {
                    Value::Object(object) => object,
                    _ => self.new_object(reader)?,
                };
                self.object_into(reader, object)?;
                Ok(Value::Object(object))
            }
            Token::List => self.list(reader, before),
            _ => {
                let (token, span) = self.scanner.scalar()?;
                Ok(match (token, before) {
                    (Token::Null, Value::Absent) => Value::Null,
                    (_, Value::Absent | Value::Null) if token != Token::Null => {
                        Arena::leaf(self.buffer, token, span)
                    }
                    _ => before,
                })
            }
        }
    }

    fn list(&mut self, reader: ReaderId, before: Value) -> Result<Value, Malformed> {
        let known = match before {
            Value::List(list) => Some(list),
            _ => None,
        };
        let floor = self.elements.len();
        self.scanner.enter_list()?;
        while self.scanner.element(self.elements.len() == floor)? {
            let index = self.elements.len() - floor;
            let before = match known {
                Some(list) if index < list.count() => self.arena.elements(list)[index],
                _ => Value::Absent,
            };
            let value = self.composite(reader, before)?;
            self.elements.push(value);
        }
        match known {
            Some(list) if list.count() == self.elements.len() - floor => {
                for (index, value) in self.elements.drain(floor..).enumerate() {
                    self.arena.set_element(list, index, value);
                }
                Ok(before)
            }
            _ => self.arena.list(self.elements.drain(floor..)).map(Value::List).ok_or(TOO_MUCH),
        }
    }

    /// A new object for the reader's place.
    pub(super) fn new_object(&mut self, reader: ReaderId) -> Result<Object, Malformed> {
        let size = self.program.sizes[self.program.readers[reader].place as usize];
        self.arena.object(size).ok_or(TOO_MUCH)
    }

    /// An object type's name counts wherever it is said. Other names may be those of interfaces, unless the plan relies
    /// on what is said here.
    fn typename(&mut self, target: Object, source: TypeSource) -> Result<(), Malformed> {
        let (token, span) = self.scanner.value()?;
        if token == Token::String {
            let quoted = span.of(self.scanner.text());
            match self.program.type_id(&quoted[1..quoted.len() - 1]) {
                Some(type_id) => self.learn_type(target, type_id),
                None if source == TypeSource::Read && self.arena.type_of(target).is_none() => {
                    self.arena.set(target, TYPE_SLOT, Arena::leaf(self.buffer, token, span));
                }
                None => {}
            }
        }
        Ok(())
    }

    /// A type once known is not changed: a later answer may speak of an interface where an earlier one knew the object.
    fn learn_type(&mut self, target: Object, type_id: u32) {
        if matches!(self.arena.type_of(target), None | Some(FOREIGN_TYPE)) {
            self.arena.set(target, TYPE_SLOT, Value::Type(type_id));
        }
    }
}

/// The field of that name; answers mostly come in the order in which the document asked.
fn position(fields: &[ReadField], expected: usize, name: &[u8]) -> Option<usize> {
    if fields.get(expected).is_some_and(|field| *field.name == *name) {
        return Some(expected);
    }
    if memchr::memchr(b'\\', name).is_some() {
        let name = super::text::decode(name);
        return fields.iter().position(|field| *field.name == *name.as_bytes());
    }
    fields.iter().position(|field| *field.name == *name)
}
