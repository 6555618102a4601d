//! Addresses of mail, as the validator of Helm's lint (govalidator, 2023) takes them.

/// Returns whether `text` is an address of mail.
///
/// The domain has at least one dot and its last part begins and ends with a letter; the part before `@` is
/// words with dots between, or a character in double quotes.
pub(crate) fn is_address(text: &str) -> bool {
    let at =
        if text.starts_with('"') { text.rfind("\"@").map(|at| at + 1) } else { text.find('@') };
    let Some((local, domain)) = at.and_then(|at| text.split_at_checked(at)) else { return false };
    let domain = domain.strip_prefix('@').unwrap_or(domain);
    (is_dotted(local) || is_quoted(local)) && is_domain(domain)
}

fn is_dotted(local: &str) -> bool {
    local.split('.').all(|word| !word.is_empty() && word.chars().all(is_word))
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c) || is_foreign(c)
}

/// One character in quotes, with blanks around it; a parenthesis may have another one behind it.
fn is_quoted(local: &str) -> bool {
    let inner = local.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let Some(inner) = inner else { return false };
    let mut chars = inner.trim_matches([' ', '\t']).chars();
    let plain = |c: char| is_foreign(c) || (c.is_ascii() && !"\0\t\n\r \"\\".contains(c));
    match (chars.next(), chars.next(), chars.next()) {
        (Some(c), None, _) => plain(c),
        (Some('('), Some(c), None) => is_foreign(c) || (c.is_ascii() && !"\0\n".contains(c)),
        _ => false,
    }
}

fn is_domain(domain: &str) -> bool {
    let domain = domain.strip_suffix('.').unwrap_or(domain);
    let Some((front, last)) = domain.rsplit_once('.') else { return false };
    let inside = |c: char| c.is_ascii_alphanumeric() || "-_~".contains(c) || is_foreign(c);
    let letter = |c: char| c.is_ascii_alphabetic() || is_foreign(c);
    let edge = |c: char| c.is_ascii_alphanumeric() || is_foreign(c);
    front.starts_with(edge)
        && front.ends_with(edge)
        && front.chars().all(|c| c == '.' || inside(c))
        && last.starts_with(letter)
        && last.ends_with(letter)
        && last.chars().all(inside)
}

/// Returns whether a character outside ASCII may stand in an address.
fn is_foreign(c: char) -> bool {
    matches!(c, '\u{a0}'..='\u{d7ff}' | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{ffef}')
}

#[cfg(test)]
mod tests {
    use super::is_address;

    #[test]
    fn addresses_are_told_from_other_texts() {
        for good in [
            "a@b.c",
            "jane.doe+x@mail.example.com",
            "a@b.c.",
            "\" @ \"@d.e",
            "ä@ö.ü",
            "a@1b-2.c.de",
            "a@b_~x.c",
        ] {
            assert!(is_address(good), "{good}");
        }
        for bad in [
            "",
            "a",
            "@b.c",
            "a@b",
            "a@b..c",
            "a@.c",
            "a.@b.c",
            "a..b@c.d",
            "a@b.1",
            "a@-b.c",
            "a b@c.d",
            "a@b@c.d",
            "a@b.c..",
            "\"ab\"@c.d",
            "a@b.c (x)",
        ] {
            assert!(!is_address(bad), "{bad}");
        }
    }
}
