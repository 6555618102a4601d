//! Text in quotes as Go's `strconv` writes and reads it. Text is bytes: it need not be UTF-8.

use std::borrow::Cow;

use memchr::{memchr, memchr3};

use crate::unicode::{decode, is_print};

/// The quotes were malformed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BadSyntax;

/// Returns `text` in double quotes, as `%q` of Go prints it.
#[must_use]
pub fn quote(text: &[u8]) -> String {
    quote_with(text, false)
}

/// Returns `text` in double quotes; everything outside ASCII is escaped if `ascii`.
pub(crate) fn quote_with(text: &[u8], ascii: bool) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    let mut rest = text;
    while !rest.is_empty() {
        let (c, width) = decode(rest);
        match rest.first() {
            Some(&byte) if c == char::REPLACEMENT_CHARACTER && width == 1 => {
                push_code(&mut out, 'x', u32::from(byte), 2);
            }
            _ => push_escaped(&mut out, c, '"', ascii),
        }
        rest = rest.get(width..).unwrap_or_default();
    }
    out.push('"');
    out
}

/// Returns `c` in single quotes.
pub(crate) fn quote_char(c: char, ascii: bool) -> String {
    let mut out = String::from('\'');
    push_escaped(&mut out, c, '\'', ascii);
    out.push('\'');
    out
}

fn push_escaped(out: &mut String, c: char, mark: char, ascii: bool) {
    if c == mark || c == '\\' {
        out.push('\\');
        out.push(c);
        return;
    }
    if if ascii { c.is_ascii() && is_print(c) } else { is_print(c) } {
        out.push(c);
        return;
    }
    match c {
        '\u{7}' => out.push_str("\\a"),
        '\u{8}' => out.push_str("\\b"),
        '\u{c}' => out.push_str("\\f"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\u{b}' => out.push_str("\\v"),
        c => match u32::from(c) {
            code if code < 0x20 || code == 0x7f => push_code(out, 'x', code, 2),
            code if code < 0x1_0000 => push_code(out, 'u', code, 4),
            code => push_code(out, 'U', code, 8),
        },
    }
}

/// Appends an escape of so many hexadecimal digits.
fn push_code(out: &mut String, letter: char, code: u32, width: u32) {
    out.push('\\');
    out.push(letter);
    for digit in (0..width).rev() {
        out.push(char::from_digit(code >> (4 * digit) & 15, 16).unwrap_or('0'));
    }
}

/// Returns whether `text` may stand between backquotes unchanged.
pub(crate) fn can_backquote(text: &[u8]) -> bool {
    let mut rest = text;
    while !rest.is_empty() {
        let (c, width) = decode(rest);
        rest = rest.get(width..).unwrap_or_default();
        if width > 1 {
            if c == '\u{feff}' {
                return false;
            }
            continue;
        }
        if c == char::REPLACEMENT_CHARACTER || (c < ' ' && c != '\t') || c == '`' || c == '\u{7f}' {
            return false;
        }
    }
    true
}

/// Returns what a quoted string stands for; the quotes are part of `text`.
pub(crate) fn unquote(text: &[u8]) -> Result<Cow<'_, [u8]>, BadSyntax> {
    let (Some(&mark), Some((&last, inner))) =
        (text.first(), text.get(1..).and_then(<[u8]>::split_last))
    else {
        return Err(BadSyntax);
    };
    if last != mark {
        return Err(BadSyntax);
    }
    if mark == b'`' {
        return unquote_raw(inner);
    }
    if memchr3(b'\\', b'\n', mark, inner).is_none() && std::str::from_utf8(inner).is_ok() {
        return Ok(Cow::Borrowed(inner));
    }
    let mut out = Vec::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(&first) = rest.first() {
        if first == b'\n' {
            return Err(BadSyntax);
        }
        let (piece, tail) = unquote_char(rest, mark)?;
        match piece {
            Piece::Byte(byte) => out.push(byte),
            Piece::Char(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
        rest = tail;
    }
    Ok(Cow::Owned(out))
}

fn unquote_raw(inner: &[u8]) -> Result<Cow<'_, [u8]>, BadSyntax> {
    if memchr(b'`', inner).is_some() {
        return Err(BadSyntax);
    }
    Ok(match memchr(b'\r', inner) {
        None => Cow::Borrowed(inner),
        Some(_) => Cow::Owned(inner.iter().copied().filter(|&b| b != b'\r').collect()),
    })
}

/// What one escape or character stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// A single byte, which may be a part of a character.
    Byte(u8),
    /// A character.
    Char(char),
}

impl Piece {
    /// Returns the code of the character.
    pub(crate) fn code(self) -> u32 {
        match self {
            Self::Byte(byte) => u32::from(byte),
            Self::Char(c) => u32::from(c),
        }
    }
}

/// Reads one character or escape of a string within `mark`, returns it with what follows.
pub(crate) fn unquote_char(text: &[u8], mark: u8) -> Result<(Piece, &[u8]), BadSyntax> {
    let Some((&first, rest)) = text.split_first() else {
        return Err(BadSyntax);
    };
    if first == mark {
        return Err(BadSyntax);
    }
    if first >= 0x80 {
        let (c, width) = decode(text);
        return Ok((Piece::Char(c), text.get(width..).unwrap_or_default()));
    }
    if first != b'\\' {
        return Ok((Piece::Byte(first), rest));
    }
    let Some((&escape, rest)) = rest.split_first() else {
        return Err(BadSyntax);
    };
    let byte = match escape {
        b'a' => 7,
        b'b' => 8,
        b'f' => 12,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 11,
        b'\\' => b'\\',
        b'\'' | b'"' if escape == mark => escape,
        b'x' => {
            let (code, rest) = digits(rest, 2, 16)?;
            return Ok((Piece::Byte(u8::try_from(code).map_err(|_| BadSyntax)?), rest));
        }
        b'u' | b'U' => {
            let (code, rest) = digits(rest, if escape == b'u' { 4 } else { 8 }, 16)?;
            return Ok((Piece::Char(char::from_u32(code).ok_or(BadSyntax)?), rest));
        }
        b'0'..=b'7' => {
            let (low, rest) = digits(rest, 2, 8)?;
            let code = u32::from(escape - b'0') * 64 + low;
            return Ok((Piece::Byte(u8::try_from(code).map_err(|_| BadSyntax)?), rest));
        }
        _ => return Err(BadSyntax),
    };
    Ok((Piece::Byte(byte), rest))
}

fn digits(text: &[u8], count: usize, radix: u32) -> Result<(u32, &[u8]), BadSyntax> {
    let (digits, rest) = text.split_at_checked(count).ok_or(BadSyntax)?;
    let mut code: u32 = 0;
    for &digit in digits {
        let digit = char::from(digit).to_digit(radix).ok_or(BadSyntax)?;
        code = code.wrapping_mul(radix).wrapping_add(digit);
    }
    Ok((code, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_written_as_go_writes_them() {
        let check = |text: &[u8], quoted: &str| assert_eq!(quote(text), quoted);
        check(b"a\"b\\c\n\t\x00\x7f", r#""a\"b\\c\n\t\x00\x7f""#);
        check("é\u{a0}\u{200b}\u{10ffff}".as_bytes(), r#""é\u00a0\u200b\U0010ffff""#);
        check(b"\xff\xc3", r#""\xff\xc3""#);
        check("\u{fffd}".as_bytes(), "\"\u{fffd}\"");
    }

    #[test]
    fn quotes_are_read_as_go_reads_them() {
        let check = |text: &str, want: Option<&[u8]>| {
            assert_eq!(unquote(text.as_bytes()).ok().as_deref(), want, "{text}");
        };
        check(r#""a\n\x41\u00e9\101""#, Some("a\nAéA".as_bytes()));
        check(r#""\xff""#, Some(b"\xff"));
        check(r#""\'""#, None);
        check(r#""\400""#, None);
        check(r#""\ud800""#, None);
        check("`a\\n\r\nb`", Some(b"a\\n\nb"));
        check("\"", None);
        check("\"a\"b\"", None);
    }
}
