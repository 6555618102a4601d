//! values.schema.json: whether values are what the charts expect.
//!
//! Schemas come with the chart and are not trusted: their size is bounded, nothing is fetched for them,
//! and patterns run in linear time.

mod message;
mod tree;

use std::collections::HashMap;
use std::fmt;

use foldhash::fast::RandomState;
use jsonschema::{Draft, PatternOptions, Retrieve, Uri};
use serde_json as json;
use value::Value;

use self::tree::Checked;
use crate::Chart;

/// Largest schema, in bytes. Some charts bring all definitions of Kubernetes along.
const MAX_SIZE: usize = 16 << 20;

/// Deepest nesting of values that are checked.
const MAX_DEPTH: usize = 100;

/// Values that break the schema of the chart or of one of its subcharts.
///
/// Displays Helm's text without its final newline. Some of Helm's messages quote the value at fault; see
/// [`SchemaError::without_values`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaError {
    /// The charts with findings, parents before their subcharts.
    pub charts: Vec<ChartFindings>,
}

/// What one chart's schema objects to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChartFindings {
    /// Name of the chart.
    pub chart: String,
    /// Keys from the top of the values down to this chart's: empty for the top chart.
    pub values_path: Vec<String>,
    /// Why the schema cannot be used at all, or the values are no map; there may be findings about the
    /// schema itself then.
    pub unusable: Option<String>,
    /// The findings, by place.
    pub findings: Vec<Finding>,
}

/// One objection.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// JSON pointer within this chart's values, empty for the whole.
    pub pointer: String,
    /// Keys and indexes within this chart's values; behind [`ChartFindings::values_path`] they lead from
    /// the top of the values to what is at fault.
    pub path: Vec<String>,
    /// Helm's words.
    pub message: String,
    /// The same without the value at fault.
    pub message_without_value: String,
    /// What stands behind an objection such as `'anyOf' failed`.
    pub causes: Vec<Self>,
}

impl SchemaError {
    /// Returns the text with no value in it, for logs and status.
    #[must_use]
    pub fn without_values(&self) -> String {
        self.text(|finding| &finding.message_without_value)
    }

    fn text(&self, message: impl Fn(&Finding) -> &str + Copy) -> String {
        let mut text = String::from(
            "values don't meet the specifications of the schema(s) in the following chart(s):",
        );
        for chart in &self.charts {
            text.push('\n');
            text.push_str(&chart.chart);
            text.push(':');
            if let Some(unusable) = &chart.unusable {
                text.push('\n');
                text.push_str(unusable);
            }
            for finding in &chart.findings {
                finding.write(&mut text, 0, message);
            }
        }
        text
    }
}

impl Finding {
    fn write(&self, text: &mut String, depth: usize, message: impl Fn(&Self) -> &str + Copy) {
        text.push('\n');
        text.push_str(&"  ".repeat(depth));
        text.push_str("- at '");
        text.push_str(&self.pointer.replace('\'', "\\'"));
        text.push_str("': ");
        text.push_str(message(self));
        for cause in &self.causes {
            cause.write(text, depth + 1, message);
        }
    }
}

impl fmt::Display for SchemaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(|finding| &finding.message))
    }
}

impl std::error::Error for SchemaError {}

/// Checks coalesced `values` against the schema of the chart and of each of its subcharts; `chart` is
/// a resolved one. All findings are reported, in a fixed order.
///
/// Drafts 4, 6, 7, 2019-09 and 2020-12 are known, the last being the default. Remote references are never
/// followed; `urn:` references allow everything, as in Helm.
pub fn check_schema(chart: &Chart, values: &Value) -> Result<(), SchemaError> {
    let mut walk = Walk::default();
    walk.check_chart(chart, values);
    let charts = walk.found;
    if charts.is_empty() { Ok(()) } else { Err(SchemaError { charts }) }
}

/// Checks `values` against one schema; the error is Helm's text for it, with the newline that may be at its
/// end.
pub fn check_schema_text(schema: &[u8], values: &Value) -> Result<(), String> {
    let text = |findings: &[Finding]| {
        let mut text = String::new();
        for finding in findings {
            finding.write(&mut text, 0, |it| &it.message);
        }
        text
    };
    match Schema::compile(schema).check(values) {
        Verdict::Good => Ok(()),
        Verdict::Bad(findings) => Err(format!("{}\n", text(&findings).trim_start_matches('\n'))),
        Verdict::Unusable(why, findings) => Err(format!("{why}{}", text(&findings))),
    }
}

/// The way through a tree of charts.
#[derive(Default)]
struct Walk {
    /// Each schema that was met, by its text: the same subchart is often there many times.
    known: HashMap<Vec<u8>, Schema, RandomState>,
    path: Vec<String>,
    found: Vec<ChartFindings>,
}

impl Walk {
    fn check_chart(&mut self, chart: &Chart, values: &Value) {
        if !matches!(values, Value::Map(_)) {
            let problem = "invalid type for values: expected object (map)".to_owned();
            return self.add(chart, Verdict::Unusable(problem, Vec::new()));
        }
        if let Some(schema) = &chart.schema {
            let verdict = match schema.read() {
                Ok(text) => self.schema(&text).check(values),
                Err(error) => Verdict::Unusable(error.to_string(), Vec::new()),
            };
            self.add(chart, verdict);
        }
        for sub in &chart.subcharts {
            if let Some(below) = values.get(sub.name()).filter(|below| !below.is_null()) {
                self.path.push(sub.name().to_owned());
                self.check_chart(sub, below);
                self.path.pop();
            }
        }
    }

    fn schema(&mut self, text: &[u8]) -> &Schema {
        self.known.entry(text.to_vec()).or_insert_with(|| Schema::compile(text))
    }

    fn add(&mut self, chart: &Chart, verdict: Verdict) {
        let (unusable, findings) = match verdict {
            Verdict::Good => return,
            Verdict::Bad(findings) => (None, findings),
            Verdict::Unusable(why, findings) => (Some(why), findings),
        };
        let (chart, values_path) = (chart.name().to_owned(), self.path.clone());
        self.found.push(ChartFindings { chart, values_path, unusable, findings });
    }
}

enum Verdict {
    Good,
    Bad(Vec<Finding>),
    Unusable(String, Vec<Finding>),
}

/// A schema that is ready to be used, or why it cannot be.
enum Schema {
    Usable { schema: json::Value, draft: Draft, validator: Box<jsonschema::Validator> },
    Unusable(String, Vec<Finding>),
}

impl Schema {
    fn compile(text: &[u8]) -> Self {
        let unusable = |why: String| Self::Unusable(why, Vec::new());
        if text.len() > MAX_SIZE {
            return unusable(format!("the schema is larger than {MAX_SIZE} bytes"));
        }
        let schema: json::Value = match json::from_slice(text) {
            Ok(schema) => schema,
            Err(error) => {
                return unusable(format!("values.schema.json is not valid JSON: {error}"));
            }
        };
        let Some(draft) = draft_of(&schema) else {
            let named = schema.get("$schema").map(ToString::to_string).unwrap_or_default();
            return unusable(format!("the schema is of an unknown draft: {named}"));
        };
        if let Some(findings) = broken(&schema, draft) {
            let why = format!(
                "\"file:///values.schema.json#\" is not valid against metaschema: jsonschema validation failed with '{}#'",
                metaschema(draft)
            );
            return Self::Unusable(why, findings);
        }
        if let Some(cycle) = reference_cycle(&schema) {
            return unusable(format!("the schema refers to itself without end: {cycle}"));
        }
        let options = jsonschema::options()
            .with_draft(draft)
            .with_base_uri("file:///values.schema.json")
            .with_retriever(Nothing)
            .with_pattern_options(PatternOptions::regex().size_limit(10 << 20));
        match options.build(&schema) {
            Ok(validator) => Self::Usable { schema, draft, validator: Box::new(validator) },
            Err(error) => unusable(format!("the schema cannot be used: {error}")),
        }
    }

    fn check(&self, values: &Value) -> Verdict {
        let unusable = |why: String| Verdict::Unusable(why, Vec::new());
        let (schema, draft, validator) = match self {
            Self::Usable { schema, draft, validator } => (schema, *draft, validator),
            Self::Unusable(why, findings) => {
                return Verdict::Unusable(why.clone(), findings.clone());
            }
        };
        if depth_exceeds(values, MAX_DEPTH) {
            return unusable(format!("the values are nested deeper than {MAX_DEPTH} levels"));
        }
        let Ok(values) = json::to_value(values) else {
            return unusable("the values cannot be written as JSON".to_owned());
        };
        let errors: Vec<_> = validator.iter_errors(&values).collect();
        if errors.is_empty() {
            return Verdict::Good;
        }
        let checked = Checked { schema: Some(schema), instance: &values, ref_alone: is_old(draft) };
        Verdict::Bad(tree::findings(&errors, checked))
    }
}

/// Returns what the metaschema of the draft objects to.
fn broken(schema: &json::Value, draft: Draft) -> Option<Vec<Finding>> {
    let meta = match draft {
        Draft::Draft4 => jsonschema::draft4::meta::validator(),
        Draft::Draft6 => jsonschema::draft6::meta::validator(),
        Draft::Draft7 => jsonschema::draft7::meta::validator(),
        Draft::Draft201909 => jsonschema::draft201909::meta::validator(),
        _ => jsonschema::draft202012::meta::validator(),
    };
    let errors: Vec<_> = meta.iter_errors(schema).collect();
    let checked = Checked { schema: None, instance: schema, ref_alone: is_old(draft) };
    (!errors.is_empty()).then(|| tree::findings(&errors, checked))
}

/// Whether a draft lets `$ref` hide the keywords beside it.
fn is_old(draft: Draft) -> bool {
    draft < Draft::Draft201909
}

/// Returns the draft a schema names, the newest if it names none, nothing if it is unknown.
fn draft_of(schema: &json::Value) -> Option<Draft> {
    let Some(named) = schema.get("$schema").and_then(json::Value::as_str) else {
        return Some(Draft::Draft202012);
    };
    let (_, rest) = named.trim_end_matches('#').split_once("://json-schema.org/")?;
    match rest {
        "draft-04/schema" => Some(Draft::Draft4),
        "draft-06/schema" => Some(Draft::Draft6),
        "draft-07/schema" => Some(Draft::Draft7),
        "draft/2019-09/schema" => Some(Draft::Draft201909),
        "draft/2020-12/schema" | "schema" => Some(Draft::Draft202012),
        _ => None,
    }
}

const fn metaschema(draft: Draft) -> &'static str {
    match draft {
        Draft::Draft4 => "http://json-schema.org/draft-04/schema",
        Draft::Draft6 => "http://json-schema.org/draft-06/schema",
        Draft::Draft7 => "http://json-schema.org/draft-07/schema",
        Draft::Draft201909 => "https://json-schema.org/draft/2019-09/schema",
        _ => "https://json-schema.org/draft/2020-12/schema",
    }
}

/// Finds a chain of local `$ref`s that comes back to itself without looking at a value below, which no
/// validator can follow.
fn reference_cycle(schema: &json::Value) -> Option<String> {
    let mut open = vec![schema];
    let mut steps = 0_usize;
    while let Some(value) = open.pop() {
        match value {
            json::Value::Object(map) => {
                if let Some(start) = map.get("$ref").and_then(json::Value::as_str) {
                    let mut target = start;
                    for _ in 0..64 {
                        steps += 1;
                        let next = target
                            .strip_prefix('#')
                            .and_then(|pointer| schema.pointer(pointer))
                            .and_then(|target| target.get("$ref"))
                            .and_then(json::Value::as_str);
                        match next {
                            Some(next) if next == start => return Some(start.to_owned()),
                            Some(next) => target = next,
                            None => break,
                        }
                    }
                }
                open.extend(map.values());
            }
            json::Value::Array(items) => open.extend(items),
            _ => {}
        }
        if steps > 1 << 20 {
            return Some("too many references".to_owned());
        }
    }
    None
}

fn depth_exceeds(value: &Value, limit: usize) -> bool {
    match value {
        Value::List(items) => limit == 0 || items.iter().any(|item| depth_exceeds(item, limit - 1)),
        Value::Map(map) => limit == 0 || map.values().any(|item| depth_exceeds(item, limit - 1)),
        _ => false,
    }
}

/// Fetches nothing.
struct Nothing;

impl Retrieve for Nothing {
    fn retrieve(
        &self,
        uri: &Uri<String>,
    ) -> Result<json::Value, Box<dyn std::error::Error + Send + Sync>> {
        if uri.scheme().as_str() == "urn" {
            return Ok(json::Value::Bool(true));
        }
        Err("references to other documents are not followed".into())
    }
}

#[cfg(test)]
mod tests;
