use proptest::prelude::*;

use super::*;
use crate::testing::{any_value, any_yaml};
use crate::yaml::{Parser, Source, read as long, to_string, to_string_pretty};

/// Reads a text the long way.
fn the_long_way(text: &str) -> Result<Value, crate::YamlError> {
    let source = Source::new(text);
    source.check_characters()?;
    let tree = Parser::new(source).document()?;
    tree.map_or(Ok(Value::Null), |tree| long::value(&tree))
}

fn agrees(text: &str) -> Result<bool, TestCaseError> {
    let Some(quick) = read::<Value>(text) else {
        prop_assert!(read_entries(text, &["a"]).is_none(), "{:?}", text);
        return Ok(false);
    };
    let long = the_long_way(text);
    prop_assert!(long.is_ok(), "{:?}: {:?}, not {}", text, long, quick);
    let long = long.unwrap_or_default();
    prop_assert_eq!(&long, &quick, "{:?}", text);
    let entries = read_entries(text, &["a"]);
    let wanted = match &long {
        Value::Map(map) => map
            .iter()
            .filter(|(name, _)| &***name == "a")
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect(),
        other => other.clone(),
    };
    prop_assert_eq!(entries, Some(wanted), "{:?}", text);
    Ok(true)
}

#[test]
fn what_charts_are_made_of_goes_the_short_way() {
    for text in [
        "",
        "# only\n\n  # comments",
        "---\na: 1\n",
        "# c\n---\n- a\n-\n- b: 1\n  c: 2\n- - x\n  - y\n",
        "a:\n- b\n- c # no\nd:\n  - e\nf:\ng: ~\n",
        "a: b # c\nlong: one\n  two\n\n\n  three # end\nx: http://a:80/#b\n",
        "t: |\n  a\n\n   b\n\n  c\n\nu: |-\n    x\nv: >\n  a\n  b\n\n  c\n   d\n  e\nw: >-\n  q",
        "t: |2\n   a\n  b\n#c\nu: |+\n  a\n\n",
        "\"a b\": 'it''s'\n'c': \"x\\\"\\n\\u00e9\\\\\"\n",
        "a: {}\nb: []\nc: [a, \"b\", 1, {x: y, \"z\":1,}]\nd: {\"a\": [1,2],\n \"b\": true}\n",
        "{a: 1, b: [x, y]}",
        "yes: 1\n1: 2\n1.5: 3\n-a: -b\n--flag: --x\n?a: :b\n",
        "a: é “quoted” 😀\nb: a\u{a0}b\n",
        "a: |\nb: |+\n\n  \n\nc: >-\n\n# no\nd: |\n",
        "script: |\n  all:\n  \tmake\n",
        "a:\n  \"quoted\"\nb:\n  plain\n",
        "a: 'x \n  y''s\n\n\n z'\nb: \"x\\t \n\n y \\\n   \\  z\n\"\n",
    ] {
        assert!(agrees(text).unwrap(), "{text:?}");
    }
}

#[test]
fn what_needs_care_takes_the_long_way() {
    for text in [
        "a: &x 1\nb: *x\n",
        "<<: {a: 1}\n",
        "a: !!str 1\n",
        "%YAML 1.1\n---\na: 1\n",
        "a: 1\n---\nb: 2\n",
        "a: 1\n...\n",
        "a: b: c\n",
        "a: 1\n b: 2\n",
        "a:\n    b: 1\n  c: 2\n",
        "- a\nb: 1\n",
        "a\n",
        "a: \"x\n...\"\n",
        "a: .inf\n",
        "~: 1\n",
        "null: 1\n",
        "a: 1\rb: 2\r\n",
        "a:\t1\n",
        "? a\n: b\n",
        "a: [b\n c]\n",
        "a: [b: c]\n",
        "a: \"b\" c\n",
        "a: @b\n",
        "a: x\u{2028}y\n",
        "a: \u{1}\n",
    ] {
        assert!(!agrees(text).unwrap(), "{text:?}");
    }
}

/// Texts that look like those of charts: lines of a few words at a few columns.
fn any_lines() -> impl Strategy<Value = String> {
    let indent = proptest::sample::select(vec!["", "", "  ", "  ", "    ", "   ", " ", "      "]);
    let word = proptest::sample::select(vec![
        "a:",
        "a: ",
        "b: x",
        "c: \"x\"",
        "d: 'y'",
        "- ",
        "- a",
        "- a: 1",
        "- - b",
        "-",
        "e: |",
        "f: >-",
        "g: |+",
        "h: >",
        "text",
        "more text",
        "# c",
        "a: b # c",
        "[]",
        "{}",
        "a: [x, y]",
        "- {k: v}",
        "",
        "1: 2",
        "~",
        "null",
        "yes:",
        "a: .inf",
        "\"k\": v",
        "'k':",
        "x: y: z",
        "- |",
        "- >-",
        "- \"q\"",
        "---",
        "a: -",
        "a: - b",
        "\t",
        "a: \"\\n\\\"\"",
        "é: ü",
        "#",
        "a: #",
        "a: b#c",
        "a : b",
        "a:b",
        "|2",
        "i: |2",
        "j: |1-",
        "k: [",
        "]",
        "{a: 1,",
        "b: [1,2]}",
        "a: '",
        "<<: x",
        "...",
        "-1",
        ".5",
        "+.inf",
    ]);
    let line = (indent, word).prop_map(|(indent, word)| format!("{indent}{word}\n"));
    proptest::collection::vec(line, 0..12).prop_map(|lines| lines.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn the_short_way_leads_where_the_long_one_does(text in any_lines()) {
        agrees(&text)?;
        agrees(text.trim_end())?;
        agrees(&text.replace('\n', "\r\n"))?;
    }

    #[test]
    fn odd_texts_are_read_alike(text in any_yaml()) {
        agrees(&text)?;
    }

    #[test]
    fn printed_values_are_read_alike(value in any_value()) {
        agrees(&to_string(&value))?;
        agrees(&to_string_pretty(&value))?;
    }
}
