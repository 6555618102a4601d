//! Arbitrary values for the property tests.

use std::sync::Arc;

use proptest::prelude::*;

use crate::Value;

/// Text that is likely to need care: words with a meaning, indicators, blanks, line ends, any Unicode.
pub(crate) fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[a-z]{0,8}",
        2 => "[-+.0-9_:eExoTZ ]{1,12}",
        2 => "[a-b \\n\\t'\"\\\\#:,\\[\\]{}&*!|>%@`?-]{0,24}",
        1 => "([a-zé:#'\"]{1,9} {1,2}){8,30}",
        2 => any::<String>(),
        1 => proptest::collection::vec(any::<char>(), 0..8).prop_map(String::from_iter),
        1 => proptest::sample::select(vec![
            "", "~", "null", "yes", "No", "y", "on", "0755", "1e3", ".5", ".inf", "<<", "=", "---", "...",
            "- a", "? b", "2001-01-01", "1:30", "\u{feff}a", "\u{85}", "a\u{2028}b", "\r\n", "a \nb", " a\n",
            "\n", "\n\n", "a\n\n", "a\n b", "\u{7f}", "\u{9f}", "\u{fffe}",
        ]).prop_map(str::to_owned),
    ]
}

/// Any value whose floats are finite; without negative zeros, whose sign YAML loses.
pub(crate) fn any_value() -> impl Strategy<Value = Value> {
    let float = any::<f64>()
        .prop_filter("finite", |f| f.is_finite() && (*f != 0.0 || f.is_sign_positive()));
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        (-1000i64..1000).prop_map(Value::Int),
        float.prop_map(Value::Float),
        (-1e6..1e6).prop_map(Value::Float),
        any_text().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::btree_map(any_text().prop_map(Arc::from), inner, 0..5)
                .prop_map(Value::from_iter),
        ]
    })
}

/// Maps of few keys, so that two of them meet.
pub(crate) fn any_map() -> impl Strategy<Value = Value> {
    let node = leaf().prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            map_of(inner),
        ]
    });
    map_of(node)
}

/// Maps in which the key says whether a map stands under it, as in configurations of one program.
pub(crate) fn any_configuration() -> impl Strategy<Value = Value> {
    let leaves = || proptest::collection::btree_map("[a-c]".prop_map(Arc::from), leaf(), 0..4);
    leaves().prop_map(Value::from_iter).prop_recursive(3, 16, 3, move |inner| {
        let maps = proptest::collection::btree_map("[m-o]".prop_map(Arc::from), inner, 0..3);
        (leaves(), maps).prop_map(|(mut all, maps)| {
            all.extend(maps);
            Value::from_iter(all)
        })
    })
}

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        (0i64..3).prop_map(Value::Int),
        "[a-b]{0,2}".prop_map(Value::from)
    ]
}

fn map_of(values: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    proptest::collection::btree_map("[a-c]".prop_map(Arc::from), values, 0..4)
        .prop_map(Value::from_iter)
}

/// Text made of the pieces of YAML's syntax.
pub(crate) fn any_yaml() -> impl Strategy<Value = String> {
    let piece = proptest::sample::select(vec![
        "a",
        "b: ",
        "- ",
        "? ",
        ": ",
        "\n",
        "\n  ",
        "\n\n",
        " ",
        "\t",
        "\"",
        "'",
        "|",
        ">-",
        "&a ",
        "*a",
        "!!str ",
        "!",
        "!<x>",
        "<<: ",
        "[",
        "]",
        "{",
        "}",
        ",",
        " #c",
        "\n---\n",
        "\n...\n",
        "%YAML 1.1\n",
        "\\",
        "\\n",
        "\\u00",
        "\u{2028}",
        "\u{85}",
        "\r\n",
        "\u{feff}",
        "é",
        "😀",
        "0x1",
        "~",
        "\u{1}",
    ]);
    prop_oneof![
        3 => proptest::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat()),
        1 => any::<String>(),
    ]
}
