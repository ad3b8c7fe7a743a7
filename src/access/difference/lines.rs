//! A difference as a reviewer reads it: whatever some people lose or gain alike is one line.

use std::collections::BTreeMap;

use hashbrown::HashMap;

use super::{Change, Difference, PersonPair, Place};
use crate::model::{Capability, DoorKind};
use crate::time::{Interval, Minute, TimeSet, Week};

/// What some people lose, or gain, at some places.
#[derive(Debug)]
pub struct Line {
    /// Who: the numbers of the cohorts, ascending; never empty. [`Difference::people`] names them.
    pub cohorts: Vec<usize>,
    /// How many people those are.
    pub count: usize,
    /// Where, by id, homes first; never empty.
    pub places: Vec<Place>,
    /// What. Whoever loses `unlock` loses the others too, where they had them.
    pub capabilities: Vec<Capability>,
    /// Lost, or else gained.
    pub lost: bool,
    /// When.
    pub extent: Extent,
    /// The first and the last end, where people differ by nothing else; `extent` is then that of the last.
    pub ends: Option<(Minute, Minute)>,
    /// Whether it is about a way into the building or a home: first to be read.
    pub essential: bool,
}

/// When something is lost or gained.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Extent {
    /// In these minutes, within the dates of each person.
    Hours(TimeSet),
    /// All that there was, or is to be, in some dates, whatever its hours.
    All(Interval),
}

/// What makes changes one line.
#[derive(PartialEq, Eq, Hash)]
struct Alike {
    lost: bool,
    capabilities: Vec<Capability>,
    extent: Extent,
}

impl Difference<'_> {
    /// The whole difference as lines: homes and entrances first, losses before gains, what concerns many before what
    /// concerns few.
    #[must_use]
    pub fn lines(&self) -> Vec<Line> {
        let mut numbers: HashMap<Alike, usize> = HashMap::new();
        let mut found: Vec<(Alike, BTreeMap<Place, Vec<usize>>)> = Vec::new();
        for (number, cohort) in self.cohorts.iter().enumerate() {
            for at_place in cohort.changes.chunk_by(|one, other| one.place == other.place) {
                for lost in [true, false] {
                    for alike in self.at_place(at_place, lost) {
                        let index = *numbers.entry(alike).or_insert_with_key(|alike| {
                            let alike = Alike {
                                lost: alike.lost,
                                capabilities: alike.capabilities.clone(),
                                extent: alike.extent.clone(),
                            };
                            found.push((alike, BTreeMap::new()));
                            found.len() - 1
                        });
                        found[index].1.entry(at_place[0].place).or_default().push(number);
                    }
                }
            }
        }
        let lines: Vec<Line> =
            found.into_iter().flat_map(|(alike, places)| self.with_people(alike, places)).collect();
        let mut lines = merged(lines);
        lines.sort_by_cached_key(|line| {
            let first = line.places.first().map(|place| self.shown_place(*place));
            let count = usize::MAX - line.count;
            (!line.essential, !line.lost, count, first, line.capabilities.clone())
        });
        // Lines that are alike so far stand in the order of their people, whatever the order of the file.
        let rank = |line: &Line| (line.essential, line.lost, line.count, line.places.clone());
        for alike in lines.chunk_by_mut(|one, other| rank(one) == rank(other)) {
            if alike.len() > 1 {
                alike.sort_by_cached_key(|line| {
                    let people = line.cohorts.iter().flat_map(|cohort| &self.cohorts[*cohort].people);
                    people.map(|person| self.person_id(*person)).min()
                });
            }
        }
        lines
    }

    /// The people of a line, by id.
    #[must_use]
    pub fn people(&self, line: &Line) -> Vec<PersonPair> {
        let cohorts = line.cohorts.iter().flat_map(|cohort| self.cohorts[*cohort].people.iter().copied());
        let mut people: Vec<PersonPair> = cohorts.collect();
        people.sort_by_key(|person| self.person_id(*person));
        people
    }

    /// What is lost, or gained, at one place: capabilities with the same times together.
    fn at_place(&self, changes: &[Change], lost: bool) -> Vec<Alike> {
        let mut parts: Vec<Alike> = Vec::new();
        for change in changes {
            let delta = self.delta(change.delta);
            let set = if lost { &delta.lost } else { &delta.gained };
            if set.is_empty() {
                continue;
            }
            let rest = if lost { delta.ends } else { delta.goes_on && delta.was };
            let extent = if rest {
                // Where it begins to end is told; the ends of hours are not dates.
                Extent::All(Interval::new(set.start(), if lost { None } else { set.end() }))
            } else {
                Extent::Hours(set.clone())
            };
            if let Some(first) = parts.first()
                && lost
                && matches!(first.extent, Extent::All(_))
                && first.capabilities.first() == Some(&Capability::Unlock)
                && starts(&first.extent) <= starts(&extent)
            {
                // Without a way to open a door, its doorcode and its guests go too.
                continue;
            }
            match parts.iter_mut().find(|alike| alike.extent == extent) {
                Some(alike) => alike.capabilities.push(change.capability),
                None => parts.push(Alike { lost, capabilities: vec![change.capability], extent }),
            }
        }
        parts
    }

    fn with_people(&self, alike: Alike, places: BTreeMap<Place, Vec<usize>>) -> Vec<Line> {
        let mut by_cohorts: BTreeMap<Vec<usize>, Vec<Place>> = BTreeMap::new();
        for (place, cohorts) in places {
            by_cohorts.entry(cohorts).or_default().push(place);
        }
        let Alike { lost, capabilities, extent } = alike;
        let mut lines = Vec::new();
        for (cohorts, mut places) in by_cohorts {
            let mut cohorts = cohorts;
            cohorts.retain(|cohort| self.concerns(&extent, self.cohorts[*cohort].dates));
            let count = cohorts.iter().map(|cohort| self.cohorts[*cohort].people.len()).sum();
            if count == 0 {
                continue;
            }
            let dates: Vec<Interval> = cohorts.iter().map(|cohort| self.cohorts[*cohort].dates).collect();
            let extent = match dates.split_first() {
                Some((first, rest)) if rest.iter().all(|dates| dates == first) => extent.within(*first),
                _ => extent.clone(),
            };
            places.sort_by_cached_key(|place| (matches!(place, Place::Door(_)), self.shown_place(*place)));
            let (essential, other): (Vec<Place>, Vec<Place>) =
                places.into_iter().partition(|place| self.is_essential(*place));
            for (places, essential) in [(essential, true), (other, false)] {
                if !places.is_empty() {
                    lines.push(Line {
                        cohorts: cohorts.clone(),
                        count,
                        places,
                        capabilities: capabilities.clone(),
                        lost,
                        extent: extent.clone(),
                        ends: None,
                        essential,
                    });
                }
            }
        }
        lines
    }

    fn concerns(&self, extent: &Extent, dates: Interval) -> bool {
        match extent {
            Extent::Hours(set) => !self.in_dates(set, dates).is_empty(),
            Extent::All(all) => !all.intersect(dates).is_empty(),
        }
    }

    /// The id of a place, or what homes are called.
    fn shown_place(&self, place: Place) -> &str {
        match place {
            Place::Door(door) => self.door_id(door),
            Place::Home | Place::FormerHome => "",
        }
    }

    fn is_essential(&self, place: Place) -> bool {
        let Place::Door(door) = place else { return true };
        let kind = match self.door(door) {
            (_, Some(new)) => self.new.doors[new.index()].kind,
            (Some(old), None) => self.old.doors[old.index()].kind,
            (None, None) => return false,
        };
        matches!(kind, DoorKind::Entrance | DoorKind::Residence)
    }
}

/// All that a line says but for who and until when.
type ButForItsEnd = (bool, Vec<Capability>, Vec<Place>, Option<Minute>, Option<Week>);

/// Lines that differ by their ends alone as one: leases end on many days.
fn merged(lines: Vec<Line>) -> Vec<Line> {
    let mut known: HashMap<ButForItsEnd, usize> = HashMap::new();
    let mut merged: Vec<Line> = Vec::new();
    for line in lines {
        let Some((from, until, week)) = line.extent.but_for_its_end() else {
            merged.push(line);
            continue;
        };
        let key = (line.lost, line.capabilities.clone(), line.places.clone(), from, week);
        let Some(index) = known.get(&key).copied() else {
            known.insert(key, merged.len());
            merged.push(line);
            continue;
        };
        let first: &mut Line = &mut merged[index];
        let Some((_, known_until, _)) = first.extent.but_for_its_end() else { continue };
        let (earliest, latest) = first.ends.unwrap_or((known_until, known_until));
        first.ends = Some((earliest.min(until), latest.max(until)));
        if until > known_until {
            first.extent = line.extent;
        }
        first.cohorts.extend(line.cohorts);
        first.count += line.count;
    }
    merged.iter_mut().for_each(|line| line.cohorts.sort_unstable());
    merged
}

impl Extent {
    /// Where it begins, where it ends, and its week; nothing for what has no end, or more than one week.
    fn but_for_its_end(&self) -> Option<(Option<Minute>, Minute, Option<Week>)> {
        match self {
            Self::All(dates) => Some((dates.from(), dates.until()?, None)),
            Self::Hours(set) => {
                let week = set.only_week()?;
                Some((set.start(), set.end()?, Some(week.clone())))
            }
        }
    }

    fn within(&self, dates: Interval) -> Self {
        match self {
            Self::Hours(set) => Self::Hours(set.clip(dates)),
            Self::All(all) => Self::All(all.intersect(dates)),
        }
    }
}

fn starts(extent: &Extent) -> Option<Minute> {
    match extent {
        Extent::Hours(set) => set.start(),
        Extent::All(dates) => dates.from(),
    }
}
