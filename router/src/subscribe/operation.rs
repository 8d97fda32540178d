//! One operation on a WebSocket, and the list of those that run.

use std::{
    collections::HashMap,
    future::Future,
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures_util::{FutureExt, StreamExt};
use tokio::{
    sync::{Notify, mpsc},
    task::AbortHandle,
    time::Instant,
};

use super::{Event, Events, Session, messages, websocket::Frame};
use crate::{
    context::RequestContext,
    error::{ClientError, code},
    pipeline::{Call, Outcome, answer},
    request::GraphqlRequest,
    shared::Shared,
};

/// The running operations of a socket by their ids. Dropping the socket aborts them, which closes their upstreams.
#[derive(Clone, Default)]
pub(super) struct Operations {
    running: Arc<Mutex<HashMap<String, AbortHandle>>>,
    changed: Arc<Notify>,
}

impl Operations {
    fn running(&self) -> MutexGuard<'_, HashMap<String, AbortHandle>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn contains(&self, id: &str) -> bool {
        self.running().contains_key(id)
    }

    pub(super) fn len(&self) -> usize {
        self.running().len()
    }

    /// Starts the task while the list is locked, so that it cannot end before it is listed.
    pub(super) fn start(&self, id: String, task: impl Future<Output = ()> + Send + 'static) {
        let mut running = self.running();
        let handle = tokio::spawn(task).abort_handle();
        running.insert(id, handle);
    }

    /// The client is no longer interested.
    pub(super) fn abort(&self, id: &str) {
        if let Some(handle) = self.running().remove(id) {
            handle.abort();
        }
    }

    pub(super) fn abort_all(&self) {
        for (_, handle) in self.running().drain() {
            handle.abort();
        }
    }

    /// Forgets an operation together with its last message: whoever looks at the list sees both or neither, so that a
    /// client may use the id again at once, and a socket that waits for the last operation closes after its message.
    fn end(&self, id: &str, last_message: impl FnOnce()) {
        let mut running = self.running();
        last_message();
        running.remove(id);
        self.changed.notify_waiters();
    }

    /// Resolves when none is left.
    pub(super) async fn finished(&self) {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            if self.running().is_empty() {
                return;
            }
            changed.await;
        }
    }
}

/// What an operation needs to run by itself.
pub(super) struct Operation {
    pub(super) id: String,
    pub(super) shared: Arc<Shared>,
    pub(super) context: RequestContext,
    pub(super) session: Session,
    pub(super) outgoing: mpsc::Sender<Frame>,
    pub(super) operations: Operations,
}

/// The client has gone; there is nobody to tell.
struct Gone;

impl Operation {
    pub(super) async fn run(self, request: GraphqlRequest) {
        let call = Call {
            request,
            context: self.context.clone(),
            started: Instant::now(),
            read_only: false,
            session: Some(self.session.clone()),
        };
        // A defect of ours must not leave the client waiting for an answer that never comes.
        let answered = AssertUnwindSafe(answer(&self.shared, call)).catch_unwind().await;
        let ended = match answered.unwrap_or_else(|_| Err(ClientError::internal("an operation panicked"))) {
            Ok(Outcome::Answer(body)) => match self.send(messages::next(&self.id, &body)).await {
                Ok(()) => self.complete().await,
                gone => gone,
            },
            Ok(Outcome::Stream(events)) => self.forward(events).await,
            Err(error) => self.fail(&error).await,
        };
        if ended.is_err() {
            self.operations.end(&self.id, || ());
        }
    }

    async fn forward(&self, mut events: Events) -> Result<(), Gone> {
        while let Some(event) = events.next().await {
            match event {
                Event::Next(response) => self.send(messages::next(&self.id, &response)).await?,
                Event::Failed(error) => return self.fail(&error).await,
            }
        }
        self.complete().await
    }

    async fn complete(&self) -> Result<(), Gone> {
        self.send_last(messages::complete(&self.id)).await
    }

    async fn fail(&self, error: &ClientError) -> Result<(), Gone> {
        if error.code() == code::SHUTTING_DOWN {
            // No error for the client: the socket is closed with a code on which it reconnects.
            return Ok(());
        }
        self.send_last(messages::error(&self.id, error)).await
    }

    async fn send(&self, text: String) -> Result<(), Gone> {
        self.outgoing.send(Frame::Text(text)).await.map_err(|_| Gone)
    }

    async fn send_last(&self, text: String) -> Result<(), Gone> {
        let place = self.outgoing.reserve().await.map_err(|_| Gone)?;
        self.operations.end(&self.id, || place.send(Frame::Text(text)));
        Ok(())
    }
}
