//! Faults at every call: `chartctl` is killed, or one of its requests is refused, cut or delayed; then the next
//! command has to work, history has to be truthful, and no object may be lost or left behind.

mod lane;
mod records;

use std::sync::Mutex;
use std::time::Duration;

use anyhow::{Context as _, Result};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};

use crate::cluster::Cluster;
use crate::proxy::Fate;
use lane::Lane;

/// What is struck.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Command {
    /// The first installation.
    Install,
    /// An upgrade that makes, changes and deletes objects, after a hook.
    Upgrade,
    /// The way back.
    Rollback,
    /// The end.
    Uninstall,
}

impl Command {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Install, Self::Upgrade, Self::Rollback, Self::Uninstall];

    /// The word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Install => "install",
            Self::Upgrade => "upgrade",
            Self::Rollback => "rollback",
            Self::Uninstall => "uninstall",
        }
    }
}

/// What happens at a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// The server carries it out, and the program is killed before it knows.
    Kill,
    /// The program is killed before the server hears of it.
    KillBefore,
    /// The server refuses with this status.
    Refuse(u16),
    /// The connection ends before the server hears of it.
    Cut,
    /// The server carries it out, and the connection ends before the answer.
    LoseAnswer,
    /// It takes its time.
    Delay,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Kill,
        Self::KillBefore,
        Self::Refuse(500),
        Self::Refuse(429),
        Self::Cut,
        Self::LoseAnswer,
        Self::Delay,
    ];

    /// Words for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Kill => "SIGKILL after",
            Self::KillBefore => "SIGKILL before",
            Self::Refuse(429) => "429",
            Self::Refuse(_) => "500",
            Self::Cut => "cut",
            Self::LoseAnswer => "answer lost",
            Self::Delay => "delayed",
        }
    }

    fn fate(self) -> Fate {
        match self {
            Self::Kill => Fate::Freeze,
            Self::KillBefore => Fate::Hold,
            Self::Refuse(code) => Fate::Refuse(code),
            Self::Cut => Fate::Cut,
            Self::LoseAnswer => Fate::LoseAnswer,
            Self::Delay => Fate::Delay(Duration::from_millis(300)),
        }
    }

    /// Whether the program does not live to see the end.
    fn kills(self) -> bool {
        matches!(self, Self::Kill | Self::KillBefore)
    }
}

/// One run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Strike {
    /// What is struck.
    pub command: Command,
    /// Whether with `--wait`.
    pub waiting: bool,
    /// By what.
    pub fault: Fault,
    /// At which of its calls, from 1.
    pub call: usize,
}

/// What came of a run.
#[derive(Debug)]
pub struct Outcome {
    /// The run.
    pub strike: Strike,
    /// Whether there was such a call at all: not every run takes the same number.
    pub reached: bool,
    /// What is wrong.
    pub wrong: Option<String>,
}

/// How many calls a command makes when nothing happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// The command.
    pub command: Command,
    /// Whether with `--wait`.
    pub waiting: bool,
    /// So many.
    pub calls: usize,
}

/// Counts the calls of each command, without and with `--wait`.
///
/// # Errors
///
/// When one fails.
pub async fn count(cluster: &Cluster) -> Result<Vec<Count>> {
    let lane = Lane::new(cluster).await?;
    let mut counts = Vec::new();
    for waiting in [false, true] {
        for command in Command::ALL {
            let calls = lane.count(command, waiting).await?;
            counts.push(Count { command, waiting, calls });
        }
    }
    Ok(counts)
}

/// Does all runs that `wanted` selects, in `lanes` namespaces at once, and calls `done` after each.
///
/// # Errors
///
/// When the cluster does not work; what `chartctl` does wrong is in the outcomes.
pub async fn run(
    cluster: &Cluster,
    counts: &[Count],
    lanes: usize,
    wanted: impl Fn(&Strike) -> bool,
    done: impl Fn(&Outcome),
) -> Result<Vec<Outcome>> {
    let strikes = counts.iter().flat_map(|&Count { command, waiting, calls }| {
        Fault::ALL.into_iter().flat_map(move |fault| {
            (1..=calls).map(move |call| Strike { command, waiting, fault, call })
        })
    });
    // The last first, so that each lane takes from the end.
    let mut waiting: Vec<Strike> = strikes.filter(wanted).collect();
    waiting.reverse();
    let (waiting, done) = (Mutex::new(waiting), &done);
    let waiting = &waiting;
    let outcomes: Vec<Vec<Outcome>> = stream::iter(0..lanes)
        .map(|_| async move {
            let mut lane = Lane::new(cluster).await?;
            let mut outcomes = Vec::new();
            while let Some(strike) = next(waiting)? {
                let outcome = lane.run(strike).await;
                if outcome.wrong.is_some() {
                    lane = Lane::new(cluster).await?;
                }
                done(&outcome);
                outcomes.push(outcome);
            }
            anyhow::Ok(outcomes)
        })
        .buffer_unordered(lanes)
        .try_collect()
        .await?;
    let mut outcomes: Vec<Outcome> = outcomes.into_iter().flatten().collect();
    outcomes
        .sort_by_key(|outcome| (outcome.strike.command, outcome.strike.fault, outcome.strike.call));
    Ok(outcomes)
}

fn next(waiting: &Mutex<Vec<Strike>>) -> Result<Option<Strike>> {
    Ok(waiting.lock().ok().context("a lane panicked")?.pop())
}
