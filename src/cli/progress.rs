//! A progress line for work that takes longer than half a second, on a terminal only.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Global;

/// Work that is shorter draws nothing.
const PATIENCE: Duration = Duration::from_millis(500);

pub(super) struct Progress {
    started: Instant,
    done: u64,
    total: u64,
    what: &'static str,
    wanted: bool,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// `what` is what is counted, as `properties`.
    pub(super) fn new(global: &Global, total: usize, what: &'static str) -> Self {
        let wanted = !global.no_progress && global.quiet == 0;
        Self { started: Instant::now(), done: 0, total: total as u64, what, wanted, bar: None }
    }

    /// One more is done.
    pub(super) fn step(&mut self) {
        self.done += 1;
        if !self.wanted || self.started.elapsed() < PATIENCE {
            return;
        }
        if self.bar.is_none() && !std::io::stderr().is_terminal() {
            self.wanted = false;
            return;
        }
        let (total, what) = (self.total, self.what);
        let bar = self.bar.get_or_insert_with(|| {
            let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr_with_hz(10));
            let template = format!("{{bar:30}} {{pos}} of {{len}} {what}, {{eta}} left");
            // The template is ours; should it be wrong, the bar keeps its own.
            if let Ok(style) = ProgressStyle::with_template(&template) {
                bar.set_style(style);
            }
            bar
        });
        bar.set_position(self.done);
    }

    /// Takes the line away.
    pub(super) fn finish(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}
