//! The program as people run it, without a cluster: command line in, stdout, stderr and exit code out.
#![expect(
    clippy::unwrap_used,
    reason = "all of it is test code, also what stands outside of test functions"
)]

mod completion;
mod dependency;
mod diff;
mod dry_run;
mod errors;
mod explain;
mod flags;
mod golden;
mod helm_cases;
mod help;
mod lint;
mod order;
mod package;
mod real_charts;
mod run;
mod show;
mod spec_cases;
mod template;
mod values;

/// A test file that no `mod` names would silently not run.
#[test]
fn every_file_is_a_module() {
    let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    let main = include_str!("main.rs");
    for entry in std::fs::read_dir(here).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        assert!(
            name.starts_with('.') || name == "main" || main.contains(&format!("mod {name};")),
            "{name} is not a module"
        );
    }
}
