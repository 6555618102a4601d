//! How often and how fast a request is sent again.
//!
//! The client library would retry 15 times with pauses of up to 1000 seconds, which eats an action's whole
//! time limit in silence; it is switched off. A request gets [`TRIES`] tries with pauses that double from
//! [`FIRST_PAUSE`] to [`LONGEST_PAUSE`]; a pause that the server asks for is kept when it is not longer.

use std::time::Duration;

use crate::error::ApiError;

/// Tries of one request, the first included.
pub const TRIES: u32 = 4;
/// Pause before the second try.
pub const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// Longest pause before a try.
pub const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Returns the pause before the next try after `tries` have failed, the last with `error`; `None` when
/// there should be no other.
#[must_use]
pub fn pause_after(tries: u32, error: &ApiError) -> Option<Duration> {
    // A time limit was the limit of all tries together.
    if tries >= TRIES || !error.is_transient() || matches!(error, ApiError::Timeout { .. }) {
        return None;
    }
    let doubled = FIRST_PAUSE.saturating_mul(1 << tries.saturating_sub(1).min(16));
    let own = doubled.min(LONGEST_PAUSE);
    match error {
        ApiError::TooManyRequests { retry_after: Some(asked), .. } if *asked > LONGEST_PAUSE => {
            None
        }
        ApiError::TooManyRequests { retry_after: Some(asked), .. } => Some(own.max(*asked)),
        _ => Some(own),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::Call;

    fn limited(retry_after: Option<u64>) -> ApiError {
        ApiError::TooManyRequests {
            call: Box::new(Call::discover("version")),
            retry_after: retry_after.map(Duration::from_secs),
            message: String::new(),
        }
    }

    fn check(tries: u32, error: &ApiError, expected: Option<u64>) {
        assert_eq!(pause_after(tries, error), expected.map(Duration::from_millis));
    }

    #[test]
    fn pauses_double_and_end_after_four_tries() {
        let error = limited(None);
        check(1, &error, Some(100));
        check(2, &error, Some(200));
        check(3, &error, Some(400));
        check(4, &error, None);
    }

    #[test]
    fn the_servers_wish_is_kept_when_it_is_short() {
        check(1, &limited(Some(2)), Some(2000));
        check(1, &limited(Some(60)), None);
    }

    #[test]
    fn a_definite_answer_is_not_asked_for_again() {
        let call = Box::new(Call::discover("version"));
        check(1, &ApiError::NotFound { call, message: String::new() }, None);
    }

    #[test]
    fn a_missed_time_limit_is_not_tried_again() {
        let call = Box::new(Call::discover("version"));
        check(1, &ApiError::Timeout { call, after: LONGEST_PAUSE }, None);
    }
}
