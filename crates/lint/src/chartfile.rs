//! Rules about Chart.yaml.

use chart::Chartfile;
use value::{Map, Value, yaml};

use crate::finding::{Finding, Findings};
use crate::{Entry, Subject, chain, mail, url};

const FILE: &str = "Chart.yaml";

/// Checks Chart.yaml as it is written.
pub(crate) fn check(subject: &Subject, findings: &mut Vec<Finding>) {
    let mut found = Findings::of(FILE, findings);
    if subject.chart_yaml == Entry::Folder {
        found.error("should be a file, not a directory");
    }
    let data = match subject.content(FILE, &subject.chart_yaml) {
        Ok(data) => data,
        Err(why) => return found.error(format!("unable to parse YAML\n\t{why}")),
    };
    let chartfile = match Chartfile::read(data) {
        Ok(chartfile) => chartfile,
        Err(error) => {
            let text = chain(&error);
            let why = text.strip_prefix("cannot load Chart.yaml: ").unwrap_or(&text);
            return found.error(format!("unable to parse YAML\n\t{why}"));
        }
    };
    let text = String::from_utf8_lossy(data);
    let fields = yaml::from_str(&text).unwrap_or_default();
    let none = Map::new();
    let fields = fields.as_map().unwrap_or(&none);
    if let Some(why) = not_strict(&text, fields) {
        found.warning(format!("failed to strictly parse chart metadata file\n\t{why}"));
    }
    let metadata = &chartfile.metadata;
    let errors = [
        name(&metadata.name),
        api_version(&metadata.api_version),
        not_text(fields, "version"),
        version(&metadata.version),
        not_text(fields, "appVersion"),
        maintainers(&chartfile),
        source(&metadata.sources),
    ];
    errors.into_iter().flatten().for_each(|message| found.error(message));
    if metadata.icon.is_empty() {
        found.info("icon is recommended");
    } else if !url::is_request(&metadata.icon) {
        found.error(format!("invalid icon URL '{}'", metadata.icon));
    }
    let is_v2 = metadata.api_version == "v2";
    let given = &metadata.api_version;
    if !(metadata.chart_type.is_empty() || is_v2) {
        found.error(format!(
            "chart type is not valid in apiVersion '{given}'. It is valid in apiVersion 'v2'"
        ));
    }
    if !(chartfile.dependencies.is_empty() || is_v2) {
        found.error(format!(
            "dependencies are not valid in the Chart file with apiVersion '{given}'. They are valid in apiVersion 'v2'"
        ));
    }
    if version::Version::parse(&metadata.version).is_err() {
        found.warning(format!("version '{}' is not a valid SemVerV2", metadata.version));
    }
}

fn name(name: &str) -> Option<String> {
    if name.is_empty() {
        return Some("name is required".to_owned());
    }
    // The last part of a path is compared with the whole, and that of "/" is "/".
    (name.contains('/') && name != "/")
        .then(|| format!("chart name {} is invalid", value::quote(name)))
}

fn api_version(api_version: &str) -> Option<String> {
    let valid = "The value must be either \"v1\" or \"v2\"";
    match api_version {
        "v1" | "v2" => None,
        "" => Some(format!("apiVersion is required. {valid}")),
        other => Some(format!("apiVersion '{other}' is not valid. {valid}")),
    }
}

fn not_text(fields: &Map, name: &str) -> Option<String> {
    let kind = match fields.get(name)? {
        Value::String(_) => return None,
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Int(_) | Value::Float(_) => "float64",
        Value::List(_) => "[]interface {}",
        Value::Map(_) => "map[string]interface {}",
    };
    Some(format!("{name} should be of type string but it's of type {kind}"))
}

fn version(text: &str) -> Option<String> {
    const LEAST: &str = "0.0.0-0";
    if text.is_empty() {
        return Some("version is required".to_owned());
    }
    let Ok(version) = version::parse(text) else {
        return Some(format!("version '{text}' is not a valid SemVer"));
    };
    (!version::is_compatible(&format!(">{LEAST}"), text)).then(|| {
        let shown = value::quote(&version.to_string());
        format!("version {shown} is less than or equal to \"{LEAST}\"")
    })
}

fn maintainers(chartfile: &Chartfile) -> Option<String> {
    chartfile.maintainers.iter().find_map(|maintainer| {
        let Some(one) = maintainer else { return Some("a maintainer entry is empty".to_owned()) };
        let name = &one.name;
        if name.is_empty() {
            return Some("each maintainer requires a name".to_owned());
        }
        if !(one.email.is_empty() || mail::is_address(&one.email)) {
            return Some(format!("invalid email '{}' for maintainer '{name}'", one.email));
        }
        (!(one.url.is_empty() || url::is_address(&one.url)))
            .then(|| format!("invalid url '{}' for maintainer '{name}'", one.url))
    })
}

fn source(sources: &[String]) -> Option<String> {
    let wrong = sources.iter().find(|source| !url::is_request(source))?;
    Some(format!("invalid source URL '{wrong}'"))
}

/// Returns what Go's strict readers object to: keys that are there twice, else the first field that is unknown.
fn not_strict(text: &str, fields: &Map) -> Option<String> {
    let repeated = yaml::repeated_keys(text);
    if !repeated.is_empty() {
        let lines = repeated.join("\n  ");
        return Some(format!("error converting YAML to JSON: yaml: unmarshal errors:\n  {lines}"));
    }
    let unknown = unknown_field(fields)?;
    Some(format!(
        "error unmarshaling JSON: while decoding JSON: json: unknown field {}",
        value::quote(unknown)
    ))
}

const FIELDS: &[&str] = &[
    "name",
    "home",
    "sources",
    "version",
    "description",
    "keywords",
    "maintainers",
    "icon",
    "apiVersion",
    "condition",
    "tags",
    "appVersion",
    "deprecated",
    "annotations",
    "kubeVersion",
    "dependencies",
    "type",
];
const MAINTAINER: &[&str] = &["name", "email", "url"];
const DEPENDENCY: &[&str] =
    &["name", "version", "repository", "condition", "tags", "enabled", "import-values", "alias"];

fn unknown_field(fields: &Map) -> Option<&str> {
    fields.iter().find_map(|(key, value)| {
        if !is_one_of(FIELDS, key) {
            return Some(&**key);
        }
        let inner = if key.eq_ignore_ascii_case("maintainers") {
            MAINTAINER
        } else if key.eq_ignore_ascii_case("dependencies") {
            DEPENDENCY
        } else {
            return None;
        };
        let maps = value.as_list().unwrap_or_default().iter().filter_map(Value::as_map);
        maps.flat_map(Map::keys).find(|key| !is_one_of(inner, key)).map(|key| &**key)
    })
}

fn is_one_of(names: &[&str], name: &str) -> bool {
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
}
