//! A look at a template before it is parsed: the parser walks nested tags by recursion, so their depth
//! is limited first.

use value::Position;

/// The longest template, in bytes.
pub(crate) const MAX_SOURCE: usize = 4 << 20;

/// How deep blocks may be nested, `{{else if}}` counting as one more.
const MAX_BLOCKS: usize = 48;

/// How deep parentheses, brackets and braces may be nested within a tag.
const MAX_PARENS: usize = 24;

/// How much work the parser may have with all templates together.
///
/// For each tag it counts the lines before it, so a template costs the sum of the places of its tags. A
/// hundred million bytes are about a third of a second.
pub(crate) const MAX_COST: u64 = 300_000_000;

/// What a look at a template tells.
pub(crate) struct Outline {
    /// What is never closed: the parser, which must refuse it, does not know which one it is.
    pub(crate) unclosed: Option<Unclosed>,
    /// How much work the parser has with it; see [`MAX_COST`].
    pub(crate) cost: u64,
}

/// What is opened and never closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unclosed {
    /// A tag without `}}`.
    Tag(Position),
    /// The innermost block without `{{/…}}`.
    Block(Position),
}

/// Returns the outline of `text`, or what is wrong with it and where.
pub(crate) fn check(text: &str) -> Result<Outline, (Position, String)> {
    if text.len() > MAX_SOURCE {
        let message = format!("the template is larger than {} MiB", MAX_SOURCE >> 20);
        return Err((Position { line: 1, column: 1 }, message));
    }
    let mut open: Vec<Open> = Vec::new();
    let (mut at, mut cost, mut tag) = (0, 0_u64, None);
    while let Some(start) = text.get(at..).and_then(|rest| rest.find("{{")).map(|i| at + i) {
        let inside = text.get(start + 2..).unwrap_or_default();
        cost = cost.saturating_add(u64::try_from(start).unwrap_or(u64::MAX));
        if cost > MAX_COST {
            return Err((position(text, start), TOO_MANY_TAGS.to_owned()));
        }
        if let Some(comment) = inside.strip_prefix('!') {
            let end = if comment.starts_with("--") { "--}}" } else { "}}" };
            at = start + 3 + comment.find(end).map_or(comment.len(), |i| i + end.len());
            continue;
        }
        let word = inside.trim_start_matches(['{', '~']).trim_start();
        if word.starts_with('#') || (inside.starts_with("{{") && !word.starts_with('/')) {
            open.push(Open { start, branches: 0 });
        } else if word.starts_with('/') {
            open.pop();
        } else if (word.starts_with("else") || word.starts_with('^'))
            && let Some(block) = open.last_mut()
        {
            block.branches += 1;
        }
        if open.len() + open.iter().map(|block| block.branches).sum::<usize>() > MAX_BLOCKS {
            let message = format!("blocks are nested deeper than {MAX_BLOCKS}");
            return Err((position(text, start), message));
        }
        let (length, looked_at) = parens(inside).map_err(|offset| {
            let message = format!("parentheses are nested deeper than {MAX_PARENS}");
            (position(text, start + 2 + offset), message)
        })?;
        if looked_at == inside.len() {
            tag.get_or_insert(start);
        }
        cost = cost.saturating_add(u64::try_from(looked_at).unwrap_or(u64::MAX));
        at = start + 2 + length;
    }
    let unclosed = tag
        .map(|start| Unclosed::Tag(position(text, start)))
        .or_else(|| open.last().map(|block| Unclosed::Block(position(text, block.start))));
    Ok(Outline { unclosed, cost })
}

/// What is said of templates beyond [`MAX_COST`].
pub(crate) const TOO_MANY_TAGS: &str = "there are too many tags in templates of this size";

/// A block that is open.
struct Open {
    /// Its `{{`.
    start: usize,
    /// How many `{{else}}` it has.
    branches: usize,
}

/// Returns the length of a tag up to its `}}` and how many bytes were looked at for that, or where
/// parentheses get too deep.
fn parens(inside: &str) -> Result<(usize, usize), usize> {
    let mut depth = 0_usize;
    let mut quote = None;
    let mut escaped = false;
    let mut braces = inside.bytes().take_while(|b| *b == b'{').count();
    for (offset, byte) in inside.bytes().enumerate().skip(braces) {
        match (quote, byte) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), b'\\') => escaped = true,
            (Some(open), _) if byte == open => quote = None,
            (Some(_), _) => continue,
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'(' | b'[' | b'{') => depth += 1,
            (None, b'}') if depth == 0 && braces > 0 => braces -= 1,
            (None, b'}') if depth == 0 => return Ok((offset, offset)),
            (None, b')' | b']' | b'}') => depth = depth.saturating_sub(1),
            (None, _) => {}
        }
        if depth > MAX_PARENS {
            return Err(offset);
        }
    }
    let closed = quote.is_none() && depth == 0;
    Ok((if closed { inside.len() } else { 0 }, inside.len()))
}

/// Returns line and column of a byte.
pub(crate) fn position(text: &str, byte: usize) -> Position {
    let before = text.get(..text.floor_char_boundary(byte)).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    Position {
        line: before.matches('\n').count() + 1,
        column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(text: &str) -> Option<String> {
        check(text).err().map(|(position, message)| format!("{position}: {message}"))
    }

    #[test]
    fn deep_templates_are_refused_before_they_are_parsed() {
        let blocks = "{{#if a}}".repeat(49);
        assert_eq!(verdict(&blocks).as_deref(), Some("1:433: blocks are nested deeper than 48"));
        let chain = format!("{{{{#if a}}}}{}", "{{else if a}}".repeat(60));
        assert!(verdict(&chain).is_some_and(|v| v.ends_with("blocks are nested deeper than 48")));
        let parens = format!("{{{{a {}", "(a ".repeat(30));
        assert!(verdict(&parens).is_some_and(|v| v.ends_with("deeper than 24")));
        let brackets = format!("{{{{a {}", "[".repeat(30));
        assert!(verdict(&brackets).is_some_and(|v| v.ends_with("deeper than 24")));
    }

    #[test]
    fn templates_that_take_the_parser_too_long_are_refused() {
        let many = "{{a}}\n".repeat(12_000);
        assert!(verdict(&many).is_some_and(|v| v.ends_with(TOO_MANY_TAGS)));
        assert_eq!(verdict(&"{{a}}\n".repeat(5_000)), None);
    }

    #[test]
    fn ordinary_templates_pass_however_long_they_are() {
        assert_eq!(verdict(&"{{#if a}}x{{else}}y{{/if}}\n{{! {{#if }}".repeat(500)), None);
        assert_eq!(
            verdict(
                &"{{!-- {{#if a}} --}}{{{a}}}{{a \"((((((((((((((((((((((((((((\"}}".repeat(99)
            ),
            None
        );
        assert_eq!(verdict("plain } { text"), None);
    }
}
