//! A state that is cut short, full, read-only, held, or from another time: a clear error, and nothing lost.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::channel;
use std::time::Duration;

use chrono::NaiveDate;
use keyplan::provider::{LockName, Provider, ProviderError, Reader, Reading, Write};
use keyplan::state::{State, StateError};

use crate::building::{Desk, providers};
use crate::command::{Run, keyplan_with};
use crate::loaded;

const HOUSE: &str = "keyplan: 1
property: { id: p, timezone: America/New_York }
doors:
  front: { kind: entrance }
  unit-{1..2}: { kind: residence }
groups:
  homes: { kind: residence }
keys:
  home: { each: homes, share: true, doors: [front, $door] }
people:
  ana: { unit: unit-1, teams: [tenants] }
  ben: { unit: unit-2, teams: [tenants] }
assignments:
  - { to: tenants, keys: [home] }
";

/// A house, applied once.
fn applied() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("property.yaml"), HOUSE).unwrap();
    let run = run(directory.path(), &["apply", "--yes"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    directory
}

fn run(directory: &Path, arguments: &[&str]) -> Run {
    let identity = directory.join("identity");
    let variables = [("KEYPLAN_IDENTITY_FILE", identity.to_str().unwrap()), ("KEYPLAN_WHO", "ops")];
    keyplan_with(directory, arguments, &variables)
}

/// One person moves out.
fn edit(directory: &Path) {
    let text = HOUSE.replace("  ben: { unit: unit-2, teams: [tenants] }\n", "");
    fs::write(directory.join("property.yaml"), text).unwrap();
}

#[test]
fn a_state_cut_short_at_any_byte_is_told_and_left_alone() {
    let directory = applied();
    let path = directory.path().join(".keyplan/state.db");
    let whole = fs::read(&path).unwrap();
    let copy = directory.path().join("cut.db");
    let mut lengths = 0;
    for length in (0..whole.len()).rev() {
        // Every byte of the first pages and around the edges of all; in between, one in 97.
        if length > 9000 && length % 97 != 0 && length % 4096 > 2 && length % 4096 < 4094 {
            continue;
        }
        fs::write(&copy, &whole[..length]).unwrap();
        for opened in [State::read(&copy).map(|_| ()), State::open(&copy).map(|_| ())] {
            match opened {
                Err(StateError::Damaged(..)) => {}
                other => panic!("{length} bytes: {other:?}"),
            }
        }
        assert_eq!(fs::read(&copy).unwrap(), whole[..length], "{length} bytes: it was written to");
        lengths += 1;
    }
    println!("cut at {lengths} lengths");
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    edit(directory.path());
    let run = run(directory.path(), &["plan"]);
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.contains("is damaged") && run.stderr.contains("nothing was written"),
        "{}",
        run.stderr
    );
}

#[test]
fn two_runs_at_once_are_told_apart_and_a_dead_one_is_not_waited_for() {
    let directory = applied();
    edit(directory.path());
    let path = directory.path().join(".keyplan/state.db");
    let mut state = State::open(&path).unwrap();
    let lease = state.hold("p", "somebody else").unwrap();
    let held = run(directory.path(), &["apply", "--yes"]);
    assert_eq!(held.code, 13, "{}", held.stderr);
    assert!(
        held.stderr.contains("somebody else") && held.stderr.contains("state lock release p"),
        "{}",
        held.stderr
    );
    let list = run(directory.path(), &["state", "lock", "list"]);
    assert!(list.stdout.contains("somebody else"), "{}", list.stdout);
    // A clock that was set back, and one that was set ahead: whoever lives keeps the property until silent for long.
    let beat = |seconds: i64| {
        let connection = rusqlite::Connection::open(&path).unwrap();
        connection.execute("UPDATE leases SET beat = beat + ?1, since = since + ?1", [seconds]).unwrap();
    };
    beat(100_000);
    assert_eq!(run(directory.path(), &["apply", "--yes"]).code, 13);
    beat(-100_030);
    assert_eq!(run(directory.path(), &["apply", "--yes"]).code, 13);
    // The one who was released notices at the next write, and stops.
    let released = run(directory.path(), &["state", "lock", "release", "p"]);
    assert_eq!(released.code, 0, "{}", released.stderr);
    assert!(run(directory.path(), &["log"]).stdout.contains("lease-released"));
    assert_eq!(run(directory.path(), &["apply", "--yes"]).code, 0);
    assert!(matches!(state.settle(&lease), Ok(())));
    // A process that is gone holds nothing.
    let mut child = Command::new("true").spawn().unwrap();
    child.wait().unwrap();
    state.hold("p", "the dead").unwrap();
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.execute("UPDATE leases SET pid = ?1", [i64::from(child.id())]).unwrap();
    fs::write(directory.path().join("property.yaml"), HOUSE).unwrap();
    assert_eq!(run(directory.path(), &["apply", "--yes"]).code, 0);
}

#[test]
fn a_run_that_lost_its_lease_writes_nothing_more() {
    let directory = applied();
    let path = directory.path().join(".keyplan/state.db");
    let mut state = State::open(&path).unwrap();
    let lease = state.hold("p", "slow").unwrap();
    let mut other = State::open(&path).unwrap();
    other.release("p").unwrap();
    let taken = other.hold("p", "fast").unwrap();
    let journal = keyplan::state::Journal::start(state, lease, 1, 0);
    let written = journal.submit(Vec::new()).unwrap().wait();
    assert!(matches!(written, Err(StateError::Lost(_))), "{written:?}");
    assert!(journal.submit(Vec::new()).unwrap().wait().is_err(), "it went on writing");
    other.let_go(&taken).unwrap();
}

/// Two locks; while the front one is written, another run takes the property over.
struct Taken {
    state: PathBuf,
}

impl Reader for Taken {
    fn read(&self, _: LockName<'_>) -> Result<Reading, ProviderError> {
        Ok(Reading { entries: Vec::new(), capacity: None })
    }

    fn parallel(&self) -> usize {
        2
    }
}

impl Provider for Taken {
    fn batch(&self) -> usize {
        1
    }

    fn write(&self, lock: LockName<'_>, writes: &[Write<'_>]) -> Vec<Result<(), ProviderError>> {
        if lock.door == "front" {
            // By then whoever has written the other one waits for this one.
            std::thread::sleep(Duration::from_millis(300));
            let mut other = State::open(&self.state).unwrap();
            other.release("p").unwrap();
            other.hold("p", "fast").unwrap();
        }
        writes.iter().map(|_| Err(ProviderError::Refused("it is a test".to_owned()))).collect()
    }
}

/// A run that can note nothing any more ends, also where one lock waits for another.
#[test]
fn a_run_that_cannot_go_on_ends_while_locks_wait_for_each_other() {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let text = "keyplan: 1
property: { id: p, timezone: UTC }
doors: { front: { kind: entrance }, back: { kind: entrance } }
keys: { all: { doors: [front, back] } }
people: { ana: {} }
assignments: [{ to: ana, keys: [all] }]
";
        let day = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
        let house = loaded(&[("property.yaml".into(), text.into())], day).unwrap();
        let desk = Desk::new();
        let plan = desk.plan(&house).plan;
        assert_eq!(plan.locks.len(), 2);
        let providers = providers(Taken { state: desk.state.clone() });
        let ended = desk.apply(&plan, &providers, &Default::default(), None);
        sender.send(matches!(ended, Err(StateError::Lost(_)))).unwrap();
    });
    assert_eq!(receiver.recv_timeout(Duration::from_secs(60)), Ok(true), "it does not end, or not with that");
}

/// Runs a script with a small disk of its own at `$1`; `None` where the machine does not allow that.
fn with_small_disk(directory: &Path, script: &str) -> Option<(i32, String)> {
    let output = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"])
        .arg(directory.join(".keyplan"))
        .arg(env!("CARGO_BIN_EXE_keyplan"))
        .current_dir(directory)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("KEYPLAN_IDENTITY_FILE", directory.join("identity"))
        .output()
        .ok()?;
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(!text.contains("panicked at"), "{text}");
    let code = output.status.code()?;
    if code == 77 || text.starts_with("unshare:") {
        println!("no mounts of one's own on this machine: {text}");
        return None;
    }
    Some((code, text))
}

#[test]
fn a_full_disk_and_a_read_only_state_lose_nothing() {
    let directory = tempfile::tempdir().unwrap();
    // Enough people that the state does not fit on the small disk.
    let people: String =
        (0..400).map(|number| format!("  p{number}: {{ unit: unit-1, teams: [tenants] }}\n")).collect();
    let text = HOUSE.replace("  ana: { unit: unit-1, teams: [tenants] }\n", &people);
    fs::write(directory.path().join("property.yaml"), text).unwrap();
    fs::create_dir(directory.path().join(".keyplan")).unwrap();
    // Where the state cannot even be made there is nothing to go on with; where it is full later, while other locks wait or
    // are worked on, there is.
    for (size, go_on) in [(150, "true")]
        .into_iter()
        .chain((440..=640).step_by(40).map(|size| (size, "\"$2\" apply --resume >/dev/null")))
    {
        let full = with_small_disk(
            directory.path(),
            &format!(
                "mount -t tmpfs -o size={size}k none \"$1\" || exit 77; timeout 60 \"$2\" apply --yes; code=$?
                 mount -o remount,size=64m \"$1\"; {go_on} && \"$2\" apply --yes >/dev/null || exit 99
                 \"$2\" plan --detailed-exitcode >/dev/null || exit 98; exit $code"
            ),
        );
        if let Some((code, told)) = full {
            assert!([2, 15, 16].contains(&code), "{size}: {code}: {told}");
            assert!(told.contains("the disk is full") || told.contains("No space left"), "{size}: {told}");
        }
    }
    let house = applied();
    edit(house.path());
    let before = fs::read(house.path().join(".keyplan/state.db")).unwrap();
    let read_only = with_small_disk(
        house.path(),
        "mount --bind \"$1\" \"$1\" && mount -o remount,bind,ro \"$1\" || exit 77; \"$2\" plan >/dev/null || exit 97
         \"$2\" apply --yes",
    );
    if let Some((code, told)) = read_only {
        assert_eq!(code, 2, "{told}");
        assert!(
            told.contains("cannot be written") || told.contains("readonly") || told.contains("read-only"),
            "{told}"
        );
    }
    assert_eq!(fs::read(house.path().join(".keyplan/state.db")).unwrap(), before);
    assert_eq!(run(house.path(), &["apply", "--yes"]).code, 0);
}

#[test]
fn the_log_tells_missing_and_changed_lines() {
    let directory = applied();
    let path = directory.path().join(".keyplan/state.db");
    assert_eq!(run(directory.path(), &["log", "verify"]).code, 0);
    let whole = fs::read(&path).unwrap();
    for (sql, told) in [
        ("UPDATE log SET who = 'nobody' WHERE number = 1", "line 1 of the log was changed"),
        ("DELETE FROM log WHERE number = 1", "line 1 of the log is missing"),
        ("DELETE FROM log WHERE number = (SELECT max(number) FROM log)", "is missing"),
    ] {
        let connection = rusqlite::Connection::open(&path).unwrap();
        connection.execute(sql, []).unwrap();
        connection.close().unwrap();
        let run = run(directory.path(), &["log", "verify"]);
        assert_eq!(run.code, 1, "{sql}");
        assert!(run.stderr.contains(told), "{sql}: {}", run.stderr);
        fs::write(&path, &whole).unwrap();
    }
}

#[test]
fn plan_apply_and_drift_print_what_their_schemas_say() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("property.yaml"), HOUSE).unwrap();
    let valid = |name: &str, text: &str| {
        let schema = keyplan::output::schema::schema(name).unwrap();
        let validator = jsonschema::draft202012::new(&schema).unwrap();
        let document: serde_json::Value = serde_json::from_str(text).unwrap();
        let errors: Vec<String> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{name}: {errors:?}\n{text}");
        document
    };
    let plan = run(directory.path(), &["plan", "--format", "json"]);
    assert_eq!(valid("plan", &plan.stdout)["summary"]["doorcodes_made"], 4);
    let apply = run(directory.path(), &["apply", "--yes", "--format", "json"]);
    assert_eq!(valid("apply", &apply.stdout)["complete"], true);
    // Once planned in full, then known by the files alone.
    assert_eq!(
        valid("plan", &run(directory.path(), &["plan", "--format", "json"]).stdout)["unchanged"],
        false
    );
    assert_eq!(
        valid("plan", &run(directory.path(), &["plan", "--format", "json"]).stdout)["unchanged"],
        true
    );
    fs::remove_file(directory.path().join(".keyplan/locks/p/front.json")).unwrap();
    let drift = run(directory.path(), &["drift", "--format", "json", "--detailed-exitcode"]);
    assert_eq!(drift.code, 10);
    assert_eq!(valid("drift", &drift.stdout)["summary"]["damaged"], 2);
    edit(directory.path());
    let lines = run(directory.path(), &["apply", "--refresh", "--yes", "--format", "jsonl"]);
    assert_eq!(lines.code, 0, "{}", lines.stderr);
    assert!(
        lines.stdout.lines().count() > 2 && lines.stdout.contains(r#""event":"change""#),
        "{}",
        lines.stdout
    );
    valid("apply", lines.stdout.lines().last().unwrap());
}

/// Whoever loosens a guard in the same change is still judged by the one that held before it.
#[test]
fn a_guard_that_is_loosened_counts_from_the_next_plan_on() {
    let directory = tempfile::tempdir().unwrap();
    let settings = |count: u32| {
        fs::write(
            directory.path().join("keyplan.yaml"),
            format!("keyplan: 1\nlimits: {{ revoke-count: {count} }}\n"),
        )
        .unwrap();
    };
    settings(0);
    fs::write(directory.path().join("property.yaml"), HOUSE).unwrap();
    assert_eq!(run(directory.path(), &["apply", "--yes"]).code, 0);
    settings(100);
    edit(directory.path());
    let refused = run(directory.path(), &["apply", "--yes"]);
    assert_eq!(refused.code, 11, "{}", refused.stderr);
    assert!(refused.stderr.contains("the limit is 0"), "{}", refused.stderr);
    // Applied by itself, the looser guard holds.
    fs::write(directory.path().join("property.yaml"), HOUSE).unwrap();
    assert_eq!(run(directory.path(), &["apply", "--yes"]).code, 0);
    edit(directory.path());
    let run = run(directory.path(), &["apply", "--yes"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
}

/// A lock without a network: what somebody has to do there, and until when it opens to those who left.
#[test]
fn an_offline_lock_gets_a_list_for_a_visit() {
    let directory = tempfile::tempdir().unwrap();
    let house = HOUSE
        .replace("doors:\n", "lock-models:\n  box: { online: false }\ndoors:\n")
        .replace("front: { kind: entrance }", "front: { kind: entrance, lock: { model: box } }");
    fs::write(directory.path().join("property.yaml"), &house).unwrap();
    assert_eq!(run(directory.path(), &["apply", "--yes"]).code, 0);
    let without = house.replace("  ben: { unit: unit-2, teams: [tenants] }\n", "");
    fs::write(directory.path().join("property.yaml"), without).unwrap();
    let plan = run(directory.path(), &["plan"]);
    assert!(
        plan.stdout.contains("visit `front`")
            && plan.stdout.contains("take `ben` out of slot 2; until the visit the lock opens to them"),
        "{}",
        plan.stdout
    );
}

#[test]
fn a_pulled_state_comes_back_and_an_older_one_does_not() {
    let directory = applied();
    let pulled = run(directory.path(), &["state", "pull"]);
    assert_eq!(pulled.code, 0);
    let copy = directory.path().join("copy.json");
    fs::write(&copy, &pulled.stdout).unwrap();
    let path = directory.path().join(".keyplan/state.db");
    fs::remove_file(&path).unwrap();
    let pushed = run(directory.path(), &["state", "push", "copy.json"]);
    assert_eq!(pushed.code, 0, "{}", pushed.stderr);
    let plan = run(directory.path(), &["plan", "--detailed-exitcode"]);
    assert_eq!(plan.code, 0, "{}", plan.stdout);
    edit(directory.path());
    assert_eq!(run(directory.path(), &["apply", "--yes"]).code, 0);
    let pushed = run(directory.path(), &["state", "push", "copy.json"]);
    assert_eq!(pushed.code, 2);
    assert!(pushed.stderr.contains("newer"), "{}", pushed.stderr);
}

/// A state that an older keyplan wrote is brought up to date, and nothing of it is lost.
#[test]
fn a_state_of_an_older_version_is_brought_up_to_date() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("property.yaml"), HOUSE).unwrap();
    let applied = run(directory.path(), &["apply", "--yes"]);
    assert_eq!(applied.code, 0, "{}{}", applied.stdout, applied.stderr);
    let codes = run(directory.path(), &["codes", "list"]).stdout;
    let connection = rusqlite::Connection::open(directory.path().join(".keyplan/state.db")).unwrap();
    let ids: Vec<(String, String)> = connection
        .prepare("SELECT property, ids FROM people")
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    connection
        .execute_batch(
            "DROP TABLE people;
             CREATE TABLE people(property TEXT, number INTEGER, id TEXT NOT NULL, PRIMARY KEY(property, number)) WITHOUT ROWID;
             ALTER TABLE locks DROP COLUMN timezone;
             ALTER TABLE runs DROP COLUMN serial;
             PRAGMA user_version = 1;",
        )
        .unwrap();
    for (property, ids) in &ids {
        // The numbers say in which order they are, and nothing else does.
        for (number, id) in ids.lines().enumerate().collect::<Vec<_>>().into_iter().rev() {
            connection
                .execute(
                    "INSERT INTO people VALUES(?1, ?2, ?3)",
                    rusqlite::params![property, number as u32, id],
                )
                .unwrap();
        }
    }
    assert!(ids.iter().any(|(_, ids)| ids.lines().count() > 1));
    drop(connection);
    let plan = run(directory.path(), &["plan"]);
    assert!(
        plan.code == 2 && plan.stderr.contains("`keyplan state repair` brings it up to date"),
        "{}",
        plan.stderr
    );
    let repair = run(directory.path(), &["state", "repair"]);
    assert_eq!(repair.code, 0, "{}{}", repair.stdout, repair.stderr);
    let plan = run(directory.path(), &["plan"]);
    assert!(plan.code == 0 && plan.stdout.contains("nothing to do"), "{}{}", plan.stdout, plan.stderr);
    assert_eq!(run(directory.path(), &["codes", "list"]).stdout, codes);
}

#[test]
fn an_id_in_quotes_is_the_same_id() {
    for (id, zone) in [("'p'", "'America/New_York'"), ("\"\\x70\"", "\"America/New_York\"")] {
        let directory = tempfile::tempdir().unwrap();
        let text = HOUSE.replace("id: p,", &format!("id: {id},")).replace("America/New_York", zone);
        fs::write(directory.path().join("property.yaml"), text).unwrap();
        // Every way to a property by its id leads to it.
        for arguments in [
            &["plan", "--out", "the.plan"][..],
            &["apply", "the.plan"],
            &["drift"],
            &["codes", "list"],
            &["codes", "rotate", "ana", "--yes"],
            &["apply", "--yes"],
            &["state", "list"],
        ] {
            let run = run(directory.path(), arguments);
            assert_eq!(run.code, 0, "{id} {arguments:?}: {}{}", run.stdout, run.stderr);
            assert!(!run.stderr.contains("no doorcode"), "{id} {arguments:?}: {}", run.stderr);
        }
        assert!(run(directory.path(), &["codes", "list"]).stdout.contains("ana"));
    }
}
