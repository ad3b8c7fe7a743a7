//! `watch`: checks again whatever changes, and shows a fresh screen.

mod board;
mod events;

use std::path::PathBuf;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use clap::builder::FalseyValueParser;
use notify::{RecursiveMode, Watcher};

use super::check::{Formats, Selection};
use super::format::Kind;
use super::{Failure, Global, Outcome, Paths, check};
use board::Board;
use events::Changes;

#[derive(clap::Args, Clone, Debug)]
pub(super) struct Arguments {
    #[command(flatten)]
    paths: Paths,
    #[command(flatten)]
    selection: Selection,
    /// Wait so many milliseconds for a save to be over
    #[arg(long, value_name = "MS", env = "KEYPLAN_DEBOUNCE", default_value_t = 30, value_parser = clap::value_parser!(u64).range(..=10_000))]
    debounce: u64,
    /// Keep what was on the screen before, also on a terminal
    #[arg(long, env = "KEYPLAN_NO_CLEAR", value_parser = FalseyValueParser::new())]
    no_clear: bool,
}

/// What wakes the watch.
enum Message {
    Changed(notify::Result<notify::Event>),
    Interrupted,
}

/// A stream of events without a pause is looked at after so many pauses anyway.
const PATIENCE: u32 = 20;
/// So often the date is looked at: tomorrow, other people live here.
const CLOCK: Duration = Duration::from_secs(30);

pub(super) fn run(global: &Global, arguments: &Arguments) -> Result<Outcome, Failure> {
    let formats = Formats::new(global, global.outputs(&check::KINDS, Kind::Human)?);
    let (sender, receiver) = mpsc::channel();
    let interrupt = sender.clone();
    // Nobody listens any more once the watch is over.
    let handler = move || drop(interrupt.send(Message::Interrupted));
    ctrlc::set_handler(handler).map_err(|error| Failure::Told(format!("cannot wait for Ctrl-C: {error}")))?;
    let told = |error: notify::Error| Failure::Told(format!("cannot watch: {error}"));
    let changed = sender;
    let mut watcher = notify::recommended_watcher(move |event| drop(changed.send(Message::Changed(event))))
        .map_err(told)?;
    // Watched before the first look, so that nothing is missed in between.
    let mut watched: Vec<PathBuf> = Vec::new();
    let mut watch = |path: PathBuf, mode: RecursiveMode, watched: &mut Vec<PathBuf>| {
        if watched.contains(&path) {
            return Ok::<(), Failure>(());
        }
        watcher.watch(&path, mode).map_err(told)?;
        watched.push(path);
        Ok(())
    };
    for path in &arguments.paths.paths {
        let real = path
            .canonicalize()
            .map_err(|error| Failure::Told(format!("cannot read {}: {error}", path.display())))?;
        let directory = if real.is_dir() { real } else { real.parent().map_or(real.clone(), PathBuf::from) };
        watch(directory, RecursiveMode::Recursive, &mut watched)?;
    }
    let given = watched.clone();
    let mut board = Board::new(global, &arguments.paths.paths, &arguments.selection, !arguments.no_clear);
    board.look_at_everything(&formats);
    if board.is_empty() {
        return Ok(arguments.paths.nothing_found());
    }
    let pause = Duration::from_millis(arguments.debounce);
    loop {
        // Shared parts and settings may lie elsewhere.
        for directory in board.fresh_directories() {
            if !given.iter().any(|given| directory.starts_with(given)) && directory.is_dir() {
                watch(directory, RecursiveMode::NonRecursive, &mut watched)?;
            }
        }
        board.show(&formats)?;
        let mut changes = Changes::default();
        match receiver.recv_timeout(CLOCK) {
            Ok(Message::Interrupted) => return Ok(Outcome::Interrupted),
            Ok(Message::Changed(event)) => changes.add(event, &watched),
            Err(mpsc::RecvTimeoutError::Timeout) => {}
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                return Err(Failure::Told("the system tells no changes any more".into()));
            }
        }
        let since = Instant::now();
        while !changes.is_empty() && since.elapsed() < pause * PATIENCE {
            match receiver.recv_timeout(pause) {
                Ok(Message::Changed(event)) => changes.add(event, &watched),
                Ok(Message::Interrupted) => return Ok(Outcome::Interrupted),
                Err(_) => break,
            }
        }
        board.look_at(&changes, &formats);
    }
}
