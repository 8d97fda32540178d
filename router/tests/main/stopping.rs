//! Stopping: running requests finish, streams end, nothing new is accepted, nothing is left behind.

use std::time::{Duration, Instant};

use router::{Config, Gateway};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
    time::timeout,
};

use crate::fixture::{Journal, PATIENCE, Way, dev, gateway, scripted, shop::Shop, socket::Client};

async fn start(gateway: Gateway) -> (String, oneshot::Sender<()>, JoinHandle<std::io::Result<()>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address").to_string();
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(async move { gateway.serve(listener, async { drop(stopped.await) }).await });
    (address, stop, serving)
}

#[tokio::test]
async fn a_running_request_is_answered_and_then_the_router_ends() {
    let config = Config { subgraph_timeout: Duration::from_millis(500), ..dev() };
    let (mut subgraph, asked) = (scripted::subgraph(), Journal::default());
    subgraph.routes = asked.record("scripted", subgraph.routes);
    let (address, stop, serving) = start(gateway(config, Way::InProcess, vec![subgraph]).await).await;
    let mut socket = TcpStream::connect(&address).await.expect("connects");
    let body = json!({ "query": "{ slow }" }).to_string();
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    socket.write_all((head + &body).as_bytes()).await.expect("sent");
    while asked.all().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    stop.send(()).expect("it runs");
    let mut answer = String::new();
    timeout(PATIENCE, socket.read_to_string(&mut answer)).await.expect("in time").expect("read");
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("SUBGRAPH_TIMEOUT"), "{answer}");
    timeout(PATIENCE, serving).await.expect("in time").expect("no panic").expect("no error");
    // A child that another test forks holds our sockets too, until it execs.
    let deaf = async {
        while TcpStream::connect(&address).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, deaf).await.expect("nobody listens any more");
}

#[tokio::test]
async fn streams_do_not_keep_a_stopping_router_alive() {
    let shop = Shop::new();
    let config = Config { grace_period: PATIENCE, ..dev() };
    let (address, stop, serving) = start(gateway(config, Way::InProcess, shop.subgraphs()).await).await;
    let mut client = Client::ready(&address, json!({})).await;
    client.subscribe("1", "subscription { reviewAdded { id } }").await;
    let mut events = TcpStream::connect(&address).await.expect("connects");
    let body = json!({ "query": "subscription { reviewAdded { id } }" }).to_string();
    let head = "POST /graphql HTTP/1.1\r\nhost: a\r\naccept: text/event-stream\r\ncontent-type: application/json\r\n";
    let request = format!("{head}content-length: {}\r\n\r\n{body}", body.len());
    events.write_all(request.as_bytes()).await.expect("sent");
    shop.wait_for_subscribers(2).await;
    let begun = Instant::now();
    stop.send(()).expect("it runs");
    assert_eq!(client.close_code().await, 1001);
    let mut text = String::new();
    timeout(PATIENCE, events.read_to_string(&mut text)).await.expect("in time").expect("read");
    assert!(text.contains("retry: 1000\n: SHUTTING_DOWN\n\n"), "{text}");
    assert!(!text.contains("event: complete"), "a stream that completed is not opened again: {text}");
    timeout(PATIENCE, serving).await.expect("in time").expect("no panic").expect("no error");
    assert!(begun.elapsed() < PATIENCE / 2, "{:?}", begun.elapsed());
    shop.wait_for_subscribers(0).await;
}

#[tokio::test]
async fn clients_that_come_and_go_leave_nothing_behind() {
    let shop = Shop::new();
    let gateway = gateway(dev(), Way::InProcess, shop.subgraphs()).await;
    let (address, _stop, _serving) = start(gateway.clone()).await;
    for round in 0..30 {
        let mut client = Client::ready(&address, json!({})).await;
        client.subscribe("1", "subscription { reviewAdded { id } }").await;
        if round % 3 == 0 {
            client.send(json!({ "id": "1", "type": "complete" })).await;
        }
    }
    let closed = async {
        while gateway.stats().open_streams > 0 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let in_time = timeout(PATIENCE, closed).await;
    assert!(in_time.is_ok(), "{} streams are left", gateway.stats().open_streams);
    shop.wait_for_subscribers(0).await;
}
