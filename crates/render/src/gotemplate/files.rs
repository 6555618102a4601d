//! `.Files`: the files of a chart that are neither templates, values nor metadata.

use std::any::Any;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chart::{Chart, Content};
use gotmpl::{Args, Call, CallError, List, Map, Named, Object, Signature, Type, Value};

use super::glob::Glob;

/// The longest pattern of names, in bytes.
const MAX_PATTERN: usize = 2048;

static TYPE: Named = Named { name: "engine.files", under: Type::Map(&Type::BYTES) };

/// Returns the files of `chart` as templates see them.
pub(super) fn of(chart: &Chart) -> Value {
    let files = chart.files.iter().map(|file| (Arc::from(&*file.name), file.data.clone()));
    Value::Object(Arc::new(Files::new(files.collect())))
}

/// Files by their paths; most of them nobody looks at.
struct Files {
    contents: BTreeMap<Arc<str>, Content>,
    map: OnceLock<Map>,
}

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
            "Get" => Value::text(&self.passing(args.text(0)?)),
            "GetBytes" => Value::Bytes(self.bytes(args.text(0)?)),
            "Glob" => {
                let pattern = args.text(0)?;
                self.pay(pattern, args)?;
                self.glob(pattern)
            }
            "Lines" => self.lines(args.text(0)?),
            "AsConfig" => self.as_yaml(|data| String::from_utf8_lossy(data).into_owned()),
            "AsSecrets" => self.as_yaml(|data| STANDARD.encode(data)),
            other => return Err(CallError::Text(format!("there is no method {other}"))),
        })
    }

    fn plain(&self) -> Option<Value> {
        Some(Value::Map(self.map().clone()))
    }
}

impl Files {
    const fn new(contents: BTreeMap<Arc<str>, Content>) -> Self {
        Self { contents, map: OnceLock::new() }
    }

    /// Returns the files as the map that they are.
    fn map(&self) -> &Map {
        self.map.get_or_init(|| {
            let files = self.contents.iter();
            let entries = files.map(|(name, data)| (name.clone(), Value::Bytes(data.shared())));
            Map::typed(Type::Map(&Type::BYTES), entries)
        })
    }

    /// Returns the bytes of a file, none of one that is not there.
    fn bytes(&self, name: &str) -> Arc<[u8]> {
        self.contents.get(name).map_or_else(|| Arc::from([]), Content::shared)
    }

    /// Returns the bytes of a file for somebody who makes something else of them.
    fn passing(&self, name: &str) -> Cow<'_, [u8]> {
        self.contents.get(name).map(Content::passing).unwrap_or_default()
    }

    /// Returns the files that match a pattern; one that is none matches all, as in Helm.
    fn glob(&self, pattern: &str) -> Value {
        let glob = Glob::parse(pattern);
        let matching = |name: &str| glob.as_ref().is_none_or(|glob| glob.matches(name));
        let files = self.contents.iter().filter(|(name, _)| matching(name));
        let files = files.map(|(name, data)| (name.clone(), data.clone()));
        Value::Object(Arc::new(Self::new(files.collect())))
    }

    /// Pays for holding all names against a pattern.
    fn pay(&self, pattern: &str, args: &Args<'_>) -> Result<(), CallError> {
        if pattern.len() > MAX_PATTERN {
            return Err(CallError::from("the pattern is too long"));
        }
        let names: usize = self.contents.keys().map(|name| name.len()).sum();
        args.spend(names.saturating_mul(1 + pattern.len()) / 16)
    }

    fn lines(&self, name: &str) -> Value {
        let bytes = self.passing(name);
        let lines = match bytes.strip_suffix(b"\n").unwrap_or(&bytes) {
            _ if bytes.is_empty() => Vec::new(),
            text => text.split(|byte| *byte == b'\n').map(Value::text).collect(),
        };
        Value::List(List::typed(Type::STRINGS, lines))
    }

    /// Returns the files by their base names as YAML.
    fn as_yaml(&self, text: impl Fn(&[u8]) -> String) -> Value {
        let mut named = BTreeMap::new();
        for (path, data) in &self.contents {
            let base = path.rsplit('/').next().unwrap_or(path).to_owned();
            named.insert(base, text(&data.passing()));
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
