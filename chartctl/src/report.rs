//! How a failure looks: Helm's line first, then the evidence, then what to do.

use std::fmt::Write as _;

use crate::error::{CliError, Detail};
use crate::ui::{Paint, Tone};

/// Returns the lines that report `error`, with a newline at the end.
///
/// The first one is `Error: TEXT`, exactly as Helm prints it.
pub(crate) fn render(error: &CliError, paint: Paint) -> String {
    let mut out = format!("{} {}\n", paint.tone(Tone::Bad, "Error:"), error.text());
    let width = error.details().iter().map(label_width).max().unwrap_or_default();
    for detail in error.details() {
        match detail {
            Detail::Excerpt { place, text } => {
                let _ok = writeln!(out, "  {} {place}", paint.tone(Tone::Faint, "-->"));
                for line in text.lines() {
                    let _ok = writeln!(out, "    {}", line.trim_end());
                }
            }
            Detail::Block { text } => {
                for line in text.lines() {
                    let _ok = writeln!(out, "{}", line.trim_end());
                }
            }
            Detail::Fact { label, text } => {
                let label = format!("{label:<width$}");
                for (i, line) in text.lines().enumerate() {
                    let label = if i == 0 { label.clone() } else { " ".repeat(width) };
                    let _ok = writeln!(out, "  {}  {line}", paint.tone(Tone::Faint, &label));
                }
            }
        }
    }
    for hint in error.hints() {
        let _ok = writeln!(out, "{} {hint}", paint.tone(Tone::Hint, "help:"));
    }
    out
}

fn label_width(detail: &Detail) -> usize {
    match detail {
        Detail::Excerpt { .. } | Detail::Block { .. } => 0,
        Detail::Fact { label, .. } => label.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::error::CliError;
    use crate::ui::Paint;

    #[test]
    fn evidence_and_help_follow_helms_line() {
        let error = CliError::input("failed to parse values.yaml: 2:4: did not find expected key")
            .excerpt("values.yaml:2:4", "2 | a: :\n  |    ^")
            .fact("object", "Deployment/web")
            .fact("call", "PATCH /apis/apps/v1\nsecond line")
            .hint("look here");
        assert_eq!(
            render(&error, Paint::OFF),
            "Error: failed to parse values.yaml: 2:4: did not find expected key\n\
             \x20 --> values.yaml:2:4\n\
             \x20   2 | a: :\n\
             \x20     |    ^\n\
             \x20 object  Deployment/web\n\
             \x20 call    PATCH /apis/apps/v1\n\
             \x20         second line\n\
             help: look here\n"
        );
    }
}
