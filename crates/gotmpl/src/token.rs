//! The words of the language.

use std::borrow::Cow;

use crate::quote::quote;
use crate::unicode;

/// What kind of word it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The lexer gave up; the text is the message.
    Error,
    Bool,
    /// A printable character without another meaning, such as a comma.
    Char,
    CharConstant,
    Complex,
    Assign,
    Declare,
    Eof,
    Field,
    Identifier,
    LeftDelim,
    LeftParen,
    Number,
    Pipe,
    RawString,
    RightDelim,
    RightParen,
    Space,
    String,
    Text,
    Variable,
    // Keywords.
    Block,
    Break,
    Continue,
    Dot,
    Define,
    Else,
    End,
    If,
    Nil,
    Range,
    Template,
    With,
}

impl Kind {
    /// Returns the keyword that `word` is.
    pub(crate) fn keyword(word: &[u8]) -> Option<Self> {
        Some(match word {
            b"." => Self::Dot,
            b"block" => Self::Block,
            b"break" => Self::Break,
            b"continue" => Self::Continue,
            b"define" => Self::Define,
            b"else" => Self::Else,
            b"end" => Self::End,
            b"if" => Self::If,
            b"range" => Self::Range,
            b"nil" => Self::Nil,
            b"template" => Self::Template,
            b"with" => Self::With,
            _ => return None,
        })
    }

    const fn is_keyword(self) -> bool {
        matches!(
            self,
            Self::Block
                | Self::Break
                | Self::Continue
                | Self::Dot
                | Self::Define
                | Self::Else
                | Self::End
                | Self::If
                | Self::Nil
                | Self::Range
                | Self::Template
                | Self::With
        )
    }
}

/// A word, where it begins, and the line of its beginning.
#[derive(Clone, Debug)]
pub(crate) struct Token<'a> {
    pub(crate) kind: Kind,
    pub(crate) pos: u32,
    pub(crate) text: Cow<'a, [u8]>,
    pub(crate) line: u32,
}

impl Token<'_> {
    /// Returns the token as parse errors show it.
    pub(crate) fn show(&self) -> String {
        match self.kind {
            Kind::Eof => "EOF".to_owned(),
            Kind::Error => String::from_utf8_lossy(&self.text).into_owned(),
            kind if kind.is_keyword() => format!("<{}>", String::from_utf8_lossy(&self.text)),
            _ if self.text.len() > 10 => format!("{}...", quote(first_characters(&self.text, 10))),
            _ => quote(&self.text),
        }
    }
}

impl Default for Token<'_> {
    fn default() -> Self {
        Self { kind: Kind::Eof, pos: 0, text: Cow::Borrowed(b""), line: 0 }
    }
}

/// Returns the first `count` characters of `text`.
pub(crate) fn first_characters(text: &[u8], count: usize) -> &[u8] {
    let mut end = 0;
    for _ in 0..count {
        let rest = text.get(end..).unwrap_or_default();
        end += unicode::decode(rest).1;
    }
    text.get(..end).unwrap_or(text)
}
