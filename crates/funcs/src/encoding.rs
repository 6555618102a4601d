//! Base64 and base32. As in sprig, what cannot be decoded gives the error as the result.

use base64::Engine;
use base64::alphabet::STANDARD as ALPHABET;
use base64::engine::general_purpose::STANDARD;
use gotmpl::{Args, Type, Value};

use crate::bounds::{bounded, bounded_bytes, check_text};
use crate::table::{Answer, Row, pure, takes};

const TEXT: &[Type] = &[Type::String];

pub(crate) const ROWS: &[Row] = &[
    pure(
        "b64enc",
        takes(TEXT, Type::String),
        b64enc,
        "Encodes a text in base64.",
        r#"b64enc "secret" => "c2VjcmV0""#,
    ),
    pure(
        "b64dec",
        takes(TEXT, Type::String),
        b64dec,
        "Decodes base64; returns what is wrong with it when that fails.",
        r#"b64dec "c2VjcmV0" => "secret""#,
    ),
    pure(
        "b32enc",
        takes(TEXT, Type::String),
        b32enc,
        "Encodes a text in base32.",
        r#"b32enc "secret" => "ONSWG4TFOQ======""#,
    ),
    pure(
        "b32dec",
        takes(TEXT, Type::String),
        b32dec,
        "Decodes base32; returns what is wrong with it when that fails.",
        r#"b32dec "ONSWG4TFOQ======" => "secret""#,
    ),
];

fn b64enc(args: &Args<'_>) -> Answer {
    check_text(args.bytes(0).len() / 3 * 4)?;
    bounded(STANDARD.encode(args.bytes(0)))
}

fn b64dec(args: &Args<'_>) -> Answer {
    match decode64(args.bytes(0)) {
        Ok(bytes) => bounded_bytes(bytes),
        Err(at) => Ok(Value::from(format!("illegal base64 data at input byte {at}"))),
    }
}

fn b32enc(args: &Args<'_>) -> Answer {
    check_text(args.bytes(0).len() / 5 * 8)?;
    let mut out = Vec::with_capacity(args.bytes(0).len() / 5 * 8 + 8);
    for chunk in args.bytes(0).chunks(5) {
        let bits = chunk.iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
        let bits = bits << (8 * (5 - chunk.len()));
        let digits = (chunk.len() * 8).div_ceil(5);
        for place in 0..8 {
            let digit = usize::try_from(bits >> (35 - 5 * place) & 31).unwrap_or_default();
            out.push(if place < digits {
                DIGITS32.get(digit).copied().unwrap_or_default()
            } else {
                b'='
            });
        }
    }
    bounded_bytes(out)
}

fn b32dec(args: &Args<'_>) -> Answer {
    let digit = |byte: u8| DIGITS32.iter().position(|digit| *digit == byte);
    match decode(args.bytes(0), &Base { group: 8, bits: 5, needed: &[2, 4, 5, 7], digit: &digit }) {
        Ok(bytes) => bounded_bytes(bytes),
        Err(at) => Ok(Value::from(format!("illegal base32 data at input byte {at}"))),
    }
}

const DIGITS32: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// Decodes base64 as Go does; an error is the position that Go names.
pub(crate) fn decode64(text: &[u8]) -> Result<Vec<u8>, usize> {
    // What is right is decoded by the quick library; only what is wrong is looked at by byte.
    if let Ok(bytes) = STANDARD.decode(text) {
        return Ok(bytes);
    }
    let digits = ALPHABET.as_str().as_bytes();
    let digit = |byte: u8| digits.iter().position(|digit| *digit == byte);
    decode(text, &Base { group: 4, bits: 6, needed: &[2, 3], digit: &digit })
}

struct Base<'a> {
    /// How many digits a full group has.
    group: usize,
    /// How many bits a digit has.
    bits: usize,
    /// How many digits a group with padding may have.
    needed: &'a [usize],
    digit: &'a dyn Fn(u8) -> Option<usize>,
}

/// Decodes group by group. Line ends count for nothing; positions are those in the whole text for
/// base64, and those without line ends for base32.
fn decode(text: &[u8], base: &Base<'_>) -> Result<Vec<u8>, usize> {
    let keeps = |(_, byte): &(usize, u8)| !matches!(byte, b'\r' | b'\n');
    let mut bytes = text.iter().copied().enumerate().filter(keeps).peekable();
    let mut out = Vec::new();
    let mut count = 0;
    while bytes.peek().is_some() {
        let (mut bits, mut digits) = (0_u64, 0);
        let mut last = 0;
        while digits < base.group {
            let Some((at, byte)) = bytes.next() else {
                // Go names the beginning of what is there of the group.
                return Err(if base.bits == 6 { text.len() } else { count } - digits);
            };
            last = if base.bits == 6 { at } else { count };
            count += 1;
            if byte == b'=' {
                break;
            }
            let digit = (base.digit)(byte).and_then(|digit| u64::try_from(digit).ok());
            bits = bits << base.bits | digit.ok_or(last)?;
            digits += 1;
        }
        let full = digits == base.group;
        if !full {
            if !base.needed.contains(&digits) {
                return Err(last);
            }
            for _ in digits + 1..base.group {
                match bytes.next() {
                    Some((_, b'=')) => count += 1,
                    Some((at, _)) => return Err(if base.bits == 6 { at - 1 } else { count }),
                    None => return Err(text.len()),
                }
            }
            if let Some((at, _)) = bytes.peek() {
                return Err(if base.bits == 6 { *at } else { count });
            }
        }
        let unused = digits * base.bits % 8;
        let whole = (bits >> unused).to_be_bytes();
        out.extend(whole.get(8 - digits * base.bits / 8..).unwrap_or_default());
    }
    Ok(out)
}
