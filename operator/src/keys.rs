//! The key of digests: made once, kept in a Secret of the operator's namespace.

use std::collections::BTreeMap;

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use kube::Client;
use kube::api::{Api, ObjectMeta, PostParams};

use crate::digest::DigestKey;

/// The name of the Secret.
const SECRET: &str = "chartctl-operator-digest-key";
/// The key in its data.
const KEY: &str = "key";

/// A key that is not to be had.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The Secret could not be read or made.
    #[error("reading or making Secret {namespace}/{SECRET}, which holds the key of digests")]
    Secret {
        /// Its namespace.
        namespace: String,
        /// Why.
        source: kube::Error,
    },
    /// The Secret does not hold a key.
    #[error(
        "Secret {namespace}/{SECRET} holds no key of 32 bytes: delete it to have another one made"
    )]
    Malformed {
        /// Its namespace.
        namespace: String,
    },
    /// The system has no randomness.
    #[error("making the key of digests: no randomness: {0}")]
    NoRandomness(getrandom::Error),
}

/// Reads the key, or makes it.
pub async fn digest_key(client: &Client, namespace: &str) -> Result<DigestKey, KeyError> {
    let api: Api<Secret> = Api::namespaced(client.clone(), namespace);
    let failed = |source| KeyError::Secret { namespace: namespace.to_owned(), source };
    if let Some(found) = api.get_opt(SECRET).await.map_err(failed)? {
        return read(&found, namespace);
    }
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(KeyError::NoRandomness)?;
    let secret = Secret {
        metadata: ObjectMeta { name: Some(SECRET.to_owned()), ..ObjectMeta::default() },
        data: Some(BTreeMap::from([(KEY.to_owned(), ByteString(bytes.to_vec()))])),
        ..Secret::default()
    };
    match api.create(&PostParams::default(), &secret).await {
        Ok(_) => Ok(DigestKey::new(bytes)),
        // Another replica was quicker.
        Err(kube::Error::Api(status)) if status.code == 409 => {
            let found = api.get(SECRET).await.map_err(failed)?;
            read(&found, namespace)
        }
        Err(error) => Err(failed(error)),
    }
}

fn read(secret: &Secret, namespace: &str) -> Result<DigestKey, KeyError> {
    let bytes = secret.data.as_ref().and_then(|data| data.get(KEY));
    bytes
        .and_then(|bytes| <[u8; 32]>::try_from(bytes.0.as_slice()).ok())
        .map(DigestKey::new)
        .ok_or_else(|| KeyError::Malformed { namespace: namespace.to_owned() })
}
