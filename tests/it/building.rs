//! A building to deploy to: simulated locks in a process of their own, a state, and what plans and applies.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use keyplan::access::Access;
use keyplan::apply::{Options, Report, Setting, run};
use keyplan::drift;
use keyplan::load::Loaded;
use keyplan::plan::{Allowed, Guard, Guards, Made, Plan, Recorded, Source, make};
use keyplan::provider::{EMBEDDED, Provider, Providers, Simulator};
use keyplan::state::{CodeKey, Identity, Moment, Progress, State, StateError};
use keyplan::tables;
use serde_json::{Value, json};

/// The simulator, for as long as a test lives.
pub(crate) struct Locks {
    child: Child,
    pub(crate) address: String,
    reader: BufReader<TcpStream>,
}

impl Locks {
    pub(crate) fn start() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_lock-simulator"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut address = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut address).unwrap();
        let address = address.trim().to_owned();
        let reader = BufReader::new(TcpStream::connect(&address).unwrap());
        Self { child, address, reader }
    }

    pub(crate) fn call(&mut self, request: &Value) -> Value {
        self.reader.get_mut().write_all(format!("{request}\n").as_bytes()).unwrap();
        let mut line = String::new();
        self.reader.read_line(&mut line).unwrap();
        let answer: Value = serde_json::from_str(&line).unwrap();
        assert!(answer.get("error").is_none(), "{request}: {answer}");
        answer
    }

    pub(crate) fn provider(&self) -> Simulator {
        Simulator::new(&self.address).unwrap()
    }

    pub(crate) fn opens(&mut self, lock: &str, digits: &str, at: &str) -> bool {
        self.call(&json!({"call": "type", "lock": lock, "digits": digits, "at": at}))["opens"] == true
    }
}

impl Drop for Locks {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One provider for every door that names none.
pub(crate) fn providers(provider: impl Provider + 'static) -> Providers {
    let mut all: BTreeMap<String, Box<dyn Provider>> = BTreeMap::new();
    all.insert(EMBEDDED.to_owned(), Box::new(provider));
    Providers::of(all)
}

/// A place for a state, and the identity that opens its doorcodes.
pub(crate) struct Desk {
    /// It goes with the desk.
    _directory: Option<tempfile::TempDir>,
    pub(crate) state: PathBuf,
    pub(crate) identity: Identity,
    /// At most so many locks at once.
    pub(crate) parallel: usize,
}

impl Desk {
    /// In memory where there is such a place: what is tested is what is written, not the disk.
    pub(crate) fn new() -> Self {
        let memory = Path::new("/dev/shm");
        let directory = match memory.is_dir() {
            true => tempfile::tempdir_in(memory).unwrap(),
            false => tempfile::tempdir().unwrap(),
        };
        let desk = Self::at(directory.path());
        Self { _directory: Some(directory), ..desk }
    }

    /// In a directory that somebody else keeps.
    pub(crate) fn at(directory: &Path) -> Self {
        let state = directory.join("state").join("state.db");
        let identity = Identity::of_file(&directory.join("identity")).unwrap();
        Self { _directory: None, state, identity, parallel: 8 }
    }

    /// The plan for a property, from what is recorded.
    pub(crate) fn plan(&self, loaded: &Loaded) -> Made {
        let id = loaded.property.text(loaded.property.id);
        self.plan_from(loaded, &self.recorded(id))
    }

    fn recorded(&self, id: &str) -> Recorded {
        State::read(&self.state).unwrap().map(|state| state.recorded(id).unwrap()).unwrap_or_default()
    }

    /// The plan for a property, from what is in the locks.
    pub(crate) fn plan_afresh(&self, loaded: &Loaded, providers: &Providers) -> Made {
        let property = &loaded.property;
        let id = property.text(property.id);
        let recorded = self.recorded(id);
        let answers = drift::read_all(id, property.timezone, &recorded.locks, providers);
        let mut state = State::read(&self.state).unwrap().unwrap();
        let vault = state.vault(&self.identity).unwrap();
        let codes = recorded.locks.iter().flat_map(|lock| state.codes_at(&vault, id, &lock.door).unwrap());
        let fresh = drift::refreshed(&recorded, &answers, &codes.collect(), property.as_of.start());
        self.plan_from(loaded, &fresh)
    }

    /// Takes back the doorcodes of some people at some doors.
    pub(crate) fn rotate(&self, property: &str, keys: &[CodeKey]) {
        let mut state = State::open(&self.state).unwrap();
        let lease = state.hold(property, "tests").unwrap();
        state.rotate_codes(&lease, keys, "tests").unwrap();
        state.let_go(&lease).unwrap();
    }

    fn plan_from(&self, loaded: &Loaded, recorded: &Recorded) -> Made {
        let property = &loaded.property;
        let access = Access::resolve(property);
        let tables = tables::compile(property, &access);
        let guards = Guards::written(property, None, None);
        let source = Source {
            property,
            access: &access,
            tables: &tables,
            recorded,
            guards: &guards,
            only: &[],
            except: &[],
            provider: EMBEDDED,
        };
        let made = make(&source).unwrap_or_else(|violation| panic!("{violation}"));
        // What is saved and opened again is the same plan.
        let saved = Plan::open(&Plan::save(std::slice::from_ref(&made.plan)).unwrap()).unwrap();
        assert_eq!(saved[0].changes, made.plan.changes);
        assert_eq!(saved[0].digest, made.plan.digest);
        made
    }

    /// Applies a plan, whatever its guards say.
    pub(crate) fn apply(
        &self,
        plan: &Plan,
        providers: &Providers,
        done: &Progress,
        observer: Option<fn(Moment)>,
    ) -> Result<Report, StateError> {
        let mut state = State::open(&self.state)?;
        if let Some(observer) = observer {
            state.watch(Box::new(observer));
        }
        let lease = state.hold(&plan.property, "tests")?;
        state.settle(&lease)?;
        let vault = state.vault(&self.identity)?;
        let options = Options { parallel: self.parallel, retries: 1, backoff: Duration::from_millis(1) };
        let setting = Setting {
            providers,
            vault: Some(&vault),
            options,
            interrupted: &AtomicUsize::new(0),
            tell: &|_| (),
            who: "tests",
            now: plan.as_of.start(),
        };
        let allowed = Allowed(Guard::ALL.to_vec());
        let (report, mut state) = run(plan.admit(&allowed).unwrap(), state, &lease, &setting, done)?;
        state.let_go(&lease)?;
        Ok(report)
    }

    /// Goes on with what was not finished; `None` when everything was.
    pub(crate) fn resume(&self, property: &str, providers: &Providers) -> Option<Report> {
        let run = State::read(&self.state).unwrap()?.resumable(property).unwrap()?;
        Some(self.apply(&run.plan, providers, &run.progress, None).unwrap())
    }
}

/// The entries of a lock in the form that states had before version 3: slot, person and program in 32 bits each, ways, part,
/// flags, and nothing.
fn in_sixteen_bytes(bytes: &[u8]) -> Vec<u8> {
    if bytes.len().is_multiple_of(16) {
        return bytes.to_vec();
    }
    let mut rest = bytes.iter().copied();
    let (mut numbers, mut entries) = ([0i64; 3], Vec::new());
    while let Some(ways) = rest.next().filter(|first| *first != 0xff) {
        let tail = match ways & 8 {
            0 => [rest.next().unwrap(), rest.next().unwrap()],
            _ => [0, 0],
        };
        for number in &mut numbers {
            let (mut difference, mut shift) = (0i64, 0);
            loop {
                let byte = rest.next().unwrap();
                difference |= i64::from(byte & 0x7f) << shift;
                shift += 7;
                if byte < 0x80 {
                    break;
                }
            }
            // The sign is in the lowest bit.
            *number += if difference & 1 == 0 { difference >> 1 } else { -(difference >> 1) - 1 };
        }
        numbers.iter().for_each(|number| entries.extend((*number as u32).to_le_bytes()));
        entries.extend([ways & 7, tail[0], tail[1], 0]);
    }
    entries
}

/// Makes some of the doorcodes in a state ones that nobody knows, as if somebody else had set them in the locks: those of
/// entries with a number that is picked. How many there were.
pub(crate) fn forget_codes(desk: &Desk, picked: impl Fn(usize) -> bool) -> usize {
    let connection = rusqlite::Connection::open(&desk.state).unwrap();
    let mut query = connection
        .prepare("SELECT property, door, provider, address, entries FROM locks ORDER BY 1, 2, 3, 4")
        .unwrap();
    let text = |row: &rusqlite::Row<'_>, at: usize| row.get::<_, String>(at);
    let locks = query
        .query_map([], |row| {
            Ok(([text(row, 0)?, text(row, 1)?, text(row, 2)?, text(row, 3)?], row.get::<_, Vec<u8>>(4)?))
        })
        .unwrap();
    let locks: Vec<([String; 4], Vec<u8>)> = locks.map(Result::unwrap).collect();
    let mut count = 0;
    for ([property, door, provider, address], entries) in locks {
        // Written as a state of version 2 has them, which is read as ever.
        let mut entries = in_sixteen_bytes(&entries);
        for entry in entries.chunks_exact_mut(16) {
            // Bytes 4 to 7 are the person, 12 the ways with 2 for a doorcode, 13 the part, 14 the flags with 2 for such a code.
            if entry[12] & 2 == 0 {
                continue;
            }
            count += 1;
            if !picked(count) {
                continue;
            }
            entry[14] |= 2;
            let person = u32::from_le_bytes(entry[4..8].try_into().unwrap()) as usize;
            let ids: String = connection
                .query_row("SELECT ids FROM people WHERE property = ?1", [&property], |row| row.get(0))
                .unwrap();
            let person = ids.lines().nth(person).unwrap();
            let sql = "DELETE FROM codes WHERE property = ?1 AND door = ?2 AND part = ?3 AND person = ?4";
            connection.execute(sql, rusqlite::params![property, door, entry[13], person]).unwrap();
        }
        let sql = "UPDATE locks SET entries = ?5 WHERE property = ?1 AND door = ?2 AND provider = ?3 AND address = ?4";
        connection.execute(sql, rusqlite::params![property, door, provider, address, entries]).unwrap();
    }
    count
}
