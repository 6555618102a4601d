//! What the demo itself prints, between the output of the commands. It looks like a shell session:
//! `#` before what is said, `$` before what is typed.

use std::env;
use std::io::{self, IsTerminal as _, Write as _};

use anyhow::{Context as _, Result};

const BOLD: &str = "\u{1b}[1m";
const GREEN: &str = "\u{1b}[32m";
const RESET: &str = "\u{1b}[0m";

/// Prints a text as it is.
pub(crate) fn print(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).context("writing the output")
}

/// How the demo's own lines look on standard output.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Screen {
    colour: bool,
}

impl Screen {
    /// Colours are for terminals, and only if `NO_COLOR` is unset or empty.
    pub(crate) fn of_stdout() -> Self {
        let refused = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self { colour: io::stdout().is_terminal() && !refused }
    }

    /// The title of a part.
    pub(crate) fn title(self, title: &str) -> Result<()> {
        print(&format!("\n{}\n", self.paint(BOLD, &format!("=== {title} ==="))))
    }

    /// What comes next, and why, a line each.
    pub(crate) fn say(self, lines: &str) -> Result<()> {
        let mut text = String::from("\n");
        for line in lines.lines() {
            text.push_str(&self.paint(BOLD, &format!("# {line}")));
            text.push('\n');
        }
        print(&text)
    }

    /// A command.
    pub(crate) fn command(self, line: &str) -> Result<()> {
        print(&format!("{}\n", self.paint(GREEN, &format!("$ {line}"))))
    }

    fn paint(self, colour: &str, text: &str) -> String {
        if self.colour { format!("{colour}{text}{RESET}") } else { text.to_owned() }
    }
}
