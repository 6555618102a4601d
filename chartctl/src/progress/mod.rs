//! What people see while an action runs: on a terminal a live list of what is waited for, elsewhere one
//! line per change.
//!
//! [`Board`] keeps what is known and is pure; [`Progress`] gives it the clock and draws it.

mod board;
mod lines;
mod view;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use actions::Event;
use tokio::task::AbortHandle;

use self::board::Board;
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

#[derive(Debug)]
struct Shown {
    ui: Ui,
    verbose: bool,
    start: Instant,
    board: Board,
    /// How many lines of the live list are on the screen.
    drawn: usize,
}

impl Progress {
    /// Returns the view of an action on `release` (for headings) whose waits may take `timeout`. `verbose` tells of
    /// every object, also of those that were done at once.
    pub(crate) fn new(ui: Ui, verbose: bool, release: String, timeout: Duration) -> Self {
        let board = Board::new(release, timeout);
        let shown = Shown { ui, verbose, start: Instant::now(), board, drawn: 0 };
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
        let at = self.start.elapsed();
        let notices = self.board.event(event, at);
        self.print(&notices, at);
        self.redraw();
    }

    fn tick(&mut self) {
        let at = self.start.elapsed();
        let notices = self.board.tick(at);
        self.print(&notices, at);
        self.redraw();
    }

    /// Prints what stays on the screen.
    fn print(&mut self, notices: &[board::Notice], at: Duration) {
        let paint = self.ui.stderr_paint();
        let live = self.ui.is_live();
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
        if !self.ui.is_live() {
            return;
        }
        let lines =
            view::frame(&self.board, self.start.elapsed(), self.ui.size(), self.ui.stderr_paint());
        let mut text = erase(self.drawn);
        for line in &lines {
            text.push_str(line);
            text.push('\n');
        }
        self.drawn = lines.len();
        if !text.is_empty() {
            self.ui.note(&text);
        }
    }

    fn clear(&mut self) {
        let text = erase(self.drawn);
        self.drawn = 0;
        if !text.is_empty() {
            self.ui.note(&text);
        }
    }
}

/// Returns the codes that remove the last `lines` lines of a terminal.
fn erase(lines: usize) -> String {
    if lines == 0 { String::new() } else { format!("\x1b[{lines}A\r\x1b[J") }
}
