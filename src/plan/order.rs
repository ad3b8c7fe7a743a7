//! The order of changes.
//!
//! People who leave come first and wait for nothing. Then everything that is new is granted, and what is old is taken
//! from somebody only when everything new of theirs is confirmed. A lock that is full is worked through in the order
//! that needs the fewest free slots: first whoever gives back at least as many as they need, the modest before the
//! greedy; then the others, whoever gives back most first. (The same rule is optimal for two-machine flow shops: S. M.
//! Johnson, 1954.) When nothing more can be granted, somebody's old access is taken early, and the plan says so.

use std::collections::{BTreeSet, VecDeque};
use std::ops::Range;

use super::pairs::{Pair, Pairs};
use super::recorded::{Digits, Entry, RecordedLock};
use super::steps::Steps;
use super::times::Times;
use super::{Change, PlannedLock};
use crate::locks::{Held, Limits, Program};

/// A lock with its slots.
pub(super) struct Lock {
    pub(super) planned: PlannedLock,
    /// The slots that hold something, ascending.
    used: Vec<u32>,
    /// How many doorcodes it holds.
    codes: u32,
}

impl Lock {
    pub(super) fn new(
        door: &str,
        provider: &str,
        address: &str,
        mut limits: Limits,
        recorded: Option<&RecordedLock>,
    ) -> Self {
        // A model may promise more than the lock was seen to have.
        let seen = recorded.and_then(|lock| lock.capacity);
        limits.holders = [limits.holders, seen].into_iter().flatten().min();
        let entries = recorded.map_or(&[][..], |lock| &lock.entries);
        let unmanaged = recorded.map_or(&[][..], |lock| &lock.unmanaged);
        let mut used: Vec<u32> =
            entries.iter().map(|entry| entry.slot).chain(unmanaged.iter().copied()).collect();
        used.sort_unstable();
        used.dedup();
        let codes = entries.iter().filter(|entry| entry.held.ways.has_doorcode()).count() + unmanaged.len();
        let planned = PlannedLock {
            door: door.to_owned(),
            provider: provider.to_owned(),
            address: address.to_owned(),
            limits,
            entries: used.len() as u32,
        };
        Self { planned, used, codes: codes as u32 }
    }
}

/// What ordering gives.
pub(super) struct Ordered {
    pub(super) changes: Vec<Change>,
    /// What changes wait for.
    pub(super) needed: Vec<u32>,
    /// Locks and people whose access has no room.
    pub(super) no_room: Vec<(u32, u32)>,
    /// Somebody whose changes wait for each other, which must not be.
    pub(super) stuck: Option<u32>,
    /// Whether anything is lost in each case.
    pub(super) losses: Vec<bool>,
}

/// One step of a pair that waits for its turn.
#[derive(Clone, Copy)]
struct Waiting {
    pair: u32,
    /// Which of the steps of its case.
    at: u32,
    /// Its change, once it has had its turn.
    change: Option<u32>,
}

struct Room {
    /// Slots that nothing holds and nothing held.
    fresh: Fresh,
    /// Slots that a change freed, with that change.
    freed: VecDeque<(u32, u32)>,
    entries: u32,
    codes: Option<u32>,
    /// Steps that wait for room.
    waiting: VecDeque<u32>,
}

/// The slots of a lock that hold nothing, ascending.
struct Fresh {
    /// The first that was not looked at.
    next: u32,
    /// Those that hold something from there on, descending.
    used: Vec<u32>,
    most: u32,
    /// How many more the lock takes: an entry beyond its last slot, where a system numbers those of others, takes a place too.
    left: u32,
}

impl Fresh {
    fn new(lock: &Lock) -> Self {
        let used: Vec<u32> = lock.used.iter().rev().copied().collect();
        let most = lock.planned.limits.holders.unwrap_or(u32::MAX);
        Self { next: 1, left: most.saturating_sub(used.len() as u32), used, most }
    }

    fn peek(&mut self) -> Option<u32> {
        while self.used.last().is_some_and(|used| *used <= self.next) {
            // A slot 0 that a record may hold is none of ours.
            if self.used.pop() == Some(self.next) {
                self.next = self.next.checked_add(1)?;
            }
        }
        (self.left > 0 && self.next <= self.most).then_some(self.next)
    }

    fn take(&mut self) -> Option<u32> {
        let slot = self.peek()?;
        self.next = slot.saturating_add(1);
        self.left -= 1;
        Some(slot)
    }
}

struct Scheduler<'a> {
    pairs: &'a Pairs,
    /// The steps of each case.
    steps: Vec<Steps>,
    /// The steps of all pairs, one pair after the other.
    waiting: Vec<Waiting>,
    /// Where the steps of each pair begin.
    starts: Vec<u32>,
    rooms: Vec<Room>,
    /// How many steps of each person still have to grant something.
    grants: Vec<u32>,
    changes: Vec<Change>,
    needed: Vec<u32>,
}

/// Puts the steps of all pairs of so many people in order.
pub(super) fn order(locks: &[Lock], pairs: &Pairs, people: usize, programs: &[Program]) -> Ordered {
    let times = Times::new(programs);
    let mut scheduler = Scheduler {
        pairs,
        steps: pairs.cases.iter().map(|case| Steps::of(case, &times)).collect(),
        waiting: Vec::with_capacity(pairs.list.len()),
        starts: Vec::with_capacity(pairs.list.len()),
        rooms: locks.iter().map(Room::new).collect(),
        grants: vec![0; people],
        changes: Vec::with_capacity(pairs.list.len()),
        needed: Vec::new(),
    };
    for (number, pair) in pairs.list.iter().enumerate() {
        scheduler.starts.push(scheduler.waiting.len() as u32);
        for (at, step) in scheduler.steps[pair.case as usize].all().iter().enumerate() {
            scheduler.grants[pair.person as usize] += u32::from(step.gains);
            scheduler.waiting.push(Waiting { pair: number as u32, at: at as u32, change: None });
        }
    }
    scheduler.run()
}

impl Room {
    fn new(lock: &Lock) -> Self {
        Self {
            fresh: Fresh::new(lock),
            freed: VecDeque::new(),
            entries: lock.used.len() as u32,
            codes: lock.planned.limits.doorcodes.map(|most| most.saturating_sub(lock.codes)),
            waiting: VecDeque::new(),
        }
    }

    /// A free slot, with the change that freed it.
    fn take(&mut self) -> Option<(u32, Option<u32>)> {
        if let Some(slot) = self.fresh.take() {
            return Some((slot, None));
        }
        self.freed.pop_front().map(|(slot, by)| (slot, Some(by)))
    }

    fn has_slot(&mut self) -> bool {
        self.fresh.peek().is_some() || !self.freed.is_empty()
    }
}

fn has_code(held: Option<Held>) -> bool {
    held.is_some_and(|held| held.ways.has_doorcode())
}

impl Scheduler<'_> {
    fn steps_of(&self, pair: &Pair) -> &Steps {
        &self.steps[pair.case as usize]
    }

    /// The pair of a step.
    fn pair(&self, step: u32) -> &Pair {
        &self.pairs.list[self.waiting[step as usize].pair as usize]
    }

    /// What a step does.
    fn step(&self, step: u32) -> super::steps::Step {
        self.steps_of(self.pair(step)).all()[self.waiting[step as usize].at as usize]
    }

    fn lock_of(&self, step: u32) -> usize {
        self.pair(step).lock as usize
    }

    /// Some of the steps of a pair.
    fn numbered(&self, pair: usize, which: Range<usize>) -> Range<u32> {
        let start = self.starts[pair];
        start + which.start as u32..start + which.end as u32
    }

    fn run(mut self) -> Ordered {
        // Whoever leaves, leaves first.
        for (number, pair) in self.pairs.list.iter().enumerate() {
            if self.pairs.case(pair).leaves {
                for step in self.numbered(number, self.steps_of(pair).clears()) {
                    self.make(step, false);
                }
            }
        }
        let mut gains: VecDeque<u32> = VecDeque::with_capacity(self.waiting.len());
        for number in self.sequence() {
            let steps = self.steps_of(&self.pairs.list[number as usize]);
            gains.extend(self.numbered(number as usize, steps.puts()));
            // What only takes something away comes after everything that is granted.
            let replaces = self.numbered(number as usize, steps.replaces());
            gains.extend(replaces.filter(|step| self.step(*step).gains));
        }
        let mut ready: VecDeque<u32> = VecDeque::new();
        for (number, pair) in self.pairs.list.iter().enumerate() {
            let steps = self.steps_of(pair);
            let taking = self.numbered(number, steps.replaces().start..steps.clears().end);
            let waits = |step: &u32| self.waiting[*step as usize].change.is_none() && !self.step(*step).gains;
            ready.extend(taking.filter(waits));
        }
        let mut no_room: BTreeSet<(u32, u32)> = BTreeSet::new();
        let mut stuck: Option<u32> = None;
        loop {
            while let Some(step) = gains.pop_front() {
                // Its own pair may have something before it that waits for room.
                if self.pair_allows(step) && self.has_room(step) {
                    self.make(step, false);
                } else {
                    let lock = self.lock_of(step);
                    self.rooms[lock].waiting.push_back(step);
                }
            }
            let mut freed: BTreeSet<usize> = BTreeSet::new();
            for step in std::mem::take(&mut ready) {
                if self.pair_allows(step) && self.person_allows(step) && self.has_room(step) {
                    self.make(step, false);
                    freed.insert(self.lock_of(step));
                } else {
                    ready.push_back(step);
                }
            }
            for lock in &freed {
                gains.extend(std::mem::take(&mut self.rooms[*lock].waiting));
            }
            if !freed.is_empty() {
                continue;
            }
            if self.rooms.iter().all(|room| room.waiting.is_empty()) {
                break;
            }
            match self.early(&ready) {
                Some(step) => {
                    ready.retain(|one| *one != step);
                    self.make(step, true);
                    let lock = self.lock_of(step);
                    gains.extend(std::mem::take(&mut self.rooms[lock].waiting));
                }
                None => {
                    // Nothing can make room any more.
                    for lock in 0..self.rooms.len() {
                        for step in std::mem::take(&mut self.rooms[lock].waiting) {
                            let Pair { lock, person, .. } = *self.pair(step);
                            if self.pair_allows(step) && self.has_room(step) {
                                stuck = Some(person);
                            }
                            no_room.insert((lock, person));
                        }
                    }
                    break;
                }
            }
        }
        // Whoever is held back waits for somebody who has no room, and for nothing else.
        let held_back = ready.iter().map(|step| self.pair(*step).person);
        let excused = |person: &u32| no_room.iter().any(|(_, other)| other == person);
        stuck = stuck.or_else(|| held_back.into_iter().find(|person| !excused(person)));
        let no_room = no_room.into_iter().collect();
        let losses = self.steps.iter().map(|steps| steps.loses).collect();
        Ordered { changes: self.changes, needed: self.needed, no_room, stuck, losses }
    }

    /// The pairs of those who stay, in the order that needs the fewest free slots at each lock.
    fn sequence(&self) -> Vec<u32> {
        let pair = |number: u32| &self.pairs.list[number as usize];
        let mut pairs: Vec<u32> = (0..self.pairs.list.len() as u32).collect();
        pairs.retain(|number| !self.pairs.case(pair(*number)).leaves);
        pairs.sort_by_key(|number| {
            let steps = self.steps_of(pair(*number));
            let (needs, frees) = (steps.puts().len(), steps.clears().len());
            let lock = pair(*number).lock;
            if frees >= needs { (lock, 0, needs, 0) } else { (lock, 1, usize::MAX - frees, needs) }
        });
        pairs
    }

    /// What has to come before a step in its own pair.
    fn before(&self, step: u32) -> Range<u32> {
        let Waiting { pair, at, .. } = self.waiting[step as usize];
        self.numbered(pair as usize, self.steps_of(self.pair(step)).before(at as usize))
    }

    /// Whether everything that has to come before a step in its own pair has.
    fn pair_allows(&self, step: u32) -> bool {
        self.before(step).all(|one| self.waiting[one as usize].change.is_some())
    }

    /// Whether everything that the person newly gets is there, as far as the step takes something.
    fn person_allows(&self, step: u32) -> bool {
        let one = self.step(step);
        !one.loses && one.after.is_some() || self.grants[self.pair(step).person as usize] == 0
    }

    /// What the slot of a step holds before it.
    fn before_it(&self, step: u32) -> Option<Entry> {
        let old = self.pairs.old(self.pair(step));
        self.step(step).before.map(|index| old[index as usize])
    }

    fn has_room(&mut self, step: u32) -> bool {
        let before = self.before_it(step);
        let adds_code = has_code(self.step(step).after) && !has_code(before.map(|entry| entry.held));
        let lock = self.lock_of(step);
        let room = &mut self.rooms[lock];
        (before.is_some() || room.has_slot()) && (!adds_code || room.codes != Some(0))
    }

    /// A step that makes room though its person still waits for something new: one at a lock where somebody waits, with
    /// the fewest grants outstanding.
    fn early(&self, ready: &VecDeque<u32>) -> Option<u32> {
        // Taking somebody's old entry early is of use when something else waits for the slot, or when the person's own new
        // entry does.
        let frees = |step: &&u32| {
            self.step(**step).after.is_none() && !self.rooms[self.lock_of(**step)].waiting.is_empty()
        };
        ready.iter().filter(frees).copied().min_by_key(|step| {
            let pair = self.pair(*step);
            // First those who lose nothing that stays.
            (!self.pairs.case(pair).new.is_empty(), self.grants[pair.person as usize], *step)
        })
    }

    /// Gives a step its turn; `early`: before what it should wait for.
    fn make(&mut self, number: u32, early: bool) {
        let (pair, step) = (*self.pair(number), self.step(number));
        let before = self.before_it(number);
        let case = self.pairs.case(&pair);
        let (gap, reason) = (self.steps_of(&pair).gap, self.steps_of(&pair).reason);
        let index = self.changes.len() as u32;
        let start = self.needed.len();
        let room = &mut self.rooms[pair.lock as usize];
        let slot = match before {
            Some(entry) => entry.slot,
            // `has_room` has said that there is one; without one the law would refuse the plan.
            None => room.take().map_or(0, |(slot, by)| {
                self.needed.extend(by);
                slot
            }),
        };
        match (before.is_some(), step.after.is_some()) {
            (false, true) => room.entries += 1,
            (true, false) => {
                room.entries -= 1;
                room.freed.push_back((slot, index));
            }
            _ => {}
        }
        if let Some(codes) = &mut room.codes {
            let (had, has) = (has_code(before.map(|entry| entry.held)), has_code(step.after));
            *codes = codes.saturating_sub(u32::from(has && !had)) + u32::from(had && !has);
        }
        let fill = room.entries;
        if !early {
            let made = self.before(number).filter_map(|one| self.waiting[one as usize].change);
            self.needed.extend(made);
        }
        // Each once, ascending: the one that freed the slot may be one of the pair's own.
        self.needed[start..].sort_unstable();
        if self.needed.len() - start > 1 {
            let mut own = self.needed.split_off(start);
            own.dedup();
            self.needed.append(&mut own);
        }
        let staying = early && !case.new.is_empty();
        self.changes.push(Change {
            lock: pair.lock,
            slot,
            person: pair.person,
            before: before.map(|entry| entry.held),
            after: step.after,
            unsure: before.is_some_and(|entry| entry.unsure),
            code: step.code,
            untold: before.is_some_and(|entry| matches!(entry.digits, Digits::Untold | Digits::Lost)),
            reason,
            needs: start as u32..self.needed.len() as u32,
            after_grants: !case.leaves && !early && !step.gains && (step.loses || step.after.is_none()),
            gap: early || gap && (step.loses || staying),
            fill,
            cause: None,
        });
        self.waiting[number as usize].change = Some(index);
        if step.gains {
            let grants = &mut self.grants[pair.person as usize];
            *grants = grants.saturating_sub(1);
        }
    }
}
