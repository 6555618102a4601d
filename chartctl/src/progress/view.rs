//! The form for terminals: lines that stay, and below them the list of what is waited for.

use std::time::Duration;

use super::board::{Board, Notice, QUIET, State, Wait, seconds};
use crate::ui::{Paint, Tone};

/// Width of the words on the left.
const WORD: usize = 12;
/// Width of the names of objects, beyond which they push the rest to the right.
const NAME: usize = 34;
/// A list that would be gone sooner than this is not drawn.
const FLASH: Duration = Duration::from_millis(100);
/// The wheel of what is under way.
const WHEEL: [&str; 8] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧"];

/// Returns a notice as lines that stay on the screen.
pub(crate) fn line(notice: &Notice, paint: Paint) -> String {
    let word = capitalised(notice.word);
    let tone = if notice.tone == Tone::Plain { Tone::Strong } else { notice.tone };
    let text = notice.text.replace('\n', &format!("\n{}", " ".repeat(WORD + 1)));
    format!("{} {text}\n", paint.tone(tone, &format!("{word:>WORD$}")))
}

/// Returns the live list; no line is wider than the terminal, and all fit on it.
pub(crate) fn frame(
    board: &Board,
    at: Duration,
    (width, height): (usize, usize),
    paint: Paint,
) -> Vec<String> {
    let Some(wait) = &board.wait else { return busy(board, paint) };
    let passed = at.saturating_sub(wait.since);
    if passed < FLASH {
        return Vec::new();
    }
    let total = wait.objects.len();
    let ready = wait.objects.values().filter(|state| matches!(state, State::Ready(_))).count();
    let clock = format!("{} of {}", clock(passed), clock(board.timeout));
    let head = match &board.hook {
        Some(hook) => format!("{} {hook}  {clock}", heading("Hook", paint)),
        None => format!("{} {ready} of {total} ready  {clock}", heading("Waiting", paint)),
    };
    let room = height.saturating_sub(4).max(1);
    let mut lines = vec![head];
    lines.extend(rows(wait, at, width, room, paint));
    lines
}

fn busy(board: &Board, paint: Paint) -> Vec<String> {
    match board.applied() {
        0 => Vec::new(),
        applied => vec![format!("{} {applied}", heading("Applying", paint))],
    }
}

fn heading(word: &str, paint: Paint) -> String {
    paint.tone(Tone::Warn, &format!("{word:>WORD$}"))
}

/// Returns a row per object, as far as there is room: first those that are not ready, then the latest that are;
/// what was ready at once is left out.
fn rows(wait: &Wait, at: Duration, width: usize, room: usize, paint: Paint) -> Vec<String> {
    let spin = at.as_millis() / 100 % WHEEL.len() as u128;
    let spin = usize::try_from(spin).ok().and_then(|spin| WHEEL.get(spin)).unwrap_or(&"·");
    let slow = |state: &State| !matches!(state, State::Ready(when) if when.saturating_sub(wait.since) < QUIET);
    let mut order: Vec<_> = wait.objects.iter().filter(|(_, state)| slow(state)).collect();
    order.sort_by_key(|(_, state)| match state {
        State::Pending { .. } => (0, Duration::ZERO),
        State::Unseen => (1, Duration::ZERO),
        State::Ready(when) => (2, Duration::MAX.saturating_sub(*when)),
    });
    let mut lines: Vec<String> = order
        .iter()
        .take(room)
        .map(|(object, state)| {
            let (mark, tone, text) = match state {
                State::Pending { why, .. } => (*spin, Tone::Warn, why.as_str()),
                State::Unseen => ("·", Tone::Faint, ""),
                State::Ready(_) => ("✔", Tone::Good, ""),
            };
            let until = if let State::Ready(when) = state { *when } else { at };
            let time = seconds(until.saturating_sub(wait.since));
            row((mark, tone), &object.to_string(), text, &time, width, paint)
        })
        .collect();
    if order.len() > room {
        lines.push(format!("    … and {} more", order.len() - room));
    }
    lines
}

fn row(
    (mark, tone): (&str, Tone),
    name: &str,
    text: &str,
    time: &str,
    width: usize,
    paint: Paint,
) -> String {
    let text = text.lines().next().unwrap_or_default();
    // Mark and time have their own places: 4 + 1 + 1 in front, 8 behind.
    let room = width.saturating_sub(4 + 2 + 7).max(10);
    let body = cut(&format!("{name:<NAME$}  {text}"), room);
    format!(
        "    {} {body:<room$}{}",
        paint.tone(tone, mark),
        paint.tone(Tone::Faint, &format!("{time:>7}"))
    )
}

/// Cuts a text to `width` characters.
fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(width.saturating_sub(1)).collect();
    cut.push('…');
    cut
}

/// Returns a duration as a clock shows it: `00:14`, `1:05:00`.
fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds / 3600 {
        0 => format!("{:02}:{:02}", seconds / 60, seconds % 60),
        hours => format!("{hours}:{:02}:{:02}", seconds / 60 % 60, seconds % 60),
    }
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map(|first| first.to_ascii_uppercase().to_string() + letters.as_str())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use actions::{Change, Event};
    use manifest::{Gvk, ObjectId};
    use plan::Pending;

    use super::super::board::Board;
    use super::super::lines;
    use super::{frame, line};
    use crate::ui::Paint;

    fn object(kind: &str, name: &str) -> ObjectId {
        ObjectId {
            gvk: Gvk { group: "apps".to_owned(), version: "v1".to_owned(), kind: kind.to_owned() },
            namespace: None,
            name: name.to_owned(),
        }
    }

    fn events() -> Vec<(u64, Event)> {
        let (web, cache) = (object("Deployment", "web"), object("StatefulSet", "cache"));
        let pending = |object: &ObjectId, why: &str| Pending {
            object: object.clone(),
            why: why.to_owned(),
            cause: None,
        };
        vec![
            (100, Event::Applied { object: web.clone(), change: Change::Created }),
            (200, Event::Applied { object: cache.clone(), change: Change::Configured }),
            (300, Event::WaitStarted { objects: vec![web.clone(), cache.clone()] }),
            (
                400,
                Event::Waiting {
                    pending: vec![pending(&web, "0 of 2 available"), pending(&cache, "starting")],
                },
            ),
            (
                4_000,
                Event::Waiting {
                    pending: vec![pending(&web, "1 of 2 available"), pending(&cache, "starting")],
                },
            ),
            (9_200, Event::Ready { object: cache }),
        ]
    }

    fn play(board: &mut Board, live: bool, verbose: bool) -> String {
        let mut out = String::new();
        for (at, event) in events() {
            let at = Duration::from_millis(at);
            for notice in
                board.event(&event, at).iter().filter(|notice| notice.is_shown(live, verbose))
            {
                out += &if live { line(notice, Paint::OFF) } else { lines::line(notice, at) };
            }
        }
        out
    }

    fn board() -> Board {
        Board::new("web/prod".to_owned(), Duration::from_mins(5))
    }

    #[test]
    fn logs_get_one_line_per_change_of_what_takes_long() {
        assert_eq!(
            play(&mut board(), false, false),
            "+4.00s   waiting    Deployment/web: 1 of 2 available\n\
             +4.00s   waiting    StatefulSet/cache: starting\n\
             +9.20s   ready      StatefulSet/cache\n"
        );
        assert!(
            play(&mut board(), false, true).starts_with("+0.10s   created    Deployment/web\n")
        );
    }

    #[test]
    fn terminals_get_a_list_that_fits() {
        let mut board = board();
        assert_eq!(play(&mut board, true, false), "     Applied 2 objects in 0.2s\n");
        let at = Duration::from_millis(14_300);
        let lines = frame(&board, at, (60, 24), Paint::OFF);
        assert_eq!(
            lines,
            [
                "     Waiting 1 of 2 ready  00:14 of 05:00",
                "    ⠧ Deployment/web                      1 of 2 ava…    14s",
                "    ✔ StatefulSet/cache                                 8.9s",
            ]
        );
        assert!(lines.iter().all(|line| line.chars().count() <= 60));
        assert_eq!(frame(&board, at, (60, 5), Paint::OFF).last().unwrap(), "    … and 1 more");
    }

    #[test]
    fn a_hook_that_fails_says_how_long_it_ran() {
        let (event, object) = (manifest::HookEvent::PreUpgrade, object("Job", "migrate"));
        let events = [
            Event::HookStarted { event, object: object.clone() },
            Event::WaitStarted { objects: vec![object.clone()] },
            Event::Failed { why: "no".to_owned() },
            Event::HookFinished { event, object, succeeded: false },
        ];
        let mut board = board();
        let said = (1..).zip(&events).map(|(second, event)| {
            let said = board.event(event, Duration::from_secs(second));
            said.iter().map(|notice| lines::line(notice, Duration::ZERO)).collect::<String>()
        });
        assert_eq!(
            said.last().unwrap(),
            "+0.00s   hook       pre-upgrade Job/migrate failed in 3.0s\n"
        );
    }

    #[test]
    fn a_failed_wait_leaves_what_was_not_ready_on_the_screen() {
        let mut board = board();
        play(&mut board, true, false);
        let failed = board.event(&Event::Failed { why: "late".to_owned() }, Duration::from_mins(5));
        let text: String = failed.iter().map(|notice| line(notice, Paint::OFF)).collect();
        assert_eq!(
            text,
            "   Not ready Deployment/web after 4m59s: 1 of 2 available\n      Failed after 5m00s, recording it\n"
        );
        assert!(frame(&board, Duration::from_mins(5), (60, 24), Paint::OFF).is_empty());
    }
}
