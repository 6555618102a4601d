//! The little language of `--set`, `--set-string`, `--set-json`, `--set-file` and `--set-literal`.

use crate::Value;

/// A `--set` argument that cannot be applied; the text is Helm's, without the name of the flag.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct StrvalsError(pub String);

/// How the values of an argument become [`Value`]s.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typing {
    /// `--set`: booleans, null and integers are recognised.
    Guess,
    /// `--set-string`: everything is text.
    String,
}

/// Applies one `--set` or `--set-string` argument (`a.b=1,c[0]=x`) to `base`.
pub fn set(base: &mut Value, argument: &str, typing: Typing) -> Result<(), StrvalsError> {
    let _unused = (base, argument, typing);
    Ok(())
}

/// Applies one `--set-literal` argument: the value is everything behind the first `=`.
pub fn set_literal(base: &mut Value, argument: &str) -> Result<(), StrvalsError> {
    let _unused = (base, argument);
    Ok(())
}

/// Applies one `--set-json` argument: a whole object, or `path=json,…`.
pub fn set_json(base: &mut Value, argument: &str) -> Result<(), StrvalsError> {
    let _unused = (base, argument);
    Ok(())
}

/// Applies one `--set-file` argument; `read` returns the text of the file that it names.
pub fn set_file(
    base: &mut Value,
    argument: &str,
    read: &mut dyn FnMut(&str) -> Result<String, String>,
) -> Result<(), StrvalsError> {
    let _unused = (base, argument, read);
    Ok(())
}
