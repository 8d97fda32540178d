//! One dataloader per request: what a page of results needs of a kind is loaded with one statement.
//!
//! ```ignore
//! pub struct OrderById;
//! impl kit::loader::Batch for OrderById {
//!     type Key = Uuid;
//!     type Value = Order;
//!     async fn load(source: &kit::loader::Source, keys: &[Uuid]) -> kit::Result<HashMap<Uuid, Order>> {
//!         repository::by_ids(&source.pool, &source.caller.scope(), keys).await
//!     }
//! }
//! let order = kit::loader::load::<OrderById>(ctx, id).await?;   // Option<Order>
//! ```
//!
//! Batching and remembering are the `dataloader` crate's. It hands its answers out one waiter at a time, though, so the
//! first of many goes on to the next level while the others still wait, and a large page falls apart into several
//! statements. So keys are gathered in front of it: until the request's task has nothing more to add *and* the batches
//! that were under way are back, because their answers bring keys too. The number of statements of an operation
//! depends on its depth, then, and not on how long the page is.

use std::any::{Any, TypeId};
use std::collections::{BTreeSet, HashMap};
use std::fmt::Debug;
use std::future::Future;
use std::hash::Hash;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_graphql::Context;
use dataloader::BatchFn;
use dataloader::cached::Loader;
use futures_util::future::BoxFuture;
use sqlx::PgPool;
use tokio::sync::{Notify, oneshot};

use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::viewer::Caller;

/// How many times in a row the request's task must come by without a new key before a batch is sent.
const QUIET_ROUNDS: usize = 8;

/// The most keys in one statement.
const MAX_BATCH: usize = 1_000;

/// What a batch may use.
#[derive(Clone, Debug)]
pub struct Source {
    /// The subgraph's database.
    pub pool: PgPool,
    /// Who asks: a batch must not return what they may not see.
    pub caller: Caller,
    /// The present.
    pub clock: Clock,
}

/// How one kind of thing is loaded, many at a time.
pub trait Batch: 'static {
    /// What it is asked by; a tuple if the fields that ask have arguments.
    type Key: Clone + Eq + Hash + Debug + Send + Sync + 'static;
    /// What comes back. Cloned for everyone who asks, so keep it cheap or in an `Arc`.
    type Value: Clone + Send + Sync + 'static;

    /// Loads them all; a key that is absent from the answer does not exist.
    fn load(
        source: &Source,
        keys: &[Self::Key],
    ) -> impl Future<Output = Result<HashMap<Self::Key, Self::Value>>> + Send;
}

type Loaded<V> = Result<Option<V>>;
type BatchOf<B> = Loader<<B as Batch>::Key, Loaded<<B as Batch>::Value>, Runner<B>>;
type Waiter<B> = (<B as Batch>::Key, oneshot::Sender<Loaded<<B as Batch>::Value>>);

struct Runner<B: Batch> {
    source: Source,
    kind: PhantomData<fn() -> B>,
}

impl<B: Batch> BatchFn<B::Key, Loaded<B::Value>> for Runner<B> {
    fn load(&mut self, keys: &[B::Key]) -> impl Future<Output = HashMap<B::Key, Loaded<B::Value>>> {
        let keys = keys.to_vec();
        let source = self.source.clone();
        let answer: BoxFuture<'static, _> = Box::pin(async move {
            let mut found = B::load(&source, &keys).await;
            // Every key gets an answer: the crate panics over one that is missing.
            keys.into_iter()
                .map(|key| {
                    let value = match &mut found {
                        Ok(values) => Ok(values.remove(&key)),
                        Err(error) => Err(error.clone()),
                    };
                    (key, value)
                })
                .collect()
        });
        answer
    }
}

/// Where the keys of one kind are gathered.
struct Gathering<B: Batch> {
    loader: BatchOf<B>,
    flight: Arc<Flight>,
    queue: Mutex<Queue<B>>,
}

struct Queue<B: Batch> {
    waiting: Vec<Waiter<B>>,
    /// Somebody is gathering, and will send what is waiting.
    gathered: bool,
}

impl<B: Batch> Gathering<B> {
    async fn load(&self, key: B::Key) -> Loaded<B::Value> {
        // A batch is lost when the field that was gathering it is dropped; the others ask again.
        for _ in 0..3 {
            let (sender, answer) = oneshot::channel();
            let first = {
                let mut queue = self.queue();
                queue.waiting.push((key.clone(), sender));
                !std::mem::replace(&mut queue.gathered, true)
            };
            if first {
                self.gather_and_send().await;
            }
            if let Ok(answer) = answer.await {
                return answer;
            }
        }
        Err(Error::internal(format!("no answer for {key:?}")))
    }

    async fn gather_and_send(&self) {
        let given_up = GivenUp(self);
        let mut before = 0;
        let mut quiet = 0;
        let under_way = self.flight.running();
        while quiet < QUIET_ROUNDS {
            self.flight.landed(&under_way).await;
            tokio::task::yield_now().await;
            let now = self.queue().waiting.len();
            quiet = if now == before { quiet + 1 } else { 0 };
            before = now;
        }
        let batch = {
            let mut queue = self.queue();
            queue.gathered = false;
            std::mem::take(&mut queue.waiting)
        };
        std::mem::forget(given_up);
        let _ticket = self.flight.start();
        let keys = batch.iter().map(|(key, _)| key.clone()).collect();
        // On an error the senders are dropped, which tells the waiters to ask again.
        if let Ok(found) = self.loader.try_load_many(keys).await {
            for (key, waiter) in batch {
                if let Some(answer) = found.get(&key) {
                    // Nobody is there any more if that field was dropped.
                    let _ = waiter.send(answer.clone());
                }
            }
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue<B>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Dropped when the gathering field is dropped before it has sent anything: lets the others go, to ask again.
struct GivenUp<'g, B: Batch>(&'g Gathering<B>);

impl<B: Batch> Drop for GivenUp<'_, B> {
    fn drop(&mut self) {
        let mut queue = self.0.queue();
        queue.gathered = false;
        queue.waiting.clear();
    }
}

/// The batches of a request that are under way, of all kinds.
#[derive(Default)]
struct Flight {
    state: Mutex<(u64, BTreeSet<u64>)>,
    landed: Notify,
}

struct Ticket<'f>(&'f Flight, u64);

impl Flight {
    fn start(&self) -> Ticket<'_> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.0 += 1;
        let number = state.0;
        state.1.insert(number);
        Ticket(self, number)
    }

    fn running(&self) -> BTreeSet<u64> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).1.clone()
    }

    /// Comes back when none of these batches is under way any more.
    async fn landed(&self, batches: &BTreeSet<u64>) {
        loop {
            let landed = self.landed.notified();
            if self.running().is_disjoint(batches) {
                return;
            }
            landed.await;
        }
    }
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner).1.remove(&self.1);
        self.0.landed.notify_waiters();
    }
}

/// The loaders of one request, made when first used.
pub struct Loaders {
    source: Source,
    flight: Arc<Flight>,
    made: Mutex<HashMap<TypeId, Box<dyn Any + Send + Sync>>>,
}

impl Loaders {
    /// Empty loaders for one request.
    pub fn new(source: Source) -> Self {
        Self { source, flight: Arc::default(), made: Mutex::default() }
    }

    /// What these loaders load from.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// One value, batched with everything that asks at the same time.
    pub async fn load<B: Batch>(&self, key: B::Key) -> Result<Option<B::Value>> {
        self.gathering::<B>().load(key).await
    }

    /// Forgets what was loaded, so that later reads see what was written since.
    pub fn clear(&self) {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn gathering<B: Batch>(&self) -> Arc<Gathering<B>> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = made.entry(TypeId::of::<B>()).or_insert_with(|| {
            let runner = Runner::<B> { source: self.source.clone(), kind: PhantomData };
            let loader = Loader::new(runner).with_max_batch_size(MAX_BATCH).with_yield_count(0);
            let queue = Mutex::new(Queue { waiting: Vec::new(), gathered: false });
            Box::new(Arc::new(Gathering::<B> { loader, flight: self.flight.clone(), queue }))
        });
        match entry.downcast_ref::<Arc<Gathering<B>>>() {
            Some(gathering) => gathering.clone(),
            None => unreachable!("the map is keyed by the type it holds"),
        }
    }
}

/// The loaders of the request that is being resolved.
pub fn loaders<'a>(ctx: &Context<'a>) -> Result<&'a Loaders> {
    ctx.data_opt::<Arc<Loaders>>()
        .map(|loaders| loaders.as_ref())
        .ok_or_else(|| Error::internal("a request without loaders: it did not come through kit::server"))
}

/// One value for a field or an entity reference; None if it does not exist or may not be seen.
pub async fn load<B: Batch>(ctx: &Context<'_>, key: B::Key) -> Result<Option<B::Value>> {
    loaders(ctx)?.load::<B>(key).await
}

/// Several values in the order of the keys, in one batch with everything else that asks at the same time.
pub async fn load_many<B: Batch>(ctx: &Context<'_>, keys: Vec<B::Key>) -> Result<Vec<Option<B::Value>>> {
    let loaders = loaders(ctx)?;
    futures_util::future::try_join_all(keys.into_iter().map(|key| loaders.load::<B>(key))).await
}
