//! Where files are read from: the disk, or a revision of git.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::revision::{self, Revision};
use super::{discover, files};

/// Where files are read from. Paths into a revision are those that its files have, or had, in the working tree.
#[derive(Clone, Debug, Default)]
pub enum Store {
    /// The disk.
    #[default]
    Disk,
    /// The objects of a repository.
    Revision(Arc<Revision>),
}

impl Store {
    /// The path of a file, links followed.
    pub(super) fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        match self {
            Self::Disk => path.canonicalize(),
            Self::Revision(_) if self.exists(path) => Ok(files::tidy(path)),
            Self::Revision(_) => Err(io::ErrorKind::NotFound.into()),
        }
    }

    pub(super) fn exists(&self, path: &Path) -> bool {
        match self {
            Self::Disk => path.exists(),
            Self::Revision(revision) => revision.is_file(path) || revision.is_directory(path),
        }
    }

    pub(super) fn is_file(&self, path: &Path) -> bool {
        match self {
            Self::Disk => path.is_file(),
            Self::Revision(revision) => revision.is_file(path),
        }
    }

    pub(super) fn is_directory(&self, path: &Path) -> bool {
        match self {
            Self::Disk => path.is_dir(),
            Self::Revision(revision) => revision.is_directory(path),
        }
    }

    /// A file to read, and its length in bytes.
    pub(super) fn open(&self, path: &Path) -> io::Result<(Box<dyn Read>, usize)> {
        match self {
            Self::Disk => {
                let file = File::open(path)?;
                let length = file.metadata()?.len() as usize;
                Ok((Box::new(file), length))
            }
            Self::Revision(revision) => Ok(revision::reader(revision.read(path)?)),
        }
    }

    pub(super) fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        match self {
            Self::Disk => std::fs::read(path),
            Self::Revision(revision) => revision.read(path),
        }
    }

    /// The files in a directory.
    pub(super) fn files_in(&self, directory: &Path) -> io::Result<Vec<PathBuf>> {
        match self {
            Self::Disk => {
                let entries =
                    std::fs::read_dir(directory)?.map(|entry| Ok(directory.join(entry?.file_name())));
                let mut paths = entries.collect::<io::Result<Vec<PathBuf>>>()?;
                // Only what could be a part of a property is asked whether it is one.
                paths.retain(|path| discover::is_yaml(path) && !path.is_dir());
                Ok(paths)
            }
            Self::Revision(revision) => {
                Ok(revision.files_in(directory)?.into_iter().map(|name| directory.join(name)).collect())
            }
        }
    }

    /// A path as findings show it.
    pub(super) fn shown(&self, path: &Path) -> String {
        match self {
            Self::Disk => files::shown(path),
            Self::Revision(revision) => revision.shown(path),
        }
    }
}
