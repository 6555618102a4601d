//! Where in a tag the text at fault stands. The parser tells the places of tags alone; this is asked for
//! when an error is told, so that nothing is kept for it.

use value::Position;

use crate::scan::position;
use crate::tree::At;

/// Returns the place of `token` in the tag at `at`, or that of the tag when it is not found there.
pub(crate) fn locate(text: &str, at: At, token: Option<&str>) -> Position {
    let found = || {
        let start = offset(text, at.position)?;
        let token = token.filter(|token| !token.is_empty())?;
        if at.chained {
            branches(text, start).find_map(|branch| find(text, branch, token))
        } else {
            find(text, start, token)
        }
    };
    found().map_or(at.position, |byte| position(text, byte))
}

/// Returns the text of the tag at `at`, from its `{{` to behind its `}}`.
pub(crate) fn tag(text: &str, at: Position) -> Option<(usize, usize)> {
    let start = offset(text, at)?;
    Some((start, end(text, start)?))
}

/// Returns the byte of a position.
fn offset(text: &str, at: Position) -> Option<usize> {
    let mut start = 0;
    for _ in 1..at.line {
        start += text.get(start..)?.find('\n')? + 1;
    }
    let line = text.get(start..)?;
    let column = line.char_indices().map(|(i, _)| i).nth(at.column.checked_sub(1)?);
    Some(start + column.unwrap_or(line.len()))
}

/// Returns the byte behind the `}}` of the tag at `start`.
fn end(text: &str, start: usize) -> Option<usize> {
    text.get(start..)?.find("}}").map(|length| start + length + 2)
}

/// Returns the places of the `{{else …}}` tags from `start` on.
fn branches(text: &str, start: usize) -> impl Iterator<Item = usize> {
    let rest = text.get(start..).unwrap_or_default();
    rest.match_indices("{{").map(move |(i, _)| start + i).filter(|place| {
        let inside = text.get(place + 2..).unwrap_or_default();
        let inside = inside.trim_start_matches('~').trim_start();
        inside.starts_with("else") || inside.starts_with('^')
    })
}

/// Returns where `token` stands as a whole word in the tag at `start`.
fn find(text: &str, start: usize, token: &str) -> Option<usize> {
    let tag = text.get(start..end(text, start)?)?;
    let part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | '@' | '$');
    tag.match_indices(token)
        .find(|(i, _)| {
            let before = tag.get(..*i).and_then(|before| before.chars().next_back());
            let after = tag.get(i + token.len()..).and_then(|after| after.chars().next());
            !before.is_some_and(part) && !after.is_some_and(part)
        })
        .map(|(i, _)| start + i)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_at_fault_is_found_in_its_tag() {
        let check = |text, line, column, chained, token, want: (usize, usize)| {
            let at = At { position: Position { line, column }, chained };
            let found = locate(text, at, Some(token));
            assert_eq!((found.line, found.column), want, "{text}");
        };
        check("a\n  {{upper ab b}}", 2, 3, false, "b", (2, 14));
        check("é {{a.b}}", 1, 3, false, "a.b", (1, 5));
        check("{{#if a}}{{b}}{{else if b}}{{/if}}", 1, 1, true, "b", (1, 25));
        check("{{a}}", 1, 1, false, "zz", (1, 1));
    }
}
