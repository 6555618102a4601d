//! Formats: what `printf` makes of verbs, widths, precisions and argument numbers, Go's complaints about
//! them included.

use crate::error::Limit;
use crate::printer::{Flags, Printer, TooLarge};
use crate::unicode::decode;
use crate::value::Value;

/// What Go refuses as a width or precision.
const MAX_WIDTH: usize = 1_000_000;

/// Returns what `fmt.Sprintf` returns, unless that is longer than `limit` bytes.
pub fn format(format: &[u8], args: &[Value], limit: usize) -> Result<Vec<u8>, Limit> {
    let mut out = Vec::new();
    sprintf(&mut out, limit, format, args).map_err(|TooLarge| Limit::Output)?;
    Ok(out)
}

/// Appends what `fmt.Sprintf` returns; the whole may not become longer than `limit` bytes.
pub(crate) fn sprintf(
    out: &mut Vec<u8>,
    limit: usize,
    format: &[u8],
    args: &[Value],
) -> Result<(), TooLarge> {
    let mut printer = Printer::new(out, limit);
    printer.format(format, args);
    printer.finish()
}

impl Printer<'_> {
    fn format(&mut self, format: &[u8], args: &[Value]) {
        let mut reader = Reader { format, at: 0, arg: 0 };
        while !self.is_full() {
            self.good_number = true;
            let rest = reader.rest();
            let plain = rest.iter().position(|&b| b == b'%').unwrap_or(rest.len());
            self.out.extend_from_slice(rest.get(..plain).unwrap_or_default());
            reader.at += plain + 1;
            if plain == rest.len() {
                break;
            }
            if !self.verb(&mut reader, args) {
                break;
            }
        }
        let extra = args.get(reader.arg..).unwrap_or_default();
        if self.reordered || extra.is_empty() {
            return;
        }
        self.flags = Flags::default();
        self.out.extend_from_slice(b"%!(EXTRA ");
        for (i, arg) in extra.iter().enumerate() {
            if i > 0 {
                self.out.extend_from_slice(b", ");
            }
            if arg.is_nil() {
                self.out.extend_from_slice(b"<nil>");
            } else {
                self.out.extend_from_slice(arg.go_type().to_string().as_bytes());
                self.out.push(b'=');
                self.argument(arg, 'v');
            }
        }
        self.out.push(b')');
    }

    /// Prints what one verb says; returns whether the format goes on.
    fn verb(&mut self, reader: &mut Reader<'_>, args: &[Value]) -> bool {
        self.flags = Flags::default();
        loop {
            match reader.peek() {
                Some(b'#') => self.flags.sharp = true,
                Some(b'0') => self.flags.zero = true,
                Some(b'+') => self.flags.plus = true,
                Some(b'-') => self.flags.minus = true,
                Some(b' ') => self.flags.space = true,
                Some(c @ b'a'..=b'z') if reader.arg < args.len() => {
                    reader.at += 1;
                    self.operand(reader, args, char::from(c));
                    return true;
                }
                _ => break,
            }
            reader.at += 1;
        }
        let mut after_index = self.argument_number(reader, args.len());
        if reader.peek() == Some(b'*') {
            reader.at += 1;
            match reader.int_argument(args) {
                None => self.out.extend_from_slice(b"%!(BADWIDTH)"),
                Some(width) => {
                    self.flags.width = Some(width.unsigned_abs());
                    if width < 0 {
                        self.flags.minus = true;
                        self.flags.zero = false;
                    }
                }
            }
            after_index = false;
        } else {
            self.flags.width = reader.number();
            if after_index && self.flags.width.is_some() {
                self.good_number = false;
            }
        }
        if reader.peek() == Some(b'.') && reader.rest().len() > 1 {
            after_index = self.precision(reader, args, after_index);
        }
        if !after_index {
            self.argument_number(reader, args.len());
        }
        if reader.rest().is_empty() {
            self.out.extend_from_slice(b"%!(NOVERB)");
            return false;
        }
        let (verb, width) = decode(reader.rest());
        reader.at += width;
        if verb == '%' {
            self.out.push(b'%');
        } else if !self.good_number {
            self.complain(verb, "(BADINDEX)");
        } else if reader.arg >= args.len() {
            self.complain(verb, "(MISSING)");
        } else {
            self.operand(reader, args, verb);
        }
        true
    }

    fn precision(&mut self, reader: &mut Reader<'_>, args: &[Value], after_index: bool) -> bool {
        reader.at += 1;
        if after_index {
            self.good_number = false;
        }
        let after_index = self.argument_number(reader, args.len());
        if reader.peek() != Some(b'*') {
            self.flags.precision = Some(reader.number().unwrap_or_default());
            return after_index;
        }
        reader.at += 1;
        match reader.int_argument(args).map(usize::try_from) {
            Some(Ok(precision)) => self.flags.precision = Some(precision),
            _ => self.out.extend_from_slice(b"%!(BADPREC)"),
        }
        false
    }

    fn complain(&mut self, verb: char, what: &str) {
        self.out.extend_from_slice(format!("%!{verb}{what}").as_bytes());
    }

    fn operand(&mut self, reader: &mut Reader<'_>, args: &[Value], verb: char) {
        let value = args.get(reader.arg).unwrap_or(&Value::Nil);
        reader.arg += 1;
        if matches!(verb, 'v' | 'w') {
            self.flags.sharp_v = std::mem::take(&mut self.flags.sharp);
            self.flags.plus_v = std::mem::take(&mut self.flags.plus);
        }
        self.argument(value, verb);
    }

    /// Reads `[n]`; returns whether there was one.
    fn argument_number(&mut self, reader: &mut Reader<'_>, count: usize) -> bool {
        if reader.peek() != Some(b'[') {
            return false;
        }
        self.reordered = true;
        let rest = reader.rest();
        let close = rest.iter().position(|&b| b == b']').filter(|_| rest.len() >= 3);
        let Some(close) = close else {
            reader.at += 1;
            self.good_number = false;
            return false;
        };
        let digits = rest.get(1..close).unwrap_or_default();
        reader.at += close + 1;
        let number = parse_number(digits).filter(|(_, used)| *used == digits.len());
        match number.map(|(number, _)| number) {
            Some(number) if (1..=count).contains(&number) => {
                reader.arg = number - 1;
                true
            }
            number => {
                self.good_number = false;
                number.is_some()
            }
        }
    }
}

/// A position in a format and among its operands.
struct Reader<'f> {
    format: &'f [u8],
    at: usize,
    arg: usize,
}

impl<'f> Reader<'f> {
    fn rest(&self) -> &'f [u8] {
        self.format.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.rest().first().copied()
    }

    /// Reads a width or precision; one too large swallows the rest of the format.
    fn number(&mut self) -> Option<usize> {
        let rest = self.rest();
        if rest.is_empty() {
            return None;
        }
        match parse_number(rest) {
            Some((number, used)) => {
                self.at += used;
                Some(number)
            }
            None if rest.first().is_some_and(u8::is_ascii_digit) => {
                self.at = self.format.len();
                None
            }
            None => None,
        }
    }

    fn int_argument(&mut self, args: &[Value]) -> Option<isize> {
        let value = args.get(self.arg)?;
        self.arg += 1;
        let number = value.unwrapped();
        let int = number.as_int().or_else(|| i64::try_from(number.as_uint()?).ok())?;
        let int = isize::try_from(int).ok()?;
        (int.unsigned_abs() <= MAX_WIDTH).then_some(int)
    }
}

/// Returns the number at the beginning of `digits` and its length; `None` if there is none or it is too
/// large.
fn parse_number(digits: &[u8]) -> Option<(usize, usize)> {
    let mut number = 0usize;
    let mut used = 0;
    for digit in digits.iter().take_while(|b| b.is_ascii_digit()) {
        if number > MAX_WIDTH {
            return None;
        }
        number = number * 10 + usize::from(digit - b'0');
        used += 1;
    }
    (used > 0).then_some((number, used))
}
