//! The fewest keys of a property, and its files with them.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::{Arguments, Goal};
use crate::access::Access;
use crate::cli::check::put;
use crate::cli::settings::AllSettings;
use crate::cli::{Failure, Global};
use crate::diagnostic::Level;
use crate::fix;
use crate::load::{Found as FoundFile, Workspace, load};
use crate::model::{KeyId, PersonId, Property};
use crate::optimize::{Building, Effort, Fewest, Proposal, Rules, Step, fewest};
use crate::output::fewest::{Found, Step as Told};
use crate::proof::{Key, opening_label, recipient_label};
use crate::rules;

/// What looking at a property came to.
pub(super) enum Looked {
    /// What was found, and what was written or would be.
    Found(Box<Found>, String),
    /// Mistakes keep it from being read.
    Flawed(String),
}

pub(super) fn look(
    global: &Global,
    arguments: &Arguments,
    settings: &AllSettings,
    file: &FoundFile,
    effort: Effort<'_>,
) -> Result<Looked, Failure> {
    let mut workspace = Workspace::default();
    let providers = settings.providers(file.settings.as_deref());
    let loaded = load(file, providers, global.as_of(), &|| 1, &mut workspace)?;
    let property = &loaded.property;
    let id = property.text(property.id).to_owned();
    if loaded.diagnostics.iter().any(|one| one.level == Level::Error) {
        return Ok(Looked::Flawed(id));
    }
    let keep = kept(property, &arguments.keep)?;
    let access = Access::resolve(property);
    let kinds = rules::kinds_of_people(property);
    let kind_of = |person: PersonId| kinds[person.index()];
    let by = Rules { keep: &keep, kind_of: &kind_of, mixed: arguments.mixed, one_of_each: false };
    let building = Building::of(property, &access, by);
    let found = fewest(&building.needs, effort);
    let mut proposal = building.proposal(&found, arguments.max_edits);
    if arguments.goal == Goal::Clutter {
        let trimmed = building.trimmed(arguments.max_edits);
        if trimmed.clutter() < proposal.clutter() {
            proposal = trimmed;
        }
    }
    // Keys that mix people already are left alone; what is proved is then about keys that may mix them.
    let mixes = proposal.keys.iter().any(|key| building.is_mixed(&key.holders));
    let found = if mixes {
        fewest(&Building::of(property, &access, Rules { mixed: true, ..by }).needs, effort)
    } else {
        found
    };
    let mut told = told(property, &building, &found, &proposal, arguments, &id);
    (told.mixes, told.claim.mixed) = (mixes, mixes || arguments.mixed);
    let mut written = String::new();
    if (arguments.write || arguments.diff) && proposal.steps.is_empty() {
        written = "nothing to write: there are no fewer keys to propose\n".into();
    } else if arguments.write || arguments.diff {
        let policy = settings.policy(file.settings.as_deref());
        let refused = |why: String| {
            Failure::Told(format!(
                "`{id}` was left as it is, because {why}; what is proposed can be written by hand"
            ))
        };
        let edits = rules::rewrite_keys(property, &access, &loaded.trees, &policy, &building, &proposal)
            .map_err(refused)?;
        let mut read = |texts: &[(PathBuf, String)]| {
            let mut workspace = Workspace::default();
            workspace.read_instead(texts.to_vec());
            load(file, providers, global.as_of(), &|| 1, &mut workspace)
        };
        let files = fix::rewrite(&loaded, &edits, &mut read)?.map_err(refused)?;
        written = put(&files, arguments.diff)?;
        if arguments.write {
            let told =
                |file: &fix::Mended| format!("{} written; nobody's access has changed: proved\n", file.path);
            written = files.iter().map(told).collect();
        }
    }
    Ok(Looked::Found(Box::new(told), written))
}

/// The keys that `--keep` names.
fn kept(property: &Property, names: &[String]) -> Result<Vec<KeyId>, Failure> {
    names
        .iter()
        .map(|name| {
            let found = property.keys.iter().position(|key| property.text(key.id) == name);
            let found = found.map(|number| KeyId(number as u32));
            found.ok_or_else(|| {
                Failure::Told(format!(
                    "`{}` has no key `{name}`, which `--keep` names",
                    property.text(property.id)
                ))
            })
        })
        .collect()
}

fn told(
    property: &Property,
    building: &Building,
    found: &Fewest,
    proposal: &Proposal,
    arguments: &Arguments,
    id: &str,
) -> Found {
    let recipient = |number: u32| {
        let one = &building.recipients[number as usize];
        recipient_label(property, one.person, one.share, one.dates)
    };
    let opening = |number: u32| {
        let one = &building.openings[number as usize];
        opening_label(property, one.elevator, one.door, one.schedule, one.doorcode)
    };
    let names = rules::key_names(property, building, proposal);
    let by_name =
        super::Names { people: &recipient, permissions: &opening, keys: &|number| format!("key-{number}") };
    let labelled = |name: &String, openings: &[u32], holders: &[u32]| Key {
        name: name.clone(),
        people: holders.iter().map(|number| recipient(*number)).collect(),
        permissions: openings.iter().map(|number| opening(*number)).collect(),
    };
    let used = proposal.keys.iter().zip(&names).filter(|(key, _)| !key.holders.is_empty());
    let keys: Vec<Key> = used.map(|(key, name)| labelled(name, &key.openings, &key.holders)).collect();
    let idle = proposal.keys.len() - keys.len();
    let mut claim = by_name.claim(found);
    claim.keys_after = keys.len();
    claim.keys = keys;
    claim.property = Some(id.to_owned());
    claim.kept.clone_from(&arguments.keep);
    let person_ids = |people: BTreeSet<PersonId>| -> Vec<String> {
        people.iter().map(|one| property.text(property.people[one.index()].id).to_owned()).collect()
    };
    let mut keys: Vec<Key> = building
        .beside
        .iter()
        .map(|beside| {
            let key = &property.keys[beside.given.key.index()];
            let doors = key.lines.iter().map(|line| line.door).chain(beside.given.instance);
            let doors: BTreeSet<_> = doors.collect();
            let line = |door| {
                let setting = key.line(door, beside.given.instance)?;
                let elevator = key.kind == crate::model::KeyType::Elevator;
                Some(opening_label(property, elevator, door, setting.schedule, setting.doorcode))
            };
            Key {
                name: property.key_name(beside.given),
                people: person_ids(beside.people.iter().copied().collect()),
                permissions: doors.into_iter().filter_map(line).collect(),
            }
        })
        .collect();
    let people_of = |holders: &[u32]| {
        person_ids(holders.iter().map(|one| building.recipients[*one as usize].person).collect())
    };
    keys.extend(proposal.keys.iter().zip(&names).map(|(key, name)| Key {
        people: people_of(&key.holders),
        ..labelled(name, &key.openings, &key.holders)
    }));
    let private = building.beside.iter().filter(|one| one.given.instance.is_some()).count();
    Found {
        keys,
        keys_before: Some(building.today.len() + building.beside.len()),
        private,
        beside: building.beside.len(),
        idle,
        people: property.people.len(),
        kinds_of_need: building.needs.kinds_of_need(),
        mixes: false,
        steps: steps(property, building, proposal),
        claim,
    }
}

/// The steps in words.
fn steps(property: &Property, building: &Building, proposal: &Proposal) -> Vec<Told> {
    let names = rules::key_names(property, building, proposal);
    let name = |key: KeyId| format!("`{}`", property.text(property.keys[key.index()].id));
    let simple = proposal.steps.iter().filter(|step| !matches!(step, Step::Anew)).count();
    let mut told = Vec::new();
    for step in &proposal.steps {
        match step {
            Step::Unused(key) => {
                told.push(Told { what: format!("{} goes: nobody has it", name(*key)), saves: 1 })
            }
            Step::Needless(key) => told.push(Told {
                what: format!("{} goes: whoever has it is given all of it by other keys", name(*key)),
                saves: 1,
            }),
            Step::Anew => {
                let before = building.today.len() - simple;
                let gone: Vec<String> = proposal
                    .gone
                    .iter()
                    .filter(|key| {
                        !proposal.steps.iter().any(
                            |step| matches!(step, Step::Unused(one) | Step::Needless(one) if one == *key),
                        )
                    })
                    .map(|key| name(*key))
                    .collect();
                told.push(Told {
                    what: format!(
                        "other keys in place of {}:",
                        if gone.is_empty() { "some".to_owned() } else { gone.join(", ") }
                    ),
                    saves: before - proposal.keys.len(),
                });
                for (key, name) in proposal.keys.iter().zip(&names) {
                    let today = key.key.and_then(|id| building.today.iter().find(|one| one.key == id));
                    let doors = (key.openings.len(), today.map(|today| today.openings == key.openings));
                    let holders = (key.holders.len(), today.map(|today| today.holders == key.holders));
                    let what = match (doors, holders) {
                        ((_, Some(true)), (_, Some(true))) => continue,
                        ((doors, None), (holders, _)) => {
                            format!("  `{name}` is new: {doors} doors, for {holders} people")
                        }
                        ((_, Some(true)), (holders, _)) => {
                            format!("  `{name}` goes to {holders} people, with the doors it has")
                        }
                        ((doors, _), (_, Some(true))) => {
                            format!("  `{name}` opens {doors} doors, for those who have it")
                        }
                        ((doors, _), (holders, _)) => {
                            format!("  `{name}` opens {doors} doors, for {holders} people")
                        }
                    };
                    told.push(Told { what, saves: 0 });
                }
            }
        }
    }
    told
}
