//! `.Files`: the files of a chart that are neither templates, values nor metadata.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chart::Chart;
use gotmpl::{Args, Call, CallError, List, Map, Named, Object, Signature, Type, Value};

use super::glob::Glob;

static TYPE: Named = Named { name: "engine.files", under: Type::Map(&Type::BYTES) };

/// Returns the files of `chart` as templates see them.
pub(super) fn of(chart: &Chart) -> Value {
    let entries =
        chart.files.iter().map(|file| (Arc::from(&*file.name), Value::Bytes(file.data.clone())));
    Value::Object(Arc::new(Files(Map::typed(Type::Map(&Type::BYTES), entries))))
}

struct Files(Map);

impl Object for Files {
    fn go_type(&self) -> Type {
        Type::Named(&TYPE)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn method(&self, name: &str) -> Option<Signature> {
        Some(match name {
            "Get" => Signature::new(&[Type::String], Type::String),
            "GetBytes" => Signature::new(&[Type::String], Type::BYTES),
            "Glob" => Signature::new(&[Type::String], Type::Named(&TYPE)),
            "Lines" => Signature::new(&[Type::String], Type::STRINGS),
            "AsConfig" | "AsSecrets" => Signature::new(&[], Type::String),
            _ => return None,
        })
    }

    fn call(&self, name: &str, _: &mut Call<'_, '_>, args: &Args<'_>) -> Result<Value, CallError> {
        Ok(match name {
            "Get" => Value::text(&self.bytes(args.text(0)?)),
            "GetBytes" => Value::Bytes(self.bytes(args.text(0)?)),
            "Glob" => self.glob(args.text(0)?),
            "Lines" => self.lines(args.text(0)?),
            "AsConfig" => self.as_yaml(|data| String::from_utf8_lossy(data).into_owned()),
            "AsSecrets" => self.as_yaml(|data| STANDARD.encode(data)),
            other => return Err(CallError::Text(format!("there is no method {other}"))),
        })
    }

    fn plain(&self) -> Option<Value> {
        Some(Value::Map(self.0.clone()))
    }
}

impl Files {
    /// Returns the bytes of a file, none of one that is not there.
    fn bytes(&self, name: &str) -> Arc<[u8]> {
        match self.0.get(name) {
            Some(Value::Bytes(bytes)) => bytes,
            _ => Arc::from([]),
        }
    }

    /// Returns the files that match a pattern; one that is none matches all, as in Helm.
    fn glob(&self, pattern: &str) -> Value {
        let glob = Glob::parse(pattern);
        let matching = |name: &str| glob.as_ref().is_none_or(|glob| glob.matches(name));
        let entries = self.0.entries().into_iter().filter(|(name, _)| matching(name));
        Value::Object(Arc::new(Self(Map::typed(self.0.go_type(), entries))))
    }

    fn lines(&self, name: &str) -> Value {
        let bytes = self.bytes(name);
        let lines = match bytes.strip_suffix(b"\n").unwrap_or(&bytes) {
            _ if bytes.is_empty() => Vec::new(),
            text => text.split(|byte| *byte == b'\n').map(Value::text).collect(),
        };
        Value::List(List::typed(Type::STRINGS, lines))
    }

    /// Returns the files by their base names as YAML.
    fn as_yaml(&self, text: impl Fn(&[u8]) -> String) -> Value {
        let mut named = BTreeMap::new();
        for (path, data) in self.0.entries() {
            if let Value::Bytes(data) = data {
                let base = path.rsplit('/').next().unwrap_or(&path).to_owned();
                named.insert(base, text(&data));
            }
        }
        let map: value::Value =
            named.iter().map(|(name, text)| (name.as_str(), value::Value::from(&**text))).collect();
        if value::yaml::unsupported(&map).is_some() {
            return Value::from("");
        }
        let yaml = value::yaml::to_string(&map);
        Value::from(yaml.strip_suffix('\n').unwrap_or(&yaml))
    }
}
