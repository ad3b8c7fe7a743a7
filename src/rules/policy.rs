//! Which rules run, and at which level.

use super::{RULES, Rule};
use crate::diagnostic::Level;

/// Levels that go together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// A house that its owner looks after.
    Home,
    /// A building with a manager.
    #[default]
    Managed,
    /// A building where a mistake is expensive.
    HighSecurity,
}

impl Profile {
    /// All of them, from the mildest.
    pub const ALL: [Self; 3] = [Self::Home, Self::Managed, Self::HighSecurity];

    /// The word in `keyplan.yaml`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Home => "home",
            Self::Managed => "managed",
            Self::HighSecurity => "high-security",
        }
    }
}

/// The level of every rule, and whether allow comments count.
#[derive(Clone, Debug)]
pub struct Policy {
    profile: Profile,
    /// By the place of the rule in [`RULES`]; `None` for off.
    levels: Vec<Option<Level>>,
    honours_comments: bool,
}

impl Policy {
    /// The levels of a profile (its name; [`Profile::Managed`] without one), with the levels that settings give single
    /// rules. Names are those of [`RULES`]; what is none was refused when the settings were read.
    #[must_use]
    pub fn new(profile: Option<&str>, levels: &[(String, String)]) -> Self {
        let profile =
            Profile::ALL.into_iter().find(|known| Some(known.name()) == profile).unwrap_or_default();
        let mut policy = Self {
            profile,
            levels: RULES.iter().map(|rule| rule.levels[profile as usize]).collect(),
            honours_comments: true,
        };
        for (rule, level) in RULES.iter().zip(&mut policy.levels) {
            let set = levels.iter().find(|(name, _)| rule.kind.name == name || rule.kind.code == name);
            *level = match set.map(|(_, level)| level.as_str()) {
                None => *level,
                Some("error") => Some(Level::Error),
                Some("warning") => Some(Level::Warning),
                Some("info") => Some(Level::Info),
                Some(_) => None,
            };
        }
        policy
    }

    /// Only these rules, also where the profile has them off; and without those. An empty `only` keeps all.
    #[must_use]
    pub fn narrowed(mut self, only: &[&'static Rule], without: &[&'static Rule]) -> Self {
        let among = |rules: &[&'static Rule], rule: &Rule| rules.iter().any(|one| one.kind == rule.kind);
        for (rule, level) in RULES.iter().zip(&mut self.levels) {
            if among(without, rule) || !only.is_empty() && !among(only, rule) {
                *level = None;
            } else if !only.is_empty() && level.is_none() {
                *level = Some(rule.kind.level);
            }
        }
        self
    }

    /// Without regard for allow comments.
    #[must_use]
    pub fn without_comments(mut self) -> Self {
        self.honours_comments = false;
        self
    }

    /// Which levels it started from.
    #[must_use]
    pub fn profile(&self) -> Profile {
        self.profile
    }

    pub(super) fn honours_comments(&self) -> bool {
        self.honours_comments
    }

    /// The level of a rule; `None` for off.
    #[must_use]
    pub fn level(&self, rule: &Rule) -> Option<Level> {
        let index = RULES.iter().position(|one| one.kind == rule.kind)?;
        self.levels[index]
    }

    /// The rules that run, with their levels.
    pub fn rules(&self) -> impl Iterator<Item = (&'static Rule, Level)> {
        RULES.iter().zip(&self.levels).filter_map(|(rule, level)| level.map(|level| (rule, level)))
    }
}
