//! Finds the objects at a place: follows a plan's path from the root through objects and lists.

use super::arena::{Arena, Object, Value};
use super::program::{Program, Step, TargetProgram};
use federation::plan::TypeSetId;

/// An object found on a path.
pub(crate) struct Found<'a> {
    pub object: Object,
    /// Its runtime type, if known.
    pub type_id: Option<u32>,
    /// The list indices on the way, each with the number of steps before it.
    pub indices: &'a [(usize, usize)],
}

/// Calls `found` for every object of the target, in the order of the response.
pub(crate) fn visit(
    program: &Program,
    arena: &Arena,
    root: Object,
    target: &TargetProgram,
    found: &mut dyn FnMut(Found<'_>),
) {
    visit_path(program, arena, root, (&target.path, target.types), found);
}

/// Calls `found` for every object that the path leads to and whose type passes.
pub(crate) fn visit_path(
    program: &Program,
    arena: &Arena,
    root: Object,
    (path, types): (&[Step], Option<TypeSetId>),
    found: &mut dyn FnMut(Found<'_>),
) {
    let mut walk = Walk { program, arena, types, length: path.len(), indices: Vec::new(), found };
    walk.object(root, path);
}

struct Walk<'a, 'f> {
    program: &'a Program,
    arena: &'a Arena,
    types: Option<TypeSetId>,
    /// Steps of the whole path.
    length: usize,
    indices: Vec<(usize, usize)>,
    found: &'f mut dyn FnMut(Found<'_>),
}

impl Walk<'_, '_> {
    fn object(&mut self, object: Object, path: &[Step]) {
        let type_id = self.arena.type_of(object);
        match path.split_first() {
            Some((step, rest)) if self.program.passes(step.types, type_id) => {
                self.value(self.arena.slot(object, step.slot), rest);
            }
            None if self.program.passes(self.types, type_id) => {
                (self.found)(Found { object, type_id, indices: &self.indices });
            }
            _ => {}
        }
    }

    fn value(&mut self, value: Value, path: &[Step]) {
        match value {
            Value::Object(object) => self.object(object, path),
            Value::List(list) => {
                let arena = self.arena;
                for (index, item) in arena.elements(list).iter().enumerate() {
                    self.indices.push((self.length - path.len(), index));
                    self.value(*item, path);
                    self.indices.pop();
                }
            }
            _ => {}
        }
    }
}
