//! Writes `data` in one pass over the request's data. A null where none is allowed cuts the output back to the nearest
//! place where null may stand.

use super::leaf::write_leaf;
use super::{GraphqlError, PathPart, code};
use crate::execute::Program;
use crate::execute::arena::{Arena, Object, TYPE_SLOT, Value};
use crate::execute::json::{Scanner, Token};
use crate::execute::program::{WriteField, WriterId};
use federation::plan::{ConditionId, OutputField, OutputValue, TypeId};

/// Which conditions of the plan hold in this request.
pub(crate) struct Conditions(Vec<bool>);

impl Conditions {
    /// Evaluates all conditions of a plan with its boolean variables' values.
    pub(crate) fn new(plan: &federation::plan::Plan, variable: impl Fn(&str) -> bool) -> Self {
        let values: Vec<bool> = plan.condition_variables.iter().map(|name| variable(name)).collect();
        Self(
            plan.conditions.iter().map(|condition| condition.holds(|index| values[index as usize])).collect(),
        )
    }

    /// Whether the condition holds; no condition always does.
    pub(crate) fn hold(&self, condition: Option<ConditionId>) -> bool {
        condition.is_none_or(|id| self.0[id.index()])
    }
}

/// A list of a million wrong values needs no million errors.
const MOST_ERRORS: usize = 1000;

/// The answers to `__schema` and `__type`, by client key.
pub(crate) type Introspection<'a> = Option<&'a serde_json::Map<String, serde_json::Value>>;

/// Writes the root object (or null) behind `{"data":`. Adds the errors found on the way.
pub(crate) fn write(
    program: &Program,
    arena: &Arena,
    conditions: &Conditions,
    introspection: Introspection<'_>,
    (root, errors): (Object, &mut Vec<GraphqlError>),
) -> Vec<u8> {
    let mut out = Vec::with_capacity(arena.received() + arena.received() / 4 + 64);
    out.extend_from_slice(b"{\"data\":");
    let checkpoint = out.len();
    let mut writing = Writing { program, arena, conditions, introspection, errors, out, path: Vec::new() };
    if writing.object(program.output, root).is_err() {
        writing.out.truncate(checkpoint);
        writing.out.extend_from_slice(b"null");
    }
    writing.out
}

/// Null has to go further up: this place does not allow it.
struct Bubble;

type Written = Result<(), Bubble>;

#[derive(Clone, Copy)]
enum Part<'p> {
    Key(&'p str),
    Index(usize),
}

struct Writing<'p, 'e> {
    program: &'p Program,
    arena: &'p Arena,
    conditions: &'p Conditions,
    introspection: Introspection<'p>,
    errors: &'e mut Vec<GraphqlError>,
    out: Vec<u8>,
    path: Vec<Part<'p>>,
}

impl<'p> Writing<'p, '_> {
    fn object(&mut self, writer: WriterId, object: Object) -> Written {
        let program = self.program;
        let writer = &program.writers[writer];
        let type_id = self.arena.type_of(object);
        self.out.push(b'{');
        let mut first = true;
        for field in &writer.fields {
            if !self.conditions.hold(field.condition) || !program.passes(field.types, type_id) {
                continue;
            }
            if !first {
                self.out.push(b',');
            }
            first = false;
            self.out.extend_from_slice(&field.quoted_key);
            self.field(field, object)?;
        }
        self.out.push(b'}');
        Ok(())
    }

    fn field(&mut self, field: &'p WriteField, object: Object) -> Written {
        let output = &self.program.plan.selections[field.selection.index()].fields[field.index];
        self.path.push(Part::Key(&output.key));
        let written = match field.source {
            Some((_, slot)) => self.nullable(field, output, self.arena.slot(object, slot), 0),
            None => self.meta(output, object),
        };
        self.path.pop();
        written
    }

    /// Writes a value of the field, or of its list items at `level`, or null if that is allowed.
    fn nullable(
        &mut self,
        field: &'p WriteField,
        output: &'p OutputField,
        value: Value,
        level: usize,
    ) -> Written {
        let checkpoint = self.out.len();
        let written = match value {
            Value::Absent | Value::Null | Value::Type(_) => Err(Bubble),
            value => self.value(field, output, value, level),
        };
        match written {
            Ok(()) => Ok(()),
            Err(Bubble) => self.null(output, level, checkpoint),
        }
    }

    fn null(&mut self, output: &OutputField, level: usize, checkpoint: usize) -> Written {
        if !output.ty.nullable[level] {
            self.unexpected_null(output);
            return Err(Bubble);
        }
        self.out.truncate(checkpoint);
        self.out.extend_from_slice(b"null");
        Ok(())
    }

    fn value(
        &mut self,
        field: &'p WriteField,
        output: &'p OutputField,
        value: Value,
        level: usize,
    ) -> Written {
        let inside_list = level + 1 < output.ty.nullable.len();
        match (value, field.object) {
            (Value::List(list), Some(_)) if inside_list => self
                .items(self.arena.elements(list).iter().copied(), |w, item| {
                    w.nullable(field, output, item, level + 1)
                }),
            (Value::Object(object), Some(writer)) if !inside_list => {
                if self.may_be_seen(writer, object) {
                    self.object(writer, object)
                } else {
                    Err(Bubble)
                }
            }
            (Value::Leaf(leaf), None) => {
                let text = self.arena.text(leaf);
                if inside_list {
                    return self.leaf_list(output, leaf.token, text, level);
                }
                self.leaf(output, leaf.token, text)
            }
            _ => self.mistyped(output),
        }
    }

    /// A list of leaves was kept as one span; its items are checked while they are copied.
    fn leaf_list(&mut self, output: &'p OutputField, token: Token, text: &[u8], level: usize) -> Written {
        if token != Token::List {
            return self.mistyped(output);
        }
        let mut items = Vec::new();
        let mut scanner = Scanner::trusted(text);
        // The text was scanned when it was received: it cannot fail here.
        let mut more = scanner.enter_list().and_then(|()| scanner.element(true));
        while let Ok(true) = more {
            let Ok((token, span)) = scanner.value() else { break };
            items.push((token, span));
            more = scanner.element(false);
        }
        self.items(items.into_iter(), |w, (token, span)| {
            let checkpoint = w.out.len();
            let inside_list = level + 2 < output.ty.nullable.len();
            let written = match token {
                Token::Null => Err(Bubble),
                _ if inside_list => w.leaf_list(output, token, span.of(text), level + 1),
                _ => w.leaf(output, token, span.of(text)),
            };
            written.or_else(|Bubble| w.null(output, level + 1, checkpoint))
        })
    }

    fn items<T>(
        &mut self,
        items: impl Iterator<Item = T>,
        mut write: impl FnMut(&mut Self, T) -> Written,
    ) -> Written {
        self.out.push(b'[');
        for (index, item) in items.enumerate() {
            if index > 0 {
                self.out.push(b',');
            }
            self.path.push(Part::Index(index));
            let written = write(self, item);
            self.path.pop();
            written?;
        }
        self.out.push(b']');
        Ok(())
    }

    fn leaf(&mut self, output: &'p OutputField, token: Token, text: &[u8]) -> Written {
        if write_leaf(&self.program.plan, output.ty.leaf, token, text, &mut self.out) {
            return Ok(());
        }
        self.mistyped(output)
    }

    fn meta(&mut self, output: &OutputField, object: Object) -> Written {
        let checkpoint = self.out.len();
        match &output.value {
            OutputValue::Typename(Some(name)) => super::write_string(name, &mut self.out),
            OutputValue::Typename(None) => {
                let Value::Type(id) = self.arena.slot(object, TYPE_SLOT) else {
                    return self.null(output, 0, checkpoint);
                };
                let Some(name) = self.program.plan.types.get(TypeId(id).index()) else {
                    return self.null(output, 0, checkpoint);
                };
                super::write_string(name, &mut self.out);
            }
            OutputValue::Withheld => {
                self.report(code::UNAUTHORIZED, code::UNAUTHORIZED_MESSAGE.to_owned());
                return self.null(output, 0, checkpoint);
            }
            _ => match self.introspection.and_then(|answers| answers.get(&output.key)) {
                Some(value) => self.out.extend_from_slice(value.to_string().as_bytes()),
                None => return self.null(output, 0, checkpoint),
            },
        }
        Ok(())
    }

    /// Whether the object's type, where it is known, is one that clients may see. Others are as if they were not there.
    fn may_be_seen(&self, writer: WriterId, object: Object) -> bool {
        let type_id = self.arena.type_of(object);
        type_id.is_none() || self.program.passes(self.program.writers[writer].possible, type_id)
    }

    /// The value itself is not named: it may be one that clients may not see.
    fn mistyped(&mut self, output: &OutputField) -> Written {
        let message = format!("{} was answered with a value that does not fit its type", output.coordinate);
        self.report(code::INVALID_VALUE, message);
        Err(Bubble)
    }

    /// One null has one cause: where an error already speaks of this place, above it or below it, nothing is added.
    fn unexpected_null(&mut self, output: &OutputField) {
        let explained = self.errors.iter().any(|error| {
            error.path.iter().zip(&self.path).all(|pair| match pair {
                (PathPart::Key(a), Part::Key(b)) => a == b,
                (PathPart::Index(a), Part::Index(b)) => a == b,
                _ => false,
            })
        });
        if !explained {
            let message = format!("{} is not nullable but was answered with null", output.coordinate);
            self.report(code::UNEXPECTED_NULL, message);
        }
    }

    fn report(&mut self, code: &str, message: String) {
        if self.errors.len() >= MOST_ERRORS {
            return;
        }
        let part = |part: &Part<'_>| match part {
            Part::Key(key) => PathPart::Key((*key).to_owned()),
            Part::Index(index) => PathPart::Index(*index),
        };
        self.errors.push(GraphqlError::new(code, message).at(self.path.iter().map(part).collect()));
    }
}
