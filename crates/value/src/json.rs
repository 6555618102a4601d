//! JSON as Go's `encoding/json` reads and prints it.
//!
//! Go escapes `<`, `>`, `&`, U+2028 and U+2029 and has its own rule for floats; whoever compares or signs
//! bytes that Helm wrote needs both. [`GoFormatter`] brings them to `serde_json`'s serializer.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter, Serializer};

use crate::Value;
use crate::number::format_json;

/// Returns compact JSON as Go's encoder prints it: keys sorted by bytes, `<`, `>`, `&`, U+2028 and U+2029 escaped.
///
/// Infinities and not-a-number, which Go refuses, become `null`; see [`unsupported`].
#[must_use]
pub fn to_string(value: &Value) -> String {
    text(value, GoFormatter::default())
}

/// Returns compact JSON as [`to_string`] does, but with `<`, `>` and `&` as they are (`toRawJson`).
#[must_use]
pub fn to_string_raw(value: &Value) -> String {
    text(value, GoFormatter { structure: CompactFormatter, escape_html: false })
}

/// Returns JSON with two blanks of indentation per level and no line end behind it, as Go's
/// `MarshalIndent` prints it.
#[must_use]
pub fn to_string_pretty(value: &Value) -> String {
    text(value, GoFormatter { structure: PrettyFormatter::new(), escape_html: true })
}

/// Returns compact JSON of any serializable value, in Go's spelling. Fields keep the order of the type;
/// sorting maps is the caller's business.
pub fn to_vec<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, serde_json::Error> {
    let mut bytes = Vec::new();
    value.serialize(&mut Serializer::with_formatter(&mut bytes, GoFormatter::default()))?;
    Ok(bytes)
}

/// Reads one JSON document. Integers that fit an `i64` are [`Value::Int`]; of equal keys the last one counts.
pub fn from_str(text: &str) -> Result<Value, serde_json::Error> {
    serde_json::from_str(text)
}

/// Reads a JSON array that holds nothing but texts, as some annotations do.
#[must_use]
pub fn texts(text: &str) -> Option<Vec<String>> {
    let Value::List(items) = from_str(text).ok()? else { return None };
    items.iter().map(|item| item.as_str().map(str::to_owned)).collect()
}

/// Returns the first number in `value` that JSON cannot hold, as Go names it: `+Inf`, `-Inf` or `NaN`.
///
/// Helm's functions then fail with `json: unsupported value: NaN`.
#[must_use]
pub fn unsupported(value: &Value) -> Option<String> {
    match value {
        Value::Float(f) if !f.is_finite() => Some(crate::number::format_g(*f)),
        Value::List(items) => items.iter().find_map(unsupported),
        Value::Map(map) => map.values().find_map(unsupported),
        _ => None,
    }
}

fn text<F: Formatter>(value: &Value, formatter: GoFormatter<F>) -> String {
    let mut bytes = Vec::new();
    // Writing a value to memory cannot fail: its keys are text and there is nothing to wait for.
    let written = value.serialize(&mut Serializer::with_formatter(&mut bytes, formatter));
    match written {
        Ok(()) => String::from_utf8(bytes).unwrap_or_default(),
        Err(_) => String::new(),
    }
}

/// Go's spelling of strings and numbers for `serde_json`'s [`Serializer`], around a formatter that decides
/// on blanks and line ends.
#[derive(Clone, Debug)]
pub struct GoFormatter<F = CompactFormatter> {
    structure: F,
    escape_html: bool,
}

impl Default for GoFormatter {
    fn default() -> Self {
        Self { structure: CompactFormatter, escape_html: true }
    }
}

impl<F: Formatter> Formatter for GoFormatter<F> {
    fn write_f32<W: ?Sized + Write>(&mut self, writer: &mut W, value: f32) -> io::Result<()> {
        // Go looks for the shortest digits among 32-bit floats, so the text and not the value is widened.
        let value = format!("{value:e}").parse().unwrap_or_else(|_| f64::from(value));
        self.write_f64(writer, value)
    }

    fn write_f64<W: ?Sized + Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        writer.write_all(format_json(value).as_deref().unwrap_or("null").as_bytes())
    }

    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(|c| escape(c, self.escape_html).is_some()) {
            let (before, after) = rest.split_at(at);
            writer.write_all(before.as_bytes())?;
            let mut chars = after.chars();
            let escaped = chars.next().and_then(|c| escape(c, self.escape_html));
            writer.write_all(escaped.unwrap_or_default().as_bytes())?;
            rest = chars.as_str();
        }
        writer.write_all(rest.as_bytes())
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.structure.begin_array(writer)
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.structure.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.structure.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.structure.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.structure.begin_object(writer)
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.structure.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.structure.begin_object_key(writer, first)
    }

    fn end_object_key<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.structure.end_object_key(writer)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.structure.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.structure.end_object_value(writer)
    }
}

const fn escape(c: char, html: bool) -> Option<&'static str> {
    match c {
        '<' if html => Some("\\u003c"),
        '>' if html => Some("\\u003e"),
        '&' if html => Some("\\u0026"),
        '\u{2028}' => Some("\\u2028"),
        '\u{2029}' => Some("\\u2029"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::any_value;

    fn check(json: &str, expected: &str) {
        assert_eq!(to_string(&from_str(json).unwrap()), expected, "{json}");
    }

    #[test]
    fn strings_are_escaped_as_go_does() {
        check(r#""a<b>&c""#, r#""a\u003cb\u003e\u0026c""#);
        check("\"\u{2028}\u{2029}\u{7f}é😀\"", "\"\\u2028\\u2029\u{7f}é😀\"");
        check(r#""\b\f\n\r\t\"\\\/\u0000\u001f""#, r#""\b\f\n\r\t\"\\/\u0000\u001f""#);
        check(r#"{"<":1}"#, r#"{"\u003c":1}"#);
    }

    #[test]
    fn numbers_are_written_by_gos_rule() {
        check("[1, 1.0, 1.50, -0.0, 1e3]", "[1,1,1.5,-0,1000]");
        check("[1e-6, 1e-7, 1e20, 1e21]", "[0.000001,1e-7,100000000000000000000,1e+21]");
        check(
            "[9223372036854775807, 9223372036854775808]",
            "[9223372036854775807,9223372036854776000]",
        );
        check("1234567890123456768.0", "1234567890123456800");
        assert_eq!(to_string(&Value::Float(f64::NAN)), "null");
    }

    #[test]
    fn keys_are_sorted_by_bytes_and_the_last_of_equals_wins() {
        check(
            r#"{"b":1,"a":2,"A":3,"a10":4,"a2":5,"b":6}"#,
            r#"{"A":3,"a":2,"a10":4,"a2":5,"b":6}"#,
        );
    }

    #[test]
    fn pretty_printing_indents_by_two() {
        let value = from_str(r#"{"a":[1,{"b":"<"}],"c":{},"d":[]}"#).unwrap();
        let expected = "{\n  \"a\": [\n    1,\n    {\n      \"b\": \"\\u003c\"\n    }\n  ],\n  \"c\": {},\n  \"d\": []\n}";
        assert_eq!(to_string_pretty(&value), expected);
    }

    #[test]
    fn raw_json_leaves_markup_alone() {
        assert_eq!(to_string_raw(&Value::from("<&>\u{2028}")), "\"<&>\\u2028\"");
    }

    #[test]
    fn structs_keep_the_order_of_their_fields() {
        #[derive(Serialize)]
        struct Record {
            z: &'static str,
            a: f32,
            b: f64,
        }
        let bytes = to_vec(&Record { z: "&", a: 0.1, b: 1e21 }).unwrap();
        assert_eq!(String::from_utf8(bytes).unwrap(), r#"{"z":"\u0026","a":0.1,"b":1e+21}"#);
    }

    #[test]
    fn numbers_that_json_cannot_hold_are_found() {
        let value = Value::from_iter([("a", Value::from(vec![Value::Float(f64::NEG_INFINITY)]))]);
        assert_eq!(unsupported(&value).as_deref(), Some("-Inf"));
        assert_eq!(unsupported(&Value::Float(1.5)), None);
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(value in any_value()) {
            let read = from_str(&to_string(&value)).unwrap();
            prop_assert_eq!(to_string(&read), to_string(&value));
            let read = from_str(&to_string_pretty(&value)).unwrap();
            prop_assert_eq!(to_string(&read), to_string(&value));
        }
    }

    #[test]
    fn only_arrays_of_texts_are_texts() {
        let check = |text: &str, expected: Option<&[&str]>| {
            let found = texts(text);
            let found: Option<Vec<&str>> =
                found.as_ref().map(|texts| texts.iter().map(String::as_str).collect());
            assert_eq!(found.as_deref(), expected, "{text}");
        };
        check(r#"["a", "b"]"#, Some(&["a", "b"]));
        check("[]", Some(&[]));
        check("[1]", None);
        check("a", None);
        check(r#""a""#, None);
        check("", None);
        check("{}", None);
    }
}
