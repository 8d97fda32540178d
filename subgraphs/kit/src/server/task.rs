//! What runs beside the requests: named tasks that are started together and stopped together.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Tells a task that it is time to stop.
#[derive(Clone, Debug)]
pub struct Shutdown(watch::Receiver<bool>);

impl Shutdown {
    /// A token and the handle that pulls it.
    pub fn new() -> (ShutdownHandle, Shutdown) {
        let (sender, receiver) = watch::channel(false);
        (ShutdownHandle(sender), Shutdown(receiver))
    }

    /// Comes back when it is time to stop.
    pub async fn requested(&self) {
        // An error means that the handle is gone, and with it whoever started us.
        let _ = self.0.clone().wait_for(|stop| *stop).await;
    }

    /// True when it is time to stop.
    pub fn is_requested(&self) -> bool {
        *self.0.borrow() || self.0.has_changed().is_err()
    }

    /// Waits; false if it is time to stop.
    pub async fn sleep(&self, how_long: Duration) -> bool {
        tokio::select! {
            () = self.requested() => false,
            () = tokio::time::sleep(how_long) => true,
        }
    }
}

/// Pulls a [`Shutdown`].
#[derive(Clone, Debug)]
pub struct ShutdownHandle(watch::Sender<bool>);

impl ShutdownHandle {
    /// Tells every task to stop.
    pub fn request(&self) {
        self.0.send_replace(true);
    }
}

/// A named piece of work that runs until it is told to stop.
pub struct BackgroundTask {
    name: &'static str,
    run: Box<dyn FnOnce(Shutdown) -> BoxFuture<'static, ()> + Send>,
}

impl BackgroundTask {
    /// `BackgroundTask::new("relay", |shutdown| async move { while shutdown.sleep(…).await { … } })`
    pub fn new<F, Fut>(name: &'static str, run: F) -> Self
    where
        F: FnOnce(Shutdown) -> Fut + Send + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        Self { name, run: Box::new(move |shutdown| Box::pin(run(shutdown))) }
    }

    /// What it is called in logs.
    pub fn name(&self) -> &'static str {
        self.name
    }
}

/// Tasks that were started. Dropping it aborts them; [`Running::stop`] lets them finish.
pub struct Running {
    handle: ShutdownHandle,
    tasks: JoinSet<()>,
}

impl Running {
    /// Starts all of them.
    pub fn start(tasks: Vec<BackgroundTask>) -> Self {
        let (handle, shutdown) = Shutdown::new();
        let mut set = JoinSet::new();
        for task in tasks {
            let shutdown = shutdown.clone();
            set.spawn(async move {
                // A panic must not end a task in silence.
                let ended = AssertUnwindSafe((task.run)(shutdown.clone())).catch_unwind().await;
                if ended.is_err() {
                    tracing::error!(task = task.name, "background task panicked");
                } else if !shutdown.is_requested() {
                    tracing::error!(task = task.name, "background task ended by itself");
                }
            });
        }
        Self { handle, tasks: set }
    }

    /// Tells them to stop, waits up to `patience`, then aborts the rest.
    pub async fn stop(mut self, patience: Duration) {
        self.handle.request();
        let all = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(patience, all).await.is_err() {
            tracing::warn!("background tasks did not stop in time");
            self.tasks.abort_all();
        }
    }
}
