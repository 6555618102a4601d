//! Batches of small charts, written as `name@chart:group<first,first`.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

/// An object: its name, the way to its chart, its annotations.
#[derive(Clone, Debug)]
struct Given {
    name: String,
    path: String,
    group: Option<String>,
    first: Option<String>,
}

/// Reads `name@app/db:group<a,b`; `<!` stands for an annotation that cannot be read.
fn given(text: &str) -> Given {
    let (text, first) = match text.split_once('<') {
        None => (text, None),
        Some((text, "!")) => (text, Some("oops".to_owned())),
        Some((text, names)) => {
            let names: Vec<String> = names
                .split(',')
                .filter(|name| !name.is_empty())
                .map(|name| format!("{name:?}"))
                .collect();
            (text, Some(format!("[{}]", names.join(","))))
        }
    };
    let (text, group) = match text.split_once(':') {
        None => (text, None),
        Some((text, group)) => (text, Some(group.to_owned())),
    };
    let (name, chart) = text.split_once('@').unwrap_or((text, "app"));
    let path = format!("{}/templates/a.yaml", chart.replace('/', "/charts/"));
    Given { name: name.to_owned(), path, group, first }
}

fn members(given: &[Given]) -> Vec<Member<'_>> {
    given
        .iter()
        .map(|of| Member {
            path: &of.path,
            kind: "A",
            name: &of.name,
            group: of.group.as_deref(),
            depends_on: of.first.as_deref(),
        })
        .collect()
}

/// Reads `app/charts/b<a,c` for siblings and `app:a` for a chart's own objects.
fn order(text: &str) -> ChartOrder {
    let mut order = ChartOrder::default();
    for entry in text.split_whitespace() {
        let (map, (chart, names)) = match entry.split_once('<') {
            Some(parts) => (&mut order.whole, parts),
            None => (&mut order.own, entry.split_once(':').unwrap()),
        };
        map.insert(chart.to_owned(), names.split(',').map(str::to_owned).collect());
    }
    order
}

fn told(objects: &str, charts: &str) -> (Result<String, String>, Vec<String>) {
    let given: Vec<Given> = objects.split_whitespace().map(given).collect();
    match sequence(&members(&given), &order(charts)) {
        Err(error) => (Err(error.to_string()), Vec::new()),
        Ok(Sequence { batches, warnings }) => {
            let names = |batch: &Batch| {
                let mut names: Vec<&str> =
                    batch.members().iter().map(|place| given[*place].name.as_str()).collect();
                names.sort_unstable();
                names.join(" ")
            };
            (Ok(batches.iter().map(names).collect::<Vec<_>>().join(" | ")), warnings)
        }
    }
}

#[track_caller]
fn check(objects: &str, charts: &str, expected: &str) {
    let (found, warnings) = told(objects, charts);
    assert_eq!(found.as_deref(), Ok(expected), "{objects}, {charts}");
    assert_eq!(warnings, Vec::<String>::new(), "{objects}, {charts}");
}

#[track_caller]
fn check_warned(objects: &str, expected: &str, expected_warnings: &[&str]) {
    let (found, warnings) = told(objects, "");
    assert_eq!(found.as_deref(), Ok(expected), "{objects}");
    assert_eq!(warnings, expected_warnings, "{objects}");
}

#[test]
fn what_asks_for_nothing_is_one_batch() {
    check("", "", "");
    check("a b@app/db c@app/db/x", "", "a b c");
}

#[test]
fn groups_come_after_those_that_they_name_and_the_rest_after_all_groups() {
    check("web:front<db,cache db:db cache:cache rest", "", "cache db | web | rest");
    check("c:c<b b:b<a a:a d:d<a", "", "a | b d | c");
    check("a1:a a2:a<b b:b", "", "b | a1 a2");
    check("a:a b:b<a,a", "", "a | b");
}

#[test]
fn what_cannot_be_heeded_comes_last_with_a_warning() {
    check_warned(
        "a:a b:b<a o:orphan<no-such-group p:p<orphan rest",
        "a | b | o p rest",
        &[
            "sequencing: group \"orphan\" depends-on non-existent group \"no-such-group\"; moving group to unsequenced batch",
            "sequencing: group \"p\" depends-on group \"orphan\", which is not sequenced; moving group to unsequenced batch",
        ],
    );
    check_warned(
        "a:a b:b<a l:lonely",
        "a | b | l",
        &[
            "sequencing: resource-group \"lonely\" is isolated (no depends-on edges and no dependents); deploying it in the unsequenced batch after sequenced groups",
        ],
    );
    check_warned(
        "a:a b:b<a x:b<!",
        "a | b | x",
        &[
            "sequencing: annotation \"helm.sh/depends-on/resource-groups\" of A/x is no JSON array of texts; moving the object to unsequenced batch",
        ],
    );
    check_warned(
        "a:a x<a",
        "a | x",
        &[
            "sequencing: A/x has \"helm.sh/depends-on/resource-groups\" and no \"helm.sh/resource-group\"; moving the object to unsequenced batch",
        ],
    );
    // Whoever cannot have a place still comes after what it named.
    check_warned(
        "a:a b:b<a,nothing",
        "a | b",
        &[
            "sequencing: group \"b\" depends-on non-existent group \"nothing\"; moving group to unsequenced batch",
        ],
    );
    check_warned(
        "x@app/db:lonely",
        "x",
        &[
            "sequencing: resource-group \"lonely\" is isolated (no depends-on edges and no dependents); deploying it in the unsequenced batch after sequenced groups (chart app/db)",
        ],
    );
}

#[test]
fn a_circle_of_groups_is_refused() {
    let refused = |objects: &str, expected: &str| {
        let start = "resource-group circular dependency detected in ";
        assert_eq!(told(objects, "").0, Err(format!("{start}{expected}")), "{objects}");
    };
    let among = "cycle detected among nodes:";
    refused("a:a<c b:b<a c:c<b d:d<a e:e c:c<e", &format!("app: {among} a, b, c"));
    refused("a:a<a", &format!("app: {among} a"));
    refused("x@app/db/y:a<b z@app/db/y:b<a", &format!("app/db/y: {among} a, b"));
}

#[test]
fn groups_order_the_objects_of_one_chart_only() {
    check("a:a b:b<a x@app/db:b y@app/db:a<b", "", "a x | b y");
    let (_, warnings) = told("a:a x@app/db:b<a", "");
    assert_eq!(warnings.len(), 2, "{warnings:?}");
}

#[test]
fn charts_wait_for_their_siblings_with_all_below_them() {
    check("a@app/a b@app/b t", "app/charts/b<a", "a t | b");
    check("a@app/a b@app/b c@app/c t", "app/charts/b<a app/charts/c<b app:c", "a | b | c | t");
    // The one in between has no objects.
    check("a@app/a c@app/c", "app/charts/b<a app/charts/c<b", "a | c");
    check("x@app/a/x a1@app/a:one a2@app/a:two<one b@app/b/y", "app/charts/b<a", "a1 x | a2 | b");
    check(
        "t x@app/a/x y@app/a/y z@app/a/y/z b@app/b",
        "app/charts/a/charts/y<x app/charts/b<a app:a",
        "x | y z | b t",
    );
    check("a@app/a t:one u:two<one v", "app:a", "a | t | u | v");
    check("a@app/a b@app/b", "app/charts/b<a,gone other/charts/x<y", "a | b");
}

#[test]
fn a_recorded_circle_of_charts_is_refused() {
    let (found, _) = told("a@app/a b@app/b", "app/charts/a<b app/charts/b<a");
    assert_eq!(found.unwrap_err(), "the recorded order of subcharts goes round in a circle");
}

#[test]
fn long_chains_are_no_matter() {
    let objects: Vec<String> = (0..5000)
        .map(|n: usize| {
            format!("o{n}:g{n}<{}", n.checked_sub(1).map_or(String::new(), |n| format!("g{n}")))
        })
        .collect();
    let given: Vec<Given> = objects.iter().map(|text| given(text)).collect();
    let found = sequence(&members(&given), &ChartOrder::default()).unwrap();
    assert_eq!(found.batches.len(), 5000);
}

const CHARTS: [&str; 6] = ["app", "app/a", "app/b", "app/c", "app/a/x", "app/a/y"];

fn objects() -> impl Strategy<Value = Vec<Given>> {
    let group = proptest::option::of(0..5_usize);
    let one = (0..CHARTS.len(), group, proptest::collection::vec(0..5_usize, 0..3));
    proptest::collection::vec(one, 0..24).prop_map(|all| {
        all.into_iter()
            .enumerate()
            .map(|(place, (chart, group, first))| {
                // Edges lead to earlier groups only, now and then to one that is not there.
                let first: Vec<String> = first
                    .into_iter()
                    .filter(|first| group.is_none_or(|group| *first < group))
                    .map(|first| format!("g{first}"))
                    .collect();
                let group = group.map_or(String::new(), |group| format!(":g{group}"));
                let first =
                    if first.is_empty() { String::new() } else { format!("<{}", first.join(",")) };
                given(&format!("o{place}@{}{group}{first}", CHARTS[chart]))
            })
            .collect()
    })
}

proptest! {
    #[test]
    fn everything_has_one_place_after_what_it_waits_for(
        all in objects(),
        (ab, bc, xy, own) in any::<(bool, bool, bool, bool)>(),
        seed in any::<prop::sample::Index>(),
    ) {
        let mut entries = Vec::new();
        if ab { entries.push("app/charts/b<a"); }
        if bc { entries.push("app/charts/c<b"); }
        if xy { entries.push("app/charts/a/charts/y<x"); }
        if own { entries.push("app:c"); }
        let order = order(&entries.join(" "));
        let found = sequence(&members(&all), &order).unwrap();
        let mut place_of = BTreeMap::new();
        for (batch, of) in found.batches.iter().enumerate() {
            prop_assert!(!of.sections.is_empty());
            for member in of.members() {
                prop_assert!(place_of.insert(all[member].name.clone(), batch).is_none());
            }
        }
        prop_assert_eq!(place_of.len(), all.len());

        let is_in = |of: &Given, chart: &str| of.path.starts_with(&format!("{chart}/"));
        for (one, other) in all.iter().flat_map(|one| all.iter().map(move |other| (one, other))) {
            let before = place_of[&one.name] < place_of[&other.name];
            let after = |then: &str, first: &str| is_in(other, then) && is_in(one, first);
            if ab && after("app/charts/b", "app/charts/a") { prop_assert!(before); }
            if bc && after("app/charts/c", "app/charts/b") { prop_assert!(before); }
            if xy && after("app/charts/a/charts/y", "app/charts/a/charts/x") { prop_assert!(before); }
            if own && is_in(other, "app/templates") && is_in(one, "app/charts/c") { prop_assert!(before); }
        }
        // What is in a group of the order comes after the groups that it names.
        for section in found.batches.iter().flat_map(|batch| &batch.sections) {
            for member in &section.members {
                let member = &all[*member];
                let Some(first) = member.first.as_deref().filter(|_| section.group.is_some()) else { continue };
                for one in all.iter().filter(|one| one.path == member.path) {
                    if one.group.as_ref().is_some_and(|group| first.contains(&format!("{group:?}"))) {
                        prop_assert!(place_of[&one.name] < place_of[&member.name]);
                    }
                }
            }
        }

        let mut turned = all.clone();
        if !turned.is_empty() {
            let by = seed.index(turned.len());
            turned.rotate_left(by);
            turned.reverse();
        }
        let again = sequence(&members(&turned), &order).unwrap();
        let names = |sequence: &Sequence, all: &[Given]| -> Vec<BTreeSet<String>> {
            let of = |batch: &Batch| batch.members().iter().map(|place| all[*place].name.clone()).collect();
            sequence.batches.iter().map(of).collect()
        };
        prop_assert_eq!(names(&found, &all), names(&again, &turned));
        prop_assert_eq!(
            found.warnings.iter().collect::<BTreeSet<_>>(),
            again.warnings.iter().collect::<BTreeSet<_>>()
        );
    }
}
