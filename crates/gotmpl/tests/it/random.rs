//! Random texts: nothing panics, and what is printed reads back as the same.

use std::sync::Arc;

use gotmpl::{Cache, Limits, Options, TemplateSet, Value, reprint};
use proptest::prelude::*;

use crate::host::{Host, funcs};

/// Parses and executes; whatever comes out is right as long as something does.
fn run(text: &[u8]) {
    let funcs = Arc::new(funcs());
    let mut set = TemplateSet::new("root");
    if set.parse(&funcs, "main", text).is_err() {
        return;
    }
    let limits = Limits { steps: 2_000, output: 100_000, depth: 20, ..Limits::default() };
    let options = Options { limits, source_map: true, ..Options::default() };
    let host = Host { cache: Cache::new(funcs, 1 << 16) };
    let plain = value::json::from_str(r#"{"a":{"b":[1,"x",null,2.5]},"x":"y"}"#).expect("JSON");
    let data = Value::from_plain(&plain, gotmpl::Integers::Int64);
    let result = Arc::new(set).execute("main", data, &options, &host);
    if let Err(error) = result {
        assert!(!error.to_string().is_empty());
    }
}

/// Pieces that make texts which are nearly templates.
fn piece() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "{{",
        "}}",
        "{{- ",
        " -}}",
        "{{/* ",
        " */}}",
        "if ",
        "else",
        "end",
        "range ",
        "with ",
        "define ",
        "template ",
        "block ",
        "break",
        "continue",
        "nil",
        "true",
        ".",
        ".a",
        ".a.b",
        ".x",
        "$",
        "$x",
        "$x := ",
        "$x, $y := ",
        "$x = ",
        "(",
        ")",
        "|",
        ",",
        " ",
        "\n",
        "\"m\"",
        "`r`",
        "'c'",
        "1",
        "-2.5",
        "0x1p3",
        "1i",
        "\"%d %v %[2]*.[1]*f|%+q %x\"",
        "print ",
        "printf ",
        "index ",
        "slice ",
        "len ",
        "eq ",
        "lt ",
        "and ",
        "or ",
        "not ",
        "html ",
        "js ",
        "urlquery ",
        "call ",
        "list ",
        "dict ",
        "set ",
        "fn",
        "thing",
        ".Hello ",
        "files",
        "include ",
        "tpl ",
        "{{.a}}",
        "{{end}}",
        "{{range .a.b}}",
        "{{if .x}}",
        "{{else}}",
        "{{with $x := .a}}",
        "{{define \"m\"}}",
        "é",
        "text",
    ])
}

/// Expressions that parse.
fn operand() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        ".", ".a", ".a.b", "$", "$.x", "1", "-0x1F", "1.5e3", "'c'", "\"s\\n\"", "`raw`", "true",
        "nil",
    ])
    .prop_map(str::to_owned);
    leaf.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            (
                prop::sample::select(vec!["print", "index", "printf", "list"]),
                inner.clone(),
                inner.clone()
            )
                .prop_map(|(name, a, b)| format!("({name}  {a} {b} )")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("(print {a}|print   {b})")),
            inner.prop_map(|a| format!("(list {a}).b.c")),
        ]
    })
}

/// Templates that parse.
fn template() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("text ".to_owned()),
        Just(" {{- /* c */ -}} x".to_owned()),
        operand().prop_map(|operand| format!("{{{{ print {operand} }}}}")),
        operand().prop_map(|operand| format!("{{{{- $v := print {operand} -}}}}")),
        operand().prop_map(|operand| format!("{{{{template \"a\\\"b\" {operand}}}}}")),
    ];
    leaf.prop_recursive(4, 32, 3, |inner| {
        let control = prop::sample::select(vec!["if", "with", "range", "range $i, $e :="]);
        prop_oneof![
            (control, operand(), inner.clone(), inner.clone()).prop_map(|(word, operand, a, b)| {
                format!("{{{{{word} (print {operand})}}}}{a}{{{{else}}}}{b}{{{{end}}}}")
            }),
            (inner.clone(), inner).prop_map(|(a, b)| a + &b),
        ]
    })
}

proptest! {
    #[test]
    fn any_bytes_are_a_template_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        run(&bytes);
    }

    #[test]
    fn near_templates_are_executed_or_refused(pieces in prop::collection::vec(piece(), 0..40)) {
        run(pieces.concat().as_bytes());
    }

    #[test]
    fn actions_of_pieces_are_executed_or_refused(pieces in prop::collection::vec(piece(), 0..8)) {
        run(format!("{{{{{}}}}}", pieces.concat()).as_bytes());
    }

    #[test]
    fn templates_are_executed_or_refused(text in template()) {
        run(text.as_bytes());
    }

    #[test]
    fn what_is_printed_parses_to_the_same(text in template()) {
        let funcs = funcs();
        let once = reprint(&funcs, "t", text.as_bytes()).expect("it is a template");
        let twice = reprint(&funcs, "t", &once).expect("what was printed is a template");
        prop_assert_eq!(String::from_utf8_lossy(&once), String::from_utf8_lossy(&twice));
    }

    #[test]
    fn any_format_prints_something(
        format in "[%]?[-+# 0]{0,3}(\\[[0-9]{0,2}\\]?)?([0-9]{0,3}|\\*)(\\.([0-9]{0,3}|\\*))?[a-zA-Z%é!]{0,2}",
    ) {
        let text = format!(
            "{{{{printf {:?} 42 -1.5 \"s\" nil (list 1 nil \"x\") 1i (dict \"a\" 1)}}}}",
            format.repeat(3)
        );
        run(text.as_bytes());
    }
}
