//! The `router` program: started with files, reloads them, stops on SIGTERM.

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU16, Ordering},
    time::Duration,
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::sleep,
};

use crate::fixture::{composed, listen, scripted, shop::Shop};

struct Process {
    child: Child,
    port: u16,
    folder: PathBuf,
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

fn folder(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("router-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&path).expect("a folder");
    path
}

/// A port that nobody has and nobody will be given: below those that the system gives to connections by itself.
async fn free_port() -> u16 {
    static TURN: AtomicU16 = AtomicU16::new(0);
    let start = u16::try_from(std::process::id() % 100).expect("small") * 8;
    loop {
        let port = 5_200 + (start + TURN.fetch_add(1, Ordering::Relaxed)) % 800;
        if TcpListener::bind(("127.0.0.1", port)).await.is_ok() {
            return port;
        }
    }
}

impl Process {
    async fn start(folder: &Path, arguments: &[String]) -> Self {
        let port = free_port().await;
        let child = Command::new(env!("CARGO_BIN_EXE_router"))
            .args(["--dev", "--port", &port.to_string()])
            .args(arguments)
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        let process = Self { child, port, folder: folder.to_owned() };
        for _ in 0..2400 {
            if TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
                return process;
            }
            sleep(Duration::from_millis(50)).await;
        }
        panic!("it never listened");
    }

    async fn ask(&self, query: &str) -> Value {
        let body = json!({ "query": query }).to_string();
        let head =
            "POST /graphql HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: application/json\r\n";
        let request = format!("{head}content-length: {}\r\n\r\n{body}", body.len());
        let mut socket = TcpStream::connect(("127.0.0.1", self.port)).await.expect("connects");
        socket.write_all(request.as_bytes()).await.expect("sent");
        let mut text = String::new();
        socket.read_to_string(&mut text).await.expect("read");
        serde_json::from_str(text.split_once("\r\n\r\n").expect("a body").1).expect("JSON")
    }
}

#[tokio::test]
async fn it_composes_subgraph_files_and_stops_when_told() {
    let folder = folder("subgraphs");
    let mut arguments = Vec::new();
    for subgraph in Shop::new().subgraphs() {
        let file = folder.join(format!("{}.graphql", subgraph.name));
        std::fs::write(&file, &subgraph.sdl).expect("written");
        let address = listen(subgraph.routes).await;
        arguments.push("--subgraph".to_owned());
        arguments.push(format!("{}=http://{address}/graphql={}", subgraph.name, file.display()));
    }
    let mut process = Process::start(&folder, &arguments).await;
    let answer = process.ask("{ product(upc: \"7\") { name inStock reviews { id } } }").await;
    assert_eq!(answer["data"]["product"]["name"], "Product 7", "{answer}");
    let told =
        Command::new("kill").args(["-TERM", &process.child.id().to_string()]).status().expect("kill runs");
    assert!(told.success());
    for _ in 0..2400 {
        if let Some(status) = process.child.try_wait().expect("a child") {
            assert!(status.success(), "{status}");
            return;
        }
        sleep(Duration::from_millis(50)).await;
    }
    panic!("it did not stop");
}

#[tokio::test]
async fn it_serves_a_supergraph_file_and_reloads_it() {
    let folder = folder("supergraph");
    let subgraph = scripted::subgraph();
    let address = listen(subgraph.routes.clone()).await;
    let (sdl, _) = composed(vec![subgraph]);
    let sdl = sdl.replace("scripted.invalid", &address);
    let file = folder.join("supergraph.graphql");
    std::fs::write(&file, &sdl).expect("written");
    let process = Process::start(&folder, &["--supergraph".to_owned(), file.display().to_string()]).await;
    assert_eq!(process.ask("{ value }").await, json!({ "data": { "value": "plain" } }));
    let described = sdl.replacen("type Query", "\"second\" type Query", 1);
    std::fs::write(folder.join("new"), described).expect("written");
    std::fs::rename(folder.join("new"), &file).expect("renamed");
    for _ in 0..2400 {
        let answer = process.ask("{ __type(name: \"Query\") { description } value }").await;
        if answer["data"]["__type"]["description"] == "second" {
            assert_eq!(answer["data"]["value"], "plain");
            return;
        }
        sleep(Duration::from_millis(50)).await;
    }
    panic!("it never reloaded");
}

#[test]
fn it_says_what_is_wrong_with_its_arguments() {
    for arguments in [&[][..], &["--supergraph", "/nonexistent"], &["--subgraph", "a"]] {
        let output = Command::new(env!("CARGO_BIN_EXE_router")).args(arguments).output().expect("it runs");
        assert!(!output.status.success());
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            text.contains("supergraph") || text.contains("NAME=URL") || text.contains("nonexistent"),
            "{text}"
        );
    }
}
