//! A door to a database, which can be shut: connections through it break, and new ones are refused.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// A port that leads to a database while the door is open.
pub(crate) struct Door {
    port: u16,
    behind: SocketAddr,
    passing: Option<JoinSet<()>>,
}

impl Door {
    /// An open door to the server of a pool.
    pub(crate) async fn to(pool: &PgPool) -> Self {
        let options = pool.connect_options();
        let behind = (options.get_host().parse::<Ipv4Addr>().unwrap(), options.get_port()).into();
        let port = testing::free_port();
        Self { port, behind, passing: Some(pass(listener(port).await, behind)) }
    }

    /// The same database through the door.
    pub(crate) fn pool(&self, straight: &PgPool) -> PgPool {
        let options = straight.connect_options().as_ref().clone().host("127.0.0.1").port(self.port);
        PgPoolOptions::new()
            .max_connections(4)
            .acquire_timeout(Duration::from_secs(1))
            .connect_lazy_with(options)
    }

    /// The database is away.
    pub(crate) async fn shut(&mut self) {
        if let Some(mut passing) = self.passing.take() {
            passing.shutdown().await;
        }
    }

    /// It is back.
    pub(crate) async fn open(&mut self) {
        self.passing = Some(pass(listener(self.port).await, self.behind));
    }
}

/// Listens on a port as soon as nobody else does: a process that another test starts holds our sockets for a moment.
async fn listener(port: u16) -> TcpListener {
    let deadline = Instant::now() + Duration::from_secs(120);
    loop {
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await {
            Ok(listener) => return listener,
            Err(error) => assert!(Instant::now() < deadline, "port {port}: {error}"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn pass(listener: TcpListener, behind: SocketAddr) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        // Dropped with the task that accepts.
        let mut connections = JoinSet::new();
        while let Ok((mut client, _)) = listener.accept().await {
            connections.spawn(async move {
                if let Ok(mut server) = TcpStream::connect(behind).await {
                    let _ = copy_bidirectional(&mut client, &mut server).await;
                }
            });
        }
    });
    tasks
}
