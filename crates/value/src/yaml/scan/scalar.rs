//! Texts: plain, in quotes, and as blocks.

use super::Scanner;
use crate::YamlError;
use crate::yaml::token::Mark;

/// Blanks and line ends inside of a text, until it is known what follows them.
#[derive(Default)]
struct Gap {
    blanks: String,
    /// The first line end.
    first: Option<char>,
    /// The line ends behind the first one.
    more: String,
}

impl Gap {
    /// Ends the gap: a single line end becomes a blank, and of several the first one is dropped.
    fn fold_into(&mut self, text: &mut String) {
        match self.first.take() {
            None => text.push_str(&self.blanks),
            Some('\n') if self.more.is_empty() => text.push(' '),
            Some('\n') => text.push_str(&self.more),
            Some(first) => {
                text.push(first);
                text.push_str(&self.more);
            }
        }
        self.blanks.clear();
        self.more.clear();
    }
}

/// What the last lines of a block come to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Chomp {
    Clip,
    Strip,
    Keep,
}

impl Scanner<'_> {
    /// Reads a plain text; also returns where its last character ends.
    pub(super) fn scan_plain(&mut self) -> Result<(String, Mark), YamlError> {
        let indent = self.indent.map_or(0, |indent| indent + 1);
        let mut text = String::new();
        let mut gap = Gap::default();
        let mut end = self.mark;
        let mut lines = false;
        loop {
            if self.at_document("---") || self.at_document("...") || self.char() == Some('#') {
                break;
            }
            while !self.is_gap(0) && !self.ends_plain() {
                gap.fold_into(&mut text);
                lines = false;
                self.take(&mut text);
                end = self.mark;
            }
            if !(self.is_blank() || self.is_break()) {
                break;
            }
            while self.is_blank() || self.is_break() {
                if let Some(line_end) = self.skip_break() {
                    if lines {
                        gap.more.push(line_end);
                    } else {
                        gap.first = Some(line_end);
                        lines = true;
                    }
                } else if lines {
                    if self.mark.column < indent && self.char() == Some('\t') {
                        return Err(self.error("found a tab character that violates indentation"));
                    }
                    self.skip();
                } else {
                    self.take(&mut gap.blanks);
                }
            }
            if self.flow == 0 && self.mark.column < indent {
                break;
            }
        }
        if lines {
            self.key_allowed = true;
        }
        Ok((text, end))
    }

    pub(super) fn scan_quoted(&mut self, quote: char) -> Result<String, YamlError> {
        self.skip();
        let mut text = String::new();
        let mut gap = Gap::default();
        loop {
            if self.at_document("---") || self.at_document("...") {
                return Err(self.error("found unexpected document indicator"));
            }
            if self.char().is_none() {
                return Err(self.error("found unexpected end of stream"));
            }
            let mut lines = self.scan_quoted_word(quote, &mut text)?;
            if self.char() == Some(quote) {
                break;
            }
            let escaped = lines;
            while self.is_blank() || self.is_break() {
                if let Some(line_end) = self.skip_break() {
                    if lines {
                        gap.more.push(line_end);
                    } else {
                        gap.first = Some(line_end);
                        lines = true;
                    }
                } else if lines {
                    self.skip();
                } else {
                    self.take(&mut gap.blanks);
                }
            }
            if escaped {
                text.push_str(&std::mem::take(&mut gap.more));
            } else {
                gap.fold_into(&mut text);
            }
        }
        self.skip();
        Ok(text)
    }

    pub(super) fn scan_block(&mut self, literal: bool) -> Result<String, YamlError> {
        self.skip();
        let (chomp, increment) = self.scan_block_head()?;
        self.skip_line_rest()?;
        let mut indent = increment.map(|by| self.indent.unwrap_or(0) + by);
        let mut text = String::new();
        let mut first = None;
        let mut more = String::new();
        let column = self.scan_block_gap(&mut indent, &mut more)?;
        let mut was_blank = false;
        while self.mark.column == column && self.char().is_some() {
            let blank = self.is_blank();
            match first.take() {
                Some('\n') if !literal && !was_blank && !blank => {
                    if more.is_empty() {
                        text.push(' ');
                    }
                }
                line_end => text.extend(line_end),
            }
            text.push_str(&std::mem::take(&mut more));
            was_blank = blank;
            while self.char().is_some() && !self.is_break() {
                self.take(&mut text);
            }
            first = self.skip_break();
            self.scan_block_gap(&mut indent, &mut more)?;
        }
        if chomp != Chomp::Strip {
            text.extend(first);
        }
        if chomp == Chomp::Keep {
            text.push_str(&more);
        }
        Ok(text)
    }

    /// Returns whether a plain text ends at this character, which is no gap.
    fn ends_plain(&self) -> bool {
        match self.char() {
            Some(':') => self.is_gap(1),
            Some(',' | '?' | '[' | ']' | '{' | '}') => self.flow > 0,
            _ => false,
        }
    }

    /// Reads up to the next gap or the closing quote; returns whether a backslash ended the line.
    fn scan_quoted_word(&mut self, quote: char, text: &mut String) -> Result<bool, YamlError> {
        while !self.is_gap(0) {
            if quote == '\'' && self.rest.starts_with("''") {
                text.push('\'');
                self.skip();
                self.skip();
            } else if self.char() == Some(quote) {
                break;
            } else if quote == '"' && self.char() == Some('\\') {
                if self.rest.chars().nth(1).is_some_and(crate::yaml::write::is_break) {
                    self.skip();
                    self.skip_break();
                    return Ok(true);
                }
                self.scan_escape(text)?;
            } else {
                self.take(text);
            }
        }
        Ok(false)
    }

    fn scan_escape(&mut self, text: &mut String) -> Result<(), YamlError> {
        let (c, length) = match self.rest.chars().nth(1) {
            Some('0') => ('\0', 0),
            Some('a') => ('\u{7}', 0),
            Some('b') => ('\u{8}', 0),
            Some('t' | '\t') => ('\t', 0),
            Some('n') => ('\n', 0),
            Some('v') => ('\u{b}', 0),
            Some('f') => ('\u{c}', 0),
            Some('r') => ('\r', 0),
            Some('e') => ('\u{1b}', 0),
            Some(c @ (' ' | '"' | '\'' | '\\')) => (c, 0),
            Some('N') => ('\u{85}', 0),
            Some('_') => ('\u{a0}', 0),
            Some('L') => ('\u{2028}', 0),
            Some('P') => ('\u{2029}', 0),
            Some('x') => ('\0', 2),
            Some('u') => ('\0', 4),
            Some('U') => ('\0', 8),
            _ => return Err(self.error("found unknown escape character")),
        };
        self.skip();
        self.skip();
        if length == 0 {
            text.push(c);
            return Ok(());
        }
        let digits = self.rest.get(..length).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
        let Some(Ok(code)) = digits.map(|digits| u32::from_str_radix(digits, 16)) else {
            return Err(self.error("did not find expected hexdecimal number"));
        };
        let Some(c) = char::from_u32(code) else {
            return Err(self.error("found invalid Unicode character escape code"));
        };
        text.push(c);
        (0..length).for_each(|_| self.skip());
        Ok(())
    }

    /// Reads `+`, `-` and the digit behind `|` or `>`.
    fn scan_block_head(&mut self) -> Result<(Chomp, Option<usize>), YamlError> {
        let mut chomp = self.scan_chomp();
        let increment = match self.char().and_then(|c| c.to_digit(10)) {
            Some(0) => return Err(self.error("found an indentation indicator equal to 0")),
            Some(digit) => {
                self.skip();
                chomp = chomp.or_else(|| self.scan_chomp());
                usize::try_from(digit).ok()
            }
            None => None,
        };
        Ok((chomp.unwrap_or(Chomp::Clip), increment))
    }

    fn scan_chomp(&mut self) -> Option<Chomp> {
        let chomp = match self.char() {
            Some('+') => Chomp::Keep,
            Some('-') => Chomp::Strip,
            _ => return None,
        };
        self.skip();
        Some(chomp)
    }

    /// Reads the indentation of the next line of a block and the empty lines before it; the first time
    /// this also finds out how deep the block is. Returns the depth.
    fn scan_block_gap(
        &mut self,
        indent: &mut Option<usize>,
        breaks: &mut String,
    ) -> Result<usize, YamlError> {
        let mut deepest = 0;
        loop {
            let inside = |column| indent.is_none_or(|indent| column < indent);
            while inside(self.mark.column) && self.char() == Some(' ') {
                self.skip();
            }
            deepest = deepest.max(self.mark.column);
            if inside(self.mark.column) && self.char() == Some('\t') {
                let problem = "found a tab character where an indentation space is expected";
                return Err(self.error(problem));
            }
            match self.skip_break() {
                Some(line_end) => breaks.push(line_end),
                None => break,
            }
        }
        let least = self.indent.map_or(1, |indent| indent + 1);
        Ok(*indent.get_or_insert(deepest.max(least)))
    }
}
