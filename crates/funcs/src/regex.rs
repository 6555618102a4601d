//! Regular expressions of Go: no look-around, no back references, linear time. The patterns are read by
//! [`crate::pattern`], which knows the differences between Go's syntax and that of the Rust library.

use std::cell::RefCell;
use std::collections::HashMap;

use ::regex::bytes::{Captures, Match, Regex, RegexBuilder};
use gotmpl::{Args, CallError, Type, Value};

use crate::args::{strings, text};
use crate::bounds::{bounded, bounded_bytes, check_items, check_text, is_bound};
use crate::pattern::translate;
use crate::table::{Answer, Row, pure, takes};

const INT: Type = Type::Int;
const TEXT: Type = Type::String;
const TWO: &[Type] = &[TEXT, TEXT];
const THREE: &[Type] = &[TEXT, TEXT, TEXT];
const LIMITED: &[Type] = &[TEXT, TEXT, INT];

pub(crate) const ROWS: &[Row] = &[
    pure(
        "regexMatch",
        takes(TWO, Type::Bool),
        regex_match,
        "Returns whether the second text contains a match of the first; false for a bad expression.",
        r#"regexMatch "^[a-z]+$" "abc" => true"#,
    ),
    pure(
        "mustRegexMatch",
        takes(TWO, Type::Bool),
        must_regex_match,
        "Returns whether the second text contains a match of the first, or fails.",
        r#"mustRegexMatch "^[a-z]+$" "abc" => true"#,
    ),
    pure(
        "regexFind",
        takes(TWO, TEXT),
        |args| find(args, compile(args)?),
        "Returns the first match, empty when there is none.",
        r#"regexFind "[0-9]+" "a12b3" => "12""#,
    ),
    pure(
        "mustRegexFind",
        takes(TWO, TEXT),
        |args| find(args, must_compile(args)?),
        "Returns the first match, empty when there is none.",
        r#"mustRegexFind "[0-9]+" "a12b3" => "12""#,
    ),
    pure(
        "regexFindAll",
        takes(LIMITED, Type::STRINGS),
        |args| find_all(args, compile(args)?),
        "Returns so many matches at most; a negative number means all.",
        r#"regexFindAll "[0-9]" "a1b2" -1 => ["1","2"]"#,
    ),
    pure(
        "mustRegexFindAll",
        takes(LIMITED, Type::STRINGS),
        |args| find_all(args, must_compile(args)?),
        "Returns so many matches at most; a negative number means all.",
        r#"mustRegexFindAll "[0-9]" "a1b2" 1 => ["1"]"#,
    ),
    pure(
        "regexReplaceAll",
        takes(THREE, TEXT),
        |args| replace(args, compile(args)?, true),
        "Replaces every match in the second text by the third; `${1}` is the first group.",
        r#"regexReplaceAll "a(x*)b" "-ab-axxb-" "${1}W" => "-W-xxW-""#,
    ),
    pure(
        "mustRegexReplaceAll",
        takes(THREE, TEXT),
        |args| replace(args, must_compile(args)?, true),
        "Replaces every match in the second text by the third; `${1}` is the first group.",
        r#"mustRegexReplaceAll "a(x*)b" "-ab-axxb-" "${1}W" => "-W-xxW-""#,
    ),
    pure(
        "regexReplaceAllLiteral",
        takes(THREE, TEXT),
        |args| replace(args, compile(args)?, false),
        "Replaces every match in the second text by the third, taken as it is.",
        r#"regexReplaceAllLiteral "a(x*)b" "-ab-axxb-" "$1" => "-$1-$1-""#,
    ),
    pure(
        "mustRegexReplaceAllLiteral",
        takes(THREE, TEXT),
        |args| replace(args, must_compile(args)?, false),
        "Replaces every match in the second text by the third, taken as it is.",
        r#"mustRegexReplaceAllLiteral "a" "banana" "$1" => "b$1n$1n$1""#,
    ),
    pure(
        "regexSplit",
        takes(LIMITED, Type::STRINGS),
        |args| split(args, compile(args)?),
        "Splits the second text at the matches into so many parts at most; a negative number means all.",
        r#"regexSplit "z+" "pizza" -1 => ["pi","a"]"#,
    ),
    pure(
        "mustRegexSplit",
        takes(LIMITED, Type::STRINGS),
        |args| split(args, must_compile(args)?),
        "Splits the second text at the matches into so many parts at most; a negative number means all.",
        r#"mustRegexSplit "," "a,b,c" 2 => ["a","b,c"]"#,
    ),
    pure(
        "regexQuoteMeta",
        takes(&[TEXT], TEXT),
        quote_meta,
        "Escapes a text so that it matches itself.",
        r#"regexQuoteMeta "1.2" => "1\\.2""#,
    ),
];

/// The memory that a compiled expression may take, in bytes; the smallest of these that is enough says
/// how expensive the expression is.
const SIZES: &[usize] = &[2 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20, 4 << 20];

/// The longest expression, in bytes.
const MAX_PATTERN: usize = 32 << 10;

/// How many compiled expressions a thread keeps: charts use the same few over and over.
const KEPT: usize = 64;

thread_local! {
    static COMPILED: RefCell<HashMap<Vec<u8>, Compiled>> = RefCell::default();
}

/// A compiled expression.
#[derive(Clone)]
struct Compiled {
    regex: Regex,
    /// Roughly the memory that it takes.
    size: usize,
}

impl Compiled {
    /// Pays for going through a text once: in the worst case each byte costs as much as the expression
    /// is large.
    fn pay(&self, args: &Args<'_>) -> Result<(), CallError> {
        args.spend(args.bytes(1).len().saturating_mul(self.size) / 400)
    }

    /// Pays for a match: to find it, the library may have gone through all the rest of the text.
    fn pay_match(&self, args: &Args<'_>) -> Result<(), CallError> {
        let length = args.bytes(1).len();
        let each = match self.size {
            ..=0x4000 if length < 4096 => 0,
            ..=0x4000 => 12,
            size => size,
        };
        args.spend(length.saturating_mul(each) / 6400)
    }

    fn is_match(&self, args: &Args<'_>) -> Answer {
        self.pay(args)?;
        Ok(Value::from(self.regex.is_match(args.bytes(1))))
    }

    /// Returns the matches; empty ones only between characters, where the library finds them between
    /// bytes.
    fn matches<'t>(&self, args: &'t Args<'_>, most: usize) -> Result<Vec<Match<'t>>, CallError> {
        self.pay(args)?;
        let whole = args.bytes(1);
        let mut matches = Vec::new();
        for found in self.regex.find_iter(whole) {
            if matches.len() == most {
                break;
            }
            self.pay_match(args)?;
            if is_whole(whole, &found) {
                matches.push(found);
                check_items(matches.len())?;
            }
        }
        Ok(matches)
    }
}

/// Compiles the expression; a mistake in it reads as where Go panics.
fn compile(args: &Args<'_>) -> Result<Compiled, CallError> {
    must_compile(args).map_err(|error| {
        let pattern = text(args, 0);
        let quoted = if pattern.contains(['`', '\n', '\r', '\t']) {
            gotmpl::quote(pattern.as_bytes())
        } else {
            format!("`{pattern}`")
        };
        CallError::Text(format!("regexp: Compile({quoted}): {error}"))
    })
}

/// Compiles the expression.
fn must_compile(args: &Args<'_>) -> Result<Compiled, CallError> {
    let pattern = args.bytes(0);
    if let Some(found) = COMPILED.with_borrow(|compiled| compiled.get(pattern).cloned()) {
        return Ok(found);
    }
    let wrong = |problem: String| CallError::Text(format!("error parsing regexp: {problem}"));
    let too_large = || wrong("expression too large".to_owned());
    if pattern.len() > MAX_PATTERN {
        return Err(too_large());
    }
    args.spend(16 * pattern.len())?;
    let source = std::str::from_utf8(pattern)
        .map_err(|_| wrong(format!("invalid UTF-8: `{}`", crate::args::lossy(pattern))))?;
    let translated = translate(source).map_err(wrong)?;
    let mut sizes = SIZES.iter();
    let new = loop {
        let size = *sizes.next().ok_or_else(too_large)?;
        args.spend(size / 4)?;
        if let Ok(regex) = RegexBuilder::new(&translated).size_limit(size).build() {
            break Compiled { regex, size };
        }
    };
    COMPILED.with_borrow_mut(|compiled| {
        if compiled.len() >= KEPT {
            compiled.clear();
        }
        compiled.insert(pattern.to_vec(), new.clone());
    });
    Ok(new)
}

fn regex_match(args: &Args<'_>) -> Answer {
    match must_compile(args) {
        Ok(regex) => regex.is_match(args),
        Err(error) if is_bound(&error) => Err(error),
        Err(_) => Ok(Value::from(false)),
    }
}

fn must_regex_match(args: &Args<'_>) -> Answer {
    must_compile(args)?.is_match(args)
}

fn is_whole(whole: &[u8], found: &Match<'_>) -> bool {
    let inside = |byte: &u8| (0x80..0xc0).contains(byte);
    !(found.is_empty() && whole.get(found.start()).is_some_and(inside))
}

#[expect(clippy::needless_pass_by_value, reason = "it was made for this call")]
fn find(args: &Args<'_>, regex: Compiled) -> Answer {
    regex.pay(args)?;
    Ok(Value::text(regex.regex.find(args.bytes(1)).map_or(b"", |found| found.as_bytes())))
}

#[expect(clippy::needless_pass_by_value, reason = "it was made for this call")]
fn find_all(args: &Args<'_>, regex: Compiled) -> Answer {
    let most = usize::try_from(args.int(2)).unwrap_or(usize::MAX);
    let found = regex.matches(args, most)?;
    if found.is_empty() {
        return Ok(no_strings());
    }
    Ok(strings(found.iter().map(|part| Value::text(part.as_bytes())).collect()))
}

fn no_strings() -> Value {
    Value::List(gotmpl::List::nil(Type::STRINGS))
}

#[expect(clippy::needless_pass_by_value, reason = "it was made for this call")]
fn replace(args: &Args<'_>, regex: Compiled, groups: bool) -> Answer {
    regex.pay(args)?;
    let (whole, by) = (args.bytes(1), args.bytes(2));
    let (mut out, mut rest) = (Vec::new(), 0);
    for found in regex.regex.captures_iter(whole) {
        regex.pay_match(args)?;
        let Some(all) = found.get(0).filter(|all| is_whole(whole, all)) else { continue };
        out.extend(whole.get(rest..all.start()).unwrap_or_default());
        if groups {
            expand(by, &found, &mut out);
        } else {
            out.extend(by);
        }
        check_text(out.len())?;
        rest = all.end();
    }
    out.extend(whole.get(rest..).unwrap_or_default());
    bounded_bytes(out)
}

/// Appends a replacement with the groups in place of `$1`, `${1}`, `$name` and `${name}`.
fn expand(by: &[u8], found: &Captures<'_>, out: &mut Vec<u8>) {
    let mut rest = by;
    while let Some(at) = memchr::memchr(b'$', rest) {
        let (before, after) = rest.split_at(at);
        out.extend(before);
        if after.get(1) == Some(&b'$') {
            out.push(b'$');
            rest = after.get(2..).unwrap_or_default();
            continue;
        }
        let Some((name, length)) = group_name(after) else {
            out.push(b'$');
            rest = after.get(1..).unwrap_or_default();
            continue;
        };
        let number = name.parse::<usize>().ok().filter(|_| name == "0" || !name.starts_with('0'));
        let group = match number {
            Some(number) => found.get(number),
            None => found.name(&name),
        };
        out.extend(group.map_or(&b""[..], |group| group.as_bytes()));
        rest = after.get(length..).unwrap_or_default();
    }
    out.extend(rest);
}

/// Returns the name of a group behind a `$`, and how long all of it is.
fn group_name(text: &[u8]) -> Option<(String, usize)> {
    let braced = text.get(1) == Some(&b'{');
    let start = if braced { 2 } else { 1 };
    let tail = text.get(start..)?;
    let tail = tail.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    let name: String = tail.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    let end = start + name.len();
    if name.is_empty() || (braced && text.get(end) != Some(&b'}')) {
        return None;
    }
    Some((name, end + usize::from(braced)))
}

#[expect(clippy::needless_pass_by_value, reason = "it was made for this call")]
fn split(args: &Args<'_>, regex: Compiled) -> Answer {
    let (whole, most) = (args.bytes(1), args.int(2));
    if most == 0 {
        return Ok(no_strings());
    }
    if whole.is_empty() && !args.bytes(0).is_empty() {
        return Ok(strings(vec![Value::from("")]));
    }
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let (mut parts, mut start, mut end) = (Vec::new(), 0, 0);
    // So many matches at most decide where the parts end, one of them perhaps at the beginning.
    for found in regex.matches(args, most.saturating_add(1))? {
        if parts.len() + 1 == most {
            break;
        }
        end = found.start();
        if found.end() != 0 {
            parts.push(Value::text(whole.get(start..end).unwrap_or_default()));
            check_items(parts.len())?;
        }
        start = found.end();
    }
    if end != whole.len() {
        parts.push(Value::text(whole.get(start..).unwrap_or_default()));
    }
    Ok(strings(parts))
}

fn quote_meta(args: &Args<'_>) -> Answer {
    let mut out = String::with_capacity(args.bytes(0).len());
    for c in text(args, 0).chars() {
        if r"\.+*?()|[]{}^$".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    bounded(out)
}
