//! The ten acceptance scenarios: the whole federation over HTTP on real PostgreSQL, asked as the apps ask it, at its router.
//! Each test is named by its number; the rules are those of production (check-in included), only time is the test's own.

mod days;
mod fares;
mod federated;
mod forgery;
mod gates;
mod replicas;
mod roster;
mod scopes;
mod sessions;
mod support;
mod suspension;
