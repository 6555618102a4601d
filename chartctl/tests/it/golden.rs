//! Comparing with what Helm printed: many cases at once, all differences reported together.
//!
//! The data lies beside the repository in `shared`, or in the folder that `CHARTCTL_SHARED` names; where
//! there is none, those tests say so and pass. `known-differences.txt` lists what we print otherwise, with
//! the reason; a listed case that has become equal fails, so that the list only shrinks.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::run::Run;

/// How many lines around a difference are shown.
const AROUND: usize = 4;
/// How many differences are shown whole; the others are named.
const SHOWN: usize = 20;

/// Returns the folder with Helm's answers, and says so when there is none.
#[expect(
    clippy::print_stdout,
    reason = "a test that compares nothing must not look like one that does"
)]
pub(crate) fn shared() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let folder = std::env::var_os("CHARTCTL_SHARED").map_or_else(beside, PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("no Helm answers in {}: nothing is compared", folder.display());
    None
}

/// Checks every case, spread over all processors, and fails with all differences that are not known.
///
/// `prefix` is put in front of the cases' names in the list of known differences, as in `spec/order`.
pub(crate) fn compare_all<T: Sync>(
    prefix: &str,
    cases: &[T],
    name: impl Fn(&T) -> String + Sync,
    check: impl Fn(&T) -> Result<(), String> + Sync,
) {
    let next = AtomicUsize::new(0);
    let found = Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(difference) = check(case) {
                        let name = format!("{prefix}/{}", name(case));
                        found.lock().unwrap().insert(name, difference);
                    }
                }
            });
        }
    });
    let found = found.into_inner().unwrap();
    let known = known(prefix);
    let report = report(&found, &known);
    assert!(report.is_empty(), "of {} cases:\n{report}", cases.len());
}

/// Returns the names of known differences below `prefix`.
fn known(prefix: &str) -> Vec<&'static str> {
    let lines = include_str!("../known-differences.txt").lines();
    let lines = lines.filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    let entries = lines.map(|line| {
        let (name, reason) = line.split_once(": ").unwrap_or_default();
        assert!(!reason.trim().is_empty(), "no reason is given in {line:?}");
        name
    });
    entries.filter(|name| name.split('/').next() == Some(prefix)).collect()
}

fn report(found: &BTreeMap<String, String>, known: &[&str]) -> String {
    let mut out = String::new();
    let new = found.iter().filter(|(name, _)| !known.contains(&name.as_str()));
    for (i, (name, difference)) in new.enumerate() {
        if i < SHOWN {
            let _ok = writeln!(out, "=== {name}\n{}", difference.trim_end());
        } else {
            let _ok = writeln!(out, "=== {name} differs, too");
        }
    }
    for name in known.iter().filter(|name| !found.contains_key(**name)) {
        let _ok = writeln!(out, "=== {name} is as in Helm: take it off the list");
    }
    out
}

/// Returns an error that shows the first lines in which `ours` is not what Helm printed.
pub(crate) fn same(what: &str, helms: &str, ours: &str) -> Result<(), String> {
    if helms == ours {
        return Ok(());
    }
    let (helms, ours): (Vec<_>, Vec<_>) =
        (helms.split_inclusive('\n').collect(), ours.split_inclusive('\n').collect());
    let equal = helms.iter().zip(&ours).take_while(|(a, b)| a == b).count();
    let mut out = format!("{what} differs from line {} on:\n", equal + 1);
    let mut show = |mark: char, lines: &[&str], from: usize, count: usize| {
        for line in lines.iter().skip(from).take(count) {
            let _ok = writeln!(out, "{mark} {}", line.escape_debug());
        }
    };
    let before = equal.min(AROUND);
    show(' ', &helms, equal - before, before);
    show('-', &helms, equal, AROUND);
    show('+', &ours, equal, AROUND);
    Err(out)
}

/// Checks that a run failed with Helm's message, which ours may only add whole lines to.
pub(crate) fn failed_alike(helms: &str, run: &Run) -> Result<(), String> {
    let Some(ours) = message(&run.stderr) else {
        return Err(format!("an error was expected:\n- {helms}\n+ {}", run.stderr));
    };
    let added = if helms.ends_with('\n') { "" } else { "\n" };
    if ours == helms || ours.starts_with(&format!("{helms}{added}")) {
        return Ok(());
    }
    same("the error", helms, ours)
}

/// Returns what follows the first `Error: ` that begins a line, without the final newline.
pub(crate) fn message(stderr: &str) -> Option<&str> {
    let start = if stderr.starts_with("Error: ") { 0 } else { stderr.find("\nError: ")? + 1 };
    let text = stderr.get(start + "Error: ".len()..)?;
    Some(text.strip_suffix('\n').unwrap_or(text))
}

#[test]
fn messages_are_found_behind_log_lines() {
    assert_eq!(message("level=WARN msg=\"Error: x\"\nError: a\nb\n"), Some("a\nb"));
    assert_eq!(message("no Error: here\n"), None);
    let run =
        |stderr: &str| Run { stdout: String::new(), stderr: stderr.to_owned(), code: Some(1) };
    assert_eq!(failed_alike("a", &run("Error: a\nmore\n")), Ok(()));
    assert!(failed_alike("a", &run("Error: ab\n")).is_err());
}
