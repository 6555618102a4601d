//! A value as one of Helm's messages shows it.

use std::fmt::{self, Write as _};

use value::Value;
use value::number::format_g;

/// A value as Go prints it where a boolean is expected, `%!t(string=text)`, which is what Helm 4.3 does with values
/// of a subchart that are no map.
///
/// It may be a secret: only [`Shown::text`] gives it out, for the person who handed it in.
#[derive(Clone, PartialEq, Eq)]
pub struct Shown(String);

impl Shown {
    pub(crate) fn of(value: &Value) -> Self {
        let mut text = String::new();
        write(&mut text, value);
        Self(text)
    }

    /// Returns the value.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }
}

/// Shows nothing.
impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

fn write(out: &mut String, value: &Value) {
    let _ok = match value {
        Value::Null => out.write_str("%!t(<nil>)"),
        Value::Bool(bool) => write!(out, "{bool}"),
        Value::Int(int) => write!(out, "%!t(int64={int})"),
        Value::Float(float) => write!(out, "%!t(float64={})", format_g(*float)),
        Value::String(text) => write!(out, "%!t(string={text})"),
        Value::List(items) => {
            out.push('[');
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    out.push(' ');
                }
                write(out, item);
            }
            out.write_char(']')
        }
        Value::Map(map) => {
            out.push_str("map[");
            for (place, (key, value)) in map.iter().enumerate() {
                let _ok = write!(out, "{}%!t(string={key}):", if place == 0 { "" } else { " " });
                write(out, value);
            }
            out.write_char(']')
        }
    };
}

#[cfg(test)]
mod tests {
    use super::Shown;

    fn check(yaml: &str, expected: &str) {
        let value = value::yaml::from_str(yaml).unwrap().to_floats();
        assert_eq!(Shown::of(&value).text(), expected, "{yaml}");
    }

    #[test]
    fn values_are_shown_as_go_shows_what_is_no_boolean() {
        check("text", "%!t(string=text)");
        check("5", "%!t(float64=5)");
        check("1000000", "%!t(float64=1e+06)");
        check("true", "true");
        check("~", "%!t(<nil>)");
        check("[1, a, []]", "[%!t(float64=1) %!t(string=a) []]");
        check("[{a: 1}]", "[map[%!t(string=a):%!t(float64=1)]]");
        assert_eq!(format!("{:?}", Shown::of(&value::Value::from("secret"))), "…");
    }
}
