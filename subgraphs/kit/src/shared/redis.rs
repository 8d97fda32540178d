//! Shared state in Redis, which every replica sees; in this process while Redis is away.

use std::time::Duration;

use futures_util::future::BoxFuture;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Cmd, FromRedisValue, cmd};

use super::{MemoryState, SharedState};
use crate::error::{Error, Result};

/// How long Redis may take before we go on without it.
const PATIENCE: Duration = Duration::from_millis(250);

/// Every key starts with this, so that the server can be shared.
const PREFIX: &str = "dk:";

/// One step, so that a counter cannot be left without its lifetime.
const COUNT: &str = "local n = redis.call('INCR', KEYS[1])
if n == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return n";

/// Kept in Redis; while it cannot be reached each replica keeps its own.
pub struct RedisState {
    connection: ConnectionManager,
    fallback: MemoryState,
}

impl RedisState {
    /// Connects now, and again by itself whenever the connection is lost. Errors: the URL does not parse, or nobody
    /// answers there at the start.
    pub async fn connect(url: &str) -> Result<Self> {
        let client = redis::Client::open(url).map_err(Error::internal)?;
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(Duration::from_secs(2)))
            .set_response_timeout(Some(PATIENCE));
        let connection = client.get_connection_manager_with_config(config).await.map_err(Error::internal)?;
        Ok(Self { connection, fallback: MemoryState::new() })
    }

    async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> Option<T> {
        let mut connection = self.connection.clone();
        match tokio::time::timeout(PATIENCE, command.query_async(&mut connection)).await {
            Ok(Ok(value)) => Some(value),
            Ok(Err(error)) => {
                tracing::warn!(%error, "redis failed, this replica goes on by itself");
                None
            }
            Err(_) => {
                tracing::warn!("redis is slow, this replica goes on by itself");
                None
            }
        }
    }
}

impl SharedState for RedisState {
    fn count<'a>(&'a self, key: &'a str, window: Duration) -> BoxFuture<'a, u64> {
        Box::pin(async move {
            let mut count = cmd("EVAL");
            count.arg(COUNT).arg(1).arg(format!("{PREFIX}{key}")).arg(millis(window));
            match self.ask(&count).await {
                Some(count) => count,
                None => self.fallback.count(key, window).await,
            }
        })
    }

    fn put<'a>(&'a self, key: &'a str, value: &'a str, lifetime: Duration) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            let mut set = cmd("SET");
            set.arg(format!("{PREFIX}{key}")).arg(value).arg("PX").arg(millis(lifetime));
            let _: Option<()> = self.ask(&set).await;
            self.fallback.put(key, value, lifetime).await;
        })
    }

    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Option<String>> {
        Box::pin(async move {
            let mut get = cmd("GET");
            get.arg(format!("{PREFIX}{key}"));
            match self.ask::<Option<String>>(&get).await {
                Some(value) => value,
                None => self.fallback.get(key).await,
            }
        })
    }

    fn forget<'a>(&'a self, key: &'a str) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            let mut del = cmd("DEL");
            del.arg(format!("{PREFIX}{key}"));
            let _: Option<()> = self.ask(&del).await;
            self.fallback.forget(key).await;
        })
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX).max(1)
}
