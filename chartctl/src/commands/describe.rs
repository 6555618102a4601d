//! A release in words: the block of lines that `status`, `install`, `upgrade` and `get all` print.

use std::fmt::Write as _;

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use release::{Revision, Status, StoredHook};
use value::Value;

use crate::error::CliError;
use crate::gotime;
use crate::ui::{Paint, Tone};

/// The description of a dry run, which makes hooks and manifest part of the block.
const DRY_RUN: &str = release::describe::DRY_RUN;

/// What the block has beyond its first lines.
#[derive(Clone, Debug, Default)]
pub(crate) struct Parts {
    /// Name, version and application version of the chart.
    pub(crate) chart: bool,
    /// The objects in the cluster, as printed text.
    pub(crate) resources: Option<String>,
    /// Values, hooks and manifest.
    pub(crate) everything: bool,
    /// No notes.
    pub(crate) hide_notes: bool,
}

/// Returns the block for `revision`, as Helm 4.3 prints it.
pub(crate) fn block(revision: &Revision, parts: &Parts, paint: Paint) -> Result<String, CliError> {
    let info = &revision.info;
    let mut out = format!("NAME: {}\n", revision.name);
    if let Some(time) = info.last_deployed {
        line(&mut out, "LAST DEPLOYED", &gotime::format(&local(time), gotime::ANSIC));
    }
    line(&mut out, "NAMESPACE", &revision.namespace);
    line(&mut out, "STATUS", &paint.tone(status_tone(info.status), info.status.as_str()));
    line(&mut out, "REVISION", &revision.version.to_string());
    if parts.chart {
        line(&mut out, "CHART", revision.chart.name());
        line(&mut out, "VERSION", revision.chart.version());
        line(&mut out, "APP_VERSION", revision.chart.app_version());
    }
    line(&mut out, "DESCRIPTION", &info.description);
    if let Some(resources) = &parts.resources {
        let _ok = writeln!(out, "RESOURCES:\n{resources}");
    }
    out.push_str(&test_suite(&revision.hooks));
    if parts.everything {
        let _ok =
            writeln!(out, "USER-SUPPLIED VALUES:\n{}", value::yaml::to_string(&supplied(revision)));
        let _ok =
            writeln!(out, "COMPUTED VALUES:\n{}", value::yaml::to_string(&computed(revision)?));
    }
    if parts.everything || info.description.eq_ignore_ascii_case(DRY_RUN) {
        let _ok = writeln!(out, "HOOKS:");
        out.push_str(&hooks(&revision.hooks));
        let _ok = writeln!(out, "MANIFEST:\n{}", revision.manifest);
    }
    if !parts.hide_notes && !info.notes.is_empty() {
        let _ok = writeln!(out, "NOTES:\n{}", info.notes.trim());
    }
    Ok(out)
}

fn line(out: &mut String, name: &str, text: &str) {
    let _ok = writeln!(out, "{name}: {text}");
}

/// Returns each hook behind its `# Source:` line.
pub(crate) fn hooks(hooks: &[StoredHook]) -> String {
    hooks.iter().fold(String::new(), |mut out, hook| {
        let _ok = writeln!(out, "---\n# Source: {}\n{}", hook.path, hook.manifest);
        out
    })
}

/// Returns the user's values; `null` when there are none.
pub(crate) fn supplied(revision: &Revision) -> Value {
    revision.config.clone()
}

/// Returns the user's values over the stored defaults of the chart.
pub(crate) fn computed(revision: &Revision) -> Result<Value, CliError> {
    let chart = chart::Chart {
        metadata: chart::Metadata {
            name: revision.chart.name().to_owned(),
            version: revision.chart.version().to_owned(),
            ..chart::Metadata::default()
        },
        values: match &revision.chart.values {
            Value::Null => Value::map(),
            values => values.clone(),
        },
        ..chart::Chart::default()
    };
    let config = if revision.config.is_null() { Value::map() } else { revision.config.clone() };
    Ok(chart::resolve(&chart, &config).map_err(|error| crate::failure::of(&error))?.values)
}

/// Returns the colour of a state.
pub(crate) fn status_tone(status: Status) -> Tone {
    match status {
        Status::Deployed => Tone::Good,
        Status::Failed => Tone::Bad,
        Status::PendingInstall
        | Status::PendingUpgrade
        | Status::PendingRollback
        | Status::Uninstalling => Tone::Warn,
        Status::Superseded | Status::Uninstalled | Status::Unknown => Tone::Faint,
    }
}

/// Returns a stored time in the zone of this machine.
pub(crate) fn local(time: Timestamp) -> Zoned {
    time.to_zoned(TimeZone::system())
}

/// Returns what the test hooks say; a hook that never ran is left out.
fn test_suite(hooks: &[StoredHook]) -> String {
    let tests: Vec<&StoredHook> =
        hooks.iter().filter(|hook| hook.runs_at(manifest::HookEvent::Test)).collect();
    if tests.is_empty() {
        return "TEST SUITE: None\n".to_owned();
    }
    let mut out = String::new();
    for hook in tests {
        let Some(started) = hook.last_run.started_at else { continue };
        let time = |time: Option<Timestamp>| {
            gotime::format(&local(time.unwrap_or(started)), gotime::ANSIC)
        };
        let _ok = writeln!(
            out,
            "TEST SUITE:     {}\nLast Started:   {}\nLast Completed: {}\nPhase:          {}",
            hook.name,
            time(Some(started)),
            time(hook.last_run.completed_at),
            hook.last_run.phase
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use release::{Info, Revision, Status, StoredHook};

    use super::{Parts, block};
    use crate::ui::Paint;

    fn revision() -> Revision {
        Revision {
            name: "web".to_owned(),
            namespace: "prod".to_owned(),
            version: 3,
            manifest: "---\n# Source: web/templates/a.yaml\nkind: A\n".to_owned(),
            info: Info {
                description: "Upgrade complete".to_owned(),
                status: Status::Deployed,
                notes: "\nopen the door\n\n".to_owned(),
                ..Info::default()
            },
            ..Revision::default()
        }
    }

    #[test]
    fn the_block_is_helms() {
        assert_eq!(
            block(&revision(), &Parts::default(), Paint::OFF).unwrap(),
            "NAME: web\nNAMESPACE: prod\nSTATUS: deployed\nREVISION: 3\nDESCRIPTION: Upgrade complete\n\
             TEST SUITE: None\nNOTES:\nopen the door\n"
        );
    }

    #[test]
    fn a_dry_run_shows_hooks_and_manifest() {
        let mut revision = revision();
        revision.info.description = "Dry run complete".to_owned();
        revision.hooks = vec![StoredHook {
            path: "web/templates/h.yaml".to_owned(),
            manifest: "kind: Job".to_owned(),
            ..StoredHook::default()
        }];
        let parts = Parts { hide_notes: true, ..Parts::default() };
        assert_eq!(
            block(&revision, &parts, Paint::OFF).unwrap(),
            "NAME: web\nNAMESPACE: prod\nSTATUS: deployed\nREVISION: 3\nDESCRIPTION: Dry run complete\n\
             TEST SUITE: None\nHOOKS:\n---\n# Source: web/templates/h.yaml\nkind: Job\nMANIFEST:\n---\n\
             # Source: web/templates/a.yaml\nkind: A\n\n"
        );
    }

    #[test]
    fn resources_have_a_part_of_their_own() {
        let parts = Parts {
            resources: Some("==> v1/Pod\nNAME\nweb\n\n".to_owned()),
            hide_notes: true,
            ..Parts::default()
        };
        assert!(
            block(&revision(), &parts, Paint::OFF)
                .unwrap()
                .contains("complete\nRESOURCES:\n==> v1/Pod\nNAME\nweb\n\n\nTEST SUITE: None\n")
        );
    }
}
