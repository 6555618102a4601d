//! Lists in one flag, as pflag's string slices read them: commas between, double quotes around what holds one.

/// Returns the entries of a list, or why it is none, in Go's words.
pub(crate) fn split(text: &str) -> Result<Vec<String>, String> {
    let mut entries = Vec::new();
    let mut rest = text;
    loop {
        let (entry, after) = if let Some(quoted) = rest.strip_prefix('"') {
            unquoted(quoted)?
        } else {
            let (entry, after) = rest.split_at(rest.find(',').unwrap_or(rest.len()));
            if entry.contains('"') {
                return Err("parse error on line 1: bare \" in non-quoted-field".to_owned());
            }
            (entry.to_owned(), after)
        };
        entries.push(entry);
        match after.strip_prefix(',') {
            Some(next) => rest = next,
            None => return Ok(entries),
        }
    }
}

/// Returns what stands between quotes, and what stands behind the second one. Two quotes are one of the text.
fn unquoted(mut text: &str) -> Result<(String, &str), String> {
    let mut entry = String::new();
    loop {
        let Some((before, after)) = text.split_once('"') else {
            return Err(
                "parse error on line 1: extraneous or missing \" in quoted-field".to_owned()
            );
        };
        entry.push_str(before);
        match after.chars().next() {
            Some('"') => {
                entry.push('"');
                text = after.get(1..).unwrap_or_default();
            }
            None | Some(',') => return Ok((entry, after)),
            Some(_) => {
                return Err(
                    "parse error on line 1: extraneous or missing \" in quoted-field".to_owned()
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn entries_are_told_apart_by_commas_outside_of_quotes() {
        let check = |text: &str, expected: &[&str]| {
            assert_eq!(split(text).unwrap(), expected, "{text}");
        };
        check("a", &["a"]);
        check("a,b", &["a", "b"]);
        check("\"a,b\",c", &["a,b", "c"]);
        check("\"a\"\"b\"", &["a\"b"]);
        check("a,,", &["a", "", ""]);
        check("", &[""]);
        assert!(split("a\"b").unwrap_err().contains("bare"));
        assert!(split("\"a").is_err());
        assert!(split("\"a\"b").is_err());
    }
}
