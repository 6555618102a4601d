//! Floats. Sums, products and quotients go through exact decimals, so that 0.1 and 0.2 are 0.3.

#![expect(clippy::unnecessary_wraps, reason = "functions of the table share one signature")]

use gotmpl::{Args, CallError, Type, Value};
use num_bigint::{BigInt, Sign};

use crate::cast;
use crate::table::{Answer, Row, pure, takes, takes_more};

const ANY: Type = Type::Any;
const FLOAT: Type = Type::Float64;

pub(crate) const ROWS: &[Row] = &[
    pure(
        "float64",
        takes(&[ANY], FLOAT),
        to_float,
        "Returns a number with fraction; 0 for what is none.",
        r#"float64 "1.5" => 1.5"#,
    ),
    pure("addf", takes_more(&[], ANY, FLOAT), addf, "Adds numbers.", "addf 0.1 0.2 => 0.3"),
    pure("add1f", takes(&[ANY], FLOAT), add1f, "Adds one to a number.", "add1f 1.5 => 2.5"),
    pure(
        "subf",
        takes_more(&[ANY], ANY, FLOAT),
        subf,
        "Subtracts the other numbers from the first.",
        "subf 1.3 1 0.1 => 0.2",
    ),
    pure(
        "mulf",
        takes_more(&[ANY], ANY, FLOAT),
        mulf,
        "Multiplies numbers.",
        "mulf 1.1 1.1 => 1.21",
    ),
    pure(
        "divf",
        takes_more(&[ANY], ANY, FLOAT),
        divf,
        "Divides the first number by the others, to 16 places behind the point.",
        "divf 7 2 => 3.5",
    ),
    pure(
        "maxf",
        takes_more(&[ANY], ANY, FLOAT),
        maxf,
        "Returns the largest number.",
        "maxf 1.5 2.5 => 2.5",
    ),
    pure(
        "minf",
        takes_more(&[ANY], ANY, FLOAT),
        minf,
        "Returns the smallest number.",
        "minf 1.5 2.5 => 1.5",
    ),
    pure(
        "floor",
        takes(&[ANY], FLOAT),
        floor,
        "Returns the next number below without fraction.",
        "floor 1.9 => 1",
    ),
    pure(
        "ceil",
        takes(&[ANY], FLOAT),
        ceil,
        "Returns the next number above without fraction.",
        "ceil 1.1 => 2",
    ),
    pure(
        "round",
        takes_more(&[ANY, Type::Int], FLOAT, FLOAT),
        round,
        "Rounds to so many places behind the point; up from .5 on, or from the third argument on.",
        "round 123.5555 3 => 123.556",
    ),
];

fn to_float(args: &Args<'_>) -> Answer {
    Ok(Value::Float(cast::float(args.at(0))))
}

fn addf(args: &Args<'_>) -> Answer {
    let mut sum = Decimal::from_int(0);
    for value in args.iter() {
        sum = sum.add(&Decimal::of(value)?);
    }
    Ok(sum.float())
}

fn add1f(args: &Args<'_>) -> Answer {
    Ok(Decimal::of(args.at(0))?.add(&Decimal::from_int(1)).float())
}

fn subf(args: &Args<'_>) -> Answer {
    folded(args, |a, b| Ok(a.add(&b.negated())))
}

fn mulf(args: &Args<'_>) -> Answer {
    folded(args, |a, b| Ok(a.times(b)))
}

fn divf(args: &Args<'_>) -> Answer {
    folded(args, Decimal::over)
}

fn folded(args: &Args<'_>, step: fn(&Decimal, &Decimal) -> Result<Decimal, CallError>) -> Answer {
    let mut result = Decimal::of(args.at(0))?;
    for value in crate::args::from(args, 1) {
        result = step(&result, &Decimal::of(value)?)?;
    }
    Ok(result.float())
}

fn maxf(args: &Args<'_>) -> Answer {
    extreme(args, |a, b| a.total_cmp(&b).is_ge())
}

fn minf(args: &Args<'_>) -> Answer {
    extreme(args, |a, b| a.total_cmp(&b).is_le())
}

/// Keeps the first of two numbers where `wins` says so; what is no number always wins.
fn extreme(args: &Args<'_>, wins: fn(f64, f64) -> bool) -> Answer {
    let pick = |a: f64, b: f64| if a.is_nan() || (!b.is_nan() && wins(a, b)) { a } else { b };
    let numbers = args.iter().map(cast::float);
    Ok(Value::Float(numbers.reduce(pick).unwrap_or_default()))
}

fn floor(args: &Args<'_>) -> Answer {
    Ok(Value::Float(cast::float(args.at(0)).floor()))
}

fn ceil(args: &Args<'_>) -> Answer {
    Ok(Value::Float(cast::float(args.at(0)).ceil()))
}

fn round(args: &Args<'_>) -> Answer {
    #[expect(clippy::cast_precision_loss, reason = "as Go converts")]
    let scale = 10_f64.powf(args.int(1) as f64);
    let on = if args.len() > 2 { args.float(2) } else { 0.5 };
    let scaled = cast::float(args.at(0)) * scale;
    let rounded = if scaled.fract() >= on { scaled.ceil() } else { scaled.floor() };
    Ok(Value::Float(rounded / scale))
}

/// A decimal: `digits * 10^exponent`.
struct Decimal {
    digits: BigInt,
    exponent: i64,
}

impl Decimal {
    /// How many places a quotient has behind the point.
    const PLACES: i64 = 16;

    fn from_int(number: i64) -> Self {
        Self { digits: BigInt::from(number), exponent: 0 }
    }

    /// Returns any value as the shortest decimal that stands for its float.
    fn of(value: &Value) -> Result<Self, CallError> {
        let number = cast::float(value);
        let refused = || {
            let name = value::number::format_g(number);
            CallError::Text(format!("Cannot create a Decimal from {name}"))
        };
        if !number.is_finite() {
            return Err(refused());
        }
        let text = format!("{number:e}");
        let (mantissa, exponent) = text.split_once('e').ok_or_else(refused)?;
        let places = mantissa.split_once('.').map_or(0, |(_, fraction)| fraction.len());
        let digits = mantissa.replace('.', "").parse().map_err(|_| refused())?;
        let exponent: i64 = exponent.parse().map_err(|_| refused())?;
        Ok(Self { digits, exponent: exponent - i64::try_from(places).unwrap_or_default() })
    }

    fn negated(&self) -> Self {
        Self { digits: -&self.digits, exponent: self.exponent }
    }

    /// Returns the digits for a smaller exponent.
    fn at(&self, exponent: i64) -> BigInt {
        let shift = u32::try_from(self.exponent - exponent).unwrap_or_default();
        &self.digits * BigInt::from(10).pow(shift)
    }

    fn add(&self, other: &Self) -> Self {
        let exponent = self.exponent.min(other.exponent);
        Self { digits: self.at(exponent) + other.at(exponent), exponent }
    }

    fn times(&self, other: &Self) -> Self {
        Self { digits: &self.digits * &other.digits, exponent: self.exponent + other.exponent }
    }

    /// Divides, rounding the last place half away from zero.
    fn over(&self, other: &Self) -> Result<Self, CallError> {
        if other.digits.sign() == Sign::NoSign {
            return Err(CallError::from("decimal division by 0"));
        }
        let exponent = self.exponent.min(other.exponent - Self::PLACES);
        let scaled = Self { digits: self.at(exponent), exponent };
        // The quotient of the digits stands for `exponent - other.exponent`, which is -PLACES or less.
        let finer = -Self::PLACES - (exponent - other.exponent);
        let shift = BigInt::from(10).pow(u32::try_from(finer).unwrap_or_default());
        let divisor = &other.digits * shift;
        let (doubled, negative) = (
            scaled.digits.magnitude() * 2u32,
            (scaled.digits.sign() == Sign::Minus) != (divisor.sign() == Sign::Minus),
        );
        let magnitude = (doubled + divisor.magnitude()) / (divisor.magnitude() * 2u32);
        let sign = if negative { Sign::Minus } else { Sign::Plus };
        Ok(Self { digits: BigInt::from_biguint(sign, magnitude), exponent: -Self::PLACES })
    }

    fn float(&self) -> Value {
        Value::Float(format!("{}e{}", self.digits, self.exponent).parse().unwrap_or_default())
    }
}
