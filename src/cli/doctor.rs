//! `doctor`: every lock is reached, and held against its model and what is written.

use super::format::Kind;
use super::settings::AllSettings;
use super::sink::{Sink, complain};
use super::site::Site;
use super::{Failure, Global, Outcome, Paths};
use crate::access::Access;
use crate::diagnostic::Level;
use crate::doctor::{self, examine};
use crate::load::{Workspace, discover, load};
use crate::output::doctor::{doctor_human, doctor_json};
use crate::state::State;
use crate::tables;

const KINDS: [Kind; 2] = [Kind::Human, Kind::Json];

#[derive(clap::Args, Clone, Debug)]
pub(super) struct Arguments {
    #[command(flatten)]
    paths: Paths,
}

pub(super) fn run(global: &Global, arguments: &Arguments) -> Result<Outcome, Failure> {
    let outputs = global.outputs(&KINDS, Kind::Human)?;
    let discovery = discover(&arguments.paths.paths)?;
    if discovery.properties.is_empty() {
        return Ok(arguments.paths.nothing_found());
    }
    let settings = AllSettings::load(global, &discovery)?;
    let mut sinks = outputs.iter().map(Sink::open).collect::<Result<Vec<_>, _>>()?;
    let mut workspace = Workspace::default();
    let (mut unreached, mut problems) = (false, false);
    for found in &discovery.properties {
        let site = Site::new(found, &settings);
        let loaded = load(found, None, global.as_of(), &|| 1, &mut workspace)?;
        let property = &loaded.property;
        let id = property.text(property.id);
        if loaded.diagnostics.iter().any(|one| one.level == Level::Error) {
            complain(&format!(
                "`{id}` has mistakes: `keyplan check` tells them; its locks were not looked at"
            ));
            problems = true;
            continue;
        }
        let tables = tables::compile(property, &Access::resolve(property));
        let recorded = match State::read(&site.state)? {
            Some(state) => state.recorded(id)?,
            None => Default::default(),
        };
        let providers = site.providers()?;
        let locks = examine(property, &tables, &providers, &recorded);
        unreached |= locks.iter().any(|one| one.health.is_err());
        for (provider, why) in doctor::unreached(&locks, &providers) {
            complain(&format!("`{id}`: no door is behind the provider `{provider}`, and {why}"));
            unreached = true;
        }
        problems |= locks.iter().any(|one| !one.advice.is_empty());
        for (sink, output) in sinks.iter_mut().zip(&outputs) {
            sink.write(&match output.kind {
                Kind::Json => doctor_json(id, &locks)?,
                _ => doctor_human(id, &locks),
            })?;
        }
    }
    sinks.into_iter().try_for_each(Sink::finish)?;
    Ok(match (unreached, problems) {
        (true, _) => Outcome::Unreached,
        (false, true) => Outcome::Problems,
        (false, false) => Outcome::Done,
    })
}
