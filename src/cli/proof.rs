//! `proof check`: that keys are the fewest, checked by what shares no code with what found them.

use std::path::{Path, PathBuf};

use super::format::Kind;
use super::optimize::table::{self, Pins};
use super::settings::AllSettings;
use super::sink::Sink;
use super::{Failure, Global, Outcome};
use crate::access::Access;
use crate::diagnostic::Level;
use crate::load::{Workspace, discover, load};
use crate::model::PersonId;
use crate::output::fewest::{verdict_human, verdict_json};
use crate::proof::{self, Claim};
use crate::rules;

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
        Some(_) => of_property(global, of, &claim)?,
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

/// The needs of the only property at a path.
fn of_property(global: &Global, path: &Path, claim: &Claim) -> Result<proof::Table, Failure> {
    let discovery = discover(std::slice::from_ref(&path.to_owned()))?;
    let [file] = discovery.properties.as_slice() else {
        let count = discovery.properties.len();
        return Err(Failure::Told(format!(
            "{} holds {count} properties; name the one that the proof is about",
            path.display()
        )));
    };
    let settings = AllSettings::load(global, &discovery)?;
    let providers = settings.providers(file.settings.as_deref());
    let loaded = load(file, providers, global.as_of(), &|| 1, &mut Workspace::default())?;
    if loaded.diagnostics.iter().any(|one| one.level == Level::Error) {
        return Err(Failure::Told(format!("{} has mistakes, which `keyplan check` tells", path.display())));
    }
    let property = &loaded.property;
    let kinds = rules::kinds_of_people(property);
    let kind_of = |person: PersonId| kinds[person.index()];
    Ok(proof::Table::of_property(property, &Access::resolve(property), &claim.kept, &kind_of, claim.mixed))
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
