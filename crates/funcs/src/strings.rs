//! Text. Lengths and positions are bytes, as in Go; a cut never splits a character (Go may).

use value::Value;

use crate::args::{self, int, list, text};
use crate::bounds::{bounded, bounded_list, check_items, check_text};
use crate::error::FuncError;
use crate::table::{Row, exact, variadic};
use crate::text::text_of;

pub(crate) const ROWS: &[Row] = &[
    exact("upper", 1, upper, "Returns the text in capitals.", r#"upper "a" => "A""#),
    exact("lower", 1, lower, "Returns the text in small letters.", r#"lower "AbC" => "abc""#),
    exact(
        "title",
        1,
        title,
        "Returns the text with the first letter of each word as capital.",
        r#"title "hello big-world" => "Hello Big-World""#,
    ),
    exact(
        "untitle",
        1,
        untitle,
        "Returns the text with the first letter of each word small.",
        r#"untitle "Hello World" => "hello world""#,
    ),
    exact("trim", 1, trim, "Removes blanks at both ends.", r#"trim "  a " => "a""#),
    exact(
        "trimAll",
        2,
        trim_all,
        "Removes any of the given characters at both ends.",
        r#"trimAll "$" "$5.00$" => "5.00""#,
    ),
    exact(
        "trimPrefix",
        2,
        trim_prefix,
        "Removes a prefix once.",
        r#"trimPrefix "v" "v1.2" => "1.2""#,
    ),
    exact(
        "trimSuffix",
        2,
        trim_suffix,
        "Removes a suffix once.",
        r#"trimSuffix "-" "name-" => "name""#,
    ),
    exact("repeat", 2, repeat, "Repeats a text.", r#"repeat 3 "ab" => "ababab""#),
    exact(
        "substr",
        3,
        substr,
        "Returns the bytes from the first position up to the second.",
        r#"substr 0 5 "hello world" => "hello""#,
    ),
    exact("nospace", 1, nospace, "Removes all blanks.", r#"nospace "a b  c" => "abc""#),
    exact(
        "trunc",
        2,
        trunc,
        "Cuts a text to so many bytes; a negative number keeps the end.",
        r#"trunc 5 "hello world" => "hello""#,
    ),
    exact(
        "abbrev",
        2,
        abbrev,
        "Cuts a text to so many bytes, the last three being dots.",
        r#"abbrev 8 "hello world" => "hello...""#,
    ),
    exact(
        "initials",
        1,
        initials,
        "Returns the first letter of each word.",
        r#"initials "First Try" => "FT""#,
    ),
    exact(
        "contains",
        2,
        contains,
        "Returns whether the second text contains the first.",
        r#"contains "cat" "concatenate" => true"#,
    ),
    exact(
        "hasPrefix",
        2,
        has_prefix,
        "Returns whether the second text begins with the first.",
        r#"hasPrefix "con" "concat" => true"#,
    ),
    exact(
        "hasSuffix",
        2,
        has_suffix,
        "Returns whether the second text ends with the first.",
        r#"hasSuffix "con" "concat" => false"#,
    ),
    variadic(
        "quote",
        0,
        quote,
        "Puts each argument in double quotes, with escapes that YAML and JSON read; null is left out.",
        r#"quote "say \"hi\"" => "\"say \\\"hi\\\"\"""#,
    ),
    variadic(
        "squote",
        0,
        squote,
        "Puts each argument in single quotes, as it is; null is left out.",
        r#"squote "a" 1 => "'a' '1'""#,
    ),
    variadic(
        "cat",
        0,
        cat,
        "Joins the arguments with blanks; null is left out.",
        r#"cat "a" 1 null "b" => "a 1 b""#,
    ),
    exact(
        "indent",
        2,
        indent,
        "Puts so many blanks in front of each line.",
        r#"indent 2 "a\nb" => "  a\n  b""#,
    ),
    exact(
        "nindent",
        2,
        nindent,
        "Like `indent`, with a newline before: for `key:{{nindent 2 …}}`.",
        r#"nindent 2 "a\nb" => "\n  a\n  b""#,
    ),
    exact(
        "replace",
        3,
        replace,
        "Replaces every occurrence of the first text by the second in the third.",
        r#"replace "." "-" "a.b.c" => "a-b-c""#,
    ),
    exact(
        "plural",
        3,
        plural,
        "Returns the first argument when the third is 1, else the second.",
        r#"plural "anchovy" "anchovies" 2 => "anchovies""#,
    ),
    exact(
        "join",
        2,
        join,
        "Joins the items of a list; null items are left out.",
        r#"join "," ["a",1,"b"] => "a,1,b""#,
    ),
    exact(
        "splitList",
        2,
        split_list,
        "Splits a text into a list.",
        r#"splitList "," "a,b" => ["a","b"]"#,
    ),
    exact(
        "split",
        2,
        split,
        "Splits a text into a map with the keys `_0`, `_1`, ….",
        r#"split "," "a,b" => {"_0":"a","_1":"b"}"#,
    ),
    exact(
        "splitn",
        3,
        splitn,
        "Like `split`, into so many parts at most.",
        r#"splitn "," 2 "a,b,c" => {"_0":"a","_1":"b,c"}"#,
    ),
    exact(
        "sortAlpha",
        1,
        sort_alpha,
        "Sorts a list as text.",
        r#"sortAlpha ["b","a",10] => ["10","a","b"]"#,
    ),
    exact("toString", 1, to_string, "Returns any value as text.", r#"toString 1 => "1""#),
    exact(
        "toStrings",
        1,
        to_strings,
        "Returns the items of a list as texts.",
        r#"toStrings [1,true] => ["1","true"]"#,
    ),
];

fn upper(args: &[Value]) -> Result<Value, FuncError> {
    bounded(text(args, 0)?.to_uppercase())
}

fn lower(args: &[Value]) -> Result<Value, FuncError> {
    bounded(text(args, 0)?.to_lowercase())
}

fn title(args: &[Value]) -> Result<Value, FuncError> {
    let separates = |c: char| {
        if c.is_ascii() { !(c.is_ascii_alphanumeric() || c == '_') } else { c.is_whitespace() }
    };
    bounded(first_letters(text(args, 0)?, separates, |c, out| {
        out.extend(c.to_uppercase());
    }))
}

fn untitle(args: &[Value]) -> Result<Value, FuncError> {
    bounded(first_letters(text(args, 0)?, char::is_whitespace, |c, out| {
        out.extend(c.to_lowercase());
    }))
}

/// Applies `change` to each character that follows a separator.
fn first_letters(
    text: &str,
    separates: impl Fn(char) -> bool,
    change: impl Fn(char, &mut String),
) -> String {
    let mut out = String::with_capacity(text.len());
    let mut first = true;
    for c in text.chars() {
        if first {
            change(c, &mut out);
        } else {
            out.push(c);
        }
        first = separates(c);
    }
    out
}

fn trim(args: &[Value]) -> Result<Value, FuncError> {
    Ok(Value::from(text(args, 0)?.trim()))
}

fn trim_all(args: &[Value]) -> Result<Value, FuncError> {
    let cut = text(args, 0)?;
    Ok(Value::from(text(args, 1)?.trim_matches(|c| cut.contains(c))))
}

fn trim_prefix(args: &[Value]) -> Result<Value, FuncError> {
    let whole = text(args, 1)?;
    Ok(Value::from(whole.strip_prefix(text(args, 0)?).unwrap_or(whole)))
}

fn trim_suffix(args: &[Value]) -> Result<Value, FuncError> {
    let whole = text(args, 1)?;
    Ok(Value::from(whole.strip_suffix(text(args, 0)?).unwrap_or(whole)))
}

fn repeat(args: &[Value]) -> Result<Value, FuncError> {
    let unit = text(args, 1)?;
    let times = usize::try_from(int(args, 0)?)
        .map_err(|_| FuncError::failed("a text cannot be repeated a negative number of times"))?;
    check_text(unit.len().saturating_mul(times))?;
    Ok(Value::from(unit.repeat(times)))
}

fn substr(args: &[Value]) -> Result<Value, FuncError> {
    let (start, end, whole) = (int(args, 0)?, int(args, 1)?, text(args, 2)?);
    let length = whole.len();
    let start = usize::try_from(start).unwrap_or(0).min(length);
    let end = usize::try_from(end).unwrap_or(length).min(length).max(start);
    Ok(Value::from(slice(whole, start, end)))
}

/// Returns the bytes from `start` to `end`, both moved down to the nearest border of a character.
fn slice(text: &str, start: usize, end: usize) -> &str {
    text.get(text.floor_char_boundary(start)..text.floor_char_boundary(end)).unwrap_or_default()
}

fn nospace(args: &[Value]) -> Result<Value, FuncError> {
    Ok(Value::from(text(args, 0)?.replace(char::is_whitespace, "")))
}

fn trunc(args: &[Value]) -> Result<Value, FuncError> {
    let (size, whole) = (int(args, 0)?, text(args, 1)?);
    let bytes = usize::try_from(size.unsigned_abs()).unwrap_or(usize::MAX).min(whole.len());
    Ok(Value::from(if size < 0 {
        let start = whole.ceil_char_boundary(whole.len() - bytes);
        slice(whole, start, whole.len())
    } else {
        slice(whole, 0, bytes)
    }))
}

fn abbrev(args: &[Value]) -> Result<Value, FuncError> {
    let (width, whole) = (int(args, 0)?, text(args, 1)?);
    match usize::try_from(width) {
        Ok(width) if width >= 4 && whole.len() > width => {
            Ok(Value::from(format!("{}...", slice(whole, 0, width - 3))))
        }
        _ => Ok(Value::from(whole)),
    }
}

fn initials(args: &[Value]) -> Result<Value, FuncError> {
    let words = text(args, 0)?.split_whitespace();
    Ok(Value::from(words.filter_map(|word| word.chars().next()).collect::<String>()))
}

fn contains(args: &[Value]) -> Result<Value, FuncError> {
    Ok(Value::from(text(args, 1)?.contains(text(args, 0)?)))
}

fn has_prefix(args: &[Value]) -> Result<Value, FuncError> {
    Ok(Value::from(text(args, 1)?.starts_with(text(args, 0)?)))
}

fn has_suffix(args: &[Value]) -> Result<Value, FuncError> {
    Ok(Value::from(text(args, 1)?.ends_with(text(args, 0)?)))
}

fn quote(args: &[Value]) -> Result<Value, FuncError> {
    spaced(args, |item| value::quote(&text_of(item)))
}

fn squote(args: &[Value]) -> Result<Value, FuncError> {
    spaced(args, |value| format!("'{}'", text_of(value)))
}

fn cat(args: &[Value]) -> Result<Value, FuncError> {
    spaced(args, text_of)
}

fn spaced(args: &[Value], print: impl Fn(&Value) -> String) -> Result<Value, FuncError> {
    let parts: Vec<_> = args.iter().filter(|value| !value.is_null()).map(print).collect();
    bounded(parts.join(" "))
}

fn indent(args: &[Value]) -> Result<Value, FuncError> {
    bounded(indented(args)?)
}

fn nindent(args: &[Value]) -> Result<Value, FuncError> {
    bounded(format!("\n{}", indented(args)?))
}

fn indented(args: &[Value]) -> Result<String, FuncError> {
    let (width, whole) = (int(args, 0)?, text(args, 1)?);
    let width =
        usize::try_from(width).map_err(|_| FuncError::failed("the width must not be negative"))?;
    let lines = whole.matches('\n').count() + 1;
    check_text(width.saturating_mul(lines).saturating_add(whole.len()))?;
    let pad = " ".repeat(width);
    Ok(format!("{pad}{}", whole.replace('\n', &format!("\n{pad}"))))
}

fn replace(args: &[Value]) -> Result<Value, FuncError> {
    let (old, new, whole) = (text(args, 0)?, text(args, 1)?, text(args, 2)?);
    let found = whole.matches(old).count();
    check_text(found.saturating_mul(new.len()).saturating_add(whole.len()))?;
    Ok(Value::from(whole.replace(old, new)))
}

fn plural(args: &[Value]) -> Result<Value, FuncError> {
    Ok(Value::from(text(args, usize::from(int(args, 2)? != 1))?))
}

fn join(args: &[Value]) -> Result<Value, FuncError> {
    let separator = text(args, 0)?;
    let parts: Vec<_> = match args::any(args, 1) {
        Value::Null => Vec::new(),
        Value::List(items) => items.iter().filter(|item| !item.is_null()).map(text_of).collect(),
        single => vec![text_of(single)],
    };
    check_text(separator.len().saturating_mul(parts.len()))?;
    bounded(parts.join(separator))
}

/// Splits as Go does: an empty separator gives the characters.
fn pieces<'a>(separator: &str, whole: &'a str, most: usize) -> Vec<&'a str> {
    if separator.is_empty() {
        return whole.split("").filter(|piece| !piece.is_empty()).collect();
    }
    whole.splitn(most, separator).collect()
}

fn split_list(args: &[Value]) -> Result<Value, FuncError> {
    let parts = pieces(text(args, 0)?, text(args, 1)?, usize::MAX);
    check_items(parts.len())?;
    bounded_list(parts.into_iter().map(Value::from).collect())
}

fn split(args: &[Value]) -> Result<Value, FuncError> {
    numbered(&pieces(text(args, 0)?, text(args, 1)?, usize::MAX))
}

fn splitn(args: &[Value]) -> Result<Value, FuncError> {
    let most = usize::try_from(int(args, 1)?).unwrap_or(usize::MAX);
    numbered(&pieces(text(args, 0)?, text(args, 2)?, most))
}

fn numbered(parts: &[&str]) -> Result<Value, FuncError> {
    check_items(parts.len())?;
    Ok(parts.iter().enumerate().map(|(i, part)| (format!("_{i}"), Value::from(*part))).collect())
}

fn sort_alpha(args: &[Value]) -> Result<Value, FuncError> {
    let mut texts: Vec<_> = list(args, 0)?.iter().map(text_of).collect();
    texts.sort();
    Ok(texts.into_iter().map(Value::from).collect())
}

fn to_string(args: &[Value]) -> Result<Value, FuncError> {
    bounded(text_of(args::any(args, 0)))
}

fn to_strings(args: &[Value]) -> Result<Value, FuncError> {
    Ok(list(args, 0)?.iter().map(|item| Value::from(text_of(item))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::check;

    #[test]
    fn cuts_keep_whole_characters() {
        check(trunc, r#"[2,"aé"]"#, r#""a""#);
        check(trunc, r#"[-1,"aé"]"#, r#""""#);
        check(trunc, r#"[-9,"abc"]"#, r#""abc""#);
        check(substr, r#"[-1,2,"abc"]"#, r#""ab""#);
        check(substr, r#"[1,-1,"abc"]"#, r#""bc""#);
        check(substr, r#"[9,1,"abc"]"#, r#""""#);
        check(abbrev, r#"[3,"abcdef"]"#, r#""abcdef""#);
    }

    #[test]
    fn results_are_bounded() {
        let error = "error: the result would be too large: the limit is 16 MiB of text";
        check(repeat, r#"[9000000000,"ab"]"#, error);
        check(indent, r#"[9000000000,"ab"]"#, error);
        check(
            repeat,
            r#"[-1,"ab"]"#,
            "error: a text cannot be repeated a negative number of times",
        );
    }

    #[test]
    fn arguments_of_the_wrong_kind_are_named() {
        check(upper, "[5]", "error: argument 1 must be a string, not a number");
        check(replace, r#"["a","b",null]"#, "error: argument 3 must be a string, not null");
        check(join, r#"[",",[null,1]]"#, r#""1""#);
    }
}
