//! Comparing values. Kinds are never mixed: text is not compared with numbers.

use std::cmp::Ordering;

use value::Value;

use crate::error::Fault;
use crate::values::{same, truthy};

/// Whether the first argument equals one of the others.
#[expect(clippy::unnecessary_wraps, reason = "comparisons share one signature")]
pub(crate) fn eq(args: &[Value]) -> Result<Value, Fault> {
    let equal = args.split_first().is_some_and(|(first, rest)| rest.iter().any(|v| same(first, v)));
    Ok(Value::from(equal))
}

/// Whether the arguments differ.
pub(crate) fn ne(args: &[Value]) -> Result<Value, Fault> {
    Ok(Value::from(!truthy(&eq(args)?)))
}

/// Whether the first argument is less than the second.
pub(crate) fn lt(args: &[Value]) -> Result<Value, Fault> {
    ordered(args, Ordering::is_lt)
}

/// Whether the first argument is not greater than the second.
pub(crate) fn lte(args: &[Value]) -> Result<Value, Fault> {
    ordered(args, Ordering::is_le)
}

/// Whether the first argument is greater than the second.
pub(crate) fn gt(args: &[Value]) -> Result<Value, Fault> {
    ordered(args, Ordering::is_gt)
}

/// Whether the first argument is not less than the second.
pub(crate) fn gte(args: &[Value]) -> Result<Value, Fault> {
    ordered(args, Ordering::is_ge)
}

/// Whether the argument counts as false.
#[expect(clippy::unnecessary_wraps, reason = "comparisons share one signature")]
pub(crate) fn not(args: &[Value]) -> Result<Value, Fault> {
    Ok(Value::from(!args.iter().any(truthy)))
}

/// Returns the number of bytes, items or entries.
pub(crate) fn len(args: &[Value]) -> Result<Value, Fault> {
    let length = match args.first() {
        Some(Value::String(text)) => text.len(),
        Some(Value::List(items)) => items.len(),
        Some(Value::Map(map)) => map.len(),
        other => {
            let kind = other.map_or("null", Value::kind);
            return Err(Fault::new(format!("len needs a string, list or map, not a {kind}")));
        }
    };
    Ok(Value::Int(i64::try_from(length).unwrap_or(i64::MAX)))
}

fn ordered(args: &[Value], holds: fn(Ordering) -> bool) -> Result<Value, Fault> {
    let [a, b] = args else {
        return Err(Fault::new("two values are compared"));
    };
    let order = match (a, b) {
        (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
        (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        (Value::Int(_) | Value::Float(_), Value::Int(_) | Value::Float(_)) => {
            float(a).partial_cmp(&float(b))
        }
        _ => None,
    };
    order.map(|order| Value::from(holds(order))).ok_or_else(|| {
        Fault::new(format!("a {} cannot be ordered against a {}", a.kind(), b.kind()))
    })
}

fn float(value: &Value) -> f64 {
    match value {
        #[expect(clippy::cast_precision_loss, reason = "compared with a float, as Go does")]
        Value::Int(i) => *i as f64,
        Value::Float(f) => *f,
        _ => f64::NAN,
    }
}
