//! Where the state of a property lies, which providers hold its locks, and who is at work.

use std::path::{Path, PathBuf};

use super::Failure;
use super::settings::AllSettings;
use super::sink::complain;
use crate::drift::{self, Answer, Codes};
use crate::load::Found;
use crate::model::settings::Settings;
use crate::plan::{Recorded, RecordedLock};
use crate::provider::Providers;
use crate::state::{Identity, State, StateError};

/// A property where it is deployed from.
pub(super) struct Site<'d> {
    pub(super) found: &'d Found,
    pub(super) settings: Settings,
    /// The directory of `keyplan.yaml`, or of the property where there is none.
    root: PathBuf,
    pub(super) state: PathBuf,
}

impl<'d> Site<'d> {
    pub(super) fn new(found: &'d Found, settings: &AllSettings) -> Self {
        let file = found.settings.as_deref();
        let settings = settings.of(file).cloned().unwrap_or_default();
        let root = file.unwrap_or(&found.file).parent().map_or_else(PathBuf::new, Path::to_owned);
        let state = root.join(settings.state_path.as_deref().unwrap_or(".keyplan/state.db"));
        Self { found, settings, root, state }
    }

    pub(super) fn providers(&self) -> Result<Providers, Failure> {
        let beside = self.state.parent().unwrap_or(&self.root);
        Providers::new(&self.settings, &self.root, beside).map_err(Failure::Told)
    }

    /// The kept doorcodes of the locks that told theirs; none, and said aloud, where they cannot be opened.
    pub(super) fn codes_told(
        &self,
        id: &str,
        recorded: &Recorded,
        answers: &[Answer],
    ) -> Result<Codes, Failure> {
        let mut codes = Codes::new();
        let locks = recorded.locks.iter().zip(answers);
        let telling: Vec<&RecordedLock> = locks
            .filter(|(lock, answer)| answer.as_ref().is_ok_and(|reading| drift::tells_codes(lock, reading)))
            .map(|(lock, _)| lock)
            .collect();
        if telling.is_empty() {
            return Ok(codes);
        }
        let Some(mut state) = State::read(&self.state)? else { return Ok(codes) };
        let opened = identity().and_then(|identity| state.vault(&identity));
        match opened {
            Err(why) => {
                complain(&format!("`{id}`: doorcodes were not compared, only whether there are any: {why}"))
            }
            Ok(vault) => {
                for lock in telling {
                    codes.extend(state.codes_at(&vault, id, &lock.door)?);
                }
            }
        }
        Ok(codes)
    }

    /// The file that the property is known by to its state.
    pub(super) fn file(&self) -> String {
        let path = self.found.file.canonicalize().unwrap_or_else(|_| self.found.file.clone());
        path.to_string_lossy().into_owned()
    }
}

/// The state at a path, or the error that there is none.
pub(super) fn existing(path: &Path) -> Result<State, Failure> {
    State::read(path)?.ok_or_else(|| no_state(path))
}

pub(super) fn no_state(path: &Path) -> Failure {
    Failure::Told(format!(
        "there is no state {}: nothing has been applied yet; `keyplan apply` makes it",
        path.display()
    ))
}

/// Who is at work, for the log: what the environment says.
pub(super) fn who() -> String {
    let variables = ["KEYPLAN_WHO", "GITHUB_ACTOR", "GITLAB_USER_LOGIN", "USER", "LOGNAME", "USERNAME"];
    let name = variables.iter().filter_map(|name| std::env::var(name).ok()).find(|name| !name.is_empty());
    name.unwrap_or_else(|| "unknown".into()).chars().filter(|c| !c.is_control()).take(100).collect()
}

/// The identity that opens doorcodes: from `KEYPLAN_IDENTITY`, from the file in `KEYPLAN_IDENTITY_FILE`, or from the
/// user's settings, where it is made on first use.
pub(super) fn identity() -> Result<Identity, StateError> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    if let Some(text) = variable("KEYPLAN_IDENTITY") {
        return Identity::parse(&zeroize::Zeroizing::new(text.to_string_lossy().into_owned()));
    }
    if let Some(path) = variable("KEYPLAN_IDENTITY_FILE") {
        return Identity::of_file(Path::new(&path));
    }
    let home = variable("HOME").or_else(|| variable("USERPROFILE")).map(PathBuf::from);
    let path = Identity::default_path(variable("XDG_CONFIG_HOME").map(PathBuf::from), home);
    let path = path.ok_or_else(|| {
        StateError::Sealed(
            "there is nowhere to keep the identity that opens doorcodes: set KEYPLAN_IDENTITY_FILE, or HOME"
                .into(),
        )
    })?;
    Identity::of_file(&path)
}

/// The id of a property, without reading more of it.
pub(super) fn id_of(found: &Found) -> Result<String, Failure> {
    header(found, ["id"]).map(|[id]| id)
}

/// The id of a property and its time zone, without reading more of it.
pub(super) fn place_of(found: &Found) -> Result<(String, chrono_tz::Tz), Failure> {
    let [id, zone] = header(found, ["id", "timezone"])?;
    let unknown = || format!("{}: `{zone}` is no time zone", found.file.display());
    let timezone = zone.parse().map_err(|_| Failure::Told(unknown()))?;
    Ok((id, timezone))
}

fn header<const FIELDS: usize>(
    found: &Found,
    names: [&'static str; FIELDS],
) -> Result<[String; FIELDS], Failure> {
    let mut sources = crate::source::Sources::default();
    let fields = crate::load::property_header(&found.store, &found.file, &mut sources, names)?;
    let mut texts = names.map(|_| String::new());
    for ((text, field), name) in texts.iter_mut().zip(fields).zip(names) {
        let missing =
            || Failure::Told(format!("{} has no `property:` with an `{name}:`", found.file.display()));
        *text = field.ok_or_else(missing)?.1;
    }
    Ok(texts)
}

/// The state that some paths share, and the ids of their properties.
pub(super) fn shared_state(
    global: &super::Global,
    paths: &super::Paths,
) -> Result<(PathBuf, Vec<String>), Failure> {
    let discovery = crate::load::discover(&paths.paths)?;
    if discovery.properties.is_empty() {
        return Err(Failure::Nothing("no property found; name one, or its portfolio".to_owned()));
    }
    let settings = AllSettings::load(global, &discovery)?;
    let mut ids = Vec::new();
    let mut state: Option<PathBuf> = None;
    for found in &discovery.properties {
        let site = Site::new(found, &settings);
        if state.as_ref().is_some_and(|known| *known != site.state) {
            return Err(Failure::Told("these properties have different states: name one of them".to_owned()));
        }
        state = Some(site.state);
        ids.push(id_of(found)?);
    }
    let state = state.ok_or_else(|| Failure::Nothing("no property found".to_owned()))?;
    Ok((state, ids))
}
