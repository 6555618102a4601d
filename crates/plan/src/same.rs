//! Whether a value that was sent is the one that came back.

use value::Value;

/// How alike two values have to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Likeness {
    /// The same.
    #[default]
    Exact,
    /// The same, or what the server writes in its place: `1` for a quantity of `1000m`, more fields than were sent
    /// in what is owned as a whole.
    Written,
}

/// Returns whether `live` is what became of `wanted`. What is empty may be absent.
pub(crate) fn same(wanted: &Value, live: Option<&Value>, likeness: Likeness) -> bool {
    let written = likeness == Likeness::Written;
    match (wanted, live) {
        (Value::Null, None | Some(Value::Null)) => true,
        (Value::Map(wanted), None) => wanted.is_empty(),
        (Value::List(wanted), None) => wanted.is_empty(),
        (Value::Null, Some(live)) => written && matches!(live, Value::Map(map) if map.is_empty()),
        (Value::Map(wanted), Some(Value::Map(live))) => {
            let known = |key| wanted.contains_key(key);
            wanted.iter().all(|(key, value)| same(value, live.get(key), likeness))
                && (written || live.keys().all(known))
        }
        (Value::List(wanted), Some(Value::List(live))) => {
            wanted.len() == live.len()
                && wanted
                    .iter()
                    .zip(&**live)
                    .all(|(wanted, live)| same(wanted, Some(live), likeness))
        }
        (Value::Bool(wanted), Some(Value::Bool(live))) => wanted == live,
        (Value::String(wanted), Some(Value::String(live))) if wanted == live => true,
        (Value::Int(wanted), Some(Value::Int(live))) => wanted == live,
        (
            Value::Int(_) | Value::Float(_) | Value::String(_),
            Some(live @ (Value::Int(_) | Value::Float(_) | Value::String(_))),
        ) => {
            let texts = matches!(wanted, Value::String(_)) || matches!(live, Value::String(_));
            (written || !texts)
                && quantity(wanted).is_some_and(|wanted| quantity(live) == Some(wanted))
        }
        _ => false,
    }
}

/// Returns a number or a Kubernetes quantity in billionths; nothing for any other text, for what is finer, and for
/// what is too large.
fn quantity(value: &Value) -> Option<i128> {
    let text = match value {
        Value::String(text) => text.to_string(),
        Value::Int(_) | Value::Float(_) => value::json::to_string(value),
        _ => return None,
    };
    let end = text
        .char_indices()
        .find(|(place, c)| !(c.is_ascii_digit() || *c == '.' || (*place == 0 && "+-".contains(*c))))
        .map_or(text.len(), |(place, _)| place);
    let (digits, suffix) = text.split_at(end);
    let (base, power): (i128, u32) = match suffix {
        "n" => (10, 0),
        "u" => (10, 3),
        "m" => (10, 6),
        "" => (10, 9),
        "k" => (10, 12),
        "M" => (10, 15),
        "G" => (10, 18),
        "T" => (10, 21),
        "P" => (10, 24),
        "E" => (10, 27),
        "Ki" => (2, 10),
        "Mi" => (2, 20),
        "Gi" => (2, 30),
        "Ti" => (2, 40),
        "Pi" => (2, 50),
        "Ei" => (2, 60),
        _ => {
            let exponent: u32 = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
            (10, exponent.checked_add(9)?)
        }
    };
    let factor = base.checked_pow(power)?;
    let factor = if base == 2 { factor.checked_mul(1_000_000_000)? } else { factor };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let digits = whole.trim_start_matches(['+', '-']);
    if digits.is_empty() && fraction.is_empty() {
        return None;
    }
    let scale = 10_i128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let units: i128 = format!("{digits}{fraction}").parse().ok()?;
    let product = units.checked_mul(factor)?;
    let exact = (product % scale == 0).then_some(product / scale)?;
    Some(if whole.starts_with('-') { -exact } else { exact })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(wanted: &str, live: &str, exact: bool, written: bool) {
        let read = |text: &str| value::yaml::from_str(text).unwrap();
        let (wanted, live) = (read(wanted), read(live));
        assert_eq!(same(&wanted, Some(&live), Likeness::Exact), exact, "{wanted:?} {live:?}");
        assert_eq!(same(&wanted, Some(&live), Likeness::Written), written, "{wanted:?} {live:?}");
    }

    #[test]
    fn quantities_are_written_another_way_and_texts_are_not() {
        check("1000m", "'1'", false, true);
        check("1024Mi", "1Gi", false, true);
        check("0.5", "500m", false, true);
        check("1", "'1'", false, true);
        check("1e3", "1k", false, true);
        check("'1'", "'2'", false, false);
        check("'-1'", "'1'", false, false);
        check("a", "b", false, false);
        check("''", "'0'", false, false);
        check("1.0", "1", true, true);
        check("true", "'true'", false, false);
    }

    #[test]
    fn what_is_owned_as_a_whole_may_have_grown_only_by_what_the_server_wrote() {
        check("{a: 1}", "{a: 1, b: 2}", false, true);
        check("{a: 1, b: 2}", "{a: 1}", false, false);
        check("[{a: 1}]", "[{a: 1, b: 2}]", false, true);
        check("[a, b]", "[b, a]", false, false);
        check("{a: {}, b: null, c: []}", "{}", true, true);
        check("null", "{}", false, true);
    }
}
