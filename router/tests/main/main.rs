//! The router through its front door, over small subgraphs of a shop: products, reviews, accounts, stock.

mod access;
mod auth;
mod binary;
mod documents;
mod errors;
mod execute;
mod federation;
mod fixture;
mod hostile;
mod http;
mod metrics;
mod planning;
mod playground;
mod reload;
mod revocation;
mod stopping;
mod streams;
mod websocket;
