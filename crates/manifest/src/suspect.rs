//! Whether a text that cannot be read may be a Secret, so that nothing of it is shown.

/// Returns whether the document, a part of `file`, is or may be a Secret: it says so anywhere, or it does
/// not say what it is and the file has to do with Secrets.
pub(crate) fn may_be_secret(document: &str, file: &str) -> bool {
    let mut readable = false;
    for (start, _) in document.match_indices("kind") {
        let Some(Kind { word, whole }) = kind(document, start) else { continue };
        if word.starts_with("Secret") {
            return true;
        }
        readable |= whole && !word.is_empty();
    }
    !readable && file.contains("Secret")
}

/// What a key `kind` says.
struct Kind<'t> {
    /// The word behind it.
    word: &'t str,
    /// Whether it is the document's own kind: the key begins a line, and the word ends one.
    whole: bool,
}

/// Reads the key `kind` at a byte of the document, with or without quotes.
fn kind(document: &str, start: usize) -> Option<Kind<'_>> {
    const QUOTES: [char; 2] = ['"', '\''];
    let before = document.get(..start)?;
    let outside = before.strip_suffix(QUOTES).unwrap_or(before);
    if before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/')) {
        return None;
    }
    let after = document.get(start + "kind".len()..)?;
    let after = after.strip_prefix(QUOTES).unwrap_or(after).trim_start_matches([' ', '\t']);
    let value = after.strip_prefix(':')?.trim_start_matches([' ', '\t']);
    let value = value.strip_prefix(QUOTES).unwrap_or(value);
    let end = value.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(value.len());
    let (word, rest) = value.split_at(end);
    let rest = rest.strip_prefix(QUOTES).unwrap_or(rest);
    let rest = rest.lines().next().unwrap_or_default().trim();
    let first = outside.is_empty() || outside.ends_with('\n');
    Some(Kind { word, whole: first && (rest.is_empty() || rest.starts_with('#')) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_or_may_be_a_secret_is_recognised() {
        let check = |document: &str, file: &str, expected| {
            assert_eq!(may_be_secret(document, file), expected, "{document}");
        };
        check("apiVersion: v1\nkind: Secret\nx: [", "", true);
        check("a: [\nkind:  \"Secret\" # yes", "", true);
        check("{\"kind\" : \"Secret\", ", "", true);
        check("kind: List\nitems:\n- kind: Secret\n  x: [", "", true);
        check("kind: SecretList\nx: [", "", true);
        check("kind: ConfigMap\nx: [", "kind: Secret", false);
        check("'kind': 'ConfigMap' # x\nx: [", "kind: Secret", false);
        check("{kind: ConfigMap, x: [", "kind: Secret", true);
        check("metadata:\n  kind: ConfigMap\nx: [", "kind: Secret", true);
        check("kind: >-\n  Secret\nx: [", "kind: >-\n  Secret\nx: [", true);
        check("--BEGIN KEY--\nabc", "kind: Secret\nkey:\n-----BEGIN KEY--\nabc", true);
        check("x: [", "kind: ConfigMap", false);
        check("mankind: Secret", "", false);
    }
}
