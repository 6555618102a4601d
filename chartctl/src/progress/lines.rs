//! The form for logs: `+9.90s waiting    Deployment/web: 2 of 3 replicas are available`.

use std::time::Duration;

use super::board::Notice;

/// Returns a notice as one line, with the time since the start.
pub(crate) fn line(notice: &Notice, at: Duration) -> String {
    let time = format!("+{:.2}s", at.as_secs_f64());
    let text = notice.text.replace('\n', "; ");
    format!("{time:<8} {:<10} {text}\n", notice.word)
}
