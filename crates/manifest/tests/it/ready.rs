//! Every live object under `tests/ready` and `tests/ready-legacy` against what its comments expect.
//!
//! The first line of a fixture is the expected answer: `# ready`, `# pending: …` or `# failed: …`. A line
//! `# jobs …` gives the answer when Jobs have to complete, `# hook …` the one for hooks; without `# jobs` the
//! answer is the same as in the first line. The first document is the object, others are seen beside it.

use std::collections::BTreeMap;
use std::path::Path;

use manifest::ready::{Readiness, Related, Rules, check, check_hook, check_legacy};
use value::Value;

use crate::fixture::{Fixture, fixtures};

/// The states that every kind has a fixture of.
const STATES: [&str; 5] = ["fresh", "progressing", "done", "stuck", "stale-generation"];

type Judge = fn(&Value, &Related, Rules) -> Readiness;

#[test]
fn live_objects_are_judged_as_their_comments_say() {
    judged("ready", 80, |live, _, rules| check(live, &rules));
}

#[test]
fn live_objects_are_judged_as_helm_3_judged_them() {
    judged("ready-legacy", 60, |live, related, rules| check_legacy(live, related, &rules));
}

fn judged(folder: &str, most: usize, judge: Judge) {
    let fixtures = fixtures(folder);
    assert!(fixtures.len() >= most, "only {} fixtures found", fixtures.len());
    let wrong: Vec<_> = fixtures.iter().flat_map(|fixture| differences(fixture, judge)).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Returns a line for each answer of a fixture that is not as expected.
fn differences(fixture: &Fixture, judge: Judge) -> Vec<String> {
    let after = |word| fixture.comments.iter().find_map(|line| line.strip_prefix(word));
    let first = fixture.expected();
    let (live, related) = (&fixture.object, &fixture.related);
    let answers = [
        (Some(first), judge(live, related, Rules::default())),
        (after("jobs ").or(Some(first)), judge(live, related, Rules { jobs: true })),
        (after("hook "), check_hook(live)),
    ];
    answers
        .into_iter()
        .filter_map(|(expected, found)| Some((expected?, found.to_string())))
        .filter(|(expected, found)| expected != found)
        .map(|(expected, found)| format!("{}\n  want {expected}\n  got  {found}", fixture.name))
        .collect()
}

#[test]
fn every_rule_has_a_fixture_of_every_state() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ready");
    for (folder, word) in [("ready", "pub(super) fn check("), ("ready-legacy", "fn legacy(")] {
        let mut states: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for fixture in fixtures(folder) {
            let (kind, state) = fixture.name.split_once('/').expect("a folder for each kind");
            states.entry(kind.to_owned()).or_default().push(state.to_owned());
        }
        let rules = std::fs::read_dir(&source).expect("the rules are there");
        for path in rules.flatten().map(|entry| entry.path()) {
            let text = std::fs::read_to_string(&path).expect("a rule is readable");
            let rule = path.file_stem().and_then(|stem| stem.to_str()).expect("a plain name");
            let constant = word.replace("fn ", "const fn ");
            if rule == "mod" || !(text.contains(word) || text.contains(&constant)) {
                continue;
            }
            let kind = match rule {
                "crd" => "customresourcedefinition",
                "pdb" => "poddisruptionbudget",
                "pvc" => "persistentvolumeclaim",
                rule => rule,
            };
            let found = states.get(kind).cloned().unwrap_or_default();
            for state in STATES {
                assert!(found.iter().any(|have| have == state), "{folder}/{kind}/{state}.yaml");
            }
        }
    }
}
