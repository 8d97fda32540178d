//! Who drove what, and which vehicle is on a trip: local copies of what the trip service tells, written only from events.

mod repository;

pub use repository::{drove, sweep, trip};
