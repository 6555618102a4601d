//! The engine for Go's templates: every file that does not end in `.hbs`, as Helm 4.3.1 renders it.
//!
//! All files of the chart tree share one namespace and one order: deepest first, then descending by path.
//! They are parsed in that order, so that of templates with one name the last one counts, and executed in
//! it, since a template sees what those before it did to the values.

mod capabilities;
mod context;
mod error;
mod execute;
mod explain;
mod files;
mod functions;
mod glob;
mod schedule;
mod trace;
mod values;

use std::sync::{Arc, LazyLock};

use gotmpl::{Cache, TemplateSet};

use crate::engine::{Output, Setting, TemplateFile};
use crate::{Excused, TemplateError};

pub(crate) use trace::printed_by;

/// What Go prints for a missing value; Helm takes it out of what a file or `tpl` prints.
const NO_VALUE: &str = "<no value>";

/// The name of Helm's namespace of templates, which is also that of every text given to `tpl`.
const NAMESPACE: &str = "gotpl";

/// How many bytes of the native stack templates may use; Helm lets them call each other 1000 times.
const STACK: usize = 64 << 20;

/// The stack of the thread that renders: what templates may use, and what functions need beyond it.
const THREAD_STACK: usize = STACK + (4 << 20);

/// How many bytes of templates one process keeps parsed.
const CACHED: usize = 128 << 20;

/// How many nodes the templates of a chart may have together.
const MAX_NODES: u32 = 4_000_000;

static CACHE: LazyLock<Cache> = LazyLock::new(|| Cache::new(Arc::new(functions::all()), CACHED));

/// Renders those of `files` that are no partials. They are in Helm's order.
///
/// Also returns what templates had to say on the way.
pub(crate) fn render_all(
    files: &[TemplateFile],
    setting: &Setting<'_>,
) -> Result<(Vec<Output>, Vec<Excused>), TemplateError> {
    if files.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let set = Arc::new(compile(files)?);
    let work = || funcs::remembering(|| execute::execute(&set, files, setting));
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(THREAD_STACK);
        let rendering = thread.name("render".to_owned()).spawn_scoped(scope, work);
        rendering.map_err(|error| error::of_thread(&error))?.join().unwrap_or_else(|payload| {
            // A panic of the engine is a defect, and is seen as one.
            std::panic::resume_unwind(payload)
        })
    })
}

fn compile(files: &[TemplateFile]) -> Result<TemplateSet, TemplateError> {
    let (mut set, mut nodes) = (TemplateSet::new(NAMESPACE), 0_u32);
    for file in files {
        let unit = CACHE.parse_shared(&file.path, &file.text);
        let unit = unit.map_err(|error| error::parsing(&error))?;
        nodes = nodes.saturating_add(unit.nodes());
        if nodes > MAX_NODES {
            return Err(error::too_large(&file.path));
        }
        set.add(&unit);
    }
    Ok(set)
}

fn without_no_value(text: String) -> String {
    if text.contains(NO_VALUE) { text.replace(NO_VALUE, "") } else { text }
}
