//! What a change does to objects, for people: which lines differ, and what comes of it in the cluster.
//!
//! Everything here is a pure comparison of two states of an object: whoever calls it says whether these are two
//! records, or what is in the cluster and what the server would make of it.

mod class;
mod text;
mod tidy;

use manifest::ObjectId;
use value::Value;

pub use class::{Class, classify};
pub use text::{Line, Tag, lines};
pub use tidy::{Secrets, tidy};

/// What becomes of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// It is made.
    Add,
    /// It changes.
    Modify,
    /// It is deleted.
    Remove,
}

/// The difference between two states of one object.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Which object.
    pub id: ObjectId,
    /// What becomes of it.
    pub change: Change,
    /// What comes of that, the worst first.
    pub classes: Vec<Class>,
    /// The state before, as it is shown.
    pub before: Option<Value>,
    /// The state after, as it is shown.
    pub after: Option<Value>,
}

/// Returns the difference between two states, without what the server keeps for itself, and with the contents of
/// Secrets as `secrets` says; nothing if they are the same. Reasons why the change is refused, or who owns what it
/// changes, come in as `more`.
#[must_use]
pub fn compare(
    id: &ObjectId,
    before: Option<&Value>,
    after: Option<&Value>,
    secrets: Secrets,
    more: Vec<Class>,
) -> Option<Difference> {
    let (whole_before, whole_after) =
        (before.map(tidy::without_housekeeping), after.map(tidy::without_housekeeping));
    let change = match (&whole_before, &whole_after) {
        (None, None) => return None,
        (None, Some(_)) => Change::Add,
        (Some(_), None) => Change::Remove,
        (Some(before), Some(after)) if before == after && more.is_empty() => return None,
        (Some(_), Some(_)) => Change::Modify,
    };
    let mut classes = classify(whole_before.as_ref(), whole_after.as_ref());
    if more.iter().any(|class| matches!(class, Class::Blocked(_))) {
        // The server has said so itself.
        classes.retain(|class| !matches!(class, Class::Blocked(_)));
    }
    if !more.is_empty() {
        classes.retain(|class| *class != Class::NoRestart);
    }
    classes.extend(more);
    classes.sort();
    classes.dedup();
    let (before, after) = tidy(whole_before, whole_after, secrets);
    Some(Difference { id: id.clone(), change, classes, before, after })
}

impl Difference {
    /// Returns the lines of both states side by side, all of them or only those near to changes.
    #[must_use]
    pub fn lines(&self, context: Option<usize>) -> Vec<Line> {
        let text = |value: &Option<Value>| value.as_ref().map(value::yaml::to_string);
        lines(
            &text(&self.before).unwrap_or_default(),
            &text(&self.after).unwrap_or_default(),
            context,
        )
    }
}

#[cfg(test)]
mod tests {
    use manifest::Gvk;

    use super::*;

    fn check(before: &str, after: &str, more: Vec<Class>, expected: Option<(Change, &[&str])>) {
        let id = ObjectId::new(Gvk::new("apps", "v1", "Deployment"), Some("prod"), "web");
        let read = |text: &str| (!text.is_empty()).then(|| value::yaml::from_str(text).unwrap());
        let found =
            compare(&id, read(before).as_ref(), read(after).as_ref(), Secrets::Redacted, more);
        let found = found.map(|found| {
            (found.change, found.classes.iter().map(ToString::to_string).collect::<Vec<_>>())
        });
        let expected = expected.map(|(change, classes)| {
            (change, classes.iter().map(ToString::to_string).collect::<Vec<_>>())
        });
        assert_eq!(found, expected, "{before} -> {after}");
    }

    const WEB: &str = "{apiVersion: apps/v1, kind: Deployment, spec: {replicas: 1}}";
    const TWO: &str = "{apiVersion: apps/v1, kind: Deployment, spec: {replicas: 2}}";

    #[test]
    fn what_is_the_same_is_no_difference() {
        check("", "", Vec::new(), None);
        check(WEB, WEB, Vec::new(), None);
        let live = "{apiVersion: apps/v1, kind: Deployment, metadata: {uid: u, resourceVersion: '3'}, \
                    spec: {replicas: 1}, status: {replicas: 1}}";
        check(live, WEB, Vec::new(), None);
    }

    #[test]
    fn objects_come_change_and_go() {
        check("", WEB, Vec::new(), Some((Change::Add, &[])));
        check(WEB, "", Vec::new(), Some((Change::Remove, &[])));
        check(WEB, TWO, Vec::new(), Some((Change::Modify, &["no restart"])));
    }

    #[test]
    fn what_the_server_says_counts_more_than_rules() {
        let blocked = Class::Blocked("spec: field is immutable".to_owned());
        let expected = ["blocked: spec: field is immutable"];
        check(WEB, WEB, vec![blocked], Some((Change::Modify, &expected)));
    }
}
