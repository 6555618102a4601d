//! Checksums, and randomness out of the [`World`].

#![expect(clippy::unnecessary_wraps, reason = "functions of the table share one signature")]

use std::fmt::Write;

use sha2::{Digest, Sha256, Sha512};
use value::Value;

use crate::args::{int, text};
use crate::error::FuncError;
use crate::table::{Function, Row, exact, row};
use crate::world::World;

pub(crate) const ROWS: &[Row] = &[
    exact(
        "sha256sum",
        1,
        sha256sum,
        "Returns the SHA-256 checksum of a text in hexadecimal.",
        r#"sha256sum "a" => "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb""#,
    ),
    exact(
        "sha512sum",
        1,
        sha512sum,
        "Returns the SHA-512 checksum of a text in hexadecimal.",
        r#"sha512sum "a" => "1f40fc92da241694750979ee6cf582f2d5d7d28e18335de05abc54d0560e0f5302860c652bf08d560252aa5e74210546f369fbbbce8c12cfc7957b2652fe9a75""#,
    ),
    exact(
        "adler32sum",
        1,
        adler32sum,
        "Returns the Adler-32 checksum of a text as a number in text.",
        r#"adler32sum "abc" => "38600999""#,
    ),
    random("randAlphaNum", rand_alpha_num, "Returns so many random letters and digits."),
    random("randAlpha", rand_alpha, "Returns so many random letters."),
    random("randNumeric", rand_numeric, "Returns so many random digits."),
    row("uuidv4", 0, Some(0), Function::World(uuidv4), "Returns a random UUID.", ""),
];

const fn random(
    name: &'static str,
    function: fn(&dyn World, &[Value]) -> Result<Value, FuncError>,
    doc: &'static str,
) -> Row {
    row(name, 1, Some(1), Function::World(function), doc, "")
}

fn sha256sum(args: &[Value]) -> Result<Value, FuncError> {
    Ok(Value::from(hex(&Sha256::digest(text(args, 0)?))))
}

fn sha512sum(args: &[Value]) -> Result<Value, FuncError> {
    Ok(Value::from(hex(&Sha512::digest(text(args, 0)?))))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, byte| {
        let _infallible = write!(out, "{byte:02x}");
        out
    })
}

fn adler32sum(args: &[Value]) -> Result<Value, FuncError> {
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in text(args, 0)?.bytes() {
        a = (a + u32::from(byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    Ok(Value::from(((b << 16) | a).to_string()))
}

const DIGITS: &[u8] = b"0123456789";
const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const BOTH: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

fn rand_alpha_num(world: &dyn World, args: &[Value]) -> Result<Value, FuncError> {
    drawn(world, args, BOTH)
}

fn rand_alpha(world: &dyn World, args: &[Value]) -> Result<Value, FuncError> {
    drawn(world, args, LETTERS)
}

fn rand_numeric(world: &dyn World, args: &[Value]) -> Result<Value, FuncError> {
    drawn(world, args, DIGITS)
}

/// Draws from `alphabet` without bias: bytes beyond the last whole round of it are drawn again.
fn drawn(world: &dyn World, args: &[Value], alphabet: &[u8]) -> Result<Value, FuncError> {
    let length = usize::try_from(int(args, 0)?)
        .map_err(|_| FuncError::failed("the length must not be negative"))?;
    crate::bounds::check_text(length)?;
    let fair = 256 - 256 % alphabet.len();
    let mut out = String::with_capacity(length);
    while out.len() < length {
        let mut bytes = [0; 32];
        world.random(&mut bytes);
        let letters = bytes
            .iter()
            .filter(|byte| usize::from(**byte) < fair)
            .filter_map(|byte| alphabet.get(usize::from(*byte) % alphabet.len()));
        out.extend(letters.take(length - out.len()).map(|letter| char::from(*letter)));
    }
    Ok(Value::from(out))
}

fn uuidv4(world: &dyn World, _: &[Value]) -> Result<Value, FuncError> {
    let mut bytes = [0; 16];
    world.random(&mut bytes);
    let number = (u128::from_be_bytes(bytes) & !(0xf << 76) & !(0x3 << 62)) | 0x4 << 76 | 0x2 << 62;
    let digits = format!("{number:032x}");
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    Ok(Value::from([part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FixedWorld;

    #[test]
    fn random_text_has_the_length_and_the_letters_asked_for() {
        let draw = |length| rand_numeric(&FixedWorld::new(), &[Value::Int(length)]);
        let digits = draw(100).expect("digits");
        let digits = digits.as_str().expect("text");
        assert!(digits.len() == 100 && digits.bytes().all(|b| b.is_ascii_digit()), "{digits}");
        assert!(draw(-1).is_err() && draw(i64::MAX).is_err());
    }

    #[test]
    fn a_uuid_has_version_and_variant() {
        let uuid = uuidv4(&FixedWorld::new(), &[]).expect("a uuid");
        let uuid = uuid.as_str().expect("text").to_owned();
        assert_eq!(uuid.len(), 36);
        assert_eq!(uuid.as_bytes()[14], b'4');
        assert!(b"89ab".contains(&uuid.as_bytes()[19]), "{uuid}");
    }
}
