//! Addresses of pages, as Go's `net/url` (1.26) and the validator of Helm's lint (govalidator, 2023) take them.

use std::sync::LazyLock;

use regex::Regex;

/// Returns whether `text` is an absolute URL in the sense of Go's `ParseRequestURI`.
pub(crate) fn is_request(text: &str) -> bool {
    if text.is_empty() || has_control(text) {
        return false;
    }
    let Some((scheme, rest)) = scheme(text) else { return false };
    let rest = rest.split('?').next().unwrap_or_default();
    hierarchy(scheme, rest).is_some()
}

/// Returns whether `text` looks like the address of a page; a scheme is not needed, a name with a dot in it is.
pub(crate) fn is_address(text: &str) -> bool {
    if text.len() <= 3 || text.chars().count() >= 2083 || text.starts_with('.') {
        return false;
    }
    let with_scheme = if text.contains(':') && !text.contains("://") {
        format!("http://{text}")
    } else {
        text.to_owned()
    };
    let Some((host, path)) = host_and_path(&with_scheme) else { return false };
    if host.starts_with('.') || (host.is_empty() && !path.is_empty() && !path.contains('.')) {
        return false;
    }
    ADDRESS.as_ref().is_some_and(|pattern| pattern.is_match(text))
}

/// The shape of an address: scheme, user, host, port, path.
static ADDRESS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let blank = r"\t\n\f\r ";
    let letter = r"a-zA-Z\x{a1}-\x{ffff}";
    let scheme = "(?:(?:ftp|tcp|udp|wss?|https?)://)?";
    let user = format!("(?:[^{blank}]+(?::[^{blank}]*)?@)?");
    let byte = "[0-9]{1,2}|1[0-9][0-9]|2[0-4][0-9]|25[0-5]";
    let first = "[1-9][0-9]?|1[0-9][0-9]|2[01][0-9]|22[0-3]|24[0-9]|25[0-5]";
    let last = "[0-9][0-9]?|1[0-9][0-9]|2[0-4][0-9]|25[0-5]";
    let v4 = format!(r"(?:{first})(?:\.(?:{byte})){{2}}(?:\.(?:{last}))");
    // Whether the digits are an address, the parser has seen.
    let v6 = r"\[(?:[0-9a-fA-F:.]*:[0-9a-fA-F:.]*|fe80:(?::[0-9a-fA-F]{0,4}){0,4}%[0-9a-zA-Z]+)\]";
    let name = r"[a-zA-Z0-9](?:[a-zA-Z0-9_-]+)?[a-zA-Z0-9](?:[-.][a-zA-Z0-9]+)*";
    let sub = r"(?:www\.)|(?:[a-zA-Z0-9]+(?:[-_.]?[a-zA-Z0-9])*[a-zA-Z0-9]\.[a-zA-Z0-9]+)";
    let host = format!(
        r"(?:(?:{name})|(?:(?:{sub})?))?(?:(?:[{letter}0-9]+-?-?)*[{letter}0-9]+)(?:\.(?:[{letter}]+))?"
    );
    let port = "(?::[0-9]{1,5})?";
    let path = format!("(?:[/?#][^{blank}]*)?");
    Regex::new(&format!(r"^{scheme}{user}(?:{v4}|{v6}|{host})\.?{port}{path}$")).ok()
});

/// Returns host and path of a URL in the sense of Go's `Parse`, which need not have a scheme.
fn host_and_path(text: &str) -> Option<(String, String)> {
    if has_control(text) {
        return None;
    }
    let (text, fragment) = text.split_once('#').unwrap_or((text, ""));
    if !is_escaped(fragment) {
        return None;
    }
    let has_scheme = scheme(text);
    if text.starts_with(':') {
        return None;
    }
    let rest = has_scheme.map_or(text, |(_, rest)| rest).split('?').next().unwrap_or_default();
    if has_scheme.is_none() {
        let first = rest.split('/').next().unwrap_or_default();
        if first.contains(':') {
            return None;
        }
    }
    let found = if rest.starts_with("//") && (has_scheme.is_some() || !rest.starts_with("///")) {
        hierarchy(has_scheme.map_or("", |(scheme, _)| scheme), rest)
    } else {
        let opaque = has_scheme.is_some() && !rest.starts_with('/');
        (opaque || is_escaped(rest)).then_some(("", rest))
    };
    let (host, path) = found?;
    // What follows a scheme without a slash is neither host nor path.
    let path = if has_scheme.is_some() && !rest.starts_with('/') { "" } else { path };
    Some((host.to_owned(), path.to_owned()))
}

/// Splits `scheme:rest`.
fn scheme(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once(':')?;
    let legal = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    legal.then_some((scheme, rest))
}

/// Returns host and path of what stands between scheme and query.
fn hierarchy<'t>(scheme: &str, rest: &'t str) -> Option<(&'t str, &'t str)> {
    let Some(behind) = rest.strip_prefix("//") else {
        return (!rest.starts_with('/') || is_escaped(rest)).then_some(("", rest));
    };
    let end = behind.find('/').unwrap_or(behind.len());
    let (authority, path) = behind.split_at_checked(end)?;
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let user_legal =
        user.chars().all(|c| c.is_ascii_alphanumeric() || "-._:~!$&'()*+,;=%@".contains(c));
    (user_legal && is_escaped(user) && is_host(scheme, host) && is_escaped(path))
        .then_some((host, path))
}

fn is_host(scheme: &str, host: &str) -> bool {
    let port_legal = |port: &str| {
        port.is_empty()
            || port.strip_prefix(':').is_some_and(|port| port.chars().all(|c| c.is_ascii_digit()))
    };
    if let Some(inner) = host.strip_prefix('[') {
        let Some((address, port)) = inner.rsplit_once(']') else { return false };
        let (address, zone) = address.split_once("%25").unwrap_or((address, "x"));
        let zone_legal = !zone.is_empty()
            && is_escaped(zone)
            && zone.chars().all(|c| c == ':' || is_host_char(c));
        return port_legal(port) && zone_legal && address.parse::<std::net::Ipv6Addr>().is_ok();
    }
    let strict = matches!(scheme, "http" | "https");
    let colon = if strict { host.find(':') } else { host.rfind(':') };
    let (name, port) = colon.and_then(|at| host.split_at_checked(at)).unwrap_or((host, ""));
    port_legal(port)
        && name.chars().all(|c| is_host_char(c) || (c == ':' && !strict))
        && is_escaped(name)
        // Only what is not ASCII, and "%" itself, may be written with "%" in a host.
        && name.split('%').skip(1).all(|rest| rest.starts_with(['8', '9']) || rest.starts_with("25")
            || rest.starts_with(|c: char| c.is_ascii_alphabetic()))
}

fn is_host_char(c: char) -> bool {
    !c.is_ascii() || c.is_ascii_alphanumeric() || "-_.~!$&'()*+,;=]<>\"%".contains(c)
}

/// Returns whether every `%` is followed by two hexadecimal digits.
fn is_escaped(text: &str) -> bool {
    text.split('%').skip(1).all(|rest| {
        let mut digits = rest.bytes().take(2);
        digits.len() == 2 && digits.all(|digit| digit.is_ascii_hexdigit())
    })
}

fn has_control(text: &str) -> bool {
    text.bytes().any(|byte| byte < b' ' || byte == 0x7f)
}

#[cfg(test)]
mod tests {
    use super::{is_address, is_request};

    #[test]
    fn requests_need_a_scheme() {
        for good in [
            "https://example.com/a b.png?x=%zz#y",
            "a:b",
            "mailto:a@b",
            "file:///x",
            "git@x://h/p".trim_start_matches("git@"),
            "http://[::1]:80/",
            "http://user:pw@h:8080",
            "data:image/png;base64,AA==",
            "http:",
            "http://h:",
        ] {
            assert!(is_request(good), "{good}");
        }
        for bad in [
            "",
            "foo",
            "/a",
            "*",
            "1:b",
            ":x",
            "http://a b/",
            "http://h:x/",
            "http://h:1:2/",
            "http://h/%zz",
            "http://[::1",
            "a\u{7f}:b",
            "git@github.com:a/b",
            "http://u|v@h/",
        ] {
            assert!(!is_request(bad), "{bad}");
        }
    }

    #[test]
    fn addresses_need_a_name() {
        for good in [
            "https://example.com",
            "example.com/x?y#z",
            "http://localhost.:80",
            "https://github.com/someone",
            "ftp://u:p@a.b/",
            "http://1.2.3.4:80/x",
            "www.example.com",
            "example.com:8080",
            "http://a_b-c.example.org",
            "https://www.linkedin.com/in/x-y/",
            "http://localhost",
        ] {
            assert!(is_address(good), "{good}");
        }
        for bad in [
            "",
            "foo",
            "http//",
            "a b",
            ".a.b",
            "htp://a.b",
            "http://",
            "a.b/%zz",
            "http://-a.b",
            "http://a.b:port",
        ] {
            assert!(!is_address(bad), "{bad}");
        }
    }
}
