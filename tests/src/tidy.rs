//! Habits that no lint knows.

use std::fs;
use std::path::{Path, PathBuf};

/// A file longer than this holds more than one concept.
const LINES: usize = 900;

#[test]
fn no_source_file_is_longer_than_its_concept() {
    let long: Vec<_> = sources()
        .into_iter()
        .map(|path| (fs::read_to_string(&path).unwrap().lines().count(), path))
        .filter(|(lines, _)| *lines > LINES)
        .collect();
    assert!(long.is_empty(), "split these by subject: {long:?}");
}

#[test]
fn nothing_is_left_to_be_done_and_no_test_is_switched_off() {
    let words = [concat!("todo", "!("), concat!("unimplemented", "!("), concat!("#[", "ignore")];
    for path in sources() {
        let text = fs::read_to_string(&path).unwrap();
        for word in words {
            assert!(!text.contains(word), "{} contains {word}", path.display());
        }
    }
}

#[test]
fn every_exception_from_a_lint_is_an_expectation() {
    let word = concat!("#[", "allow(");
    for path in sources() {
        let text = fs::read_to_string(&path).unwrap();
        assert!(!text.contains(word), "{} uses {word}: expect it, with a reason", path.display());
    }
}

/// Every Rust file of the workspace.
fn sources() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut sources = Vec::new();
    for folder in ["crates", "chartctl", "operator", "tests", "e2e"] {
        collect(&root.join(folder), &mut sources);
    }
    assert!(sources.len() > 20, "the sources were not found");
    sources
}

fn collect(folder: &Path, sources: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("an entry can be read").path();
        if path.is_dir() {
            if path.file_name().is_none_or(|name| name != "target") {
                collect(&path, sources);
            }
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            sources.push(path);
        }
    }
}
