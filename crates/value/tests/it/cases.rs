//! Reads case files: `=== name`, the input, then `--- want` or `--- error` and what is expected.

use std::path::Path;

pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) input: String,
    pub(crate) expected: String,
    pub(crate) fails: bool,
}

/// Returns the cases of a file; what stands before the first one is its description.
pub(crate) fn load(file: &str) -> Vec<Case> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(file);
    let text = std::fs::read_to_string(&path).unwrap();
    let cases: Vec<Case> = text.split("\n=== ").skip(1).map(parse).collect();
    assert!(!cases.is_empty(), "{file} has no cases");
    cases
}

fn parse(text: &str) -> Case {
    let (name, rest) = text.split_once('\n').unwrap();
    let rest = format!("\n{rest}");
    let fails = rest.contains("\n--- error\n");
    let marker = if fails { "\n--- error\n" } else { "\n--- want\n" };
    let (input, expected) = rest.split_once(marker).unwrap();
    let mut expected = expected.to_owned();
    if !expected.ends_with('\n') {
        expected.push('\n');
    }
    let input = input.strip_prefix('\n').map_or_else(String::new, |input| format!("{input}\n"));
    Case { name: name.to_owned(), input, expected, fails }
}
