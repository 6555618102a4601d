//! How long waiting goes on for what does not look as if it will recover.
//!
//! [`Patience`] remembers what it saw and has no clock: whoever looks says when that is.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use manifest::ObjectId;
use manifest::ready::{self, Trouble, TroubleKind};
use value::Value;

use crate::pending::{Cause, Pending, PodState};
use crate::{Failure, Observed, Step};

/// How much trouble is put up with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// How often a container may be restarted; with 0 nothing is given up before the time is up.
    pub restarts: i64,
}

impl Default for Budget {
    fn default() -> Self {
        Self { restarts: 3 }
    }
}

/// How many Pods of an object are told of.
const MOST_PODS: usize = 20;

/// Returns how long a kind of trouble may last; `None` for what is never given up for it, or not by time.
const fn limit(kind: TroubleKind) -> Option<Duration> {
    Some(Duration::from_secs(match kind {
        TroubleKind::ImageName => 0,
        TroubleKind::ImageRefused => 10,
        TroubleKind::Refused => 20,
        TroubleKind::Config => 30,
        TroubleKind::ImagePull | TroubleKind::Volume | TroubleKind::Unbound => 60,
        TroubleKind::Unschedulable => 120,
        TroubleKind::CrashLoop | TroubleKind::Passing => return None,
    }))
}

/// Returns whether another object of the release may end a trouble, by becoming ready.
const fn may_wait_for_others(kind: TroubleKind) -> bool {
    matches!(
        kind,
        TroubleKind::Config
            | TroubleKind::Volume
            | TroubleKind::Unbound
            | TroubleKind::CrashLoop
            | TroubleKind::Unschedulable
    )
}

/// What was seen during one wait.
#[derive(Clone, Debug)]
pub struct Patience {
    budget: Budget,
    since: BTreeMap<Key, Duration>,
    /// Restarts that are not counted, by Pod and container.
    forgiven: BTreeMap<(String, String), i64>,
    looked: bool,
    excused: BTreeSet<TroubleKind>,
    next: Option<Duration>,
}

/// An object and the trouble it is in; the two kinds of image trouble take turns and count as one.
type Key = (ObjectId, TroubleKind);

impl Patience {
    /// Returns the patience of one wait.
    #[must_use]
    pub const fn new(budget: Budget) -> Self {
        Self {
            budget,
            since: BTreeMap::new(),
            forgiven: BTreeMap::new(),
            looked: false,
            excused: BTreeSet::new(),
            next: None,
        }
    }

    /// Looks at what is waited for, at a time since the wait began: fills in what is the matter with each, and
    /// returns a failure if some of it will not recover.
    pub fn look(
        &mut self,
        step: &Step,
        pending: &mut [Pending],
        observed: &Observed,
        at: Duration,
    ) -> Option<Failure> {
        let hook = match step {
            Step::Await { .. } => None,
            Step::AwaitHook { event, .. } => Some(*event),
            _ => return None,
        };
        let troubles: Vec<_> =
            pending.iter_mut().map(|pending| inspect(pending, observed)).collect();
        let moving = troubles.iter().filter(|trouble| !is_serious(trouble.as_ref())).count();
        let present: BTreeSet<Key> = std::iter::zip(&*pending, &troubles)
            .filter_map(|(pending, trouble)| Some(key(pending, trouble.as_ref()?)))
            .collect();
        self.since.retain(|key, _| present.contains(key));
        self.next = None;
        let mut hopeless = Vec::new();
        for (pending, trouble) in std::iter::zip(&*pending, &troubles) {
            if let Some(trouble) = trouble
                && self.is_over(key(pending, trouble), trouble, moving > 0, at)
            {
                hopeless.push(pending.clone());
            }
        }
        self.looked |= observed.related.pods_seen;
        (!hopeless.is_empty()).then_some(Failure { expired: false, hook, objects: hopeless })
    }

    /// Returns when to look again although nothing has changed, as a time since the wait began.
    #[must_use]
    pub const fn next(&self) -> Option<Duration> {
        self.next
    }

    /// Puts up with a kind of trouble from now on, since somebody works at it.
    pub fn excuse(&mut self, kind: TroubleKind) {
        self.excused.insert(kind);
    }

    fn is_over(&mut self, key: Key, trouble: &Trouble, others_move: bool, at: Duration) -> bool {
        if self.budget.restarts <= 0 || self.excused.contains(&trouble.kind) {
            return false;
        }
        let may_end = others_move && may_wait_for_others(trouble.kind);
        if trouble.kind == TroubleKind::CrashLoop {
            return self.is_looping(trouble, may_end);
        }
        let Some(limit) = limit(trouble.kind) else { return false };
        if may_end {
            self.since.remove(&key);
            return false;
        }
        let end = self.since.entry(key).or_insert(at).saturating_add(limit);
        if at >= end {
            return true;
        }
        self.next = Some(self.next.map_or(end, |next| next.min(end)));
        false
    }

    /// What is already restarting when the wait begins, and what may only be waiting for others, has to fail
    /// once more.
    fn is_looping(&mut self, trouble: &Trouble, may_end: bool) -> bool {
        let container = trouble.container.clone().unwrap_or_default();
        let forgiven = self.forgiven.entry((trouble.uid.clone(), container)).or_insert(0);
        if !self.looked || may_end {
            let all_but_one = trouble.restarts.saturating_add(1) - self.budget.restarts;
            *forgiven = (*forgiven).max(all_but_one);
        }
        trouble.restarts.saturating_sub(*forgiven) >= self.budget.restarts
    }
}

fn key(pending: &Pending, trouble: &Trouble) -> Key {
    let kind = match trouble.kind {
        // One pull is refused, the next one meets a registry that is away.
        TroubleKind::ImageRefused => TroubleKind::ImagePull,
        kind => kind,
    };
    (pending.object.clone(), kind)
}

fn is_serious(trouble: Option<&Trouble>) -> bool {
    trouble.is_some_and(|trouble| trouble.kind != TroubleKind::Passing)
}

/// Fills in what is known of an object, and returns its trouble.
fn inspect(pending: &mut Pending, observed: &Observed) -> Option<Trouble> {
    let live = observed.objects.get(&pending.object)?.as_ref()?;
    let trouble = ready::trouble(live, &observed.related);
    pending.cause = trouble.clone().map(Cause::from);
    pending.pods = pods(live, observed);
    trouble
}

/// Returns the Pods of a workload, those first that are not ready.
fn pods(live: &Value, observed: &Observed) -> Vec<PodState> {
    let text = |pod: &Value| pod.str_at(&["metadata", "name"]).unwrap_or_default().to_owned();
    let own = live.str_at(&["kind"]) == Some("Pod");
    let pods = if own { Vec::new() } else { observed.related.pods_of(live) };
    let mut states: Vec<PodState> = pods
        .into_iter()
        .map(|pod| {
            let (state, ready) = ready::pod_state(pod);
            let troubled = !ready && ready::pod_obstacle(pod).is_some();
            PodState { name: text(pod), state, ready, troubled }
        })
        .collect();
    states.sort_by(|a, b| (a.ready, &a.name).cmp(&(b.ready, &b.name)));
    states.truncate(MOST_PODS);
    states
}
