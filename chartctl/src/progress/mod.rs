//! What people see while an action runs: on a terminal a live list of what is waited for, elsewhere one
//! line per change.
//!
//! [`Board`] keeps what is known and is pure; [`Progress`] gives it the clock and draws it.

mod board;
mod json;
mod lines;
mod view;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use actions::{Event, HookLog, LogReason};
use tokio::task::AbortHandle;

use self::board::Board;
use self::json::Json;
use self::view::Signs;
use crate::ui::Ui;

/// How often a live list is drawn again when nothing happens.
const TICK: Duration = Duration::from_millis(100);

/// Shows the events of one action. Clones show on the same screen.
#[derive(Clone, Debug)]
pub(crate) struct Progress {
    shown: Arc<Mutex<Shown>>,
}

/// Keeps a live list moving until it is dropped.
#[derive(Debug)]
pub(crate) struct Ticker(AbortHandle);

impl Drop for Ticker {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// What events look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// A live list, for terminals.
    Live,
    /// Lines for people.
    Lines,
    /// Lines of JSON for programs.
    Json,
}

#[derive(Debug)]
struct Shown {
    ui: Ui,
    verbose: bool,
    start: Instant,
    board: Board,
    json: Json,
    logs: Vec<HookLog>,
    /// What events look like.
    form: Form,
    /// The lines of the live list that are on the screen.
    drawn: Vec<String>,
}

impl Progress {
    /// Returns the view of an action on `release` (for headings). `verbose` tells of every object, also of those that
    /// were done at once.
    pub(crate) fn new(ui: Ui, verbose: bool, release: String) -> Self {
        let board = Board::new(release);
        let form = if ui.is_live() { Form::Live } else { Form::Lines };
        let shown = Shown {
            ui,
            verbose,
            start: Instant::now(),
            board,
            json: Json::default(),
            logs: Vec::new(),
            form,
            drawn: Vec::new(),
        };
        Self { shown: Arc::new(Mutex::new(shown)) }
    }

    /// Starts to move the live list, or to tell logs of what takes long.
    pub(crate) fn ticker(&self) -> Ticker {
        let progress = self.clone();
        let task = tokio::spawn(async move {
            let mut ticks = tokio::time::interval(TICK);
            loop {
                ticks.tick().await;
                progress.with(Shown::tick);
            }
        });
        Ticker(task.abort_handle())
    }

    /// Shows an event.
    pub(crate) fn event(&self, event: &Event) {
        self.with(|shown| shown.event(event));
    }

    /// Tells events as lines of JSON from now on.
    pub(crate) fn tell_json(&self) {
        self.with(|shown| {
            shown.clear();
            shown.form = Form::Json;
        });
    }

    /// Returns the logs of test Pods that were told so far.
    pub(crate) fn logs(&self) -> Vec<HookLog> {
        self.with(|shown| shown.logs.clone())
    }

    /// Shows a line for people above the live list.
    pub(crate) fn note(&self, text: &str) {
        self.with(|shown| {
            shown.clear();
            shown.ui.note(&format!("{text}\n"));
            shown.redraw();
        });
    }

    /// Takes the live list off the screen.
    pub(crate) fn finish(&self) {
        self.with(|shown| {
            let at = shown.start.elapsed();
            let closing = shown.board.close(at);
            shown.print(&closing, at);
            shown.board.clear();
            shown.clear();
        });
    }

    fn with<T>(&self, work: impl FnOnce(&mut Shown) -> T) -> T {
        work(&mut self.shown.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Shown {
    fn event(&mut self, event: &Event) {
        if let Event::Log(log) = event {
            self.log(log);
            return;
        }
        let at = self.start.elapsed();
        if self.form == Form::Json {
            let line = self.json.line(event, at);
            self.ui.note(&line.unwrap_or_default());
            return;
        }
        let notices = self.board.event(event, at);
        self.print(&notices, at);
        self.redraw();
    }

    /// What a log policy asks for goes to stderr as it is, as in Helm; what a test printed is for the result.
    fn log(&mut self, log: &HookLog) {
        match log.reason {
            LogReason::Policy => {
                self.clear();
                self.ui.note(&log.text);
                if !log.text.is_empty() && !log.text.ends_with('\n') {
                    self.ui.note("\n");
                }
                self.redraw();
            }
            LogReason::Test => self.logs.push(log.clone()),
        }
    }

    fn tick(&mut self) {
        if self.form == Form::Json {
            return;
        }
        let at = self.start.elapsed();
        let notices = self.board.tick(at);
        self.print(&notices, at);
        self.redraw();
    }

    /// Prints what stays on the screen.
    fn print(&mut self, notices: &[board::Notice], at: Duration) {
        let paint = self.ui.stderr_paint();
        let live = self.form == Form::Live;
        let text: String = notices
            .iter()
            .filter(|notice| notice.is_shown(live, self.verbose))
            .map(|notice| if live { view::line(notice, paint) } else { lines::line(notice, at) })
            .collect();
        if !text.is_empty() {
            self.clear();
            self.ui.note(&text);
        }
    }

    fn redraw(&mut self) {
        if self.form != Form::Live {
            return;
        }
        let signs = if self.ui.is_unicode() { Signs::UNICODE } else { Signs::ASCII };
        let (size, paint) = (self.ui.size(), self.ui.stderr_paint());
        let lines = view::frame(&self.board, self.start.elapsed(), size, signs, paint);
        if lines == self.drawn {
            return;
        }
        // Line by line over the old ones, so that nothing flickers.
        let mut text = climb(&self.drawn, size.0);
        for line in &lines {
            text.extend([line, "\x1b[K\n"]);
        }
        text.push_str("\x1b[J");
        self.drawn = lines;
        self.ui.note(&text);
    }

    fn clear(&mut self) {
        let drawn = std::mem::take(&mut self.drawn);
        if !drawn.is_empty() {
            let up = climb(&drawn, self.ui.size().0);
            self.ui.note(&format!("{up}\x1b[J"));
        }
    }
}

/// Returns the codes that go up to the first of these lines, which are the last ones on a terminal of this width: one
/// that has become narrower since has wrapped them.
fn climb(lines: &[String], width: usize) -> String {
    let rows: usize = lines.iter().map(|line| visible(line).div_ceil(width.max(1)).max(1)).sum();
    if rows == 0 { String::new() } else { format!("\x1b[{rows}A\r") }
}

/// Returns how many characters of a line are seen: all but the codes for colours.
fn visible(line: &str) -> usize {
    let mut code = false;
    line.chars()
        .filter(|&c| {
            let hidden = code || c == '\x1b';
            code = hidden && c != 'm';
            !hidden
        })
        .count()
}

#[cfg(test)]
mod tests {
    use super::{climb, visible};

    #[test]
    fn lines_are_climbed_as_the_terminal_shows_them() {
        let lines = ["\x1b[32mgreen\x1b[0m line".to_owned(), String::new(), "x".repeat(25)];
        assert_eq!(visible(&lines[0]), 10);
        assert_eq!(climb(&lines, 80), "\x1b[3A\r");
        assert_eq!(climb(&lines, 10), "\x1b[5A\r");
        assert_eq!(climb(&[], 10), "");
    }
}
