//! Does an upgrade change anything?

use std::collections::BTreeMap;

use manifest::sequence::ChartOrder;
use release::{History, Record, Revision, Status, StoredChart, StoredFile};
use value::Value;

use crate::options::{DeployOptions, NewRevision};

/// Returns the deployed revision that an upgrade would only repeat: of the same chart, with the same values, the same
/// objects, hooks, notes and labels. Nothing when somebody asked for a new revision, or for something that only a
/// new one can have.
pub(crate) fn repeated<'h>(
    history: &'h History,
    target: &Revision,
    order: &ChartOrder,
    labels: &BTreeMap<String, String>,
    options: &DeployOptions,
) -> Option<&'h Record> {
    let asked = options.revision == NewRevision::Always
        || options.plan.description.is_some()
        || options.plan.update == plan::Update::Replace;
    let last = history.last()?.record()?;
    let deployed =
        history.entries().iter().filter(|entry| entry.status() == Status::Deployed).count();
    // Where several are deployed, a process has ended before its time: a new revision puts that in order.
    if asked || deployed != 1 || last.revision.info.status != Status::Deployed {
        return None;
    }
    let difference = if last.custom_labels() != release::labels::custom(labels) {
        Some("labels")
    } else if last.marks().order != *order {
        Some("order")
    } else {
        difference(&last.revision, target)
    };
    tracing::debug!(revision = last.revision.version, difference, "compared with what is deployed");
    difference.is_none().then_some(last)
}

/// Returns in what two revisions differ first.
fn difference(last: &Revision, target: &Revision) -> Option<&'static str> {
    let hooks = |revision: &Revision| -> Vec<(String, String)> {
        revision.hooks.iter().map(|hook| (hook.path.clone(), hook.manifest.clone())).collect()
    };
    let values = |config: &Value| {
        let floats = config.to_floats();
        if floats.is_null() { Value::map() } else { floats }
    };
    [
        ("method", last.apply_method == target.apply_method),
        ("manifest", last.manifest == target.manifest),
        ("notes", last.info.notes == target.info.notes),
        ("values", values(&last.config) == values(&target.config)),
        ("hooks", hooks(last) == hooks(target)),
        ("chart", is_same_chart(&last.chart, &target.chart)),
    ]
    .into_iter()
    .find_map(|(what, same)| (!same).then_some(what))
}

/// Compares what a record keeps of a chart, as it is written; times of files and what only Helm writes do not count.
fn is_same_chart(last: &StoredChart, target: &StoredChart) -> bool {
    fn files(files: &[StoredFile]) -> BTreeMap<&str, &[u8]> {
        files.iter().map(|file| (file.name.as_str(), &*file.data)).collect()
    }
    let written = |chart: &StoredChart| {
        let bare = StoredChart {
            templates: Vec::new(),
            files: Vec::new(),
            values: chart.values.to_floats(),
            schema_modified: None,
            modified: None,
            extra: BTreeMap::new(),
            ..chart.clone()
        };
        value::json::to_vec(&bare).ok()
    };
    files(&last.templates) == files(&target.templates)
        && files(&last.files) == files(&target.files)
        && written(last) == written(target)
}

#[cfg(test)]
mod tests {
    use release::{ApplyMethod, Entry};

    use super::*;

    fn revision() -> Revision {
        let mut revision = Revision {
            name: "web".to_owned(),
            version: 3,
            manifest: "kind: A".to_owned(),
            apply_method: Some(ApplyMethod::ServerSide),
            ..Revision::default()
        };
        revision.info.status = Status::Deployed;
        revision
    }

    fn check(change: impl FnOnce(&mut Revision, &mut DeployOptions), expected: bool) {
        check_ordered(change, &ChartOrder::default(), expected);
    }

    fn check_ordered(
        change: impl FnOnce(&mut Revision, &mut DeployOptions),
        order: &ChartOrder,
        expected: bool,
    ) {
        let record =
            Record { revision: revision(), labels: BTreeMap::new(), annotations: BTreeMap::new() };
        let history = History::new("web", vec![Entry::from(record)]);
        let mut target = revision();
        target.version = 4;
        let mut options =
            DeployOptions { revision: NewRevision::WhenChanged, ..DeployOptions::default() };
        change(&mut target, &mut options);
        let found = repeated(&history, &target, order, &BTreeMap::new(), &options);
        assert_eq!(found.is_some(), expected);
    }

    #[test]
    fn what_says_the_same_is_repeated() {
        check(|_, _| {}, true);
        check(|target, _| target.config = Value::map(), true);
        check(|target, _| target.manifest.push('x'), false);
        check(|target, _| target.info.notes.push('x'), false);
        check(|target, _| target.apply_method = None, false);
        check(|target, _| target.chart.metadata.set(&["version"], "2".into()), false);
        check(|target, _| target.chart.values.set(&["a"], "2".into()), false);
        check(|_, options| options.revision = NewRevision::Always, false);
        check(|_, options| options.plan.description = Some("why".to_owned()), false);
        check(|_, options| options.plan.update = plan::Update::Replace, false);
        let order = ChartOrder {
            own: [("app".to_owned(), ["db".to_owned()].into())].into(),
            ..ChartOrder::default()
        };
        check_ordered(|_, _| {}, &order, false);
    }
}
