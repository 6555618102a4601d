//! Versions and constraints, both read as the crate `version` does.

use std::any::Any;

use gotmpl::{Args, Call, CallError, Map, Named, Object, Signature, Type, Value};
use version::{Constraint, VersionError};

use crate::args::text;
use crate::table::{Answer, Row, pure, takes};

const TEXT: Type = Type::String;

/// `*semver.Version`
const POINTER: Type = Type::Named(&Named { name: "*semver.Version", under: Type::Pointer });
/// `semver.Version`
const STRUCT: Type = Type::Named(&Named { name: "semver.Version", under: Type::Struct });

pub(crate) const ROWS: &[Row] = &[
    pure(
        "semverCompare",
        takes(&[TEXT, TEXT], Type::Bool),
        semver_compare,
        "Returns whether the version (second) fits the constraint (first).",
        r#"semverCompare "^1.2.0" "v1.3.0" => true"#,
    ),
    pure(
        "semver",
        takes(&[TEXT], POINTER),
        semver,
        "Splits a version into `major`, `minor`, `patch`, `prerelease`, `metadata` and `original`.",
        r#"semver "1.2.3-rc.1+x" => {"major":1,"metadata":"x","minor":2,"original":"1.2.3-rc.1+x","patch":3,"prerelease":"rc.1"}"#,
    ),
];

fn semver_compare(args: &Args<'_>) -> Answer {
    let constraint = Constraint::parse(&text(args, 0)).map_err(|error| failed(&error))?;
    let version = version::parse(&text(args, 1)).map_err(|error| failed(&error))?;
    Ok(Value::from(constraint.matches(&version)))
}

fn semver(args: &Args<'_>) -> Answer {
    let original = text(args, 0).into_owned();
    let version = version::parse(&original).map_err(|error| failed(&error))?;
    Ok(object(Version { parsed: version, original, go_type: POINTER }))
}

fn failed(error: &VersionError) -> CallError {
    CallError::Text(error.to_string())
}

fn object(version: Version) -> Value {
    Value::Object(std::sync::Arc::new(version))
}

/// Returns the parts of a version, for those who know no methods.
pub(crate) fn fields(value: &Value) -> Option<Map> {
    let version = value.as_object::<Version>()?;
    let parts = ["Major", "Minor", "Patch", "Prerelease", "Metadata", "Original"];
    let entry = |name: &str| {
        let part = version.part(name).unwrap_or_default();
        (name.to_ascii_lowercase(), part)
    };
    Some(parts.into_iter().map(entry).collect())
}

/// A version of the library `semver`.
struct Version {
    parsed: version::Version,
    original: String,
    go_type: Type,
}

impl Version {
    fn part(&self, name: &str) -> Option<Value> {
        Some(match name {
            "Major" => Value::Uint64(self.parsed.major),
            "Minor" => Value::Uint64(self.parsed.minor),
            "Patch" => Value::Uint64(self.parsed.patch),
            "Prerelease" => Value::from(self.parsed.pre.as_str()),
            "Metadata" => Value::from(self.parsed.build.as_str()),
            "Original" => Value::from(self.original.as_str()),
            "String" => Value::from(self.parsed.to_string()),
            _ => return None,
        })
    }

    /// Returns the version with one number more, as `IncMinor` and the like do.
    fn increased(&self, name: &str) -> Value {
        let old = &self.parsed;
        let (major, minor, patch) = match name {
            "IncMajor" => (old.major.wrapping_add(1), 0, 0),
            "IncMinor" => (old.major, old.minor.wrapping_add(1), 0),
            // A version after its own prerelease is the next one already.
            _ if !old.pre.is_empty() => (old.major, old.minor, old.patch),
            _ => (old.major, old.minor, old.patch.wrapping_add(1)),
        };
        self.changed(version::Version::new(major, minor, patch))
    }

    fn changed(&self, version: version::Version) -> Value {
        let v = if self.original.starts_with('v') { "v" } else { "" };
        object(Self { original: format!("{v}{version}"), parsed: version, go_type: STRUCT })
    }

    /// Returns the version with another prerelease or other metadata.
    fn with(&self, name: &str, text: &str) -> Answer {
        let mut version = self.parsed.clone();
        if name == "SetPrerelease" {
            version.pre = text.parse().map_err(|_| CallError::from("invalid prerelease string"))?;
        } else {
            version.build = text.parse().map_err(|_| CallError::from("invalid metadata string"))?;
        }
        Ok(self.changed(version))
    }
}

impl Object for Version {
    fn go_type(&self) -> Type {
        self.go_type
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn method(&self, name: &str) -> Option<Signature> {
        const OTHER: &[Type] = &[POINTER];
        Some(match name {
            "Major" | "Minor" | "Patch" => takes(&[], Type::Uint64),
            "Prerelease" | "Metadata" | "String" => takes(&[], TEXT),
            "Original" if self.go_type == POINTER => takes(&[], TEXT),
            "IncMajor" | "IncMinor" | "IncPatch" => takes(&[], STRUCT),
            "SetPrerelease" | "SetMetadata" => takes(&[TEXT], STRUCT),
            _ if self.go_type != POINTER => return None,
            "Compare" => takes(OTHER, Type::Int),
            "Equal" | "LessThan" | "LessThanEqual" | "GreaterThan" | "GreaterThanEqual" => {
                takes(OTHER, Type::Bool)
            }
            _ => return None,
        })
    }

    fn call(&self, name: &str, _: &mut Call<'_, '_>, args: &Args<'_>) -> Answer {
        if let Some(part) = self.part(name) {
            return Ok(part);
        }
        match name {
            "IncMajor" | "IncMinor" | "IncPatch" => return Ok(self.increased(name)),
            "SetPrerelease" | "SetMetadata" => return self.with(name, &text(args, 0)),
            _ => {}
        }
        let other = args
            .at(0)
            .as_object::<Self>()
            .ok_or_else(|| CallError::from(crate::args::NIL_POINTER))?;
        let order = self.parsed.cmp_precedence(&other.parsed);
        Ok(match name {
            "Compare" => Value::Int(order as i64),
            "Equal" => Value::from(order.is_eq()),
            "LessThan" => Value::from(order.is_lt()),
            "LessThanEqual" => Value::from(order.is_le()),
            "GreaterThan" => Value::from(order.is_gt()),
            _ => Value::from(order.is_ge()),
        })
    }

    fn text(&self) -> Option<String> {
        Some(self.parsed.to_string())
    }

    fn equals(&self, other: &dyn Object) -> Option<bool> {
        let other = other.as_any().downcast_ref::<Self>()?;
        // Pointers are equal if they point to the same thing.
        Some(if self.go_type == POINTER {
            std::ptr::eq(self, other)
        } else {
            self.parsed == other.parsed && self.original == other.original
        })
    }
}
