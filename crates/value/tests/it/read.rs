//! Reading YAML.

use value::{Value, YamlError, json, yaml};

use crate::cases::load;

#[test]
fn yaml_reads_as_helm_reads_it() {
    for case in load("read.txt") {
        let value = yaml::from_str(&case.input).unwrap_or_else(|e| panic!("{}: {e}", case.name));
        assert_eq!(json::to_string(&value), case.expected.trim_end(), "{}", case.name);
    }
}

#[test]
fn mistakes_are_found_where_they_are_and_said_as_helm_says_them() {
    for case in load("read-errors.txt") {
        let error = yaml::from_str(&case.input).unwrap_err();
        let found = format!("{}\n{}", error.position, error.helm_text());
        assert_eq!(found, case.expected.trim_end(), "{}", case.name);
    }
}

#[test]
fn an_error_shows_the_line_it_stands_on() {
    let error = yaml::from_str("a: 1\r\nb: c: d\r\n").unwrap_err();
    assert_eq!(error.line, "b: c: d");
    assert_eq!(error.excerpt(), "2 | b: c: d\n  |     ^");
}

#[test]
fn documents_without_content_are_left_out_and_a_written_null_is_not() {
    fn check(text: &str, expected: &[&str]) {
        let documents = yaml::documents(text).unwrap();
        let found: Vec<String> = documents.iter().map(json::to_string).collect();
        assert_eq!(found, expected, "{text:?}");
    }
    check("", &[]);
    check("# nothing\n", &[]);
    check("---\n---\n# nothing\n---\n", &[]);
    check("---\nnull\n---\n~\n--- # empty\n''\n", &["null", "null", "\"\""]);
    check("a: 1\n---\n# x\n---\nb: 2\n...\n---\n[c]\n", &["{\"a\":1}", "{\"b\":2}", "[\"c\"]"]);
    check("---\n&x\n---\n!!str\n", &["null", "\"\""]);
    check("\u{feff}a: 1\n", &["{\"a\":1}"]);
}

#[test]
fn what_follows_the_first_document_of_a_piece_does_not_count() {
    fn check(text: &str, expected: &[&str]) {
        let documents = yaml::documents(text).unwrap();
        let found: Vec<String> = documents.iter().map(json::to_string).collect();
        assert_eq!(found, expected, "{text:?}");
    }
    check("  a: 1\nb: 2\n", &["{\"a\":1}"]);
    check("  a:\nb: [\n---\nc: 3\n", &["{\"a\":null}", "{\"c\":3}"]);
    check("a: 1\n...\nb: 2\n", &["{\"a\":1}"]);
    check("a: |\n  ---\n  x\n", &["{\"a\":\"---\\nx\\n\"}"]);
}

#[test]
fn separators_stand_alone() {
    let error = yaml::documents("a: 1\n--- {b: 2}\n").unwrap_err();
    assert_eq!(error.helm_text(), "invalid Yaml document separator: {b: 2}");
    assert_eq!(error.excerpt(), "2 | --- {b: 2}\n  |    ^");
}

#[test]
fn lines_are_counted_in_each_piece_as_helm_counts_them() {
    fn check(text: &str, line: usize, helm: &str) {
        let error = yaml::documents(text).unwrap_err();
        assert_eq!((error.position.line, error.helm_text().as_str()), (line, helm), "{text:?}");
    }
    check("\"", 2, "yaml: line 2: found unexpected end of stream");
    check("\"\n", 2, "yaml: line 2: found unexpected end of stream");
    check(
        "a: 1\n---\nb: 2\nc: d: e\n",
        4,
        "yaml: line 2: mapping values are not allowed in this context",
    );
}

#[test]
fn a_mistake_in_any_document_is_an_error_of_all() {
    let error = yaml::documents("a: 1\n---\nb: [\n").unwrap_err();
    assert_eq!(error.position.line, 4);
    assert!(yaml::documents("a: &x 1\n---\nb: *x\n").is_err(), "anchors end with their document");
}

#[test]
fn values_are_found_in_their_text() {
    const TEXT: &str = "\
base: &b
  image: nginx
  ports: [80, {name: x}]
a:
  <<: *b
  list:
  - one
  - k: &v two
c: *b
1: int
dup: 1
dup: 2
";
    fn check(path: &[&str], expected: Option<&str>) {
        let found = yaml::position_of(TEXT, path).map(|position| position.to_string());
        assert_eq!(found.as_deref(), expected, "{path:?}");
    }
    check(&[], Some("1:1"));
    check(&["base", "image"], Some("2:10"));
    check(&["base", "ports", "0"], Some("3:11"));
    check(&["base", "ports", "1", "name"], Some("3:22"));
    check(&["a"], Some("4:1"));
    check(&["a", "list"], Some("6:3"));
    check(&["a", "image"], Some("2:10"));
    check(&["a", "list", "1", "k"], Some("8:8"));
    check(&["c"], Some("9:4"));
    check(&["c", "image"], Some("2:10"));
    check(&["1"], Some("10:4"));
    check(&["dup"], Some("12:6"));
    check(&["nope"], None);
    check(&["a", "list", "2"], None);
    check(&["a", "list", "x"], None);
    check(&["base", "image", "x"], None);
    assert_eq!(yaml::position_of("a: [", &["a"]), None);
    let several = yaml::position_of("a: 1\n---\na: 2\n---\nb: 1\n", &["a"]);
    assert_eq!(several.unwrap().line, 3);
}

#[test]
fn deep_nesting_is_refused_before_it_hurts() {
    fn problem(text: &str) -> String {
        yaml::from_str(text).map_err(|e: YamlError| e.problem).unwrap_err()
    }
    assert!(yaml::from_str(&format!("{}{}", "[".repeat(100), "]".repeat(100))).is_ok());
    assert_eq!(problem(&"[".repeat(101)), "exceeded max depth of 100");
    assert_eq!(problem(&"{a: ".repeat(100_000)), "exceeded max depth of 100");
    assert_eq!(problem(&"- ".repeat(100_000)), "exceeded max depth of 100");
    assert_eq!(problem(&"? ".repeat(100_000)), "exceeded max depth of 100");
    let doubling = (1..60)
        .fold("a0: &a0 x\n".to_owned(), |text, i| format!("{text}a{i}: &a{i} [[*a{}]]\n", i - 1));
    assert_eq!(problem(&doubling), "exceeded max depth of 100");
}

#[test]
fn aliases_cannot_blow_a_document_up() {
    let bomb = (1..40).fold("a0: &a0 [x, x]\n".to_owned(), |text, i| {
        format!("{text}a{i}: &a{i} [*a{p}, *a{p}]\n", p = i - 1)
    });
    let error = yaml::from_str(&bomb).unwrap_err();
    assert_eq!(error.helm_text(), "yaml: document contains excessive aliasing");
    let merges = (1..40).fold("a0: &a0 {x: y}\n".to_owned(), |text, i| {
        format!("{text}a{i}: &a{i} {{k{i}: v, <<: [*a{p}, *a{p}]}}\n", p = i - 1)
    });
    assert!(yaml::from_str(&merges).is_err());
    assert_eq!(yaml::position_of(&merges, &["a39", "nope"]), None);
    let chain = (1..5000)
        .fold(format!("#{}\na0: &a0 {{x: y}}\n", "#".repeat(1 << 20)), |text, i| {
            format!("{text}a{i}: &a{i} {{<<: *a{}}}\n", i - 1)
        });
    assert!(yaml::from_str(&chain).is_err());
    assert_eq!(yaml::position_of(&chain, &["a4999", "x"]), None);
    let honest = format!("a: &a {{x: 1, y: 2}}\nlist:\n{}", "- *a\n".repeat(500));
    assert_eq!(yaml::from_str(&honest).unwrap().list_at(&["list"]).len(), 500);
}

#[test]
fn a_large_text_is_read_in_one_go() {
    let text = "key: [1, 2, {a: b}]\nother:\n  - text with words\n".repeat(2000);
    let value = yaml::from_str(&text).unwrap();
    assert_eq!(value.at(&["key"]).and_then(Value::as_list).map(<[Value]>::len), Some(3));
}
