//! Text to tokens. The lexer knows only two states, inside and outside of an action, and is asked for
//! one token at a time. At what it cannot read it stops, and keeps the message.

use memchr::memchr;

use crate::quote::quote;
use crate::scan::{
    find, has_left_trim, is_space, leading_space, length_of_word, starts_with, trailing_space,
};
use crate::span::{Delims, Span, small};
use crate::token::{Kind, Token};
use crate::unicode::{decode, is_alphanumeric, is_print};

const LEFT_COMMENT: &[u8] = b"/*";
const RIGHT_COMMENT: &[u8] = b"*/";
/// A trim marker and the space beside it.
const TRIM_WIDTH: usize = 2;

pub(crate) struct Lexer<'a> {
    input: &'a [u8],
    left: &'a [u8],
    right: &'a [u8],
    pos: usize,
    parens: usize,
    inside: bool,
    /// Whether `break` and `continue` are keywords: a function of that name takes the word.
    pub(crate) break_is_keyword: bool,
    pub(crate) continue_is_keyword: bool,
    /// Where the last action begins.
    pub(crate) opened: u32,
    /// What [`Kind::Error`] is about.
    pub(crate) message: String,
}

/// The digits that a number is written with.
#[derive(Clone, Copy, PartialEq)]
enum Digits {
    Decimal,
    Hex,
    Octal,
    Binary,
}

impl<'a> Lexer<'a> {
    pub(crate) fn new(input: &'a [u8], delims: &'a Delims) -> Self {
        let or = |text: &'a str, default: &'a str| if text.is_empty() { default } else { text };
        Self {
            input,
            left: or(&delims.left, "{{").as_bytes(),
            right: or(&delims.right, "}}").as_bytes(),
            pos: 0,
            parens: 0,
            inside: false,
            break_is_keyword: true,
            continue_is_keyword: true,
            opened: 0,
            message: String::new(),
        }
    }

    /// Returns the next token; after the last one, [`Kind::Eof`] for ever.
    pub(crate) fn next_token(&mut self) -> Token {
        if self.inside { self.inside_action() } else { self.outside() }
    }

    /// Passes the rest of an action that is nothing but a raw string, and returns that with its quotes.
    pub(crate) fn raw_action(&mut self) -> Option<Span> {
        let start = self.pos;
        if !self.inside || self.byte() != Some(b'`') || self.at_right_delim().is_some() {
            return None;
        }
        let length = memchr(b'`', self.from(start + 1))?;
        self.pos = start + length + 2;
        let span = Span { start: small(start), end: small(self.pos) };
        let Some(trims) = self.at_right_delim() else {
            self.pos = start;
            return None;
        };
        self.right_delim(trims);
        Some(span)
    }

    /// Returns whether the lexer is in an action that the usual delimiter closes.
    pub(crate) fn is_usual(&self) -> bool {
        self.inside && self.right == b"}}"
    }

    /// Returns where the next token begins.
    pub(crate) const fn pos(&self) -> usize {
        self.pos
    }

    /// Goes on behind the delimiter at `pos`.
    pub(crate) fn pass_right_delim(&mut self, pos: usize, trims: bool) -> Token {
        self.pos = pos;
        self.right_delim(trims)
    }

    /// Goes on behind the keyword at `pos`.
    pub(crate) fn pass_keyword(&mut self, kind: Kind, pos: usize) -> Token {
        self.pos = pos + length_of_word(self.from(pos));
        self.token(kind, pos)
    }

    /// Goes on behind the parenthesis at `pos`.
    pub(crate) fn pass_right_paren(&mut self, pos: usize) -> Token {
        self.pos = pos + 1;
        self.parens = self.parens.saturating_sub(1);
        self.token(Kind::RightParen, pos)
    }

    /// Passes space in an action that makes no difference: the one in front of `-` is left, since it may belong
    /// to the delimiter.
    #[inline]
    pub(crate) fn skip_space(&mut self) {
        if !self.inside || self.right.first().is_some_and(|byte| is_space(*byte)) {
            return;
        }
        let pos = self.pos + leading_space(self.rest());
        if self.input.get(pos) != Some(&b'-') {
            self.pos = pos;
        }
    }

    /// Returns whether a dot is next.
    pub(crate) fn is_at_dot(&self) -> bool {
        self.byte() == Some(b'.')
    }

    fn from(&self, pos: usize) -> &'a [u8] {
        self.input.get(pos..).unwrap_or_default()
    }

    fn rest(&self) -> &'a [u8] {
        self.from(self.pos)
    }

    fn since(&self, start: usize) -> &'a [u8] {
        self.input.get(start..self.pos).unwrap_or_default()
    }

    fn byte(&self) -> Option<u8> {
        self.input.get(self.pos).copied()
    }

    /// Returns what was passed since `start`.
    fn token(&self, kind: Kind, start: usize) -> Token {
        Token { kind, span: Span { start: small(start), end: small(self.pos) } }
    }

    fn error(&mut self, start: usize, message: impl Into<String>) -> Token {
        self.message = message.into();
        self.input = b"";
        self.pos = 0;
        self.inside = false;
        let start = small(start);
        Token { kind: Kind::Error, span: Span { start, end: start } }
    }

    // Outside of actions.

    fn outside(&mut self) -> Token {
        loop {
            let start = self.pos;
            let Some(length) = find(self.rest(), self.left) else {
                self.pos = self.input.len();
                let is_over = self.pos <= start;
                return self.token(if is_over { Kind::Eof } else { Kind::Text }, start);
            };
            let opened = start + length;
            let behind = opened + self.left.len();
            let trims = has_left_trim(self.from(behind));
            self.pos = opened;
            let blank = if trims { trailing_space(self.since(start)) } else { 0 };
            if length > blank {
                let span = Span { start: small(start), end: small(opened - blank) };
                return Token { kind: Kind::Text, span };
            }
            self.pos = behind + if trims { TRIM_WIDTH } else { 0 };
            if !self.rest().starts_with(LEFT_COMMENT) {
                self.inside = true;
                self.parens = 0;
                self.opened = small(opened);
                let span = Span { start: self.opened, end: small(behind) };
                return Token { kind: Kind::LeftDelim, span };
            }
            if let Err(token) = self.comment() {
                return token;
            }
        }
    }

    /// Passes a comment with the delimiter behind it.
    fn comment(&mut self) -> Result<(), Token> {
        let start = self.pos;
        self.pos += LEFT_COMMENT.len();
        let Some(length) = find(self.rest(), RIGHT_COMMENT) else {
            return Err(self.error(start, "unclosed comment"));
        };
        self.pos += length + RIGHT_COMMENT.len();
        let Some(trims) = self.at_right_delim() else {
            return Err(self.error(start, "comment ends before closing delimiter"));
        };
        self.right_delim(trims);
        Ok(())
    }

    // Inside of actions.

    /// Returns whether the right delimiter is next, and whether it trims.
    #[inline]
    fn at_right_delim(&self) -> Option<bool> {
        let first = self.byte()?;
        if is_space(first) && self.input.get(self.pos + 1) == Some(&b'-') && self.is_right(2) {
            return Some(true);
        }
        // Most of what stands in an action begins with another byte.
        (self.right.first() == Some(&first) && self.is_right(0)).then_some(false)
    }

    /// Returns whether the right delimiter is so far ahead.
    fn is_right(&self, ahead: usize) -> bool {
        starts_with(self.from(self.pos + ahead), self.right)
    }

    fn right_delim(&mut self, trims: bool) -> Token {
        if trims {
            self.pos += TRIM_WIDTH;
        }
        let start = self.pos;
        self.pos += self.right.len();
        let token = self.token(Kind::RightDelim, start);
        if trims {
            self.pos += leading_space(self.rest());
        }
        self.inside = false;
        token
    }

    fn inside_action(&mut self) -> Token {
        let start = self.pos;
        if let Some(trims) = self.at_right_delim() {
            return if self.parens == 0 {
                self.right_delim(trims)
            } else {
                self.error(start, "unclosed left paren")
            };
        }
        let Some(byte) = self.byte() else {
            return self.error(start, "unclosed action");
        };
        self.pos += 1;
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => self.space(start),
            b'=' => self.token(Kind::Assign, start),
            b':' if self.byte() == Some(b'=') => {
                self.pos += 1;
                self.token(Kind::Declare, start)
            }
            b':' => self.error(start, "expected :="),
            b'|' => self.token(Kind::Pipe, start),
            b'"' => self.quoted(start, b'"', Kind::String, "unterminated quoted string"),
            b'`' => self.raw_string(start),
            b'$' => self.field_or_variable(start, Kind::Variable),
            b'\'' => {
                self.quoted(start, b'\'', Kind::CharConstant, "unterminated character constant")
            }
            b'.' if self.byte().is_some_and(|b| !b.is_ascii_digit()) => {
                self.field_or_variable(start, Kind::Field)
            }
            b'.' | b'+' | b'-' | b'0'..=b'9' => {
                self.pos = start;
                self.number(start)
            }
            b'_' | b'a'..=b'z' | b'A'..=b'Z' => self.identifier(start),
            b'(' => {
                self.parens += 1;
                self.token(Kind::LeftParen, start)
            }
            b')' if self.parens == 0 => self.error(start, "unexpected right paren"),
            b')' => {
                self.parens -= 1;
                self.token(Kind::RightParen, start)
            }
            b' '..=b'~' => self.token(Kind::Char, start),
            _ => match decode(self.from(start)).0 {
                c if is_alphanumeric(c) => {
                    self.pos = start;
                    self.identifier(start)
                }
                c => {
                    let problem = format!("unrecognized character in action: {}", code_point(c));
                    self.error(start, problem)
                }
            },
        }
    }

    fn space(&mut self, start: usize) -> Token {
        self.pos += leading_space(self.rest());
        if self.byte() == Some(b'-') {
            // A closing delimiter that trims begins with a space.
            self.pos -= 1;
            match self.at_right_delim() {
                Some(true) if self.pos == start => return self.right_delim(true),
                Some(true) => {}
                _ => self.pos += 1,
            }
        }
        self.token(Kind::Space, start)
    }

    /// Passes letters and digits.
    fn word(&mut self) {
        loop {
            self.pos += length_of_word(self.rest());
            match self.rest() {
                rest @ [0x80..=0xff, ..] => match decode(rest) {
                    (c, width) if is_alphanumeric(c) => self.pos += width,
                    _ => return,
                },
                _ => return,
            }
        }
    }

    fn identifier(&mut self, start: usize) -> Token {
        self.word();
        if !self.at_terminator() {
            return self.bad_character(start);
        }
        let kind = match self.since(start) {
            [b't', b'r', b'u', b'e'] | [b'f', b'a', b'l', b's', b'e'] => Kind::Bool,
            word => match Kind::keyword(word) {
                Some(Kind::Break) if !self.break_is_keyword => Kind::Identifier,
                Some(Kind::Continue) if !self.continue_is_keyword => Kind::Identifier,
                Some(keyword) => keyword,
                None => Kind::Identifier,
            },
        };
        self.token(kind, start)
    }

    /// The dot or dollar has been passed.
    fn field_or_variable(&mut self, start: usize, kind: Kind) -> Token {
        if self.at_terminator() {
            let alone = if kind == Kind::Variable { kind } else { Kind::Dot };
            return self.token(alone, start);
        }
        self.word();
        if !self.at_terminator() {
            return self.bad_character(start);
        }
        self.token(kind, start)
    }

    fn bad_character(&mut self, start: usize) -> Token {
        let problem = format!("bad character {}", code_point(decode(self.rest()).0));
        self.error(start, problem)
    }

    fn at_terminator(&self) -> bool {
        match self.byte() {
            None | Some(b'.' | b',' | b'|' | b':' | b')' | b'(' | b' ' | b'\t' | b'\r' | b'\n') => {
                true
            }
            Some(_) => self.is_right(0),
        }
    }

    /// The opening mark has been passed.
    fn quoted(&mut self, start: usize, mark: u8, kind: Kind, unterminated: &str) -> Token {
        let mut bytes = self.rest().iter();
        loop {
            self.pos += 1;
            match bytes.next() {
                Some(b'\\') => {
                    self.pos += 1;
                    if matches!(bytes.next(), None | Some(b'\n')) {
                        return self.error(start, unterminated);
                    }
                }
                None | Some(b'\n') => return self.error(start, unterminated),
                Some(&byte) if byte == mark => return self.token(kind, start),
                Some(_) => {}
            }
        }
    }

    /// Passes further fields behind a field or variable; returns where the first one begins, and the last
    /// one ends. What is no plain field is left for [`Self::next_token`].
    pub(crate) fn more_fields(&mut self) -> Option<Span> {
        let start = self.pos;
        let mut end = start;
        while let Some(b'.') = self.byte() {
            self.pos += 1;
            let name = self.pos;
            let is_number = self.byte().is_some_and(|byte| byte.is_ascii_digit());
            self.word();
            if is_number || self.pos == name || !self.at_terminator() {
                break;
            }
            end = self.pos;
        }
        self.pos = end;
        (end > start).then(|| Span { start: small(start), end: small(end) })
    }

    fn raw_string(&mut self, start: usize) -> Token {
        match memchr(b'`', self.rest()) {
            None => self.error(start, "unterminated raw quoted string"),
            Some(length) => {
                self.pos += length + 1;
                self.token(Kind::RawString, start)
            }
        }
    }

    // Numbers.

    fn number(&mut self, start: usize) -> Token {
        if !self.scan_number() {
            return self.bad_number(start);
        }
        if matches!(self.byte(), Some(b'+' | b'-')) {
            if !self.scan_number() || self.since(start).last() != Some(&b'i') {
                return self.bad_number(start);
            }
            return self.token(Kind::Complex, start);
        }
        self.token(Kind::Number, start)
    }

    fn bad_number(&mut self, start: usize) -> Token {
        let text = quote(self.since(start));
        self.error(start, format!("bad number syntax: {text}"))
    }

    fn accept(&mut self, valid: &[u8]) -> bool {
        let accepted = self.byte().is_some_and(|byte| valid.contains(&byte));
        self.pos += usize::from(accepted);
        accepted
    }

    fn accept_digits(&mut self, digits: Digits) {
        self.pos += self.rest().iter().take_while(|&&byte| digits.contain(byte)).count();
    }

    /// Passes what looks like a number; the parser finds out whether it is one.
    fn scan_number(&mut self) -> bool {
        self.accept(b"+-");
        let digits = self.prefix();
        self.accept_digits(digits);
        if self.accept(b".") {
            self.accept_digits(digits);
        }
        let has_exponent = match digits {
            Digits::Decimal => self.accept(b"eE"),
            Digits::Hex => self.accept(b"pP"),
            Digits::Octal | Digits::Binary => false,
        };
        if has_exponent {
            self.accept(b"+-");
            self.accept_digits(Digits::Decimal);
        }
        self.accept(b"i");
        match decode(self.rest()) {
            (c, width) if width > 0 && is_alphanumeric(c) => {
                self.pos += width;
                false
            }
            _ => true,
        }
    }

    fn prefix(&mut self) -> Digits {
        if !self.accept(b"0") {
            Digits::Decimal
        } else if self.accept(b"xX") {
            Digits::Hex
        } else if self.accept(b"oO") {
            Digits::Octal
        } else if self.accept(b"bB") {
            Digits::Binary
        } else {
            Digits::Decimal
        }
    }
}

impl Digits {
    const fn contain(self, byte: u8) -> bool {
        match self {
            Self::Decimal => matches!(byte, b'0'..=b'9' | b'_'),
            Self::Hex => byte.is_ascii_hexdigit() || byte == b'_',
            Self::Octal => matches!(byte, b'0'..=b'7' | b'_'),
            Self::Binary => matches!(byte, b'0' | b'1' | b'_'),
        }
    }
}

/// Returns `c` as `%#U` prints it.
fn code_point(c: char) -> String {
    let code = u32::from(c);
    if is_print(c) { format!("U+{code:04X} '{c}'") } else { format!("U+{code:04X}") }
}
