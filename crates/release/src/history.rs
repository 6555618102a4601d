//! What all records of a release mean together.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::{HistoryError, Marks, Revision, Status, labels, marks};

/// A readable record with what stands beside it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record {
    /// The revision.
    pub revision: Revision,
    /// All labels of the Kubernetes object.
    pub labels: BTreeMap<String, String>,
    /// All its annotations.
    pub annotations: BTreeMap<String, String>,
}

impl Record {
    /// Returns the labels that users set.
    #[must_use]
    pub fn custom_labels(&self) -> BTreeMap<String, String> {
        labels::custom(&self.labels)
    }

    /// Returns our marks.
    #[must_use]
    pub fn marks(&self) -> Marks {
        Marks::of(&self.annotations)
    }
}

/// A record that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damaged {
    /// The revision, from the name of the Kubernetes object.
    pub version: u32,
    /// The state, from its label.
    pub status: Status,
    /// Why it cannot be read.
    pub why: String,
}

/// A record that was not read: what its Kubernetes object says about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Closed {
    /// The revision, from the name of the object.
    pub version: u32,
    /// The state, from its label.
    pub status: Status,
    /// All labels.
    pub labels: BTreeMap<String, String>,
    /// All annotations.
    pub annotations: BTreeMap<String, String>,
}

/// One record of a history. Cheap to clone.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// It can be read.
    Good(Arc<Record>),
    /// It cannot.
    Damaged(Damaged),
    /// Nobody needed it so far.
    Closed(Closed),
}

impl Entry {
    /// Returns the revision's number.
    #[must_use]
    pub fn version(&self) -> u32 {
        match self {
            Self::Good(record) => record.revision.version,
            Self::Damaged(damaged) => damaged.version,
            Self::Closed(closed) => closed.version,
        }
    }

    /// Returns the revision's state.
    #[must_use]
    pub fn status(&self) -> Status {
        match self {
            Self::Good(record) => record.revision.info.status,
            Self::Damaged(damaged) => damaged.status,
            Self::Closed(closed) => closed.status,
        }
    }

    /// Returns the record, if it was and can be read.
    #[must_use]
    pub fn record(&self) -> Option<&Record> {
        match self {
            Self::Good(record) => Some(record),
            Self::Damaged(_) | Self::Closed(_) => None,
        }
    }

    /// Returns an annotation of the object; nothing is known of those of damaged records.
    fn annotation(&self, name: &str) -> Option<&str> {
        let annotations = match self {
            Self::Good(record) => &record.annotations,
            Self::Closed(closed) => &closed.annotations,
            Self::Damaged(_) => return None,
        };
        annotations.get(name).map(String::as_str)
    }
}

impl From<Record> for Entry {
    fn from(record: Record) -> Self {
        Self::Good(Arc::new(record))
    }
}

/// All records of one release, oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    name: String,
    entries: Vec<Entry>,
}

impl History {
    /// Returns the history of the release `name`; the entries may come in any order.
    pub fn new(name: impl Into<String>, mut entries: Vec<Entry>) -> Self {
        entries.sort_by_key(Entry::version);
        Self { name: name.into(), entries }
    }

    /// Returns the release.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns all records, oldest first.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Returns whether there is no record.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Returns the newest record, whatever its state, readable or not.
    #[must_use]
    pub fn last(&self) -> Option<&Entry> {
        self.entries.last()
    }

    /// Returns the newest record that can be read.
    #[must_use]
    pub fn last_good(&self) -> Option<&Record> {
        self.records().next_back()
    }

    /// Returns the newest readable record that is deployed; after races there may be several.
    #[must_use]
    pub fn deployed(&self) -> Option<&Record> {
        self.records().rev().find(|record| record.revision.info.status == Status::Deployed)
    }

    /// Returns the readable records, oldest first.
    pub fn records(&self) -> impl DoubleEndedIterator<Item = &Record> {
        self.entries.iter().filter_map(Entry::record)
    }

    /// Returns the readable record of a revision.
    pub fn at(&self, version: u32) -> Result<&Record, HistoryError> {
        match self.entries.iter().find(|entry| entry.version() == version) {
            Some(Entry::Good(record)) => Ok(record),
            Some(Entry::Damaged(Damaged { version, why, .. })) => {
                Err(HistoryError::Damaged { version: *version, why: why.clone() })
            }
            Some(Entry::Closed(_)) => {
                Err(HistoryError::Damaged { version, why: "it was not read".to_owned() })
            }
            None => Err(HistoryError::NoRevision { version }),
        }
    }

    /// Returns the history as it is without one revision.
    #[must_use]
    pub fn without(&self, version: u32) -> Self {
        let mut history = self.clone();
        history.entries.retain(|entry| entry.version() != version);
        history
    }

    /// Returns the number of the next revision: one more than the highest, whatever became of that.
    #[must_use]
    pub fn next_number(&self) -> u32 {
        self.last().map_or(1, |entry| entry.version().saturating_add(1))
    }

    /// Returns the record an upgrade starts from: the last one if it is deployed, else the newest deployed one,
    /// else the last one if it failed or was superseded. Damaged records are passed over.
    pub fn base_for_upgrade(&self) -> Result<&Record, HistoryError> {
        let none = || HistoryError::NoDeployed { name: self.name.clone() };
        let last = self.last_good().ok_or_else(none)?;
        let status = last.revision.info.status;
        if status.is_pending() {
            return Err(HistoryError::InProgress { version: last.revision.version, status });
        }
        let usable = matches!(status, Status::Failed | Status::Superseded);
        self.deployed().or(Some(last).filter(|_| usable)).ok_or_else(none)
    }

    /// Returns the record to roll back to: revision `version`, or the one before the last for 0.
    pub fn rollback_target(&self, version: u32) -> Result<&Record, HistoryError> {
        let last = self.last().ok_or(HistoryError::NotFound)?;
        match version {
            0 => self.at(last.version().saturating_sub(1)),
            version => self.at(version),
        }
    }

    /// Returns the newest record that once worked, which a failed upgrade goes back to.
    #[must_use]
    pub fn last_successful(&self) -> Option<&Record> {
        self.records().rev().find(|record| {
            matches!(record.revision.info.status, Status::Superseded | Status::Deployed)
        })
    }

    /// Returns the revisions to delete just before a new one is recorded, oldest first.
    ///
    /// `max` is how many records there may be with the new one, 0 for any number; the oldest go first, as in
    /// Helm. `inputs` is the digest of what the new revision is made from: of failed attempts at the same only
    /// the newest stays, so that there are two if the new one fails as well. The newest deployed revision and
    /// the `exempt` ones always stay.
    #[must_use]
    pub fn prune_list(&self, max: u32, exempt: &[u32], inputs: Option<&str>) -> Vec<u32> {
        let deployed = self.deployed().map(|record| record.revision.version);
        let spared = |version: &u32| deployed == Some(*version) || exempt.contains(version);
        let mut doomed: BTreeSet<u32> = self.failed_attempts(inputs).rev().skip(1).collect();
        doomed.retain(|version| !spared(version));
        if let Some(room) = usize::try_from(max).ok().and_then(|max| max.checked_sub(1)) {
            for version in self.entries.iter().map(Entry::version) {
                if self.entries.len() - doomed.len() <= room {
                    break;
                }
                if !spared(&version) {
                    doomed.insert(version);
                }
            }
        }
        doomed.into_iter().collect()
    }

    /// Returns the failed revisions made from `inputs`, oldest first.
    fn failed_attempts(&self, inputs: Option<&str>) -> impl DoubleEndedIterator<Item = u32> {
        self.entries
            .iter()
            .filter(move |entry| {
                inputs.is_some()
                    && entry.annotation(marks::INPUTS) == inputs
                    && entry.status() == Status::Failed
            })
            .map(Entry::version)
    }

    /// Returns the closed records that an operation on the release needs: those since the deployed one, with
    /// that; where nothing is deployed, those since the release was last uninstalled. A history that is read up
    /// to there answers every question but for revisions by number and what once worked.
    #[must_use]
    pub fn to_open(&self) -> Vec<u32> {
        let last = |wanted: Status| self.entries.iter().rposition(|entry| entry.status() == wanted);
        let since =
            last(Status::Deployed).or_else(|| last(Status::Uninstalled)).unwrap_or_default();
        let closed = self.entries.iter().skip(since).filter(|e| matches!(e, Entry::Closed(_)));
        closed.map(Entry::version).collect()
    }

    /// Returns whether what is read contradicts what is not: the deployed record that was looked for by its
    /// label cannot be read, or is none. Then all records have to be read.
    #[must_use]
    pub fn is_inconclusive(&self) -> bool {
        let closed = |entry: &Entry| matches!(entry, Entry::Closed(_));
        self.entries.iter().any(closed) && (self.deployed().is_none() || self.last_good().is_none())
    }

    /// Puts records that were read in the place of closed ones.
    pub fn open(&mut self, read: Vec<Entry>) {
        for entry in read {
            match self.entries.iter_mut().find(|known| known.version() == entry.version()) {
                Some(known) => *known = entry,
                None => self.entries.push(entry),
            }
        }
        self.entries.sort_by_key(Entry::version);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Info;

    fn record(version: u32, status: Status, inputs: Option<&str>) -> Entry {
        let info = Info { status, ..Info::default() };
        let annotations = inputs.map(|inputs| (marks::INPUTS.to_owned(), inputs.to_owned()));
        Entry::from(Record {
            revision: Revision { name: "web".to_owned(), version, info, ..Revision::default() },
            annotations: annotations.into_iter().collect(),
            ..Record::default()
        })
    }

    /// Reads `1 deployed, 2 failed=x, 3 damaged`: revision, state, digest of the inputs.
    fn history(text: &str) -> History {
        let entries = text.split(", ").filter(|entry| !entry.is_empty()).map(|entry| {
            let (version, status) = entry.split_once(' ').unwrap();
            let version = version.parse().unwrap();
            let (status, inputs) = status.split_once('=').unwrap_or((status, ""));
            if let Some(status) = status.strip_prefix("closed-") {
                let status = Status::from(status);
                return Entry::Closed(Closed { version, status, ..Closed::default() });
            }
            if status == "damaged" {
                let (status, why) = (Status::Deployed, "no gzip".to_owned());
                return Entry::Damaged(Damaged { version, status, why });
            }
            record(version, Status::from(status), Some(inputs).filter(|text| !text.is_empty()))
        });
        History::new("web", entries.collect())
    }

    fn number(found: Result<&Record, HistoryError>) -> Result<u32, String> {
        found.map(|record| record.revision.version).map_err(|error| error.to_string())
    }

    #[test]
    fn an_upgrade_starts_from_what_is_deployed() {
        let check = |text, expected: Result<u32, &str>| {
            let found = number(history(text).base_for_upgrade());
            assert_eq!(found, expected.map_err(str::to_owned), "{text}");
        };
        let busy = "another operation (install/upgrade/rollback) is in progress";
        let none = "\"web\" has no deployed releases";
        check("", Err(none));
        check("1 deployed", Ok(1));
        check("1 superseded, 2 deployed", Ok(2));
        check("1 deployed, 2 failed", Ok(1));
        check("1 deployed, 2 deployed, 3 failed", Ok(2));
        check("1 failed", Ok(1));
        check("1 superseded, 2 superseded", Ok(2));
        check("1 deployed, 2 pending-upgrade", Err(busy));
        check("1 pending-install", Err(busy));
        check("1 uninstalled", Err(none));
        check("1 failed, 2 uninstalling", Err(none));
        check("1 deployed, 2 uninstalled", Ok(1));
        check("1 unknown", Err(none));
        check("1 deployed, 2 damaged", Ok(1));
        check("1 damaged", Err(none));
        check("1 pending-install, 2 failed", Ok(2));
    }

    #[test]
    fn what_an_operation_needs_is_what_is_since_the_deployed_revision() {
        let check =
            |text, expected: &[u32]| assert_eq!(history(text).to_open(), expected, "{text}");
        check("", &[]);
        check("1 closed-superseded, 2 closed-superseded, 3 closed-deployed", &[3]);
        check("1 closed-superseded, 2 closed-deployed, 3 closed-failed, 4 failed", &[2, 3]);
        check("1 closed-deployed, 2 closed-superseded, 3 closed-deployed", &[3]);
        check("1 closed-failed, 2 closed-failed", &[1, 2]);
        check("1 closed-superseded, 2 closed-uninstalled, 3 closed-failed", &[2, 3]);
        let check =
            |text, expected| assert_eq!(history(text).is_inconclusive(), expected, "{text}");
        check("1 closed-superseded, 2 deployed", false);
        check("1 closed-superseded, 2 damaged", true);
        check("1 closed-superseded, 2 superseded", true);
        check("1 superseded, 2 damaged", false);
        let mut opened = history("1 closed-superseded, 2 deployed");
        opened.open(vec![record(1, Status::Superseded, None)]);
        assert_eq!(number(opened.rollback_target(0)), Ok(1));
        let closed = history("1 closed-superseded, 2 deployed");
        let error = Err("revision 1 is damaged: it was not read".to_owned());
        assert_eq!(number(closed.rollback_target(1)), error);
    }

    #[test]
    fn numbers_go_on_whatever_became_of_the_last() {
        for (text, next) in
            [("", 1), ("1 deployed", 2), ("9 failed, 10 damaged", 11), ("7 uninstalled", 8)]
        {
            assert_eq!(history(text).next_number(), next, "{text}");
        }
    }

    #[test]
    fn entries_are_sorted_by_number_and_not_by_text() {
        let history = history("10 deployed, 9 superseded");
        assert_eq!(history.last().map(Entry::version), Some(10));
        assert_eq!(history.last_successful().map(|record| record.revision.version), Some(10));
    }

    #[test]
    fn a_rollback_finds_its_target() {
        let check = |text, asked, expected: Result<u32, &str>| {
            let found = number(history(text).rollback_target(asked));
            assert_eq!(found, expected.map_err(str::to_owned), "{text} to {asked}");
        };
        check("", 0, Err("release: not found"));
        check("1 superseded, 2 deployed", 0, Ok(1));
        check("1 superseded, 2 deployed", 2, Ok(2));
        check("1 failed, 2 deployed", 1, Ok(1));
        check("1 deployed", 0, Err("release has no 0 version"));
        check("1 superseded, 3 deployed", 0, Err("release has no 2 version"));
        check("1 superseded, 3 deployed", 9, Err("release has no 9 version"));
        check("1 damaged, 2 deployed", 0, Err("revision 1 is damaged: no gzip"));
    }

    #[test]
    fn pruning_makes_room_for_one_and_spares_what_is_deployed() {
        let check = |text, max, exempt: &[u32], inputs, expected: &[u32]| {
            assert_eq!(history(text).prune_list(max, exempt, inputs), expected, "{text} to {max}");
        };
        let four = "1 superseded, 2 superseded, 3 superseded, 4 deployed";
        check(four, 0, &[], None, &[]);
        check(four, 10, &[], None, &[]);
        check(four, 5, &[], None, &[]);
        check(four, 4, &[], None, &[1]);
        check(four, 2, &[], None, &[1, 2, 3]);
        check(four, 1, &[], None, &[1, 2, 3]);
        check(four, 3, &[1], None, &[2, 3]);
        check("1 deployed, 2 failed, 3 failed", 2, &[], None, &[2, 3]);
        check("1 deployed, 2 deployed, 3 failed", 3, &[], None, &[1]);
        check("1 damaged, 2 deployed", 2, &[], None, &[1]);
        check("", 1, &[], None, &[]);
        let failing = "1 deployed, 2 failed=x, 3 failed=y, 4 failed=x, 5 failed=x";
        check(failing, 10, &[], Some("x"), &[2, 4]);
        check(failing, 10, &[4], Some("x"), &[2]);
        check(failing, 10, &[], Some("y"), &[]);
        check(failing, 10, &[], None, &[]);
        check(failing, 3, &[], Some("x"), &[2, 3, 4]);
        check("1 failed, 2 failed", 10, &[], None, &[]);
    }
}
