//! Small charts of our own with the answers of Helm 4.3.1, a case for each rule of `template`.
//!
//! A case is `=== name`, the command line behind `$ ` (`template rel app` if there is none), files that begin with
//! `>>> PATH`, and Helm's answers: `<<< out`, `<<< error`, `<<< log`, and `<<< file PATH` for a file that is
//! written. Text is taken as it stands; with `(escaped)` behind the path, `\r`, `\t` and `\u{feff}` are
//! characters, and `\` at the end of the text takes the newline away. A chart without Chart.yaml gets a
//! plain one, named like its folder.
//!
//! `UPDATE=1 CHARTCTL_HELM=PROGRAM` asks that program for all answers and writes them down.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use crate::golden::{compare_all, failed_alike, message, same};
use crate::run::{Folder, Run, program};

#[test]
fn values_are_what_helm_makes_of_them() {
    check_file("values.txt", include_str!("../cases/values.txt"));
}

#[test]
fn charts_are_put_together_as_helm_does() {
    check_file("charts.txt", include_str!("../cases/charts.txt"));
}

#[test]
fn objects_of_templates_have_what_helm_gives_them() {
    check_file("objects.txt", include_str!("../cases/objects.txt"));
}

#[test]
fn output_is_ordered_and_split_as_in_helm() {
    check_file("output.txt", include_str!("../cases/output.txt"));
}

#[test]
fn failures_are_told_in_helms_words() {
    check_file("failures.txt", include_str!("../cases/failures.txt"));
}

fn check_file(name: &str, text: &str) {
    let cases: Vec<Case> = text.split("=== ").skip(1).map(Case::read).collect();
    let names: BTreeSet<&str> = cases.iter().map(|case| case.name.as_str()).collect();
    assert_eq!(names.len(), cases.len(), "two cases of {name} have one name");
    if let (Some(helm), Some(_)) = (std::env::var_os("CHARTCTL_HELM"), std::env::var_os("UPDATE")) {
        let written: String = cases.iter().map(|case| case.recorded(Path::new(&helm))).collect();
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(name);
        std::fs::write(path, written).unwrap();
        return;
    }
    let set = name.strip_suffix(".txt").unwrap();
    compare_all(set, &cases, |case| case.name.clone(), Case::check);
}

#[derive(Default)]
struct Case {
    name: String,
    /// The command line as it is written.
    line: Option<String>,
    /// The text before the answers.
    question: String,
    files: Vec<(String, String)>,
    out: String,
    error: Option<String>,
    log: String,
    /// Files that are written.
    written: Vec<(String, String)>,
}

impl Case {
    fn read(text: &str) -> Self {
        let (name, body) = text.split_once('\n').unwrap();
        let mut case = Self { name: name.to_owned(), ..Self::default() };
        let question = body.find("<<< ").unwrap_or(body.len());
        body[..question].clone_into(&mut case.question);
        let mut sections: Vec<(&str, String)> = Vec::new();
        for line in body.split_inclusive('\n') {
            if let Some(command) = line.strip_prefix("$ ") {
                case.line = Some(command.trim_end().to_owned());
            } else if line.starts_with(">>> ") || line.starts_with("<<< ") {
                sections.push((line.trim_end(), String::new()));
            } else {
                let (_, section) = sections.last_mut().expect("text stands below a head");
                section.push_str(line);
            }
        }
        for (head, text) in sections {
            case.add(head, text);
        }
        case.add_charts();
        case
    }

    fn add(&mut self, head: &str, text: String) {
        match (&head[..4], head[4..].strip_suffix(" (escaped)")) {
            (">>> ", Some(path)) => self.files.push((path.to_owned(), unescaped(&text))),
            (">>> ", None) => self.files.push((head[4..].to_owned(), text)),
            _ => match head[4..].split_once(' ') {
                Some(("file", path)) => self.written.push((path.to_owned(), text)),
                _ if head == "<<< out" => self.out = text,
                _ if head == "<<< error" => self.error = Some(text),
                _ if head == "<<< log" => self.log = text,
                _ => assert_eq!(head, "<<< out, error, log or file", "{}", self.name),
            },
        }
    }

    /// Adds a Chart.yaml to every chart that has none.
    fn add_charts(&mut self) {
        let mut charts = BTreeSet::from(["app".to_owned()]);
        for (path, _) in &self.files {
            // What stands below `…/charts/NAME/` belongs to a chart.
            for (at, folder) in path.match_indices("/charts/") {
                if let Some((name, _)) = path[at + folder.len()..].split_once('/') {
                    charts.insert(format!("{}{folder}{name}", &path[..at]));
                }
            }
        }
        for chart in charts {
            let path = format!("{chart}/Chart.yaml");
            let name = chart.rsplit('/').next().unwrap_or_default();
            if !self.files.iter().any(|(known, _)| *known == path) {
                let text = format!("apiVersion: v2\nname: {name}\nversion: 0.1.0\n");
                self.files.push((path, text));
            }
        }
    }

    fn run(&self, which: &Path) -> (Folder, Run) {
        let files: Vec<(&str, &str)> =
            self.files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        let folder = Folder::with(&files);
        let args = words(self.line.as_deref().unwrap_or("template rel app"));
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let env = [("NAME_OF_TEST", "env")];
        let run = program(which, folder.path(), &args, "", &env);
        (folder, run)
    }

    fn check(&self) -> Result<(), String> {
        let (folder, run) = self.run(Path::new(env!("CARGO_BIN_EXE_chartctl")));
        for line in self.log.lines() {
            if !run.stderr.lines().any(|found| found == line) {
                return Err(format!("not on stderr: {line}\n{}", run.stderr));
            }
        }
        if let Some(error) = &self.error {
            failed_alike(error.strip_suffix('\n').unwrap_or(error), &run)?;
        }
        same("stdout", &self.out, &run.stdout)?;
        let code = i32::from(self.error.is_some());
        if run.code != Some(code) {
            return Err(format!("ended with {:?}, not {code}\n{}", run.code, run.stderr));
        }
        for (path, text) in &self.written {
            let found = std::fs::read_to_string(folder.path().join(path)).unwrap_or_default();
            same(path, text, &found)?;
        }
        Ok(())
    }

    /// Returns the case with the answers of a program.
    fn recorded(&self, program: &Path) -> String {
        let (folder, run) = self.run(program);
        let mut text = format!("=== {}\n{}", self.name, self.question);
        if !run.stdout.is_empty() {
            let _ok = write!(text, "<<< out\n{}", run.stdout);
        }
        if let Some(error) = message(&run.stderr) {
            let _ok = writeln!(text, "<<< error\n{error}");
        }
        let told = |line: &&str| line.starts_with("level=") && !line.starts_with("level=DEBUG");
        let log: Vec<&str> = run.stderr.lines().filter(told).collect();
        if !log.is_empty() {
            let _ok = writeln!(text, "<<< log\n{}", log.join("\n"));
        }
        for (path, _) in &self.written {
            let found = std::fs::read_to_string(folder.path().join(path)).unwrap_or_default();
            let _ok = write!(text, "<<< file {path}\n{found}");
        }
        text
    }
}

/// Splits a command line at blanks; single quotes hold words together.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for (place, part) in line.split('\'').enumerate() {
        let mut pieces = if place % 2 == 1 { vec![part] } else { part.split(' ').collect() };
        let last = words.last_mut().unwrap();
        last.push_str(pieces.remove(0));
        words.extend(pieces.into_iter().map(str::to_owned));
    }
    words.retain(|word| !word.is_empty());
    words
}

fn unescaped(text: &str) -> String {
    let text = text.strip_suffix("\\\n").unwrap_or(text);
    text.replace("\\r", "\r").replace("\\t", "\t").replace("\\u{feff}", "\u{feff}")
}
