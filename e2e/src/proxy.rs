//! A proxy between `chartctl` and the API server that sees each request, and does what a test wants with it.
//!
//! It speaks plain HTTP; behind it `kubectl proxy` signs in as the admin.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::cli::{Cli, Running};
use crate::cluster::Cluster;

const LIMIT: Duration = Duration::from_secs(30);

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It passes.
    Pass,
    /// The server is said to be busy, with this status.
    Refuse(u16),
    /// The connection ends before the server hears of it.
    Cut,
    /// It is carried out, but the answer is lost with the connection.
    LoseAnswer,
    /// It passes, but takes its time.
    Delay(Duration),
    /// It is carried out, but the answer never comes; nor does any later one.
    Freeze,
    /// It waits for [`Proxy::release`].
    Hold,
}

type Rule = Box<dyn Fn(usize, &str) -> Fate + Send + Sync>;

struct Shared {
    rule: Rule,
    socket: PathBuf,
    count: AtomicUsize,
    frozen: AtomicBool,
    /// A permit for each request that was held or frozen.
    reached: Semaphore,
    released: Semaphore,
}

/// The way to the API server for any number of proxies.
pub struct Backend {
    folder: TempDir,
    _kubectl: Running,
}

impl Backend {
    /// Starts `kubectl proxy`, which ends with this value.
    pub async fn start(cluster: &Cluster) -> Result<Self> {
        let folder = TempDir::new()?;
        let listen = format!("--unix-socket={}", socket(&folder).display());
        let mut kubectl = cluster.kubectl().await?.args(["proxy", &listen]).spawn().await?;
        kubectl.stdout_has("Starting to serve", LIMIT).await?;
        Ok(Self { folder, _kubectl: kubectl })
    }
}

fn socket(folder: &TempDir) -> PathBuf {
    folder.path().join("api")
}

/// Serves until it is dropped.
pub struct Proxy {
    folder: TempDir,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
    _backend: Option<Backend>,
}

impl Proxy {
    /// A proxy that asks `rule` about each request: its number, from 1, and its line (`GET /api/…`).
    pub async fn start(
        cluster: &Cluster,
        rule: impl Fn(usize, &str) -> Fate + Send + Sync + 'static,
    ) -> Result<Self> {
        let backend = Backend::start(cluster).await?;
        Self::serving(socket(&backend.folder), rule, Some(backend)).await
    }

    /// As [`start`](Self::start), by a way that is there already and has to last as long as this value.
    pub async fn before_backend(
        backend: &Backend,
        rule: impl Fn(usize, &str) -> Fate + Send + Sync + 'static,
    ) -> Result<Self> {
        Self::serving(socket(&backend.folder), rule, None).await
    }

    async fn serving(
        socket: PathBuf,
        rule: impl Fn(usize, &str) -> Fate + Send + Sync + 'static,
        backend: Option<Backend>,
    ) -> Result<Self> {
        let folder = TempDir::new()?;
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
        Ok(Self { folder, shared, task, _backend: backend })
    }

    /// How many requests came so far.
    #[must_use]
    pub fn count(&self) -> usize {
        self.shared.count.load(Ordering::SeqCst)
    }

    /// Makes a program go through this proxy.
    pub fn before(&self, program: Cli) -> Cli {
        program.kubeconfig(&self.folder.path().join("kubeconfig"))
    }

    /// Waits until a request is held or frozen.
    pub async fn reached(&self) -> Result<()> {
        timeout(LIMIT, self.shared.reached.acquire()).await.context("no such request")??.forget();
        Ok(())
    }

    /// Lets one held request pass.
    pub fn release(&self) {
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
                    Fate::Cut => return Ok(()),
                    Fate::LoseAnswer => lost = true,
                    Fate::Delay(time) => sleep(time).await,
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
