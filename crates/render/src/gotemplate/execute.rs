//! Executes the files of a chart: in Helm's order, and side by side where nobody can tell.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use gotmpl::{Limits, MissingKey, Options, TemplateSet, Value};
use hbs::{Lines, Printed};

use super::context::Contexts;
use super::functions::Host;
use super::schedule::{Batch, batches};
use super::{STACK, THREAD_STACK, error, without_no_value};
use crate::engine::{Output, Setting, TemplateFile};
use crate::{Excused, TemplateError};

/// How many threads execute templates at most.
const MOST_THREADS: usize = 8;

/// What a file printed, and what it was excused.
type Executed = Result<(Output, Vec<Excused>), TemplateError>;

/// Executes those of `files` that are no partials. They are in Helm's order, and so is the result; of
/// several errors the first one counts.
pub(super) fn execute(
    set: &Arc<TemplateSet>,
    files: &[TemplateFile],
    setting: &Setting<'_>,
) -> Result<(Vec<Output>, Vec<Excused>), TemplateError> {
    let contexts = Contexts::new(setting);
    let execution = Execution { set, setting, contexts, options: options() };
    let (mut outputs, mut excused) = (Vec::new(), Vec::new());
    let mut keep = |executed: Executed| -> Result<(), TemplateError> {
        let (output, more) = executed?;
        outputs.push(output);
        excused.extend(more);
        Ok(())
    };
    for batch in batches(set, files) {
        match batch {
            Batch::InOrder(files) => {
                files.into_iter().try_for_each(|file| {
                    keep(execution.one(file, &execution.contexts.shared(file)))
                })?;
            }
            Batch::SideBySide(files) => {
                execution.side_by_side(&files).into_iter().try_for_each(&mut keep)?;
            }
        }
    }
    Ok((outputs, excused))
}

/// Returns what every execution is bound to.
pub(super) fn options() -> Options {
    let limits =
        Limits { steps: 100_000_000, output: 256 << 20, stack: STACK, ..Limits::default() };
    Options { missing_key: MissingKey::Zero, limits, source_map: false }
}

struct Execution<'e> {
    set: &'e Arc<TemplateSet>,
    setting: &'e Setting<'e>,
    contexts: Contexts,
    options: Options,
}

impl Execution<'_> {
    fn one(&self, file: &TemplateFile, sees: &Value) -> Executed {
        let host = Host::new(Arc::clone(self.setting.world), self.setting.lint);
        let output = self
            .set
            .execute(&file.path, sees.clone(), &self.options, &host)
            .map_err(|error| error::executing(&error, file, sees, self.setting))?;
        let text = without_no_value(output.into_text());
        // It is kept until everything is printed, and what it grew in would be up to twice as large.
        let text = text.as_str().to_owned();
        let printed = Printed { text, lines: Lines::default() };
        Ok((Output { path: file.path.to_string(), printed }, host.into_excused()))
    }

    /// Executes files on several threads; the results are in the order of the files.
    fn side_by_side(&self, files: &[&TemplateFile]) -> Vec<Executed> {
        let slots: Vec<OnceLock<Executed>> = files.iter().map(|_| OnceLock::new()).collect();
        let next = AtomicUsize::new(0);
        let work = || {
            while let at = next.fetch_add(1, Ordering::Relaxed)
                && let (Some(file), Some(slot)) = (files.get(at), slots.get(at))
            {
                slot.get_or_init(|| self.one(file, &self.contexts.own(file)));
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..threads() {
                let thread = std::thread::Builder::new().stack_size(THREAD_STACK);
                // This thread does all that no other one does.
                let work = || funcs::remembering(work);
                let _started = thread.name("render".to_owned()).spawn_scoped(scope, work);
            }
            work();
        });
        slots.into_iter().filter_map(OnceLock::into_inner).collect()
    }
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS)
}
