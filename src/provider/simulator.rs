//! `simulator`: locks that are simulated by another process, `lock-simulator`, which speaks JSON over a local socket, a
//! line for a request and a line for its answer.

use std::io::{BufRead, BufReader, Write as _};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::Mutex;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{Called, CodeSeen, LockName, NewCode, Provider, ProviderError, Reader, Reading, Stored, Write};
use crate::locks::doorcode::Doorcode;
use crate::locks::wire::WireSegment;
use crate::locks::{Program, Ways};
use crate::model::Capability;
use crate::time::Segment;

/// Locks in another process.
#[derive(Debug)]
pub struct Simulator {
    address: SocketAddr,
    /// Connections that nobody uses now.
    idle: Mutex<Vec<Connection>>,
}

#[derive(Debug)]
struct Connection {
    reader: BufReader<TcpStream>,
}

/// A lock that does not answer for so long will not.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Serialize)]
struct Request<'a> {
    call: &'a str,
    lock: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    slots: Option<&'a [u32]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    slot: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    entry: Option<WireNew<'a>>,
}

#[derive(Serialize)]
struct WireNew<'a> {
    name: &'a str,
    ways: Vec<&'static str>,
    segments: Vec<WireSegment>,
    code: Option<&'a str>,
    /// The code is the one that is in the slot.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    keep_code: bool,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    why: Option<String>,
    #[serde(default)]
    capacity: Option<u32>,
    #[serde(default)]
    entries: Vec<WireStored>,
}

#[derive(Deserialize)]
struct WireStored {
    slot: u32,
    name: Option<String>,
    ways: Vec<String>,
    segments: Vec<WireSegment>,
    has_code: bool,
    #[serde(default)]
    code: Option<Zeroizing<String>>,
}

impl Simulator {
    /// The locks at an address of this machine.
    ///
    /// # Errors
    /// When it is no address, or one of another machine: codes go there as they are.
    pub fn new(address: &str) -> Result<Self, String> {
        let mut addresses = address.to_socket_addrs().map_err(|_| format!("`{address}` is no address"))?;
        let address = addresses.next().ok_or_else(|| format!("`{address}` is no address"))?;
        if !address.ip().is_loopback() {
            return Err(format!("`{address}` is not on this machine; the simulator is only spoken to here"));
        }
        Ok(Self { address, idle: Mutex::new(Vec::new()) })
    }

    fn connection(&self) -> Result<Connection, ProviderError> {
        if let Some(idle) = self.idle.lock().ok().and_then(|mut idle| idle.pop()) {
            return Ok(idle);
        }
        let failed = |error: std::io::Error| ProviderError::Unreachable(format!("{}: {error}", self.address));
        let stream = TcpStream::connect_timeout(&self.address, PATIENCE).map_err(failed)?;
        stream.set_nodelay(true).map_err(failed)?;
        stream.set_read_timeout(Some(PATIENCE)).map_err(failed)?;
        stream.set_write_timeout(Some(PATIENCE)).map_err(failed)?;
        Ok(Connection { reader: BufReader::new(stream) })
    }

    fn ask(&self, request: &Request<'_>) -> Result<Answer, ProviderError> {
        let mut connection = self.connection()?;
        let unknown = |error: &dyn std::fmt::Display| ProviderError::Unknown(error.to_string());
        let mut text = Zeroizing::new(serde_json::to_string(request).map_err(|error| unknown(&error))?);
        text.push('\n');
        connection.reader.get_mut().write_all(text.as_bytes()).map_err(|error| unknown(&error))?;
        let mut line = Zeroizing::new(String::new());
        match connection.reader.read_line(&mut line) {
            Ok(0) => return Err(unknown(&"the connection was closed")),
            Err(error) => return Err(unknown(&error)),
            Ok(_) => {}
        }
        // The position, and not the text: a code may stand there.
        let answer: Answer = serde_json::from_str(&line)
            .map_err(|error| unknown(&format!("its answer cannot be read, column {}", error.column())))?;
        if let Ok(mut idle) = self.idle.lock() {
            idle.push(connection);
        }
        let why = answer.why.clone().unwrap_or_default();
        match answer.error.as_deref() {
            None => Ok(answer),
            Some("offline") => Err(ProviderError::Unreachable(why)),
            Some("full") => Err(ProviderError::Full),
            Some("code-taken") => Err(ProviderError::CodeTaken),
            Some(_) => Err(ProviderError::Refused(why)),
        }
    }

    /// Asks for entries. Asking changes nothing, so that what got no answer was not reached.
    fn entries(
        &self,
        lock: LockName<'_>,
        slots: Option<&[u32]>,
    ) -> Result<(Vec<Stored>, Answer), ProviderError> {
        let request = Request { call: "read", lock: name(lock), slots, slot: None, entry: None };
        let mut answer = self.ask(&request).map_err(|error| match error {
            ProviderError::Unknown(why) => ProviderError::Unreachable(why),
            other => other,
        })?;
        let entries =
            std::mem::take(&mut answer.entries).into_iter().map(stored).collect::<Result<Vec<_>, _>>();
        let mut entries = entries.map_err(ProviderError::Refused)?;
        entries.sort_by_key(|entry| entry.slot);
        Ok((entries, answer))
    }
}

/// A simulator may hold the locks of many properties.
fn name(lock: LockName<'_>) -> String {
    format!("{}/{}", lock.property, lock.address)
}

fn stored(wire: WireStored) -> Result<Stored, String> {
    let way = |name: &String| {
        let found = Capability::ALL.into_iter().find(|one| one.name() == name);
        found.map(Ways::one).ok_or_else(|| format!("the lock has a way in that is not known, `{name}`"))
    };
    let ways = wire.ways.iter().map(way).collect::<Result<Vec<_>, _>>()?;
    let code = match (wire.has_code, wire.code) {
        (false, _) => CodeSeen::None,
        (true, None) => CodeSeen::Hidden,
        (true, Some(digits)) => Doorcode::new(digits).map_or(CodeSeen::Hidden, CodeSeen::Digits),
    };
    Ok(Stored {
        slot: wire.slot,
        name: wire.name.map(Called::Name),
        ways: ways.into_iter().fold(Ways::default(), Ways::with),
        program: Program(wire.segments.into_iter().map(Segment::try_from).collect::<Result<_, _>>()?),
        code,
    })
}

impl Reader for Simulator {
    fn read(&self, lock: LockName<'_>) -> Result<Reading, ProviderError> {
        let (entries, answer) = self.entries(lock, None)?;
        Ok(Reading { entries, capacity: answer.capacity })
    }

    fn confirm(&self, lock: LockName<'_>, slots: &[u32]) -> Result<Vec<Option<Stored>>, ProviderError> {
        let (entries, _) = self.entries(lock, Some(slots))?;
        Ok(slots.iter().map(|slot| entries.iter().find(|one| one.slot == *slot).cloned()).collect())
    }

    fn reach(&self) -> Result<(), ProviderError> {
        self.connection().map(|_| ())
    }

    fn parallel(&self) -> usize {
        512
    }
}

impl Provider for Simulator {
    fn batch(&self) -> usize {
        // It is on this machine: only its own end comes between.
        32
    }

    fn write(&self, lock: LockName<'_>, writes: &[Write<'_>]) -> Vec<Result<(), ProviderError>> {
        let write = |write: &Write<'_>| {
            let entry = write.entry.as_ref().map(|entry| WireNew {
                name: entry.person,
                ways: entry.ways.each().map(Capability::name).collect(),
                segments: entry.program.0.iter().map(WireSegment::from).collect(),
                code: entry.code.this().map(|code| code.code.reveal()),
                keep_code: matches!(entry.code, NewCode::Left),
            });
            let call = if entry.is_some() { "put" } else { "clear" };
            let request = Request { call, lock: name(lock), slots: None, slot: Some(write.slot), entry };
            self.ask(&request).map(|_| ())
        };
        let mut results: Vec<Result<(), ProviderError>> = Vec::with_capacity(writes.len());
        for one in writes {
            results.push(match results.last() {
                Some(Err(gone @ ProviderError::Unreachable(_))) => Err(gone.clone()),
                _ => write(one),
            });
        }
        results
    }
}
