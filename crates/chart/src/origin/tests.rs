use proptest::prelude::*;
use value::strvals::Typing;

use super::*;
use crate::{File, load_files, resolve};

/// A chart `app` with the charts `a` (under that name and as `b`) and in it `c`.
fn tree(app: &str, a: &str, c: &str) -> Chart {
    let files = [
        (
            "Chart.yaml",
            "apiVersion: v2\nname: app\nversion: 1.0.0\ndependencies:\n- {name: a, version: '*', import-values: [data, {child: y, parent: x}]}\n- {name: a, version: '*', alias: b}\n",
        ),
        ("values.yaml", app),
        ("charts/a/Chart.yaml", "apiVersion: v2\nname: a\nversion: 1.0.0\n"),
        ("charts/a/values.yaml", a),
        ("charts/a/charts/c/Chart.yaml", "apiVersion: v2\nname: c\nversion: 1.0.0\n"),
        ("charts/a/charts/c/values.yaml", c),
    ];
    load_files(files.iter().map(|(name, data)| File::new(*name, data)).collect()).unwrap()
}

fn user() -> Sources {
    let mut sources = Sources::default();
    let text = "image:\n  tag: v2\nport: ~\na:\n  replicas: 3\n  gone: ~\nlist: [x]\nzero: ~\n";
    let value = yaml::from_str(text).unwrap();
    sources.merge("prod.yaml", value, Some(Arc::from(text)));
    sources.set("image.tag=v3,b.c.deep.k=1", Typing::Guess).unwrap();
    sources
}

fn shown(origin: &Origin) -> String {
    let places: Vec<String> = origin.places.iter().map(ToString::to_string).collect();
    let deleted = origin.deleted_by.as_ref().map(|place| format!("deleted by {place}"));
    places.into_iter().chain(deleted).collect::<Vec<_>>().join(" > ")
}

fn check(path: &str, expected: &str) {
    let chart = tree(
        "image:\n  tag: v1\n  pull: Always\nport: 80\nlist: [y, z]\na: {replicas: 2, over: 1}\nglobal: {zone: eu}\nx: {own: 1}\n",
        "replicas: 1\ngone: 1\nover: 2\nexports: {data: {from: a}}\ny: {z: 1, own: 2}\nglobal: {zone: us, own: 1}\nempty: {}\n",
        "deep: {k: 2}\n",
    );
    let sources = user();
    let origins = Origins::new(&chart, sources.value(), &sources).unwrap();
    let path: Vec<&str> = path.split('.').collect();
    assert_eq!(shown(&origins.of(&path)), expected, "{path:?}");
}

#[test]
fn a_value_comes_from_the_strongest_source_that_sets_it() {
    check("image.tag", "--set image.tag > prod.yaml:2:8 > app/values.yaml:2:8");
    check("image.pull", "app/values.yaml:3:9");
    check("list", "prod.yaml:7:7 > app/values.yaml:5:7");
    check("list.0", "prod.yaml:7:8 > app/values.yaml:5:8");
    check("list.1", "");
    check("nobody", "");
    check("image.tag.x", "");
}

#[test]
fn values_of_subcharts_come_from_their_parents_first() {
    check("a.replicas", "prod.yaml:5:13 > app/values.yaml:6:15 > app/charts/a/values.yaml:1:11");
    check("a.over", "app/values.yaml:6:24 > app/charts/a/values.yaml:3:7");
    check("b.over", "app/charts/b/values.yaml:3:7");
    check("b.c.deep.k", "--set b.c.deep.k > app/charts/b/charts/c/values.yaml:1:11");
    check("a.c.deep.k", "app/charts/a/charts/c/values.yaml:1:11");
    check("b.empty", "app/charts/b/values.yaml:7:8");
}

#[test]
fn imported_values_and_globals_name_where_they_really_stand() {
    check("from", "app/charts/a/values.yaml:4:24");
    check("x.z", "app/charts/a/values.yaml:5:8");
    check("x.own", "app/values.yaml:8:10 > app/charts/a/values.yaml:5:16");
    check("a.global.zone", "app/values.yaml:7:16 > app/charts/a/values.yaml:6:16");
    check("a.c.global.own", "app/charts/a/values.yaml:6:25");
}

#[test]
fn a_null_that_deletes_is_named() {
    check("port", "deleted by prod.yaml:3:7");
    check("a.gone", "deleted by prod.yaml:6:9");
    check("zero", "prod.yaml:8:7");
}

#[test]
fn values_of_unknown_sources_are_given_ones() {
    let chart = tree("k: 1\n", "", "");
    let given = yaml::from_str("k: 2").unwrap();
    let origins = Origins::new(&chart, &given, &Sources::default()).unwrap();
    assert_eq!(shown(&origins.of(&["k"])), "the given values > app/values.yaml:1:4");
    // Sources that made other values do not know.
    let mut others = Sources::default();
    others.set("k=3", Typing::Guess).unwrap();
    let origins = Origins::new(&chart, &given, &others).unwrap();
    assert_eq!(shown(&origins.of(&["k"])), "the given values > app/values.yaml:1:4");
}

/// Maps of few keys, so that they meet, subcharts and globals among them.
fn any_map(depth: u32) -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        2 => Just(Value::Null),
        3 => (0i64..9).prop_map(Value::Int),
        1 => Just(Value::from(vec![Value::Int(1), Value::Null])),
    ];
    let node =
        if depth == 0 { leaf.boxed() } else { prop_oneof![leaf, any_map(depth - 1)].boxed() };
    proptest::collection::btree_map("[a-c]|global|x|y".prop_map(Arc::from), node, 0..5)
        .prop_map(Value::from_iter)
        .boxed()
}

fn leaves(value: &Value, path: &mut Vec<String>, see: &mut dyn FnMut(&[&str], &Value)) {
    match value {
        Value::Map(map) if !map.is_empty() => {
            for (key, value) in map.iter() {
                path.push(key.to_string());
                leaves(value, path, see);
                path.pop();
            }
        }
        leaf => see(&path.iter().map(String::as_str).collect::<Vec<_>>(), leaf),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn what_is_called_the_origin_holds_the_value(
        user in any_map(4), app in any_map(4), a in any_map(3), c in any_map(2)
    ) {
        let chart = tree(&yaml::to_string(&app), &yaml::to_string(&a), &yaml::to_string(&c));
        let Ok(resolved) = resolve(&chart, &user) else { return Ok(()) };
        let origins = Origins::new(&chart, &user, &Sources::default()).unwrap();
        leaves(&resolved.values, &mut Vec::new(), &mut |path, value| {
            let origin = origins.of(path);
            assert_eq!(origin.deleted_by, None);
            let Some(place) = origin.places.first() else {
                // Helm makes an empty map of globals for every subchart, and maps for imports. Nulls have
                // no mark, so that those are lost that a subchart's globals leave in its parent's.
                let leaked = value.is_null() && path.contains(&"global");
                assert!(leaked || value == &Value::map(), "{path:?}");
                return;
            };
            let layer = origins.layers.iter().find(|layer| layer.label == place.source).unwrap();
            let keys: Vec<&str> = place.path.iter().map(String::as_str).collect();
            let held = at(&layer.values, &keys).unwrap();
            if value.as_map().is_some() {
                assert!(held.as_map().is_some(), "{path:?}");
            } else {
                assert_eq!(held, value, "{path:?}");
            }
        });
    }
}
