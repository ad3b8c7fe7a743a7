//! The law of every plan, and its proof.
//!
//! Whatever subset of the changes has been made, as long as each change comes after those that it needs: nobody has
//! access that neither the old nor the new property gives, and nobody who keeps access loses it, unless the plan says so
//! of a change (`gap`). When all are made, nobody has more than the new property gives. This runs on every plan that is
//! made, shares nothing with what made it but the data, and a plan that fails it is never shown.

use std::borrow::Cow;
use std::cell::OnceCell;

use hashbrown::{HashMap, HashSet};

use super::pairs::{Pair, Pairs, Wanted};
use super::recorded::Entry;
use super::times::{Entries, Times};
use super::{Change, Plan};
use crate::locks::Held;
use crate::time::{Interval, Minute, TimeSet};

/// A way in which a plan would break the law. That one is ever seen is a defect of keyplan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Violation {
    /// Somebody would have access that neither property gives.
    Wider(String),
    /// Somebody who keeps access would lose it.
    Narrower(String),
    /// Two entries would share a slot, or a slot is beyond what the lock has.
    Slots(String),
    /// What somebody newly gets does not come before what is taken.
    Order(String),
}

impl std::fmt::Display for Violation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Wider(whom) => write!(f, "{whom} would have access that neither property gives"),
            Self::Narrower(whom) => write!(f, "{whom} would lose access that stays"),
            Self::Slots(what) => write!(f, "{what}"),
            Self::Order(whom) => write!(f, "{whom} would lose access before the new is there"),
        }
    }
}

/// Whether some entries give at least what is in both the old and the new, and at most what is in either.
pub(super) fn lawful(
    before: &Entries<'_>,
    wanted: &[Option<TimeSet>; 3],
    held: &[Held],
    times: &Times<'_>,
) -> bool {
    let now = times.access(held.iter().copied());
    (0..3).all(|number| bounded(before.get(number), wanted[number].as_ref(), now.get(number)).is_ok())
}

/// Holds the access of one capability to both bounds; `Err(true)` when it is wider.
fn bounded(old: Option<&TimeSet>, new: Option<&TimeSet>, now: Option<&TimeSet>) -> Result<(), bool> {
    let never = TimeSet::never();
    let (old, new, now) = (old.unwrap_or(&never), new.unwrap_or(&never), now.unwrap_or(&never));
    // Either of the two is lawful.
    if now == old || now == new {
        return Ok(());
    }
    if !now.difference(old).difference(new).is_empty() {
        return Err(true);
    }
    if !old.intersection(new).difference(now).is_empty() {
        return Err(false);
    }
    Ok(())
}

/// So many changes of one person at one lock are tried in every subset; with more, in every prefix.
const SUBSETS: usize = 10;

/// Proves a plan. `pairs` say what was there and what is written, and until when each of them is judged. Gives how many
/// states of a person at a lock were judged.
///
/// # Errors
/// With the first violation.
pub(super) fn prove(plan: &Plan, pairs: &Pairs) -> Result<u64, Violation> {
    // The changes by lock, in their order.
    let mut by_lock: Vec<u32> = by_lock(plan);
    slots(plan, &mut by_lock)?;
    let times = Times::new(&plan.programs);
    // The changes by lock and person, beside the pairs in the same order.
    let key = |index: u32| {
        let change = &plan.changes[index as usize];
        (change.lock, change.person)
    };
    let mut by_pair = by_lock;
    each_lock(plan, &mut by_pair, |changes| changes.sort_unstable_by_key(|index| (key(*index), *index)));
    let mut in_order: Cow<'_, [Pair]> = Cow::Borrowed(&pairs.list);
    if !in_order.is_sorted_by_key(|pair| (pair.lock, pair.person)) {
        in_order.to_mut().sort_unstable_by_key(|pair| (pair.lock, pair.person));
    }
    let mut left = by_pair.as_slice();
    let mut judged = 0;
    let mut shapes = Shapes::default();
    // Of whom the plan says that a lock has no room for them.
    let no_room = plan.short.iter().filter(|short| short.capability.is_none());
    let no_room: HashSet<(&str, &str)> = no_room.map(|short| (&*short.door, &*short.person)).collect();
    // The last change that grants something, of each person.
    let mut last_gain: Vec<Option<u32>> = vec![None; plan.people.len()];
    let mut losses: Vec<u32> = Vec::new();
    for pair in &*in_order {
        let mine = (pair.lock, pair.person);
        let start = left.iter().take_while(|index| key(**index) < mine).count();
        // A change of somebody of whom nothing was said is nobody's to make.
        if start > 0 {
            return Err(unasked(plan, left[0]));
        }
        let count = left.iter().take_while(|index| key(**index) == mine).count();
        let (changes, rest) = left.split_at(count);
        left = rest;
        if changes.is_empty() {
            continue;
        }
        let whom = || {
            let change = &plan.changes[changes[0] as usize];
            format!("`{}` at `{}`", plan.person(change).id, plan.lock(change).door)
        };
        // What was proved of one holds for everybody with the same entries, changes and access.
        let case = pairs.case(pair);
        let (old, wanted, within) = (pairs.old(pair), &*case.wanted, case.within);
        let (lock, person) = (&plan.locks[pair.lock as usize], &plan.people[pair.person as usize]);
        let ends = no_room.is_empty() || !no_room.contains(&(&*lock.door, &*person.id));
        let effects = match shapes.look(plan, old, wanted, within, changes, ends) {
            Some(effects) => effects,
            None => {
                judged += judge(plan, old, wanted, within, changes, ends, &times).map_err(|wider| {
                    if wider { Violation::Wider(whom()) } else { Violation::Narrower(whom()) }
                })?;
                let effects = changes.iter().map(|index| {
                    let change = &plan.changes[*index as usize];
                    let access = |held: Option<Held>| times.access(held.into_iter());
                    let (old, new) = (access(change.before), access(change.after));
                    (change.before.is_none() || new.exceeds(&old, within), old.exceeds(&new, within))
                });
                shapes.add(effects.collect())
            }
        };
        for (index, (gains, loses)) in changes.iter().zip(effects) {
            if *gains {
                let last = &mut last_gain[pair.person as usize];
                *last = (*last).max(Some(*index));
            } else if *loses {
                losses.push(*index);
            }
        }
    }
    if let [index, ..] = left {
        return Err(unasked(plan, *index));
    }
    for index in losses {
        let change = &plan.changes[index as usize];
        let Some(gain) = last_gain[change.person as usize] else { continue };
        let waits = change.after_grants && gain < index;
        if !waits && !change.gap {
            return Err(Violation::Order(format!("`{}`", plan.person(change).id)));
        }
    }
    Ok(judged)
}

fn unasked(plan: &Plan, index: u32) -> Violation {
    let change = &plan.changes[index as usize];
    Violation::Wider(format!("`{}` at `{}`", plan.person(change).id, plan.lock(change).door))
}

/// Whether a change gives something, and whether it takes something away.
type Effect = (bool, bool);

/// What was judged: by everything that the judgement of a person at a lock hangs on, what each of the changes does.
#[derive(Default)]
struct Shapes {
    known: HashMap<Vec<u32>, Vec<Effect>>,
    /// The one that is looked at, in numbers that no other has.
    shape: Vec<u32>,
    /// Its slots by where they first come up: which number they have makes no difference.
    slots: Vec<u32>,
}

impl Shapes {
    /// What is known of changes: entries, access, dates, whether everything that is written is there in the end, and for each change its slot, what is there before and after, for
    /// which of the others it waits, and whether it may leave a gap.
    fn look(
        &mut self,
        plan: &Plan,
        old: &[Entry],
        wanted: &Wanted,
        within: Interval,
        changes: &[u32],
        ends: bool,
    ) -> Option<&Vec<Effect>> {
        let Self { known, shape, slots } = self;
        shape.clear();
        slots.clear();
        let mut number = |slot: u32| {
            slots.iter().position(|one| *one == slot).unwrap_or_else(|| {
                slots.push(slot);
                slots.len() - 1
            }) as u32
        };
        let held =
            |held: Held| [1 << 16 | u32::from(held.ways.bits()) << 8 | u32::from(held.part), held.program];
        let bound = |minute: Option<Minute>| minute.map_or([0, 0], |minute| [1, minute.0 as u32]);
        shape.extend([old.len() as u32, wanted.number.map_or(0, |number| number + 1), u32::from(ends)]);
        shape.extend(bound(within.from()));
        shape.extend(bound(within.until()));
        for entry in old {
            shape.push(number(entry.slot));
            shape.extend(held(entry.held));
        }
        for index in changes {
            let change = &plan.changes[*index as usize];
            let needs = plan.needs(change);
            let waits = changes.iter().enumerate().filter(|(_, one)| needs.contains(one));
            let waits = waits.fold(0u32, |all, (at, _)| all | 1u32.checked_shl(at as u32).unwrap_or(1 << 31));
            shape.extend([number(change.slot), waits, u32::from(change.gap)]);
            shape.extend(change.before.map_or([0, 0], held));
            shape.extend(change.after.map_or([0, 0], held));
        }
        known.get(&**shape)
    }

    /// Notes what was found of the one that was looked at last.
    fn add(&mut self, effects: Vec<Effect>) -> &Vec<Effect> {
        self.known.entry_ref(&*self.shape).insert(effects).into_mut()
    }
}

/// Judges a person at a lock in every state that the changes can leave it in; `Err(true)` when it is ever wider. Unless it
/// `ends`, which the plan says, the lock has no room for everything: some of the old may stay, and some of the new not come.
fn judge(
    plan: &Plan,
    old_entries: &[Entry],
    wanted: &Wanted,
    within: Interval,
    changes: &[u32],
    ends: bool,
    times: &Times<'_>,
) -> Result<u64, bool> {
    let clipped = |set: Option<&TimeSet>| set.map(|set| set.clip(within));
    let before = times.access(old_entries.iter().map(|entry| entry.held));
    // Cut to the dates that count only where it is neither, as a whole, what was nor what is written.
    let bounds: [OnceCell<[Option<TimeSet>; 2]>; 3] = Default::default();
    let bounds = |number: usize| {
        bounds[number].get_or_init(|| [clipped(before.get(number)), clipped(wanted.times[number].as_ref())])
    };
    let gap = changes.iter().any(|index| plan.changes[*index as usize].gap);
    let mut judged = 0;
    let mut state = |made: &dyn Fn(usize) -> bool, whole: bool| -> Result<(), bool> {
        let mut held: Vec<(u32, Held)> = old_entries.iter().map(|entry| (entry.slot, entry.held)).collect();
        for (number, index) in changes.iter().enumerate() {
            if !made(number) {
                continue;
            }
            let change = &plan.changes[*index as usize];
            held.retain(|(slot, _)| *slot != change.slot);
            held.extend(change.after.map(|after| (change.slot, after)));
        }
        judged += 1;
        let there = times.access(held.iter().map(|(_, held)| *held));
        for number in 0..3 {
            let (now, wanted_now) = (there.get(number), wanted.times[number].as_ref());
            // What is written is lawful, and right in the end; what was is lawful until then.
            if now == wanted_now || now == before.get(number) && !whole {
                continue;
            }
            let now = clipped(now);
            let [old, new] = bounds(number);
            match bounded(old.as_ref(), new.as_ref(), now.as_ref()) {
                Err(true) => return Err(true),
                Err(false) if !gap || whole => return Err(false),
                _ => {}
            }
            // In the end nothing is left that only the old property gave.
            let never = TimeSet::never();
            let new = new.as_ref().unwrap_or(&never);
            let now = now.as_ref().unwrap_or(&never);
            if !whole || !ends || now == new {
                continue;
            }
            if !now.difference(new).is_empty() {
                return Err(true);
            }
            if wanted.exact[number] && !new.difference(now).is_empty() {
                return Err(false);
            }
        }
        Ok(())
    };
    let count = changes.len();
    if count <= SUBSETS {
        for subset in 0u32..1 << count {
            let closed = changes.iter().enumerate().all(|(number, index)| {
                let needs = plan.needs(&plan.changes[*index as usize]);
                subset >> number & 1 == 0
                    || needs.iter().all(|need| {
                        changes.iter().position(|one| one == need).is_none_or(|need| subset >> need & 1 == 1)
                    })
            });
            if closed {
                state(&|number| subset >> number & 1 == 1, subset.count_ones() as usize == count)?;
            }
        }
    } else {
        // Each needs the one before it, so that prefixes are all there is.
        for length in 0..=count {
            state(&|number| number < length, length == count)?;
        }
    }
    Ok(judged)
}

/// The changes of each lock together: locks in their order, and their changes as they were. Counted and not compared, so
/// that it costs the same for each change however many there are.
fn by_lock(plan: &Plan) -> Vec<u32> {
    let mut starts = vec![0u32; plan.locks.len() + 1];
    for change in &plan.changes {
        starts[change.lock as usize + 1] += 1;
    }
    for lock in 0..plan.locks.len() {
        starts[lock + 1] += starts[lock];
    }
    let mut order = vec![0; plan.changes.len()];
    for (index, change) in plan.changes.iter().enumerate() {
        let place = &mut starts[change.lock as usize];
        order[*place as usize] = index as u32;
        *place += 1;
    }
    order
}

/// Hands over the changes of each lock.
fn each_lock(plan: &Plan, by_lock: &mut [u32], take: impl FnMut(&mut [u32])) {
    let lock = |index: u32| plan.changes[index as usize].lock;
    by_lock.chunk_by_mut(|one, other| lock(*one) == lock(*other)).for_each(take);
}

/// Holds slots to one entry each, also when some changes fail.
fn slots(plan: &Plan, by_slot: &mut [u32]) -> Result<(), Violation> {
    let place = |change: &Change| format!("slot {} of `{}`", change.slot, plan.lock(change).door);
    for (index, change) in plan.changes.iter().enumerate() {
        let most = plan.lock(change).limits.holders;
        if change.slot == 0 || most.is_some_and(|most| change.slot > most && change.before.is_none()) {
            return Err(Violation::Slots(format!("{} is beyond what the lock has", place(change))));
        }
        if plan.needs(change).iter().any(|need| *need as usize >= index) {
            return Err(Violation::Slots(format!("{} waits for what comes later", place(change))));
        }
    }
    each_lock(plan, by_slot, |changes| {
        changes.sort_unstable_by_key(|index| (plan.changes[*index as usize].slot, *index));
    });
    for two in by_slot.windows(2) {
        let [first, second] = [two[0], two[1]].map(|index| &plan.changes[index as usize]);
        let same = (first.lock, first.slot) == (second.lock, second.slot);
        if same && (!plan.needs(second).contains(&two[0]) || first.after != second.before) {
            return Err(Violation::Slots(format!("{} would be written twice", place(second))));
        }
    }
    Ok(())
}
