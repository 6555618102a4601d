//! A value as text, the way Go prints it.

use std::fmt::{self, Write};

use value::Value;

/// Returns `value` as Go's `%v` prints it: strings as they are, `map[a:1 b:2]`, `[1 2]`, `<nil>`.
#[must_use]
pub fn text_of(value: &Value) -> String {
    let mut out = String::new();
    print(value, &mut out);
    out
}

fn print(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("<nil>"),
        Value::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Value::Int(i) => out.push_str(&i.to_string()),
        Value::Float(_) => out.push_str(value::yaml::to_string(value).trim_end()),
        Value::String(s) => out.push_str(s),
        Value::List(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(' ');
                }
                print(item, out);
            }
            out.push(']');
        }
        Value::Map(map) => {
            out.push_str("map[");
            for (i, (key, item)) in map.iter().enumerate() {
                if i > 0 {
                    out.push(' ');
                }
                out.push_str(key);
                out.push(':');
                print(item, out);
            }
            out.push(']');
        }
    }
}

/// Returns `text` in double quotes, escaped as Go's `%q` does.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            c if printable(c) => out.push(c),
            c => match u32::from(c) {
                code @ 0..=0x7f => escape(&mut out, format_args!("\\x{code:02x}")),
                code @ 0x80..=0xffff => escape(&mut out, format_args!("\\u{code:04x}")),
                code => escape(&mut out, format_args!("\\U{code:08x}")),
            },
        }
    }
    out.push('"');
    out
}

fn escape(out: &mut String, escaped: fmt::Arguments<'_>) {
    let _infallible = out.write_fmt(escaped);
}

/// Whether Go's `unicode.IsPrint` says yes: letters, marks, numbers, punctuation, symbols and the blank.
fn printable(c: char) -> bool {
    !(c.is_control()
        || (c.is_whitespace() && c != ' ')
        || matches!(c,
            '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{180e}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{e000}'..='\u{f8ff}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}' | '\u{fffe}'..='\u{ffff}'
            | '\u{e0000}'..='\u{e00ff}' | '\u{e01f0}'..))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_printed_as_go_does() {
        let check = |json: &str, want: &str| {
            assert_eq!(text_of(&value::json::from_str(json).expect("test JSON")), want);
        };
        check("\"a\"", "a");
        check("7", "7");
        check("1.5", "1.5");
        check("null", "<nil>");
        check(r#"{"b":[1,"x",null],"a":true}"#, "map[a:true b:[1 x <nil>]]");
    }

    #[test]
    fn quoting_escapes_as_go_does() {
        assert_eq!(quoted("a\"b\\c\nd\té\u{1}\u{200b}"), r#""a\"b\\c\nd\té\x01\u200b""#);
    }
}
