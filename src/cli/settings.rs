//! The settings of the portfolios that a run meets.

use std::path::{Path, PathBuf};

use super::{Failure, Global, sink};
use crate::diagnostic::Level;
use crate::load::{Discovery, load_settings};
use crate::model::settings::Settings;
use crate::output::check::{Human, masked};
use crate::rules::{self, Policy};

/// The settings by the file that they stand in.
pub(super) struct AllSettings(Vec<(PathBuf, Settings, Vec<String>)>);

impl AllSettings {
    /// Reads every `keyplan.yaml` of a discovery.
    ///
    /// A mistake in one stops the run: what it would have said, say about limits, nobody can know.
    pub(super) fn load(global: &Global, discovery: &Discovery) -> Result<Self, Failure> {
        let mut all = Vec::new();
        let mut flawed = false;
        for path in &discovery.settings {
            let loaded = load_settings(path, &rules::known())?;
            let text = masked(&loaded.diagnostics, &loaded.sources);
            for diagnostic in &loaded.diagnostics {
                flawed |= diagnostic.level == Level::Error;
                sink::complain(
                    Human::new(global.colored()).render(diagnostic, &loaded.sources, &text).trim_end(),
                );
            }
            let providers = loaded.settings.providers.iter().map(|provider| provider.id.clone()).collect();
            all.push((path.clone(), loaded.settings, providers));
        }
        if flawed {
            return Err(Failure::Told("the settings have mistakes, so nothing was done".into()));
        }
        Ok(Self(all))
    }

    /// Which rules run for a property below a `keyplan.yaml`, and at which level.
    pub(super) fn policy(&self, settings: Option<&Path>) -> Policy {
        let found = settings.and_then(|settings| self.0.iter().find(|(path, ..)| path == settings));
        match found {
            Some((_, settings, _)) => Policy::new(settings.profile.as_deref(), &settings.levels),
            None => Policy::new(None, &[]),
        }
    }

    /// What a `keyplan.yaml` says.
    pub(super) fn of(&self, settings: Option<&Path>) -> Option<&Settings> {
        let settings = settings?;
        self.0.iter().find(|(path, ..)| path == settings).map(|(_, settings, _)| settings)
    }

    /// The ids of the providers in a `keyplan.yaml`.
    pub(super) fn providers(&self, settings: Option<&Path>) -> Option<&[String]> {
        let settings = settings?;
        self.0.iter().find(|(path, ..)| path == settings).map(|(.., providers)| providers.as_slice())
    }
}
