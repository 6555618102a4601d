//! Text in quotes, as Go's messages show it.

/// Returns `text` as `%q` of Go prints it: in double quotes, with escapes for what cannot be seen.
///
/// Of the characters outside ASCII, the invisible ones in common use are escaped; Go's table is longer.
#[must_use]
pub fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        push(&mut quoted, c, '"');
    }
    quoted.push('"');
    quoted
}

/// Returns `c` as `%q` prints a single character, in single quotes.
pub(crate) fn quote_char(c: char) -> String {
    let mut quoted = String::from('\'');
    push(&mut quoted, c, '\'');
    quoted.push('\'');
    quoted
}

fn push(quoted: &mut String, c: char, mark: char) {
    let short = match c {
        '\u{7}' => "\\a",
        '\u{8}' => "\\b",
        '\t' => "\\t",
        '\n' => "\\n",
        '\u{b}' => "\\v",
        '\u{c}' => "\\f",
        '\r' => "\\r",
        '\\' => "\\\\",
        c if c == mark => {
            quoted.extend(['\\', c]);
            return;
        }
        c if is_visible(c) => {
            quoted.push(c);
            return;
        }
        c => {
            let escape = match u32::from(c) {
                code @ ..=0x7f => format!("\\x{code:02x}"),
                code @ 0x80..=0xffff => format!("\\u{code:04x}"),
                code => format!("\\U{code:08x}"),
            };
            quoted.push_str(&escape);
            return;
        }
    };
    quoted.push_str(short);
}

fn is_visible(c: char) -> bool {
    let format = matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{e000}'..='\u{f8ff}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}'
        | '\u{fffe}' | '\u{ffff}' | '\u{e0000}'..);
    c == ' ' || !(c.is_control() || c.is_whitespace() || format)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_quoted_as_in_go() {
        fn check(text: &str, expected: &str) {
            assert_eq!(quote(text), expected);
        }
        check("", r#""""#);
        check("a b'é😀", r#""a b'é😀""#);
        check("\"\\\n\t\r\u{0}\u{1b}\u{7f}", r#""\"\\\n\t\r\x00\x1b\x7f""#);
        check("\u{85}\u{a0}\u{2028}\u{feff}\u{e0001}", r#""\u0085\u00a0\u2028\ufeff\U000e0001""#);
        assert_eq!(quote_char('\''), r"'\''");
        assert_eq!(quote_char('"'), "'\"'");
    }
}
