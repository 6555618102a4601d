//! Password hashes, derived passwords, and encryption under a password.

use aes::Aes256;
use aes::cipher::{Block, BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use gotmpl::{Args, CallError, Type, Value};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::args::text;
use crate::bounds::{bounded, bounded_bytes, check_text};
use crate::table::{Answer, Row, asking, pure, takes};
use crate::world::World;

const TEXT: Type = Type::String;

pub(crate) const ROWS: &[Row] = &[
    asking(
        "bcrypt",
        takes(&[TEXT], TEXT),
        bcrypt_hash,
        "Returns the bcrypt hash of a password.",
        "",
    ),
    asking(
        "htpasswd",
        takes(&[TEXT, TEXT], TEXT),
        htpasswd,
        "Returns a line for a file of users and bcrypt hashes of their passwords.",
        "",
    ),
    asking(
        "derivePassword",
        takes(&[Type::Uint32, TEXT, TEXT, TEXT, TEXT], TEXT),
        derive_password,
        "Derives a password for a site from a counter, a kind (`long`, `pin`, …), a password, a user and the site.",
        r#"derivePassword 1 "pin" "password" "user" "example.com" => "6685""#,
    ),
    asking(
        "encryptAES",
        takes(&[TEXT, TEXT], TEXT),
        encrypt,
        "Encrypts a text with AES-256-CBC under a password; the result is base64.",
        "",
    ),
    pure(
        "decryptAES",
        takes(&[TEXT, TEXT], TEXT),
        decrypt,
        "Decrypts what `encryptAES` returned.",
        r#"decryptAES "key" "" => """#,
    ),
];

/// The cost of a hash, in powers of two: Go's default.
const COST: u32 = 10;

fn bcrypt_hash(world: &dyn World, args: &Args<'_>) -> Answer {
    Ok(Value::from(hash(world, args.bytes(0))?))
}

fn hash(world: &dyn World, password: &[u8]) -> Result<String, CallError> {
    if password.len() > 72 {
        let why = "bcrypt: password length exceeds 72 bytes";
        return Ok(format!("failed to encrypt string with bcrypt: {why}"));
    }
    world.toil()?;
    let mut salt = [0; 16];
    world.random(&mut salt);
    let parts = bcrypt::hash_with_salt(password, COST, salt)
        .map_err(|error| CallError::Text(error.to_string()))?;
    Ok(parts.format_for_version(bcrypt::Version::TwoA))
}

fn htpasswd(world: &dyn World, args: &Args<'_>) -> Answer {
    let user = text(args, 0);
    if user.contains(':') {
        return Ok(Value::from(format!("invalid username: {user}")));
    }
    Ok(Value::from(format!("{user}:{}", hash(world, args.bytes(1))?)))
}

const SEED: &[u8] = b"com.lyndir.masterpassword";

/// The forms of a kind of password; each letter stands for a set of characters.
fn forms(kind: &str) -> Option<&'static [&'static str]> {
    Some(match kind {
        "maximum" => &["anoxxxxxxxxxxxxxxxxx", "axxxxxxxxxxxxxxxxxno"],
        "long" => &[
            "CvcvnoCvcvCvcv",
            "CvcvCvcvnoCvcv",
            "CvcvCvcvCvcvno",
            "CvccnoCvcvCvcv",
            "CvccCvcvnoCvcv",
            "CvccCvcvCvcvno",
            "CvcvnoCvccCvcv",
            "CvcvCvccnoCvcv",
            "CvcvCvccCvcvno",
            "CvcvnoCvcvCvcc",
            "CvcvCvcvnoCvcc",
            "CvcvCvcvCvccno",
            "CvccnoCvccCvcv",
            "CvccCvccnoCvcv",
            "CvccCvccCvcvno",
            "CvcvnoCvccCvcc",
            "CvcvCvccnoCvcc",
            "CvcvCvccCvccno",
            "CvccnoCvcvCvcc",
            "CvccCvcvnoCvcc",
            "CvccCvcvCvccno",
        ],
        "medium" => &["CvcnoCvc", "CvcCvcno"],
        "short" => &["Cvcn"],
        "basic" => &["aaanaaan", "aannaaan", "aaannaaa"],
        "pin" => &["nnnn"],
        _ => return None,
    })
}

fn characters(letter: u8) -> &'static [u8] {
    match letter {
        b'V' => b"AEIOU",
        b'C' => b"BCDFGHJKLMNPQRSTVWXYZ",
        b'v' => b"aeiou",
        b'c' => b"bcdfghjklmnpqrstvwxyz",
        b'a' => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz",
        b'n' => b"0123456789",
        b'o' => b"@&%?,=[]_:-+*$#!'^~;()/.",
        _ => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()",
    }
}

fn derive_password(world: &dyn World, args: &Args<'_>) -> Answer {
    let kind = text(args, 1);
    let Some(forms) = forms(&kind) else {
        return Ok(Value::from(format!("cannot find password template {kind}")));
    };
    world.toil()?;
    let failed = |error: String| CallError::Text(format!("failed to derive password: {error}"));
    let counter = u32::try_from(args.at(0).as_uint().unwrap_or_default()).unwrap_or(u32::MAX);
    let params = scrypt::Params::new(15, 8, 2).map_err(|error| failed(error.to_string()))?;
    let mut key = [0; 64];
    scrypt::scrypt(args.bytes(2), &salted(args.bytes(3)), &params, &mut key)
        .map_err(|error| failed(error.to_string()))?;
    let mut mac =
        Hmac::<Sha256>::new_from_slice(&key).map_err(|error| failed(error.to_string()))?;
    mac.update(&salted(args.bytes(4)));
    mac.update(&counter.to_be_bytes());
    let seed = mac.finalize().into_bytes();
    let (first, rest) = seed.split_first().unwrap_or((&0, &[]));
    let form = forms.get(usize::from(*first) % forms.len()).copied().unwrap_or_default();
    let letter = |(letter, byte): (u8, &u8)| {
        let set = characters(letter);
        set.get(usize::from(*byte) % set.len()).map(|byte| char::from(*byte))
    };
    bounded(form.bytes().zip(rest).filter_map(letter).collect())
}

/// Returns the seed, the length of a text and the text.
fn salted(text: &[u8]) -> Vec<u8> {
    let length = u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes();
    [SEED, &length, text].concat()
}

fn cipher(password: &[u8]) -> Aes256 {
    let mut key = [0; 32];
    for (byte, given) in key.iter_mut().zip(password) {
        *byte = *given;
    }
    Aes256::new(&key.into())
}

fn encrypt(world: &dyn World, args: &Args<'_>) -> Answer {
    let plain = args.bytes(1);
    if plain.is_empty() {
        return Ok(Value::from(""));
    }
    check_text(plain.len() / 3 * 4 + 64)?;
    let cipher = cipher(args.bytes(0));
    let mut last = [0; 16];
    world.random(&mut last);
    let mut out = last.to_vec();
    let padding = 16 - plain.len() % 16;
    let mut padded = plain.to_vec();
    padded.resize(plain.len() + padding, u8::try_from(padding).unwrap_or_default());
    for chunk in padded.chunks(16) {
        for (byte, plain) in last.iter_mut().zip(chunk) {
            *byte ^= *plain;
        }
        let mut block: Block<Aes256> = last.into();
        cipher.encrypt_block(&mut block);
        last = block.into();
        out.extend(last);
    }
    bounded(STANDARD.encode(out))
}

fn decrypt(args: &Args<'_>) -> Answer {
    if args.bytes(1).is_empty() {
        return Ok(Value::from(""));
    }
    let sealed = crate::encoding::decode64(args.bytes(1))
        .map_err(|at| CallError::Text(format!("illegal base64 data at input byte {at}")))?;
    if sealed.len() < 16 {
        let length = sealed.len();
        return Err(CallError::Text(format!(
            "runtime error: slice bounds out of range [:16] with capacity {length}"
        )));
    }
    if sealed.len() % 16 != 0 {
        return Err(CallError::from("crypto/cipher: input not full blocks"));
    }
    let cipher = cipher(args.bytes(0));
    let mut out = Vec::with_capacity(sealed.len());
    for (before, chunk) in sealed.chunks(16).zip(sealed.chunks(16).skip(1)) {
        let Ok(mut block) = Block::<Aes256>::try_from(chunk) else { continue };
        cipher.decrypt_block(&mut block);
        out.extend(block.iter().zip(before).map(|(byte, before)| byte ^ before));
    }
    let padding = usize::from(out.last().copied().unwrap_or_default());
    let length = out.len().checked_sub(padding).ok_or_else(|| {
        let length = i64::try_from(out.len()).unwrap_or_default();
        let length = length - i64::try_from(padding).unwrap_or_default();
        CallError::Text(format!("runtime error: slice bounds out of range [:{length}]"))
    })?;
    out.truncate(length);
    bounded_bytes(out)
}
