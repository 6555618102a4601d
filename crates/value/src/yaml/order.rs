//! The order in which go-yaml prints the keys of a map: digits count as numbers, letters come behind
//! everything else.

use std::cmp::Ordering;

use super::write::Dialect;

/// Returns whether the entries are in order as they come, each compared with the next.
pub(super) fn is_sorted<'k, T>(
    mut entries: impl Iterator<Item = (&'k str, T)>,
    dialect: Dialect,
) -> bool {
    let Some((mut before, _)) = entries.next() else { return true };
    entries.all(|(key, _)| !less(key, std::mem::replace(&mut before, key), dialect))
}

/// Returns the entries in order.
///
/// The comparison contradicts itself for odd mixes of zeros, so the sorting is a merge sort of our own,
/// which any comparison leaves in one piece.
pub(super) fn sorted<T>(mut entries: Vec<(&str, T)>, dialect: Dialect) -> Vec<(&str, T)> {
    if entries.len() < 2 {
        return entries;
    }
    let right = sorted(entries.split_off(entries.len() / 2), dialect);
    let left = sorted(entries, dialect);
    let mut merged = Vec::with_capacity(left.len() + right.len());
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    while let (Some(l), Some(r)) = (left.peek(), right.peek()) {
        let smaller = if less(r.0, l.0, dialect) { right.next() } else { left.next() };
        merged.extend(smaller);
    }
    merged.extend(left);
    merged.extend(right);
    merged
}

fn less(a: &str, b: &str, dialect: Dialect) -> bool {
    let at = common(a, b);
    let before = a.get(..at).unwrap_or_default();
    let (a, b) = (a.get(at..).unwrap_or_default(), b.get(at..).unwrap_or_default());
    let (Some(x), Some(y)) = (a.chars().next(), b.chars().next()) else {
        return a.len() < b.len();
    };
    match (x.is_alphabetic(), y.is_alphabetic()) {
        (true, true) => return x < y,
        (false, false) => {}
        (_, letter) => {
            // v3 ends a number where the letters start, so that `1a` comes before `10`.
            let number = dialect == Dialect::V3 && before.ends_with(|c: char| c.is_ascii_digit());
            return letter != number;
        }
    }
    // A zero behind other digits is one more place and not a leading zero.
    let start = i64::from((x == '0' || y == '0') && ends_with_number(before));
    match digits(a, start).cmp(&digits(b, start)) {
        Ordering::Equal => x < y,
        order => order.is_lt(),
    }
}

/// Returns how many bytes both begin with, up to the first character that differs.
fn common(a: &str, b: &str) -> usize {
    let mut at = a.bytes().zip(b.bytes()).take_while(|(x, y)| x == y).count();
    while !a.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Returns whether the digits at the end of `text` hold anything but zeros.
fn ends_with_number(text: &str) -> bool {
    text.bytes().rev().take_while(u8::is_ascii_digit).any(|digit| digit != b'0')
}

/// Reads the digits at the beginning behind a number `start`; also returns how many there are.
fn digits(text: &str, start: i64) -> (i64, usize) {
    text.bytes().take_while(u8::is_ascii_digit).fold((start, 0), |(number, count), digit| {
        (number.wrapping_mul(10).wrapping_add(i64::from(digit - b'0')), count + 1)
    })
}
