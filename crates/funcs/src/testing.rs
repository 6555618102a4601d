//! What the tests of several families need.

use value::Value;

use crate::error::FuncError;

/// Calls a function with the arguments of a JSON list; `want` is the result as JSON, or `error: …`.
pub(crate) fn check(function: fn(&[Value]) -> Result<Value, FuncError>, args: &str, want: &str) {
    let args = value::json::from_str(args).expect("test JSON");
    let got = function(args.as_list().expect("a list"))
        .map_or_else(|e| format!("error: {e}"), |value| value::json::to_string(&value));
    assert_eq!(got, want);
}
