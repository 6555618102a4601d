//! Templates made of random bytes: they follow the grammar, and functions get arguments of the types
//! that they take, mostly.

use std::sync::LazyLock;

use arbitrary::Unstructured;
use funcs::table::{Row, rows};
use gotmpl::Type;

/// How deeply expressions and blocks nest.
const DEPTH: usize = 5;

/// All functions, under their first name.
static ROWS: LazyLock<Vec<&'static Row>> = LazyLock::new(|| rows().collect());

/// Functions of the language, with the types that they take.
const BUILTINS: &[(&str, &[Type])] = &[
    ("and", &[Type::Any, Type::Any]),
    ("or", &[Type::Any, Type::Any]),
    ("not", &[Type::Any]),
    ("len", &[Type::Any]),
    ("index", &[Type::LIST, Type::Int]),
    ("index", &[Type::MAP, Type::String]),
    ("print", &[Type::Any, Type::Any]),
    ("println", &[Type::Any]),
    ("printf", &[Type::String, Type::Any, Type::Any]),
    ("html", &[Type::Any]),
    ("js", &[Type::Any]),
    ("urlquery", &[Type::Any]),
    ("eq", &[Type::Any, Type::Any]),
    ("ne", &[Type::String, Type::String]),
    ("lt", &[Type::Int, Type::Int]),
    ("ge", &[Type::Float64, Type::Float64]),
    ("include", &[Type::String, Type::Any]),
    ("tpl", &[Type::String, Type::Any]),
];

const TEXTS: &[&str] = &[
    r#""""#,
    r#""a""#,
    r#""a-b_c d.e/f""#,
    r#""é\n\t\x00\xff""#,
    r#""%5.2f|%-10v|%+q|%x|%[2]*.[1]*f|%d""#,
    r#""[a-z]+(b|c)*$""#,
    r#"">=1.2.3-0 <2 || ^3""#,
    r#""1.2.3-rc.1+b""#,
    r#""a: {b: [1, 2]}\nc: |\n  d\n""#,
    r#""{\"a\": [1, 2.5, null]}""#,
    r#""2006-01-02T15:04:05Z""#,
    r#""-1h30m""#,
    r#""https://u:p@h:80/p?q#f""#,
    r#""YWJj""#,
    r#""m""#,
    r#""{{ include \"m\" . }}""#,
    r#""key = [1, \"x\"]\n[t]\nx = 1979-05-27\n""#,
    "`raw {{ }} \\n`",
    "$.s",
    ".s",
];

const NUMBERS: &[&str] = &[
    "0",
    "1",
    "-1",
    "2",
    "7",
    "64",
    "1000",
    "100000",
    "-9223372036854775808",
    "9223372036854775807",
    "$.i",
    "0x1F",
    "'c'",
];

const FLOATS: &[&str] = &["0.5", "-2.5", "1e300", "1e-7", "$.f", "3.0"];

const ANY: &[&str] =
    &[".", "$", ".m", ".l", ".z", ".m.n.deep", "nil", "$v", "true", ".missing", "(list 1 2)"];

/// Makes templates.
pub(crate) struct Grammar<'a> {
    bytes: Unstructured<'a>,
    out: String,
}

impl<'a> Grammar<'a> {
    pub(crate) const fn new(bytes: Unstructured<'a>) -> Self {
        Self { bytes, out: String::new() }
    }

    /// Returns a template: it defines `m`, and `$v` is there.
    pub(crate) fn template(mut self) -> String {
        self.out.push_str("{{define \"m\"}}{{$v := .}}");
        self.block(DEPTH - 2);
        self.out.push_str("{{end}}{{$v := .}}");
        while !self.bytes.is_empty() && self.out.len() < 3_000 {
            self.node(DEPTH);
        }
        self.out
    }

    /// Returns a number below `end`; zero when the bytes are used up.
    fn below(&mut self, end: usize) -> usize {
        self.bytes.int_in_range(0..=end.saturating_sub(1)).unwrap_or_default()
    }

    fn one_of(&mut self, words: &[&'static str]) -> &'static str {
        let at = self.below(words.len());
        words.get(at).copied().unwrap_or_default()
    }

    fn word(&mut self, words: &[&'static str]) {
        let word = self.one_of(words);
        self.out.push_str(word);
    }

    fn block(&mut self, depth: usize) {
        for _ in 0..self.below(4) {
            self.node(depth);
        }
    }

    fn node(&mut self, depth: usize) {
        let kind = if depth == 0 { self.below(5) } else { self.below(12) };
        match kind {
            0 => self.word(&["text ", "\n", "  - x: ", " ( ", "} ", "é"]),
            1 | 2 => self.action(depth, &["{{", "{{- "], ""),
            3 => self.action(depth, &["{{"], "$v = "),
            4 => self.action(depth, &["{{"], "$_ := set $v \"k\" "),
            5 => self.control("if ", depth),
            6 => self.control("with ", depth),
            7 => self.control("range ", depth),
            8 => self.control("range $k, $v := ", depth),
            9 => {
                self.out.push_str("{{template \"m\" ");
                self.pipe(depth);
                self.out.push_str("}}");
            }
            10 => {
                self.out.push_str("{{range $i := ");
                self.word(NUMBERS);
                self.out.push_str("}}");
                self.block(depth - 1);
                self.word(&["{{break}}", "{{continue}}", "{{if $i}}{{break}}{{end}}"]);
                self.out.push_str("{{end}}");
            }
            _ => self.action(depth, &["{{/* c */ -}}{{"], ""),
        }
    }

    fn action(&mut self, depth: usize, open: &[&'static str], assigns: &str) {
        self.word(open);
        self.out.push_str(assigns);
        if assigns.ends_with("\"k\" ") {
            self.operand(Type::Any, depth);
        } else {
            self.pipe(depth);
        }
        self.word(&["}}", " -}}"]);
    }

    fn control(&mut self, word: &str, depth: usize) {
        self.out.push_str("{{");
        self.out.push_str(word);
        self.pipe(depth);
        self.out.push_str("}}");
        self.block(depth - 1);
        if self.below(3) == 0 {
            self.out.push_str("{{else}}");
            self.block(depth - 1);
        }
        self.out.push_str("{{end}}");
    }

    fn pipe(&mut self, depth: usize) {
        self.call(Type::Any, depth);
        while self.below(4) == 3 {
            self.out.push_str(" | ");
            let at = self.below(ROWS.len());
            let Some(row) = ROWS.get(at) else { return };
            self.out.push_str(row.name);
            let given = row.signature.params.len().saturating_sub(1);
            self.arguments(row.signature.params.get(..given).unwrap_or_default(), depth);
        }
    }

    /// Writes a command that returns a value of that type, if there is one to be had.
    fn call(&mut self, wanted: Type, depth: usize) {
        if self.below(5) == 4 {
            let at = self.below(BUILTINS.len());
            if let Some((name, params)) = BUILTINS.get(at) {
                self.out.push_str(name);
                return self.arguments(params, depth);
            }
        }
        let fits = |row: &&&Row| wanted == Type::Any || row.signature.result.under() == wanted;
        let (count, from) = (ROWS.iter().filter(fits).count(), 0..);
        let at = self.below(count.max(1));
        let row = ROWS.iter().filter(fits).zip(from).find(|(_, i): &(_, usize)| *i == at);
        let Some((row, _)) = row else {
            return self.out.push_str("print 1");
        };
        self.out.push_str(row.name);
        self.arguments(row.signature.params, depth);
        if let Some(rest) = row.signature.rest {
            for _ in 0..self.below(4) {
                self.out.push(' ');
                self.operand(rest, depth.saturating_sub(1));
            }
        }
    }

    fn arguments(&mut self, types: &[Type], depth: usize) {
        for wanted in types {
            self.out.push(' ');
            self.operand(*wanted, depth.saturating_sub(1));
        }
    }

    fn operand(&mut self, wanted: Type, depth: usize) {
        // Now and then a wrong one.
        let wanted = if self.below(16) == 15 { Type::Any } else { wanted.under() };
        if depth > 0 && self.below(2) == 1 {
            self.out.push('(');
            self.call(wanted, depth - 1);
            return self.out.push(')');
        }
        match wanted {
            Type::String => self.text(),
            Type::Bool => self.word(&["true", "false", "$.b"]),
            Type::Int | Type::Int64 | Type::Uint64 => self.word(NUMBERS),
            Type::Float64 => self.word(FLOATS),
            Type::List(_) => self.word(&["$.l", "(list)", "(list \"b\" \"a\" \"b\")", "(until 5)"]),
            Type::Map(_) => self.word(&["$.m", "$", "dict", "$.e", "(dict \"a\" 1 \"b\" (dict))"]),
            _ => match self.below(4) {
                0 => self.text(),
                1 => self.word(NUMBERS),
                2 => self.word(FLOATS),
                _ => self.word(ANY),
            },
        }
    }

    /// Writes a literal of the list, or one of random bytes.
    fn text(&mut self) {
        if self.below(4) > 0 {
            return self.word(TEXTS);
        }
        let length = self.below(12);
        let bytes = self.bytes.bytes(length.min(self.bytes.len())).unwrap_or_default();
        self.out.push_str(&gotmpl::quote(bytes));
    }
}
