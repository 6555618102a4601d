//! From text to pieces.

use super::{Node, Param};

/// How deep brackets may nest.
const MAX_DEPTH: usize = 50;

/// Reads a template.
pub(super) fn template(text: &str) -> Result<Vec<Node>, String> {
    parse(text, 0)
}

fn parse(text: &str, depth: usize) -> Result<Vec<Node>, String> {
    if depth > MAX_DEPTH {
        return Err(format!("brackets nest deeper than {MAX_DEPTH} levels"));
    }
    let mut nodes = Vec::new();
    let mut rest = text;
    while let Some((before, inside)) = rest.split_once('{') {
        if !before.is_empty() {
            nodes.push(Node::Text(before.to_owned()));
        }
        let mut action = Action { rest: inside, nodes: Vec::new(), depth };
        action.read()?;
        rest = action.rest;
        nodes.push(Node::List(action.nodes));
    }
    if !rest.is_empty() {
        nodes.push(Node::Text(rest.to_owned()));
    }
    Ok(nodes)
}

/// Reads what could stand between two braces.
fn action(text: &str, depth: usize) -> Result<Vec<Node>, String> {
    match parse(&format!("{{{text}}}"), depth + 1)?.into_iter().next() {
        Some(Node::List(nodes)) => Ok(nodes),
        _ => Ok(Vec::new()),
    }
}

/// The inside of braces.
struct Action<'t> {
    rest: &'t str,
    nodes: Vec<Node>,
    depth: usize,
}

impl<'t> Action<'t> {
    /// Reads up to the closing brace.
    fn read(&mut self) -> Result<(), String> {
        loop {
            let Some(c) = self.rest.chars().next().filter(|c| !matches!(c, '\r' | '\n')) else {
                return Err("unclosed action".to_owned());
            };
            if self.eat("}") {
                return Ok(());
            }
            if self.eat("[?(") {
                self.filter()?;
            } else if self.eat("..") {
                self.recursive()?;
            } else if self.eat("[") {
                self.array()?;
            } else if self.eat(".") {
                self.field();
            } else if matches!(c, '"' | '\'') {
                self.quoted(c)?;
            } else if matches!(c, '+' | '-') || c.is_numeric() {
                self.number()?;
            } else if c == '_' || c.is_alphabetic() {
                self.word();
            } else if matches!(c, ' ' | '@' | '$') {
                self.skip(c.len_utf8());
            } else {
                return Err(format!(
                    "unrecognized character in action: U+{:04X} '{c}'",
                    u32::from(c)
                ));
            }
        }
    }

    fn eat(&mut self, start: &str) -> bool {
        let rest = self.rest.strip_prefix(start);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// Goes on by some bytes and returns what they are.
    fn skip(&mut self, bytes: usize) -> &'t str {
        let (taken, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    fn recursive(&mut self) -> Result<(), String> {
        if self.nodes.last() == Some(&Node::Recursive) {
            return Err("invalid multiple recursive descent".to_owned());
        }
        self.nodes.push(Node::Recursive);
        if self.rest.starts_with(|c: char| c == '_' || c.is_alphanumeric()) {
            self.field();
        }
        Ok(())
    }

    fn field(&mut self) {
        let mut escaped = false;
        let end = self.rest.find(|c| {
            let ends = !escaped && is_terminator(c);
            escaped = !escaped && c == '\\';
            ends
        });
        let name = self.skip(end.unwrap_or(self.rest.len()));
        self.nodes.push(match name {
            "*" => Node::Wildcard,
            name => Node::Field(name.replace('\\', "")),
        });
    }

    fn word(&mut self) {
        let end = self.rest.find(is_terminator).unwrap_or(self.rest.len());
        let word = match self.skip(end) {
            "true" => Node::Bool(true),
            "false" => Node::Bool(false),
            word => Node::Word(word.to_owned()),
        };
        self.nodes.push(word);
    }

    fn number(&mut self) -> Result<(), String> {
        let sign = usize::from(self.rest.starts_with(['+', '-']));
        let digits = self.rest.get(sign..).unwrap_or_default();
        let length = digits.find(|c: char| c != '.' && !c.is_numeric()).unwrap_or(digits.len());
        let text = self.skip(sign + length);
        let node = match (text.parse::<i64>(), text.parse::<f64>()) {
            (Ok(number), _) => Node::Int(number),
            (_, Ok(number)) => Node::Float(number),
            _ => return Err(format!("cannot parse number {text}")),
        };
        self.nodes.push(node);
        Ok(())
    }

    fn quoted(&mut self, quote: char) -> Result<(), String> {
        let unterminated = || "unterminated quoted string".to_owned();
        let mut before = quote;
        let inner = self.rest.get(1..).unwrap_or_default();
        let mut length = None;
        for (at, c) in inner.char_indices() {
            if c == '\n' {
                return Err(unterminated());
            }
            if c == quote && before != '\\' {
                length = Some(at);
                break;
            }
            before = c;
        }
        let whole = self.skip(length.ok_or_else(unterminated)? + 2);
        let inner = whole.get(1..whole.len() - 1).unwrap_or_default();
        let text = unquote(inner, quote)
            .ok_or_else(|| format!("unquote string {whole} error invalid syntax"))?;
        self.nodes.push(Node::Text(text));
        Ok(())
    }

    fn array(&mut self) -> Result<(), String> {
        let end = self.rest.find([']', '\n']).ok_or("unterminated array")?;
        let text = self.skip(end);
        if !self.eat("]") {
            return Err("unterminated array".to_owned());
        }
        let text = if text == "*" { ":" } else { text };
        if text.contains(',') {
            let parts = text.split(',').map(|part| part.trim_matches(' '));
            let lists = parts.map(|part| action(&format!("[{part}]"), self.depth));
            self.nodes.push(Node::Union(lists.collect::<Result<_, _>>()?));
            return Ok(());
        }
        let key = text.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
        if let Some(key) = key.filter(|key| !key.contains('\'')) {
            self.nodes.extend(action(&format!(".{key}"), self.depth)?);
            return Ok(());
        }
        self.nodes.push(Node::Index(slice(text)?));
        Ok(())
    }

    fn filter(&mut self) -> Result<(), String> {
        let end = self.end_of_filter().ok_or("unterminated filter")?;
        let text = self.skip(end);
        self.skip(1);
        if !self.eat("]") {
            return Err("unclosed array expect ]".to_owned());
        }
        let node = match comparison(text) {
            None => Node::Exists(action(text, self.depth)?),
            Some((left, operator, right)) => Node::Filter {
                left: action(left, self.depth)?,
                operator: operator.to_owned(),
                right: action(right, self.depth)?,
            },
        };
        self.nodes.push(node);
        Ok(())
    }

    /// Finds the parenthesis that closes a filter: not one in quotes.
    fn end_of_filter(&self) -> Option<usize> {
        let mut quote = None;
        let mut closed = false;
        let mut before = '(';
        for (at, c) in self.rest.char_indices() {
            match (c, quote) {
                ('\n', _) => return None,
                ('"' | '\'', None) => quote = Some(c),
                ('"' | '\'', Some(quote)) if c == quote && before != '\\' => closed = true,
                (')', quote) if quote.is_some() == closed => return Some(at),
                _ => {}
            }
            before = c;
        }
        None
    }
}

/// Whether a word or field ends before `c`.
fn is_terminator(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n' | '.' | ',' | '[' | ']' | '$' | '@' | '{' | '}')
}

/// Splits `left == right`; nothing where there is no comparison.
fn comparison(text: &str) -> Option<(&str, &str, &str)> {
    let is_operator = |c: char| matches!(c, '!' | '<' | '>' | '=');
    let start = text.find(is_operator).filter(|start| *start > 0)?;
    let (left, rest) = text.split_at_checked(start)?;
    let length = rest.find(|c| !is_operator(c)).unwrap_or(rest.len());
    // With nothing behind the operator, its last character is what stands there.
    let length = if length == rest.len() { length - 1 } else { length };
    let (operator, right) = rest.split_at_checked(length)?;
    (!operator.is_empty()).then_some((left, operator, right))
}

/// Reads `from:to:step`.
fn slice(text: &str) -> Result<[Param; 3], String> {
    let invalid = || format!("invalid array index {text}");
    let mut params = [Param::default(); 3];
    let mut parts = text.split(':');
    for param in &mut params {
        let Some(part) = parts.next() else { continue };
        let digits = part.strip_prefix('-').unwrap_or(part);
        if !digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(invalid());
        }
        if !part.is_empty() {
            let number = part.parse();
            let value = number.map_err(|_| format!("array index {part} is not a number"))?;
            *param = Param { value, known: true, derived: false };
        }
    }
    if parts.next().is_some() {
        return Err(invalid());
    }
    let [from, to, _] = &mut params;
    if !text.contains(':') {
        *to = Param { value: from.value.saturating_add(1), known: true, derived: true };
    }
    Ok(params)
}

/// Undoes the escapes of a Go string; nothing where one is wrong.
fn unquote(text: &str, quote: char) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut chars = text.chars();
    let mut push = |c: char| bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    while let Some(c) = chars.next() {
        if c != '\\' {
            push(c);
            continue;
        }
        let kind = chars.next()?;
        let mut number = |radix: u32, first: Option<char>, count: usize| {
            let digits = first.into_iter().chain(chars.by_ref().take(count));
            let text: String = digits.collect();
            let whole = text.len() == count + usize::from(first.is_some());
            u32::from_str_radix(&text, radix).ok().filter(|_| whole)
        };
        let made = match kind {
            'a' => '\x07',
            'b' => '\x08',
            'f' => '\x0c',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\x0b',
            '\\' => '\\',
            c if c == quote => c,
            'x' => char::from_u32(number(16, None, 2)?)?,
            'u' => char::from_u32(number(16, None, 4)?)?,
            'U' => char::from_u32(number(16, None, 8)?)?,
            '0'..='7' => char::from_u32(number(8, Some(kind), 2)?)?,
            _ => return None,
        };
        push(made);
    }
    String::from_utf8(bytes).ok()
}
