//! The words of the language.

use crate::quote::quote;
use crate::span::Span;
use crate::unicode;

/// What kind of word it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The lexer gave up, and says why.
    Error,
    Bool,
    /// A printable character without another meaning, such as a comma.
    Char,
    CharConstant,
    Complex,
    Assign,
    Declare,
    #[default]
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
    /// Returns the keyword that `word` is, comparing byte by byte: words are short.
    pub(crate) fn keyword(word: &[u8]) -> Option<Self> {
        Some(match word {
            [b'b', b'l', b'o', b'c', b'k'] => Self::Block,
            [b'b', b'r', b'e', b'a', b'k'] => Self::Break,
            [b'c', b'o', b'n', b't', b'i', b'n', b'u', b'e'] => Self::Continue,
            [b'd', b'e', b'f', b'i', b'n', b'e'] => Self::Define,
            [b'e', b'l', b's', b'e'] => Self::Else,
            [b'e', b'n', b'd'] => Self::End,
            [b'i', b'f'] => Self::If,
            [b'r', b'a', b'n', b'g', b'e'] => Self::Range,
            [b'n', b'i', b'l'] => Self::Nil,
            [b't', b'e', b'm', b'p', b'l', b'a', b't', b'e'] => Self::Template,
            [b'w', b'i', b't', b'h'] => Self::With,
            _ => return None,
        })
    }

    /// Returns whether an operand begins with it.
    pub(crate) const fn is_operand(self) -> bool {
        matches!(
            self,
            Self::Bool
                | Self::CharConstant
                | Self::Complex
                | Self::Dot
                | Self::Field
                | Self::Identifier
                | Self::Number
                | Self::Nil
                | Self::RawString
                | Self::String
                | Self::Variable
                | Self::LeftParen
        )
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

/// A word, by its place in the text.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) span: Span,
}

impl Token {
    pub(crate) const fn pos(self) -> u32 {
        self.span.start
    }

    /// Returns the token as parse errors show it; `text` is what was read.
    pub(crate) fn show(self, text: &[u8]) -> String {
        let word = self.span.of(text);
        match self.kind {
            Kind::Eof => "EOF".to_owned(),
            kind if kind.is_keyword() => format!("<{}>", String::from_utf8_lossy(word)),
            _ if word.len() > 10 => format!("{}...", quote(first_characters(word, 10))),
            _ => quote(word),
        }
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
