//! Where live trips are: positions that drivers' phones report.

pub mod graphql;
pub mod repository;
pub mod service;
