//! The little language of `--set`, `--set-string`, `--set-json`, `--set-file` and `--set-literal`.
//!
//! An argument is `path=value`, with several of them behind commas where the flag allows it. A path is
//! keys behind dots and list positions in brackets: `a.b[0].c`. A backslash takes the meaning from the
//! character behind it. Everything is read in one pass and written into the base as it is read, as Helm
//! does it; so after an error the base may hold the first half of the argument.

use std::sync::Arc;

use crate::quote::quote_char;
use crate::{Value, json, merge_over, quote};

/// The largest list position.
const MAX_INDEX: i64 = 65_536;

/// How many dots a path may have below one key.
const MAX_LEVEL: usize = 30;

/// How deep paths may nest with brackets included. Helm has no such limit and would run out of stack.
const MAX_DEPTH: usize = 100;

/// A `--set` argument that cannot be applied; the text is Helm's, without the name of the flag.
///
/// Helm puts `failed parsing --set data: ` in front of it (and likewise for `--set-string`, `--set-file`
/// and `--set-literal`), but `failed parsing --set-json data ` without a colon for [`set_json`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct StrvalsError(pub String);

/// How the values of an argument become [`Value`]s.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typing {
    /// `--set`: booleans, null and integers are recognised.
    Guess,
    /// `--set-string`: everything is text.
    String,
}

/// Applies one `--set` or `--set-string` argument (`a.b=1,c[0]=x`) to `base`.
///
/// `{a,b}` is a list. With [`Typing::Guess`], `true`, `false` and `null` in any case, and decimal integers
/// without leading zeros are what they look like; everything else is text. A base that is not a map
/// becomes one.
pub fn set(base: &mut Value, argument: &str, typing: Typing) -> Result<(), StrvalsError> {
    let mut guess = |text: String| Ok(guessed(text));
    let mut text = |text: String| Ok(Value::from(text));
    let reader: &mut Reader<'_> = match typing {
        Typing::Guess => &mut guess,
        Typing::String => &mut text,
    };
    apply(base, argument, Values::Read(reader))
}

/// Applies one `--set-literal` argument: the value is everything behind the first `=`.
///
/// There are no escapes, no lists in braces and no further pairs; the path still has dots and brackets.
pub fn set_literal(base: &mut Value, argument: &str) -> Result<(), StrvalsError> {
    apply(base, argument, Values::Literal)
}

/// Applies one `--set-json` argument: a whole object, or `path=json,…`.
///
/// A whole object is merged into the base. An empty value is null. Numbers become floats, as from Go's
/// JSON. The error names only the argument, as Helm's does.
pub fn set_json(base: &mut Value, argument: &str) -> Result<(), StrvalsError> {
    let trimmed = argument.trim();
    if trimmed.starts_with('{') {
        let object =
            json::from_str(trimmed).map_err(|_| StrvalsError(format!("JSON: {argument}")))?;
        make_map(base);
        merge_over(base, object.to_floats());
        return Ok(());
    }
    apply(base, argument, Values::Json).map_err(|_| StrvalsError(argument.to_owned()))
}

/// Applies one `--set-file` argument; `read` returns the text of the file that it names.
///
/// An error of `read` is returned as it is.
pub fn set_file(
    base: &mut Value,
    argument: &str,
    read: &mut dyn FnMut(&str) -> Result<String, String>,
) -> Result<(), StrvalsError> {
    let mut reader = |name: String| read(&name).map(Value::from);
    apply(base, argument, Values::Read(&mut reader))
}

/// One of the flags, for [`mark`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flag {
    Set,
    String,
    Json,
    File,
    Literal,
}

/// Applies an argument that has been applied before, with `mark` in the place of every value that is
/// neither null nor a list or a map: so it is seen which parts of a base it sets.
pub(crate) fn mark(
    base: &mut Value,
    argument: &str,
    flag: Flag,
    mark: &Value,
) -> Result<(), StrvalsError> {
    let mut guess = |text: String| Ok(guessed(text));
    let mut text = |text: String| Ok(Value::from(text));
    let values = match flag {
        Flag::Set => Values::Read(&mut guess),
        Flag::String | Flag::File => Values::Read(&mut text),
        Flag::Json if argument.trim().starts_with('{') => {
            let object = json::from_str(argument.trim())
                .map_err(|_| StrvalsError(format!("JSON: {argument}")))?;
            make_map(base);
            merge_over(base, marked(object, mark));
            return Ok(());
        }
        Flag::Json => Values::Json,
        Flag::Literal => Values::Literal,
    };
    make_map(base);
    run(base, Parser { rest: argument, values, mark: Some(mark) })
}

/// Returns `value` with `mark` for everything in it but nulls, lists and maps.
pub(crate) fn marked(value: Value, mark: &Value) -> Value {
    match value {
        Value::Null => Value::Null,
        Value::List(items) => items.iter().map(|item| marked(item.clone(), mark)).collect(),
        Value::Map(map) => {
            map.iter().map(|(key, value)| (Arc::clone(key), marked(value.clone(), mark))).collect()
        }
        _ => mark.clone(),
    }
}

type Reader<'r> = dyn FnMut(String) -> Result<Value, String> + 'r;

/// What stands behind a `=`.
enum Values<'r> {
    /// Text up to a comma, or a list of texts in braces.
    Read(&'r mut Reader<'r>),
    /// One JSON value.
    Json,
    /// All the rest.
    Literal,
}

/// Why reading stops.
enum Stop {
    /// The argument is over, which is an error in few places only.
    End,
    Error(String),
}

impl Stop {
    fn error<T>(text: impl Into<String>) -> Result<T, Self> {
        Err(Self::Error(text.into()))
    }
}

fn apply(base: &mut Value, argument: &str, values: Values<'_>) -> Result<(), StrvalsError> {
    make_map(base);
    run(base, Parser { rest: argument, values, mark: None })
}

fn run(base: &mut Value, mut parser: Parser<'_, '_>) -> Result<(), StrvalsError> {
    loop {
        match parser.key(base, 0, 0) {
            Ok(()) => {}
            Err(Stop::End) => return Ok(()),
            Err(Stop::Error(text)) => return Err(StrvalsError(text)),
        }
    }
}

struct Parser<'a, 'r> {
    rest: &'a str,
    values: Values<'r>,
    /// What is set instead of the values that are read.
    mark: Option<&'a Value>,
}

impl Parser<'_, '_> {
    /// Reads one key with all that belongs to it into `map`.
    fn key(&mut self, map: &mut Value, level: usize, depth: usize) -> Result<(), Stop> {
        let (key, end) = self.until(self.key_ends());
        let Some(end) = end else {
            if key.is_empty() {
                return Err(Stop::End);
            }
            return Stop::error(format!("key {} has no value", quote(&key)));
        };
        match end {
            '[' => self.list_key(map, &key, level, depth),
            '=' => self.value_key(map, &key),
            '.' => self.map_key(map, &key, level, depth),
            _ => {
                put(map, &key, Value::from(""));
                Stop::error(format!("key {} has no value (cannot end with ,)", quote(&key)))
            }
        }
    }

    const fn key_ends(&self) -> &'static [char] {
        match self.values {
            Values::Literal => &['=', '[', '.'],
            Values::Read(_) | Values::Json => &['=', '[', ',', '.'],
        }
    }

    fn list_key(
        &mut self,
        map: &mut Value,
        key: &str,
        level: usize,
        depth: usize,
    ) -> Result<(), Stop> {
        let index = self.index()?;
        let mut list = match map.get(key) {
            None => Vec::new(),
            Some(Value::List(items)) => items.to_vec(),
            Some(other) => return wrong_type(other, "[]interface {}"),
        };
        let result = self.item(&mut list, index, level, depth + 1);
        put(map, key, Value::from(list));
        result
    }

    fn map_key(
        &mut self,
        map: &mut Value,
        key: &str,
        level: usize,
        depth: usize,
    ) -> Result<(), Stop> {
        if level >= MAX_LEVEL {
            return too_deep();
        }
        let mut inner = match map.get(key) {
            None => Value::map(),
            Some(inner @ Value::Map(_)) => inner.clone(),
            Some(other) => return wrong_type(other, "map[string]interface {}"),
        };
        let result = self.key(&mut inner, level + 1, depth + 1);
        if inner.as_map().is_some_and(|inner| !inner.is_empty()) {
            put(map, key, inner);
        } else if result.is_ok() {
            return Stop::error(format!("key map {} has no value", quote(key)));
        }
        result
    }

    fn value_key(&mut self, map: &mut Value, key: &str) -> Result<(), Stop> {
        match self.value() {
            Ok(value) => {
                put(map, key, value);
                Ok(())
            }
            // Nothing behind the `=` is an empty text.
            Err(Stop::End) => {
                put(map, key, self.seen(Value::from("")));
                Err(Stop::End)
            }
            Err(error) => Err(error),
        }
    }

    /// Reads what follows a `]` into position `index` of `list`.
    fn item(
        &mut self,
        list: &mut Vec<Value>,
        index: i64,
        level: usize,
        depth: usize,
    ) -> Result<(), Stop> {
        if depth > MAX_DEPTH {
            return too_deep();
        }
        let Ok(at) = usize::try_from(index) else {
            return Stop::error(format!("negative {index} index not allowed"));
        };
        let (extra, end) = self.until(&['[', '.', '=']);
        if !extra.is_empty() {
            let shown: Vec<String> = extra.chars().map(quote_char).collect();
            let shown = shown.join(" ");
            return Stop::error(format!("unexpected data at end of array index: [{shown}]"));
        }
        let value = match end {
            None => return Err(Stop::End),
            Some('[') => self.inner_list(list.get(at), level, depth)?,
            Some('.') => self.inner_map(list, at, level, depth)?,
            Some(_) => match self.value() {
                Err(Stop::End) => self.seen(Value::from("")),
                value => value?,
            },
        };
        put_at(list, index, value)
    }

    fn inner_list(
        &mut self,
        old: Option<&Value>,
        level: usize,
        depth: usize,
    ) -> Result<Value, Stop> {
        let index = self.index()?;
        let mut list = match old {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::List(items)) => items.to_vec(),
            Some(other) => return wrong_type(other, "[]interface {}"),
        };
        self.item(&mut list, index, level, depth + 1)?;
        Ok(Value::from(list))
    }

    fn inner_map(
        &mut self,
        list: &mut [Value],
        at: usize,
        level: usize,
        depth: usize,
    ) -> Result<Value, Stop> {
        let old = list.get_mut(at);
        let mut inner = match &old {
            Some(Value::Map(map)) => Value::Map(Arc::clone(map)),
            _ => Value::map(),
        };
        let result = self.key(&mut inner, level, depth + 1);
        if let Some(old) = old {
            *old = inner.clone();
        }
        result.map(|()| inner)
    }

    /// Reads the number in brackets; its end may be missing only at the end of the argument.
    fn index(&mut self) -> Result<i64, Stop> {
        let (digits, end) = self.until(&[']']);
        if end.is_none() {
            return Err(Stop::End);
        }
        let size = digits.strip_prefix(['+', '-']).unwrap_or(&digits);
        let is_number = !size.is_empty() && size.bytes().all(|b| b.is_ascii_digit());
        digits.parse().or_else(|_| {
            let problem = if is_number { "value out of range" } else { "invalid syntax" };
            let digits = quote(&digits);
            Stop::error(format!("error parsing index: strconv.Atoi: parsing {digits}: {problem}"))
        })
    }

    /// Reads what stands behind a `=`; [`Stop::End`] says that there is nothing.
    fn value(&mut self) -> Result<Value, Stop> {
        let value = self.raw_value()?;
        Ok(self.seen(value))
    }

    /// Returns what is set for a value.
    fn seen(&self, value: Value) -> Value {
        match self.mark {
            Some(mark) => marked(value, mark),
            None => value,
        }
    }

    fn raw_value(&mut self) -> Result<Value, Stop> {
        match self.values {
            Values::Literal => Ok(Value::from(std::mem::take(&mut self.rest))),
            Values::Json => self.json(),
            Values::Read(_) if self.rest.is_empty() => Err(Stop::End),
            Values::Read(_) => {
                if let Some(rest) = self.rest.strip_prefix('{') {
                    self.rest = rest;
                    return self.braces();
                }
                let (text, _) = self.until(&[',']);
                self.read(text)
            }
        }
    }

    fn braces(&mut self) -> Result<Value, Stop> {
        let mut items = Vec::new();
        loop {
            let (text, end) = self.until(&[',', '}']);
            match end {
                None => return Stop::error("list must terminate with '}'"),
                Some(',') => items.push(self.read(text)?),
                Some(_) => {
                    self.rest = self.rest.strip_prefix(',').unwrap_or(self.rest);
                    items.push(self.read(text)?);
                    return Ok(Value::from(items));
                }
            }
        }
    }

    fn read(&mut self, text: String) -> Result<Value, Stop> {
        match &mut self.values {
            Values::Read(reader) => reader(text).map_err(Stop::Error),
            Values::Json | Values::Literal => Ok(Value::from(text)),
        }
    }

    fn json(&mut self) -> Result<Value, Stop> {
        if self.skip_blanks() {
            return Ok(Value::Null);
        }
        let mut values = serde_json::Deserializer::from_str(self.rest).into_iter::<Value>();
        let value = match values.next() {
            Some(Ok(value)) => value,
            Some(Err(error)) => return Stop::error(error.to_string()),
            None => return Err(Stop::End),
        };
        self.rest = self.rest.get(values.byte_offset()..).unwrap_or_default();
        self.skip_blanks();
        Ok(value.to_floats())
    }

    /// Skips blanks and one comma; returns whether the value was over with that.
    fn skip_blanks(&mut self) -> bool {
        self.rest = self.rest.trim_start();
        match self.rest.strip_prefix(',') {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => self.rest.is_empty(),
        }
    }

    /// Reads up to one of `ends` and over it, undoing escapes; without an end there was none.
    fn until(&mut self, ends: &[char]) -> (String, Option<char>) {
        let escapes = !matches!(self.values, Values::Literal);
        let mut text = String::new();
        let mut chars = self.rest.chars();
        let mut end = None;
        while let Some(c) = chars.next() {
            if ends.contains(&c) {
                end = Some(c);
                break;
            }
            if escapes && c == '\\' {
                text.extend(chars.next());
            } else {
                text.push(c);
            }
        }
        self.rest = chars.as_str();
        (text, end)
    }
}

/// Returns what a text without quotes means to `--set`.
fn guessed(text: String) -> Value {
    if text.eq_ignore_ascii_case("true") {
        Value::Bool(true)
    } else if is_false(&text) {
        Value::Bool(false)
    } else if text.eq_ignore_ascii_case("null") {
        Value::Null
    } else if text == "0" {
        Value::Int(0)
    } else if text.starts_with('0') {
        Value::from(text)
    } else {
        text.parse().map_or_else(|_| Value::from(text), Value::Int)
    }
}

/// Returns whether `text` is `false`. Go folds case beyond ASCII, and the long s is one of its s.
fn is_false(text: &str) -> bool {
    text.replace('ſ', "s").eq_ignore_ascii_case("false")
}

fn make_map(base: &mut Value) {
    if !matches!(base, Value::Map(_)) {
        *base = Value::map();
    }
}

/// Sets an entry; the empty key is never written.
fn put(map: &mut Value, key: &str, value: Value) {
    if let Some(map) = map.as_map_mut().filter(|_| !key.is_empty()) {
        map.insert(Arc::from(key), value);
    }
}

fn put_at(list: &mut Vec<Value>, index: i64, value: Value) -> Result<(), Stop> {
    let at = match usize::try_from(index) {
        Ok(at) if index <= MAX_INDEX => at,
        _ => {
            return Stop::error(format!(
                "index of {index} is greater than maximum supported index of {MAX_INDEX}"
            ));
        }
    };
    if list.len() <= at {
        list.resize(at + 1, Value::Null);
    }
    if let Some(item) = list.get_mut(at) {
        *item = value;
    }
    Ok(())
}

fn wrong_type<T>(found: &Value, wanted: &str) -> Result<T, Stop> {
    let found = if found.is_null() { "nil" } else { found.go_type() };
    Stop::error(format!(
        "unable to parse key: interface conversion: interface {{}} is {found}, not {wanted}"
    ))
}

fn too_deep<T>() -> Result<T, Stop> {
    Stop::error(format!(
        "value name nested level is greater than maximum supported nested level of {MAX_LEVEL}"
    ))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::{any_map, any_text};

    fn any_argument() -> impl Strategy<Value = String> {
        prop_oneof![
            "[ab.=,\\[\\]{}0-9\\\\\"-]{0,24}",
            "a(\\[[0-9]{1,2}\\]|\\.[a-c]){0,4}=.*",
            any::<String>()
        ]
    }

    proptest! {
        #[test]
        fn any_argument_is_applied_or_refused(base in any_map(), argument in any_argument()) {
            let mut value = base.clone();
            let _set = set(&mut value, &argument, Typing::Guess);
            let _string = set(&mut value, &argument, Typing::String);
            let _literal = set_literal(&mut value, &argument);
            let _json = set_json(&mut value, &argument);
            let _file = set_file(&mut value, &argument, &mut |name| Ok(name.to_owned()));
            prop_assert!(value.as_map().is_some());
        }

        #[test]
        fn escaped_text_arrives_as_it_is(text in any_text()) {
            let escaped: String = text.chars().flat_map(|c| ['\\', c]).collect();
            let mut value = Value::Null;
            set(&mut value, &format!("a={escaped}"), Typing::String).unwrap();
            prop_assert_eq!(value.str_at(&["a"]), Some(text.as_str()));
        }

        #[test]
        fn what_was_set_is_there_and_nothing_else_changed(
            base in any_map(), path in proptest::collection::vec("[a-c]", 1..4), other in "[d-f]",
        ) {
            let mut value = base.clone();
            set(&mut value, &format!("{other}=1"), Typing::Guess).unwrap();
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            if set(&mut value, &format!("{}=x", path.join(".")), Typing::Guess).is_ok() {
                prop_assert_eq!(value.str_at(&path), Some("x"));
                let entries = base.as_map().unwrap().iter();
                for (key, old) in entries.filter(|(key, _)| Some(&&***key) != path.first()) {
                    prop_assert_eq!(value.get(key), Some(old));
                }
            }
            prop_assert_eq!(value.i64_at(&[&other]), Some(1));
        }

        #[test]
        fn json_arrives_as_it_is(map in any_map()) {
            let mut value = Value::Null;
            set_json(&mut value, &format!("a={map},b=1")).unwrap();
            prop_assert_eq!(value.get("a"), Some(&map.to_floats()));
            prop_assert_eq!(value.get("b"), Some(&Value::Float(1.0)));
        }
    }
}
