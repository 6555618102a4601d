//! What is known about a running action, from its events; pure.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use actions::Event;
use manifest::ObjectId;
use plan::{Action, Pending, PodState, Skipped};

use crate::ui::Tone;

/// How long a wait goes on before anybody is told of it one by one.
pub(crate) const QUIET: Duration = Duration::from_secs(1);
/// A wait this short has no summary: what it waited for was there already.
const NO_WAIT: Duration = Duration::from_millis(50);

/// Something that happened and stays on the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Notice {
    /// One word: `ready`, `applied`.
    pub(crate) word: &'static str,
    /// What about.
    pub(crate) text: String,
    /// How it looks.
    pub(crate) tone: Tone,
    /// Who wants to know.
    pub(crate) audience: Audience,
}

/// Who a notice is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Audience {
    /// Everybody.
    All,
    /// Logs, which have no live list.
    Lines,
    /// Terminals, where a summary replaces the live list.
    Live,
    /// People who asked for every detail.
    Verbose,
}

impl Notice {
    fn new(word: &'static str, text: impl Into<String>, tone: Tone, audience: Audience) -> Self {
        Self { word, text: text.into(), tone, audience }
    }

    /// Returns whether it is shown on a terminal (`live`), or with every detail (`verbose`).
    pub(crate) fn is_shown(&self, live: bool, verbose: bool) -> bool {
        match self.audience {
            Audience::All => true,
            Audience::Lines => !live,
            Audience::Live => live,
            Audience::Verbose => verbose,
        }
    }
}

/// What is waited for at the moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wait {
    /// When it began.
    pub(crate) since: Duration,
    /// How long it may take.
    pub(crate) limit: Duration,
    /// The objects in order.
    pub(crate) objects: BTreeMap<ObjectId, State>,
}

/// How an object that is waited for is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Nothing is known yet.
    Unseen,
    /// Not there yet.
    Pending(Lack),
    /// There, since this time.
    Ready(Duration),
}

/// What an object that is not there yet lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lack {
    /// In a sentence.
    pub(crate) why: String,
    /// What is the matter, where that is known.
    pub(crate) cause: Option<String>,
    /// Its Pods, each with the time since which it has been as it is.
    pub(crate) pods: Vec<(PodState, Duration)>,
    /// Whether logs have been told.
    told: bool,
}

impl Lack {
    /// Returns why, and the cause where it is known and says more.
    pub(crate) fn text(&self) -> String {
        match &self.cause {
            Some(cause) if !cause.ends_with(&self.why) => format!("{} ({cause})", self.why),
            _ => self.why.clone(),
        }
    }
}

/// What is known about a running action.
#[derive(Clone, Debug)]
pub(crate) struct Board {
    release: String,
    /// What is waited for.
    pub(crate) wait: Option<Wait>,
    /// The hook that runs.
    pub(crate) hook: Option<String>,
    hook_since: Option<Duration>,
    applied: BTreeSet<ObjectId>,
    deleted: BTreeSet<ObjectId>,
    busy_since: Option<Duration>,
}

impl Board {
    /// Returns an empty board.
    pub(crate) fn new(release: String) -> Self {
        Self {
            release,
            wait: None,
            hook: None,
            hook_since: None,
            applied: BTreeSet::new(),
            deleted: BTreeSet::new(),
            busy_since: None,
        }
    }

    /// Returns how many objects were sent since the last summary.
    pub(crate) fn applied(&self) -> usize {
        self.applied.len()
    }

    /// Forgets what is under way.
    pub(crate) fn clear(&mut self) {
        self.wait = None;
        self.hook = None;
    }

    /// Takes an event in and returns what is to be said about it.
    pub(crate) fn event(&mut self, event: &Event, at: Duration) -> Vec<Notice> {
        match event {
            Event::Rendered { objects } => {
                vec![notice("rendered", count(*objects, "object"), Tone::Good, Audience::Live)]
            }
            Event::Planned { action, from, to, summary } => {
                let text = format!("{} {}", plan_head(&self.release, *action, *from, *to), summary);
                vec![notice("plan", text, Tone::Good, Audience::All)]
            }
            Event::Settling { revision, holder } => vec![notice(
                "settling",
                format!(
                    "revision {revision} is unfinished: looking whether {holder} is still at work"
                ),
                Tone::Warn,
                Audience::All,
            )],
            Event::Settled { revision } => vec![notice(
                "settled",
                format!("revision {revision} was interrupted and is recorded as failed"),
                Tone::Warn,
                Audience::All,
            )],
            Event::NamespaceCreated { name } => {
                vec![notice("namespace", name.as_str(), Tone::Good, Audience::Verbose)]
            }
            Event::Recorded { revision, status } => {
                let mut said = self.close(at);
                said.push(notice(
                    "recorded",
                    format!("revision {revision} {status}"),
                    Tone::Good,
                    Audience::Verbose,
                ));
                said
            }
            Event::Applied { object, change } => {
                self.busy_since.get_or_insert(at);
                self.applied.insert(object.clone());
                let word = match change {
                    actions::Change::Created => "created",
                    actions::Change::Configured => "applied",
                    actions::Change::Unchanged => "unchanged",
                };
                vec![notice(word, object.to_string(), Tone::Good, Audience::Verbose)]
            }
            Event::Deleted { object } => {
                self.busy_since.get_or_insert(at);
                self.deleted.insert(object.clone());
                vec![notice("deleted", object.to_string(), Tone::Good, Audience::Verbose)]
            }
            Event::Left(skipped) => vec![left(skipped)],
            Event::HookStarted { event, object } => {
                let mut said = self.close(at);
                let text = format!("{} {object}", event.as_str());
                self.hook = Some(text.clone());
                self.hook_since = Some(at);
                said.push(notice("hook", format!("{text} started"), Tone::Plain, Audience::Lines));
                said
            }
            Event::HookFinished { event, object, succeeded } => {
                self.wait = None;
                let since = self.hook_since.take().unwrap_or(at);
                self.hook = None;
                let (word, tone) =
                    if *succeeded { ("succeeded", Tone::Good) } else { ("failed", Tone::Bad) };
                let text = format!(
                    "{} {object} {word} in {}",
                    event.as_str(),
                    seconds(at.saturating_sub(since))
                );
                vec![notice("hook", text, tone, Audience::All)]
            }
            Event::WaitStarted { objects, limit } => {
                let said = self.close(at);
                let objects =
                    objects.iter().map(|object| (object.clone(), State::Unseen)).collect();
                self.wait = Some(Wait { since: at, limit: *limit, objects });
                said
            }
            Event::Waiting { pending } => {
                for pending in pending {
                    self.waiting(pending, at);
                }
                self.tick(at)
            }
            Event::Ready { object } => self.ready(object, at).into_iter().collect(),
            Event::Retrying { why } => {
                vec![notice("retrying", why.as_str(), Tone::Warn, Audience::All)]
            }
            Event::Failed { .. } => {
                let mut said = self.unready(at);
                self.clear();
                let text = format!("after {}, recording it", seconds(at));
                said.push(notice("failed", text, Tone::Bad, Audience::All));
                said
            }
            Event::RollingBack { to } => {
                self.clear();
                vec![notice("rollback", format!("to revision {to}"), Tone::Warn, Audience::All)]
            }
            Event::Warning(text) => {
                vec![notice("warning", text.as_str(), Tone::Warn, Audience::All)]
            }
            _ => Vec::new(),
        }
    }

    /// Ends the phase under way and returns its summary.
    pub(crate) fn close(&mut self, at: Duration) -> Vec<Notice> {
        let mut said = Vec::new();
        let busy = at.saturating_sub(self.busy_since.take().unwrap_or(at));
        for (word, objects) in [("applied", &mut self.applied), ("deleted", &mut self.deleted)] {
            if !objects.is_empty() {
                let text = format!("{} in {}", count(objects.len(), "object"), seconds(busy));
                said.push(notice(word, text, Tone::Good, Audience::Live));
                objects.clear();
            }
        }
        if let Some(wait) = self.wait.take()
            && self.hook.is_none()
            && at.saturating_sub(wait.since) >= NO_WAIT
            && wait.objects.values().all(|state| matches!(state, State::Ready(_)))
        {
            let took = seconds(at.saturating_sub(wait.since));
            said.push(notice(
                "ready",
                format!("{} in {took}", count(wait.objects.len(), "object")),
                Tone::Good,
                Audience::Live,
            ));
        }
        said
    }

    /// Returns what logs are told of a wait: nothing in its first second, in which most things become ready.
    pub(crate) fn tick(&mut self, at: Duration) -> Vec<Notice> {
        let Some(wait) = &mut self.wait else { return Vec::new() };
        if at.saturating_sub(wait.since) < QUIET {
            return Vec::new();
        }
        let mut said = Vec::new();
        for (object, state) in &mut wait.objects {
            if let State::Pending(lack) = state
                && !lack.told
            {
                lack.told = true;
                let text = format!("{object}: {}", lack.text());
                said.push(notice("waiting", text, Tone::Plain, Audience::Lines));
            }
        }
        said
    }

    fn waiting(&mut self, pending: &Pending, at: Duration) {
        let Some(wait) = &mut self.wait else { return };
        let state = wait.objects.entry(pending.object.clone()).or_insert(State::Unseen);
        let before = match state {
            State::Pending(lack) => Some(&*lack),
            State::Unseen | State::Ready(_) => None,
        };
        let since = |pod: &PodState| {
            let known = before.iter().flat_map(|lack| &lack.pods).find(|(known, _)| known == pod);
            known.map_or(at, |(_, since)| *since)
        };
        let mut lack = Lack {
            why: pending.why.clone(),
            cause: pending.cause.as_ref().map(|cause| cause.text.clone()),
            pods: pending.pods.iter().map(|pod| (pod.clone(), since(pod))).collect(),
            told: false,
        };
        lack.told = before.is_some_and(|before| before.told && before.text() == lack.text());
        *state = State::Pending(lack);
    }

    fn ready(&mut self, object: &ObjectId, at: Duration) -> Option<Notice> {
        let wait = self.wait.as_mut()?;
        let quick = at.saturating_sub(wait.since) < QUIET;
        wait.objects.insert(object.clone(), State::Ready(at));
        let audience =
            if quick || self.hook.is_some() { Audience::Verbose } else { Audience::Lines };
        Some(notice("ready", object.to_string(), Tone::Good, audience))
    }

    /// Returns what a terminal keeps of a live list whose wait failed.
    fn unready(&self, at: Duration) -> Vec<Notice> {
        let Some(wait) = &self.wait else { return Vec::new() };
        let took = seconds(at.saturating_sub(wait.since));
        wait.objects
            .iter()
            .filter_map(|(object, state)| match state {
                State::Ready(_) => None,
                State::Unseen => Some(format!("{object} after {took}")),
                State::Pending(lack) => Some(format!("{object} after {took}: {}", lack.text())),
            })
            .map(|text| notice("not ready", text, Tone::Bad, Audience::Live))
            .collect()
    }
}

fn notice(word: &'static str, text: impl Into<String>, tone: Tone, audience: Audience) -> Notice {
    Notice::new(word, text, tone, audience)
}

fn plan_head(release: &str, action: Action, from: Option<u32>, to: u32) -> String {
    match (action, from) {
        (Action::Uninstall, _) => format!("uninstall {release}:"),
        (Action::Test, _) => format!("test {release}:"),
        (_, Some(from)) => format!("{release} r{from} -> r{to}:"),
        (_, None) => format!("{release} r{to}:"),
    }
}

fn left(skipped: &Skipped) -> Notice {
    let text = match skipped {
        Skipped::Kept { object } => format!("{object}: kept, as its resource policy says"),
        Skipped::Foreign { object } => {
            format!("{object}: left alone, it does not belong to this release")
        }
        Skipped::Elsewhere { object, chart } => {
            format!("{object}: left as it is, it came with the chart {chart}")
        }
    };
    notice("left", text, Tone::Warn, Audience::Live)
}

fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// Returns a duration as people read it: `0.4s`, `12s`, `3m05s`.
pub(crate) fn seconds(time: Duration) -> String {
    match time.as_secs() {
        0..10 => format!("{:.1}s", time.as_secs_f64()),
        whole @ 10..60 => format!("{whole}s"),
        whole => format!("{}m{:02}s", whole / 60, whole % 60),
    }
}
