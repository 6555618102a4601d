//! Private keys: made, written, read and used for signing, in the formats of Go's `crypto/x509`.

use std::convert::Infallible;

use dsa::{Components, KeySize};
use gotmpl::CallError;
use rsa::PrivateKey as RsaPrivateKey;
use rsa::pkcs1::{DecodeRsaPrivateKey, EncodeRsaPrivateKey};
use rsa::pkcs8::der::asn1::{BitString, Null, ObjectIdentifier, UintRef};
use rsa::pkcs8::der::{self, Any, Decode, Encode, Sequence};
use rsa::pkcs8::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};
use rsa::pkcs8::{DecodePrivateKey, EncodePrivateKey, EncodePublicKey, PrivateKeyInfoRef};
use rsa::rand_core::{TryCryptoRng, TryRng};
use rsa::signature::{SignatureEncoding, Signer};

use crate::pem;
use crate::world::{World, WorldError};

const RSA_WITH_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");
const ECDSA_WITH_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
const ECDSA_WITH_SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.3");

const NO_SIGNER: &str = "x509: certificate private key does not implement crypto.Signer";

/// How many long computations making a key counts for.
const EFFORT_RSA: u32 = 3;
const EFFORT_RSA_LONG: u32 = 25;
const EFFORT_DSA: u32 = 30;

/// A private key.
pub(crate) enum PrivateKey {
    Rsa(Box<RsaPrivateKey>),
    P256(p256::SecretKey),
    P384(p384::SecretKey),
    Ed25519(ed25519_dalek::SigningKey),
    /// Such a key signs nothing here.
    Dsa(Box<dsa::SigningKey>),
    /// A key of DSA that was read, and is good for nothing either.
    Foreign,
}

/// The randomness of a world for the libraries that make keys.
struct Chance<'a>(&'a dyn World);

impl TryRng for Chance<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.0.random(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.0.random(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.random(bytes);
        Ok(())
    }
}

impl TryCryptoRng for Chance<'_> {}

/// The DSA key of OpenSSL.
#[derive(Sequence)]
struct DsaKey<'a> {
    version: u8,
    prime: UintRef<'a>,
    order: UintRef<'a>,
    base: UintRef<'a>,
    public: UintRef<'a>,
    private: UintRef<'a>,
}

impl PrivateKey {
    /// Makes a key of the kind that `genPrivateKey` was asked for; an unknown kind is `None`.
    pub(crate) fn generate(world: &dyn World, kind: &[u8]) -> Option<Result<Self, CallError>> {
        Some(match kind {
            b"" | b"rsa" => Self::rsa(world, 4096, EFFORT_RSA_LONG),
            b"dsa" => Self::dsa(world),
            b"ecdsa" => Self::p256(world),
            b"ed25519" => {
                let mut seed = [0; 32];
                world.random(&mut seed);
                Ok(Self::Ed25519(ed25519_dalek::SigningKey::from_bytes(&seed)))
            }
            _ => return None,
        })
    }

    /// Makes the key of a certificate for which none was given.
    pub(crate) fn for_certificate(world: &dyn World) -> Result<Self, CallError> {
        Self::rsa(world, 2048, EFFORT_RSA)
    }

    fn rsa(world: &dyn World, bits: usize, effort: u32) -> Result<Self, CallError> {
        toil(world, effort)?;
        let key = RsaPrivateKey::new(&mut Chance(world), bits)
            .map_err(|error| CallError::Text(format!("error generating rsa key: {error}")))?;
        Ok(Self::Rsa(Box::new(key)))
    }

    fn dsa(world: &dyn World) -> Result<Self, CallError> {
        toil(world, EFFORT_DSA)?;
        let failed = |error| CallError::Text(format!("failed to generate dsa params: {error}"));
        let mut chance = Chance(world);
        let size = KeySize::DSA_2048_256;
        let shared =
            Components::try_generate_from_rng_with_key_size(&mut chance, size).map_err(failed)?;
        let key = dsa::SigningKey::try_generate_from_rng_with_components(&mut chance, shared)
            .map_err(failed)?;
        Ok(Self::Dsa(Box::new(key)))
    }

    fn p256(world: &dyn World) -> Result<Self, CallError> {
        // Hardly any 32 bytes are no key; then others are drawn.
        for _ in 0..100 {
            let mut bytes = [0; 32];
            world.random(&mut bytes);
            if let Ok(key) = p256::SecretKey::from_slice(&bytes) {
                return Ok(Self::P256(key));
            }
        }
        Err(CallError::from("failed to generate private key"))
    }

    /// Returns the key as PEM: PKCS #1 for RSA, SEC 1 for curves, OpenSSL's own form for DSA, PKCS #8 for
    /// the rest.
    pub(crate) fn to_pem(&self) -> Result<String, CallError> {
        let (label, bytes) = match self {
            Self::Rsa(key) => {
                ("RSA PRIVATE KEY", key.to_pkcs1_der().map_err(unwritable)?.as_bytes().to_vec())
            }
            Self::P256(key) => ("EC PRIVATE KEY", key.to_sec1_der().map_err(unwritable)?.to_vec()),
            Self::P384(key) => ("EC PRIVATE KEY", key.to_sec1_der().map_err(unwritable)?.to_vec()),
            Self::Ed25519(key) => {
                let pair = ed25519_dalek::ed25519::KeypairBytes {
                    secret_key: key.to_bytes(),
                    public_key: None,
                };
                ("PRIVATE KEY", pair.to_pkcs8_der().map_err(unwritable)?.as_bytes().to_vec())
            }
            Self::Dsa(key) => ("DSA PRIVATE KEY", dsa_der(key).map_err(unwritable)?),
            Self::Foreign => return Err(unwritable("there is no use for a key of DSA")),
        };
        Ok(pem::encode(label, &bytes))
    }

    /// Reads the first key in `text`.
    pub(crate) fn from_pem(text: &[u8]) -> Result<Self, String> {
        let block = pem::decode(text).ok_or("no PEM data in input")?;
        let bytes = &block.bytes;
        if block.label == b"PRIVATE KEY" {
            return Self::from_pkcs8(bytes).map_err(|why| format!("decoding PEM as PKCS#8: {why}"));
        }
        let label = String::from_utf8_lossy(&block.label);
        match label.strip_suffix(" PRIVATE KEY") {
            Some("RSA") => Self::from_pkcs1(bytes)
                .map_err(|why| format!("parsing RSA private key from PEM: {why}")),
            Some("EC") => Self::from_sec1(bytes)
                .map_err(|why| format!("parsing EC private key from PEM: {why}")),
            Some("DSA") => DsaKey::from_der(bytes)
                .map(|_| Self::Foreign)
                .map_err(|why| format!("parsing DSA private key from PEM: {why}")),
            Some(kind) => Err(format!("invalid private key type {kind}")),
            None => Err(format!("no private key data in PEM block of type {label}")),
        }
    }

    fn from_pkcs1(bytes: &[u8]) -> Result<Self, String> {
        RsaPrivateKey::from_pkcs1_der(bytes)
            .map(|key| Self::Rsa(Box::new(key)))
            .map_err(|_| unreadable(bytes, Form::Pkcs1, "asn1: structure error"))
    }

    fn from_sec1(bytes: &[u8]) -> Result<Self, String> {
        let unknown = "x509: failed to parse EC private key: asn1: structure error";
        p256::SecretKey::from_sec1_der(bytes)
            .map(Self::P256)
            .or_else(|_| p384::SecretKey::from_sec1_der(bytes).map(Self::P384))
            .map_err(|_| unreadable(bytes, Form::Sec1, unknown))
    }

    fn from_pkcs8(bytes: &[u8]) -> Result<Self, String> {
        RsaPrivateKey::from_pkcs8_der(bytes)
            .map(|key| Self::Rsa(Box::new(key)))
            .or_else(|_| p256::SecretKey::from_pkcs8_der(bytes).map(Self::P256))
            .or_else(|_| p384::SecretKey::from_pkcs8_der(bytes).map(Self::P384))
            .or_else(|_| ed25519_dalek::SigningKey::from_pkcs8_der(bytes).map(Self::Ed25519))
            .map_err(|_| unreadable(bytes, Form::Pkcs8, "asn1: structure error"))
    }

    /// Returns the public key as a certificate holds it.
    pub(crate) fn public(&self) -> Result<SubjectPublicKeyInfoOwned, String> {
        let document = match self {
            Self::Rsa(key) => key.to_public_key().to_public_key_der(),
            Self::P256(key) => key.public_key().to_public_key_der(),
            Self::P384(key) => key.public_key().to_public_key_der(),
            Self::Ed25519(key) => key.verifying_key().to_public_key_der(),
            Self::Dsa(_) | Self::Foreign => {
                return Err("x509: unsupported public key type: *dsa.PublicKey".to_owned());
            }
        };
        document.map_err(|error| error.to_string()).and_then(|document| {
            document.decode_msg().map_err(|error: der::Error| error.to_string())
        })
    }

    /// Returns how this key signs, as certificates name it.
    pub(crate) fn algorithm(&self) -> Result<AlgorithmIdentifierOwned, String> {
        let named = |oid, parameters| Ok(AlgorithmIdentifierOwned { oid, parameters });
        match self {
            Self::Rsa(_) => named(RSA_WITH_SHA256, Some(Any::from(Null))),
            Self::P256(_) => named(ECDSA_WITH_SHA256, None),
            Self::P384(_) => named(ECDSA_WITH_SHA384, None),
            Self::Ed25519(_) => named(ed25519_dalek::ed25519::pkcs8::ALGORITHM_OID, None),
            Self::Dsa(_) | Self::Foreign => Err(NO_SIGNER.to_owned()),
        }
    }

    /// Signs a message; two signatures of the same message are equal.
    pub(crate) fn sign(&self, message: &[u8]) -> Result<BitString, String> {
        let signature = match self {
            Self::Rsa(key) => rsa::pkcs1v15::SigningKey::<rsa::sha2::Sha256>::new((**key).clone())
                .try_sign(message)
                .map(|signature| signature.to_vec()),
            Self::P256(key) => p256::ecdsa::SigningKey::from(key)
                .try_sign(message)
                .map(|signature: p256::ecdsa::Signature| signature.to_der().as_bytes().to_vec()),
            Self::P384(key) => p384::ecdsa::SigningKey::from(key)
                .try_sign(message)
                .map(|signature: p384::ecdsa::Signature| signature.to_der().as_bytes().to_vec()),
            Self::Ed25519(key) => key.try_sign(message).map(|signature| signature.to_vec()),
            Self::Dsa(_) | Self::Foreign => return Err(NO_SIGNER.to_owned()),
        };
        let signature = signature.map_err(|error| error.to_string())?;
        BitString::from_bytes(&signature).map_err(|error| error.to_string())
    }
}

/// Asks the world for as many long computations.
fn toil(world: &dyn World, effort: u32) -> Result<(), WorldError> {
    (0..effort).try_for_each(|_| world.toil())
}

fn dsa_der(key: &dsa::SigningKey) -> der::Result<Vec<u8>> {
    let public = key.verifying_key();
    let shared = public.components();
    let bytes = [
        shared.p().to_be_bytes(),
        shared.q().to_be_bytes(),
        shared.g().to_be_bytes(),
        public.y().to_be_bytes(),
        key.x().to_be_bytes(),
    ];
    let [prime, order, base, public, private] = bytes.each_ref().map(|bytes| UintRef::new(bytes));
    DsaKey {
        version: 0,
        prime: prime?,
        order: order?,
        base: base?,
        public: public?,
        private: private?,
    }
    .to_der()
}

fn unwritable(why: impl std::fmt::Display) -> CallError {
    CallError::Text(format!("error pem-encoding key: {why}"))
}

/// The forms that keys are written in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Pkcs1,
    Pkcs8,
    Sec1,
}

/// Returns what Go says about a key that is not of the form it was taken for.
fn unreadable(bytes: &[u8], wanted: Form, otherwise: &str) -> String {
    let is = |form| {
        wanted != form
            && match form {
                Form::Pkcs1 => RsaPrivateKey::from_pkcs1_der(bytes).is_ok(),
                Form::Pkcs8 => PrivateKeyInfoRef::from_der(bytes).is_ok(),
                Form::Sec1 => p256::SecretKey::from_sec1_der(bytes).is_ok(),
            }
    };
    let other = |name| {
        format!("x509: failed to parse private key (use {name} instead for this key format)")
    };
    if is(Form::Sec1) {
        other("ParseECPrivateKey")
    } else if is(Form::Pkcs8) {
        other("ParsePKCS8PrivateKey")
    } else if is(Form::Pkcs1) {
        other("ParsePKCS1PrivateKey")
    } else {
        otherwise.to_owned()
    }
}
