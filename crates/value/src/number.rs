//! Numbers as Go prints them.
//!
//! Go has two ways to write a float that matter here: the verb `%g` (template output, YAML) and the
//! rule of `encoding/json`. Both use the shortest digits that read back as the same number, as Rust
//! does; they differ in when an exponent is used and in how it is written.

use serde::Serialize;

/// Returns `f` as Go's `%v` and go-yaml print it (`strconv.FormatFloat(f, 'g', -1, 64)`): with an
/// exponent of at least two digits below `1e-04` and from `1e+06` on.
///
/// Infinities and not-a-number are `+Inf`, `-Inf` and `NaN`.
#[must_use]
pub fn format_g(f: f64) -> String {
    if let Some(int) = small_integer(f).filter(|int| int.abs() < 1_000_000) {
        return int.to_string();
    }
    special(f).map_or_else(|| Decimal::of(f, f.is_sign_negative()).g(), str::to_owned)
}

/// Returns `f` rounded to 32 bits and printed as [`format_g`] does: how a float becomes the key of a
/// map on Helm's way from YAML to JSON.
#[must_use]
pub fn format_g32(f: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "rounding to 32 bits is the point")]
    let narrow = f as f32;
    special(f64::from(narrow))
        .map_or_else(|| Decimal::of(narrow, narrow.is_sign_negative()).g(), str::to_owned)
}

/// Returns `f` as Go's `encoding/json` writes it: no point in integers, an exponent only below `1e-6`
/// and from `1e21` on. `None` for infinities and not-a-number, which JSON cannot hold.
#[must_use]
pub fn format_json(f: f64) -> Option<String> {
    if let Some(int) = small_integer(f) {
        return Some(int.to_string());
    }
    if !f.is_finite() {
        return None;
    }
    let decimal = Decimal::of(f, f.is_sign_negative());
    let plain = f == 0.0 || (1e-6..1e21).contains(&f.abs());
    Some(if plain { decimal.plain() } else { decimal.scientific(1) })
}

/// Returns the integer that a float without fraction becomes when it goes through Go's JSON.
///
/// Above 2⁵³ that is the integer of the shortest digits filled up with zeros, not of the exact binary
/// value. `None` for floats with a fraction and for those beyond an `i64`.
#[must_use]
pub fn integral(f: f64) -> Option<i64> {
    if let Some(int) = small_integer(f) {
        return Some(int);
    }
    if f.fract() != 0.0 || f.abs() >= 1e19 {
        return None;
    }
    Decimal::of(f, f.is_sign_negative()).plain().parse().ok()
}

/// Returns the integer that a float is, if all integers of its size are floats. Zero, which has a sign, is
/// none.
fn small_integer(f: f64) -> Option<i64> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "there is no fraction, and the size is checked"
    )]
    let int = (f.fract() == 0.0 && f != 0.0 && f.abs() < 9e15).then_some(f as i64);
    int
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

/// The shortest digits that read back as one float, and no other.
struct Decimal {
    negative: bool,
    /// Without zeros at either end; one zero for zero.
    digits: String,
    /// The power of ten of the first digit.
    exponent: i32,
}

impl Decimal {
    /// Finds the digits of a finite float.
    ///
    /// `serde_json` is asked for them because it chooses the even one of two equally near, as Go does;
    /// the standard library does not.
    fn of(f: impl Serialize, negative: bool) -> Self {
        let text = serde_json::to_string(&f).unwrap_or_default();
        let text = text.trim_start_matches('-');
        let (mantissa, power) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = format!("{whole}{fraction}");
        let significant = all.trim_start_matches('0');
        let point = i32::try_from(whole.len()).unwrap_or_default();
        let zeros = i32::try_from(all.len() - significant.len()).unwrap_or_default();
        let digits = significant.trim_end_matches('0');
        if digits.is_empty() {
            return Self { negative, digits: "0".to_owned(), exponent: 0 };
        }
        let power: i32 = power.parse().unwrap_or_default();
        Self { negative, digits: digits.to_owned(), exponent: power + point - zeros - 1 }
    }

    fn g(&self) -> String {
        if (-4..6).contains(&self.exponent) { self.plain() } else { self.scientific(2) }
    }

    fn sign(&self) -> &'static str {
        if self.negative { "-" } else { "" }
    }

    /// Writes `1.5e+06`, with at least so many digits of the exponent.
    fn scientific(&self, width: usize) -> String {
        let (first, rest) = self.digits.split_at_checked(1).unwrap_or(("0", ""));
        let point = if rest.is_empty() { "" } else { "." };
        let sign = if self.exponent < 0 { '-' } else { '+' };
        let power = self.exponent.unsigned_abs();
        format!("{}{first}{point}{rest}e{sign}{power:0width$}", self.sign())
    }

    /// Writes the number without an exponent.
    fn plain(&self) -> String {
        let (sign, digits) = (self.sign(), &self.digits);
        let Ok(last_whole) = usize::try_from(self.exponent) else {
            let zeros = usize::try_from(self.exponent.unsigned_abs()).unwrap_or_default();
            return format!("{sign}0.{}{digits}", "0".repeat(zeros - 1));
        };
        match digits.split_at_checked(last_whole + 1) {
            Some((whole, "")) => format!("{sign}{whole}"),
            Some((whole, fraction)) => format!("{sign}{whole}.{fraction}"),
            None => format!("{sign}{digits:0<width$}", width = last_whole + 1),
        }
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
        check(f64::MAX, "1.7976931348623157e+308", "1.7976931348623157e+308");
        check(5e-324, "5e-324", "5e-324");
        // Two neighbours are equally near: the even one is taken.
        check(92_179_709_516_502.62, "9.217970951650262e+13", "92179709516502.62");
        check(887_388_723_454_260.2, "8.873887234542602e+14", "887388723454260.2");
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
        assert_eq!(integral(1_234_567_890_123_456_768.0), Some(1_234_567_890_123_456_800));
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
