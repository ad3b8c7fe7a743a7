//! Whether the files of a property are still what they were, without reading what they say.

use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::{Found, LoadError, discover, failed};
use crate::source::Sources;

/// SHA-256 over the files of a property: its own, by name, and `others` that these include. Whatever adds a file to a
/// property is either a new file beside its own, or a line in one of them, so that equal digests are equal properties.
///
/// # Errors
/// When a file cannot be read.
pub fn fingerprint(found: &Found, others: &[PathBuf]) -> Result<[u8; 32], LoadError> {
    digest(found, &own(found)?, others, &|path| found.store.read(path).map(Cow::Owned))
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
    let read = |path: &Path| match sources.files().iter().find(|file| file.location == path) {
        Some(file) => Ok(Cow::Borrowed(sources.get(file.span).as_bytes())),
        None => found.store.read(path).map(Cow::Owned),
    };
    Ok((digest(found, &own, &others, &read)?, others))
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
    read: &dyn Fn(&Path) -> io::Result<Cow<'s, [u8]>>,
) -> Result<[u8; 32], LoadError> {
    let mut hasher = Sha256::new();
    hasher.update(env!("CARGO_PKG_VERSION"));
    for path in own.iter().chain(others).chain(&found.settings) {
        let bytes = read(path).map_err(failed(path))?;
        let name = path.to_string_lossy();
        hasher.update((name.len() as u64).to_le_bytes());
        hasher.update(name.as_bytes());
        hasher.update((bytes.len() as u64).to_le_bytes());
        hasher.update(&bytes);
    }
    Ok(hasher.finalize().into())
}
