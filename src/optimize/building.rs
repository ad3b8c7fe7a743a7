//! The keys of a property as a table of needs.

use std::collections::{BTreeMap, BTreeSet};

use super::{Grant, Needs};
use crate::access::Access;
use crate::model::{DoorId, GivenKey, Key, KeyId, KeyType, PersonId, Property, ScheduleId};
use crate::time::Interval;

/// Somebody as they are given keys: one person is several, when they may share some keys, or have some for other dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Recipient {
    /// Who.
    pub person: PersonId,
    /// Whether they may share it.
    pub share: bool,
    /// The dates of the assignment.
    pub dates: Interval,
}

/// What a line of a key gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Opening {
    /// Whether it stands on a key for elevators.
    pub elevator: bool,
    /// The door.
    pub door: DoorId,
    /// The hours, the first schedule of those that say the same; `None` for always.
    pub schedule: Option<ScheduleId>,
    /// Whether it gives a doorcode.
    pub doorcode: bool,
}

/// A key as it is today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Today {
    /// Which.
    pub key: KeyId,
    /// What is on it, ascending.
    pub openings: Vec<u32>,
    /// Who has it, ascending; nobody, for a key that only lies there.
    pub holders: Vec<u32>,
}

/// What the keys of a property give, as far as they may become others.
#[derive(Clone, Debug, Default)]
pub struct Building {
    /// The people of the needs.
    pub recipients: Vec<Recipient>,
    /// The permissions of the needs.
    pub openings: Vec<Opening>,
    /// Who needs what, and what keys never mix.
    pub needs: Needs,
    /// The keys that may become others.
    pub today: Vec<Today>,
    /// Keys that stay as they are: private ones with `each`, those that follow who lives where, and those that were named.
    pub kept: Vec<KeyId>,
    /// All keys that people hold of these.
    pub beside: Vec<Beside>,
    /// Openings of one door of which none gives all of the other: one key has no two lines for a door.
    clashes: BTreeSet<(u32, u32)>,
}

/// A key that stays as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beside {
    /// Which, and of a key with `each`, for which door.
    pub given: GivenKey,
    /// Who has it, ascending.
    pub people: Vec<PersonId>,
}

/// What may become of the keys.
#[derive(Clone, Copy)]
pub struct Rules<'r> {
    /// Keys that stay as they are.
    pub keep: &'r [KeyId],
    /// What somebody is: people of different kinds never get the same key.
    pub kind_of: &'r dyn Fn(PersonId) -> u32,
    /// People of all kinds may get the same key, shared or not.
    pub mixed: bool,
    /// Of people who hold the same and are the same, one stands for all, and homes are left out: quicker, with as many
    /// keys, or a few more where a private key gives what another one does too.
    pub one_of_each: bool,
}

/// Something somebody is given by a key.
struct Given {
    recipient: u32,
    opening: u32,
    /// By a key that stays as it is.
    kept: bool,
}

impl Building {
    /// Reads the keys of a property.
    #[must_use]
    pub fn of(property: &Property, access: &Access, rules: Rules<'_>) -> Self {
        let mut reader = Reader::new(property, access);
        let keeps = |number: usize, key: &Key| {
            key.each.is_some() || key.by_occupancy || rules.keep.contains(&KeyId(number as u32))
        };
        let kept: Vec<bool> =
            property.keys.iter().enumerate().map(|(number, key)| keeps(number, key)).collect();
        let mut today: Vec<Today> = Vec::new();
        let mut place: Vec<Option<usize>> = vec![None; property.keys.len()];
        for (number, key) in property.keys.iter().enumerate().filter(|(number, _)| !kept[*number]) {
            place[number] = Some(today.len());
            let mut openings: Vec<u32> =
                key.lines.iter().map(|line| reader.opening(key, line.door, line.setting)).collect();
            openings.sort_unstable();
            openings.dedup();
            today.push(Today { key: KeyId(number as u32), openings, holders: Vec::new() });
        }
        let mut needed: Vec<Vec<u32>> = Vec::new();
        let mut free: Vec<Grant> = Vec::new();
        let mut beside: BTreeMap<GivenKey, Vec<PersonId>> = BTreeMap::new();
        let mut given: Vec<Given> = Vec::new();
        let mut seen: BTreeSet<(u32, u32, Interval)> = BTreeSet::new();
        for person in (0..property.people.len() as u32).map(PersonId) {
            let one = &property.people[person.index()];
            let likeness = (access.class_of(person), (rules.kind_of)(person), one.dates);
            if rules.one_of_each && !seen.insert(likeness) {
                continue;
            }
            given.clear();
            for grant in &access.classes()[access.class_of(person) as usize] {
                let ahead = Interval::new(Some(property.as_of.start()), None);
                if grant.dates.intersect(one.dates).intersect(ahead).is_empty() {
                    continue;
                }
                let recipient = reader.recipient(person, grant.share, grant.dates);
                needed.resize(reader.recipients.len(), Vec::new());
                let key = &property.keys[grant.key.index()];
                if let Some(place) = place[grant.key.index()] {
                    today[place].holders.push(recipient);
                    let openings = today[place].openings.iter();
                    given.extend(openings.map(|opening| Given { recipient, opening: *opening, kept: false }));
                    continue;
                }
                let home = grant.instance.or(one.unit).filter(|_| key.each.is_some() && !rules.one_of_each);
                if key.each.is_none() || home.is_some() {
                    let holders = beside.entry(GivenKey { key: grant.key, instance: home }).or_default();
                    if holders.last() != Some(&person) {
                        holders.push(person);
                    }
                }
                // Whoever lives where may be another one tomorrow: what such a key gives is no reason to leave out
                // what another one does.
                if key.by_occupancy {
                    continue;
                }
                let doors = key.lines.iter().map(|line| line.door).chain(home);
                for door in doors {
                    if let Some(setting) = key.line(door, home) {
                        let opening = reader.opening(key, door, setting);
                        given.push(Given { recipient, opening, kept: true });
                    }
                }
            }
            // Only what is given at the same door can be covered by each other.
            given.sort_by_key(|one| reader.openings[one.opening as usize].door);
            let door = |one: &Given| reader.openings[one.opening as usize].door;
            for same in given.chunk_by(|one, other| door(one) == door(other)) {
                for (index, one) in same.iter().enumerate().filter(|(_, one)| !one.kept) {
                    needed[one.recipient as usize].push(one.opening);
                    let covered = same.iter().enumerate().any(|(other_index, other)| {
                        let same = (one.recipient, one.opening) == (other.recipient, other.opening);
                        reader.covers(other, one)
                            && (other.kept || !same && (!reader.covers(one, other) || other_index < index))
                    });
                    if covered {
                        free.push((one.recipient, one.opening));
                    }
                }
            }
        }
        today.iter_mut().for_each(|key| {
            key.holders.sort_unstable();
            key.holders.dedup();
        });
        let clashes = reader.clashes();
        let Reader { recipients, openings, .. } = reader;
        let kinds: Vec<u32> = recipients
            .iter()
            .map(|one| if rules.mixed { 0 } else { (rules.kind_of)(one.person) * 2 + u32::from(one.share) })
            .collect();
        let classes: Vec<u32> = openings.iter().map(|one| u32::from(one.elevator)).collect();
        needed.resize(recipients.len(), Vec::new());
        let needs = Needs::new(&needed).with_kinds(&kinds).with_classes(&classes).with_free(&free);
        let kept: Vec<KeyId> =
            (0..property.keys.len() as u32).map(KeyId).filter(|key| kept[key.index()]).collect();
        // A key that stays is one also while nobody has it.
        for key in kept.iter().filter(|key| property.keys[key.index()].each.is_none()) {
            beside.entry(GivenKey { key: *key, instance: None }).or_default();
        }
        let beside = beside.into_iter().map(|(given, people)| Beside { given, people }).collect();
        Self { recipients, openings, needs, today, kept, beside, clashes }
    }

    /// Whether one key can hold all of some openings.
    pub(super) fn is_writable(&self, openings: &[u32]) -> bool {
        !self
            .clashes
            .iter()
            .any(|(one, other)| openings.binary_search(one).is_ok() && openings.binary_search(other).is_ok())
    }

    /// Whether a key is for people who never share one.
    #[must_use]
    pub fn is_mixed(&self, holders: &[u32]) -> bool {
        holders.windows(2).any(|two| self.needs.kind(two[0]) != self.needs.kind(two[1]))
    }
}

struct Reader<'p> {
    access: &'p Access,
    /// The first schedule that says the same as each.
    same: Vec<ScheduleId>,
    recipients: Vec<Recipient>,
    openings: Vec<Opening>,
    recipient_of: BTreeMap<Recipient, u32>,
    opening_of: BTreeMap<Opening, u32>,
}

/// The first schedule with the same hours, for each.
fn same_hours(property: &Property, access: &Access) -> Vec<ScheduleId> {
    let ids = (0..property.schedules.len() as u32).map(ScheduleId);
    ids.map(|id| {
        let earlier = (0..id.0).map(ScheduleId);
        earlier.into_iter().find(|other| access.hours(*other) == access.hours(id)).unwrap_or(id)
    })
    .collect()
}

impl<'p> Reader<'p> {
    fn new(property: &Property, access: &'p Access) -> Self {
        Self {
            access,
            same: same_hours(property, access),
            recipients: Vec::new(),
            openings: Vec::new(),
            recipient_of: BTreeMap::new(),
            opening_of: BTreeMap::new(),
        }
    }

    fn recipient(&mut self, person: PersonId, share: bool, dates: Interval) -> u32 {
        let recipient = Recipient { person, share, dates };
        let next = self.recipients.len() as u32;
        let number = *self.recipient_of.entry(recipient).or_insert(next);
        if number == next {
            self.recipients.push(recipient);
        }
        number
    }

    fn opening(&mut self, key: &Key, door: DoorId, setting: crate::model::Setting) -> u32 {
        let schedule = setting.schedule.map(|schedule| self.same[schedule.index()]);
        let elevator = key.kind == KeyType::Elevator;
        let opening = Opening { elevator, door, schedule, doorcode: setting.doorcode };
        let next = self.openings.len() as u32;
        let number = *self.opening_of.entry(opening).or_insert(next);
        if number == next {
            self.openings.push(opening);
        }
        number
    }

    /// Whether one thing given contains another.
    fn covers(&self, one: &Given, other: &Given) -> bool {
        let (opens, opened) = (&self.openings[one.opening as usize], &self.openings[other.opening as usize]);
        let (gets, got) =
            (&self.recipients[one.recipient as usize], &self.recipients[other.recipient as usize]);
        opens.door == opened.door
            && opens.doorcode >= opened.doorcode
            && gets.share >= got.share
            && got.dates.intersect(gets.dates) == got.dates
            && self.contains(opens.schedule, opened.schedule)
    }

    fn clashes(&self) -> BTreeSet<(u32, u32)> {
        let mut by_door: Vec<(DoorId, u32)> =
            self.openings.iter().zip(0..).map(|(opening, number)| (opening.door, number)).collect();
        by_door.sort_unstable();
        let more = |one: &Opening, other: &Opening| {
            one.doorcode >= other.doorcode && self.contains(one.schedule, other.schedule)
        };
        let mut clashes = BTreeSet::new();
        for same in by_door.chunk_by(|one, other| one.0 == other.0) {
            for (index, (_, one)) in same.iter().enumerate() {
                for (_, other) in &same[..index] {
                    let (this, that) = (&self.openings[*one as usize], &self.openings[*other as usize]);
                    if !more(this, that) && !more(that, this) {
                        clashes.insert((*other, *one));
                    }
                }
            }
        }
        clashes
    }

    fn contains(&self, one: Option<ScheduleId>, other: Option<ScheduleId>) -> bool {
        match (one, other) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(one), Some(other)) => {
                one == other || self.access.hours(other).difference(self.access.hours(one)).is_empty()
            }
        }
    }
}
