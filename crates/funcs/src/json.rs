//! JSON straight from a value, byte for byte as Go's `encoding/json` writes it: what is no UTF-8 is an
//! escaped U+FFFD, nil lists and maps are `null`, structs keep the order of their fields.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use gotmpl::{Args, Value};

use crate::bounds::{MAX_DEPTH, Walk};
use crate::marshal::{Unfit, seen};

/// How JSON is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// On one line.
    Compact,
    /// On one line, with `<`, `>` and `&` as they are.
    Raw,
    /// Entries on lines of their own, indented by two blanks a level.
    Pretty,
}

/// Returns the first argument as JSON.
pub(crate) fn print(args: &Args<'_>, layout: Layout) -> Result<String, Unfit> {
    let mut writer = Writer { walk: Walk::new(args), layout, out: String::new(), level: 0 };
    writer.value(args.at(0))?;
    Ok(writer.out)
}

struct Writer<'a> {
    walk: Walk<'a>,
    layout: Layout,
    out: String,
    level: usize,
}

impl Writer<'_> {
    fn value(&mut self, value: &Value) -> Result<(), Unfit> {
        let start = self.out.len();
        match value {
            Value::Nil => self.out.push_str("null"),
            Value::Bool(b) => self.out.push_str(if *b { "true" } else { "false" }),
            Value::String(text) => self.text(text),
            Value::Raw(bytes) => self.bytes(bytes),
            Value::Bytes(bytes) => {
                self.out.push('"');
                STANDARD.encode_string(bytes, &mut self.out);
                self.out.push('"');
            }
            Value::List(list) if list.is_nil() => self.out.push_str("null"),
            Value::List(list) => return self.list(&list.items()),
            Value::Map(map) if map.is_nil() => self.out.push_str("null"),
            Value::Map(map) => {
                let entries = map.entries();
                return self.map(entries.iter().map(|(key, value)| (&**key, value)));
            }
            Value::Object(object) => match crate::dates::rfc3339(value) {
                Some(time) => self.text(&time),
                None if !object.is_nil()
                    && object.plain().is_none()
                    && !object.fields().is_empty() =>
                {
                    let fields = object.json_fields();
                    return self.map(fields.iter().map(|(name, value)| (*name, value)));
                }
                None => {
                    self.step(0)?;
                    return self.value(&seen(&**object));
                }
            },
            Value::Complex(..) | Value::Func(_) => {
                return Err(Unfit::type_of(value));
            }
            number => self.number(number)?,
        }
        self.step(self.out.len() - start)
    }

    fn number(&mut self, number: &Value) -> Result<(), Unfit> {
        if let Some(i) = number.as_int() {
            self.out.push_str(&i.to_string());
        } else if let Some(u) = number.as_uint() {
            self.out.push_str(&u.to_string());
        } else if let Some(f) = number.as_float() {
            let text = value::number::format_json(f).ok_or_else(|| Unfit::number(f))?;
            self.out.push_str(&text);
        }
        Ok(())
    }

    fn list(&mut self, items: &[Value]) -> Result<(), Unfit> {
        self.step(2)?;
        self.out.push('[');
        self.below(|writer| {
            for (index, item) in items.iter().enumerate() {
                writer.entry(index)?;
                writer.value(item)?;
            }
            Ok(())
        })?;
        self.close(items.is_empty(), ']');
        Ok(())
    }

    fn map<'v>(
        &mut self,
        entries: impl ExactSizeIterator<Item = (&'v str, &'v Value)>,
    ) -> Result<(), Unfit> {
        self.step(2)?;
        let empty = entries.len() == 0;
        self.out.push('{');
        self.below(|writer| {
            for (index, (key, value)) in entries.enumerate() {
                writer.entry(index)?;
                writer.text(key);
                writer.step(key.len())?;
                writer.out.push_str(if writer.layout == Layout::Pretty { ": " } else { ":" });
                writer.value(value)?;
            }
            Ok(())
        })?;
        self.close(empty, '}');
        Ok(())
    }

    /// Writes what is one level further down.
    fn below(&mut self, write: impl FnOnce(&mut Self) -> Result<(), Unfit>) -> Result<(), Unfit> {
        self.level += 1;
        if self.level >= MAX_DEPTH {
            return Err(Unfit::cycle());
        }
        write(self)?;
        self.level -= 1;
        Ok(())
    }

    /// Begins an entry of a list or map.
    fn entry(&mut self, index: usize) -> Result<(), Unfit> {
        if index > 0 {
            self.out.push(',');
        }
        if self.layout == Layout::Pretty {
            self.line();
            return self.step(2 * self.level);
        }
        Ok(())
    }

    fn close(&mut self, empty: bool, bracket: char) {
        if self.layout == Layout::Pretty && !empty {
            self.line();
        }
        self.out.push(bracket);
    }

    fn line(&mut self) {
        self.out.push('\n');
        (0..self.level).for_each(|_| self.out.push_str("  "));
    }

    fn step(&self, bytes: usize) -> Result<(), Unfit> {
        self.walk.print(bytes).map_err(Unfit::Bound)
    }

    fn text(&mut self, text: &str) {
        self.out.push('"');
        self.characters(text);
        self.out.push('"');
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.out.push('"');
        for chunk in bytes.utf8_chunks() {
            self.characters(chunk.valid());
            chunk.invalid().iter().for_each(|_| self.out.push_str("\\ufffd"));
        }
        self.out.push('"');
    }

    fn characters(&mut self, text: &str) {
        let html = self.layout != Layout::Raw;
        let mut rest = text;
        while let Some(at) = rest.find(|c| is_escaped(c, html)) {
            let (before, after) = rest.split_at(at);
            self.out.push_str(before);
            let mut characters = after.chars();
            if let Some(c) = characters.next() {
                self.escape(c);
            }
            rest = characters.as_str();
        }
        self.out.push_str(rest);
    }

    fn escape(&mut self, c: char) {
        let short = match c {
            '"' => "\\\"",
            '\\' => "\\\\",
            '\n' => "\\n",
            '\r' => "\\r",
            '\t' => "\\t",
            '\u{8}' => "\\b",
            '\u{c}' => "\\f",
            other => {
                let _infallible = write!(self.out, "\\u{:04x}", u32::from(other));
                return;
            }
        };
        self.out.push_str(short);
    }
}

const fn is_escaped(c: char, html: bool) -> bool {
    match c {
        '<' | '>' | '&' => html,
        _ => matches!(c, '"' | '\\' | '\0'..='\x1f' | '\u{2028}' | '\u{2029}'),
    }
}
