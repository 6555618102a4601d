//! Private keys and certificates of X.509, byte for byte in the shape that Go's `crypto/x509` gives them.
//!
//! Time and chance come from the [`World`], and signatures need no chance: the same world makes the same
//! certificates.

use std::any::Any as AnyObject;
use std::net::IpAddr;
use std::sync::Arc;

use gotmpl::{Args, CallError, Named, Object, Type, Value};

use crate::args::text;
use crate::keys::PrivateKey;
use crate::pem;
use crate::table::{Answer, Row, asking, pure, takes};
use crate::world::World;
use crate::x509::{Issuer, Request};

const TEXT: Type = Type::String;
const LIST: Type = Type::LIST;

/// `sprig.certificate`
pub(crate) const CERTIFICATE: Type =
    Type::Named(&Named { name: "sprig.certificate", under: Type::Struct });

pub(crate) const ROWS: &[Row] = &[
    asking(
        "genPrivateKey",
        takes(&[TEXT], TEXT),
        gen_private_key,
        "Returns a new private key as PEM: `rsa` (4096 bits), `dsa`, `ecdsa` or `ed25519`.",
        "",
    ),
    asking(
        "genCA",
        takes(&[TEXT, Type::Int], CERTIFICATE),
        |world, args| authority(world, args, &PrivateKey::for_certificate(world)?),
        "Makes a certificate authority from its name and how many days it is valid; the result has `Cert` and `Key`.",
        "",
    ),
    asking(
        "genCAWithKey",
        takes(&[TEXT, Type::Int, TEXT], CERTIFICATE),
        |world, args| authority(world, args, &given_key(args, 2)?),
        "Makes a certificate authority as `genCA` does, for a given private key.",
        "",
    ),
    asking(
        "genSelfSignedCert",
        takes(&[TEXT, LIST, LIST, Type::Int], CERTIFICATE),
        |world, args| self_signed(world, args, &PrivateKey::for_certificate(world)?),
        "Makes a certificate that signs itself from its name, its addresses, its other names and how many days it is valid.",
        "",
    ),
    asking(
        "genSelfSignedCertWithKey",
        takes(&[TEXT, LIST, LIST, Type::Int, TEXT], CERTIFICATE),
        |world, args| self_signed(world, args, &given_key(args, 4)?),
        "Makes a certificate as `genSelfSignedCert` does, for a given private key.",
        "",
    ),
    asking(
        "genSignedCert",
        takes(&[TEXT, LIST, LIST, Type::Int, CERTIFICATE], CERTIFICATE),
        |world, args| signed(world, args, &PrivateKey::for_certificate(world)?),
        "Makes a certificate that an authority, the last argument, has signed.",
        "",
    ),
    asking(
        "genSignedCertWithKey",
        takes(&[TEXT, LIST, LIST, Type::Int, CERTIFICATE, TEXT], CERTIFICATE),
        |world, args| signed(world, args, &given_key(args, 5)?),
        "Makes a certificate as `genSignedCert` does, for a given private key.",
        "",
    ),
    pure(
        "buildCustomCert",
        takes(&[TEXT, TEXT], CERTIFICATE),
        build_custom_cert,
        "Makes what `genCA` returns out of a certificate and a private key, both PEM in base64.",
        "",
    ),
];

/// A certificate and its private key, both as PEM.
struct Certificate {
    cert: String,
    key: String,
}

impl Object for Certificate {
    fn go_type(&self) -> Type {
        CERTIFICATE
    }

    fn as_any(&self) -> &dyn AnyObject {
        self
    }

    fn field(&self, name: &str) -> Option<Value> {
        match name {
            "Cert" => Some(Value::from(self.cert.as_str())),
            "Key" => Some(Value::from(self.key.as_str())),
            _ => None,
        }
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        ["Cert", "Key"].map(|name| (name, self.field(name).unwrap_or_default())).to_vec()
    }

    fn equals(&self, other: &dyn Object) -> Option<bool> {
        let other = other.as_any().downcast_ref::<Self>()?;
        Some(self.cert == other.cert && self.key == other.key)
    }
}

/// Returns the certificate that plain data tells of: a map with `Cert` and `Key`.
pub(crate) fn of_plain(plain: &value::Value) -> Option<Value> {
    let part = |name| plain.str_at(&[name]).map(str::to_owned);
    Some(object(Certificate { cert: part("Cert")?, key: part("Key")? }))
}

fn object(certificate: Certificate) -> Value {
    Value::Object(Arc::new(certificate))
}

fn gen_private_key(world: &dyn World, args: &Args<'_>) -> Answer {
    match PrivateKey::generate(world, args.bytes(0)) {
        Some(key) => Ok(Value::from(key?.to_pem()?)),
        None => Ok(Value::from(format!("Unknown type {}", text(args, 0)))),
    }
}

fn given_key(args: &Args<'_>, index: usize) -> Result<PrivateKey, CallError> {
    PrivateKey::from_pem(args.bytes(index))
        .map_err(|why| CallError::Text(format!("parsing private key: {why}")))
}

fn authority(world: &dyn World, args: &Args<'_>, key: &PrivateKey) -> Answer {
    let request = Request {
        name: args.bytes(0),
        days: args.int(1),
        addresses: Vec::new(),
        names: Vec::new(),
        authority: true,
    };
    issued(world, &request, key, None)
}

fn self_signed(world: &dyn World, args: &Args<'_>, key: &PrivateKey) -> Answer {
    issued(world, &request(args)?, key, None)
}

fn signed(world: &dyn World, args: &Args<'_>, key: &PrivateKey) -> Answer {
    let authority = args
        .at(4)
        .as_object::<Certificate>()
        .ok_or_else(|| CallError::from("unable to decode certificate"))?;
    let bytes = pem::decode(authority.cert.as_bytes())
        .ok_or_else(|| CallError::from("unable to decode certificate"))?
        .bytes;
    let failed = |what: &str, why: String| CallError::Text(format!("error parsing {what}: {why}"));
    let certificate = crate::x509::parse(&bytes)
        .map_err(|why| failed("certificate: decodedSignerCert.Bytes", why))?;
    let signer =
        PrivateKey::from_pem(authority.key.as_bytes()).map_err(|why| failed("private key", why))?;
    let issuer = Issuer { certificate: &certificate, key: &signer };
    issued(world, &request(args)?, key, Some(&issuer))
}

fn request<'a>(args: &'a Args<'_>) -> Result<Request<'a>, CallError> {
    Ok(Request {
        name: args.bytes(0),
        addresses: addresses(args, 1)?,
        names: names(args, 2)?,
        days: args.int(3),
        authority: false,
    })
}

fn issued(
    world: &dyn World,
    request: &Request<'_>,
    key: &PrivateKey,
    issuer: Option<&Issuer<'_>>,
) -> Answer {
    let bytes = crate::x509::create(world, request, key, issuer)
        .map_err(|why| CallError::Text(format!("error creating certificate: {why}")))?;
    Ok(object(Certificate { cert: pem::encode("CERTIFICATE", &bytes), key: key.to_pem()? }))
}

fn addresses(args: &Args<'_>, index: usize) -> Result<Vec<IpAddr>, CallError> {
    let address = |item: &Value| {
        let text = text_in(item, "error parsing ip")?;
        let read = std::str::from_utf8(text).ok().and_then(|text| text.parse().ok());
        read.ok_or_else(|| failed_on("error parsing ip", text))
    };
    listed(args, index).iter().map(address).collect()
}

fn names(args: &Args<'_>, index: usize) -> Result<Vec<Vec<u8>>, CallError> {
    let name =
        |item: &Value| text_in(item, "error processing alternate dns name").map(<[u8]>::to_vec);
    listed(args, index).iter().map(name).collect()
}

fn listed(args: &Args<'_>, index: usize) -> Vec<Value> {
    args.at(index).as_list().map(|list| list.items().into_owned()).unwrap_or_default()
}

fn text_in<'a>(item: &'a Value, doing: &str) -> Result<&'a [u8], CallError> {
    if let Some(text) = item.as_text() {
        return Ok(text);
    }
    let mut shown = crate::text::printed(item)?;
    shown.extend_from_slice(b" is not a string");
    Err(failed_on(doing, &shown))
}

fn failed_on(doing: &str, what: &[u8]) -> CallError {
    CallError::Text(format!("{doing}: {}", String::from_utf8_lossy(what)))
}

fn build_custom_cert(args: &Args<'_>) -> Answer {
    let decoded = |index, what: &str| {
        crate::encoding::decode64(args.bytes(index))
            .map_err(|_| CallError::Text(format!("unable to decode base64 {what}")))
    };
    let (cert, key) = (decoded(0, "certificate")?, decoded(1, "private key")?);
    let block =
        pem::decode(&cert).ok_or_else(|| CallError::from("unable to decode certificate"))?;
    let failed = |what: &str, why: String| CallError::Text(format!("error parsing {what}: {why}"));
    crate::x509::parse(&block.bytes)
        .map_err(|why| failed("certificate: decodedCert.Bytes", why))?;
    PrivateKey::from_pem(&key).map_err(|why| failed("private key", why))?;
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ok(object(Certificate { cert: text(cert), key: text(key) }))
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::*;
    use crate::FixedWorld;
    use crate::table::find;

    fn call(name: &str, args: &[value::Value]) -> value::Value {
        let row = find(name).expect("a function");
        row.call(&FixedWorld::new(), args).unwrap_or_else(|error| error.to_string().into())
    }

    fn part<'a>(certificate: &'a value::Value, name: &str) -> &'a str {
        certificate.str_at(&[name]).expect("a text")
    }

    fn key(kind: &str) -> value::Value {
        call("genPrivateKey", &[kind.into()])
    }

    #[test]
    fn the_same_world_makes_the_same_certificates() {
        let days = value::Value::from(30);
        let authority = call("genCA", &["ca".into(), days.clone()]);
        assert_eq!(authority, call("genCA", &["ca".into(), days.clone()]));
        assert!(part(&authority, "Key").starts_with("-----BEGIN RSA PRIVATE KEY-----\n"));
        let names: value::Value =
            ["a.example", "*.b"].into_iter().map(value::Value::from).collect();
        let none = value::Value::Null;
        let args = ["web".into(), none, names, days, authority, key("ed25519")];
        let signed = call("genSignedCertWithKey", &args);
        assert_eq!(value::Value::from(part(&signed, "Key")), key("ed25519"));
        let text = |name| value::Value::from(STANDARD.encode(part(&signed, name)));
        assert_eq!(call("buildCustomCert", &[text("Cert"), text("Key")]), signed);
    }

    #[test]
    fn keys_of_each_kind_make_an_authority_but_those_that_cannot_sign() {
        for kind in ["ecdsa", "ed25519"] {
            let authority = call("genCAWithKey", &["ca".into(), 1.into(), key(kind)]);
            assert_eq!(value::Value::from(part(&authority, "Key")), key(kind));
        }
        assert_eq!(key("rot13"), "Unknown type rot13".into());
    }

    #[test]
    fn what_is_wrong_is_told_as_go_tells_it() {
        fn check(name: &str, args: &[value::Value], want: &str) {
            assert_eq!(call(name, args), want.into(), "{name}");
        }
        let list = |item: value::Value| value::Value::from(vec![item]);
        let (none, day) = (value::Value::Null, value::Value::from(1));
        let own = |ips, names| ["x".into(), ips, names, day.clone(), key("ecdsa")];
        let name = "genSelfSignedCertWithKey";
        check(name, &own(list("1.2.3".into()), none.clone()), "error parsing ip: 1.2.3");
        check(name, &own(list(7.into()), none.clone()), "error parsing ip: 7 is not a string");
        check(
            name,
            &own(none.clone(), list(true.into())),
            "error processing alternate dns name: true is not a string",
        );
        check(
            name,
            &own(none, list("é".into())),
            "error creating certificate: x509: \"é\" cannot be encoded as an IA5String",
        );
        let with = |key: &str| ["x".into(), day.clone(), key.into()];
        let name = "genCAWithKey";
        check(name, &with("none"), "parsing private key: no PEM data in input");
        check(
            name,
            &with(&pem::encode("CERTIFICATE", b"x")),
            "parsing private key: no private key data in PEM block of type CERTIFICATE",
        );
        check(
            name,
            &with(&pem::encode("OLD PRIVATE KEY", b"x")),
            "parsing private key: invalid private key type OLD",
        );
        check("buildCustomCert", &["?".into(), "".into()], "unable to decode base64 certificate");
        check("buildCustomCert", &["".into(), "".into()], "unable to decode certificate");
    }
}
