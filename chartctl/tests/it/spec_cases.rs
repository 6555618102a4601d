//! Small cases of every rule that Helm renders by, with Helm's answers.
//!
//! A case either has a template, whose bytes a chart prints in base64, or is a whole chart with a command
//! line. Helm names itself in usage errors, we name ourselves there.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use value::Value;

use crate::golden::{compare_all, failed_alike, same, shared};
use crate::run::{Folder, Run};

const CHART: &str = "apiVersion: v2\nname: case\nversion: 0.1.0\n";
const PRINTER: &str = "result: {{ include \"case/templates/_case.tpl\" . | b64enc }}\n";

#[test]
fn small_cases_print_what_helm_prints() {
    let Some(shared) = shared() else { return };
    let text = std::fs::read_to_string(shared.join("spec/helm-rendering-cases.yaml")).unwrap();
    let document = value::yaml::from_str(&text).unwrap();
    let cases: Vec<Case> = document.list_at(&["cases"]).iter().map(Case::read).collect();
    assert!(!cases.is_empty());
    compare_all("spec", &cases, |case| case.name.clone(), Case::check);
}

struct Case {
    name: String,
    /// The template of a case that consists of one.
    template: Option<String>,
    files: BTreeMap<String, String>,
    args: Vec<String>,
    want: Option<Vec<u8>>,
    error: Option<String>,
    log: Vec<String>,
}

impl Case {
    fn read(case: &Value) -> Self {
        let text = |key: &str| case.str_at(&[key]).map(str::to_owned);
        let texts = |key: &str| -> Vec<String> {
            case.list_at(&[key]).iter().map(|text| text.as_str().unwrap().to_owned()).collect()
        };
        let template = text("template");
        let mut files: BTreeMap<String, String> = BTreeMap::new();
        for (path, content) in case.get("files").and_then(Value::as_map).into_iter().flatten() {
            let folder = if template.is_some() { "case/" } else { "" };
            files.insert(format!("{folder}{path}"), content.as_str().unwrap().to_owned());
        }
        if let Some(template) = &template {
            files.insert("case/Chart.yaml".to_owned(), CHART.to_owned());
            files.insert("case/templates/_case.tpl".to_owned(), template.clone());
            files.insert("case/templates/out.yaml".to_owned(), PRINTER.to_owned());
            files.extend(text("values").map(|values| ("case/values.yaml".to_owned(), values)));
        }
        let bytes = text("wantBase64").map(|bytes| STANDARD.decode(bytes).unwrap());
        Self {
            name: text("name").unwrap(),
            args: texts("args"),
            want: bytes.or_else(|| text("want").map(String::into_bytes)),
            error: text("wantError").map(|error| {
                error
                    .replace("\"helm ", "\"chartctl ")
                    .replace("Usage:  helm ", "Usage:  chartctl ")
            }),
            log: texts("stderrLog"),
            template,
            files,
        }
    }

    fn check(&self) -> Result<(), String> {
        let files: Vec<(&str, &str)> =
            self.files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        let start: &[&str] =
            if self.template.is_some() { &["template", "rel", "case"] } else { &[] };
        let args: Vec<&str> =
            start.iter().copied().chain(self.args.iter().map(String::as_str)).collect();
        let run = Folder::with(&files).run_with(&args, "", &[]);
        self.check_run(&run)
    }

    fn check_run(&self, run: &Run) -> Result<(), String> {
        for line in &self.log {
            if !run.stderr.lines().any(|found| found == line) {
                return Err(format!("not on stderr: {line}\n{}", run.stderr));
            }
        }
        if let Some(error) = &self.error {
            failed_alike(error, run)?;
        }
        let code = i32::from(self.error.is_some());
        if run.code != Some(code) {
            return Err(format!("ended with {:?}, not {code}\n{}", run.code, run.stderr));
        }
        match (&self.want, &self.template) {
            (Some(want), Some(_)) => {
                let line = run.stdout.lines().find_map(|line| line.strip_prefix("result:"));
                let found = STANDARD.decode(line.unwrap_or_default().trim()).unwrap();
                if *want == found {
                    return Ok(());
                }
                same("what is printed", &shown(want), &shown(&found))
            }
            (Some(want), None) => same("stdout", &shown(want), &run.stdout),
            (None, _) if self.error.is_some() => Ok(()),
            (None, _) => same("stdout", "", &run.stdout),
        }
    }
}

/// Returns text of bytes, in which no two different ones look alike.
fn shown(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.escape_ascii().to_string(),
    }
}
