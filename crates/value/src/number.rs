//! Numbers as Go prints them.
//!
//! Go has two ways to write a float that matter here: the verb `%g` (template output, YAML) and the
//! rule of `encoding/json`. Both use the shortest digits that read back as the same number, as Rust
//! does; they differ in when an exponent is used and in how it is written.

/// Returns `f` as Go's `%v` and go-yaml print it (`strconv.FormatFloat(f, 'g', -1, 64)`): with an
/// exponent of at least two digits below `1e-04` and from `1e+06` on.
///
/// Infinities and not-a-number are `+Inf`, `-Inf` and `NaN`.
#[must_use]
pub fn format_g(f: f64) -> String {
    special(f).map_or_else(|| g_form(&format!("{f:e}")), str::to_owned)
}

/// Returns `f` rounded to 32 bits and printed as [`format_g`] does: how a float becomes the key of a
/// map on Helm's way from YAML to JSON.
#[must_use]
pub fn format_g32(f: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "rounding to 32 bits is the point"
    )]
    let narrow = f as f32;
    special(f64::from(narrow)).map_or_else(|| g_form(&format!("{narrow:e}")), str::to_owned)
}

/// Returns `f` as Go's `encoding/json` writes it: no point in integers, an exponent only below `1e-6`
/// and from `1e21` on. `None` for infinities and not-a-number, which JSON cannot hold.
#[must_use]
pub fn format_json(f: f64) -> Option<String> {
    if !f.is_finite() {
        return None;
    }
    let size = f.abs();
    if size == 0.0 || (1e-6..1e21).contains(&size) {
        return Some(format!("{f}"));
    }
    let text = format!("{f:e}");
    Some(match text.split_once('e') {
        Some((digits, exponent)) if !exponent.starts_with('-') => format!("{digits}e+{exponent}"),
        _ => text,
    })
}

/// Returns the integer that a float without fraction becomes when it goes through Go's JSON.
///
/// Above 2⁵³ that is the integer of the shortest digits filled up with zeros, not of the exact binary
/// value. `None` for floats with a fraction and for those beyond an `i64`.
#[must_use]
pub fn integral(f: f64) -> Option<i64> {
    if f.fract() != 0.0 || f.abs() >= 1e19 {
        return None;
    }
    if f == 0.0 {
        return Some(0);
    }
    format!("{f}").parse().ok()
}

fn special(f: f64) -> Option<&'static str> {
    if f.is_nan() {
        Some("NaN")
    } else if f.is_infinite() {
        Some(if f > 0.0 { "+Inf" } else { "-Inf" })
    } else {
        None
    }
}

/// Turns Rust's shortest scientific form (`-1.25e-7`) into what `%g` makes of the same digits.
fn g_form(scientific: &str) -> String {
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..6).contains(&exponent) {
        return plain_form(mantissa, exponent);
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

/// Writes `mantissa` × 10^`exponent` without an exponent.
fn plain_form(mantissa: &str, exponent: i32) -> String {
    let (sign, mantissa) = mantissa
        .strip_prefix('-')
        .map_or(("", mantissa), |rest| ("-", rest));
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let Ok(whole) = usize::try_from(exponent + 1) else {
        let zeros = "0".repeat(usize::try_from(-exponent - 1).unwrap_or_default());
        return format!("{sign}0.{zeros}{digits}");
    };
    if whole == 0 {
        return format!("{sign}0.{digits}");
    }
    match digits.split_at_checked(whole) {
        Some((digits, "")) => format!("{sign}{digits}"),
        Some((before, after)) => format!("{sign}{before}.{after}"),
        None => format!("{sign}{digits:0<whole$}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_print_as_go_prints_them() {
        fn check(f: f64, g: &str, json: &str) {
            assert_eq!(format_g(f), g, "%g of {f}");
            assert_eq!(format_json(f).unwrap(), json, "json of {f}");
        }
        check(0.0, "0", "0");
        check(-0.0, "-0", "-0");
        check(1.0, "1", "1");
        check(0.1, "0.1", "0.1");
        check(-12.5, "-12.5", "-12.5");
        check(100.0, "100", "100");
        check(999_999.0, "999999", "999999");
        check(1_000_000.0, "1e+06", "1000000");
        check(1_234_567.5, "1.2345675e+06", "1234567.5");
        check(123_456.789, "123456.789", "123456.789");
        check(0.0001, "0.0001", "0.0001");
        check(0.000_123, "0.000123", "0.000123");
        check(0.00001, "1e-05", "0.00001");
        check(0.000_001, "1e-06", "0.000001");
        check(1e-7, "1e-07", "1e-7");
        check(-2.5e-10, "-2.5e-10", "-2.5e-10");
        check(1e20, "1e+20", "100000000000000000000");
        check(1e21, "1e+21", "1e+21");
        check(1.5e300, "1.5e+300", "1.5e+300");
        check(
            f64::MAX,
            "1.7976931348623157e+308",
            "1.7976931348623157e+308",
        );
        check(5e-324, "5e-324", "5e-324");
    }

    #[test]
    fn what_json_cannot_hold_has_names_elsewhere() {
        assert_eq!(format_g(f64::INFINITY), "+Inf");
        assert_eq!(format_g(f64::NEG_INFINITY), "-Inf");
        assert_eq!(format_g(f64::NAN), "NaN");
        assert_eq!(format_json(f64::NAN), None);
        assert_eq!(format_json(f64::INFINITY), None);
    }

    #[test]
    fn floats_without_fraction_become_the_integer_of_their_digits() {
        assert_eq!(integral(-0.0), Some(0));
        assert_eq!(integral(3.0), Some(3));
        assert_eq!(integral(3.5), None);
        assert_eq!(
            integral(1_234_567_890_123_456_768.0),
            Some(1_234_567_890_123_456_800)
        );
        assert_eq!(integral(9.3e18), None);
        assert_eq!(integral(1e300), None);
        assert_eq!(integral(f64::NAN), None);
        assert_eq!(integral(f64::INFINITY), None);
    }

    #[test]
    fn float_keys_lose_precision() {
        assert_eq!(format_g32(1.1), "1.1");
        assert_eq!(format_g32(1_234_567_890.5), "1.234568e+09");
        assert_eq!(format_g32(1e300), "+Inf");
    }
}
