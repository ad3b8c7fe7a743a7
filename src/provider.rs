//! Providers: systems that hold locks, each with its own way to be read and written.
//!
//! Reading and writing are two traits, so that whoever only compares cannot write. A provider writes entries of one lock
//! at a time, in the order in which it is given them, and never waits for anything but the lock; retries, order and
//! what a failure means are not its business.

mod files;
mod matter;
mod seam;
mod simulator;
mod told;
mod websocket;
mod zwave;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

pub use files::Files;
pub use matter::Matter;
pub use seam::Seam;
pub use simulator::Simulator;
pub use zwave::Zwave;

use crate::locks::doorcode::Doorcode;
use crate::locks::matter::is_mark_of;
use crate::locks::{Program, Ways};
use crate::model::settings::Settings;

/// The provider of doors that name none.
pub const EMBEDDED: &str = "embedded";
/// The kinds of providers.
pub const KINDS: [&str; 5] = ["files", "matter", "seam", "simulator", "zwave"];

/// A lock as a provider is asked for it.
#[derive(Clone, Copy, Debug)]
pub struct LockName<'a> {
    /// The id of the property.
    pub property: &'a str,
    /// The id of the door.
    pub door: &'a str,
    /// How the provider calls the lock.
    pub address: &'a str,
    /// The time zone that its programs are in.
    pub timezone: chrono_tz::Tz,
}

/// What is seen of a doorcode in a lock.
#[derive(Clone)]
pub enum CodeSeen {
    /// There is none.
    None,
    /// There is one, and the lock does not tell it.
    Hidden,
    /// There is one that another system of the house put there, and the lock does not tell it.
    Foreign,
    /// There is this one.
    Digits(Doorcode),
}

/// What a lock calls the holder of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Called {
    /// A name; the id of the person when keyplan wrote it.
    Name(String),
    /// A name that may be cut short, beside a number that stands for the person ([`crate::locks::matter::mark`]).
    Mark(String, u32),
}

impl Called {
    /// Whether it is what keyplan calls a person.
    #[must_use]
    pub fn is(&self, person: &str) -> bool {
        match self {
            Self::Name(name) => name == person,
            Self::Mark(_, mark) => is_mark_of(*mark, person),
        }
    }

    /// The name, as far as the lock tells it.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Name(name) | Self::Mark(name, _) => name,
        }
    }
}

/// An entry as it is in a lock.
#[derive(Clone)]
pub struct Stored {
    /// Where, from 1.
    pub slot: u32,
    /// What the lock calls its holder, where it has names.
    pub name: Option<Called>,
    /// What it gives.
    pub ways: Ways,
    /// When.
    pub program: Program,
    /// Its doorcode.
    pub code: CodeSeen,
}

/// A lock that a system has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// How the system calls it where it is asked for it.
    pub address: String,
    /// What people called it there.
    pub name: Option<String>,
}

/// What a lock holds.
#[derive(Clone)]
pub struct Reading {
    /// Its entries, ascending by slot.
    pub entries: Vec<Stored>,
    /// How many entries it takes; `None` where there is no limit.
    pub capacity: Option<u32>,
}

/// How many schedules a lock has for each holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Of windows of the week.
    pub week: u32,
    /// Of days with a duration, for locks that know these.
    pub daily: u32,
    /// Of dates.
    pub dated: u32,
}

/// How a lock is, as far as it tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// How many entries it takes; `None` where there is no limit that it tells.
    pub capacity: Option<u32>,
    /// How many it holds.
    pub used: u32,
    /// Schedules for each entry, of windows of the week; `None` where it does not tell.
    pub week_slots: Option<u32>,
    /// Schedules for each entry, of days with a duration, for locks that know these.
    pub daily_slots: Option<u32>,
    /// Schedules for each entry, of dates.
    pub date_slots: Option<u32>,
    /// Seconds by which the lock's clock is ahead of this machine's; `None` where it does not tell.
    pub clock: Option<i64>,
    /// What is wrong with it, in words.
    pub troubles: Vec<String>,
}

impl From<&Reading> for Health {
    fn from(reading: &Reading) -> Self {
        Self { capacity: reading.capacity, used: reading.entries.len() as u32, ..Self::default() }
    }
}

/// A doorcode on its way to a lock: as it is, and as it is kept at rest.
#[derive(Clone)]
pub struct SealedCode {
    /// The digits.
    pub code: Doorcode,
    /// The same, sealed.
    pub sealed: Vec<u8>,
}

/// The doorcode of an entry to be written.
#[derive(Clone, Copy)]
pub enum NewCode<'a> {
    /// It has none.
    None,
    /// It has this one.
    This(&'a SealedCode),
    /// It has the one that is in its slot, which nobody here knows. Whoever cannot leave it there, or finds none, refuses
    /// before anything is changed.
    Left,
}

impl<'a> NewCode<'a> {
    /// The code, where it is known.
    #[must_use]
    pub const fn this(self) -> Option<&'a SealedCode> {
        match self {
            Self::This(code) => Some(code),
            Self::None | Self::Left => None,
        }
    }

    /// The code that a lock needs which opens by nothing else.
    ///
    /// # Errors
    /// When there is none, or nobody knows it.
    pub fn needed(self) -> Result<&'a SealedCode, ProviderError> {
        self.this().ok_or_else(|| match self {
            Self::Left => untold(),
            _ => ProviderError::Refused("it opens by doorcode only, and there is none to write".into()),
        })
    }
}

/// Why an entry is not written whose doorcode cannot be left where it is.
fn untold() -> ProviderError {
    ProviderError::Refused(
        "nobody here knows its doorcode, which cannot be left where it is: `keyplan codes rotate` has another made".into(),
    )
}

/// An entry to be written.
pub struct NewEntry<'a> {
    /// The id of the person.
    pub person: &'a str,
    /// What it gives.
    pub ways: Ways,
    /// When.
    pub program: &'a Program,
    /// The doorcode.
    pub code: NewCode<'a>,
}

/// What to do with a slot: hold an entry, or nothing.
pub struct Write<'a> {
    /// Which slot, from 1.
    pub slot: u32,
    /// What it holds afterwards.
    pub entry: Option<NewEntry<'a>>,
}

/// Why a lock was not read or written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProviderError {
    /// It cannot be reached; nothing was done.
    Unreachable(String),
    /// It said no; nothing was done.
    Refused(String),
    /// It has no room; nothing was done.
    Full,
    /// Another entry has the same doorcode; nothing was done.
    CodeTaken,
    /// Whether it was done is not known.
    Unknown(String),
}

impl ProviderError {
    /// The same of what takes several calls, once the first was made: that it cannot be reached any more does not mean that
    /// nothing was done.
    pub(crate) fn once_begun(self) -> Self {
        match self {
            Self::Unreachable(why) => Self::Unknown(why),
            other => other,
        }
    }

    /// Whether the lock heard it, and would not have it.
    pub(crate) const fn is_no(&self) -> bool {
        matches!(self, Self::Refused(_) | Self::Full | Self::CodeTaken)
    }

    /// Why, without what kind of trouble it is.
    pub(crate) fn why(&self) -> String {
        match self {
            Self::Unreachable(why) | Self::Refused(why) | Self::Unknown(why) => why.clone(),
            Self::Full | Self::CodeTaken => self.to_string(),
        }
    }
}

impl std::fmt::Display for ProviderError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unreachable(why) => write!(f, "it cannot be reached: {why}"),
            Self::Refused(why) => write!(f, "it refuses: {why}"),
            Self::Full => f.write_str("it is full"),
            Self::CodeTaken => f.write_str("another entry has the same doorcode"),
            Self::Unknown(why) => write!(f, "it did not answer: {why}"),
        }
    }
}

/// Reads locks.
pub trait Reader: Send + Sync {
    /// Everything in a lock.
    ///
    /// # Errors
    /// When it cannot be reached, or refuses.
    fn read(&self, lock: LockName<'_>) -> Result<Reading, ProviderError>;

    /// Everything in a lock of which nothing is recorded, to be made ours: [`CodeSeen::Foreign`] is the code of an entry that
    /// only another system can change.
    ///
    /// # Errors
    /// When it cannot be reached, or refuses.
    fn found(&self, lock: LockName<'_>) -> Result<Reading, ProviderError> {
        self.read(lock)
    }

    /// How many schedules a lock has for each holder; `None` where it does not tell.
    ///
    /// # Errors
    /// When it cannot be reached, or refuses.
    fn room(&self, lock: LockName<'_>) -> Result<Option<Room>, ProviderError> {
        let _ = lock;
        Ok(None)
    }

    /// What has to be said of a lock before it is read, in words, since whoever reads it cannot tell it any more.
    ///
    /// # Errors
    /// When it cannot be reached, or refuses.
    fn warnings(&self, lock: LockName<'_>) -> Result<Vec<String>, ProviderError> {
        let _ = lock;
        Ok(Vec::new())
    }

    /// Whether the system is there, and lets us in.
    ///
    /// # Errors
    /// When it cannot be reached, or refuses.
    fn reach(&self) -> Result<(), ProviderError> {
        Ok(())
    }

    /// What some slots of a lock hold, in the order asked; from the lock itself, never from a cache.
    ///
    /// # Errors
    /// When it cannot be reached, or refuses.
    fn confirm(&self, lock: LockName<'_>, slots: &[u32]) -> Result<Vec<Option<Stored>>, ProviderError> {
        let reading = self.read(lock)?;
        Ok(slots.iter().map(|slot| reading.entries.iter().find(|one| one.slot == *slot).cloned()).collect())
    }

    /// How a lock is.
    ///
    /// # Errors
    /// When it cannot be reached, or refuses.
    fn health(&self, lock: LockName<'_>) -> Result<Health, ProviderError> {
        Ok(Health::from(&self.read(lock)?))
    }

    /// The locks that take doorcodes.
    ///
    /// # Errors
    /// When it cannot be reached, refuses, or knows no list.
    fn locks(&self) -> Result<Vec<Listed>, ProviderError> {
        Err(ProviderError::Refused("it does not tell which locks it has: name them".into()))
    }

    /// How many locks can be worked on at once.
    fn parallel(&self) -> usize;
}

/// Reads and writes locks.
pub trait Provider: Reader {
    /// How many slots are written before they are read back: one where whatever is between here and the lock may go away in the
    /// midst of it, since all of them are uncertain then.
    fn batch(&self) -> usize;

    /// Writes some slots of a lock, one after the other, no more than [`Provider::batch`]; a result for each. A lock that has
    /// gone is not called for those that are left.
    ///
    /// While a slot is being written its entry never gives more than it did before and does afterwards together.
    fn write(&self, lock: LockName<'_>, writes: &[Write<'_>]) -> Vec<Result<(), ProviderError>>;

    /// Makes an entry of others ours, and a person's, without a change to what it gives; where it stands from then on.
    /// `taken` are the slots that hold something. A system without names has nothing to change.
    ///
    /// # Errors
    /// When it cannot be reached, or refuses: the entry stays theirs.
    fn claim(
        &self,
        lock: LockName<'_>,
        entry: &Stored,
        taken: &BTreeSet<u32>,
        person: &str,
    ) -> Result<u32, ProviderError> {
        let _ = (lock, taken, person);
        Ok(entry.slot)
    }
}

/// The providers of a portfolio, by id.
pub struct Providers(BTreeMap<String, Box<dyn Provider>>);

impl Providers {
    /// The providers in some settings, and the embedded one, whose files lie beside the state. Paths are relative to
    /// `root`.
    ///
    /// # Errors
    /// When a provider is of no kind that is known, or lacks what its kind needs.
    pub fn new(settings: &Settings, root: &Path, beside_state: &Path) -> Result<Self, String> {
        let mut all: BTreeMap<String, Box<dyn Provider>> = BTreeMap::new();
        let embedded: PathBuf = beside_state.join("locks");
        all.insert(EMBEDDED.to_owned(), Box::new(Files::new(embedded, false)?));
        for one in &settings.providers {
            let id = &one.id;
            let provider: Box<dyn Provider> = match one.kind.as_str() {
                "files" => {
                    let path = one.path.as_ref().ok_or_else(|| {
                        format!("the provider `{id}` needs a `path:`, the directory of its tables")
                    })?;
                    Box::new(
                        Files::new(root.join(path), one.plain)
                            .map_err(|why| format!("the provider `{id}`: {why}"))?,
                    )
                }
                "matter" => {
                    let address = one.address.as_ref().ok_or_else(|| {
                        format!("the provider `{id}` needs an `address:`, as ws://127.0.0.1:5580/ws")
                    })?;
                    Box::new(
                        Matter::new(address, one.plain)
                            .map_err(|why| format!("the provider `{id}`: {why}"))?,
                    )
                }
                "seam" => Box::new(
                    Seam::new(one.address.as_deref(), one.key_variable.as_deref())
                        .map_err(|why| format!("the provider `{id}`: {why}"))?,
                ),
                "simulator" => {
                    let address = one.address.as_ref().ok_or_else(|| {
                        format!("the provider `{id}` needs an `address:`, as 127.0.0.1:7070")
                    })?;
                    Box::new(Simulator::new(address).map_err(|why| format!("the provider `{id}`: {why}"))?)
                }
                "zwave" => {
                    let address = one.address.as_ref().ok_or_else(|| {
                        format!("the provider `{id}` needs an `address:`, as ws://127.0.0.1:3000")
                    })?;
                    Box::new(
                        Zwave::new(address, one.plain)
                            .map_err(|why| format!("the provider `{id}`: {why}"))?,
                    )
                }
                other => {
                    return Err(format!(
                        "the provider `{id}` is of the kind `{other}`, which there is not; there are {}",
                        KINDS.join(", ")
                    ));
                }
            };
            all.insert(id.clone(), provider);
        }
        Ok(Self(all))
    }

    /// Some providers, by id; for tests and for other programs.
    #[must_use]
    pub fn of(all: BTreeMap<String, Box<dyn Provider>>) -> Self {
        Self(all)
    }

    /// All of them, by id.
    pub fn each(&self) -> impl Iterator<Item = (&str, &dyn Provider)> {
        self.0.iter().map(|(id, provider)| (id.as_str(), provider.as_ref()))
    }

    /// The provider of an id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&dyn Provider> {
        self.0.get(id).map(AsRef::as_ref)
    }
}

/// Does something with each of so many locks, at most so many at once; what it gives, in their order.
pub fn at_once<T: Send>(count: usize, bound: usize, each: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, T)>> = Mutex::new(Vec::with_capacity(count));
    std::thread::scope(|scope| {
        for _ in 0..bound.clamp(1, count.max(1)) {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    if at >= count {
                        break;
                    }
                    let given = each(at);
                    done.lock().unwrap_or_else(PoisonError::into_inner).push((at, given));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_unstable_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, given)| given).collect()
}
