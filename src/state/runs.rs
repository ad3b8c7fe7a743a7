//! Runs: which plan is being applied, and how far it came.

use std::collections::HashMap;

use rusqlite::{OptionalExtension, params};

use super::journal::Note;
use super::lease::{Lease, token};
use super::{Event, State, StateError, log, now, records};
use crate::locks::Held;
use crate::plan::{Change, CodeFate, Digits, Entry, Plan, Recorded, RecordedLock};

/// A run that was begun.
#[derive(Clone, Debug)]
pub struct Run {
    /// Its number.
    pub id: i64,
    /// What it applies.
    pub plan: Plan,
    /// The last that was noted of each change.
    pub progress: Progress,
    /// How many times the record had been written when it took in what the run did; `None` before that.
    pub serial: Option<u64>,
}

/// The last note of each change of a plan; `None` where nothing was begun.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress(pub Vec<Option<Note>>);

/// What was seen in a lock that is not ours to write.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observed {
    /// Slots with something that is not ours, ascending.
    pub unmanaged: Vec<u32>,
    /// Slots that are recorded as ours and hold nothing.
    pub missing: Vec<u32>,
    /// How many entries it takes.
    pub capacity: Option<u32>,
}

impl State {
    /// The run of a property that ended without a record of what it did: it crashed, or is running now.
    pub(super) fn cut_short(&self, property: &str) -> Result<Option<Run>, StateError> {
        self.run(
            "SELECT id, plan, serial FROM runs WHERE property = ?1 AND folded = 0 ORDER BY id DESC LIMIT 1",
            property,
        )
    }

    /// The last run of a property, when it did not do everything.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn resumable(&self, property: &str) -> Result<Option<Run>, StateError> {
        self.run(
            "SELECT id, plan, serial FROM runs WHERE id = (SELECT max(id) FROM runs WHERE property = ?1) AND complete = 0",
            property,
        )
    }

    /// The properties whose last run did not do everything, ascending.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn unfinished(&self) -> Result<Vec<String>, StateError> {
        let failed = |error| self.failed(error);
        let mut query = self
            .connection
            .prepare(
                "SELECT property FROM runs r WHERE complete = 0
                 AND id = (SELECT max(id) FROM runs WHERE property = r.property) ORDER BY property",
            )
            .map_err(failed)?;
        let rows = query.query_map([], |row| row.get(0)).map_err(failed)?;
        rows.collect::<Result<_, _>>().map_err(failed)
    }

    fn run(&self, sql: &str, property: &str) -> Result<Option<Run>, StateError> {
        let failed = |error| self.failed(error);
        let mut query = self.connection.prepare_cached(sql).map_err(failed)?;
        let row: Option<(i64, String, Option<i64>)> = query
            .query_row([property], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()
            .map_err(failed)?;
        let Some((id, text, serial)) = row else { return Ok(None) };
        let plan = Plan::open(&text).ok().and_then(|mut plans| plans.pop());
        let plan = plan.ok_or_else(|| self.damaged("the plan of a run cannot be read"))?;
        let mut progress = vec![None; plan.changes.len()];
        let mut query = self
            .connection
            .prepare_cached("SELECT change, note FROM journal WHERE run = ?1 ORDER BY seq")
            .map_err(failed)?;
        let mut rows = query.query([id]).map_err(failed)?;
        while let Some(row) = rows.next().map_err(failed)? {
            let (change, note): (u32, i64) = (row.get(0).map_err(failed)?, row.get(1).map_err(failed)?);
            let note = Note::of(note).ok_or_else(|| self.damaged("a note of a run cannot be read"))?;
            if let Some(known) = progress.get_mut(change as usize) {
                *known = Some(note);
            }
        }
        Ok(Some(Run { id, plan, progress: Progress(progress), serial: serial.map(|serial| serial as u64) }))
    }

    /// Takes what a run that was cut short has done into the record. The lease keeps others from doing the same.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub fn settle(&mut self, lease: &Lease) -> Result<(), StateError> {
        match self.cut_short(&lease.property)? {
            Some(run) => self.finish(lease, &run, &HashMap::new(), false),
            None => Ok(()),
        }
    }

    /// Begins a run; `done` is what an earlier run of the same plan did.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub fn begin(
        &mut self,
        lease: &Lease,
        plan: &Plan,
        done: &Progress,
        who: &str,
    ) -> Result<i64, StateError> {
        let text = Plan::save(std::slice::from_ref(plan));
        let text = text.map_err(|error| StateError::Wrong(format!("the plan cannot be written: {error}")))?;
        debug_assert_eq!(lease.property, plan.property);
        self.transact(|transaction| {
            let property = &plan.property;
            let sql = "DELETE FROM journal WHERE run IN (SELECT id FROM runs WHERE property = ?1)";
            transaction.execute(sql, [property])?;
            transaction.execute("DELETE FROM runs WHERE property = ?1", [property])?;
            transaction.execute(
                "INSERT INTO runs(property, digest, plan, started) VALUES(?1, ?2, ?3, ?4)",
                params![property, plan.digest, text, now()],
            )?;
            let run = transaction.last_insert_rowid();
            let noted = done.0.iter().enumerate().filter_map(|(change, note)| Some((change, (*note)?)));
            for (seq, (change, note)) in noted.enumerate() {
                let values = params![run, seq as i64, change as i64, note as i64];
                transaction.execute("INSERT INTO journal VALUES(?1, ?2, ?3, ?4, '')", values)?;
            }
            let detail = format!("{}, {} changes", plan.digest, plan.changes.len());
            log::append(transaction, who, property, Event::ApplyBegun, &detail)?;
            Ok(run)
        })
    }

    /// Ends a run: takes what it has done into the record, with what was seen of locks, by door, provider and address.
    ///
    /// # Errors
    /// When the state cannot be written, or somebody else has taken the property over.
    pub fn finish(
        &mut self,
        lease: &Lease,
        run: &Run,
        observed: &HashMap<(String, String, String), Observed>,
        complete: bool,
    ) -> Result<(), StateError> {
        let mut recorded = self.base(&lease.property)?;
        let first = recorded.lineage.is_empty();
        if first {
            recorded.lineage = token()?;
        }
        fold(&mut recorded, run);
        for ((door, provider, address), seen) in observed {
            let lock = find_lock(&mut recorded, (door, provider, address));
            lock.unmanaged.clone_from(&seen.unmanaged);
            lock.capacity = seen.capacity;
            // What went before the run, and what the run did not put back.
            for entry in lock.entries.iter_mut().filter(|entry| seen.missing.contains(&entry.slot)) {
                *entry = entry.gone();
            }
        }
        for (number, lock) in run.plan.locks.iter().enumerate() {
            let changes =
                run.plan.changes.iter().zip(&run.progress.0).filter(|(one, _)| one.lock == number as u32);
            if changes.into_iter().all(|(_, note)| *note == Some(Note::Applied)) {
                let lock = find_lock(&mut recorded, (&lock.door, &lock.provider, &lock.address));
                lock.timezone = Some(run.plan.timezone.name().to_owned());
            }
        }
        recorded.guards = match complete || first {
            true => run.plan.guards.clone(),
            false => recorded.guards.stricter(&run.plan.guards),
        };
        self.transact(|transaction| {
            let held: i64 = transaction.query_row(
                "SELECT count(*) FROM leases WHERE property = ?1 AND token = ?2",
                params![lease.property, lease.token],
                |row| row.get(0),
            )?;
            if held != 1 {
                return Err(StateError::Lost(lease.property.clone()).into());
            }
            records::write(transaction, &lease.property, &recorded)?;
            transaction.execute(
                "UPDATE runs SET folded = 1, complete = ?2, serial = ?3 WHERE id = ?1",
                params![run.id, complete, recorded.serial as i64],
            )?;
            if complete {
                // Nobody goes on with it any more.
                transaction.execute("DELETE FROM journal WHERE run = ?1", [run.id])?;
                transaction.execute("UPDATE runs SET plan = '' WHERE id = ?1", [run.id])?;
            }
            Ok(())
        })
    }
}

/// Puts what a run has done into a record.
pub(super) fn fold(recorded: &mut Recorded, run: &Run) {
    let Run { plan, progress, .. } = run;
    recorded.serial += 1;
    let mut people: HashMap<String, u32> =
        recorded.people.iter().enumerate().map(|(number, id)| (id.clone(), number as u32)).collect();
    let mut programs: HashMap<u32, u32> = HashMap::new();
    for (change, note) in plan.changes.iter().zip(&progress.0) {
        let Some(note) = note else { continue };
        let sure = match note {
            Note::Applied => true,
            Note::Intent | Note::Unknown => false,
            Note::Failed => continue,
        };
        let id = &plan.person(change).id;
        let person = *people.entry(id.clone()).or_insert_with(|| {
            recorded.people.push(id.clone());
            recorded.people.len() as u32 - 1
        });
        let mut held = |held: Held| {
            let number = *programs.entry(held.program).or_insert_with(|| {
                recorded.programs.push(plan.program(held).clone());
                recorded.programs.len() as u32 - 1
            });
            Held { program: number, ..held }
        };
        let (before, after) = (change.before.map(&mut held), change.after.map(&mut held));
        let planned = plan.lock(change);
        let lock = find_lock(recorded, (&planned.door, &planned.provider, &planned.address));
        lock.entries.retain(|entry| entry.slot != change.slot);
        // What is uncertain counts as what takes longer to be rid of: the old where something was, the new where nothing.
        let now = if sure { after } else { before.or(after) };
        let digits = match (change.untold, change.code) {
            (true, CodeFate::Keeps) => Digits::Untold,
            // Until it is seen that the other one is there.
            (true, CodeFate::Makes) if !sure => Digits::Lost,
            (true, _) if !sure => Digits::Untold,
            (false, CodeFate::Makes) if !sure && takes_back(change) => Digits::TakenBack,
            _ => Digits::Kept,
        };
        lock.entries.extend(now.map(|held| Entry { person, held, slot: change.slot, unsure: !sure, digits }));
    }
    for lock in &mut recorded.locks {
        lock.entries.sort_unstable_by_key(|entry| (entry.person, entry.held));
    }
}

/// Whether a change makes a doorcode in the place of one that was taken back.
fn takes_back(change: &Change) -> bool {
    let code = |held: Option<Held>| held.filter(|held| held.ways.has_doorcode()).map(|held| held.part);
    code(change.before).is_some() && code(change.before) == code(change.after)
}

fn find_lock<'r>(recorded: &'r mut Recorded, key: (&str, &str, &str)) -> &'r mut RecordedLock {
    let at = recorded.locks.binary_search_by(|lock| lock.key().cmp(&key)).unwrap_or_else(|at| {
        let (door, provider, address) = (key.0.to_owned(), key.1.to_owned(), key.2.to_owned());
        recorded.locks.insert(at, RecordedLock { door, provider, address, ..RecordedLock::default() });
        at
    });
    &mut recorded.locks[at]
}
