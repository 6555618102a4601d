//! What may help: for mistakes whose usual cause is known.

use gotmpl::{CallError, Error, ErrorKind, Place, Value};

use super::super::CACHE;
use super::scenery::{Found, State};
use crate::engine::{self, Setting};

/// Functions of other tools, or of sprig and not of Helm, and what to do without them.
const ELSEWHERE: [(&[&str], &str); 5] = [
    (
        &["env", "expandenv"],
        "Helm leaves it out so that a chart cannot read the environment of who installs it; hand the value in with --set",
    ),
    (
        &[
            "requiredEnv",
            "exec",
            "envExec",
            "readFile",
            "readDir",
            "readDirEntries",
            "fetchSecretValue",
            "expandSecretRefs",
            "isFile",
            "setValueAtPath",
        ],
        "it belongs to helmfile, which calls it in files of its own and not in charts",
    ),
    (&["toYAML", "ToYaml"], "it is written toYaml"),
    (&["strings", "file", "readfile"], "files of the chart are read by .Files.Get"),
    (&["length", "count", "size"], "it is written len"),
];

/// Returns what may help with a text that cannot be parsed.
pub(super) fn parsing(error: &Error) -> Option<String> {
    let message = error.message();
    if let Some(line) = error.place().and_then(open_action) {
        return Some(format!("the action began on line {line}: is its }}}} missing?"));
    }
    if let Some(name) = quoted(message, "function ", " not defined") {
        return unknown_function(name);
    }
    if let Some(name) = message.strip_prefix("undefined variable ") {
        let name = name.trim_matches('"');
        return Some(format!("declare it in the same block or around it: {{{{ {name} := … }}}}"));
    }
    if message.starts_with("unclosed action") {
        return Some("an action ends with }}".to_owned());
    }
    (message == "unexpected EOF").then(|| "a block ends with {{ end }}".to_owned())
}

/// Returns the line of the action in which an error is, if that began on an earlier line.
fn open_action(place: &Place) -> Option<usize> {
    let before = place.text.get(..place.span.start as usize)?;
    let before = String::from_utf8_lossy(before);
    let start = before.rfind("{{")?;
    let is_open = before.get(start..).is_some_and(|action| !action.contains("}}"));
    let line = before.get(..start)?.matches('\n').count() + 1;
    (is_open && line < place.line as usize).then_some(line)
}

fn unknown_function(name: &str) -> Option<String> {
    let foreign = ELSEWHERE.iter().find(|(names, _)| names.contains(&name));
    if let Some((_, why)) = foreign {
        return Some((*why).to_owned());
    }
    let own = ["include", "tpl", "required", "fail"].into_iter();
    let known = funcs::table::rows().flat_map(funcs::table::Row::names);
    let near = funcs::nearest(name, known.chain(own).chain(BUILT_IN))?;
    Some(format!("did you mean {near}?"))
}

/// The functions of the language.
const BUILT_IN: [&str; 20] = [
    "and", "break", "call", "continue", "eq", "ge", "gt", "html", "index", "js", "le", "len", "lt",
    "ne", "not", "or", "print", "printf", "println", "urlquery",
];

/// Returns what may help with a template that failed; `found` are the values that it is about.
pub(super) fn executing(error: &Error, found: &[Found], setting: &Setting<'_>) -> Option<String> {
    let (located, innermost) = (error.located(), error.innermost());
    let cause = match located.cause() {
        Some(CallError::Text(text)) => text.as_str(),
        _ => "",
    };
    let message = innermost.message();
    let missing = quoted(message, "no template ", " associated")
        .or_else(|| quoted(message, "template ", " not defined"));
    if let Some(name) = missing {
        return near_template(name, setting);
    }
    if matches!(innermost.kind(), ErrorKind::Limit(_)) {
        return None;
    }
    if cause.contains("nested reference name") {
        return Some("the template includes itself without an end".to_owned());
    }
    if message.starts_with("nil pointer evaluating") {
        return optional(found);
    }
    if cause.starts_with("incompatible types for comparison") {
        return comparison(cause, found);
    }
    if message.starts_with("range can't iterate over") {
        let number = found
            .iter()
            .find(|found| matches!(&found.state, State::Is(value) if is_number(value)))?;
        return Some(format!(
            "to count up to a number of values: range until (int {})",
            number.shown
        ));
    }
    if message.starts_with("wrong type for value") {
        return wrong_type(message, found);
    }
    None
}

/// Helps with a field of nothing.
fn optional(found: &[Found]) -> Option<String> {
    let found = found.iter().find(|found| !found.rest.is_empty())?;
    let mut rest = found.rest.iter();
    let first = rest.next()?;
    let start = format!("({}).{first}", found.shown);
    let whole = rest.fold(start, |inner, step| format!("({inner}).{step}"));
    Some(format!("set it, or let the template do without: {whole} is empty where it is missing"))
}

fn comparison(cause: &str, found: &[Found]) -> Option<String> {
    let types = cause.rsplit(": ").next()?;
    let has = |name: &str| types.split(" and ").any(|one| one == name);
    let numbers = has("float64") && (has("int") || has("int64"));
    let shown = found.iter().find_map(|found| match &found.state {
        State::Is(value) if is_number(value) => Some(found.shown.as_str()),
        _ => None,
    });
    if numbers {
        let shown = shown.unwrap_or("…");
        return Some(format!(
            "a number of a values file is a float64, of --set an int64, in a template an int: compare (int {shown})"
        ));
    }
    has("string").then(|| "compare text with text: (toString …)".to_owned())
}

fn wrong_type(message: &str, found: &[Found]) -> Option<String> {
    let (_, types) = message.split_once("expected ")?;
    let (wanted, got) = types.split_once("; got ")?;
    let shown = found.first().map_or("…", |found| found.shown.as_str());
    let convert = match wanted {
        "string" => "toString",
        "int" => "int",
        "int64" => "int64",
        "float64" => "float64",
        _ => return None,
    };
    let is_nothing = found.first().map_or(got == "interface {}", |found| !found.is_usable());
    Some(if is_nothing {
        let default = if wanted == "string" { "\"\"" } else { "0" };
        format!("set it, or give it a default: ({shown} | default {default})")
    } else {
        format!("convert it: ({convert} {shown})")
    })
}

fn is_number(value: &Value) -> bool {
    matches!(value, Value::Int(_) | Value::Int64(_) | Value::Float(_) | Value::Small(_))
}

/// Returns the name of a template that is like a missing one.
fn near_template(name: &str, setting: &Setting<'_>) -> Option<String> {
    let files = engine::files(setting.chart);
    let units = files.iter().filter_map(|file| CACHE.parse_shared(&file.path, &file.text).ok());
    let names: Vec<String> = units
        .flat_map(|unit| {
            unit.templates().iter().map(|template| template.name().to_string()).collect::<Vec<_>>()
        })
        .collect();
    if let Some(near) = funcs::nearest(name, names.iter().map(String::as_str)) {
        return Some(format!("did you mean {near:?}?"));
    }
    let (library, _) = name.split_once('.')?;
    let is_library_there = names.iter().any(|known| known.starts_with(&format!("{library}.")));
    (!is_library_there).then(|| {
        format!(
            "no template begins with {library:?}: is a dependency missing in charts/, or disabled?"
        )
    })
}

fn quoted<'m>(message: &'m str, before: &str, after: &str) -> Option<&'m str> {
    let (_, rest) = message.split_once(before)?;
    let (name, _) = rest.strip_prefix('"')?.split_once('"')?;
    rest.contains(after).then_some(name)
}

/// Returns the conditions under which a template comes to a byte of its text, the innermost first, as far
/// out as dot stays the same.
pub(super) fn conditions(text: &str, offset: usize) -> Vec<String> {
    let mut open: Vec<Option<String>> = Vec::new();
    let mut rest = text.get(..offset).unwrap_or(text);
    while let Some((_, after)) = rest.split_once("{{") {
        let (action, behind) = after.split_once("}}").unwrap_or((after, ""));
        let action = action.trim_start_matches('-').trim_end_matches('-').trim();
        let (word, condition) = action.split_once(char::is_whitespace).unwrap_or((action, ""));
        match word {
            "if" => open.push(Some(condition.to_owned())),
            "with" | "range" | "define" | "block" => open.push(None),
            "else" => {
                if let (Some(last), Some(condition)) =
                    (open.last_mut(), condition.strip_prefix("if "))
                {
                    *last = Some(condition.to_owned());
                }
            }
            "end" => drop(open.pop()),
            _ => {}
        }
        rest = behind;
    }
    open.into_iter().rev().map_while(|condition| condition).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_around_a_place_are_found() {
        let check = |text: &str, expected: &[&str]| {
            let at = text.find("HERE").unwrap_or_default();
            assert_eq!(conditions(text, at), expected, "{text}");
        };
        check("{{if .a}}{{- if .b -}}{{end}}{{if .c}}{{HERE}}", &[".c", ".a"]);
        check("{{if .a}}{{with .b}}{{if .c}}{{HERE}}", &[".c"]);
        check("{{if .a}}{{else if .b}}{{HERE}}", &[".b"]);
        check("{{HERE}}", &[]);
    }
}
