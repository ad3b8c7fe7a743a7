//! From what locks hold: each of its entries becomes somebody's, and is recorded as ours.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::LocksArguments;
use super::model::Model;
use crate::adopt::{Gathered, Holdings, id_of};
use crate::cli::sink::complain;
use crate::cli::site::{identity, who};
use crate::cli::{Failure, Global, Outcome};
use crate::locks::doorcode::Doorcode;
use crate::locks::{Held, Ways};
use crate::model::{AsOf, Capability};
use crate::plan::{Digits, Entry, Recorded, RecordedLock};
use crate::provider::{Called, CodeSeen, Listed, LockName, Provider, Reading, Room, Stored};
use crate::state::{CodeKey, Event, State};
use crate::time::{Day, Interval};

/// Doorcodes have so many digits at least; fewer are in many a name.
const LEAST: usize = 4;

/// A system of locks that is imported from.
pub(super) struct System {
    /// The kind of provider, which is also what the provider and its model are called.
    pub(super) kind: &'static str,
    /// The provider's settings, as they are written.
    pub(super) settings: String,
    pub(super) provider: Box<dyn Provider>,
    /// Whether its locks never tell a doorcode, so that entries are taken over without.
    pub(super) hides_codes: bool,
}

/// Everything that was read.
pub(super) struct Read {
    pub(super) holdings: Holdings,
    locks: Vec<LockRead>,
    /// The ids of people, by their number.
    people: Vec<String>,
    /// Whether all locks were read that were asked for.
    pub(super) is_whole: bool,
}

impl Read {
    /// An entry whose name becomes another: that, and whose it is.
    pub(super) fn renamed(&self) -> Option<(&str, &str)> {
        let mut owned = self.locks.iter().flat_map(|lock| lock.reading.entries.iter().zip(&lock.owners));
        owned.find_map(|(entry, owner)| {
            let (name, person) = (entry.name.as_ref()?, &self.people[(*owner)? as usize]);
            (!name.is(person)).then(|| (name.name(), person.as_str()))
        })
    }
}

struct LockRead {
    door: String,
    address: String,
    reading: Reading,
    /// Whose each entry is, and where it goes; `None` for what is left as it is.
    owners: Vec<Option<u32>>,
}

/// Reads the locks that are asked for, or all.
pub(super) fn read(global: &Global, system: &System, arguments: &LocksArguments) -> Result<Read, Failure> {
    let timezone = arguments.into.timezone.ok_or_else(|| {
        Failure::Told(
            "locks do not say where the building is; add its time zone, as `--timezone America/New_York`"
                .into(),
        )
    })?;
    let today = match global.as_of() {
        AsOf::Day(day) => day,
        AsOf::Today(now) => Day::of(now.with_timezone(&timezone).date_naive()),
    };
    let id = id_of(arguments.into.id.as_deref().unwrap_or("house"));
    let asked = asked(system, arguments)?;
    let count = asked.len();
    let found = found(system, asked, &id, timezone);
    let is_whole = found.len() == count;
    let mut gathered = Gathered::default();
    let mut people = People::default();
    let mut locks = Vec::new();
    for Found { called, address, reading, room } in found {
        let door = gathered.door(&called);
        let model = Model::of(system.kind, &reading, room, today);
        if let (Some(about), Some(model)) = (gathered.about_door(door), &model) {
            about.lock = Some(model.lock(system.kind, &address, reading.capacity));
        }
        let mut owners = Vec::with_capacity(reading.entries.len());
        let mut here = BTreeSet::new();
        for entry in &reading.entries {
            let is_kept = model.as_ref().is_none_or(|model| model.keeps(entry, today));
            let usable = usable(system, entry, today).and_then(|()| {
                is_kept.then_some(()).ok_or(
                    "has hours that no plan would leave as they are, since nobody can have them as written ones",
                )
            });
            let owner = usable.is_ok().then(|| people.owner(entry, &called, &mut here));
            match (&owner, usable) {
                (None, why) => {
                    let named = |name: &Called| match name.name() {
                        "" => String::new(),
                        name => format!(" of `{name}`"),
                    };
                    complain(&format!(
                        "`{called}`: the entry {}{} {}; it is left to whoever made it",
                        entry.slot,
                        entry.name.as_ref().map_or_else(String::new, named),
                        why.err().unwrap_or_default()
                    ));
                }
                (Some(owner), _) => {
                    let person = gathered.person(owner);
                    let times = gathered.segments(&entry.program.from_day(today).0);
                    let ways = Ways::one(Capability::Unlock).with(Ways::one(Capability::Doorcode));
                    gathered.give(person, door, ways, times, &[]);
                }
            }
            owners.push(owner.map(|owner| gathered.person(&owner)));
        }
        locks.push((door, address, reading, owners));
    }
    if locks.is_empty() {
        return Err(unreached("no lock was read; nothing was written".into()));
    }
    let holdings = gathered.holdings(&id, timezone, today).map_err(Failure::Told)?;
    let locks = locks
        .into_iter()
        .map(|(door, address, reading, owners)| {
            let door = holdings.doors[door as usize].id.clone();
            LockRead { door, address, reading, owners }
        })
        .collect();
    let people = holdings.people.iter().map(|person| person.id.clone()).collect();
    Ok(Read { holdings, locks, people, is_whole })
}

/// What a lock holds that was asked for.
struct Found {
    called: String,
    address: String,
    reading: Reading,
    room: Option<Room>,
}

/// Reads locks; those that cannot be read are said.
fn found(
    system: &System,
    asked: Vec<(String, String)>,
    property: &str,
    timezone: chrono_tz::Tz,
) -> Vec<Found> {
    let mut found = Vec::new();
    for (called, address) in asked {
        let name = LockName { property, door: &called, address: &address, timezone };
        // What cannot be told is told when the lock is read.
        for warning in system.provider.warnings(name).unwrap_or_default() {
            complain(&format!("`{called}`: {warning}"));
        }
        match system.provider.found(name).and_then(|reading| Ok((reading, system.provider.room(name)?))) {
            Ok((reading, room)) => found.push(Found { called, address, reading, room }),
            Err(why) => complain(&format!("`{called}` was not read and is left out: {why}")),
        }
    }
    hide_codes(&mut found);
    found
}

/// Names that have a doorcode in them, of whichever lock, are as good as none.
fn hide_codes(found: &mut [Found]) {
    let entries = found.iter().flat_map(|one| &one.reading.entries);
    let digits = entries.filter_map(|entry| match &entry.code {
        CodeSeen::Digits(code) if code.reveal().len() >= LEAST => Some(code.clone()),
        _ => None,
    });
    let codes: Vec<Doorcode> = digits.collect();
    let gives_away = |name: &str| codes.iter().any(|code| code.is_in(name));
    for one in found {
        if gives_away(&one.called) && !gives_away(&one.address) {
            one.called = format!("lock {}", one.address);
        }
        let names = one.reading.entries.iter_mut().filter_map(|entry| entry.name.as_mut());
        names.filter(|name| gives_away(name.name())).for_each(|name| *name = Called::Name(String::new()));
    }
}

/// The system is not there, or not as it was asked for.
fn unreached(why: String) -> Failure {
    Failure::Ended(Outcome::Unreached, why)
}

/// Whether an entry can be somebody's in a property: it opens by a doorcode that is known, or that its lock tells nobody,
/// today or later. Why not, where it cannot.
fn usable(system: &System, entry: &Stored, today: Day) -> Result<(), &'static str> {
    let ahead = Interval::new(Some(today.start()), None);
    match &entry.code {
        CodeSeen::Foreign if system.hides_codes => Err("is of another system, which alone can change it"),
        CodeSeen::None if system.hides_codes => Err("has no doorcode"),
        CodeSeen::None | CodeSeen::Foreign => {
            Err("is disabled, over, or not ours to read and to write again as it is")
        }
        CodeSeen::Hidden if !system.hides_codes => Err("is disabled, over, or not ours to read"),
        CodeSeen::Hidden | CodeSeen::Digits(_) => {
            let opens = entry.ways.has_doorcode() && !entry.program.times().clip(ahead).is_empty();
            if opens { Ok(()) } else { Err("is disabled, over, or not ours to read") }
        }
    }
}

/// The locks to read: what each is called, and how the system calls it.
fn asked(system: &System, arguments: &LocksArguments) -> Result<Vec<(String, String)>, Failure> {
    let listed: Vec<Listed> = match arguments.locks.is_empty() {
        true => {
            system.provider.locks().map_err(|why| unreached(format!("the locks cannot be listed: {why}")))?
        }
        false => Vec::new(),
    };
    if arguments.locks.is_empty() && listed.is_empty() {
        return Err(Failure::Told("the system has no lock that takes doorcodes".into()));
    }
    let named = arguments.locks.iter().map(|lock| match lock.split_once('=') {
        Some((door, address)) => (door.to_owned(), address.to_owned()),
        None => (format!("lock {lock}"), lock.clone()),
    });
    let all = listed.into_iter().map(|lock| {
        let unnamed = || format!("lock {}", lock.address);
        (lock.name.clone().filter(|name| !name.trim().is_empty()).unwrap_or_else(unnamed), lock.address)
    });
    let mut known = BTreeSet::new();
    let apart = |(door, address): (String, String)| {
        // Two locks of one name are two doors.
        let door = if known.insert(door.clone()) { door } else { format!("{door} {address}") };
        (door, address)
    };
    Ok(named.chain(all).map(apart).collect())
}

/// People by what locks know of them: the name, or the digits, which are the same at each door of one person.
#[derive(Default)]
struct People(BTreeMap<String, String>);

impl People {
    /// What the holder of an entry is called; two entries of one lock are two people.
    fn owner(&mut self, entry: &Stored, door: &str, here: &mut BTreeSet<String>) -> String {
        let named = entry.name.as_ref().map(|name| name.name().trim()).filter(|name| !name.is_empty());
        let known = match (named, &entry.code) {
            (Some(name), _) => name.to_owned(),
            (None, CodeSeen::Digits(code)) => {
                let first = || format!("{door} {}", entry.slot);
                self.0.entry(code.reveal().to_owned()).or_insert_with(first).clone()
            }
            _ => format!("{door} {}", entry.slot),
        };
        let owner =
            (2..).map(|number| format!("{known} {number}")).find(|other| !here.contains(&id_of(other)));
        let owner = if here.contains(&id_of(&known)) { owner.unwrap_or(known) } else { known };
        here.insert(id_of(&owner));
        owner
    }
}

/// Settings beside the property, as text.
fn settings(system: &System) -> String {
    format!("keyplan: 1\nproviders:\n  {}: {{ {} }}\n", system.kind, system.settings)
}

/// What became of the entries that were read.
pub(super) struct Kept {
    /// So many doorcodes are kept.
    pub(super) codes: usize,
    /// So many stay in the locks that nobody knows.
    pub(super) untold: usize,
    /// So many entries could not be made ours, though the files name their people.
    pub(super) unclaimed: usize,
}

/// Makes the entries that were read ours: claims them where the system needs that, and records them with their codes.
pub(super) fn record(system: &System, read: &Read, out: &Path) -> Result<Kept, Failure> {
    let property = read.holdings.id.as_str();
    let mut recorded = Recorded { people: read.people.clone(), ..Recorded::default() };
    let mut codes: Vec<(CodeKey, Doorcode)> = Vec::new();
    let mut unclaimed = 0;
    for lock in &read.locks {
        let name =
            LockName { property, door: &lock.door, address: &lock.address, timezone: read.holdings.timezone };
        let mut entries = Vec::new();
        let mut unmanaged = Vec::new();
        let mut free = lock.reading.entries.iter().map(|entry| entry.slot).collect::<BTreeSet<u32>>();
        for (entry, owner) in lock.reading.entries.iter().zip(&lock.owners) {
            let Some(owner) = owner else {
                unmanaged.push(entry.slot);
                continue;
            };
            let person = &read.people[*owner as usize];
            let slot = match system.provider.claim(name, entry, &free, person) {
                Ok(slot) => slot,
                Err(why) => {
                    complain(&format!("`{}`: the entry {} stays as it is: {why}", lock.door, entry.slot));
                    unmanaged.push(entry.slot);
                    unclaimed += 1;
                    continue;
                }
            };
            free.remove(&entry.slot);
            free.insert(slot);
            let held = Held { ways: entry.ways, program: recorded.programs.len() as u32, part: 0 };
            recorded.programs.push(entry.program.clone());
            let digits = match &entry.code {
                CodeSeen::Digits(code) => {
                    let key = CodeKey { door: lock.door.clone(), person: person.clone(), part: 0 };
                    codes.push((key, code.clone()));
                    Digits::Kept
                }
                _ => Digits::Untold,
            };
            entries.push(Entry { person: *owner, held, slot, unsure: false, digits });
        }
        entries.sort_unstable_by_key(|entry| (entry.person, entry.held));
        unmanaged.sort_unstable();
        recorded.locks.push(RecordedLock {
            door: lock.door.clone(),
            provider: system.kind.to_owned(),
            address: lock.address.clone(),
            entries,
            unmanaged,
            capacity: lock.reading.capacity,
            timezone: Some(read.holdings.timezone.name().to_owned()),
        });
    }
    recorded.locks.sort_by(|one, other| one.key().cmp(&other.key()));
    let mut state = State::open(&out.join(".keyplan/state.db"))?;
    let vault = state.vault(&identity()?)?;
    let lease = state.hold(property, &who())?;
    let all = || recorded.locks.iter().flat_map(|lock| &lock.entries);
    let untold = all().filter(|entry| entry.digits == Digits::Untold).count();
    let kept = Kept { codes: codes.len(), untold, unclaimed };
    let entries = all().count();
    let written = state.adopt(&lease, &vault, recorded, &codes);
    let told = written.and_then(|()| {
        let what = format!("{entries} entries of {} locks imported", read.locks.len());
        state.log(&who(), property, Event::StateChanged, &what)
    });
    state.let_go(&lease)?;
    told?;
    Ok(kept)
}

/// Refuses to write where a state or settings are already.
pub(super) fn is_free(out: &Path) -> Result<(), Failure> {
    for name in ["keyplan.yaml", ".keyplan"] {
        let there = out.join(name);
        if there.exists() {
            return Err(Failure::Told(format!("{} is there already; nothing was written", there.display())));
        }
    }
    Ok(())
}

/// Writes the settings.
pub(super) fn write_settings(system: &System, out: &Path) -> Result<(), Failure> {
    let path = out.join("keyplan.yaml");
    fs::write(&path, settings(system))
        .map_err(|error| Failure::Told(format!("cannot write {}: {error}", path.display())))
}
