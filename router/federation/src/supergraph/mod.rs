//! The model of a supergraph that composing and planning share.

/// A subgraph: index into the supergraph's list of subgraphs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct SubgraphId(pub u16);

impl SubgraphId {
    /// The id as an index.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}
