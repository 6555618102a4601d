//! Leader election on a Lease, as client-go does it.
//!
//! The Lease is replaced with the resourceVersion it was read at, so that of two candidates one loses. Whether
//! another's lease has run out is judged by our own monotonic clock from when we last saw the record change:
//! clocks of machines do not matter. A leader that cannot renew in time stops writing by itself, before
//! anybody else may begin.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use kube::Client;
use kube::api::{Api, ObjectMeta, PostParams};
use tokio::sync::watch;
use tokio::time::Instant;

/// How long a lease holds without being renewed.
const DURATION: Duration = Duration::from_secs(15);
/// How long a leader goes on without having renewed.
const RENEW_DEADLINE: Duration = Duration::from_secs(10);
/// How often is renewed, or tried.
const RETRY: Duration = Duration::from_secs(2);
/// How long one request may take.
const REQUEST: Duration = Duration::from_secs(5);

/// Whether this process leads. Clones see the same.
#[derive(Clone, Debug)]
pub struct Leadership(Arc<Mutex<Term>>);

#[derive(Clone, Copy, Debug)]
enum Term {
    /// No election: always.
    Always,
    Never,
    Until(Instant),
}

impl Leadership {
    /// Without an election.
    #[must_use]
    pub fn always() -> Self {
        Self(Arc::new(Mutex::new(Term::Always)))
    }

    /// Returns whether this process may write at this moment.
    #[must_use]
    pub fn is_held(&self) -> bool {
        match *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Term::Always => true,
            Term::Never => false,
            Term::Until(until) => Instant::now() < until,
        }
    }

    fn set(&self, term: Term) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = term;
    }
}

/// A candidate.
pub struct Elector {
    api: Api<Lease>,
    name: String,
    identity: String,
    leadership: Leadership,
    /// What another candidate's record looked like, and when that was first seen.
    seen: Option<(Seen, Instant)>,
    /// When we renewed last.
    renewed: Option<Instant>,
}

/// What of a record shows that its holder lives.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    holder: Option<String>,
    version: Option<String>,
}

/// What to do about a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// Write ourselves in: it is ours, free, or has run out.
    Take,
    /// Somebody else holds it.
    Leave,
}

impl std::fmt::Debug for Elector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Elector")
            .field("name", &self.name)
            .field("identity", &self.identity)
            .finish_non_exhaustive()
    }
}

impl Elector {
    /// Stands for the lease `name` in `namespace`.
    #[must_use]
    pub fn new(client: Client, namespace: &str, name: &str, identity: &str) -> Self {
        Self {
            api: Api::namespaced(client, namespace),
            name: name.to_owned(),
            identity: identity.to_owned(),
            leadership: Leadership(Arc::new(Mutex::new(Term::Never))),
            seen: None,
            renewed: None,
        }
    }

    /// Returns what tells whether we lead.
    #[must_use]
    pub fn leadership(&self) -> Leadership {
        self.leadership.clone()
    }

    /// Waits until we lead.
    pub async fn acquire(&mut self) {
        while !self.attempt().await {
            tokio::time::sleep(RETRY).await;
        }
        tracing::info!(lease = self.name, identity = self.identity, "leading");
    }

    /// Renews until the lease is lost, or until `stop` says so: then the lease is released. Returns whether it
    /// was lost.
    pub async fn keep(&mut self, mut stop: watch::Receiver<bool>) -> bool {
        loop {
            tokio::select! {
                () = tokio::time::sleep(RETRY) => {}
                _ = stop.wait_for(|stop| *stop) => {
                    self.release().await;
                    return false;
                }
            }
            if !self.attempt().await && !self.leadership.is_held() {
                tracing::error!(lease = self.name, "leadership is lost");
                return true;
            }
        }
    }

    /// Reads the lease and writes ourselves in if it is ours to take. Returns whether we have it.
    async fn attempt(&mut self) -> bool {
        // The clock starts before the request: what we think we have must not last longer than what others see.
        let begun = Instant::now();
        match tokio::time::timeout(REQUEST, self.write()).await {
            Ok(Ok(true)) => {
                self.renewed = Some(begun);
                self.leadership.set(Term::Until(begun + RENEW_DEADLINE));
                true
            }
            Ok(Ok(false)) => {
                self.leadership.set(Term::Never);
                false
            }
            Ok(Err(error)) => {
                tracing::warn!(lease = self.name, %error, "the lease could not be written");
                false
            }
            Err(_) => {
                tracing::warn!(lease = self.name, "no answer about the lease");
                false
            }
        }
    }

    async fn write(&mut self) -> Result<bool, kube::Error> {
        let params = PostParams::default();
        let Some(found) = self.api.get_opt(&self.name).await? else {
            let lease = Lease {
                metadata: ObjectMeta { name: Some(self.name.clone()), ..ObjectMeta::default() },
                spec: Some(self.spec(None)),
            };
            return accepted(self.api.create(&params, &lease).await);
        };
        if self.judge(&found, Instant::now()) == Verdict::Leave {
            return Ok(false);
        }
        let spec = self.spec(found.spec.as_ref());
        let lease = Lease { spec: Some(spec), ..found };
        accepted(self.api.replace(&self.name, &params, &lease).await)
    }

    fn judge(&mut self, found: &Lease, now: Instant) -> Verdict {
        let holder = found.spec.as_ref().and_then(|spec| spec.holder_identity.clone());
        let free = holder.as_deref().is_none_or(str::is_empty);
        if free || holder.as_deref() == Some(&self.identity) {
            return Verdict::Take;
        }
        let record = Seen { holder, version: found.metadata.resource_version.clone() };
        match &self.seen {
            Some((seen, since)) if *seen == record => {
                let duration = found.spec.as_ref().and_then(|spec| spec.lease_duration_seconds);
                let duration = duration.and_then(|seconds| u64::try_from(seconds).ok());
                let duration = duration.map_or(DURATION, Duration::from_secs);
                if now.duration_since(*since) > duration { Verdict::Take } else { Verdict::Leave }
            }
            _ => {
                self.seen = Some((record, now));
                Verdict::Leave
            }
        }
    }

    fn spec(&self, before: Option<&LeaseSpec>) -> LeaseSpec {
        let now = MicroTime(Timestamp::now());
        let ours =
            before.is_some_and(|spec| spec.holder_identity.as_deref() == Some(&self.identity));
        let transitions = before.and_then(|spec| spec.lease_transitions).unwrap_or_default();
        LeaseSpec {
            holder_identity: Some(self.identity.clone()),
            lease_duration_seconds: i32::try_from(DURATION.as_secs()).ok(),
            acquire_time: before
                .filter(|_| ours)
                .and_then(|spec| spec.acquire_time.clone())
                .or_else(|| Some(now.clone())),
            renew_time: Some(now),
            lease_transitions: Some(if ours { transitions } else { transitions.saturating_add(1) }),
            ..LeaseSpec::default()
        }
    }

    /// Gives the lease back, so that nobody has to wait for it to run out.
    async fn release(&mut self) {
        self.leadership.set(Term::Never);
        let released = tokio::time::timeout(REQUEST, async {
            let mut found = self.api.get(&self.name).await?;
            let spec = found.spec.get_or_insert_default();
            if spec.holder_identity.as_deref() != Some(&self.identity) {
                return Ok(());
            }
            spec.holder_identity = Some(String::new());
            spec.lease_duration_seconds = Some(1);
            spec.renew_time = Some(MicroTime(Timestamp::now()));
            self.api.replace(&self.name, &PostParams::default(), &found).await.map(|_| ())
        });
        match released.await {
            Ok(Ok(())) => tracing::info!(lease = self.name, "lease released"),
            Ok(Err(error)) => {
                tracing::warn!(lease = self.name, %error, "the lease could not be released");
            }
            Err(_) => tracing::warn!(lease = self.name, "no answer about the lease"),
        }
    }
}

/// A conflict says that somebody else was quicker.
fn accepted(written: Result<Lease, kube::Error>) -> Result<bool, kube::Error> {
    match written {
        Ok(_) => Ok(true),
        Err(kube::Error::Api(status)) if status.code == 409 => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;
