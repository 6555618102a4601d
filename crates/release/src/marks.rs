//! Annotations of our own on the Kubernetes object that holds a record.
//!
//! Helm neither reads nor keeps them; whoever reads them has to do without. They are annotations and not
//! labels, because Helm takes every label of a record for a user's and carries it to the next revision.

use std::collections::BTreeMap;

use jiff::Timestamp;
use manifest::sequence::ChartOrder;

/// Annotation with the id of the operation that wrote the record.
pub const OPERATION: &str = "chartctl.dev/operation";
/// Annotation with the object whose wish the revision is: `namespace/name` of a `Release`.
pub const OWNER: &str = "chartctl.dev/owner";
/// Annotation with the digest of everything the revision was made from.
pub const INPUTS: &str = "chartctl.dev/inputs";
/// Annotation with who works on a pending revision.
pub const HOLDER: &str = "chartctl.dev/holder";
/// Annotation with the time of the holder's last sign of life.
pub const HEARTBEAT: &str = "chartctl.dev/heartbeat";

/// Annotation with the order among the release's charts, as JSON: records keep nothing of subcharts.
pub const ORDER: &str = "chartctl.dev/order";

/// Annotation with the process of the holder, for others on the same machine.
pub const PROCESS: &str = "chartctl.dev/process";

/// The marks of a record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// See [`OPERATION`].
    pub operation: Option<String>,
    /// See [`OWNER`].
    pub owner: Option<String>,
    /// See [`INPUTS`].
    pub inputs: Option<String>,
    /// See [`HOLDER`].
    pub holder: Option<String>,
    /// See [`HEARTBEAT`].
    pub heartbeat: Option<Timestamp>,
    /// See [`PROCESS`].
    pub process: Option<String>,
    /// See [`ORDER`].
    pub order: ChartOrder,
}

impl Marks {
    /// Reads the marks among the annotations of a record; a heartbeat that is no time counts as none, as does an order that
    /// cannot be read.
    #[must_use]
    pub fn of(annotations: &BTreeMap<String, String>) -> Self {
        let text = |key: &str| annotations.get(key).cloned();
        Self {
            operation: text(OPERATION),
            owner: text(OWNER),
            inputs: text(INPUTS),
            holder: text(HOLDER),
            heartbeat: annotations.get(HEARTBEAT).and_then(|time| time.parse().ok()),
            process: text(PROCESS),
            order: annotations
                .get(ORDER)
                .and_then(|text| serde_json::from_str(text).ok())
                .unwrap_or_default(),
        }
    }

    /// Returns the annotations to write.
    #[must_use]
    pub fn annotations(&self) -> BTreeMap<String, String> {
        let heartbeat = self.heartbeat.map(|time| time.to_string());
        // Maps of text: this cannot fail.
        let order =
            (!self.order.is_empty()).then(|| serde_json::to_string(&self.order).ok()).flatten();
        [
            (OPERATION, &self.operation),
            (OWNER, &self.owner),
            (INPUTS, &self.inputs),
            (HOLDER, &self.holder),
            (HEARTBEAT, &heartbeat),
            (PROCESS, &self.process),
            (ORDER, &order),
        ]
        .into_iter()
        .filter_map(|(key, text)| Some((key.to_owned(), text.clone()?)))
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_read_back() {
        let marks = Marks {
            operation: Some("op".to_owned()),
            owner: None,
            inputs: Some("sha256:0".to_owned()),
            holder: Some("chartctl".to_owned()),
            heartbeat: Some(Timestamp::constant(1_700_000_000, 5)),
            process: Some("boot 1 2".to_owned()),
            order: ChartOrder {
                own: [("app".to_owned(), ["db".to_owned()].into())].into(),
                ..ChartOrder::default()
            },
        };
        assert_eq!(Marks::of(&marks.annotations()), marks);
        assert_eq!(
            marks.annotations().get(ORDER).map(String::as_str),
            Some(r#"{"own":{"app":["db"]}}"#)
        );
        assert_eq!(Marks::default().annotations(), BTreeMap::new());
    }

    #[test]
    fn marks_that_cannot_be_read_count_as_none() {
        let annotations = [(HEARTBEAT.to_owned(), "now".to_owned())].into();
        assert_eq!(Marks::of(&annotations), Marks::default());
        let annotations = [(ORDER.to_owned(), "[]".to_owned())].into();
        assert_eq!(Marks::of(&annotations), Marks::default());
    }
}
