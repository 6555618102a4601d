//! What install, upgrade, rollback and uninstall have in common: progress, interruption, identity.

use std::time::Duration;

use actions::{ActionError, Cancel, Event, HookLog, Prepared, RunOptions};
use cluster::Cluster;
use jiff::Timestamp;
use release::{Marks, Revision};

use crate::cli::Context;
use crate::output::Format;
use crate::progress::{Progress, Ticker};

/// Code of a program that was interrupted, as shells have it.
const INTERRUPTED: i32 = 130;

/// An action under way: its view, and the way to stop it.
pub(crate) struct Operation {
    progress: Progress,
    cancel: Cancel,
    timeout: Duration,
    test_logs: bool,
    _ticker: Ticker,
    _signals: Signals,
}

impl Operation {
    /// Begins an action on `release`. Interrupts are ours from here on: the first one stops the action and lets
    /// it record that, the second one ends the program.
    pub(crate) fn begin(
        context: &Context,
        release: &str,
        namespace: &str,
        timeout: Duration,
    ) -> Self {
        let heading = format!("{release}/{namespace}");
        let progress = Progress::new(context.ui, context.debug, heading);
        let cancel = Cancel::default();
        let signals = Signals::watch(release.to_owned(), cancel.clone(), progress.clone());
        Self {
            _ticker: progress.ticker(),
            progress,
            cancel,
            timeout,
            test_logs: false,
            _signals: signals,
        }
    }

    /// Tells events as lines of JSON where the result is JSON.
    pub(crate) fn telling(self, format: Format) -> Self {
        if format == Format::Json {
            self.progress.tell_json();
        }
        self
    }

    /// Asks for the logs of test Pods, see [`Self::logs`].
    pub(crate) fn with_test_logs(mut self, wanted: bool) -> Self {
        self.test_logs = wanted;
        self
    }

    /// Returns the logs of test Pods that were told so far.
    pub(crate) fn logs(&self) -> Vec<HookLog> {
        self.progress.logs()
    }

    /// Returns where events go.
    pub(crate) fn events(&self) -> impl FnMut(Event) + Send + use<> {
        let progress = self.progress.clone();
        move |event| progress.event(&event)
    }

    /// Does something that changes nothing in the cluster, until it is done or interrupted.
    pub(crate) async fn prepare<T>(
        &self,
        work: impl Future<Output = Result<T, ActionError>>,
    ) -> Result<T, ActionError> {
        // These futures hold a whole chart's worth of state.
        let work = Box::pin(work);
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => Err(ActionError::Cancelled),
            result = work => result,
        }
    }

    /// Carries a plan out.
    pub(crate) async fn run(
        &self,
        cluster: &Cluster,
        prepared: Prepared,
    ) -> Result<Revision, ActionError> {
        let (options, mut events) = (self.options(), self.events());
        // These futures hold a whole plan's worth of state.
        Box::pin(actions::run(cluster, prepared, &options, &self.cancel, &mut events)).await
    }

    /// Carries a plan out, and undoes it when it fails. Undoing is not interrupted by the first signal.
    pub(crate) async fn run_or_undo(
        &self,
        cluster: &Cluster,
        prepared: Prepared,
    ) -> Result<Revision, ActionError> {
        let (options, mut events) = (self.options(), self.events());
        // These futures hold a whole plan's worth of state.
        Box::pin(actions::run_or_undo(cluster, prepared, &options, &self.cancel, &mut events)).await
    }

    fn options(&self) -> RunOptions {
        RunOptions {
            timeout: self.timeout,
            marks: marks(),
            budget: plan::Budget::default(),
            test_logs: self.test_logs,
        }
    }

    /// Shows the warnings of a prepared action.
    pub(crate) fn warn(&self, warnings: &[String]) {
        for warning in warnings {
            self.progress.event(&Event::Warning(warning.clone()));
        }
    }

    /// Takes the live view off the screen.
    pub(crate) fn finish(&self) {
        self.progress.finish();
    }
}

/// Returns who does it: this program, and this run of it.
fn marks() -> Marks {
    Marks {
        holder: Some(actions::CHARTCTL.to_owned()),
        process: actions::process::this_process(),
        operation: Some(format!("{:x}-{:x}", Timestamp::now().as_nanosecond(), std::process::id())),
        ..Marks::default()
    }
}

/// Watches for interrupts until it is dropped.
struct Signals(tokio::task::AbortHandle);

impl Drop for Signals {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Signals {
    fn watch(release: String, cancel: Cancel, progress: Progress) -> Self {
        let task = tokio::spawn(async move {
            let mut interrupts = Interrupts::new();
            interrupts.next().await;
            progress.note(&format!(
                "Release {release} has been cancelled. Recording it; interrupt again to leave at once."
            ));
            cancel.cancel();
            interrupts.next().await;
            progress.finish();
            leave();
        });
        Self(task.abort_handle())
    }
}

#[expect(clippy::exit, reason = "the second interrupt ends the program whatever it is doing")]
fn leave() {
    std::process::exit(INTERRUPTED)
}

/// The signals that ask to stop.
#[cfg(unix)]
struct Interrupts {
    interrupt: Option<tokio::signal::unix::Signal>,
    terminate: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Interrupts {
    fn new() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        Self {
            interrupt: signal(SignalKind::interrupt()).ok(),
            terminate: signal(SignalKind::terminate()).ok(),
        }
    }

    async fn next(&mut self) {
        async fn received(signal: &mut Option<tokio::signal::unix::Signal>) {
            if let Some(signal) = signal
                && signal.recv().await.is_some()
            {
                return;
            }
            std::future::pending::<()>().await;
        }
        tokio::select! {
            () = received(&mut self.interrupt) => {}
            () = received(&mut self.terminate) => {}
        }
    }
}

/// The signals that ask to stop.
#[cfg(not(unix))]
struct Interrupts;

#[cfg(not(unix))]
impl Interrupts {
    fn new() -> Self {
        Self
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
