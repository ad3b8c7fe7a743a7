//! What should be in the locks against what is recorded of them.

use std::rc::Rc;

use hashbrown::HashMap;

use super::law::{self, Violation};
use super::order::{self, Lock};
use super::pairs::{Pair, Wanted};
use super::recorded::{Entry, Recorded, RecordedLock};
use super::select::{Selector, Subject};
use super::{CodeFate, Guards, Plan, PlannedPerson, Short, Verdicts, guards};
use crate::access::{Access, TimesId};
use crate::locks::{Held, Limits, Lowered, Program, Verdict, lower};
use crate::model::{Capability, Door, DoorId, PersonId, Property};
use crate::tables::{LockTable, Tables};
use crate::time::{Day, Interval};

/// What a plan is made from.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// What is written.
    pub property: &'a Property,
    /// The access that it gives.
    pub access: &'a Access,
    /// The same by lock.
    pub tables: &'a Tables,
    /// What is recorded of the locks, or was just read from them.
    pub recorded: &'a Recorded,
    /// What the settings guard.
    pub guards: &'a Guards,
    /// Only what one of these picks; everything when there are none.
    pub only: &'a [Selector],
    /// Nothing that one of these picks.
    pub except: &'a [Selector],
    /// The provider of doors that name none.
    pub provider: &'a str,
}

/// A plan that was made and proved.
#[derive(Debug)]
pub struct Made {
    /// The plan.
    pub plan: Plan,
    /// In how many states a person at a lock was judged.
    pub judged: u64,
}

/// Makes the plan of a property.
///
/// # Errors
/// When the plan would break the law, which is a defect of keyplan.
pub fn make(source: &Source<'_>) -> Result<Made, Violation> {
    let mut comparison = Comparison::new(source);
    let touched = comparison.locks();
    comparison.plan(touched)
}

/// A lock where something differs, and for whom.
struct Touched {
    /// The door; `None` when it is no longer written.
    door: Option<DoorId>,
    lock: Lock,
    /// The person, what is recorded, and what should be there.
    people: Vec<(u32, Vec<Entry>, Vec<Want>)>,
}

/// The people and the doors of a plan, as far as they are still written, by their numbers in the plan.
#[derive(Default)]
pub(super) struct Written {
    people: Vec<Option<PersonId>>,
    doors: Vec<Option<DoorId>>,
}

impl Written {
    /// Who and where that is.
    pub(super) fn of(&self, person: u32, lock: u32) -> (Option<PersonId>, Option<DoorId>) {
        (self.people[person as usize], self.doors[lock as usize])
    }
}

/// An entry that should be in a lock.
#[derive(Clone, Copy)]
struct Want {
    person: u32,
    held: Held,
    /// Which lowering it comes from.
    lowered: u32,
}

/// A lowering, its programs by their numbers here.
struct Known {
    times: [Option<TimesId>; 3],
    lowered: Lowered,
    entries: Vec<Held>,
    due: Option<Day>,
    /// The access behind it, once somebody has asked.
    wanted: Option<Rc<Wanted>>,
}

struct Comparison<'a> {
    source: &'a Source<'a>,
    today: Day,
    /// The people of the record, then those that are new.
    people: Vec<&'a str>,
    /// The number of each person of the property.
    number_of: Vec<u32>,
    /// The person of the property by number.
    written: Vec<Option<PersonId>>,
    /// Whether somebody keeps any access.
    stays: Vec<bool>,
    /// Programs by what matters of them from today on.
    numbers: HashMap<Program, u32>,
    programs: Vec<Program>,
    /// The number of each program of the record.
    program_of: Vec<u32>,
    limits: Vec<Limits>,
    known: Vec<Known>,
    /// No access at all.
    nothing: Rc<Wanted>,
    known_by: HashMap<(u32, [u32; 3]), u32>,
    verdicts: Verdicts,
    short: Vec<Short>,
    due: Option<Day>,
}

impl<'a> Comparison<'a> {
    fn new(source: &'a Source<'a>) -> Self {
        let Source { property, recorded, .. } = source;
        let mut people: Vec<&str> = recorded.people.iter().map(String::as_str).collect();
        let known: HashMap<&str, u32> = people.iter().copied().zip(0..).collect();
        let mut written = vec![None; people.len()];
        let mut number_of = Vec::with_capacity(property.people.len());
        for (index, person) in property.people.iter().enumerate() {
            let id = property.text(person.id);
            let number = known.get(id).copied().unwrap_or_else(|| {
                people.push(id);
                written.push(None);
                people.len() as u32 - 1
            });
            written[number as usize] = Some(PersonId(index as u32));
            number_of.push(number);
        }
        let mut comparison = Self {
            source,
            today: property.as_of,
            stays: vec![false; people.len()],
            people,
            number_of,
            written,
            numbers: HashMap::new(),
            programs: Vec::new(),
            program_of: Vec::new(),
            limits: Vec::new(),
            known: Vec::new(),
            nothing: Rc::new(Wanted { exact: [true; 3], ..Wanted::default() }),
            known_by: HashMap::new(),
            verdicts: Verdicts::default(),
            short: Vec::new(),
            due: None,
        };
        comparison.program_of =
            recorded.programs.iter().map(|program| comparison.number(program, false)).collect();
        comparison
    }

    /// The number of a program; what is written takes the place of what is only recorded.
    fn number(&mut self, program: &Program, written: bool) -> u32 {
        let next = self.programs.len() as u32;
        let number = *self.numbers.entry(program.from_day(self.today)).or_insert(next);
        if number == next {
            self.programs.push(program.clone());
        } else if written {
            self.programs[number as usize] = program.clone();
        }
        number
    }

    /// Every lock where something differs.
    fn locks(&mut self) -> Vec<Touched> {
        let Source { property, tables, recorded, .. } = self.source;
        let mut by_key: HashMap<(&str, &str, &str), &RecordedLock> =
            recorded.locks.iter().map(|lock| (lock.key(), lock)).collect();
        let mut touched = Vec::new();
        let (mut wants, mut entries) = (Vec::new(), Vec::new());
        for table in tables.locks() {
            let door = &property.doors[table.door.index()];
            let id = property.text(door.id);
            let provider = door.provider.map_or(self.source.provider, |provider| property.text(provider));
            let address = door.lock_id.map_or(id, |id| property.text(id));
            let limits = self.limits_of(door);
            let recorded = by_key.remove(&(id, provider, address));
            self.wants(table, limits, &mut wants);
            self.recorded(recorded, &mut entries);
            let zone = recorded.and_then(|lock| lock.timezone.as_deref());
            if self.limits[limits as usize].utc && zone.is_some_and(|zone| zone != property.timezone.name()) {
                // Its dates are those of another zone, though nothing is written differently.
                let is_dated =
                    |program: &Program| program.0.iter().any(|one| one.from.is_some() || one.until.is_some());
                entries.iter_mut().for_each(|entry| {
                    entry.unsure |= is_dated(&self.programs[entry.held.program as usize]);
                });
            }
            let people = self.differences(&entries, &wants);
            if !people.is_empty() {
                let lock = Lock::new(id, provider, address, self.limits[limits as usize], recorded);
                touched.push(Touched { door: Some(table.door), lock, people });
            }
        }
        // Locks that are recorded and no longer written are emptied; their door may have got another one.
        let mut doors: Option<HashMap<&str, DoorId>> = None;
        for recorded in &recorded.locks {
            if by_key.contains_key(&recorded.key()) && !recorded.entries.is_empty() {
                let doors = doors.get_or_insert_with(|| {
                    let id = |door: DoorId| property.text(property.doors[door.index()].id);
                    tables.locks().map(|table| (id(table.door), table.door)).collect()
                });
                let written = doors.get(recorded.door.as_str()).copied();
                self.recorded(Some(recorded), &mut entries);
                let people = self.differences(&entries, &[]);
                let (door, provider, address) = recorded.key();
                let lock = Lock::new(door, provider, address, Limits::ANY, Some(recorded));
                touched.push(Touched { door: written, lock, people });
            }
        }
        touched
    }

    fn limits_of(&mut self, door: &Door) -> u32 {
        let limits = Limits::of(self.source.property, door);
        let found = self.limits.iter().position(|known| *known == limits);
        found.unwrap_or_else(|| {
            self.limits.push(limits);
            self.limits.len() - 1
        }) as u32
    }

    /// What should be in a lock, ascending by person.
    fn wants(&mut self, table: LockTable<'_>, limits: u32, wants: &mut Vec<Want>) {
        wants.clear();
        let mut short: Vec<(Capability, String, PersonId, u32)> = Vec::new();
        for cells in table.credentials.chunk_by(|one, other| one.person == other.person) {
            let mut times = [None; 3];
            cells.iter().for_each(|cell| times[cell.capability() as usize] = Some(cell.times()));
            let key = times.map(|times: Option<TimesId>| times.map_or(u32::MAX, |times| times.0));
            let number = match self.known_by.get(&(limits, key)) {
                Some(number) => *number,
                None => self.learn(limits, key, times),
            };
            let person = self.number_of[cells[0].person.index()];
            let known = &self.known[number as usize];
            self.due = [self.due, known.due].into_iter().flatten().min();
            for (capability, verdict) in Capability::ALL.into_iter().zip(known.lowered.verdicts) {
                match verdict {
                    None => {}
                    Some(Verdict::Exact) => self.verdicts.exact += 1,
                    Some(Verdict::Split) => self.verdicts.split += 1,
                    Some(Verdict::NeedsApply(_)) => self.verdicts.needs_apply += 1,
                    Some(Verdict::Refused(refusal)) => {
                        self.verdicts.refused += 1;
                        let why = refusal.to_string();
                        match short.iter_mut().find(|(one, known, ..)| *one == capability && *known == why) {
                            Some((.., count)) => *count += 1,
                            None => short.push((capability, why, cells[0].person, 0)),
                        }
                    }
                }
            }
            self.stays[person as usize] |= !known.entries.is_empty();
            wants.extend(known.entries.iter().map(|held| Want { person, held: *held, lowered: number }));
        }
        wants.sort_unstable_by_key(|want| (want.person, want.held));
        let property = self.source.property;
        for (capability, why, person, others) in short {
            self.short.push(Short {
                door: property.text(property.doors[table.door.index()].id).to_owned(),
                person: property.text(property.people[person.index()].id).to_owned(),
                others,
                capability: Some(capability),
                why,
            });
        }
    }

    fn learn(&mut self, limits: u32, key: [u32; 3], times: [Option<TimesId>; 3]) -> u32 {
        let lowered = lower(self.source.tables, times, &self.limits[limits as usize], self.today);
        let numbers: Vec<u32> = lowered.programs.iter().map(|program| self.number(program, true)).collect();
        let mut entries = lowered.entries.clone();
        entries.iter_mut().for_each(|held| held.program = numbers[held.program as usize]);
        let due = lowered.verdicts.iter().flatten().filter_map(|verdict| match verdict {
            Verdict::NeedsApply(day) => Some(*day),
            _ => None,
        });
        let due = due.min();
        let number = self.known.len() as u32;
        self.known.push(Known { times, lowered, entries, due, wanted: None });
        self.known_by.insert((limits, key), number);
        number
    }

    /// What is recorded of a lock, ascending by person, programs by their numbers here.
    fn recorded(&self, lock: Option<&RecordedLock>, entries: &mut Vec<Entry>) {
        entries.clear();
        let Some(lock) = lock else { return };
        entries.extend(lock.entries.iter().map(|entry| {
            let program = self.program_of[entry.held.program as usize];
            Entry { held: Held { program, ..entry.held }, ..*entry }
        }));
        entries.sort_unstable_by_key(|entry| (entry.person, entry.held));
    }

    /// Everybody at a lock for whom the two differ.
    fn differences(&self, entries: &[Entry], wants: &[Want]) -> Vec<(u32, Vec<Entry>, Vec<Want>)> {
        let mut people = Vec::new();
        let (mut entries, mut wants) = (entries, wants);
        while let Some(person) = [entries.first().map(|one| one.person), wants.first().map(|one| one.person)]
            .into_iter()
            .flatten()
            .min()
        {
            let (old, rest) = entries.split_at(entries.iter().take_while(|one| one.person == person).count());
            let (new, others) = wants.split_at(wants.iter().take_while(|one| one.person == person).count());
            (entries, wants) = (rest, others);
            let same = old.len() == new.len()
                && old.iter().zip(new).all(|(entry, want)| entry.held == want.held && !entry.unsure);
            if !same {
                people.push((person, old.to_vec(), new.to_vec()));
            }
        }
        people
    }

    fn picked(&self, touched: &Touched, person: u32) -> bool {
        let Source { property, only, except, .. } = self.source;
        if only.is_empty() && except.is_empty() {
            return true;
        }
        let subject = Subject {
            property,
            door_id: &touched.lock.planned.door,
            door: touched.door.map(|door| &property.doors[door.index()]),
            provider: &touched.lock.planned.provider,
            person_id: self.people[person as usize],
            person: self.written[person as usize].map(|person| &property.people[person.index()]),
        };
        let any = |selectors: &[Selector]| selectors.iter().any(|one| one.picks(&subject));
        (only.is_empty() || any(only)) && !any(except)
    }

    /// The plan for what differs.
    fn plan(mut self, touched: Vec<Touched>) -> Result<Made, Violation> {
        let Source { property, recorded, guards, .. } = *self.source;
        let mut people: Vec<PlannedPerson> = Vec::new();
        let mut person_of: Vec<Option<u32>> = vec![None; self.people.len()];
        let mut programs: Vec<Program> = Vec::new();
        let mut program_of: Vec<Option<u32>> = vec![None; self.programs.len()];
        let mut locks = Vec::with_capacity(touched.len());
        let mut pairs = Vec::with_capacity(touched.iter().map(|touched| touched.people.len()).sum());
        let mut leaves = Vec::new();
        let mut written = Written::default();
        for touched in touched {
            let number = locks.len() as u32;
            let before = pairs.len();
            for (person, old, new) in &touched.people {
                if !self.picked(&touched, *person) {
                    continue;
                }
                let local = *person_of[*person as usize].get_or_insert_with(|| {
                    people.push(self.planned(*person));
                    written.people.push(self.written[*person as usize]);
                    leaves.push(!self.stays[*person as usize]);
                    people.len() as u32 - 1
                });
                let (wanted, due) = self.wanted(new);
                let mut held = |held: Held| {
                    let program = *program_of[held.program as usize].get_or_insert_with(|| {
                        programs.push(self.programs[held.program as usize].clone());
                        programs.len() as u32 - 1
                    });
                    Held { program, ..held }
                };
                let old = old
                    .iter()
                    .map(|entry| Entry { held: held(entry.held), person: local, ..*entry })
                    .collect();
                let new = new.iter().map(|want| held(want.held)).collect();
                let within = Interval::new(Some(self.today.start()), due.map(Day::start));
                pairs.push((Pair { lock: number, person: local, old, new, wanted }, within));
            }
            if pairs.len() > before {
                locks.push(touched.lock);
                written.doors.push(touched.door);
            }
        }
        let ordered = order::order(&locks, &pairs, &leaves, &programs);
        if let Some(person) = ordered.stuck {
            return Err(Violation::Order(format!("`{}`", people[person as usize].id)));
        }
        self.short.extend(ordered.no_room.iter().map(|(lock, person)| Short {
            door: locks[*lock as usize].planned.door.clone(),
            person: people[*person as usize].id.clone(),
            others: 0,
            capability: None,
            why: "the lock is full: somebody else's access has to end first, or it needs a lock that holds more"
                .to_owned(),
        }));
        self.short.sort();
        let mut plan = Plan {
            property: property.text(property.id).to_owned(),
            timezone: property.timezone,
            as_of: self.today,
            lineage: recorded.lineage.clone(),
            serial: recorded.serial,
            locks: locks.into_iter().map(|lock| lock.planned).collect(),
            people,
            programs,
            changes: ordered.changes,
            short: std::mem::take(&mut self.short),
            dangers: Vec::new(),
            guards: guards.clone(),
            verdicts: self.verdicts,
            due: self.due,
            digest: String::new(),
        };
        let judged = law::prove(&plan, &pairs)?;
        self.causes(&mut plan, &written);
        plan.dangers = guards::dangers(&plan, &pairs, &leaves, &written, self.source);
        plan.digest = plan.digest();
        Ok(Made { plan, judged })
    }

    /// Names the line that gives what a change grants, the assignment of the first chain; and keeps doorcodes that only
    /// move to another lock.
    fn causes(&self, plan: &mut Plan, written: &Written) {
        let Source { property, access, .. } = *self.source;
        let mut places: HashMap<u32, Option<String>> = HashMap::new();
        for change in &mut plan.changes {
            let (Some(person), Some(door)) = written.of(change.person, change.lock) else { continue };
            let causes = access.causes(property, person, door);
            change.cause = causes.first().and_then(|cause| {
                let told = places.entry(cause.assignment).or_insert_with(|| {
                    let place =
                        property.sources.place(property.assignments[cause.assignment as usize].span)?;
                    Some(format!("{}:{}", place.file, place.line))
                });
                told.clone()
            });
            // A code belongs to the person and the door: when the door gets another lock, it moves there.
            let stays = access.times(person, door, Capability::Doorcode).is_some();
            let first = change.before.is_some_and(|held| held.part == 0);
            if change.code == CodeFate::Deletes && first && stays && !change.untold {
                change.code = CodeFate::Keeps;
            }
        }
    }

    fn planned(&self, person: u32) -> PlannedPerson {
        let property = self.source.property;
        let written = self.written[person as usize].map(|person| &property.people[person.index()]);
        let text = |span| property.text(span).to_owned();
        PlannedPerson {
            id: self.people[person as usize].to_owned(),
            name: written.and_then(|person| person.name).map(text),
            unit: written.and_then(|person| person.unit).map(|unit| text(property.doors[unit.index()].id)),
        }
    }

    /// The access that is written for a person at a lock, and until when the lock holds it without another plan.
    fn wanted(&mut self, wants: &[Want]) -> (Rc<Wanted>, Option<Day>) {
        let Some(want) = wants.first() else { return (Rc::clone(&self.nothing), None) };
        let known = &mut self.known[want.lowered as usize];
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
            Rc::new(Wanted { number: Some(want.lowered), times, exact })
        });
        (Rc::clone(wanted), known.due)
    }
}
