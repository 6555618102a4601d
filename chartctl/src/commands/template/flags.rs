//! Flags of Helm's `template` that are about something else than rendering.

use std::time::Duration;

use release::labels;

use crate::commands::deploy::Label;
use crate::duration;
use crate::error::CliError;
use crate::flags::WaitStrategy;
use crate::ui::Ui;

/// Flags of `install` that Helm accepts here, too, where they change nothing: scripts pass the same flags to both.
#[derive(Clone, Debug, Default, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of Helm's")]
pub(super) struct NoEffect {
    #[arg(long, hide = true)]
    create_namespace: bool,
    #[arg(long, hide = true, value_name = "TEXT")]
    description: Option<String>,
    #[arg(long, hide = true)]
    disable_openapi_validation: bool,
    #[arg(long, hide = true)]
    force_conflicts: bool,
    #[arg(long, hide = true)]
    force_replace: bool,
    #[arg(long, hide = true)]
    force: bool,
    #[arg(short = 'l', long, hide = true, value_name = "LABELS", value_delimiter = ',')]
    labels: Vec<Label>,
    #[arg(long, hide = true)]
    replace: bool,
    #[arg(long, hide = true)]
    rollback_on_failure: bool,
    #[arg(long, hide = true)]
    atomic: bool,
    #[arg(long, hide = true)]
    server_side: bool,
    #[arg(long, hide = true)]
    take_ownership: bool,
    #[arg(long, hide = true, value_name = "DURATION", value_parser = duration::parse)]
    timeout: Option<Duration>,
    #[arg(long, hide = true, value_name = "STRATEGY", num_args = 0..=1, require_equals = true, default_missing_value = "watcher")]
    wait: Option<WaitStrategy>,
    #[arg(long, hide = true)]
    wait_for_jobs: bool,
    #[arg(long, hide = true)]
    hide_notes: bool,
    #[arg(long, hide = true)]
    render_subchart_notes: bool,
}

impl NoEffect {
    /// Says which of the flags have another name by now, and refuses two that contradict each other.
    pub(super) fn check(&self, ui: Ui) -> Result<(), CliError> {
        let useless = "this flag has no effect for 'helm template' and will be removed in Helm 5";
        let old = [
            ("force", self.force, "use --force-replace instead"),
            ("atomic", self.atomic, "use --rollback-on-failure instead"),
            ("hide-notes", self.hide_notes, useless),
            ("render-subchart-notes", self.render_subchart_notes, useless),
        ];
        for (flag, _, instead) in old.into_iter().filter(|(_, given, _)| *given) {
            ui.note(&format!("Flag --{flag} has been deprecated, {instead}\n"));
        }
        if self.force_conflicts && (self.force || self.force_replace) {
            let force = if self.force { "force" } else { "force-replace" };
            return Err(CliError::usage(format!(
                "if any flags in the group [{force} force-conflicts] are set none of the others can be; [{}] were all set",
                sorted(force, "force-conflicts")
            )));
        }
        let keys = self.labels.iter().map(Label::key);
        labels::check(keys).map_err(|error| crate::failure::of(&error))
    }
}

fn sorted(one: &str, other: &str) -> String {
    if one < other { format!("{one} {other}") } else { format!("{other} {one}") }
}

/// `--post-renderer`, which names a plugin of Helm's. We have no plugins, so that none is ever found.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct PostRendererFlags {
    #[arg(long, hide = true, value_name = "PLUGIN")]
    post_renderer: Option<String>,
    #[arg(long, hide = true, value_name = "ARGUMENT")]
    post_renderer_args: Vec<String>,
}

impl PostRendererFlags {
    /// Returns Helm's error for a plugin that is not there.
    pub(super) fn check(&self) -> Result<(), CliError> {
        let Some(name) = self.post_renderer.as_deref().filter(|name| !name.is_empty()) else {
            return Ok(());
        };
        Err(CliError::usage(format!(
            "invalid argument {} for \"--post-renderer\" flag: plugin: {{Name:{name} Type:postrenderer/v1}} not found",
            value::quote(name)
        ))
        .hint("chartctl has no plugins; pipe what it prints through the program instead"))
    }
}
