//! Text. Text is bytes, as in Go: lengths and positions count bytes, and a cut may split a character.

#![expect(clippy::unnecessary_wraps, reason = "functions of the table share one signature")]

use std::borrow::Cow;
use std::cell::Cell;

use gotmpl::{Args, CallError, Map, Type, Value};
use memchr::memmem;

use crate::args::{self, text};
use crate::bounds::{bounded, bounded_bytes, check_items, check_text};
use crate::letters;
use crate::table::{Answer, Row, pure, takes, takes_more};
use crate::text::{printed, text_of};

const ANY: Type = Type::Any;
const INT: Type = Type::Int;
const TEXT: Type = Type::String;

pub(crate) const ROWS: &[Row] = &[
    pure(
        "upper",
        takes(&[TEXT], TEXT),
        upper,
        "Returns the text in capitals.",
        r#"upper "a" => "A""#,
    ),
    pure(
        "lower",
        takes(&[TEXT], TEXT),
        lower,
        "Returns the text in small letters.",
        r#"lower "AbC" => "abc""#,
    ),
    pure(
        "trim",
        takes(&[TEXT], TEXT),
        trim,
        "Removes blanks at both ends.",
        r#"trim "  a " => "a""#,
    ),
    pure(
        "trimAll",
        takes(&[TEXT, TEXT], TEXT),
        trim_all,
        "Removes any of the given characters at both ends.",
        r#"trimAll "$" "$5.00$" => "5.00""#,
    )
    .also(&["trimall"]),
    pure(
        "trimPrefix",
        takes(&[TEXT, TEXT], TEXT),
        trim_prefix,
        "Removes a prefix once.",
        r#"trimPrefix "v" "v1.2" => "1.2""#,
    ),
    pure(
        "trimSuffix",
        takes(&[TEXT, TEXT], TEXT),
        trim_suffix,
        "Removes a suffix once.",
        r#"trimSuffix "-" "name-" => "name""#,
    ),
    pure(
        "repeat",
        takes(&[INT, TEXT], TEXT),
        repeat,
        "Repeats a text.",
        r#"repeat 3 "ab" => "ababab""#,
    ),
    pure(
        "substr",
        takes(&[INT, INT, TEXT], TEXT),
        substr,
        "Returns the bytes from the first position up to the second.",
        r#"substr 0 5 "hello world" => "hello""#,
    ),
    pure(
        "trunc",
        takes(&[INT, TEXT], TEXT),
        trunc,
        "Cuts a text to so many bytes; a negative number keeps the end.",
        r#"trunc 5 "hello world" => "hello""#,
    ),
    pure(
        "contains",
        takes(&[TEXT, TEXT], Type::Bool),
        contains,
        "Returns whether the second text contains the first.",
        r#"contains "cat" "concatenate" => true"#,
    ),
    pure(
        "hasPrefix",
        takes(&[TEXT, TEXT], Type::Bool),
        has_prefix,
        "Returns whether the second text begins with the first.",
        r#"hasPrefix "con" "concat" => true"#,
    ),
    pure(
        "hasSuffix",
        takes(&[TEXT, TEXT], Type::Bool),
        has_suffix,
        "Returns whether the second text ends with the first.",
        r#"hasSuffix "con" "concat" => false"#,
    ),
    pure(
        "quote",
        takes_more(&[], ANY, TEXT),
        quote,
        "Puts each argument in double quotes, with escapes that YAML and JSON read; null is left out.",
        r#"quote "say \"hi\"" => "\"say \\\"hi\\\"\"""#,
    ),
    pure(
        "squote",
        takes_more(&[], ANY, TEXT),
        squote,
        "Puts each argument in single quotes, as it is; null is left out.",
        r#"squote "a" 1 => "'a' '1'""#,
    ),
    pure(
        "cat",
        takes_more(&[], ANY, TEXT),
        cat,
        "Joins the arguments with blanks; null is left out.",
        r#"cat "a" 1 null "b" => "a 1 b""#,
    ),
    pure(
        "indent",
        takes(&[INT, TEXT], TEXT),
        indent,
        "Puts so many blanks in front of each line.",
        r#"indent 2 "a\nb" => "  a\n  b""#,
    ),
    pure(
        "nindent",
        takes(&[INT, TEXT], TEXT),
        nindent,
        "Like `indent`, with a newline before: for `key:{{nindent 2 …}}`.",
        r#"nindent 2 "a\nb" => "\n  a\n  b""#,
    ),
    pure(
        "replace",
        takes(&[TEXT, TEXT, TEXT], TEXT),
        replace,
        "Replaces every occurrence of the first text by the second in the third.",
        r#"replace "." "-" "a.b.c" => "a-b-c""#,
    ),
    pure(
        "join",
        takes(&[TEXT, ANY], TEXT),
        join,
        "Joins the items of a list; null items are left out.",
        r#"join "," ["a",1,"b"] => "a,1,b""#,
    ),
    pure(
        "splitList",
        takes(&[TEXT, TEXT], Type::STRINGS),
        split_list,
        "Splits a text into a list.",
        r#"splitList "," "a,b" => ["a","b"]"#,
    ),
    pure(
        "split",
        takes(&[TEXT, TEXT], TEXTS),
        split,
        "Splits a text into a map with the keys `_0`, `_1`, ….",
        r#"split "," "a,b" => {"_0":"a","_1":"b"}"#,
    ),
    pure(
        "splitn",
        takes(&[TEXT, INT, TEXT], TEXTS),
        splitn,
        "Like `split`, into so many parts at most.",
        r#"splitn "," 2 "a,b,c" => {"_0":"a","_1":"b,c"}"#,
    ),
    pure(
        "sortAlpha",
        takes(&[ANY], Type::STRINGS),
        sort_alpha,
        "Sorts a list as text.",
        r#"sortAlpha ["b","a",10] => ["10","a","b"]"#,
    ),
    pure(
        "toString",
        takes(&[ANY], TEXT),
        to_string,
        "Returns any value as text.",
        r#"toString 1 => "1""#,
    ),
    pure(
        "toStrings",
        takes(&[ANY], Type::STRINGS),
        to_strings,
        "Returns the items of a list as texts.",
        r#"toStrings [1,true] => ["1","true"]"#,
    ),
    pure("hello", takes(&[], TEXT), hello, "Returns a greeting.", r#"hello => "Hello!""#),
];

/// `map[string]string`
const TEXTS: Type = Type::Map(&Type::String);

fn upper(args: &Args<'_>) -> Answer {
    bounded(text(args, 0).chars().map(letters::upper).collect())
}

fn lower(args: &Args<'_>) -> Answer {
    bounded(text(args, 0).chars().map(letters::lower).collect())
}

fn trim(args: &Args<'_>) -> Answer {
    let bytes = args.bytes(0);
    Ok(std::str::from_utf8(bytes)
        .map_or_else(|_| Value::text(bytes.trim_ascii()), |text| Value::from(text.trim())))
}

fn trim_all(args: &Args<'_>) -> Answer {
    let cut = text(args, 0);
    if let Ok(whole) = std::str::from_utf8(args.bytes(1)) {
        return Ok(Value::from(whole.trim_matches(|c| cut.contains(c))));
    }
    let mut whole = args.bytes(1);
    let cuts = |byte: Option<&u8>| byte.is_some_and(|byte| cut.as_bytes().contains(byte));
    while cuts(whole.first()) {
        whole = whole.get(1..).unwrap_or_default();
    }
    while cuts(whole.last()) {
        whole = whole.get(..whole.len() - 1).unwrap_or_default();
    }
    Ok(Value::text(whole))
}

fn trim_prefix(args: &Args<'_>) -> Answer {
    let whole = args.bytes(1);
    Ok(Value::text(whole.strip_prefix(args.bytes(0)).unwrap_or(whole)))
}

fn trim_suffix(args: &Args<'_>) -> Answer {
    let whole = args.bytes(1);
    Ok(Value::text(whole.strip_suffix(args.bytes(0)).unwrap_or(whole)))
}

fn repeat(args: &Args<'_>) -> Answer {
    repeated(args.bytes(1), args.int(0)).and_then(bounded_bytes)
}

fn repeated(unit: &[u8], times: i64) -> Result<Vec<u8>, CallError> {
    let times =
        usize::try_from(times).map_err(|_| CallError::from("strings: negative Repeat count"))?;
    check_text(unit.len().saturating_mul(times))?;
    Ok(unit.repeat(times))
}

fn substr(args: &Args<'_>) -> Answer {
    let (start, end, whole) = (args.int(0), args.int(1), args.bytes(2));
    let length = i64::try_from(whole.len()).unwrap_or(i64::MAX);
    let beyond = |range: String| {
        CallError::Text(format!("runtime error: slice bounds out of range {range}"))
    };
    let (start, end) = if start < 0 {
        match end {
            ..0 => return Err(beyond(format!("[:{end}]"))),
            _ if end > length => return Err(beyond(format!("[:{end}] with length {length}"))),
            _ => (0, end),
        }
    } else {
        (start, if end < 0 || end > length { length } else { end })
    };
    let range = usize::try_from(start).ok().zip(usize::try_from(end).ok());
    let cut = range.and_then(|(start, end)| whole.get(start..end));
    cut.map(Value::text).ok_or_else(|| beyond(format!("[{start}:{end}]")))
}

fn trunc(args: &Args<'_>) -> Answer {
    let (size, whole) = (args.int(0), args.bytes(1));
    let bytes = usize::try_from(size.unsigned_abs()).unwrap_or(usize::MAX).min(whole.len());
    let cut = if size < 0 { whole.get(whole.len() - bytes..) } else { whole.get(..bytes) };
    Ok(Value::text(cut.unwrap_or_default()))
}

fn contains(args: &Args<'_>) -> Answer {
    Ok(Value::from(memmem::find(args.bytes(1), args.bytes(0)).is_some()))
}

fn has_prefix(args: &Args<'_>) -> Answer {
    Ok(Value::from(args.bytes(1).starts_with(args.bytes(0))))
}

fn has_suffix(args: &Args<'_>) -> Answer {
    Ok(Value::from(args.bytes(1).ends_with(args.bytes(0))))
}

fn quote(args: &Args<'_>) -> Answer {
    spaced(args, |item| Ok(gotmpl::quote(&text_of(item)?).into_bytes()))
}

fn squote(args: &Args<'_>) -> Answer {
    spaced(args, |item| Ok([b"'", &*printed(item)?, b"'"].concat()))
}

fn cat(args: &Args<'_>) -> Answer {
    spaced(args, printed)
}

fn spaced(args: &Args<'_>, print: impl Fn(&Value) -> Result<Vec<u8>, CallError>) -> Answer {
    let mut out = Vec::new();
    for (i, item) in args.iter().filter(|value| !value.is_nil()).enumerate() {
        if i > 0 {
            out.push(b' ');
        }
        out.extend(print(item)?);
        check_text(out.len())?;
    }
    bounded_bytes(out)
}

fn indent(args: &Args<'_>) -> Answer {
    indented(args, Vec::new())
}

fn nindent(args: &Args<'_>) -> Answer {
    indented(args, vec![b'\n'])
}

fn indented(args: &Args<'_>, mut out: Vec<u8>) -> Answer {
    let whole = args.bytes(1);
    let pad = repeated(b" ", args.int(0))?;
    let lines = memchr::memchr_iter(b'\n', whole).count() + 1;
    let size = pad.len().saturating_mul(lines).saturating_add(whole.len());
    check_text(size)?;
    out.reserve(size);
    for (i, line) in whole.split(|byte| *byte == b'\n').enumerate() {
        if i > 0 {
            out.push(b'\n');
        }
        out.extend(&pad);
        out.extend(line);
    }
    bounded_bytes(out)
}

fn replace(args: &Args<'_>) -> Answer {
    let (old, new, whole) = (args.bytes(0), args.bytes(1), args.bytes(2));
    if old.is_empty() {
        return between_characters(new, whole);
    }
    let (mut out, mut rest) = (Vec::with_capacity(whole.len()), 0);
    for at in memmem::find_iter(whole, old) {
        out.extend(whole.get(rest..at).unwrap_or_default());
        out.extend(new);
        check_text(out.len())?;
        rest = at + old.len();
    }
    out.extend(whole.get(rest..).unwrap_or_default());
    bounded_bytes(out)
}

fn between_characters(new: &[u8], whole: &[u8]) -> Answer {
    check_text(new.len().saturating_mul(whole.len() + 1).saturating_add(whole.len()))?;
    let mut out = new.to_vec();
    for character in characters(whole) {
        out.extend(character);
        out.extend(new);
    }
    bounded_bytes(out)
}

/// Returns the characters one by one; a byte that belongs to none stands alone.
fn characters(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.utf8_chunks().flat_map(|chunk| {
        let characters = chunk.valid().split("").filter(|piece| !piece.is_empty());
        characters.map(str::as_bytes).chain(chunk.invalid().chunks(1))
    })
}

/// Returns the items of a list as texts, without nil; nil has none, anything else is one text.
fn texts(value: &Value) -> Result<Vec<Cow<'static, [u8]>>, CallError> {
    let length = Cell::new(0_usize);
    let owned = |value: &Value| {
        let text = text_of(value)?.into_owned();
        length.set(length.get() + text.len());
        check_text(length.get())?;
        Ok(Cow::Owned(text))
    };
    match (value, args::items(value)) {
        (Value::Nil, _) => Ok(Vec::new()),
        (_, Ok(items)) => items.iter().filter(|item| !item.is_nil()).map(owned).collect(),
        (other, Err(_)) => Ok(vec![owned(other)?]),
    }
}

fn join(args: &Args<'_>) -> Answer {
    let (separator, value) = (args.bytes(0), args.at(1));
    let mut out = Vec::new();
    for (i, part) in texts(value)?.iter().enumerate() {
        if i > 0 {
            out.extend(separator);
        }
        out.extend(&**part);
        check_text(out.len())?;
    }
    bounded_bytes(out)
}

/// Splits into `most` parts at most, as Go does: an empty separator gives the characters.
fn pieces<'a>(separator: &[u8], whole: &'a [u8], most: usize) -> Result<Vec<&'a [u8]>, CallError> {
    let mut parts = Vec::new();
    if most == 0 {
        return Ok(parts);
    }
    let mut rest = 0;
    let ends: &mut dyn Iterator<Item = usize> = if separator.is_empty() {
        &mut characters(whole).scan(0, |end, character| {
            *end += character.len();
            Some(*end)
        })
    } else {
        &mut memmem::find_iter(whole, separator)
    };
    for end in ends {
        if parts.len() + 1 == most {
            break;
        }
        parts.push(whole.get(rest..end).unwrap_or_default());
        check_items(parts.len())?;
        rest = end + separator.len();
    }
    if !separator.is_empty() || rest < whole.len() {
        parts.push(whole.get(rest..).unwrap_or_default());
    }
    Ok(parts)
}

fn split_list(args: &Args<'_>) -> Answer {
    let parts = pieces(args.bytes(0), args.bytes(1), usize::MAX)?;
    Ok(args::strings(parts.into_iter().map(Value::text).collect()))
}

fn split(args: &Args<'_>) -> Answer {
    numbered(&pieces(args.bytes(0), args.bytes(1), usize::MAX)?)
}

fn splitn(args: &Args<'_>) -> Answer {
    let most = usize::try_from(args.int(1)).unwrap_or(usize::MAX);
    numbered(&pieces(args.bytes(0), args.bytes(2), most)?)
}

fn numbered(parts: &[&[u8]]) -> Answer {
    let entry = |(i, part): (usize, &&[u8])| (format!("_{i}").into(), Value::text(part));
    Ok(Value::Map(Map::typed(TEXTS, parts.iter().enumerate().map(entry))))
}

fn sort_alpha(args: &Args<'_>) -> Answer {
    let value = args.at(0);
    let mut found = if value.is_nil() { vec![Cow::Borrowed(&b"<nil>"[..])] } else { texts(value)? };
    found.sort();
    Ok(args::strings(found.iter().map(|text| Value::text(text)).collect()))
}

fn to_string(args: &Args<'_>) -> Answer {
    bounded_bytes(text_of(args.at(0))?.into_owned())
}

fn to_strings(args: &Args<'_>) -> Answer {
    Ok(args::strings(texts(args.at(0))?.iter().map(|text| Value::text(text)).collect()))
}

fn hello(_: &Args<'_>) -> Answer {
    Ok(Value::from("Hello!"))
}
