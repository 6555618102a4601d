//! What Kubernetes asks of names, by kind.

/// How names of a kind must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    Subdomain,
    /// RFC 1123: may begin with a digit.
    Label,
    /// RFC 1035: begins with a letter.
    OldLabel,
    PathSegment,
    Any,
}

/// Returns Helm's complaint about the name of an object, if there is one.
pub(crate) fn complaint(kind: &str, name: &str) -> Option<String> {
    let problems = problems(rule(kind), name);
    let quoted = value::quote(name);
    let texts: Vec<String> = problems
        .into_iter()
        .map(|problem| format!("metadata.name: Invalid value: {quoted}: {problem}"))
        .collect();
    let problem = match texts.as_slice() {
        [] => return None,
        [only] => only.clone(),
        several => format!("[{}]", several.join(", ")),
    };
    Some(format!(
        "object name does not conform to Kubernetes naming requirements: {quoted}: {problem}"
    ))
}

fn rule(kind: &str) -> Rule {
    match kind.to_lowercase().as_str() {
        "service" => Rule::OldLabel,
        "namespace" => Rule::Label,
        "certificatesigningrequest" => Rule::Any,
        "role" | "clusterrole" | "rolebinding" | "clusterrolebinding" => Rule::PathSegment,
        _ => Rule::Subdomain,
    }
}

fn problems(rule: Rule, name: &str) -> Vec<String> {
    let mut problems = Vec::new();
    let mut at_most = |limit: usize| {
        if name.len() > limit {
            problems.push(format!("must be no more than {limit} characters"));
        }
    };
    match rule {
        Rule::Any => {}
        Rule::PathSegment => return path_segment(name),
        Rule::Subdomain => {
            at_most(253);
            if !is_subdomain(name) {
                problems.push(format!("a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '{LABEL}(\\.{LABEL})*')"));
            }
        }
        Rule::Label => {
            at_most(63);
            if is_subdomain(name) && !is_label(name) {
                problems.push("must not contain dots".to_owned());
            } else if !is_label(name) {
                problems.push(format!("a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '{LABEL}')"));
            }
        }
        Rule::OldLabel => {
            at_most(63);
            if !(is_label(name) && name.starts_with(|c: char| c.is_ascii_lowercase())) {
                problems.push(format!("a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '{OLD_LABEL}')"));
            }
        }
    }
    problems
}

/// How messages write the rule for labels.
const LABEL: &str = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const OLD_LABEL: &str = "[a-z]([-a-z0-9]*[a-z0-9])?";

fn path_segment(name: &str) -> Vec<String> {
    if matches!(name, "." | "..") {
        return vec![format!("may not be '{name}'")];
    }
    let found = ["/", "%"].into_iter().filter(|part| name.contains(part));
    found.map(|part| format!("may not contain '{part}'")).collect()
}

fn is_label(name: &str) -> bool {
    let plain = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = name.as_bytes();
    bytes.iter().all(|byte| plain(byte) || *byte == b'-')
        && bytes.first().is_some_and(plain)
        && bytes.last().is_some_and(plain)
}

fn is_subdomain(name: &str) -> bool {
    name.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::complaint;

    /// Checks what stands behind the fixed start of a complaint, up to where the rule is explained.
    fn check(kind: &str, name: &str, expected: Option<&str>) {
        let found = complaint(kind, name);
        let start =
            format!("object name does not conform to Kubernetes naming requirements: {name:?}: ");
        let found = found.as_deref().map(|text| {
            let text = text.strip_prefix(&start).unwrap_or(text);
            text.split(" must consist of").next().unwrap_or_default()
        });
        assert_eq!(found, expected, "{kind} {name}");
    }

    #[test]
    fn names_follow_the_rule_of_their_kind() {
        let subdomain = |name: &str| {
            format!("metadata.name: Invalid value: {name:?}: a lowercase RFC 1123 subdomain")
        };
        check("ConfigMap", "a.b-c", None);
        check("", "", Some(&subdomain("")));
        check("ConfigMap", "Bad", Some(&subdomain("Bad")));
        check("ConfigMap", "a..b", Some(&subdomain("a..b")));
        check("Pod", "-a", Some(&subdomain("-a")));
        check("Service", "a1", None);
        check("Service", "1a", Some("metadata.name: Invalid value: \"1a\": a DNS-1035 label"));
        check("namespace", "1a", None);
        check(
            "Namespace",
            "a.b",
            Some("metadata.name: Invalid value: \"a.b\": must not contain dots"),
        );
        check("Role", "system:x y", None);
        check("Role", "", None);
        check(
            "ClusterRole",
            "a/b%c",
            Some(
                "[metadata.name: Invalid value: \"a/b%c\": may not contain '/', metadata.name: \
                 Invalid value: \"a/b%c\": may not contain '%']",
            ),
        );
        check("RoleBinding", "..", Some("metadata.name: Invalid value: \"..\": may not be '..'"));
        check("CertificateSigningRequest", "A/B", None);
    }

    #[test]
    fn names_that_are_too_long_are_told_so_first() {
        let long = "a".repeat(64);
        let start = format!("metadata.name: Invalid value: {long:?}: ");
        check("Namespace", &long, Some(&format!("{start}must be no more than 63 characters")));
        let upper = "A".repeat(64);
        let start = format!("metadata.name: Invalid value: {upper:?}: ");
        check(
            "Service",
            &upper,
            Some(&format!("[{start}must be no more than 63 characters, {start}a DNS-1035 label")),
        );
    }
}
