//! What a revision is made from: the chart and the values, each known by a digest.
//!
//! Only these decide whether a new revision is needed. Two renders are never compared, since templates may
//! draw random numbers; and timeouts, policies and the like are no inputs.

use std::fmt;

use api::OperationInputs;
use release::{Entry, History, Record, Status};
use value::Value;

use crate::digest::DigestKey;

/// What the spec asks for at this moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Desired {
    /// The digest of the chart's archive.
    pub chart_digest: String,
    /// The chart's name.
    pub chart: String,
    /// The chart's version.
    pub version: String,
    /// The keyed digest of the values.
    pub values_digest: String,
}

impl Desired {
    /// Returns them as the status records them.
    #[must_use]
    pub fn recorded(&self, generation: i64) -> OperationInputs {
        OperationInputs {
            generation,
            chart_digest: self.chart_digest.clone(),
            values_digest: self.values_digest.clone(),
        }
    }

    /// Returns whether an operation was begun for the same.
    #[must_use]
    pub fn same(&self, inputs: &OperationInputs) -> bool {
        self.chart_digest == inputs.chart_digest && self.values_digest == inputs.values_digest
    }
}

/// Returns whether two recorded sets of inputs ask for the same revision, whatever the generation.
#[must_use]
pub fn same_inputs(a: &OperationInputs, b: &OperationInputs) -> bool {
    a.chart_digest == b.chart_digest && a.values_digest == b.values_digest
}

/// The text of inputs in the annotation of a record: both digests with a space between.
pub struct Mark<'a>(pub &'a OperationInputs);

impl fmt::Display for Mark<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.0.chart_digest, self.0.values_digest)
    }
}

/// What is known of one stored revision, without its contents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fact {
    /// Its number.
    pub revision: u32,
    /// Its status.
    pub status: Status,
    /// The chart's name; empty for a damaged record.
    pub chart: String,
    /// The chart's version.
    pub version: String,
    /// The application's version.
    pub app_version: String,
    /// The digest of the chart's archive, if we made the revision.
    pub chart_digest: Option<String>,
    /// The keyed digest of its values; absent for a damaged record.
    pub values_digest: Option<String>,
    /// The operation that made it, if its mark is still there.
    pub operation: Option<String>,
    /// The Release whose wish it is, as `namespace/name`.
    pub owner: Option<String>,
    /// Whether its holder renews a heartbeat in it while it is at work.
    pub beats: bool,
    /// The revision that it went back to; 0 for none.
    pub rollback_revision: u32,
    /// What it says about itself.
    pub description: String,
    /// When revision 1 began.
    pub first_deployed: Option<jiff::Timestamp>,
    /// When this one began.
    pub last_deployed: Option<jiff::Timestamp>,
}

impl Fact {
    /// Returns what is known of a record.
    #[must_use]
    pub fn of(entry: &Entry, key: &DigestKey) -> Self {
        match entry {
            Entry::Good(record) => Self::of_record(record, key),
            Entry::Damaged(damaged) => Self {
                revision: damaged.version,
                status: damaged.status,
                description: format!("damaged: {}", damaged.why),
                ..Self::default()
            },
            Entry::Closed(closed) => {
                Self { revision: closed.version, status: closed.status, ..Self::default() }
            }
        }
    }

    fn of_record(record: &Record, key: &DigestKey) -> Self {
        let (revision, marks) = (&record.revision, record.marks());
        let chart_digest = marks
            .inputs
            .as_deref()
            .and_then(|inputs| inputs.split(' ').next())
            .filter(|digest| digest.starts_with("sha256:"));
        Self {
            revision: revision.version,
            status: revision.info.status,
            chart: revision.chart.name().to_owned(),
            version: revision.chart.version().to_owned(),
            app_version: revision.chart.app_version().to_owned(),
            chart_digest: chart_digest.map(str::to_owned),
            values_digest: Some(key.values(&revision.config)),
            operation: marks.operation,
            owner: marks.owner,
            beats: marks.heartbeat.is_some(),
            rollback_revision: revision.info.rollback_revision,
            description: revision.info.description.clone(),
            first_deployed: revision.info.first_deployed,
            last_deployed: revision.info.last_deployed,
        }
    }

    /// Returns the facts of a whole history, oldest first.
    #[must_use]
    pub fn of_history(history: &History, key: &DigestKey) -> Vec<Self> {
        history.entries().iter().map(|entry| Self::of(entry, key)).collect()
    }

    /// Returns whether this revision is what the spec asks for. One that others made says nothing about the
    /// archive, so that the chart's name and version have to do.
    #[must_use]
    pub fn matches(&self, desired: &Desired) -> bool {
        let chart = match &self.chart_digest {
            Some(digest) => *digest == desired.chart_digest,
            None => self.chart == desired.chart && self.version == desired.version,
        };
        chart && self.values_digest.as_ref() == Some(&desired.values_digest)
    }

    /// Returns whether it has been good at some time.
    #[must_use]
    pub fn was_good(&self) -> bool {
        matches!(self.status, Status::Deployed | Status::Superseded) && self.values_digest.is_some()
    }
}

/// Returns the values of a revision as they are digested: none are the same as empty ones.
#[must_use]
pub fn plain_values(values: &Value) -> Value {
    if values.is_null() { Value::map() } else { values.clone() }
}
