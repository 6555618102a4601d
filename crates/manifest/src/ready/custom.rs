//! The rule that an object brings along: two annotations with conditions on its `status`.
//!
//! A condition reads `{JSONPATH} OPERATOR VALUE`. Numbers compare as numbers, anything else by its text; a path that
//! leads nowhere makes it false. The annotations come from charts, so that how much of them is read has a limit.

use std::cmp::Ordering;
use std::fmt;

use value::jsonpath::Template;
use value::{Map, Value, json};

use super::Readiness;

/// Annotation with the conditions of which one has to hold for an object to be ready.
pub const SUCCESS: &str = "helm.sh/readiness-success";
/// Annotation with the conditions of which none may hold.
pub const FAILURE: &str = "helm.sh/readiness-failure";

/// How many conditions an annotation may have.
const MOST: usize = 32;
/// How long one may be, in bytes.
const LONGEST: usize = 512;

/// What is wrong with the two annotations of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Complaint {
    /// One of them is missing, so that the other one does not count.
    OneSided,
    /// One cannot be read, so that the object would never be ready.
    Unreadable {
        /// Which one.
        annotation: &'static str,
        /// Why.
        why: String,
    },
}

impl Complaint {
    /// Returns the complaint as a sentence about `object`, which is given as `Kind/name`.
    #[must_use]
    pub fn about(&self, object: &str) -> String {
        match self {
            Self::OneSided => format!(
                "resource {object:?} has only one of {SUCCESS:?} / {FAILURE:?} annotations; both must be present or \
                 absent together"
            ),
            Self::Unreadable { .. } => format!("resource {object:?}: {self}"),
        }
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OneSided => write!(f, "only one of {SUCCESS:?} / {FAILURE:?} is there"),
            Self::Unreadable { annotation, why } => write!(f, "annotation {annotation:?}: {why}"),
        }
    }
}

/// Returns what is wrong with the annotations of an object, of a chart or live.
#[must_use]
pub fn complaint(object: &Value) -> Option<Complaint> {
    match (annotation(object, SUCCESS), annotation(object, FAILURE)) {
        (None, None) => None,
        (Some(success), Some(failure)) => {
            [(SUCCESS, success), (FAILURE, failure)].into_iter().find_map(|(annotation, text)| {
                let why = conditions(text).err()?;
                Some(Complaint::Unreadable { annotation, why })
            })
        }
        _ => Some(Complaint::OneSided),
    }
}

/// Judges a live object by the rule that it brings along; nothing where it brings none, or half of one.
pub(super) fn judge(live: &Value) -> Option<Readiness> {
    let (success, failure) = (annotation(live, SUCCESS)?, annotation(live, FAILURE)?);
    let nothing = Value::from(Map::new());
    let status = live.get("status").unwrap_or(&nothing);
    let any = |annotation: &str, text: &str| {
        let conditions = conditions(text).map_err(|why| {
            Readiness::Failed(format!("annotation {annotation:?} cannot be read: {why}"))
        })?;
        Ok(conditions.iter().any(|condition| condition.holds(status)))
    };
    let judged = any(FAILURE, failure).and_then(|failed| Ok((failed, any(SUCCESS, success)?)));
    Some(match judged {
        Err(unreadable) => unreadable,
        Ok((true, _)) => Readiness::Failed("custom readiness failure condition met".to_owned()),
        Ok((false, true)) => Readiness::Ready,
        Ok((false, false)) => {
            Readiness::Pending("waiting for custom readiness conditions".to_owned())
        }
    })
}

fn annotation<'v>(object: &'v Value, key: &str) -> Option<&'v str> {
    object.str_at(&["metadata", "annotations", key])
}

fn conditions(annotation: &str) -> Result<Vec<Condition>, String> {
    let texts = json::texts(annotation).ok_or("it is no JSON array of texts")?;
    if texts.len() > MOST {
        return Err(format!("it has more than {MOST} conditions"));
    }
    texts
        .iter()
        .map(|text| Condition::parse(text).map_err(|why| format!("condition {text:?}: {why}")))
        .collect()
}

/// One condition.
#[derive(Clone, Debug, PartialEq)]
struct Condition {
    path: Template,
    operator: Operator,
    wanted: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    LessOrEqual,
    GreaterOrEqual,
    Less,
    Greater,
}

/// Those that begin alike with the longer one first.
const OPERATORS: [(&str, Operator); 6] = [
    ("==", Operator::Equal),
    ("!=", Operator::NotEqual),
    ("<=", Operator::LessOrEqual),
    (">=", Operator::GreaterOrEqual),
    ("<", Operator::Less),
    (">", Operator::Greater),
];

impl Operator {
    const fn is_of_order(self) -> bool {
        !matches!(self, Self::Equal | Self::NotEqual)
    }

    const fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::NotEqual => order.is_ne(),
            Self::LessOrEqual => order.is_le(),
            Self::GreaterOrEqual => order.is_ge(),
            Self::Less => order.is_lt(),
            Self::Greater => order.is_gt(),
        }
    }
}

impl Condition {
    fn parse(text: &str) -> Result<Self, String> {
        if text.len() > LONGEST {
            return Err(format!("it is longer than {LONGEST} bytes"));
        }
        let shape = "write {.path} OPERATOR VALUE, with one of == != < <= > >=";
        let text = text.trim();
        let end = end_of_path(text).ok_or(shape)?;
        let (path, rest) = text.split_at(end);
        let inside = path.trim_start_matches('{').trim_start();
        if !inside.starts_with(['.', '[']) {
            return Err(
                "the path begins with . or [ and stands for what is below status".to_owned()
            );
        }
        let rest = rest.trim_start();
        let (operator, wanted) = OPERATORS
            .iter()
            .find_map(|(sign, operator)| Some((*operator, rest.strip_prefix(sign)?.trim())))
            .ok_or(shape)?;
        if wanted.is_empty() {
            return Err(shape.to_owned());
        }
        let wanted = unquoted(wanted).to_owned();
        if operator.is_of_order() && number(&wanted).is_none() {
            return Err("only numbers are less or greater than others".to_owned());
        }
        Ok(Self { path: Template::parse(path)?, operator, wanted })
    }

    /// Returns whether it holds; not if there is nothing to compare with.
    fn holds(&self, status: &Value) -> bool {
        let Ok(found) = self.path.fill(status) else { return false };
        match (number(&found), number(&self.wanted)) {
            (Some(found), Some(wanted)) => {
                found.partial_cmp(&wanted).is_some_and(|order| self.operator.holds(order))
            }
            _ => !self.operator.is_of_order() && self.operator.holds(found.cmp(&self.wanted)),
        }
    }
}

/// Returns where the path in braces ends, at which `text` begins.
fn end_of_path(text: &str) -> Option<usize> {
    let inside = text.strip_prefix('{')?;
    let mut quote = None;
    let mut escaped = false;
    for (place, c) in inside.char_indices() {
        if escaped {
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if quote.is_some() {
            quote = quote.filter(|open| *open != c);
        } else if matches!(c, '"' | '\'') {
            quote = Some(c);
        } else if c == '}' {
            return Some(place + 2);
        }
    }
    None
}

fn unquoted(text: &str) -> &str {
    let without = |quote: char| text.strip_prefix(quote)?.strip_suffix(quote);
    without('"').or_else(|| without('\'')).unwrap_or(text)
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATUS: &str = "\
{phase: Running, succeeded: 2, ratio: 0.5, done: true, text: '10', empty: '',
 'a.b': x, conditions: [{type: Ready, status: 'True'}, {type: 'Odd }', status: 'False'}]}";

    fn check(condition: &str, expected: bool) {
        let status = value::yaml::from_str(STATUS).unwrap();
        assert_eq!(Condition::parse(condition).unwrap().holds(&status), expected, "{condition}");
    }

    #[test]
    fn numbers_compare_as_numbers_and_all_else_as_text() {
        check("{.succeeded} == 2", true);
        check("{.succeeded}==2.0", true);
        check("{.succeeded} >= 1e0", true);
        check("{.succeeded} > 2", false);
        check("{.succeeded} <= 2", true);
        check("{.text} < 9", false);
        check("{.text} > \"9\"", true);
        check("{.ratio} < 1", true);
        check("{.phase} == Running", true);
        check("{.phase} == \"Running\"", true);
        check("{.phase} != 'Failed'", true);
        check("{.phase} > 1", false);
        check("{.done} == true", true);
        check("{.done} != true", false);
        check("{.empty} == ''", true);
        check("{['phase']} == Running", true);
        check(r"{.a\.b} == x", true);
        check("{.conditions[?(@.type==\"Ready\")].status} == True", true);
        check("{.conditions[?(@.type==\"Odd }\")].status} == False", true);
    }

    #[test]
    fn a_path_that_leads_nowhere_makes_it_false() {
        check("{.nothing} == 1", false);
        check("{.nothing} != 1", false);
        check("{.phase.deeper} != x", false);
        check("{.conditions[7].status} != True", false);
    }

    #[test]
    fn mistakes_are_told() {
        let check = |text: &str, expected: &str| {
            let error = Condition::parse(text).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        };
        check("", "write {.path}");
        check("phase == x", "write {.path}");
        check("{.phase", "write {.path}");
        check("{.phase}", "write {.path}");
        check("{.phase} =", "write {.path}");
        check("{.phase} ==", "write {.path}");
        check("{phase} == x", "begins with . or [");
        check("{$.phase} == x", "begins with . or [");
        check("{.phase} < x", "only numbers");
        check("{.a[} == 1", "unterminated array");
        check(&format!("{{.{}}} == 1", "a".repeat(600)), "longer than 512 bytes");
    }

    #[test]
    fn annotations_come_in_pairs_that_can_be_read() {
        let object = |annotations: &str| {
            value::yaml::from_str(&format!("{{metadata: {{annotations: {{{annotations}}}}}}}"))
                .unwrap()
        };
        let told = |annotations: &str| {
            complaint(&object(annotations)).map(|complaint| complaint.about("Probe/probe"))
        };
        let (yes, no) = ("'[\"{.a} == 1\"]'", "'[\"{.a} == 2\"]'");
        assert_eq!(told(""), None);
        assert_eq!(told(&format!("{SUCCESS}: {yes}, {FAILURE}: {no}")), None);
        assert_eq!(
            told(&format!("{SUCCESS}: {yes}")).as_deref(),
            Some(
                "resource \"Probe/probe\" has only one of \"helm.sh/readiness-success\" / \
                 \"helm.sh/readiness-failure\" annotations; both must be present or absent together"
            )
        );
        assert_eq!(
            told(&format!("{SUCCESS}: {yes}, {FAILURE}: oops")).as_deref(),
            Some(
                "resource \"Probe/probe\": annotation \"helm.sh/readiness-failure\": it is no JSON array of texts"
            )
        );
        assert_eq!(judge(&object(&format!("{SUCCESS}: {yes}"))), None);
    }
}
