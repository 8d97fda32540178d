//! Composition of subgraph SDLs into one supergraph.
