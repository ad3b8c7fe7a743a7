//! A line of a difference as a sentence: `residents (12 of 440) lose Pool by doorcode, mon-thu 20:00-22:00`.

use hashbrown::HashMap;

use super::json::holidays;
use crate::access::Difference;
use crate::access::difference::{Cohort, Line, PersonPair, Place};
use crate::model::{Capability, DoorId, PersonId, Property, TeamId, TeamSetId};
use crate::output::answers::Crowd;
use crate::output::words;
use crate::source::Span;
use crate::time::{Day, Interval};

/// So many people or doors are told by name.
const NAMED: usize = 4;

/// Makes sentences about one difference.
pub struct Voice<'d> {
    difference: &'d Difference<'d>,
    holidays: Vec<Day>,
    /// The people of the old side, and of the new one.
    crowds: [Crowd<'d>; 2],
    /// The teams that all people of each cohort are in, on the old side and on the new one; none where one is not there.
    teams: Vec<[Option<Vec<TeamId>>; 2]>,
    /// Groups of doors on the new side, by what is in them.
    groups: HashMap<&'d [DoorId], Span>,
}

/// The teams that all people of a cohort are in, on each side.
fn teams(difference: &Difference<'_>, cohort: &Cohort) -> [Option<Vec<TeamId>>; 2] {
    let common = |property: &Property, side: fn(&PersonPair) -> Option<PersonId>| {
        let mut sets: Vec<TeamSetId> = Vec::new();
        for person in &cohort.people {
            let set = property.people[side(person)?.index()].teams;
            if !sets.contains(&set) {
                sets.push(set);
            }
        }
        let mut sets = sets.into_iter().map(|set| &property.team_sets[set.index()]);
        let first = sets.next()?.clone();
        Some(sets.fold(first, |mut all, teams| {
            all.retain(|team| teams.contains(team));
            all
        }))
    };
    [common(difference.old, |person| person.old), common(difference.new, |person| person.new)]
}

/// A line of a difference, in words.
#[derive(Clone, Debug)]
pub struct Sentence {
    /// Who does what where and when.
    pub text: String,
    /// Everybody's name, with the id; where names were asked for.
    pub people: Vec<String>,
    /// Every door's name, with the id; where names were asked for.
    pub places: Vec<String>,
}

impl<'d> Voice<'d> {
    /// Prepares what sentences need.
    #[must_use]
    pub fn new(difference: &'d Difference<'d>) -> Self {
        let named = difference.new.groups.iter().filter(|group| group.doors.len() > 1);
        Self {
            difference,
            holidays: holidays(difference),
            teams: difference.cohorts().iter().map(|cohort| teams(difference, cohort)).collect(),
            crowds: [Crowd::new(difference.old), Crowd::new(difference.new)],
            groups: named.map(|group| (group.doors.as_slice(), group.id)).collect(),
        }
    }

    /// The sentence of a line, and everybody and every door by name.
    #[must_use]
    pub fn with_names(&self, line: &Line) -> Sentence {
        let many = line.count > 1;
        Sentence {
            people: self.difference.people(line).iter().map(|person| self.person(*person)).collect(),
            places: line.places.iter().map(|place| self.place(*place, many)).collect(),
            ..self.sentence(line)
        }
    }

    /// The sentence of a line.
    #[must_use]
    pub fn sentence(&self, line: &Line) -> Sentence {
        let many = line.count > 1;
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
        let within = self.difference.within;
        let when = match line.ends {
            None => words::extent(&line.extent, within, &self.holidays),
            Some((first, last)) => {
                // The end of each is told once, behind all else.
                let open = Interval::new(within.from(), Some(last));
                let when = words::extent(&line.extent, open, &self.holidays);
                let comma = if when.is_empty() { "" } else { ", " };
                format!("{when}{comma}until {} to {}", words::end(first), words::end(last))
            }
        };
        let comma = if when.is_empty() { "" } else { ", " };
        Sentence {
            text: format!("{} {what}{comma}{when}", self.people(line)),
            people: Vec::new(),
            places: Vec::new(),
        }
    }

    /// The people of a line, in words.
    fn people(&self, line: &Line) -> String {
        if line.count < NAMED {
            let names: Vec<String> =
                self.difference.people(line).iter().map(|person| self.person(*person)).collect();
            return words::some(&names, NAMED);
        }
        let [old_crowd, new_crowd] = &self.crowds;
        let cohorts = || line.cohorts.iter().map(|cohort| &self.teams[*cohort]);
        let common = |side: usize| {
            let mut teams = cohorts().map(|teams| teams[side].as_ref());
            let first = teams.next()??.clone();
            teams.try_fold(first, |mut all, teams| {
                let teams = teams?;
                all.retain(|team| teams.contains(team));
                Some(all)
            })
        };
        match (common(1), common(0)) {
            (Some(teams), _) => new_crowd.part(&teams, line.count),
            (None, Some(teams)) => old_crowd.part(&teams, line.count),
            // Some have come and others have gone.
            (None, None) => words::count(line.count, "person", "people"),
        }
    }

    /// Somebody's name and id.
    #[must_use]
    pub fn person(&self, person: PersonPair) -> String {
        let [old_crowd, new_crowd] = &self.crowds;
        match (person.new, person.old) {
            (Some(new), _) => new_crowd.name(new),
            (None, Some(old)) => old_crowd.name(old),
            (None, None) => String::new(),
        }
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
