//! Commands: each is a prefix of the chain.

mod apply;
mod check;
mod codes;
mod compile;
mod completion;
mod diff;
mod doctor;
mod drift;
mod format;
mod import;
mod init;
mod log;
mod optimize;
mod pictures;
mod plan;
mod portfolio;
mod progress;
mod proof;
mod questions;
mod rules;
mod settings;
mod sheet;
mod shell;
mod sides;
mod sink;
mod site;
mod state;
mod verify;
mod watch;

use std::path::PathBuf;
use std::process::ExitCode;

use chrono::Utc;
use clap::builder::FalseyValueParser;
use clap::{ArgAction, Args, CommandFactory, Parser, Subcommand, ValueEnum};

use crate::model::AsOf;
use crate::time::clocks::shown;
use crate::time::{Day, Minute};
use format::Output;

/// Access as code for buildings: doors, keys, schedules and people in YAML, checked and compiled to what every lock
/// must store.
#[derive(Debug, Parser)]
#[command(name = "keyplan", version, propagate_version = true, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Flags that every command takes, before or after it.
#[derive(Args, Clone, Debug)]
pub(crate) struct Global {
    /// How to print, and where to: KIND or KIND=FILE; may be given several times
    #[arg(long, global = true, value_name = "KIND[=FILE]", env = "KEYPLAN_FORMAT", value_delimiter = ',')]
    format: Vec<Output>,
    /// The day on which occupancy is judged, as 2026-12-31 [default: today where the property is]
    #[arg(long, global = true, value_name = "DATE", env = "KEYPLAN_AS_OF", value_parser = day)]
    as_of: Option<Day>,
    /// When to use colour
    #[arg(long, global = true, value_name = "WHEN", env = "KEYPLAN_COLOR", default_value = "auto")]
    color: Color,
    /// Say less; twice, nothing but results
    #[arg(short, long, global = true, action = ArgAction::Count, env = "KEYPLAN_QUIET")]
    quiet: u8,
    /// Say more
    #[arg(short, long, global = true, action = ArgAction::Count, env = "KEYPLAN_VERBOSE")]
    verbose: u8,
    /// Draw no progress line
    #[arg(long, global = true, env = "KEYPLAN_NO_PROGRESS", value_parser = FalseyValueParser::new())]
    no_progress: bool,
    /// Ask nothing; whatever would be asked is refused
    #[arg(long, global = true, env = "KEYPLAN_NO_INPUT", value_parser = FalseyValueParser::new())]
    no_input: bool,
    /// How many threads work at once [default: as many as there are processors]
    #[arg(long, global = true, value_name = "N", env = "KEYPLAN_THREADS", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write a small working property to start from
    Init(init::Arguments),
    /// Write a property from what exists: credential tables become the fewest keys that mean the same
    Import(import::Arguments),
    /// Validate properties and tell every mistake, and every practice that could be better
    Check(check::Arguments),
    /// Check again whatever changes, and show a fresh screen
    Watch(watch::Arguments),
    /// Compile properties to the credential table of every lock
    Compile(compile::Arguments),
    /// Tell who gains or loses which door, how and in which hours
    Diff(diff::Arguments),
    /// Prove that nobody gains, or loses, anything; or give one counterexample
    Verify(verify::Arguments),
    /// Tell who can open a door, how and when
    Who(questions::WhoArguments),
    /// Tell what a person can open, how and when
    What(questions::WhatArguments),
    /// Tell why a person can open a door: every chain of assignment, key, line and schedule
    Why(questions::WhyArguments),
    /// Tell what keeps a person from opening a door, and the smallest change that would open it
    WhyNot(questions::WhyArguments),
    /// Show the ordered changes from what is recorded of the locks to what is written
    Plan(plan::Arguments),
    /// Carry out a plan: a saved one, one of a digest, or a new one that is shown first
    Apply(apply::Arguments),
    /// Tell edits by hand from damage: what is in the locks against what was last applied
    Drift(drift::Arguments),
    /// Reach every lock, and tell what it cannot hold of what is written, and what to do
    Doctor(doctor::Arguments),
    /// Look at, mend and move what is recorded of the locks
    State(state::Arguments),
    /// List doorcodes without their digits, show them to somebody, or make new ones
    Codes(codes::Arguments),
    /// Show who applied what when, and prove that no line is missing or changed
    Log(log::Arguments),
    /// Draw who has which keys and what they open: dot, mermaid or svg
    Graph(pictures::Arguments),
    /// Write one page of HTML: who opens what, week schedules as pictures, and a search
    Report(pictures::Arguments),
    /// List the rules, with their levels
    Rules,
    /// Explain a rule: what it finds, why, examples, and the remedy
    Explain(rules::ExplainArguments),
    /// Find the fewest keys that mean the same, and prove that fewer would not do
    Optimize(optimize::Arguments),
    /// Check such a proof
    Proof(proof::Arguments),
    /// Print the JSON Schema that editors complete and check by
    Schema(shell::SchemaArguments),
    /// Print the completions of a shell
    Completions(shell::CompletionsArguments),
    /// Print the manual page
    Man,
}

/// Paths of properties, as many commands take them.
#[derive(Args, Clone, Debug)]
struct Paths {
    /// Properties, portfolios, or single YAML files
    #[arg(value_name = "PATH", default_value = ".")]
    paths: Vec<PathBuf>,
}

impl Paths {
    /// Says that there is no property in these paths.
    fn nothing_found(&self) -> Outcome {
        let paths: Vec<_> = self.paths.iter().map(|path| format!("`{}`", path.display())).collect();
        sink::complain(&format!(
            "no property found in {}: a property is a directory with a property.yaml; `keyplan init DIR` writes one",
            paths.join(", ")
        ));
        Outcome::NothingFound
    }
}

fn day(text: &str) -> Result<Day, String> {
    Day::parse(text).map_err(|_| "write a date, as 2026-12-31".to_owned())
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Done,
    Problems,
    NothingFound,
    /// There are changes, or there is drift, and somebody asked to be told by the exit code.
    Pending,
    /// A guard said no.
    Guarded,
    /// The plan is not the one that was reviewed, or the state has moved on.
    Stale,
    /// Another run holds the property.
    Held,
    /// A lock was changed since the plan was made.
    LockChanged,
    /// Not everything was applied.
    Incomplete,
    /// A provider could not be reached, or refused.
    Unreached,
    Interrupted,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Done => Self::SUCCESS,
            Outcome::Problems => Self::from(1),
            Outcome::NothingFound => Self::from(3),
            Outcome::Pending => Self::from(10),
            Outcome::Guarded => Self::from(11),
            Outcome::Stale => Self::from(12),
            Outcome::Held => Self::from(13),
            Outcome::LockChanged => Self::from(14),
            Outcome::Incomplete => Self::from(15),
            Outcome::Unreached => Self::from(16),
            Outcome::Interrupted => Self::from(130),
        }
    }
}

/// Why a command could not run.
#[derive(Debug)]
enum Failure {
    /// Whoever read the output closed it, which is their right.
    OutputClosed,
    /// There is no property where one was named.
    Nothing(String),
    /// A command that ended with an exit code of its own, and why.
    Ended(Outcome, String),
    /// Anything else, in words.
    Told(String),
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            Self::OutputClosed
        } else {
            Self::Told(format!("cannot write: {error}"))
        }
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::Told(format!("cannot write JSON: {error}"))
    }
}

impl From<crate::state::StateError> for Failure {
    fn from(error: crate::state::StateError) -> Self {
        use crate::state::StateError::{Held, Lost};
        match error {
            Held(_) | Lost(_) => Self::Ended(Outcome::Held, error.to_string()),
            _ => Self::Told(error.to_string()),
        }
    }
}

impl From<crate::load::LoadError> for Failure {
    fn from(error: crate::load::LoadError) -> Self {
        Self::Told(error.to_string())
    }
}

/// Runs the command line of this process, and gives its exit code.
#[must_use]
pub fn main() -> ExitCode {
    // Asked by a shell for completions, it answers and ends.
    clap_complete::CompleteEnv::with_factory(Cli::command).var(shell::COMPLETE).complete();
    let Cli { global, command } = Cli::parse();
    let result = match command {
        Command::Init(arguments) => init::run(&global, &arguments),
        Command::Import(arguments) => import::run(&global, &arguments),
        Command::Check(arguments) => check::run(&global, &arguments),
        Command::Watch(arguments) => watch::run(&global, &arguments),
        Command::Compile(arguments) => compile::run(&global, &arguments),
        Command::Diff(arguments) => diff::run(&global, &arguments),
        Command::Verify(arguments) => verify::run(&global, &arguments),
        Command::Optimize(arguments) => optimize::run(&global, &arguments),
        Command::Proof(arguments) => proof::run(&global, &arguments),
        Command::Who(arguments) => questions::who(&global, &arguments),
        Command::What(arguments) => questions::what(&global, &arguments),
        Command::Why(arguments) => questions::why_is(&global, &arguments),
        Command::WhyNot(arguments) => questions::why_not(&global, &arguments),
        Command::Plan(arguments) => plan::run(&global, &arguments),
        Command::Apply(arguments) => apply::run(&global, &arguments),
        Command::Doctor(arguments) => doctor::run(&global, &arguments),
        Command::Drift(arguments) => drift::run(&global, &arguments),
        Command::State(arguments) => state::run(&global, &arguments),
        Command::Codes(arguments) => codes::run(&global, &arguments),
        Command::Log(arguments) => log::run(&global, &arguments),
        Command::Graph(arguments) => pictures::graph(&global, &arguments),
        Command::Report(arguments) => pictures::report(&global, &arguments),
        Command::Rules => rules::rules(&global),
        Command::Explain(arguments) => rules::explain(&global, &arguments),
        Command::Schema(arguments) => shell::schema(&arguments),
        Command::Completions(arguments) => shell::completions(&arguments),
        Command::Man => shell::man(),
    };
    match result {
        Ok(outcome) => outcome.into(),
        Err(Failure::OutputClosed) => ExitCode::SUCCESS,
        Err(Failure::Nothing(message)) => {
            sink::complain(&message);
            Outcome::NothingFound.into()
        }
        Err(Failure::Ended(outcome, message)) => {
            sink::complain(&format!("error: {message}"));
            outcome.into()
        }
        Err(Failure::Told(message)) => {
            sink::complain(&format!("error: {message}"));
            ExitCode::from(2)
        }
    }
}

impl Global {
    fn as_of(&self) -> AsOf {
        self.as_of.map_or_else(|| AsOf::Today(Utc::now()), AsOf::Day)
    }

    /// What clocks show in a time zone: on another day than today, the first minute of it.
    fn now(&self, timezone: chrono_tz::Tz) -> Minute {
        self.as_of.map_or_else(|| shown(timezone, Utc::now()), Day::start)
    }

    fn threads(&self) -> usize {
        self.threads.map_or_else(|| std::thread::available_parallelism().map_or(1, usize::from), usize::from)
    }

    /// Whether somebody can be asked: on a terminal, by a person, who did not say otherwise.
    fn can_ask(&self) -> bool {
        use std::io::IsTerminal;
        let ci = std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false");
        !self.no_input && !ci && std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
    }

    /// Whether results are coloured: when asked for, or on a terminal that nobody asked to spare.
    fn colored(&self) -> bool {
        use std::io::IsTerminal;
        match self.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                let spared = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
                    || std::env::var_os("TERM").is_some_and(|term| term == "dumb");
                !spared && std::io::stdout().is_terminal()
            }
        }
    }

    /// The one format of a command that prints one, and where to; `default` when none is asked for.
    fn outputs(&self, known: &[format::Kind], default: format::Kind) -> Result<Vec<Output>, Failure> {
        let outputs = if self.format.is_empty() {
            vec![Output { kind: default, file: None }]
        } else {
            self.format.clone()
        };
        for output in &outputs {
            if !known.contains(&output.kind) {
                let names: Vec<_> = known.iter().map(|kind| kind.name()).collect();
                return Err(Failure::Told(format!(
                    "this command does not print `{}`; it prints {}",
                    output.kind.name(),
                    names.join(", ")
                )));
            }
        }
        if outputs.iter().filter(|output| output.file.is_none()).count() > 1 {
            return Err(Failure::Told(
                "only one format can go to standard output; give the others a file, as `--format json=findings.json`".into(),
            ));
        }
        Ok(outputs)
    }
}
