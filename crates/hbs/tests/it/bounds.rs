//! Templates that nobody trusts: what they can cost is limited, and nothing makes the engine panic.

use funcs::FixedWorld;
use hbs::{Context, Source, Templates};

fn outcome(files: &[(&str, &str)]) -> Result<String, String> {
    let sources = files.iter().map(|(path, text)| Source::new(path, "app", text)).collect();
    let templates = Templates::compile(sources).map_err(|error| error.to_string())?;
    let path = files.first().map(|(path, _)| *path).unwrap_or_default();
    let data = value::json::from_str(r#"{"a":true,"list":[1,2,3]}"#).map_err(|e| e.to_string())?;
    let context = Context { data, ..Context::default() };
    let printed = templates.render(path, &context, &FixedWorld::new());
    printed.map(|printed| printed.text).map_err(|error| error.to_string())
}

fn refused(files: &[(&str, &str)], want: &str) {
    let got = outcome(files).expect_err("refused");
    assert!(got.contains(want), "{got}");
}

#[test]
fn partials_that_call_themselves_end_in_an_error() {
    let deep = "nested deeper than 160";
    refused(&[("t/a.hbs", "{{> p}}"), ("t/_p.hbs", "{{> p}}")], deep);
    refused(&[("t/a.hbs", "{{include \"p\"}}"), ("t/_p.hbs", "{{upper (include \"p\")}}")], deep);
    refused(
        &[
            ("t/a.hbs", "{{> p}}"),
            ("t/_p.hbs", "{{#if true}}{{> q}}{{/if}}"),
            ("t/_q.hbs", "{{> p}}"),
        ],
        deep,
    );
    refused(&[("t/a.hbs", "{{> p}}"), ("t/_p.hbs", "{{tpl \"{{> p}}\"}}")], deep);
}

#[test]
fn endless_work_and_output_end_in_an_error() {
    let loops = "{{#each (until 100000)}}{{#each (until 100000)}}{{/each}}{{/each}}";
    refused(&[("t/a.hbs", loops)], "more than 3000000 steps");
    let output = "{{#each (until 100)}}{{repeat 1000000 \"x\"}}{{/each}}";
    refused(&[("t/a.hbs", output)], "the output is larger than 16 MiB");
    refused(&[("t/a.hbs", "{{repeat 99999999 \"x\"}}")], "the result would be too large");
}

#[test]
fn the_deepest_templates_that_are_allowed_fit_the_stack() {
    let blocks = format!("{}x{}", "{{#if a}}".repeat(48), "{{/if}}".repeat(48));
    assert_eq!(outcome(&[("t/a.hbs", &blocks)]).as_deref(), Ok("x"));
    let calls = format!("{{{{{} a{}}}}}", "not (".repeat(23) + "not", ")".repeat(23));
    assert_eq!(outcome(&[("t/a.hbs", &calls)]).as_deref(), Ok("true"));
    let both = format!("{}{calls}{}", "{{#if a}}".repeat(48), "{{/if}}".repeat(48));
    assert_eq!(outcome(&[("t/a.hbs", &both)]).as_deref(), Ok("true"));
}

#[test]
fn broken_templates_are_errors_and_never_panics() {
    let pieces = [
        "{{",
        "}}",
        "{{{",
        "}}}",
        "{{{{",
        "}}}}",
        "#if ",
        "/if",
        "else",
        "~",
        "a",
        "(",
        ")",
        "\"",
        "'",
        "[",
        "]",
        "|",
        "as |x|",
        ">",
        "#>",
        "#*inline ",
        "!--",
        "--}}",
        "=",
        "\n",
        " ",
        "&",
        "^",
        "@root",
        "../",
        "\\",
        "1",
        "each a",
        "é",
        ".",
        "*",
    ];
    let mut seed = 1_u64;
    for _ in 0..4000 {
        let mut text = String::new();
        for _ in 0..12 {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let pick = usize::try_from(seed >> 33).unwrap_or(0) % pieces.len();
            text.push_str(pieces[pick]);
        }
        let _either = outcome(&[("t/a.hbs", &text)]);
    }
}
