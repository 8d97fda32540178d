//! The listener: accepts connections, bounds slow ones, and stops without cutting running requests.

use std::{future::Future, io, pin::pin, sync::Arc, time::Duration};

use axum::{Router, body::Body, extract::ConnectInfo, http::Request};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto::Builder, graceful::GracefulShutdown},
    service::TowerToHyperService,
};
#[cfg(target_os = "linux")]
use socket2::SockRef;
use tokio::{
    net::{TcpListener, TcpStream},
    time::{sleep, timeout},
};
use tower::ServiceExt;

use crate::{patience::Patient, shared::Shared};

/// Pause after a failed accept: most likely no file descriptors are left, and trying at once would only burn time.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves until `stop` resolves, then lets running requests finish within the grace period.
pub(crate) async fn serve(
    shared: &Arc<Shared>,
    routes: Router,
    listener: TcpListener,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(shared.config.idle_timeout);
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(Duration::from_secs(20));
    let graceful = GracefulShutdown::new();
    let mut stop = pin!(stop);
    loop {
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            },
            () = &mut stop => break,
        };
        drop(stream.set_nodelay(true));
        notice_loss(&stream, shared.config.write_timeout);
        let routes = routes.clone().map_request(move |mut request: Request<hyper::body::Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            request.map(Body::new)
        });
        let socket = TokioIo::new(Patient::new(stream, shared.config.write_timeout));
        let connection = builder.serve_connection_with_upgrades(socket, TowerToHyperService::new(routes));
        let connection = graceful.watch(connection.into_owned());
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(error, "a connection ended with an error");
            }
        });
    }
    drop(listener);
    shared.stopping.send_replace(true);
    if timeout(shared.config.grace_period, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests did not finish within the grace period");
    }
    Ok(())
}

/// A client whose network is gone says nothing: without this the kernel goes on sending for a quarter of an hour.
fn notice_loss(stream: &TcpStream, patience: Duration) {
    #[cfg(target_os = "linux")]
    if let Err(error) = SockRef::from(stream).set_tcp_user_timeout(Some(patience)) {
        tracing::debug!(%error, "clients that are gone will be noticed late");
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (stream, patience);
}
