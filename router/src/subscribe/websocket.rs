//! One client's WebSocket: `graphql-transport-ws`, all operation kinds, the caller verified before `connection_ack`.

use std::{ops::ControlFlow, sync::Arc, time::Duration};

use axum::{
    extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade},
    response::Response,
};
use futures_util::{
    SinkExt, StreamExt,
    stream::{SplitSink, SplitStream},
};
use serde_json::Value;
use tokio::{
    sync::{
        mpsc::{self, error::TrySendError},
        watch,
    },
    time::{Instant, MissedTickBehavior, interval, sleep_until, timeout},
};

use super::{
    Session,
    messages::{self, Close, Incoming, PROTOCOL, close},
    operation::{Operation, Operations},
};
use crate::{
    auth::Identity,
    context::RequestContext,
    error::{ClientError, code},
    request::GraphqlRequest,
    shared::{Shared, StreamPlace},
};

/// Messages that wait for a slow client before its operations have to wait.
const QUEUE: usize = 16;
/// Signs of life that may be missed before a client counts as gone.
const MISSED_BEATS: u32 = 3;
/// Time for the last messages and the closing handshake.
const FAREWELL: Duration = Duration::from_secs(2);

/// What goes out to the client.
pub(super) enum Frame {
    Text(String),
    Ping,
    Close(Close),
}

/// Takes over the connection. The identity of the upgrade request's header holds until `connection_init` brings another.
pub(crate) fn upgrade(
    shared: Arc<Shared>,
    context: RequestContext,
    upgrade: WebSocketUpgrade,
) -> Result<Response, ClientError> {
    let place = shared.stream_place()?;
    let limit = shared.config.max_body_bytes;
    let upgrade = upgrade.protocols([PROTOCOL]).max_message_size(limit).max_frame_size(limit);
    Ok(upgrade.on_upgrade(move |socket| serve(shared, context, socket, place)))
}

async fn serve(shared: Arc<Shared>, context: RequestContext, socket: WebSocket, _place: StreamPlace) {
    let spoken = socket.protocol().is_some_and(|protocol| protocol.as_bytes() == PROTOCOL.as_bytes());
    let (sink, mut incoming) = socket.split();
    let (outgoing, queue) = mpsc::channel(QUEUE);
    let mut writer = tokio::spawn(write(sink, queue));
    let mut connection = Connection {
        identity: watch::Sender::new(context.identity.clone()),
        shared,
        context,
        outgoing,
        operations: Operations::default(),
        asked: false,
        acknowledged: false,
        seen: Instant::now(),
    };
    let ended = if spoken {
        connection.run(&mut incoming).await
    } else {
        Some(Close::new(close::BAD_PROTOCOL, "Subprotocol not acceptable"))
    };
    connection.operations.abort_all();
    if let Some(reason) = ended {
        let farewell = async {
            drop(connection.outgoing.send(Frame::Close(reason)).await);
            drop((&mut writer).await);
            // The client's last messages are read, or the close frame could be lost with them. Where they cannot be read, the
            // client gets the time to read what was sent.
            while let Some(message) = incoming.next().await {
                if message.is_err() {
                    std::future::pending::<()>().await;
                }
            }
        };
        drop(timeout(FAREWELL, farewell).await);
    }
    writer.abort();
}

async fn write(mut sink: SplitSink<WebSocket, Message>, mut queue: mpsc::Receiver<Frame>) {
    while let Some(frame) = queue.recv().await {
        let (message, last) = match frame {
            Frame::Text(text) => (Message::text(text), false),
            Frame::Ping => (Message::Ping(Vec::new().into()), false),
            Frame::Close(Close { code, reason }) => {
                (Message::Close(Some(CloseFrame { code, reason: reason.into() })), true)
            }
        };
        if sink.send(message).await.is_err() || last {
            return;
        }
    }
}

struct Connection {
    shared: Arc<Shared>,
    context: RequestContext,
    identity: watch::Sender<Option<Arc<Identity>>>,
    outgoing: mpsc::Sender<Frame>,
    operations: Operations,
    asked: bool,
    acknowledged: bool,
    seen: Instant,
}

type Flow = ControlFlow<Close>;

impl Connection {
    /// Serves the socket until somebody ends it. `None`: the client has gone.
    async fn run(&mut self, incoming: &mut SplitStream<WebSocket>) -> Option<Close> {
        let shared = Arc::clone(&self.shared);
        let init_deadline = Instant::now() + shared.config.init_timeout;
        let mut heartbeat = interval(shared.config.heartbeat.max(Duration::from_millis(1)));
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut session = Session::following(self.identity.subscribe(), &self.shared);
        loop {
            let flow = tokio::select! {
                message = incoming.next() => match message? {
                    Ok(message) => self.receive(message).await?,
                    Err(error) => Flow::Break(unreadable(&error)),
                },
                () = sleep_until(init_deadline), if !self.acknowledged => {
                    Flow::Break(Close::new(close::INIT_TIMEOUT, "Connection initialisation timeout"))
                }
                _ = heartbeat.tick() => self.beat(),
                end = session.ended() => {
                    // The operations tell their clients first.
                    drop(timeout(FAREWELL, self.operations.finished()).await);
                    Flow::Break(Close::new(close::FORBIDDEN, end.reason()))
                }
                () = shared.stopped() => Flow::Break(Close::new(close::GOING_AWAY, "The server is restarting")),
            };
            if let Flow::Break(reason) = flow {
                return Some(reason);
            }
        }
    }

    fn beat(&self) -> Flow {
        if self.seen.elapsed() > self.shared.config.heartbeat * MISSED_BEATS {
            return Flow::Break(Close::new(close::NORMAL, "No sign of life"));
        }
        // A full queue is being written: a ping would not be seen any sooner.
        match self.outgoing.try_send(Frame::Ping) {
            Err(TrySendError::Closed(_)) => Flow::Break(Close::new(close::NORMAL, "Nothing can be sent")),
            Ok(()) | Err(TrySendError::Full(_)) => Flow::Continue(()),
        }
    }

    /// `None`: the client closes.
    async fn receive(&mut self, message: Message) -> Option<Flow> {
        self.seen = Instant::now();
        let text = match message {
            Message::Text(text) => text,
            Message::Close(_) => return None,
            Message::Ping(_) | Message::Pong(_) => return Some(Flow::Continue(())),
            Message::Binary(_) => {
                return Some(Flow::Break(Close::new(
                    close::BAD_REQUEST,
                    "Binary messages are not supported",
                )));
            }
        };
        let message = match Incoming::parse(&text) {
            Ok(message) => message,
            Err(reason) => return Some(Flow::Break(reason)),
        };
        Some(match message {
            Incoming::ConnectionInit { payload } => self.initialise(payload.as_ref()).await,
            Incoming::Ping { payload } => self.ping(payload.as_ref()).await,
            Incoming::Pong {} => Flow::Continue(()),
            Incoming::Subscribe { id, payload } => self.subscribe(id, payload).await,
            Incoming::Complete { id } => {
                self.operations.abort(&id);
                Flow::Continue(())
            }
        })
    }

    async fn initialise(&mut self, payload: Option<&Value>) -> Flow {
        if std::mem::replace(&mut self.asked, true) {
            return Flow::Break(Close::new(close::TOO_MANY, "Too many initialisation requests"));
        }
        self.authenticate(payload).await?;
        self.acknowledged = true;
        self.send(messages::ACK.to_owned()).await
    }

    /// A ping may carry a fresh token of the same caller: running operations go on with it.
    async fn ping(&mut self, payload: Option<&Value>) -> Flow {
        if self.acknowledged {
            self.authenticate(payload).await?;
        }
        self.send(messages::pong(payload)).await
    }

    async fn authenticate(&self, payload: Option<&Value>) -> Flow {
        let Some(payload) = payload else { return Flow::Continue(()) };
        match self.shared.authenticator.by_payload(payload, self.shared.config.now.seconds()).await {
            Ok(None) => Flow::Continue(()),
            Ok(Some(identity)) => {
                let current = self.identity.borrow().clone();
                let stranger = current.is_some_and(|current| current.subject() != identity.subject());
                if self.acknowledged && stranger {
                    return Flow::Break(Close::new(close::FORBIDDEN, "The token belongs to somebody else"));
                }
                self.identity.send_replace(Some(identity));
                Flow::Continue(())
            }
            Err(error) if error.code() == code::AUTH_UNAVAILABLE => {
                Flow::Break(Close::new(close::TRY_AGAIN, "Tokens cannot be verified right now"))
            }
            Err(_) => Flow::Break(Close::new(close::FORBIDDEN, "Forbidden")),
        }
    }

    async fn subscribe(&mut self, id: String, request: GraphqlRequest) -> Flow {
        if !self.acknowledged {
            return Flow::Break(Close::new(close::UNAUTHORIZED, "Unauthorized"));
        }
        if self.operations.contains(&id) {
            return Flow::Break(Close::new(close::DUPLICATE, format!("Subscriber for {id} already exists")));
        }
        if self.operations.len() >= self.shared.config.max_operations_per_socket {
            let error =
                ClientError::operation(code::TOO_MANY_STREAMS, "Too many operations on this connection.");
            return self.send(messages::error(&id, &error)).await;
        }
        let identity = self.identity.borrow().clone();
        let operation = Operation {
            id: id.clone(),
            shared: Arc::clone(&self.shared),
            context: self.context.child(identity),
            session: Session::following(self.identity.subscribe(), &self.shared),
            outgoing: self.outgoing.clone(),
            operations: self.operations.clone(),
        };
        self.operations.start(id, operation.run(request));
        Flow::Continue(())
    }

    async fn send(&self, text: String) -> Flow {
        match self.outgoing.send(Frame::Text(text)).await {
            Ok(()) => Flow::Continue(()),
            // The writer gave up: there is no way to the client any more, whatever it goes on to send.
            Err(_) => Flow::Break(Close::new(close::NORMAL, "Nothing can be sent")),
        }
    }
}

fn unreadable(error: &axum::Error) -> Close {
    let text = error.to_string();
    if text.contains("too long") || text.contains("too big") {
        Close::new(close::TOO_BIG, "The message is too big")
    } else {
        Close::new(close::BAD_REQUEST, "Invalid message")
    }
}
