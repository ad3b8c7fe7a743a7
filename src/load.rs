//! From paths to properties: which files there are, what is in them, and what they include.
//!
//! The only place where YAML comes in from the disk. A file that is missing because the author named the wrong one is
//! a finding; a file that the machine will not give is an error.

mod discover;
mod files;
mod fingerprint;
mod parts;
mod revision;
mod store;

use std::io;
use std::path::{Path, PathBuf};

pub use discover::{Discovery, discover, discover_file, discover_in};
pub use fingerprint::{fingerprint, fingerprint_of};
pub use parts::{Workspace, load, load_settings, property_header};
pub use revision::Revision;
pub use store::Store;

use crate::access::NextChange;
use crate::diagnostic::Diagnostic;
use crate::model::Property;
use crate::model::settings::Settings;
use crate::source::Sources;
use crate::syntax::Tree;

/// A property that was found, not yet read.
#[derive(Clone, Debug)]
pub struct Found {
    /// Where it is read from.
    pub store: Store,
    /// Its `property.yaml`, or the one file that it is.
    pub file: PathBuf,
    /// Whether the other YAML files beside it belong to it.
    pub directory: bool,
    /// Nothing outside this directory is read.
    pub root: PathBuf,
    /// The portfolio's `keyplan.yaml`.
    pub settings: Option<PathBuf>,
}

/// A property that was read.
#[derive(Debug)]
pub struct Loaded {
    /// What could be understood.
    pub property: Property,
    /// How its YAML files are written: the index of each in the sources, and its tree. Without files of people alone, which
    /// are long and which nobody edits.
    pub trees: Vec<(usize, Tree)>,
    /// What could not be understood.
    pub diagnostics: Vec<Diagnostic>,
    /// When its access next changes by itself; known to whoever has resolved the access.
    pub next_change: Option<NextChange>,
}

/// Settings that were read.
#[derive(Debug)]
pub struct LoadedSettings {
    /// The file they come from.
    pub sources: Sources,
    /// What could be understood.
    pub settings: Settings,
    /// What could not.
    pub diagnostics: Vec<Diagnostic>,
}

/// The world's failure to give a file.
#[derive(Debug)]
pub struct LoadError {
    /// Which file or directory.
    pub path: PathBuf,
    /// Why.
    pub error: io::Error,
}

impl std::fmt::Display for LoadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "cannot read {}: {}", self.path.display(), self.error)
    }
}

impl std::error::Error for LoadError {}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> LoadError {
    let path = path.to_owned();
    move |error| LoadError { path, error }
}
