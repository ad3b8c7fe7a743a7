//! `optimize`: the fewest keys that mean the same, with a proof.

pub(super) mod table;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use table::Pins;

use super::format::Kind;
use super::sink::{Sink, replace_file};
use super::{Failure, Global, Outcome};
use crate::optimize::{Effort, Fewest, Grant, fewest};
use crate::output::fewest::Found;
use crate::proof::{Bound, Claim, Key};

const KINDS: [Kind; 2] = [Kind::Human, Kind::Json];
/// So many conflicts are worth one question of the solver.
const CONFLICTS: u64 = 100_000;

#[derive(clap::Args, Clone, Debug)]
pub(super) struct Arguments {
    /// Needs from anywhere: comma-separated values with the header `person,permission`
    #[arg(long, value_name = "FILE")]
    table: Option<PathBuf>,
    /// Permissions of the table that begin so are private keys, one each
    #[arg(long, value_name = "PREFIX", requires = "table")]
    pin: Vec<String>,
    /// Give up looking for fewer after so many seconds; what is proved by then is told
    #[arg(long, value_name = "SECONDS", env = "KEYPLAN_TIME")]
    time: Option<u64>,
    /// Tell why there are no fewer
    #[arg(long)]
    explain: bool,
    /// Write the keys and the proof into this file, for `keyplan proof check`
    #[arg(long, value_name = "FILE")]
    proof: Option<PathBuf>,
}

pub(super) fn run(global: &Global, arguments: &Arguments) -> Result<Outcome, Failure> {
    let outputs = global.outputs(&KINDS, Kind::Human)?;
    let mut sinks = outputs.iter().map(Sink::open).collect::<Result<Vec<_>, _>>()?;
    let end = arguments.time.map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let stop = || end.is_some_and(|end| Instant::now() >= end);
    let effort = Effort { conflicts: CONFLICTS, stop: &stop };
    let Some(path) = &arguments.table else { return Err(Failure::Told("a table is missing".into())) };
    let found = of_table(path, &arguments.pin, effort)?;
    if let Some(path) = &arguments.proof {
        replace_file(path, &(serde_json::to_string(&found.claim)? + "\n"))?;
    }
    for (sink, output) in sinks.iter_mut().zip(&outputs) {
        sink.write(&match output.kind {
            Kind::Json => found.json()?,
            _ => found.human(global.verbose > 0, arguments.explain),
        })?;
    }
    sinks.into_iter().try_for_each(Sink::finish)?;
    Ok(Outcome::Done)
}

fn of_table(path: &Path, pins: &[String], effort: Effort<'_>) -> Result<Found, Failure> {
    let table = table::read(path)?;
    let needs = table.needs(&Pins::new(pins)?)?;
    let found = fewest(&needs, effort);
    let private = found.private.len();
    let names = Names {
        people: &|person| table.people[person as usize].clone(),
        permissions: &|permission| table.permissions[permission as usize].clone(),
        keys: &|number| format!("key-{}", number + 1),
    };
    let claim = Claim { pinned: pins.to_vec(), ..names.claim(&found) };
    Ok(Found {
        claim,
        keys_before: None,
        private,
        people: table.people.len(),
        kinds_of_need: needs.kinds_of_need(),
        steps: Vec::new(),
    })
}

/// What numbers of the engine are called.
struct Names<'n> {
    people: &'n dyn Fn(u32) -> String,
    permissions: &'n dyn Fn(u32) -> String,
    /// Shared keys, by their place in the answer.
    keys: &'n dyn Fn(usize) -> String,
}

impl Names<'_> {
    fn claim(&self, found: &Fewest) -> Claim {
        let key = |name: String, key: &crate::optimize::Key| Key {
            name,
            people: key.people.iter().map(|person| (self.people)(*person)).collect(),
            permissions: key.permissions.iter().map(|one| (self.permissions)(*one)).collect(),
        };
        let private = found.private.iter().map(|one| key((self.permissions)(one.permissions[0]), one));
        let shared = found.shared.iter().enumerate().map(|(number, one)| key((self.keys)(number), one));
        let grants = |grants: &[Grant]| {
            grants.iter().map(|(person, one)| ((self.people)(*person), (self.permissions)(*one))).collect()
        };
        let bounds = found.bounds.iter().map(|bound| match bound {
            crate::optimize::Bound::Apart(apart) => Bound::Apart { apart: grants(apart) },
            crate::optimize::Bound::Refuted(refuted) => Bound::Refuted {
                grants: grants(&refuted.grants),
                apart: grants(&refuted.apart),
                keys: refuted.keys,
                clauses: refuted.clauses.clone(),
            },
        });
        Claim {
            version: 1,
            property: None,
            pinned: Vec::new(),
            kept: Vec::new(),
            mixed: false,
            keys_after: found.keys(),
            lower_bound: found.lower_bound(),
            keys: private.chain(shared).collect(),
            bounds: bounds.collect(),
        }
    }
}
