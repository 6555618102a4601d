//! Addresses of objects and collections. Names come from charts and are escaped.

use manifest::ObjectId;

use crate::discovery::Resource;

/// Returns the path of a collection: `/apis/apps/v1/namespaces/prod/deployments`.
pub(crate) fn collection(resource: &Resource, namespace: Option<&str>) -> String {
    let gvk = &resource.gvk;
    let root = if gvk.group.is_empty() {
        format!("/api/{}", escape(&gvk.version))
    } else {
        format!("/apis/{}/{}", escape(&gvk.group), escape(&gvk.version))
    };
    match namespace {
        Some(namespace) if resource.is_namespaced() => {
            format!("{root}/namespaces/{}/{}", escape(namespace), escape(&resource.plural))
        }
        _ => format!("{root}/{}", escape(&resource.plural)),
    }
}

/// Returns the path of an object; one of a namespaced kind without namespace is looked for in `default`.
pub(crate) fn object(resource: &Resource, id: &ObjectId, default: &str) -> String {
    let namespace = id.namespace.as_deref().unwrap_or(default);
    format!("{}/{}", collection(resource, Some(namespace)), escape(&id.name))
}

/// Returns `path` with a query; entries without a value are left out.
pub(crate) fn with_query(path: &str, query: &[(&str, Option<&str>)]) -> String {
    let pairs: Vec<String> = query
        .iter()
        .filter_map(|(key, value)| value.map(|value| format!("{key}={}", escape(value))))
        .collect();
    if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) }
}

/// Escapes what has a meaning in a path segment or a query; a segment of dots only could climb and is escaped
/// as a whole.
fn escape(text: &str) -> String {
    let dots = !text.is_empty() && text.bytes().all(|byte| byte == b'.');
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        let plain =
            byte.is_ascii_alphanumeric() || b"-_~:".contains(&byte) || (byte == b'.' && !dots);
        if plain {
            escaped.push(char::from(byte));
        } else {
            escaped.push('%');
            escaped.push(hex(byte >> 4));
            escaped.push(hex(byte & 0xf));
        }
    }
    escaped
}

fn hex(nibble: u8) -> char {
    char::from_digit(nibble.into(), 16).map_or('0', |digit| digit.to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use manifest::Gvk;

    use super::*;

    fn check(group: &str, namespaced: bool, namespace: Option<&str>, name: &str, expected: &str) {
        let gvk = Gvk::new(group, "v1", "Thing");
        let resource = Resource::for_test(gvk.clone(), "things", namespaced);
        assert_eq!(object(&resource, &ObjectId::new(gvk, namespace, name), "dflt"), expected);
    }

    #[test]
    fn paths_follow_group_scope_and_namespace() {
        check("", true, Some("prod"), "a", "/api/v1/namespaces/prod/things/a");
        check("x.io", true, None, "a", "/apis/x.io/v1/namespaces/dflt/things/a");
        check("x.io", false, Some("prod"), "a", "/apis/x.io/v1/things/a");
    }

    #[test]
    fn names_cannot_leave_their_segment() {
        check("", true, Some("p"), "../x?y", "/api/v1/namespaces/p/things/..%2Fx%3Fy");
        check("", true, Some("p"), "..", "/api/v1/namespaces/p/things/%2E%2E");
        check("", true, Some("p"), "system:é", "/api/v1/namespaces/p/things/system:%C3%A9");
    }

    #[test]
    fn a_query_holds_only_what_has_a_value() {
        let query = [("a", Some("x=y,z")), ("b", None), ("c", Some("1"))];
        assert_eq!(with_query("/p", &query), "/p?a=x%3Dy%2Cz&c=1");
        assert_eq!(with_query("/p", &[("b", None)]), "/p");
    }
}
