//! `who`, `what`, `why` and `why-not`: questions about the access that a property gives.

use super::check::Reports;
use super::format::Kind;
use super::settings::AllSettings;
use super::sink::{Sink, complain};
use super::{Failure, Global, Outcome, Paths};
use crate::access::{Access, Asked, Granted};
use crate::diagnostic::Level;
use crate::load::{Loaded, Workspace, discover, load};
use crate::model::{Capability, DoorId, PersonId, Property, nearest};
use crate::output::answers::{
    Question, Subject, access, access_json, obstacles, why, why_json, why_not_json,
};
use crate::output::check::Summary;
use crate::source::Span;

const KINDS: [Kind; 2] = [Kind::Human, Kind::Json];

/// What every question takes.
#[derive(clap::Args, Clone, Debug)]
struct About {
    #[command(flatten)]
    paths: Paths,
    /// At which time: 2026-12-24T18:00, 2026-12-24, "fri 23:00", or a holiday's name [default: any from today on]
    #[arg(long, value_name = "TIME", env = "KEYPLAN_AT")]
    at: Option<String>,
    /// Which capability
    #[arg(long, value_name = "CAPABILITY", env = "KEYPLAN_CAN", value_parser = capability)]
    can: Option<Capability>,
}

#[derive(clap::Args, Clone, Debug)]
pub(super) struct WhoArguments {
    /// The id, or the name, of a door
    #[arg(value_name = "DOOR", add = super::completion::doors())]
    door: String,
    #[command(flatten)]
    about: About,
}

#[derive(clap::Args, Clone, Debug)]
pub(super) struct WhatArguments {
    /// The id, or the name, of a person
    #[arg(value_name = "PERSON", add = super::completion::people())]
    person: String,
    #[command(flatten)]
    about: About,
}

#[derive(clap::Args, Clone, Debug)]
pub(super) struct WhyArguments {
    /// The id, or the name, of a person
    #[arg(value_name = "PERSON", add = super::completion::people())]
    person: String,
    /// The id, or the name, of a door
    #[arg(value_name = "DOOR", add = super::completion::doors())]
    door: String,
    #[command(flatten)]
    about: About,
}

fn capability(text: &str) -> Result<Capability, String> {
    let names = Capability::ALL.map(Capability::name).join(", ");
    Capability::ALL.into_iter().find(|one| one.name() == text).ok_or_else(|| format!("it is one of {names}"))
}

/// The answer for one property, for one kind of output.
type Answer<'a> = dyn Fn(&Property, &Access, Option<&Asked>, Kind) -> Result<Option<String>, Failure> + 'a;

pub(super) fn who(global: &Global, arguments: &WhoArguments) -> Result<Outcome, Failure> {
    let WhoArguments { door, about } = arguments;
    let answer = |property: &Property, access: &Access, asked: Option<&Asked>, kind: Kind| {
        let Some(door) = find_door(property, door) else { return Ok(None) };
        subject(property, access, Subject::Door(door), about.can, asked, kind)
    };
    ask(global, about, &[Named::Door(door)], &answer)
}

pub(super) fn what(global: &Global, arguments: &WhatArguments) -> Result<Outcome, Failure> {
    let WhatArguments { person, about } = arguments;
    let answer = |property: &Property, access: &Access, asked: Option<&Asked>, kind: Kind| {
        let Some(person) = find_person(property, person) else { return Ok(None) };
        subject(property, access, Subject::Person(person), about.can, asked, kind)
    };
    ask(global, about, &[Named::Person(person)], &answer)
}

fn subject(
    property: &Property,
    access: &Access,
    subject: Subject,
    can: Option<Capability>,
    asked: Option<&Asked>,
    kind: Kind,
) -> Result<Option<String>, Failure> {
    let question = Question { property, access, subject, can, asked: asked.cloned() };
    Ok(Some(if kind == Kind::Json { access_json(&question)? } else { self::access(&question) }))
}

pub(super) fn why_is(global: &Global, arguments: &WhyArguments) -> Result<Outcome, Failure> {
    let WhyArguments { person, door, about } = arguments;
    let answer = |property: &Property, access: &Access, asked: Option<&Asked>, kind: Kind| {
        let Some(pair) = find_person(property, person).zip(find_door(property, door)) else {
            return Ok(None);
        };
        let ever = Asked::ever(property);
        let minutes = asked.unwrap_or(&ever);
        let mut causes = access.causes(property, pair.0, pair.1);
        causes.retain(|cause| {
            about.can.is_none_or(|can| cause.gives(can)) && minutes.of(&cause.times(access)) != Granted::Never
        });
        Ok(Some(match kind {
            Kind::Json => why_json(property, access, pair, &causes, (about.can, asked))?,
            _ => why(property, access, pair, &causes, asked),
        }))
    };
    ask(global, about, &[Named::Person(person), Named::Door(door)], &answer)
}

pub(super) fn why_not(global: &Global, arguments: &WhyArguments) -> Result<Outcome, Failure> {
    let WhyArguments { person, door, about } = arguments;
    let answer = |property: &Property, access: &Access, asked: Option<&Asked>, kind: Kind| {
        let Some((person, door)) = find_person(property, person).zip(find_door(property, door)) else {
            return Ok(None);
        };
        let can = about.can.unwrap_or(Capability::Unlock);
        let ever = Asked::ever(property);
        let times = access.times(person, door, can);
        // Asked of no time, it is a question about somebody who has no access at all.
        let granted = asked.is_none() && times.is_some_and(|times| ever.of(times) != Granted::Never);
        let missing = match granted {
            true => Vec::new(),
            false => access.obstacles(property, (person, door, can), &asked.unwrap_or(&ever).minutes),
        };
        Ok(Some(match kind {
            Kind::Json => why_not_json(property, (person, door, can), &missing, asked)?,
            _ => obstacles(property, (person, door, can), &missing, asked),
        }))
    };
    ask(global, about, &[Named::Person(person), Named::Door(door)], &answer)
}

/// Whom or what a question names.
enum Named<'a> {
    Door(&'a str),
    Person(&'a str),
}

/// Asks every property that has what is named.
fn ask(global: &Global, about: &About, named: &[Named<'_>], answer: &Answer<'_>) -> Result<Outcome, Failure> {
    let outputs = global.outputs(&KINDS, Kind::Human)?;
    let discovery = discover(&about.paths.paths)?;
    if discovery.properties.is_empty() {
        return Ok(about.paths.nothing_found());
    }
    let settings = AllSettings::load(global, &discovery)?;
    let (formats, mut mistakes) = Reports::beside(global);
    let mut total = Summary::default();
    let mut workspace = Workspace::default();
    let mut sinks = outputs.iter().map(Sink::open).collect::<Result<Vec<_>, _>>()?;
    let (mut answered, mut unclear) = (false, None);
    let mut nearest = Nearest::default();
    for found in &discovery.properties {
        let providers = settings.providers(found.settings.as_deref());
        let loaded = load(found, providers, global.as_of(), &|| 1, &mut workspace)?;
        let property = &loaded.property;
        let has = named.iter().all(|one| match one {
            Named::Door(name) => find_door(property, name).is_some(),
            Named::Person(name) => find_person(property, name).is_some(),
        });
        if has && loaded.diagnostics.iter().any(|one| one.level == Level::Error) {
            let id = property.text(property.id);
            mistakes.write(&formats.render(&loaded.diagnostics, &property.sources, id)?, &mut total)?;
        } else if has {
            match about.at.as_ref().map(|at| Asked::parse(at, property)).transpose() {
                Ok(asked) => {
                    let access = Access::resolve(property);
                    for (sink, output) in sinks.iter_mut().zip(&outputs) {
                        if let Some(text) = answer(property, &access, asked.as_ref(), output.kind)? {
                            sink.write(&text)?;
                            answered = true;
                        }
                    }
                }
                // A holiday of one property may be none of another.
                Err(why) => unclear = Some(why),
            }
        } else {
            nearest.look(property, named);
        }
        workspace.reclaim(loaded);
    }
    sinks.into_iter().try_for_each(Sink::finish)?;
    mistakes.end(&total, 2)?;
    if total.errors > 0 {
        complain("a property with mistakes gives no answers");
        return Ok(Outcome::Problems);
    }
    match (answered, unclear) {
        (true, _) => Ok(Outcome::Done),
        (false, Some(why)) => Err(Failure::Told(why)),
        (false, None) => Err(Failure::Told(nearest.told(named))),
    }
}

fn find_door(property: &Property, name: &str) -> Option<DoorId> {
    find(property, name, property.doors.iter().map(|door| (door.id, door.name))).map(DoorId)
}

fn find_person(property: &Property, name: &str) -> Option<PersonId> {
    find(property, name, property.people.iter().map(|person| (person.id, person.name))).map(PersonId)
}

/// The index of what has an id, or else a name that nothing else has.
fn find(
    property: &Property,
    wanted: &str,
    mut all: impl Iterator<Item = (Span, Option<Span>)> + Clone,
) -> Option<u32> {
    let mut named = all
        .clone()
        .enumerate()
        .filter(|(_, (_, name))| name.is_some_and(|name| property.text(name).eq_ignore_ascii_case(wanted)));
    let by_name = named.next().filter(|_| named.next().is_none()).map(|(index, _)| index);
    all.position(|(id, _)| property.text(id) == wanted).or(by_name).map(|index| index as u32)
}

/// What was probably meant by a name that nothing has.
#[derive(Default)]
struct Nearest {
    missing: Option<String>,
}

impl Nearest {
    fn look(&mut self, property: &Property, named: &[Named<'_>]) {
        for one in named {
            let (what, name, found) = match one {
                Named::Door(name) => {
                    let ids = property.doors.iter().map(|door| property.text(door.id));
                    (
                        "door",
                        name,
                        find_door(property, name).map_or_else(|| Err(nearest(name, ids)), Ok).err(),
                    )
                }
                Named::Person(name) => {
                    let ids = property.people.iter().map(|person| property.text(person.id));
                    (
                        "person",
                        name,
                        find_person(property, name).map_or_else(|| Err(nearest(name, ids)), Ok).err(),
                    )
                }
            };
            let Some(meant) = found else { continue };
            let meant = meant.map(|meant| format!("; did you mean `{meant}`?"));
            if self.missing.is_none() || meant.is_some() {
                self.missing = Some(format!(
                    "there is no {what} `{name}` in `{}`{}",
                    property.text(property.id),
                    meant.unwrap_or_default()
                ));
            }
        }
    }

    fn told(self, named: &[Named<'_>]) -> String {
        self.missing.unwrap_or_else(|| {
            let names: Vec<String> = named
                .iter()
                .map(|one| match one {
                    Named::Door(name) | Named::Person(name) => format!("`{name}`"),
                })
                .collect();
            format!("no property has {}", names.join(" and "))
        })
    }
}

/// Every property at some paths, as far as it can be read; for completions, which say nothing of mistakes.
pub(super) fn each_property(paths: &[std::path::PathBuf], mut see: impl FnMut(&Property)) {
    let Ok(discovery) = discover(paths) else { return };
    let mut workspace = Workspace::default();
    for found in &discovery.properties {
        let as_of = crate::model::AsOf::Today(chrono::Utc::now());
        let Ok(loaded) = load(found, None, as_of, &|| 1, &mut workspace) else { continue };
        let loaded: Loaded = loaded;
        see(&loaded.property);
        workspace.reclaim(loaded);
    }
}
