//! What people hold as lines that keys could have, and who they are given to.

use std::collections::BTreeMap;

use hashbrown::HashMap;

use super::Holdings;
use crate::model::DoorKind;
use crate::optimize::Needs;
use crate::time::{Day, Interval, Schedule, TimeSet};

/// Whoever can open so many homes at all hours does not live in them.
const HOMES: usize = 2;

/// Somebody as they are given keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Recipient {
    pub(super) person: u32,
    pub(super) share: bool,
    /// The dates of the assignment; the person's own are left out.
    pub(super) dates: Interval,
}

/// What a line of a key gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Opening {
    /// It is the home of whoever has it.
    pub(super) home: bool,
    pub(super) door: u32,
    /// A place in the schedules; `None` for always.
    pub(super) schedule: Option<u32>,
    pub(super) doorcode: bool,
}

/// A line of what somebody can do at one door.
#[derive(Clone, Debug)]
struct Line {
    dates: Interval,
    schedule: Option<u32>,
    doorcode: bool,
    share: bool,
}

/// All lines, by numbers.
#[derive(Default)]
pub(super) struct Lines {
    pub(super) schedules: Vec<Schedule>,
    pub(super) recipients: Vec<Recipient>,
    pub(super) openings: Vec<Opening>,
    /// The dates of each person: nothing is held outside of them.
    pub(super) dates: Vec<Interval>,
    /// What is given, with its place in what is held.
    pub(super) given: Vec<(u32, u32, u32)>,
    /// Whether a door is for an elevator.
    elevators: Vec<bool>,
}

impl Lines {
    /// The homes of each recipient.
    pub(super) fn homes(&self) -> Vec<Vec<u32>> {
        let mut homes = vec![Vec::new(); self.recipients.len()];
        for (recipient, opening, _) in &self.given {
            if self.openings[*opening as usize].home {
                homes[*recipient as usize].push(*opening);
            }
        }
        homes
    }

    /// As the engine wants to know it: who may share is somebody else, and an elevator is on a key for elevators.
    pub(super) fn needs(&self) -> Needs {
        let mut needed = vec![Vec::new(); self.recipients.len()];
        for (recipient, opening, _) in &self.given {
            needed[*recipient as usize].push(*opening);
        }
        let kinds: Vec<u32> = self.recipients.iter().map(|one| u32::from(one.share)).collect();
        let elevator = |one: &Opening| u32::from(self.elevators[one.door as usize]);
        let classes: Vec<u32> = self.openings.iter().map(elevator).collect();
        let homes: Vec<bool> = self.openings.iter().map(|one| one.home).collect();
        Needs::new(&needed).with_kinds(&kinds).with_classes(&classes).with_pinned(&homes)
    }
}

/// Numbers for values, in the order in which they come up.
struct Numbers<T> {
    all: Vec<T>,
    known: BTreeMap<T, u32>,
}

impl<T: Copy + Ord> Numbers<T> {
    fn of(&mut self, value: T) -> u32 {
        let next = self.all.len() as u32;
        let number = *self.known.entry(value).or_insert(next);
        if number == next {
            self.all.push(value);
        }
        number
    }
}

/// The lines of what is held.
pub(super) fn of(holdings: &Holdings) -> Lines {
    let holidays: Vec<Day> = holdings.holidays.iter().copied().collect();
    let mut hours = Hours { holidays, ..Hours::default() };
    let mut known: HashMap<[Option<u32>; 3], Vec<Line>> = HashMap::new();
    let mut all: Vec<(u32, Line)> = Vec::new();
    for (at, held) in holdings.held.iter().enumerate() {
        let lines = known
            .entry([held.unlock, held.doorcode, held.share])
            .or_insert_with(|| hours.lines(holdings, [held.unlock, held.doorcode, held.share]));
        all.extend(lines.iter().map(|line| (at as u32, line.clone())));
    }
    let person = |at: u32| holdings.held[at as usize].person;
    let door = |at: u32| holdings.held[at as usize].door;
    let dates = own_dates(holdings.people.len(), all.iter().map(|(at, line)| (person(*at), line.dates)));
    let is_home = |at: u32, line: &Line| {
        line.schedule.is_none() && holdings.doors[door(at) as usize].kind == Some(DoorKind::Residence)
    };
    let mut homes: Vec<Vec<u32>> = vec![Vec::new(); holdings.people.len()];
    for (at, line) in &all {
        let homes = &mut homes[person(*at) as usize];
        if is_home(*at, line) && !homes.contains(&door(*at)) && homes.len() <= HOMES {
            homes.push(door(*at));
        }
    }
    let mut recipients = Numbers { all: Vec::new(), known: BTreeMap::new() };
    let mut openings = Numbers { all: Vec::new(), known: BTreeMap::new() };
    let mut given = Vec::with_capacity(all.len());
    for (at, line) in &all {
        let (person, own) = (person(*at), dates[person(*at) as usize]);
        let from = line.dates.from().filter(|from| own.from() != Some(*from));
        let until = line.dates.until().filter(|until| own.until() != Some(*until));
        let home = is_home(*at, line) && homes[person as usize].len() <= HOMES;
        let (schedule, doorcode) = (line.schedule, line.doorcode);
        let recipient = Recipient { person, share: line.share, dates: Interval::new(from, until) };
        given.push((
            recipients.of(recipient),
            openings.of(Opening { home, door: door(*at), schedule, doorcode }),
            *at,
        ));
    }
    let elevators = holdings.doors.iter().map(|door| door.kind == Some(DoorKind::Elevator)).collect();
    let (recipients, openings) = (recipients.all, openings.all);
    Lines { schedules: hours.schedules, recipients, openings, dates, given, elevators }
}

/// From the first to the last minute of all that somebody holds.
fn own_dates(people: usize, lines: impl Iterator<Item = (u32, Interval)>) -> Vec<Interval> {
    let mut dates: Vec<Option<Interval>> = vec![None; people];
    for (person, line) in lines {
        let own = &mut dates[person as usize];
        *own = Some(match *own {
            None => line,
            Some(own) => Interval::new(
                own.from().zip(line.from()).map(|(one, other)| one.min(other)),
                own.until().zip(line.until()).map(|(one, other)| one.max(other)),
            ),
        });
    }
    dates.into_iter().map(Option::unwrap_or_default).collect()
}

/// Schedules that came up, and what each set of minutes is in schedules.
#[derive(Default)]
struct Hours {
    holidays: Vec<Day>,
    schedules: Vec<Schedule>,
    /// What each schedule says.
    says: Vec<TimeSet>,
    known: HashMap<u32, Vec<(Interval, Option<u32>)>>,
}

impl Hours {
    fn of(&mut self, holdings: &Holdings, times: Option<u32>) -> Vec<(Interval, Option<u32>)> {
        let Some(times) = times else { return Vec::new() };
        if let Some(known) = self.known.get(&times) {
            return known.clone();
        }
        let parts = holdings.times[times as usize].schedules(&self.holidays);
        let parts: Vec<_> =
            parts.into_iter().map(|(dates, schedule)| (dates, self.number(schedule))).collect();
        self.known.insert(times, parts.clone());
        parts
    }

    fn number(&mut self, schedule: Schedule) -> Option<u32> {
        let says = schedule.times(&self.holidays);
        if says.same_as(&TimeSet::always()) {
            return None;
        }
        let known = self.says.iter().position(|known| known.same_as(&says));
        Some(known.unwrap_or_else(|| {
            self.schedules.push(schedule);
            self.says.push(says);
            self.says.len() - 1
        }) as u32)
    }

    /// The minutes of a part.
    fn set(&self, (dates, schedule): (Interval, Option<u32>)) -> TimeSet {
        schedule.map_or_else(TimeSet::always, |schedule| self.says[schedule as usize].clone()).clip(dates)
    }

    /// The lines that give just these times: to open, to use a doorcode, and to share.
    fn lines(&mut self, holdings: &Holdings, times: [Option<u32>; 3]) -> Vec<Line> {
        let [opens, codes, shares] = times.map(|times| self.of(holdings, times));
        let line = |part: &(Interval, Option<u32>), doorcode: bool, share: bool| Line {
            dates: part.0,
            schedule: part.1,
            doorcode,
            share,
        };
        let mut lines: Vec<Line> = codes.iter().map(|part| line(part, true, shares.contains(part))).collect();
        lines.extend(shares.iter().filter(|part| !codes.contains(part)).map(|part| line(part, false, true)));
        let given: Vec<TimeSet> = codes.iter().chain(&shares).map(|part| self.set(*part)).collect();
        let given = given.iter().map(|set| (set, Interval::ALWAYS)).collect::<Vec<_>>();
        let given = TimeSet::union_of(&given);
        for part in opens {
            if !self.set(part).difference(&given).is_empty() {
                lines.push(line(&part, false, false));
            }
        }
        lines
    }
}
