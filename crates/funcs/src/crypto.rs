//! Checksums, and randomness out of the [`World`].

#![expect(clippy::unnecessary_wraps, reason = "functions of the table share one signature")]

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use gotmpl::{Args, CallError, Type, Value};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use crate::bounds::{bounded, check_text};
use crate::table::{Answer, Row, asking, pure, takes};
use crate::world::World;

const TEXT: &[Type] = &[Type::String];

pub(crate) const ROWS: &[Row] = &[
    pure(
        "sha1sum",
        takes(TEXT, Type::String),
        sha1sum,
        "Returns the SHA-1 checksum of a text in hexadecimal.",
        r#"sha1sum "a" => "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8""#,
    ),
    pure(
        "sha256sum",
        takes(TEXT, Type::String),
        sha256sum,
        "Returns the SHA-256 checksum of a text in hexadecimal.",
        r#"sha256sum "a" => "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb""#,
    ),
    pure(
        "sha512sum",
        takes(TEXT, Type::String),
        sha512sum,
        "Returns the SHA-512 checksum of a text in hexadecimal.",
        r#"sha512sum "a" => "1f40fc92da241694750979ee6cf582f2d5d7d28e18335de05abc54d0560e0f5302860c652bf08d560252aa5e74210546f369fbbbce8c12cfc7957b2652fe9a75""#,
    ),
    pure(
        "adler32sum",
        takes(TEXT, Type::String),
        adler32sum,
        "Returns the Adler-32 checksum of a text as a number in text.",
        r#"adler32sum "abc" => "38600999""#,
    ),
    random("randAlphaNum", rand_alpha_num, "Returns so many random letters and digits."),
    random("randAlpha", rand_alpha, "Returns so many random letters."),
    random("randNumeric", rand_numeric, "Returns so many random digits."),
    random(
        "randAscii",
        rand_ascii,
        "Returns so many random characters that can be seen, and blanks.",
    ),
    random("randBytes", rand_bytes, "Returns so many random bytes in base64."),
    asking("uuidv4", takes(&[], Type::String), uuidv4, "Returns a random UUID.", ""),
];

const fn random(
    name: &'static str,
    function: fn(&dyn World, &Args<'_>) -> Answer,
    doc: &'static str,
) -> Row {
    asking(name, takes(&[Type::Int], Type::String), function, doc, "")
}

fn sha1sum(args: &Args<'_>) -> Answer {
    Ok(Value::from(hex(&Sha1::digest(args.bytes(0)))))
}

fn sha256sum(args: &Args<'_>) -> Answer {
    Ok(Value::from(hex(&Sha256::digest(args.bytes(0)))))
}

fn sha512sum(args: &Args<'_>) -> Answer {
    Ok(Value::from(hex(&Sha512::digest(args.bytes(0)))))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, byte| {
        let _infallible = write!(out, "{byte:02x}");
        out
    })
}

fn adler32sum(args: &Args<'_>) -> Answer {
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in args.bytes(0) {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    Ok(Value::from(((b << 16) | a).to_string()))
}

const DIGITS: &[u8] = b"0123456789";
const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const BOTH: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

fn rand_alpha_num(world: &dyn World, args: &Args<'_>) -> Answer {
    drawn(world, args, BOTH)
}

fn rand_alpha(world: &dyn World, args: &Args<'_>) -> Answer {
    drawn(world, args, LETTERS)
}

fn rand_numeric(world: &dyn World, args: &Args<'_>) -> Answer {
    drawn(world, args, DIGITS)
}

/// Draws from `alphabet` without bias: bytes beyond the last whole round of it are drawn again.
fn drawn(world: &dyn World, args: &Args<'_>, alphabet: &[u8]) -> Answer {
    // A negative length is an error that sprig swallows.
    let length = usize::try_from(args.int(0)).unwrap_or_default();
    check_text(length)?;
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

fn rand_ascii(world: &dyn World, args: &Args<'_>) -> Answer {
    let visible: Vec<u8> = (b' '..=b'~').collect();
    drawn(world, args, &visible)
}

fn rand_bytes(world: &dyn World, args: &Args<'_>) -> Answer {
    let count = usize::try_from(args.int(0))
        .map_err(|_| CallError::from("runtime error: makeslice: len out of range"))?;
    check_text(count)?;
    let mut bytes = vec![0; count];
    world.random(&mut bytes);
    bounded(STANDARD.encode(bytes))
}

fn uuidv4(world: &dyn World, _: &Args<'_>) -> Answer {
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
        let draw = |length| rand_numeric(&FixedWorld::new(), &Args::new(&[Value::Int(length)]));
        let digits = draw(100).expect("digits");
        let digits = digits.as_str().expect("text");
        assert!(digits.len() == 100 && digits.bytes().all(|b| b.is_ascii_digit()), "{digits}");
        assert!(draw(i64::MAX).is_err());
    }

    #[test]
    fn a_uuid_has_version_and_variant() {
        let uuid = uuidv4(&FixedWorld::new(), &Args::new(&[])).expect("a uuid");
        let uuid = uuid.as_str().expect("text").to_owned();
        assert_eq!(uuid.len(), 36);
        assert_eq!(uuid.as_bytes()[14], b'4');
        assert!(b"89ab".contains(&uuid.as_bytes()[19]), "{uuid}");
    }
}
