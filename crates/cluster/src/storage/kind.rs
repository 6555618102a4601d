//! The two kinds of Kubernetes objects that records are kept in.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use manifest::Scope;
use release::labels::{DATA_KEY, SECRET_TYPE};
use release::split::{PART_KEY, PART_TYPE};
use value::Value;

use crate::discovery::Resource;

/// A kind of objects that holds records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Helm's default.
    Secret,
    /// What Helm uses with `HELM_DRIVER=configmap`.
    ConfigMap,
}

impl Kind {
    /// Returns the kind as the API server knows it.
    pub(crate) fn resource(self) -> Resource {
        match self {
            Self::Secret => Resource::core("Secret", "secrets", Scope::Namespaced),
            Self::ConfigMap => Resource::core("ConfigMap", "configmaps", Scope::Namespaced),
        }
    }

    /// Returns an empty object for a record.
    pub(super) fn record(self) -> Value {
        self.object(SECRET_TYPE)
    }

    /// Returns the object of a part of a record.
    pub(super) fn part(self, bytes: &[u8]) -> Value {
        let mut object = self.object(PART_TYPE);
        object.set(&[self.binary(), PART_KEY], STANDARD.encode(bytes).into());
        object
    }

    /// Returns the bytes of a part.
    pub(super) fn part_of(self, object: &Value) -> Option<Vec<u8>> {
        STANDARD.decode(object.str_at(&[self.binary(), PART_KEY])?).ok()
    }

    /// Returns the text of a record as it stands in an object. Secrets hold bytes and so have it in base64 once
    /// more.
    pub(super) fn pack(self, text: &[u8]) -> String {
        match self {
            Self::Secret => STANDARD.encode(text),
            Self::ConfigMap => String::from_utf8_lossy(text).into_owned(),
        }
    }

    /// Returns the text of a record; the error says why there is none.
    pub(super) fn unpack(self, object: &Value) -> Result<Vec<u8>, String> {
        let text = object.str_at(&["data", DATA_KEY]).ok_or("it has no data under \"release\"")?;
        match self {
            Self::Secret => STANDARD.decode(text).map_err(|error| error.to_string()),
            Self::ConfigMap => Ok(text.as_bytes().to_vec()),
        }
    }

    fn object(self, kind: &str) -> Value {
        let mut object = Value::map();
        object.set(&["apiVersion"], "v1".into());
        object.set(&["kind"], self.resource().gvk.kind.as_str().into());
        if self == Self::Secret {
            object.set(&["type"], kind.into());
        }
        object
    }

    const fn binary(self) -> &'static str {
        match self {
            Self::Secret => "data",
            Self::ConfigMap => "binaryData",
        }
    }
}
