//! Times in the layouts of Go: how `Mon Jan 2 15:04:05 MST 2006` would be written.

use std::fmt::Write;

use jiff::civil::DateTime;

/// An element of a layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Element {
    LongMonth,
    Month,
    NumMonth,
    ZeroMonth,
    LongWeekday,
    Weekday,
    Day,
    UnderDay,
    ZeroDay,
    UnderYearDay,
    ZeroYearDay,
    Hour,
    Hour12,
    ZeroHour12,
    Minute,
    ZeroMinute,
    Second,
    ZeroSecond,
    LongYear,
    Year,
    Pm,
    SmallPm,
    ZoneName,
    /// With `Z` for UTC, with colons, how many pairs of digits.
    Offset {
        z: bool,
        colon: bool,
        pairs: u8,
    },
    /// How many digits, whether zeros at the end stay, the sign before.
    Fraction {
        digits: usize,
        fixed: bool,
        mark: char,
    },
}

/// A time with its place: what layouts show.
pub(crate) struct Shown<'a> {
    pub(crate) civil: DateTime,
    /// The offset from UTC in seconds.
    pub(crate) offset: i32,
    pub(crate) zone: &'a str,
}

pub(crate) const LONG_MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
pub(crate) const LONG_DAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// Finds the first element: what stands before it, the element, what stands behind.
fn next_element(layout: &str) -> Option<(&str, Element, &str)> {
    use Element as E;
    const TABLE: &[(&str, Element)] = &[
        ("January", E::LongMonth),
        ("Jan", E::Month),
        ("Monday", E::LongWeekday),
        ("Mon", E::Weekday),
        ("MST", E::ZoneName),
        ("01", E::ZeroMonth),
        ("002", E::ZeroYearDay),
        ("02", E::ZeroDay),
        ("03", E::ZeroHour12),
        ("04", E::ZeroMinute),
        ("05", E::ZeroSecond),
        ("06", E::Year),
        ("15", E::Hour),
        ("1", E::NumMonth),
        ("2006", E::LongYear),
        ("2", E::Day),
        ("__2", E::UnderYearDay),
        ("_2", E::UnderDay),
        ("3", E::Hour12),
        ("4", E::Minute),
        ("5", E::Second),
        ("PM", E::Pm),
        ("pm", E::SmallPm),
        ("-07:00:00", E::Offset { z: false, colon: true, pairs: 3 }),
        ("-07:00", E::Offset { z: false, colon: true, pairs: 2 }),
        ("-070000", E::Offset { z: false, colon: false, pairs: 3 }),
        ("-0700", E::Offset { z: false, colon: false, pairs: 2 }),
        ("-07", E::Offset { z: false, colon: false, pairs: 1 }),
        ("Z07:00:00", E::Offset { z: true, colon: true, pairs: 3 }),
        ("Z07:00", E::Offset { z: true, colon: true, pairs: 2 }),
        ("Z070000", E::Offset { z: true, colon: false, pairs: 3 }),
        ("Z0700", E::Offset { z: true, colon: false, pairs: 2 }),
        ("Z07", E::Offset { z: true, colon: false, pairs: 1 }),
    ];
    for (at, _) in layout.char_indices() {
        let (before, rest) = layout.split_at(at);
        // `_2006` is an underscore and a year.
        if rest.starts_with("_2006") {
            return Some((layout.get(..=at)?, E::LongYear, rest.get(5..)?));
        }
        let found = TABLE.iter().find(|(text, element)| {
            let after = || rest.get(text.len()..).and_then(|after| after.chars().next());
            let word = matches!(element, E::Month | E::Weekday)
                && after().is_some_and(|c| c.is_ascii_lowercase());
            rest.starts_with(text) && !word
        });
        if let Some((text, element)) = found {
            return Some((before, *element, rest.get(text.len()..)?));
        }
        if let Some((element, length)) = fraction(rest) {
            return Some((before, element, rest.get(length..)?));
        }
    }
    None
}

/// Reads `.000` or `,999` that no digit follows.
fn fraction(text: &str) -> Option<(Element, usize)> {
    let mut chars = text.chars();
    let mark = chars.next().filter(|c| matches!(c, '.' | ','))?;
    let digit = chars.next().filter(|c| matches!(c, '0' | '9'))?;
    let digits = text.chars().skip(1).take_while(|c| *c == digit).count();
    let after = text.chars().nth(digits + 1);
    if after.is_some_and(|c| c.is_ascii_digit()) {
        return None;
    }
    Some((Element::Fraction { digits, fixed: digit == '0', mark }, digits + 1))
}

/// Returns a time in a layout.
pub(crate) fn format(layout: &str, time: &Shown<'_>) -> String {
    let mut out = String::with_capacity(layout.len() + 8);
    let mut rest = layout;
    while let Some((before, element, after)) = next_element(rest) {
        out.push_str(before);
        show(&mut out, element, time);
        rest = after;
    }
    out.push_str(rest);
    out
}

fn show(out: &mut String, element: Element, time: &Shown<'_>) {
    use Element as E;
    let civil = time.civil;
    let month = usize::try_from(civil.month() - 1).unwrap_or_default();
    let month = LONG_MONTHS.get(month).copied().unwrap_or_default();
    let weekday = usize::try_from(civil.weekday().to_sunday_zero_offset()).unwrap_or_default();
    let weekday = LONG_DAYS.get(weekday).copied().unwrap_or_default();
    let hour12 = match civil.hour() % 12 {
        0 => 12,
        hour => hour,
    };
    let afternoon = civil.hour() >= 12;
    let _infallible = match element {
        E::LongMonth => write!(out, "{month}"),
        E::Month => write!(out, "{}", month.get(..3).unwrap_or_default()),
        E::NumMonth => write!(out, "{}", civil.month()),
        E::ZeroMonth => write!(out, "{:02}", civil.month()),
        E::LongWeekday => write!(out, "{weekday}"),
        E::Weekday => write!(out, "{}", weekday.get(..3).unwrap_or_default()),
        E::Day => write!(out, "{}", civil.day()),
        E::UnderDay => write!(out, "{:2}", civil.day()),
        E::ZeroDay => write!(out, "{:02}", civil.day()),
        E::UnderYearDay => write!(out, "{:3}", civil.day_of_year()),
        E::ZeroYearDay => write!(out, "{:03}", civil.day_of_year()),
        E::Hour => write!(out, "{:02}", civil.hour()),
        E::Hour12 => write!(out, "{hour12}"),
        E::ZeroHour12 => write!(out, "{hour12:02}"),
        E::Minute => write!(out, "{}", civil.minute()),
        E::ZeroMinute => write!(out, "{:02}", civil.minute()),
        E::Second => write!(out, "{}", civil.second()),
        E::ZeroSecond => write!(out, "{:02}", civil.second()),
        E::LongYear => write!(out, "{:04}", civil.year()),
        E::Year => write!(out, "{:02}", civil.year().rem_euclid(100)),
        E::Pm => write!(out, "{}", if afternoon { "PM" } else { "AM" }),
        E::SmallPm => write!(out, "{}", if afternoon { "pm" } else { "am" }),
        E::ZoneName => write!(out, "{}", time.zone),
        E::Offset { z: true, .. } if time.offset == 0 => write!(out, "Z"),
        E::Offset { colon, pairs, .. } => {
            show_offset(out, time.offset, colon, pairs);
            Ok(())
        }
        E::Fraction { digits, fixed, mark } => {
            let all = format!("{:09}", civil.subsec_nanosecond());
            let shown = all.get(..digits.min(9)).unwrap_or(&all);
            let shown = if fixed { shown } else { shown.trim_end_matches('0') };
            if shown.is_empty() { Ok(()) } else { write!(out, "{mark}{shown}") }
        }
    };
}

fn show_offset(out: &mut String, offset: i32, colon: bool, pairs: u8) {
    let sign = if offset < 0 { '-' } else { '+' };
    let seconds = offset.unsigned_abs();
    let colon = if colon { ":" } else { "" };
    let _infallible = write!(out, "{sign}{:02}", seconds / 3600);
    if pairs > 1 {
        let _infallible = write!(out, "{colon}{:02}", seconds / 60 % 60);
    }
    if pairs > 2 {
        let _infallible = write!(out, "{colon}{:02}", seconds % 60);
    }
}

/// A time that was read.
pub(crate) struct Parsed {
    pub(crate) civil: DateTime,
    pub(crate) offset: Option<i32>,
    pub(crate) zone: Option<String>,
}

/// Reads a time that is written in a layout; the error is Go's.
pub(crate) fn parse(layout: &str, text: &str) -> Result<Parsed, String> {
    let mut reader = Reader { layout, text, rest: text, parts: Parts::default() };
    reader.whole()?;
    reader.finish()
}

#[derive(Default)]
struct Parts {
    year: Option<i16>,
    month: Option<i8>,
    day: Option<i8>,
    year_day: Option<i16>,
    hour: i8,
    minute: i8,
    second: i8,
    nanosecond: i32,
    afternoon: Option<bool>,
    offset: Option<i32>,
    zone: Option<String>,
}

struct Reader<'a> {
    layout: &'a str,
    text: &'a str,
    rest: &'a str,
    parts: Parts,
}

impl Reader<'_> {
    fn whole(&mut self) -> Result<(), String> {
        let mut layout = self.layout;
        loop {
            let found = next_element(layout);
            let before = found.map_or(layout, |(before, ..)| before);
            self.skip(before)?;
            let Some((_, element, after)) = found else {
                return match self.rest {
                    "" => Ok(()),
                    rest => Err(self.told(&format!(": extra text: {}", quoted(rest)))),
                };
            };
            let name = layout.get(before.len()..layout.len() - after.len()).unwrap_or_default();
            let start = self.rest;
            self.element(element, after).map_err(|wrong| match wrong {
                Wrong::Text => self.cannot(start, name),
                Wrong::Range(what) => self.told(&format!(": {what} out of range")),
            })?;
            layout = after;
        }
    }

    fn told(&self, why: &str) -> String {
        format!("parsing time {}{why}", quoted(self.text))
    }

    fn cannot(&self, at: &str, element: &str) -> String {
        format!(
            "parsing time {} as {}: cannot parse {} as {}",
            quoted(self.text),
            quoted(self.layout),
            quoted(at),
            quoted(element)
        )
    }

    /// Skips text that must stand there; a blank stands for any number of them.
    fn skip(&mut self, prefix: &str) -> Result<(), String> {
        let mut wanted = prefix;
        while let Some(c) = wanted.chars().next() {
            if c == ' ' {
                if self.rest.starts_with(|c: char| c != ' ') {
                    return Err(self.cannot(self.rest, prefix));
                }
                wanted = wanted.trim_start_matches(' ');
                self.rest = self.rest.trim_start_matches(' ');
                continue;
            }
            let Some(rest) = self.rest.strip_prefix(c) else {
                return Err(self.cannot(self.rest, prefix));
            };
            self.rest = rest;
            wanted = wanted.get(c.len_utf8()..).unwrap_or_default();
        }
        Ok(())
    }

    fn element(&mut self, element: Element, after: &str) -> Result<(), Wrong> {
        use Element as E;
        match element {
            E::LongYear => self.parts.year = Some(narrow(self.digits(4, true)?)?),
            E::Year => {
                let year: i16 = narrow(self.digits(2, true)?)?;
                self.parts.year = Some(if year >= 69 { 1900 + year } else { 2000 + year });
            }
            E::LongMonth => self.parts.month = Some(self.name(&LONG_MONTHS, usize::MAX)? + 1),
            E::Month => self.parts.month = Some(self.name(&LONG_MONTHS, 3)? + 1),
            E::NumMonth => self.parts.month = Some(self.ranged(false, 1..=12, "month")?),
            E::ZeroMonth => self.parts.month = Some(self.ranged(true, 1..=12, "month")?),
            E::LongWeekday => drop(self.name(&LONG_DAYS, usize::MAX)?),
            E::Weekday => drop(self.name(&LONG_DAYS, 3)?),
            E::Day | E::UnderDay | E::ZeroDay => {
                if element == E::UnderDay {
                    self.rest = self.rest.strip_prefix(' ').unwrap_or(self.rest);
                }
                self.parts.day = Some(narrow(self.digits(2, element == E::ZeroDay)?)?);
            }
            E::UnderYearDay | E::ZeroYearDay => {
                if element == E::UnderYearDay {
                    self.rest = self.rest.trim_start_matches(' ');
                }
                self.parts.year_day = Some(narrow(self.digits(3, element == E::ZeroYearDay)?)?);
            }
            E::Hour => self.parts.hour = self.ranged(false, 0..=23, "hour")?,
            E::Hour12 | E::ZeroHour12 => {
                self.parts.hour = self.ranged(element == E::ZeroHour12, 0..=12, "hour")?;
            }
            E::Minute => self.parts.minute = self.ranged(false, 0..=59, "minute")?,
            E::ZeroMinute => self.parts.minute = self.ranged(true, 0..=59, "minute")?,
            E::Second | E::ZeroSecond => {
                self.parts.second = self.ranged(element == E::ZeroSecond, 0..=59, "second")?;
                self.unannounced_fraction(after)?;
            }
            E::Pm => self.half_day("AM", "PM")?,
            E::SmallPm => self.half_day("am", "pm")?,
            E::ZoneName => self.zone_name()?,
            E::Offset { z, colon, pairs } => self.offset(z, colon, pairs)?,
            E::Fraction { digits, fixed, .. } => self.announced_fraction(digits, fixed)?,
        }
        Ok(())
    }

    /// Reads up to `most` digits, all of them if `exactly`.
    fn digits(&mut self, most: usize, exactly: bool) -> Result<i32, Wrong> {
        let count = self.rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
        if count == 0 || (exactly && count < most) {
            return Err(Wrong::Text);
        }
        let (digits, rest) = self.rest.split_at(count);
        self.rest = rest;
        digits.parse().map_err(|_| Wrong::Text)
    }

    fn ranged(
        &mut self,
        exactly: bool,
        range: std::ops::RangeInclusive<i32>,
        what: &'static str,
    ) -> Result<i8, Wrong> {
        let number = self.digits(2, exactly)?;
        if range.contains(&number) { narrow(number) } else { Err(Wrong::Range(what)) }
    }

    fn name(&mut self, names: &[&str], length: usize) -> Result<i8, Wrong> {
        for (index, name) in names.iter().enumerate() {
            let name = name.get(..length).unwrap_or(name);
            let head = self.rest.get(..name.len());
            if head.is_some_and(|head| head.eq_ignore_ascii_case(name)) {
                self.rest = self.rest.get(name.len()..).unwrap_or_default();
                return i8::try_from(index).map_err(|_| Wrong::Text);
            }
        }
        Err(Wrong::Text)
    }

    fn half_day(&mut self, before: &str, after: &str) -> Result<(), Wrong> {
        let afternoon = self.rest.starts_with(after);
        let rest = self.rest.strip_prefix(if afternoon { after } else { before });
        self.rest = rest.ok_or(Wrong::Text)?;
        self.parts.afternoon = Some(afternoon);
        Ok(())
    }

    /// A fraction may follow the seconds even where the layout has none.
    fn unannounced_fraction(&mut self, after: &str) -> Result<(), Wrong> {
        let follows = self.rest.strip_prefix(['.', ',']);
        let digits = follows.map_or(0, |rest| rest.bytes().take_while(u8::is_ascii_digit).count());
        if digits == 0 || fraction(after).is_some() {
            return Ok(());
        }
        self.nanoseconds(digits)
    }

    fn announced_fraction(&mut self, digits: usize, fixed: bool) -> Result<(), Wrong> {
        let follows = self.rest.strip_prefix(['.', ',']);
        let present = follows.map_or(0, |rest| rest.bytes().take_while(u8::is_ascii_digit).count());
        match (fixed, present) {
            (true, present) if present < digits => Err(Wrong::Text),
            (true, _) => self.nanoseconds(digits),
            (false, 0) => Ok(()),
            (false, present) => self.nanoseconds(present),
        }
    }

    fn nanoseconds(&mut self, digits: usize) -> Result<(), Wrong> {
        let text = self.rest.get(1..=digits).ok_or(Wrong::Text)?;
        let nine: String = text.chars().chain(std::iter::repeat('0')).take(9).collect();
        self.parts.nanosecond = nine.parse().map_err(|_| Wrong::Text)?;
        self.rest = self.rest.get(digits + 1..).unwrap_or_default();
        Ok(())
    }

    fn zone_name(&mut self) -> Result<(), Wrong> {
        if let Some(rest) = self.rest.strip_prefix("UTC") {
            self.rest = rest;
            self.parts.offset = Some(0);
            self.parts.zone = Some("UTC".to_owned());
            return Ok(());
        }
        let letters = self.rest.bytes().take_while(u8::is_ascii_uppercase).count();
        if !(3..=5).contains(&letters) {
            return Err(Wrong::Text);
        }
        let (name, rest) = self.rest.split_at(letters);
        self.rest = rest;
        self.parts.zone = Some(name.to_owned());
        Ok(())
    }

    fn offset(&mut self, z: bool, colon: bool, pairs: u8) -> Result<(), Wrong> {
        if let Some(rest) = self.rest.strip_prefix('Z').filter(|_| z) {
            self.rest = rest;
            self.parts.offset = Some(0);
            self.parts.zone = Some("UTC".to_owned());
            return Ok(());
        }
        let negative = self.rest.starts_with('-');
        self.rest = self.rest.strip_prefix(['+', '-']).ok_or(Wrong::Text)?;
        let mut seconds = 0;
        for (index, unit) in [3600, 60, 1].into_iter().enumerate().take(usize::from(pairs)) {
            if colon && index > 0 {
                self.rest = self.rest.strip_prefix(':').ok_or(Wrong::Text)?;
            }
            let number = self.digits(2, true)?;
            if number > if index == 0 { 24 } else { 60 } {
                return Err(Wrong::Range("time zone offset"));
            }
            seconds += number * unit;
        }
        self.parts.offset = Some(if negative { -seconds } else { seconds });
        Ok(())
    }

    fn finish(self) -> Result<Parsed, String> {
        let parts = &self.parts;
        let hour = match (parts.afternoon, parts.hour) {
            (Some(true), hour) if hour < 12 => hour + 12,
            (Some(false), 12) => 0,
            (_, hour) => hour,
        };
        let range = |what: &str| self.told(&format!(": {what} out of range"));
        let year = parts.year.unwrap_or_default();
        let date = if let Some(day) = parts.year_day {
            jiff::civil::Date::new(year, 1, 1)
                .and_then(|date| date.with().day_of_year(day).build())
                .map_err(|_| range("day-of-year"))?
        } else {
            let (month, day) = (parts.month.unwrap_or(1), parts.day.unwrap_or(1));
            jiff::civil::Date::new(year, month, day).map_err(|_| range("day"))?
        };
        let civil = date.at(hour, parts.minute, parts.second, parts.nanosecond);
        Ok(Parsed { civil, offset: parts.offset, zone: self.parts.zone })
    }
}

enum Wrong {
    Text,
    Range(&'static str),
}

fn narrow<T: TryFrom<i32>>(number: i32) -> Result<T, Wrong> {
    T::try_from(number).map_err(|_| Wrong::Text)
}

/// Returns a text in quotes as errors about times show it: anything but ASCII byte by byte.
fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => out.extend(['\\', char::from(byte)]),
            b' '..=0x7f => out.push(char::from(byte)),
            _ => {
                let _infallible = write!(out, "\\x{byte:02x}");
            }
        }
    }
    out.push('"');
    out
}
