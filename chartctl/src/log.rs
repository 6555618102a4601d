//! Helm's log lines: what it tells on stderr besides errors, in the form that its scripts look for.
//!
//! Helm writes them with Go's `slog`: `level=WARN msg="..." key=value`, without a time.

use std::fmt::Write as _;

/// How much a line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    /// Worth knowing.
    Info,
    /// Probably a mistake.
    Warn,
    /// A failure, which is reported besides.
    Error,
}

/// Returns a log line with a newline at its end.
pub(crate) fn line(level: Level, message: &str, facts: &[(&str, &str)]) -> String {
    let level = match level {
        Level::Info => "INFO",
        Level::Warn => "WARN",
        Level::Error => "ERROR",
    };
    let mut line = format!("level={level} msg={}", quoted(message));
    for (key, fact) in facts {
        let _ok = write!(line, " {key}={}", quoted(fact));
    }
    line.push('\n');
    line
}

/// Returns `text` as `slog` writes it: in Go's quotes where it is empty or has a blank, an equals sign, a quote or
/// something that cannot be seen.
fn quoted(text: &str) -> String {
    let shown = value::quote(text);
    let plain = shown.get(1..shown.len() - 1).unwrap_or_default();
    // A backslash alone needs no quotes, so that what Go escapes is told by comparing without them.
    let escaped = plain.replace("\\\\", "\\") != text;
    let bare = !text.is_empty() && !escaped;
    if bare && !text.contains(|c: char| c == '=' || c.is_whitespace()) {
        text.to_owned()
    } else {
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::{Level, line};

    fn check(level: Level, message: &str, facts: &[(&str, &str)], expected: &str) {
        assert_eq!(line(level, message, facts), format!("{expected}\n"));
    }

    #[test]
    fn lines_are_quoted_as_go_quotes_them() {
        check(Level::Info, "done", &[], "level=INFO msg=done");
        check(Level::Warn, "two words", &[("a", "b")], "level=WARN msg=\"two words\" a=b");
        check(Level::Error, "", &[("path", "s.x")], "level=ERROR msg=\"\" path=s.x");
        check(Level::Info, "a=b", &[("c", "\"q\"")], r#"level=INFO msg="a=b" c="\"q\"""#);
        check(Level::Info, "x", &[("re", r"a\b")], r"level=INFO msg=x re=a\b");
        check(Level::Info, "é", &[("t", "a\tb\\")], r#"level=INFO msg=é t="a\tb\\""#);
    }
}
