//! Patterns of `.Files.Glob`, as the library gobwas/glob 0.2.3 reads them with `/` as separator.

/// The longest pattern and path that are looked at, in bytes.
const MAX_LENGTH: usize = 4096;

/// How deeply alternatives may be nested.
const MAX_DEPTH: usize = 16;

/// A pattern that whole paths match.
#[derive(Debug)]
pub(super) struct Glob(Vec<Part>);

#[derive(Debug)]
enum Part {
    /// This character.
    Just(char),
    /// `?`: any character but a separator.
    One,
    /// `*`: any text without a separator.
    Run,
    /// `**`: any text.
    Deep,
    /// `[abc]` or `[!abc]`
    Among { chars: Vec<char>, negated: bool },
    /// `[a-z]` or `[!a-z]`
    Between { low: char, high: char, negated: bool },
    /// `{a,b}`
    Either(Vec<Vec<Self>>),
}

impl Glob {
    /// Reads a pattern; `None` if it is none.
    pub(super) fn parse(pattern: &str) -> Option<Self> {
        if pattern.len() > MAX_LENGTH {
            return None;
        }
        let mut rest: Vec<char> = pattern.chars().rev().collect();
        parts(&mut rest, 0).map(Self)
    }

    /// Returns whether the whole `path` matches.
    pub(super) fn matches(&self, path: &str) -> bool {
        if path.len() > MAX_LENGTH {
            return false;
        }
        let path: Vec<char> = path.chars().collect();
        let mut reached = vec![false; path.len() + 1];
        if let Some(first) = reached.first_mut() {
            *first = true;
        }
        run(&self.0, &path, reached).last().is_some_and(|end| *end)
    }
}

/// Reads parts up to the end, or, inside of alternatives, up to `,` or `}`, which are left. The
/// characters come in reverse order.
fn parts(rest: &mut Vec<char>, depth: usize) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    while let Some(next) = rest.pop() {
        parts.push(match next {
            ',' | '}' if depth > 0 => {
                rest.push(next);
                break;
            }
            '\\' => Part::Just(rest.pop()?),
            '?' => Part::One,
            '*' if rest.last() == Some(&'*') => {
                while rest.last() == Some(&'*') {
                    rest.pop();
                }
                Part::Deep
            }
            '*' => Part::Run,
            '[' => class(rest)?,
            '{' if depth < MAX_DEPTH => alternatives(rest, depth + 1)?,
            '{' => return None,
            other => Part::Just(other),
        });
    }
    Some(parts)
}

fn alternatives(rest: &mut Vec<char>, depth: usize) -> Option<Part> {
    let mut all = Vec::new();
    loop {
        all.push(parts(rest, depth)?);
        if rest.pop()? == '}' {
            return Some(Part::Either(all));
        }
    }
}

/// Reads what stands between brackets: one range or a list of characters.
fn class(rest: &mut Vec<char>) -> Option<Part> {
    let negated = rest.last() == Some(&'!');
    if negated {
        rest.pop();
    }
    let first = rest.pop()?;
    if rest.last() == Some(&'-') {
        rest.pop();
        let high = rest.pop()?;
        let is_range = rest.pop()? == ']' && first <= high;
        return is_range.then_some(Part::Between { low: first, high, negated });
    }
    let mut chars = Vec::new();
    let mut next = first;
    while next != ']' {
        chars.push(if next == '\\' { rest.pop()? } else { next });
        next = rest.pop()?;
    }
    (!chars.is_empty()).then_some(Part::Among { chars, negated })
}

/// Returns which places of `path` are reached behind `parts` from those that are reached before.
fn run(parts: &[Part], path: &[char], mut reached: Vec<bool>) -> Vec<bool> {
    for part in parts {
        reached = match part {
            Part::Run => spread(path, &reached, |c| c != '/'),
            Part::Deep => spread(path, &reached, |_| true),
            Part::Either(all) => {
                let ends = all.iter().map(|parts| run(parts, path, reached.clone()));
                ends.reduce(|a, b| a.iter().zip(&b).map(|(a, b)| *a || *b).collect())
                    .unwrap_or_default()
            }
            one => step(path, &reached, |c| one.takes(c)),
        };
    }
    reached
}

/// Takes one character.
fn step(path: &[char], reached: &[bool], takes: impl Fn(char) -> bool) -> Vec<bool> {
    let after = path.iter().zip(reached).map(|(c, here)| *here && takes(*c));
    std::iter::once(false).chain(after).collect()
}

/// Takes any number of characters.
fn spread(path: &[char], reached: &[bool], takes: impl Fn(char) -> bool) -> Vec<bool> {
    let mut open = false;
    let before = std::iter::once(None).chain(path.iter().map(Some));
    let place = |(before, here): (Option<&char>, &bool)| {
        open = *here || (open && before.is_some_and(|c| takes(*c)));
        open
    };
    before.zip(reached).map(place).collect()
}

impl Part {
    fn takes(&self, c: char) -> bool {
        match self {
            Self::Just(just) => c == *just,
            Self::One => c != '/',
            Self::Among { chars, negated } => chars.contains(&c) != *negated,
            Self::Between { low, high, negated } => (*low <= c && c <= *high) != *negated,
            Self::Run | Self::Deep | Self::Either(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_paths() {
        let check = |pattern: &str, path: &str, expected: bool| {
            let glob = Glob::parse(pattern).expect(pattern);
            assert_eq!(glob.matches(path), expected, "{pattern} {path}");
        };
        check("files/*.conf", "files/a.conf", true);
        check("files/*.conf", "files/b/a.conf", false);
        check("**.txt", "a/b/c.txt", true);
        check("**.txt", "c.txt", true);
        check("files/**", "files/", true);
        check("files/**", "files/a/b", true);
        check("f?le", "file", true);
        check("f?le", "f/le", false);
        check("[abc].txt", "b.txt", true);
        check("[!abc].txt", "b.txt", false);
        check("[a-c]x", "bx", true);
        check("[!a-c]x", "dx", true);
        check("{a,b/*}.txt", "b/c.txt", true);
        check("{a,b/*}.txt", "c.txt", false);
        check("a{,b}c", "ac", true);
        check(r"a\*", "a*", true);
        check(r"a\*", "ab", false);
        check("a,b}", "a,b}", true);
        check("", "", true);
        check("", "a", false);
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for pattern in ["[a", "[", "{a", "a\\", "[a-z0]", "[]", "[z-a]"] {
            assert!(Glob::parse(pattern).is_none(), "{pattern}");
        }
    }
}
