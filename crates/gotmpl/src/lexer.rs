//! Text to tokens. The lexer knows only two states, inside and outside of an action, and is asked for
//! one token at a time. What it cannot read becomes a token that carries the message.

use std::borrow::Cow;

use crate::quote::quote;
use crate::span::{Delims, small};
use crate::token::{Kind, Token};
use crate::unicode::{decode, decode_last, is_alphanumeric, is_print};

const LEFT_COMMENT: &[u8] = b"/*";
const RIGHT_COMMENT: &[u8] = b"*/";
/// A trim marker and the space beside it.
const TRIM_WIDTH: usize = 2;

#[expect(clippy::struct_excessive_bools, reason = "they tell of different things")]
pub(crate) struct Lexer<'a> {
    input: &'a [u8],
    left: &'a [u8],
    right: &'a [u8],
    pos: usize,
    start: usize,
    at_end: bool,
    parens: usize,
    line: u32,
    start_line: u32,
    inside: bool,
    /// Whether `break` and `continue` are keywords: a function of that name takes the word.
    pub(crate) break_is_keyword: bool,
    pub(crate) continue_is_keyword: bool,
}

/// The lexer goes on: there is no token yet.
enum State {
    Text,
    LeftDelim,
    Comment,
    Inside,
    RightDelim,
}

enum Step<'a> {
    Go(State),
    Emit(Token<'a>),
}

impl<'a> Lexer<'a> {
    pub(crate) fn new(input: &'a [u8], delims: &'a Delims) -> Self {
        let or = |text: &'a str, default: &'a str| if text.is_empty() { default } else { text };
        Self {
            input,
            left: or(&delims.left, "{{").as_bytes(),
            right: or(&delims.right, "}}").as_bytes(),
            pos: 0,
            start: 0,
            at_end: false,
            parens: 0,
            line: 1,
            start_line: 1,
            inside: false,
            break_is_keyword: true,
            continue_is_keyword: true,
        }
    }

    /// Returns the next token; after the last one, [`Kind::Eof`] for ever.
    pub(crate) fn next_token(&mut self) -> Token<'a> {
        let mut state = if self.inside { State::Inside } else { State::Text };
        loop {
            let step = match state {
                State::Text => self.text(),
                State::LeftDelim => self.left_delim(),
                State::Comment => self.comment(),
                State::Inside => self.inside_action(),
                State::RightDelim => Step::Emit(self.right_delim()),
            };
            match step {
                Step::Go(next) => state = next,
                Step::Emit(token) => return token,
            }
        }
    }

    fn rest(&self) -> &'a [u8] {
        self.input.get(self.pos..).unwrap_or_default()
    }

    fn after(&self, width: usize) -> &'a [u8] {
        self.rest().get(width..).unwrap_or_default()
    }

    fn pending(&self) -> &'a [u8] {
        self.input.get(self.start..self.pos).unwrap_or_default()
    }

    fn next(&mut self) -> Option<char> {
        if self.pos >= self.input.len() {
            self.at_end = true;
            return None;
        }
        let (c, width) = match self.input.get(self.pos) {
            Some(&byte) if byte.is_ascii() => (char::from(byte), 1),
            _ => decode(self.rest()),
        };
        self.pos += width;
        if c == '\n' {
            self.line += 1;
        }
        Some(c)
    }

    fn peek(&mut self) -> Option<char> {
        match self.input.get(self.pos) {
            None => {
                self.at_end = true;
                None
            }
            Some(&byte) if byte.is_ascii() => Some(char::from(byte)),
            Some(_) => Some(decode(self.rest()).0),
        }
    }

    fn backup(&mut self) {
        if self.at_end || self.pos == 0 {
            return;
        }
        let (c, width) = match self.input.get(self.pos - 1) {
            Some(&byte) if byte.is_ascii() => (char::from(byte), 1),
            _ => decode_last(self.input.get(..self.pos).unwrap_or_default()),
        };
        self.pos -= width;
        if c == '\n' {
            self.line -= 1;
        }
    }

    fn token(&mut self, kind: Kind) -> Token<'a> {
        let token = Token {
            kind,
            pos: small(self.start),
            text: Cow::Borrowed(self.pending()),
            line: self.start_line,
        };
        self.start = self.pos;
        self.start_line = self.line;
        token
    }

    fn emit(&mut self, kind: Kind) -> Step<'a> {
        Step::Emit(self.token(kind))
    }

    /// Drops what was passed without [`Self::next`], counting its lines.
    fn ignore(&mut self) {
        self.line += newlines(self.pending());
        self.start = self.pos;
        self.start_line = self.line;
    }

    fn accept(&mut self, valid: &str) -> bool {
        if self.next().is_some_and(|c| valid.contains(c)) {
            return true;
        }
        self.backup();
        false
    }

    fn accept_run(&mut self, valid: &str) {
        while self.next().is_some_and(|c| valid.contains(c)) {}
        self.backup();
    }

    fn error(&mut self, message: impl Into<String>) -> Step<'a> {
        let token = Token {
            kind: Kind::Error,
            pos: small(self.start),
            text: Cow::Owned(message.into().into_bytes()),
            line: self.start_line,
        };
        self.start = 0;
        self.pos = 0;
        self.input = b"";
        Step::Emit(token)
    }

    fn text(&mut self) -> Step<'a> {
        if let Some(offset) = find(self.rest(), self.left) {
            if offset > 0 {
                self.pos += offset;
                let trimmed = if has_left_trim(self.after(self.left.len())) {
                    trailing_space(self.pending())
                } else {
                    0
                };
                self.pos -= trimmed;
                self.line += newlines(self.pending());
                let token = self.token(Kind::Text);
                self.pos += trimmed;
                self.ignore();
                if !token.text.is_empty() {
                    return Step::Emit(token);
                }
            }
            return Step::Go(State::LeftDelim);
        }
        self.pos = self.input.len();
        if self.pos > self.start {
            self.line += newlines(self.pending());
            return self.emit(Kind::Text);
        }
        Step::Emit(Token {
            kind: Kind::Eof,
            pos: small(self.pos),
            text: Cow::Borrowed(b"EOF"),
            line: self.start_line,
        })
    }

    /// Returns whether the right delimiter is next, and whether it trims.
    fn at_right_delim(&self) -> Option<bool> {
        if has_right_trim(self.rest()) && self.after(TRIM_WIDTH).starts_with(self.right) {
            return Some(true);
        }
        self.rest().starts_with(self.right).then_some(false)
    }

    fn left_delim(&mut self) -> Step<'a> {
        self.pos += self.left.len();
        let marker = if has_left_trim(self.rest()) { TRIM_WIDTH } else { 0 };
        if self.after(marker).starts_with(LEFT_COMMENT) {
            self.pos += marker;
            self.ignore();
            return Step::Go(State::Comment);
        }
        let token = self.token(Kind::LeftDelim);
        self.inside = true;
        self.pos += marker;
        self.ignore();
        self.parens = 0;
        Step::Emit(token)
    }

    fn comment(&mut self) -> Step<'a> {
        self.pos += LEFT_COMMENT.len();
        let Some(offset) = find(self.rest(), RIGHT_COMMENT) else {
            return self.error("unclosed comment");
        };
        self.pos += offset + RIGHT_COMMENT.len();
        let Some(trims) = self.at_right_delim() else {
            return self.error("comment ends before closing delimiter");
        };
        self.line += newlines(self.pending());
        self.start = self.pos;
        self.start_line = self.line;
        self.pos += if trims { TRIM_WIDTH } else { 0 } + self.right.len();
        if trims {
            self.pos += leading_space(self.rest());
        }
        self.ignore();
        Step::Go(State::Text)
    }

    fn right_delim(&mut self) -> Token<'a> {
        let trims = self.at_right_delim() == Some(true);
        if trims {
            self.pos += TRIM_WIDTH;
            self.ignore();
        }
        self.pos += self.right.len();
        let token = self.token(Kind::RightDelim);
        if trims {
            self.pos += leading_space(self.rest());
            self.ignore();
        }
        self.inside = false;
        token
    }

    fn inside_action(&mut self) -> Step<'a> {
        if self.at_right_delim().is_some() {
            return if self.parens == 0 {
                Step::Go(State::RightDelim)
            } else {
                self.error("unclosed left paren")
            };
        }
        let Some(c) = self.next() else {
            return self.error("unclosed action");
        };
        match c {
            c if is_space(c) => {
                self.backup();
                self.space()
            }
            '=' => self.emit(Kind::Assign),
            ':' if self.next() == Some('=') => self.emit(Kind::Declare),
            ':' => self.error("expected :="),
            '|' => self.emit(Kind::Pipe),
            '"' => self.quoted('"', Kind::String, "unterminated quoted string"),
            '`' => self.raw_string(),
            '$' => self.field_or_variable(Kind::Variable),
            '\'' => self.quoted('\'', Kind::CharConstant, "unterminated character constant"),
            '.' if self.rest().first().is_some_and(|b| !b.is_ascii_digit()) => {
                self.field_or_variable(Kind::Field)
            }
            '.' | '+' | '-' | '0'..='9' => {
                self.backup();
                self.number()
            }
            c if is_alphanumeric(c) => {
                self.backup();
                self.identifier()
            }
            '(' => {
                self.parens += 1;
                self.emit(Kind::LeftParen)
            }
            ')' => {
                if self.parens == 0 {
                    return self.error("unexpected right paren");
                }
                self.parens -= 1;
                self.emit(Kind::RightParen)
            }
            c if c.is_ascii() && is_print(c) => self.emit(Kind::Char),
            c => self.error(format!("unrecognized character in action: {}", code_point(c))),
        }
    }

    fn space(&mut self) -> Step<'a> {
        let mut count = 0;
        while self.peek().is_some_and(is_space) {
            let _blank = self.next();
            count += 1;
        }
        // A closing delimiter that trims begins with a space.
        let from_space = self.input.get(self.pos.saturating_sub(1)..).unwrap_or_default();
        if has_right_trim(from_space)
            && from_space.get(TRIM_WIDTH..).is_some_and(|rest| rest.starts_with(self.right))
        {
            self.backup();
            if count == 1 {
                return Step::Go(State::RightDelim);
            }
        }
        self.emit(Kind::Space)
    }

    /// Passes the letters and digits of ASCII, which is what names are made of, at once.
    fn skip_word(&mut self) {
        let is_word = |b: &&u8| b.is_ascii_alphanumeric() || **b == b'_';
        self.pos += self.rest().iter().take_while(is_word).count();
    }

    fn identifier(&mut self) -> Step<'a> {
        self.skip_word();
        let stop = loop {
            match self.next() {
                Some(c) if is_alphanumeric(c) => {}
                other => break other,
            }
        };
        self.backup();
        if !self.at_terminator() {
            return self.bad_character(stop);
        }
        let kind = match self.pending() {
            b"true" | b"false" => Kind::Bool,
            word => match Kind::keyword(word) {
                Some(Kind::Break) if !self.break_is_keyword => Kind::Identifier,
                Some(Kind::Continue) if !self.continue_is_keyword => Kind::Identifier,
                Some(keyword) => keyword,
                None => Kind::Identifier,
            },
        };
        self.emit(kind)
    }

    /// The dot or dollar has been passed.
    fn field_or_variable(&mut self, kind: Kind) -> Step<'a> {
        if self.at_terminator() {
            return self.emit(if kind == Kind::Variable { kind } else { Kind::Dot });
        }
        self.skip_word();
        let stop = loop {
            match self.next() {
                Some(c) if is_alphanumeric(c) => {}
                other => break other,
            }
        };
        self.backup();
        if !self.at_terminator() {
            return self.bad_character(stop);
        }
        self.emit(kind)
    }

    fn bad_character(&mut self, c: Option<char>) -> Step<'a> {
        let c = c.unwrap_or(char::REPLACEMENT_CHARACTER);
        self.error(format!("bad character {}", code_point(c)))
    }

    fn at_terminator(&mut self) -> bool {
        match self.peek() {
            None | Some('.' | ',' | '|' | ':' | ')' | '(') => true,
            Some(c) if is_space(c) => true,
            Some(_) => self.rest().starts_with(self.right),
        }
    }

    fn quoted(&mut self, mark: char, kind: Kind, unterminated: &str) -> Step<'a> {
        loop {
            match self.next() {
                Some('\\') => {
                    if matches!(self.next(), None | Some('\n')) {
                        return self.error(unterminated);
                    }
                }
                None | Some('\n') => return self.error(unterminated),
                Some(c) if c == mark => return self.emit(kind),
                Some(_) => {}
            }
        }
    }

    fn raw_string(&mut self) -> Step<'a> {
        loop {
            match self.next() {
                None => return self.error("unterminated raw quoted string"),
                Some('`') => return self.emit(Kind::RawString),
                Some(_) => {}
            }
        }
    }

    fn number(&mut self) -> Step<'a> {
        if !self.scan_number() {
            return self.bad_number();
        }
        if matches!(self.peek(), Some('+' | '-')) {
            if !self.scan_number() || self.pending().last() != Some(&b'i') {
                return self.bad_number();
            }
            return self.emit(Kind::Complex);
        }
        self.emit(Kind::Number)
    }

    fn bad_number(&mut self) -> Step<'a> {
        let text = quote(self.pending());
        self.error(format!("bad number syntax: {text}"))
    }

    /// Passes what looks like a number; the parser finds out whether it is one.
    fn scan_number(&mut self) -> bool {
        self.accept("+-");
        let mut digits = "0123456789_";
        if self.accept("0") {
            if self.accept("xX") {
                digits = "0123456789abcdefABCDEF_";
            } else if self.accept("oO") {
                digits = "01234567_";
            } else if self.accept("bB") {
                digits = "01_";
            }
        }
        self.accept_run(digits);
        if self.accept(".") {
            self.accept_run(digits);
        }
        if digits.len() == 11 && self.accept("eE") {
            self.accept("+-");
            self.accept_run("0123456789_");
        }
        if digits.len() == 23 && self.accept("pP") {
            self.accept("+-");
            self.accept_run("0123456789_");
        }
        self.accept("i");
        if self.peek().is_some_and(is_alphanumeric) {
            let _letter = self.next();
            return false;
        }
        true
    }
}

/// Returns the offset of `needle`.
fn find(text: &[u8], needle: &[u8]) -> Option<usize> {
    let (&first, rest) = needle.split_first()?;
    let mut from = 0;
    loop {
        let at = from + memchr::memchr(first, text.get(from..)?)?;
        from = at + 1;
        if text.get(from..)?.starts_with(rest) {
            return Some(at);
        }
    }
}

fn newlines(text: &[u8]) -> u32 {
    crate::span::newlines(text)
}

const fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

fn is_space_byte(b: u8) -> bool {
    is_space(char::from(b))
}

fn trailing_space(text: &[u8]) -> usize {
    text.iter().rev().take_while(|&&b| is_space_byte(b)).count()
}

fn leading_space(text: &[u8]) -> usize {
    text.iter().take_while(|&&b| is_space_byte(b)).count()
}

fn has_left_trim(text: &[u8]) -> bool {
    matches!(text, [b'-', space, ..] if is_space_byte(*space))
}

fn has_right_trim(text: &[u8]) -> bool {
    matches!(text, [space, b'-', ..] if is_space_byte(*space))
}

/// Returns `c` as `%#U` prints it.
fn code_point(c: char) -> String {
    let code = u32::from(c);
    if is_print(c) { format!("U+{code:04X} '{c}'") } else { format!("U+{code:04X}") }
}
