//! Apply: carries out a plan that its guards let pass, and nothing else.
//!
//! Each lock is worked on by itself, in the order of the plan, one call at a time; many locks at once. What is about to
//! be done is on the disk before it is done. What was written is read back from the lock. A call whose end is not known
//! is settled by reading; a lock that does not answer delays only its own changes, and those that wait for what it was
//! to grant.

mod board;
mod codes;
mod lock;
mod opened;
mod report;
mod taken_back;

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

pub use report::{Outcome, Report};

use crate::plan::{Digits, Entry, Plan, PlannedLock, SafePlan};
use crate::provider::Providers;
use crate::state::{Journal, Lease, Note, Observed, Progress, Run, State, StateError, Vault};
use crate::time::Minute;
use board::Board;
use codes::Codes;
use lock::Worker;

/// How a plan is applied.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// At most so many locks at once; fewer where a provider says so.
    pub parallel: usize,
    /// How often a call is tried again that was refused by chance.
    pub retries: u32,
    /// How long to wait before the first of these; twice as long before each other.
    pub backoff: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { parallel: 512, retries: 3, backoff: Duration::from_millis(100) }
    }
}

/// What happens while a plan is applied.
#[derive(Clone, Debug)]
pub enum Event {
    /// A change came to its end; the index of the change.
    Change(u32, Outcome),
    /// A call is tried again: the index of the lock, and why.
    Retry(u32, String),
}

/// What applying needs besides the plan.
pub struct Setting<'a> {
    /// The systems that hold the locks.
    pub providers: &'a Providers,
    /// What opens doorcodes; `None` when the plan touches none.
    pub vault: Option<&'a Vault>,
    /// How.
    pub options: Options,
    /// Raised by somebody who wants it to stop: what is in flight ends, nothing new begins.
    pub interrupted: &'a AtomicUsize,
    /// Is told what happens.
    pub tell: &'a (dyn Fn(Event) + Sync),
    /// Who applies it, for the log.
    pub who: &'a str,
    /// What clocks show in the property.
    pub now: Minute,
}

/// Applies a plan. `done` is what an earlier run of the same plan did.
///
/// # Errors
/// When the state cannot be written. What was done until then stands in the journal, and in the report of a later run.
pub fn run(
    safe: SafePlan<'_>,
    mut state: State,
    lease: &Lease,
    setting: &Setting<'_>,
    done: &Progress,
) -> Result<(Report, State), StateError> {
    let plan = safe.plan();
    let first = done.0.iter().flatten().count();
    let codes = Codes::load(plan, &state, setting.vault)?;
    let ours = ours(plan, &state, setting.now)?;
    let id = state.begin(lease, plan, done, setting.who)?;
    let journal = Journal::start(state, lease.clone(), id, first);
    let (provider, most) = bounds(plan, setting);
    let workers = most.iter().sum::<usize>().min(plan.locks.len()).clamp(1, setting.options.parallel.max(1));
    let board = Mutex::new(Board::new(plan, done, (provider, most)));
    let changed = Condvar::new();
    let failure: Mutex<Option<StateError>> = Mutex::new(None);
    let observed: Mutex<HashMap<(String, String, String), Observed>> = Mutex::new(HashMap::new());
    let opened = Mutex::new(HashMap::new());
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                let worker = Worker {
                    plan,
                    setting,
                    journal: &journal,
                    codes: &codes,
                    observed: &observed,
                    opened: &opened,
                    ours: &ours,
                    done,
                    board: &board,
                    changed: &changed,
                };
                if let Err(error) = worker.work() {
                    failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
                    // Nothing that cannot be noted is done.
                    setting.interrupted.fetch_add(1, Ordering::SeqCst);
                    board.lock().unwrap_or_else(PoisonError::into_inner).stop();
                    changed.notify_all();
                }
            });
        }
    });
    let ended = journal.end();
    if let Some(failure) = failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(failure);
    }
    let mut state = ended?;
    let mut report = board.into_inner().unwrap_or_else(PoisonError::into_inner).report();
    let progress = Progress(report.outcomes.iter().map(Outcome::note).collect());
    let run = Run { id, plan: plan.clone(), progress, serial: None };
    let observed = observed.into_inner().unwrap_or_else(PoisonError::into_inner);
    let missing = observed.iter().filter(|(_, seen)| !seen.missing.is_empty());
    report.lost = missing.map(|((door, ..), seen)| (door.clone(), seen.missing.len())).collect();
    report.lost.sort_unstable();
    state.finish(lease, &run, &observed, report.is_complete())?;
    state.log(setting.who, &plan.property, crate::state::Event::ApplyEnded, &report.summary(&plan.digest))?;
    Ok((report, state))
}

/// The slots of each lock of a plan that are recorded as ours; and whether what is in them may be gone, its time being over or
/// nobody having seen it there.
fn ours(plan: &Plan, state: &State, now: Minute) -> Result<Vec<BTreeMap<u32, bool>>, StateError> {
    let recorded = state.recorded(&plan.property)?;
    let over: Vec<bool> = recorded.programs.iter().map(|program| program.is_over(now)).collect();
    let slots = |lock: &PlannedLock| {
        let key = (lock.door.as_str(), lock.provider.as_str(), lock.address.as_str());
        let known = recorded.locks.iter().find(|known| known.key() == key);
        let entries = known.map_or(&[][..], |known| &known.entries);
        let may_be_gone = |entry: &Entry| {
            over[entry.held.program as usize] || entry.unsure && entry.digits != Digits::Untold
        };
        entries.iter().map(|entry| (entry.slot, may_be_gone(entry))).collect()
    };
    Ok(plan.locks.iter().map(slots).collect())
}

/// The provider of each lock of a plan, by number, and at how many locks of each provider can be worked on at once.
fn bounds(plan: &Plan, setting: &Setting<'_>) -> (Vec<usize>, Vec<usize>) {
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    let mut most = Vec::new();
    let most_at_all = setting.options.parallel.max(1);
    let mut provider = Vec::with_capacity(plan.locks.len());
    for lock in &plan.locks {
        provider.push(*numbers.entry(&lock.provider).or_insert_with(|| {
            let there = setting.providers.get(&lock.provider).map_or(1, |provider| provider.parallel());
            most.push(there.clamp(1, most_at_all));
            most.len() - 1
        }));
    }
    (provider, most)
}

impl Outcome {
    /// What the journal says of it.
    fn note(&self) -> Option<Note> {
        match self {
            Self::Applied => Some(Note::Applied),
            Self::Failed(_) | Self::Changed(_) => Some(Note::Failed),
            Self::Unknown(_) => Some(Note::Unknown),
            Self::Skipped(_) | Self::Left => None,
        }
    }
}
