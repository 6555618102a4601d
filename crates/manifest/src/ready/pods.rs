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

/// Returns whether `spec.selector` chooses a Pod; an empty selector chooses none.
pub(super) fn selects(selector: &Value, pod: &Value) -> bool {
    let label = |key: &str| pod.str_at(&["metadata", "labels", key]);
    let plain = selector.get("matchLabels").is_none() && selector.get("matchExpressions").is_none();
    let labels = if plain { Some(selector) } else { selector.get("matchLabels") };
    let labels: Vec<_> = labels.and_then(Value::as_map).into_iter().flatten().collect();
    let expressions = selector.list_at(&["matchExpressions"]);
    if labels.is_empty() && expressions.is_empty() {
        return false;
    }
    labels.into_iter().all(|(key, wanted)| label(key.as_ref()) == wanted.as_str())
        && expressions.iter().all(|expression| {
            let found = label(expression.str_at(&["key"]).unwrap_or_default());
            let values = expression.list_at(&["values"]);
            let among = found.is_some_and(|found| values.iter().any(|v| v.as_str() == Some(found)));
            match expression.str_at(&["operator"]) {
                Some("In") => among,
                Some("NotIn") => !among,
                Some("Exists") => found.is_some(),
                Some("DoesNotExist") => found.is_none(),
                _ => false,
            }
        })
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
