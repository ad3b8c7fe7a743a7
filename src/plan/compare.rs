//! What should be in the locks against what is recorded of them.

use std::borrow::Cow;

use hashbrown::HashMap;

use super::law::{self, Violation};
use super::learned::{Learned, Want};
use super::order::{self, Lock};
use super::pairs::{Case, Pair, Pairs, There};
use super::recorded::{Entry, Recorded, RecordedLock};
use super::select::{Selector, Subject};
use super::{CodeFate, Guards, Plan, PlannedPerson, Short, guards};
use crate::access::Access;
use crate::locks::{Held, Limits, Program};
use crate::model::{Capability, DoorId, PersonId, Property};
use crate::tables::Tables;
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

/// A lock where something differs.
struct Touched {
    /// The door; `None` when it is no longer written.
    door: Option<DoorId>,
    lock: Lock,
    /// Where those for whom it differs end in [`Comparison::differing`]; they begin where those of the lock before end.
    end: u32,
}

/// Somebody for whom a lock differs from what should be in it.
#[derive(Clone, Copy)]
struct Differing {
    person: u32,
    /// Which lowering says what should be there; `None` for nothing.
    lowered: Option<u32>,
    /// How many entries of theirs are recorded, the next ones of [`Comparison::entries`].
    recorded: u32,
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
    learned: Learned<'a>,
    /// The number of each program of the record.
    program_of: Vec<u32>,
    differing: Vec<Differing>,
    /// What is recorded of those, programs by their numbers here.
    entries: Vec<Entry>,
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
        let mut learned = Learned::new(source);
        let program_of = recorded.programs.iter().map(|program| learned.number(program, false)).collect();
        Self {
            source,
            today: property.as_of,
            stays: vec![false; people.len()],
            people,
            number_of,
            written,
            learned,
            program_of,
            differing: Vec::new(),
            entries: Vec::new(),
        }
    }

    /// Every lock where something differs.
    fn locks(&mut self) -> Vec<Touched> {
        let Source { property, tables, recorded, .. } = self.source;
        let mut by_key: HashMap<(&str, &str, &str), &RecordedLock> =
            recorded.locks.iter().map(|lock| (lock.key(), lock)).collect();
        let mut touched = Vec::new();
        let mut wants = Vec::new();
        for table in tables.locks() {
            let door = &property.doors[table.door.index()];
            let id = property.text(door.id);
            let provider = door.provider.map_or(self.source.provider, |provider| property.text(provider));
            let address = door.lock_id.map_or(id, |id| property.text(id));
            let number = self.learned.limits_of(door);
            let limits = self.learned.limits(number);
            let recorded = by_key.remove(&(id, provider, address));
            self.learned.wants(table, number, &mut wants);
            let zone = recorded.and_then(|lock| lock.timezone.as_deref());
            // Its dates are those of another zone, though nothing is written differently.
            let moved = limits.utc && zone.is_some_and(|zone| zone != property.timezone.name());
            if self.differences(recorded, moved, &mut wants) {
                let lock = Lock::new(id, provider, address, limits, recorded);
                touched.push(Touched { door: Some(table.door), lock, end: self.differing.len() as u32 });
            }
        }
        // Locks that are recorded and no longer written are emptied; their door may have got another one.
        let mut doors: Option<HashMap<&str, DoorId>> = None;
        for recorded in &recorded.locks {
            let is_gone = by_key.contains_key(&recorded.key());
            if is_gone && self.differences(Some(recorded), false, &mut Vec::new()) {
                let doors = doors.get_or_insert_with(|| {
                    let id = |door: DoorId| property.text(property.doors[door.index()].id);
                    tables.locks().map(|table| (id(table.door), table.door)).collect()
                });
                let written = doors.get(recorded.door.as_str()).copied();
                let (door, provider, address) = recorded.key();
                let lock = Lock::new(door, provider, address, Limits::ANY, Some(recorded));
                touched.push(Touched { door: written, lock, end: self.differing.len() as u32 });
            }
        }
        touched
    }

    /// Notes everybody at a lock for whom the record and what should be there differ; whether there is anybody. `moved`:
    /// the lock's dates are to be written again.
    fn differences(&mut self, recorded: Option<&RecordedLock>, moved: bool, wants: &mut [Want]) -> bool {
        let number_of = &self.number_of;
        let number = |want: &Want| number_of[want.person.index()];
        let in_order = |wants: &[Want]| wants.is_sorted_by_key(number);
        // A record has people by their ids, as tables have them.
        if !in_order(wants) {
            wants.sort_unstable_by_key(number);
        }
        let mut wants = wants.iter().map(|want| (number(want), want.lowered)).peekable();
        let mut entries = Cow::Borrowed(recorded.map_or(&[][..], |lock| &lock.entries));
        if !entries.is_sorted_by_key(|entry| entry.person) {
            entries.to_mut().sort_by_key(|entry| entry.person);
        }
        let is_dated =
            |program: &Program| program.0.iter().any(|one| one.from.is_some() || one.until.is_some());
        let here = |entry: &Entry| {
            let program = self.program_of[entry.held.program as usize];
            let unsure = entry.unsure || moved && is_dated(&self.learned.programs()[program as usize]);
            Entry { held: Held { program, ..entry.held }, unsure, ..*entry }
        };
        let is_same = |entry: &Entry, held: &Held| entry.held == *held && !entry.unsure;
        let before = self.differing.len();
        let mut left = &*entries;
        loop {
            let (recorded, wanted) = (left.first().map(|one| one.person), wants.peek().map(|one| one.0));
            let Some(person) = [recorded, wanted].into_iter().flatten().min() else { break };
            let count = left.iter().take_while(|one| one.person == person).count();
            let (old, rest) = left.split_at(count);
            left = rest;
            let lowered = wants.next_if(|one| one.0 == person).map(|one| one.1);
            let new = lowered.map_or(&[][..], |lowered| self.learned.entries(lowered));
            self.stays[person as usize] |= !new.is_empty();
            // Most people have one entry, and most of these are as they should be.
            if let ([there], [held]) = (old, new)
                && is_same(&here(there), held)
            {
                continue;
            }
            let start = self.entries.len();
            self.entries.extend(old.iter().map(here));
            let old = &mut self.entries[start..];
            old.sort_unstable_by_key(|entry| entry.held);
            if old.len() == new.len() && old.iter().zip(new).all(|(entry, held)| is_same(entry, held)) {
                self.entries.truncate(start);
            } else {
                self.differing.push(Differing { person, lowered, recorded: count as u32 });
            }
        }
        self.differing.len() > before
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

    /// Which of those for whom a lock differs the plan is for.
    fn all_picked(&self, touched: &[Touched], differing: &[Differing]) -> Vec<bool> {
        let mut picked = Vec::with_capacity(differing.len());
        for touched in touched {
            let here = &differing[picked.len()..touched.end as usize];
            picked.extend(here.iter().map(|one| self.picked(touched, one.person)));
        }
        picked
    }

    /// Those who are picked anywhere, ascending.
    fn met(&self, differing: &[Differing], picked: &[bool]) -> Vec<u32> {
        let mut is_met = vec![false; self.people.len()];
        for (one, picked) in differing.iter().zip(picked) {
            is_met[one.person as usize] |= picked;
        }
        (0..).zip(is_met).filter_map(|(person, is_met)| is_met.then_some(person)).collect()
    }

    /// The plan for what differs.
    fn plan(mut self, touched: Vec<Touched>) -> Result<Made, Violation> {
        let Source { property, recorded, guards, .. } = *self.source;
        let (differing, entries) = (std::mem::take(&mut self.differing), std::mem::take(&mut self.entries));
        let picked = self.all_picked(&touched, &differing);
        let mut written = Written::default();
        // Numbered as the record has them, so that pairs are in order by them too.
        let (mut people, mut person_of) = (Vec::new(), vec![u32::MAX; self.people.len()]);
        for person in self.met(&differing, &picked) {
            person_of[person as usize] = people.len() as u32;
            people.push(self.planned(person));
            written.people.push(self.written[person as usize]);
        }
        let mut building = Building {
            person_of,
            programs: Vec::new(),
            program_of: vec![None; self.learned.programs().len()],
            pairs: Pairs::default(),
            lists: HashMap::new(),
            cases: HashMap::new(),
        };
        building.pairs.list.reserve(differing.len());
        let mut locks = Vec::with_capacity(touched.len());
        let (mut at, mut left) = (0, entries.as_slice());
        for touched in touched {
            let before = building.pairs.list.len();
            let end = touched.end as usize;
            for (one, picked) in differing[at..end].iter().zip(&picked[at..end]) {
                let (old, rest) = left.split_at(one.recorded as usize);
                left = rest;
                if *picked {
                    building.add(&mut self, locks.len() as u32, *one, old);
                }
            }
            at = end;
            if building.pairs.list.len() > before {
                locks.push(touched.lock);
                written.doors.push(touched.door);
            }
        }
        let Building { programs, pairs, .. } = building;
        let ordered = order::order(&locks, &pairs, people.len(), &programs);
        if let Some(person) = ordered.stuck {
            return Err(Violation::Order(format!("`{}`", people[person as usize].id)));
        }
        let mut short = self.learned.short();
        short.extend(ordered.no_room.iter().map(|(lock, person)| Short {
            door: locks[*lock as usize].planned.door.clone(),
            person: people[*person as usize].id.clone(),
            others: 0,
            capability: None,
            why: "the lock is full: somebody else's access has to end first, or it needs a lock that holds more"
                .to_owned(),
        }));
        short.sort();
        let (verdicts, due) = self.learned.verdicts();
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
            needed: ordered.needed,
            causes: Vec::new(),
            short,
            dangers: Vec::new(),
            // What is for some people or doors only changes nothing for the others.
            guards: match self.source.only.is_empty() && self.source.except.is_empty()
                || recorded.lineage.is_empty()
            {
                true => guards.clone(),
                false => recorded.guards.stricter(guards),
            },
            verdicts,
            due,
            digest: String::new(),
        };
        let judged = law::prove(&plan, &pairs)?;
        self.causes(&mut plan, &written);
        plan.dangers = guards::dangers(&plan, &pairs, &ordered.losses, &written, self.source);
        plan.digest = plan.digest();
        Ok(Made { plan, judged })
    }

    /// Names the line that gives what a change grants, the assignment of the first chain; and keeps doorcodes that only
    /// move to another lock.
    fn causes(&self, plan: &mut Plan, written: &Written) {
        let Source { property, access, .. } = *self.source;
        let mut places: Vec<Option<Option<u32>>> = vec![None; property.assignments.len()];
        let mut numbers: HashMap<String, u32> = HashMap::new();
        for change in &mut plan.changes {
            let (Some(person), Some(door)) = written.of(change.person, change.lock) else { continue };
            change.cause = access.first_cause(property, person, door).and_then(|assignment| {
                *places[assignment as usize].get_or_insert_with(|| {
                    let span = property.assignments[assignment as usize].span;
                    let place = property.sources.place(span)?;
                    let place = format!("{}:{}", place.file, place.line);
                    Some(*numbers.entry_ref(&place).or_insert_with(|| {
                        plan.causes.push(place.clone());
                        plan.causes.len() as u32 - 1
                    }))
                })
            });
            // A code belongs to the person and the door: when the door gets another lock, it moves there.
            let first = change.before.is_some_and(|held| held.part == 0);
            if change.code == CodeFate::Deletes
                && first
                && !change.untold
                && access.times(person, door, Capability::Doorcode).is_some()
            {
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
}

/// The programs and the pairs of a plan, by their numbers in it.
struct Building {
    /// The number of each person who is picked.
    person_of: Vec<u32>,
    programs: Vec<Program>,
    program_of: Vec<Option<u32>>,
    pairs: Pairs,
    /// Lists of entries that were met, by number.
    lists: HashMap<Vec<There>, u32>,
    /// The case of a list of entries, what should be there, and whether the person leaves.
    cases: HashMap<(u32, Option<u32>, bool), u32>,
}

impl Building {
    fn add(&mut self, comparison: &mut Comparison<'_>, lock: u32, one: Differing, old: &[Entry]) {
        let person = self.person_of[one.person as usize];
        let entries = self.pairs.entries.len() as u32;
        for entry in old {
            let held = self.held(comparison, entry.held);
            self.pairs.entries.push(Entry { held, person, ..*entry });
        }
        let list: Vec<There> = self.pairs.entries[entries as usize..].iter().map(There::from).collect();
        let next = self.lists.len() as u32;
        let number = *self.lists.entry_ref(&list).or_insert(next);
        let leaves = !comparison.stays[one.person as usize];
        let key = (number, one.lowered, leaves);
        let case = match self.cases.get(&key) {
            Some(case) => *case,
            None => {
                let (wanted, due) = comparison.learned.wanted(one.lowered);
                let new = one.lowered.map_or(Vec::new(), |lowered| {
                    let new = comparison.learned.entries(lowered).to_vec();
                    new.into_iter().map(|held| self.held(comparison, held)).collect()
                });
                let within = Interval::new(Some(comparison.today.start()), due.map(Day::start));
                self.pairs.cases.push(Case { old: list, new, wanted, within, leaves });
                self.cases.insert(key, self.pairs.cases.len() as u32 - 1);
                self.pairs.cases.len() as u32 - 1
            }
        };
        self.pairs.list.push(Pair { lock, person, case, entries });
    }

    /// What an entry holds, its program by its number in the plan.
    fn held(&mut self, comparison: &Comparison<'_>, held: Held) -> Held {
        let program = *self.program_of[held.program as usize].get_or_insert_with(|| {
            self.programs.push(comparison.learned.programs()[held.program as usize].clone());
            self.programs.len() as u32 - 1
        });
        Held { program, ..held }
    }
}
