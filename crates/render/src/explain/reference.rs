//! The references to values in the text of a node: `.Values.a.b`, `$x.c`, `index .Values.a "key"`.

/// What a reference begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Base {
    /// `.`
    Dot,
    /// `$` or `$name`.
    Variable(String),
}

/// A reference to a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reference {
    /// What it begins with.
    pub(crate) base: Base,
    /// The fields behind that.
    pub(crate) steps: Vec<String>,
}

impl Reference {
    /// Returns the reference with the first `count` of its fields, as a template writes it.
    pub(crate) fn show(&self, count: usize) -> String {
        let mut out = match &self.base {
            Base::Dot => String::new(),
            Base::Variable(name) => name.clone(),
        };
        for step in self.steps.iter().take(count) {
            out.push('.');
            out.push_str(step);
        }
        out
    }
}

/// Returns the references in the text of a node as Go prints it, each once, in order; a whole variable or
/// dot is none.
pub(crate) fn references(node: &str) -> Vec<Reference> {
    let mut found: Vec<Reference> = Vec::new();
    let mut rest = node;
    let mut before = None;
    let mut word = String::new();
    while let Some(c) = rest.chars().next() {
        let is_start = matches!(c, '.' | '$') && !before.is_some_and(continues);
        let length = match c {
            '"' | '\'' | '`' => literal(rest, c),
            _ if is_start => {
                let (mut reference, length) = reference(rest);
                if matches!(word.as_str(), "index" | "get") {
                    reference.steps.extend(keys(rest.get(length..).unwrap_or_default()));
                }
                if !reference.steps.is_empty() && !found.contains(&reference) {
                    found.push(reference);
                }
                length
            }
            _ => c.len_utf8(),
        };
        let taken = rest.get(..length).unwrap_or(rest);
        if continues(c) && taken.len() == c.len_utf8() {
            if before.is_none_or(|before| !continues(before)) {
                word.clear();
            }
            word.push(c);
        } else if c != ' ' {
            word.clear();
        }
        before = taken.chars().next_back();
        rest = rest.get(length..).unwrap_or_default();
    }
    found
}

/// Whether a dot behind this character is a part of what it ends.
fn continues(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | ')' | '"' | '\'' | '`')
}

/// Returns the length of a literal in bytes.
fn literal(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        if c == quote && !escaped {
            return at + 1;
        }
        escaped = c == '\\' && !escaped && quote != '`';
    }
    text.len()
}

fn name_length(text: &str) -> usize {
    text.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len())
}

fn reference(text: &str) -> (Reference, usize) {
    let mut length = 0;
    let base = match text.strip_prefix('$') {
        Some(rest) => {
            length = 1 + name_length(rest);
            Base::Variable(text.get(..length).unwrap_or_default().to_owned())
        }
        None => Base::Dot,
    };
    let mut steps = Vec::new();
    while let Some(rest) = text.get(length..).and_then(|rest| rest.strip_prefix('.')) {
        let name = rest.get(..name_length(rest)).unwrap_or_default();
        length += 1 + name.len();
        if name.is_empty() {
            break;
        }
        steps.push(name.to_owned());
    }
    (Reference { base, steps }, length)
}

/// Returns the text literals that follow.
fn keys(mut text: &str) -> Vec<String> {
    let mut keys = Vec::new();
    while let Some(rest) = text.strip_prefix(" \"") {
        let Some((key, behind)) = rest.split_once('"') else { break };
        if key.contains('\\') {
            break;
        }
        keys.push(key.to_owned());
        text = behind;
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_found_in_nodes() {
        let check = |node: &str, expected: &[&str]| {
            let found = references(node);
            let found: Vec<String> = found.iter().map(|found| found.show(9)).collect();
            assert_eq!(found, expected, "{node}");
        };
        check(".Values.a.b", &[".Values.a.b"]);
        check("eq .Values.port 80.5", &[".Values.port"]);
        check("$x.y.z", &["$x.y.z"]);
        check("$.Values.a", &["$.Values.a"]);
        check("include \"a.b\" .", &[]);
        check("(.Values.a).b", &[".Values.a"]);
        check("index .Values.a \"b\" \"c.d\" 0", &[".Values.a.b.c.d"]);
        check("or .Values.a .Values.a $.b", &[".Values.a", "$.b"]);
        check("printf `.Values` '.' \"\\\".x\" .y", &[".y"]);
        check("get $m \"k\"", &["$m.k"]);
        check("default $x .", &[]);
    }
}
