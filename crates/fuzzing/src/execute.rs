//! Executing templates of Go with every function that charts have, within small bounds.

use std::sync::{Arc, LazyLock};

use arbitrary::Unstructured;
use gotmpl::{Integers, Limits, Options, TemplateSet, Value};

use crate::grammar::Grammar;
use crate::host::{Chart, FUNCS};
use crate::sections::sections;

/// The bounds; those of charts are larger.
const LIMITS: Limits =
    Limits { steps: 20_000, output: 1 << 20, memory: 32 << 20, depth: 40, stack: 1 << 20 };

/// What generated templates work on.
static DATA: LazyLock<value::Value> = LazyLock::new(|| {
    const TEXT: &str = r#"{"m": {"k": "v", "n": {"deep": [1, {"x": null}]}, "": 1.5},
        "l": [3, "b", null, true, {"k": [2]}, "1.2.3", -1e9],
        "s": "a-b_c d.e/f", "i": 7, "f": 2.5, "b": true, "z": null,
        "t": "{{ .s | quote }}", "e": {}, "v": "v1.2.3-rc.1"}"#;
    value::json::from_str(TEXT).unwrap_or_default()
});

/// Any text is executed or refused. Sections: the template, `data` in YAML, further files by their names.
pub(crate) fn text(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (mut set, mut data) = (TemplateSet::new("fuzz"), DATA.clone());
    for (name, body) in sections(&text) {
        if name == "data" {
            data = value::yaml::from_str(body).unwrap_or_default();
        } else if set.parse(&FUNCS, name, body.as_bytes()).is_err() {
            return;
        }
    }
    execute(set, &data);
}

/// Calls of all functions with arguments of the right types.
pub(crate) fn calls(bytes: &[u8]) {
    let text = Grammar::new(Unstructured::new(bytes)).template();
    let mut set = TemplateSet::new("fuzz");
    if set.parse(&FUNCS, "", text.as_bytes()).is_ok() {
        execute(set, &DATA);
    }
}

fn execute(set: TemplateSet, data: &value::Value) {
    let data = Value::from_plain(data, Integers::Float64);
    let options = Options { limits: LIMITS, source_map: true, ..Options::default() };
    match Arc::new(set).execute("", data, &options, &Chart::new()) {
        Ok(output) => {
            assert!(output.bytes.len() <= LIMITS.output, "{} bytes", output.bytes.len());
            let starts: Vec<_> = output.segments.iter().map(|segment| segment.start).collect();
            assert!(starts.is_sorted(), "the source map is out of order");
        }
        Err(error) => {
            let text = error.to_string();
            assert!(text.starts_with("template: "), "{text}");
            // Some causes contain values: those may be as long as any text.
            assert!(text.len() <= 64 << 20, "an error of {} bytes", text.len());
        }
    }
}
