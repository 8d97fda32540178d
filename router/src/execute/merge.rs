//! Brings what was read into one object to the other objects that the same representation stands for.

use super::arena::{Arena, FOREIGN_TYPE, Object, TYPE_SLOT, Value};
use super::program::{Program, ReaderId};

/// Copies the fields that two readers of one shape have in common from an object to another, perhaps at another place.
/// `None` when the request would hold too much data.
pub(crate) fn copy(
    program: &Program,
    arena: &mut Arena,
    (from_reader, from): (ReaderId, Object),
    (to_reader, to): (ReaderId, Object),
) -> Option<()> {
    if from == to {
        return Some(());
    }
    if matches!(arena.type_of(to), None | Some(FOREIGN_TYPE)) && arena.type_of(from).is_some() {
        arena.set(to, TYPE_SLOT, arena.slot(from, TYPE_SLOT));
    }
    let (source, target) = (&program.readers[from_reader], &program.readers[to_reader]);
    for (a, b) in source.fields.iter().zip(&target.fields) {
        let value = arena.slot(from, a.slot);
        let before = arena.slot(to, b.slot);
        let after = match (a.object, b.object) {
            (Some(a), Some(b)) => merged(program, arena, (a, value), (b, before))?,
            _ if value == Value::Absent || (value == Value::Null && before != Value::Absent) => before,
            _ => value,
        };
        if after != before {
            arena.set(to, b.slot, after);
        }
    }
    Some(())
}

/// The value that stands at the target afterwards: shared where nothing was there and the place is the same.
fn merged(
    program: &Program,
    arena: &mut Arena,
    (from_reader, value): (ReaderId, Value),
    (to_reader, before): (ReaderId, Value),
) -> Option<Value> {
    let same_place = program.readers[from_reader].place == program.readers[to_reader].place;
    match (value, before) {
        (Value::Absent, _) => Some(before),
        (Value::Null, Value::Absent) => Some(Value::Null),
        (Value::Null, _) => Some(before),
        (_, Value::Absent | Value::Null) if same_place => Some(value),
        (Value::Object(from), Value::Object(to)) => {
            copy(program, arena, (from_reader, from), (to_reader, to))?;
            Some(before)
        }
        (Value::Object(from), Value::Absent | Value::Null) => {
            let place = program.readers[to_reader].place;
            let to = arena.object(program.sizes[place as usize])?;
            copy(program, arena, (from_reader, from), (to_reader, to))?;
            Some(Value::Object(to))
        }
        (Value::List(from), _) => {
            let known = match before {
                Value::List(list) if list.count() == from.count() => Some(list),
                Value::Absent | Value::Null => None,
                _ => return Some(before),
            };
            let mut items = Vec::with_capacity(from.count());
            for index in 0..from.count() {
                let item = arena.elements(from)[index];
                let before = known.map_or(Value::Absent, |list| arena.elements(list)[index]);
                items.push(merged(program, arena, (from_reader, item), (to_reader, before))?);
            }
            let Some(list) = known else { return arena.list(items.drain(..)).map(Value::List) };
            for (index, item) in items.into_iter().enumerate() {
                arena.set_element(list, index, item);
            }
            Some(before)
        }
        (_, Value::Absent | Value::Null) => Some(value),
        _ => Some(before),
    }
}
