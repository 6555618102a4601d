//! Reading only the beginning of a record: what a list shows.
//!
//! Helm writes state and chart before templates and manifest, so that a few kilobytes of a record have to be
//! decompressed whatever its size. Records in another order are read to their end.

use std::fmt;
use std::io::{BufReader, Read};

use base64::engine::general_purpose::STANDARD;
use base64::read::DecoderReader;
use flate2::read::GzDecoder;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use value::Value;

use crate::codec::{self, Limits};
use crate::{CodecError, Info, StoredChart};

/// Bytes read at once.
const BUFFER: usize = 2048;

/// What a list shows of a record.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Skimmed {
    /// How it went.
    pub info: Info,
    /// The chart, of which only `metadata` was read.
    pub chart: StoredChart,
}

/// Reads the beginning of what [`encode`](codec::encode) or any version of Helm wrote. That its end is damaged
/// is not noticed.
pub fn skim(text: &[u8], limits: &Limits) -> Result<Skimmed, CodecError> {
    if let Some(skimmed) = beginning(text, *limits) {
        return Ok(skimmed);
    }
    // Not compressed, in lines, or broken: the thorough way knows, and has the words.
    let revision = codec::decode(text, limits)?;
    let chart = StoredChart { metadata: revision.chart.metadata, ..StoredChart::default() };
    Ok(Skimmed { info: revision.info, chart })
}

fn beginning(text: &[u8], limits: Limits) -> Option<Skimmed> {
    let bytes = DecoderReader::new(text, &STANDARD);
    let json = GzDecoder::new(BufReader::with_capacity(BUFFER, bytes)).take(limits.decompressed);
    let json = BufReader::with_capacity(BUFFER, json);
    let mut found = Found::default();
    let read = Top(&mut found).deserialize(&mut serde_json::Deserializer::from_reader(json));
    if read.is_err() && !found.is_complete() {
        return None;
    }
    let chart =
        StoredChart { metadata: found.metadata.unwrap_or_default(), ..StoredChart::default() };
    Some(Skimmed { info: found.info.unwrap_or_default(), chart })
}

#[derive(Default)]
struct Found {
    info: Option<Info>,
    metadata: Option<Value>,
}

impl Found {
    const fn is_complete(&self) -> bool {
        self.info.is_some() && self.metadata.is_some()
    }

    /// Ends reading with an error once all is found.
    fn stop_if_complete<E: Error>(&self) -> Result<(), E> {
        if self.is_complete() { Err(E::custom("the rest is not needed")) } else { Ok(()) }
    }
}

struct Top<'f>(&'f mut Found);

impl<'de> DeserializeSeed<'de> for Top<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Top<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a record")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "info" => self.0.info = Some(map.next_value::<Option<Info>>()?.unwrap_or_default()),
                "chart" => map.next_value_seed(Chart(self.0))?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
            self.0.stop_if_complete()?;
        }
        Ok(())
    }
}

struct Chart<'f>(&'f mut Found);

impl<'de> DeserializeSeed<'de> for Chart<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Chart<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a chart")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            if key == "metadata" {
                self.0.metadata = Some(map.next_value()?);
                self.0.stop_if_complete()?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;

    use super::*;

    fn check(json: &str, expected: &str) {
        for packed in [codec::compress(json.as_bytes()).unwrap(), json.as_bytes().to_vec()] {
            let text = STANDARD.encode(packed);
            let shown = match skim(text.as_bytes(), &Limits::default()) {
                Ok(Skimmed { info, chart }) => {
                    let (name, version) = (chart.name(), chart.version());
                    format!("{} {} {name} {version}", info.status, info.description)
                }
                Err(error) => error.to_string(),
            };
            assert_eq!(shown, expected, "{json}");
        }
    }

    #[test]
    fn state_and_chart_are_found_wherever_they_stand() {
        let info = r#""info":{"status":"failed","description":"no","last_deployed":""}"#;
        let chart = r#""chart":{"lock":null,"metadata":{"name":"app","version":"1"},"files":[{}]}"#;
        check(
            &format!("{{\"name\":\"web\",{info},{chart},\"manifest\":\"x\"}}"),
            "failed no app 1",
        );
        check(&format!("{{{chart},\"manifest\":\"x\",{info}}}"), "failed no app 1");
        check(&format!("{{{info},\"chart\":null}}"), "failed no  ");
        check(&format!("{{{info},\"chart\":{{}}}}"), "failed no  ");
        check("{}", "unknown   ");
        check("[1", "reading the record as JSON");
        check(r#"{"info":{"last_deployed":"today"}}"#, "reading the record as JSON");
    }

    #[test]
    fn what_follows_is_not_read() {
        let json =
            r#"{"info":{"status":"failed"},"chart":{"metadata":{"name":"app"},"files":[broken"#;
        let text = STANDARD.encode(codec::compress(json.as_bytes()).unwrap());
        let skimmed = skim(text.as_bytes(), &Limits::default()).unwrap();
        assert_eq!(skimmed.chart.name(), "app");
        assert!(skim(b"!", &Limits::default()).is_err());
    }
}
