//! The layouts of Go that commands print times in. Times keep the zone they came with, because
//! Helm shows a record's time in the zone of the machine that wrote it.

use jiff::Zoned;

/// `time.ANSIC`: the times of `status` and `history`.
pub(crate) const ANSIC: &str = "Mon Jan _2 15:04:05 2006";
/// `time.RFC3339`.
pub(crate) const RFC3339: &str = "2006-01-02T15:04:05Z07:00";
/// `time.RFC3339Nano`: times in JSON.
pub(crate) const RFC3339_NANO: &str = "2006-01-02T15:04:05.999999999Z07:00";
/// What `time.Time.String` prints: the times of `list`.
pub(crate) const DEFAULT: &str = "2006-01-02 15:04:05.999999999 -0700 MST";

/// Returns `time` printed by a Go layout.
pub(crate) fn format(time: &Zoned, layout: &str) -> String {
    funcs::format_time(time, layout)
}

#[cfg(test)]
mod tests {
    use super::{ANSIC, DEFAULT, RFC3339, format};

    fn check(time: &str, layout: &str, expected: &str) {
        let time: jiff::Zoned = time.parse().unwrap();
        assert_eq!(format(&time, layout), expected, "{layout}");
    }

    #[test]
    fn times_are_printed_as_go_prints_them() {
        let utc = "2026-11-21T03:12:53.25079101Z[UTC]";
        check(utc, DEFAULT, "2026-11-21 03:12:53.25079101 +0000 UTC");
        check(utc, ANSIC, "Sat Nov 21 03:12:53 2026");
        check(utc, RFC3339, "2026-11-21T03:12:53Z");
        check(utc, "02/01/06 3:04:05.000 PM", "21/11/26 3:12:53.250 AM");
        check(utc, "2006-01-02T15:04:05.999999999Z07:00", "2026-11-21T03:12:53.25079101Z");
        check(utc, "Monday, January 2 (002 of _2006)", "Saturday, November 21 (325 of _2026)");
        check(utc, "Januaryx Janx Jan", "Novemberx Janx Nov");

        let paris = "2026-07-04T18:02:03+02:00[Europe/Paris]";
        check(paris, DEFAULT, "2026-07-04 18:02:03 +0200 CEST");
        check(paris, ANSIC, "Sat Jul  4 18:02:03 2026");
        check(paris, "Mon, 02 Jan 2006 15:04:05 -07:00", "Sat, 04 Jul 2026 18:02:03 +02:00");
        check(paris, "3pm .5 .999 é", "6pm .3  é");

        let fixed = "2026-07-04T18:02:03-05:30[-05:30]";
        check(fixed, DEFAULT, "2026-07-04 18:02:03 -0530 -0530");
        check(fixed, "Z0700 Z07:00:00 -07", "-0530 -05:30:00 -05");
    }
}
