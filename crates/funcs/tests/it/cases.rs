//! Calls from templates of Go, with the answers of Helm 4.3.1: `tests/cases/*.txt`.
//!
//! A case is `=== template` and its result, or `error: ` and a message. What stands before the first case
//! of a file are the values, as YAML.

use std::path::Path;
use std::sync::Arc;

use funcs::table::{Host, funcs};
use funcs::{FixedWorld, World};
use gotmpl::{CallError, Error, Integers, Options, TemplateSet, Value};

struct Fixed(FixedWorld);

impl Host for Fixed {
    fn world(&self) -> &dyn World {
        &self.0
    }
}

#[test]
fn calls_answer_as_helm_does() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let (mut checked, mut wrong) = (0, Vec::new());
    for entry in std::fs::read_dir(folder).expect("the folder of cases") {
        let path = entry.expect("a file").path();
        let text = std::fs::read_to_string(&path).expect("a file of cases");
        let (values, cases) = text.split_once("=== ").expect("a case");
        let mut data = value::Value::map();
        data.set(&["Values"], value::yaml::from_str(values).expect("values"));
        for case in cases.split("\n=== ") {
            let (template, want) = case.split_once('\n').unwrap_or((case, ""));
            let got = answer(template, &data);
            if got.trim_end() != want.trim_end() {
                wrong.push(format!("{template}\n  want {want:?}\n  got  {got:?}"));
            }
            checked += 1;
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
    assert!(checked > 100, "{checked} cases");
}

fn answer(template: &str, data: &value::Value) -> String {
    match rendered(template, data) {
        Ok(text) => text,
        Err(error) => {
            let told = match error.innermost().cause() {
                Some(CallError::Text(cause)) => cause.as_str(),
                _ => error.innermost().message(),
            };
            format!("error: {told}")
        }
    }
}

fn rendered(template: &str, data: &value::Value) -> Result<String, Error> {
    let mut all = gotmpl::Funcs::new();
    all.extend(funcs::<Fixed>());
    let mut set = TemplateSet::new("case");
    set.parse(&Arc::new(all), "case", template.as_bytes())?;
    let set = Arc::new(set);
    let data = Value::from_plain(data, Integers::Float64);
    let output = set.execute("case", data, &Options::default(), &Fixed(FixedWorld::new()))?;
    // As Helm removes it from the text of a file.
    Ok(String::from_utf8_lossy(&output.bytes).replace("<no value>", ""))
}
