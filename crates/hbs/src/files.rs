//! The files of the chart: `file`, `fileBase64`, `glob`.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use value::Value;

use crate::error::{Fault, did_you_mean};

type Files = BTreeMap<String, Arc<[u8]>>;

/// The longest file name and pattern of `glob`, in bytes.
const MAX_PATTERN: usize = 1024;

/// Returns the text of a file.
pub(crate) fn file(files: &Files, args: &[Value]) -> Result<Value, Fault> {
    let name = name(args)?;
    let data = find(files, name)?;
    std::str::from_utf8(data).map(Value::from).map_err(|_| {
        Fault::new(format!("file \"{name}\" is no text"))
            .with_help(Some("fileBase64 reads any file".to_owned()))
    })
}

/// Returns a file in base64.
pub(crate) fn file_base64(files: &Files, args: &[Value]) -> Result<Value, Fault> {
    let data = find(files, name(args)?)?;
    Ok(Value::from(STANDARD.encode(data)))
}

/// Returns the text files whose path matches a pattern, as a map of path and text.
pub(crate) fn glob(files: &Files, args: &[Value]) -> Result<Value, Fault> {
    let pattern = name(args)?;
    if pattern.len() > MAX_PATTERN {
        return Err(Fault::new("the pattern is too long"));
    }
    Ok(files
        .iter()
        .filter(|(path, _)| path.len() <= MAX_PATTERN && matches(pattern, path))
        .filter_map(|(path, data)| {
            Some((path.as_str(), Value::from(std::str::from_utf8(data).ok()?)))
        })
        .collect())
}

fn name(args: &[Value]) -> Result<&str, Fault> {
    args.first()
        .and_then(Value::as_str)
        .ok_or_else(|| Fault::new("the path of a file must be a string"))
}

fn find<'f>(files: &'f Files, name: &str) -> Result<&'f [u8], Fault> {
    files.get(name).map(AsRef::as_ref).ok_or_else(|| {
        Fault::new(format!("the chart has no file \"{name}\""))
            .with_help(did_you_mean(name, files.keys().map(String::as_str)))
    })
}

/// Whether `path` matches: `*` is any text without `/`, `**` any text, `?` one character but `/`.
fn matches(pattern: &str, path: &str) -> bool {
    let (pattern, path): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), path.chars().collect());
    // The places of the path that the pattern read so far leads to.
    let mut reached = vec![false; path.len() + 1];
    if let Some(start) = reached.first_mut() {
        *start = true;
    }
    let mut at = 0;
    while let Some(sign) = pattern.get(at) {
        let deep = *sign == '*' && pattern.get(at + 1) == Some(&'*');
        let mut next = vec![false; path.len() + 1];
        let mut spread = false;
        for (i, here) in reached.iter().enumerate() {
            spread |= *here;
            let letter = path.get(i);
            let target = match sign {
                '*' => {
                    if let (true, Some(slot)) = (spread, next.get_mut(i)) {
                        *slot = true;
                    }
                    spread &= deep || letter != Some(&'/');
                    continue;
                }
                '?' => *here && letter.is_some_and(|c| *c != '/'),
                sign => *here && letter == Some(sign),
            };
            if let (true, Some(slot)) = (target, next.get_mut(i + 1)) {
                *slot = true;
            }
        }
        reached = next;
        at += if deep { 2 } else { 1 };
    }
    reached.last() == Some(&true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_paths() {
        let check =
            |pattern, path, want| assert_eq!(matches(pattern, path), want, "{pattern} {path}");
        check("*.txt", "a.txt", true);
        check("*.txt", "b/a.txt", false);
        check("**.txt", "b/c/a.txt", true);
        check("config/*", "config/a", true);
        check("config/*", "config/a/b", false);
        check("config/**", "config/a/b", true);
        check("a?c", "abc", true);
        check("a?c", "a/c", false);
        check("", "", true);
        check("", "a", false);
    }
}
