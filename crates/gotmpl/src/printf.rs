//! Formatted printing: the package `fmt` of Go for the values of templates, its complaints included.

use crate::float::{self, Bits};
use crate::quote::{can_backquote, quote_char, quote_with};
use crate::types::Type;
use crate::unicode::{count, decode, is_print};
use crate::value::{Small, Value};

/// How deeply values may be nested to be printed.
const MAX_DEPTH: usize = 200;
/// What Go refuses as a width or precision.
const MAX_WIDTH: usize = 1_000_000;

/// The result has grown beyond its bound, or the value contains itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooLarge;

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

/// Appends what `fmt.Sprint` returns.
pub(crate) fn sprint(out: &mut Vec<u8>, limit: usize, args: &[Value]) -> Result<(), TooLarge> {
    Printer::new(out, limit).print(args)
}

/// Appends what `fmt.Sprint` returns for what an action or an escaping function prints: for pointers
/// what they point to.
pub(crate) fn sprint_followed(
    out: &mut Vec<u8>,
    limit: usize,
    args: &[Value],
) -> Result<(), TooLarge> {
    Printer { follows: true, ..Printer::new(out, limit) }.print(args)
}

/// Appends what `fmt.Sprintln` returns.
pub(crate) fn sprintln(out: &mut Vec<u8>, limit: usize, args: &[Value]) -> Result<(), TooLarge> {
    let mut printer = Printer::new(out, limit);
    for (i, arg) in args.iter().enumerate() {
        if i > 0 {
            printer.out.push(b' ');
        }
        printer.argument(arg, 'v');
    }
    printer.out.push(b'\n');
    printer.finish()
}

#[derive(Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
struct Flags {
    width: Option<usize>,
    precision: Option<usize>,
    minus: bool,
    plus: bool,
    sharp: bool,
    space: bool,
    zero: bool,
    /// `%+v` and `%#v`, which are verbs of their own rather than flags.
    plus_v: bool,
    sharp_v: bool,
}

#[expect(clippy::struct_excessive_bools, reason = "they tell of different things")]
struct Printer<'o> {
    out: &'o mut Vec<u8>,
    limit: usize,
    too_large: bool,
    flags: Flags,
    /// While a bad verb is reported, values do not print themselves.
    reporting: bool,
    /// Whether pointers are followed.
    follows: bool,
    depth: usize,
    /// For explicit argument numbers.
    reordered: bool,
    good_number: bool,
}

impl<'o> Printer<'o> {
    fn new(out: &'o mut Vec<u8>, limit: usize) -> Self {
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

    fn print(mut self, args: &[Value]) -> Result<(), TooLarge> {
        let mut after_text = true;
        for (i, arg) in args.iter().enumerate() {
            let is_text = arg.go_type().under() == Type::String;
            if i > 0 && !is_text && !after_text {
                self.out.push(b' ');
            }
            self.argument(arg, 'v');
            after_text = is_text;
        }
        self.finish()
    }

    fn finish(self) -> Result<(), TooLarge> {
        if self.too_large || self.out.len() > self.limit { Err(TooLarge) } else { Ok(()) }
    }

    fn is_full(&mut self) -> bool {
        self.too_large |= self.out.len() > self.limit;
        self.too_large
    }

    // Padding.

    fn padding(&mut self, count: usize) {
        if self.is_full() {
            return;
        }
        let with = if self.flags.zero && !self.flags.minus { b'0' } else { b' ' };
        self.out.resize(self.out.len() + count, with);
    }

    fn pad(&mut self, text: &[u8]) {
        let missing = self.flags.width.map_or(0, |width| width.saturating_sub(count(text)));
        if missing > 0 && !self.flags.minus {
            self.padding(missing);
        }
        self.out.extend_from_slice(text);
        if missing > 0 && self.flags.minus {
            self.padding(missing);
        }
    }

    fn pad_with_spaces(&mut self, text: &[u8]) {
        let zero = std::mem::take(&mut self.flags.zero);
        self.pad(text);
        self.flags.zero = zero;
    }

    // Numbers.

    fn integer(&mut self, magnitude: u64, negative: bool, signed: bool, verb: char) {
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

    fn is_integer_verb(verb: char) -> bool {
        matches!(verb, 'v' | 'd' | 'b' | 'o' | 'O' | 'x' | 'X' | 'c' | 'q' | 'U')
    }

    fn hex_with_prefix(&mut self, number: u64, prefix: bool) {
        let sharp = std::mem::replace(&mut self.flags.sharp, prefix);
        self.digits(number, false, 16, 'v');
        self.flags.sharp = sharp;
    }

    fn digits(&mut self, magnitude: u64, negative: bool, base: u32, verb: char) {
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

    fn code_point(&mut self, magnitude: u64, negative: bool) {
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

    fn is_float_verb(verb: char) -> bool {
        matches!(verb, 'v' | 'b' | 'g' | 'G' | 'x' | 'X' | 'f' | 'F' | 'e' | 'E')
    }

    fn float(&mut self, f: f64, bits: Bits, verb: char) {
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

    fn complex(&mut self, re: f64, im: f64, verb: char) {
        let plus = self.flags.plus;
        self.out.push(b'(');
        self.float(re, Bits::Double, verb);
        self.flags.plus = true;
        self.float(im, Bits::Double, verb);
        self.out.extend_from_slice(b"i)");
        self.flags.plus = plus;
    }

    // Text.

    fn is_text_verb(verb: char) -> bool {
        matches!(verb, 'v' | 's' | 'x' | 'X' | 'q')
    }

    fn text(&mut self, text: &[u8], verb: char) {
        match verb {
            'x' | 'X' => self.hex_text(text, verb),
            'q' => self.quoted(text),
            'v' if self.flags.sharp_v => self.quoted(text),
            _ => self.pad(self.truncated(text)),
        }
    }

    fn truncated<'t>(&self, text: &'t [u8]) -> &'t [u8] {
        let Some(precision) = self.flags.precision else {
            return text;
        };
        crate::token::first_characters(text, precision.min(text.len()))
    }

    fn quoted(&mut self, text: &[u8]) {
        let text = self.truncated(text);
        if self.flags.sharp && can_backquote(text) {
            self.pad(&[b"`", text, b"`"].concat());
        } else {
            self.pad(quote_with(text, self.flags.plus).as_bytes());
        }
    }

    fn hex_text(&mut self, text: &[u8], verb: char) {
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

    fn bytes(&mut self, bytes: &[u8], verb: char, type_name: &str) {
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

    fn open(&mut self, type_name: &str, bracket: u8) {
        if self.flags.sharp_v {
            self.out.extend_from_slice(type_name.as_bytes());
        }
        self.out.push(bracket);
    }

    fn separate(&mut self, index: usize) {
        if index > 0 {
            self.out.extend_from_slice(if self.flags.sharp_v { b", " } else { b" " });
        }
    }

    // Values.

    /// Prints an operand.
    fn argument(&mut self, value: &Value, verb: char) {
        if self.is_full() {
            return;
        }
        match (verb, value) {
            ('v' | 'T', Value::Nil) => self.pad(b"<nil>"),
            (_, Value::Nil) => self.bad_verb(value, verb),
            ('T', _) => {
                let name = value.go_type().to_string();
                let shown = self.truncated(name.as_bytes()).to_vec();
                self.pad(&shown);
            }
            ('p', _) => self.pointer(value, verb),
            (_, Value::Bytes(bytes)) => self.bytes(bytes, verb, "[]byte"),
            _ => self.value(value, verb),
        }
    }

    /// Prints a value at any depth.
    fn value(&mut self, value: &Value, verb: char) {
        match value {
            Value::Nil => self.out.extend_from_slice(b"<nil>"),
            Value::Bool(b) if matches!(verb, 't' | 'v') => {
                self.pad(if *b { b"true" } else { b"false" });
            }
            Value::Float(f) if Self::is_float_verb(verb) => self.float(*f, Bits::Double, verb),
            Value::Small(Small::Float32(f)) if Self::is_float_verb(verb) => {
                self.float(f64::from(*f), Bits::Single, verb);
            }
            Value::Complex(re, im) if Self::is_float_verb(verb) => self.complex(*re, *im, verb),
            Value::String(s) if Self::is_text_verb(verb) => self.text(s.as_bytes(), verb),
            Value::Raw(bytes) if Self::is_text_verb(verb) => self.text(bytes, verb),
            Value::Bytes(bytes) => self.bytes(bytes, verb, "[]uint8"),
            // The verb for wrapped errors is refused by values as a whole.
            Value::List(_) | Value::Map(_) | Value::Object(_) if verb == 'w' && !self.reporting => {
                self.bad_verb(value, verb);
            }
            Value::List(list) => {
                let any = list.holds_any();
                let items = list.items();
                self.container(value, list.identity(), |printer| {
                    printer.list(&value.go_type().to_string(), &items, any, verb);
                });
            }
            Value::Map(map) => {
                let any = map.elem() == Type::Any;
                let name = map.go_type().to_string();
                let entries = map.entries();
                self.container(value, map.identity(), |printer| {
                    printer.map(&name, &entries, any, verb);
                });
            }
            Value::Object(_) => self.object(value, verb),
            Value::Func(_) => self.pointer(value, verb),
            _ => self.number_or_bad_verb(value, verb),
        }
    }

    fn number_or_bad_verb(&mut self, value: &Value, verb: char) {
        if Self::is_integer_verb(verb) {
            if let Some(int) = value.as_int() {
                return self.integer(int.unsigned_abs(), int < 0, true, verb);
            }
            if let Some(uint) = value.as_uint() {
                return self.integer(uint, false, false, verb);
            }
        }
        self.bad_verb(value, verb);
    }

    /// Guards against values that contain themselves.
    fn container(&mut self, _value: &Value, _identity: usize, print: impl FnOnce(&mut Self)) {
        if self.depth >= MAX_DEPTH || self.is_full() {
            self.too_large = true;
            return;
        }
        self.depth += 1;
        print(self);
        self.depth -= 1;
    }

    fn element(&mut self, value: &Value, any: bool, verb: char) {
        if self.is_full() {
            return;
        }
        if value.is_nil() && any && self.flags.sharp_v {
            self.out.extend_from_slice(b"interface {}(nil)");
        } else {
            self.value(value, verb);
        }
    }

    fn list(&mut self, type_name: &str, items: &[Value], any: bool, verb: char) {
        let sharp = self.flags.sharp_v;
        self.open(type_name, if sharp { b'{' } else { b'[' });
        for (i, item) in items.iter().enumerate() {
            self.separate(i);
            self.element(item, any, verb);
            if self.too_large {
                return;
            }
        }
        self.out.push(if sharp { b'}' } else { b']' });
    }

    fn map(&mut self, name: &str, entries: &[(std::sync::Arc<str>, Value)], any: bool, verb: char) {
        let sharp = self.flags.sharp_v;
        let name = if sharp { name } else { "map" };
        self.out.extend_from_slice(name.as_bytes());
        self.out.push(if sharp { b'{' } else { b'[' });
        for (i, (key, value)) in entries.iter().enumerate() {
            self.separate(i);
            self.value(&Value::String(key.clone()), verb);
            self.out.push(b':');
            self.element(value, any, verb);
            if self.too_large {
                return;
            }
        }
        self.out.push(if sharp { b'}' } else { b']' });
    }

    fn object(&mut self, value: &Value, verb: char) {
        let Value::Object(object) = value else {
            return;
        };
        if !self.reporting
            && !self.flags.sharp_v
            && Self::is_text_verb(verb)
            && let Some(text) = object.text()
        {
            return self.text(text.as_bytes(), verb);
        }
        if object.is_nil() {
            return self.pointer(value, verb);
        }
        let go_type = object.go_type();
        match go_type.under() {
            Type::Pointer if self.depth > 0 => self.pointer(value, verb),
            Type::Pointer | Type::Struct => {
                let mut name = go_type.to_string();
                if go_type.under() == Type::Pointer {
                    if !self.follows {
                        self.out.push(b'&');
                    }
                    name = name.trim_start_matches('*').to_owned();
                }
                self.container(value, 0, |printer| printer.fields(&name, &object.fields(), verb));
            }
            _ => match object.plain() {
                Some(plain) => self.named(value, &plain, verb),
                None => self.pad(format!("?{go_type}?").as_bytes()),
            },
        }
    }

    /// Prints a named type by what it is made of; lists and maps under the name of their own.
    fn named(&mut self, value: &Value, plain: &Value, verb: char) {
        let name = value.go_type().to_string();
        match plain {
            Value::List(list) => {
                let (any, items) = (list.holds_any(), list.items());
                self.container(value, 0, |printer| printer.list(&name, &items, any, verb));
            }
            Value::Map(map) => {
                let (any, entries) = (map.elem() == Type::Any, map.entries());
                self.container(value, 0, |printer| printer.map(&name, &entries, any, verb));
            }
            Value::Object(_) => self.pad(b"<nil>"),
            other if Self::takes(other, verb) => self.value(other, verb),
            _ => self.bad_verb(value, verb),
        }
    }

    fn takes(value: &Value, verb: char) -> bool {
        match value.go_type().under() {
            Type::Bool => matches!(verb, 't' | 'v'),
            Type::String => Self::is_text_verb(verb),
            Type::Float32 | Type::Float64 | Type::Complex128 => Self::is_float_verb(verb),
            Type::List(_) => true,
            _ => Self::is_integer_verb(verb),
        }
    }

    fn fields(&mut self, type_name: &str, fields: &[(&'static str, Value)], verb: char) {
        self.open(type_name, b'{');
        for (i, (name, value)) in fields.iter().enumerate() {
            self.separate(i);
            if self.flags.plus_v || self.flags.sharp_v {
                self.out.extend_from_slice(name.as_bytes());
                self.out.push(b':');
            }
            self.element(value, true, verb);
            if self.too_large {
                return;
            }
        }
        self.out.push(b'}');
    }

    /// Prints an address. Addresses are the one thing that two runs of Go print differently; here all
    /// are the same.
    fn pointer(&mut self, value: &Value, verb: char) {
        let go_type = value.go_type();
        let is_nil = matches!(value, Value::Object(object) if object.is_nil());
        let address = if is_nil { 0 } else { 0xc0_0000_0000 };
        let points =
            matches!(go_type.under(), Type::List(_) | Type::Map(_) | Type::Func | Type::Pointer);
        match verb {
            'v' if points && self.flags.sharp_v => {
                self.out.extend_from_slice(format!("({go_type})(").as_bytes());
                if is_nil {
                    self.out.extend_from_slice(b"nil");
                } else {
                    self.hex_with_prefix(address, true);
                }
                self.out.push(b')');
            }
            'v' if points && is_nil => self.pad(b"<nil>"),
            'v' | 'p' if points => {
                let prefix = !self.flags.sharp;
                self.hex_with_prefix(address, prefix);
            }
            'b' | 'o' | 'd' | 'x' | 'X' if points => self.integer(address, false, false, verb),
            _ => self.bad_verb(value, verb),
        }
    }

    fn bad_verb(&mut self, value: &Value, verb: char) {
        self.reporting = true;
        self.out.extend_from_slice(b"%!");
        self.out.extend_from_slice(verb.encode_utf8(&mut [0; 4]).as_bytes());
        self.out.push(b'(');
        if value.is_nil() {
            self.out.extend_from_slice(b"<nil>");
        } else {
            self.out.extend_from_slice(value.go_type().to_string().as_bytes());
            self.out.push(b'=');
            self.argument(value, 'v');
        }
        self.out.push(b')');
        self.reporting = false;
    }

    // Formats.

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
