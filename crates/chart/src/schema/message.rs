//! The words of Helm's JSON schema library (santhosh-tekuri 6) for each kind of objection.

use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use jsonschema::{JsonType, ValidationError};
use serde_json::Value;
use value::number;

/// What a group of objections is called.
pub(super) const GROUP: &str = "validation failed";

/// A message with and without the value it is about.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) full: String,
    pub(super) without_value: String,
}

impl Message {
    /// A message that does not show the value.
    pub(super) fn same(text: impl Into<String>) -> Self {
        let full = text.into();
        Self { without_value: full.clone(), full }
    }

    fn compared(keyword: &str, got: &str, want: &str) -> Self {
        Self {
            full: format!("{keyword}: got {got}, want {want}"),
            without_value: format!("{keyword}: want {want}"),
        }
    }
}

/// Returns the message for properties that are missing.
pub(super) fn missing(names: &[String]) -> Message {
    let word = if names.len() == 1 { "property" } else { "properties" };
    Message::same(format!("missing {word} {}", join(names)))
}

/// Returns the message for properties that are missing because another one is there.
pub(super) fn required_if(names: &[String], property: &str) -> Message {
    Message::same(format!("properties {} required, if {} exists", join(names), quote(property)))
}

/// Returns the message for properties that no keyword allows.
pub(super) fn additional(mut names: Vec<String>) -> Message {
    names.sort();
    Message::same(format!("additional properties {} not allowed", join(&names)))
}

/// Returns the message for an error of the validator.
pub(super) fn of(error: &ValidationError<'_>) -> Message {
    let instance: &Value = error.instance();
    let items = instance.as_array().map_or(0, Vec::len);
    let keyword = error.kind().keyword();
    let count = |limit: u64, got: usize| {
        Message::compared(keyword, &group(&got.to_string()), &group(&limit.to_string()))
    };
    let bound = |limit: &Value| Message::compared(keyword, &decimal(instance), &decimal(limit));
    let text_length = || instance.as_str().map_or(0, |text| text.chars().count());
    let properties = || instance.as_object().map_or(0, serde_json::Map::len);
    match error.kind() {
        Kind::Type { kind } => Message::same(format!("got {}, want {}", got(instance), want(kind))),
        Kind::Enum { options } => Message::same(enumeration(options)),
        Kind::Constant { expected_value } => Message::same(match &**expected_value {
            Value::Array(_) | Value::Object(_) => "'const' failed".to_owned(),
            simple => format!("value must be {}", display(simple)),
        }),
        Kind::Minimum { limit }
        | Kind::Maximum { limit }
        | Kind::ExclusiveMinimum { limit }
        | Kind::ExclusiveMaximum { limit } => bound(limit),
        Kind::MultipleOf { multiple_of } => {
            Message::compared(keyword, &decimal(instance), &float(*multiple_of))
        }
        Kind::MinLength { limit } | Kind::MaxLength { limit } => count(*limit, text_length()),
        Kind::MinItems { limit } | Kind::MaxItems { limit } => count(*limit, items),
        Kind::MinProperties { limit } | Kind::MaxProperties { limit } => {
            count(*limit, properties())
        }
        Kind::Pattern { pattern } => {
            let rest = format!("does not match pattern {}", quote(pattern));
            Message { full: format!("{} {rest}", display(instance)), without_value: rest }
        }
        Kind::Format { format } => {
            let rest = format!("is not valid {format}");
            Message { full: format!("{} {rest}", display(instance)), without_value: rest }
        }
        Kind::UniqueItems => Message::same(match duplicates(instance) {
            Some((first, second)) => format!("items at {first} and {second} are equal"),
            None => "items are equal".to_owned(),
        }),
        Kind::OneOfMultipleValid { context } => {
            let matched = context.iter().enumerate().filter(|(_, errors)| errors.is_empty());
            let matched: Vec<String> =
                matched.take(2).map(|(index, _)| index.to_string()).collect();
            Message::same(format!("'oneOf' failed, subschemas {} matched", matched.join(", ")))
        }
        Kind::PropertyNames { error } => {
            let name = error.instance().as_str().unwrap_or_default();
            Message::same(format!("invalid propertyName {}", quote(name)))
        }
        Kind::AdditionalItems { limit } => {
            let count = items.saturating_sub(*limit);
            Message::same(format!("last {count} additionalItem(s) not allowed"))
        }
        Kind::AdditionalProperties { unexpected } => additional(unexpected.clone()),
        other => Message::same(plain(other)),
    }
}

/// The messages that depend on nothing else.
fn plain(kind: &Kind) -> String {
    match kind {
        Kind::AnyOf { .. } => "'anyOf' failed".to_owned(),
        Kind::OneOfNotValid { .. } => "'oneOf' failed, none matched".to_owned(),
        Kind::Not { .. } => "'not' failed".to_owned(),
        Kind::FalseSchema => "false schema".to_owned(),
        Kind::Contains => "no items match contains schema".to_owned(),
        Kind::ContentEncoding { content_encoding } => {
            format!("value is not {} encoded", quote(content_encoding))
        }
        Kind::ContentMediaType { content_media_type } => {
            format!("value is not of mediatype {}", quote(content_media_type))
        }
        other => format!("'{}' failed", other.keyword()),
    }
}

const fn got(instance: &Value) -> &'static str {
    match instance {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn want(kind: &TypeKind) -> String {
    const ORDER: [JsonType; 7] = [
        JsonType::Null,
        JsonType::Boolean,
        JsonType::Number,
        JsonType::Integer,
        JsonType::String,
        JsonType::Array,
        JsonType::Object,
    ];
    match kind {
        TypeKind::Single(one) => one.to_string(),
        TypeKind::Multiple(set) => {
            let wanted = ORDER.iter().filter(|one| set.contains(**one));
            wanted.map(ToString::to_string).collect::<Vec<_>>().join(" or ")
        }
    }
}

fn enumeration(options: &Value) -> String {
    let options = options.as_array().map(Vec::as_slice).unwrap_or_default();
    if options.iter().any(|option| option.is_array() || option.is_object()) {
        return "'enum' failed".to_owned();
    }
    let shown: Vec<String> = options.iter().map(display).collect();
    let words = if shown.len() == 1 { "value must be" } else { "value must be one of" };
    format!("{words} {}", shown.join(", "))
}

/// The indexes of the first two items that are equal.
fn duplicates(instance: &Value) -> Option<(usize, usize)> {
    let items = instance.as_array()?;
    items.iter().enumerate().find_map(|(second, item)| {
        let first = items.iter().take(second).position(|earlier| earlier == item)?;
        Some((first, second))
    })
}

fn join(names: &[String]) -> String {
    names.iter().map(|name| quote(name)).collect::<Vec<_>>().join(", ")
}

/// Quotes as the library does: Go's escapes, single quotes around.
fn quote(text: &str) -> String {
    let escaped = format!("{text:?}").replace("\\\"", "\"");
    let inner = escaped.get(1..escaped.len().saturating_sub(1)).unwrap_or_default();
    format!("'{}'", inner.replace("\\'", "'").replace('\'', "\\'"))
}

fn display(value: &Value) -> String {
    match value {
        Value::String(text) => quote(text),
        Value::Array(_) | Value::Object(_) => "value".to_owned(),
        Value::Null => "<nil>".to_owned(),
        other => other.to_string(),
    }
}

fn decimal(value: &Value) -> String {
    value.as_f64().map_or_else(|| value.to_string(), float)
}

/// Prints a number for English readers, as the library does: thousands apart, large ones as a power of ten.
fn float(number: f64) -> String {
    let text = number::format_g(number);
    let Some((mantissa, exponent)) = text.split_once('e') else { return group(&text) };
    let raised = exponent.chars().filter_map(|c| match c {
        '-' => Some('⁻'),
        c => c.to_digit(10).and_then(|digit| "⁰¹²³⁴⁵⁶⁷⁸⁹".chars().nth(digit as usize)),
    });
    format!("{mantissa}×10{}", raised.collect::<String>())
}

/// Puts commas between the thousands of a decimal number.
fn group(text: &str) -> String {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |digits| ("-", digits));
    let (whole, fraction) = digits.find('.').map_or((digits, ""), |dot| digits.split_at(dot));
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{sign}{grouped}{fraction}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_printed_for_english_readers() {
        let check = |number, expected: &str| assert_eq!(float(number), expected);
        check(1.0, "1");
        check(5.5, "5.5");
        check(-1000.0, "-1,000");
        check(123_456.789, "123,456.789");
        check(20_971_520.0, "2.097152×10⁰⁷");
        check(1e-7, "1×10⁻⁰⁷");
    }

    #[test]
    fn texts_are_quoted_singly() {
        assert_eq!(quote("a\"b'c\n"), "'a\"b\\'c\\n'");
    }
}
