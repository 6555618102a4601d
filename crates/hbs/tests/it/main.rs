//! Case files: templates with what they print or how they are refused. `UPDATE=1 cargo test -p hbs`
//! rewrites what is wanted.
//!
//! A case is `=== name`, the text of `app/templates/main.hbs`, then sections that begin with `--- `:
//! `file PATH` (another template or file of the chart), `data` (YAML), and at the end `want` or `error`.

use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use funcs::FixedWorld;
use hbs::{Context, Source, Templates};

mod bounds;
mod docs;

#[test]
fn every_case_prints_what_it_should() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut paths: Vec<_> = std::fs::read_dir(&folder)
        .expect("the folder of cases")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    let mut wrong = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(&path).expect("a case file");
        let printed = rerun(&text);
        if printed == text {
            continue;
        }
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, printed).expect("the case file can be written");
        } else {
            wrong.push(differences(&text, &printed));
        }
    }
    assert!(wrong.is_empty(), "{}\nUPDATE=1 cargo test -p hbs rewrites", wrong.join("\n"));
}

/// Returns the case file with the answers that the cases give now.
fn rerun(text: &str) -> String {
    let mut out = String::new();
    let mut parts = text.split("=== ");
    out.push_str(parts.next().unwrap_or_default());
    for case in parts {
        let (question, _) = case
            .split_once("--- want\n")
            .unwrap_or_else(|| case.split_once("--- error\n").unwrap_or((case, "")));
        let answer = match answer(question) {
            Ok(printed) => format!("--- want\n{printed}"),
            Err(error) => format!("--- error\n{error}\n"),
        };
        let end = if answer.ends_with('\n') { "" } else { "\n" };
        let _written = writeln!(out, "=== {question}{answer}{end}");
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

fn answer(case: &str) -> Result<String, String> {
    let (_, body) = case.split_once('\n').unwrap_or((case, ""));
    let mut sections = body.split("--- ");
    let main = sections.next().unwrap_or_default();
    let mut sources = vec![Source::new("app/templates/main.hbs", "app", main)];
    let mut context = Context { data: value::Value::map(), ..Context::default() };
    for section in sections {
        let (head, text) = section.split_once('\n').unwrap_or((section, ""));
        match head.strip_prefix("file ") {
            Some(path) if path.contains("/templates/") => {
                let chart = path.split("/templates/").next().unwrap_or_default();
                sources.push(Source::new(path, chart, text));
            }
            Some(path) => {
                let files = Arc::make_mut(&mut context.files);
                files.insert(path.to_owned(), Arc::from(text.as_bytes()));
            }
            None => {
                context.data = value::yaml::from_str(text).map_err(|error| error.to_string())?;
            }
        }
    }
    let told = |error: hbs::TemplateError| format!("{error}\n{}", error.details());
    let templates = Templates::compile(sources).map_err(told)?;
    let printed = templates.render("app/templates/main.hbs", &context, &FixedWorld::new());
    printed.map(|printed| printed.text).map_err(told)
}

fn differences(text: &str, printed: &str) -> String {
    let wanted: Vec<&str> = text.split("=== ").collect();
    let mut told = String::new();
    for (i, case) in printed.split("=== ").enumerate() {
        let want = wanted.get(i).copied().unwrap_or_default();
        if want.trim_end() != case.trim_end() {
            let _written = writeln!(told, "WANTED {want}\nGOT {case}");
        }
    }
    told
}
