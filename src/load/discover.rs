//! Finding the properties in what a command was given.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use walkdir::WalkDir;

use super::{Found, LoadError, Revision, Store, failed};

const PROPERTY: &str = "property.yaml";
const SETTINGS: &str = "keyplan.yaml";

/// The properties in some paths, each once, in the order of their paths.
#[derive(Debug, Default)]
pub struct Discovery {
    /// What was found.
    pub properties: Vec<Found>,
    /// Every `keyplan.yaml` that concerns one of them.
    pub settings: Vec<PathBuf>,
}

/// Finds the properties in paths: directories with all below them, or single YAML files.
///
/// # Errors
/// When a path does not exist or cannot be read, or is a file that is no YAML.
pub fn discover(paths: &[PathBuf]) -> Result<Discovery, LoadError> {
    let mut discovery = Discovery::default();
    for path in paths {
        let metadata = std::fs::metadata(path).map_err(failed(path))?;
        if metadata.is_dir() {
            directory(path, &mut discovery)?;
        } else if is_yaml(path) {
            file(path, &mut discovery)?;
        } else {
            let error =
                io::Error::new(io::ErrorKind::InvalidInput, "it is neither a directory nor a YAML file");
            return Err(LoadError { path: path.clone(), error });
        }
    }
    discovery.properties.sort_by(|a, b| a.file.cmp(&b.file));
    discovery.properties.dedup_by(|a, b| a.file == b.file);
    discovery.settings = discovery.properties.iter().filter_map(|found| found.settings.clone()).collect();
    discovery.settings.sort();
    discovery.settings.dedup();
    Ok(discovery)
}

/// Every property in a directory, hidden directories left out, links to directories not followed.
fn directory(path: &Path, discovery: &mut Discovery) -> Result<(), LoadError> {
    let settings = settings_above(path)?;
    let hidden = |name: &std::ffi::OsStr| name.as_encoded_bytes().starts_with(b".");
    let walk = WalkDir::new(path)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|entry| entry.depth() == 0 || !hidden(entry.file_name()));
    for entry in walk {
        let entry = entry.map_err(|error| {
            let path = error.path().unwrap_or(path).to_owned();
            LoadError { path, error: error.into() }
        })?;
        if entry.file_name() == PROPERTY && !entry.file_type().is_dir() {
            let file = entry.path().to_owned();
            // A portfolio may lie within the given directory.
            let settings = match &settings {
                Some(_) => settings.clone(),
                None => settings_between(path, &file),
            };
            discovery.properties.push(found(file, true, settings, path));
        }
    }
    Ok(())
}

fn file(path: &Path, discovery: &mut Discovery) -> Result<(), LoadError> {
    let parent = parent(path);
    if path.file_name().is_some_and(|name| name == SETTINGS) {
        return directory(&parent, discovery);
    }
    let settings = settings_above(&parent)?;
    // A part of a property stands for the property.
    let whole = parent.join(PROPERTY);
    if whole.is_file() {
        discovery.properties.push(found(whole, true, settings, &parent));
    } else {
        discovery.properties.push(found(path.to_owned(), false, settings, &parent));
    }
    Ok(())
}

/// The property of a `property.yaml`, found below a directory that was given.
///
/// # Errors
/// When the directories above it cannot be read.
pub fn discover_file(file: &Path, given: &Path) -> Result<Found, LoadError> {
    let settings = settings_above(&parent(file))?;
    let top = if given.is_dir() { given.to_owned() } else { parent(given) };
    Ok(found(file.to_owned(), true, settings, &top))
}

fn found(file: PathBuf, directory: bool, settings: Option<PathBuf>, given: &Path) -> Found {
    let root = settings.as_deref().map_or_else(|| given.to_owned(), parent);
    Found { store: Store::Disk, file, directory, root, settings }
}

/// The nearest `keyplan.yaml` in a directory or above it.
fn settings_above(path: &Path) -> Result<Option<PathBuf>, LoadError> {
    let here = path.join(SETTINGS);
    if here.is_file() {
        return Ok(Some(here));
    }
    let absolute = std::path::absolute(path).map_err(failed(path))?;
    Ok(absolute.ancestors().skip(1).map(|above| above.join(SETTINGS)).find(|candidate| candidate.is_file()))
}

/// The nearest `keyplan.yaml` from a property up to the directory that was given.
fn settings_between(top: &Path, file: &Path) -> Option<PathBuf> {
    file.ancestors()
        .skip(1)
        .take_while(|directory| directory.starts_with(top))
        .map(|directory| directory.join(SETTINGS))
        .find(|candidate| candidate.is_file())
}

fn parent(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

pub(super) fn is_yaml(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml")
}

/// The other YAML files of a property's directory, in the order of their names.
pub(super) fn siblings(store: &Store, file: &Path) -> Result<Vec<PathBuf>, LoadError> {
    let directory = parent(file);
    let mut siblings = store.files_in(&directory).map_err(failed(&directory))?;
    siblings.retain(|path| {
        let name = path.file_name().unwrap_or_default();
        let hidden = name.as_encoded_bytes().starts_with(b".");
        is_yaml(path) && !hidden && name != PROPERTY && name != SETTINGS
    });
    siblings.sort();
    Ok(siblings)
}

/// Finds the properties in paths as they are in a revision: directories with all below them, or single YAML files. Paths
/// are those of the working tree; one that the revision does not have holds no property.
///
/// # Errors
/// When git does not answer.
pub fn discover_in(revision: &Arc<Revision>, paths: &[PathBuf]) -> Result<Discovery, LoadError> {
    let store = Store::Revision(Arc::clone(revision));
    let mut discovery = Discovery::default();
    for path in paths {
        let path = absolute(path, revision.top())?;
        if store.is_directory(&path) {
            for file in revision.files_named(PROPERTY, &path).map_err(failed(&path))? {
                discovery.properties.push(found_in(&store, file, true, revision.top()));
            }
        } else if store.is_file(&path) && is_yaml(&path) {
            let whole = parent(&path).join(PROPERTY);
            let directory = store.is_file(&whole);
            let file = if directory { whole } else { path };
            discovery.properties.push(found_in(&store, file, directory, revision.top()));
        }
    }
    discovery.properties.sort_by(|a, b| a.file.cmp(&b.file));
    discovery.properties.dedup_by(|a, b| a.file == b.file);
    Ok(discovery)
}

/// A path below the top of a repository, whether it is still there or not.
fn absolute(path: &Path, top: &Path) -> Result<PathBuf, LoadError> {
    let path = std::path::absolute(path).map_err(failed(path))?;
    // Links above what is gone are followed all the same.
    let there = path.ancestors().find_map(|above| Some((above, above.canonicalize().ok()?)));
    let real = match there {
        Some((above, real)) => path.strip_prefix(above).map_or_else(|_| real.clone(), |rest| real.join(rest)),
        None => path.clone(),
    };
    let tidy = super::files::tidy(&real);
    Ok(if tidy.starts_with(top) { tidy } else { path })
}

fn found_in(store: &Store, file: PathBuf, directory: bool, top: &Path) -> Found {
    // The settings of today are those that count; then as now, nothing outside the portfolio is read.
    let above = file.ancestors().skip(1).take_while(|above| above.starts_with(top));
    let mut roots = above.filter(|above| store.is_file(&above.join(SETTINGS)));
    let root = roots.next().map_or_else(|| top.to_owned(), Path::to_owned);
    Found { store: store.clone(), file, directory, root, settings: None }
}
