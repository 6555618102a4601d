//! Regular expressions of the RE2 kind: no look-around, no back references, linear time.

use regex::Regex;
use value::Value;

use crate::args::{int, text};
use crate::bounds::{bounded, bounded_list};
use crate::error::FuncError;
use crate::table::{Row, exact};

pub(crate) const ROWS: &[Row] = &[
    exact(
        "regexMatch",
        2,
        regex_match,
        "Returns whether the second text contains a match of the first.",
        r#"regexMatch "^[a-z]+$" "abc" => true"#,
    ),
    exact(
        "regexFind",
        2,
        regex_find,
        "Returns the first match, empty when there is none.",
        r#"regexFind "[0-9]+" "a12b3" => "12""#,
    ),
    exact(
        "regexFindAll",
        3,
        regex_find_all,
        "Returns so many matches at most; a negative number means all.",
        r#"regexFindAll "[0-9]" "a1b2" -1 => ["1","2"]"#,
    ),
    exact(
        "regexReplaceAll",
        3,
        regex_replace_all,
        "Replaces every match in the second text by the third; `${1}` is the first group.",
        r#"regexReplaceAll "a(x*)b" "-ab-axxb-" "${1}W" => "-W-xxW-""#,
    ),
    exact(
        "regexReplaceAllLiteral",
        3,
        regex_replace_all_literal,
        "Replaces every match in the second text by the third, taken as it is.",
        r#"regexReplaceAllLiteral "a(x*)b" "-ab-axxb-" "$1" => "-$1-$1-""#,
    ),
    exact(
        "regexSplit",
        3,
        regex_split,
        "Splits the second text at the matches into so many parts at most; a negative number means all.",
        r#"regexSplit "z+" "pizza" -1 => ["pi","a"]"#,
    ),
    exact(
        "regexQuoteMeta",
        1,
        regex_quote_meta,
        "Escapes a text so that it matches itself.",
        r#"regexQuoteMeta "1.2" => "1\\.2""#,
    ),
];

/// The memory that one compiled expression may take, in bytes.
const SIZE_LIMIT: usize = 4 << 20;

fn compile(args: &[Value]) -> Result<Regex, FuncError> {
    let pattern = text(args, 0)?;
    regex::RegexBuilder::new(pattern)
        .size_limit(SIZE_LIMIT)
        .build()
        .map_err(|error| FuncError::failed(format!("error parsing regexp `{pattern}`: {error}")))
}

fn regex_match(args: &[Value]) -> Result<Value, FuncError> {
    Ok(Value::from(compile(args)?.is_match(text(args, 1)?)))
}

fn regex_find(args: &[Value]) -> Result<Value, FuncError> {
    let found = compile(args)?;
    Ok(Value::from(found.find(text(args, 1)?).map_or("", |found| found.as_str())))
}

fn regex_find_all(args: &[Value]) -> Result<Value, FuncError> {
    let most = usize::try_from(int(args, 2)?).unwrap_or(crate::MAX_ITEMS + 1);
    let regex = compile(args)?;
    bounded_list(
        regex.find_iter(text(args, 1)?).take(most).map(|m| Value::from(m.as_str())).collect(),
    )
}

fn regex_replace_all(args: &[Value]) -> Result<Value, FuncError> {
    replaced(args, text(args, 2)?)
}

fn regex_replace_all_literal(args: &[Value]) -> Result<Value, FuncError> {
    replaced(args, &text(args, 2)?.replace('$', "$$"))
}

fn replaced(args: &[Value], by: &str) -> Result<Value, FuncError> {
    let (regex, whole) = (compile(args)?, text(args, 1)?);
    let (mut out, mut rest) = (String::new(), 0);
    for found in regex.captures_iter(whole) {
        let Some(all) = found.get(0) else { continue };
        out.push_str(whole.get(rest..all.start()).unwrap_or_default());
        found.expand(by, &mut out);
        crate::bounds::check_text(out.len())?;
        rest = all.end();
    }
    out.push_str(whole.get(rest..).unwrap_or_default());
    bounded(out)
}

fn regex_split(args: &[Value]) -> Result<Value, FuncError> {
    let most = usize::try_from(int(args, 2)?).unwrap_or(usize::MAX);
    let regex = compile(args)?;
    bounded_list(regex.splitn(text(args, 1)?, most).map(Value::from).collect())
}

fn regex_quote_meta(args: &[Value]) -> Result<Value, FuncError> {
    bounded(regex::escape(text(args, 0)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_expression_is_an_error() {
        let error = regex_match(&[Value::from("["), Value::from("a")]).expect_err("bad");
        assert!(error.to_string().starts_with("error parsing regexp `[`: "), "{error}");
    }
}
