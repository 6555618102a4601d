//! `common.Values`: a map with methods, which come before keys of the same name.

use std::any::Any;

use gotmpl::{Args, Call, CallError, Map, Named, Object, Signature, Type, Value};

static TYPE: Named = Named { name: "common.Values", under: Type::MAP };

/// Helm's type of `.`, `.Values` and `.Template`.
pub(super) struct Values(pub(super) Map);

impl Values {
    /// Returns `map` as a value of that type.
    pub(super) fn of(map: Map) -> Value {
        Value::Object(std::sync::Arc::new(Self(map)))
    }

    /// Returns the map that a path of keys with dots between them leads to.
    pub(super) fn table(&self, path: &str) -> Result<Map, CallError> {
        let mut table = self.0.clone();
        for key in path.split('.') {
            table = table
                .get(key)
                .and_then(|found| map_of(&found))
                .ok_or_else(|| CallError::Text(format!("{key:?} is not a table")))?;
        }
        Ok(table)
    }

    fn path_value(&self, path: &str) -> Result<Value, CallError> {
        if path.is_empty() {
            return Err(CallError::from("YAML path cannot be empty"));
        }
        let (table, key) = match path.rsplit_once('.') {
            None => (Ok(self.0.clone()), path),
            Some((table, key)) => (self.table(table), key),
        };
        let missing = || CallError::Text(format!("{key:?} is not a value"));
        let found = table.map_err(|_| missing())?.get(key).ok_or_else(missing)?;
        if matches!(found, Value::Map(_)) { Err(missing()) } else { Ok(found) }
    }
}

/// Returns the map that a value is, under whatever type.
fn map_of(value: &Value) -> Option<Map> {
    match value {
        Value::Map(map) => Some(map.clone()),
        other => other.as_object::<Values>().map(|values| values.0.clone()),
    }
}

impl Object for Values {
    fn go_type(&self) -> Type {
        Type::Named(&TYPE)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn method(&self, name: &str) -> Option<Signature> {
        Some(match name {
            "AsMap" => Signature::new(&[], Type::MAP),
            "YAML" => Signature::new(&[], Type::String),
            "Table" => Signature::new(&[Type::String], Type::Named(&TYPE)),
            "PathValue" => Signature::new(&[Type::String], Type::Any),
            _ => return None,
        })
    }

    fn call(&self, name: &str, _: &mut Call<'_, '_>, args: &Args<'_>) -> Result<Value, CallError> {
        match name {
            "AsMap" => Ok(Value::Map(self.0.clone())),
            "YAML" => yaml(&Value::Map(self.0.clone())),
            "Table" => self.table(args.text(0)?).map(Self::of),
            "PathValue" => self.path_value(args.text(0)?),
            other => Err(CallError::Text(format!("there is no method {other}"))),
        }
    }

    fn map(&self) -> Option<&Map> {
        Some(&self.0)
    }

    fn with_plain(&self, plain: Value) -> Option<Value> {
        if let Value::Map(map) = plain { Some(Self::of(map)) } else { None }
    }
}

fn yaml(value: &Value) -> Result<Value, CallError> {
    let plain = value.to_plain().map_err(|error| CallError::Text(error.to_string()))?;
    match value::yaml::unsupported(&plain) {
        Some(problem) => Err(CallError::Text(problem)),
        None => Ok(Value::from(value::yaml::to_string(&plain))),
    }
}
