//! The router through its front door, over small subgraphs of a shop: products, reviews, accounts, stock.

mod auth;
mod errors;
mod execute;
mod federation;
mod fixture;
mod http;
mod playground;
mod reload;
mod streams;
mod websocket;
