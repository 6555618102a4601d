//! `chartctl explain`.

use crate::run::Folder;

fn folder() -> Folder {
    Folder::with(&[
        ("c/Chart.yaml", "apiVersion: v2\nname: c\nversion: 1.0.0\n"),
        ("c/values.yaml", "image:\n  name: web\n  tag: v1\nport: 80\nglobal: {zone: eu}\n"),
        ("c/charts/db/Chart.yaml", "apiVersion: v2\nname: db\nversion: 1.0.0\n"),
        ("c/charts/db/values.yaml", "size: 1\n"),
        ("prod.yaml", "image:\n  tag: v2\nport: ~\ndb: {size: 2}\n"),
    ])
}

#[test]
fn every_value_is_listed_with_who_sets_it() {
    let text = folder().run("explain values c -f prod.yaml").ok();
    let rows: Vec<Vec<&str>> =
        text.lines().map(|line| line.split('\t').map(str::trim_end).collect()).collect();
    assert_eq!(
        rows,
        [
            ["PATH", "VALUE", "SET BY"],
            ["db.global.zone", "\"eu\"", "c/values.yaml:5:16"],
            ["db.size", "2", "prod.yaml:4:12"],
            ["global.zone", "\"eu\"", "c/values.yaml:5:16"],
            ["image.name", "\"web\"", "c/values.yaml:2:9"],
            ["image.tag", "\"v2\"", "prod.yaml:2:8"],
        ]
    );
}

#[test]
fn of_one_value_everybody_is_named_who_sets_it() {
    let explain = |rest: &str| folder().run(&format!("explain values c {rest}")).ok();
    insta::assert_snapshot!(explain("image.tag -f prod.yaml --set image.tag=v3"), @r#"
    image.tag = "v3"
      1  --set image.tag    wins
      2  prod.yaml:2:8      overridden
      3  c/values.yaml:3:8  overridden
    "#);
    insta::assert_snapshot!(explain("port -f prod.yaml"), @r#"
    port is not set: the null in prod.yaml:3:7 deletes it
    "#);
    insta::assert_snapshot!(explain("db.size image -f prod.yaml -o json"), @r#"
    [{"path":"db.size","value":2,"setBy":["prod.yaml:4:12","c/charts/db/values.yaml:1:7"]},{"path":"image.name","value":"web","setBy":["c/values.yaml:2:9"]},{"path":"image.tag","value":"v2","setBy":["prod.yaml:2:8","c/values.yaml:3:8"]}]
    "#);
}

#[test]
fn what_nobody_sets_is_an_error() {
    let error = folder().run("explain values c image.tga").failed();
    insta::assert_snapshot!(error, @r#"
    Error: nothing sets the value image.tga
    help: did you mean image.tag?
    "#);
}
