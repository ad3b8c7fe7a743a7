//! Whether the files of a property are still what they were, without reading what they say.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use blake3::Hasher;

use super::{Found, LoadError, discover, failed};
use crate::source::Sources;

/// A file to read, and its length in bytes.
type Opened<'s> = (Box<dyn Read + 's>, usize);

/// So many bytes are read at once.
const PIECE: usize = 1 << 16;

/// BLAKE3 over the files of a property: its own, by name, and `others` that these include. Whatever adds a file to a
/// property is either a new file beside its own, or a line in one of them, so that equal digests are equal properties.
///
/// # Errors
/// When a file cannot be read.
pub fn fingerprint(found: &Found, others: &[PathBuf]) -> Result<[u8; 32], LoadError> {
    digest(found, &own(found)?, others, &|path| found.store.open(path))
}

/// The same of a property that was read, from what was read; and the files that it includes.
///
/// # Errors
/// When its directory or the settings cannot be read.
pub fn fingerprint_of(found: &Found, sources: &Sources) -> Result<([u8; 32], Vec<PathBuf>), LoadError> {
    let own = own(found)?;
    let others: Vec<PathBuf> = sources
        .files()
        .iter()
        .map(|file| file.location.clone())
        .filter(|path| !path.as_os_str().is_empty() && !own.contains(path))
        .collect();
    let open = |path: &Path| -> io::Result<Opened<'_>> {
        match sources.files().iter().find(|file| file.location == path) {
            Some(file) => {
                let bytes = sources.get(file.span).as_bytes();
                Ok((Box::new(bytes), bytes.len()))
            }
            None => found.store.open(path),
        }
    };
    Ok((digest(found, &own, &others, &open)?, others))
}

/// The files that belong to a property because of where they lie.
fn own(found: &Found) -> Result<Vec<PathBuf>, LoadError> {
    let mut own = vec![found.file.clone()];
    if found.directory {
        own.extend(discover::siblings(&found.store, &found.file)?);
    }
    own.sort();
    Ok(own)
}

fn digest<'s>(
    found: &Found,
    own: &[PathBuf],
    others: &[PathBuf],
    open: &dyn Fn(&Path) -> io::Result<Opened<'s>>,
) -> Result<[u8; 32], LoadError> {
    let mut hasher = Hasher::new();
    hasher.update(env!("CARGO_PKG_VERSION").as_bytes());
    for path in own.iter().chain(others).chain(&found.settings) {
        let (mut file, length) = open(path).map_err(failed(path))?;
        let name = path.to_string_lossy();
        hasher.update(&(name.len() as u64).to_le_bytes());
        hasher.update(name.as_bytes());
        hasher.update(&(length as u64).to_le_bytes());
        let read = take_in(&mut file, &mut hasher).map_err(failed(path))?;
        if read != length {
            return Err(failed(path)(io::Error::other("it changed while it was read")));
        }
    }
    Ok(hasher.finalize().into())
}

/// Hashes all of a file, a piece at a time: most of them are read for nothing else. Gives its length.
fn take_in(file: &mut dyn Read, hasher: &mut Hasher) -> io::Result<usize> {
    let mut piece = [0; PIECE];
    let mut length = 0;
    loop {
        match file.read(&mut piece) {
            Ok(0) => return Ok(length),
            Ok(read) => {
                hasher.update(&piece[..read]);
                length += read;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
