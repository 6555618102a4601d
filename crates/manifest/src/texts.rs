//! Annotations that hold a JSON array of texts.

use value::{Value, json};

/// Reads a JSON array that holds nothing but texts.
pub(crate) fn parse(annotation: &str) -> Option<Vec<String>> {
    let Value::List(items) = json::from_str(annotation).ok()? else { return None };
    items.iter().map(|item| item.as_str().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn only_arrays_of_texts_count() {
        let check = |text: &str, expected: Option<&[&str]>| {
            let found = parse(text);
            let found: Option<Vec<&str>> =
                found.as_ref().map(|texts| texts.iter().map(String::as_str).collect());
            assert_eq!(found.as_deref(), expected, "{text}");
        };
        check(r#"["a", "b"]"#, Some(&["a", "b"]));
        check("[]", Some(&[]));
        check("[1]", None);
        check("a", None);
        check(r#""a""#, None);
        check("", None);
        check("{}", None);
    }
}
