//! From kubeconfig and flags to a connection.
//!
//! What counts more than what (flags, environment, files) is settled by the program; here the options are final. The
//! client library does the talking: certificates, tokens, token files, credential plugins, proxies. Its own
//! retries are off, see [`retry`](crate::retry).

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http::{HeaderValue, header};
use kube::client::{AuthError, Body, ClientBuilder};
use kube::config::{AuthInfo, Config, Context, KubeConfigOptions, Kubeconfig, KubeconfigError};
use kube::config::{NamedAuthInfo, NamedCluster, NamedContext};
use tower::util::MapRequestLayer;

use crate::Cluster;
use crate::error::chain;

/// Time limit for making a connection; the request's own limit leaves room for a second try.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// Name of the cluster and context made up when only an address is given.
const MADE_UP: &str = "chartctl";

/// Where to connect and as whom.
#[derive(Clone, Default)]
pub struct ConnectOptions {
    /// Where the kubeconfig is.
    pub kubeconfig: KubeconfigFiles,
    /// The context to use instead of the current one.
    pub context: Option<String>,
    /// The default namespace instead of the context's.
    pub namespace: Option<String>,
    /// The server's address instead of the kubeconfig's.
    pub apiserver: Option<String>,
    /// A bearer token instead of the kubeconfig's credentials.
    pub token: Option<String>,
    /// A file with the certificate authority instead of the kubeconfig's.
    pub ca_file: Option<PathBuf>,
    /// A user to act as.
    pub as_user: Option<String>,
    /// Groups to act as; needs `as_user`.
    pub as_groups: Vec<String>,
    /// The name to expect in the server's certificate.
    pub tls_server_name: Option<String>,
    /// Accept any certificate of the server.
    pub insecure_skip_tls_verify: bool,
    /// Where requests are counted.
    pub requests: Requests,
}

/// How many requests were sent, tries and watches included. Clones count together.
#[derive(Clone, Debug, Default)]
pub struct Requests(Arc<AtomicU64>);

impl Requests {
    /// Returns the number so far.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Prints everything but the token.
impl std::fmt::Debug for ConnectOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ConnectOptions")
            .field("kubeconfig", &self.kubeconfig)
            .field("context", &self.context)
            .field("namespace", &self.namespace)
            .field("apiserver", &self.apiserver)
            .field("token", &self.token.as_ref().map(|_secret| "…"))
            .field("ca_file", &self.ca_file)
            .field("as_user", &self.as_user)
            .field("as_groups", &self.as_groups)
            .field("tls_server_name", &self.tls_server_name)
            .field("insecure_skip_tls_verify", &self.insecure_skip_tls_verify)
            .field("requests", &self.requests)
            .finish()
    }
}

/// The files of a kubeconfig.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KubeconfigFiles {
    /// This file, which must exist.
    File(PathBuf),
    /// Those of these files that exist; what an earlier one says counts. When none exists and no address is
    /// given, the service account of the pod is used.
    Search(Vec<PathBuf>),
}

impl Default for KubeconfigFiles {
    /// No file.
    fn default() -> Self {
        Self::Search(Vec::new())
    }
}

/// Prints the paths as `KUBECONFIG` holds them.
impl std::fmt::Display for KubeconfigFiles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Search(paths) if paths.is_empty() => f.write_str("(none)"),
            Self::Search(paths) => {
                let paths: Vec<_> = paths.iter().map(|path| path.display().to_string()).collect();
                f.write_str(&paths.join(":"))
            }
        }
    }
}

/// Why there is no connection. All texts begin as Helm's.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// There is no kubeconfig, and this is not a pod.
    #[error("kubernetes cluster unreachable: no kubeconfig found at {files}")]
    NoConfiguration {
        /// Where was looked.
        files: KubeconfigFiles,
    },
    /// A kubeconfig cannot be read.
    #[error("kubernetes cluster unreachable: kubeconfig {}: {reason}", path.display())]
    Kubeconfig {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The context does not exist, or what it points at is incomplete.
    #[error("kubernetes cluster unreachable: kubeconfig {files}: context \"{context}\": {reason}")]
    Context {
        /// Where was looked.
        files: KubeconfigFiles,
        /// The context; empty when none is chosen.
        context: String,
        /// Why.
        reason: String,
        /// The contexts there are.
        known: Vec<String>,
    },
    /// The client could not be built: certificates, proxy, credential plugin.
    #[error("kubernetes cluster unreachable: context \"{context}\": {reason}")]
    Client {
        /// The context; empty inside a pod.
        context: String,
        /// Why.
        reason: String,
    },
}

impl ConnectError {
    /// Returns what a person can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoConfiguration { .. } => {
                Some("set KUBECONFIG or pass --kubeconfig with the file of your cluster".to_owned())
            }
            Self::Kubeconfig { .. } => None,
            Self::Context { known, .. } if known.is_empty() => {
                Some("the kubeconfig holds no contexts: is it the right file?".to_owned())
            }
            Self::Context { known, .. } => {
                Some(format!("pass --kube-context with one of: {}", known.join(", ")))
            }
            Self::Client { .. } => {
                Some("check the credentials and certificates of this context".to_owned())
            }
        }
    }
}

/// Connects. No request is sent yet: a server that does not answer shows with the first one.
pub async fn connect(options: &ConnectOptions) -> Result<Cluster, ConnectError> {
    let files = read_files(&options.kubeconfig)?;
    let (config, context) = match files {
        None if options.apiserver.is_none() => (in_cluster(options)?, String::new()),
        found => {
            let kubeconfig = adjusted(found.unwrap_or_default(), options)?;
            let context = kubeconfig.current_context.clone().unwrap_or_default();
            (from_kubeconfig(kubeconfig, options).await?, context)
        }
    };
    let config = tuned(config, options);
    let namespace = config.default_namespace.clone();
    let server = config.cluster_url.to_string();
    let failed = |reason| ConnectError::Client { context, reason };
    // A credential plugin may run now and take its time.
    let client = tokio::task::spawn_blocking(move || ClientBuilder::try_from(config)).await;
    match client {
        Ok(Ok(builder)) => {
            let requests = options.requests.clone();
            let counting = MapRequestLayer::new(move |request: http::Request<Body>| {
                requests.add();
                request
            });
            let client = builder.with_layer(&counting).build();
            Ok(Cluster::from_client(client, namespace).at(&server))
        }
        Ok(Err(kube::Error::Auth(error))) => Err(failed(auth_failure(&error))),
        Ok(Err(error)) => Err(failed(chain(&error))),
        Err(stopped) => Err(failed(chain(&stopped))),
    }
}

/// Returns the namespace that [`connect`] would work in, without connecting; `None` where nothing says one, or what
/// says it cannot be read.
#[must_use]
pub fn namespace(options: &ConnectOptions) -> Option<String> {
    if options.namespace.is_some() {
        return options.namespace.clone();
    }
    let config = read_files(&options.kubeconfig).ok()??;
    let chosen = options.context.as_ref().or(config.current_context.as_ref())?;
    let context = config.contexts.iter().find(|context| &context.name == chosen)?;
    context.context.as_ref()?.namespace.clone().filter(|namespace| !namespace.is_empty())
}

/// Returns why credentials could not be made, without what a plugin printed on its standard output: that may be a
/// token.
pub(crate) fn auth_failure(error: &AuthError) -> String {
    match error {
        AuthError::AuthExecRun { cmd, out } => {
            let complaint = String::from_utf8_lossy(&out.stderr);
            let complaint = complaint.trim();
            let colon = if complaint.is_empty() { "" } else { ": " };
            format!("the credential plugin {cmd:?} failed with {}{colon}{complaint}", out.status)
        }
        AuthError::AuthExecParse(_) | AuthError::ParseTokenKey(_) => {
            "the credential plugin printed something else than credentials".to_owned()
        }
        error => chain(error),
    }
}

/// Reads and merges the files; nothing when there is none.
fn read_files(files: &KubeconfigFiles) -> Result<Option<Kubeconfig>, ConnectError> {
    let paths: Vec<&Path> = match files {
        KubeconfigFiles::File(path) => vec![path],
        KubeconfigFiles::Search(paths) => {
            paths.iter().map(PathBuf::as_path).filter(|path| path.exists()).collect()
        }
    };
    let mut merged: Option<Kubeconfig> = None;
    for path in paths {
        let failed = |error: &KubeconfigError| ConnectError::Kubeconfig {
            path: path.to_owned(),
            reason: kubeconfig_failure(error),
        };
        let next = Kubeconfig::read_from(path).map_err(|error| failed(&error))?;
        merged = Some(match merged {
            Some(earlier) => earlier.merge(next).map_err(|error| failed(&error))?,
            None => next,
        });
    }
    Ok(merged)
}

/// The library's text of a parse error repeats the lines around it, which may hold credentials: only its place
/// is told.
fn kubeconfig_failure(error: &KubeconfigError) -> String {
    match error {
        KubeconfigError::ReadConfig(error, _) => error.to_string(),
        KubeconfigError::Parse(error) => match error.location() {
            Some(place) => {
                format!("not a kubeconfig: line {}, column {}", place.line(), place.column())
            }
            None => "not a kubeconfig".to_owned(),
        },
        error => chain(error),
    }
}

/// Writes the options into the chosen context, so that everything else of it keeps its meaning.
fn adjusted(mut config: Kubeconfig, options: &ConnectOptions) -> Result<Kubeconfig, ConnectError> {
    if options.context.is_some() {
        config.current_context.clone_from(&options.context);
    }
    let chosen = config.current_context.clone().filter(|name| !name.is_empty());
    let exists = |name: &String| config.contexts.iter().any(|context| &context.name == name);
    match &chosen {
        Some(name) if exists(name) => {}
        None if options.apiserver.is_some() => make_context_up(&mut config),
        _ => {
            let reason = if chosen.is_some() { "it does not exist" } else { "none is chosen" };
            return Err(context_error(&config, options, reason));
        }
    }
    let chosen = config.current_context.clone().unwrap_or_default();
    let context = config.contexts.iter_mut().find(|context| context.name == chosen);
    let Some(context) = context.and_then(|context| context.context.as_mut()) else {
        return Err(context_error(&config, options, "it is empty"));
    };
    if options.namespace.is_some() {
        context.namespace.clone_from(&options.namespace);
    }
    let (cluster, user) = (context.cluster.clone(), context.user.clone());
    adjust_cluster(&mut config, &cluster, options);
    if options.token.is_some() || options.as_user.is_some() {
        let user = user.unwrap_or_else(|| MADE_UP.to_owned());
        if let Some(context) = config.contexts.iter_mut().find(|context| context.name == chosen)
            && let Some(context) = context.context.as_mut()
        {
            context.user = Some(user.clone());
        }
        adjust_user(&mut config, &user, options);
    }
    Ok(config)
}

/// An address without any context is enough.
fn make_context_up(config: &mut Kubeconfig) {
    let context = Context { cluster: MADE_UP.to_owned(), ..Context::default() };
    config.contexts.push(NamedContext {
        name: MADE_UP.to_owned(),
        context: Some(context),
        ..NamedContext::default()
    });
    config.clusters.push(NamedCluster {
        name: MADE_UP.to_owned(),
        cluster: Some(kube::config::Cluster::default()),
        ..NamedCluster::default()
    });
    config.current_context = Some(MADE_UP.to_owned());
}

fn adjust_cluster(config: &mut Kubeconfig, name: &str, options: &ConnectOptions) {
    let named = config.clusters.iter_mut().find(|cluster| cluster.name == name);
    let Some(cluster) = named.and_then(|named| named.cluster.as_mut()) else { return };
    if options.apiserver.is_some() {
        cluster.server.clone_from(&options.apiserver);
    }
    if let Some(file) = &options.ca_file {
        cluster.certificate_authority = Some(file.display().to_string());
        cluster.certificate_authority_data = None;
    }
    if options.tls_server_name.is_some() {
        cluster.tls_server_name.clone_from(&options.tls_server_name);
    }
    if options.insecure_skip_tls_verify {
        cluster.insecure_skip_tls_verify = Some(true);
        cluster.certificate_authority = None;
        cluster.certificate_authority_data = None;
    }
}

fn adjust_user(config: &mut Kubeconfig, name: &str, options: &ConnectOptions) {
    if !config.auth_infos.iter().any(|user| user.name == name) {
        let user = NamedAuthInfo { name: name.to_owned(), ..NamedAuthInfo::default() };
        config.auth_infos.push(user);
    }
    let Some(named) = config.auth_infos.iter_mut().find(|user| user.name == name) else { return };
    set_user(named.auth_info.get_or_insert_default(), options);
}

fn set_user(user: &mut AuthInfo, options: &ConnectOptions) {
    if let Some(token) = &options.token {
        // The library's secret type is made by reading JSON only.
        let json = serde_json::json!({ "token": token });
        user.token = serde_json::from_value(json).ok().and_then(|user: AuthInfo| user.token);
        user.token_file = None;
        user.exec = None;
        user.auth_provider = None;
        user.username = None;
        user.password = None;
    }
    if options.as_user.is_some() {
        user.impersonate.clone_from(&options.as_user);
        user.impersonate_groups =
            Some(options.as_groups.clone()).filter(|groups| !groups.is_empty());
    }
}

fn context_error(config: &Kubeconfig, options: &ConnectOptions, reason: &str) -> ConnectError {
    ConnectError::Context {
        files: options.kubeconfig.clone(),
        context: config.current_context.clone().unwrap_or_default(),
        reason: reason.to_owned(),
        known: config.contexts.iter().map(|context| context.name.clone()).collect(),
    }
}

async fn from_kubeconfig(
    kubeconfig: Kubeconfig,
    options: &ConnectOptions,
) -> Result<Config, ConnectError> {
    let names = kubeconfig.clone();
    Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await.map_err(
        |error| {
            let reason = match &error {
                KubeconfigError::LoadClusterOfContext(name) => {
                    format!("its cluster \"{name}\" does not exist")
                }
                KubeconfigError::MissingClusterUrl => "its cluster has no address".to_owned(),
                error => kubeconfig_failure(error),
            };
            context_error(&names, options, &reason)
        },
    )
}

fn in_cluster(options: &ConnectOptions) -> Result<Config, ConnectError> {
    let mut config = Config::incluster().map_err(|_not_a_pod| ConnectError::NoConfiguration {
        files: options.kubeconfig.clone(),
    })?;
    set_user(&mut config.auth_info, options);
    if let Some(namespace) = &options.namespace {
        config.default_namespace.clone_from(namespace);
    }
    Ok(config)
}

/// Sets what is the same for all connections.
fn tuned(mut config: Config, options: &ConnectOptions) -> Config {
    config.default_retry = false;
    config.connect_timeout = Some(CONNECT_LIMIT);
    config.accept_invalid_certs |= options.insecure_skip_tls_verify;
    if options.tls_server_name.is_some() {
        config.tls_server_name.clone_from(&options.tls_server_name);
    }
    let agent = HeaderValue::from_static(concat!("chartctl/", env!("CARGO_PKG_VERSION")));
    config.headers.push((header::USER_AGENT, agent));
    config
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = r#"
apiVersion: v1
kind: Config
current-context: one
contexts:
- name: one
  context: {cluster: c, user: u, namespace: team}
- name: bare
  context: {cluster: c}
- name: lost
  context: {cluster: nowhere}
clusters:
- name: c
  cluster: {server: "https://one.example:6443", insecure-skip-tls-verify: true}
users:
- name: u
  user: {token: secret-token}
"#;

    const TWO: &str = r#"
apiVersion: v1
kind: Config
current-context: two
contexts:
- name: two
  context: {cluster: d}
clusters:
- name: d
  cluster: {server: "https://two.example"}
"#;

    fn files(texts: &[&str]) -> (tempfile::TempDir, Vec<PathBuf>) {
        let folder = tempfile::tempdir().unwrap();
        let paths = texts.iter().enumerate().map(|(place, text)| {
            let path = folder.path().join(place.to_string());
            std::fs::write(&path, text).unwrap();
            path
        });
        let paths = paths.collect();
        (folder, paths)
    }

    async fn config(
        texts: &[&str],
        change: impl FnOnce(&mut ConnectOptions),
    ) -> Result<Config, String> {
        let (_folder, paths) = files(texts);
        let mut options =
            ConnectOptions { kubeconfig: KubeconfigFiles::Search(paths), ..Default::default() };
        change(&mut options);
        let found = read_files(&options.kubeconfig).map_err(|error| error.to_string())?;
        let adjusted = adjusted(found.unwrap_or_default(), &options);
        let kubeconfig = adjusted.map_err(|error| format!("{error}; {:?}", error.hint()))?;
        let config = from_kubeconfig(kubeconfig, &options).await;
        Ok(tuned(config.map_err(|error| error.to_string())?, &options))
    }

    async fn check(change: impl FnOnce(&mut ConnectOptions), url: &str, namespace: &str) {
        let config = config(&[ONE, TWO], change).await.unwrap();
        assert_eq!(config.cluster_url.to_string(), url);
        assert_eq!(config.default_namespace, namespace);
        assert!(!config.default_retry);
    }

    #[tokio::test]
    async fn context_namespace_and_address_come_from_the_files_or_the_options() {
        check(|_| {}, "https://one.example:6443/", "team").await;
        check(|o| o.namespace = Some("mine".into()), "https://one.example:6443/", "mine").await;
        check(|o| o.context = Some("two".into()), "https://two.example/", "default").await;
        check(|o| o.context = Some("bare".into()), "https://one.example:6443/", "default").await;
        check(|o| o.apiserver = Some("https://x".into()), "https://x/", "team").await;
    }

    #[tokio::test]
    async fn credentials_can_be_replaced() {
        let given = config(&[ONE], |o| {
            o.token = Some("t".into());
            o.as_user = Some("jane".into());
            o.as_groups = vec!["ops".into()];
            o.context = Some("bare".into());
            o.tls_server_name = Some("name".into());
        });
        let config = given.await.unwrap();
        assert!(config.auth_info.token.is_some());
        assert_eq!(config.auth_info.impersonate.as_deref(), Some("jane"));
        assert_eq!(config.auth_info.impersonate_groups, Some(vec!["ops".to_owned()]));
        assert_eq!(config.tls_server_name.as_deref(), Some("name"));
    }

    #[tokio::test]
    async fn an_address_alone_is_enough() {
        let config =
            config(&[], |o| o.apiserver = Some("http://127.0.0.1:1".into())).await.unwrap();
        assert_eq!(config.cluster_url.to_string(), "http://127.0.0.1:1/");
        assert_eq!(config.default_namespace, "default");
    }

    #[tokio::test]
    async fn errors_name_file_context_and_remedy() {
        let error = config(&[ONE, TWO], |o| o.context = Some("three".into())).await.unwrap_err();
        assert!(error.contains("context \"three\": it does not exist"), "{error}");
        assert!(error.contains("one, bare, lost, two"), "{error}");
        let error = config(&[ONE], |o| o.context = Some("lost".into())).await.unwrap_err();
        assert!(error.contains("its cluster \"nowhere\" does not exist"), "{error}");
        let error =
            config(&["users: [{name: u, user: {token: hunter2}}\n"], |_| {}).await.unwrap_err();
        assert!(error.starts_with("kubernetes cluster unreachable: kubeconfig "), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
    }

    #[tokio::test]
    async fn a_file_that_was_named_must_exist() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("none");
        let kubeconfig = KubeconfigFiles::File(path.clone());
        let options = ConnectOptions { kubeconfig, ..Default::default() };
        let error = connect(&options).await.unwrap_err();
        assert!(matches!(error, ConnectError::Kubeconfig { .. }), "{error:?}");
        let kubeconfig = KubeconfigFiles::Search(vec![path]);
        let error =
            connect(&ConnectOptions { kubeconfig, ..Default::default() }).await.unwrap_err();
        assert!(matches!(error, ConnectError::NoConfiguration { .. }), "{error:?}");
    }

    #[tokio::test]
    async fn no_server_is_helms_text() {
        let apiserver = Some("http://127.0.0.1:1".to_owned());
        let cluster = connect(&ConnectOptions { apiserver, ..Default::default() }).await.unwrap();
        let error = cluster.version().await.unwrap_err().to_string();
        let start = "kubernetes cluster unreachable: could not discover the server's version: ";
        assert!(error.starts_with(start), "{error}");
        assert!(error.contains("refused"), "{error}");
    }

    #[test]
    fn a_token_is_not_printed() {
        let options = ConnectOptions { token: Some("hunter2".into()), ..Default::default() };
        assert!(!format!("{options:?}").contains("hunter2"));
    }
}
