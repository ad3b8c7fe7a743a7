//! What happens between a plan and its end: doorcodes are taken back, records and files are edited, days pass, runs are ended.
//! Nothing is done then that nobody wants any more, and nothing is said to be done that is not.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::building::Locks;
use crate::command::{Run, keyplan_with};

/// A property whose people, doors and rest are put in.
pub(crate) fn house(people: &str, more: &str) -> String {
    format!(
        "keyplan: 1
property: {{ id: p, timezone: America/New_York }}
{more}
groups:
  homes: {{ kind: residence }}
keys:
  home: {{ each: homes, share: true, doors: [front, $door] }}
  pool: {{ doors: [front, pool] }}
people:
{people}
assignments:
  - {{ to: tenants, keys: [home, pool] }}
"
    )
}

pub(crate) const DOORS: &str = "doors:
  front: { kind: entrance }
  pool: { kind: amenity }
  unit-{1..3}: { kind: residence }
";

/// The same doors, in the simulator.
pub(crate) const SIMULATED: &str = "doors:
  front: { kind: entrance, lock: { provider: hub } }
  pool: { kind: amenity, lock: { provider: hub } }
  unit-{1..3}: { kind: residence, lock: { provider: hub } }
";

pub(crate) const PEOPLE: [&str; 3] = [
    "  ana: { unit: unit-1, teams: [tenants] }",
    "  ben: { unit: unit-2, teams: [tenants] }",
    "  cleo: { unit: unit-3, teams: [tenants] }",
];

/// A directory with a property.
pub(crate) struct Desk {
    directory: tempfile::TempDir,
    locks: Option<Locks>,
}

impl Desk {
    pub(crate) fn on_files() -> Self {
        Self { directory: tempfile::tempdir().unwrap(), locks: None }
    }

    pub(crate) fn on_simulator() -> Self {
        let locks = Locks::start();
        let desk = Self { directory: tempfile::tempdir().unwrap(), locks: None };
        let settings =
            format!("keyplan: 1\nproviders:\n  hub: {{ kind: simulator, address: \"{}\" }}\n", locks.address);
        fs::write(desk.path().join("keyplan.yaml"), settings).unwrap();
        Self { locks: Some(locks), ..desk }
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn write(&self, people: &[&str]) {
        let doors = if self.locks.is_some() { SIMULATED } else { DOORS };
        self.text(&house(&people.join("\n"), doors));
    }

    pub(crate) fn text(&self, text: &str) {
        fs::write(self.path().join("property.yaml"), text).unwrap();
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        run(self.path(), arguments)
    }

    /// Ends as it should.
    pub(crate) fn done(&self, arguments: &[&str]) -> Run {
        let run = self.run(arguments);
        assert_eq!(run.code, 0, "{arguments:?}: {}{}", run.stdout, run.stderr);
        run
    }

    pub(crate) fn call(&mut self, call: &Value) -> Value {
        self.locks.as_mut().unwrap().call(call)
    }

    pub(crate) fn fault(&mut self, door: &str, fault: &str, count: u32) {
        self.call(&json!({"call": "fault", "lock": format!("p/{door}"), "fault": fault, "count": count}));
    }

    pub(crate) fn configure(&mut self, door: &str, settings: &Value) {
        let mut call = json!({"call": "configure", "lock": format!("p/{door}")});
        for (name, value) in settings.as_object().unwrap() {
            call[name] = value.clone();
        }
        self.call(&call);
    }

    /// The digits that a simulated lock has for somebody.
    pub(crate) fn digits(&mut self, door: &str, person: &str) -> Option<String> {
        let memory = self.call(&json!({"call": "memory", "lock": format!("p/{door}")}));
        let slots = memory["slots"].as_object().unwrap().values();
        let theirs: Vec<&Value> = slots.filter(|entry| entry["name"] == person).collect();
        assert!(theirs.len() < 2, "{memory}");
        theirs.first().and_then(|entry| entry["code"].as_str()).map(str::to_owned)
    }

    /// The digits that keyplan keeps for somebody.
    pub(crate) fn kept(&self, door: &str, person: &str) -> Option<String> {
        let identity = keyplan::state::Identity::of_file(&self.path().join("identity")).unwrap();
        let mut state = keyplan::state::State::read(&self.path().join(".keyplan/state.db")).unwrap().unwrap();
        let vault = state.vault(&identity).unwrap();
        let codes = state.codes_at(&vault, "p", door).unwrap();
        codes.into_iter().find(|(key, _)| key.person == person).map(|(_, code)| code.reveal().to_owned())
    }

    pub(crate) fn nothing_to_do(&self) {
        let plan = self.done(&["plan", "--refresh"]);
        assert!(plan.stdout.contains("nothing to do"), "{}", plan.stdout);
    }
}

fn run(directory: &Path, arguments: &[&str]) -> Run {
    let identity = directory.join("identity");
    let variables = [("KEYPLAN_IDENTITY_FILE", identity.to_str().unwrap()), ("KEYPLAN_WHO", "ops")];
    keyplan_with(directory, arguments, &variables)
}

/// A doorcode that was taken back opens nothing once the lock is said to have another, whatever the lock does on the way, and
/// though it tells nobody which one it has.
#[test]
fn a_doorcode_that_was_taken_back_is_gone_when_it_is_said_to_be() {
    for (fault, count) in
        [("none", 0), ("refuse", 1), ("refuse", 2), ("drop", 1), ("drop", 2), ("nonsense", 1), ("timeout", 1)]
    {
        let mut desk = Desk::on_simulator();
        desk.configure("front", &json!({"tells_codes": false}));
        desk.write(&PEOPLE);
        desk.done(&["apply", "--yes"]);
        let old = desk.digits("front", "ana").unwrap();
        let others: Vec<_> = ["ben", "cleo"].map(|person| desk.digits("front", person)).into();
        desk.done(&["codes", "rotate", "ana", "front", "--yes"]);
        // Looking at the lock does not make it forgotten.
        let plan = desk.done(&["plan", "--refresh"]);
        assert!(plan.stdout.contains("1 doorcode made"), "{fault}: {}", plan.stdout);
        if count > 0 {
            desk.fault("front", fault, count);
        }
        let mut last = desk.run(&["apply", "--yes", "--refresh"]);
        for _ in 0..4 {
            if last.code == 0 {
                break;
            }
            last = desk.run(&["apply", "--resume"]);
        }
        assert_eq!(last.code, 0, "{fault}: {}{}", last.stdout, last.stderr);
        let new = desk.digits("front", "ana");
        assert_ne!(new.as_ref(), Some(&old), "{fault}: the lock still has the code that was taken back");
        assert_eq!(new, desk.kept("front", "ana"), "{fault}");
        assert!(new.is_some(), "{fault}");
        assert_eq!(others, ["ben", "cleo"].map(|person| desk.digits("front", person)), "{fault}");
        desk.nothing_to_do();
    }
}

/// A lock that was out of reach, so that a run of one more person is not complete.
pub(crate) fn incomplete() -> Desk {
    let mut desk = Desk::on_simulator();
    desk.write(&PEOPLE[..2]);
    desk.done(&["apply", "--yes"]);
    desk.configure("pool", &json!({"offline": true}));
    desk.write(&PEOPLE);
    assert_eq!(desk.run(&["apply", "--yes"]).code, 15);
    desk.configure("pool", &json!({"offline": false}));
    desk
}

#[test]
fn a_run_is_not_resumed_once_its_record_was_edited() {
    let edits: [&[&str]; 3] = [
        &["codes", "rotate", "ana", "--yes"],
        &["state", "mv", "person", "ben", "bea"],
        &["state", "rm", "unit-2", "--yes"],
    ];
    for edit in edits {
        let mut desk = incomplete();
        desk.done(edit);
        let resumed = desk.run(&["apply", "--resume"]);
        assert_eq!(resumed.code, 12, "{edit:?}: {}{}", resumed.stdout, resumed.stderr);
        assert_eq!(desk.digits("pool", "cleo"), None, "{edit:?}");
    }
    let desk = incomplete();
    desk.done(&["apply", "--resume"]);
    desk.nothing_to_do();
}

/// Somebody who was to get access and is no longer written gets none, and who is written again keeps theirs.
#[test]
fn a_run_is_not_resumed_against_what_is_written_now() {
    let mut desk = incomplete();
    desk.write(&PEOPLE[..2]);
    let resumed = desk.run(&["apply", "--resume"]);
    assert_eq!(resumed.code, 12, "{}{}", resumed.stdout, resumed.stderr);
    assert!(resumed.stderr.contains("`cleo` at `pool`"), "{}", resumed.stderr);
    assert_eq!(desk.digits("pool", "cleo"), None);
    desk.done(&["apply", "--yes"]);
    assert_eq!(desk.digits("front", "cleo"), None);
    desk.nothing_to_do();
    let mut desk = Desk::on_simulator();
    desk.write(&PEOPLE);
    desk.done(&["apply", "--yes"]);
    desk.configure("pool", &json!({"offline": true}));
    desk.write(&PEOPLE[..2]);
    assert_eq!(desk.run(&["apply", "--yes"]).code, 15);
    desk.configure("pool", &json!({"offline": false}));
    desk.write(&PEOPLE);
    let before = desk.digits("pool", "cleo");
    assert_eq!(desk.run(&["apply", "--resume"]).code, 12);
    assert_eq!(desk.digits("pool", "cleo"), before);
}

/// What a lock cannot hold by itself is right until a day: a plan is not applied after it, and none that is for later.
#[test]
fn a_plan_is_applied_within_its_days() {
    let desk = Desk::on_files();
    let lock = "doors:
  front: { kind: entrance, lock: { model: undated } }
  pool: { kind: amenity }
  unit-{1..3}: { kind: residence }
lock-models:
  undated: { dates: false }
";
    let people = "  ana: { unit: unit-1, teams: [tenants], until: 2026-11-25 }";
    desk.text(&house(people, lock));
    let plan = desk.done(&["plan", "--as-of", "2026-11-20", "--out", "x.plan"]);
    assert!(plan.stdout.contains("the next plan is due on 2026-11-26"), "{}", plan.stdout);
    for day in ["2026-11-26", "2026-12-30", "2026-11-19"] {
        let applied = desk.run(&["apply", "x.plan", "--as-of", day]);
        assert_eq!(applied.code, 12, "{day}: {}{}", applied.stdout, applied.stderr);
    }
    desk.done(&["apply", "x.plan", "--as-of", "2026-11-25"]);
}

/// Whoever is ended while the very first state is made has made nothing, and the next run makes it.
#[test]
fn the_first_run_can_be_ended_at_any_moment() {
    let mut ended = 0;
    for number in 0..40u32 {
        let desk = Desk::on_files();
        desk.write(&PEOPLE);
        let mut child = Command::new(env!("CARGO_BIN_EXE_keyplan"))
            .args(["apply", "--yes"])
            .current_dir(desk.path())
            .env_clear()
            .env("KEYPLAN_IDENTITY_FILE", desk.path().join("identity"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Until something of the state is there, and a little longer each time.
        for _ in 0..2_000 {
            let any = fs::read_dir(desk.path().join(".keyplan")).is_ok_and(|files| files.count() > 0);
            if any || child.try_wait().unwrap().is_some() {
                break;
            }
            std::thread::sleep(Duration::from_micros(50));
        }
        std::thread::sleep(Duration::from_micros(u64::from(number) * 400));
        let _ = child.kill();
        ended += u32::from(!child.wait().unwrap().success());
        let resumed = desk.run(&["apply", "--resume"]);
        assert!(matches!(resumed.code, 0 | 12), "{number}: {}{}", resumed.stdout, resumed.stderr);
        desk.done(&["apply", "--yes"]);
        desk.nothing_to_do();
        assert!(desk.done(&["log", "verify"]).stdout.contains("none missing"), "{number}");
    }
    println!("{ended} of 40 runs were ended");
    assert!(ended > 0);
}

#[test]
fn a_push_loses_nothing_that_stands_only_here() {
    let desk = Desk::on_files();
    desk.write(&PEOPLE);
    desk.done(&["apply", "--yes"]);
    let pull =
        |desk: &Desk| fs::write(desk.path().join("copy.json"), desk.done(&["state", "pull"]).stdout).unwrap();
    // A line of the log, and a run that was cut short.
    pull(&desk);
    desk.done(&["state", "recipients", "rotate"]);
    let pushed = desk.run(&["state", "push", "copy.json"]);
    assert!(pushed.code == 2 && pushed.stderr.contains("the log has lines"), "{}", pushed.stderr);
    pull(&desk);
    let connection = rusqlite::Connection::open(desk.path().join(".keyplan/state.db")).unwrap();
    connection
        .execute("INSERT INTO runs(property, digest, plan, started) VALUES('p', '', '', 0)", [])
        .unwrap();
    let pushed = desk.run(&["state", "push", "copy.json"]);
    assert!(pushed.code == 2 && pushed.stderr.contains("was cut short"), "{}", pushed.stderr);
    connection.execute("DELETE FROM runs WHERE plan = ''", []).unwrap();
    drop(connection);
    // What was seen of another record does not count for the one that comes.
    let other = Desk::on_files();
    for entry in ["property.yaml", "identity"] {
        fs::copy(desk.path().join(entry), other.path().join(entry)).unwrap();
    }
    pull(&desk);
    fs::copy(desk.path().join("copy.json"), other.path().join("copy.json")).unwrap();
    other.done(&["state", "push", "copy.json"]);
    let plan = other.done(&["plan"]);
    assert!(plan.stdout.contains("nothing to do"), "{}", plan.stdout);
    desk.done(&["plan"]);
    other.write(&PEOPLE[..2]);
    other.done(&["apply", "--yes"]);
    fs::write(desk.path().join("copy.json"), other.done(&["state", "pull"]).stdout).unwrap();
    desk.done(&["state", "push", "copy.json"]);
    let plan = desk.done(&["plan"]);
    assert!(plan.stdout.contains("cleo"), "{}", plan.stdout);
}

/// Locks that are silent hold up nobody who leaves elsewhere.
#[test]
fn silence_elsewhere_holds_up_nobody_who_leaves() {
    let mut desk = Desk::on_simulator();
    let doors: String = (1..=12)
        .map(|number| format!("  a{number:02}: {{ kind: amenity, lock: {{ provider: hub }} }}\n"))
        .collect();
    let text = |people: &str, more: &str| {
        format!(
            "keyplan: 1
property: {{ id: p, timezone: America/New_York }}
doors:
  zfront: {{ kind: entrance, lock: {{ provider: hub }} }}
{doors}groups:
  amenities: {{ kind: amenity }}
keys:
  front: {{ doors: [zfront] }}
  all: {{ doors: [zfront, amenities] }}
people:
{people}
assignments:
  - {{ to: tenants, keys: [front] }}
{more}"
        )
    };
    desk.text(&text("  ana: { teams: [tenants] }\n  ben: { teams: [tenants] }", ""));
    desk.done(&["apply", "--yes"]);
    for number in 1..=12 {
        desk.configure(&format!("a{number:02}"), &json!({"delay": 400}));
    }
    desk.text(&text("  ana: { teams: [tenants] }", "  - { to: ana, keys: [all] }\n"));
    let applied = desk.run(&["apply", "--yes", "--parallel", "2", "--format", "jsonl"]);
    let first: Value = serde_json::from_str(applied.stdout.lines().next().unwrap()).unwrap();
    assert_eq!((&first["person"], &first["outcome"]), (&json!("ben"), &json!("applied")), "{first}");
}

/// Ctrl-C once ends what is in flight and says what is left; twice stops at once. Either can be resumed.
#[cfg(unix)]
#[test]
fn an_apply_that_is_interrupted_can_be_resumed() {
    use std::io::BufRead;
    for times in [1, 2] {
        let mut desk = Desk::on_simulator();
        desk.write(&PEOPLE);
        for door in ["front", "pool", "unit-1", "unit-2", "unit-3"] {
            desk.configure(door, &json!({"delay": 200}));
        }
        let mut child = Command::new(env!("CARGO_BIN_EXE_keyplan"))
            .args(["apply", "--yes", "--parallel", "1", "--format", "jsonl"])
            .current_dir(desk.path())
            .env_clear()
            .env("KEYPLAN_IDENTITY_FILE", desk.path().join("identity"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = std::io::BufReader::new(child.stdout.take().unwrap()).lines();
        let first: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
        assert_eq!(first["outcome"], "applied");
        let process = rustix::process::Pid::from_child(&child);
        for _ in 0..times {
            rustix::process::kill_process(process, rustix::process::Signal::INT).unwrap();
            std::thread::sleep(Duration::from_millis(50));
        }
        let last = lines.map_while(Result::ok).last();
        assert_eq!(child.wait().unwrap().code(), Some(130));
        if times == 1 {
            let report: Value = serde_json::from_str(&last.unwrap()).unwrap();
            assert!(report["complete"] == false && report["summary"]["to_do"].as_u64() > Some(0), "{report}");
            assert_eq!(report["summary"]["unknown"], 0, "{report}");
        }
        let before = desk.digits("front", "ana");
        desk.done(&["apply", "--resume"]);
        assert!(before.is_none() || desk.digits("front", "ana") == before);
        desk.nothing_to_do();
    }
}
