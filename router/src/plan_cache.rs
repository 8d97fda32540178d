//! Prepared operations by their full text: each is parsed and planned once, away from the I/O threads.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use federation::{
    operation::{self, Limits, Operation},
    plan::{self, Plan, PlanOptions},
    supergraph::{RuleSet, Supergraph},
};
use moka::sync::Cache;
use tokio::{
    sync::{OnceCell, Semaphore},
    task::spawn_blocking,
    time::timeout,
};

use crate::{
    config::Config,
    error::{ClientError, Entry, code},
    execute::Program,
};

/// The planner's own code for a plan that took too long.
const INTERRUPTED: &str = "PLAN_INTERRUPTED";
/// Documents up to this many bytes count as one entry, longer ones as several: comments cost no tokens but memory.
const USUAL_DOCUMENT: usize = 4096;
/// Errors of one document that a client is told; more would only amplify.
const MAX_ERRORS: usize = 25;
/// Operations planned again before a new supergraph takes over.
const WARMED: usize = 200;

/// An operation that is ready to run with any variables.
pub(crate) struct Prepared {
    pub(crate) operation: Operation,
    pub(crate) plan: Arc<Plan>,
    pub(crate) program: Program,
}

/// What makes two requests the same operation. Compared in full: a hash alone could serve a stranger's plan.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub(crate) text: Arc<str>,
    pub(crate) operation_name: Option<Arc<str>>,
    /// The access rules that do not hold for the caller, of those that the operation meets.
    pub(crate) denied: RuleSet,
}

fn weight(key: &Key) -> u32 {
    u32::try_from(1 + key.text.len() / USUAL_DOCUMENT).unwrap_or(u32::MAX)
}

type Planned = Result<Arc<Prepared>, ClientError>;

/// Plans of one supergraph.
pub(crate) struct PlanCache {
    entries: Cache<Key, Arc<OnceCell<Planned>>>,
    shared: Arc<Shared>,
}

struct Shared {
    supergraph: Arc<Supergraph>,
    limits: Limits,
    /// Whether errors may name what the schema has instead.
    suggests: bool,
    override_labels: Vec<String>,
    time: Duration,
    permits: Semaphore,
    made: AtomicU64,
}

impl PlanCache {
    pub(crate) fn new(config: &Config, supergraph: Arc<Supergraph>) -> Self {
        let limits = Limits {
            depth: config.max_depth,
            aliases: config.max_aliases,
            root_fields: config.max_root_fields,
            tokens: config.max_tokens,
            ..Limits::default()
        };
        let planners = std::thread::available_parallelism().map_or(1, usize::from);
        let shared = Shared {
            supergraph,
            limits,
            suggests: config.introspection(),
            override_labels: config.override_labels.clone(),
            time: config.plan_timeout,
            permits: Semaphore::new(planners),
            made: AtomicU64::new(0),
        };
        let entries =
            Cache::builder().max_capacity(config.plan_cache_size).weigher(|key: &Key, _| weight(key)).build();
        Self { entries, shared: Arc::new(shared) }
    }

    /// The prepared operation. Callers that come while it is being planned wait for the same plan.
    pub(crate) async fn get(&self, key: &Key) -> Planned {
        let cell = match self.entries.get(key) {
            Some(cell) => cell,
            None => self.entries.get_with_by_ref(key, || Arc::new(OnceCell::new())),
        };
        if let Some(planned) = cell.get() {
            return planned.clone();
        }
        let (shared, work) = (Arc::clone(&self.shared), key.clone());
        let filling = Arc::clone(&cell);
        // A task of its own: planning goes on for the others even if the first caller leaves.
        let filled =
            tokio::spawn(async move { filling.get_or_init(|| shared.plan(work)).await.clone() }).await;
        let planned = filled.unwrap_or_else(|error| Err(ClientError::internal(error)));
        // What failed for lack of time or by a fault of ours may succeed next time.
        if planned.as_ref().is_err_and(|error| [INTERRUPTED, code::INTERNAL].contains(&error.code())) {
            self.entries.invalidate(key);
        }
        planned
    }

    /// How many documents were prepared, and how many are kept.
    pub(crate) fn counts(&self) -> (u64, u64) {
        self.entries.run_pending_tasks();
        (self.shared.made.load(Ordering::Relaxed), self.entries.entry_count())
    }

    /// Plans documents before somebody asks for them. Those that do not fit the schema are told in the log.
    pub(crate) async fn prepare(&self, texts: impl Iterator<Item = &Arc<str>>) {
        for text in texts {
            let key = Key { text: Arc::clone(text), operation_name: None, denied: RuleSet::default() };
            if let Err(error) = self.get(&key).await {
                tracing::warn!(
                    code = error.code(),
                    errors = error.list(),
                    text = &**text,
                    "a trusted document is of no use"
                );
            }
        }
    }

    /// Plans what another generation had in use, so that its replacement does not start cold.
    pub(crate) async fn warm(&self, other: &Self) {
        let keys: Vec<Key> = other.entries.iter().take(WARMED).map(|(key, _)| (*key).clone()).collect();
        for key in keys {
            drop(self.get(&key).await);
        }
    }
}

impl Shared {
    async fn plan(self: Arc<Self>, key: Key) -> Planned {
        let Ok(_permit) = self.permits.acquire().await else {
            return Err(ClientError::internal("the planner is closed"));
        };
        let cancelled = Arc::new(AtomicBool::new(false));
        let (shared, stop) = (Arc::clone(&self), Arc::clone(&cancelled));
        let work = spawn_blocking(move || shared.plan_now(&key, &stop));
        // The planner watches its own budget; this is for the case that it does not come back.
        match timeout(self.time + self.time / 4, work).await {
            Ok(Ok(planned)) => planned,
            Ok(Err(error)) => Err(ClientError::internal(error)),
            Err(_) => {
                cancelled.store(true, Ordering::Relaxed);
                Err(planning_failed(INTERRUPTED, "it took too long"))
            }
        }
    }

    fn plan_now(&self, key: &Key, cancelled: &AtomicBool) -> Planned {
        self.made.fetch_add(1, Ordering::Relaxed);
        let (name, limits) = (key.operation_name.as_deref(), &self.limits);
        let operation = operation::prepare_without(&self.supergraph, &key.text, name, limits, &key.denied);
        let operation = operation.map_err(|errors| self.refuse(errors))?;
        let deadline = Instant::now() + self.time;
        let interrupt = || cancelled.load(Ordering::Relaxed) || Instant::now() > deadline;
        let options = PlanOptions {
            override_labels: &self.override_labels,
            interrupt: Some(&interrupt),
            ..PlanOptions::default()
        };
        let plan = plan::plan(&self.supergraph, &operation, &options)
            .map_err(|error| planning_failed(error.code(), &error.to_string()))?;
        let plan = Arc::new(plan);
        let program = Program::new(Arc::clone(&plan));
        Ok(Arc::new(Prepared { operation, plan, program }))
    }

    fn refuse(&self, mut errors: Vec<operation::RequestError>) -> ClientError {
        errors.truncate(MAX_ERRORS);
        if self.suggests {
            operation::suggest(&self.supergraph, &mut errors);
        }
        refused(&errors)
    }
}

fn planning_failed(code: &str, why: &str) -> ClientError {
    tracing::error!(code, why, "an operation could not be planned");
    ClientError::operation(code, "This operation could not be planned.")
}

/// Errors of the operation layer as clients see them.
pub(crate) fn refused(errors: &[operation::RequestError]) -> ClientError {
    let entry =
        |error: &operation::RequestError| Entry::new(error.code, error.message.clone()).at(&error.locations);
    ClientError::before_execution(errors.iter().take(MAX_ERRORS).map(entry).collect())
}
