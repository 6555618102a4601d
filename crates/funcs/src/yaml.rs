//! YAML straight from a value: `toYaml` and `toYamlPretty`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use gotmpl::{Args, Entry, Object, Small, Value};
use value::yaml::{Dialect, Writer};

use crate::args::lossy;
use crate::bounds::{MAX_DEPTH, Walk, too_deep};
use crate::marshal::{Unfit, seen};

/// How many characters of base64 stand on a line.
const WIDTH: usize = 70;

/// Returns the first argument as go-yaml v2 prints what `encoding/json` makes of it: bytes in base64, structs
/// as maps. `None` when JSON does not hand all of it on as it is, or refuses it.
pub(crate) fn print(args: &Args<'_>) -> Result<Option<String>, Unfit> {
    let mut writer = Writer::new(Dialect::V2);
    match V2(Walk::new(args)).node(&mut writer, args.at(0), MAX_DEPTH) {
        Ok(()) => Ok(writer.survives_json().then(|| writer.finish())),
        Err(Unfit::Json(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Returns the first argument as go-yaml v3 prints it when it is given the value directly.
pub(crate) fn print_pretty(args: &Args<'_>) -> Result<String, Unfit> {
    let mut writer = Writer::new(Dialect::V3);
    V3(Walk::new(args)).node(&mut writer, args.at(0), MAX_DEPTH)?;
    Ok(writer.finish())
}

type Printed = Result<(), Unfit>;

struct V2<'a>(Walk<'a>);

impl V2<'_> {
    fn node(&self, writer: &mut Writer, value: &Value, depth: usize) -> Printed {
        let text = match value {
            Value::Bytes(bytes) => bytes.len().saturating_mul(2),
            other => other.as_text().map_or(0, <[u8]>::len),
        };
        let depth = step(&self.0, text, depth)?.ok_or_else(Unfit::cycle)?;
        match value {
            Value::Nil => writer.null(),
            Value::Bool(b) => writer.bool(*b),
            Value::Int(i) | Value::Int64(i) => writer.int(*i),
            Value::Float(f) => Self::float(writer, *f)?,
            Value::Small(Small::Float32(f)) => Self::float(writer, f64::from(*f))?,
            Value::String(text) => writer.text(text),
            Value::Raw(bytes) => writer.text(&lossy(bytes)),
            Value::Bytes(bytes) => writer.text(&STANDARD.encode(bytes)),
            Value::List(list) if list.is_nil() => writer.null(),
            Value::Map(map) if map.is_nil() => writer.null(),
            Value::List(list) => {
                return writer
                    .list(list.items().iter(), |writer, item| self.node(writer, item, depth));
            }
            Value::Map(map) => {
                return writer.map(map.entries().iter().map(keyed), |writer, (key, item)| {
                    self.0.print(key.len()).map_err(Unfit::Bound)?;
                    self.node(writer, item, depth)
                });
            }
            Value::Object(object) => match crate::dates::rfc3339(value) {
                Some(time) => writer.text(&time),
                None => return self.node(writer, &seen(&**object), depth),
            },
            Value::Complex(..) | Value::Func(_) => return Err(Unfit::type_of(value)),
            number => integer(writer, number),
        }
        Ok(())
    }

    fn float(writer: &mut Writer, f: f64) -> Printed {
        if !f.is_finite() {
            return Err(Unfit::number(f));
        }
        writer.float(f);
        Ok(())
    }
}

struct V3<'a>(Walk<'a>);

impl V3<'_> {
    fn node(&self, writer: &mut Writer, value: &Value, depth: usize) -> Printed {
        let depth = step(&self.0, value.as_text().map_or(0, <[u8]>::len), depth)?;
        let depth = depth.ok_or_else(|| Unfit::Bound(too_deep()))?;
        match value {
            Value::Nil => writer.null(),
            Value::Bool(b) => writer.bool(*b),
            Value::Float(f) => writer.float(*f),
            Value::Small(Small::Float32(f)) => writer.float(f64::from(*f)),
            Value::String(text) => writer.text(text),
            Value::Raw(bytes) => writer.binary(&lines(bytes)),
            Value::Bytes(bytes) => {
                let numbers = bytes.iter().map(|byte| i64::from(*byte));
                return writer.list(numbers, |writer, number| {
                    step(&self.0, 3, depth)?;
                    writer.int(number);
                    Ok(())
                });
            }
            Value::List(list) => {
                return writer
                    .list(list.items().iter(), |writer, item| self.node(writer, item, depth));
            }
            Value::Map(map) => {
                return writer.map(map.entries().iter().map(keyed), |writer, (key, item)| {
                    self.0.print(key.len()).map_err(Unfit::Bound)?;
                    self.node(writer, item, depth)
                });
            }
            Value::Object(object) => match crate::dates::rfc3339(value) {
                Some(time) => writer.word(&time),
                None => return self.object(writer, &**object, depth),
            },
            Value::Complex(..) | Value::Func(_) => {
                return Err(Unfit::Json(format!("cannot marshal type: {}", value.go_type())));
            }
            number => integer(writer, number),
        }
        Ok(())
    }

    /// Writes the text of an object, what it is made of, or the fields of a struct with small letters.
    fn object(&self, writer: &mut Writer, object: &dyn Object, depth: usize) -> Printed {
        let mut fields = object.fields();
        if object.is_nil() {
            writer.null();
            return Ok(());
        }
        if let Some(text) = object.text().filter(|_| fields.is_empty()) {
            writer.text(&text);
            return Ok(());
        }
        if let Some(plain) = object.plain() {
            return self.node(writer, &plain, depth);
        }
        fields.retain(|(name, _)| name.starts_with(char::is_uppercase));
        let names: Vec<String> = fields.iter().map(|(name, _)| name.to_lowercase()).collect();
        let fields = names.iter().map(String::as_str).zip(fields.iter().map(|(_, value)| value));
        writer.fields(fields, |writer, value| self.node(writer, value, depth))
    }
}

fn keyed(entry: &Entry) -> (&str, (&str, &Value)) {
    let (key, value) = entry;
    (key, (key, value))
}

/// Pays for a value with so many bytes of text; returns how much deeper it may go below it, `None` if it is
/// too deep itself.
fn step(walk: &Walk<'_>, text: usize, depth: usize) -> Result<Option<usize>, Unfit> {
    // It may be indented by two blanks for each level.
    let indent = 2 * (MAX_DEPTH - depth);
    walk.print(text + indent + 2).map_err(Unfit::Bound)?;
    Ok(depth.checked_sub(1))
}

/// Writes an integer of any size.
fn integer(writer: &mut Writer, number: &Value) {
    match (number.as_int(), number.as_uint()) {
        (Some(i), _) => writer.int(i),
        (None, Some(u)) => writer.word(&u.to_string()),
        (None, None) => writer.null(),
    }
}

/// Returns base64 in lines, each with its end if there are several.
fn lines(bytes: &[u8]) -> String {
    let mut text = STANDARD.encode(bytes);
    if text.len() < WIDTH {
        return text;
    }
    for at in (1..=text.len() / WIDTH).rev() {
        text.insert(at * WIDTH, '\n');
    }
    text.push('\n');
    text
}
