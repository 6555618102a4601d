//! Flags of Helm's `template` that are about something else than rendering.

use std::time::Duration;

use crate::commands::deploy::{LabelFlags, Labels};
use crate::duration;
use crate::error::CliError;
use crate::flags::{UpdateFlags, deprecated};
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
    #[arg(short = 'l', long, hide = true, value_name = "LABELS")]
    labels: Vec<Labels>,
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
    #[arg(long, hide = true, value_name = "DURATION", value_parser = duration::parse)]
    readiness_timeout: Option<Duration>,
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
            ("atomic", self.atomic, "use --rollback-on-failure instead"),
            ("hide-notes", self.hide_notes, useless),
            ("render-subchart-notes", self.render_subchart_notes, useless),
        ];
        let update = UpdateFlags {
            force_conflicts: self.force_conflicts,
            force_replace: self.force_replace,
            force: self.force,
        };
        update.say_deprecated(ui);
        deprecated(ui, &old);
        update.check_group()?;
        LabelFlags { labels: self.labels.clone() }.check()
    }
}
