//! Patterns of file names, as Go's `filepath.Match` reads them: `*`, `?`, `[a-z]`, `\`; none matches a `/`.

/// Returns whether the whole of `name` matches; a pattern that is malformed matches nothing.
pub(crate) fn matches(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    matches_from(&pattern, &name)
}

/// Remembers the last `*` and goes back to it, so that the time is bounded by the product of the lengths.
fn matches_from(pattern: &[char], name: &[char]) -> bool {
    let (mut p, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() || p < pattern.len() {
        if pattern.get(p) == Some(&'*') {
            star = Some((p, n));
            p += 1;
            continue;
        }
        if let Some((&c, length)) = name.get(n).zip(pattern.get(p..).and_then(item_length))
            && item_matches(pattern.get(p..p + length).unwrap_or_default(), c)
        {
            p += length;
            n += 1;
            continue;
        }
        match star {
            // A star takes one character more, but never a slash.
            Some((at, taken)) if name.get(taken).is_some_and(|c| *c != '/') => {
                star = Some((at, taken + 1));
                p = at + 1;
                n = taken + 1;
            }
            _ => return false,
        }
    }
    true
}

/// Returns how many characters the item at the start of a pattern takes; `None` for a broken or missing one.
fn item_length(pattern: &[char]) -> Option<usize> {
    match pattern.first()? {
        '\\' => (pattern.len() > 1).then_some(2),
        '[' => {
            let mut at = if pattern.get(1) == Some(&'^') { 2 } else { 1 };
            let first = at;
            while let Some(c) = pattern.get(at) {
                match c {
                    ']' if at > first => return Some(at + 1),
                    '\\' => at += 2,
                    _ => at += 1,
                }
            }
            None
        }
        _ => Some(1),
    }
}

fn item_matches(item: &[char], c: char) -> bool {
    match item {
        ['?'] => c != '/',
        ['\\', escaped] => *escaped == c,
        ['[', '^', set @ .., ']'] => !in_set(set, c),
        ['[', set @ .., ']'] => in_set(set, c),
        [plain] => *plain == c,
        _ => false,
    }
}

fn in_set(mut set: &[char], c: char) -> bool {
    let mut found = false;
    while let Some((low, rest)) = one(set) {
        let (high, rest) = match rest.split_first() {
            Some(('-', after)) => one(after).unwrap_or((low, rest)),
            _ => (low, rest),
        };
        found |= (low..=high).contains(&c);
        set = rest;
    }
    found
}

/// Takes one character of a set, which a backslash may escape.
fn one(set: &[char]) -> Option<(char, &[char])> {
    match set {
        ['\\', escaped, rest @ ..] => Some((*escaped, rest)),
        [c, rest @ ..] => Some((*c, rest)),
        [] => None,
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    fn check(pattern: &str, name: &str, expected: bool) {
        assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
    }

    #[test]
    fn patterns_are_read_as_go_reads_them() {
        check("templates/a.yaml", "templates/a.yaml", true);
        check("templates/*.yaml", "templates/a.yaml", true);
        check("templates/*.yaml", "templates/sub/a.yaml", false);
        check("templates/*/*.yaml", "templates/sub/a.yaml", true);
        check("*a*b*", "xaybz", true);
        check("*a*b", "xaybz", false);
        check("?.yaml", "a.yaml", true);
        check("?.yaml", "ab.yaml", false);
        check("[a-c]x", "bx", true);
        check("[^a-c]x", "bx", false);
        check("[a\\-c]", "-", true);
        check("\\*", "*", true);
        check("\\*", "a", false);
        check("[a", "a", false);
        check("", "", true);
        check("", "a", false);
        check("*", "", true);
        check("a", "", false);
    }
}
