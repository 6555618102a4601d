//! Floats as `strconv.FormatFloat` writes them.

use value::number::{format_g, format_g32};

/// How precise the number is that is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bits {
    Single,
    Double,
}

/// The most digits that a float can need; what is asked beyond is zeros.
const MAX_DIGITS: usize = 1100;

/// Returns `f` in one of the formats `b e E f g G x X`; without precision, in the fewest digits that
/// read back as the same number.
pub(crate) fn format(f: f64, verb: char, precision: Option<usize>, bits: Bits) -> String {
    if f.is_nan() {
        return "NaN".to_owned();
    }
    let sign = if f.is_sign_negative() { "-" } else { "" };
    if f.is_infinite() {
        return if f < 0.0 { "-Inf" } else { "+Inf" }.to_owned();
    }
    let abs = f.abs();
    let body = match (verb, precision) {
        ('b', _) => binary(abs, bits),
        ('x' | 'X', _) => hex(abs, verb == 'X', precision, bits),
        ('e' | 'E', None) => {
            let digits = Digits::shortest(abs, bits);
            let count = digits.digits.len().saturating_sub(1);
            digits.scientific(count, verb)
        }
        ('e' | 'E', Some(precision)) => Digits::rounded(abs, precision).scientific(precision, verb),
        ('f', None) => {
            let digits = Digits::shortest(abs, bits);
            let fraction = digits.fraction();
            digits.plain(fraction)
        }
        ('f', Some(precision)) => fixed(abs, precision),
        (_, None) => Digits::shortest(abs, bits).general(None, verb),
        (_, Some(precision)) => {
            let precision = precision.max(1);
            Digits::rounded(abs, precision - 1).trimmed().general(Some(precision), verb)
        }
    };
    format!("{sign}{body}")
}

fn fixed(abs: f64, precision: usize) -> String {
    let exact = precision.min(MAX_DIGITS);
    let mut text = format!("{abs:.exact$}");
    text.extend(std::iter::repeat_n('0', precision - exact));
    text
}

/// The decimal digits of a float that is not negative.
struct Digits {
    /// The digits; none for zero.
    digits: String,
    /// The power of ten of the first digit.
    exponent: i32,
}

impl Digits {
    fn shortest(abs: f64, bits: Bits) -> Self {
        let text = match bits {
            Bits::Double => format_g(abs),
            #[expect(clippy::cast_possible_truncation, reason = "the number came from 32 bits")]
            Bits::Single => format_g32(f64::from(abs as f32)),
        };
        let (mantissa, power) = text.split_once('e').unwrap_or((&text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = format!("{whole}{fraction}");
        let zeros = all.len() - all.trim_start_matches('0').len();
        let point = i32::try_from(whole.len()).unwrap_or_default();
        let skipped = i32::try_from(zeros).unwrap_or_default();
        let power: i32 = power.parse().unwrap_or_default();
        let digits = all.trim_matches('0').to_owned();
        let exponent = if digits.is_empty() { -1 } else { power + point - skipped - 1 };
        Self { digits, exponent }
    }

    /// Rounds to one digit before and so many behind the point.
    fn rounded(abs: f64, precision: usize) -> Self {
        let exact = precision.min(MAX_DIGITS);
        let text = format!("{abs:.exact$e}");
        let (mantissa, power) = text.split_once('e').unwrap_or((&text, "0"));
        if abs == 0.0 {
            return Self { digits: String::new(), exponent: -1 };
        }
        Self { digits: mantissa.replace('.', ""), exponent: power.parse().unwrap_or_default() }
    }

    fn trimmed(mut self) -> Self {
        self.digits.truncate(self.digits.trim_end_matches('0').len());
        self
    }

    /// Returns how many digits stand behind the point.
    fn fraction(&self) -> usize {
        let behind =
            i64::try_from(self.digits.len()).unwrap_or_default() - i64::from(self.exponent);
        usize::try_from(behind - 1).unwrap_or_default()
    }

    /// Writes one digit, a point, `precision` digits and the exponent.
    fn scientific(&self, precision: usize, verb: char) -> String {
        let (first, rest) = self.digits.split_at_checked(1).unwrap_or(("0", ""));
        let mut text = first.to_owned();
        if precision > 0 {
            text.push('.');
            let kept = rest.get(..precision.min(rest.len())).unwrap_or_default();
            text.push_str(kept);
            text.extend(std::iter::repeat_n('0', precision - kept.len()));
        }
        let exponent = if self.digits.is_empty() { 0 } else { self.exponent };
        let sign = if exponent < 0 { '-' } else { '+' };
        text + &format!("{verb}{sign}{:02}", exponent.unsigned_abs())
    }

    /// Writes the number without an exponent, with `precision` digits behind the point.
    fn plain(&self, precision: usize) -> String {
        let digit = |power: i64| {
            let index = i64::from(self.exponent) - power;
            usize::try_from(index)
                .ok()
                .and_then(|index| self.digits.as_bytes().get(index))
                .map_or('0', |&b| char::from(b))
        };
        let mut text: String = (0..=i64::from(self.exponent.max(0))).rev().map(digit).collect();
        if precision > 0 {
            text.push('.');
            text.extend((1..=i64::try_from(precision).unwrap_or_default()).map(|i| digit(-i)));
        }
        text
    }

    fn general(&self, precision: Option<usize>, verb: char) -> String {
        let count = i64::try_from(self.digits.len()).unwrap_or_default();
        let point = i64::from(self.exponent) + 1;
        let wanted = precision.map_or(count, |p| i64::try_from(p).unwrap_or(i64::MAX));
        let mut limit = wanted;
        if limit > count && count >= point {
            limit = count;
        }
        if precision.is_none() {
            limit = 6;
        }
        let exponent = point - 1;
        if exponent < -4 || exponent >= limit {
            let kept = wanted.min(count);
            let letter = if verb == 'G' { 'E' } else { 'e' };
            return self.scientific(usize::try_from(kept - 1).unwrap_or_default(), letter);
        }
        let kept = if wanted > point { count } else { wanted };
        self.plain(usize::try_from(kept - point).unwrap_or_default())
    }
}

/// Returns mantissa and exponent such that the number is `mantissa * 2^exponent`.
fn parts(abs: f64, precision: Bits) -> (u64, i64, i64) {
    let (pattern, size, bias) = match precision {
        Bits::Double => (abs.to_bits(), 52, 1023),
        #[expect(clippy::cast_possible_truncation, reason = "the number came from 32 bits")]
        Bits::Single => (u64::from((abs as f32).to_bits()), 23, 127),
    };
    let mantissa = pattern & ((1 << size) - 1);
    let exponent = i64::try_from(pattern >> size).unwrap_or_default();
    if exponent == 0 {
        (mantissa, 1 - bias, size)
    } else {
        (mantissa | 1 << size, exponent - bias, size)
    }
}

fn binary(abs: f64, bits: Bits) -> String {
    let (mantissa, exponent, width) = parts(abs, bits);
    format!("{mantissa}p{:+}", exponent - width)
}

fn hex(abs: f64, upper: bool, precision: Option<usize>, bits: Bits) -> String {
    let (mantissa, mut exponent, width) = parts(abs, bits);
    let mut mantissa = u128::from(mantissa);
    if mantissa == 0 {
        exponent = 0;
    }
    // The first digit is 1, its bit is bit 60; fifteen digits may follow.
    mantissa <<= 60 - width;
    while mantissa != 0 && mantissa & (1 << 60) == 0 {
        mantissa <<= 1;
        exponent -= 1;
    }
    if let Some(precision) = precision.filter(|p| *p < 15) {
        let shift = u32::try_from(precision * 4).unwrap_or_default();
        let extra = (mantissa << shift) & ((1 << 60) - 1);
        mantissa >>= 60 - shift;
        if extra | (mantissa & 1) > 1 << 59 {
            mantissa += 1;
        }
        mantissa <<= 60 - shift;
        if mantissa & (1 << 61) != 0 {
            mantissa >>= 1;
            exponent += 1;
        }
    }
    let mut text = format!("0x{}", mantissa >> 60 & 1);
    let mut digits = format!("{:015x}", mantissa & ((1 << 60) - 1));
    match precision {
        None => digits.truncate(digits.trim_end_matches('0').len()),
        Some(precision) => {
            digits.truncate(precision);
            digits.extend(std::iter::repeat_n('0', precision - digits.len()));
        }
    }
    if !digits.is_empty() {
        text.push('.');
        text.push_str(&digits);
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    let text = format!("{text}p{sign}{:02}", exponent.unsigned_abs());
    if upper { text.to_uppercase() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_written_as_go_writes_them() {
        let check = |f: f64, verb: char, precision: Option<usize>, want: &str| {
            assert_eq!(format(f, verb, precision, Bits::Double), want, "%{verb} of {f}");
        };
        check(1.0, 'x', None, "0x1p+00");
        check(1.5, 'X', Some(3), "0X1.800P+00");
        check(1.0, 'b', None, "4503599627370496p-52");
        check(0.0, 'e', None, "0e+00");
        check(0.0, 'g', Some(3), "0");
        check(2.5, 'f', Some(0), "2");
        check(0.5, 'f', Some(0), "0");
        check(1e6, 'g', None, "1e+06");
        check(100.0, 'g', Some(3), "100");
        check(100.0, 'g', Some(2), "1e+02");
        check(123.456, 'f', None, "123.456");
        check(5e-324, 'e', Some(3), "4.941e-324");
    }
}
