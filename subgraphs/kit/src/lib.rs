//! What all four subgraphs do the same way: serve GraphQL, know the caller, keep time, and never lose an event.
//!
//! | module | what it gives |
//! |---|---|
//! | [`clock`], [`ids`], [`money`], [`phone`] | time as an argument, short ids, integer paise, E.164 |
//! | [`error`] | one error type with a stable code; internal causes are logged and masked |
//! | [`viewer`], [`principal`] | who calls, what they may see, and how we know |
//! | [`page`], [`loader`] | keyset connections, one dataloader per request |
//! | [`outbox`], [`envelope`], [`relay`], [`inbox`], [`bus`], [`feed`] | events, from the commit to the consumer |
//! | [`idempotency`], [`scheduler`], [`saga`], [`shared`] | repeated mutations, timers, work of several services, what replicas share |
//! | [`peer`], [`server`], [`migrate`], [`telemetry`], [`metrics`] | other subgraphs, HTTP, schema changes, logs, figures |
//! | [`wake`] | what makes relays and feeds look |
//! | [`housekeeping`] | what has served its time is deleted |

pub mod bus;
pub mod clock;
pub mod correlation;
pub mod envelope;
pub mod error;
pub mod feed;
pub mod housekeeping;
pub mod idempotency;
pub mod ids;
pub mod inbox;
pub mod loader;
pub mod metrics;
pub mod migrate;
pub mod money;
pub mod outbox;
pub mod page;
pub mod peer;
pub mod phone;
pub mod principal;
pub mod relay;
pub mod saga;
pub mod scheduler;
pub mod server;
pub mod shared;
pub mod telemetry;
pub mod viewer;
pub mod wake;

pub use bus::EventBus;
pub use clock::Clock;
pub use envelope::Envelope;
pub use error::{Code, Error, OnConstraint, Result};
pub use migrate::migrate;
pub use money::{Money, Paise};
pub use peer::Peers;
pub use principal::PrincipalKey;
pub use server::{Parts, Service};
pub use viewer::{Caller, Role, Scope, Viewer};
