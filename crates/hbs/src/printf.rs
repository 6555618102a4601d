//! `printf`: the verbs of Go that charts use.

use value::Value;

use crate::error::Fault;
use crate::values::text_of;

/// The widest field.
const MAX_WIDTH: usize = 1024;

/// Returns the format (first argument) with the other arguments in place of `%s`, `%v`, `%d`, `%q`, `%t`
/// and `%%`; a width and a leading `0` or `-` are understood.
pub(crate) fn printf(args: &[Value]) -> Result<Value, Fault> {
    let Some((format, mut rest)) = args.split_first() else {
        return Err(Fault::new("printf needs a format"));
    };
    let format =
        format.as_str().ok_or_else(|| Fault::new("the format of printf must be a string"))?;
    let mut out = String::new();
    let mut chars = format.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut flags = String::new();
        while let Some(flag) = chars.next_if(|c| c.is_ascii_digit() || *c == '-') {
            flags.push(flag);
        }
        let verb = chars.next().ok_or_else(|| Fault::new("printf: the format ends with %"))?;
        if verb == '%' {
            out.push('%');
            continue;
        }
        let Some((arg, after)) = rest.split_first() else {
            return Err(Fault::new(format!("printf: nothing is left for %{verb}")));
        };
        rest = after;
        pad(&shown(verb, arg)?, &flags, &mut out)?;
        if out.len() > funcs::MAX_TEXT {
            return Err(Fault::new("printf: the text is too long"));
        }
    }
    if rest.is_empty() {
        Ok(Value::from(out))
    } else {
        Err(Fault::new(format!("printf: {} arguments too many", rest.len())))
    }
}

fn shown(verb: char, arg: &Value) -> Result<String, Fault> {
    match (verb, arg) {
        ('v', _) | ('s', Value::String(_)) | ('t', Value::Bool(_)) => Ok(text_of(arg)),
        ('q', Value::String(text)) => Ok(value::quote(text)),
        ('d', Value::Int(_) | Value::Float(_)) if arg.as_i64().is_some() => Ok(text_of(arg)),
        ('s' | 't' | 'q' | 'd', _) => {
            Err(Fault::new(format!("printf: %{verb} cannot print a {}", arg.kind())))
        }
        _ => Err(Fault::new(format!("printf: unknown verb %{verb}"))
            .with_help(Some("%s, %v, %d, %q and %t are known".to_owned()))),
    }
}

fn pad(text: &str, flags: &str, out: &mut String) -> Result<(), Fault> {
    let (left, digits) = flags.strip_prefix('-').map_or((false, flags), |rest| (true, rest));
    let width = if digits.is_empty() { Some(0) } else { digits.parse().ok() };
    let width = width
        .filter(|width: &usize| *width <= MAX_WIDTH)
        .ok_or_else(|| Fault::new(format!("printf: bad width {flags}")))?;
    let blanks = width.saturating_sub(text.chars().count());
    let fill = if digits.starts_with('0') && !left { "0" } else { " " }.repeat(blanks);
    if left {
        out.push_str(text);
        out.push_str(&fill);
    } else if let Some(number) = text.strip_prefix('-').filter(|_| fill.starts_with('0')) {
        out.push('-');
        out.push_str(&fill);
        out.push_str(number);
    } else {
        out.push_str(&fill);
        out.push_str(text);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbs_print_as_in_go() {
        let check = |args: &str, want: &str| {
            let args = value::json::from_str(args).expect("test JSON");
            let got = printf(args.as_list().expect("a list"))
                .map_or_else(|fault| fault.message, |value| text_of(&value));
            assert_eq!(got, want, "{args}");
        };
        check(r#"["%s-%s","a","b"]"#, "a-b");
        check(
            r#"["%03d|%-4s|%4v|%q|%t%%",-7,"a",true,"x\"",false]"#,
            r#"-07|a   |true|"x\""|false%"#,
        );
        check(r#"["%d","a"]"#, "printf: %d cannot print a string");
        check(r#"["%s"]"#, "printf: nothing is left for %s");
        check(r#"["a",1]"#, "printf: 1 arguments too many");
        check(r#"["%x",1]"#, "printf: unknown verb %x");
        check(r#"["%99999d",1]"#, "printf: bad width 99999");
    }
}
