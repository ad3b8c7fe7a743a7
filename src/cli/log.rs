//! `log`: who applied what when.

use super::format::Kind;
use super::sink::{Sink, complain};
use super::site::{existing, shared_state};
use super::{Failure, Global, Outcome, Paths};
use crate::state::LogFlaw;

const KINDS: [Kind; 2] = [Kind::Human, Kind::Jsonl];

#[derive(clap::Args, Clone, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    paths: Paths,
}

#[derive(clap::Subcommand, Clone, Debug)]
enum Command {
    /// Prove that no line is missing or changed
    Verify {
        #[command(flatten)]
        paths: Paths,
    },
}

pub(super) fn run(global: &Global, arguments: &Arguments) -> Result<Outcome, Failure> {
    if let Some(Command::Verify { paths }) = &arguments.command {
        let (path, _) = shared_state(global, paths)?;
        return match existing(&path)?.verify_log()? {
            Ok(lines) => {
                let mut sink = Sink::stdout();
                sink.write(&format!("{lines} lines, none missing or changed\n"))?;
                sink.finish()?;
                Ok(Outcome::Done)
            }
            Err(flaw) => {
                complain(&match flaw {
                    LogFlaw::Missing(number) => format!("line {number} of the log is missing"),
                    LogFlaw::Changed(number) => {
                        format!("line {number} of the log was changed after it was written")
                    }
                });
                Ok(Outcome::Problems)
            }
        };
    }
    let outputs = global.outputs(&KINDS, Kind::Human)?;
    let (path, ids) = shared_state(global, &arguments.paths)?;
    let lines = existing(&path)?.log_lines()?;
    for output in &outputs {
        let mut sink = Sink::open(output)?;
        for line in lines.iter().filter(|line| line.property.is_empty() || ids.contains(&line.property)) {
            sink.write(&match output.kind {
                Kind::Jsonl => crate::output::records::log_json(line)?,
                _ => crate::output::records::log_human(line),
            })?;
        }
        sink.finish()?;
    }
    Ok(Outcome::Done)
}
