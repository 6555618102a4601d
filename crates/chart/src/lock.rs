//! Chart.lock: which versions of the dependencies were chosen.

use value::{Value, yaml};

use crate::ChartError;
use crate::dependency;
use crate::fields::{Wrong, read, utf8};

/// Reads Chart.lock or requirements.lock; an empty one is none.
pub(crate) fn parse(file: &str, data: &[u8]) -> Result<Option<Value>, ChartError> {
    let text = utf8(file, "", data)?;
    if yaml::from_str(text).is_ok_and(|value| value.is_null()) {
        return Ok(None);
    }
    read(file, data, |fields| {
        let generated = match fields.find("generated") {
            None | Some(Value::Null) => "0001-01-01T00:00:00Z".to_owned(),
            Some(value) => match value.as_str() {
                Some(text) if is_time(text) => text.to_owned(),
                _ => {
                    let problem = format!("parsing time {value}: not a time in RFC 3339 form");
                    return Err(Wrong { problem, field: "generated".into() });
                }
            },
        };
        let dependencies = dependency::read_all(fields)?.into_iter().flatten().map(|dependency| {
            let fields = [
                ("name", dependency.name),
                ("version", dependency.version),
                ("repository", dependency.repository),
            ];
            fields.into_iter().map(|(key, text)| (key, Value::from(text))).collect()
        });
        let fields = [
            ("dependencies", dependencies.collect::<Vec<Value>>().into()),
            ("digest", fields.text("digest")?.into()),
            ("generated", generated.into()),
        ];
        Ok(Some(fields.into_iter().collect()))
    })
}

/// Whether `text` has the shape `2006-01-02T15:04:05[.999](Z|+01:00)`.
fn is_time(text: &str) -> bool {
    const SHAPE: &str = "0000-00-00T00:00:00";
    let shaped = |text: &str, shape: &str| {
        text.len() == shape.len()
            && text.chars().zip(shape.chars()).all(|(c, want)| match want {
                '0' => c.is_ascii_digit(),
                want => c == want,
            })
    };
    let Some((start, rest)) = text.split_at_checked(SHAPE.len()) else { return false };
    let zone = match rest.strip_prefix('.') {
        Some(fraction) => {
            let zone = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
            if zone.len() == fraction.len() {
                return false;
            }
            zone
        }
        None => rest,
    };
    let signed = zone.strip_prefix(['+', '-']).is_some_and(|zone| shaped(zone, "00:00"));
    shaped(start, SHAPE) && (zone == "Z" || signed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locks_need_a_time() {
        let good = parse("Chart.lock", b"generated: \"2024-01-02T03:04:05.6+01:00\"\ndigest: d\n")
            .unwrap();
        assert_eq!(
            good.unwrap().to_string(),
            r#"{"dependencies":[],"digest":"d","generated":"2024-01-02T03:04:05.6+01:00"}"#
        );
        assert_eq!(parse("Chart.lock", b"").unwrap(), None);
        assert!(parse("Chart.lock", b"generated: yesterday").is_err());
    }
}
