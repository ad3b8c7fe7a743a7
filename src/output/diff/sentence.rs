//! A line of a difference as a sentence: `residents (12 of 440) lose Pool by doorcode, mon-thu 20:00-22:00`.

use hashbrown::HashMap;

use super::json::holidays;
use crate::access::Difference;
use crate::access::difference::{Line, PersonPair, Place};
use crate::model::{Capability, DoorId, Property, TeamId};
use crate::output::words;
use crate::source::Span;
use crate::time::Day;

/// So many people or doors are told by name.
const NAMED: usize = 4;

/// Makes sentences about one difference.
pub struct Voice<'d> {
    difference: &'d Difference<'d>,
    holidays: Vec<Day>,
    /// How many people each team has, on the new side and on the old one.
    teams: [Vec<usize>; 2],
    /// Groups of doors on the new side, by what is in them.
    groups: HashMap<&'d [DoorId], Span>,
}

/// A line of a difference, in words.
#[derive(Clone, Debug)]
pub struct Sentence {
    /// Who does what where and when.
    pub text: String,
    /// Everybody's name, with the id.
    pub people: Vec<String>,
    /// Every door's name, with the id.
    pub places: Vec<String>,
}

impl<'d> Voice<'d> {
    /// Prepares what sentences need.
    #[must_use]
    pub fn new(difference: &'d Difference<'d>) -> Self {
        let count = |property: &Property| {
            let mut teams = vec![0; property.teams.len()];
            for person in &property.people {
                property.team_sets[person.teams.index()].iter().for_each(|team| teams[team.index()] += 1);
            }
            teams
        };
        let named = difference.new.groups.iter().filter(|group| group.doors.len() > 1);
        Self {
            difference,
            holidays: holidays(difference),
            teams: [count(difference.new), count(difference.old)],
            groups: named.map(|group| (group.doors.as_slice(), group.id)).collect(),
        }
    }

    /// The sentence of a line.
    #[must_use]
    pub fn sentence(&self, line: &Line) -> Sentence {
        let many = line.people.len() > 1;
        let verb = |one: &'static str, more: &'static str| if many { more } else { one };
        let places = self.places(&line.places, many);
        let has = |capability| line.capabilities.contains(&capability);
        let it = if line.places.len() > 1 || many && line.places == [Place::Home] { "them" } else { "it" };
        let what =
            match (line.lost, has(Capability::Unlock), has(Capability::Doorcode), has(Capability::Share)) {
                (true, true, ..) => format!("{} {places}", verb("loses", "lose")),
                (true, false, true, false) => format!("{} {places} by doorcode", verb("loses", "lose")),
                (true, false, true, true) => {
                    format!("{} {places} by doorcode and may no longer share {it}", verb("loses", "lose"))
                }
                (true, false, false, _) => format!("may no longer share {places}"),
                (false, true, true, false) => format!("{} {places}", verb("gains", "gain")),
                (false, true, true, true) => format!("{} {places} and may share {it}", verb("gains", "gain")),
                (false, true, false, false) => {
                    format!("{} {places} without doorcode", verb("gains", "gain"))
                }
                (false, true, false, true) => {
                    format!("{} {places} without doorcode and may share {it}", verb("gains", "gain"))
                }
                (false, false, true, false) => format!("{} {places} by doorcode", verb("gains", "gain")),
                (false, false, true, true) => {
                    format!("{} {places} by doorcode and may share {it}", verb("gains", "gain"))
                }
                (false, false, false, _) => format!("may share {places}"),
            };
        let when = words::extent(&line.extent, self.difference.within, &self.holidays);
        let comma = if when.is_empty() { "" } else { ", " };
        Sentence {
            text: format!("{} {what}{comma}{when}", self.people(&line.people)),
            people: line.people.iter().map(|person| self.person(*person)).collect(),
            places: line.places.iter().map(|place| self.place(*place, many)).collect(),
        }
    }

    /// Some people: by name while they are few, else as a part of their team.
    #[must_use]
    pub fn people(&self, people: &[PersonPair]) -> String {
        if people.len() < NAMED {
            let names: Vec<String> = people.iter().map(|person| self.person(*person)).collect();
            return words::some(&names, NAMED);
        }
        let Some((name, size)) = self.common_team(people) else {
            return words::count(people.len(), "person", "people");
        };
        if people.len() >= size {
            format!("{name} (all {})", people.len())
        } else {
            format!("{name} ({} of {size})", people.len())
        }
    }

    /// The smallest team that all of some people are in, and how many are in it.
    fn common_team(&self, people: &[PersonPair]) -> Option<(&'d str, usize)> {
        let difference = self.difference;
        let is_new = people.iter().all(|person| person.new.is_some());
        let is_old = people.iter().all(|person| person.old.is_some());
        let (property, sizes) = match (is_new, is_old) {
            (true, _) => (difference.new, &self.teams[0]),
            (false, true) => (difference.old, &self.teams[1]),
            (false, false) => return None,
        };
        let teams = |person: &PersonPair| -> &[TeamId] {
            let id = if is_new { person.new } else { person.old };
            id.map_or(&[], |id| &property.team_sets[property.people[id.index()].teams.index()])
        };
        let (first, rest) = people.split_first()?;
        let common =
            teams(first).iter().filter(|team| rest.iter().all(|person| teams(person).contains(team)));
        let team = common.min_by_key(|team| sizes[team.index()])?;
        Some((property.text(property.teams[team.index()].id), sizes[team.index()]))
    }

    /// Somebody's name and id.
    #[must_use]
    pub fn person(&self, person: PersonPair) -> String {
        let difference = self.difference;
        let name = match (person.new, person.old) {
            (Some(new), _) => difference.new.people[new.index()].name.map(|name| difference.new.text(name)),
            (None, Some(old)) => {
                difference.old.people[old.index()].name.map(|name| difference.old.text(name))
            }
            (None, None) => None,
        };
        let id = difference.person_id(person);
        name.filter(|name| *name != id).map_or_else(|| id.to_owned(), |name| format!("{name} ({id})"))
    }

    fn places(&self, places: &[Place], many: bool) -> String {
        let doors: Vec<DoorId> = places.iter().filter_map(|place| self.new_door(*place)).collect();
        if doors.len() == places.len() {
            let mut doors = doors;
            doors.sort_unstable();
            if let Some(group) = self.groups.get(doors.as_slice()) {
                let name = self.difference.new.text(*group);
                return format!("all {} {name}", doors.len());
            }
        }
        let names: Vec<String> = places.iter().map(|place| self.short_place(*place, many)).collect();
        words::some(&names, NAMED)
    }

    fn new_door(&self, place: Place) -> Option<DoorId> {
        let Place::Door(door) = place else { return None };
        self.difference.door(door).1
    }

    /// A door's name, or the id where it has none.
    fn short_place(&self, place: Place, many: bool) -> String {
        match place {
            Place::Home if many => "their own homes".to_owned(),
            Place::Home => "the own home".to_owned(),
            Place::FormerHome if many => "their former homes".to_owned(),
            Place::FormerHome => "the former home".to_owned(),
            Place::Door(door) => {
                let difference = self.difference;
                let name = match difference.door(door) {
                    (_, Some(new)) => {
                        difference.new.doors[new.index()].name.map(|name| difference.new.text(name))
                    }
                    (Some(old), None) => {
                        difference.old.doors[old.index()].name.map(|name| difference.old.text(name))
                    }
                    (None, None) => None,
                };
                name.unwrap_or_else(|| difference.door_id(door)).to_owned()
            }
        }
    }

    fn place(&self, place: Place, many: bool) -> String {
        let short = self.short_place(place, many);
        match place {
            Place::Door(door) if self.difference.door_id(door) != short => {
                format!("{short} ({})", self.difference.door_id(door))
            }
            _ => short,
        }
    }
}
