//! Running the tests of a release.

use std::collections::BTreeMap;

use cluster::Cluster;
use manifest::HookEvent;
use manifest::sequence::ChartOrder;
use plan::{Action, Live, Options, Request};

use crate::error::ActionError;
use crate::prepare::Prepared;

/// Which tests run, by their names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TestFilter {
    /// Only these; all where it is empty.
    pub include: Vec<String>,
    /// Not these, whatever `include` says.
    pub exclude: Vec<String>,
}

impl TestFilter {
    /// Returns whether a test of this name runs.
    #[must_use]
    pub fn wants(&self, name: &str) -> bool {
        let named = |names: &[String]| names.iter().any(|of| of == name);
        !named(&self.exclude) && (self.include.is_empty() || named(&self.include))
    }
}

/// Plans the tests of the newest revision. Changes nothing.
pub async fn prepare_test(
    cluster: &Cluster,
    name: &str,
    namespace: &str,
    filter: &TestFilter,
) -> Result<Prepared, ActionError> {
    let history = cluster.storage().history(namespace, name).await?;
    let record = history.last().ok_or(ActionError::NotFound)?;
    let target = match record.record() {
        Some(record) => record.revision.clone(),
        None => history.last_good().ok_or(ActionError::NotFound)?.revision.clone(),
    };
    let mut hooks = target
        .runnable_hooks()
        .map_err(|source| ActionError::StoredManifest { revision: target.version, source })?;
    for hook in &mut hooks {
        if !filter.wants(&hook.object.id.name) {
            hook.events.retain(|event| *event != HookEvent::Test);
        }
    }
    let version = target.version;
    let request = Request {
        action: Action::Test,
        objects: Vec::new(),
        hooks,
        crds: Vec::new(),
        base: Vec::new(),
        attempts: Vec::new(),
        order: ChartOrder::default(),
        order_before: ChartOrder::default(),
        deployed: Vec::new(),
        last: Some((version, target.info.status)),
        prune_history: Vec::new(),
        migrate: false,
        target,
        options: Options::default(),
    };
    let scopes = cluster.scopes().await?;
    let plan = plan::plan(&request, &Live { scopes, objects: BTreeMap::new() })?;
    Ok(Prepared::from(plan))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_chosen_by_name() {
        let check = |include: &[&str], exclude: &[&str], name: &str, expected: bool| {
            let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
            let filter = TestFilter { include: names(include), exclude: names(exclude) };
            assert_eq!(filter.wants(name), expected, "{filter:?} {name}");
        };
        check(&[], &[], "a", true);
        check(&["a"], &[], "a", true);
        check(&["a"], &[], "b", false);
        check(&[], &["a"], "a", false);
        check(&["a", "b"], &["a"], "a", false);
        check(&["a", "b"], &["a"], "b", true);
    }
}
