//! The property: doors, locks, keys, schedules, people and assignments, with typed ids in place of names.
//!
//! [`lower`] makes it from trees and reports every mistake of shape and of names. After it nothing dangles: an id
//! indexes its list, no look-up can fail.

pub mod language;
pub(crate) mod lower;
pub mod settings;
pub mod shape;

pub(crate) use lower::names::{flaw_of_id, nearest, proposed_id};
pub(crate) use lower::schedules::week_of;
pub use lower::{AsOf, Files, Input, InputKind, lower, lower_settings};

use crate::source::{Sources, Span};
use crate::time::{Day, Interval, Schedule as Hours};

macro_rules! ids {
    ($($(#[$doc:meta])* $id:ident),*) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $id(pub u32);

        impl $id {
            /// Its index in its list.
            #[inline]
            #[must_use]
            pub const fn index(self) -> usize { self.0 as usize }
        }
    )* };
}

ids! {
    /// Index in [`Property::doors`].
    DoorId,
    /// Index in [`Property::groups`].
    GroupId,
    /// Index in [`Property::models`].
    ModelId,
    /// Index in [`Property::schedules`].
    ScheduleId,
    /// Index in [`Property::keys`].
    KeyId,
    /// Index in [`Property::people`].
    PersonId,
    /// Index in [`Property::teams`].
    TeamId,
    /// Index in [`Property::team_sets`].
    TeamSetId,
    /// Index in [`Property::key_lists`].
    KeyListId
}

/// One building or site, understood.
#[derive(Debug, Default)]
pub struct Property {
    /// The text that every [`Span`] here points into.
    pub sources: Sources,
    /// Its id.
    pub id: Span,
    /// The name that people know.
    pub name: Option<Span>,
    /// The zone that all its times are in; UTC while it is not known.
    pub timezone: chrono_tz::Tz,
    /// The day on which occupancy is judged.
    pub as_of: Day,
    /// What the lock hardware can hold.
    pub models: Vec<LockModel>,
    /// Every door, ranges expanded, in the order they were written.
    pub doors: Vec<Door>,
    /// Named sets of doors.
    pub groups: Vec<Group>,
    /// Dates that schedules may treat apart, ascending.
    pub holidays: Vec<Holiday>,
    /// Named weekly hours.
    pub schedules: Vec<Schedule>,
    /// Keys.
    pub keys: Vec<Key>,
    /// Teams.
    pub teams: Vec<Team>,
    /// The different sets of teams that people are in, each ascending. The first is empty.
    pub team_sets: Vec<Vec<TeamId>>,
    /// Everybody.
    pub people: Vec<Person>,
    /// What is known of few people, ascending by person.
    pub contacts: Vec<Contact>,
    /// The different lists of keys that are assigned.
    pub key_lists: Vec<Vec<GivenKey>>,
    /// The recipients of all assignments, one after the other; see [`Assignment::to`].
    pub recipients: Vec<Who>,
    /// Who gets which keys.
    pub assignments: Vec<Assignment>,
    /// What must hold.
    pub asserts: Vec<Assert>,
}

/// What a device can hold. `None` where the property does not say.
#[derive(Debug)]
pub struct LockModel {
    /// Its id.
    pub id: Span,
    /// The family it belongs to, one of [`language::LOCK_FAMILIES`].
    pub family: Option<Span>,
    /// People in all.
    pub holders: Option<u32>,
    /// Doorcodes in all.
    pub doorcodes: Option<u32>,
    /// Shortest and longest doorcode.
    pub digits: Option<(u8, u8)>,
    /// Weekly windows for each person.
    pub windows_per_holder: Option<u32>,
    /// Windows of dates for each person.
    pub dated_per_holder: Option<u32>,
    /// The first firmware that knows schedules.
    pub schedules_since: Option<Span>,
    /// Whether its schedules can differ on holidays.
    pub holidays: Option<bool>,
    /// Whether the next hours are kept as dates, by a lock that knows no hours.
    pub next_dates: Option<bool>,
    /// Whether it keeps from which day to which somebody has access.
    pub dates: Option<bool>,
    /// Whether it can be reached without a visit.
    pub online: Option<bool>,
}

/// What kind of door it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DoorKind {
    /// A way into the building.
    Entrance,
    /// A home.
    Residence,
    /// A shared space of the residents.
    Amenity,
    /// A space for those who keep the building running.
    Service,
    /// An office.
    Office,
    /// A garage or gate for vehicles.
    Parking,
    /// An elevator; only elevator keys hold it.
    Elevator,
    /// Anything else.
    Other,
}

impl DoorKind {
    const ALL: [Self; 8] = [
        Self::Entrance,
        Self::Residence,
        Self::Amenity,
        Self::Service,
        Self::Office,
        Self::Parking,
        Self::Elevator,
        Self::Other,
    ];

    /// The word in the file, one of [`language::DOOR_KINDS`].
    #[must_use]
    pub fn name(self) -> &'static str {
        language::DOOR_KINDS[self as usize]
    }

    /// The kind with this name.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// A door.
#[derive(Debug)]
pub struct Door {
    /// Its id.
    pub id: Span,
    /// The name that people know.
    pub name: Option<Span>,
    /// What kind of door it is.
    pub kind: DoorKind,
    /// Words that groups pick doors by.
    pub tags: Vec<Span>,
    /// The floor it is on.
    pub floor: Option<i16>,
    /// Whether somebody lives behind it on the as-of day; only ever true for residences.
    pub occupied: bool,
    /// Whether a plan may not take access to it away.
    pub protect: bool,
    /// What the lock is.
    pub model: Option<ModelId>,
    /// The lock's firmware.
    pub firmware: Option<Span>,
    /// Which provider holds the lock.
    pub provider: Option<Span>,
    /// How the provider calls the lock.
    pub lock_id: Option<Span>,
}

/// A named set of doors.
#[derive(Debug)]
pub struct Group {
    /// Its id.
    pub id: Span,
    /// The doors in it on the as-of day, ascending.
    pub doors: Vec<DoorId>,
    /// Whether who lives where decides what it holds: such a group may be empty today and full tomorrow.
    pub by_occupancy: bool,
    /// Whether anything names it.
    pub used: bool,
}

/// A date that schedules may treat apart.
#[derive(Debug)]
pub struct Holiday {
    /// The date.
    pub day: Day,
    /// Where it is written.
    pub span: Span,
    /// What it is called.
    pub name: Option<Span>,
}

/// Named weekly hours.
#[derive(Debug)]
pub struct Schedule {
    /// Its id.
    pub id: Span,
    /// When it is open.
    pub hours: Hours,
    /// Where the windows of each day from Monday are written, and last those of holidays.
    pub written: [Option<Span>; 8],
    /// Whether anything names it.
    pub used: bool,
}

/// Whether a key is for doors or for elevators.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeyType {
    /// Doors of every kind but elevators.
    #[default]
    Door,
    /// Elevators only.
    Elevator,
}

/// A key: doors, each with a schedule and a doorcode setting.
#[derive(Debug)]
pub struct Key {
    /// Its id.
    pub id: Span,
    /// The name that people know; `$door` in it stands for the door of an instance.
    pub name: Option<Span>,
    /// Doors or elevators.
    pub kind: KeyType,
    /// Whether it may be shared unless an assignment says otherwise.
    pub share: bool,
    /// For a key with `each`: the doors of its instances.
    pub each: Option<Each>,
    /// What it opens, ascending by door, no door twice. For a key with `each`, what all instances open.
    pub lines: Vec<Line>,
    /// Whether who lives where decides what it opens: such a key may be empty today.
    pub by_occupancy: bool,
    /// When somebody last looked at it.
    pub reviewed: Option<Day>,
}

/// The instances of a key with `each`.
#[derive(Debug)]
pub struct Each {
    /// One instance for each of these doors, ascending.
    pub doors: Vec<DoorId>,
    /// What an instance opens at its own door, `$door`, when the key has such a line.
    pub own: Option<Setting>,
}

impl Key {
    /// The line of an instance (or of the key itself, without one) for a door.
    #[must_use]
    pub fn line(&self, door: DoorId, instance: Option<DoorId>) -> Option<Setting> {
        if instance == Some(door)
            && let Some(own) = self.each.as_ref().and_then(|each| each.own)
        {
            return Some(own);
        }
        let index = self.lines.binary_search_by_key(&door, |line| line.door).ok()?;
        Some(self.lines[index].setting)
    }
}

/// A door in a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// Which door.
    pub door: DoorId,
    /// How.
    pub setting: Setting,
}

/// How a key opens a door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The hours; `None` for always.
    pub schedule: Option<ScheduleId>,
    /// Whether it gives a doorcode.
    pub doorcode: bool,
    /// Where it is written.
    pub span: Span,
}

/// What somebody is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PersonKind {
    /// Lives here.
    Resident,
    /// Works for the property.
    Employee,
    /// Works for somebody else.
    Vendor,
    /// Visits.
    Guest,
}

impl PersonKind {
    const ALL: [Self; 4] = [Self::Resident, Self::Employee, Self::Vendor, Self::Guest];

    /// The word in the file, one of [`language::PERSON_KINDS`].
    #[must_use]
    pub fn name(self) -> &'static str {
        language::PERSON_KINDS[self as usize]
    }

    fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// A team: a named set of people.
#[derive(Debug)]
pub struct Team {
    /// Its id, at the place that defines it, or else where somebody is first put in it.
    pub id: Span,
    /// What its people are.
    pub kind: Option<PersonKind>,
    /// Whether `teams:` lists it.
    pub listed: bool,
}

/// A person. Small, since there may be many.
#[derive(Debug)]
pub struct Person {
    /// The id.
    pub id: Span,
    /// The name that people know.
    pub name: Option<Span>,
    /// The home.
    pub unit: Option<DoorId>,
    /// The teams, an index in [`Property::team_sets`].
    pub teams: TeamSetId,
    /// No access outside these dates.
    pub dates: Interval,
    /// Whether a plan may not take this person's access away.
    pub protect: bool,
}

/// How to reach somebody, and the card.
#[derive(Debug)]
pub struct Contact {
    /// Whose.
    pub person: PersonId,
    /// Where to write to.
    pub email: Option<Span>,
    /// What the keycard is called.
    pub card: Option<Span>,
}

/// A key as an assignment names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GivenKey {
    /// Which key.
    pub key: KeyId,
    /// For a key with `each`, the instance named outright; without it each person gets their own unit's.
    pub instance: Option<DoorId>,
}

/// People as an assignment or an assertion names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Who {
    /// One person.
    Person(PersonId),
    /// Everybody in a team.
    Team(TeamId),
    /// Everybody.
    Everyone,
}

/// These people get these keys in these dates.
#[derive(Debug)]
pub struct Assignment {
    /// Where it is written.
    pub span: Span,
    /// Its recipients in [`Property::recipients`].
    pub to: (u32, u32),
    /// Its keys, an index in [`Property::key_lists`].
    pub keys: KeyListId,
    /// Whether they may be shared; `None` for what each key says.
    pub share: Option<bool>,
    /// When it holds.
    pub dates: Interval,
    /// When somebody last looked at it.
    pub reviewed: Option<Day>,
}

/// What a person can do at a door.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Capability {
    /// Open it by app or keycard.
    Unlock,
    /// Open it by a doorcode.
    Doorcode,
    /// Let guests open it.
    Share,
}

impl Capability {
    /// All of them, in the order of every output.
    pub const ALL: [Self; 3] = [Self::Unlock, Self::Doorcode, Self::Share];

    /// The word in files and outputs, one of [`language::CAPABILITIES`].
    #[must_use]
    pub fn name(self) -> &'static str {
        language::CAPABILITIES[self as usize]
    }

    fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|capability| capability.name() == name)
    }
}

/// What must hold.
#[derive(Debug)]
pub struct Assert {
    /// Where it is written.
    pub span: Span,
    /// In words.
    pub name: Option<Span>,
    /// For whom.
    pub who: Vec<Who>,
    /// At which doors, ascending.
    pub doors: Vec<DoorId>,
    /// Whether who lives where decides which doors those are: there may be none today.
    pub by_occupancy: bool,
    /// What they must never be able to do.
    pub never: Vec<Capability>,
    /// What they must always be able to do.
    pub always: Vec<Capability>,
    /// The hours outside which they can do nothing; the outer `None` for no such demand, the inner for `always`.
    pub only: Option<Option<ScheduleId>>,
}

impl Property {
    /// The text of a name.
    #[must_use]
    pub fn text(&self, span: Span) -> &str {
        self.sources.get(span)
    }

    /// The name of a key as outputs show it: `pool`, or for an instance `unit/unit-205C`.
    #[must_use]
    pub fn key_name(&self, given: GivenKey) -> String {
        let key = self.text(self.keys[given.key.index()].id);
        match given.instance {
            Some(door) => format!("{key}/{}", self.text(self.doors[door.index()].id)),
            None => key.to_owned(),
        }
    }

    /// The people that an assignment names.
    #[must_use]
    pub fn recipients(&self, assignment: &Assignment) -> &[Who] {
        &self.recipients[assignment.to.0 as usize..assignment.to.1 as usize]
    }

    /// Whether a person is one of `who`.
    #[must_use]
    pub fn includes(&self, who: Who, person: PersonId) -> bool {
        match who {
            Who::Person(one) => one == person,
            Who::Team(team) => {
                self.team_sets[self.people[person.index()].teams.index()].binary_search(&team).is_ok()
            }
            Who::Everyone => true,
        }
    }
}
