//! The one binary `drivers-klub`.
fn main() {}
