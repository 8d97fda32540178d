//! What a service tells a monitoring system: counters of its requests, and gauges that are read when somebody asks.

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use futures_util::future::BoxFuture;
use sqlx::PgPool;

use crate::bus::EventBus;
use crate::error::Result;

/// The upper bounds of the histogram of request durations, in seconds.
const BOUNDS: [f64; 9] = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0];

/// How long a gauge may take to be read.
const PATIENCE: Duration = Duration::from_secs(2);

type Read = Arc<dyn Fn() -> BoxFuture<'static, Result<f64>> + Send + Sync>;

#[derive(Clone)]
struct Gauge {
    name: &'static str,
    help: &'static str,
    read: Read,
}

/// The figures of one service. Clones are the same figures.
#[derive(Clone)]
pub struct Metrics(Arc<Inner>);

struct Inner {
    service: &'static str,
    succeeded: AtomicU64,
    failed: AtomicU64,
    refused: AtomicU64,
    micros: AtomicU64,
    buckets: [AtomicU64; BOUNDS.len()],
    gauges: RwLock<Vec<Gauge>>,
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Answered without errors.
    Succeeded,
    /// Answered with errors.
    Failed,
    /// Not executed.
    Refused,
}

impl Metrics {
    /// No figures yet.
    pub fn new(service: &'static str) -> Self {
        Self(Arc::new(Inner {
            service,
            succeeded: AtomicU64::default(),
            failed: AtomicU64::default(),
            refused: AtomicU64::default(),
            micros: AtomicU64::default(),
            buckets: Default::default(),
            gauges: RwLock::default(),
        }))
    }

    /// Adds a gauge: `metrics.gauge("dk_stuck_sagas", "Sagas that …", move || async { … Ok(3.0) })`. The name is unique and in
    /// Prometheus' spelling.
    pub fn gauge<F, Fut>(&self, name: &'static str, help: &'static str, read: F)
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<f64>> + Send + 'static,
    {
        let read: Read = Arc::new(move || Box::pin(read()));
        self.0.gauges.write().unwrap_or_else(PoisonError::into_inner).push(Gauge { name, help, read });
    }

    /// Counts a request.
    pub fn request(&self, outcome: Outcome, took: Duration) {
        let counter = match outcome {
            Outcome::Succeeded => &self.0.succeeded,
            Outcome::Failed => &self.0.failed,
            Outcome::Refused => &self.0.refused,
        };
        counter.fetch_add(1, Ordering::Relaxed);
        self.0.micros.fetch_add(u64::try_from(took.as_micros()).unwrap_or(0), Ordering::Relaxed);
        if let Some(bucket) = BOUNDS.iter().position(|bound| took.as_secs_f64() <= *bound) {
            self.0.buckets[bucket].fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The figures in Prometheus' text format. A gauge that cannot be read is left out, which alarms can see.
    pub async fn text(&self) -> String {
        let mut text = self.requests();
        let gauges = self.0.gauges.read().unwrap_or_else(PoisonError::into_inner).clone();
        for Gauge { name, help, read } in gauges {
            match tokio::time::timeout(PATIENCE, read()).await {
                Ok(Ok(value)) => {
                    let service = self.0.service;
                    let _ = write!(
                        text,
                        "# HELP {name} {help}\n# TYPE {name} gauge\n{name}{{service=\"{service}\"}} {value}\n"
                    );
                }
                Ok(Err(error)) => {
                    tracing::warn!(gauge = name, error = error.log_line(), "gauge cannot be read")
                }
                Err(_) => tracing::warn!(gauge = name, "gauge takes too long to read"),
            }
        }
        text
    }

    fn requests(&self) -> String {
        let inner = &self.0;
        let service = inner.service;
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let outcomes =
            [("succeeded", &inner.succeeded), ("failed", &inner.failed), ("refused", &inner.refused)];
        let mut text =
            "# HELP dk_requests_total GraphQL requests by outcome\n# TYPE dk_requests_total counter\n"
                .to_owned();
        for (outcome, counter) in outcomes {
            let count = get(counter);
            let _ =
                writeln!(text, "dk_requests_total{{service=\"{service}\",outcome=\"{outcome}\"}} {count}");
        }
        let name = "dk_request_duration_seconds";
        let _ = write!(text, "# HELP {name} How long GraphQL requests took\n# TYPE {name} histogram\n");
        let mut cumulative = 0;
        for (bound, bucket) in BOUNDS.iter().zip(&inner.buckets) {
            cumulative += get(bucket);
            let _ = writeln!(text, "{name}_bucket{{service=\"{service}\",le=\"{bound}\"}} {cumulative}");
        }
        let count: u64 = outcomes.iter().map(|(_, counter)| get(counter)).sum();
        let sum = Duration::from_micros(get(&inner.micros)).as_secs_f64();
        let _ = writeln!(text, "{name}_bucket{{service=\"{service}\",le=\"+Inf\"}} {count}");
        let _ = write!(
            text,
            "{name}_sum{{service=\"{service}\"}} {sum}\n{name}_count{{service=\"{service}\"}} {count}\n"
        );
        text
    }

    /// The gauges that every service has: its outbox, its dead letters, its connections, its bus.
    pub(crate) fn add_platform_gauges(&self, pool: &PgPool, bus: &Arc<dyn EventBus>) {
        for (name, help, sql) in PLATFORM {
            let pool = pool.clone();
            self.gauge(name, help, move || {
                let pool = pool.clone();
                async move { Ok(sqlx::query_scalar(sql).fetch_one(&pool).await?) }
            });
        }
        let used = pool.clone();
        self.gauge("dk_database_connections", "Connections to the database in use", move || {
            let used = f64::from(used.size()) - used.num_idle() as f64;
            async move { Ok(used) }
        });
        let (letters, service) = (bus.clone(), self.0.service);
        self.gauge("dk_dead_letters", "Events that this service's consumers gave up", move || {
            let letters = letters.clone();
            async move { Ok(letters.count_dead_letters(service).await? as f64) }
        });
        let bus = bus.clone();
        self.gauge("dk_bus_connected", "1 if events can be published", move || {
            let connected = f64::from(u8::from(bus.is_connected()));
            async move { Ok(connected) }
        });
    }
}

/// Name, help, and a statement that gives one double.
const PLATFORM: [(&str, &str, &str); 2] = [
    (
        "dk_outbox_unpublished_events",
        "Events recorded and not yet with the bus",
        "SELECT ((SELECT count(*) FROM outbox WHERE position IS NULL) + head.position - relay.position)::float8
         FROM outbox_head AS head, outbox_cursor AS relay WHERE relay.name = 'relay'",
    ),
    (
        "dk_outbox_oldest_unpublished_seconds",
        "Age of the oldest event that is not yet with the bus",
        // The first of those without a place and the first behind the relay, each by its index.
        "SELECT coalesce(extract(epoch FROM now() - least(
             (SELECT occurred_at FROM outbox WHERE position IS NULL ORDER BY sequence LIMIT 1),
             (SELECT occurred_at FROM outbox
              WHERE position > (SELECT position FROM outbox_cursor WHERE name = 'relay')
              ORDER BY position LIMIT 1))), 0)::float8",
    ),
];
