//! Shared state in Redis, which every replica sees; in this process while Redis is away.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Cmd, FromRedisValue, cmd};

use super::{MemoryState, SharedState};
use crate::error::{Error, Result};

/// How long Redis may take before we go on without it, unless it is given more.
const PATIENCE: Duration = Duration::from_millis(250);

/// How long Redis is left alone after it did not answer.
const RETRY: Duration = Duration::from_millis(500);

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
    patience: Duration,
    /// None while Redis answers; else when it may be asked again. Nobody waits for a server that was just found missing.
    away_until: Mutex<Option<Instant>>,
}

impl RedisState {
    /// Connects when first asked, and again by itself whenever the connection is lost: a replica starts without Redis
    /// too. Errors: the URL does not parse.
    pub async fn connect(url: &str) -> Result<Self> {
        Self::connect_patiently(url, PATIENCE).await
    }

    /// The same with another limit to how long Redis may take.
    pub async fn connect_patiently(url: &str, patience: Duration) -> Result<Self> {
        let client = redis::Client::open(url).map_err(Error::internal)?;
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(1)
            .set_max_delay(RETRY)
            .set_connection_timeout(Some(patience.max(Duration::from_secs(2))))
            .set_response_timeout(Some(patience));
        let connection = client.get_connection_manager_lazy(config).map_err(Error::internal)?;
        Ok(Self { connection, fallback: MemoryState::new(), patience, away_until: Mutex::default() })
    }

    /// The answer; None if this replica has to go on by itself.
    async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> Option<T> {
        if !self.may_ask() {
            return None;
        }
        let mut connection = self.connection.clone();
        match tokio::time::timeout(self.patience, command.query_async(&mut connection)).await {
            Ok(Ok(value)) => {
                if self.away().take().is_some() {
                    tracing::info!("redis is back");
                }
                Some(value)
            }
            Ok(Err(error)) => self.lost(&error.to_string()),
            Err(_) => self.lost("it is slow"),
        }
    }

    fn away(&self) -> MutexGuard<'_, Option<Instant>> {
        self.away_until.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// True while Redis answers. While it is away, true for one caller now and then, who finds out.
    fn may_ask(&self) -> bool {
        let mut away = self.away();
        match *away {
            None => true,
            Some(until) if Instant::now() < until => false,
            Some(_) => {
                *away = Some(Instant::now() + RETRY);
                true
            }
        }
    }

    /// Said once for every time that Redis goes away.
    fn lost<T>(&self, error: &str) -> Option<T> {
        if self.away().replace(Instant::now() + RETRY).is_none() {
            tracing::warn!(error, "redis is away, this replica goes on by itself");
        }
        None
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
