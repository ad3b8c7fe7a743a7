//! `optimize`: the fewest keys that mean the same, with a proof.

mod property;
pub(super) mod table;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use property::Looked;
use table::Pins;

use super::format::Kind;
use super::settings::AllSettings;
use super::sink::{Sink, complain, replace_file};
use super::{Failure, Global, Outcome, Paths};
use crate::load::discover;
use crate::optimize::{Effort, Fewest, Grant, fewest};
use crate::output::fewest::Found;
use crate::proof::{Bound, Claim, Key};

const KINDS: [Kind; 2] = [Kind::Human, Kind::Json];

#[derive(clap::Args, Clone, Debug)]
pub(super) struct Arguments {
    #[command(flatten)]
    paths: Paths,
    /// Put the fewer keys into the files, proved to change nobody's access; comments stay where a key stays
    #[arg(long, conflicts_with = "table")]
    write: bool,
    /// Show what --write would change, and write nothing
    #[arg(long, conflicts_with_all = ["table", "write"])]
    diff: bool,
    /// A key that stays as it is
    #[arg(long, value_name = "NAME", conflicts_with = "table")]
    keep: Vec<String>,
    /// Propose no more than so many steps; each keeps everybody's access, and the first ones save a key each
    #[arg(long, value_name = "N", conflicts_with = "table")]
    max_edits: Option<usize>,
    /// What to have least of
    #[arg(long, value_enum, default_value = "keys", conflicts_with = "table")]
    goal: Goal,
    /// Let people of different kinds have the same key, and a key be shared by some and not by others
    #[arg(long, conflicts_with = "table")]
    mixed: bool,
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

/// What a proposal has least of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Goal {
    /// Keys, and with as many keys, what is written
    Keys,
    /// What is written: doors on keys and people who have them
    Clutter,
}

pub(super) fn run(global: &Global, arguments: &Arguments) -> Result<Outcome, Failure> {
    let outputs = global.outputs(&KINDS, Kind::Human)?;
    let mut sinks = outputs.iter().map(Sink::open).collect::<Result<Vec<_>, _>>()?;
    let end = arguments.time.map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let stop = || end.is_some_and(|end| Instant::now() >= end);
    let effort = Effort::thorough(&stop);
    let mut show = |found: &Found, beside: &str| -> Result<(), Failure> {
        for (sink, output) in sinks.iter_mut().zip(&outputs) {
            sink.write(&match output.kind {
                Kind::Json => found.json()?,
                _ => found.human(global.verbose > 0, arguments.explain) + beside,
            })?;
        }
        Ok(())
    };
    let mut flawed = Vec::new();
    match &arguments.table {
        Some(path) => {
            let found = of_table(path, &arguments.pin, effort)?;
            prove(arguments, &found)?;
            show(&found, "")?;
        }
        None => {
            let discovery = discover(&arguments.paths.paths)?;
            if discovery.properties.is_empty() {
                return Ok(arguments.paths.nothing_found());
            }
            if discovery.properties.len() > 1 && arguments.proof.is_some() {
                return Err(Failure::Told(
                    "one file holds the proof of one property; name a single one".into(),
                ));
            }
            let settings = AllSettings::load(global, &discovery)?;
            for file in &discovery.properties {
                match property::look(global, arguments, &settings, file, effort)? {
                    Looked::Flawed(id) => flawed.push(id),
                    Looked::Found(found, beside) => {
                        prove(arguments, &found)?;
                        show(&found, &beside)?;
                    }
                }
            }
        }
    }
    sinks.into_iter().try_for_each(Sink::finish)?;
    for id in &flawed {
        complain(&format!("`{id}` has mistakes, which `keyplan check` tells; its keys were not looked at"));
    }
    Ok(if flawed.is_empty() { Outcome::Done } else { Outcome::Problems })
}

fn prove(arguments: &Arguments, found: &Found) -> Result<(), Failure> {
    match &arguments.proof {
        Some(path) => replace_file(path, &(serde_json::to_string(&found.claim)? + "\n")),
        None => Ok(()),
    }
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
        keys: claim.keys.clone(),
        beside: 0,
        idle: 0,
        mixes: false,
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
