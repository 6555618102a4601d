//! Letters as Go's package `unicode` sees them: every letter has one partner in the other case, where
//! Rust may answer with several characters.

/// Returns the capital of a letter.
pub(crate) fn upper(c: char) -> char {
    if let Some(capital) = iota_capital(c) {
        return capital;
    }
    single(c.to_uppercase(), c)
}

/// Returns the small letter of a capital.
pub(crate) fn lower(c: char) -> char {
    if c == 'İ' { 'i' } else { single(c.to_lowercase(), c) }
}

/// Returns the capital of a letter at the beginning of a word.
pub(crate) fn title(c: char) -> char {
    match c {
        'Ǆ' | 'ǅ' | 'ǆ' => 'ǅ',
        'Ǉ' | 'ǈ' | 'ǉ' => 'ǈ',
        'Ǌ' | 'ǋ' | 'ǌ' => 'ǋ',
        'Ǳ' | 'ǲ' | 'ǳ' => 'ǲ',
        'ა'..='ჺ' | 'ჽ'..='ჿ' => c,
        other => upper(other),
    }
}

/// Returns whether this is a letter in title case, such as `ǅ`.
pub(crate) fn is_title(c: char) -> bool {
    matches!(c, 'ǅ' | 'ǈ' | 'ǋ' | 'ǲ' | '\u{1f88}'..='\u{1f8f}' | '\u{1f98}'..='\u{1f9f}'
        | '\u{1fa8}'..='\u{1faf}' | '\u{1fbc}' | '\u{1fcc}' | '\u{1ffc}')
}

/// Returns whether Go counts this as a blank.
pub(crate) fn is_space(c: char) -> bool {
    c.is_whitespace()
}

fn single(mut mapped: impl Iterator<Item = char>, otherwise: char) -> char {
    match (mapped.next(), mapped.next()) {
        (Some(c), None) => c,
        _ => otherwise,
    }
}

/// The capitals of Greek letters with an iota below, which Rust spells as two letters.
fn iota_capital(c: char) -> Option<char> {
    match c {
        '\u{1f80}'..='\u{1f87}' | '\u{1f90}'..='\u{1f97}' | '\u{1fa0}'..='\u{1fa7}' => {
            char::from_u32(u32::from(c) + 8)
        }
        '\u{1fb3}' | '\u{1fc3}' | '\u{1ff3}' => char::from_u32(u32::from(c) + 9),
        _ => None,
    }
}
