//! `chartctl package`.

use crate::run::Folder;

const CHART: &str = "apiVersion: v2\nname: app\nversion: 1.2.3\n";

#[test]
fn charts_are_packed_the_same_each_time() {
    let folder = Folder::with(&[("app/Chart.yaml", CHART), ("app/values.yaml", "a: 1 # kept\n")]);
    let here = folder.path().canonicalize().unwrap();
    assert_eq!(
        folder.run("package ./app").ok(),
        format!("Successfully packaged chart and saved it to: {}/app-1.2.3.tgz\n", here.display())
    );
    let said = folder.run("package app -d out/here").ok();
    assert_eq!(said, "Successfully packaged chart and saved it to: out/here/app-1.2.3.tgz\n");
    let read = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
    assert_eq!(read("app-1.2.3.tgz"), read("out/here/app-1.2.3.tgz"));
    assert_eq!(folder.run("show values app-1.2.3.tgz").ok(), "a: 1 # kept\n\n");
}

#[test]
fn versions_can_be_set() {
    let folder = Folder::with(&[("app/Chart.yaml", CHART)]);
    folder.run("package app --version 2.0.0+b --app-version 7 -d .").ok();
    assert_eq!(
        folder.run("show chart app-2.0.0+b.tgz").ok(),
        "apiVersion: v2\nappVersion: \"7\"\nname: app\nversion: 2.0.0+b\n\n"
    );
    let error = folder.run("package app --version x").failed();
    assert!(error.starts_with("Error: invalid semantic version\n"), "{error}");
}

#[test]
fn what_cannot_be_packed_is_refused_in_helms_words() {
    let missing = format!("{CHART}dependencies:\n- {{name: db, version: 1.x.x, repository: r}}\n");
    let folder = Folder::with(&[("app/Chart.yaml", &missing)]);
    let check = |line: &str, expected: &str| {
        let error = folder.run(line).failed();
        assert_eq!(error.lines().next(), Some(expected), "{line}");
    };
    check("package app", "Error: found in Chart.yaml, but missing in charts/ directory: db");
    check("package", "Error: need at least one argument, the path to the chart");
    check("package nope", "Error: stat nope: no such file or directory");
    check("package app --sign", "Error: --sign is not supported yet: archives cannot be signed");
}
