//! Guards: what a plan may not do unless somebody allows it for this plan.

use std::collections::{BTreeMap, BTreeSet};

use super::compare::Written;
use super::pairs::Pairs;
use super::{CodeFate, Plan, PlannedLock, Source};
use crate::model::{Capability, Door, DoorId, DoorKind, Property};

/// What guards go by. Kept with the record of the locks, so that an edit that loosens them is still judged by what held
/// before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guards {
    /// The largest share of the people at one lock, or of the property, that may lose a door, in percent.
    pub revoke_share: u8,
    /// The largest number of people who may lose a door, at one lock and in the property.
    pub revoke_count: u32,
    /// People whose access may not be taken away, ascending.
    pub people: Vec<String>,
    /// Doors to which access may not be taken away, ascending.
    pub doors: Vec<String>,
    /// The doors by which people come in, ascending.
    pub entrances: Vec<String>,
}

impl Default for Guards {
    fn default() -> Self {
        Self {
            revoke_share: 30,
            revoke_count: 20,
            people: Vec::new(),
            doors: Vec::new(),
            entrances: Vec::new(),
        }
    }
}

/// A share of fewer people than this says little: a family that moves out is everybody at the lock of a home.
const CROWD: usize = 10;

impl Guards {
    /// What a property and the settings ask for.
    #[must_use]
    pub fn written(property: &Property, share: Option<u8>, count: Option<u32>) -> Self {
        let default = Self::default();
        let text = |span| property.text(span).to_owned();
        let mut people: Vec<String> =
            property.people.iter().filter(|one| one.protect).map(|one| text(one.id)).collect();
        let mut doors: Vec<String> =
            property.doors.iter().filter(|one| one.protect).map(|one| text(one.id)).collect();
        let is_entrance = |door: &&Door| door.kind == DoorKind::Entrance;
        let mut entrances: Vec<String> =
            property.doors.iter().filter(is_entrance).map(|door| text(door.id)).collect();
        people.sort_unstable();
        doors.sort_unstable();
        entrances.sort_unstable();
        Self {
            revoke_share: share.unwrap_or(default.revoke_share),
            revoke_count: count.unwrap_or(default.revoke_count),
            people,
            doors,
            entrances,
        }
    }

    /// The stricter of two: who loosens a guard applies that first, and then the plan that needs it.
    #[must_use]
    pub fn stricter(&self, other: &Self) -> Self {
        let both = |one: &[String], other: &[String]| {
            let all: BTreeSet<String> = one.iter().chain(other).cloned().collect();
            all.into_iter().collect()
        };
        Self {
            revoke_share: self.revoke_share.min(other.revoke_share),
            revoke_count: self.revoke_count.min(other.revoke_count),
            people: both(&self.people, &other.people),
            doors: both(&self.doors, &other.doors),
            entrances: both(&self.entrances, &other.entrances),
        }
    }
}

/// The guards by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Guard {
    /// Too large a share of people loses a door.
    RevokeShare,
    /// Too many people lose a door.
    RevokeCount,
    /// Somebody who stays loses the own home.
    Home,
    /// Somebody who stays loses every entrance.
    Entrances,
    /// Somebody who can still open a door loses the doorcode there for good.
    Doorcodes,
    /// The property has no access at all any more.
    Empty,
    /// A protected person, or a protected door.
    Protected,
    /// Somebody is without access that stays, or loses the old before the new: a lock is full.
    Gap,
    /// There is no room for somebody.
    NoRoom,
}

impl Guard {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::RevokeShare,
        Self::RevokeCount,
        Self::Home,
        Self::Entrances,
        Self::Doorcodes,
        Self::Empty,
        Self::Protected,
        Self::Gap,
        Self::NoRoom,
    ];

    /// What `--allow` calls it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RevokeShare => "revoke-share",
            Self::RevokeCount => "revoke-count",
            Self::Home => "home",
            Self::Entrances => "entrances",
            Self::Doorcodes => "doorcodes",
            Self::Empty => "empty",
            Self::Protected => "protected",
            Self::Gap => "gap",
            Self::NoRoom => "no-room",
        }
    }

    /// The guard of a name.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|guard| guard.name() == name)
    }
}

/// Something that a guard says no to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Danger {
    /// Which guard.
    pub guard: Guard,
    /// What the plan would do, with its numbers.
    pub what: String,
}

/// Guards that somebody allowed for one plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Allowed(pub Vec<Guard>);

/// A plan that its guards, or somebody, let pass. Nothing else is ever applied.
#[derive(Clone, Copy, Debug)]
pub struct SafePlan<'p>(&'p Plan);

impl<'p> SafePlan<'p> {
    /// The plan.
    #[must_use]
    pub const fn plan(self) -> &'p Plan {
        self.0
    }
}

/// What was refused, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused(pub Vec<Danger>);

impl Plan {
    /// Holds the plan to its guards.
    ///
    /// # Errors
    /// With every danger that is not allowed.
    pub fn admit(&self, allowed: &Allowed) -> Result<SafePlan<'_>, Refused> {
        let left: Vec<Danger> =
            self.dangers.iter().filter(|danger| !allowed.0.contains(&danger.guard)).cloned().collect();
        if left.is_empty() { Ok(SafePlan(self)) } else { Err(Refused(left)) }
    }
}

/// How many people are meant, and the first of them.
fn people(ids: &BTreeSet<&str>) -> String {
    let first: Vec<String> = ids.iter().take(3).map(|id| format!("`{id}`")).collect();
    match ids.len() - first.len() {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

/// Everything in a plan that a guard says no to. `losses`: whether anything is lost in each case.
pub(super) fn dangers(
    plan: &Plan,
    pairs: &Pairs,
    losses: &[bool],
    written: &Written,
    source: &Source<'_>,
) -> Vec<Danger> {
    let Source { property, access, tables, recorded, .. } = *source;
    let mut dangers = Vec::new();
    let mut danger = |guard, what: String| dangers.push(Danger { guard, what });
    let guards = match recorded.lineage.is_empty() {
        true => plan.guards.clone(),
        false => recorded.guards.stricter(&plan.guards),
    };
    let mut revoked: BTreeMap<u32, BTreeSet<&str>> = BTreeMap::new();
    let (mut home, mut ways_in, mut codes) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let mut gone: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut protected: BTreeSet<(&str, &str)> = BTreeSet::new();
    for pair in &pairs.list {
        let (id, lock) = (plan.people[pair.person as usize].id.as_str(), &plan.locks[pair.lock as usize]);
        let (case, loses) = (pairs.case(pair), losses[pair.case as usize]);
        // What is over is no loss.
        if !loses {
            continue;
        }
        // The same door by another lock is no loss either; what this one cannot hold is one, whatever is written.
        let (person, door) = written.of(pair.person, pair.lock);
        let is_at_door = door.is_some_and(|door| at_door(source, door, lock));
        let times = |capability| access.times(person?, door?, capability);
        let is_kept = |capability: Capability| match is_at_door {
            true => case.wanted.times[capability as usize].is_some(),
            false => times(capability).is_some(),
        };
        if case.new.is_empty() && !is_kept(Capability::Unlock) && !is_kept(Capability::Doorcode) {
            revoked.entry(pair.lock).or_default().insert(id);
        }
        if guards.people.binary_search_by(|one| one.as_str().cmp(id)).is_ok()
            || guards.doors.binary_search(&lock.door).is_ok()
        {
            protected.insert((id, &lock.door));
        }
        if case.leaves {
            continue;
        }
        let lost_door = !is_kept(Capability::Unlock) && !is_kept(Capability::Doorcode);
        if lost_door && person.is_some_and(|one| property.people[one.index()].unit == door && door.is_some())
        {
            home.insert(id);
        }
        let is_entrance = |door: DoorId| property.doors[door.index()].kind == DoorKind::Entrance;
        if lost_door
            && (door.is_some_and(is_entrance) || guards.entrances.binary_search(&lock.door).is_ok())
            && !person.is_some_and(|one| access.cells(one).any(|cell| is_entrance(cell.door)))
        {
            ways_in.insert(id);
        }
        let had_code = case.old.iter().any(|there| there.held.ways.has_doorcode());
        if had_code && !is_kept(Capability::Doorcode) && is_kept(Capability::Unlock) {
            codes.insert(id);
        }
        if had_code && door.is_none() {
            gone.entry(&lock.door).or_default().insert(id);
        }
    }
    for change in plan.changes.iter().filter(|one| one.untold && !one.leaves_code()) {
        // A doorcode that nobody knows cannot be given to them again.
        let (person, door) = written.of(change.person, change.lock);
        let opens = |capability| {
            person.zip(door).is_some_and(|(one, door)| access.times(one, door, capability).is_some())
        };
        if change.code != CodeFate::None && (opens(Capability::Unlock) || opens(Capability::Doorcode)) {
            codes.insert(plan.person(change).id.as_str());
        }
    }
    let everybody: BTreeSet<&str> = revoked.values().flatten().copied().collect();
    if tables.credentials() == 0 && recorded.locks.iter().any(|lock| !lock.entries.is_empty()) {
        danger(
            Guard::Empty,
            "the property gives nobody any access any more: every lock would be emptied".into(),
        );
    }
    for (lock, ids) in &revoked {
        let lock = &plan.locks[*lock as usize];
        let there =
            recorded.locks.iter().find(|one| one.key() == (&lock.door, &lock.provider, &lock.address));
        let there = there
            .map_or(0, |one| one.entries.iter().map(|entry| entry.person).collect::<BTreeSet<_>>().len());
        if there >= CROWD && ids.len() * 100 > there * usize::from(guards.revoke_share) {
            let share = ids.len() * 100 / there;
            danger(
                Guard::RevokeShare,
                format!(
                    "{} of {there} people, {share} %, lose `{}`; the limit is {} %: {}",
                    ids.len(),
                    lock.door,
                    guards.revoke_share,
                    people(ids)
                ),
            );
        }
    }
    // Whoever is recorded has something.
    let known = recorded.people.len();
    if known >= CROWD && everybody.len() * 100 > known * usize::from(guards.revoke_share) {
        let share = everybody.len() * 100 / known;
        danger(
            Guard::RevokeShare,
            format!(
                "{} of {known} people, {share} %, lose a door; the limit is {} %",
                everybody.len(),
                guards.revoke_share
            ),
        );
    }
    if everybody.len() > guards.revoke_count as usize {
        danger(
            Guard::RevokeCount,
            format!(
                "{} people lose a door; the limit is {}: {}",
                everybody.len(),
                guards.revoke_count,
                people(&everybody)
            ),
        );
    }
    if !home.is_empty() {
        danger(Guard::Home, format!("{} would lose the own home and stay in the building", people(&home)));
    }
    if !ways_in.is_empty() {
        danger(Guard::Entrances, format!("{} would lose every entrance", people(&ways_in)));
    }
    if !codes.is_empty() {
        danger(
            Guard::Doorcodes,
            format!("{} would lose a doorcode for good at a door that stays open to them", people(&codes)),
        );
    }
    for (door, ids) in gone {
        danger(
            Guard::Doorcodes,
            format!(
                "the door `{door}` is no longer written, and {} would lose their doorcodes there for good. If only its id has changed, `keyplan state mv door {door} NEW` keeps them",
                people(&ids)
            ),
        );
    }
    for (id, door) in protected {
        danger(Guard::Protected, format!("`{id}` would lose access to `{door}`, which is protected"));
    }
    let gaps: BTreeSet<&str> =
        plan.changes.iter().filter(|one| one.gap).map(|one| plan.person(one).id.as_str()).collect();
    if !gaps.is_empty() {
        danger(
            Guard::Gap,
            format!(
                "a lock is full: the old access of {} goes before the new is there, for as long as one change takes",
                people(&gaps)
            ),
        );
    }
    let short: BTreeSet<&str> =
        plan.short.iter().filter(|one| one.capability.is_none()).map(|one| one.person.as_str()).collect();
    if !short.is_empty() {
        danger(Guard::NoRoom, format!("{} would stay without access: a lock is full", people(&short)));
    }
    dangers
}

/// Whether a lock is the one that is written at a door.
fn at_door(source: &Source<'_>, door: DoorId, lock: &PlannedLock) -> bool {
    let property = source.property;
    let door = &property.doors[door.index()];
    let provider = door.provider.map_or(source.provider, |provider| property.text(provider));
    let address = door.lock_id.map_or(property.text(door.id), |id| property.text(id));
    lock.provider == provider && lock.address == address
}
