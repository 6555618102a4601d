//! The form for terminals: lines that stay, and below them the list of what is waited for.

use std::time::Duration;

use manifest::ObjectId;

use super::board::{Board, Notice, QUIET, State, Wait, seconds};
use crate::ui::{Paint, Tone};

/// Width of the words on the left.
const WORD: usize = 12;
/// Width of the names of objects, beyond which they push the rest to the right.
const NAME: usize = 34;
/// A list that would be gone sooner than this is not drawn.
const FLASH: Duration = Duration::from_millis(100);
/// How many Pods of an object have a line.
const PODS: usize = 4;

/// The signs in front of lines.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Signs {
    wheel: &'static [&'static str],
    good: &'static str,
    bad: &'static str,
    unseen: &'static str,
    branch: &'static str,
    more: &'static str,
}

impl Signs {
    /// For terminals that show all of Unicode.
    pub(crate) const UNICODE: Self = Self {
        wheel: &["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧"],
        good: "✔",
        bad: "✖",
        unseen: "·",
        branch: "└",
        more: "…",
    };
    /// For all others.
    pub(crate) const ASCII: Self = Self {
        wheel: &["|", "/", "-", "\\"],
        good: "+",
        bad: "x",
        unseen: ".",
        branch: "`-",
        more: "...",
    };

    fn wheel(&self, at: Duration) -> &'static str {
        let turn = usize::try_from(at.as_millis() / 100).unwrap_or_default();
        self.wheel.get(turn % self.wheel.len().max(1)).copied().unwrap_or(self.unseen)
    }
}

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
    signs: Signs,
    paint: Paint,
) -> Vec<String> {
    let Some(wait) = &board.wait else { return busy(board, paint) };
    let passed = at.saturating_sub(wait.since);
    if passed < FLASH {
        return Vec::new();
    }
    let total = wait.objects.len();
    let ready = wait.objects.values().filter(|state| matches!(state, State::Ready(_))).count();
    let clock = format!("{} of {}", clock(passed), clock(wait.limit));
    let head = match &board.hook {
        Some(hook) => ("Hook", format!("{hook}  {clock}")),
        None => ("Waiting", format!("{ready} of {total} ready  {clock}")),
    };
    let text = cut(&head.1, width.saturating_sub(WORD + 2), signs);
    let head = format!("{} {text}", heading(head.0, paint));
    let room = height.saturating_sub(4).max(1);
    let mut lines = vec![head];
    lines.extend(Rows { width, signs, paint, at }.of(wait, room));
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

/// How rows are drawn.
struct Rows {
    width: usize,
    signs: Signs,
    paint: Paint,
    at: Duration,
}

impl Rows {
    /// Returns the rows of all objects with their Pods, as far as there is room: first those that are not ready, then
    /// the latest that are; what was ready at once is left out.
    fn of(&self, wait: &Wait, room: usize) -> Vec<String> {
        let slow = |state: &State| !matches!(state, State::Ready(when) if when.saturating_sub(wait.since) < QUIET);
        let mut order: Vec<_> = wait.objects.iter().filter(|(_, state)| slow(state)).collect();
        order.sort_by_key(|(_, state)| match state {
            State::Pending(_) => (0, Duration::ZERO),
            State::Unseen => (1, Duration::ZERO),
            State::Ready(when) => (2, Duration::MAX.saturating_sub(*when)),
        });
        let mut lines = Vec::new();
        for (place, (object, state)) in order.iter().enumerate() {
            if lines.len() >= room {
                lines.push(format!("    {} and {} more", self.signs.more, order.len() - place));
                break;
            }
            lines.extend(self.object(object, state, wait.since, room - lines.len()));
        }
        lines
    }

    /// Returns the row of one object, and those of its Pods.
    fn object(
        &self,
        object: &ObjectId,
        state: &State,
        since: Duration,
        room: usize,
    ) -> Vec<String> {
        let pending = match state {
            State::Pending(lack) => Some(lack),
            State::Unseen | State::Ready(_) => None,
        };
        // Where the Pods have lines of their own they tell the cause.
        let text =
            pending.map(|lack| if lack.pods.is_empty() { lack.text() } else { lack.why.clone() });
        let (mark, tone) = match state {
            State::Pending(_) => (self.signs.wheel(self.at), Tone::Warn),
            State::Unseen => (self.signs.unseen, Tone::Faint),
            State::Ready(_) => (self.signs.good, Tone::Good),
        };
        let until = if let State::Ready(when) = state { *when } else { self.at };
        let time = seconds(until.saturating_sub(since));
        let text = text.unwrap_or_default();
        let mut lines = vec![self.row(4, (mark, tone), &object.to_string(), &text, &time)];
        let unready = || pending.iter().flat_map(|lack| &lack.pods).filter(|(pod, _)| !pod.ready);
        for (pod, since) in unready().take(PODS.min(room.saturating_sub(1))) {
            let (mark, tone) = if pod.troubled {
                (self.signs.bad, Tone::Bad)
            } else {
                (self.signs.branch, Tone::Faint)
            };
            let time = seconds(self.at.saturating_sub(*since));
            lines.push(self.row(6, (mark, tone), &format!("Pod/{}", pod.name), &pod.state, &time));
        }
        let hidden = unready().count().saturating_sub(PODS);
        if hidden > 0 && lines.len() < room {
            lines.push(format!("      {} and {hidden} more Pods", self.signs.more));
        }
        lines
    }

    fn row(
        &self,
        indent: usize,
        (mark, tone): (&str, Tone),
        name: &str,
        text: &str,
        time: &str,
    ) -> String {
        let text = text.lines().next().unwrap_or_default();
        // Mark and time have their own places: the indent, the mark and a blank in front, 7 behind.
        let front = indent + mark.chars().count() + 1;
        let room = self.width.saturating_sub(front + 7).max(10);
        let name_width = (NAME + 4).saturating_sub(indent);
        let body = cut(&format!("{name:<name_width$}  {text}"), room, self.signs);
        format!(
            "{:indent$}{} {body:<room$}{}",
            "",
            self.paint.tone(tone, mark),
            self.paint.tone(Tone::Faint, &format!("{time:>7}"))
        )
    }
}

/// Cuts a text to `width` characters.
fn cut(text: &str, width: usize, signs: Signs) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let more = signs.more.chars().count();
    text.chars().take(width.saturating_sub(more)).chain(signs.more.chars()).collect()
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
    use plan::{Pending, PodState};

    use super::super::board::Board;
    use super::super::lines;
    use super::{Signs, frame, line};
    use crate::ui::Paint;

    const LIMIT: Duration = Duration::from_mins(5);

    fn object(kind: &str, name: &str) -> ObjectId {
        ObjectId {
            gvk: Gvk { group: "apps".to_owned(), version: "v1".to_owned(), kind: kind.to_owned() },
            namespace: None,
            name: name.to_owned(),
        }
    }

    fn events() -> Vec<(u64, Event)> {
        let (web, cache) = (object("Deployment", "web"), object("StatefulSet", "cache"));
        let pending = |object: &ObjectId, why: &str| Pending::new(object, why);
        vec![
            (100, Event::Applied { object: web.clone(), change: Change::Created }),
            (200, Event::Applied { object: cache.clone(), change: Change::Configured }),
            (300, Event::WaitStarted { objects: vec![web.clone(), cache.clone()], limit: LIMIT }),
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
        Board::new("web/prod".to_owned())
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
        let lines = frame(&board, at, (60, 24), Signs::UNICODE, Paint::OFF);
        assert_eq!(
            lines,
            [
                "     Waiting 1 of 2 ready  00:14 of 05:00",
                "    ⠧ Deployment/web                      1 of 2 ava…    14s",
                "    ✔ StatefulSet/cache                                 8.9s",
            ]
        );
        assert!(lines.iter().all(|line| line.chars().count() <= 60));
        assert_eq!(
            frame(&board, at, (60, 5), Signs::UNICODE, Paint::OFF).last().unwrap(),
            "    … and 1 more"
        );
    }

    #[test]
    fn pods_stand_below_what_waits_for_them() {
        let mut board = board();
        play(&mut board, true, false);
        let pod = |name: &str, state: &str, ready, troubled| PodState {
            name: name.to_owned(),
            state: state.to_owned(),
            ready,
            troubled,
        };
        let mut web = Pending::new(&object("Deployment", "web"), "1/3 available");
        web.pods = vec![
            pod("web-a", "container app: CrashLoopBackOff (2 restarts)", false, true),
            pod("web-b", "starting", false, false),
            pod("web-c", "ready", true, false),
        ];
        board.event(&Event::Waiting { pending: vec![web.clone()] }, Duration::from_secs(11));
        web.pods[1].state = "running, not ready".to_owned();
        board.event(&Event::Waiting { pending: vec![web] }, Duration::from_secs(13));
        let at = Duration::from_millis(14_300);
        let expected = |signs, lines: [&str; 5]| {
            assert_eq!(frame(&board, at, (80, 24), signs, Paint::OFF), lines);
        };
        expected(
            Signs::UNICODE,
            [
                "     Waiting 1 of 2 ready  00:14 of 05:00",
                "    ⠧ Deployment/web                      1/3 available                      14s",
                "      ✖ Pod/web-a                         container app: CrashLoopBackOf…   3.3s",
                "      └ Pod/web-b                         running, not ready                1.3s",
                "    ✔ StatefulSet/cache                                                     8.9s",
            ],
        );
        expected(
            Signs::ASCII,
            [
                "     Waiting 1 of 2 ready  00:14 of 05:00",
                "    \\ Deployment/web                      1/3 available                      14s",
                "      x Pod/web-a                         container app: CrashLoopBack...   3.3s",
                "      `- Pod/web-b                         running, not ready               1.3s",
                "    + StatefulSet/cache                                                     8.9s",
            ],
        );
        assert_eq!(frame(&board, at, (80, 5), Signs::UNICODE, Paint::OFF).len(), 3);
    }

    #[test]
    fn a_hook_that_fails_says_how_long_it_ran() {
        let (event, object) = (manifest::HookEvent::PreUpgrade, object("Job", "migrate"));
        let events = [
            Event::HookStarted { event, object: object.clone() },
            Event::WaitStarted { objects: vec![object.clone()], limit: LIMIT },
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
        assert!(
            frame(&board, Duration::from_mins(5), (60, 24), Signs::UNICODE, Paint::OFF).is_empty()
        );
    }
}
