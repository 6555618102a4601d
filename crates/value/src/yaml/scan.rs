//! From characters to words.
//!
//! This follows libyaml as go-yaml v2.4 has it, down to the order in which mistakes are noticed, since
//! Helm's users know its messages. What makes it less simple than it looks are keys without `?`: only at
//! the `:` it turns out that the words before it were a key, and the word [`Kind::Key`] is then put in
//! front of them. So words wait in a queue as long as one of them may still become a key, which is the
//! end of the line or 1024 characters.

mod directive;
mod scalar;

use std::collections::VecDeque;

use super::source::Source;
use super::token::{Kind, Mark, Token};
use crate::YamlError;
use crate::error::Stage;

/// How far a `:` may be from the start of its key.
const KEY_REACH: usize = 1024;

/// The words of one text, in order.
pub(super) struct Scanner<'a> {
    source: Source<'a>,
    rest: &'a str,
    mark: Mark,
    tokens: VecDeque<Token>,
    /// How many words have been handed out.
    taken: usize,
    /// How many `[` and `{` are open.
    flow: usize,
    /// The column of the innermost block collection; none outside of all.
    indent: Option<usize>,
    indents: Vec<Option<usize>>,
    /// One possible key for each open bracket, and one for what is outside of all.
    keys: Vec<SimpleKey>,
    /// A key without `?` may start here.
    key_allowed: bool,
}

/// Where a key may have started.
#[derive(Clone, Copy, Default)]
struct SimpleKey {
    possible: bool,
    /// Nothing but a key can stand here.
    required: bool,
    /// The number of its first word.
    token: usize,
    /// Its first word waits for the `:`. go-yaml forgets that for empty brackets, so that they end a
    /// document where they could still be a key.
    waits: bool,
    mark: Mark,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(source: Source<'a>) -> Self {
        Self {
            source,
            rest: source.text(),
            mark: Mark::default(),
            tokens: VecDeque::new(),
            taken: 0,
            flow: 0,
            indent: None,
            indents: Vec::new(),
            keys: vec![SimpleKey::default()],
            key_allowed: true,
        }
    }

    /// Returns the next word without taking it; behind the end there is always another end.
    pub(super) fn peek(&mut self) -> Result<&Token, YamlError> {
        while self.tokens.is_empty() || self.head_may_be_key()? {
            self.fetch()?;
        }
        self.tokens.front().ok_or_else(|| self.error("found unexpected end of stream"))
    }

    /// Takes the next word.
    pub(super) fn next(&mut self) -> Result<Token, YamlError> {
        let token = self.peek()?.clone();
        self.skip_token();
        Ok(token)
    }

    /// Takes the word that [`peek`](Self::peek) has shown.
    pub(super) fn skip_token(&mut self) {
        self.taken += usize::from(self.tokens.pop_front().is_some());
    }

    fn head_may_be_key(&mut self) -> Result<bool, YamlError> {
        let taken = self.taken;
        match self.keys.iter().position(|key| key.possible && key.waits && key.token == taken) {
            Some(level) => self.is_valid(level),
            None => Ok(false),
        }
    }

    /// Returns whether the key of a level can still be one here; one that had to be is an error.
    fn is_valid(&mut self, level: usize) -> Result<bool, YamlError> {
        let now = self.mark;
        let Some(key) = self.keys.get(level).copied().filter(|key| key.possible) else {
            return Ok(false);
        };
        if key.mark.line >= now.line && key.mark.index + KEY_REACH >= now.index {
            return Ok(true);
        }
        if key.required {
            return Err(self.error("could not find expected ':'"));
        }
        if let Some(key) = self.keys.get_mut(level) {
            key.possible = false;
        }
        Ok(false)
    }

    /// Reads one more word from the text.
    fn fetch(&mut self) -> Result<(), YamlError> {
        self.skip_to_token();
        self.unroll(Some(self.mark.column));
        let Some(c) = self.char() else { return self.fetch_end() };
        let gap = self.is_gap(1);
        match c {
            '%' if self.mark.column == 0 => self.fetch_directive(),
            '-' if self.at_document("---") => self.fetch_document(Kind::DocumentStart),
            '.' if self.at_document("...") => self.fetch_document(Kind::DocumentEnd),
            '[' => self.fetch_open(Kind::FlowListStart),
            '{' => self.fetch_open(Kind::FlowMapStart),
            ']' => self.fetch_close(Kind::FlowListEnd),
            '}' => self.fetch_close(Kind::FlowMapEnd),
            ',' => self.fetch_entry(),
            '-' if gap => self.fetch_block_entry(),
            '?' if self.flow > 0 || gap => self.fetch_key(),
            ':' if self.flow > 0 || gap => self.fetch_value(),
            '*' | '&' => self.fetch_anchor(c == '*'),
            '!' => self.fetch_tag(),
            '|' | '>' if self.flow == 0 => self.fetch_block_scalar(c == '|'),
            '\'' | '"' => self.fetch_quoted(c),
            ' ' | '\t' | '#' | '|' | '>' | '%' | '@' | '`' => {
                Err(self.error("found character that cannot start any token"))
            }
            _ => self.fetch_plain(),
        }
    }

    fn fetch_end(&mut self) -> Result<(), YamlError> {
        if self.mark.column != 0 {
            self.mark.column = 0;
            self.mark.line += 1;
        }
        self.unroll(None);
        self.forget_key()?;
        self.key_allowed = false;
        self.push(Kind::StreamEnd, self.mark);
        Ok(())
    }

    fn fetch_directive(&mut self) -> Result<(), YamlError> {
        self.unroll(None);
        self.forget_key()?;
        self.key_allowed = false;
        let start = self.mark;
        let kind = self.scan_directive()?;
        self.push(kind, start);
        self.skip_line_rest()
    }

    fn fetch_document(&mut self, kind: Kind) -> Result<(), YamlError> {
        self.unroll(None);
        self.forget_key()?;
        self.key_allowed = false;
        self.push_indicator(kind, 3);
        Ok(())
    }

    fn fetch_open(&mut self, kind: Kind) -> Result<(), YamlError> {
        self.save_key()?;
        let token = self.taken + self.tokens.len();
        self.keys.push(SimpleKey { token, ..SimpleKey::default() });
        self.flow += 1;
        self.key_allowed = true;
        self.push_indicator(kind, 1);
        Ok(())
    }

    fn fetch_close(&mut self, kind: Kind) -> Result<(), YamlError> {
        self.forget_key()?;
        if self.flow > 0 {
            self.flow -= 1;
            let inner = self.keys.pop().map(|key| key.token);
            if let Some(outer) = self.keys.last_mut().filter(|key| Some(key.token) == inner) {
                outer.waits = false;
            }
        }
        self.key_allowed = false;
        self.push_indicator(kind, 1);
        Ok(())
    }

    fn fetch_entry(&mut self) -> Result<(), YamlError> {
        self.forget_key()?;
        self.key_allowed = true;
        self.push_indicator(Kind::FlowEntry, 1);
        Ok(())
    }

    fn fetch_block_entry(&mut self) -> Result<(), YamlError> {
        if self.flow == 0 {
            if !self.key_allowed {
                return Err(self.error("block sequence entries are not allowed in this context"));
            }
            self.roll(self.mark, None, Kind::BlockListStart);
        }
        self.forget_key()?;
        self.key_allowed = true;
        self.push_indicator(Kind::BlockEntry, 1);
        Ok(())
    }

    fn fetch_key(&mut self) -> Result<(), YamlError> {
        if self.flow == 0 {
            if !self.key_allowed {
                return Err(self.error("mapping keys are not allowed in this context"));
            }
            self.roll(self.mark, None, Kind::BlockMapStart);
        }
        self.forget_key()?;
        self.key_allowed = self.flow == 0;
        self.push_indicator(Kind::Key, 1);
        Ok(())
    }

    fn fetch_value(&mut self) -> Result<(), YamlError> {
        let level = self.keys.len().saturating_sub(1);
        if self.is_valid(level)? {
            let key = self.keys.get(level).copied().unwrap_or_default();
            let token = Token { kind: Kind::Key, start: key.mark, end: key.mark };
            self.insert(key.token, token);
            self.roll(key.mark, Some(key.token), Kind::BlockMapStart);
            self.drop_key();
            self.key_allowed = false;
        } else {
            if self.flow == 0 {
                if !self.key_allowed {
                    return Err(self.error("mapping values are not allowed in this context"));
                }
                self.roll(self.mark, None, Kind::BlockMapStart);
            }
            self.key_allowed = self.flow == 0;
        }
        self.push_indicator(Kind::Value, 1);
        Ok(())
    }

    fn fetch_anchor(&mut self, alias: bool) -> Result<(), YamlError> {
        self.save_key()?;
        self.key_allowed = false;
        let start = self.mark;
        self.skip();
        let name = self.take_word();
        let ends = self.is_gap(0)
            || matches!(self.char(), Some('?' | ':' | ',' | ']' | '}' | '%' | '@' | '`'));
        if name.is_empty() || !ends {
            return Err(self.error("did not find expected alphabetic or numeric character"));
        }
        self.push(if alias { Kind::Alias(name) } else { Kind::Anchor(name) }, start);
        Ok(())
    }

    fn fetch_tag(&mut self) -> Result<(), YamlError> {
        self.save_key()?;
        self.key_allowed = false;
        let start = self.mark;
        let kind = self.scan_tag()?;
        self.push(kind, start);
        Ok(())
    }

    fn fetch_block_scalar(&mut self, literal: bool) -> Result<(), YamlError> {
        self.forget_key()?;
        self.key_allowed = true;
        let start = self.mark;
        let text = self.scan_block(literal)?;
        self.push(Kind::Scalar { text, plain: false }, start);
        Ok(())
    }

    fn fetch_quoted(&mut self, quote: char) -> Result<(), YamlError> {
        self.save_key()?;
        self.key_allowed = false;
        let start = self.mark;
        let text = self.scan_quoted(quote)?;
        self.push(Kind::Scalar { text, plain: false }, start);
        Ok(())
    }

    fn fetch_plain(&mut self) -> Result<(), YamlError> {
        self.save_key()?;
        self.key_allowed = false;
        let start = self.mark;
        let (text, end) = self.scan_plain()?;
        self.tokens.push_back(Token { kind: Kind::Scalar { text, plain: true }, start, end });
        Ok(())
    }

    /// Goes over blanks, comments and line ends.
    fn skip_to_token(&mut self) {
        loop {
            let tabs = self.flow > 0 || !self.key_allowed;
            while matches!(self.char(), Some(' ')) || (tabs && self.char() == Some('\t')) {
                self.skip();
            }
            self.skip_comment();
            if !self.is_break() {
                return;
            }
            self.skip_break();
            if self.flow == 0 {
                self.key_allowed = true;
            }
        }
    }

    fn skip_comment(&mut self) {
        if self.char() == Some('#') {
            while self.char().is_some() && !self.is_break() {
                self.skip();
            }
        }
    }

    /// Goes over what may stand behind a directive or the head of a block.
    fn skip_line_rest(&mut self) -> Result<(), YamlError> {
        while self.is_blank() {
            self.skip();
        }
        self.skip_comment();
        if self.char().is_some() && !self.is_break() {
            return Err(self.error("did not find expected comment or line break"));
        }
        self.skip_break();
        Ok(())
    }

    fn save_key(&mut self) -> Result<(), YamlError> {
        if !self.key_allowed {
            return Ok(());
        }
        self.forget_key()?;
        let key = SimpleKey {
            possible: true,
            waits: true,
            required: self.flow == 0 && self.indent == Some(self.mark.column),
            token: self.taken + self.tokens.len(),
            mark: self.mark,
        };
        if let Some(last) = self.keys.last_mut() {
            *last = key;
        }
        Ok(())
    }

    /// Gives up on the possible key of this level; one that had to be is an error.
    fn forget_key(&mut self) -> Result<(), YamlError> {
        if self.keys.last().is_some_and(|key| key.possible && key.required) {
            return Err(self.error("could not find expected ':'"));
        }
        self.drop_key();
        Ok(())
    }

    fn drop_key(&mut self) {
        if let Some(key) = self.keys.last_mut() {
            key.possible = false;
        }
    }

    /// Opens a block collection at the column of `mark` unless it is open; its word goes to the end of
    /// the queue or to a number.
    fn roll(&mut self, mark: Mark, number: Option<usize>, kind: Kind) {
        let column = Some(mark.column);
        if self.flow > 0 || self.indent >= column {
            return;
        }
        self.indents.push(self.indent);
        self.indent = column;
        let token = Token { kind, start: mark, end: mark };
        self.insert(number.unwrap_or(usize::MAX), token);
    }

    /// Closes the block collections to the right of `column`.
    fn unroll(&mut self, column: Option<usize>) {
        if self.flow > 0 {
            return;
        }
        while self.indent > column {
            self.push(Kind::BlockEnd, self.mark);
            self.indent = self.indents.pop().flatten();
        }
    }

    fn insert(&mut self, number: usize, token: Token) {
        let at = number.checked_sub(self.taken).unwrap_or(self.tokens.len());
        self.tokens.insert(at.min(self.tokens.len()), token);
    }

    fn push(&mut self, kind: Kind, start: Mark) {
        self.tokens.push_back(Token { kind, start, end: self.mark });
    }

    fn push_indicator(&mut self, kind: Kind, width: usize) {
        let start = self.mark;
        for _ in 0..width {
            self.skip();
        }
        self.push(kind, start);
    }

    fn at_document(&self, marker: &str) -> bool {
        self.mark.column == 0 && self.rest.starts_with(marker) && self.is_gap(3)
    }

    /// Takes letters, digits, `_` and `-`.
    fn take_word(&mut self) -> String {
        let mut word = String::new();
        while let Some(c) =
            self.char().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
        {
            word.push(c);
            self.skip();
        }
        word
    }

    fn char(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn is_blank(&self) -> bool {
        matches!(self.char(), Some(' ' | '\t'))
    }

    fn is_break(&self) -> bool {
        self.char().is_some_and(super::write::is_break)
    }

    /// Returns whether there is a blank, a line end or nothing `ahead` characters from here.
    fn is_gap(&self, ahead: usize) -> bool {
        self.rest
            .chars()
            .nth(ahead)
            .is_none_or(|c| matches!(c, ' ' | '\t') || super::write::is_break(c))
    }

    fn skip(&mut self) {
        let mut chars = self.rest.chars();
        if chars.next().is_some() {
            self.rest = chars.as_str();
            self.mark.index += 1;
            self.mark.column += 1;
        }
    }

    fn take(&mut self, text: &mut String) {
        text.extend(self.char());
        self.skip();
    }

    /// Goes over a line end, if there is one; returns what it counts as in a text.
    fn skip_break(&mut self) -> Option<char> {
        let c = self.char().filter(|c| super::write::is_break(*c))?;
        let crlf = self.rest.starts_with("\r\n");
        self.rest = self.rest.get(if crlf { 2 } else { c.len_utf8() }..).unwrap_or_default();
        self.mark.index += if crlf { 2 } else { 1 };
        self.mark.line += 1;
        self.mark.column = 0;
        Some(if matches!(c, '\u{2028}' | '\u{2029}') { c } else { '\n' })
    }

    fn error(&self, problem: &str) -> YamlError {
        // go-yaml names the line of its scanner's mistakes from one, but leaves out the first.
        let line = (self.mark.line != 0).then_some(self.mark.line + 1);
        self.source.error(self.mark, problem, Stage::Yaml(line))
    }
}
