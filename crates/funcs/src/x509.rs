//! The structure of certificates, and how Go fills it.

use std::net::IpAddr;

use der::asn1::{
    BitString, ObjectIdentifier, OctetString, PrintableStringRef, SetOfVec, Uint, Utf8StringRef,
};
use der::{Any, Decode, Encode, Sequence, Tag, TagNumber};
use jiff::Timestamp;
use rsa::pkcs8::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};
use sha2::{Digest, Sha256};

use crate::keys::PrivateKey;
use crate::world::World;

const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
const KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.15");
const EXTENDED_KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37");
const BASIC_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.19");
const SUBJECT_KEY_ID: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.14");
const AUTHORITY_KEY_ID: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.35");
const SUBJECT_ALT_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.17");
const SERVER_AUTH: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.1");
const CLIENT_AUTH: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.2");

/// The version of certificates with extensions, as it is written.
const VERSION_3: u8 = 2;

/// What a certificate is wanted for.
pub(crate) struct Request<'a> {
    /// The common name.
    pub(crate) name: &'a [u8],
    /// How many days from now on it is valid.
    pub(crate) days: i64,
    pub(crate) addresses: Vec<IpAddr>,
    /// Further names of hosts.
    pub(crate) names: Vec<Vec<u8>>,
    /// Whether it may sign others.
    pub(crate) authority: bool,
}

/// Who signs a certificate, if not the certificate itself.
pub(crate) struct Issuer<'a> {
    pub(crate) certificate: &'a Certificate,
    pub(crate) key: &'a PrivateKey,
}

/// A certificate.
#[derive(Debug, Sequence)]
pub(crate) struct Certificate {
    content: Content,
    algorithm: AlgorithmIdentifierOwned,
    signature: BitString,
}

#[derive(Debug, Sequence)]
struct Content {
    #[asn1(context_specific = "0", default = "Default::default")]
    version: u8,
    serial: der::asn1::Int,
    algorithm: AlgorithmIdentifierOwned,
    issuer: Any,
    validity: Validity,
    subject: Any,
    key: SubjectPublicKeyInfoOwned,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    issuer_id: Option<BitString>,
    #[asn1(context_specific = "2", tag_mode = "IMPLICIT", optional = "true")]
    subject_id: Option<BitString>,
    #[asn1(context_specific = "3", optional = "true")]
    extensions: Option<Vec<Extension>>,
}

#[derive(Debug, Sequence)]
struct Validity {
    from: Any,
    to: Any,
}

#[derive(Clone, Debug, Sequence)]
struct Extension {
    id: ObjectIdentifier,
    #[asn1(default = "Default::default")]
    critical: bool,
    value: OctetString,
}

#[derive(Clone, Debug, PartialEq, Eq, Sequence, der::ValueOrd)]
struct Attribute {
    id: ObjectIdentifier,
    value: Any,
}

#[derive(Sequence)]
struct BasicConstraints {
    #[asn1(default = "Default::default")]
    authority: bool,
}

#[derive(Sequence)]
struct AuthorityKeyId {
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT")]
    id: OctetString,
}

/// Reads a certificate. Its signature is not looked at.
pub(crate) fn parse(bytes: &[u8]) -> Result<Certificate, String> {
    Certificate::from_der(bytes).map_err(|_| "x509: malformed certificate".to_owned())
}

impl Certificate {
    /// Returns the identifier of the key, where the certificate tells it.
    fn key_id(&self) -> Option<Vec<u8>> {
        let mut extensions = self.content.extensions.iter().flatten();
        let told = extensions.find(|extension| extension.id == SUBJECT_KEY_ID)?;
        let id = OctetString::from_der(told.value.as_bytes()).ok()?;
        Some(id.as_bytes().to_vec()).filter(|id| !id.is_empty())
    }
}

/// Makes a certificate for `key`, signed by the issuer or by itself. An error is in the words of Go.
pub(crate) fn create(
    world: &dyn World,
    request: &Request<'_>,
    key: &PrivateKey,
    issuer: Option<&Issuer<'_>>,
) -> Result<Vec<u8>, String> {
    let signer = issuer.map_or(key, |issuer| issuer.key);
    let algorithm = signer.algorithm()?;
    let mut serial = [0; 16];
    world.random(&mut serial);
    let public = key.public()?;
    let subject = subject(request.name)?;
    let issued_by = issuer.map_or(&subject, |issuer| &issuer.certificate.content.subject);
    let authority_id =
        issuer.filter(|_| *issued_by != subject).and_then(|issuer| issuer.certificate.key_id());
    if let Some(issuer) = issuer
        && signer.public()? != issuer.certificate.content.key
    {
        return Err("x509: provided PrivateKey doesn't match parent's PublicKey".to_owned());
    }
    let extensions = extensions(request, &public, authority_id, subject.value().is_empty())?;
    let content = Content {
        version: VERSION_3,
        serial: Uint::new(&serial).map_err(told)?.into(),
        algorithm: algorithm.clone(),
        issuer: issued_by.clone(),
        validity: validity(world.now(), request.days)?,
        subject,
        key: public,
        issuer_id: None,
        subject_id: None,
        extensions: Some(extensions),
    };
    let signature = signer.sign(&content.to_der().map_err(told)?)?;
    Certificate { content, algorithm, signature }.to_der().map_err(told)
}

fn told(error: der::Error) -> String {
    format!("asn1: {error}")
}

/// Returns the name of a subject: nothing, or the common name alone.
fn subject(name: &[u8]) -> Result<Any, String> {
    let name = std::str::from_utf8(name).map_err(|_| "asn1: string not valid UTF-8".to_owned())?;
    let mut parts = Vec::new();
    if !name.is_empty() {
        let value = if name.chars().all(is_printable) {
            PrintableStringRef::new(name).and_then(|name| Any::encode_from(&name))
        } else {
            Utf8StringRef::new(name).and_then(|name| Any::encode_from(&name))
        };
        let part = Attribute { id: COMMON_NAME, value: value.map_err(told)? };
        parts.push(SetOfVec::try_from(vec![part]).map_err(told)?);
    }
    Any::encode_from(&parts).map_err(told)
}

/// Returns whether Go takes a character for one of ASN.1's `PrintableString`.
const fn is_printable(c: char) -> bool {
    matches!(c, 'a'..='z' | 'A'..='Z' | '0'..='9' | '\''..=')' | '+'..='/' | ' ' | ':' | '=' | '?')
}

/// Returns the time from now on. Go counts it in nanoseconds of 64 bits, which go round after 292 years.
fn validity(now: Timestamp, days: i64) -> Result<Validity, String> {
    const DAY: i64 = 24 * 3600 * 1_000_000_000;
    let end = now
        .checked_add(jiff::SignedDuration::from_nanos(days.wrapping_mul(DAY)))
        .map_err(|error| error.to_string())?;
    Ok(Validity { from: time(now)?, to: time(end)? })
}

/// Returns a time with two digits of the year where they suffice, as one of the years from 1950 to 2049.
fn time(at: Timestamp) -> Result<Any, String> {
    let parts = at.to_zoned(jiff::tz::TimeZone::UTC);
    let text = parts.strftime("%Y%m%d%H%M%SZ").to_string();
    let short = (1950..2050).contains(&parts.year());
    let (tag, text) =
        if short { (Tag::UtcTime, text.get(2..)) } else { (Tag::GeneralizedTime, Some(&*text)) };
    Any::new(tag, text.unwrap_or_default().as_bytes()).map_err(told)
}

fn extensions(
    request: &Request<'_>,
    public: &SubjectPublicKeyInfoOwned,
    authority_id: Option<Vec<u8>>,
    nameless: bool,
) -> Result<Vec<Extension>, String> {
    // Signing and encrypting keys; authorities sign certificates too.
    let (usage, unused) = if request.authority { (0xa4, 2) } else { (0xa0, 5) };
    let usage = BitString::new(unused, [usage]).map_err(told)?;
    let mut all = vec![
        extension(KEY_USAGE, true, &usage)?,
        extension(EXTENDED_KEY_USAGE, false, &vec![SERVER_AUTH, CLIENT_AUTH])?,
        extension(BASIC_CONSTRAINTS, true, &BasicConstraints { authority: request.authority })?,
    ];
    if request.authority {
        let digest = Sha256::digest(public.subject_public_key.raw_bytes());
        let id = OctetString::new(digest.get(..20).unwrap_or_default()).map_err(told)?;
        all.push(extension(SUBJECT_KEY_ID, false, &id)?);
    }
    if let Some(id) = authority_id {
        let id = AuthorityKeyId { id: OctetString::new(id).map_err(told)? };
        all.push(extension(AUTHORITY_KEY_ID, false, &id)?);
    }
    let names = alternative_names(request)?;
    if !names.is_empty() {
        all.push(extension(SUBJECT_ALT_NAME, nameless, &names)?);
    }
    Ok(all)
}

fn extension(
    id: ObjectIdentifier,
    critical: bool,
    value: &impl Encode,
) -> Result<Extension, String> {
    let value = value.to_der().and_then(OctetString::new).map_err(told)?;
    Ok(Extension { id, critical, value })
}

fn alternative_names(request: &Request<'_>) -> Result<Vec<Any>, String> {
    let mut all = Vec::new();
    for name in &request.names {
        if !name.is_ascii() {
            let name = gotmpl::quote(name);
            return Err(format!("x509: {name} cannot be encoded as an IA5String"));
        }
        all.push(tagged(2, name)?);
    }
    for address in &request.addresses {
        all.push(match address.to_canonical() {
            IpAddr::V4(address) => tagged(7, &address.octets())?,
            IpAddr::V6(address) => tagged(7, &address.octets())?,
        });
    }
    Ok(all)
}

/// Returns bytes under a tag that has its meaning only here.
fn tagged(number: u32, bytes: &[u8]) -> Result<Any, String> {
    let tag = Tag::ContextSpecific { constructed: false, number: TagNumber(number) };
    Any::new(tag, bytes).map_err(told)
}
