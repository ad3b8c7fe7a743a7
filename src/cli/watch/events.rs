//! What the system says has changed, as far as it can concern a property.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use notify::event::{CreateKind, EventKind, ModifyKind, RemoveKind};

/// Changes that were told since the last look.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// Files that may be part of a property.
    pub(super) files: BTreeSet<PathBuf>,
    /// Whether directories came or went, or events were lost: then everything is looked at.
    pub(super) everything: bool,
}

impl Changes {
    /// Adds what an event tells; `watched` are the directories that it may come from.
    pub(super) fn add(&mut self, event: notify::Result<notify::Event>, watched: &[PathBuf]) {
        let Ok(event) = event else {
            self.everything = true;
            return;
        };
        if event.need_rescan() {
            self.everything = true;
        }
        match event.kind {
            EventKind::Access(_) => return,
            EventKind::Create(CreateKind::Folder) | EventKind::Remove(RemoveKind::Folder) => {
                self.everything |= event.paths.iter().any(|path| !is_hidden(path, watched));
                return;
            }
            _ => {}
        }
        let renamed = matches!(event.kind, EventKind::Modify(ModifyKind::Name(_)));
        for path in event.paths.into_iter().filter(|path| !is_hidden(path, watched)) {
            if is_read(&path) {
                self.files.insert(path);
            } else if renamed && path.extension().is_none() {
                // A directory, perhaps, with properties in it.
                self.everything = true;
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.files.is_empty() && !self.everything
    }
}

/// Whether a file of this name can be part of a property.
fn is_read(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str());
    ending.is_some_and(|ending| ["yaml", "yml", "csv"].contains(&ending))
}

/// Whether a path leads from a watched directory through something hidden, as `.git`, or is an editor's own file.
fn is_hidden(path: &Path, watched: &[PathBuf]) -> bool {
    let inside = watched.iter().filter_map(|directory| path.strip_prefix(directory).ok());
    inside.min_by_key(|inside| inside.components().count()).is_some_and(|inside| {
        inside.components().any(|part| part.as_os_str().as_encoded_bytes().starts_with(b"."))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_editors_and_of_git_are_left_alone() {
        let watched = [PathBuf::from("/.a")];
        assert!(is_hidden(Path::new("/.a/.git/index.yaml"), &watched));
        assert!(is_hidden(Path::new("/.a/b/.keys.yaml.swp"), &watched));
        assert!(!is_hidden(Path::new("/.a/b/keys.yaml"), &watched));
        assert!(is_read(Path::new("/a/people.csv")));
        assert!(!is_read(Path::new("/a/keys.yaml~")));
    }
}
