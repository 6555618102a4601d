//! Base64.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
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
    let bytes = STANDARD
        .decode(text(args, 0)?)
        .map_err(|error| FuncError::failed(format!("illegal base64 data: {error}")))?;
    String::from_utf8(bytes)
        .map(Value::from)
        .map_err(|_| FuncError::failed("the decoded data is no text"))
}
