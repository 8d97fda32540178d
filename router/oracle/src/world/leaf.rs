//! Values of leaves, with the awkward ones among them: escapes, extremes, JSON inside custom scalars.

use super::Data;
use super::model::LeafModel;
use serde_json::json;

const WORDS: [&str; 10] = [
    "plain",
    "",
    "with \"quotes\"",
    "back\\slash",
    "line\nbreak",
    "ünïcödé",
    "😀 outside the plane",
    "null",
    "{\"a\":[1]}",
    "tab\tand bell\u{7}",
];
const INTEGERS: [i32; 8] = [0, 1, -1, 42, 1000, -99_999, i32::MAX, i32::MIN];
const FLOATS: [f64; 8] = [0.0, 1.0, -1.5, 0.1, 1e21, -2.5e-7, 123_456_789.25, 3.0];

/// A value of the leaf type that follows from the seed.
pub(super) fn value(leaf: &LeafModel, seed: u64) -> Data {
    let pick = |length: usize| (seed % length as u64) as usize;
    let number = (seed >> 32) % 1000;
    Data::Leaf(match leaf {
        LeafModel::Int => json!(INTEGERS[pick(INTEGERS.len())]),
        LeafModel::Float => json!(FLOATS[pick(FLOATS.len())]),
        LeafModel::Boolean => json!(seed.is_multiple_of(2)),
        LeafModel::String => json!(format!("{} {number}", WORDS[pick(WORDS.len())])),
        LeafModel::Id => json!(format!("id-{number}")),
        LeafModel::Enum(values) if values.is_empty() => return Data::Null,
        LeafModel::Enum(values) => json!(values[pick(values.len())]),
        LeafModel::Custom => match seed % 5 {
            0 => json!({ "a": [number, null, { "b": "}" }], "__typename": "x" }),
            1 => json!([[], {}, "]", number]),
            2 => json!(number as f64 + 0.5),
            3 => json!(true),
            _ => json!(format!("custom {number}")),
        },
    })
}

/// A value that no other identity has.
pub(super) fn identifying(leaf: &LeafModel, identity: u64) -> Data {
    Data::Leaf(match leaf {
        LeafModel::Int => json!((identity % (1 << 31)) as i32),
        LeafModel::Float => json!((identity % (1 << 50)) as f64 + 0.5),
        LeafModel::Boolean => json!(identity.is_multiple_of(2)),
        LeafModel::String => json!(format!("k\"{identity}\\é")),
        LeafModel::Id | LeafModel::Custom => json!(format!("{identity}")),
        LeafModel::Enum(values) if values.is_empty() => return Data::Null,
        LeafModel::Enum(values) => json!(values[(identity % values.len() as u64) as usize]),
    })
}
