//! The certificate authority of a control plane, and what it signs.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};
use sha2::{Digest as _, Sha256};

/// A certificate and its private key, as PEM.
#[derive(Clone)]
pub(crate) struct Certified {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

/// Signs certificates for the server and its users.
pub(crate) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    pub(crate) fn new() -> Result<Self> {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        params.distinguished_name.push(DnType::CommonName, "e2e");
        let key = new_key()?;
        let issuer =
            CertifiedIssuer::self_signed(params, key).context("making a certificate authority")?;
        Ok(Self { issuer })
    }

    /// The certificate of the authority, as PEM.
    pub(crate) fn certificate(&self) -> String {
        self.issuer.pem()
    }

    /// A certificate for a server on the loopback interface.
    pub(crate) fn server(&self) -> Result<Certified> {
        let names = ["127.0.0.1", "localhost", "kubernetes.default.svc"].map(str::to_owned);
        let params =
            CertificateParams::new(names.to_vec()).context("naming the server's certificate")?;
        self.sign(params, "kube-apiserver", ExtendedKeyUsagePurpose::ServerAuth)
    }

    /// A certificate that signs in as `user`, member of `groups`.
    pub(crate) fn user(&self, user: &str, groups: &[&str]) -> Result<Certified> {
        let mut params = CertificateParams::default();
        for group in groups {
            params.distinguished_name.push(DnType::OrganizationName, *group);
        }
        self.sign(params, user, ExtendedKeyUsagePurpose::ClientAuth)
    }

    fn sign(
        &self,
        mut params: CertificateParams,
        name: &str,
        usage: ExtendedKeyUsagePurpose,
    ) -> Result<Certified> {
        params.distinguished_name.push(DnType::CommonName, name);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![usage];
        let key = new_key()?;
        let certificate = params
            .signed_by(&key, &self.issuer)
            .with_context(|| format!("signing the certificate of {name}"))?;
        Ok(Certified { certificate: certificate.pem(), key: key.serialize_pem() })
    }
}

/// The files that the servers read.
pub(crate) struct Files {
    pub(crate) authority: PathBuf,
    pub(crate) server_certificate: PathBuf,
    pub(crate) server_key: PathBuf,
    /// Signs the tokens of service accounts.
    pub(crate) account_key: PathBuf,
    /// Checks the tokens of service accounts.
    pub(crate) account_public_key: PathBuf,
}

impl Files {
    /// Makes the server's certificate and the key for tokens, and writes all into `folder`.
    pub(crate) fn write(authority: &Authority, folder: &Path) -> Result<Self> {
        let server = authority.server()?;
        let account = new_key()?;
        Ok(Self {
            authority: write(folder, "ca.crt", &authority.certificate())?,
            server_certificate: write(folder, "server.crt", &server.certificate)?,
            server_key: write(folder, "server.key", &server.key)?,
            account_key: write(folder, "service-account.key", &account.serialize_pem())?,
            account_public_key: write(folder, "service-account.pub", &account.public_key_pem())?,
        })
    }
}

/// A bearer token that nobody can guess.
pub(crate) fn new_token() -> Result<String> {
    Ok(URL_SAFE_NO_PAD.encode(Sha256::digest(new_key()?.serialize_der())))
}

fn new_key() -> Result<KeyPair> {
    KeyPair::generate().context("making a key")
}

fn write(folder: &Path, name: &str, text: &str) -> Result<PathBuf> {
    let path = folder.join(name);
    fs::write(&path, text).with_context(|| format!("writing {}", path.display()))?;
    Ok(path)
}
