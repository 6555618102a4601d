//! Durations as Kubernetes users write them: `90s`, `5m`, `1h30m`.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// What the schema asks of a duration.
const PATTERN: &str = r"^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$";
/// The same, or the word `Never`.
const PATTERN_OR_NEVER: &str = r"^(Never|([0-9]+(\.[0-9]+)?(ms|s|m|h))+)$";
/// Longest text of a duration, in bytes.
const MAX_LENGTH: usize = 32;
/// Longer durations are cut to this many seconds (a hundred years), which no clock here overflows on.
const MAX_SECONDS: u64 = 100 * 366 * 24 * 3600;

/// A length of time, written as numbers with the units `ms`, `s`, `m` and `h`, for example `1h30m`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Duration(std::time::Duration);

/// A text that is no duration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DurationError {
    text: String,
}

/// A duration, or `Never`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recurrence {
    /// It does not happen again.
    Never,
    /// It happens again after this time.
    Every(Duration),
}

impl Duration {
    /// Makes a duration of whole seconds.
    #[must_use]
    pub const fn from_secs(seconds: u64) -> Self {
        Self(std::time::Duration::from_secs(seconds))
    }

    /// Returns it as the standard library's type.
    #[must_use]
    pub const fn get(self) -> std::time::Duration {
        self.0
    }
}

impl From<std::time::Duration> for Duration {
    fn from(duration: std::time::Duration) -> Self {
        Self(duration)
    }
}

impl FromStr for Duration {
    type Err = DurationError;

    /// Reads a duration. Whatever the schema lets through is read; absurd lengths are cut to a century.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text)
            .map(Self)
            .ok_or_else(|| DurationError { text: text.chars().take(MAX_LENGTH).collect() })
    }
}

fn parse(text: &str) -> Option<std::time::Duration> {
    if text.is_empty() || text.len() > MAX_LENGTH {
        return None;
    }
    let mut rest = text;
    let mut seconds = 0.0_f64;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at(digits);
        let (unit, tail) = unit(tail)?;
        if number.starts_with('.') || number.ends_with('.') {
            return None;
        }
        seconds += number.parse::<f64>().ok()? * unit;
        rest = tail;
    }
    let most = std::time::Duration::from_secs(MAX_SECONDS);
    Some(std::time::Duration::try_from_secs_f64(seconds).map_or(most, |read| read.min(most)))
}

/// Splits a unit off, as seconds.
fn unit(text: &str) -> Option<(f64, &str)> {
    [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3600.0)]
        .into_iter()
        .find_map(|(name, seconds)| text.strip_prefix(name).map(|rest| (seconds, rest)))
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        let parts = [
            (seconds / 3600, "h"),
            (seconds / 60 % 60, "m"),
            (seconds % 60, "s"),
            (u64::from(self.0.subsec_millis()), "ms"),
        ];
        if parts.iter().all(|(count, _)| *count == 0) {
            return f.write_str("0s");
        }
        for (count, unit) in parts.iter().filter(|(count, _)| *count > 0) {
            write!(f, "{count}{unit}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for DurationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}' is no duration such as 90s, 5m or 1h30m", self.text.escape_default())
    }
}

impl std::error::Error for DurationError {}

impl Serialize for Duration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Duration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl Serialize for Recurrence {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Never => serializer.serialize_str("Never"),
            Self::Every(duration) => duration.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Recurrence {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text == "Never" {
            return Ok(Self::Never);
        }
        text.parse().map(Self::Every).map_err(de::Error::custom)
    }
}

impl JsonSchema for Duration {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": PATTERN, "maxLength": MAX_LENGTH })
    }
}

impl JsonSchema for Recurrence {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Recurrence".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": PATTERN_OR_NEVER, "maxLength": MAX_LENGTH })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<(u64, &str)>) {
        let read = text.parse::<Duration>().ok();
        let got = read.map(|d| (u64::try_from(d.get().as_millis()).unwrap(), d.to_string()));
        assert_eq!(got.as_ref().map(|(ms, printed)| (*ms, printed.as_str())), expected, "{text}");
    }

    #[test]
    fn durations_are_read_and_printed() {
        check("5m", Some((300_000, "5m")));
        check("90s", Some((90_000, "1m30s")));
        check("1h30m", Some((5_400_000, "1h30m")));
        check("1.5h", Some((5_400_000, "1h30m")));
        check("250ms", Some((250, "250ms")));
        check("0s", Some((0, "0s")));
        check("1m0s", Some((60_000, "1m")));
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in ["", "5", "m", "5x", "-5m", "5 m", ".5m", "5.m", "1.2.3s", "Never"] {
            check(text, None);
        }
    }

    #[test]
    fn absurd_lengths_are_cut() {
        let long: Duration = "9999999999999999999999999999h".parse().unwrap();
        assert_eq!(long.get().as_secs(), MAX_SECONDS);
    }

    #[test]
    fn a_recurrence_may_be_never() {
        for (text, expected) in [
            ("\"Never\"", Recurrence::Never),
            ("\"1h\"", Recurrence::Every(Duration::from_secs(3600))),
        ] {
            let read: Recurrence = serde_json::from_str(text).unwrap();
            assert_eq!(read, expected);
            assert_eq!(serde_json::to_string(&read).unwrap(), text);
        }
    }
}
