//! Values of the world.

/// The value of a field.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// Null.
    Null,
    /// Null, because resolving failed.
    Failed,
    /// A scalar or enum value.
    Leaf(serde_json::Value),
    /// A list.
    List(Vec<Data>),
    /// An object.
    Object(Object),
}

/// An object: everything about it follows from these two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// Its concrete type in the supergraph.
    pub type_name: String,
    /// Which one.
    pub identity: u64,
    /// For ghosts: the only subgraph that speaks of it. All others find no entity with its key.
    pub ghost_of: Option<usize>,
}
