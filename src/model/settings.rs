//! The settings of a portfolio, `keyplan.yaml`.

/// What `keyplan.yaml` says, understood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Which levels the rules start from.
    pub profile: Option<String>,
    /// The level of single rules, by name or code, in the order written.
    pub levels: Vec<(String, String)>,
    /// The largest share of a lock's credentials that a plan may revoke, in percent.
    pub revoke_share: Option<u8>,
    /// The largest number of credentials that a plan may revoke.
    pub revoke_count: Option<u32>,
    /// Where the state lies, relative to the file.
    pub state_path: Option<String>,
    /// The systems that hold the locks.
    pub providers: Vec<Provider>,
}

/// A rule as settings may name it.
#[derive(Clone, Copy, Debug)]
pub struct KnownRule {
    /// Its name.
    pub name: &'static str,
    /// Its code.
    pub code: &'static str,
    /// Whether no setting turns it off.
    pub binding: bool,
    /// Whether no setting changes its level either.
    pub fixed: bool,
}

/// A system that holds locks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    /// Its id.
    pub id: String,
    /// Which kind of system it is.
    pub kind: String,
    /// Where its files lie, relative to the settings.
    pub path: Option<String>,
    /// Where it is reached.
    pub address: Option<String>,
    /// The variable of the environment with the key to it.
    pub key_variable: Option<String>,
    /// Whether doorcodes stand in its files as they are.
    pub plain: bool,
}
