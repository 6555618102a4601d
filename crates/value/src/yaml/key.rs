//! Keys of maps on their way to JSON, where only text can be a key.

use std::sync::Arc;

use super::parse::{Content, Tree};
use super::tag::{self, Tagged};
use crate::number::{format_g, format_g32};
use crate::quote;

/// How much of a value a message shows.
const SHOWN: usize = 1000;

const NIL: &str = "interface {}(nil)";

/// Returns the text of a key; `None` for those that JSON cannot have.
pub(super) fn text(key: &Tagged) -> Option<Arc<str>> {
    Some(match key {
        Tagged::String(text) => text.clone(),
        Tagged::Bool(b) => Arc::from(if *b { "true" } else { "false" }),
        Tagged::Int(i) => Arc::from(i.to_string()),
        Tagged::Float(f) => Arc::from(match format_g32(*f).as_str() {
            "+Inf" => ".inf",
            "-Inf" => "-.inf",
            "NaN" => ".nan",
            text => text,
        }),
        Tagged::Null | Tagged::Uint(_) => return None,
    })
}

/// Returns Helm's message about a key that JSON cannot have.
pub(super) fn unsupported(key: &Tagged, value: &str) -> String {
    let (kind, key) = match key {
        Tagged::Uint(u) => ("uint64", format!("{u:#x}")),
        _ => ("%!s(<nil>)", "<nil>".to_owned()),
    };
    format!("unsupported map key of type: {kind}, key: {key}, value: {value}")
}

/// Returns the value of a node as Go's `%#v` prints it, cut off where it gets long.
pub(super) fn go_syntax(tree: &Tree<'_>, id: usize) -> String {
    let mut text = String::new();
    write_go_syntax(tree, id, &mut text);
    // Behind `%v`, nothing has no type.
    if text == NIL { "<nil>".to_owned() } else { text }
}

fn write_go_syntax(tree: &Tree<'_>, id: usize, text: &mut String) {
    if text.len() > SHOWN {
        return;
    }
    match tree.nodes.get(id).map(|node| &node.content) {
        None => {}
        Some(Content::Alias(target, _)) => write_go_syntax(tree, *target, text),
        Some(Content::Scalar(scalar)) => match tag::value(scalar) {
            Ok(value) => text.push_str(&scalar_syntax(&value)),
            Err(_) => text.push_str("<nil>"),
        },
        Some(Content::List(items)) => {
            text.push_str("[]interface {}{");
            for (index, item) in items.iter().enumerate() {
                text.push_str(if index == 0 { "" } else { ", " });
                write_go_syntax(tree, *item, text);
            }
            text.push('}');
        }
        Some(Content::Map(entries)) => {
            text.push_str("map[interface {}]interface {}{");
            for (index, (key, value)) in entries.iter().enumerate() {
                text.push_str(if index == 0 { "" } else { ", " });
                write_go_syntax(tree, *key, text);
                text.push(':');
                write_go_syntax(tree, *value, text);
            }
            text.push('}');
        }
    }
}

fn scalar_syntax(value: &Tagged) -> String {
    match value {
        Tagged::Null => NIL.to_owned(),
        Tagged::Bool(b) => b.to_string(),
        Tagged::Int(i) => i.to_string(),
        Tagged::Uint(u) => format!("{u:#x}"),
        Tagged::Float(f) => format_g(*f),
        Tagged::String(s) => quote(s),
    }
}
