//! A proxy between `chartctl` and the API server that sees each request, and does what a test wants with it.
//!
//! It speaks plain HTTP; behind it `kubectl proxy` signs in as the admin.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use e2e::{Cli, Cluster, Running};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio::time::timeout;

const LIMIT: Duration = Duration::from_secs(30);

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It passes.
    Pass,
    /// The server is said to be busy, with this status.
    Refuse(u16),
    /// It is carried out, but the answer is lost with the connection.
    LoseAnswer,
    /// It is carried out, but the answer never comes; nor does any later one.
    Freeze,
    /// It waits for [`Proxy::release`].
    Hold,
}

type Rule = Box<dyn Fn(usize, &str) -> Fate + Send + Sync>;

struct Shared {
    rule: Rule,
    socket: std::path::PathBuf,
    count: AtomicUsize,
    frozen: AtomicBool,
    /// A permit for each request that was held or frozen.
    reached: Semaphore,
    released: Semaphore,
}

/// Serves until it is dropped.
pub(crate) struct Proxy {
    folder: TempDir,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
    _kubectl: Running,
}

impl Proxy {
    /// A proxy that asks `rule` about each request: its number, from 1, and its line (`GET /api/…`).
    pub(crate) async fn start(
        cluster: &Cluster,
        rule: impl Fn(usize, &str) -> Fate + Send + Sync + 'static,
    ) -> Result<Self> {
        let folder = TempDir::new()?;
        let socket = folder.path().join("api");
        let listen = format!("--unix-socket={}", socket.display());
        let mut kubectl = cluster.kubectl().await?.args(["proxy", &listen]).spawn().await?;
        kubectl.stdout_has("Starting to serve", LIMIT).await?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        write_kubeconfig(folder.path(), listener.local_addr()?.port())?;
        let shared = Arc::new(Shared {
            rule: Box::new(rule),
            socket,
            count: AtomicUsize::new(0),
            frozen: AtomicBool::new(false),
            reached: Semaphore::new(0),
            released: Semaphore::new(0),
        });
        let serving = shared.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // Whoever goes away does so on purpose.
                tokio::spawn(serve(stream, serving.clone()));
            }
        });
        Ok(Self { folder, shared, task, _kubectl: kubectl })
    }

    /// Makes a program go through this proxy.
    pub(crate) fn before(&self, program: Cli) -> Cli {
        program.kubeconfig(&self.folder.path().join("kubeconfig"))
    }

    /// Waits until a request is held or frozen.
    pub(crate) async fn reached(&self) -> Result<()> {
        timeout(LIMIT, self.shared.reached.acquire()).await.context("no such request")??.forget();
        Ok(())
    }

    /// Lets one held request pass.
    pub(crate) fn release(&self) {
        self.shared.released.add_permits(1);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn write_kubeconfig(folder: &Path, port: u16) -> Result<()> {
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: proxy\nclusters: [{{name: proxy, cluster: {{server: 'http://127.0.0.1:{port}'}}}}]\n\
         contexts: [{{name: proxy, context: {{cluster: proxy, user: proxy}}}}]\nusers: [{{name: proxy, user: {{}}}}]\n"
    );
    Ok(std::fs::write(folder.join("kubeconfig"), text)?)
}

/// Passes one connection on, request by request.
async fn serve(mut client: TcpStream, shared: Arc<Shared>) -> Result<()> {
    let mut server = UnixStream::connect(&shared.socket).await?;
    let (mut request, mut answer) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    let mut lost = false;
    loop {
        tokio::select! {
            count = client.read(&mut request) => {
                let read = request.get(..count?).unwrap_or_default();
                if read.is_empty() {
                    return Ok(());
                }
                match request_line(read).map_or(Fate::Pass, |line| shared.decide(&line)) {
                    Fate::Pass => {}
                    Fate::Refuse(code) => return Ok(client.write_all(&refusal(code)).await?),
                    Fate::LoseAnswer => lost = true,
                    Fate::Freeze => {
                        shared.frozen.store(true, Ordering::SeqCst);
                        server.write_all(read).await?;
                        // Carried out once there is an answer.
                        server.readable().await?;
                        shared.reached.add_permits(1);
                        return std::future::pending().await;
                    }
                    Fate::Hold => {
                        shared.reached.add_permits(1);
                        shared.released.acquire().await?.forget();
                    }
                }
                server.write_all(read).await?;
            }
            count = server.read(&mut answer) => {
                let read = answer.get(..count?).unwrap_or_default();
                if read.is_empty() || lost {
                    return Ok(());
                }
                client.write_all(read).await?;
            }
        }
        if shared.frozen.load(Ordering::SeqCst) {
            return std::future::pending().await;
        }
    }
}

impl Shared {
    fn decide(&self, line: &str) -> Fate {
        let number = self.count.fetch_add(1, Ordering::SeqCst) + 1;
        (self.rule)(number, line)
    }
}

/// A chunk that begins a request, as each does on a connection without pipelining.
fn request_line(chunk: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(chunk.get(..chunk.len().min(2048))?).into_owned();
    text.lines().next()?.strip_suffix(" HTTP/1.1").map(str::to_owned)
}

fn refusal(code: u16) -> Vec<u8> {
    let body = format!(
        r#"{{"kind":"Status","apiVersion":"v1","status":"Failure","message":"busy","code":{code}}}"#
    );
    let length = body.len();
    format!(
        "HTTP/1.1 {code} Busy\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
    .into_bytes()
}
