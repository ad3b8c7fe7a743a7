//! `files`: a directory of tables, one file for each lock. The embedded default, and a way to hand tables to other
//! programs.

use std::io::Write as _;
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{
    Called, CodeSeen, LockName, NewCode, Provider, ProviderError, Reader, Reading, Stored, Write, untold,
};
use crate::locks::doorcode::Doorcode;
use crate::locks::wire::WireSegment;
use crate::locks::{Program, Ways};
use crate::model::Capability;
use crate::time::Segment;

/// A directory of tables.
#[derive(Debug)]
pub struct Files {
    directory: PathBuf,
    /// Whether doorcodes stand in it as they are.
    plain: bool,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct WireTable {
    version: u8,
    property: String,
    door: String,
    lock: String,
    /// How many entries it takes; for tables that somebody hands over to a small lock.
    #[serde(default)]
    holders: Option<u32>,
    entries: Vec<WireEntry>,
}

#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct WireEntry {
    slot: u32,
    person: Option<String>,
    capabilities: Vec<String>,
    segments: Vec<WireSegment>,
    doorcode: Option<WireCode>,
}

#[derive(Clone, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
enum WireCode {
    /// As hexadecimal digits; opened by the vault of the state.
    Sealed(String),
    /// As it is.
    Digits(String),
}

impl Files {
    /// The tables in a directory, which is made by the first write.
    ///
    /// # Errors
    /// When doorcodes would stand in a git work tree as they are.
    pub fn new(directory: PathBuf, plain: bool) -> Result<Self, String> {
        if plain {
            outside_git(&directory)?;
        }
        Ok(Self { directory, plain })
    }

    fn path(&self, lock: LockName<'_>) -> Result<PathBuf, ProviderError> {
        let file = format!("{}.json", lock.address);
        for name in [lock.property, &file] {
            let plain =
                matches!(Path::new(name).components().collect::<Vec<_>>()[..], [Component::Normal(_)]);
            if !plain {
                return Err(ProviderError::Refused(format!("`{name}` cannot be the name of a file")));
            }
        }
        Ok(self.directory.join(lock.property).join(file))
    }

    fn table(&self, lock: LockName<'_>) -> Result<WireTable, ProviderError> {
        let path = self.path(lock)?;
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => Zeroizing::new(text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(WireTable {
                    version: 1,
                    property: lock.property.to_owned(),
                    door: lock.door.to_owned(),
                    lock: lock.address.to_owned(),
                    holders: None,
                    entries: Vec::new(),
                });
            }
            Err(error) => {
                return Err(ProviderError::Unreachable(format!("{}: {error}", path.display())));
            }
        };
        let table: WireTable = serde_json::from_str(&text).map_err(|error| {
            // The position, and not the text: a code may stand there.
            ProviderError::Refused(format!("{} is no table: line {}", path.display(), error.line()))
        })?;
        if table.version != 1 {
            return Err(ProviderError::Refused(format!("{} has version {}", path.display(), table.version)));
        }
        Ok(table)
    }

    fn put(&self, lock: LockName<'_>, table: &WireTable) -> Result<(), ProviderError> {
        let path = self.path(lock)?;
        let failed = |error: &dyn std::fmt::Display| {
            ProviderError::Unreachable(format!("{}: {error}", path.display()))
        };
        let directory = path.parent().unwrap_or(&self.directory);
        if self.plain {
            outside_git(directory).map_err(ProviderError::Refused)?;
        }
        make_directory(directory).map_err(|error| failed(&error))?;
        let text =
            Zeroizing::new(serde_json::to_string_pretty(table).map_err(|error| failed(&error))? + "\n");
        // A temporary file is its owner's alone, and takes the place of the other whole or not at all.
        let mut file = tempfile::NamedTempFile::new_in(directory).map_err(|error| failed(&error))?;
        file.write_all(text.as_bytes()).map_err(|error| failed(&error))?;
        file.as_file().sync_all().map_err(|error| failed(&error))?;
        file.persist(&path).map_err(|error| failed(&error.error))?;
        Ok(())
    }
}

fn make_directory(directory: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}

fn stored(entry: WireEntry) -> Result<Stored, String> {
    let way = |name: &String| {
        let found = Capability::ALL.into_iter().find(|one| one.name() == name);
        found.map(Ways::one).ok_or_else(|| format!("there is no capability `{name}`"))
    };
    let ways = entry.capabilities.iter().map(way).collect::<Result<Vec<_>, _>>()?;
    let segments = entry.segments.into_iter().map(Segment::try_from).collect::<Result<_, _>>()?;
    Ok(Stored {
        slot: entry.slot,
        name: entry.person.map(Called::Name),
        ways: ways.into_iter().fold(Ways::default(), Ways::with),
        program: Program(segments),
        code: match entry.doorcode {
            None => CodeSeen::None,
            Some(WireCode::Sealed(_)) => CodeSeen::Hidden,
            Some(WireCode::Digits(digits)) => Doorcode::new(Zeroizing::new(digits))
                .map(CodeSeen::Digits)
                .ok_or_else(|| "a doorcode is no digits".to_owned())?,
        },
    })
}

/// Holds a directory, which may not be there yet, to lie outside of git work trees, also where links lead.
fn outside_git(directory: &Path) -> Result<(), String> {
    let absolute = std::path::absolute(directory).map_err(|error| error.to_string())?;
    let real = absolute.ancestors().find_map(|one| one.canonicalize().ok());
    let mut above = absolute.ancestors().chain(real.iter().flat_map(|real| real.ancestors()));
    if above.any(|one| one.join(".git").exists()) {
        return Err(format!(
            "{} lies in a git work tree, where doorcodes would soon be in a commit; give a `path:` outside it, or leave `plain` out",
            directory.display()
        ));
    }
    Ok(())
}

impl Reader for Files {
    fn read(&self, lock: LockName<'_>) -> Result<Reading, ProviderError> {
        let table = self.table(lock)?;
        let entries = table.entries.into_iter().map(stored).collect::<Result<Vec<_>, _>>();
        let mut entries = entries.map_err(|why| {
            ProviderError::Refused(format!("the table of `{}` cannot be read: {why}", lock.address))
        })?;
        entries.sort_by_key(|entry| entry.slot);
        Ok(Reading { entries, capacity: table.holders })
    }

    fn parallel(&self) -> usize {
        // More would only wait for the same disk.
        8
    }
}

impl Provider for Files {
    fn batch(&self) -> usize {
        // A file is written whole, whatever changes in it.
        4096
    }

    fn write(&self, lock: LockName<'_>, writes: &[Write<'_>]) -> Vec<Result<(), ProviderError>> {
        let all = |error: ProviderError| writes.iter().map(|_| Err(error.clone())).collect();
        let mut table = match self.table(lock) {
            Ok(table) => table,
            Err(error) => return all(error),
        };
        let mut results = Vec::with_capacity(writes.len());
        for Write { slot, entry } in writes {
            let known = table.entries.iter().position(|one| one.slot == *slot);
            let Some(new) = entry else {
                if let Some(known) = known {
                    table.entries.remove(known);
                }
                results.push(Ok(()));
                continue;
            };
            let full = table.holders.is_some_and(|most| table.entries.len() >= most as usize);
            if known.is_none() && full {
                results.push(Err(ProviderError::Full));
                continue;
            }
            let doorcode = match new.code {
                NewCode::None => None,
                NewCode::This(code) if self.plain => Some(WireCode::Digits(code.code.reveal().to_owned())),
                NewCode::This(code) => {
                    Some(WireCode::Sealed(code.sealed.iter().map(|byte| format!("{byte:02x}")).collect()))
                }
                NewCode::Left => {
                    let there = known.map(|known| &table.entries[known]);
                    let theirs = there.filter(|there| there.person.as_deref() == Some(new.person));
                    let Some(code) = theirs.and_then(|there| there.doorcode.clone()) else {
                        results.push(Err(untold()));
                        continue;
                    };
                    Some(code)
                }
            };
            let entry = WireEntry {
                slot: *slot,
                person: Some(new.person.to_owned()),
                capabilities: new.ways.each().map(|way| way.name().to_owned()).collect(),
                segments: new.program.0.iter().map(WireSegment::from).collect(),
                doorcode,
            };
            match known {
                Some(known) => table.entries[known] = entry,
                None => {
                    let at = table.entries.partition_point(|one| one.slot < *slot);
                    table.entries.insert(at, entry);
                }
            }
            results.push(Ok(()));
        }
        if let Err(error) = self.put(lock, &table) {
            return all(error);
        }
        results
    }
}
