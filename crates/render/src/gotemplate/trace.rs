//! Which line of a template printed what: found out when somebody asks, by executing the file again.

use std::sync::Arc;

use gotmpl::{Options, Output, Scene, Value};

use super::context::Contexts;
use super::execute::options;
use super::explain::{Found, Scenery, sentence};
use super::functions::Host;
use super::{NO_VALUE, THREAD_STACK, compile, without_no_value};
use crate::engine::{Setting, TemplateFile};
use crate::explain::{Spot, Values, excerpt, references};

/// Returns the lines about what printed the byte at `offset` of `printed`, the output of the template at
/// `path`; nothing if the template prints something else when it is executed alone and again.
pub(crate) fn printed_by(
    files: &[TemplateFile],
    setting: &Setting<'_>,
    path: &str,
    printed: &str,
    offset: usize,
) -> Option<String> {
    let file = files.iter().find(|file| *file.path == *path)?;
    let work = || again(files, setting, file, printed, offset);
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(THREAD_STACK);
        thread.spawn_scoped(scope, work).ok()?.join().ok()?
    })
}

fn again(
    files: &[TemplateFile],
    setting: &Setting<'_>,
    file: &TemplateFile,
    printed: &str,
    offset: usize,
) -> Option<String> {
    let set = Arc::new(compile(files).ok()?);
    let root = Contexts::new(setting).own(file);
    let host = Host::new(Arc::clone(setting.world), setting.lint);
    let options = Options { source_map: true, ..options() };
    let output = set.execute(&file.path, root.clone(), &options, &host).ok()?;
    let raw = String::from_utf8(output.bytes.clone()).ok()?;
    let offset = raw_offset(&raw, offset);
    if without_no_value(raw) != printed {
        return None;
    }
    let (path, text, at) = origin(&output, offset, files)?;
    let shown = excerpt(&path, &text, Spot::of(&text, at));
    let mut lines = vec![shown.replacen("-->", "printed by", 1)];
    let scenery = Scenery::new(&root, &file.chart);
    let values = Values::new(setting.given, setting.values);
    let found = found(&text, at, &root, &scenery);
    let notes = found.iter().filter_map(|found| sentence(found, &values));
    lines.extend(notes.map(|note| format!("note: {note}")));
    Some(lines.join("\n"))
}

/// Returns the file, its text and the offset in it of what printed a byte.
fn origin(
    output: &Output,
    offset: usize,
    files: &[TemplateFile],
) -> Option<(String, String, usize)> {
    let segment = output.segment_at(offset)?;
    let file = files.iter().find(|file| *file.path == *segment.file)?;
    let length = segment.span.range().len();
    let within = (offset - segment.start).min(length.saturating_sub(1));
    let at = segment.span.start as usize + within;
    Some((file.path.to_string(), String::from_utf8_lossy(&file.text).into_owned(), at))
}

/// Returns the values of the chart that the action around a byte of a template prints.
fn found(text: &str, at: usize, root: &Value, scenery: &Scenery) -> Vec<Found> {
    let Some(action) = action_at(text, at) else { return Vec::new() };
    let variables = vec![(Arc::from("$"), root.clone())];
    let scene = Scene { dot: root.clone(), variables };
    // Inside `with` and `range` dot is something else; what leads to no value there is not spoken of.
    let is_of_root = |step: Option<&String>| step.is_some_and(|step| step == "Values");
    let references = references(action);
    let references = references.iter().filter(|reference| is_of_root(reference.steps.first()));
    let found = references.filter_map(|reference| scenery.follow(reference, &scene));
    found.filter(Found::is_usable).collect()
}

/// Returns the inside of the action that the byte at `at` of a template belongs to.
fn action_at(text: &str, at: usize) -> Option<&str> {
    let before = text.get(..at)?;
    let start = before.rfind("{{")? + 2;
    if before.get(start..)?.contains("}}") {
        return None;
    }
    let inside = text.get(start..)?;
    inside.get(..inside.find("}}")?)
}

/// Returns where a byte of the output was before missing values were taken out.
fn raw_offset(raw: &str, offset: usize) -> usize {
    let (mut clean, mut at) = (0, 0);
    for (gap, _) in raw.match_indices(NO_VALUE) {
        if clean + (gap - at) > offset {
            break;
        }
        clean += gap - at;
        at = gap + NO_VALUE.len();
    }
    at + (offset - clean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_count_missing_values() {
        let check = |raw: &str, offset: usize, expected: usize| {
            assert_eq!(raw_offset(raw, offset), expected, "{raw} {offset}");
        };
        check("abc", 1, 1);
        check("a<no value>bc", 0, 0);
        check("a<no value>bc", 1, 11);
        check("<no value><no value>b", 0, 20);
    }

    #[test]
    fn the_inside_of_an_action_is_found() {
        assert_eq!(action_at("a{{ .b }}c", 4), Some(" .b "));
        assert_eq!(action_at("a{{ .b }}c", 9), None);
        assert_eq!(action_at("abc", 1), None);
        assert_eq!(action_at("{{ x", 3), None);
    }
}
