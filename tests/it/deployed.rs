//! A property that is applied to locks of others, as somebody would from a shell.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use keyplan::state::{Identity, State};

use crate::command::{Run, keyplan_with};
use crate::doubles::SEAM_KEY;

/// A system with locks.
pub(crate) struct Hub {
    pub(crate) name: &'static str,
    /// Its settings.
    settings: String,
    /// Its locks, as a model.
    model: &'static str,
}

impl Hub {
    pub(crate) fn zwave(port: u16) -> Self {
        let settings = format!("kind: zwave, address: \"ws://127.0.0.1:{port}\"");
        Self { name: "stick", settings, model: "family: zwave" }
    }

    pub(crate) fn matter(port: u16) -> Self {
        let settings = format!("kind: matter, address: \"ws://127.0.0.1:{port}/ws\"");
        Self { name: "fabric", settings, model: "family: matter" }
    }

    pub(crate) fn seam(port: u16) -> Self {
        let settings = format!("kind: seam, address: \"http://127.0.0.1:{port}\"");
        Self { name: "cloud", settings, model: "family: seam, schedules: { as-dates: true }" }
    }
}

/// A property, its settings and its state.
pub(crate) struct House {
    hubs: Vec<Hub>,
    directory: tempfile::TempDir,
    said: std::cell::RefCell<String>,
}

impl House {
    pub(crate) fn new(hubs: Vec<Hub>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut settings =
            "keyplan: 1\nlimits: { revoke-share: 100%, revoke-count: 100 }\nproviders:\n".to_owned();
        hubs.iter().for_each(|hub| settings += &format!("  {}: {{ {} }}\n", hub.name, hub.settings));
        fs::write(directory.path().join("keyplan.yaml"), settings).unwrap();
        fs::create_dir(directory.path().join("house")).unwrap();
        Self { hubs, directory, said: std::cell::RefCell::default() }
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Doors with what the first hub calls them, or another one after its name and a colon; and who has which hours at all
    /// of them: `always`, `days`, `nights`, `saturdays`, all hours in `january`, or until a minute.
    pub(crate) fn write(&self, doors: &[(&str, &str)], people: &[(&str, &str)]) {
        let mut text = "keyplan: 1\nproperty: { id: house, timezone: Europe/Berlin }\n\
             schedules:\n  days: { mon-fri: 08:00-18:00 }\n  nights: { fri: 22:00-06:00 }\n  saturdays: { sat: 09:00-24:00 }\nlock-models:\n"
            .to_owned();
        self.hubs.iter().for_each(|hub| text += &format!("  {}: {{ {} }}\n", hub.name, hub.model));
        text += "doors:\n";
        for (door, lock) in doors {
            let (hub, id) = lock.split_once(':').unwrap_or((self.hubs[0].name, lock));
            text += &format!(
                "  {door}: {{ kind: entrance, lock: {{ model: {hub}, provider: {hub}, id: \"{id}\" }} }}\n"
            );
        }
        text += "keys:\n";
        for hours in ["always", "days", "nights", "saturdays"] {
            let lines: Vec<String> =
                doors.iter().map(|(door, _)| format!("{door}: {{ schedule: {hours} }}")).collect();
            text += &format!("  {hours}: {{ doors: {{ {} }} }}\n", lines.join(", "));
        }
        text += "people:\n";
        people.iter().for_each(|(person, _)| text += &format!("  {person}: {{}}\n"));
        text += "assignments:\n";
        for (person, hours) in people {
            let (key, dates) = match *hours {
                "january" => ("always", ", from: 2090-01-01, until: 2090-01-31".to_owned()),
                until if until.starts_with('2') => ("always", format!(", until: \"{until}\"")),
                other => (other, String::new()),
            };
            text += &format!("  - {{ to: {person}, keys: [{key}]{dates} }}\n");
        }
        fs::write(self.path().join("house/property.yaml"), text).unwrap();
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        let identity: PathBuf = self.path().join("identity");
        let arguments = [arguments, &["-v", "-v"]].concat();
        let run = keyplan_with(
            self.path(),
            &arguments,
            &[("KEYPLAN_IDENTITY_FILE", &identity.display().to_string()), ("SEAM_API_KEY", SEAM_KEY)],
        );
        self.said.borrow_mut().push_str(&format!("{}{}", run.stdout, run.stderr));
        run
    }

    /// The digits that the state keeps, by door and person.
    pub(crate) fn kept(&self) -> BTreeMap<(String, String), String> {
        self.codes().into_iter().map(|(door, person, digits)| ((door, person), digits)).collect()
    }

    /// The same, all of them: somebody who is two entries of a lock has two doorcodes there.
    pub(crate) fn codes(&self) -> Vec<(String, String, String)> {
        let mut state = State::open(&self.path().join(".keyplan/state.db")).unwrap();
        let identity = Identity::of_file(&self.path().join("identity")).unwrap();
        let vault = state.vault(&identity).unwrap();
        let property = self.id();
        let keys = state.codes(&property).unwrap();
        let doors: BTreeSet<String> = keys.into_iter().map(|key| key.door).collect();
        let codes = doors.iter().flat_map(|door| state.codes_at(&vault, &property, door).unwrap());
        codes.map(|(key, code)| (key.door, key.person, code.reveal().to_owned())).collect()
    }

    /// The id of what is written.
    fn id(&self) -> String {
        let files = fs::read_dir(self.path().join("house")).unwrap().map(|entry| entry.unwrap().path());
        let texts = files.map(|file| fs::read_to_string(file).unwrap());
        let about = texts.filter_map(|text| serde_yaml::from_str::<serde_yaml::Value>(&text).ok());
        let id = about.filter_map(|file| Some(file.get("property")?.get("id")?.as_str()?.to_owned()));
        id.last().unwrap()
    }

    pub(crate) fn apply(&self) -> Run {
        let run = self.run(&["apply", "--yes", "house"]);
        assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
        run
    }

    /// No doorcode was in anything that was printed.
    pub(crate) fn keeps_secrets<'c>(&self, codes: impl IntoIterator<Item = &'c String>) {
        let said = self.said.borrow();
        let mut known = 0;
        for code in codes {
            known += 1;
            assert!(code.len() >= 4, "no code: `{code}`");
            // A digest may have the same digits within it.
            let mut words = said.split(|c: char| !c.is_alphanumeric());
            assert!(!words.any(|word| word == code), "a doorcode was printed");
        }
        assert!(known > 0);
        assert!(!said.contains(SEAM_KEY), "the key was printed");
    }
}
