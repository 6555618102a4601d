//! Label selectors: `a=b,c!=d,e in (f,g),h notin (i),j,!k`, as Kubernetes reads them.

use std::collections::BTreeMap;

/// Conditions on labels, all of which must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Selector(Vec<Condition>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Condition {
    key: String,
    test: Test,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Test {
    Exists,
    Missing,
    In(Vec<String>),
    NotIn(Vec<String>),
}

impl Selector {
    /// Returns whether `labels` fulfil every condition; a label that is missing fulfils `!=` and `notin`.
    pub(crate) fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        self.0.iter().all(|Condition { key, test }| match (labels.get(key), test) {
            (found, Test::Exists) => found.is_some(),
            (found, Test::Missing) => found.is_none(),
            (found, Test::In(values)) => found.is_some_and(|value| values.contains(value)),
            (found, Test::NotIn(values)) => found.is_none_or(|value| !values.contains(value)),
        })
    }
}

impl std::str::FromStr for Selector {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        conditions(text)
            .into_iter()
            .map(|part| {
                condition(part.trim()).ok_or_else(|| {
                    format!("unable to parse requirement: {:?} in selector {text:?}", part.trim())
                })
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

/// Splits at commas outside of parentheses; an empty text has no parts.
fn conditions(text: &str) -> Vec<&str> {
    let mut depth = 0_i32;
    let parts = text.split(|c| {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        c == ',' && depth <= 0
    });
    if text.trim().is_empty() { Vec::new() } else { parts.collect() }
}

fn condition(text: &str) -> Option<Condition> {
    let made = |key: &str, test| {
        let key = key.trim();
        let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
        (!key.is_empty() && key.chars().all(legal)).then(|| Condition { key: key.to_owned(), test })
    };
    if let Some(key) = text.strip_prefix('!') {
        return made(key, Test::Missing);
    }
    if let Some(list) = text.strip_suffix(')') {
        let (head, list) = list.split_once('(')?;
        let values = list.split(',').map(|value| value.trim().to_owned()).collect();
        let (key, operator) = head.trim().rsplit_once(char::is_whitespace)?;
        return match operator {
            "in" => made(key, Test::In(values)),
            "notin" => made(key, Test::NotIn(values)),
            _ => None,
        };
    }
    for operator in ["!=", "==", "="] {
        if let Some((key, value)) = text.split_once(operator) {
            let values = vec![value.trim().to_owned()];
            return made(
                key,
                if operator == "!=" { Test::NotIn(values) } else { Test::In(values) },
            );
        }
    }
    made(text, Test::Exists)
}

#[cfg(test)]
mod tests {
    use super::Selector;

    fn check(selector: &str, expected: Result<bool, &str>) {
        let labels =
            [("app", "web"), ("tier", "front")].map(|(k, v)| (k.to_owned(), v.to_owned())).into();
        let found = selector.parse::<Selector>().map(|selector| selector.matches(&labels));
        assert_eq!(found, expected.map_err(str::to_owned), "{selector}");
    }

    #[test]
    fn selectors_are_read_as_kubernetes_reads_them() {
        check("", Ok(true));
        check("app=web", Ok(true));
        check("app==web, tier!=back", Ok(true));
        check("app=db", Ok(false));
        check("app in (web, db),tier notin (back,mid)", Ok(true));
        check("app notin (web)", Ok(false));
        check("app,!gone", Ok(true));
        check("!app", Ok(false));
        check("gone!=x", Ok(true));
        check("gone", Ok(false));
        check("a b", Err("unable to parse requirement: \"a b\" in selector \"a b\""));
        check("app=web,", Err("unable to parse requirement: \"\" in selector \"app=web,\""));
    }
}
