//! Base64.

use base64::engine::general_purpose::STANDARD;
use base64::{DecodeError, Engine};
use value::Value;

use crate::args::text;
use crate::bounds::bounded;
use crate::error::FuncError;
use crate::table::{Row, exact};

pub(crate) const ROWS: &[Row] = &[
    exact("b64enc", 1, b64enc, "Encodes a text in base64.", r#"b64enc "secret" => "c2VjcmV0""#),
    exact("b64dec", 1, b64dec, "Decodes base64.", r#"b64dec "c2VjcmV0" => "secret""#),
];

fn b64enc(args: &[Value]) -> Result<Value, FuncError> {
    bounded(STANDARD.encode(text(args, 0)?))
}

fn b64dec(args: &[Value]) -> Result<Value, FuncError> {
    let bytes = STANDARD.decode(text(args, 0)?).map_err(|error| FuncError::failed(told(&error)))?;
    String::from_utf8(bytes)
        .map(Value::from)
        .map_err(|_| FuncError::failed("the decoded data is no text"))
}

/// Says what is wrong with base64 without quoting it: it may be a secret.
fn told(error: &DecodeError) -> String {
    match error {
        DecodeError::InvalidByte(at, _) | DecodeError::InvalidLastSymbol(at, _) => {
            format!("illegal base64 data at input byte {at}")
        }
        DecodeError::InvalidLength(_) | DecodeError::InvalidPadding => {
            "illegal base64 data: it is cut short".to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_decoded_is_not_quoted() {
        let check = |encoded: &str, expected: &str| {
            assert_eq!(b64dec(&[Value::from(encoded)]).unwrap_err().to_string(), expected);
        };
        check("c2Vj!mV0", "illegal base64 data at input byte 4");
        check("c2VjcmV", "illegal base64 data: it is cut short");
        check("/w==", "the decoded data is no text");
    }
}
