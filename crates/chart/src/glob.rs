//! The patterns of Go's `filepath.Match`: `*`, `?`, classes and escapes, none of which crosses a `/`.

use std::str::Chars;

/// A pattern that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BadPattern;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Literal(char),
    One,
    Many,
    Class { negated: bool, ranges: Vec<(char, char)> },
}

/// A pattern ready to match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Glob(Vec<Token>);

impl Glob {
    /// Reads a pattern.
    pub(crate) fn parse(pattern: &str) -> Result<Self, BadPattern> {
        let mut tokens = Vec::new();
        let mut chars = pattern.chars().peekable();
        while let Some(c) = chars.next() {
            tokens.push(match c {
                '*' => Token::Many,
                '?' => Token::One,
                '[' => class(&mut chars)?,
                '\\' => Token::Literal(chars.next().ok_or(BadPattern)?),
                c => Token::Literal(c),
            });
        }
        Ok(Self(tokens))
    }

    /// Returns whether the whole of `name` matches.
    pub(crate) fn matches(&self, name: &str) -> bool {
        let (mut token, mut rest) = (0, name.chars());
        // Where to go on after the last `*` took one more character.
        let mut retry: Option<(usize, Chars<'_>)> = None;
        loop {
            let mut after = rest.clone();
            match (self.0.get(token), after.next()) {
                (None, None) => return true,
                (Some(Token::Many), _) => {
                    token += 1;
                    retry = Some((token, rest.clone()));
                    continue;
                }
                (Some(one), Some(c)) if one.matches(c) => {
                    token += 1;
                    rest = after;
                    continue;
                }
                _ => {}
            }
            let Some((start, from)) = &mut retry else { return false };
            if from.next().is_none_or(|c| c == '/') {
                return false;
            }
            (token, rest) = (*start, from.clone());
        }
    }
}

impl Token {
    fn matches(&self, c: char) -> bool {
        match self {
            Self::Literal(literal) => *literal == c,
            Self::One => c != '/',
            Self::Many => false,
            Self::Class { negated, ranges } => {
                c != '/' && *negated != ranges.iter().any(|(low, high)| (*low..=*high).contains(&c))
            }
        }
    }
}

fn class(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Result<Token, BadPattern> {
    let negated = chars.next_if_eq(&'^').is_some();
    let mut ranges = Vec::new();
    while ranges.is_empty() || chars.next_if_eq(&']').is_none() {
        let low = member(chars)?;
        let high = if chars.next_if_eq(&'-').is_some() { member(chars)? } else { low };
        ranges.push((low, high));
    }
    Ok(Token::Class { negated, ranges })
}

fn member(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Result<char, BadPattern> {
    match chars.next() {
        Some('\\') => chars.next().ok_or(BadPattern),
        None | Some('-' | ']') => Err(BadPattern),
        Some(c) => Ok(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, name: &str, expected: Result<bool, BadPattern>) {
        assert_eq!(
            Glob::parse(pattern).map(|glob| glob.matches(name)),
            expected,
            "{pattern} {name}"
        );
    }

    #[test]
    fn patterns_match_as_in_go() {
        check("abc", "abc", Ok(true));
        check("*", "abc", Ok(true));
        check("*c", "abc", Ok(true));
        check("a*/b", "abc/b", Ok(true));
        check("a*/b", "a/c/b", Ok(false));
        check("a*b?c*x", "abxbbxdbxebxczzx", Ok(true));
        check("ab[c]", "abc", Ok(true));
        check("ab[b-d]", "abc", Ok(true));
        check("ab[^c]", "abc", Ok(false));
        check("a\\*b", "a*b", Ok(true));
        check("a?b", "a/b", Ok(false));
        check("a[^a]b", "a/b", Ok(false));
        check("[\\]a]", "]", Ok(true));
        check("", "", Ok(true));
        check("a*", "", Ok(false));
        for bad in ["[]a]", "[-]", "[x-]", "[", "[^", "[a-", "a\\", "[a"] {
            check(bad, "a", Err(BadPattern));
        }
    }
}
