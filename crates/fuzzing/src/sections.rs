//! Inputs of several parts that people can read and a fuzzer can mutate.

/// Splits a text at lines that begin with `=== `: the name behind that and what follows. What stands
/// before the first such line has no name.
pub(crate) fn sections(text: &str) -> Vec<(&str, &str)> {
    let (first, rest) = match text.strip_prefix("=== ") {
        Some(rest) => (None, Some(rest)),
        None => match text.split_once("\n=== ") {
            Some((first, rest)) => (Some(("", first)), Some(rest)),
            None => (Some(("", text)), None),
        },
    };
    let named = rest.into_iter().flat_map(|rest| rest.split("\n=== "));
    let named = named.map(|section| section.split_once('\n').unwrap_or((section, "")));
    first.into_iter().chain(named).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_falls_apart_at_its_marks() {
        assert_eq!(sections("a"), [("", "a")]);
        assert_eq!(sections("a\n=== b\nc\nd\n=== e"), [("", "a"), ("b", "c\nd"), ("e", "")]);
        assert_eq!(sections("=== b\nc"), [("b", "c")]);
    }
}
