//! What locks hold, put together from one thing after the other.

use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashMap;

use super::{Door, Held, Holdings, Person, names};
use crate::locks::Ways;
use crate::model::Capability;
use crate::time::{Day, Interval, Segment, TimeSet};

const CAPABILITIES: [Capability; 3] = [Capability::Unlock, Capability::Doorcode, Capability::Share];

/// Holdings in the making. Doors and people are told apart by what they are called where they come from.
#[derive(Debug, Default)]
pub struct Gathered {
    doors: Vec<Door>,
    people: Vec<Person>,
    called_doors: Called,
    called_people: Called,
    times: Vec<TimeSet>,
    known_times: HashMap<TimeSet, u32>,
    holidays: BTreeSet<Day>,
    cells: BTreeMap<(u32, u32), Cell>,
}

/// Things by what they are called where they come from.
#[derive(Debug, Default)]
struct Called {
    known: HashMap<String, u32>,
    ids: BTreeSet<String>,
}

impl Called {
    /// Its number, and for a new one the id, and the name where that says more.
    fn number(&mut self, called: &str) -> (u32, Option<(String, Option<String>)>) {
        if let Some(known) = self.known.get(called) {
            return (*known, None);
        }
        let number = self.known.len() as u32;
        self.known.insert(called.to_owned(), number);
        let id = names::free(&names::id_of(called), &self.ids);
        self.ids.insert(id.clone());
        let name = (id != called).then(|| called.to_owned());
        (number, Some((id, name)))
    }
}

#[derive(Debug, Default)]
struct Cell {
    /// The times of each capability, as they came.
    times: [Vec<u32>; 3],
    keys: BTreeSet<String>,
}

impl Gathered {
    /// The door that is called so, with an id made of that.
    pub fn door(&mut self, called: &str) -> u32 {
        let (number, new) = self.called_doors.number(called);
        self.doors.extend(new.map(|(id, name)| Door { id, name, ..Door::default() }));
        number
    }

    /// What is known of a door, to add to.
    pub fn about_door(&mut self, door: u32) -> Option<&mut Door> {
        self.doors.get_mut(door as usize)
    }

    /// The person who is called so, with an id made of that.
    pub fn person(&mut self, called: &str) -> u32 {
        let (number, new) = self.called_people.number(called);
        self.people.extend(new.map(|(id, name)| Person { id, name }));
        number
    }

    /// A number for the minutes of some segments; the holidays that these name are holidays of the property.
    pub fn segments(&mut self, segments: &[Segment]) -> u32 {
        for segment in segments {
            self.holidays.extend(segment.holidays.iter().map(|(day, _)| day).chain(&segment.holidays_closed));
        }
        self.times(TimeSet::of_segments(segments))
    }

    /// A number for some minutes.
    pub fn times(&mut self, times: TimeSet) -> u32 {
        let next = self.times.len() as u32;
        let number = *self.known_times.entry_ref(&times).or_insert(next);
        if number == next {
            self.times.push(times);
        }
        number
    }

    /// Somebody can do something at a door in some minutes, beside what they can anyway; by some keys, where their names
    /// are known.
    pub fn give(&mut self, person: u32, door: u32, ways: Ways, times: u32, keys: &[String]) {
        let cell = self.cells.entry((person, door)).or_default();
        for (capability, known) in CAPABILITIES.iter().zip(&mut cell.times) {
            if ways.has(*capability) && !known.contains(&times) {
                known.push(times);
            }
        }
        cell.keys.extend(keys.iter().cloned());
    }

    /// All of it, from a minute on.
    ///
    /// # Errors
    /// In words, when somebody could use a doorcode, or share, at a time at which they cannot open the door: no property
    /// can say that.
    pub fn holdings(mut self, id: &str, timezone: chrono_tz::Tz, today: Day) -> Result<Holdings, String> {
        let ahead = Interval::new(Some(today.start()), None);
        let is_over = |set: &TimeSet| set.clip(ahead).is_empty();
        let mut held = Vec::with_capacity(self.cells.len());
        let mut united: HashMap<Vec<u32>, Option<u32>> = HashMap::new();
        for ((person, door), cell) in std::mem::take(&mut self.cells) {
            let mut unite = |this: &mut Self, times: &Vec<u32>| {
                if let Some(known) = united.get(times) {
                    return *known;
                }
                let sets: Vec<_> =
                    times.iter().map(|one| (&this.times[*one as usize], Interval::ALWAYS)).collect();
                let all = TimeSet::union_of(&sets);
                let number = (!is_over(&all)).then(|| this.times(all));
                united.insert(times.clone(), number);
                number
            };
            let [unlock, doorcode, share] = [0, 1, 2].map(|at| unite(&mut self, &cell.times[at]));
            let opens = unlock.map_or_else(TimeSet::never, |one| self.times[one as usize].clone());
            for (more, what) in [(doorcode, "a doorcode"), (share, "the right to share")] {
                let Some(more) = more.filter(|more| Some(*more) != unlock) else { continue };
                if !self.times[more as usize].difference(&opens).clip(ahead).is_empty() {
                    return Err(format!(
                        "`{}` has {what} at `{}` in minutes in which the door does not open for them; a property cannot say that",
                        self.people[person as usize].id, self.doors[door as usize].id
                    ));
                }
            }
            if unlock.is_some() {
                let keys = cell.keys.into_iter().collect();
                held.push(Held { person, door, unlock, doorcode, share, keys });
            }
        }
        let Self { doors, people, times, holidays, .. } = self;
        Ok(Holdings { id: id.to_owned(), timezone, holidays, doors, people, times, held })
    }
}
