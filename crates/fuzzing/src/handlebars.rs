//! Handlebars templates.

use std::sync::LazyLock;

use hbs::{Context, Source, Templates};

use crate::host::Cheap;
use crate::sections::sections;

static DATA: LazyLock<value::Value> = LazyLock::new(|| {
    const TEXT: &str = r#"{"a": 1, "text": "x", "values": {"name": "web", "list": [1, 2, {"a": "b"}],
        "m": {"x": "y"}}, "release": {"name": "r", "namespace": "n"},
        "chart": {"name": "c", "version": "1.0.0"}}"#;
    value::json::from_str(TEXT).unwrap_or_default()
});

/// Any text is rendered or refused. Sections: the template, then partials by their names.
pub(crate) fn handlebars(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let source = |(name, body): (&str, &str)| match name {
        "" => Source::new("app/templates/a.hbs", "app", body),
        name => Source::new(&format!("app/templates/_{name}.hbs"), "app", body),
    };
    let sources = sections(&text).into_iter().map(source).collect();
    let context = Context { data: DATA.clone(), files: std::sync::Arc::default() };
    let printed = Templates::compile(sources)
        .and_then(|templates| templates.render("app/templates/a.hbs", &context, &Cheap::new()));
    match printed {
        Ok(printed) => {
            let length = printed.text.len();
            for offset in [0, length / 2, length] {
                let _line = printed.lines.at(offset);
            }
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}
