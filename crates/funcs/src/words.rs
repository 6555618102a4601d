//! Words in a text: their first letters, their case, lines of them.

#![expect(clippy::unnecessary_wraps, reason = "functions of the table share one signature")]

use std::sync::LazyLock;

use ::regex::Regex;
use gotmpl::{Args, CallError, Type, Value};

use crate::args::text;
use crate::bounds::{bounded, bounded_bytes, check_text};
use crate::letters::{self, is_space};
use crate::table::{Answer, Row, asking, pure, takes};
use crate::world::{World, below};

const INT: Type = Type::Int;
const TEXT: Type = Type::String;

pub(crate) const ROWS: &[Row] = &[
    pure(
        "title",
        takes(&[TEXT], TEXT),
        title,
        "Returns the text with the first letter of each word as capital.",
        r#"title "hello big-world" => "Hello Big-World""#,
    ),
    pure(
        "untitle",
        takes(&[TEXT], TEXT),
        untitle,
        "Returns the text with the first letter of each word small.",
        r#"untitle "Hello World" => "hello world""#,
    ),
    pure(
        "swapcase",
        takes(&[TEXT], TEXT),
        swapcase,
        "Makes capitals small and small letters capitals.",
        r#"swapcase "Hello World" => "hELLO wORLD""#,
    ),
    pure(
        "snakecase",
        takes(&[TEXT], TEXT),
        snakecase,
        "Returns the words in small letters, joined by `_`.",
        r#"snakecase "FirstName" => "first_name""#,
    ),
    pure(
        "kebabcase",
        takes(&[TEXT], TEXT),
        kebabcase,
        "Returns the words in small letters, joined by `-`.",
        r#"kebabcase "FirstName" => "first-name""#,
    ),
    pure(
        "camelcase",
        takes(&[TEXT], TEXT),
        camelcase,
        "Returns the words with capitals, joined.",
        r#"camelcase "http_server" => "HttpServer""#,
    ),
    pure(
        "nospace",
        takes(&[TEXT], TEXT),
        nospace,
        "Removes all blanks.",
        r#"nospace "a b  c" => "abc""#,
    ),
    pure(
        "initials",
        takes(&[TEXT], TEXT),
        initials,
        "Returns the first letter of each word.",
        r#"initials "First Try" => "FT""#,
    ),
    pure(
        "abbrev",
        takes(&[INT, TEXT], TEXT),
        abbrev,
        "Cuts a text to so many bytes, the last three being dots.",
        r#"abbrev 8 "hello world" => "hello...""#,
    ),
    pure(
        "abbrevboth",
        takes(&[INT, INT, TEXT], TEXT),
        abbrevboth,
        "Cuts a text at both ends: from the first number of bytes on, to the second.",
        r#"abbrevboth 5 10 "1234 5678 9123" => "...5678...""#,
    ),
    pure(
        "plural",
        takes(&[TEXT, TEXT, INT], TEXT),
        plural,
        "Returns the first argument when the third is 1, else the second.",
        r#"plural "anchovy" "anchovies" 2 => "anchovies""#,
    ),
    pure(
        "wrap",
        takes(&[INT, TEXT], TEXT),
        wrap,
        "Breaks a text into lines of so many bytes; long words stay whole.",
        r#"wrap 5 "a bc def" => "a bc\ndef""#,
    ),
    pure(
        "wrapWith",
        takes(&[INT, TEXT, TEXT], TEXT),
        wrap_with,
        "Breaks a text into lines of so many bytes with a line end of its own; long words are cut.",
        r#"wrapWith 5 "\t" "Hello World" => "Hello\tWorld""#,
    ),
    asking(
        "shuffle",
        takes(&[TEXT], TEXT),
        shuffle,
        "Returns the characters in random order.",
        r#"shuffle "aaa" => "aaa""#,
    ),
];

/// Pays for looking at a text letter by letter.
fn by_letter(args: &Args<'_>, index: usize) -> Result<(), CallError> {
    args.spend(args.bytes(index).len() / 4)
}

fn title(args: &Args<'_>) -> Answer {
    by_letter(args, 0)?;
    let separates = |c: char| {
        if c.is_ascii() { !(c.is_ascii_alphanumeric() || c == '_') } else { is_space(c) }
    };
    let mut first = true;
    bounded(
        text(args, 0)
            .chars()
            .map(
                |c| if std::mem::replace(&mut first, separates(c)) { letters::title(c) } else { c },
            )
            .collect(),
    )
}

fn untitle(args: &Args<'_>) -> Answer {
    by_letter(args, 0)?;
    let mut first = true;
    bounded(
        text(args, 0)
            .chars()
            .map(|c| if std::mem::replace(&mut first, is_space(c)) { letters::lower(c) } else { c })
            .collect(),
    )
}

fn swapcase(args: &Args<'_>) -> Answer {
    by_letter(args, 0)?;
    let mut first = true;
    let swapped = |c: char| {
        if c.is_uppercase() || letters::is_title(c) {
            first = false;
            letters::lower(c)
        } else if !c.is_lowercase() {
            first = is_space(c);
            c
        } else if std::mem::replace(&mut first, false) {
            letters::title(c)
        } else {
            letters::upper(c)
        }
    };
    bounded(text(args, 0).chars().map(swapped).collect())
}

fn nospace(args: &Args<'_>) -> Answer {
    let bytes = args.bytes(0);
    // The library takes bytes for characters, once there is a blank among them.
    if !bytes.iter().any(|byte| is_space(char::from(*byte))) {
        return Ok(Value::text(bytes));
    }
    bounded(bytes.iter().map(|byte| char::from(*byte)).filter(|c| !is_space(*c)).collect())
}

fn initials(args: &Args<'_>) -> Answer {
    by_letter(args, 0)?;
    let mut gap = true;
    let first = |c: &char| {
        let blank = is_space(*c);
        std::mem::replace(&mut gap, blank) && !blank
    };
    bounded(args.bytes(0).iter().map(|byte| char::from(*byte)).filter(first).collect())
}

fn abbrev(args: &Args<'_>) -> Answer {
    let (width, whole) = (args.int(0), args.bytes(1));
    if width < 4 { Ok(Value::text(whole)) } else { abbreviated(whole, 0, width) }
}

fn abbrevboth(args: &Args<'_>) -> Answer {
    let (left, right, whole) = (args.int(0), args.int(1), args.bytes(2));
    if right < 4 || (left > 0 && right < 7) {
        return Ok(Value::text(whole));
    }
    abbreviated(whole, left, right)
}

/// Cuts `whole` to `width` bytes, of which three at each end that was cut are dots.
fn abbreviated(whole: &[u8], offset: i64, width: i64) -> Answer {
    const DOTS: &[u8] = b"...";
    let width = usize::try_from(width).unwrap_or(usize::MAX);
    if whole.len() <= width {
        return Ok(Value::text(whole));
    }
    let kept = width.saturating_sub(3);
    let offset = usize::try_from(offset).unwrap_or_default().min(whole.len() - kept);
    if offset <= 4 {
        return bounded_bytes([whole.get(..kept).unwrap_or_default(), DOTS].concat());
    }
    let rest = whole.get(offset..).unwrap_or_default();
    if offset + kept < whole.len() {
        let inner = rest.get(..kept.saturating_sub(3)).unwrap_or_default();
        return bounded_bytes([DOTS, inner, DOTS].concat());
    }
    bounded_bytes([DOTS, whole.get(whole.len() - kept..).unwrap_or_default()].concat())
}

fn plural(args: &Args<'_>) -> Answer {
    Ok(args.at(usize::from(args.int(2) != 1)).clone())
}

fn wrap(args: &Args<'_>) -> Answer {
    by_letter(args, 1)?;
    wrapped(args.bytes(1), args.int(0), b"\n", false)
}

fn wrap_with(args: &Args<'_>) -> Answer {
    by_letter(args, 2)?;
    let line_end = args.bytes(1);
    wrapped(args.bytes(2), args.int(0), if line_end.is_empty() { b"\n" } else { line_end }, true)
}

fn wrapped(whole: &[u8], width: i64, line_end: &[u8], cut_words: bool) -> Answer {
    let width = usize::try_from(width).unwrap_or(1).max(1);
    let part = |start: usize, end: usize| whole.get(start..end).unwrap_or_default();
    let (mut out, mut at) = (Vec::new(), 0);
    while whole.len().saturating_sub(at) > width {
        if whole.get(at) == Some(&b' ') {
            at += 1;
            continue;
        }
        let line = part(at, at + width + 1);
        let (end, next) = match line.iter().rposition(|byte| *byte == b' ') {
            Some(blank) => (at + blank, at + blank + 1),
            None if cut_words => (at + width, at + width),
            None => {
                let rest = part(at + width, whole.len());
                let Some(blank) = rest.iter().position(|byte| *byte == b' ') else {
                    break;
                };
                (at + width + blank, at + width + blank + 1)
            }
        };
        out.extend(part(at, end));
        out.extend(line_end);
        check_text(out.len())?;
        at = next;
    }
    out.extend(part(at, whole.len()));
    bounded_bytes(out)
}

fn shuffle(world: &dyn World, args: &Args<'_>) -> Answer {
    let mut characters: Vec<char> = text(args, 0).chars().collect();
    for last in (1..characters.len()).rev() {
        let range = u64::try_from(last + 1).unwrap_or(u64::MAX);
        characters.swap(last, usize::try_from(below(world, range)).unwrap_or(last));
    }
    bounded(characters.into_iter().collect())
}

fn camelcase(args: &Args<'_>) -> Answer {
    by_letter(args, 0)?;
    let whole = text(args, 0);
    let start = whole.find(|c| !joins(c)).unwrap_or(whole.len());
    let (joiners, words) = whole.split_at(start);
    let mut out = String::from(joiners);
    let mut rest = words.chars();
    let Some(first) = rest.next() else {
        // The last one stands there twice.
        out.extend(joiners.chars().next_back());
        return bounded(out);
    };
    let mut capitals = first.is_uppercase();
    let mut last = letters::upper(first);
    for c in rest {
        let mut next = c;
        if joins(c) && joins(last) {
            out.push(last);
            last = c;
            continue;
        }
        if joins(last) {
            capitals = c.is_uppercase();
            next = letters::upper(c);
        } else {
            // Of a row of capitals only the first one stays.
            if capitals && c.is_uppercase() {
                next = letters::lower(c);
            } else {
                capitals = false;
            }
            out.push(last);
        }
        last = next;
    }
    out.push(last);
    bounded(out)
}

fn snakecase(args: &Args<'_>) -> Answer {
    by_letter(args, 0)?;
    separated(&text(args, 0), '_')
}

fn kebabcase(args: &Args<'_>) -> Answer {
    by_letter(args, 0)?;
    separated(&text(args, 0), '-')
}

fn joins(c: char) -> bool {
    c == '-' || c == '_' || is_space(c)
}

/// What a piece of a text is made of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Nothing,
    Number,
    Capitals,
    Letters,
    Joiner,
    Marks,
    Other,
}

static MARK: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^\p{P}").ok());
static LETTER: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^\p{L}").ok());

fn is_one(of: &LazyLock<Option<Regex>>, c: char) -> bool {
    of.as_ref().is_some_and(|class| class.is_match(c.encode_utf8(&mut [0; 4])))
}

/// Returns whether this is a letter of an alphabet; the common signs of Chinese are not.
fn is_letter(c: char) -> bool {
    match c {
        '\u{4e00}'..='\u{9fcc}' | '\u{3400}'..='\u{4d85}' | '\u{20000}'..='\u{2b81d}' => false,
        _ if c.is_ascii() => c.is_ascii_alphabetic(),
        _ => is_one(&LETTER, c),
    }
}

fn is_mark(c: char) -> bool {
    if c.is_ascii() {
        c.is_ascii_punctuation() && !"$+<=>^`|~".contains(c)
    } else {
        is_one(&MARK, c)
    }
}

/// Cuts the first piece off a text.
fn piece(text: &str) -> (Kind, &str, &str) {
    let Some(first) = text.chars().next() else {
        return (Kind::Nothing, "", "");
    };
    let (kind, length) = if joins(first) {
        (Kind::Joiner, run(text, joins))
    } else if is_mark(first) {
        (Kind::Marks, run(text, is_mark))
    } else if first.is_uppercase() {
        (Kind::Capitals, capitals(text, first))
    } else if is_letter(first) {
        (Kind::Letters, run(text, is_small))
    } else if first.is_numeric() {
        (Kind::Number, run(text, char::is_numeric))
    } else {
        let other = |c: char| !(joins(c) || is_letter(c) || c.is_numeric() || is_mark(c));
        (Kind::Other, run(text, other))
    };
    let (word, rest) = text.split_at(length.max(first.len_utf8()));
    (kind, word, rest)
}

fn is_small(c: char) -> bool {
    is_letter(c) && !c.is_uppercase()
}

fn run(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|c| !belongs(c)).unwrap_or(text.len())
}

/// The length of a word that begins with a capital: `Http`, or of `HTTPServer` just `HTTP`.
fn capitals(text: &str, first: char) -> usize {
    let all = run(text, char::is_uppercase);
    let (word, rest) = text.split_at(all);
    if all == first.len_utf8() {
        return all + run(rest, is_small);
    }
    match (rest.chars().next(), word.chars().next_back()) {
        (Some(next), Some(last)) if is_letter(next) => all - last.len_utf8(),
        _ => all,
    }
}

/// Joins the words of a text, following the library's rules for numbers between letters.
fn separated(whole: &str, joiner: char) -> Answer {
    let mut out = String::with_capacity(whole.len() + whole.len() / 2);
    let (mut kind, mut word, mut rest) = piece(whole);
    while !rest.is_empty() {
        if kind != Kind::Joiner {
            push(&mut out, kind, word, joiner);
        }
        let (before, last) = (kind, word);
        (kind, word, rest) = piece(rest);
        match before {
            Kind::Number => {
                while matches!(kind, Kind::Letters | Kind::Number) {
                    push(&mut out, kind, word, joiner);
                    (kind, word, rest) = piece(rest);
                }
                if !matches!(kind, Kind::Nothing | Kind::Marks | Kind::Joiner) {
                    out.push(joiner);
                }
            }
            Kind::Joiner => push(&mut out, before, last, joiner),
            Kind::Marks => {}
            _ if kind != Kind::Number => {
                if !matches!(kind, Kind::Joiner | Kind::Marks) {
                    out.push(joiner);
                }
            }
            _ if rest.is_empty() => {}
            _ => {
                let number = word;
                (kind, word, rest) = piece(rest);
                if kind != Kind::Letters {
                    // The number belongs to the word before it: `bld4_floor`.
                    push(&mut out, Kind::Number, number, joiner);
                    if !matches!(kind, Kind::Joiner | Kind::Marks) {
                        out.push(joiner);
                    }
                    continue;
                }
                // Small letters follow: the number begins the next word, as in `http_2xx`.
                out.push(joiner);
                push(&mut out, Kind::Number, number, joiner);
                while matches!(kind, Kind::Letters | Kind::Number) {
                    push(&mut out, kind, word, joiner);
                    (kind, word, rest) = piece(rest);
                }
                if !matches!(kind, Kind::Nothing | Kind::Joiner | Kind::Marks) {
                    out.push(joiner);
                }
            }
        }
    }
    push(&mut out, kind, word, joiner);
    bounded(out)
}

fn push(out: &mut String, kind: Kind, word: &str, joiner: char) {
    match kind {
        Kind::Joiner => out.extend(word.chars().map(|_| joiner)),
        Kind::Capitals => out.extend(word.chars().map(letters::lower)),
        _ => out.push_str(word),
    }
}
