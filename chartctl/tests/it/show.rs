//! `chartctl show`.

use crate::run::Folder;

fn app() -> Folder {
    Folder::with(&[
        (
            "app/Chart.yaml",
            "# comment\nname: app\napiVersion: v2\nversion: 1.0.0\nkeywords: [b, a]\n\
             dependencies:\n- name: s\n  version: \"1\"\n  repository: \"\"\n",
        ),
        ("app/values.yaml", "# kept\nimage: {name: web, tag: 1.50}\nports: [80, 443]\n"),
        ("app/readme.TXT", "# Read me\n"),
        ("app/crds/a.yaml", "kind: X\n"),
        ("app/crds/b.yaml", "---\nkind: Y\n"),
        ("app/charts/s/Chart.yaml", "apiVersion: v2\nname: s\nversion: 1.0.0\n"),
        ("app/charts/s/crds/c.json", "{}"),
    ])
}

#[test]
fn each_part_can_be_shown() {
    let folder = app();
    insta::assert_snapshot!(folder.run("show chart ./app").ok(), @r#"
    apiVersion: v2
    dependencies:
    - name: s
      repository: ""
      version: "1"
    keywords:
    - b
    - a
    name: app
    version: 1.0.0

    "#);
    assert_eq!(
        folder.run("inspect values app").ok(),
        "# kept\nimage: {name: web, tag: 1.50}\nports: [80, 443]\n\n"
    );
    assert_eq!(folder.run("show readme app").ok(), "# Read me\n\n");
    assert_eq!(folder.run("show crds app").ok(), "---\nkind: X\n\n---\nkind: Y\n\n---\n{}\n");
}

#[test]
fn all_parts_can_be_shown_together() {
    let folder = app();
    let part = |name: &str| folder.run(&format!("show {name} app")).ok();
    assert_eq!(
        part("all"),
        format!("{}---\n{}---\n{}{}", part("chart"), part("values"), part("readme"), part("crds"))
    );
}

#[test]
fn a_chart_without_parts_shows_none() {
    let folder = Folder::with(&[("app/Chart.yaml", "apiVersion: v2\nname: app\nversion: 1.0.0\n")]);
    for part in ["values", "readme", "crds", "values --jsonpath {.a}"] {
        assert_eq!(folder.run(&format!("show {part} app")).ok(), "", "{part}");
    }
    assert_eq!(folder.run("show all app").ok(), "apiVersion: v2\nname: app\nversion: 1.0.0\n\n");
    std::fs::write(folder.path().join("app/values.yaml"), "").unwrap();
    assert_eq!(folder.run("show values app").ok(), "\n");
}

#[test]
fn values_can_be_picked() {
    let folder = app();
    let pick = |template: &str| {
        folder.run_with(&["show", "values", "app", "--jsonpath", template], "", &[])
    };
    assert_eq!(pick("{.image.name}:{.image.tag} {.ports}\n").ok(), "web:1.5 [80,443]\n");
    let run = pick("{.nope}");
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), ""));
    assert_eq!(run.stderr, "warning: nothing is printed for {.nope}: nope is not found\n");
    let error = pick("{.a").failed();
    assert!(error.starts_with("Error: error parsing jsonpath {.a: unclosed action\n"), "{error}");
}

#[test]
fn flags_about_downloads_say_nothing_of_a_chart_at_hand() {
    let folder = app();
    assert!(folder.run("show chart ./app --version 9.9.9 --devel").ok().starts_with("apiVersion"));
    let error = folder.run("show chart app --repo https://example.com").failed();
    assert!(error.starts_with("Error: --repo is not supported yet"), "{error}");
    let error = folder.run("show chart").failed();
    assert!(error.starts_with("Error: \"chartctl show chart\" requires 1 argument\n"), "{error}");
    let error = folder.run("show chart ./nope").failed();
    assert!(error.starts_with("Error: path \"./nope\" not found\n"), "{error}");
}
