//! The order of changes.
//!
//! People who leave come first and wait for nothing. Then everything that is new is granted, and what is old is taken
//! from somebody only when everything new of theirs is confirmed. A lock that is full is worked through in the order
//! that needs the fewest free slots: first whoever gives back at least as many as they need, the modest before the
//! greedy; then the others, whoever gives back most first. (The same rule is optimal for two-machine flow shops: S. M.
//! Johnson, 1954.) When nothing more can be granted, somebody's old access is taken early, and the plan says so.

use std::collections::{BTreeSet, VecDeque};

use hashbrown::HashMap;

use super::pairs::{Operation, Operations, Pair};
use super::recorded::RecordedLock;
use super::times::Times;
use super::{Change, CodeFate, PlannedLock, Reason};
use crate::locks::{Held, Limits, Program};
use crate::time::Interval;

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
        limits.holders = limits.holders.or(recorded.and_then(|lock| lock.capacity));
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
    /// Locks and people whose access has no room.
    pub(super) no_room: Vec<(u32, u32)>,
    /// Somebody whose changes wait for each other, which must not be.
    pub(super) stuck: Option<u32>,
}

/// One operation that waits for its turn.
struct Step {
    pair: u32,
    operation: Operation,
    /// Whether it gives something that was not there.
    gains: bool,
    /// Whether it takes something away.
    loses: bool,
    /// Its change, once it has had its turn.
    change: Option<u32>,
}

/// The steps of one pair by index.
#[derive(Default)]
struct Turn {
    puts: Vec<u32>,
    replaces: Vec<u32>,
    clears: Vec<u32>,
    gap: bool,
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
    pairs: &'a [(Pair, Interval)],
    leaves: &'a [bool],
    steps: Vec<Step>,
    turns: Vec<Turn>,
    rooms: Vec<Room>,
    /// How many steps of each person still have to grant something.
    grants: Vec<u32>,
    changes: Vec<Change>,
    reasons: Vec<Reason>,
    /// What was found of operations and pairs that are alike.
    effects: HashMap<super::law::Effect, (bool, bool)>,
    known_reasons: HashMap<(Vec<Held>, Vec<Held>, Interval, bool), Reason>,
}

/// Puts the operations of all pairs in order.
pub(super) fn order(
    locks: &[Lock],
    pairs: &[(Pair, Interval)],
    leaves: &[bool],
    programs: &[Program],
) -> Ordered {
    let times = &Times::new(programs);
    let mut scheduler = Scheduler {
        pairs,
        leaves,
        steps: Vec::with_capacity(pairs.len()),
        turns: Vec::with_capacity(pairs.len()),
        rooms: locks.iter().map(Room::new).collect(),
        grants: vec![0; leaves.len()],
        changes: Vec::with_capacity(pairs.len()),
        reasons: Vec::with_capacity(pairs.len()),
        effects: HashMap::new(),
        known_reasons: HashMap::new(),
    };
    for (number, (pair, within)) in pairs.iter().enumerate() {
        scheduler.prepare(number as u32, pair, *within, pair.operations(times), times);
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
    /// Makes the steps of a pair.
    fn prepare(
        &mut self,
        number: u32,
        pair: &Pair,
        within: Interval,
        operations: Operations,
        times: &Times<'_>,
    ) {
        let mut turn = Turn { gap: operations.gap, ..Turn::default() };
        let Operations { puts, replaces, clears, .. } = operations;
        for (list, into) in
            [(puts, &mut turn.puts), (replaces, &mut turn.replaces), (clears, &mut turn.clears)]
        {
            for operation in list {
                let key = (operation.before.map(|entry| entry.held), operation.after, within);
                let (gains, loses) =
                    *self.effects.entry(key).or_insert_with(|| effect(operation, within, times));
                into.push(self.steps.len() as u32);
                if gains {
                    self.grants[pair.person as usize] += 1;
                }
                self.steps.push(Step { pair: number, operation, gains, loses, change: None });
            }
        }
        // What grants comes before what only takes: nothing that is taken makes room for a replacement.
        turn.replaces.sort_by_key(|step| !self.steps[*step as usize].gains);
        self.turns.push(turn);
        let leaves = self.leaves[pair.person as usize];
        let key = (pair.old.iter().map(|entry| entry.held).collect(), pair.new.clone(), within, leaves);
        let reason = *self.known_reasons.entry(key).or_insert_with(|| reason(pair, within, leaves, times));
        self.reasons.push(reason);
    }

    fn run(mut self) -> Ordered {
        // Whoever leaves, leaves first.
        for pair in 0..self.turns.len() {
            if self.leaves[self.pairs[pair].0.person as usize] {
                for step in self.turns[pair].clears.clone() {
                    self.make(step, false);
                }
            }
        }
        let mut gains: VecDeque<u32> = VecDeque::new();
        for pair in self.sequence() {
            let turn = &self.turns[pair as usize];
            let gaining = |step: &&u32| self.steps[**step as usize].gains;
            // What only takes something away comes after everything that is granted.
            gains.extend(turn.puts.iter().chain(turn.replaces.iter().filter(gaining)));
        }
        let mut ready: VecDeque<u32> = VecDeque::new();
        for pair in 0..self.turns.len() {
            for step in self.turns[pair].replaces.iter().chain(&self.turns[pair].clears) {
                if self.steps[*step as usize].change.is_none() && !self.steps[*step as usize].gains {
                    ready.push_back(*step);
                }
            }
        }
        let mut no_room: BTreeSet<(u32, u32)> = BTreeSet::new();
        let mut stuck: Option<u32> = None;
        loop {
            while let Some(step) = gains.pop_front() {
                if !self.pair_allows(step) {
                    // Its own pair has something before it that waits for room.
                    let lock = self.lock_of(step);
                    self.rooms[lock].waiting.push_back(step);
                } else if self.has_room(step) {
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
                            let pair = &self.pairs[self.steps[step as usize].pair as usize].0;
                            if self.pair_allows(step) && self.has_room(step) {
                                stuck = Some(pair.person);
                            }
                            no_room.insert((pair.lock, pair.person));
                        }
                    }
                    break;
                }
            }
        }
        // Whoever is held back waits for somebody who has no room, and for nothing else.
        let held_back =
            ready.iter().map(|step| self.pairs[self.steps[*step as usize].pair as usize].0.person);
        let excused = |person: &u32| no_room.iter().any(|(_, other)| other == person);
        stuck = stuck.or_else(|| held_back.into_iter().find(|person| !excused(person)));
        Ordered { changes: self.changes, no_room: no_room.into_iter().collect(), stuck }
    }

    /// The pairs of those who stay, in the order that needs the fewest free slots at each lock.
    fn sequence(&self) -> Vec<u32> {
        let mut pairs: Vec<u32> = (0..self.turns.len() as u32).collect();
        pairs.retain(|pair| !self.leaves[self.pairs[*pair as usize].0.person as usize]);
        let needs = |pair: u32| {
            let turn = &self.turns[pair as usize];
            (turn.puts.len(), turn.clears.len())
        };
        pairs.sort_by_key(|pair| {
            let (needs, frees) = needs(*pair);
            let lock = self.pairs[*pair as usize].0.lock;
            if frees >= needs { (lock, 0, needs, 0) } else { (lock, 1, usize::MAX - frees, needs) }
        });
        pairs
    }

    fn lock_of(&self, step: u32) -> usize {
        self.pairs[self.steps[step as usize].pair as usize].0.lock as usize
    }

    /// Whether everything that has to come before a step in its own pair has.
    fn pair_allows(&self, step: u32) -> bool {
        let turn = &self.turns[self.steps[step as usize].pair as usize];
        self.before(turn, step).all(|one| self.steps[one as usize].change.is_some())
    }

    /// What has to come before a step in its own pair.
    fn before<'t>(&self, turn: &'t Turn, step: u32) -> Box<dyn Iterator<Item = u32> + 't> {
        if turn.puts.contains(&step) {
            return Box::new(std::iter::empty());
        }
        match turn.replaces.iter().position(|one| *one == step) {
            Some(at) => Box::new(turn.puts.iter().chain(&turn.replaces[..at]).copied()),
            None => Box::new(turn.puts.iter().chain(&turn.replaces).copied()),
        }
    }

    /// Whether everything that the person newly gets is there, as far as the step takes something.
    fn person_allows(&self, step: u32) -> bool {
        let one = &self.steps[step as usize];
        !one.loses && one.operation.after.is_some()
            || self.grants[self.pairs[one.pair as usize].0.person as usize] == 0
    }

    fn has_room(&mut self, step: u32) -> bool {
        let Operation { before, after } = self.steps[step as usize].operation;
        let lock = self.lock_of(step);
        let room = &mut self.rooms[lock];
        let adds_code = has_code(after) && !has_code(before.map(|entry| entry.held));
        (before.is_some() || room.has_slot()) && (!adds_code || room.codes != Some(0))
    }

    /// A step that makes room though its person still waits for something new: one at a lock where somebody waits, with
    /// the fewest grants outstanding.
    fn early(&self, ready: &VecDeque<u32>) -> Option<u32> {
        let frees = |step: &&u32| {
            let one = &self.steps[**step as usize];
            let lock = self.lock_of(**step);
            let waiting = &self.rooms[lock].waiting;
            // Taking somebody's old entry early is of use when something else waits for the slot, or when the
            // person's own new entry does.
            one.operation.after.is_none() && !waiting.is_empty()
        };
        ready.iter().filter(frees).copied().min_by_key(|step| {
            let pair = &self.pairs[self.steps[*step as usize].pair as usize].0;
            // First those who lose nothing that stays.
            (!pair.new.is_empty(), self.grants[pair.person as usize], *step)
        })
    }

    /// Gives a step its turn; `early`: before what it should wait for.
    fn make(&mut self, number: u32, early: bool) {
        let Step { pair: pair_number, operation, gains, loses, .. } = self.steps[number as usize];
        let (pair, _) = &self.pairs[pair_number as usize];
        let Operation { before, after } = operation;
        let leaves = self.leaves[pair.person as usize];
        let room = &mut self.rooms[pair.lock as usize];
        let index = self.changes.len() as u32;
        let mut needs: Vec<u32> = Vec::new();
        let slot = match before {
            Some(entry) => entry.slot,
            // `has_room` has said that there is one; without one the law would refuse the plan.
            None => room.take().map_or(0, |(slot, by)| {
                needs.extend(by);
                slot
            }),
        };
        match (before.is_some(), after.is_some()) {
            (false, true) => room.entries += 1,
            (true, false) => {
                room.entries -= 1;
                room.freed.push_back((slot, index));
            }
            _ => {}
        }
        if let Some(codes) = &mut room.codes {
            let (had, has) = (has_code(before.map(|entry| entry.held)), has_code(after));
            *codes = codes.saturating_sub(u32::from(has && !had)) + u32::from(had && !has);
        }
        let fill = room.entries;
        if !early {
            let turn = &self.turns[pair_number as usize];
            needs.extend(self.before(turn, number).filter_map(|one| self.steps[one as usize].change));
        }
        needs.sort_unstable();
        needs.dedup();
        let staying = early && !pair.new.is_empty();
        self.changes.push(Change {
            lock: pair.lock,
            slot,
            person: pair.person,
            before: before.map(|entry| entry.held),
            after,
            unsure: before.is_some_and(|entry| entry.unsure),
            code: fate(pair, before.map(|entry| entry.held), after),
            reason: self.reasons[pair_number as usize],
            needs,
            after_grants: !leaves && !early && !gains && (loses || after.is_none()),
            gap: early || self.turns[pair_number as usize].gap && (loses || staying),
            fill,
            cause: None,
        });
        self.steps[number as usize].change = Some(index);
        if gains {
            let grants = &mut self.grants[pair.person as usize];
            *grants = grants.saturating_sub(1);
        }
    }
}

/// Whether an operation gives something that its slot did not, and whether it takes something away.
fn effect(operation: Operation, within: Interval, times: &Times<'_>) -> (bool, bool) {
    let Operation { before, after } = operation;
    let (Some(before), Some(after)) = (before, after) else { return (after.is_some(), before.is_some()) };
    let (old, new) = (times.access(std::iter::once(before.held)), times.access(std::iter::once(after)));
    let (gains, loses) = (new.exceeds(&old, within), old.exceeds(&new, within));
    (gains, loses)
}

/// Why a pair changes.
fn reason(pair: &Pair, within: Interval, leaves: bool, times: &Times<'_>) -> Reason {
    if leaves {
        return Reason::Leaves;
    }
    if pair.new.is_empty() {
        return Reason::Loses;
    }
    if pair.old.is_empty() {
        return Reason::Gains;
    }
    let old = times.access(pair.old.iter().map(|entry| entry.held));
    let new = times.access(pair.new.iter().copied());
    match (new.exceeds(&old, within), old.exceeds(&new, within)) {
        (true, true) => Reason::Changes,
        (true, false) => Reason::Gains,
        (false, true) => Reason::Loses,
        (false, false) => Reason::Rewrites,
    }
}

/// What a change of the pair does to the doorcode of its entry: each of a person's doorcodes at a lock has its own fate.
fn fate(pair: &Pair, before: Option<Held>, after: Option<Held>) -> CodeFate {
    let with_code = |held: &Held| held.ways.has_doorcode();
    let Some(part) = after.filter(with_code).or(before.filter(with_code)).map(|held| held.part) else {
        return CodeFate::None;
    };
    let is_it = |held: Held| held.ways.has_doorcode() && held.part == part;
    match (pair.old.iter().any(|entry| is_it(entry.held)), pair.new.iter().any(|held| is_it(*held))) {
        (_, false) => CodeFate::Deletes,
        (false, true) => CodeFate::Makes,
        (true, true) => CodeFate::Keeps,
    }
}
