//! `drift`: what is in the locks against what was last applied to them.

use std::collections::BTreeSet;

use super::format::Kind;
use super::plan::locks;
use super::settings::AllSettings;
use super::sink::Sink;
use super::site::Site;
use super::{Failure, Global, Outcome, Paths};
use crate::drift::{compare, read_all};
use crate::load::{Workspace, discover, load};
use crate::output::drift::{Found, drift_human, drift_json};
use crate::plan::RecordedLock;
use crate::state::State;

const KINDS: [Kind; 2] = [Kind::Human, Kind::Json];

#[derive(clap::Args, Clone, Debug)]
pub(super) struct Arguments {
    #[command(flatten)]
    paths: Paths,
    /// Exit with 10 when there is drift
    #[arg(long, env = "KEYPLAN_DETAILED_EXITCODE")]
    detailed_exitcode: bool,
}

pub(super) fn run(global: &Global, arguments: &Arguments) -> Result<Outcome, Failure> {
    let outputs = global.outputs(&KINDS, Kind::Human)?;
    let discovery = discover(&arguments.paths.paths)?;
    if discovery.properties.is_empty() {
        return Ok(arguments.paths.nothing_found());
    }
    let settings = AllSettings::load(global, &discovery)?;
    let mut sinks = outputs.iter().map(Sink::open).collect::<Result<Vec<_>, _>>()?;
    let (mut drifted, mut unread) = (false, false);
    for found in &discovery.properties {
        let site = Site::new(found, &settings);
        let (id, timezone) = super::site::place_of(found)?;
        let mut recorded = match State::read(&site.state)? {
            Some(state) => state.recorded(&id)?,
            None => Default::default(),
        };
        let applied: BTreeSet<[String; 3]> = recorded.locks.iter().map(name).collect();
        // What is in a lock that nothing was applied to is told too.
        let providers = settings.providers(found.settings.as_deref());
        if let Ok(loaded) = load(found, providers, global.as_of(), &|| 1, &mut Workspace::default()) {
            recorded.add_locks(locks(&loaded.property));
        }
        let answers = read_all(&id, timezone, &recorded.locks, &site.providers()?);
        let codes = site.codes_told(&id, &recorded, &answers)?;
        let now = global.now(timezone);
        let locks: Vec<Found<'_>> = recorded
            .locks
            .iter()
            .zip(&answers)
            .map(|(lock, answer)| Found {
                lock,
                drifts: answer
                    .as_ref()
                    .map(|reading| compare(&recorded, lock, reading, &codes, now))
                    .map_err(ToString::to_string),
            })
            .filter(|found| {
                found.drifts.as_ref().is_ok_and(|drifts| !drifts.is_empty())
                    || applied.contains(&name(found.lock))
            })
            .collect();
        drifted |= locks.iter().any(|one| one.drifts.as_ref().is_ok_and(|drifts| !drifts.is_empty()));
        unread |= locks.iter().any(|one| one.drifts.is_err());
        for (sink, output) in sinks.iter_mut().zip(&outputs) {
            sink.write(&match output.kind {
                Kind::Json => drift_json(&id, &locks)?,
                _ => drift_human(&id, &locks),
            })?;
        }
    }
    sinks.into_iter().try_for_each(Sink::finish)?;
    Ok(match (unread, drifted && arguments.detailed_exitcode) {
        (true, _) => Outcome::Unreached,
        (false, true) => Outcome::Pending,
        (false, false) => Outcome::Done,
    })
}

/// What tells a lock from others.
fn name(lock: &RecordedLock) -> [String; 3] {
    [&lock.door, &lock.provider, &lock.address].map(Clone::clone)
}
