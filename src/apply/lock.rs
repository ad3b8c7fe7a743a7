//! The work on one lock.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::Ordering;
use std::sync::{Condvar, Mutex, PoisonError};

use super::board::{Board, Next};
use super::codes::{self, Codes, Ready};
use super::opened::Opened;
use super::{Event, Outcome, Setting};
use crate::locks::doorcode::Doorcode;
use crate::plan::{Change, CodeFate, Plan};
use crate::provider::{LockName, NewCode, NewEntry, Provider, ProviderError, Stored, Write};
use crate::state::{Journal, Note, Observed, Progress, Record, StateError, Writing};

pub(super) struct Worker<'a, 'p> {
    pub(super) plan: &'p Plan,
    pub(super) setting: &'a Setting<'a>,
    pub(super) journal: &'a Journal,
    pub(super) codes: &'a Codes<'a>,
    pub(super) observed: &'a Mutex<HashMap<(String, String, String), Observed>>,
    /// What was found when a lock was first read, by its index.
    pub(super) opened: &'a Mutex<HashMap<u32, Opened>>,
    /// The slots of each lock that are recorded as ours; and whether what is in them may be gone, its time being over.
    pub(super) ours: &'a [BTreeMap<u32, bool>],
    /// What an earlier run of the same plan did.
    pub(super) done: &'a Progress,
    pub(super) board: &'a Mutex<Board<'p>>,
    pub(super) changed: &'a Condvar,
}

/// Why no more is tried at a lock: what becomes of its other changes, and why it was not reached.
pub(super) type Dead = (Outcome, Option<String>);

/// What came of some changes, and whether the lock is to be left alone.
type Results = (Vec<(u32, Outcome)>, Option<Dead>);

/// Changes that are in the journal, or on their way to it, with their codes.
struct Intended {
    changes: Vec<(u32, Option<Ready>)>,
    journal: Writing,
}

/// A change that was called, its code, and what the call gave.
type Tried = (u32, Option<Ready>, Result<(), ProviderError>);

/// One stretch of work at a lock.
pub(super) struct Stretch<'a> {
    pub(super) lock: LockName<'a>,
    pub(super) provider: &'a dyn Provider,
    pub(super) changes: Vec<u32>,
    /// Codes in the lock that are not ours.
    pub(super) seen: Vec<Doorcode>,
    /// Slots whose codes the lock does not tell.
    pub(super) hidden: BTreeSet<u32>,
    pub(super) results: Vec<(u32, Outcome)>,
    pub(super) dead: Option<Dead>,
}

impl Worker<'_, '_> {
    /// Works until nothing is left.
    pub(super) fn work(&self) -> Result<(), StateError> {
        loop {
            let mut ended = Vec::new();
            let next = {
                let mut board = self.board.lock().unwrap_or_else(PoisonError::into_inner);
                loop {
                    if self.setting.interrupted.load(Ordering::SeqCst) > 0 {
                        board.stop();
                    }
                    match board.next(&mut ended) {
                        Next::Wait if ended.is_empty() => {
                            board = self.changed.wait(board).unwrap_or_else(PoisonError::into_inner);
                        }
                        next => break next,
                    }
                }
            };
            for (change, outcome) in ended {
                (self.setting.tell)(Event::Change(change, outcome));
            }
            match next {
                Next::Over => {
                    self.changed.notify_all();
                    return Ok(());
                }
                Next::Wait => {}
                Next::Work(lock, changes) => {
                    let (results, dead) = match self.stretch(lock, changes) {
                        Ok(worked) => worked,
                        Err(error) => {
                            // Whoever waits for this lock waits for nothing.
                            let mut board = self.board.lock().unwrap_or_else(PoisonError::into_inner);
                            board.stop();
                            board.done(lock, Vec::new(), None);
                            return Err(error);
                        }
                    };
                    for (change, outcome) in &results {
                        (self.setting.tell)(Event::Change(*change, outcome.clone()));
                    }
                    let mut board = self.board.lock().unwrap_or_else(PoisonError::into_inner);
                    board.done(lock, results, dead);
                    let (ready, over) = board.waits();
                    drop(board);
                    // Only as many are woken as have something to do; hundreds may wait.
                    if over {
                        self.changed.notify_all();
                    } else {
                        (0..ready).for_each(|_| self.changed.notify_one());
                    }
                }
            }
        }
    }

    /// Makes some changes of a lock.
    fn stretch(&self, lock: u32, changes: Vec<u32>) -> Result<Results, StateError> {
        let planned = &self.plan.locks[lock as usize];
        let name = LockName {
            property: &self.plan.property,
            door: &planned.door,
            address: &planned.address,
            timezone: self.plan.timezone,
        };
        let Some(provider) = self.setting.providers.get(&planned.provider) else {
            let why = format!("there is no provider `{}` in the settings", planned.provider);
            let outcome = Outcome::Failed(why.clone());
            let results = changes.into_iter().map(|change| (change, outcome.clone())).collect();
            return Ok((results, Some((outcome, Some(why)))));
        };
        let mut stretch = Stretch {
            lock: name,
            provider,
            changes,
            seen: Vec::new(),
            hidden: BTreeSet::new(),
            results: Vec::new(),
            dead: None,
        };
        if self.open(lock, &mut stretch) {
            self.write(lock, &mut stretch)?;
        }
        Ok((stretch.results, stretch.dead))
    }

    /// Calls until the lock answers, so often as the options say.
    pub(super) fn patiently<T>(
        &self,
        lock: u32,
        mut call: impl FnMut() -> Result<T, ProviderError>,
    ) -> Result<T, ProviderError> {
        let mut wait = self.setting.options.backoff;
        for _ in 0..self.setting.options.retries {
            match call() {
                Err(ProviderError::Unreachable(why)) => {
                    (self.setting.tell)(Event::Retry(lock, why));
                    std::thread::sleep(wait);
                    wait *= 2;
                }
                other => return other,
            }
        }
        call()
    }

    /// Makes the changes of a stretch, at a time as many as the provider takes, and reads them back before it goes on: when the
    /// lock is gone then, no more than these are uncertain. The journal has each before it is made; while some are being made,
    /// the next go to the journal.
    fn write(&self, lock: u32, stretch: &mut Stretch<'_>) -> Result<(), StateError> {
        let changes = std::mem::take(&mut stretch.changes);
        let mut parts = changes.chunks(stretch.provider.batch().max(1));
        let mut noted = None;
        let mut next = parts.next().map(|part| self.intend(part, stretch)).transpose()?;
        while let Some(Intended { changes, journal }) = next.take() {
            next = parts.next().map(|part| self.intend(part, stretch)).transpose()?;
            journal.wait()?;
            noted = Some(match &stretch.dead {
                Some((outcome, _)) => {
                    let outcome = outcome.clone();
                    self.note(
                        stretch,
                        changes.into_iter().map(|(index, _)| (index, outcome.clone())).collect(),
                    )?
                }
                None => {
                    let (changes, ended) = self.take_back(lock, stretch, changes);
                    let writes: Vec<Write<'_>> =
                        changes.iter().map(|(index, code)| self.entry(*index, code.as_ref())).collect();
                    let results = stretch.provider.write(stretch.lock, &writes);
                    drop(writes);
                    let tried = changes.into_iter().zip(results);
                    self.settle(
                        lock,
                        stretch,
                        tried.map(|((index, code), result)| (index, code, result)).collect(),
                        ended,
                    )?
                }
            });
        }
        // The journal writes in the order in which it is told, so that the last is there when all are.
        noted.map_or(Ok(()), Writing::wait)
    }

    /// Hands the intents of some changes to the journal, with the codes that they need. A change for which there is no code
    /// ends here.
    fn intend(&self, changes: &[u32], stretch: &mut Stretch<'_>) -> Result<Intended, StateError> {
        let mut intended = Vec::with_capacity(changes.len());
        let mut records = Vec::with_capacity(changes.len());
        for index in changes {
            match self.codes.ready(self.plan, &self.plan.changes[*index as usize], &stretch.seen, None) {
                Ok(code) => {
                    let mut record = Record::new(*index, Note::Intent, String::new());
                    record.keep = code
                        .as_ref()
                        .filter(|code| code.is_new)
                        .map(|code| (code.key.clone(), code.code.sealed.clone()));
                    records.push(record);
                    intended.push((*index, code));
                }
                Err(why) => stretch.results.push((*index, Outcome::Failed(why))),
            }
        }
        Ok(Intended { changes: intended, journal: self.journal.submit(records)? })
    }

    fn entry<'c>(&'c self, index: u32, code: Option<&'c Ready>) -> Write<'c> {
        let change = &self.plan.changes[index as usize];
        let entry = change.after.map(|held| NewEntry {
            person: &self.plan.person(change).id,
            ways: held.ways,
            program: self.plan.program(held),
            code: match code {
                Some(code) => NewCode::This(&code.code),
                None if change.leaves_code() => NewCode::Left,
                None => NewCode::None,
            },
        });
        Write { slot: change.slot, entry }
    }

    /// Reads back what was written, tries again what did not take, and notes what came of each, and of those that ended before
    /// they were written.
    fn settle(
        &self,
        lock: u32,
        stretch: &mut Stretch<'_>,
        mut tried: Vec<Tried>,
        mut noted: Vec<(u32, Outcome)>,
    ) -> Result<Writing, StateError> {
        let mut wait = self.setting.options.backoff;
        for round in 0..=self.setting.options.retries {
            if tried.is_empty() {
                break;
            }
            let slots: Vec<u32> =
                tried.iter().map(|(index, ..)| self.plan.changes[*index as usize].slot).collect();
            let there = match self.patiently(lock, || stretch.provider.confirm(stretch.lock, &slots)) {
                Ok(there) => there,
                Err(error) => {
                    let why = error.to_string();
                    stretch.dead = Some((Outcome::Failed(why.clone()), Some(why.clone())));
                    for (index, _, result) in tried.drain(..) {
                        // What said that it did nothing did nothing; all else was called and cannot be seen.
                        let outcome = match result {
                            Err(ProviderError::Unreachable(_)) => Outcome::Failed(why.clone()),
                            _ => Outcome::Unknown(why.clone()),
                        };
                        noted.push((index, outcome));
                    }
                    break;
                }
            };
            let mut again = Vec::new();
            for ((index, code, result), there) in tried.drain(..).zip(there) {
                let change = &self.plan.changes[index as usize];
                let digits = code.as_ref().map(|code| &code.code.code);
                let is_new = change.code == CodeFate::Makes || code.as_ref().is_some_and(|code| code.is_new);
                if self.matches(change, change.after, there.as_ref(), digits)
                    && !(is_new && was_refused(&result))
                {
                    noted.push((index, Outcome::Applied));
                } else if round == self.setting.options.retries || self.is_final(&result) {
                    noted.push((index, self.failed(change, there.as_ref(), result)));
                } else {
                    again.push((index, code, result));
                }
            }
            if again.is_empty() {
                break;
            }
            (self.setting.tell)(Event::Retry(lock, "a change did not take".to_owned()));
            std::thread::sleep(wait);
            wait *= 2;
            for (index, code, result) in again {
                let (code, new) = self.once_more(index, code, &result, &stretch.seen);
                if let Some(record) = new {
                    self.journal.submit(vec![record])?.wait()?;
                }
                let write = self.entry(index, code.as_ref());
                let result = stretch.provider.write(stretch.lock, &[write]).pop().unwrap_or(Ok(()));
                tried.push((index, code, result));
            }
        }
        self.note(stretch, noted)
    }

    /// Hands what came of some changes to the journal.
    fn note(&self, stretch: &mut Stretch<'_>, mut noted: Vec<(u32, Outcome)>) -> Result<Writing, StateError> {
        let records = noted.iter().map(|(index, outcome)| self.record(*index, outcome)).collect();
        stretch.results.append(&mut noted);
        self.journal.submit(records)
    }

    /// Whether trying again is of no use.
    pub(super) const fn is_final(&self, result: &Result<(), ProviderError>) -> bool {
        matches!(result, Err(ProviderError::Refused(_) | ProviderError::Full))
    }

    /// The code for another try: another one, when the lock would not take this one.
    fn once_more(
        &self,
        index: u32,
        code: Option<Ready>,
        result: &Result<(), ProviderError>,
        seen: &[Doorcode],
    ) -> (Option<Ready>, Option<Record>) {
        let change = &self.plan.changes[index as usize];
        let taken = matches!(result, Err(ProviderError::CodeTaken));
        let is_new = |code: &&Ready| change.code == CodeFate::Makes || code.is_new;
        let Some(old) = code.as_ref().filter(|_| taken).filter(is_new) else { return (code, None) };
        match self.codes.ready(self.plan, change, seen, Some(&old.code.code)) {
            Ok(Some(new)) => {
                let mut record = Record::new(index, Note::Intent, "another doorcode".to_owned());
                record.keep = Some((new.key.clone(), new.code.sealed.clone()));
                (Some(new), Some(record))
            }
            _ => (code, None),
        }
    }

    /// What became of a change that is not in the lock as it should be.
    pub(super) fn failed(
        &self,
        change: &Change,
        there: Option<&Stored>,
        result: Result<(), ProviderError>,
    ) -> Outcome {
        let why = match result {
            Ok(()) => "the lock says that it did it, and holds something else".to_owned(),
            Err(error) => error.to_string(),
        };
        if self.matches(change, change.before, there, None) {
            Outcome::Failed(why)
        } else {
            Outcome::Unknown(why)
        }
    }

    fn record(&self, index: u32, outcome: &Outcome) -> Record {
        let change = &self.plan.changes[index as usize];
        let note = outcome.note().unwrap_or(Note::Failed);
        let mut record = Record::new(index, note, outcome.why().unwrap_or_default().to_owned());
        // What nobody knows is kept nowhere; under its name there may be the code of another lock of the door.
        if note == Note::Applied && change.code == CodeFate::Deletes && !change.untold {
            record.delete = codes::key(self.plan, change);
        }
        record
    }
}

/// A lock that hides codes and says that it took none has the old one: that the rest is as wanted says nothing.
const fn was_refused(result: &Result<(), ProviderError>) -> bool {
    matches!(result, Err(ProviderError::Refused(_) | ProviderError::Full | ProviderError::CodeTaken))
}
