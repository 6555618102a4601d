//! The tokens that the parser has read ahead, and how it comes back to where it was.

use crate::parser::Parser;
use crate::span::Span;
use crate::token::{Kind, Token};

impl Parser<'_, '_> {
    fn slot(&self, index: usize) -> Token {
        self.tokens.get(index).copied().unwrap_or_default()
    }

    fn read(&mut self) -> Token {
        let token = self.shared.lexer.next_token();
        let [first, ..] = &mut self.tokens;
        *first = token;
        token
    }

    #[inline]
    pub(crate) fn next(&mut self) -> Token {
        if self.peeked == 0 {
            return self.read();
        }
        self.peeked -= 1;
        self.slot(self.peeked)
    }

    pub(crate) fn backup(&mut self) {
        self.peeked += 1;
    }

    pub(crate) fn backup2(&mut self, earlier: Token) {
        let [_, second, _] = &mut self.tokens;
        *second = earlier;
        self.peeked = 2;
    }

    pub(crate) fn backup3(&mut self, earliest: Token, earlier: Token) {
        let [_, second, third] = &mut self.tokens;
        *second = earlier;
        *third = earliest;
        self.peeked = 3;
    }

    pub(crate) fn peek(&mut self) -> Token {
        if self.peeked == 0 {
            self.peeked = 1;
            return self.read();
        }
        self.slot(self.peeked - 1)
    }

    /// Returns the fields that stand directly behind the last token, if they can be told without tokens.
    pub(crate) fn more_fields(&mut self) -> Option<Span> {
        if self.peeked == 0 { self.shared.lexer.more_fields() } else { None }
    }

    /// Returns whether a field may be next; what is not read yet is not read for it.
    pub(crate) fn may_be_field(&self) -> bool {
        self.peeked > 0 || self.shared.lexer.is_at_dot()
    }

    pub(crate) fn next_non_space(&mut self) -> Token {
        if self.peeked == 0 {
            self.shared.lexer.skip_space();
        }
        loop {
            let token = self.next();
            if token.kind != Kind::Space {
                return token;
            }
        }
    }

    pub(crate) fn peek_non_space(&mut self) -> Token {
        let token = self.next_non_space();
        self.backup();
        token
    }
}

/// What an attempt to parse has to put back when it fails.
#[derive(Clone, Copy)]
pub(crate) struct State {
    next_id: u32,
    nesting: u32,
    commands: usize,
    operands: usize,
}

// Attempts.
impl Parser<'_, '_> {
    /// Returns the token that was read last.
    pub(crate) const fn last(&self) -> Token {
        let [last, ..] = self.tokens;
        last
    }

    /// Returns what [`Self::restore`] puts back.
    pub(crate) const fn state(&self) -> State {
        State {
            next_id: self.shared.next_id,
            nesting: self.shared.nesting,
            commands: self.shared.commands.len(),
            operands: self.shared.operands.len(),
        }
    }

    pub(crate) fn restore(&mut self, state: State) {
        let State { next_id, nesting, commands, operands } = state;
        self.shared.next_id = next_id;
        self.shared.nesting = nesting;
        self.shared.commands.truncate(commands);
        self.shared.operands.truncate(operands);
    }

    /// Goes on behind the token at `pos`, as if it and those before it had been read.
    pub(crate) fn go_on_behind(&mut self, end: Kind, pos: usize, trims: bool) {
        let lexer = &mut self.shared.lexer;
        let token = match end {
            Kind::RightParen => lexer.pass_right_paren(pos),
            Kind::RightDelim => lexer.pass_right_delim(pos, trims),
            keyword => lexer.pass_keyword(keyword, pos),
        };
        let [last, ..] = &mut self.tokens;
        *last = token;
        self.peeked = 0;
    }
}
