//! Charts with what they render to, or why they do not.

mod bounds;
mod cases;
mod examples;
mod operator_chart;
mod order;
mod threads;
mod twins;

use std::path::Path;

/// Compares `got` with the file at `path` below `tests/`; `UPDATE=1` writes it.
fn compare(path: &str, got: &str) -> Result<(), String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(path);
    if std::env::var_os("UPDATE").is_some() {
        return std::fs::write(&path, got).map_err(|error| error.to_string());
    }
    let want = std::fs::read_to_string(&path).unwrap_or_default();
    if want == got {
        return Ok(());
    }
    let line = want.lines().zip(got.lines()).take_while(|(a, b)| a == b).count();
    let at = |text: &str| text.lines().nth(line).unwrap_or("(the end)").to_owned();
    Err(format!(
        "{} differs in line {}\nwant: {}\ngot:  {}\nUPDATE=1 cargo test -p render rewrites it",
        path.display(),
        line + 1,
        at(&want),
        at(got)
    ))
}
