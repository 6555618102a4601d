//! What bytes of a template are: space, words, delimiters.

use memchr::memchr;

/// Returns the offset of `needle`.
pub(crate) fn find(text: &[u8], needle: &[u8]) -> Option<usize> {
    if starts_with(text, needle) {
        return Some(0);
    }
    let (&first, rest) = needle.split_first()?;
    let mut from = 0;
    loop {
        let at = from + memchr(first, text.get(from..)?)?;
        from = at + 1;
        if starts_with(text.get(from..)?, rest) {
            return Some(at);
        }
    }
}

/// Compares byte by byte: delimiters are short.
#[inline]
pub(crate) fn starts_with(text: &[u8], start: &[u8]) -> bool {
    text.len() >= start.len() && text.iter().zip(start).all(|(one, other)| one == other)
}

pub(crate) const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// How many bytes of letters, digits and underscores a text begins with.
#[inline]
pub(crate) fn length_of_word(text: &[u8]) -> usize {
    text.iter().position(|byte| !in_word(*byte)).unwrap_or(text.len())
}

/// Returns whether a byte is a letter, a digit or an underscore: looked up, since most of an action is words.
#[expect(clippy::indexing_slicing, reason = "the table has a place for every byte")]
#[inline]
pub(crate) fn in_word(byte: u8) -> bool {
    const TABLE: [bool; 256] = {
        let mut table = [false; 256];
        let mut byte = 0_u8;
        while byte < 0x80 {
            table[byte as usize] = byte.is_ascii_alphanumeric() || byte == b'_';
            byte += 1;
        }
        table
    };
    TABLE[usize::from(byte)]
}

pub(crate) fn trailing_space(text: &[u8]) -> usize {
    text.iter().rev().take_while(|&&b| is_space(b)).count()
}

pub(crate) fn leading_space(text: &[u8]) -> usize {
    text.iter().take_while(|&&b| is_space(b)).count()
}

pub(crate) fn has_left_trim(text: &[u8]) -> bool {
    matches!(text, [b'-', space, ..] if is_space(*space))
}
