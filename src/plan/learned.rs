//! What was learned of lowering while locks are compared: the same times for the same kind of lock are lowered once.

use std::rc::Rc;

use hashbrown::HashMap;

use super::pairs::Wanted;
use super::{Short, Source, Verdicts};
use crate::access::TimesId;
use crate::locks::{Held, Limits, Lowered, Program, Verdict, lower};
use crate::model::{Capability, Door, PersonId};
use crate::tables::LockTable;
use crate::time::Day;

/// Somebody who should have something in a lock.
#[derive(Clone, Copy)]
pub(super) struct Want {
    pub(super) person: PersonId,
    /// Which lowering says what.
    pub(super) lowered: u32,
}

/// A lowering, its programs by their numbers here.
struct Known {
    times: [Option<TimesId>; 3],
    lowered: Lowered,
    /// What the lock is to hold, ascending.
    entries: Vec<Held>,
    /// When the lock needs the next run.
    due: Option<Day>,
    /// How many people at how many locks it was asked for.
    count: u64,
    /// The access behind it, once somebody has asked.
    wanted: Option<Rc<Wanted>>,
}

/// Every lowering so far.
pub(super) struct Learned<'a> {
    source: &'a Source<'a>,
    /// Programs by what matters of them from today on.
    numbers: HashMap<Program, u32>,
    programs: Vec<Program>,
    limits: Vec<Limits>,
    known: Vec<Known>,
    known_by: HashMap<(u32, [u32; 3]), u32>,
    nothing: Rc<Wanted>,
    short: Vec<Short>,
}

impl<'a> Learned<'a> {
    pub(super) fn new(source: &'a Source<'a>) -> Self {
        Self {
            source,
            numbers: HashMap::new(),
            programs: Vec::new(),
            limits: Vec::new(),
            known: Vec::new(),
            known_by: HashMap::new(),
            nothing: Rc::new(Wanted { exact: [true; 3], ..Wanted::default() }),
            short: Vec::new(),
        }
    }

    /// The number of a program; what is written takes the place of what is only recorded.
    pub(super) fn number(&mut self, program: &Program, written: bool) -> u32 {
        let next = self.programs.len() as u32;
        let number = *self.numbers.entry(program.from_day(self.source.property.as_of)).or_insert(next);
        if number == next {
            self.programs.push(program.clone());
        } else if written {
            self.programs[number as usize] = program.clone();
        }
        number
    }

    /// The programs by number.
    pub(super) fn programs(&self) -> &[Program] {
        &self.programs
    }

    /// The number of what the lock of a door can hold.
    pub(super) fn limits_of(&mut self, door: &Door) -> u32 {
        let limits = Limits::of(self.source.property, door);
        let found = self.limits.iter().position(|known| *known == limits);
        found.unwrap_or_else(|| {
            self.limits.push(limits);
            self.limits.len() - 1
        }) as u32
    }

    /// What a lock can hold, by number.
    pub(super) fn limits(&self, number: u32) -> Limits {
        self.limits[number as usize]
    }

    /// Who should have something in a lock, in the order of its table.
    pub(super) fn wants(&mut self, table: LockTable<'_>, limits: u32, wants: &mut Vec<Want>) {
        wants.clear();
        let mut refused: Vec<(u32, PersonId, u32)> = Vec::new();
        let mut last = ([u32::MAX; 3], u32::MAX);
        for cells in table.credentials.chunk_by(|one, other| one.person == other.person) {
            let mut key = [u32::MAX; 3];
            cells.iter().for_each(|cell| key[cell.capability() as usize] = cell.times().0);
            // Neighbours in a table are often alike.
            if key != last.0 {
                last = (key, self.of_times(limits, key));
            }
            let (person, lowered) = (cells[0].person, last.1);
            let known = &mut self.known[lowered as usize];
            known.count += 1;
            if !known.entries.is_empty() {
                wants.push(Want { person, lowered });
            }
            if known.lowered.verdicts.iter().flatten().any(|verdict| matches!(verdict, Verdict::Refused(_))) {
                match refused.iter_mut().find(|(one, ..)| *one == lowered) {
                    Some((.., count)) => *count += 1,
                    None => refused.push((lowered, person, 1)),
                }
            }
        }
        self.tell_short(table, &refused);
    }

    fn of_times(&mut self, limits: u32, key: [u32; 3]) -> u32 {
        match self.known_by.get(&(limits, key)) {
            Some(number) => *number,
            None => self.learn(limits, key),
        }
    }

    fn learn(&mut self, limits: u32, key: [u32; 3]) -> u32 {
        let times = key.map(|times| (times != u32::MAX).then_some(TimesId(times)));
        let limits_of = &self.limits[limits as usize];
        let lowered = lower(self.source.tables, times, limits_of, self.source.property.as_of);
        let numbers: Vec<u32> = lowered.programs.iter().map(|program| self.number(program, true)).collect();
        let mut entries = lowered.entries.clone();
        entries.iter_mut().for_each(|held| held.program = numbers[held.program as usize]);
        entries.sort_unstable();
        let due = lowered.verdicts.iter().flatten().filter_map(|verdict| match verdict {
            Verdict::NeedsApply(day) => Some(*day),
            _ => None,
        });
        let due = due.min();
        let number = self.known.len() as u32;
        self.known.push(Known { times, lowered, entries, due, count: 0, wanted: None });
        self.known_by.insert((limits, key), number);
        number
    }

    /// Notes which people a lock cannot be told, each capability and reason once.
    fn tell_short(&mut self, table: LockTable<'_>, refused: &[(u32, PersonId, u32)]) {
        let mut told: Vec<(Capability, String, PersonId, u32)> = Vec::new();
        for (lowered, person, count) in refused {
            let verdicts = self.known[*lowered as usize].lowered.verdicts;
            for (capability, verdict) in Capability::ALL.into_iter().zip(verdicts) {
                let Some(Verdict::Refused(refusal)) = verdict else { continue };
                let why = refusal.to_string();
                match told.iter_mut().find(|(one, known, ..)| *one == capability && *known == why) {
                    Some((.., others)) => *others += count,
                    None => told.push((capability, why, *person, count - 1)),
                }
            }
        }
        let property = self.source.property;
        self.short.extend(told.into_iter().map(|(capability, why, person, others)| Short {
            door: property.text(property.doors[table.door.index()].id).to_owned(),
            person: property.text(property.people[person.index()].id).to_owned(),
            others,
            capability: Some(capability),
            why,
        }));
    }

    /// What a lock is to hold of a lowering, ascending.
    pub(super) fn entries(&self, lowered: u32) -> &[Held] {
        &self.known[lowered as usize].entries
    }

    /// The access that is written for a person at a lock, and until when the lock holds it without another plan.
    pub(super) fn wanted(&mut self, lowered: Option<u32>) -> (Rc<Wanted>, Option<Day>) {
        let Some(lowered) = lowered else { return (Rc::clone(&self.nothing), None) };
        let known = &mut self.known[lowered as usize];
        let access = self.source.access;
        let wanted = known.wanted.get_or_insert_with(|| {
            let verdicts = &known.lowered.verdicts;
            // A lock that opens by doorcode alone does what `unlock` asks by the doorcode: no entry says so itself.
            let entries = &known.lowered.entries;
            let held = |number: usize| {
                let has = |held: &Held| held.ways.has(Capability::ALL[number]);
                verdicts[number].is_some_and(|verdict| !matches!(verdict, Verdict::Refused(_)))
                    && (entries.is_empty() || entries.iter().any(has))
            };
            let times = std::array::from_fn(|number| {
                let times = known.times[number].filter(|_| held(number))?;
                Some(access.time_set(times).clone())
            });
            let exact = std::array::from_fn(|number| {
                !held(number) || matches!(verdicts[number], Some(Verdict::Exact | Verdict::Split))
            });
            Rc::new(Wanted { number: Some(lowered), times, exact })
        });
        (Rc::clone(wanted), known.due)
    }

    /// How many credentials each verdict was given to, and the first day on which a lock needs the next run.
    pub(super) fn verdicts(&self) -> (Verdicts, Option<Day>) {
        let mut verdicts = Verdicts::default();
        for known in &self.known {
            for verdict in known.lowered.verdicts.iter().flatten() {
                *match verdict {
                    Verdict::Exact => &mut verdicts.exact,
                    Verdict::Split => &mut verdicts.split,
                    Verdict::NeedsApply(_) => &mut verdicts.needs_apply,
                    Verdict::Refused(_) => &mut verdicts.refused,
                } += known.count;
            }
        }
        (verdicts, self.known.iter().filter_map(|known| known.due).min())
    }

    /// Access that no lock can hold.
    pub(super) fn short(&mut self) -> Vec<Short> {
        std::mem::take(&mut self.short)
    }
}
