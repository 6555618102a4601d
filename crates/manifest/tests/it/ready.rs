//! Every live object under `tests/ready` against what its comments expect.
//!
//! The first line of a fixture is the expected answer: `# ready`, `# pending: …` or `# failed: …`. A line
//! `# jobs …` gives the answer when Jobs have to complete, `# hook …` the one for hooks; without `# jobs` the
//! answer is the same as in the first line.

use std::fs;
use std::path::{Path, PathBuf};

use manifest::ready::{Rules, check, check_hook};

#[test]
fn live_objects_are_judged_as_their_comments_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ready");
    let fixtures: Vec<_> = entries(&folder).iter().flat_map(|kind| entries(kind)).collect();
    assert!(fixtures.len() > 60, "only {} fixtures found", fixtures.len());
    let wrong: Vec<_> = fixtures.iter().flat_map(|path| differences(path)).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Returns a line for each answer of a fixture that is not as expected.
fn differences(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).expect("a fixture is readable");
    let live = value::yaml::from_str(&text).expect("a fixture is YAML");
    let comments: Vec<_> = text.lines().map_while(|line| line.strip_prefix("# ")).collect();
    let after = |word| comments.iter().find_map(|line| line.strip_prefix(word));
    let first = *comments.first().expect("a fixture begins with the expected answer");
    let answers = [
        (Some(first), check(&live, &Rules::default())),
        (after("jobs ").or(Some(first)), check(&live, &Rules { jobs: true })),
        (after("hook "), check_hook(&live)),
    ];
    answers
        .into_iter()
        .filter_map(|(expected, found)| Some((expected?, found.to_string())))
        .filter(|(expected, found)| expected != found)
        .map(|(expected, found)| format!("{}\n  want {expected}\n  got  {found}", path.display()))
        .collect()
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder of fixtures is readable");
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths
}
