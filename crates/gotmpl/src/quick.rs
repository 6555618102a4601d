//! The short way through what most actions are made of: pipelines of names, fields, variables, plain strings and
//! small numbers, with parentheses, in the usual delimiters. They are parsed without tokens. At anything else,
//! mistakes included, this way is left as if it had not been tried, and [`pipeline`](crate::pipeline) parses
//! what messages are about. Both make the same tree.

use std::ops::ControlFlow;

use crate::ast::{Command, Node, Operand, Pipe};
use crate::number::Number;
use crate::parser::{Item, Parser, Read, Stop, cut};
use crate::scan::{in_word, is_space, length_of_word};
use crate::span::{Span, small};
use crate::token::Kind;

/// How many digits a number has at most that is certainly one.
const MAX_DIGITS: usize = 9;

/// How deep parentheses may be in each other. Where this way leads nowhere, each pair is tried again by itself, so that
/// without a bound deep ones would be read once for each that they are in.
const MAX_PARENS: u32 = 8;

/// The place in the text.
struct Cursor<'a> {
    text: &'a [u8],
    pos: usize,
    /// How many parentheses are open here.
    parens: u32,
}

impl<'a> Cursor<'a> {
    const fn new(text: &'a [u8], pos: usize) -> Self {
        Self { text, pos, parens: 0 }
    }

    #[inline]
    fn byte(&self) -> Option<u8> {
        self.text.get(self.pos).copied()
    }

    #[inline]
    fn ahead(&self, by: usize) -> Option<u8> {
        self.text.get(self.pos + by).copied()
    }

    /// Passes space.
    #[inline]
    fn space(&mut self) {
        while self.byte().is_some_and(is_space) {
            self.pos += 1;
        }
    }

    /// Passes letters, digits and underscores.
    #[inline]
    fn word(&mut self) {
        self.pos += length_of_word(self.text.get(self.pos..).unwrap_or_default());
    }

    fn since(&self, start: usize) -> Span {
        Span { start: small(start), end: small(self.pos) }
    }

    /// Passes fields; returns where the second one begins, or where the first one ends.
    fn fields(&mut self) -> Option<usize> {
        let mut second = None;
        while self.byte() == Some(b'.') {
            let first = self.ahead(1)?;
            if !in_word(first) || first.is_ascii_digit() {
                return None;
            }
            self.pos += 1;
            self.word();
            if second.is_none() {
                second = Some(self.pos);
            }
        }
        second
    }

    /// Passes a string that stands for what is written.
    fn plain_string(&mut self) -> Option<()> {
        loop {
            self.pos += 1;
            match self.byte()? {
                b'"' => break,
                b'\\' | ..b' ' | 0x7f.. => return None,
                _ => {}
            }
        }
        self.pos += 1;
        Some(())
    }

    /// Passes space; then returns what ends a command, if that is next. A bar is passed, the others are not.
    fn end(&mut self) -> Option<ControlFlow<End>> {
        let behind = self.pos;
        self.space();
        Some(match self.byte()? {
            b'|' => {
                self.pos += 1;
                ControlFlow::Continue(())
            }
            b')' => ControlFlow::Break(End::Paren),
            b'}' if self.ahead(1) == Some(b'}') => ControlFlow::Break(End::Delim { trims: false }),
            b'-' if self.pos > behind
                && self.ahead(1) == Some(b'}')
                && self.ahead(2) == Some(b'}') =>
            {
                // The delimiter begins with the space.
                self.pos -= 1;
                ControlFlow::Break(End::Delim { trims: true })
            }
            _ => return None,
        })
    }

    /// Returns whether a word may end here.
    fn is_behind_word(&self) -> bool {
        match self.byte() {
            Some(b'|' | b')') => true,
            Some(b'}') => self.ahead(1) == Some(b'}'),
            Some(byte) => is_space(byte),
            None => false,
        }
    }
}

/// What ends a pipeline that was parsed without tokens.
#[derive(Clone, Copy, PartialEq)]
enum End {
    Paren,
    Delim { trims: bool },
}

impl Parser<'_, '_> {
    /// Parses what follows the delimiter of an action, if the short way leads somewhere.
    pub(crate) fn quick_action(&mut self) -> Read<Option<Item>> {
        if self.peeked > 0 || !self.shared.lexer.is_usual() {
            return Ok(None);
        }
        let mut cursor = Cursor::new(self.source(), self.shared.lexer.pos());
        cursor.space();
        let start = cursor.pos;
        cursor.word();
        let word = cursor.since(start);
        let keyword = Kind::keyword(self.text(word));
        match keyword {
            None => {
                let before = self.state();
                let at = self.at(word.start);
                let Some(pipe) = self.quick_pipe(Kind::RightDelim) else {
                    self.restore(before);
                    return Ok(None);
                };
                Ok(Some(Item::Node(Node::Action { at, pipe })))
            }
            Some(Kind::End | Kind::Else) => {
                let Some(ControlFlow::Break(End::Delim { trims })) = cursor.end() else {
                    return Ok(None);
                };
                self.go_on_behind(Kind::RightDelim, cursor.pos, trims);
                let stop = if keyword == Some(Kind::End) { Stop::End } else { Stop::Else };
                Ok(Some(Item::Stop(stop)))
            }
            Some(kind @ (Kind::If | Kind::With | Kind::Range))
                if cursor.byte().is_some_and(is_space) =>
            {
                self.go_on_behind(kind, start, false);
                Ok(Some(Item::Node(self.control(kind)?)))
            }
            Some(_) => Ok(None),
        }
    }

    /// Returns whether the action certainly is no definition.
    pub(crate) fn is_no_definition(&self) -> bool {
        if self.peeked > 0 || !self.shared.lexer.is_usual() {
            return false;
        }
        let mut cursor = Cursor::new(self.source(), self.shared.lexer.pos());
        cursor.space();
        cursor.byte() != Some(b'd')
    }

    /// Parses a pipeline without declarations, if the short way leads to its end.
    pub(crate) fn quick_pipe(&mut self, end: Kind) -> Option<Pipe> {
        if !self.shared.lexer.is_usual() {
            return None;
        }
        let pos = match (self.peeked, self.last()) {
            (0, _) => self.shared.lexer.pos(),
            (1, first) if first.kind.is_operand() && first.kind != Kind::LeftParen => {
                first.pos() as usize
            }
            _ => return None,
        };
        let mut cursor = Cursor::new(self.source(), pos);
        cursor.space();
        let before = self.state();
        let at = self.at(small(cursor.pos));
        let Some(commands) = self.quick(cursor.pos, end) else {
            self.restore(before);
            return None;
        };
        Some(Pipe { at, decls: None, commands })
    }

    /// Parses the commands of a pipeline that begin at `pos`, and what ends it.
    fn quick(&mut self, pos: usize, end: Kind) -> Option<Box<[Command]>> {
        let before = self.state();
        let mut cursor = Cursor::new(self.source(), pos);
        let parsed = self.quick_commands(&mut cursor).filter(|(_, ended)| match ended {
            End::Paren => end == Kind::RightParen,
            End::Delim { .. } => end == Kind::RightDelim,
        });
        let Some((commands, ended)) = parsed else {
            self.restore(before);
            return None;
        };
        self.go_on_behind(end, cursor.pos, ended == End::Delim { trims: true });
        Some(commands)
    }

    /// Parses the commands behind a declaration, and what ends the pipeline.
    pub(crate) fn quick_value(&mut self, end: Kind) -> Option<Box<[Command]>> {
        if self.peeked > 0 || !self.shared.lexer.is_usual() {
            return None;
        }
        self.quick(self.shared.lexer.pos(), end)
    }

    /// Parses commands up to the parenthesis or delimiter behind them, and stops there.
    fn quick_commands(&mut self, cursor: &mut Cursor<'_>) -> Option<(Box<[Command]>, End)> {
        let from = self.shared.commands.len();
        loop {
            cursor.space();
            let at = self.at(small(cursor.pos));
            let operands = self.shared.operands.len();
            let head = self.quick_operand(cursor)?;
            let ended = self.quick_arguments(cursor)?;
            let args = cut(&mut self.shared.operands, operands);
            self.shared.commands.push(Command { at, head, args });
            if let ControlFlow::Break(end) = ended {
                let commands = cut(&mut self.shared.commands, from);
                self.check_commands(&commands, "").ok()?;
                return Some((commands, end));
            }
        }
    }

    /// Parses the arguments of a command; passes the bar behind it.
    fn quick_arguments(&mut self, cursor: &mut Cursor<'_>) -> Option<ControlFlow<End>> {
        loop {
            let behind = cursor.pos;
            if let Some(end) = cursor.end() {
                return Some(end);
            }
            if cursor.pos == behind {
                return None;
            }
            let operand = self.quick_operand(cursor)?;
            self.shared.operands.push(operand);
        }
    }

    fn quick_operand(&mut self, cursor: &mut Cursor<'_>) -> Option<Operand> {
        let start = cursor.pos;
        let operand = match cursor.byte()? {
            b'.' => self.quick_fields(cursor)?,
            b'$' => self.quick_variable(cursor)?,
            b'"' => {
                cursor.plain_string()?;
                Operand::Text(self.at(small(start)), cursor.since(start))
            }
            b'_' | b'a'..=b'z' | b'A'..=b'Z' => self.quick_name(cursor)?,
            b'0'..=b'9' => self.quick_number(cursor)?,
            b'(' => self.quick_parens(cursor)?,
            _ => return None,
        };
        cursor.is_behind_word().then_some(operand)
    }

    fn quick_fields(&mut self, cursor: &mut Cursor<'_>) -> Option<Operand> {
        let start = cursor.pos;
        let mut at = self.at(small(start));
        if !in_word(cursor.ahead(1)?) {
            cursor.pos += 1;
            return Some(Operand::Dot(at));
        }
        let second = cursor.fields()?;
        if second < cursor.pos {
            at = self.at(small(second));
        }
        Some(Operand::Field(at, cursor.since(start)))
    }

    fn quick_variable(&mut self, cursor: &mut Cursor<'_>) -> Option<Operand> {
        let start = cursor.pos;
        cursor.pos += 1;
        cursor.word();
        let name = cursor.since(start);
        if !self.vars.contains(&self.text(name)) {
            return None;
        }
        let mut at = self.at(name.start);
        let variable = self.variable(name);
        let fields = cursor.pos;
        if cursor.byte() == Some(b'.') {
            cursor.fields()?;
            at = self.at(small(fields));
        }
        Some(Operand::Variable(at, variable, cursor.since(fields)))
    }

    fn quick_name(&mut self, cursor: &mut Cursor<'_>) -> Option<Operand> {
        let start = cursor.pos;
        cursor.word();
        let at = self.at(small(start));
        let word = self.text(cursor.since(start));
        match word {
            [b't', b'r', b'u', b'e'] => return Some(Operand::Bool(at, true)),
            [b'f', b'a', b'l', b's', b'e'] => return Some(Operand::Bool(at, false)),
            _ => {}
        }
        match Kind::keyword(word) {
            None => Some(Operand::Call(at, self.shared.funcs.named(word)?.clone())),
            Some(Kind::Nil) => Some(Operand::Nil(at)),
            Some(_) => None,
        }
    }

    fn quick_number(&mut self, cursor: &mut Cursor<'_>) -> Option<Operand> {
        let start = cursor.pos;
        cursor.word();
        let digits = self.text(cursor.since(start));
        let is_plain = digits.len() <= MAX_DIGITS
            && (digits.len() == 1 || digits.first() != Some(&b'0'))
            && digits.iter().all(u8::is_ascii_digit);
        if !is_plain {
            return None;
        }
        let number = Number::parse(digits, Kind::Number).ok()?;
        Some(Operand::Number(self.at(small(start)), Box::new(number)))
    }

    fn quick_parens(&mut self, cursor: &mut Cursor<'_>) -> Option<Operand> {
        if cursor.parens == MAX_PARENS {
            return None;
        }
        cursor.parens += 1;
        // The tokens' way has a place for the parenthesis, too, and places are numbered.
        let _place = self.at(small(cursor.pos));
        self.enter().ok()?;
        cursor.pos += 1;
        cursor.space();
        let at = self.at(small(cursor.pos));
        let (commands, end) = self.quick_commands(cursor)?;
        if end != End::Paren {
            return None;
        }
        self.leave();
        cursor.parens -= 1;
        cursor.pos += 1;
        Some(Operand::Pipe(Box::new(Pipe { at, decls: None, commands })))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use crate::func::Funcs;
    use crate::parser;
    use crate::span::{Delims, Source};

    /// Returns the trees of a text, or the message; the short way is taken only with the usual delimiters.
    fn trees(text: &str, right: &str) -> String {
        let text = text.replace("}}", right);
        let delims = Delims { left: "{{".to_owned(), right: right.to_owned() };
        let source = Source { name: Arc::from("test"), text: Arc::from(text.as_bytes()), delims };
        match parser::parse(&source, &Funcs::new()) {
            Ok(parsed) => format!("{:?} {}", parsed.trees, parsed.nodes),
            Err(error) => error.to_string().replace(right, "}}"),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]
        #[test]
        fn the_short_way_leads_to_the_same_tree(
            pieces in prop::collection::vec(prop::sample::select(PIECES), 0..9),
            opening in prop::sample::select(&["{{", "{{- ", "{{ if ", "{{with ", "{{range "][..]),
        ) {
            let text = format!("{opening}{}}}}}x\n{{{{- else -}}}}y{{{{end }}}}", pieces.concat());
            prop_assert_eq!(trees(&text, "}}"), trees(&text, "]]"), "{}", text);
            let text = format!("{{{{$x := 1}}}}{{{{ {} -}}}} z", pieces.concat());
            prop_assert_eq!(trees(&text, "}}"), trees(&text, "]]"), "{}", text);
        }
    }

    #[test]
    fn deep_parentheses_lead_to_the_same_tree() {
        for depth in [1, 7, 8, 9, 10, 40] {
            for inner in ["1", "\"\\n\"", "print \"a\" 'c'"] {
                let text =
                    format!("{{{{print {}{inner}{}}}}}", "(".repeat(depth), ")".repeat(depth));
                assert_eq!(trees(&text, "}}"), trees(&text, "]]"), "{text}");
            }
        }
    }

    const PIECES: &[&str] = &[
        " ",
        " ",
        " ",
        "  ",
        "\n",
        " | ",
        "|",
        "(",
        ")",
        " (",
        ") ",
        "print",
        "len ",
        " eq",
        "nil",
        "true",
        "false ",
        "end",
        "else",
        "if ",
        "break",
        ".",
        ".a",
        ".Values",
        ".a.b.c",
        ".5",
        "$",
        "$x",
        "$y",
        "$x.a.b",
        " := ",
        "=",
        ", ",
        "\"\"",
        "\"a b\"",
        "\"\\n\"",
        "\"é\"",
        "`raw`",
        "'c'",
        "0",
        "12 ",
        "08",
        "0x1f",
        "1234567890",
        "1_0",
        "-1",
        "-",
        " - ",
        "+",
        "é",
        "nope",
        "}}",
        "{{ ",
        "-}}",
        "/* c */",
        "%",
    ];
}
