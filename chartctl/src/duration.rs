//! Durations as Go reads and prints them (`5m0s`, `1.5h`, `300ms`).

use std::time::Duration;

/// Reads a duration in Go's notation; a negative one is zero, since it ends a wait at once either way.
///
/// The error is the text of Go's `time.ParseDuration`.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let invalid = || format!("time: invalid duration {text:?}");
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Ok(Duration::ZERO);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let number_end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, tail) = rest.split_at(number_end);
        let unit_end = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit_end);
        if number.is_empty() || number == "." {
            return Err(invalid());
        }
        if unit.is_empty() {
            return Err(format!("time: missing unit in duration {text:?}"));
        }
        let nanoseconds = nanoseconds(unit)
            .ok_or_else(|| format!("time: unknown unit {unit:?} in duration {text:?}"))?;
        let part = scaled(number, nanoseconds).ok_or_else(invalid)?;
        total = total.checked_add(part).ok_or_else(invalid)?;
        rest = tail;
    }
    Ok(if negative { Duration::ZERO } else { total })
}

/// Returns a duration as Go prints it, in full milliseconds.
pub(crate) fn print(duration: Duration) -> String {
    let (seconds, millis) = (duration.as_secs(), duration.subsec_millis());
    if seconds == 0 && millis > 0 {
        return format!("{millis}ms");
    }
    let fraction = format!(".{millis:03}");
    let fraction = if millis == 0 { "" } else { fraction.trim_end_matches('0') };
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes) {
        (0, 0) => format!("{seconds}{fraction}s"),
        (0, _) => format!("{minutes}m{seconds}{fraction}s"),
        _ => format!("{hours}h{minutes}m{seconds}{fraction}s"),
    }
}

fn nanoseconds(unit: &str) -> Option<u64> {
    Some(match unit {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return None,
    })
}

/// Returns `number` (decimal, maybe with a fraction) times `unit` nanoseconds, within Go's range.
fn scaled(number: &str, unit: u64) -> Option<Duration> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if fraction.contains('.') {
        return None;
    }
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let mut nanoseconds = whole.checked_mul(unit)?;
    let mut scale = unit;
    for digit in fraction.chars() {
        scale /= 10;
        nanoseconds = nanoseconds.checked_add(u64::from(digit.to_digit(10)?) * scale)?;
    }
    i64::try_from(nanoseconds).ok()?;
    Some(Duration::from_nanos(nanoseconds))
}

#[cfg(test)]
mod tests {
    use super::{parse, print};

    fn check(text: &str, expected: &str) {
        assert_eq!(
            parse(text).map_or_else(|error| error, |time| format!("{time:?}")),
            expected,
            "{text}"
        );
    }

    #[test]
    fn durations_are_printed_as_go_prints_them() {
        for text in ["0s", "300ms", "1.5s", "30s", "3m0s", "1m0.25s", "1h0m0s", "26h3m4s"] {
            assert_eq!(print(parse(text).unwrap()), text);
        }
    }

    #[test]
    fn durations_are_read_as_go_reads_them() {
        check("5m", "300s");
        check("5m0s", "300s");
        check("1.5h", "5400s");
        check("90s", "90s");
        check("300ms", "300ms");
        check("1m.5s", "60.5s");
        check("1500us", "1.5ms");
        check("0", "0ns");
        check("-3s", "0ns");
        check("300", "time: missing unit in duration \"300\"");
        check("5 m", "time: unknown unit \" m\" in duration \"5 m\"");
        check("m", "time: invalid duration \"m\"");
        check("", "time: invalid duration \"\"");
        check("1.2.3s", "time: invalid duration \"1.2.3s\"");
        check("99999999999h", "time: invalid duration \"99999999999h\"");
    }
}
