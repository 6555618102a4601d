//! Labels on the Kubernetes object that holds a record.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{ReservedLabels, Revision};

/// The type of the Secret that holds a record.
pub const SECRET_TYPE: &str = "helm.sh/release.v1";
/// The key of a Secret's or ConfigMap's `data` under which the record stands.
pub const DATA_KEY: &str = "release";
/// Value of the label `owner`.
pub const OWNER: &str = "helm";
/// The labels that only the storage sets, in the order of Helm's message.
pub const RESERVED: [&str; 6] = ["name", "owner", "status", "version", "createdAt", "modifiedAt"];

/// Whether a record is written for the first time, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// It is new.
    Created(Timestamp),
    /// It replaces what is there.
    Modified(Timestamp),
}

/// Returns the labels of a record that the storage sets. As in Helm an update replaces `createdAt`.
#[must_use]
pub fn system(revision: &Revision, written: Written) -> BTreeMap<String, String> {
    let (key, time) = match written {
        Written::Created(time) => ("createdAt", time),
        Written::Modified(time) => ("modifiedAt", time),
    };
    [
        ("name", revision.name.clone()),
        ("owner", OWNER.to_owned()),
        ("status", revision.info.status.as_str().to_owned()),
        ("version", revision.version.to_string()),
        (key, time.as_second().to_string()),
    ]
    .into_iter()
    .map(|(key, text)| (key.to_owned(), text))
    .collect()
}

/// Returns the labels of a record that users set.
#[must_use]
pub fn custom(labels: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let custom = labels.iter().filter(|(key, _)| !is_reserved(key));
    custom.map(|(key, text)| (key.clone(), text.clone())).collect()
}

/// Checks that a user does not set what only the storage may.
pub fn check<'k>(keys: impl IntoIterator<Item = &'k str>) -> Result<(), ReservedLabels> {
    let keys: Vec<_> = keys.into_iter().filter(|key| is_reserved(key)).map(str::to_owned).collect();
    if keys.is_empty() { Ok(()) } else { Err(ReservedLabels { keys }) }
}

/// Returns the custom labels of an upgrade: those of the last record, and `new` over them. The value `null`
/// takes a label away.
#[must_use]
pub fn upgraded(
    last: &BTreeMap<String, String>,
    new: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let mut labels = custom(last);
    labels.extend(new.iter().map(|(key, text)| (key.clone(), text.clone())));
    labels.retain(|_, text| text != "null");
    labels
}

fn is_reserved(key: &str) -> bool {
    RESERVED.contains(&key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Info, Status};

    fn map(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
        entries.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn the_storage_labels_a_record_as_helm_does() {
        let info = Info { status: Status::PendingInstall, ..Info::default() };
        let revision = Revision { name: "web".to_owned(), version: 3, info, ..Revision::default() };
        let now = Timestamp::constant(1_700_000_000, 999);
        let common =
            [("name", "web"), ("owner", "helm"), ("status", "pending-install"), ("version", "3")];
        let with = |stamp| map(&[&common[..], &[(stamp, "1700000000")]].concat());
        assert_eq!(system(&revision, Written::Created(now)), with("createdAt"));
        assert_eq!(system(&revision, Written::Modified(now)), with("modifiedAt"));
    }

    #[test]
    fn reserved_labels_are_refused_in_helms_words() {
        assert_eq!(check(["team", "tier"]), Ok(()));
        assert_eq!(
            check(["team", "owner"]).unwrap_err().to_string(),
            "user supplied labels contains system reserved label name. System labels: [name owner status version \
             createdAt modifiedAt]"
        );
    }

    #[test]
    fn an_upgrade_keeps_what_users_set() {
        let last = map(&[("owner", "helm"), ("createdAt", "1"), ("team", "a"), ("tier", "b")]);
        let new = map(&[("team", "c"), ("tier", "null"), ("zone", "d")]);
        assert_eq!(upgraded(&last, &new), map(&[("team", "c"), ("zone", "d")]));
    }
}
