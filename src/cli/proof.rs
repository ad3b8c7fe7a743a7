//! `proof check`: that keys are the fewest, checked by what shares no code with what found them.

use std::path::{Path, PathBuf};

use super::format::Kind;
use super::optimize::table::{self, Pins};
use super::sink::Sink;
use super::{Failure, Global, Outcome};
use crate::output::fewest::{verdict_human, verdict_json};
use crate::proof::{self, Claim};

#[derive(clap::Args, Clone, Debug)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum Command {
    /// Check the keys and the bound that `optimize --proof FILE` wrote
    Check {
        /// The proof
        file: PathBuf,
        /// What it is about: a property, or a table of needs
        of: PathBuf,
    },
}

pub(super) fn run(global: &Global, arguments: &Arguments) -> Result<Outcome, Failure> {
    let Command::Check { file, of } = &arguments.command;
    let outputs = global.outputs(&[Kind::Human, Kind::Json], Kind::Human)?;
    let mut sinks = outputs.iter().map(Sink::open).collect::<Result<Vec<_>, _>>()?;
    let claim = read(file)?;
    let table = match &claim.property {
        None => table::read(of)?.to_check(&Pins::new(&claim.pinned)?),
        Some(_) => return Err(Failure::Told("a property".into())),
    };
    let checked = proof::check(&claim, &table);
    for (sink, output) in sinks.iter_mut().zip(&outputs) {
        sink.write(&match output.kind {
            Kind::Json => verdict_json(&checked)?,
            _ => verdict_human(&checked),
        })?;
    }
    sinks.into_iter().try_for_each(Sink::finish)?;
    Ok(if checked.is_ok() { Outcome::Done } else { Outcome::Problems })
}

fn read(path: &Path) -> Result<Claim, Failure> {
    let failed = |error: String| Failure::Told(format!("{}: {error}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
    let claim: Claim = serde_json::from_str(&text).map_err(|error| {
        failed(format!("this is no proof that `keyplan optimize --proof` wrote: {error}"))
    })?;
    if claim.version != 1 {
        return Err(failed(format!("the version of this proof is {}, and 1 is known", claim.version)));
    }
    Ok(claim)
}
