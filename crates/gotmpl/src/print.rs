//! Values of every kind, as verbs print them, and the functions that print without a format.

use std::sync::Arc;

use crate::float::Bits;
use crate::object::Object;
use crate::printer::{Printer, TooLarge};
use crate::types::Type;
use crate::value::{Small, Value};

/// How deeply values may be nested to be printed.
const MAX_DEPTH: usize = 200;

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

impl Printer<'_> {
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

    /// Prints an operand.
    pub(crate) fn argument(&mut self, value: &Value, verb: char) {
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
    pub(crate) fn value(&mut self, value: &Value, verb: char) {
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
            Value::List(list) if list.is_nil() && self.flags.sharp_v => self.typed_nil(value),
            Value::Map(map) if map.is_nil() && self.flags.sharp_v => self.typed_nil(value),
            Value::List(list) => {
                let any = list.holds_any();
                let items = list.items();
                self.container(|printer| {
                    printer.list(&value.go_type().to_string(), &items, any, verb);
                });
            }
            Value::Map(map) => {
                let any = map.elem() == Type::Any;
                let name = map.go_type().to_string();
                let entries = map.entries();
                self.container(|printer| {
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

    fn typed_nil(&mut self, value: &Value) {
        self.out.extend_from_slice(format!("{}(nil)", value.go_type()).as_bytes());
    }

    /// Guards against values that contain themselves.
    fn container(&mut self, print: impl FnOnce(&mut Self)) {
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

    fn map(&mut self, name: &str, entries: &[(Arc<str>, Value)], any: bool, verb: char) {
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
            && let Some(text) = self.text_of(&**object)
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
                self.container(|printer| printer.fields(&name, &object.fields(), verb));
            }
            _ => match object.plain() {
                Some(plain) => self.named(value, &plain, verb),
                None => self.pad(format!("?{go_type}?").as_bytes()),
            },
        }
    }

    fn text_of(&self, object: &dyn Object) -> Option<String> {
        let addressed = self.follows && self.depth == 0;
        object.text().or_else(|| object.text_by_address().filter(|_| addressed))
    }

    /// Prints a named type by what it is made of; lists and maps under the name of their own.
    fn named(&mut self, value: &Value, plain: &Value, verb: char) {
        let name = value.go_type().to_string();
        match plain {
            Value::List(list) => {
                let (any, items) = (list.holds_any(), list.items());
                self.container(|printer| printer.list(&name, &items, any, verb));
            }
            Value::Map(map) => {
                let (any, entries) = (map.elem() == Type::Any, map.entries());
                self.container(|printer| printer.map(&name, &entries, any, verb));
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

    pub(crate) fn bad_verb(&mut self, value: &Value, verb: char) {
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
}
