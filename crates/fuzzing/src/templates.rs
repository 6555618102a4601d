//! Reading templates of Go: any bytes for the lexer, texts that are templates for the parser.

use arbitrary::Unstructured;
use gotmpl::reprint;

use crate::grammar::Grammar;
use crate::host::FUNCS;

/// Any bytes are a template or an error that says something.
pub(crate) fn text(bytes: &[u8]) {
    match reprint(&FUNCS, "t", bytes) {
        Ok(printed) => {
            // A brace that comes to stand before an action becomes a part of it, in Go too.
            if !String::from_utf8_lossy(bytes).replace("{{", "").contains('{') {
                reads_back(&printed);
            }
        }
        Err(error) => assert!(error.to_string().starts_with("template: t:"), "{error}"),
    }
}

/// What follows the grammar is a template.
pub(crate) fn tree(bytes: &[u8]) {
    let text = Grammar::new(Unstructured::new(bytes)).template();
    match reprint(&FUNCS, "t", text.as_bytes()) {
        Ok(printed) => reads_back(&printed),
        Err(error) => assert!(error.limit().is_some(), "{error}\n{text}"),
    }
}

/// What was printed once is printed the same again.
fn reads_back(printed: &[u8]) {
    let text = String::from_utf8_lossy(printed);
    match reprint(&FUNCS, "t", printed) {
        Ok(again) => assert_eq!(text, String::from_utf8_lossy(&again)),
        Err(error) => assert!(error.limit().is_some(), "{error}\n{text}"),
    }
}
