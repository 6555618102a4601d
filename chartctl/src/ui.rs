//! The terminal: the only place that prints.
//!
//! Data goes to stdout, everything for people to stderr. Colour and redrawing happen on terminals
//! only; `--color`, `NO_COLOR`, `HELM_COLOR` and `CLICOLOR_FORCE` decide over colour, in this order.

use std::io::{self, IsTerminal as _, Write as _};

use anstyle::{AnsiColor, Style};

use crate::cli::Environment;
use crate::error::{CliError, Kind};
use crate::log::{self, Level};

/// How many bytes go to stdout at a time.
const BUFFER: usize = 128 << 10;

/// What `--color` says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ColorChoice {
    /// Colour on terminals.
    #[default]
    Auto,
    /// Colour everywhere.
    Always,
    /// No colour.
    Never,
}

impl std::str::FromStr for ColorChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "always" => Ok(Self::Always),
            "never" => Ok(Self::Never),
            _ => Err(format!("invalid color mode {text:?}: must be one of: never, auto, always")),
        }
    }
}

/// The meaning of a colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// As it is.
    Plain,
    /// Done, ready.
    Good,
    /// Under way, or wants attention.
    Warn,
    /// Failed.
    Bad,
    /// Of less weight.
    Faint,
    /// Headings.
    Strong,
    /// Advice.
    Hint,
}

/// Whether text is coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Paint {
    on: bool,
}

impl Paint {
    /// No colour.
    pub(crate) const OFF: Self = Self { on: false };

    /// Returns `text` in the colour of `tone`.
    pub(crate) fn tone(self, tone: Tone, text: &str) -> String {
        let style = match tone {
            Tone::Plain => return text.to_owned(),
            Tone::Good => AnsiColor::Green.on_default(),
            Tone::Warn => AnsiColor::Yellow.on_default(),
            Tone::Bad => AnsiColor::Red.on_default().bold(),
            Tone::Faint => Style::new().dimmed(),
            Tone::Strong => Style::new().bold(),
            Tone::Hint => AnsiColor::Cyan.on_default(),
        };
        if self.on { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }
}

/// Where output goes and how it may look.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ui {
    stdout: Paint,
    stderr: Paint,
    live: bool,
    unicode: bool,
}

impl Ui {
    /// Looks at the streams of this process.
    pub(crate) fn new(flag: Option<ColorChoice>, env: &Environment) -> Self {
        let stderr = io::stderr().is_terminal();
        let paint = |terminal| Paint { on: coloured(flag, env, terminal) };
        Self {
            stdout: paint(io::stdout().is_terminal()),
            stderr: paint(stderr),
            live: stderr && env.get("TERM") != Some("dumb"),
            unicode: unicode(env),
        }
    }

    /// Returns the colours of stdout.
    pub(crate) fn stdout_paint(self) -> Paint {
        self.stdout
    }

    /// Returns the colours of stderr.
    pub(crate) fn stderr_paint(self) -> Paint {
        self.stderr
    }

    /// Returns whether lines on stderr can be drawn again.
    pub(crate) fn is_live(self) -> bool {
        self.live
    }

    /// Returns whether the terminal shows all of Unicode, as far as the locale tells.
    pub(crate) fn is_unicode(self) -> bool {
        self.unicode
    }

    /// Returns how many columns and rows the terminal has, if it can be drawn on; 80 and 24 where it does not say.
    pub(crate) fn size(self) -> (usize, usize) {
        let size = if self.live { terminal_size::terminal_size_of(io::stderr()) } else { None };
        size.map_or((80, 24), |(width, height)| (usize::from(width.0), usize::from(height.0)))
    }

    /// Writes data to stdout.
    pub(crate) fn data(self, text: &str) -> Result<(), CliError> {
        self.stream(|out| out.write_all(text.as_bytes()))
    }

    /// Writes data to stdout piece by piece.
    #[expect(clippy::unused_self, reason = "who prints has been handed the terminal")]
    pub(crate) fn stream(
        self,
        print: impl FnOnce(&mut dyn io::Write) -> io::Result<()>,
    ) -> Result<(), CliError> {
        let mut out = io::BufWriter::with_capacity(BUFFER, io::stdout().lock());
        print(&mut out).and_then(|()| out.flush()).map_err(|error| {
            if error.kind() == io::ErrorKind::BrokenPipe {
                CliError::new(Kind::ClosedPipe, "")
            } else {
                CliError::new(Kind::Input, format!("write to stdout: {error}"))
            }
        })
    }

    /// Writes text for people to stderr, as it is. Nobody is told when that fails: there is no other place.
    #[expect(clippy::unused_self, reason = "who prints has been handed the terminal")]
    pub(crate) fn note(self, text: &str) {
        let mut err = io::stderr().lock();
        let _ok = err.write_all(text.as_bytes()).and_then(|()| err.flush());
    }

    /// Writes one of Helm's log lines to stderr.
    pub(crate) fn log(self, level: Level, message: &str, facts: &[(&str, &str)]) {
        self.note(&log::line(level, message, facts));
    }

    /// Writes a warning to stderr.
    pub(crate) fn warn(self, text: &str) {
        self.note(&format!("{} {text}\n", self.stderr.tone(Tone::Warn, "warning:")));
    }
}

/// Decides over signs beyond ASCII: the first of the variables that is set counts, as for locales.
fn unicode(env: &Environment) -> bool {
    if cfg!(windows) {
        return env.get("WT_SESSION").is_some();
    }
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| env.get(name));
    locale.is_some_and(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}

/// Decides over colour; Helm lets `NO_COLOR` win over `HELM_COLOR`.
fn coloured(flag: Option<ColorChoice>, env: &Environment, terminal: bool) -> bool {
    let choice = flag.unwrap_or_else(|| {
        if env.get("NO_COLOR").is_some() {
            ColorChoice::Never
        } else {
            env.get("HELM_COLOR").and_then(|text| text.parse().ok()).unwrap_or_default()
        }
    });
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => {
            env.get("CLICOLOR_FORCE").is_some_and(|force| force != "0")
                || (terminal && env.get("TERM") != Some("dumb"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ColorChoice, coloured};
    use crate::cli::Environment;

    fn check(flag: Option<ColorChoice>, env: &[(&str, &str)], terminal: bool, expected: bool) {
        assert_eq!(
            coloured(flag, &Environment::of(env), terminal),
            expected,
            "{flag:?} {env:?} {terminal}"
        );
    }

    #[test]
    fn colour_is_for_terminals_unless_somebody_says_otherwise() {
        check(None, &[], true, true);
        check(None, &[], false, false);
        check(None, &[("NO_COLOR", "1")], true, false);
        check(None, &[("NO_COLOR", "")], true, true);
        check(None, &[("NO_COLOR", "1"), ("HELM_COLOR", "always")], true, false);
        check(None, &[("HELM_COLOR", "always")], false, true);
        check(None, &[("HELM_COLOR", "never")], true, false);
        check(None, &[("CLICOLOR_FORCE", "1")], false, true);
        check(None, &[("CLICOLOR_FORCE", "0")], false, false);
        check(None, &[("TERM", "dumb")], true, false);
        check(Some(ColorChoice::Always), &[("NO_COLOR", "1")], false, true);
        check(Some(ColorChoice::Never), &[("CLICOLOR_FORCE", "1")], true, false);
    }
}
