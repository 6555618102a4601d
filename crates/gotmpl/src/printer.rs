//! The printer behind `print` and `printf`: flags, padding, numbers and text as the package `fmt` of Go
//! writes them.

use crate::float::{self, Bits};
use crate::quote::{can_backquote, quote_char, quote_with};
use crate::unicode::{count, is_print};
use crate::value::{Small, Value};

/// The result has grown beyond its bound, or the value contains itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooLarge;

#[derive(Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct Flags {
    pub(crate) width: Option<usize>,
    pub(crate) precision: Option<usize>,
    pub(crate) minus: bool,
    pub(crate) plus: bool,
    pub(crate) sharp: bool,
    pub(crate) space: bool,
    pub(crate) zero: bool,
    /// `%+v` and `%#v`, which are verbs of their own rather than flags.
    pub(crate) plus_v: bool,
    pub(crate) sharp_v: bool,
}

#[expect(clippy::struct_excessive_bools, reason = "they tell of different things")]
pub(crate) struct Printer<'o> {
    pub(crate) out: &'o mut Vec<u8>,
    pub(crate) limit: usize,
    pub(crate) too_large: bool,
    pub(crate) flags: Flags,
    /// While a bad verb is reported, values do not print themselves.
    pub(crate) reporting: bool,
    /// Whether pointers are followed.
    pub(crate) follows: bool,
    pub(crate) depth: usize,
    /// For explicit argument numbers.
    pub(crate) reordered: bool,
    pub(crate) good_number: bool,
}

impl<'o> Printer<'o> {
    pub(crate) fn new(out: &'o mut Vec<u8>, limit: usize) -> Self {
        Self {
            out,
            limit,
            too_large: false,
            flags: Flags::default(),
            reporting: false,
            follows: false,
            depth: 0,
            reordered: false,
            good_number: true,
        }
    }

    pub(crate) fn finish(self) -> Result<(), TooLarge> {
        if self.too_large || self.out.len() > self.limit { Err(TooLarge) } else { Ok(()) }
    }

    pub(crate) fn is_full(&mut self) -> bool {
        self.too_large |= self.out.len() > self.limit;
        self.too_large
    }

    // Padding.

    pub(crate) fn padding(&mut self, count: usize) {
        if self.is_full() {
            return;
        }
        let with = if self.flags.zero && !self.flags.minus { b'0' } else { b' ' };
        self.out.resize(self.out.len() + count, with);
    }

    pub(crate) fn pad(&mut self, text: &[u8]) {
        let missing = self.flags.width.map_or(0, |width| width.saturating_sub(count(text)));
        if missing > 0 && !self.flags.minus {
            self.padding(missing);
        }
        self.out.extend_from_slice(text);
        if missing > 0 && self.flags.minus {
            self.padding(missing);
        }
    }

    pub(crate) fn pad_with_spaces(&mut self, text: &[u8]) {
        let zero = std::mem::take(&mut self.flags.zero);
        self.pad(text);
        self.flags.zero = zero;
    }

    // Numbers.

    pub(crate) fn integer(&mut self, magnitude: u64, negative: bool, signed: bool, verb: char) {
        match verb {
            'v' if self.flags.sharp_v && !signed => self.hex_with_prefix(magnitude, true),
            'v' | 'd' => self.digits(magnitude, negative, 10, verb),
            'b' => self.digits(magnitude, negative, 2, verb),
            'o' | 'O' => self.digits(magnitude, negative, 8, verb),
            'x' | 'X' => self.digits(magnitude, negative, 16, verb),
            'c' => {
                let c = character(magnitude, negative);
                self.pad(c.encode_utf8(&mut [0; 4]).as_bytes());
            }
            'q' => {
                let quoted = quote_char(character(magnitude, negative), self.flags.plus);
                self.pad(quoted.as_bytes());
            }
            _ => self.code_point(magnitude, negative),
        }
    }

    pub(crate) fn is_integer_verb(verb: char) -> bool {
        matches!(verb, 'v' | 'd' | 'b' | 'o' | 'O' | 'x' | 'X' | 'c' | 'q' | 'U')
    }

    pub(crate) fn hex_with_prefix(&mut self, number: u64, prefix: bool) {
        let sharp = std::mem::replace(&mut self.flags.sharp, prefix);
        self.digits(number, false, 16, 'v');
        self.flags.sharp = sharp;
    }

    pub(crate) fn digits(&mut self, magnitude: u64, negative: bool, base: u32, verb: char) {
        let flags = self.flags;
        let mut precision = 0;
        if let Some(wanted) = flags.precision {
            precision = wanted;
            if wanted == 0 && magnitude == 0 {
                let zero = std::mem::take(&mut self.flags.zero);
                self.padding(flags.width.unwrap_or_default());
                self.flags.zero = zero;
                return;
            }
        } else if let Some(width) = flags.width.filter(|_| flags.zero && !flags.minus) {
            precision = width - usize::from(width > 0 && (negative || flags.plus || flags.space));
        }
        let body = match (base, verb) {
            (10, _) => magnitude.to_string(),
            (8, _) => format!("{magnitude:o}"),
            (2, _) => format!("{magnitude:b}"),
            (_, 'X') => format!("{magnitude:X}"),
            _ => format!("{magnitude:x}"),
        };
        let mut text = String::new();
        text.push_str(if negative {
            "-"
        } else if flags.plus {
            "+"
        } else if flags.space {
            " "
        } else {
            ""
        });
        let zeros = precision.saturating_sub(body.len());
        if verb == 'O' {
            text.push_str("0o");
        }
        if flags.sharp {
            text.push_str(match (base, verb) {
                (2, _) => "0b",
                (8, _) if zeros == 0 && !body.starts_with('0') => "0",
                (16, 'X') => "0X",
                (16, _) => "0x",
                _ => "",
            });
        }
        if self.is_full() {
            return;
        }
        text.extend(std::iter::repeat_n('0', zeros));
        text.push_str(&body);
        self.pad_with_spaces(text.as_bytes());
    }

    pub(crate) fn code_point(&mut self, magnitude: u64, negative: bool) {
        let code = if negative { magnitude.wrapping_neg() } else { magnitude };
        let width = self.flags.precision.unwrap_or_default().max(4);
        if self.is_full() {
            return;
        }
        let mut text = format!("{code:X}");
        text = format!("U+{}{text}", "0".repeat(width.saturating_sub(text.len())));
        let shown = u32::try_from(code).ok().and_then(char::from_u32).filter(|c| is_print(*c));
        if let Some(c) = shown.filter(|_| self.flags.sharp) {
            text = format!("{text} '{c}'");
        }
        self.pad_with_spaces(text.as_bytes());
    }

    pub(crate) fn is_float_verb(verb: char) -> bool {
        matches!(verb, 'v' | 'b' | 'g' | 'G' | 'x' | 'X' | 'f' | 'F' | 'e' | 'E')
    }

    pub(crate) fn float(&mut self, f: f64, bits: Bits, verb: char) {
        let (format, default) = match verb {
            'v' => ('g', None),
            'F' => ('f', Some(6)),
            'f' | 'e' | 'E' => (verb, Some(6)),
            other => (other, None),
        };
        if self.is_full() {
            return;
        }
        let precision = self.flags.precision.or(default);
        let mut text = float::format(f, format, precision, bits);
        if !text.starts_with(['-', '+']) {
            text.insert(0, '+');
        }
        if self.flags.space && text.starts_with('+') && !self.flags.plus {
            text.replace_range(..1, " ");
        }
        if text.contains('I') || text.contains('N') {
            // Infinity keeps its sign, not-a-number only if one was asked for.
            let bare = text.ends_with("NaN") && !self.flags.space && !self.flags.plus;
            let skip = usize::from(bare);
            self.pad_with_spaces(text.get(skip..).unwrap_or_default().as_bytes());
            return;
        }
        if self.flags.sharp && format != 'b' {
            text = with_point(&text, format, verb, precision);
        }
        if !self.flags.plus && text.starts_with('+') {
            self.pad(text.get(1..).unwrap_or_default().as_bytes());
            return;
        }
        let missing = self.flags.width.unwrap_or_default().saturating_sub(text.len());
        if self.flags.zero && !self.flags.minus && missing > 0 {
            let (sign, number) = text.split_at_checked(1).unwrap_or(("", &text));
            self.out.extend_from_slice(sign.as_bytes());
            self.padding(missing);
            self.out.extend_from_slice(number.as_bytes());
            return;
        }
        self.pad(text.as_bytes());
    }

    pub(crate) fn complex(&mut self, re: f64, im: f64, verb: char) {
        let plus = self.flags.plus;
        self.out.push(b'(');
        self.float(re, Bits::Double, verb);
        self.flags.plus = true;
        self.float(im, Bits::Double, verb);
        self.out.extend_from_slice(b"i)");
        self.flags.plus = plus;
    }

    // Text.

    pub(crate) fn is_text_verb(verb: char) -> bool {
        matches!(verb, 'v' | 's' | 'x' | 'X' | 'q')
    }

    pub(crate) fn text(&mut self, text: &[u8], verb: char) {
        match verb {
            'x' | 'X' => self.hex_text(text, verb),
            'q' => self.quoted(text),
            'v' if self.flags.sharp_v => self.quoted(text),
            _ => self.pad(self.truncated(text)),
        }
    }

    pub(crate) fn truncated<'t>(&self, text: &'t [u8]) -> &'t [u8] {
        let Some(precision) = self.flags.precision else {
            return text;
        };
        crate::token::first_characters(text, precision.min(text.len()))
    }

    pub(crate) fn quoted(&mut self, text: &[u8]) {
        let text = self.truncated(text);
        if self.flags.sharp && can_backquote(text) {
            self.pad(&[b"`", text, b"`"].concat());
        } else {
            self.pad(quote_with(text, self.flags.plus).as_bytes());
        }
    }

    pub(crate) fn hex_text(&mut self, text: &[u8], verb: char) {
        let length = self.flags.precision.map_or(text.len(), |p| p.min(text.len()));
        let bytes = text.get(..length).unwrap_or_default();
        if bytes.is_empty() {
            self.padding(self.flags.width.unwrap_or_default());
            return;
        }
        let prefix = if verb == 'X' { "0X" } else { "0x" };
        let mut hex = String::new();
        for (i, byte) in bytes.iter().enumerate() {
            if self.flags.space && i > 0 {
                hex.push(' ');
            }
            if self.flags.sharp && (i == 0 || self.flags.space) {
                hex.push_str(prefix);
            }
            let digits = if verb == 'X' { format!("{byte:02X}") } else { format!("{byte:02x}") };
            hex.push_str(&digits);
        }
        self.pad(hex.as_bytes());
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8], verb: char, type_name: &str) {
        match verb {
            's' => self.pad(self.truncated(bytes)),
            'x' | 'X' => self.hex_text(bytes, verb),
            'q' => self.quoted(bytes),
            'v' | 'd' => {
                let sharp = self.flags.sharp_v;
                self.open(type_name, if sharp { b'{' } else { b'[' });
                for (i, byte) in bytes.iter().enumerate() {
                    if self.is_full() {
                        return;
                    }
                    self.separate(i);
                    if sharp {
                        self.hex_with_prefix(u64::from(*byte), true);
                    } else {
                        self.digits(u64::from(*byte), false, 10, verb);
                    }
                }
                self.out.push(if sharp { b'}' } else { b']' });
            }
            _ => {
                let sharp = self.flags.sharp_v;
                self.open("[]uint8", if sharp { b'{' } else { b'[' });
                for (i, byte) in bytes.iter().enumerate() {
                    if self.is_full() {
                        return;
                    }
                    self.separate(i);
                    self.value(&Value::Small(Small::Uint8(*byte)), verb);
                }
                self.out.push(if sharp { b'}' } else { b']' });
            }
        }
    }

    pub(crate) fn open(&mut self, type_name: &str, bracket: u8) {
        if self.flags.sharp_v {
            self.out.extend_from_slice(type_name.as_bytes());
        }
        self.out.push(bracket);
    }

    pub(crate) fn separate(&mut self, index: usize) {
        if index > 0 {
            self.out.extend_from_slice(if self.flags.sharp_v { b", " } else { b" " });
        }
    }
}

fn character(magnitude: u64, negative: bool) -> char {
    let code = u32::try_from(magnitude).ok().filter(|_| !negative);
    code.and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// Adds what the flag `#` asks for: a point, and the zeros that were left out.
fn with_point(text: &str, format: char, verb: char, precision: Option<usize>) -> String {
    let mut wanted = match verb {
        'v' | 'g' | 'G' | 'x' => precision.map_or(6, |p| i64::try_from(p).unwrap_or(i64::MAX)),
        _ => 0,
    };
    let hex = matches!(format, 'x' | 'X');
    let body = text.get(1..).unwrap_or_default();
    let tail_at = body.find(|c: char| matches!(c, 'p' | 'P') || (!hex && matches!(c, 'e' | 'E')));
    let (number, tail) = body.split_at(tail_at.unwrap_or(body.len()));
    let mut seen = false;
    for c in number.chars().filter(|c| *c != '.') {
        seen |= c != '0';
        wanted -= i64::from(seen);
    }
    let mut out = text.get(..1).unwrap_or_default().to_owned() + number;
    if !number.contains('.') {
        if number == "0" {
            wanted -= 1;
        }
        out.push('.');
    }
    out.extend(std::iter::repeat_n('0', usize::try_from(wanted).unwrap_or_default()));
    out + tail
}
