//! Number literals. A literal is kept under every type that can hold it, which is how Go's templates
//! imitate untyped constants.

use crate::quote::{quote, unquote_char};
use crate::token::Kind;

/// A literal with the values it may take.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Number {
    pub(crate) int: Option<i64>,
    pub(crate) uint: Option<u64>,
    pub(crate) float: Option<f64>,
    pub(crate) complex: Option<(f64, f64)>,
    /// The literal as it was written.
    pub(crate) text: String,
}

/// What a literal is when nothing says which type is wanted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Ideal {
    Int(i64),
    Float(f64),
    Complex(f64, f64),
    /// Too large for an int.
    Overflow,
}

impl Number {
    /// Reads a literal; the error is Go's text.
    pub(crate) fn parse(text: &[u8], kind: Kind) -> Result<Self, String> {
        let written = String::from_utf8_lossy(text).into_owned();
        let mut number = Self { text: written, ..Self::default() };
        match kind {
            Kind::CharConstant => number.set_char(text)?,
            Kind::Complex => number.set_complex(&number.pair()?),
            _ => number.set_number()?,
        }
        Ok(number)
    }

    /// Returns the value in a place that takes any type.
    pub(crate) fn ideal(&self) -> Ideal {
        if let Some((re, im)) = self.complex {
            return Ideal::Complex(re, im);
        }
        match (self.float, self.int) {
            (Some(float), _)
                if !self.is_hex_int()
                    && !self.text.starts_with('\'')
                    && self.text.contains(['.', 'e', 'E', 'p', 'P']) =>
            {
                Ideal::Float(float)
            }
            (_, Some(int)) => Ideal::Int(int),
            _ => Ideal::Overflow,
        }
    }

    fn is_hex_int(&self) -> bool {
        self.text.len() > 2
            && (self.text.starts_with("0x") || self.text.starts_with("0X"))
            && !self.text.contains(['p', 'P'])
    }

    fn set_char(&mut self, text: &[u8]) -> Result<(), String> {
        let inner = text.get(1..).unwrap_or_default();
        let (piece, tail) = unquote_char(inner, b'\'').map_err(|_| "invalid syntax".to_owned())?;
        if tail != b"'" {
            return Err(format!("malformed character constant: {}", self.text));
        }
        let code = piece.code();
        self.int = Some(i64::from(code));
        self.uint = Some(u64::from(code));
        self.float = Some(f64::from(code));
        Ok(())
    }

    /// Splits `1+2i` into its two numbers.
    fn pair(&self) -> Result<(f64, f64), String> {
        let body = self.text.strip_suffix('i').unwrap_or(&self.text);
        let bytes = body.as_bytes();
        let hex = body.contains(['x', 'X']);
        let split = (1..bytes.len()).rev().find(|&i| {
            let exponent = match bytes.get(i - 1) {
                Some(b'p' | b'P') => true,
                Some(b'e' | b'E') => !hex,
                _ => false,
            };
            matches!(bytes.get(i), Some(b'+' | b'-')) && !exponent
        });
        let (re, im) = split.map_or((body, ""), |at| body.split_at(at));
        if re.contains('i') {
            return Err("syntax error scanning complex number".to_owned());
        }
        let part = |text: &str| {
            let quoted = quote(text.as_bytes());
            parse_float(text).ok_or(format!("strconv.ParseFloat: parsing {quoted}: invalid syntax"))
        };
        Ok((part(re)?, part(im)?))
    }

    fn set_complex(&mut self, &(re, im): &(f64, f64)) {
        self.complex = Some((re, im));
        if im != 0.0 {
            return;
        }
        self.float = Some(re);
        self.int = exact_int(re);
        self.uint = exact_uint(re);
    }

    fn set_number(&mut self) -> Result<(), String> {
        if let Some(im) = self.text.strip_suffix('i').and_then(parse_float) {
            self.set_complex(&(0.0, im));
            return Ok(());
        }
        self.uint = parse_uint(&self.text);
        self.int = parse_int(&self.text);
        if self.int == Some(0) {
            self.uint = Some(0);
        }
        #[expect(clippy::cast_precision_loss, reason = "Go loses it too")]
        let promoted = self.int.map(|i| i as f64).or(self.uint.map(|u| u as f64));
        if promoted.is_some() {
            self.float = promoted;
            return Ok(());
        }
        let Some(float) = parse_float(&self.text) else {
            return Err(format!("illegal number syntax: {}", quote(self.text.as_bytes())));
        };
        if !self.text.contains(['.', 'e', 'E', 'p', 'P']) {
            return Err(format!("integer overflow: {}", quote(self.text.as_bytes())));
        }
        self.float = Some(float);
        self.int = exact_int(float);
        self.uint = exact_uint(float);
        Ok(())
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::float_cmp,
    reason = "the way back tells whether the value fits"
)]
fn exact_int(float: f64) -> Option<i64> {
    // What lies beyond the range becomes the smallest int on the machines that Go is used on.
    let int = if (-9.3e18..9_223_372_036_854_775_808.0).contains(&float) {
        float as i64
    } else {
        i64::MIN
    };
    (int as f64 == float).then_some(int)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    clippy::float_cmp,
    reason = "the way back tells whether the value fits"
)]
fn exact_uint(float: f64) -> Option<u64> {
    if !(0.0..18_446_744_073_709_551_616.0).contains(&float) {
        return None;
    }
    let uint = float as u64;
    (uint as f64 == float).then_some(uint)
}

/// Reads an unsigned integer with the prefixes and underscores of Go's literals.
pub(crate) fn parse_uint(text: &str) -> Option<u64> {
    let (digits, radix) = match text.as_bytes() {
        [b'0', b'x' | b'X', _, ..] => (text.get(2..)?, 16),
        [b'0', b'o' | b'O', _, ..] => (text.get(2..)?, 8),
        [b'0', b'b' | b'B', _, ..] => (text.get(2..)?, 2),
        [b'0', _, ..] => (text.get(1..)?, 8),
        _ => (text, 10),
    };
    if digits.is_empty() || digits.starts_with(['+', '-']) {
        return None;
    }
    if !digits.contains('_') {
        return u64::from_str_radix(digits, radix).ok();
    }
    if !underscores_separate(text) {
        return None;
    }
    u64::from_str_radix(&digits.replace('_', ""), radix).ok()
}

/// Reads an integer with a sign as `strconv.ParseInt` does with base 0.
#[must_use]
pub fn parse_int(text: &str) -> Option<i64> {
    if let Some(digits) = text.strip_prefix('-') {
        return 0i64.checked_sub_unsigned(parse_uint(digits)?);
    }
    i64::try_from(parse_uint(text.strip_prefix('+').unwrap_or(text))?).ok()
}

/// Reads a float as `strconv.ParseFloat` does, without the names of infinity and not-a-number.
#[must_use]
pub fn parse_float(text: &str) -> Option<f64> {
    let (negative, body) = match text.as_bytes().first()? {
        b'-' => (true, text.get(1..)?),
        b'+' => (false, text.get(1..)?),
        _ => (false, text),
    };
    if body.contains('_') && !underscores_separate(body) {
        return None;
    }
    let plain = body.replace('_', "");
    let value = if let Some(hex) = plain.strip_prefix("0x").or_else(|| plain.strip_prefix("0X")) {
        parse_hex_float(hex)?
    } else {
        let valid =
            plain.bytes().all(|b| matches!(b, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'));
        let value: f64 = if valid { plain.parse().ok()? } else { return None };
        if value.is_infinite() {
            return None;
        }
        value
    };
    Some(if negative { -value } else { value })
}

/// Reads mantissa and binary exponent of a hexadecimal float, rounding to even.
fn parse_hex_float(text: &str) -> Option<f64> {
    let (mantissa, power) = text.split_once(['p', 'P'])?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut exponent: i64 = power.parse().ok()?;
    let (mut bits, mut lost) = (0u64, false);
    for (digits, step) in [(whole, 0), (fraction, -4)] {
        for digit in digits.chars() {
            let digit = u64::from(digit.to_digit(16)?);
            if bits >> 58 == 0 {
                bits = bits << 4 | digit;
                exponent = exponent.checked_add(step)?;
            } else {
                lost |= digit != 0;
                exponent = exponent.checked_add(step + 4)?;
            }
        }
    }
    if lost {
        bits |= 1;
    }
    round_binary(bits, exponent)
}

/// Returns `bits * 2^exponent`, rounded to even; `None` where that is infinite.
fn round_binary(bits: u64, exponent: i64) -> Option<f64> {
    if bits == 0 {
        return Some(0.0);
    }
    let width = 64 - i64::from(bits.leading_zeros());
    // The exponent of the lowest bit that a float of this size keeps.
    let lowest = exponent.checked_add(width)?.checked_sub(53)?.max(-1074);
    let shift = lowest - exponent;
    let kept = if shift <= 0 {
        bits << u32::try_from(-shift).ok().filter(|s| *s < 64)?
    } else if shift > 64 {
        0
    } else {
        let wide = u128::from(bits);
        let half = 1u128 << (shift - 1);
        let kept = wide >> shift;
        let rest = wide & ((half << 1) - 1);
        let up = rest > half || (rest == half && kept & 1 == 1);
        u64::try_from(kept).ok()? + u64::from(up)
    };
    #[expect(clippy::cast_precision_loss, reason = "at most 53 bits are left")]
    let mut value = kept as f64;
    let mut power = lowest;
    while power > 0 {
        let step = power.min(1000);
        value *= 2f64.powi(i32::try_from(step).ok()?);
        if value.is_infinite() {
            return None;
        }
        power -= step;
    }
    while power < 0 {
        // A single last multiplication keeps subnormal numbers exact: the bits are already rounded.
        let step = power.max(-500);
        value *= 2f64.powi(i32::try_from(step).ok()?);
        power -= step;
    }
    Some(value)
}

/// Returns whether underscores stand only between digits, or behind a prefix.
fn underscores_separate(text: &str) -> bool {
    let mut previous = '^';
    let body = text.strip_prefix(['+', '-']).unwrap_or(text);
    let mut hex = false;
    let mut chars = body;
    if let [b'0', prefix, ..] = body.as_bytes()
        && matches!(prefix.to_ascii_lowercase(), b'x' | b'b' | b'o')
    {
        hex = prefix.eq_ignore_ascii_case(&b'x');
        previous = '0';
        chars = body.get(2..).unwrap_or_default();
    }
    for c in chars.chars() {
        if c.is_ascii_digit() || (hex && c.is_ascii_hexdigit()) {
            previous = '0';
        } else if c == '_' {
            if previous != '0' {
                return false;
            }
            previous = '_';
        } else {
            if previous == '_' {
                return false;
            }
            previous = '!';
        }
    }
    previous != '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Result<Ideal, String> {
        Number::parse(text.as_bytes(), Kind::Number).map(|number| number.ideal())
    }

    #[test]
    fn literals_take_the_type_they_look_like() {
        let check = |text: &str, want: Ideal| assert_eq!(number(text), Ok(want), "{text}");
        check("1", Ideal::Int(1));
        check("-0x1F", Ideal::Int(-31));
        check("0b101", Ideal::Int(5));
        check("017", Ideal::Int(15));
        check("0o17", Ideal::Int(15));
        check("1_000", Ideal::Int(1000));
        check("1e3", Ideal::Float(1000.0));
        check(".5", Ideal::Float(0.5));
        check("0x1p4", Ideal::Float(16.0));
        check("0x.8p1", Ideal::Float(1.0));
        check("0x1.fffffffffffff8p0", Ideal::Float(2.0));
        check("0x1p-1074", Ideal::Float(5e-324));
        check("1i", Ideal::Complex(0.0, 1.0));
        check("9223372036854775808", Ideal::Overflow);
    }

    #[test]
    fn what_is_no_number_is_refused() {
        let check =
            |text: &str, want: &str| assert_eq!(number(text), Err(want.to_owned()), "{text}");
        check("1__0", r#"illegal number syntax: "1__0""#);
        check("08", r#"integer overflow: "08""#);
        check("0x", r#"illegal number syntax: "0x""#);
        check("18446744073709551616", r#"integer overflow: "18446744073709551616""#);
        check("1e999", r#"illegal number syntax: "1e999""#);
    }
}
