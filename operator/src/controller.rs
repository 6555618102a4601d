//! Wiring: connects, stands for election, and runs controllers and watches until told to stop.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context as _, bail};
use api::{Release, SourceKind};
use chart::Limits;
use cluster::{Cluster, ConnectOptions, KubeconfigFiles};
use futures::StreamExt as _;
use kube::api::{Api, ListParams};
use kube::runtime::controller::{Config, Controller};
use kube::runtime::events::Reporter;
use repo::{FetchOptions, Fetcher};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::args::RunArgs;
use crate::context::Context;
use crate::http::{self, Health};
use crate::index::Index;
use crate::keys;
use crate::lease::{Elector, Leadership};
use crate::metrics::Metrics;
use crate::reconcile::{after_error, reconcile};
use crate::releases::watched;
use crate::source::Charts;
use crate::trigger::Trigger;
use crate::waiting::Waiting;
use crate::watch::Watches;

/// How long changes are gathered before a Release is looked at.
const DEBOUNCE: Duration = Duration::from_millis(200);
/// How often an API server that does not answer yet is asked again at the start.
const STARTING: Duration = Duration::from_secs(3);
/// How long steps may take to end when told to stop.
const STOPPING: Duration = Duration::from_secs(20);

/// Runs the operator until it is told to stop, or leadership is lost.
pub async fn run(args: RunArgs) -> anyhow::Result<()> {
    let (stop, stopped) = watch::channel(false);
    listen_for_signals(stop.clone())?;
    let metrics = Arc::new(Metrics::new(args.concurrency));
    let health = Health::default();
    let listener = http::bind(args.metrics_addr)
        .await
        .with_context(|| format!("listening on {}", args.metrics_addr))?;
    tracing::info!(address = %listener.local_addr()?, "serving probes and metrics");
    let server =
        tokio::spawn(http::serve(listener, health.clone(), metrics.clone(), stopped.clone()));

    let cluster = connect(&args).await?;
    let result = lead(&args, &cluster, &metrics, &health, stopped).await;
    stop.send_replace(true);
    server.await.context("serving probes and metrics")??;
    result
}

/// Everything after the connection. Ends when leadership is lost, or when told to stop.
async fn lead(
    args: &RunArgs,
    cluster: &Cluster,
    metrics: &Arc<Metrics>,
    health: &Health,
    stop: watch::Receiver<bool>,
) -> anyhow::Result<()> {
    // Nothing is begun yet, so that it may be given up at any point.
    let standby = async {
        wait_for_definition(cluster).await;
        health.set_ready(true);
        stand(args, cluster, metrics).await
    };
    let (mut elector, context) = tokio::select! {
        stood = standby => stood?,
        () = wait(stop.clone()) => return Ok(()),
    };
    let context = Arc::new(context);

    // Controllers stop at once; the lease is given back only after their last step.
    let (ended, over) = watch::channel(false);
    let keeping = async {
        if let Some(elector) = &mut elector {
            elector.keep(over).await
        } else {
            wait(over).await;
            false
        }
    };
    let working = async {
        work(args, &context, stop).await;
        ended.send_replace(true);
    };
    tokio::pin!(keeping, working);
    tokio::select! {
        lost = &mut keeping => {
            if lost {
                health.set_ready(false);
                metrics.leading(&args.lease_name, false);
                bail!("leadership was lost");
            }
        }
        () = &mut working => {
            health.set_ready(false);
            keeping.await;
        }
    }
    metrics.leading(&args.lease_name, false);
    Ok(())
}

/// Waits until this process leads, and makes what it then works with.
async fn stand(
    args: &RunArgs,
    cluster: &Cluster,
    metrics: &Arc<Metrics>,
) -> anyhow::Result<(Option<Elector>, Context)> {
    let namespace = args.operator_namespace.as_deref().unwrap_or(cluster.default_namespace());
    let identity = format!("{}-{:08x}", args.identity, random()?);
    metrics.leading(&args.lease_name, !args.leader_elect);
    let (elector, leadership) = if args.leader_elect {
        let client = cluster.client().clone();
        let mut elector = Elector::new(client, namespace, &args.lease_name, &identity);
        elector.acquire().await;
        metrics.leading(&args.lease_name, true);
        let leadership = elector.leadership();
        (Some(elector), leadership)
    } else {
        (None, Leadership::always())
    };
    let key = keys::digest_key(cluster.client(), namespace).await?;
    Ok((elector, context(args, cluster, metrics, leadership, key, identity)?))
}

fn context(
    args: &RunArgs,
    cluster: &Cluster,
    metrics: &Arc<Metrics>,
    leadership: Leadership,
    key: crate::digest::DigestKey,
    identity: String,
) -> anyhow::Result<Context> {
    let fetcher = Fetcher::new(FetchOptions {
        allow_http: args.allow_http,
        allow_private: args.allow_private_addresses,
        user_agent: concat!("chartctl-operator/", env!("CARGO_PKG_VERSION")).to_owned(),
        ..FetchOptions::default()
    })?;
    let reporter =
        Reporter { controller: "chartctl-operator".to_owned(), instance: Some(identity) };
    let trigger = Trigger::default();
    Ok(Context {
        cluster: cluster.clone(),
        index: Arc::new(Index::default()),
        waiting: Waiting::new(cluster.clone(), trigger.clone()),
        trigger,
        charts: Arc::new(Charts::new(fetcher, Limits::default())),
        key,
        metrics: metrics.clone(),
        reporter,
        leadership,
        failpoint: args.failpoint.clone(),
        stores: Mutex::default(),
        memories: Mutex::default(),
    })
}

/// Runs controllers and watches, one set for each namespace, or one for all.
async fn work(args: &RunArgs, context: &Arc<Context>, stop: watch::Receiver<bool>) {
    let scopes: Vec<Option<String>> = if args.namespaces.is_empty() {
        vec![None]
    } else {
        args.namespaces.iter().cloned().map(Some).collect()
    };
    let (mut controllers, mut watches) = (JoinSet::new(), JoinSet::new());
    let whole = Watches::new(
        context.cluster.client().clone(),
        Arc::clone(&context.index),
        context.trigger.clone(),
        Arc::clone(&context.metrics),
    );
    let definitions = whole.clone();
    watches.spawn(async move { whole.namespaces().await });
    watches.spawn(async move { definitions.definitions().await });
    for scope in scopes {
        let followed = Watches::new(
            context.cluster.client().clone(),
            Arc::clone(&context.index),
            context.trigger.clone(),
            Arc::clone(&context.metrics),
        );
        for kind in [SourceKind::ConfigMap, SourceKind::Secret] {
            let (followed, scope) = (followed.clone(), scope.clone());
            watches.spawn(async move { followed.sources(kind, scope.as_deref()).await });
        }
        let (context, stop) = (Arc::clone(context), stop.clone());
        let namespace = scope.clone();
        watches.spawn(async move { followed.records(namespace.as_deref()).await });
        controllers.spawn(control(context, scope, args.concurrency, stop));
    }
    let ended = async { while controllers.join_next().await.is_some() {} };
    let late = async {
        wait(stop).await;
        tokio::time::sleep(STOPPING).await;
    };
    tokio::select! {
        () = ended => {}
        () = late => tracing::warn!("steps did not end in time"),
    }
}

/// Runs one controller until told to stop.
async fn control(
    context: Arc<Context>,
    namespace: Option<String>,
    concurrency: u16,
    stop: watch::Receiver<bool>,
) {
    let woken = context.trigger.listen(namespace.as_deref());
    let (releases, objects) = watched(&context, namespace.as_deref());
    if let Ok(mut stores) = context.stores.lock() {
        stores.push(releases.clone());
    }
    let controller = Controller::for_stream(objects, releases)
        .with_config(Config::default().concurrency(concurrency).debounce(DEBOUNCE))
        .reconcile_on(woken)
        .graceful_shutdown_on(wait(stop));
    tracing::info!(namespace = namespace.as_deref().unwrap_or("all"), "controller started");
    controller
        .run(reconcile, |release, error, context| after_error(&release, error, &context), context)
        .for_each(|result| async {
            use kube::runtime::controller::Error;
            match result {
                // What went wrong in a look is told by the error policy; an object that is gone is no error.
                Ok(_) | Err(Error::ReconcilerFailed(..) | Error::ObjectNotFound(_)) => {}
                Err(error) => tracing::warn!(error = crate::text::chain(&error), "the controller"),
            }
        })
        .await;
}

async fn connect(args: &RunArgs) -> anyhow::Result<Cluster> {
    let files: Vec<PathBuf> =
        args.kubeconfig.iter().flat_map(|files| std::env::split_paths(files)).collect();
    let options = ConnectOptions {
        kubeconfig: KubeconfigFiles::Search(files),
        context: args.context.clone(),
        ..ConnectOptions::default()
    };
    cluster::connect::connect(&options).await.map_err(|error| {
        let hint = error.hint().map(|hint| format!(" ({hint})")).unwrap_or_default();
        anyhow::anyhow!("{error}{hint}")
    })
}

/// Waits until the API server serves our kind.
async fn wait_for_definition(cluster: &Cluster) {
    let api: Api<Release> = Api::all(cluster.client().clone());
    let one = ListParams::default().limit(1);
    loop {
        let asked = api.list_metadata(&one);
        match tokio::time::timeout(STARTING * 3, asked).await {
            Ok(Ok(_)) => return,
            Ok(Err(kube::Error::Api(status))) if status.code == 403 => {
                // Rights in some namespaces only: then it is served.
                return;
            }
            Ok(Err(kube::Error::Api(status))) if status.code == 404 => tracing::warn!(
                "the API server has no Releases yet: chartctl-operator crds | kubectl apply -f -"
            ),
            Ok(Err(error)) => tracing::warn!(%error, "the API server does not answer"),
            Err(_) => tracing::warn!("no answer from the API server"),
        }
        tokio::time::sleep(STARTING).await;
    }
}

fn listen_for_signals(stop: watch::Sender<bool>) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("told to stop");
        stop.send_replace(true);
    });
    Ok(())
}

/// Waits until told to stop, or until nobody can say so any more.
async fn wait(mut stop: watch::Receiver<bool>) {
    let _over = stop.wait_for(|stop| *stop).await.is_ok();
}

fn random() -> anyhow::Result<u32> {
    let mut bytes = [0; 4];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    Ok(u32::from_be_bytes(bytes))
}
