//! The query plan: what to ask of which subgraph, where each answer goes, and how the client's response is written.
//!
//! A [`Plan`] is plain data. It says
//! - which **fetches** to send: a DAG, each fetch names in [`Fetch::after`] the fetches whose data it needs;
//! - how each answer is **read**: a [`Shape`] per fetch, a tree of response keys that is walked along with the JSON;
//! - how **representations** are written from data that is there already ([`Representation`]);
//! - how the **response** is written: [`Selection`] and [`OutputField`], in the client's order with the client's keys.
//!
//! # One object per response position
//!
//! All answers are merged into one tree of objects. An object maps [`KeyId`] to a value. A key stands for *one field with one
//! set of arguments* in the whole operation, whoever asks for it: client, `@key` or `@requires`. So two fetches that bring the
//! same field write the same key, different fields never meet under one key, and the client's aliases exist in [`OutputField`]
//! only. The text of a key ([`Plan::key`]) is the field's name, or an alias like `price_2` where a second set of arguments or an
//! incompatible type of the same field name occurs; subgraph documents use these texts as response keys.
//! Root fields of mutations are the exception: each client field has a key of its own, so that it is executed once each.
//!
//! # Types of objects
//!
//! An object has at most one runtime type ([`TypeId`]): known from the shape, read as `__typename`, or unknown so far
//! (behind an interface object). Once known it is never changed. `__typename` is not stored as a value under a key.

mod data;
pub use data::{
    Condition, ConditionId, EntityBatch, EnumId, Fetch, FetchId, FetchKind, KeyId, Leaf, OutputField,
    OutputType, OutputValue, PathStep, Plan, Representation, RepresentationField, RepresentationObject,
    Selection, SelectionId, Shape, ShapeField, ShapeId, ShapeValue, Target, TypeId, TypeSet, TypeSetId,
    TypeSource,
};
