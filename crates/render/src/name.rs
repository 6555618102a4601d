//! The template that `--name-template` gives, which makes the name of a release.

use std::sync::Arc;

use funcs::World;
use funcs::table::{self, Host};
use gotmpl::{Args, Call, Func, Funcs, Limits, Options, Signature, TemplateSet, Type, Value};

use crate::TemplateError;

/// What Helm 4.3.1 calls the template in its messages.
const NAME: &str = "name-template";

/// Returns a variable of the environment, empty when it is not set.
pub type Variables = Arc<dyn Fn(&str) -> String + Send + Sync>;

/// What functions are handed: they know no chart.
struct Outside(Arc<dyn World>);

impl Host for Outside {
    fn world(&self) -> &dyn World {
        self.0.as_ref()
    }
}

/// Returns what a text template prints that knows no chart, but the environment by `env` and `expandenv`.
///
/// The text of an error is Go's.
pub fn name_of_template(
    template: &str,
    world: &Arc<dyn World>,
    variables: &Variables,
) -> Result<String, TemplateError> {
    let failed = |error: gotmpl::Error| TemplateError::new(error.to_string(), String::new());
    let mut set = TemplateSet::new(NAME);
    set.parse(&Arc::new(functions(variables)), NAME, template.as_bytes()).map_err(failed)?;
    let limits = Limits { steps: 1_000_000, output: 1 << 20, ..Limits::default() };
    let options = Options { limits, ..Options::default() };
    let host = Outside(Arc::clone(world));
    let printed = Arc::new(set).execute(NAME, Value::Nil, &options, &host).map_err(failed)?;
    Ok(printed.into_text())
}

fn functions(variables: &Variables) -> Funcs {
    let mut funcs = Funcs::new();
    funcs.extend(table::funcs::<Outside>());
    let of_text = Signature::new(&[Type::String], Type::String);
    let variable = Arc::clone(variables);
    funcs.add(Func::new("env", of_text, move |_: &mut Call<'_, '_>, args: &Args<'_>| {
        Ok(Value::from(variable(args.text(0)?)))
    }));
    let variable = Arc::clone(variables);
    funcs.add(Func::new("expandenv", of_text, move |_: &mut Call<'_, '_>, args: &Args<'_>| {
        Ok(Value::from(expand(args.text(0)?, &variable)))
    }));
    funcs
}

/// Replaces `$NAME` and `${NAME}`, as Go's `os.Expand`: what cannot be a name is dropped, a `$` before nothing of
/// that kind stays.
#[must_use]
pub fn expand(text: &str, variable: &Variables) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        let (name, length) = name(after);
        match (name, length) {
            ("", 0) => out.push('$'),
            ("", _) => {}
            (name, _) => out.push_str(&variable(name)),
        }
        rest = after.get(length..).unwrap_or_default();
    }
    out + rest
}

/// Returns the name at the start of a text and how many bytes it takes with its braces.
fn name(text: &str) -> (&str, usize) {
    let special = |c: char| "*#$@!?-".contains(c) || c.is_ascii_digit();
    let Some(first) = text.chars().next() else { return ("", 0) };
    if first == '{' {
        return match text.find('}') {
            None => ("", 1),
            Some(end) => (text.get(1..end).unwrap_or_default(), end + 1),
        };
    }
    let word = |c: char| c == '_' || c.is_ascii_alphanumeric();
    let length = if special(first) { 1 } else { text.find(|c| !word(c)).unwrap_or(text.len()) };
    (text.get(..length).unwrap_or_default(), length)
}

#[cfg(test)]
mod tests {
    use funcs::FixedWorld;

    use super::*;

    fn check(template: &str, expected: &str) {
        let world: Arc<dyn World> = Arc::new(FixedWorld::new());
        let variables: Variables =
            Arc::new(|name| if name == "USER" { "ann".to_owned() } else { String::new() });
        let printed = name_of_template(template, &world, &variables);
        assert_eq!(printed.unwrap_or_else(|error| error.to_string()), expected, "{template}");
    }

    #[test]
    fn names_are_made_by_functions_and_the_environment() {
        check("web-{{ \"A\" | lower }}", "web-a");
        check("{{ env \"USER\" }}-{{ env \"NOBODY\" }}x", "ann-x");
        check("{{ expandenv \"$USER-${USER}_$1$-${}-$\" }}", "ann-ann_-$");
        check("{{ .x }}", "<no value>");
        check("{{ nope }}", "template: name-template:1: function \"nope\" not defined");
    }
}
