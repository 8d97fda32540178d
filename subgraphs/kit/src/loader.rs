//! One dataloader per request: what a page of results needs of a kind is loaded with one statement.
//!
//! ```ignore
//! pub struct VehicleById;
//! impl kit::loader::Batch for VehicleById {
//!     type Key = Uuid;
//!     type Value = Vehicle;
//!     async fn load(source: &kit::loader::Source, keys: &[Uuid]) -> kit::Result<HashMap<Uuid, Vehicle>> {
//!         repository::by_ids(&source.pool, &source.caller.scope(), keys).await
//!     }
//! }
//! let vehicle = kit::loader::load::<VehicleById>(ctx, id).await?;   // Option<Vehicle>
//! ```

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt::Debug;
use std::future::Future;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::Context;
use dataloader::BatchFn;
use dataloader::cached::Loader;
use futures_util::future::BoxFuture;
use sqlx::PgPool;

use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::viewer::Caller;

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

struct Runner<B: Batch> {
    source: Source,
    kind: std::marker::PhantomData<fn() -> B>,
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

/// The loaders of one request, made when first used.
pub struct Loaders {
    source: Source,
    made: Mutex<HashMap<TypeId, Box<dyn Any + Send + Sync>>>,
}

impl Loaders {
    /// Empty loaders for one request.
    pub fn new(source: Source) -> Self {
        Self { source, made: Mutex::default() }
    }

    /// What these loaders load from.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// One value, batched with everything that asks at the same time.
    pub async fn load<B: Batch>(&self, key: B::Key) -> Result<Option<B::Value>> {
        let loader = self.loader::<B>();
        // A batch is lost when the request that was running it is dropped; its other keys are asked for again.
        for _ in 0..3 {
            if let Ok(answer) = loader.try_load(key.clone()).await {
                return answer;
            }
        }
        Err(Error::internal(format!("no answer for {key:?}")))
    }

    /// Forgets what was loaded, so that later reads see what was written since.
    pub fn clear(&self) {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn loader<B: Batch>(&self) -> Arc<BatchOf<B>> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = made.entry(TypeId::of::<B>()).or_insert_with(|| {
            let runner = Runner::<B> { source: self.source.clone(), kind: std::marker::PhantomData };
            Box::new(Arc::new(Loader::new(runner).with_max_batch_size(MAX_BATCH)))
        });
        match entry.downcast_ref::<Arc<BatchOf<B>>>() {
            Some(loader) => loader.clone(),
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
