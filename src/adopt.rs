//! A property from what locks hold: who opens which door when becomes keys, schedules, people and assignments.
//!
//! The keys are the fewest there can be, found by [`crate::optimize`]; homes have a key each. Whatever is written says
//! exactly what was held, which is for the caller to prove: the text is read again as any property is.

mod assigned;
mod gathered;
mod keys;
mod lines;
mod names;
mod write;

use std::collections::BTreeSet;

pub use gathered::Gathered;
pub use names::id_of;

use crate::model::DoorKind;
use crate::optimize::{Effort, Fewest};
use crate::time::{Day, Schedule, TimeSet};

/// What some locks hold.
#[derive(Clone, Debug, Default)]
pub struct Holdings {
    /// The id that the property gets.
    pub id: String,
    /// The zone that its times are in.
    pub timezone: chrono_tz::Tz,
    /// The days that hours are different on.
    pub holidays: BTreeSet<Day>,
    /// Doors, each id once.
    pub doors: Vec<Door>,
    /// People, each id once.
    pub people: Vec<Person>,
    /// Sets of minutes, which [`Held`] names by their place.
    pub times: Vec<TimeSet>,
    /// Who can do what; of one person and door once.
    pub held: Vec<Held>,
}

/// A door with a lock.
#[derive(Clone, Debug, Default)]
pub struct Door {
    /// Its id.
    pub id: String,
    /// What people call it, where that is not the id.
    pub name: Option<String>,
    /// What it is, where that is known.
    pub kind: Option<DoorKind>,
    /// Its lock, where that is known.
    pub lock: Option<Lock>,
}

/// The lock of a door.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lock {
    /// The provider that holds it.
    pub provider: String,
    /// The family that its model is of.
    pub family: &'static str,
    /// How the provider calls it.
    pub id: String,
    /// How many people it can hold, as it said.
    pub holders: Option<u32>,
    /// How many windows of the week it keeps for each, where that is not what its family counts on.
    pub weekly: Option<u32>,
    /// How many windows of dates, likewise.
    pub dated: Option<u32>,
}

impl Lock {
    /// What its model is called.
    fn model(&self) -> String {
        let counts = [(self.holders, ""), (self.weekly, "weekly-"), (self.dated, "dated-")];
        let counts = counts.iter().filter_map(|(count, of)| count.map(|count| format!("-{of}{count}")));
        format!("{}{}", self.family, counts.collect::<String>())
    }
}

/// Somebody who can open a door.
#[derive(Clone, Debug, Default)]
pub struct Person {
    /// The id.
    pub id: String,
    /// What people call them, where that is not the id.
    pub name: Option<String>,
}

/// What one person can do at one door: places in [`Holdings::times`], `None` for never.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// Who, a place in [`Holdings::people`].
    pub person: u32,
    /// Where, a place in [`Holdings::doors`].
    pub door: u32,
    /// When they can open it; everything below is within this.
    pub unlock: Option<u32>,
    /// When by doorcode.
    pub doorcode: Option<u32>,
    /// When they may share it.
    pub share: Option<u32>,
    /// What the keys were called that gave it, where that is known.
    pub keys: Vec<String>,
}

/// A property as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adopted {
    /// Names of files, and what is in them.
    pub files: Vec<(&'static str, String)>,
    /// How many keys there are; one for all homes that have one each.
    pub keys: usize,
    /// Whether there can be no fewer.
    pub fewest: bool,
}

/// What the parts of a property are made of: everything by numbers.
struct Parts {
    schedules: Vec<Schedule>,
    schedule_names: Vec<String>,
    recipients: Vec<lines::Recipient>,
    openings: Vec<lines::Opening>,
    keys: Vec<keys::Key>,
    /// The homes of each recipient, as places in the openings.
    homes: Vec<Vec<u32>>,
}

/// Writes a property that gives everybody just what they hold.
#[must_use]
pub fn adopt(holdings: &Holdings, effort: Effort<'_>) -> Adopted {
    let lines = lines::of(holdings);
    let found: Fewest = crate::optimize::fewest(&lines.needs(), effort);
    let keys = keys::of(holdings, &lines, &found);
    let fewest = found.is_proved() && keys.iter().filter(|key| !key.each).count() == found.shared.len();
    let homes = lines.homes();
    let lines::Lines { schedules, recipients, openings, dates, .. } = lines;
    let schedule_names = names::schedules(&schedules);
    let parts = Parts { schedules, schedule_names, recipients, openings, keys, homes };
    let assigned = assigned::of(holdings, &parts, &dates);
    let files = write::files(holdings, &parts, &assigned);
    Adopted { files, keys: parts.keys.len(), fewest }
}
