//! How differences look: as helm-diff prints them, with what comes of each.

use std::fmt::Write as _;

use plan::diff::{Change, Class, Difference, Line, Secrets, Tag};
use regex::Regex;

use crate::cli::Context;
use crate::error::{CliError, Kind};
use crate::output;
use crate::ui::{Paint, Tone};

/// What helm-diff says when it ends with code 2.
const CHANGED: &str = "identified at least one change, exiting with non-zero exit code (detailed-exitcode parameter enabled)";

/// How differences are shown.
#[derive(Clone, Debug)]
pub(crate) struct How {
    /// The form.
    pub(crate) look: Look,
    /// How much of Secrets.
    pub(crate) secrets: Secrets,
    /// Kinds whose lines are left out.
    pub(crate) suppressed: Vec<String>,
    /// Lines that are left out.
    pub(crate) patterns: Vec<Regex>,
    /// Whether a difference is an exit code.
    pub(crate) exit_code: bool,
}

impl Default for How {
    /// Changed lines with three around them, Secrets covered.
    fn default() -> Self {
        Self {
            look: Look::Lines { context: Some(3) },
            secrets: Secrets::Redacted,
            suppressed: Vec::new(),
            patterns: Vec::new(),
            exit_code: false,
        }
    }
}

/// The form of differences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// Line by line.
    Lines {
        /// How many lines around changes; all without a number.
        context: Option<usize>,
    },
    /// A line for each object.
    Simple,
    /// For programs.
    Json,
}

/// Prints the differences of the objects of a release in `namespace`, changed ones first, then those that go and
/// those that come.
pub(crate) fn print(
    context: &Context,
    how: &How,
    namespace: &str,
    mut found: Vec<Difference>,
) -> Result<(), CliError> {
    let rank = |change| match change {
        Change::Modify => 0,
        Change::Remove => 1,
        Change::Add => 2,
    };
    found.sort_by_cached_key(|one| (rank(one.change), key(one, namespace)));
    let text = match how.look {
        Look::Lines { context: around } => {
            by_lines(how, namespace, &found, around, context.ui.stdout_paint())
        }
        Look::Simple => simple(namespace, &found, context.ui.stdout_paint()),
        Look::Json => {
            output::json(&found.iter().map(|one| entry(one, namespace)).collect::<Vec<_>>())?
        }
    };
    context.ui.data(&text)?;
    if how.exit_code && !found.is_empty() {
        return Err(CliError::new(Kind::Differences, CHANGED));
    }
    Ok(())
}

/// Returns what helm-diff calls an object. As there an object without a namespace has the release's.
fn key(one: &Difference, namespace: &str) -> String {
    let id = &one.id;
    let namespace = id.namespace.as_deref().unwrap_or(namespace);
    format!("{namespace}, {}, {} ({})", id.name, id.gvk.kind, api(one))
}

/// Returns the group, or the version of the group that has no name.
fn api(one: &Difference) -> &str {
    let gvk = &one.id.gvk;
    if gvk.group.is_empty() { &gvk.version } else { &gvk.group }
}

const fn tone(change: Change) -> Tone {
    match change {
        Change::Add => Tone::Good,
        Change::Modify => Tone::Warn,
        Change::Remove => Tone::Bad,
    }
}

/// Returns the tone of what comes of a change.
const fn gravity(class: &Class) -> Tone {
    match class {
        Class::Blocked(_) | Class::DataAtRisk(_) => Tone::Bad,
        Class::Owned(_) | Class::Recreate(_) | Class::RollingRestart => Tone::Warn,
        Class::NoRestart => Tone::Faint,
    }
}

fn classes(one: &Difference, paint: Paint) -> String {
    one.classes.iter().fold(String::new(), |mut text, class| {
        let _ok = writeln!(text, "{}", paint.tone(gravity(class), &format!("# {class}")));
        text
    })
}

fn by_lines(
    how: &How,
    namespace: &str,
    found: &[Difference],
    around: Option<usize>,
    paint: Paint,
) -> String {
    let mut out = String::new();
    for one in found {
        let lines: Vec<Line> = one
            .lines(around)
            .into_iter()
            .filter(|line| !how.patterns.iter().any(|pattern| pattern.is_match(&line.text)))
            .collect();
        let differs = lines.iter().any(|line| matches!(line.tag, Tag::Added | Tag::Removed));
        let what = match one.change {
            Change::Add => "has been added:",
            Change::Remove => "has been removed:",
            Change::Modify if differs || how.patterns.is_empty() => "has changed:",
            Change::Modify => "has changed, but diff is empty after suppression.",
        };
        let head = format!("{} {what}", key(one, namespace));
        let _ok = writeln!(out, "{}", paint.tone(tone(one.change), &head));
        out.push_str(&classes(one, paint));
        if how.suppressed.contains(&one.id.gvk.kind) {
            let text =
                format!("+ Changes suppressed on sensitive content of type {}", one.id.gvk.kind);
            let _ok = writeln!(out, "{}", paint.tone(Tone::Warn, &text));
        } else if differs {
            for line in &lines {
                write_line(&mut out, line, paint);
            }
        }
        out.push('\n');
    }
    out
}

fn write_line(out: &mut String, line: &Line, paint: Paint) {
    let (sign, tone) = match line.tag {
        Tag::Same => ("  ", Tone::Plain),
        Tag::Removed => ("- ", Tone::Bad),
        Tag::Added => ("+ ", Tone::Good),
        Tag::Gap => ("", Tone::Faint),
    };
    let _ok = writeln!(out, "{}", paint.tone(tone, &format!("{sign}{}", line.text)));
}

fn simple(namespace: &str, found: &[Difference], paint: Paint) -> String {
    let mut out = String::new();
    let count = |change| found.iter().filter(|one| one.change == change).count();
    for one in found {
        let what = match one.change {
            Change::Add => "to be added.",
            Change::Remove => "to be removed.",
            Change::Modify => "to be changed.",
        };
        let line = format!("{} {what}", key(one, namespace));
        let _ok = writeln!(out, "{}", paint.tone(tone(one.change), &line));
        out.push_str(&classes(one, paint));
    }
    let (add, modify, remove) = (count(Change::Add), count(Change::Modify), count(Change::Remove));
    let _ok = writeln!(
        out,
        "Plan: {add} to add, {modify} to change, {remove} to destroy, 0 to change ownership."
    );
    out
}

/// One object for programs: helm-diff's keys, and what comes of the change.
#[derive(serde::Serialize)]
struct Entry<'a> {
    api: &'a str,
    kind: &'a str,
    namespace: &'a str,
    name: &'a str,
    change: &'static str,
    classes: Vec<Consequence<'a>>,
}

/// What comes of a change.
#[derive(serde::Serialize)]
struct Consequence<'a> {
    class: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

fn entry<'a>(one: &'a Difference, namespace: &'a str) -> Entry<'a> {
    let consequence =
        |class: &'a Class| Consequence { class: class.word(), reason: class.reason() };
    Entry {
        api: api(one),
        kind: &one.id.gvk.kind,
        namespace: one.id.namespace.as_deref().unwrap_or(namespace),
        name: &one.id.name,
        change: match one.change {
            Change::Add => "ADD",
            Change::Modify => "MODIFY",
            Change::Remove => "REMOVE",
        },
        classes: one.classes.iter().map(consequence).collect(),
    }
}

#[cfg(test)]
mod tests {
    use manifest::{Gvk, ObjectId};
    use plan::diff::{Secrets, compare};

    use super::{How, by_lines, simple};
    use crate::ui::Paint;

    fn found() -> Vec<plan::diff::Difference> {
        let read = |text: &str| value::yaml::from_str(text).unwrap();
        let id = |kind: &str, group: &str| ObjectId::new(Gvk::new(group, "v1", kind), None, "web");
        let old = read("{apiVersion: apps/v1, kind: Deployment, spec: {a: 1, template: {b: 1}}}");
        let new = read("{apiVersion: apps/v1, kind: Deployment, spec: {a: 1, template: {b: 2}}}");
        let map = read("{apiVersion: v1, kind: ConfigMap}");
        let show = Secrets::Redacted;
        [
            compare(&id("Deployment", "apps"), Some(&old), Some(&new), show, Vec::new()),
            compare(&id("ConfigMap", ""), None, Some(&map), show, Vec::new()),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    #[test]
    fn objects_are_shown_as_helm_diff_shows_them() {
        assert_eq!(
            by_lines(&How::default(), "prod", &found(), None, Paint::OFF),
            "prod, web, Deployment (apps) has changed:\n# rolling restart\n  apiVersion: apps/v1\n  kind: Deployment\n  spec:\n    \
             a: 1\n    template:\n-     b: 1\n+     b: 2\n\n\
             prod, web, ConfigMap (v1) has been added:\n+ apiVersion: v1\n+ kind: ConfigMap\n\n"
        );
        assert_eq!(
            simple("prod", &found(), Paint::OFF),
            "prod, web, Deployment (apps) to be changed.\n# rolling restart\nprod, web, ConfigMap (v1) to be added.\n\
             Plan: 1 to add, 1 to change, 0 to destroy, 0 to change ownership.\n"
        );
    }

    #[test]
    fn lines_and_kinds_can_be_left_out() {
        let pattern = regex::Regex::new("b:").unwrap();
        let how = How {
            suppressed: vec!["ConfigMap".to_owned()],
            patterns: vec![pattern],
            ..How::default()
        };
        assert_eq!(
            by_lines(&how, "prod", &found(), Some(0), Paint::OFF),
            "prod, web, Deployment (apps) has changed, but diff is empty after suppression.\n# rolling restart\n\n\
             prod, web, ConfigMap (v1) has been added:\n+ Changes suppressed on sensitive content of type ConfigMap\n\n"
        );
    }
}
