//! What a scalar without quotes means: the rules of go-yaml v2, which are YAML 1.1 with a few of 1.2.

/// The meaning of a scalar.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar {
    Null,
    Bool(bool),
    Int(i64),
    /// An integer beyond an `i64`.
    Uint(u64),
    Float(f64),
    /// A date or time; its value is the text itself.
    Timestamp,
    String,
}

impl Scalar {
    /// Returns the tag that go-yaml names in its messages.
    pub(super) const fn tag(&self) -> &'static str {
        match self {
            Self::Null => "!!null",
            Self::Bool(_) => "!!bool",
            Self::Int(_) | Self::Uint(_) => "!!int",
            Self::Float(_) => "!!float",
            Self::Timestamp => "!!timestamp",
            Self::String => "!!str",
        }
    }
}

/// Returns what `text` means without quotes and without a tag.
pub(super) fn resolve(text: &str) -> Scalar {
    word(text).unwrap_or_else(|| match text.as_bytes().first() {
        Some(b'0'..=b'9') if is_timestamp(text) => Scalar::Timestamp,
        _ => number(text),
    })
}

/// As [`resolve`], for a scalar that carries a tag: only numbers and words count, no dates.
pub(super) fn resolve_tagged(text: &str) -> Scalar {
    word(text).unwrap_or_else(|| number(text))
}

/// Returns whether `text` is a number in base 60 (`190:20:30`): never read as one, but written in quotes.
pub(super) fn is_base_60(text: &str) -> bool {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return false;
    }
    let mut parts = text.split(':');
    if !parts.next().is_some_and(is_digits) {
        return false;
    }
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return false;
    };
    let last = match last.split_once('.') {
        Some((last, fraction)) if is_digits(fraction) => last,
        Some(_) => return false,
        None => last,
    };
    middle.iter().chain([&last]).all(|part| is_sixtieth(part))
}

/// Returns whether `text` is a date or time that go-yaml would read as such.
pub(super) fn is_timestamp(text: &str) -> bool {
    parse_timestamp(text).is_some()
}

/// The length of the longest word that is no text.
pub(super) const LONGEST_WORD: usize = 5;

fn word(text: &str) -> Option<Scalar> {
    if text.len() > LONGEST_WORD {
        return None;
    }
    Some(match text {
        "" | "~" | "null" | "Null" | "NULL" => Scalar::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Scalar::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Scalar::Bool(false)
        }
        ".nan" | ".NaN" | ".NAN" => Scalar::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Scalar::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Scalar::Float(f64::NEG_INFINITY),
        _ => return None,
    })
}

fn number(text: &str) -> Scalar {
    match text.as_bytes().first() {
        Some(b'.') => match without_underscores(text) {
            Some(digits) => parse_float(&digits),
            None => Scalar::String,
        },
        Some(b'0'..=b'9' | b'+' | b'-') => {
            let without;
            let digits = if text.contains('_') {
                without = text.replace('_', "");
                &without
            } else {
                text
            };
            parse_int(digits).unwrap_or_else(|| parse_float(digits))
        }
        _ => Scalar::String,
    }
}

/// Reads an integer with Go's prefixes: `0x`, `0o`, `0b`, and a bare `0` for octal.
fn parse_int(text: &str) -> Option<Scalar> {
    let (negative, unsigned) = match text.as_bytes().first()? {
        b'-' => (true, text.get(1..)?),
        b'+' => (false, text.get(1..)?),
        _ => (false, text),
    };
    let (radix, digits) = radix(unsigned);
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    let size = u64::from_str_radix(digits, radix).ok()?;
    if negative {
        return 0i64.checked_sub_unsigned(size).map(Scalar::Int);
    }
    match i64::try_from(size) {
        Ok(int) => Some(Scalar::Int(int)),
        // Go reads unsigned numbers without a sign.
        Err(_) if text.starts_with('+') => None,
        Err(_) => Some(Scalar::Uint(size)),
    }
}

fn radix(text: &str) -> (u32, &str) {
    let Some(rest) = text.strip_prefix('0').filter(|rest| !rest.is_empty()) else {
        return (10, text);
    };
    match rest.split_at_checked(1) {
        Some(("x" | "X", digits)) => (16, digits),
        Some(("o" | "O", digits)) => (8, digits),
        Some(("b" | "B", digits)) => (2, digits),
        _ => (8, rest),
    }
}

/// Reads a decimal number; one that is too large for a float stays text.
fn parse_float(text: &str) -> Scalar {
    let decimal = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
    if !decimal {
        return Scalar::String;
    }
    match text.parse::<f64>() {
        Ok(float) if float.is_finite() => Scalar::Float(float),
        _ => Scalar::String,
    }
}

/// Removes underscores; `None` when one of them does not stand between two digits.
fn without_underscores(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let fits = |window: &[u8]| !matches!(window, [before, b'_', after] if !(before.is_ascii_digit() && after.is_ascii_digit()));
    (!text.ends_with('_') && bytes.windows(3).all(fits)).then(|| text.replace('_', ""))
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit() || b == b'_')
}

fn is_sixtieth(part: &str) -> bool {
    matches!(part.as_bytes(), [b'0'..=b'9'] | [b'0'..=b'5', b'0'..=b'9'])
}

/// Follows the four layouts of go-yaml: a date; a date, blanks and a time; a date, `T` or `t`, a time
/// and a zone.
fn parse_timestamp(text: &str) -> Option<()> {
    let (year, rest) = text.split_once('-')?;
    if year.len() != 4 || !year.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (month, rest) = field(rest, 1, 12)?;
    let (day, rest) = field(rest.strip_prefix('-')?, 1, 31)?;
    if day > days(year.parse().ok()?, month) {
        return None;
    }
    match rest.as_bytes().first() {
        None => Some(()),
        Some(b' ') => time(rest.trim_start_matches(' ')).filter(|rest| rest.is_empty()).map(drop),
        Some(b'T' | b't') => zone(time(rest.get(1..)?)?),
        Some(_) => None,
    }
}

/// Reads one or two digits between two bounds.
fn field(text: &str, least: u32, most: u32) -> Option<(u32, &str)> {
    let width = text.bytes().take(2).take_while(u8::is_ascii_digit).count();
    let (digits, rest) = text.split_at_checked(width)?;
    let value = digits.parse().ok()?;
    (least..=most).contains(&value).then_some((value, rest))
}

fn time(text: &str) -> Option<&str> {
    let (_, rest) = field(text, 0, 23)?;
    let (_, rest) = field(rest.strip_prefix(':')?, 0, 59)?;
    let (_, rest) = field(rest.strip_prefix(':')?, 0, 59)?;
    let fraction = rest.strip_prefix(['.', ',']).map(|digits| {
        let after = digits.trim_start_matches(|c: char| c.is_ascii_digit());
        (after, after.len() < digits.len())
    });
    Some(match fraction {
        Some((after, true)) => after,
        _ => rest,
    })
}

fn zone(text: &str) -> Option<()> {
    if text == "Z" {
        return Some(());
    }
    let (hours, minutes) = text.strip_prefix(['+', '-'])?.split_once(':')?;
    let two =
        |part: &str, most| part.len() == 2 && field(part, 0, most).is_some_and(|f| f.1.is_empty());
    (two(hours, 24) && two(minutes, 60)).then_some(())
}

const fn days(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(texts: &[&str], expected: &Scalar) {
        for text in texts {
            assert_eq!(&resolve(text), expected, "{text:?}");
        }
    }

    #[test]
    fn words_of_yaml_1_1_are_recognised_in_three_spellings_only() {
        check(&["y", "Y", "yes", "Yes", "YES", "on", "ON", "true", "TRUE"], &Scalar::Bool(true));
        check(&["n", "N", "no", "NO", "off", "Off", "False"], &Scalar::Bool(false));
        check(&["", "~", "null", "Null", "NULL"], &Scalar::Null);
        check(&["tRUE", "oN", "yEs", "None", "nil", "nULL", "<<", "="], &Scalar::String);
    }

    #[test]
    fn integers_have_gos_prefixes_and_underscores() {
        check(
            &["5", "+5", "0x5", "0X5", "0b101", "0B101", "0o5", "0O5", "05", "_5_"][..9],
            &Scalar::Int(5),
        );
        check(&["1_000", "1__0_00", "1000_"], &Scalar::Int(1000));
        check(&["0755", "00755"], &Scalar::Int(493));
        check(&["-0", "0", "00", "+0"], &Scalar::Int(0));
        check(&["-0x10", "-020", "-0b1_0000"], &Scalar::Int(-16));
        check(&["-9223372036854775808"], &Scalar::Int(i64::MIN));
        check(&["9223372036854775808"], &Scalar::Uint(1 << 63));
        check(&["0x", "0b12", "0o8", "0b", "-", "+", "--5", "+-5", "_5"], &Scalar::String);
    }

    #[test]
    fn other_numbers_are_decimal_floats() {
        check(&["08", "8."], &Scalar::Float(8.0));
        check(&[".5", "+.5", ".5_0", "0.5", "5e-1", "50E-2"], &Scalar::Float(0.5));
        check(&["1e3", "1E+3", "1.e3", "1_0e2"], &Scalar::Float(1000.0));
        check(&["18446744073709551616"], &Scalar::Float(18_446_744_073_709_551_616.0));
        check(&["+9223372036854775808"], &Scalar::Float(9_223_372_036_854_775_808.0));
        check(
            &["1e", "1e+", "e1", "0x1.8p3", "1.2.3", "nan", "inf", "+inf", "1e400"],
            &Scalar::String,
        );
        check(&[".", "..", ".e3", "-.", "._5", ".5_", ".5__0"], &Scalar::String);
        check(&[".inf", "+.Inf"], &Scalar::Float(f64::INFINITY));
    }

    #[test]
    fn dates_are_known_as_such() {
        check(
            &[
                "2001-01-01",
                "2001-1-1",
                "2024-02-29",
                "2001-12-14t21:59:43.10-05:00",
                "2001-12-14T1:2:3Z",
                "2001-12-14   21:59:43",
                "2001-12-14 21:59:43,5",
            ],
            &Scalar::Timestamp,
        );
        check(
            &[
                "2001-13-01",
                "2001-02-29",
                "2001-1-1 ",
                "2001-12-14T21:59:43",
                "2001-12-14 21:59:43 -5",
                "2001-12-14T24:00:00Z",
                "201-01-01",
                "2001-",
            ],
            &Scalar::String,
        );
    }

    #[test]
    fn numbers_in_base_60_are_recognised() {
        for text in ["1:30", "22:22", "190:20:30", "-1:2:3.5", "+1_0:59.", "1:5"] {
            assert!(is_base_60(text), "{text}");
        }
        for text in ["", "1", "12:60", "1:", ":1", "a:1", "1:2:", "1:2.x", "_1:2", "1:100"] {
            assert!(!is_base_60(text), "{text}");
        }
    }
}
