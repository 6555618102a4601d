//! Versions and constraints, both read as the crate `version` does.

use value::Value;
use version::{Constraint, VersionError};

use crate::args::text;
use crate::error::FuncError;
use crate::table::{Row, exact};

pub(crate) const ROWS: &[Row] = &[
    exact(
        "semverCompare",
        2,
        semver_compare,
        "Returns whether the version (second) fits the constraint (first).",
        r#"semverCompare "^1.2.0" "v1.3.0" => true"#,
    ),
    exact(
        "semver",
        1,
        semver,
        "Splits a version into `major`, `minor`, `patch`, `prerelease`, `metadata` and `original`.",
        r#"semver "1.2.3-rc.1+x" => {"major":1,"metadata":"x","minor":2,"original":"1.2.3-rc.1+x","patch":3,"prerelease":"rc.1"}"#,
    ),
];

fn semver_compare(args: &[Value]) -> Result<Value, FuncError> {
    let constraint = Constraint::parse(text(args, 0)?).map_err(|error| failed(&error))?;
    let version = version::parse(text(args, 1)?).map_err(|error| failed(&error))?;
    Ok(Value::from(constraint.matches(&version)))
}

fn semver(args: &[Value]) -> Result<Value, FuncError> {
    let original = text(args, 0)?;
    let version = version::parse(original).map_err(|error| failed(&error))?;
    let number = |n: u64| Value::Int(i64::try_from(n).unwrap_or(i64::MAX));
    Ok([
        ("major", number(version.major)),
        ("minor", number(version.minor)),
        ("patch", number(version.patch)),
        ("prerelease", Value::from(version.pre.as_str())),
        ("metadata", Value::from(version.build.as_str())),
        ("original", Value::from(original)),
    ]
    .into_iter()
    .collect())
}

fn failed(error: &VersionError) -> FuncError {
    FuncError::failed(error.to_string())
}
