//! A door in front of replicas: spreads connections over those that are up, and can cut all of them at once.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// A port that stays, whoever is behind it.
pub(super) struct Proxy {
    pub(super) port: u16,
    cuts: watch::Sender<u64>,
}

impl Proxy {
    /// Listens on a free port for what these ports serve.
    pub(super) async fn start(targets: Vec<u16>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (cuts, heard) = watch::channel(0);
        tokio::spawn(accept(listener, targets, heard));
        Self { port, cuts }
    }

    /// Drops every connection that is open now.
    pub(super) fn cut(&self) {
        self.cuts.send_modify(|cuts| *cuts += 1);
    }
}

async fn accept(listener: TcpListener, targets: Vec<u16>, cuts: watch::Receiver<u64>) {
    let turn = Arc::new(AtomicUsize::new(0));
    while let Ok((client, _)) = listener.accept().await {
        let (targets, turn, mut cut) = (targets.clone(), turn.clone(), cuts.clone());
        cut.mark_unchanged();
        tokio::spawn(async move {
            let start = turn.fetch_add(1, Ordering::Relaxed);
            for offset in 0..targets.len() {
                let port = targets[(start + offset) % targets.len()];
                let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await else { continue };
                tokio::select! {
                    _ = pass(client, server) => {}
                    _ = cut.changed() => {}
                }
                return;
            }
        });
    }
}

async fn pass(mut client: TcpStream, mut server: TcpStream) {
    let _ = client.set_nodelay(true);
    let _ = server.set_nodelay(true);
    let _ = copy_bidirectional(&mut client, &mut server).await;
}
