//! Paths with `/`, as Go's `path` package sees them.

#![expect(clippy::unnecessary_wraps, reason = "functions of the table share one signature")]

use gotmpl::{Args, Type, Value};

use crate::args::text;
use crate::table::{Answer, Row, pure, takes};

const TEXT: &[Type] = &[Type::String];

pub(crate) const ROWS: &[Row] = &[
    pure(
        "base",
        takes(TEXT, Type::String),
        base,
        "Returns the last part of a path.",
        r#"base "a/b.txt" => "b.txt""#,
    )
    .also(&["osBase"]),
    pure(
        "dir",
        takes(TEXT, Type::String),
        dir,
        "Returns all but the last part of a path.",
        r#"dir "a/b/c" => "a/b""#,
    )
    .also(&["osDir"]),
    pure(
        "ext",
        takes(TEXT, Type::String),
        ext,
        "Returns the ending of a path with its dot.",
        r#"ext "a/b.txt" => ".txt""#,
    )
    .also(&["osExt"]),
    pure(
        "clean",
        takes(TEXT, Type::String),
        clean_path,
        "Returns the shortest equal path.",
        r#"clean "a//b/../c/" => "a/c""#,
    )
    .also(&["osClean"]),
    pure(
        "isAbs",
        takes(TEXT, Type::Bool),
        is_abs,
        "Returns whether a path begins with `/`.",
        r#"isAbs "/a" => true"#,
    )
    .also(&["osIsAbs"]),
];

fn base(args: &Args<'_>) -> Answer {
    let path = text(args, 0);
    if path.is_empty() {
        return Ok(Value::from("."));
    }
    let trimmed = path.trim_end_matches('/');
    Ok(Value::from(if trimmed.is_empty() {
        "/"
    } else {
        trimmed.rsplit('/').next().unwrap_or_default()
    }))
}

fn dir(args: &Args<'_>) -> Answer {
    let path = text(args, 0);
    let end = path.rfind('/').map_or(0, |slash| slash + 1);
    Ok(Value::from(clean(path.get(..end).unwrap_or_default())))
}

fn ext(args: &Args<'_>) -> Answer {
    let path = text(args, 0);
    let last = path.rsplit('/').next().unwrap_or_default();
    Ok(Value::from(last.rfind('.').and_then(|dot| last.get(dot..)).unwrap_or_default()))
}

fn clean_path(args: &Args<'_>) -> Answer {
    Ok(Value::from(clean(&text(args, 0))))
}

fn is_abs(args: &Args<'_>) -> Answer {
    Ok(Value::from(text(args, 0).starts_with('/')))
}

fn clean(path: &str) -> String {
    let absolute = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
        if part != ".." {
            parts.push(part);
        } else if parts.last().is_some_and(|last| *last != "..") {
            parts.pop();
        } else if !absolute {
            parts.push(part);
        }
    }
    match (absolute, parts.join("/")) {
        (true, joined) => format!("/{joined}"),
        (false, joined) if joined.is_empty() => ".".to_owned(),
        (false, joined) => joined,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cleaned_as_go_does() {
        let check = |path: &str, want: &str| assert_eq!(clean(path), want, "{path}");
        check("", ".");
        check("/..", "/");
        check("../a", "../a");
        check("a/../..", "..");
        check("./a/./b", "a/b");
    }
}
