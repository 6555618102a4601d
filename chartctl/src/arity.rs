//! Counting positional arguments, in Helm's words when the number is wrong.
//!
//! clap takes every positional argument as optional and collects what is left over, so that the text
//! of the error is ours.

use crate::error::CliError;

/// Positional arguments that a command does not expect.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Extra {
    #[arg(hide = true, value_name = "EXTRA")]
    extra: Vec<String>,
}

impl Extra {
    /// Returns the arguments.
    pub(crate) fn words(&self) -> &[String] {
        &self.extra
    }
}

/// Returns all `N` arguments of the command that `usage` describes (`chartctl status RELEASE_NAME [flags]`).
pub(crate) fn exactly<const N: usize>(
    usage: &str,
    given: [Option<String>; N],
    extra: &Extra,
) -> Result<[String; N], CliError> {
    let found: Vec<String> = given.into_iter().flatten().collect();
    let wanted =
        if N == 1 { "requires 1 argument".to_owned() } else { format!("requires {N} arguments") };
    if !extra.extra.is_empty() {
        return Err(wrong(usage, &wanted));
    }
    found.try_into().map_err(|_| wrong(usage, &wanted))
}

/// Returns an error unless there is nothing left over; `most` is how many arguments the command takes.
pub(crate) fn at_most(usage: &str, most: usize, extra: &Extra) -> Result<(), CliError> {
    if extra.extra.is_empty() {
        return Ok(());
    }
    Err(match most {
        0 => wrong(usage, "accepts no arguments"),
        1 => wrong(usage, "accepts at most 1 argument"),
        most => wrong(usage, &format!("accepts at most {most} arguments")),
    })
}

/// Returns the error of a command that got fewer than `least` arguments.
pub(crate) fn too_few(usage: &str, least: usize) -> CliError {
    let plural = if least == 1 { "" } else { "s" };
    wrong(usage, &format!("requires at least {least} argument{plural}"))
}

fn wrong(usage: &str, wanted: &str) -> CliError {
    let path: Vec<&str> = usage
        .split(' ')
        .take_while(|word| word.chars().all(|c| c.is_ascii_lowercase() || c == '-'))
        .collect();
    CliError::usage(format!("\"{}\" {wanted}\n\nUsage:  {usage}", path.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::{Extra, at_most, exactly, too_few};

    #[test]
    fn counts_are_checked_in_helms_words() {
        let usage = "chartctl get values RELEASE_NAME [flags]";
        let none = Extra::default();
        assert_eq!(exactly(usage, [Some("web".to_owned())], &none).unwrap(), ["web"]);
        assert_eq!(
            exactly(usage, [None], &none).unwrap_err().text(),
            "\"chartctl get values\" requires 1 argument\n\nUsage:  chartctl get values RELEASE_NAME [flags]"
        );
        let one = Extra { extra: vec!["x".to_owned()] };
        assert!(exactly(usage, [Some("web".to_owned())], &one).is_err());
        assert!(at_most(usage, 1, &none).is_ok());
        let text = |error: crate::error::CliError| error.text().lines().next().map(str::to_owned);
        assert_eq!(
            text(at_most("chartctl list [flags]", 0, &one).unwrap_err()).unwrap(),
            "\"chartctl list\" accepts no arguments"
        );
        assert_eq!(
            text(too_few("chartctl uninstall RELEASE_NAME [...] [flags]", 1)).unwrap(),
            "\"chartctl uninstall\" requires at least 1 argument"
        );
    }
}
