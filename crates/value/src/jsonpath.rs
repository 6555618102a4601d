//! `JSONPath` templates as kubectl's: text with `{.a.b[0]}` in it.
//!
//! Fields, `['key']`, `[1:5:2]`, `[*]`, `..`, `[?(@.a=="b")]`, unions and `{range …}…{end}`; the behaviour is that of
//! Kubernetes' client library 0.37, quirks included: a field that is not there fails the whole template, and
//! numbers only compare with numbers of the same kind. Where the library goes through a map in random order, keys
//! are sorted here.

mod eval;
mod parse;

use crate::Value;

/// A template that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    nodes: Vec<Node>,
}

/// A piece of a template.
#[derive(Clone, Debug, PartialEq)]
enum Node {
    Text(String),
    /// What stands between two braces; each piece goes on with what the one before found.
    List(Vec<Self>),
    Field(String),
    Index([Param; 3]),
    /// The items of a list for which a comparison holds.
    Filter {
        left: Vec<Self>,
        operator: String,
        right: Vec<Self>,
    },
    /// The items of a list for which something is found.
    Exists(Vec<Self>),
    Union(Vec<Vec<Self>>),
    Wildcard,
    Recursive,
    Int(i64),
    Float(f64),
    Bool(bool),
    /// `range`, `end`, or what nobody knows.
    Word(String),
}

/// A number of `[from:to:step]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Param {
    value: i64,
    known: bool,
    /// Made out of the number before it: `[3]` is `[3:4]`.
    derived: bool,
}

impl Template {
    /// Reads a template.
    pub fn parse(text: &str) -> Result<Self, String> {
        parse::template(text).map(|nodes| Self { nodes })
    }

    /// Returns the text with what is found in `data` filled in.
    pub fn fill(&self, data: &Value) -> Result<String, String> {
        eval::fill(&self.nodes, data)
    }
}

#[cfg(test)]
mod tests {
    use super::Template;
    use crate::yaml;

    const DATA: &str = "\
a: {b: 1, c: x, d: [1, 2.5, 3000000], e: ~, f: true, 'g.h': dotted}
list:
- {name: one, size: 1, tags: [p, q]}
- {name: two, size: 2.5}
- {name: three, size: 1e7}
text: ab
";

    fn check(template: &str, expected: Result<&str, &str>) {
        let data = yaml::from_str(DATA).unwrap().to_floats();
        let filled = Template::parse(template).and_then(|template| template.fill(&data));
        assert_eq!(filled.as_deref().map_err(String::as_str), expected, "{template}");
    }

    #[test]
    fn fields_and_text() {
        check("", Ok(""));
        check("plain", Ok("plain"));
        check("b={.a.b} {$.a.c}{\"\\n\"}{'\\x41'}", Ok("b=1 x\nA"));
        check("{a.b}", Err("unrecognized identifier a"));
        check("{.a.e}{.a.f}", Ok("nulltrue"));
        check("{.a['b','c']}", Ok("1 x"));
        check("{.a['g\\.h']}{.a.g\\.h}", Ok("dotteddotted"));
        check(
            "{.a}",
            Ok(r#"{"b":1,"c":"x","d":[1,2.5,3000000],"e":null,"f":true,"g.h":"dotted"}"#),
        );
        check("{.nope}", Err("nope is not found"));
        check("{.a.b.c}", Err("c is not found"));
    }

    #[test]
    fn lists() {
        check("{.a.d[0]} {.a.d[-1]}", Ok("1 3e+06"));
        check("{.a.d[*]}", Ok("1 2.5 3e+06"));
        check(
            "{.a.d[0:2]}|{.a.d[::2]}|{.a.d[1:]}|{.a.d[:-1]}",
            Ok("1 2.5|1 3e+06|2.5 3e+06|1 2.5"),
        );
        check("{.a.d[0,2]}", Ok("1 3e+06"));
        check("{.a.d[5]}", Err("array index out of bounds: index 5, length 3"));
        check("{.a.d[2:1]}", Err("starting index 2 is greater than ending index 1"));
        check("{.a.d[::0]}", Err("step must be > 0"));
        check("{.list[*].name}", Ok("one two three"));
        check("{.list[*]['name','size']}", Ok("one two three 1 2.5 1e+07"));
        check("{.a.b[0]}", Err("float64 is not array or slice"));
    }

    #[test]
    fn wildcards_and_descent() {
        check("{.list[0].*}", Ok("one 1 [\"p\",\"q\"]"));
        check("{..name}", Ok("one two three"));
        check("{..tags[*]}", Ok("p q"));
        check("{....a}", Err("invalid multiple recursive descent"));
    }

    #[test]
    fn filters() {
        check("{.list[?(@.name==\"two\")].size}", Ok("2.5"));
        check("{.list[?(@.size>1.5)].name}", Ok("two three"));
        check("{.list[?(@.size<=2.5)].name}", Ok("one two"));
        check("{.list[?(@.size==1)].name}", Err("incompatible types for comparison"));
        check("{.list[?(@.tags)].name}", Ok("one"));
        check("{.list[?(@.name!='two')].name}", Ok("one three"));
        check(
            "{.a[?(@.b)]}",
            Err(
                "map[b:1 c:x d:[1 2.5 3e+06] e:<nil> f:true g.h:dotted] is not array or slice and cannot be filtered",
            ),
        );
    }

    #[test]
    fn ranges() {
        check("{range .list[*]}{.name}={.size};{end}!", Ok("one=1;two=2.5;three=1e+07;!"));
        check("{range .list[*]}[{range .tags[*]}{@}{end}]{end}", Err("tags is not found"));
        check("{range .list[:1]}[{range .tags[*]}<{@}>{end}]{end}", Ok("[<p><q>]"));
        check("{end}", Err("not in range, nothing to end"));
    }

    #[test]
    fn mistakes_are_told_as_kubectl_tells_them() {
        check("{.a", Err("unclosed action"));
        check("{.a[}", Err("unterminated array"));
        check("{.a[x]}", Err("invalid array index x"));
        check("{.a[-]}", Err("array index - is not a number"));
        check("{\"a}", Err("unterminated quoted string"));
        check("{%}", Err("unrecognized character in action: U+0025 '%'"));
        check("{.a[?(@.b}", Err("unterminated filter"));
        check("{.a[?(@.b)x]}", Err("unclosed array expect ]"));
        check("{1.2.3}", Err("cannot parse number 1.2.3"));
    }
}
