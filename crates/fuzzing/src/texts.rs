//! Small languages: regular expressions, versions.

use std::str::from_utf8;

use funcs::FuncError;
use funcs::table::find;
use value::Value;

use crate::host::Cheap;

/// An expression in the first line is compiled and tried on the rest, or refused.
pub(crate) fn regex(bytes: &[u8]) {
    let Ok(text) = from_utf8(bytes) else { return };
    let (pattern, subject) = text.split_once('\n').unwrap_or((text, "aAbé-1 \nx"));
    let found = call("mustRegexFindAll", &[pattern.into(), subject.into(), Value::Int(50)]);
    if let Err(error) = &found {
        // A short expression is too large only because something in it counts.
        let large = error.to_string().contains("expression too large");
        let counts = pattern.len() > 100 || pattern.contains('{') || pattern.contains("\\p");
        assert!(!large || counts || pattern.contains("\\P"), "{pattern:?}: {error}");
    }
    let with = |name, by: &str| call(name, &[pattern.into(), subject.into(), by.into()]);
    let literally = with("mustRegexReplaceAllLiteral", "$1");
    assert_eq!(found.is_err(), literally.is_err(), "{pattern:?}");
    let _expanded = with("mustRegexReplaceAll", "<$0${1}$name$$>");
    let _parts = call("mustRegexSplit", &[pattern.into(), subject.into(), Value::Int(-1)]);
    let quoted = call("regexQuoteMeta", &[subject.into()]).expect("any text can be quoted");
    let matched = call("mustRegexMatch", &[quoted, subject.into()]);
    if subject.len() < 1000 {
        assert_eq!(matched.expect("it is an expression"), Value::Bool(true), "{subject:?}");
    }
}

fn call(name: &str, args: &[Value]) -> Result<Value, FuncError> {
    find(name).expect("the function is in the table").call(&Cheap::new(), args)
}

/// A constraint and two versions, a line each.
pub(crate) fn version(bytes: &[u8]) {
    let Ok(text) = from_utf8(bytes) else { return };
    let mut lines = text.lines();
    let mut line = || lines.next().unwrap_or_default();
    let (constraint, one, other) = (line(), line(), line());
    let _fits = version::is_compatible(constraint, one);
    let (Ok(one), Ok(other)) = (version::parse(one), version::parse(other)) else { return };
    let printed = one.to_string();
    // Short numbers become longer, perhaps longer than is read.
    if printed.len().max(other.to_string().len()) > 256 {
        return;
    }
    assert_eq!(version::parse(&printed).as_ref(), Ok(&one));
    let order = one.cmp_precedence(&other);
    assert_eq!(order.reverse(), other.cmp_precedence(&one));
    let fits = |sign: &str| version::is_compatible(&format!("{sign}{other}"), &printed);
    // Prereleases fit only what names one.
    if one.pre.is_empty() && other.pre.is_empty() {
        assert_eq!(fits(">"), order.is_gt(), "{one} > {other}");
        assert_eq!(fits("<="), order.is_le(), "{one} <= {other}");
        assert_eq!(fits("="), order.is_eq(), "{one} = {other}");
    }
}
