//! Handing what a chart rendered to somebody else's program before it becomes a release.
//!
//! As in Helm 4 all documents go out as one stream, hooks included, each with the path of its template in an
//! annotation, and are put back into files by that annotation. Helm prints every document anew on the way; here
//! their text stays as it is wherever the annotation can be put into it as a line.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use value::Value;

use crate::RenderError;

/// The annotation that says which template a document comes from.
const FILENAME: &str = "postrenderer.helm.sh/postrender-filename";

/// Somebody else's program: manifests in, manifests out.
#[derive(Clone)]
pub struct PostRenderer(Arc<Run>);

type Run = dyn Fn(&str) -> Result<String, PostRenderError> + Send + Sync;

/// Why a post-renderer made nothing of the manifests.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct PostRenderError {
    /// What went wrong, in Helm's words.
    pub text: String,
    /// What the program wrote to its standard error.
    pub output: String,
}

impl PostRenderer {
    /// Returns a post-renderer that calls `run`, which has to be bounded in time and size.
    pub fn new(
        run: impl Fn(&str) -> Result<String, PostRenderError> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(run))
    }

    /// Returns the files that the program makes of `files`: template path and text.
    pub(crate) fn apply(
        &self,
        files: &[(String, String)],
    ) -> Result<Vec<(String, String)>, RenderError> {
        let stream = merge(files).map_err(|why| failed("error merging manifests", &why))?;
        let printed = (self.0)(&stream).map_err(|error| {
            let text = format!("error while running post render on files: {error}");
            RenderError::PostRender(PostRenderError { text, ..error })
        })?;
        take_apart(&printed).map_err(|why| {
            failed(
                "error while parsing post rendered output",
                &format!("error parsing YAML: {why}"),
            )
        })
    }
}

impl fmt::Debug for PostRenderer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PostRenderer")
    }
}

/// The same program is equal to itself.
impl PartialEq for PostRenderer {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

fn failed(what: &str, why: &str) -> RenderError {
    let text = format!("{what}: {why}");
    RenderError::PostRender(PostRenderError { text, output: String::new() })
}

/// Returns the documents of all files as one stream, each with the path that it comes from.
fn merge(files: &[(String, String)]) -> Result<String, String> {
    let mut files: Vec<_> = files.iter().filter(|(path, _)| !is_partial(path)).collect();
    files.sort_by(|(a, _), (b, _)| a.cmp(b));
    let mut documents = Vec::new();
    for (path, text) in files {
        for document in manifest::split(text) {
            let value = read(document).map_err(|why| format!("parsing {path}: {why}"))?;
            if value.is_null() {
                continue;
            }
            if let Some(items) = value.get("items").and_then(Value::as_list) {
                documents.extend(items.iter().map(|item| with_path(item, path)));
            } else if value.as_map().is_some() {
                documents.push(annotated(document, &value, path));
            } else {
                return Err(format!("annotating {path}: not a map"));
            }
        }
    }
    Ok(documents.join("---\n"))
}

/// Returns the files that the documents of a stream belong to.
fn take_apart(stream: &str) -> Result<Vec<(String, String)>, String> {
    let mut files: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut count = 0;
    for document in manifest::split(stream) {
        let value = read(document)?;
        if value.is_null() {
            continue;
        }
        let path = value.str_at(&["metadata", "annotations", FILENAME]);
        let path = path.filter(|path| !path.is_empty());
        let path =
            path.map_or_else(|| format!("generated-by-postrender-{count}.yaml"), str::to_owned);
        files.entry(path).or_default().push(bare(document, &value));
        count += 1;
    }
    Ok(files.into_iter().map(|(path, documents)| (path, documents.join("---\n"))).collect())
}

fn read(document: &str) -> Result<Value, String> {
    value::yaml::from_str(document).map_err(|error| error.helm_text())
}

fn is_partial(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|name| name.starts_with('_'))
}

/// Returns a document with the annotation: as a further line, or else printed anew.
fn annotated(document: &str, value: &Value, path: &str) -> String {
    let mut wanted = value.clone();
    wanted.set(&["metadata", "annotations", FILENAME], path.into());
    let line = format!("{FILENAME}: '{}'", path.replace('\'', "''"));
    inserted(document, &line)
        .filter(|text| read(text).is_ok_and(|value| value == wanted))
        .unwrap_or_else(|| value::yaml::to_string(&wanted))
}

fn with_path(item: &Value, path: &str) -> String {
    let mut item = item.clone();
    item.set(&["metadata", "annotations", FILENAME], path.into());
    value::yaml::to_string(&item)
}

/// Returns a document without the annotation: less its line, or else printed anew.
fn bare(document: &str, value: &Value) -> String {
    let mut wanted = value.clone();
    let annotations = wanted.as_map_mut().and_then(|map| map.get_mut("metadata"));
    if let Some(metadata) = annotations.and_then(Value::as_map_mut)
        && let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_map_mut)
    {
        annotations.remove(FILENAME);
        if annotations.is_empty() {
            metadata.remove("annotations");
        }
    }
    let ended = |text: &str| format!("{}\n", text.trim_end_matches('\n'));
    if &wanted == value {
        return ended(document);
    }
    removed(document)
        .filter(|text| read(text).is_ok_and(|value| value == wanted))
        .map_or_else(|| value::yaml::to_string(&wanted), |text| ended(&text))
}

/// Puts a line at the end of the annotations of a document in block style.
fn inserted(document: &str, line: &str) -> Option<String> {
    let mut lines: Vec<&str> = document.lines().collect();
    let metadata = lines.iter().position(|line| is_key(line, 0, "metadata"))?;
    let inner = indent(lines.get(metadata + 1..)?.iter().find(|line| !is_blank(line))?);
    if inner == 0 {
        return None;
    }
    let end = end_of(&lines, metadata, 0);
    let annotations = (metadata + 1..end)
        .find(|at| lines.get(*at).is_some_and(|l| is_key(l, inner, "annotations")));
    let (at, text) = if let Some(at) = annotations {
        let end = end_of(&lines, at, inner);
        let first = lines.get(at + 1..end)?.iter().find(|line| !is_blank(line))?;
        (end, format!("{}{line}", " ".repeat(indent(first))))
    } else {
        let blanks = " ".repeat(inner);
        (end, format!("{blanks}annotations:\n{blanks}  {line}"))
    };
    lines.insert(at, &text);
    Some(lines.join("\n") + "\n")
}

/// Takes the line of the annotation out, and with it a map of annotations that holds nothing else.
fn removed(document: &str) -> Option<String> {
    let mut lines: Vec<&str> = document.lines().collect();
    let at = lines.iter().position(|line| {
        let line = line.trim_start();
        line.strip_prefix(FILENAME).is_some_and(|rest| rest.starts_with(':'))
    })?;
    let depth = indent(lines.get(at)?);
    lines.remove(at);
    let above = at.checked_sub(1)?;
    let parent = lines.get(above)?;
    let alone = lines.get(at).is_none_or(|line| indent(line) < depth);
    if alone && is_key(parent, indent(parent), "annotations") && indent(parent) < depth {
        lines.remove(above);
    }
    Some(lines.join("\n") + "\n")
}

/// Returns the line behind all that belongs to the key on line `at`: blank lines at its end do not.
fn end_of(lines: &[&str], at: usize, depth: usize) -> usize {
    let below = lines.iter().enumerate().skip(at + 1);
    let inside = below.take_while(|(_, line)| is_blank(line) || indent(line) > depth);
    inside.filter(|(_, line)| !is_blank(line)).last().map_or(at + 1, |(last, _)| last + 1)
}

fn is_key(line: &str, depth: usize, key: &str) -> bool {
    let rest = line.get(depth..).filter(|_| indent(line) == depth);
    let rest = rest.and_then(|rest| rest.strip_prefix(key)?.strip_prefix(':'));
    rest.is_some_and(|rest| rest.trim().is_empty() || rest.trim_start().starts_with('#'))
}

fn is_blank(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.starts_with('#')
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(files: &[(&str, &str)]) -> Vec<(String, String)> {
        files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
    }

    fn check(text: &str, sent: &str) {
        let files = files(&[("web/templates/a.yaml", text)]);
        assert_eq!(merge(&files).as_deref(), Ok(sent), "{text}");
    }

    const LINE: &str = "postrenderer.helm.sh/postrender-filename: 'web/templates/a.yaml'";

    #[test]
    fn documents_are_sent_as_they_are_with_one_more_line() {
        check(
            "# top\nkind: A # a\nmetadata:\n  name: a\n  annotations:\n    x: \"1\"\n\ndata: {b: 'x'}\n",
            &format!(
                "# top\nkind: A # a\nmetadata:\n  name: a\n  annotations:\n    x: \"1\"\n    {LINE}\n\ndata: {{b: 'x'}}\n"
            ),
        );
        check(
            "kind: A\nmetadata:\n    name: a\n",
            &format!("kind: A\nmetadata:\n    name: a\n    annotations:\n      {LINE}\n"),
        );
    }

    #[test]
    fn what_has_no_place_for_a_line_is_printed_anew() {
        let line = LINE.replace('\'', "");
        check(
            "metadata: {name: a}\nkind: A\n",
            &format!("kind: A\nmetadata:\n  annotations:\n    {line}\n  name: a\n"),
        );
        check("kind: A\n", &format!("kind: A\nmetadata:\n  annotations:\n    {line}\n"));
        check(
            "kind: List\nitems: [{kind: A}, {kind: B}]\n",
            &format!(
                "kind: A\nmetadata:\n  annotations:\n    {line}\n---\nkind: B\nmetadata:\n  annotations:\n    {line}\n"
            ),
        );
    }

    #[test]
    fn partials_and_documents_of_nothing_are_not_sent() {
        let files = files(&[("c/templates/_a.yaml", "kind: A\n"), ("c/b.yaml", "# b\n---\n\n")]);
        assert_eq!(merge(&files).as_deref(), Ok(""));
    }

    #[test]
    fn what_comes_back_goes_to_its_file() {
        let cat = PostRenderer::new(|stream| Ok(stream.to_owned()));
        let sent = files(&[
            (
                "c/a.yaml",
                "kind: A\nmetadata:\n  name: a\n---\nkind: B\nmetadata:\n  annotations:\n    x: y\n",
            ),
            ("c/b.yaml", "kind: C # c\nmetadata:\n  name: c\ndata:\n  a: |\n    x\n\n"),
        ]);
        let back = files(&[
            (
                "c/a.yaml",
                "kind: A\nmetadata:\n  name: a\n---\nkind: B\nmetadata:\n  annotations:\n    x: y\n",
            ),
            ("c/b.yaml", "kind: C # c\nmetadata:\n  name: c\ndata:\n  a: |\n    x\n"),
        ]);
        assert_eq!(cat.apply(&sent).unwrap(), back);
        let more = PostRenderer::new(|stream| Ok(format!("{stream}---\nkind: D\n")));
        let found = more.apply(&sent).unwrap();
        let new = ("generated-by-postrender-3.yaml".to_owned(), "kind: D\n".to_owned());
        assert_eq!(found.last(), Some(&new));
    }

    #[test]
    fn failures_are_told_in_helms_words() {
        let check = |run: fn(&str) -> Result<String, PostRenderError>, expected: &str| {
            let sent = files(&[("c/a.yaml", "kind: A\n")]);
            let error = PostRenderer::new(run).apply(&sent).unwrap_err();
            assert!(error.to_string().starts_with(expected), "{error}");
        };
        check(
            |_| Err(PostRenderError { text: "no".to_owned(), output: String::new() }),
            "error while running post render on files: no",
        );
        check(
            |_| Ok("a: b: c".to_owned()),
            "error while parsing post rendered output: error parsing YAML: ",
        );
    }
}
