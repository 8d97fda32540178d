//! Places of the response and their slots: every key that can occur at one place has a fixed number there, so that
//! reading or merging a field is an index and not a search.

use super::arena::Place;
use federation::plan::KeyId;
use rustc_hash::FxHashMap;

/// The tree of places. Place 0 holds the root object.
pub(super) struct Layout {
    places: Vec<Slots>,
}

struct Slots {
    slots: FxHashMap<KeyId, u32>,
    below: FxHashMap<KeyId, Place>,
}

/// The place of the root object.
pub(super) const ROOT: Place = 0;

impl Layout {
    /// Only the root place, without fields.
    pub(super) fn new() -> Self {
        Self { places: vec![Slots::new()] }
    }

    /// The slot of a key, made if it is new. Slot 0 is the runtime type.
    pub(super) fn slot(&mut self, place: Place, key: KeyId) -> u32 {
        let slots = &mut self.places[place as usize].slots;
        let next = slots.len() as u32 + 1;
        *slots.entry(key).or_insert(next)
    }

    /// The place of the objects under a key, made if it is new.
    pub(super) fn below(&mut self, place: Place, key: KeyId) -> Place {
        if let Some(place) = self.places[place as usize].below.get(&key) {
            return *place;
        }
        let new = self.places.len() as Place;
        self.places.push(Slots::new());
        self.places[place as usize].below.insert(key, new);
        new
    }

    /// How many slots an object needs at each place.
    pub(super) fn sizes(&self) -> Vec<u32> {
        self.places.iter().map(|place| place.slots.len() as u32 + 1).collect()
    }
}

impl Slots {
    fn new() -> Self {
        Self { slots: FxHashMap::default(), below: FxHashMap::default() }
    }
}
