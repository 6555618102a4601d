//! The table against its own manual: every example holds, and `docs/functions.md` is printed from it.

mod bounds;
mod cases;

use std::fmt::Write;
use std::path::Path;

use funcs::FixedWorld;
use funcs::table::{FAMILIES, Row, rows};
use value::Value;

#[test]
fn every_example_of_the_table_holds() {
    for row in rows() {
        if !row.example.is_empty() {
            assert_eq!(check(row), Ok(()));
        }
    }
}

#[test]
fn every_function_has_a_sentence_and_an_example_unless_no_two_runs_are_equal() {
    let without: Vec<_> = rows().filter(|row| row.example.is_empty()).map(|row| row.name).collect();
    assert_eq!(
        without,
        [
            "fail",
            "randAlphaNum",
            "randAlpha",
            "randNumeric",
            "randAscii",
            "randBytes",
            "uuidv4",
            "bcrypt",
            "htpasswd",
            "encryptAES",
            "genPrivateKey",
            "genCA",
            "genCAWithKey",
            "genSelfSignedCert",
            "genSelfSignedCertWithKey",
            "genSignedCert",
            "genSignedCertWithKey",
            "buildCustomCert"
        ]
    );
    assert!(rows().all(|row| row.doc.ends_with('.')));
}

#[test]
fn the_manual_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/functions.md");
    let wanted = manual();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &wanted).expect("docs/functions.md can be written");
    }
    let present = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(present == wanted, "docs/functions.md is stale; run: UPDATE=1 cargo test -p funcs");
}

/// Executes `name arguments => result`, where arguments and result are JSON.
fn check(row: &Row) -> Result<(), String> {
    let example = row.example;
    let told = |problem: String| format!("{example}: {problem}");
    let (call, want) = example.rsplit_once("=> ").ok_or_else(|| told("no result".to_owned()))?;
    let (name, args) = call.split_once(' ').unwrap_or((call, ""));
    if name != row.name {
        return Err(told(format!("stands in the row of {}", row.name)));
    }
    let args: Vec<Value> = serde_json::Deserializer::from_str(args)
        .into_iter()
        .collect::<Result<_, _>>()
        .map_err(|error| told(error.to_string()))?;
    let want = value::json::from_str(want).map_err(|error| told(error.to_string()))?;
    let got = row.call(&FixedWorld::new(), &args).map_err(|error| told(error.to_string()))?;
    if got == want { Ok(()) } else { Err(told(format!("got {got}"))) }
}

fn manual() -> String {
    let mut out = String::from(
        "# Functions\n\n\
         Generated from the function table of `crates/funcs` (`UPDATE=1 cargo test -p funcs`); every\n\
         example is executed by a test. Names and meaning are those of sprig and Helm. Arguments and\n\
         results of the examples are written as JSON. How a Handlebars template calls a function, and\n\
         which helpers it has besides, is told in [native-charts.md](native-charts.md).\n",
    );
    for family in FAMILIES {
        let _written = write!(out, "\n## {}\n", family.title);
        for row in family.rows {
            let _written = write!(
                out,
                "\n### {}\n\n{}\n\nArguments: {}. Since {}.{}\n",
                row.name,
                row.doc,
                row.arity(),
                row.since,
                also(row)
            );
            if !row.example.is_empty() {
                let _written = write!(out, "\n```\n{}\n```\n", row.example);
            }
        }
    }
    out
}

fn also(row: &Row) -> String {
    match row.aliases {
        [] => String::new(),
        aliases => format!(" Also called `{}`.", aliases.join("`, `")),
    }
}
