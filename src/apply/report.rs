//! What came of a plan.

/// What came of one change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was made, and seen in the lock.
    Applied,
    /// It was not made: why.
    Failed(String),
    /// Whether it was made is not known: why.
    Unknown(String),
    /// It was not tried, since something that it needs did not happen: what.
    Skipped(String),
    /// It was not tried, since the lock was changed after the plan was made: how.
    Changed(String),
    /// It was not reached before somebody stopped the run.
    Left,
}

impl Outcome {
    /// The word of every output.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Failed(_) => "failed",
            Self::Unknown(_) => "unknown",
            Self::Skipped(_) => "skipped",
            Self::Changed(_) => "lock-changed",
            Self::Left => "to-do",
        }
    }

    /// Why, where there is something to say.
    #[must_use]
    pub fn why(&self) -> Option<&str> {
        match self {
            Self::Applied | Self::Left => None,
            Self::Failed(why) | Self::Unknown(why) | Self::Skipped(why) | Self::Changed(why) => Some(why),
        }
    }
}

/// What came of a plan, change by change, in its order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// What came of each change.
    pub outcomes: Vec<Outcome>,
    /// Locks that could not be reached, or refused everything: their index, and why.
    pub unreached: Vec<(u32, String)>,
    /// Doors at which entries of ours were gone that the plan was not about, and how many: the next plan puts them back.
    pub lost: Vec<(String, usize)>,
}

impl Report {
    /// Whether everything was applied.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.outcomes.iter().all(|one| *one == Outcome::Applied)
    }

    /// How many changes came to an outcome of this name.
    #[must_use]
    pub fn count(&self, name: &str) -> usize {
        self.outcomes.iter().filter(|one| one.name() == name).count()
    }

    /// All of it in one line, for the log.
    #[must_use]
    pub fn summary(&self, digest: &str) -> String {
        let names = ["applied", "failed", "unknown", "skipped", "lock-changed", "to-do"];
        let counts = names.map(|name| (name, self.count(name)));
        let counts: Vec<String> = counts
            .into_iter()
            .filter(|(name, count)| *count > 0 || *name == "applied")
            .map(|(name, count)| format!("{count} {name}"))
            .collect();
        format!("{digest}, {}", counts.join(", "))
    }
}
