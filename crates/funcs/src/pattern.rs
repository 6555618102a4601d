//! Go's syntax of regular expressions (`regexp/syntax`), written anew for the Rust library. Mistakes are
//! found here, with Go's words for them.

use std::fmt::Write;

/// How often something may be repeated, by repetitions within repetitions too.
const MAX_REPEAT: u32 = 1000;

/// How deeply groups may be nested.
const MAX_DEPTH: usize = 250;

/// Returns the expression in the syntax of the library; the error is Go's text behind
/// `error parsing regexp: `.
pub(crate) fn translate(source: &str) -> Result<String, String> {
    let mut reader = Reader {
        source,
        at: 0,
        out: String::with_capacity(source.len() + 16),
        names: Vec::new(),
        heaviest: vec![1],
        weight: 1,
        last: Last::Nothing,
    };
    reader.whole()?;
    Ok(reader.out)
}

/// What stands before a place.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    /// Nothing that could be repeated.
    Nothing,
    Item,
    /// A repetition that began here.
    Repeat(usize),
}

struct Reader<'a> {
    source: &'a str,
    at: usize,
    out: String,
    names: Vec<&'a str>,
    /// For each open group, and the whole, the weight of the heaviest item in it.
    heaviest: Vec<u32>,
    /// How often the last item repeats what it holds, nested repetitions multiplied.
    weight: u32,
    last: Last,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        self.source.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn advance(&mut self, c: char) {
        self.at += c.len_utf8();
    }

    fn since(&self, start: usize) -> &'a str {
        self.source.get(start..self.at).unwrap_or_default()
    }

    fn whole(&mut self) -> Result<(), String> {
        while let Some(c) = self.peek() {
            match c {
                '(' => self.open()?,
                ')' => self.close()?,
                '|' | '^' | '$' | '.' => {
                    self.advance(c);
                    self.out.push(c);
                    self.item(1);
                    if c == '|' {
                        self.last = Last::Nothing;
                    }
                }
                '*' | '+' | '?' => {
                    let start = self.at;
                    self.advance(c);
                    self.repeat(start, &c.to_string())?;
                }
                '{' => self.braces()?,
                '[' => {
                    self.class()?;
                    self.item(1);
                }
                '\\' => {
                    self.escape()?;
                    self.item(1);
                }
                c => {
                    self.advance(c);
                    push_literal(&mut self.out, c);
                    self.item(1);
                }
            }
        }
        if self.heaviest.len() == 1 {
            return Ok(());
        }
        Err(format!("missing closing ): `{}`", self.source))
    }

    /// Notes an item that could be repeated.
    fn item(&mut self, weight: u32) {
        self.last = Last::Item;
        self.weigh(weight);
    }

    fn weigh(&mut self, weight: u32) {
        self.weight = weight;
        if let Some(heaviest) = self.heaviest.last_mut() {
            *heaviest = weight.max(*heaviest);
        }
    }

    fn open(&mut self) -> Result<(), String> {
        if self.heaviest.len() > MAX_DEPTH {
            return Err(format!("expression nests too deeply: `{}`", self.source));
        }
        if !self.rest().starts_with("(?") {
            self.last = Last::Nothing;
            self.at += 1;
            self.out.push('(');
            self.heaviest.push(1);
            return Ok(());
        }
        let named = ["(?P<", "(?<"].into_iter().find(|start| self.rest().starts_with(start));
        match named {
            Some(start) => {
                self.last = Last::Nothing;
                self.named(start.len())
            }
            None => self.flags(),
        }
    }

    fn named(&mut self, start: usize) -> Result<(), String> {
        let bad = |what: &str, part: &str| format!("{what}: `{part}`");
        let Some(end) = self.rest().find('>') else {
            return Err(bad("invalid named capture", self.rest()));
        };
        let whole = self.rest().get(..=end).unwrap_or_default();
        let name = whole.get(start..end).unwrap_or_default();
        if name.is_empty() || !name.chars().all(|c| c == '_' || c.is_alphanumeric()) {
            return Err(bad("invalid named capture", whole));
        }
        self.at += whole.len();
        self.heaviest.push(1);
        self.out.push('(');
        // Of groups with the same name, which the library refuses, Go finds the first.
        if !self.names.contains(&name) {
            self.names.push(name);
            self.out.push_str("?P<");
            self.out.push_str(name);
            self.out.push('>');
        }
        Ok(())
    }

    fn flags(&mut self) -> Result<(), String> {
        let start = self.at;
        self.at += 2;
        let (mut negative, mut any) = (false, false);
        let (mut on, mut off) = (String::new(), String::new());
        let refused = |reader: &Self| {
            format!("invalid or unsupported Perl syntax: `{}`", reader.since(start))
        };
        while let Some(c) = self.peek() {
            self.advance(c);
            match c {
                'i' | 'm' | 's' | 'U' => {
                    any = true;
                    let said = if negative { &mut off } else { &mut on };
                    // The library takes each flag once.
                    if !said.contains(c) {
                        said.push(c);
                    }
                }
                '-' if !negative => (negative, any) = (true, false),
                ':' | ')' if !negative || any => {
                    on.retain(|flag| !off.contains(flag));
                    let dash = if negative { "-" } else { "" };
                    return self.flagged(&format!("{on}{dash}{off}"), c);
                }
                _ => return Err(refused(self)),
            }
        }
        Err(refused(self))
    }

    /// Writes flags for a group that begins, or for the rest of the one that is open.
    fn flagged(&mut self, flags: &str, end: char) -> Result<(), String> {
        if end == ':' {
            self.heaviest.push(1);
            self.last = Last::Nothing;
        } else {
            // A repetition behind flags repeats what stands before them.
            let before = self.last;
            if before != Last::Nothing {
                self.last = Last::Item;
            }
            while let Some(c) = self.peek().filter(|_| before != Last::Nothing) {
                match c {
                    '*' | '+' | '?' => {
                        let start = self.at;
                        self.advance(c);
                        self.repeat(start, &c.to_string())?;
                    }
                    '{' if counts(self.rest()).is_some() => self.braces()?,
                    _ => break,
                }
            }
            self.last = before;
        }
        if end == ':' || !flags.is_empty() {
            let _written = write!(self.out, "(?{flags}{end}");
        }
        Ok(())
    }

    fn close(&mut self) -> Result<(), String> {
        let Some(weight) = self.heaviest.pop().filter(|_| !self.heaviest.is_empty()) else {
            return Err(format!("unexpected ): `{}`", self.source));
        };
        self.at += 1;
        self.out.push(')');
        self.item(weight);
        Ok(())
    }

    /// Notes a repetition that begins at `start` and has been read without its `?`.
    fn repeat(&mut self, start: usize, operator: &str) -> Result<(), String> {
        if self.peek() == Some('?') {
            self.at += 1;
        }
        match self.last {
            Last::Nothing => {
                return Err(format!(
                    "missing argument to repetition operator: `{}`",
                    self.since(start)
                ));
            }
            Last::Repeat(first) => {
                return Err(format!("invalid nested repetition operator: `{}`", self.since(first)));
            }
            Last::Item => {}
        }
        self.out.push_str(operator);
        if self.since(start).len() > operator.len() {
            self.out.push('?');
        }
        self.last = Last::Repeat(start);
        Ok(())
    }

    /// Reads `{2,5}`; braces around anything else are literal.
    fn braces(&mut self) -> Result<(), String> {
        let start = self.at;
        let Some((least, most, length)) = counts(self.rest()) else {
            self.at += 1;
            self.out.push_str("\\{");
            self.item(1);
            return Ok(());
        };
        self.at += length;
        let too_many = |count: Option<u32>| count.is_some_and(|count| count > MAX_REPEAT);
        if too_many(Some(least)) || too_many(most) || most.is_some_and(|most| most < least) {
            return Err(format!("invalid repeat count: `{}`", self.since(start)));
        }
        let operator = self.since(start).to_owned();
        self.repeat(start, &operator)?;
        let weight = most.unwrap_or(least).saturating_mul(self.weight);
        if weight > MAX_REPEAT && (least > 1 || most.is_none_or(|most| most > 1)) {
            return Err(format!("invalid repeat count: `{operator}`"));
        }
        self.weigh(weight);
        Ok(())
    }

    fn class(&mut self) -> Result<(), String> {
        let (start, mut first) = (self.at, true);
        self.at += 1;
        self.out.push('[');
        if self.peek() == Some('^') {
            self.at += 1;
            self.out.push('^');
        }
        loop {
            let missing =
                || format!("missing closing ]: `{}`", self.source.get(start..).unwrap_or_default());
            let c = self.peek().ok_or_else(missing)?;
            if c == ']' && !first {
                self.at += 1;
                self.out.push(']');
                return Ok(());
            }
            first = false;
            if self.named_class()? || self.class_escape()? {
                continue;
            }
            self.range(start)?;
        }
    }

    /// Reads `[:alpha:]`.
    fn named_class(&mut self) -> Result<bool, String> {
        const NAMES: &[&str] = &[
            "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print",
            "punct", "space", "upper", "word", "xdigit",
        ];
        if !self.rest().starts_with("[:") {
            return Ok(false);
        }
        let Some(end) = self.rest().get(2..).and_then(|rest| rest.find(":]")) else {
            return Ok(false);
        };
        let whole = self.rest().get(..end + 4).unwrap_or_default();
        let name = whole.get(2..end + 2).unwrap_or_default();
        if !NAMES.contains(&name.strip_prefix('^').unwrap_or(name)) {
            return Err(format!("invalid character class range: `{whole}`"));
        }
        self.at += whole.len();
        self.out.push_str(whole);
        Ok(true)
    }

    /// Reads `\d` and `\pL` in a class.
    fn class_escape(&mut self) -> Result<bool, String> {
        let mut chars = self.rest().chars();
        let (Some('\\'), Some(c)) = (chars.next(), chars.next()) else {
            return Ok(false);
        };
        if let Some(class) = perl_class(c) {
            self.at += 2;
            self.out.push_str(class);
            return Ok(true);
        }
        if c == 'p' || c == 'P' {
            self.property()?;
            return Ok(true);
        }
        Ok(false)
    }

    fn range(&mut self, class: usize) -> Result<(), String> {
        let start = self.at;
        let low = self.class_character(class)?;
        let mut high = low;
        let mut after = self.rest().chars();
        if after.next() == Some('-') && after.next().is_some_and(|c| c != ']') {
            self.at += 1;
            high = self.class_character(class)?;
            if high < low {
                return Err(format!("invalid character class range: `{}`", self.since(start)));
            }
        }
        push_literal(&mut self.out, low);
        if high != low {
            self.out.push('-');
            push_literal(&mut self.out, high);
        }
        Ok(())
    }

    fn class_character(&mut self, class: usize) -> Result<char, String> {
        match self.peek() {
            None => {
                let part = self.source.get(class..).unwrap_or_default();
                Err(format!("missing closing ]: `{part}`"))
            }
            Some('\\') => self.escaped(),
            Some(c) => {
                self.advance(c);
                Ok(c)
            }
        }
    }

    fn escape(&mut self) -> Result<(), String> {
        let next = self.rest().chars().nth(1);
        match next {
            Some('A' | 'z') => self.out.push_str(self.rest().get(..2).unwrap_or_default()),
            Some('b') => self.out.push_str(r"(?-u:\b)"),
            Some('B') => self.out.push_str(r"(?-u:\B)"),
            Some('C') => return Err(format!("invalid escape sequence: `{}`", r"\C")),
            Some('p' | 'P') => return self.property(),
            Some('Q') => {
                self.quoted();
                return Ok(());
            }
            Some(c) if perl_class(c).is_some() => {
                self.out.push_str(perl_class(c).unwrap_or_default());
            }
            _ => {
                let c = self.escaped()?;
                push_literal(&mut self.out, c);
                return Ok(());
            }
        }
        self.at += 2;
        Ok(())
    }

    /// Reads `\Q…\E`.
    fn quoted(&mut self) {
        self.at += 2;
        let rest = self.rest();
        let (literal, length) = match rest.find(r"\E") {
            Some(end) => (rest.get(..end).unwrap_or_default(), end + 2),
            None => (rest, rest.len()),
        };
        for c in literal.chars() {
            push_literal(&mut self.out, c);
        }
        self.at += length;
    }

    /// Reads `\pL`, `\p{Greek}`, `\p{^Greek}`.
    fn property(&mut self) -> Result<(), String> {
        let start = self.at;
        let negative = self.rest().starts_with("\\P");
        self.at += 2;
        let bad = |part: &str| format!("invalid character class range: `{part}`");
        let Some(c) = self.peek() else {
            return Err(bad(self.since(start)));
        };
        let name = if c == '{' {
            let Some(end) = self.rest().find('}') else {
                return Err(bad(self.source.get(start..).unwrap_or_default()));
            };
            let name = self.rest().get(1..end).unwrap_or_default();
            self.at += end + 1;
            name
        } else {
            let name = self.rest().get(..c.len_utf8()).unwrap_or_default();
            self.advance(c);
            name
        };
        let (name, negative) = match name.strip_prefix('^') {
            Some(name) => (name, !negative),
            None => (name, negative),
        };
        let class = if name == "Any" {
            String::from(if negative { r"[^\x{0}-\x{10FFFF}]" } else { r"[\x{0}-\x{10FFFF}]" })
        } else {
            format!("\\{}{{{name}}}", if negative { 'P' } else { 'p' })
        };
        // Go knows categories and scripts by their short names, exactly as they are written.
        let known = !name.contains(['=', ':', '!', ' ', '-'])
            && name.starts_with(|c: char| c.is_ascii_uppercase())
            && ::regex::Regex::new(&class).is_ok();
        if !known {
            return Err(bad(self.since(start)));
        }
        self.out.push_str(&class);
        Ok(())
    }

    /// Reads a backslash and what it stands for.
    fn escaped(&mut self) -> Result<char, String> {
        let start = self.at;
        self.at += 1;
        let Some(c) = self.peek() else {
            return Err("trailing backslash at end of expression: ``".to_owned());
        };
        self.advance(c);
        let invalid =
            |reader: &Self| Err(format!("invalid escape sequence: `{}`", reader.since(start)));
        let simple = match c {
            'a' => '\u{7}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\u{b}',
            'x' => return self.hexadecimal(start),
            '0' => return Ok(self.octal(0, 2)),
            '1'..='7' => {
                let digit = c.to_digit(8).unwrap_or_default();
                if !self.peek().is_some_and(|c| c.is_digit(8)) {
                    return invalid(self);
                }
                return Ok(self.octal(digit, 2));
            }
            c if c.is_ascii() && !c.is_ascii_alphanumeric() => c,
            _ => return invalid(self),
        };
        Ok(simple)
    }

    fn octal(&mut self, first: u32, most: usize) -> char {
        let mut code = first;
        for _ in 0..most {
            let Some(digit) = self.peek().and_then(|c| c.to_digit(8)) else { break };
            code = code * 8 + digit;
            self.at += 1;
        }
        char::from_u32(code).unwrap_or_default()
    }

    fn hexadecimal(&mut self, start: usize) -> Result<char, String> {
        let braced = self.peek() == Some('{');
        let rest = self.rest();
        let digits =
            if braced { rest.find('}').and_then(|end| rest.get(1..end)) } else { rest.get(..2) };
        let code = digits
            .filter(|digits| !digits.starts_with('+'))
            .and_then(|digits| u32::from_str_radix(digits, 16).ok());
        if let (Some(digits), Some(c)) = (digits, code.and_then(char::from_u32)) {
            self.at += digits.len() + if braced { 2 } else { 0 };
            return Ok(c);
        }
        let most = if braced {
            // Up to what is no digit.
            1 + rest.chars().skip(1).take_while(char::is_ascii_hexdigit).count() + 1
        } else {
            2
        };
        self.at += rest.chars().take(most).map(char::len_utf8).sum::<usize>();
        Err(format!("invalid escape sequence: `{}`", self.since(start)))
    }
}

/// Reads `{n}`, `{n,}` or `{n,m}`; a number beyond any bound counts as one too many.
fn counts(text: &str) -> Option<(u32, Option<u32>, usize)> {
    let end = text.find('}')?;
    let inner = text.get(1..end)?;
    let number = |digits: &str| {
        let fine = !digits.is_empty()
            && digits.bytes().all(|b| b.is_ascii_digit())
            && (digits == "0" || !digits.starts_with('0'));
        fine.then(|| digits.parse().unwrap_or(MAX_REPEAT + 1))
    };
    let (least, most) = match inner.split_once(',') {
        None => {
            let count = number(inner)?;
            (count, Some(count))
        }
        Some((least, "")) => (number(least)?, None),
        Some((least, most)) => (number(least)?, Some(number(most)?)),
    };
    Some((least, most, end + 1))
}

const fn perl_class(c: char) -> Option<&'static str> {
    Some(match c {
        'd' => "[0-9]",
        'D' => "[^0-9]",
        's' => r"[\t\n\f\r ]",
        'S' => r"[^\t\n\f\r ]",
        'w' => "[0-9A-Za-z_]",
        'W' => "[^0-9A-Za-z_]",
        _ => return None,
    })
}

fn push_literal(out: &mut String, c: char) {
    if c.is_ascii() && !c.is_ascii_alphanumeric() {
        let _infallible = write!(out, "\\x{{{:x}}}", u32::from(c));
    } else {
        out.push(c);
    }
}
