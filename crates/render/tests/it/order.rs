//! The order of templates: one that changes the values is seen by those after it and by no other, on
//! however many threads the others are executed.

use std::fmt::Write;
use std::sync::Arc;

use chart::File;
use render::{FixedWorld, RenderOptions, Target, World};
use value::Value;

/// How many templates stand on either side of the one that changes something.
const MANY: usize = 40;

/// A template that prints its name and what it sees.
const LOOKS: &str = "kind: A\nname: {{ .Template.Name }}\nseen: {{ .Values.seen }}\n";

#[test]
fn a_change_is_seen_by_the_templates_after_it_alone() {
    // Templates are executed in descending order of their paths.
    let changes = "kind: A\n{{- $_ := set .Values \"seen\" \"late\" }}\n";
    let mut files = vec![
        File::new("Chart.yaml", "apiVersion: v2\nname: app\nversion: 0.1.0\n"),
        File::new("values.yaml", "seen: early\n"),
        File::new("templates/m.yaml", changes),
    ];
    let mut expected = String::new();
    for (letter, seen) in [('a', "late"), ('z', "early")] {
        for number in 0..MANY {
            let path = format!("templates/{letter}{number:02}.yaml");
            files.push(File::new(path.as_str(), LOOKS));
            let _written = writeln!(expected, "app/{path} {seen}");
        }
    }
    assert_eq!(told(files), expected);
}

fn told(files: Vec<File>) -> String {
    let chart = chart::load_files(files).expect("a chart");
    let world: Arc<dyn World> = Arc::new(FixedWorld::new());
    let target = Target::install("rel", "ns");
    let options = RenderOptions::default();
    let rendered = render::render(&chart, &Value::map(), &target, &options, &world).expect("text");
    let mut told = String::new();
    for (_, text) in &rendered.files {
        let document = value::yaml::from_str(text).expect("YAML");
        let text = |key| document.str_at(&[key]).unwrap_or_default();
        if !text("name").is_empty() {
            let _written = writeln!(told, "{} {}", text("name"), text("seen"));
        }
    }
    told
}
