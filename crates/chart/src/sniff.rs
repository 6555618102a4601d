//! What content looks like, for the message about a file that is no archive.

/// Returns the media type that Go's `http.DetectContentType` gives the first 512 bytes, for the kinds
/// of files people confuse with charts. Helm fills those 512 bytes up with zeros, so that short texts
/// count as binary.
pub(crate) fn mime(bytes: &[u8]) -> &'static str {
    const MARKS: [(&[u8], &str); 9] = [
        (b"%PDF-", "application/pdf"),
        (b"PK\x03\x04", "application/zip"),
        (b"Rar!\x1a\x07\x00", "application/x-rar-compressed"),
        (b"\x1f\x8b\x08", "application/x-gzip"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"\x00asm", "application/wasm"),
        (b"%!PS-Adobe-", "application/postscript"),
    ];
    const HTML: [&str; 6] = ["<!doctype html", "<html", "<head", "<script", "<body", "<title"];
    let head = bytes.get(..512).unwrap_or(bytes);
    if let Some((_, mime)) = MARKS.iter().find(|(mark, _)| head.starts_with(mark)) {
        return mime;
    }
    let text = String::from_utf8_lossy(head).trim_start().to_ascii_lowercase();
    let is_tag = |rest: &str| rest.starts_with([' ', '>']);
    if HTML.iter().any(|tag| text.strip_prefix(tag).is_some_and(is_tag)) {
        return "text/html; charset=utf-8";
    }
    if text.starts_with("<?xml") {
        return "text/xml; charset=utf-8";
    }
    let binary = |byte: &u8| matches!(byte, 0..=8 | 0x0b | 0x0e..=0x1a | 0x1c..=0x1f);
    if head.len() < 512 || head.iter().any(binary) {
        "application/octet-stream"
    } else {
        "text/plain; charset=utf-8"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_kinds_are_told_apart() {
        let check = |bytes: &[u8], expected| assert_eq!(mime(bytes), expected);
        check(b"  <!DOCTYPE html>", "text/html; charset=utf-8");
        check(b"PK\x03\x04", "application/zip");
        check(b"short", "application/octet-stream");
        check(&[b'a'; 600], "text/plain; charset=utf-8");
        check(&[1; 600], "application/octet-stream");
    }
}
