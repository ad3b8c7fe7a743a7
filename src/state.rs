//! The recorded state: what was applied to the locks of each property, in one SQLite file with nothing to set up.
//!
//! What is recorded is little and is written rarely: a blob of about five bytes an entry for each lock. While changes are
//! being made they are noted in a journal, before and after each call; the record takes them over when a run ends, or
//! when the next run finds that it was cut short.

mod codes;
mod edit;
mod entries;
mod export;
mod identity;
mod journal;
mod lease;
mod log;
mod programs;
mod records;
mod runs;
mod schema;
mod vault;

use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

pub use codes::CodeKey;
pub use export::Export;
pub use identity::{Identity, Recipient};
pub use journal::{Journal, Note, Record, Writing};
pub use lease::{Holder, Lease};
pub use log::{Event, LogFlaw, LogLine};
pub use records::Seen;
pub use runs::{Observed, Progress, Run};
pub use vault::Vault;

/// The state of a portfolio.
#[derive(Debug)]
pub struct State {
    connection: Connection,
    path: PathBuf,
    observer: Option<Watch>,
}

/// Around a write of the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Nothing is written yet.
    Before,
    /// It is on the disk.
    After,
}

/// Sees every write of a state. Tests end the process there.
pub type Observer = Box<dyn Fn(Moment) + Send>;

struct Watch(Observer);

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Watch")
    }
}

/// Why a write was not made: what the database says, or what we do.
enum Broken {
    Database(rusqlite::Error),
    State(StateError),
}

impl From<rusqlite::Error> for Broken {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

impl From<StateError> for Broken {
    fn from(error: StateError) -> Self {
        Self::State(error)
    }
}

/// Why the state cannot be used.
#[derive(Debug)]
pub enum StateError {
    /// The machine does not give it.
    Unreadable(PathBuf, String),
    /// It is damaged. Nothing was written to it.
    Damaged(PathBuf, String),
    /// A newer keyplan wrote it.
    Newer(PathBuf, i64),
    /// Another run holds the property.
    Held(Box<Holder>),
    /// Another run took the property over while this one paused.
    Lost(String),
    /// Doorcodes cannot be opened or sealed.
    Sealed(String),
    /// What was asked for is not there, or does not fit.
    Wrong(String),
    /// The database says no.
    Database(PathBuf, rusqlite::Error),
}

impl std::fmt::Display for StateError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unreadable(path, why) => write!(f, "cannot use the state {}: {why}", path.display()),
            Self::Damaged(path, why) => write!(
                f,
                "the state {} is damaged: {why}; nothing was written to it. Put a copy back (`keyplan state pull` makes one), or move the file away and adopt what the locks hold",
                path.display()
            ),
            Self::Newer(path, version) => write!(
                f,
                "the state {} has version {version}, which is newer than this keyplan; use the keyplan that wrote it, or a newer one",
                path.display()
            ),
            Self::Held(holder) => write!(f, "{holder}"),
            Self::Lost(property) => write!(
                f,
                "another run has taken `{property}` over while this one paused; this one stopped. `keyplan apply --resume` goes on when the other is done"
            ),
            Self::Sealed(why) | Self::Wrong(why) => f.write_str(why),
            Self::Database(path, error) => {
                write!(f, "cannot use the state {}: {}", path.display(), told(error))
            }
        }
    }
}

impl std::error::Error for StateError {}

/// The database's error in words.
fn told(error: &rusqlite::Error) -> String {
    use rusqlite::ErrorCode::{CannotOpen, DatabaseBusy, DatabaseCorrupt, DiskFull, NotADatabase, ReadOnly};
    match error.sqlite_error_code() {
        Some(DiskFull) => "the disk is full; make room and go on with `keyplan apply --resume`".to_owned(),
        Some(ReadOnly | CannotOpen) => {
            "it cannot be written to; check who owns the file and its directory".to_owned()
        }
        Some(DatabaseBusy) => "another process is writing to it; try again".to_owned(),
        Some(DatabaseCorrupt | NotADatabase) => "it is damaged; put a copy back".to_owned(),
        _ => error.to_string(),
    }
}

impl State {
    /// Opens the state for writing, and makes it where there is none: the directory for its owner alone, with a
    /// `.gitignore`, so that nobody commits it.
    ///
    /// # Errors
    /// When the machine says no, or the file is damaged or newer.
    pub fn open(path: &Path) -> Result<Self, StateError> {
        let unreadable = |error: std::io::Error| StateError::Unreadable(path.to_owned(), error.to_string());
        if !path.exists() {
            if let Some(directory) = path.parent() {
                own_directory(directory).map_err(unreadable)?;
            }
            Self::make(path)?;
        }
        sound(path)?;
        Self::writable(path, false)
    }

    /// Makes a state beside the place where it is to be, and brings it there when it is whole: whoever is ended in between has
    /// made nothing.
    fn make(path: &Path) -> Result<(), StateError> {
        let unreadable = |error: std::io::Error| StateError::Unreadable(path.to_owned(), error.to_string());
        let mut beside = path.as_os_str().to_owned();
        beside.push(format!(".{}", std::process::id()));
        let beside = PathBuf::from(beside);
        let made = own_file(&beside).map_err(unreadable).and_then(|()| {
            let state = Self::writable(&beside, true)?;
            let database = |error| StateError::Database(path.to_owned(), error);
            // What is in the log of writes goes into the file.
            state.connection.pragma_update(None, "journal_mode", "delete").map_err(database)?;
            drop(state);
            // Another process may have been faster, and that one's counts.
            match std::fs::hard_link(&beside, path) {
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
                // Not every disk knows links.
                Err(_) => std::fs::rename(&beside, path).map_err(unreadable),
                Ok(()) => Ok(()),
            }
        });
        let _ = std::fs::remove_file(&beside);
        made
    }

    fn writable(path: &Path, new: bool) -> Result<Self, StateError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut state = Self::connect(path, flags)?;
        let database = |error| StateError::Database(path.to_owned(), error);
        state.connection.pragma_update(None, "journal_mode", "wal").map_err(database)?;
        state.connection.pragma_update(None, "synchronous", "full").map_err(database)?;
        schema::migrate(&mut state, new)?;
        Ok(state)
    }

    /// Opens the state for reading; `None` where there is none.
    ///
    /// # Errors
    /// When the machine says no, or the file is damaged or newer.
    pub fn read(path: &Path) -> Result<Option<Self>, StateError> {
        if !path.exists() {
            return Ok(None);
        }
        sound(path)?;
        // Who may write takes in what a crash left behind, and sees what others write at the same time.
        let writable = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let opened = Self::connect(path, writable).and_then(Self::checked);
        // On a disk that nobody writes to, the file is all there is.
        let unwritable = |error: &StateError| {
            matches!(error, StateError::Database(_, error) if matches!(
                error.sqlite_error_code(),
                Some(rusqlite::ErrorCode::CannotOpen | rusqlite::ErrorCode::ReadOnly)
            ))
        };
        match opened {
            Err(error) if unwritable(&error) && !has_log(path) => {
                let fixed = OpenFlags::SQLITE_OPEN_READ_ONLY
                    | OpenFlags::SQLITE_OPEN_NO_MUTEX
                    | OpenFlags::SQLITE_OPEN_URI;
                let escaped =
                    path.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23");
                let uri = PathBuf::from(format!("file:{escaped}?immutable=1"));
                let mut state = Self::connect(&uri, fixed)?;
                path.clone_into(&mut state.path);
                Self::checked(state)
            }
            opened => opened,
        }
    }

    fn checked(state: Self) -> Result<Option<Self>, StateError> {
        Ok(schema::check(&state)?.then_some(state))
    }

    fn connect(path: &Path, flags: OpenFlags) -> Result<Self, StateError> {
        let database = |error| StateError::Database(path.to_owned(), error);
        let connection = Connection::open_with_flags(path, flags).map_err(database)?;
        connection.busy_timeout(std::time::Duration::from_secs(10)).map_err(database)?;
        // A statement is prepared once, whatever it is asked for.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(database)?;
        Ok(Self { connection, path: path.to_owned(), observer: None })
    }

    /// Has every write from now on seen by somebody.
    pub fn watch(&mut self, observer: Observer) {
        self.observer = Some(Watch(observer));
    }

    /// Writes: all of it, or nothing.
    fn transact<T>(
        &mut self,
        write: impl FnOnce(&Transaction<'_>) -> Result<T, Broken>,
    ) -> Result<T, StateError> {
        let Self { connection, path, observer } = self;
        let observer = observer.as_ref();
        let failed = |error| StateError::Database(path.clone(), error);
        let seen = |moment| {
            if let Some(Watch(observer)) = observer {
                observer(moment);
            }
        };
        seen(Moment::Before);
        let transaction =
            connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        let written = write(&transaction).map_err(|broken| match broken {
            Broken::Database(error) => failed(error),
            Broken::State(error) => error,
        })?;
        transaction.commit().map_err(failed)?;
        seen(Moment::After);
        Ok(written)
    }

    /// Where it lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn failed(&self, error: rusqlite::Error) -> StateError {
        StateError::Database(self.path.clone(), error)
    }

    fn damaged(&self, why: &str) -> StateError {
        StateError::Damaged(self.path.clone(), why.to_owned())
    }
}

/// Seconds since 1970.
fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs() as i64)
}

/// Makes a directory that only its owner can look into, and keeps git from taking it up.
fn own_directory(directory: &Path) -> std::io::Result<()> {
    if directory.as_os_str().is_empty() || directory.exists() {
        return Ok(());
    }
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)?;
    std::fs::write(directory.join(".gitignore"), "*\n")
}

/// Makes an empty file that only its owner can read.
fn own_file(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(|_| ())
}

/// Whether there are writes beside a database that are not in it yet.
fn has_log(path: &Path) -> bool {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    std::fs::metadata(log).is_ok_and(|log| log.len() > 0)
}

/// Tells a file that was cut short from a database: its first page says how many there are.
fn sound(path: &Path) -> Result<(), StateError> {
    use std::io::Read;
    let unreadable = |error: std::io::Error| StateError::Unreadable(path.to_owned(), error.to_string());
    let damaged = |why: String| StateError::Damaged(path.to_owned(), why);
    let mut file = std::fs::File::open(path).map_err(unreadable)?;
    let length = file.metadata().map_err(unreadable)?.len();
    let mut head = [0u8; 100];
    let mut have = 0;
    while have < head.len() {
        match file.read(&mut head[have..]).map_err(unreadable)? {
            0 => break,
            more => have += more,
        }
    }
    if have < head.len() || !head.starts_with(b"SQLite format 3\0") {
        return Err(damaged(format!("it has {length} bytes and does not begin as a database does")));
    }
    // Beside a log of writes that a crash left behind, pages may be missing that stand in the log.
    if has_log(path) {
        return Ok(());
    }
    // https://www.sqlite.org/fileformat.html: the size of a page at 16, the number of pages at 28.
    let page = match u64::from(u16::from_be_bytes([head[16], head[17]])) {
        1 => 65_536,
        size => size,
    };
    let pages = u64::from(u32::from_be_bytes([head[28], head[29], head[30], head[31]]));
    if length < page * pages || length % page.max(512) != 0 {
        return Err(damaged(format!("it has {length} bytes of {}", page * pages)));
    }
    Ok(())
}
