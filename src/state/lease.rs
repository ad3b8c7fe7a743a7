//! One run at a time for each property: a lease with a holder and a heartbeat.

use rusqlite::{OptionalExtension, params};

use super::{State, StateError, now};

/// After so many seconds without a heartbeat a lease is anybody's.
const STALE: i64 = 60;

/// Who holds a property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The property.
    pub property: String,
    /// Who, as a name of a person or of a pipeline.
    pub who: String,
    /// On which machine.
    pub host: String,
    /// In which process.
    pub pid: i64,
    /// For how many seconds.
    pub age: i64,
    /// So many seconds ago it last said that it is alive.
    pub silent: i64,
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { property, who, host, pid, age, silent } = self;
        write!(
            f,
            "`{property}` is held by another run: {who} on {host}, process {pid}, for {age} s, last heard of {silent} s ago. Wait for it to end; if it is gone for good, `keyplan state lock release {property}` frees the property"
        )
    }
}

/// A lease that this run holds.
#[derive(Clone, Debug)]
pub struct Lease {
    /// The property.
    pub property: String,
    pub(super) token: String,
}

/// The name of this machine.
fn host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let name = name.or_else(|| std::env::var("HOSTNAME").ok()).or_else(|| std::env::var("COMPUTERNAME").ok());
    name.map_or_else(|| "this machine".into(), |name| name.trim().to_owned())
}

/// Whether a process of this machine still runs. What cannot be told counts as yes.
fn is_running(pid: i64) -> bool {
    #[cfg(unix)]
    {
        let pid = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw);
        pid.is_none_or(|pid| rustix::process::test_kill_process(pid) != Err(rustix::io::Errno::SRCH))
    }
    #[cfg(not(unix))]
    {
        let _ = pid;
        true
    }
}

/// A random name, as 32 hexadecimal digits.
pub(super) fn token() -> Result<String, StateError> {
    let mut bytes = [0u8; 16];
    getrandom::fill(&mut bytes)
        .map_err(|error| StateError::Sealed(format!("the system gives no random bytes: {error}")))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

impl State {
    /// Takes a property for this run; who died or fell silent loses it.
    ///
    /// # Errors
    /// With the holder when another run has it.
    pub fn hold(&mut self, property: &str, who: &str) -> Result<Lease, StateError> {
        let lease = Lease { property: property.to_owned(), token: token()? };
        let host = host();
        self.transact(|transaction| {
            if let Some(holder) = transaction.query_row(SELECT, [property], holder).optional()? {
                let dead = holder.host == host && !is_running(holder.pid);
                if !dead && holder.silent < STALE {
                    return Err(StateError::Held(Box::new(holder)).into());
                }
            }
            let values = params![property, lease.token, who, host, std::process::id(), now()];
            transaction
                .execute("INSERT OR REPLACE INTO leases VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?6)", values)?;
            Ok(())
        })?;
        Ok(lease)
    }

    /// Gives a property back.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub fn let_go(&mut self, lease: &Lease) -> Result<(), StateError> {
        self.transact(|transaction| {
            let sql = "DELETE FROM leases WHERE property = ?1 AND token = ?2";
            Ok(transaction.execute(sql, params![lease.property, lease.token]).map(|_| ())?)
        })
    }

    /// Everybody who holds a property, by property.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn holders(&self) -> Result<Vec<Holder>, StateError> {
        let failed = |error| self.failed(error);
        let mut query = self
            .connection
            .prepare("SELECT property, holder, host, pid, since, beat FROM leases ORDER BY property")
            .map_err(failed)?;
        let rows = query.query_map([], holder).map_err(failed)?;
        rows.collect::<Result<_, _>>().map_err(failed)
    }

    /// Frees a property whoever holds it; gives who did.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub fn release(&mut self, property: &str) -> Result<Option<Holder>, StateError> {
        self.transact(|transaction| {
            let holder = transaction.query_row(SELECT, [property], holder).optional()?;
            transaction.execute("DELETE FROM leases WHERE property = ?1", [property])?;
            Ok(holder)
        })
    }
}

const SELECT: &str = "SELECT property, holder, host, pid, since, beat FROM leases WHERE property = ?1";

fn holder(row: &rusqlite::Row<'_>) -> rusqlite::Result<Holder> {
    let now = now();
    // A clock that was set back makes nobody older than they are.
    let since = |moment: i64| (now - moment).max(0);
    Ok(Holder {
        property: row.get(0)?,
        who: row.get(1)?,
        host: row.get(2)?,
        pid: row.get(3)?,
        age: since(row.get(4)?),
        silent: since(row.get(5)?),
    })
}
