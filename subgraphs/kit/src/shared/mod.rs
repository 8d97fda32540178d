//! What several replicas share: counters for rate limits and deny-lists, in the process or in Redis.

mod memory;
mod redis;

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;

pub use self::memory::MemoryState;
pub use self::redis::RedisState;
use crate::error::Result;

/// Small facts with a lifetime. Losing them degrades a service (a limit starts anew, a denied session lives until its
/// token expires) and never breaks it.
pub trait SharedState: Send + Sync {
    /// Adds one to a counter that starts at nothing and is forgotten `window` after its first count; returns the count.
    fn count<'a>(&'a self, key: &'a str, window: Duration) -> BoxFuture<'a, u64>;

    /// Remembers a value for a while.
    fn put<'a>(&'a self, key: &'a str, value: &'a str, lifetime: Duration) -> BoxFuture<'a, ()>;

    /// The value, if it is still remembered.
    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Option<String>>;

    /// Forgets a value or a counter.
    fn forget<'a>(&'a self, key: &'a str) -> BoxFuture<'a, ()>;
}

/// In Redis if there is a URL, in this process otherwise.
pub async fn connect(redis_url: Option<&str>) -> Result<Arc<dyn SharedState>> {
    match redis_url {
        Some(url) => Ok(Arc::new(RedisState::connect(url).await?)),
        None => Ok(Arc::new(MemoryState::new())),
    }
}
