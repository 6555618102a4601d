//! Case files: templates with what Go 1.26 prints, or how it refuses them.
//!
//! A case is `=== name`, the template `main`, then sections that begin with `--- `: `file NAME` (another
//! file of the same set), `data` (JSON, integers as `int64`), and at the end `want` or `error`. A name with
//! `[zero]` or `[error]` sets the option `missingkey`. Bytes that are not UTF-8, zero bytes and carriage
//! returns are shown with a backslash. The answers are Go's own: they are not rewritten from ours.

mod bounds;
mod host;
mod random;

use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use gotmpl::{Integers, MissingKey, Options, TemplateSet, Value};

#[test]
fn every_case_prints_what_go_prints() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut paths: Vec<_> = std::fs::read_dir(&folder)
        .expect("the folder of cases")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    let (mut count, mut wrong) = (0, String::new());
    for path in paths {
        let text = std::fs::read_to_string(&path).expect("a case file");
        for case in format!("\n{text}").split("\n=== ").skip(1) {
            count += 1;
            check(case, &mut wrong);
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(count > 500, "the case files are not read: {count}");
}

fn check(case: &str, wrong: &mut String) {
    let (name, body) = case.split_once('\n').unwrap_or((case, ""));
    let body = format!("\n{body}");
    let (question, want) =
        match (body.rsplit_once("\n--- want\n"), body.rsplit_once("\n--- error\n")) {
            (Some((question, want)), _) => (question, format!("want\n{want}")),
            (_, Some((question, want))) => (question, format!("error\n{want}")),
            _ => (&*body, String::new()),
        };
    let got = match answer(name, question) {
        Ok(printed) => format!("want\n{}", show(&printed)),
        Err(error) => format!("error\n{error}"),
    };
    if got.trim_end_matches('\n') != want.trim_end_matches('\n') {
        let _written = writeln!(wrong, "=== {name}{question}\n--- go: {want}\n--- ours: {got}\n");
    }
}

fn answer(name: &str, question: &str) -> Result<Vec<u8>, String> {
    let mut files = Vec::new();
    let mut data = Value::Nil;
    for (i, section) in question.split("\n--- ").enumerate() {
        if i == 0 {
            files.push(("main", section.strip_prefix('\n').unwrap_or(section)));
            continue;
        }
        let (head, text) = section.split_once('\n').unwrap_or((section, ""));
        if let Some(file) = head.strip_prefix("file ") {
            files.push((file, text));
        } else {
            let plain = value::json::from_str(text).map_err(|error| error.to_string())?;
            data = Value::from_plain(&plain, Integers::Int64);
        }
    }
    let funcs = Arc::new(host::funcs());
    let mut set = TemplateSet::new("root");
    for (file, text) in files {
        set.parse(&funcs, file, text.as_bytes()).map_err(|error| error.to_string())?;
    }
    let missing_key = match name {
        name if name.contains("[zero]") => MissingKey::Zero,
        name if name.contains("[error]") => MissingKey::Error,
        _ => MissingKey::Default,
    };
    let options = Options { missing_key, ..Options::default() };
    let host = host::Host { cache: gotmpl::Cache::new(funcs, 1 << 20) };
    let output = Arc::new(set).execute("main", data, &options, &host);
    output.map(|output| output.bytes).map_err(|error| error.to_string())
}

/// Shows what a case file cannot hold with a backslash.
fn show(bytes: &[u8]) -> String {
    let mut out = String::new();
    for chunk in bytes.utf8_chunks() {
        out.push_str(&chunk.valid().replace('\r', "\\r").replace('\0', "\\0"));
        for byte in chunk.invalid() {
            let _written = write!(out, "\\x{byte:02x}");
        }
    }
    out
}
