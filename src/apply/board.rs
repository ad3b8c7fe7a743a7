//! Who may do what next: the changes of a plan, and what they wait for.

use std::collections::VecDeque;

use super::{Outcome, Report};
use crate::plan::{Change, Plan};
use crate::state::{Note, Progress};

/// At most so many changes of a lock are taken at once, so that others hear of what was granted.
const STRETCH: usize = 32;

/// The state of a run.
pub(super) struct Board<'p> {
    plan: &'p Plan,
    outcomes: Vec<Option<Outcome>>,
    locks: Vec<Queue>,
    /// Locks that may have something to do, by provider; those at which somebody leaves come first at the beginning.
    ready: Vec<VecDeque<u32>>,
    /// The provider of each lock, and at how many more locks each provider can be worked on now.
    provider: Vec<usize>,
    room: Vec<usize>,
    /// How many grants of each person are outstanding, and whether one has failed.
    grants: Vec<(u32, bool)>,
    /// Locks at which something waits for a person's grants.
    waiting: Vec<Vec<u32>>,
    /// Locks that somebody works on now.
    busy: usize,
    stopped: bool,
}

/// The changes of one lock that are not done, in order.
#[derive(Default)]
struct Queue {
    pending: VecDeque<u32>,
    queued: bool,
    busy: bool,
    /// Why nothing more is tried at it.
    dead: Option<Outcome>,
    unreached: Option<String>,
}

/// What a worker is to do next.
pub(super) enum Next {
    /// These changes of this lock, in this order.
    Work(u32, Vec<u32>),
    /// Nothing now, but something may come.
    Wait,
    /// Nothing any more.
    Over,
}

/// Whether a change grants something that others wait for.
pub(super) fn grants(change: &Change) -> bool {
    change.after.is_some() && !change.after_grants
}

impl<'p> Board<'p> {
    /// `most` says for each lock which provider it is of, by number, and for each provider at how many locks of it can be worked
    /// on at once.
    pub(super) fn new(plan: &'p Plan, done: &Progress, (provider, most): (Vec<usize>, Vec<usize>)) -> Self {
        let mut board = Self {
            plan,
            outcomes: vec![None; plan.changes.len()],
            locks: plan.locks.iter().map(|_| Queue::default()).collect(),
            ready: vec![VecDeque::new(); most.len()],
            provider,
            room: most,
            grants: vec![(0, false); plan.people.len()],
            waiting: vec![Vec::new(); plan.people.len()],
            busy: 0,
            stopped: false,
        };
        for (index, change) in plan.changes.iter().enumerate() {
            if done.0.get(index) == Some(&Some(Note::Applied)) {
                board.outcomes[index] = Some(Outcome::Applied);
                continue;
            }
            board.locks[change.lock as usize].pending.push_back(index as u32);
            if grants(change) {
                board.grants[change.person as usize].0 += 1;
            }
            if change.after_grants {
                board.waiting[change.person as usize].push(change.lock);
            }
        }
        // A plan begins with those who leave, and so do the locks that they leave: none of them waits for another lock's silence.
        let mut locks: Vec<u32> = (0..plan.locks.len() as u32).collect();
        locks.sort_by_key(|lock| board.locks[*lock as usize].pending.front().copied());
        locks.into_iter().for_each(|lock| board.wake(lock));
        board
    }

    fn wake(&mut self, lock: u32) {
        let queue = &mut self.locks[lock as usize];
        if !queue.queued && !queue.busy && !queue.pending.is_empty() {
            queue.queued = true;
            self.ready[self.provider[lock as usize]].push_back(lock);
        }
    }

    /// Nothing new is begun.
    pub(super) fn stop(&mut self) {
        self.stopped = true;
    }

    /// Finds work for one worker; each change that it will never do for want of another ends here.
    pub(super) fn next(&mut self, ended: &mut Vec<(u32, Outcome)>) -> Next {
        while !self.stopped {
            let Some(lock) = self.take_ready() else { break };
            self.locks[lock as usize].queued = false;
            let mut work = Vec::new();
            let pending = std::mem::take(&mut self.locks[lock as usize].pending);
            let mut left = VecDeque::new();
            for change in pending {
                match self.judge(change) {
                    Some(Ok(())) if work.len() < STRETCH => work.push(change),
                    Some(Err(outcome)) => {
                        ended.push((change, outcome.clone()));
                        self.outcomes[change as usize] = Some(outcome);
                        self.settle_grants(change);
                    }
                    _ => left.push_back(change),
                }
            }
            self.locks[lock as usize].pending = left;
            if !work.is_empty() {
                self.locks[lock as usize].busy = true;
                self.room[self.provider[lock as usize]] -= 1;
                self.busy += 1;
                return Next::Work(lock, work);
            }
        }
        if self.busy == 0 { Next::Over } else { Next::Wait }
    }

    /// The first lock of a provider that has room, of these the one whose next change comes first.
    fn take_ready(&mut self) -> Option<u32> {
        let first = |queue: &VecDeque<u32>| {
            let lock = *queue.front()?;
            Some(self.locks[lock as usize].pending.front().copied())
        };
        let queues = self.ready.iter().zip(&self.room).enumerate().filter(|(_, (_, room))| **room > 0);
        let firsts = queues.filter_map(|(provider, (queue, _))| Some((first(queue)?, provider)));
        let (_, provider) = firsts.min()?;
        self.ready[provider].pop_front()
    }

    /// Whether a change can be made now; an outcome when it never can.
    fn judge(&self, index: u32) -> Option<Result<(), Outcome>> {
        let change = &self.plan.changes[index as usize];
        if let Some(dead) = &self.locks[change.lock as usize].dead {
            return Some(Err(dead.clone()));
        }
        for need in self.plan.needs(change) {
            match &self.outcomes[*need as usize] {
                Some(Outcome::Applied) => {}
                Some(_) => {
                    let other = &self.plan.changes[*need as usize];
                    let who = &self.plan.person(other).id;
                    return Some(Err(Outcome::Skipped(format!(
                        "an earlier change of `{who}` at this lock did not happen"
                    ))));
                }
                None => return None,
            }
        }
        if change.after_grants {
            match self.grants[change.person as usize] {
                (_, true) => {
                    return Some(Err(Outcome::Skipped(
                        "the new access was not confirmed, so the old stays".into(),
                    )));
                }
                (0, false) => {}
                _ => return None,
            }
        }
        Some(Ok(()))
    }

    /// Takes what came of some changes of a lock.
    pub(super) fn done(
        &mut self,
        lock: u32,
        results: Vec<(u32, Outcome)>,
        dead: Option<(Outcome, Option<String>)>,
    ) {
        for (change, outcome) in results {
            self.outcomes[change as usize] = Some(outcome);
            self.settle_grants(change);
        }
        let queue = &mut self.locks[lock as usize];
        queue.busy = false;
        self.room[self.provider[lock as usize]] += 1;
        self.busy -= 1;
        if let Some((outcome, unreached)) = dead {
            queue.dead = Some(outcome);
            queue.unreached = unreached;
        }
        self.wake(lock);
    }

    fn settle_grants(&mut self, index: u32) {
        let change = &self.plan.changes[index as usize];
        if !grants(change) {
            return;
        }
        let applied = self.outcomes[index as usize] == Some(Outcome::Applied);
        let (left, failed) = &mut self.grants[change.person as usize];
        *left = left.saturating_sub(1);
        *failed |= !applied;
        if *left == 0 || *failed {
            for lock in std::mem::take(&mut self.waiting[change.person as usize]) {
                self.wake(lock);
            }
        }
    }

    /// At how many locks somebody could work now, and whether nothing is left or under way.
    pub(super) fn waits(&self) -> (usize, bool) {
        let now = self.ready.iter().zip(&self.room).map(|(queue, room)| queue.len().min(*room)).sum();
        (now, self.busy == 0 && (now == 0 || self.stopped))
    }

    pub(super) fn report(self) -> Report {
        let unreached = self
            .locks
            .iter()
            .enumerate()
            .filter_map(|(lock, queue)| Some((lock as u32, queue.unreached.clone()?)))
            .collect();
        let outcomes = self.outcomes.into_iter().map(|outcome| outcome.unwrap_or(Outcome::Left)).collect();
        Report { outcomes, unreached, lost: Vec::new() }
    }
}
