//! Directives and tags.

use super::Scanner;
use crate::YamlError;
use crate::yaml::token::Kind;

/// How many digits a number of `%YAML` may have.
const MAX_DIGITS: usize = 2;

impl Scanner<'_> {
    pub(super) fn scan_directive(&mut self) -> Result<Kind, YamlError> {
        self.skip();
        let name = self.take_word();
        if name.is_empty() {
            return Err(self.error("could not find expected directive name"));
        }
        if !self.is_gap(0) {
            return Err(self.error("found unexpected non-alphabetical character"));
        }
        match name.as_str() {
            "YAML" => self.scan_version(),
            "TAG" => self.scan_tag_directive(),
            _ => Err(self.error("found unknown directive name")),
        }
    }

    pub(super) fn scan_tag(&mut self) -> Result<Kind, YamlError> {
        let (mut handle, mut suffix);
        if self.rest.starts_with("!<") {
            self.skip();
            self.skip();
            handle = String::new();
            suffix = self.scan_uri(None)?;
            if self.char() != Some('>') {
                return Err(self.error("did not find the expected '>'"));
            }
            self.skip();
        } else {
            handle = self.scan_handle()?;
            if handle.len() > 1 && handle.ends_with('!') {
                suffix = self.scan_uri(None)?;
            } else {
                suffix = self.scan_uri(Some(&handle))?;
                "!".clone_into(&mut handle);
                if suffix.is_empty() {
                    std::mem::swap(&mut handle, &mut suffix);
                }
            }
        }
        if !self.is_gap(0) {
            return Err(self.error("did not find expected whitespace or line break"));
        }
        Ok(Kind::Tag(handle, suffix))
    }

    fn scan_version(&mut self) -> Result<Kind, YamlError> {
        self.skip_blanks();
        let major = self.scan_version_number()?;
        if self.char() != Some('.') {
            return Err(self.error("did not find expected digit or '.' character"));
        }
        self.skip();
        Ok(Kind::Version(major, self.scan_version_number()?))
    }

    fn scan_version_number(&mut self) -> Result<u32, YamlError> {
        let (mut number, mut length) = (0, 0);
        while let Some(digit) = self.char().and_then(|c| c.to_digit(10)) {
            length += 1;
            if length > MAX_DIGITS {
                return Err(self.error("found extremely long version number"));
            }
            number = number * 10 + digit;
            self.skip();
        }
        if length == 0 {
            return Err(self.error("did not find expected version number"));
        }
        Ok(number)
    }

    fn scan_tag_directive(&mut self) -> Result<Kind, YamlError> {
        self.skip_blanks();
        let handle = self.scan_handle()?;
        if handle != "!" && !handle.ends_with('!') {
            return Err(self.error("did not find expected '!'"));
        }
        if !self.is_blank() {
            return Err(self.error("did not find expected whitespace"));
        }
        self.skip_blanks();
        let prefix = self.scan_uri(None)?;
        if !self.is_gap(0) {
            return Err(self.error("did not find expected whitespace or line break"));
        }
        Ok(Kind::TagDirective(handle, prefix))
    }

    fn scan_handle(&mut self) -> Result<String, YamlError> {
        if self.char() != Some('!') {
            return Err(self.error("did not find expected '!'"));
        }
        self.skip();
        let mut handle = format!("!{}", self.take_word());
        if self.char() == Some('!') {
            self.take(&mut handle);
        }
        Ok(handle)
    }

    /// Reads an address behind what was taken for a handle, of which the `!` does not belong to it.
    fn scan_uri(&mut self, head: Option<&str>) -> Result<String, YamlError> {
        let mut uri = head.and_then(|head| head.strip_prefix('!')).unwrap_or_default().to_owned();
        let mut found = head.is_some();
        while let Some(c) = self.char().filter(|c| is_uri(*c)) {
            if c == '%' {
                self.scan_escapes(&mut uri)?;
            } else {
                self.take(&mut uri);
            }
            found = true;
        }
        if found { Ok(uri) } else { Err(self.error("did not find expected tag URI")) }
    }

    /// Reads the `%xx` of one character.
    fn scan_escapes(&mut self, uri: &mut String) -> Result<(), YamlError> {
        let mut bytes = Vec::new();
        let mut width = 1;
        while bytes.len() < width {
            let digits = self.rest.strip_prefix('%').and_then(|rest| rest.get(..2));
            let digits = digits.filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
            let Some(Ok(byte)) = digits.map(|digits| u8::from_str_radix(digits, 16)) else {
                return Err(self.error("did not find URI escaped octet"));
            };
            if bytes.is_empty() {
                width = match byte {
                    0..=0x7f => 1,
                    0xc0..=0xdf => 2,
                    0xe0..=0xef => 3,
                    0xf0..=0xf7 => 4,
                    _ => return Err(self.error("found an incorrect leading UTF-8 octet")),
                };
            } else if byte & 0xc0 != 0x80 {
                return Err(self.error("found an incorrect trailing UTF-8 octet"));
            }
            bytes.push(byte);
            (0..3).for_each(|_| self.skip());
        }
        uri.push_str(&String::from_utf8_lossy(&bytes));
        Ok(())
    }

    fn skip_blanks(&mut self) {
        while self.is_blank() {
            self.skip();
        }
    }
}

const fn is_uri(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || matches!(
            c,
            '_' | '-'
                | ';'
                | '/'
                | '?'
                | ':'
                | '@'
                | '&'
                | '='
                | '+'
                | '$'
                | ','
                | '.'
                | '!'
                | '~'
                | '*'
                | '\''
                | '('
                | ')'
                | '['
                | ']'
                | '%'
        )
}
