//! One property: read, and judged by the rules when it could be understood.

use std::path::{Path, PathBuf};

use super::super::settings::AllSettings;
use super::select::Selection;
use crate::access::Access;
use crate::diagnostic::{self, Level};
use crate::load::{Found, LoadError, Loaded, Workspace, load};
use crate::model::AsOf;
use crate::rules;

/// What every property of a run is judged by.
pub(in crate::cli) struct Examiner<'r> {
    pub(in crate::cli) settings: &'r AllSettings,
    pub(in crate::cli) selection: &'r Selection,
    pub(in crate::cli) as_of: AsOf,
}

impl Examiner<'_> {
    /// Reads a property and adds the findings of the rules to those of its form. Rules are not asked about a property
    /// with errors: what is half understood misleads them, and they would mislead whoever reads them.
    pub(in crate::cli) fn examine(
        &self,
        found: &Found,
        threads: &dyn Fn() -> usize,
        workspace: &mut Workspace,
    ) -> Result<Loaded, LoadError> {
        self.examine_by(found, found.settings.as_deref(), threads, workspace)
    }

    /// The same, by the settings of another place: an earlier revision is judged as the present one is.
    pub(in crate::cli) fn examine_by(
        &self,
        found: &Found,
        settings: Option<&Path>,
        threads: &dyn Fn() -> usize,
        workspace: &mut Workspace,
    ) -> Result<Loaded, LoadError> {
        let providers = self.settings.providers(settings);
        let mut loaded = load(found, providers, self.as_of, threads, workspace)?;
        if loaded.diagnostics.iter().all(|one| one.level != Level::Error) {
            let policy = self.selection.narrow(self.settings.policy(settings));
            let access = Access::resolve(&loaded.property);
            loaded.next_change = access.next_change(&loaded.property);
            loaded.diagnostics.extend(rules::check(&loaded.property, &access, &loaded.trees, &policy));
            let sources = &loaded.property.sources;
            diagnostic::sort(&mut loaded.diagnostics, |span| sources.written(span));
        }
        Ok(loaded)
    }

    /// The same with other texts in place of some files.
    pub(in crate::cli) fn examine_instead(
        &self,
        found: &Found,
        texts: &[(PathBuf, String)],
        workspace: &mut Workspace,
    ) -> Result<Loaded, LoadError> {
        workspace.read_instead(texts.to_vec());
        let loaded = self.examine(found, &|| 1, workspace);
        workspace.read_instead(Vec::new());
        loaded
    }
}
