//! Which pods belong to a workload, as a label selector.

use value::Value;

/// Returns the selector for the pods of a workload: of `spec.selector` in its two forms. `None` for an object
/// that has no pods, or that would select all.
pub(super) fn selector(workload: &Value) -> Option<String> {
    let selector = workload.at(&["spec", "selector"])?;
    let labels = match selector.get("matchLabels") {
        Some(labels) => labels,
        None if selector.get("matchExpressions").is_some() => &Value::Null,
        // Services and ReplicationControllers have the labels themselves.
        None => selector,
    };
    let equal = labels.as_map().into_iter().flatten();
    let equal = equal.filter_map(|(key, value)| Some(format!("{key}={}", value.as_str()?)));
    let expressions = selector.list_at(&["matchExpressions"]).iter().filter_map(expression);
    let terms: Vec<_> = equal.chain(expressions).collect();
    (!terms.is_empty()).then(|| terms.join(","))
}

fn expression(expression: &Value) -> Option<String> {
    let key = expression.str_at(&["key"])?;
    let values: Vec<_> = expression.list_at(&["values"]).iter().filter_map(Value::as_str).collect();
    match expression.str_at(&["operator"])? {
        "In" => Some(format!("{key} in ({})", values.join(","))),
        "NotIn" => Some(format!("{key} notin ({})", values.join(","))),
        "Exists" => Some(key.to_owned()),
        "DoesNotExist" => Some(format!("!{key}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(spec: &str, expected: Option<&str>) {
        let workload = value::yaml::from_str(&format!("spec: {spec}")).unwrap();
        assert_eq!(selector(&workload).as_deref(), expected, "{spec}");
    }

    #[test]
    fn pods_are_selected_as_the_workload_selects_them() {
        check("{selector: {matchLabels: {b: two, a: one}}}", Some("a=one,b=two"));
        check("{selector: {app: web}}", Some("app=web"));
        check(
            "{selector: {matchLabels: {a: one}, matchExpressions: [{key: b, operator: In, values: [u, v]}, {key: c, operator: Exists}]}}",
            Some("a=one,b in (u,v),c"),
        );
        check("{selector: {matchExpressions: [{key: d, operator: DoesNotExist}]}}", Some("!d"));
        check("{selector: {}}", None);
        check("{replicas: 1}", None);
    }
}
