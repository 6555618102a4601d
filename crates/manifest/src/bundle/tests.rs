use super::*;
use crate::{parse_file, parse_manifest};

fn files(files: &[(&str, &str)]) -> Vec<(String, String)> {
    files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}

fn documents(files: &[(String, String)]) -> Result<Documents, ManifestError> {
    super::documents(&shared(files))
}

fn names(objects: &[Object]) -> Vec<String> {
    objects.iter().map(|object| object.id.to_string()).collect()
}

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n";
const SECRET: &str = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n";

#[test]
fn documents_are_stored_in_install_order_with_their_paths() {
    let pods = format!("{POD}---\n\n# nothing\n---\n{POD}");
    let rendered = files(&[("app/templates/z.yaml", SECRET), ("app/templates/a.yaml", &pods)]);
    let (bundle, warnings) = bundle(&rendered).unwrap();
    assert_eq!(
        bundle.manifest,
        format!(
            "---\n# Source: app/templates/z.yaml\n{SECRET}\n\
             ---\n# Source: app/templates/a.yaml\n{POD}\n\
             ---\n# Source: app/templates/a.yaml\n{POD}\n\
             ---\n# Source: app/templates/a.yaml\n# nothing\n\n"
        ) // A document of comments has no kind, which comes first among the kinds nobody knows.
    );
    assert_eq!(names(&bundle.objects), ["Secret/s", "Pod/p", "Pod/p"]);
    assert_eq!(bundle.objects[0].path, "app/templates/z.yaml");
    assert_eq!(
        warnings.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["Pod/p is in app/templates/a.yaml and in app/templates/a.yaml, the latter wins"]
    );
}

#[test]
fn a_stored_manifest_gives_the_same_objects() {
    let rendered = files(&[("app/templates/a.yaml", POD), ("app/templates/b.yaml", SECRET)]);
    let (bundle, _) = bundle(&rendered).unwrap();
    assert_eq!(parse_manifest(&bundle.manifest).unwrap(), bundle.objects);
}

#[test]
fn files_of_partials_are_passed_over() {
    let found = documents(&files(&[("app/templates/_a.yaml", "a: [")])).unwrap();
    assert_eq!(found, Documents::default());
}

#[test]
fn hooks_are_no_part_of_the_manifest() {
    let hook = "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: j\n  annotations:\n    helm.sh/hook: pre-install\n";
    let unknown = hook.replace("pre-install", "pre-foo");
    let rendered = files(&[("app/templates/a.yaml", hook), ("app/templates/b.yaml", &unknown)]);
    let (bundle, warnings) = bundle(&rendered).unwrap();
    assert_eq!(bundle.manifest, "");
    let [found] = bundle.hooks.as_slice() else { panic!("{:?}", bundle.hooks) };
    assert_eq!(found.text, hook);
    assert_eq!(found.object.id.to_string(), "Job/j");
    assert_eq!(
        warnings,
        [Warning::UnknownHook {
            path: "app/templates/b.yaml".to_owned(),
            document: 1,
            events: "pre-foo".to_owned()
        }]
    );
}

#[test]
fn lists_are_taken_apart() {
    let check = |text: &str, expected: &[&str]| {
        assert_eq!(names(&parse_manifest(text).unwrap()), expected, "{text}");
    };
    let list = |items: &str| format!("{{apiVersion: v1, kind: List, items: [{items}]}}");
    let item = "{apiVersion: v1, kind: Pod, metadata: {name: a}}";
    check(&list(""), &[]);
    check(&list(item), &["Pod/a"]);
    check(&list(&format!("{item}, {}", list(item))), &["Pod/a", "Pod/a"]);
    check("{apiVersion: v1, kind: PodList, items: [{metadata: {name: b}}]}", &["Pod/b"]);
    check("# nothing\n", &[]);
    let mut deep = item.to_owned();
    for _ in 0..20 {
        deep = list(&deep);
    }
    assert!(parse_manifest(&deep).unwrap_err().to_string().contains("lists are nested too deep"));
}

#[test]
fn items_of_a_list_are_applied_in_the_order_of_their_kinds() {
    let list = "{apiVersion: v1, kind: List, items: [\
        {apiVersion: v1, kind: Pod, metadata: {name: p}}, \
        {apiVersion: v1, kind: Secret, metadata: {name: s}}]}";
    let (bundle, _) = bundle(&files(&[("app/templates/a.yaml", list)])).unwrap();
    assert_eq!(names(&bundle.objects), ["Secret/s", "Pod/p"]);
}

#[test]
fn every_fault_is_reported_with_its_place() {
    let check = |text: &str, expected: &str| {
        let found = bundle(&files(&[("app/templates/a.yaml", text)])).unwrap_err().to_string();
        assert_eq!(found, expected, "{text}");
    };
    let yaml = "YAML parse error on app/templates/a.yaml: error converting YAML to JSON: yaml:";
    check(
        "a: 1\n---\n\nx: y\nb: c: d\n",
        &format!(
            "{yaml} line 2: mapping values are not allowed in this context\n  \
             --> line 5, column 5 of what app/templates/a.yaml prints\n  \
             5 | b: c: d\n    |     ^"
        ),
    );
    check(
        "--- b: c: d",
        &format!(
            "{yaml} mapping values are not allowed in this context\n  \
             --> line 1, column 9 of what app/templates/a.yaml prints\n  \
             1 | --- b: c: d\n    |         ^"
        ),
    );
    let decoding = "YAML parse error on app/templates/a.yaml: error unmarshaling JSON: while decoding JSON: json: \
                    cannot unmarshal";
    let place = "--> line 1, column 1 of what app/templates/a.yaml prints";
    let help = "help: a Kubernetes object is a map with apiVersion, kind and metadata.name";
    check(
        "- a",
        &format!("{decoding} array into Go value of type util.SimpleHead\n  {place}\n  {help}"),
    );
    check(
        "kind: [a]",
        &format!(
            "{decoding} array into Go struct field SimpleHead.kind of type string\n  {place}\n  {help}"
        ),
    );
    check(
        "metadata: {annotations: [a]}",
        &format!(
            "{decoding} array into Go struct field .metadata.annotations of type map[string]string\n  \
             {place}\n  help: annotations are a map of texts: put lists and maps in quotes"
        ),
    );
    check(
        "kind: A\n---\nkind: B\napiVersion: v1\n",
        &format!(
            "app/templates/a.yaml, document 1: A has no apiVersion\n  {place}\n  {help}\n\
             app/templates/a.yaml, document 2: B has neither metadata.name nor metadata.generateName\n  \
             --> line 3, column 1 of what app/templates/a.yaml prints\n  \
             help: add `name:` below `metadata:`"
        ),
    );
}

#[test]
fn a_place_tells_what_text_it_is_in() {
    let check = |error: ManifestError, expected: &str| {
        let told = error.to_string();
        assert_eq!(told.lines().find(|line| line.contains("-->")), Some(expected), "{told}");
    };
    let broken = "a: b: c";
    let rendered = files(&[("app/templates/a.yaml", broken)]);
    let error = bundle(&rendered).unwrap_err();
    check(error.clone(), "  --> line 1, column 5 of what app/templates/a.yaml prints");
    let line_of = |path: &str, at: Position| {
        assert_eq!((path, at.line, at.column), ("app/templates/a.yaml", 1, 5));
        Some(7)
    };
    check(
        error.traced(line_of),
        "  --> printed by app/templates/a.yaml:7, line 1, column 5 of its output",
    );
    let file = parse_file("app/crds/a.yaml", broken).unwrap_err().traced(|_, _| Some(7));
    check(file, "  --> app/crds/a.yaml:1:5");
    let stored = parse_manifest("---\n# Source: app/templates/a.yaml\na: b: c").unwrap_err();
    check(stored, "  --> line 3, column 5 of what is stored");
}

#[test]
fn errors_show_nothing_of_what_may_be_a_secret() {
    let check = |text: &str, expected: &str| {
        let error = bundle(&files(&[("app/templates/a.yaml", text)])).unwrap_err();
        let told = error.to_string();
        assert!(!format!("{told}{error:?}").contains("hunter"), "{told} {error:?}");
        assert!(told.contains(expected), "{told}");
    };
    check("kind: Secret\nstringData:\n  a: hunter: 2", "3 |   a: ***\n");
    check("kind: Secret\nstringData:\n  a: *hunter2", "unknown anchor '***' referenced\n");
    check("{kind: Secret, stringData: {a: @hunter2}}", "1 | ***\n");
    let hook = "metadata:\n  annotations: {helm.sh/hook: test}\n";
    check(&format!("kind: Secret\n{hook}data:\n  a: 'hunter2"), "***");
    let key =
        "kind: Secret\nstringData:\n  key: |\n-----BEGIN KEY-----\nhunter: hunter: 2\n-----END\n";
    check(&key.replace("hunter: ", "h: "), "5 | h: ***\n");
    check("kind: Secret\nstringData: {a: b}\n---\nnokind: true\na: b: hunter2\n", "***");
    let shown = bundle(&files(&[("app/templates/a.yaml", "kind: ConfigMap\na: b: c")]));
    assert!(shown.unwrap_err().to_string().contains("2 | a: b: c\n"));
}

#[test]
fn secrets_are_left_out_on_demand() {
    let rendered = files(&[("app/templates/a.yaml", SECRET), ("app/templates/b.yaml", POD)]);
    assert_eq!(
        documents(&rendered).unwrap().manifest_without_secrets(),
        format!(
            "---\n# Source: app/templates/a.yaml\n# HIDDEN: The Secret output has been suppressed\n\
             ---\n# Source: app/templates/b.yaml\n{POD}\n"
        )
    );
}

#[test]
fn a_file_of_objects_gives_them_its_path() {
    let objects = parse_file("app/crds/a.yaml", &format!("{POD}---\n{SECRET}")).unwrap();
    assert_eq!(names(&objects), ["Pod/p", "Secret/s"]);
    assert!(objects.iter().all(|object| object.path == "app/crds/a.yaml"));
}

#[test]
fn printing_asks_only_for_yaml() {
    let found = documents(&files(&[("app/templates/a.txt", "a: 1")])).unwrap();
    assert_eq!(found.manifest(), "---\n# Source: app/templates/a.txt\na: 1\n");
}

#[test]
fn what_may_be_secret_is_not_shown_by_debug() {
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {a: cGFzc3dvcmQ=}\n";
    let hook = secret.replace("name: s", "name: h, annotations: {helm.sh/hook: test}");
    let rendered = files(&[("app/templates/a.yaml", secret), ("app/templates/b.yaml", &hook)]);
    let documents = documents(&rendered).unwrap();
    let shown = format!("{documents:?} {:?}", documents.clone().into_bundle());
    assert!(!shown.contains("cGFzc3dvcmQ="), "{shown}");
}
