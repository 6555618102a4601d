//! `chartctl dependency list`.

use crate::run::Folder;

#[test]
fn dependencies_are_listed_with_how_they_are_there() {
    let chart = |name: &str| format!("apiVersion: v2\nname: {name}\nversion: 1.2.3\n");
    let (app, db, old) = (chart("app"), chart("db"), chart("old"));
    let app = format!(
        "{app}dependencies:\n- {{name: db, version: 1.x.x, repository: \"https://example.com/{}\"}}\n\
         - {{name: q, version: \"2\", repository: \"\"}}\n- {{name: old, version: \">2\", repository: r}}\n\
         - {{name: packed, version: x!, repository: r}}\n",
        "x".repeat(70)
    );
    let folder = Folder::with(&[
        ("app/Chart.yaml", &app),
        ("app/charts/db/Chart.yaml", &db),
        ("app/charts/old/Chart.yaml", &old),
        ("app/charts/other/Chart.yaml", &chart("another")),
        ("packed/Chart.yaml", &chart("packed")),
    ]);
    folder.run("package packed -d app/charts").ok();
    assert_eq!(
        folder.run("dependency list ./app --max-col-width 24").ok(),
        "NAME  \tVERSION\tREPOSITORY              \tSTATUS         \n\
         db    \t1.x.x  \thttps://example.com/x...\tunpacked       \n\
         q     \t2      \t                        \tmissing        \n\
         old   \t>2     \tr                       \twrong version  \n\
         packed\tx!     \tr                       \tinvalid version\n\n\
         WARNING: \"app/charts/other\" is not in Chart.yaml.\n"
    );
    assert_eq!(folder.run("dep ls packed").ok(), "WARNING: no dependencies at packed/charts\n");
    let error = folder.run("dep list ./nope").failed();
    assert!(error.starts_with("Error: stat nope: no such file or directory\n"), "{error}");
}
