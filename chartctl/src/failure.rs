//! From the libraries' errors to the one error of the command line.
//!
//! [`of`] takes any error: its texts make the first line, and for the types known here every link of its chain
//! adds evidence (excerpt, object, request) and next steps.

use std::error::Error;

use actions::{ActionError, StepError, Undo};
use chart::{ChartError, ChartErrorKind, SchemaError};
use cluster::{ApiError, ConnectError, StorageError};
use plan::{Pending, PlanError};
use release::HistoryError;
use render::RenderError;
use repo::LoadError;

use crate::error::{CliError, Kind, chain};

/// Returns what a person is told about `error`.
pub(crate) fn of(error: &(dyn Error + 'static)) -> CliError {
    let text = about_records(error).or_else(|| about_templates(error));
    let mut told = CliError::new(Kind::Cluster, text.unwrap_or_else(|| chain(error)));
    let mut link = Some(error);
    while let Some(error) = link {
        told = told.with(error);
        link = error.source();
    }
    told
}

/// Returns the first line for a failed request about records, as Helm words it: the request itself is told below. Of
/// a server that does not answer nothing else is said, since Helm finds that out before anything.
fn about_records(error: &(dyn Error + 'static)) -> Option<String> {
    let storage = match error.downcast_ref::<StorageError>() {
        Some(error) => error,
        None => match error.downcast_ref::<ActionError>()? {
            ActionError::Storage(error) | ActionError::Step(StepError::Storage(error)) => error,
            ActionError::Api(error) => return is_unreachable(error).then(|| error.to_string()),
            _ => return None,
        },
    };
    let StorageError::Api { doing, source } = storage else { return None };
    let text = source.to_string();
    if is_unreachable(source) {
        return Some(text);
    }
    let asked = source.call().map(|call| format!("could not {call}: ")).unwrap_or_default();
    Some(format!("{doing}: {}", text.strip_prefix(&asked).unwrap_or(&text)))
}

/// Returns Helm's text for templates and what they print; what we know beyond it comes below.
fn about_templates(error: &(dyn Error + 'static)) -> Option<String> {
    let error = match error.downcast_ref::<ActionError>() {
        Some(ActionError::Render(error)) => error,
        Some(_) => return None,
        None => error.downcast_ref::<RenderError>()?,
    };
    match error {
        RenderError::Chart(error) => about_mismatch(error),
        RenderError::Template(error) => Some(error.message().to_owned()),
        RenderError::Manifest { source, .. } => {
            source.to_string().lines().next().map(str::to_owned)
        }
        _ => None,
    }
}

/// Returns Helm's text for values of a subchart that are no map. It shows them, which the library does not do: here
/// they come from the person who reads it.
fn about_mismatch(error: &ChartError) -> Option<String> {
    let ChartErrorKind::TypeMismatch { prefix, key, shown, .. } = error.kind() else {
        return None;
    };
    Some(format!("{prefix}type mismatch on {key}: {}", shown.text()))
}

/// Returns whether the server did not answer.
pub(crate) const fn is_unreachable(error: &ApiError) -> bool {
    matches!(error, ApiError::Unreachable { .. } | ApiError::Timeout { .. })
}

/// Returns what a person is told about a failed action.
pub(crate) fn of_action(error: &ActionError) -> CliError {
    of(error)
}

impl CliError {
    /// Adds what is known about one link of a chain of errors.
    fn with(self, error: &(dyn Error + 'static)) -> Self {
        if let Some(error) = error.downcast_ref::<ChartError>() {
            with_chart(self, error)
        } else if let Some(error) = error.downcast_ref::<SchemaError>() {
            with_schema(self, error)
        } else if let Some(error) = error.downcast_ref::<ApiError>() {
            with_api(self, error)
        } else if let Some(error) = error.downcast_ref::<ConnectError>() {
            error.hint().into_iter().fold(self, Self::hint)
        } else if let Some(error) = error.downcast_ref::<StorageError>() {
            with_storage(self, error)
        } else if let Some(error) = error.downcast_ref::<ActionError>() {
            with_action(self, error)
        } else if let Some(error) = error.downcast_ref::<RenderError>() {
            with_render(self, error)
        } else if let Some(LoadError::Chart(error)) = error.downcast_ref::<LoadError>() {
            with_chart(self, error)
        } else if let Some(error) = error.downcast_ref::<StepError>() {
            with_step(self, error)
        } else if let Some(error) = error.downcast_ref::<PlanError>() {
            with_plan(self, error)
        } else if let Some(error) = error.downcast_ref::<HistoryError>() {
            with_history(self, error)
        } else {
            self
        }
    }
}

fn with_chart(told: CliError, error: &ChartError) -> CliError {
    // A subchart's failure hands its place and advice up to the chart's, which was told already.
    let told = match error.detail().filter(|_| told.details().is_empty()) {
        Some(detail) => {
            let place = detail
                .position
                .map_or_else(|| detail.file.clone(), |at| format!("{}:{at}", detail.file));
            told.excerpt(place, detail.excerpt.clone())
        }
        None => told,
    };
    error.hint().filter(|_| told.hints().is_empty()).into_iter().fold(told, CliError::hint)
}

/// `RenderError` hands the chain of what it wraps on, so that the wrapped error itself is no link of it.
fn with_render(told: CliError, error: &RenderError) -> CliError {
    match error {
        RenderError::Chart(error) => with_chart(told, error),
        RenderError::Schema { error, notes } => {
            let notes = notes.iter().map(|note| ("value", note));
            let told = notes.fold(told, |told, (label, note)| told.fact(label, note));
            with_schema(told, error)
        }
        RenderError::KubeVersion { .. } => told
            .hint("'chartctl template --kube-version' renders for another version of Kubernetes"),
        RenderError::Template(error) => {
            let help = |line: &&str| line.starts_with("help: ");
            let (hints, details): (Vec<&str>, Vec<&str>) = error.details().lines().partition(help);
            let details: Vec<String> = details.iter().map(|line| format!("  {line}")).collect();
            let told = told.block(details.join("\n"));
            let hints = hints.iter().filter_map(|line| line.strip_prefix("help: "));
            hints.fold(told, CliError::hint)
        }
        RenderError::PostRender(error) => {
            let output: Vec<String> =
                error.output.lines().map(|line| format!("  {line}")).collect();
            told.block(output.join("\n"))
        }
        RenderError::Manifest { .. } => {
            let text = error.to_string();
            told.block(text.split_once('\n').map_or("", |(_, more)| more))
        }
        _ => told,
    }
}

fn with_schema(told: CliError, error: &SchemaError) -> CliError {
    let count: usize = error.charts.iter().map(|chart| chart.findings.len().max(1)).sum();
    let these = if count == 1 { "this value".to_owned() } else { format!("these {count} values") };
    told.hint(format!(
        "correct {these} in your -f files or --set flags, or pass --skip-schema-validation"
    ))
}

fn with_api(told: CliError, error: &ApiError) -> CliError {
    let told = match error.call() {
        Some(call) => told.fact("call", call.to_string()),
        None => told,
    };
    let told = match error {
        ApiError::Conflicts { conflicts, .. } => conflicts
            .iter()
            .fold(told, |told, conflict| told.fact("conflict", conflict.to_string())),
        ApiError::Invalid { causes, .. } => {
            causes.iter().fold(told, |told, cause| told.fact("field", cause.to_string()))
        }
        _ => told,
    };
    error.hint().into_iter().fold(told, CliError::hint)
}

fn with_storage(told: CliError, error: &StorageError) -> CliError {
    match error {
        // The request behind it is the next link of the chain.
        StorageError::Api { .. } => told,
        error => error.hint().into_iter().fold(told, CliError::hint),
    }
}

fn with_step(told: CliError, error: &StepError) -> CliError {
    match error {
        StepError::Objects { objects } => objects.iter().fold(told, |told, (id, error)| {
            let told = told.fact("object", id.to_string());
            with_api(told, error)
        }),
        StepError::Api(error) => with_api(told, error),
        StepError::InProgress { revision } | StepError::Lost { revision } => {
            told.fact("revision", revision.to_string()).hint(
                "somebody else was quicker: wait until they are done; 'chartctl history' shows how it goes",
            )
        }
        _ => told,
    }
}

fn with_action(told: CliError, error: &ActionError) -> CliError {
    match error {
        ActionError::NameInUse => {
            told.hint("to change the release that has this name, use: chartctl upgrade --install")
        }
        ActionError::Forgetful => {
            told.hint("unset HELM_DRIVER, or look at what would be done with --dry-run=server")
        }
        ActionError::InProgress { revision, holder } => {
            in_progress(told, *revision, holder.as_deref())
        }
        ActionError::Render(error) => with_render(told, error),
        ActionError::Storage(error) => with_storage(told, error),
        ActionError::Plan(error) => with_plan(told, error),
        ActionError::History(error) => with_history(told, error),
        ActionError::Step(error) => with_step(told, error),
        ActionError::Api(error) => with_api(told, error),
        ActionError::NotReady(failure) => {
            let told = failure.objects.iter().fold(told, with_pending);
            let unexplained = failure.objects.iter().all(|pending| pending.cause.is_none());
            if failure.expired && unexplained {
                told.hint("give it more time with --timeout, if that is all it needs")
            } else {
                told
            }
        }
        ActionError::Undone { cause, outcome, .. } => with_undone(told, cause, outcome),
        ActionError::Unrecorded { cause, revision, source } => {
            let told = with_action(told, cause);
            let why =
                source.as_ref().map_or_else(|| "no answer in time".to_owned(), ToString::to_string);
            told.fact("recording", format!("revision {revision} stays pending: {why}")).hint(
                "the next chartctl command on this release finds out that this one is gone and goes on by itself",
            )
        }
        _ => told,
    }
}

/// Says what an object lacks, and shows the evidence for its cause.
fn with_pending(told: CliError, pending: &Pending) -> CliError {
    let told = told.fact("not ready", format!("{}: {pending}", pending.object));
    let Some(evidence) = pending.cause.as_ref().and_then(|cause| cause.evidence.as_ref()) else {
        return told;
    };
    let told = match (&evidence.container, &evidence.pod) {
        (Some(container), Some(pod)) => {
            let mut text = format!("{container} of Pod {pod}");
            if let Some(image) = &evidence.image {
                text.extend([", image ", image]);
            }
            if let Some(code) = evidence.exit_code {
                text.extend([", exit code ", &code.to_string()]);
            }
            told.fact("container", text)
        }
        _ => told,
    };
    let told = evidence.event.iter().fold(told, |told, event| told.fact("event", event));
    let told =
        if evidence.log.is_empty() { told } else { told.fact("last log", evidence.log.join("\n")) };
    evidence.hint.iter().fold(told, CliError::hint)
}

fn with_undone(told: CliError, cause: &ActionError, outcome: &Undo) -> CliError {
    let told = with_action(told, cause);
    match outcome {
        Undo::RolledBack(revision) => {
            told.fact("undone", format!("rolled back to revision {revision}"))
        }
        Undo::Uninstalled => told.fact("undone", "uninstalled"),
        Undo::NothingToUndo => told,
        Undo::Failed(error) => with_action(told, error),
    }
}

fn in_progress(told: CliError, revision: u32, holder: Option<&str>) -> CliError {
    match holder {
        Some(holder) => told
            .fact("revision", revision.to_string())
            .fact("holder", holder)
            .hint("wait until it is done; 'chartctl history' shows how it goes"),
        None => told.fact("revision", revision.to_string()).hint(
            "Helm left this revision unfinished, or is still at it: when it is not, 'chartctl rollback' to a revision \
             that worked (see 'chartctl history') or 'chartctl uninstall' frees the release",
        ),
    }
}

fn with_plan(told: CliError, error: &PlanError) -> CliError {
    match error {
        PlanError::NotOwned { .. } => told.hint(
            "delete or rename the object, or make it part of this release with --take-ownership",
        ),
        PlanError::UnknownKind { objects } => {
            objects.iter().fold(told, |told, id| told.fact("object", id.to_string())).hint(
                "install what defines this kind first, or put its definition into the chart's crds/ folder",
            )
        }
        _ => told,
    }
}

fn with_history(told: CliError, error: &HistoryError) -> CliError {
    match error {
        HistoryError::NoDeployed { name } => told.hint(format!(
            "'chartctl history {name}' shows what there is: if nothing, add --install; if nothing ever worked, uninstall it first"
        )),
        HistoryError::NoRevision { .. } => told.hint("'chartctl history' shows the revisions there are"),
        HistoryError::InProgress { version, .. } => in_progress(told, *version, None),
        HistoryError::Damaged { .. } => told.hint("roll back to another revision; 'chartctl history' shows them"),
        HistoryError::NotFound => told.hint("'chartctl list -A' shows all releases"),
    }
}

#[cfg(test)]
mod tests {
    use actions::{ActionError, StepError, Undo};
    use cluster::storage::Doing;
    use cluster::{ApiError, Call, StorageError, Verb};
    use manifest::{Gvk, ObjectId};
    use plan::{Failure, Pending};

    use crate::report;
    use crate::ui::Paint;

    fn web() -> ObjectId {
        ObjectId::new(Gvk::new("apps", "v1", "Deployment"), Some("prod"), "web")
    }

    fn forbidden() -> ApiError {
        let call = Call::over(Verb::List, &Gvk::new("", "v1", "Secret"), "secrets", Some("prod"));
        let message = "secrets is forbidden: User \"ann\" cannot list resource".to_owned();
        ApiError::Forbidden { call: Box::new(call), message }
    }

    fn check(error: &ActionError, expected: &str) {
        assert_eq!(report::render(&super::of_action(error), Paint::OFF), expected);
    }

    #[test]
    fn refused_records_are_told_as_helm_tells_them_with_the_role_that_is_missing() {
        let error = StorageError::Api { doing: Doing::List, source: forbidden() };
        check(
            &ActionError::Storage(error),
            "Error: list: failed to list: secrets is forbidden: User \"ann\" cannot list resource\n\
             \x20 call  list secrets in namespace prod\n\
             help: ask for a role that allows list on secrets in namespace prod\n",
        );
    }

    #[test]
    fn a_server_that_does_not_answer_is_all_that_is_told() {
        let call = Call::discover("version");
        let source = ApiError::Unreachable { call: Box::new(call), reason: "refused".to_owned() };
        let told = super::of(&StorageError::Api { doing: Doing::Query, source });
        assert!(told.text().starts_with("kubernetes cluster unreachable: "), "{told}");
    }

    #[test]
    fn what_is_not_ready_is_named_and_so_is_what_became_of_it() {
        let pending = Pending::new(&web(), "0/2 available");
        let failure = Failure { expired: true, hook: None, objects: vec![pending] };
        let error = ActionError::Undone {
            name: "web".to_owned(),
            cause: Box::new(ActionError::NotReady(failure)),
            outcome: Undo::RolledBack(3),
        };
        check(
            &error,
            "Error: release web failed, and has been rolled back due to rollback-on-failure being set: resource \
             Deployment/prod/web not ready. status: InProgress, message: 0/2 available\n\
             context deadline exceeded\n\
             \x20 not ready  Deployment prod/web: 0/2 available\n\
             \x20 undone     rolled back to revision 3\n\
             help: give it more time with --timeout, if that is all it needs\n",
        );
    }

    #[test]
    fn a_race_that_was_lost_says_what_to_do() {
        check(
            &ActionError::Step(StepError::InProgress { revision: 4 }),
            "Error: another operation (install/upgrade/rollback) is in progress\n\
             \x20 revision  4\n\
             help: somebody else was quicker: wait until they are done; 'chartctl history' shows how it goes\n",
        );
    }
}
