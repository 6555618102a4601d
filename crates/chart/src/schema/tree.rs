//! Arranging the validator's flat list of errors in the tree that Helm prints.
//!
//! Helm's library stops at the first of `type`, `const`, `enum` and `format` that fails, joins several
//! objections of one schema in a group, and keeps what fails behind `allOf`, `anyOf` and `oneOf` below
//! that keyword. The path of keywords that led to each error is enough to rebuild this.

use std::collections::BTreeMap;

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind as Kind;
use serde_json::Value;

use super::Finding;
use super::message::{self, Message};

/// What was checked against what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Checked<'a> {
    /// The schema; nothing for a metaschema.
    pub(super) schema: Option<&'a Value>,
    /// The values.
    pub(super) instance: &'a Value,
    /// Whether `$ref` hides all other keywords, as before draft 2019-09.
    pub(super) ref_alone: bool,
}

/// Returns the findings at the top of the tree: one, or those of the outermost group.
pub(super) fn findings(errors: &[ValidationError<'_>], checked: Checked<'_>) -> Vec<Finding> {
    let place = Place { path: Vec::new(), checked };
    match build(errors, &[], &place).into_objection(&place) {
        None => Vec::new(),
        Some(Objection { finding, is_group: true }) => finding.causes,
        Some(Objection { finding, is_group: false }) => vec![finding],
    }
}

/// Where a schema applies.
#[derive(Clone, Debug)]
struct Place<'a> {
    /// Keys and indexes to the value.
    path: Vec<String>,
    checked: Checked<'a>,
}

impl Place<'_> {
    fn value(&self) -> Option<&Value> {
        self.path.iter().try_fold(self.checked.instance, |value, part| match value {
            Value::Array(items) => items.get(part.parse::<usize>().ok()?),
            other => other.get(part),
        })
    }
}

/// What the keywords of one schema object to at one value.
#[derive(Debug, Default)]
struct Node {
    /// Objections of keywords, by rank and keyword.
    own: BTreeMap<(u8, String), Vec<Finding>>,
    /// Names missing by `required`, by `dependentRequired` of a property.
    missing: BTreeMap<Option<String>, Vec<String>>,
    /// Schemas that apply through a keyword.
    below: BTreeMap<Step, Self>,
}

/// What a schema as a whole objects to.
#[derive(Debug)]
struct Objection {
    finding: Finding,
    /// Whether several objections of the schema itself were joined. Those that a reference joins look the
    /// same, and stay together at the top of the tree.
    is_group: bool,
}

/// The way from a schema to one that applies through it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Step {
    rank: u8,
    keyword: String,
    argument: String,
    /// The key or index of the value below, if it is not the same value.
    token: Option<String>,
}

/// How a keyword applies schemas: whether a name or index follows it in paths, and whether they apply to
/// the values below.
const fn applicator(keyword: &str) -> Option<(bool, bool)> {
    match keyword.as_bytes() {
        b"properties" | b"patternProperties" | b"prefixItems" => Some((true, true)),
        b"additionalProperties"
        | b"additionalItems"
        | b"items"
        | b"contains"
        | b"unevaluatedItems"
        | b"unevaluatedProperties" => Some((false, true)),
        b"allOf" | b"dependentSchemas" | b"dependencies" => Some((true, false)),
        b"if" | b"then" | b"else" | b"$ref" | b"$dynamicRef" | b"$recursiveRef" => {
            Some((false, false))
        }
        _ => None,
    }
}

/// The order in which Helm's library looks at keywords.
fn rank(keyword: &str) -> u8 {
    const ORDER: [&str; 30] = [
        "type",
        "const",
        "enum",
        "format",
        "$ref",
        "minProperties",
        "maxProperties",
        "required",
        "dependencies",
        "properties",
        "patternProperties",
        "additionalProperties",
        "propertyNames",
        "dependentSchemas",
        "dependentRequired",
        "minItems",
        "maxItems",
        "uniqueItems",
        "prefixItems",
        "items",
        "additionalItems",
        "contains",
        "not",
        "allOf",
        "anyOf",
        "oneOf",
        "if",
        "then",
        "else",
        "unevaluatedProperties",
    ];
    let place = ORDER.iter().position(|known| *known == keyword).unwrap_or(ORDER.len());
    u8::try_from(place).unwrap_or(u8::MAX)
}

/// The rank of `$ref`; whatever is below it stops the rest.
const REF: u8 = 4;

/// The keywords that lead to a schema elsewhere.
const REFERENCES: [&str; 3] = ["$ref", "$dynamicRef", "$recursiveRef"];

/// Puts errors into the tree below a schema reached by `prefix`.
fn build(errors: &[ValidationError<'_>], prefix: &[String], place: &Place<'_>) -> Node {
    let mut root = Node::default();
    for error in errors {
        let keywords: Vec<String> =
            error.evaluation_path().segments().map(|segment| segment.to_string()).collect();
        let instance: Vec<String> =
            error.instance_path().segments().map(|segment| segment.to_string()).collect();
        let Some(keywords) = keywords.strip_prefix(prefix) else { continue };
        root.insert(error, keywords, prefix, &instance, place.clone());
    }
    root
}

impl Node {
    fn insert(
        &mut self,
        error: &ValidationError<'_>,
        keywords: &[String],
        before: &[String],
        instance: &[String],
        place: Place<'_>,
    ) {
        let Some((keyword, rest)) = keywords.split_first() else {
            return self.add_own("", error, before, &place);
        };
        // `items` and `dependencies` have a number or name behind them only in some of their forms.
        let step = applicator(keyword).and_then(|(named, descends)| {
            let numbered = keyword == "items"
                && rest.first().is_some_and(|next| next.parse::<usize>().is_ok());
            let (argument, rest) =
                if named || numbered { rest.split_first()? } else { (keyword, rest) };
            let token = match instance.get(place.path.len()) {
                Some(token) if descends => Some(token.clone()),
                None if descends => return None,
                _ => None,
            };
            let step = Step {
                rank: rank(keyword),
                keyword: keyword.clone(),
                argument: argument.clone(),
                token,
            };
            Some((step, rest))
        });
        match step {
            Some((step, rest)) if !(rest.is_empty() && ends_here(error)) => {
                let mut place = place;
                place.path.extend(step.token.clone());
                let taken = keywords.len() - rest.len();
                let mut before = before.to_vec();
                before.extend_from_slice(keywords.get(..taken).unwrap_or_default());
                self.below.entry(step).or_default().insert(error, rest, &before, instance, place);
            }
            _ => {
                let mut before = before.to_vec();
                before.extend_from_slice(keywords);
                self.add_own(keyword, error, &before, &place);
            }
        }
    }

    /// Adds the objection of a keyword of this schema; `path` leads to the keyword.
    fn add_own(
        &mut self,
        keyword: &str,
        error: &ValidationError<'_>,
        path: &[String],
        place: &Place<'_>,
    ) {
        if let Kind::Required { property } = error.kind() {
            let property = property.as_str().unwrap_or_default();
            for condition in conditions(error, keyword, property, place) {
                let missing = self.missing.entry(condition).or_default();
                if !missing.iter().any(|known| known == property) {
                    missing.push(property.to_owned());
                }
            }
            return;
        }
        let findings = match error.kind() {
            Kind::UnevaluatedProperties { unexpected } | Kind::UnevaluatedItems { unexpected } => {
                let one = |name: &String| {
                    let mut path = place.path.clone();
                    path.push(name.clone());
                    finding(path, &Message::same("false schema"), Vec::new())
                };
                unexpected.iter().map(one).collect()
            }
            // Without `properties` beside it, the validator does not say which are too many.
            Kind::FalseSchema if keyword == "additionalProperties" => {
                let names = place.value().and_then(Value::as_object);
                let names: Vec<String> =
                    names.into_iter().flat_map(|map| map.keys().cloned()).collect();
                vec![finding(place.path.clone(), &message::additional(names), Vec::new())]
            }
            _ => {
                let causes = causes(error, path, place);
                vec![finding(place.path.clone(), &message::of(error), causes)]
            }
        };
        self.own.entry((rank(keyword), keyword.to_owned())).or_default().extend(findings);
    }

    fn into_finding(self, place: &Place<'_>) -> Option<Finding> {
        self.into_objection(place).map(|objection| objection.finding)
    }

    /// Returns the only objection of this schema, or a group of all.
    fn into_objection(mut self, place: &Place<'_>) -> Option<Objection> {
        for (condition, names) in std::mem::take(&mut self.missing) {
            let (keyword, message) = match condition {
                None => ("required", message::missing(&names)),
                Some(property) => ("dependentRequired", message::required_if(&names, &property)),
            };
            let finding = finding(place.path.clone(), &message, Vec::new());
            self.own.entry((rank(keyword), keyword.to_owned())).or_default().push(finding);
        }
        if let Some(finding) = self.first_of_the_strict() {
            return Some(Objection { finding, is_group: false });
        }
        let mut ranked: Vec<(u8, Finding)> = Vec::new();
        for ((rank, _), findings) in self.own {
            ranked.extend(findings.into_iter().map(|finding| (rank, finding)));
        }
        let (mut all_of, mut group_below) = (Vec::new(), false);
        for (step, node) in self.below {
            let mut below = place.clone();
            below.path.extend(step.token);
            let Some(objection) = node.into_objection(&below) else { continue };
            let finding = objection.finding;
            if step.rank == REF && place.checked.ref_alone {
                return Some(Objection { finding, is_group: false });
            }
            group_below = objection.is_group && !REFERENCES.contains(&step.keyword.as_str());
            if step.keyword == "allOf" {
                all_of.push(finding);
            } else {
                ranked.push((step.rank, finding));
            }
        }
        if !all_of.is_empty() {
            let failed = finding(place.path.clone(), &Message::same("'allOf' failed"), all_of);
            ranked.push((rank("allOf"), failed));
        }
        ranked.sort();
        let mut findings: Vec<Finding> = ranked.into_iter().map(|(_, finding)| finding).collect();
        if findings.len() < 2 {
            let finding = findings.pop()?;
            let is_group = group_below && finding.message == message::GROUP;
            return Some(Objection { finding, is_group });
        }
        let finding = finding(place.path.clone(), &Message::same(message::GROUP), findings);
        Some(Objection { finding, is_group: true })
    }

    /// Takes the objection after which Helm's library looks no further.
    fn first_of_the_strict(&mut self) -> Option<Finding> {
        let mut entry = self.own.first_entry().filter(|entry| entry.key().0 < REF)?;
        (!entry.get().is_empty()).then(|| entry.get_mut().remove(0))
    }
}

/// Returns what makes a missing property required: nothing for `required` itself, or the properties
/// whose presence asks for it.
fn conditions(
    error: &ValidationError<'_>,
    keyword: &str,
    missing: &str,
    place: &Place<'_>,
) -> Vec<Option<String>> {
    if keyword != "dependentRequired" && keyword != "dependencies" {
        return vec![None];
    }
    let table =
        place.checked.schema.and_then(|schema| schema.pointer(error.schema_path().as_str()));
    let table = table.and_then(Value::as_object).into_iter().flatten();
    let found: Vec<_> = table
        .filter(|(name, wanted)| {
            let wanted = wanted.as_array().map(Vec::as_slice).unwrap_or_default();
            error.instance().get(name.as_str()).is_some()
                && wanted.iter().any(|wanted| wanted.as_str() == Some(missing))
        })
        .map(|(name, _)| Some(name.clone()))
        .collect();
    if found.is_empty() { vec![None] } else { found }
}

/// Whether the last keyword of the error's path objects itself instead of applying a schema.
fn ends_here(error: &ValidationError<'_>) -> bool {
    !matches!(error.kind(), Kind::FalseSchema)
}

/// Returns what stands behind an objection.
fn causes(error: &ValidationError<'_>, path: &[String], place: &Place<'_>) -> Vec<Finding> {
    let branches = |context: &[Vec<ValidationError<'static>>]| {
        let one = |(index, errors): (usize, &Vec<ValidationError<'static>>)| {
            let mut prefix = path.to_vec();
            prefix.push(index.to_string());
            build(errors, &prefix, place).into_finding(place)
        };
        context.iter().enumerate().filter_map(one).collect()
    };
    match error.kind() {
        Kind::AnyOf { context } | Kind::OneOfNotValid { context } => branches(context),
        Kind::PropertyNames { error } => {
            vec![finding(place.path.clone(), &message::of(error), Vec::new())]
        }
        _ => Vec::new(),
    }
}

fn finding(path: Vec<String>, message: &Message, causes: Vec<Finding>) -> Finding {
    let escape = |part: &String| format!("/{}", part.replace('~', "~0").replace('/', "~1"));
    Finding {
        pointer: path.iter().map(escape).collect(),
        path,
        message: message.full.clone(),
        message_without_value: message.without_value.clone(),
        causes,
    }
}
