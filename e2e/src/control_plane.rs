//! A Kubernetes control plane of one's own: etcd, kube-apiserver, kube-controller-manager,
//! kube-scheduler and kwok as child processes on loopback ports, ready within seconds.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use kube::Client;

use crate::binaries::{Binaries, Program};
use crate::certs::{Authority, Files, new_token};
use crate::cluster::connect;
use crate::kubeconfig::{Endpoint, Writer};
use crate::ports::free_ports;
use crate::seed;
use crate::server::{Ended, Server, Spec};
use crate::user::{SignIn, User};
use crate::watchdog::Watchdog;

/// How long the API server may take to say that it is ready, on a busy machine.
const READY: Duration = Duration::from_mins(1);
/// How often it is asked; there is nothing to watch before it answers.
const ASK: Duration = Duration::from_millis(25);
/// How often a start is tried, each time on other ports, since one may be taken meanwhile.
const TRIES: usize = 3;

/// The running servers. They are killed when this value is dropped and when the process ends.
pub struct ControlPlane {
    // Dropped in this order: the servers before the watchdog that removes their files.
    servers: Mutex<Servers>,
    apiserver_spec: Spec,
    kubeconfigs: Writer,
    watchdog: Watchdog,
}

struct Servers {
    apiserver: Option<Server>,
    others: Vec<Server>,
}

impl Servers {
    /// Fails if one of them is no more.
    fn check(&mut self) -> Result<()> {
        self.apiserver.iter_mut().chain(&mut self.others).try_for_each(Server::check)
    }

    fn keep(&mut self) {
        self.apiserver.iter_mut().chain(&mut self.others).for_each(Server::keep);
    }
}

impl ControlPlane {
    /// Starts a control plane and returns when it is ready: the API server answers, and three nodes
    /// are ready and take pods.
    pub async fn start(binaries: &Binaries) -> Result<Self> {
        let programs = Programs::locate(binaries).await?;
        let mut tries = 1;
        loop {
            match Self::try_start(&programs).await {
                Err(error) if tries < TRIES && error.is::<Ended>() => tries += 1,
                outcome => return outcome.context("starting a control plane"),
            }
        }
    }

    async fn try_start(programs: &Programs) -> Result<Self> {
        let watchdog = Watchdog::start()?;
        let layout = Layout::new(&watchdog)?;
        let etcd = Server::start(&layout.etcd(&programs.etcd), &watchdog)?;
        let apiserver_spec = layout.apiserver(&programs.apiserver);
        let apiserver = Server::start(&apiserver_spec, &watchdog)?;
        let this = Self {
            servers: Mutex::new(Servers { apiserver: Some(apiserver), others: vec![etcd] }),
            apiserver_spec,
            kubeconfigs: layout.kubeconfigs.clone(),
            watchdog,
        };
        let client = this.await_ready().await?;
        for spec in layout.clients(programs, &this.kubeconfig(User::Admin, SignIn::Certificate))? {
            let server = Server::start(&spec, &this.watchdog)?;
            this.lock().others.push(server);
        }
        this.while_alive(seed::plant(&client)).await?;
        Ok(this)
    }

    /// Returns the kubeconfig with which `user` signs in as `sign_in` says.
    #[must_use]
    pub fn kubeconfig(&self, user: User, sign_in: SignIn) -> PathBuf {
        self.kubeconfigs.folder.join(format!("{}.kubeconfig", config_name(user, sign_in)))
    }

    /// The URL of the API server.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.kubeconfigs.endpoint.server
    }

    /// The folder with the logs of the servers (`NAME.log`), the kubeconfigs and the keys.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.watchdog.folder()
    }

    /// Kills the API server, as a crash would. Its address then refuses connections.
    pub fn stop_apiserver(&self) {
        drop(self.lock().apiserver.take());
    }

    /// Starts the API server again, at the same address and with the same data, and returns when it
    /// is ready. Does nothing to one that runs.
    pub async fn start_apiserver(&self) -> Result<()> {
        if self.lock().apiserver.is_none() {
            let server = Server::start(&self.apiserver_spec, &self.watchdog)?;
            self.lock().apiserver = Some(server);
        }
        self.await_ready().await.map(drop)
    }

    /// Lets the servers outlive this process, and returns the shell command that ends them.
    pub fn keep(self) -> Result<String> {
        self.lock().keep();
        self.watchdog.keep()
    }

    pub(crate) fn watchdog(&self) -> &Watchdog {
        &self.watchdog
    }

    pub(crate) fn kubeconfigs(&self) -> &Writer {
        &self.kubeconfigs
    }

    /// Asks the API server until it says that it is ready.
    async fn await_ready(&self) -> Result<Client> {
        let client = connect(&self.kubeconfig(User::Admin, SignIn::Certificate)).await?;
        let ready = async {
            let mut ticks = tokio::time::interval(ASK);
            loop {
                ticks.tick().await;
                let answer = client.request_text(http_get("/readyz")?).await;
                if answer.is_ok_and(|text| text == "ok") {
                    return Ok(());
                }
            }
        };
        let Ok(outcome) = tokio::time::timeout(READY, self.while_alive(ready)).await else {
            let log = self.lock().apiserver.as_ref().map(Server::last_lines);
            bail!("kube-apiserver is not ready after {READY:?}:\n{}", log.unwrap_or_default())
        };
        outcome.map(|()| client)
    }

    /// Does `work` unless a server ends meanwhile.
    async fn while_alive<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        let death = async {
            let mut ticks = tokio::time::interval(ASK);
            loop {
                ticks.tick().await;
                if let Err(error) = self.lock().check() {
                    return error;
                }
            }
        };
        tokio::select! {
            outcome = work => outcome,
            error = death => Err(error),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Servers> {
        self.servers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn http_get(path: &str) -> Result<http::Request<Vec<u8>>> {
    http::Request::get(path).body(Vec::new()).with_context(|| format!("asking for {path}"))
}

fn config_name(user: User, sign_in: SignIn) -> String {
    format!("{}-{}", user.name(), sign_in.name())
}

struct Programs {
    etcd: PathBuf,
    apiserver: PathBuf,
    controller_manager: PathBuf,
    scheduler: PathBuf,
    kwok: PathBuf,
}

impl Programs {
    async fn locate(binaries: &Binaries) -> Result<Self> {
        let [etcd, apiserver, controller_manager, scheduler, kwok] = binaries
            .locate([
                Program::Etcd,
                Program::KubeApiserver,
                Program::KubeControllerManager,
                Program::KubeScheduler,
                Program::Kwok,
            ])
            .await?;
        Ok(Self { etcd, apiserver, controller_manager, scheduler, kwok })
    }
}

/// The files and ports of one control plane, and the command lines that follow from them.
struct Layout {
    folder: PathBuf,
    files: Files,
    tokens: PathBuf,
    kubeconfigs: Writer,
    ports: Ports,
}

struct Ports {
    etcd: u16,
    etcd_peer: u16,
    apiserver: u16,
    controller_manager: u16,
    scheduler: u16,
}

impl Layout {
    fn new(watchdog: &Watchdog) -> Result<Self> {
        let folder = watchdog.folder().to_owned();
        let [etcd, etcd_peer, apiserver, controller_manager, scheduler] = free_ports()?;
        let authority = Authority::new()?;
        let server = format!("https://127.0.0.1:{apiserver}");
        let endpoint = Endpoint::new(server, &authority.certificate());
        let kubeconfigs = Writer { endpoint, folder: folder.clone() };
        let tokens = write_users(&authority, &kubeconfigs)?;
        let files = Files::write(&authority, &folder)?;
        let ports = Ports { etcd, etcd_peer, apiserver, controller_manager, scheduler };
        Ok(Self { folder, files, tokens, kubeconfigs, ports })
    }

    fn etcd(&self, program: &Path) -> Spec {
        let clients = format!("http://127.0.0.1:{}", self.ports.etcd);
        let peers = format!("http://127.0.0.1:{}", self.ports.etcd_peer);
        Spec::new("etcd", program)
            .flag("name", "e2e")
            .flag("data-dir", self.folder.join("etcd"))
            .flag("listen-client-urls", &clients)
            .flag("advertise-client-urls", &clients)
            .flag("listen-peer-urls", &peers)
            .flag("initial-advertise-peer-urls", &peers)
            .flag("initial-cluster", format!("e2e={peers}"))
            .flag("unsafe-no-fsync", "true")
    }

    fn apiserver(&self, program: &Path) -> Spec {
        Spec::new("kube-apiserver", program)
            .flag("etcd-servers", format!("http://127.0.0.1:{}", self.ports.etcd))
            .flag("bind-address", "127.0.0.1")
            .flag("advertise-address", "127.0.0.1")
            .flag("secure-port", self.ports.apiserver.to_string())
            .flag("tls-cert-file", &self.files.server_certificate)
            .flag("tls-private-key-file", &self.files.server_key)
            .flag("client-ca-file", &self.files.authority)
            .flag("token-auth-file", &self.tokens)
            .flag("authorization-mode", "RBAC")
            .flag("service-account-issuer", "https://kubernetes.default.svc")
            .flag("service-account-signing-key-file", &self.files.account_key)
            .flag("service-account-key-file", &self.files.account_public_key)
            .flag("service-cluster-ip-range", "10.96.0.0/16")
            .flag("endpoint-reconciler-type", "none")
            .flag("allow-privileged", "true")
    }

    /// The servers that need the API server to start.
    fn clients(&self, programs: &Programs, kubeconfig: &Path) -> Result<Vec<Spec>> {
        let component = |name, program: &Path, port: u16| {
            Spec::new(name, program)
                .flag("kubeconfig", kubeconfig)
                .flag("bind-address", "127.0.0.1")
                .flag("secure-port", port.to_string())
                .flag("leader-elect", "false")
                .flag("kube-api-qps", "1000")
                .flag("kube-api-burst", "2000")
        };
        let manager = ("kube-controller-manager", &programs.controller_manager);
        let controller_manager = component(manager.0, manager.1, self.ports.controller_manager)
            .flag("cert-dir", self.folder.join(manager.0))
            .flag("service-account-private-key-file", &self.files.account_key)
            .flag("root-ca-file", &self.files.authority)
            .flag("use-service-account-credentials", "true");
        let scheduler = component("kube-scheduler", &programs.scheduler, self.ports.scheduler)
            .flag("cert-dir", self.folder.join("kube-scheduler"));
        let mut kwok = Spec::new("kwok", &programs.kwok)
            .flag("kubeconfig", kubeconfig)
            .flag("manage-all-nodes", "true")
            .flag("node-lease-duration-seconds", "40")
            .flag("node-ip", "10.0.0.1")
            .flag("cidr", "10.244.0.0/16");
        for stages in stages()? {
            kwok = kwok.flag("config", stages);
        }
        Ok(vec![controller_manager, scheduler, kwok])
    }
}

/// Writes a kubeconfig for every user and way to sign in; returns the file of tokens.
fn write_users(authority: &Authority, kubeconfigs: &Writer) -> Result<PathBuf> {
    let mut table = String::new();
    for user in User::ALL {
        let (name, groups) = (user.name(), user.groups());
        let token = new_token()?;
        table.extend([&token, ",", name, ",", name, ",\"", &groups.join(","), "\"\n"]);
        kubeconfigs
            .certificate(&config_name(user, SignIn::Certificate), &authority.user(name, groups)?)?;
        kubeconfigs.token(&config_name(user, SignIn::Token), &token)?;
        kubeconfigs.exec(&config_name(user, SignIn::Exec), &token)?;
    }
    let path = kubeconfigs.folder.join("tokens.csv");
    fs::write(&path, table).context("writing the file of tokens")?;
    Ok(path)
}

/// The files that say how kwok plays nodes, pods and volumes.
fn stages() -> Result<Vec<PathBuf>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("kwok");
    let listing = || format!("listing {}", folder.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(&folder).with_context(listing)? {
        files.push(entry.with_context(listing)?.path());
    }
    files.sort();
    Ok(files)
}
