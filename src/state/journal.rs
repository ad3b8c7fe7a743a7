//! The journal of a run: what is about to be done, synced before it is done, and what came of it.
//!
//! Many locks are worked on at once, and a write that reaches the disk takes as long as a call to a lock. So one thread
//! writes for all: whatever has come in while the last write was under way goes to the disk together.

use std::sync::Mutex;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::params;

use super::lease::Lease;
use super::{CodeKey, State, StateError, now};

/// What is noted of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note {
    /// It is about to be made.
    Intent = 0,
    /// It was made, and seen in the lock.
    Applied = 1,
    /// It was not made.
    Failed = 2,
    /// Whether it was made is not known.
    Unknown = 3,
}

impl Note {
    pub(super) fn of(number: i64) -> Option<Self> {
        [Self::Intent, Self::Applied, Self::Failed, Self::Unknown]
            .into_iter()
            .find(|note| *note as i64 == number)
    }
}

/// One line of the journal, with what has to become true together with it.
#[derive(Debug)]
pub struct Record {
    /// Which change of the plan.
    pub change: u32,
    /// What of it.
    pub note: Note,
    /// Why, in words; nothing secret.
    pub detail: String,
    /// A sealed doorcode that is kept from now on.
    pub keep: Option<(CodeKey, Vec<u8>)>,
    /// A doorcode that is deleted for good.
    pub delete: Option<CodeKey>,
}

impl Record {
    /// A line that keeps and deletes nothing.
    #[must_use]
    pub const fn new(change: u32, note: Note, detail: String) -> Self {
        Self { change, note, detail, keep: None, delete: None }
    }
}

/// Lines on their way to the disk.
#[derive(Debug)]
#[must_use = "nothing is known to be on the disk before `wait`"]
pub struct Writing(Receiver<Result<(), StateError>>);

impl Writing {
    /// Returns when they are there.
    ///
    /// # Errors
    /// When the state cannot be written, or somebody else has taken the property over.
    pub fn wait(self) -> Result<(), StateError> {
        self.0.recv().map_err(|_| closed())?
    }
}

fn closed() -> StateError {
    StateError::Wrong("the journal is closed".to_owned())
}

/// Lines to be written, and who waits for that.
type Lines = (Vec<Record>, Reply);
type Reply = SyncSender<Result<(), StateError>>;

/// A journal that is being written.
#[derive(Debug)]
pub struct Journal {
    sender: Mutex<Option<SyncSender<Lines>>>,
    writer: Mutex<Option<JoinHandle<State>>>,
}

/// The lease says that it is alive every so many seconds.
const BEAT: u64 = 10;

impl Journal {
    /// Starts to write the journal of a run.
    #[must_use]
    pub fn start(state: State, lease: Lease, run: i64, first: usize) -> Self {
        let (sender, receiver) = sync_channel(1024);
        let writer = std::thread::spawn(move || {
            Writer { state, lease, run, seq: first as i64, failed: None }.work(&receiver)
        });
        Self { sender: Mutex::new(Some(sender)), writer: Mutex::new(Some(writer)) }
    }

    /// Hands some lines over to be written; [`Writing::wait`] returns when they are on the disk.
    ///
    /// # Errors
    /// When the journal is closed.
    pub fn submit(&self, records: Vec<Record>) -> Result<Writing, StateError> {
        let (reply, answer) = sync_channel(1);
        let sender = self.sender.lock().ok().and_then(|sender| sender.clone()).ok_or_else(closed)?;
        sender.send((records, reply)).map_err(|_| closed())?;
        Ok(Writing(answer))
    }

    /// Ends the journal and gives the state back.
    ///
    /// # Errors
    /// When its writer came to harm.
    pub fn end(self) -> Result<State, StateError> {
        let gone = || StateError::Wrong("the journal came to harm".to_owned());
        drop(self.sender.lock().map_err(|_| gone())?.take());
        let writer = self.writer.lock().map_err(|_| gone())?.take().ok_or_else(gone)?;
        writer.join().map_err(|_| gone())
    }
}

struct Writer {
    state: State,
    lease: Lease,
    run: i64,
    seq: i64,
    /// Once a write has failed nothing is written any more: what came later must not look as if all was well.
    failed: Option<String>,
}

impl Writer {
    fn work(mut self, receiver: &Receiver<Lines>) -> State {
        loop {
            match receiver.recv_timeout(Duration::from_secs(BEAT)) {
                Ok(first) => {
                    let mut waiting = vec![first];
                    while let Ok(more) = receiver.try_recv() {
                        waiting.push(more);
                    }
                    let result = self.commit(waiting.iter().flat_map(|(records, _)| records));
                    let told = result.as_ref().err().map(ToString::to_string);
                    let mut result = Some(result);
                    for (_, reply) in waiting {
                        let again = || told.clone().map_or(Ok(()), |told| Err(StateError::Wrong(told)));
                        // Who does not wait for the answer any more does not need it.
                        let _ = reply.send(result.take().unwrap_or_else(again));
                    }
                    self.failed = self.failed.or(told);
                }
                Err(RecvTimeoutError::Timeout) => {
                    // A lost lease is noticed by the next write.
                    let _ = self.commit(std::iter::empty());
                }
                Err(RecvTimeoutError::Disconnected) => return self.state,
            }
        }
    }

    fn commit<'r>(&mut self, records: impl Iterator<Item = &'r Record>) -> Result<(), StateError> {
        if let Some(told) = &self.failed {
            return Err(StateError::Wrong(told.clone()));
        }
        let Self { state, lease, run, seq, .. } = self;
        let run = *run;
        *seq = state.transact(|transaction| {
            let alive = transaction
                .prepare_cached("UPDATE leases SET beat = ?3 WHERE property = ?1 AND token = ?2")?
                .execute(params![lease.property, lease.token, now()])?;
            if alive != 1 {
                return Err(StateError::Lost(lease.property.clone()).into());
            }
            let mut seq = *seq;
            for record in records {
                let property = &lease.property;
                if let Some((CodeKey { door, person, part }, sealed)) = &record.keep {
                    transaction
                        .prepare_cached("INSERT OR REPLACE INTO codes VALUES(?1, ?2, ?3, ?4, ?5)")?
                        .execute(params![property, door, person, part, sealed])?;
                }
                if let Some(CodeKey { door, person, part }) = &record.delete {
                    let sql =
                        "DELETE FROM codes WHERE property = ?1 AND door = ?2 AND person = ?3 AND part = ?4";
                    transaction.prepare_cached(sql)?.execute(params![property, door, person, part])?;
                }
                transaction
                    .prepare_cached("INSERT INTO journal VALUES(?1, ?2, ?3, ?4, ?5)")?
                    .execute(params![run, seq, record.change, record.note as i64, record.detail])?;
                seq += 1;
            }
            Ok(seq)
        })?;
        Ok(())
    }
}
