//! URLs, taken apart and put together as Go's `net/url` does.

use std::fmt::Write;

use gotmpl::{Args, CallError, Map, Type, Value};

use crate::args::{kind, lossy, map, text};
use crate::bounds::bounded;
use crate::table::{Answer, Row, pure, takes};

pub(crate) const ROWS: &[Row] = &[
    pure(
        "urlParse",
        takes(&[Type::String], Type::MAP),
        parse_url,
        "Takes a URL apart into `scheme`, `host`, `hostname`, `path`, `query`, `opaque`, `fragment` and `userinfo`.",
        r#"urlParse "http://a:1/b?c#d" => {"fragment":"d","host":"a:1","hostname":"a","opaque":"","path":"/b","query":"c","scheme":"http","userinfo":""}"#,
    ),
    pure(
        "urlJoin",
        takes(&[Type::MAP], Type::String),
        join_url,
        "Puts a URL together from the parts that `urlParse` returns.",
        r#"urlJoin {"scheme":"http","host":"a","path":"b"} => "http://a/b""#,
    ),
];

/// The parts of a URL, percent codes resolved where Go does so.
#[derive(Default)]
struct Url {
    scheme: String,
    opaque: String,
    userinfo: Option<String>,
    host: String,
    path: String,
    query: String,
    fragment: String,
}

fn parse_url(args: &Args<'_>) -> Answer {
    let whole = text(args, 0);
    let url = parse_whole(&whole)
        .map_err(|why| CallError::Text(format!("unable to parse url: {why}")))?;
    let hostname = hostname(&url.host).to_owned();
    Ok(Value::from(Map::from_iter([
        ("scheme", Value::from(url.scheme)),
        ("host", Value::from(url.host)),
        ("hostname", Value::from(hostname)),
        ("path", Value::from(url.path)),
        ("query", Value::from(url.query)),
        ("opaque", Value::from(url.opaque)),
        ("fragment", Value::from(url.fragment)),
        ("userinfo", Value::from(url.userinfo.unwrap_or_default())),
    ])))
}

fn hostname(host: &str) -> &str {
    if let Some(rest) = host.strip_prefix('[') {
        return rest.split(']').next().unwrap_or_default();
    }
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    }
}

fn parse_whole(whole: &str) -> Result<Url, String> {
    let told = |of: &str, why: String| format!("parse {}: {why}", gotmpl::quote(of.as_bytes()));
    let (main, fragment) = whole.split_once('#').unwrap_or((whole, ""));
    let mut url = parse(main).map_err(|why| told(main, why))?;
    url.fragment = unescaped(fragment, Part::Fragment).map_err(|why| told(whole, why))?;
    Ok(url)
}

/// Reads a URL without fragment.
fn parse(main: &str) -> Result<Url, String> {
    if main.bytes().any(|byte| byte < b' ' || byte == 0x7f) {
        return Err("net/url: invalid control character in URL".to_owned());
    }
    let mut url = Url::default();
    if main == "*" {
        "*".clone_into(&mut url.path);
        return Ok(url);
    }
    let (scheme, rest) = scheme(main)?;
    url.scheme = scheme.to_ascii_lowercase();
    let (rest, query) = match rest.split_once('?') {
        Some((rest, query)) => (rest, query),
        None => (rest, ""),
    };
    query.clone_into(&mut url.query);
    if !rest.starts_with('/') {
        if !url.scheme.is_empty() {
            rest.clone_into(&mut url.opaque);
            return Ok(url);
        }
        if rest.split('/').next().is_some_and(|segment| segment.contains(':')) {
            return Err("first path segment in URL cannot contain colon".to_owned());
        }
    }
    let mut path = rest;
    if let Some(after) =
        rest.strip_prefix("//").filter(|after| !url.scheme.is_empty() || !after.starts_with('/'))
    {
        let end = after.find('/').unwrap_or(after.len());
        let (authority, after) = after.split_at(end);
        path = after;
        let host = match authority.rsplit_once('@') {
            None => authority,
            Some((user, host)) => {
                url.userinfo = Some(userinfo(user)?);
                host
            }
        };
        url.host = checked_host(host)?;
    }
    url.path = unescaped(path, Part::Path)?;
    Ok(url)
}

/// Splits the scheme off.
fn scheme(text: &str) -> Result<(&str, &str), String> {
    for (at, c) in text.char_indices() {
        match c {
            'a'..='z' | 'A'..='Z' => {}
            '0'..='9' | '+' | '-' | '.' if at > 0 => {}
            ':' if at == 0 => return Err("missing protocol scheme".to_owned()),
            ':' => {
                return Ok((
                    text.get(..at).unwrap_or_default(),
                    text.get(at + 1..).unwrap_or_default(),
                ));
            }
            _ => break,
        }
    }
    Ok(("", text))
}

fn userinfo(text: &str) -> Result<String, String> {
    let valid = |c: char| c.is_ascii_alphanumeric() || "-._:~!$&'()*+,;=%@".contains(c);
    if !text.chars().all(valid) {
        return Err("net/url: invalid userinfo".to_owned());
    }
    let part = |text: &str| Ok(escaped(&unescaped(text, Part::User)?, Part::User));
    match text.split_once(':') {
        None => part(text),
        Some((name, password)) => Ok::<_, String>(format!("{}:{}", part(name)?, part(password)?)),
    }
}

fn checked_host(host: &str) -> Result<String, String> {
    let port = if host.starts_with('[') {
        let Some(end) = host.rfind(']') else {
            return Err("missing ']' in host".to_owned());
        };
        host.get(end + 1..).unwrap_or_default()
    } else {
        host.rfind(':').and_then(|colon| host.get(colon..)).unwrap_or_default()
    };
    let digits = port.strip_prefix(':');
    if !port.is_empty() && !digits.is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_digit()))
    {
        return Err(format!("invalid port {} after host", gotmpl::quote(port.as_bytes())));
    }
    if let Some(c) = host.chars().find(|c| c.is_ascii() && !is_host_character(*c)) {
        let c = gotmpl::quote(c.to_string().as_bytes());
        return Err(format!("invalid character {c} in host name"));
    }
    unescaped(host, Part::Host)
}

fn is_host_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_.~!$&'()*+,;=:[]<>\"%".contains(c)
}

/// A part of a URL: which characters stand for themselves depends on it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Path,
    User,
    Host,
    Fragment,
}

impl Part {
    fn keeps(self, byte: u8) -> bool {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            return true;
        }
        match self {
            Self::Path => b"$&+,/:;=@".contains(&byte),
            Self::User => b"$&+,;=".contains(&byte),
            Self::Host => b"!$&'()*+,;=:[]<>\"".contains(&byte),
            Self::Fragment => b"!$&()*+,/:;=?@".contains(&byte),
        }
    }
}

fn unescaped(text: &str, part: Part) -> Result<String, String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.as_bytes();
    while let Some((byte, rest)) = bytes.split_first() {
        bytes = rest;
        if *byte != b'%' {
            out.push(*byte);
            continue;
        }
        let digits = rest.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let code = digits
            .filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))
            .and_then(|digits| u8::from_str_radix(digits, 16).ok())
            .filter(|code| part != Part::Host || *code >= 0x80);
        let Some(code) = code else {
            let shown = lossy(rest.get(..2.min(rest.len())).unwrap_or_default());
            let shown = gotmpl::quote(format!("%{shown}").as_bytes());
            return Err(format!("invalid URL escape {shown}"));
        };
        out.push(code);
        bytes = rest.get(2..).unwrap_or_default();
    }
    Ok(lossy(&out).into_owned())
}

fn escaped(text: &str, part: Part) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if part.keeps(byte) {
            out.push(char::from(byte));
        } else {
            let _infallible = write!(out, "%{byte:02X}");
        }
    }
    out
}

fn join_url(args: &Args<'_>) -> Answer {
    let part = |name: &str| match map(args, 0).and_then(|map| map.get(name)) {
        None => Ok(String::new()),
        Some(value) => value.as_text().map(|text| lossy(text).into_owned()).ok_or_else(|| {
            if value.is_nil() {
                return CallError::from(crate::args::NIL_POINTER);
            }
            let kind = kind(&value);
            CallError::Text(format!(
                "unable to parse {name} key, must be of type string, but {kind} found"
            ))
        }),
    };
    let (scheme, host, path) = (part("scheme")?, part("host")?, part("path")?);
    let (query, opaque, fragment) = (part("query")?, part("opaque")?, part("fragment")?);
    let user = part("userinfo")?;
    let user = if user.is_empty() {
        None
    } else {
        let whole = format!("proto://{user}@host");
        let url = parse_whole(&whole)
            .map_err(|why| CallError::Text(format!("unable to parse userinfo in dict: {why}")))?;
        url.userinfo
    };
    let mut out = String::new();
    if !scheme.is_empty() {
        out.push_str(&scheme);
        out.push(':');
    }
    if opaque.is_empty() {
        if !scheme.is_empty() || !host.is_empty() || user.is_some() {
            if !host.is_empty() || !path.is_empty() || user.is_some() {
                out.push_str("//");
            }
            if let Some(user) = &user {
                out.push_str(user);
                out.push('@');
            }
            out.push_str(&escaped(&host, Part::Host));
        }
        let path = if path == "*" { path } else { escaped(&path, Part::Path) };
        if !path.is_empty() && !path.starts_with('/') && !host.is_empty() {
            out.push('/');
        }
        let first = path.split('/').next().unwrap_or_default();
        if out.is_empty() && first.contains(':') {
            out.push_str("./");
        }
        out.push_str(&path);
    } else {
        out.push_str(&opaque);
    }
    if !query.is_empty() {
        out.push('?');
        out.push_str(&query);
    }
    if !fragment.is_empty() {
        out.push('#');
        out.push_str(&escaped(&fragment, Part::Fragment));
    }
    bounded(out)
}
