//! What is wrong with a JSON text, in the words of Go's `encoding/json`.

/// Returns Go's message for a text that `error` refused.
pub(crate) fn complaint(text: &str, error: &serde_json::Error) -> String {
    let mut scanner = Scanner { bytes: text.as_bytes(), at: 0 };
    match scanner.document() {
        Err(Some(problem)) => problem,
        Err(None) => "unexpected end of JSON input".to_owned(),
        Ok(()) => error.to_string(),
    }
}

struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// `None` is the end of the text where more was needed.
type Scan = Result<(), Option<String>>;

/// How deeply Go reads.
const MAX_DEPTH: usize = 10_000;

impl Scanner<'_> {
    fn document(&mut self) -> Scan {
        self.containers()?;
        self.blanks();
        match self.peek() {
            None => Ok(()),
            Some(_) => self.unexpected("after top-level value"),
        }
    }

    /// Reads one value; maps and lists are kept on a stack of their closing marks.
    fn containers(&mut self) -> Scan {
        let mut open: Vec<u8> = Vec::new();
        loop {
            self.blanks();
            match self.need()? {
                b'{' => {
                    self.at += 1;
                    self.blanks();
                    if self.need()? != b'}' {
                        open.push(b'}');
                        self.key("looking for beginning of object key string")?;
                        continue;
                    }
                    self.at += 1;
                }
                b'[' => {
                    self.at += 1;
                    self.blanks();
                    if self.need()? != b']' {
                        open.push(b']');
                        continue;
                    }
                    self.at += 1;
                }
                _ => self.scalar()?,
            }
            if open.len() > MAX_DEPTH {
                return Err(Some("exceeded max depth".to_owned()));
            }
            // Behind a value: the next one of its container, or the ends of some.
            loop {
                let Some(close) = open.last().copied() else {
                    return Ok(());
                };
                self.blanks();
                let next = self.need()?;
                if next == close {
                    self.at += 1;
                    open.pop();
                } else if next == b',' {
                    self.at += 1;
                    if close == b'}' {
                        self.blanks();
                        self.key("looking for beginning of object key string")?;
                    }
                    break;
                } else if close == b'}' {
                    return self.unexpected("after object key:value pair");
                } else {
                    return self.unexpected("after array element");
                }
            }
        }
    }

    fn key(&mut self, wanted: &str) -> Scan {
        if self.need()? != b'"' {
            return self.unexpected(wanted);
        }
        self.string()?;
        self.blanks();
        if self.need()? != b':' {
            return self.unexpected("after object key");
        }
        self.at += 1;
        Ok(())
    }

    fn scalar(&mut self) -> Scan {
        match self.need()? {
            b'"' => self.string(),
            b't' => self.word("true"),
            b'f' => self.word("false"),
            b'n' => self.word("null"),
            b'-' | b'0'..=b'9' => self.number(),
            _ => self.unexpected("looking for beginning of value"),
        }
    }

    fn word(&mut self, word: &str) -> Scan {
        for letter in word.bytes() {
            if self.or_blank() != letter {
                let shown = quoted_byte(letter);
                return self.unexpected(&format!("in literal {word} (expecting {shown})"));
            }
            self.at += 1;
        }
        Ok(())
    }

    fn string(&mut self) -> Scan {
        self.at += 1;
        loop {
            match self.need()? {
                b'"' => {
                    self.at += 1;
                    return Ok(());
                }
                b'\\' => {
                    self.at += 1;
                    self.escape()?;
                }
                0..=0x1f => return self.unexpected("in string literal"),
                _ => self.at += 1,
            }
        }
    }

    fn escape(&mut self) -> Scan {
        match self.or_blank() {
            b'b' | b'f' | b'n' | b'r' | b't' | b'\\' | b'/' | b'"' => self.at += 1,
            b'u' => {
                self.at += 1;
                for _ in 0..4 {
                    if !self.or_blank().is_ascii_hexdigit() {
                        return self.unexpected("in \\u hexadecimal character escape");
                    }
                    self.at += 1;
                }
            }
            _ => return self.unexpected("in string escape code"),
        }
        Ok(())
    }

    fn number(&mut self) -> Scan {
        if self.or_blank() == b'-' {
            self.at += 1;
        }
        match self.or_blank() {
            b'0' => self.at += 1,
            b'1'..=b'9' => self.digits(),
            _ => return self.unexpected("in numeric literal"),
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            if !self.or_blank().is_ascii_digit() {
                return self.unexpected("after decimal point in numeric literal");
            }
            self.digits();
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if !self.or_blank().is_ascii_digit() {
                return self.unexpected("in exponent of numeric literal");
            }
            self.digits();
        }
        Ok(())
    }

    fn digits(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn need(&self) -> Result<u8, Option<String>> {
        self.peek().ok_or(None)
    }

    /// Returns the next byte; within a word or number, Go reads a blank behind the end.
    fn or_blank(&self) -> u8 {
        self.peek().unwrap_or(b' ')
    }

    fn unexpected(&self, place: &str) -> Scan {
        let shown = quoted_byte(self.or_blank());
        Err(Some(format!("invalid character {shown} {place}")))
    }
}

/// Returns a byte as Go's scanner shows it.
fn quoted_byte(byte: u8) -> String {
    match byte {
        b'\'' => r"'\''".to_owned(),
        b'"' => "'\"'".to_owned(),
        _ => {
            let quoted = gotmpl::quote(char::from(byte).encode_utf8(&mut [0; 4]).as_bytes());
            format!("'{}'", quoted.trim_matches('"'))
        }
    }
}
