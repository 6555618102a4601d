//! The examples of `docs/native-charts.md` print what the page says.

use std::path::Path;

use funcs::FixedWorld;
use hbs::{Context, Source, Templates};
use value::Value;

/// What the examples see besides `values`.
const SHARED: &str = r#"{
    "release": {"name": "guest", "namespace": "default"},
    "chart": {"name": "app"},
    "capabilities": {"apiVersions": ["v1", "networking.k8s.io/v1"]}
}"#;

#[test]
fn the_examples_of_the_manual_hold() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/native-charts.md");
    let page = std::fs::read_to_string(page).expect("the manual");
    let mut example = Example::default();
    let mut checked = 0;
    for fence in page.split("\n```").skip(1).step_by(2) {
        let (head, text) = fence.split_once('\n').unwrap_or((fence, ""));
        let text = format!("{text}\n");
        match head.split_once(' ').unwrap_or((head, "")) {
            ("yaml", "values") => example.values = value::yaml::from_str(&text).expect("values"),
            ("handlebars", "") => example.add("main.hbs", &text),
            ("handlebars", name) => example.add(name, &text),
            ("yaml", "output") => {
                assert_eq!(std::mem::take(&mut example).printed(), Ok(text));
                checked += 1;
            }
            _ => {}
        }
    }
    assert_eq!(checked, 5);
}

#[derive(Default)]
struct Example {
    values: Value,
    sources: Vec<Source>,
}

impl Example {
    fn add(&mut self, name: &str, text: &str) {
        self.sources.push(Source::new(&format!("app/templates/{name}"), "app", text));
    }

    fn printed(self) -> Result<String, String> {
        let mut data = value::json::from_str(SHARED).map_err(|error| error.to_string())?;
        data.set(&["values"], self.values);
        let templates = Templates::compile(self.sources).map_err(|error| error.to_string())?;
        let context = Context { data, ..Context::default() };
        templates
            .render("app/templates/main.hbs", &context, &FixedWorld::new())
            .map(|printed| printed.text)
            .map_err(|error| error.to_string())
    }
}
