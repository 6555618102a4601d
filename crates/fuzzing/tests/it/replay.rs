//! Replays `tests/fuzz/seeds`: what people wrote to begin with, and what once was a finding.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use fuzzing::TARGETS;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fuzz").join(name)
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).expect("the folder can be read");
    let name = |entry: std::io::Result<std::fs::DirEntry>| {
        entry.expect("an entry").file_name().into_string().expect("it is UTF-8")
    };
    entries.map(name).collect()
}

#[test]
fn every_seed_passes() {
    for target in TARGETS {
        let seeds = folder("seeds").join(target.name);
        let names = names(&seeds);
        assert!(!names.is_empty(), "{} has no seeds", target.name);
        for name in names {
            let bytes = std::fs::read(seeds.join(&name)).expect("a seed");
            let passes = std::panic::catch_unwind(|| (target.run)(&bytes));
            assert!(passes.is_ok(), "seed {name} of {} is a finding", target.name);
        }
    }
}

#[test]
fn every_target_is_in_the_table_and_the_other_way_round() {
    let table: BTreeSet<_> = TARGETS.iter().map(|target| target.name.to_owned()).collect();
    let stem = |name: String| name.strip_suffix(".rs").map(str::to_owned);
    let files: BTreeSet<_> = names(&folder("fuzz_targets")).into_iter().filter_map(stem).collect();
    assert_eq!(files, table);
    assert_eq!(names(&folder("seeds")), table);
    let manifest = std::fs::read_to_string(folder("Cargo.toml")).expect("the manifest");
    for name in table {
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name} is no binary");
    }
}
