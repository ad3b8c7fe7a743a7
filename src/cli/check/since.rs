//! `--since REV`: only findings that are new, or whose object has changed, since a revision of git.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use super::super::Failure;
use super::examine::Examiner;
use crate::diagnostic::{Diagnostic, Level};
use crate::load::{Found, LoadError, Loaded, Revision, Workspace, discover_in};

/// An earlier revision.
pub(in crate::cli) struct Since(Arc<Revision>);

impl Since {
    /// Finds a revision.
    pub(in crate::cli) fn read(revision: &str, near: &Path) -> Result<Self, Failure> {
        Revision::open(revision, near).map(|revision| Self(Arc::new(revision))).map_err(Failure::Told)
    }

    /// Takes out the findings that were there before, about what has not changed.
    pub(in crate::cli) fn filter(
        &self,
        examiner: &Examiner<'_>,
        found: &Found,
        loaded: &mut Loaded,
        workspace: &mut Workspace,
    ) -> Result<(), LoadError> {
        let Some(old) = self.earlier(found)? else { return Ok(()) };
        let old = examiner.examine_by(&old, found.settings.as_deref(), &|| 1, workspace)?;
        if old.diagnostics.iter().any(|one| one.level == Level::Error && one.object.is_empty()) {
            // What was not understood then cannot be compared; everything counts as new.
            return Ok(());
        }
        let mut known: HashMap<(String, String, String, String), usize> = HashMap::new();
        for diagnostic in &old.diagnostics {
            *known.entry(identity(&old, diagnostic)).or_default() += 1;
        }
        let mut kept = std::mem::take(&mut loaded.diagnostics);
        kept.retain(|diagnostic| match known.get_mut(&identity(loaded, diagnostic)) {
            Some(count) if *count > 0 => {
                *count -= 1;
                false
            }
            _ => true,
        });
        loaded.diagnostics = kept;
        workspace.reclaim(old);
        Ok(())
    }

    /// The same property in the revision; `None` when it was not there.
    fn earlier(&self, found: &Found) -> Result<Option<Found>, LoadError> {
        Ok(discover_in(&self.0, std::slice::from_ref(&found.file))?.properties.into_iter().next())
    }
}

/// Rule, object, message, and the text of the entry that it is in.
fn identity(loaded: &Loaded, diagnostic: &Diagnostic) -> (String, String, String, String) {
    let entry = loaded.property.sources.entry(diagnostic.span).to_owned();
    (diagnostic.kind.name.to_owned(), diagnostic.object.clone(), diagnostic.message.clone(), entry)
}
