//! What `template` prints, or writes to files: byte for byte what Helm 4.3.1 does.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};

use chart::CrdFile;
use manifest::HookEvent;
use manifest::sequence::Sequence;
use render::{RenderError, Rendered};

use crate::error::{CliError, file_error};
use crate::glob;
use crate::ui::Ui;

/// What stands in front of the path that a document comes from.
const SOURCE: &str = "# Source: ";

/// A document with the file of the chart that it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Document<'r> {
    /// The path, the chart's name in front.
    path: &'r str,
    text: Cow<'r, str>,
    /// A line that says which group begins, if one does.
    start: String,
    /// A line that says which group ends, if one does.
    end: String,
}

impl<'r> Document<'r> {
    fn new(path: &'r str, text: &'r str) -> Self {
        Self { path, text: Cow::Borrowed(text), start: String::new(), end: String::new() }
    }

    fn of_crd(crd: &'r CrdFile) -> Self {
        Self { text: String::from_utf8_lossy(&crd.data), ..Self::new(&crd.path, "") }
    }

    /// Returns what is printed.
    fn parts(&self) -> [&str; 8] {
        [&self.start, "---\n", SOURCE, self.path, "\n", &self.text, "\n", &self.end]
    }

    /// Returns it without the lines about groups.
    fn alone(&self) -> Self {
        Self { start: String::new(), end: String::new(), ..self.clone() }
    }

    fn print(&self, out: &mut dyn Write) -> io::Result<()> {
        self.parts().iter().try_for_each(|part| out.write_all(part.as_bytes()))
    }
}

/// What there is to print.
#[derive(Clone, Debug, Default)]
pub(super) struct Printout<'r> {
    crds: Vec<CrdFile>,
    manifests: Vec<Document<'r>>,
    hooks: Vec<Document<'r>>,
    tests: BTreeSet<usize>,
}

impl<'r> Printout<'r> {
    /// Returns what a chart rendered to.
    pub(super) fn of(rendered: &'r Rendered) -> Self {
        let documents = &rendered.documents;
        let shown =
            |document: &'r manifest::Document| Document::new(&document.path, &document.text);
        let hooks = documents.hooks.iter().enumerate();
        let tests = hooks.filter(|(_, hook)| hook.events().contains(&HookEvent::Test));
        Self {
            crds: rendered.chart.crds(),
            manifests: documents.manifests.iter().map(shown).collect(),
            hooks: documents.hooks.iter().map(shown).collect(),
            tests: tests.map(|(place, _)| place).collect(),
        }
    }

    /// Puts the manifests in the order of their deployment, and says where groups begin and end.
    pub(super) fn order(&mut self, sequence: &Sequence) {
        let mut ordered = Vec::with_capacity(self.manifests.len());
        for section in sequence.batches.iter().flat_map(|batch| &batch.sections) {
            let from = ordered.len();
            let members = section.members.iter().filter_map(|place| self.manifests.get(*place));
            ordered.extend(members.cloned());
            if let Some(group) = &section.group {
                let line =
                    |word: &str| format!("## {word} resource-group: {} {group}\n", section.chart);
                if let Some(first) = ordered.get_mut(from) {
                    first.start = line("START");
                }
                if let Some(last) = ordered.last_mut() {
                    last.end = line("END");
                }
            }
        }
        self.manifests = ordered;
    }

    /// Returns what there is of a chart that failed to render: whole files, if their documents could not be read.
    pub(super) fn of_failed(error: &'r RenderError) -> Self {
        let RenderError::Manifest { files, .. } = error else { return Self::default() };
        let files = files.0.iter().filter(|(_, text)| !text.trim().is_empty());
        let manifests = files.map(|(path, text)| Document::new(path, text)).collect();
        Self { manifests, ..Self::default() }
    }
}

/// How the objects are printed: flags of `template`.
#[derive(Clone, Debug, Default)]
pub(super) struct Printer {
    /// `--include-crds`.
    pub(super) include_crds: bool,
    /// `--no-hooks`.
    pub(super) no_hooks: bool,
    /// `--skip-tests`.
    pub(super) skip_tests: bool,
    /// `--show-only`.
    pub(super) show_only: Vec<String>,
    /// `--output-dir`.
    pub(super) folder: Option<String>,
    /// The release, when `--release-name` puts it in front of the files' paths.
    pub(super) release: Option<String>,
}

impl Printer {
    /// Prints, or writes files and prints which.
    pub(super) fn print(&self, ui: Ui, what: &Printout<'_>) -> Result<(), CliError> {
        if let Some(folder) = &self.folder {
            let mut said = String::new();
            let written = self.write(folder, what, &mut said);
            // What was written is told, also when the next file fails.
            ui.data(&said)?;
            written?;
            return if self.show_only.is_empty() {
                ui.data("\n")
            } else {
                ui.data(&self.shown("\n")?)
            };
        }
        if self.show_only.is_empty() {
            return ui.stream(|out| self.everything(what, out));
        }
        let mut all = Vec::new();
        let mut what = what.clone();
        what.manifests = what.manifests.iter().map(Document::alone).collect();
        ui.stream(|_| self.everything(&what, &mut all))?;
        ui.data(&self.shown(&String::from_utf8_lossy(&all))?)
    }

    /// Writes definitions and manifests, blanks around them cut, and hooks as they are.
    fn everything(&self, what: &Printout<'_>, out: &mut dyn Write) -> io::Result<()> {
        let crds = if self.include_crds { what.crds.as_slice() } else { &[] };
        let crds: Vec<_> = crds.iter().map(Document::of_crd).collect();
        write_trimmed(crds.iter().chain(&what.manifests).flat_map(Document::parts), out)?;
        out.write_all(b"\n")?;
        self.hooks(what).try_for_each(|document| document.print(out))
    }

    fn hooks<'w, 'r>(
        &self,
        what: &'w Printout<'r>,
    ) -> impl Iterator<Item = &'w Document<'r>> + use<'w, 'r> {
        let (hooks, tests) = (!self.no_hooks, !self.skip_tests);
        let all = what.hooks.iter().enumerate();
        all.filter(move |(place, _)| hooks && (tests || !what.tests.contains(place)))
            .map(|(_, hook)| hook)
    }

    /// Returns the documents of `--show-only`: what would be printed is split again, and each document goes by the
    /// first source that it names, wherever.
    fn shown(&self, everything: &str) -> Result<String, CliError> {
        let documents = manifest::split(everything);
        let documents: Vec<(&str, &str)> = documents
            .into_iter()
            .filter_map(|document| Some((path_in_chart(document)?, document)))
            .collect();
        let mut out = String::new();
        for wanted in &self.show_only {
            let wanted = if cfg!(windows) { wanted.replace('\\', "/") } else { wanted.clone() };
            let before = out.len();
            for (_, text) in documents.iter().filter(|(path, _)| glob::matches(&wanted, path)) {
                out.extend(["---\n", text, "\n"]);
            }
            if out.len() == before {
                let paths: BTreeSet<&str> = documents.iter().map(|(path, _)| *path).collect();
                let paths: Vec<&str> = paths.into_iter().collect();
                return Err(CliError::input(format!("could not find template {wanted} in chart"))
                    .hint(format!("templates that rendered something: {}", paths.join(", "))));
            }
        }
        Ok(out)
    }

    /// Writes each document to the file of its path and says so in `said`.
    ///
    /// The first document of a manifest's path begins the file anew, while hooks go behind what is there already.
    fn write(&self, folder: &str, what: &Printout<'_>, said: &mut String) -> Result<(), CliError> {
        let below = match &self.release {
            Some(release) => clean(&Path::new(folder).join(release)).display().to_string(),
            None => folder.to_owned(),
        };
        let mut begun = BTreeSet::new();
        if self.include_crds {
            for document in what.crds.iter().map(Document::of_crd) {
                let append = !begun.insert(document.path);
                write_document(folder, &document, append, said)?;
            }
        }
        begun.clear();
        for document in &what.manifests {
            let append = !begun.insert(document.path);
            write_document(&below, &document.alone(), append, said)?;
        }
        for document in self.hooks(what) {
            let append = Path::new(&below).join(document.path).exists();
            write_document(&below, document, append, said)?;
        }
        Ok(())
    }
}

/// Writes texts, but not the blanks at the end of all.
fn write_trimmed<'t>(texts: impl Iterator<Item = &'t str>, out: &mut dyn Write) -> io::Result<()> {
    // Blanks that are only written when something comes behind them.
    let mut blanks: Vec<&str> = Vec::new();
    for text in texts {
        let body = text.trim_end();
        if !body.is_empty() {
            let mut texts = blanks.drain(..).chain([body]);
            texts.try_for_each(|text| out.write_all(text.as_bytes()))?;
        }
        blanks.extend(text.strip_prefix(body));
    }
    Ok(())
}

fn write_document(
    folder: &str,
    document: &Document<'_>,
    append: bool,
    said: &mut String,
) -> Result<(), CliError> {
    check_inside(document.path)?;
    let shown = format!("{folder}{}{}", std::path::MAIN_SEPARATOR, document.path);
    let failed = |error: std::io::Error| file_error("open", &shown, &error);
    let path = Path::new(&shown);
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(failed)?;
    }
    let file = OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(!append)
        .append(append)
        .open(path)
        .map_err(failed)?;
    let mut file = io::BufWriter::new(file);
    document.print(&mut file).and_then(|()| file.flush()).map_err(failed)?;
    said.extend(["wrote ", &shown, "\n"]);
    Ok(())
}

/// Returns the path without parts that change nothing, as Go's `filepath.Join` does.
fn clean(path: &Path) -> PathBuf {
    let mut cleaned = PathBuf::new();
    for part in path.components() {
        match (part, cleaned.components().next_back()) {
            (Component::CurDir, _) => {}
            (Component::ParentDir, Some(Component::Normal(_))) => {
                cleaned.pop();
            }
            _ => cleaned.push(part),
        }
    }
    cleaned
}

/// Refuses a path that leaves the folder it is put below; charts are not trusted.
fn check_inside(path: &str) -> Result<(), CliError> {
    let inside = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
    if inside && !path.is_empty() {
        return Ok(());
    }
    Err(CliError::input(format!(
        "the chart's template {path:?} would be written outside of the folder"
    )))
}

/// Returns the path behind the chart's name in the first `# Source: NAME/PATH` of a document.
fn path_in_chart(document: &str) -> Option<&str> {
    document.match_indices(SOURCE).find_map(|(place, _)| {
        let (name, rest) = document.get(place + SOURCE.len()..)?.split_once('/')?;
        let path = rest.split('\n').next().unwrap_or_default();
        (!name.is_empty() && !path.is_empty()).then_some(path)
    })
}

#[cfg(test)]
mod tests {
    use super::{CrdFile, Document, Printer, Printout, path_in_chart};

    fn printout() -> Printout<'static> {
        Printout {
            crds: vec![CrdFile { path: "c/crds/t.yaml".into(), data: b"t: 1\n"[..].into() }],
            manifests: vec![Document::new("c/templates/a.yaml", "a: 1\n\n")],
            hooks: vec![
                Document::new("c/templates/h.yaml", "h: 1\n"),
                Document::new("c/templates/p.yaml", "p: 1"),
            ],
            tests: [1].into(),
        }
    }

    #[test]
    fn manifests_are_trimmed_and_hooks_are_not() {
        let print = |printer: &Printer, what: &Printout<'_>| {
            let mut out = Vec::new();
            printer.everything(what, &mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        let check = |printer: Printer, expected: &str| {
            assert_eq!(print(&printer, &printout()), expected);
        };
        let hook = "---\n# Source: c/templates/h.yaml\nh: 1\n\n";
        let test = "---\n# Source: c/templates/p.yaml\np: 1\n";
        let object = "---\n# Source: c/templates/a.yaml\na: 1\n";
        check(Printer::default(), &format!("{object}{hook}{test}"));
        check(Printer { skip_tests: true, ..Printer::default() }, &format!("{object}{hook}"));
        check(Printer { no_hooks: true, ..Printer::default() }, object);
        let crds = Printer { include_crds: true, no_hooks: true, ..Printer::default() };
        check(crds, &format!("---\n# Source: c/crds/t.yaml\nt: 1\n\n{object}"));
        assert_eq!(print(&Printer::default(), &Printout::default()), "\n");
    }

    #[test]
    fn documents_go_by_the_first_source_they_name() {
        assert_eq!(path_in_chart("# Source: c/templates/a.yaml\na: 1"), Some("templates/a.yaml"));
        assert_eq!(path_in_chart("a: 1 # Source: x/y\n# Source: c/z\n"), Some("y"));
        assert_eq!(path_in_chart("# Source: \n# Source: c/z\n"), Some("z"));
        assert_eq!(path_in_chart("# Source: c/\n# Source: d/z"), Some("z"));
        assert_eq!(path_in_chart("a: 1\n"), None);
    }
}
