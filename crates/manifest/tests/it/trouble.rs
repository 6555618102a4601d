//! Every fixture under `tests/trouble`: what keeps its object from becoming ready.

use manifest::ready::trouble;

use crate::fixture::fixtures;

#[test]
fn troubles_are_found_as_the_comments_say() {
    let fixtures = fixtures("trouble");
    assert!(fixtures.len() > 25, "only {} fixtures found", fixtures.len());
    for fixture in fixtures {
        let found = trouble(&fixture.object, &fixture.related);
        let found = found.map_or_else(
            || "none".to_owned(),
            |trouble| format!("{:?}: {}", trouble.kind, trouble.text),
        );
        assert_eq!(found, fixture.expected(), "{}", fixture.name);
    }
}
