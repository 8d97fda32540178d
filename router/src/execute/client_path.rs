//! Paths in the request's data, told in the client's keys.
//!
//! A key of the data stands for one field with its arguments. The client may ask for it under several aliases, with other fields below
//! each, or not at all where only a key or a requirement needs it. So the way that leads furthest is taken, and ends where the
//! client did not ask further.

use super::program::{Program, WriterId};
use crate::response::{Conditions, PathPart};
use federation::plan::{KeyId, OutputField};

/// So many steps may be tried to find a way; many aliases could make it long.
const MOST_STEPS: usize = 1000;

/// A step of a path in the request's data.
#[derive(Clone, Copy)]
pub(super) enum Segment {
    Key(KeyId),
    Index(usize),
}

/// What is needed to tell paths in the client's keys.
pub(super) struct ClientPaths<'a> {
    pub(super) program: &'a Program,
    pub(super) conditions: &'a Conditions,
}

impl<'a> ClientPaths<'a> {
    /// The same path in the client's keys.
    pub(super) fn path(&self, segments: &[Segment]) -> Vec<PathPart> {
        let key = |segment: &Segment| match segment {
            Segment::Key(key) => Some(*key),
            Segment::Index(_) => None,
        };
        let keys: Vec<KeyId> = segments.iter().filter_map(key).collect();
        let mut fields = self.furthest(&keys).into_iter();
        let mut path = Vec::with_capacity(segments.len());
        for segment in segments {
            match segment {
                Segment::Index(index) => path.push(PathPart::Index(*index)),
                Segment::Key(_) => match fields.next() {
                    Some(field) => path.push(PathPart::Key(field.key.clone())),
                    None => break,
                },
            }
        }
        path
    }

    /// The part of a path of keys that is the same for all objects there: it ends with the first list.
    pub(super) fn above_lists(&self, keys: &[KeyId]) -> Vec<PathPart> {
        let mut path = Vec::with_capacity(keys.len());
        for field in self.furthest(keys) {
            path.push(PathPart::Key(field.key.clone()));
            if field.ty.nullable.len() > 1 {
                break;
            }
        }
        path
    }

    /// The client's fields along the keys, as far as it asked.
    fn furthest(&self, keys: &[KeyId]) -> Vec<&'a OutputField> {
        let mut search = Search { paths: self, steps: 0, way: Vec::new(), furthest: Vec::new() };
        search.go(self.program.output, keys);
        search.furthest
    }
}

/// A search for the client's fields along the keys of a path, depth first.
struct Search<'s, 'a> {
    paths: &'s ClientPaths<'a>,
    steps: usize,
    way: Vec<&'a OutputField>,
    furthest: Vec<&'a OutputField>,
}

impl Search<'_, '_> {
    /// True when the whole path was found, or the search has taken long enough.
    fn go(&mut self, writer: WriterId, keys: &[KeyId]) -> bool {
        let Some((key, rest)) = keys.split_first() else { return true };
        self.steps += 1;
        if self.steps > MOST_STEPS {
            return true;
        }
        let ClientPaths { program, conditions } = *self.paths;
        for field in &program.writers[writer].fields {
            if field.source.is_none_or(|(source, _)| source != *key) || !conditions.hold(field.condition) {
                continue;
            }
            self.way.push(&program.plan.selections[field.selection.index()].fields[field.index]);
            if self.way.len() > self.furthest.len() {
                self.furthest.clone_from(&self.way);
            }
            let found = field.object.map_or(rest.is_empty(), |below| self.go(below, rest));
            self.way.pop();
            if found {
                return true;
            }
        }
        false
    }
}
