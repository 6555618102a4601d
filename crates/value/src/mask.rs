//! Hiding what a YAML text holds from the messages about it.

use crate::YamlError;

/// What stands in for a secret.
pub const MASK: &str = "***";

impl YamlError {
    /// Returns the error with nothing of the text in it but indentation and the names of keys, for texts
    /// that may hold secrets.
    #[must_use]
    pub fn masked(mut self) -> Self {
        self.line = masked_line(&self.line);
        self.problem = masked_problem(&self.problem);
        self
    }
}

/// Hides the value on a line. What is no key is a value, since it may be a part of one.
fn masked_line(line: &str) -> String {
    let mut kept = line.len() - line.trim_start().len();
    while let Some(after) = line.get(kept..).and_then(|rest| rest.strip_prefix("- ")) {
        kept = line.len() - after.trim_start().len();
    }
    let rest = line.get(kept..).unwrap_or_default();
    if rest.is_empty() {
        return line.to_owned();
    }
    let key = key(rest).unwrap_or_default();
    let indentation = line.get(..kept).unwrap_or_default();
    match rest.get(key.len()..).map(str::trim) {
        Some("") => line.to_owned(),
        _ if key.is_empty() => format!("{indentation}{MASK}"),
        _ => format!("{indentation}{key} {MASK}"),
    }
}

/// Returns the key at the start of a line, with its colon.
fn key(text: &str) -> Option<&str> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''));
    let quoted = quote.map_or(0, char::len_utf8);
    let name = text.get(quoted..)?;
    let length = name
        .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/')))
        .filter(|length| *length > 0)?;
    let after = name.get(length..)?;
    let after = quote.map_or(Some(after), |quote| after.strip_prefix(quote))?;
    let behind = after.strip_prefix(':')?;
    let ends = behind.is_empty() || behind.starts_with([' ', '\t', '\r']);
    ends.then(|| text.get(..text.len() - behind.len()))?
}

/// Hides what a message quotes: names of anchors, scalars that cannot be decoded, keys. Single characters
/// stay, they are what YAML is written with.
fn masked_problem(problem: &str) -> String {
    for told in ["invalid map key: ", ", key: "] {
        if let Some((before, _)) = problem.split_once(told) {
            return format!("{before}{told}{MASK}");
        }
    }
    let Some(start) = problem.find(['\'', '`', '"']) else {
        return problem.to_owned();
    };
    let (before, quoted) = problem.split_at(start);
    let Some(quote) = quoted.chars().next() else {
        return problem.to_owned();
    };
    let inside = quoted.get(quote.len_utf8()..).unwrap_or_default();
    if inside.chars().nth(1) == Some(quote) {
        return problem.to_owned();
    }
    let after = inside.rsplit_once(quote).map_or("", |(_, after)| after);
    format!("{before}{quote}{MASK}{quote}{after}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml;

    #[test]
    fn keys_and_indentation_stay_and_nothing_else() {
        let check = |line, expected| assert_eq!(masked_line(line), expected, "{line}");
        check("", "");
        check("  ", "  ");
        check("data:", "data:");
        check("  password: hunter2", "  password: ***");
        check("  - a-b.c/d:  x: y", "  - a-b.c/d: ***");
        check("  - hunter2", "  - ***");
        check("\t\"tls.key\": \"x\"", "\t\"tls.key\": ***");
        check("    postgres://user:pass@host", "    ***");
        check("{a: b, c: d}", "***");
        check("  hunter2", "  ***");
        check("# hunter2: x", "***");
        check("hunter 2: x", "***");
        check(": x", "***");
    }

    #[test]
    fn messages_quote_nothing_of_the_text() {
        let check = |text: &str, expected: &str| {
            let error = yaml::from_str(text).unwrap_err().masked();
            assert_eq!(error.helm_text(), expected, "{text}");
            for shown in [error.excerpt(), error.to_string(), format!("{error:?}")] {
                assert!(!shown.contains("hunter"), "{shown}");
            }
        };
        check("password: *hunter2", "yaml: unknown anchor '***' referenced");
        check("password: !!int hunter2", "yaml: cannot decode !!str `***` as a !!int");
        check("{hunter: 1}: x", "yaml: invalid map key: ***");
        check("a: [hunter2", "yaml: line 1: did not find expected ',' or ']'");
        check("password: @hunter2", "yaml: found character that cannot start any token");
    }
}
