//! Z-Wave locks, on the driver, the server and the mock network that the makers of Z-Wave JS wrote. What a lock holds is
//! read from its own memory, through a side door of the double.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use crate::command::{Run, keyplan_with, root};

/// A holder, and the code.
type HeldCode = (u32, String);
/// Holder, slot and kind as the lock calls them, and the schedule.
type HeldSchedule = (String, Value);

/// The network, for as long as a test lives.
struct Stick {
    child: Child,
    /// What it prints; it ends when nobody listens.
    _said: BufReader<ChildStdout>,
    server: u16,
    side: u16,
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Stick {
    fn start() -> Self {
        let installed = root().join("target/doubles/zwave");
        assert!(
            installed.join("node_modules").is_dir(),
            "the Z-Wave locks to test on are not installed; `tests/run` installs them and runs the tests"
        );
        let (server, side) = (free_port(), free_port());
        // Beside the packages it needs, and each its own: another test may be reading it.
        let script = installed.join(format!("stick-{}-{server}.mjs", std::process::id()));
        fs::copy(root().join("tests/doubles/zwave/stick.mjs"), &script).unwrap();
        let mut child = Command::new("node")
            .arg(&script)
            .args([server.to_string(), side.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        let ready = said.by_ref().lines().map_while(Result::ok).any(|line| line == "READY");
        assert!(ready, "the network did not start");
        // It was read to its end by then.
        let _ = fs::remove_file(&script);
        Self { child, _said: said, server, side }
    }

    fn side_door(&self, method: &str, path: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.side)).unwrap();
        let length = body.len();
        write!(stream, "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}")
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// What a lock holds itself: codes by holder, and schedules by holder and slot, as the lock has them.
    fn memory(&self, node: u32) -> (Vec<HeldCode>, Vec<HeldSchedule>) {
        let answer = self.side_door("GET", &format!("/state/{node}"), "");
        let start = answer.find('{').unwrap_or_else(|| panic!("{answer}"));
        let end = answer.rfind('}').unwrap();
        let state: Value = serde_json::from_str(&answer[start..=end]).unwrap();
        let (mut codes, mut schedules) = (Vec::new(), Vec::new());
        for (key, value) in state.as_object().unwrap() {
            if let Some(user) = key.strip_prefix("UserCode_userCode_")
                && state[format!("UserCode_userIdStatus_{user}")] == 1
            {
                codes.push((user.parse().unwrap(), text(value)));
            }
            if let Some(place) = key.strip_prefix("ScheduleEntryLock_schedule_")
                && value.as_object().is_some_and(|value| !value.is_empty())
            {
                schedules.push((place.to_owned(), value.clone()));
            }
        }
        codes.sort();
        schedules.sort_by(|one, other| one.0.cmp(&other.0));
        (codes, schedules)
    }

    fn set(&self, node: u32, state: &Value) {
        self.side_door("PUT", &format!("/state/{node}"), &state.to_string());
    }
}

impl Drop for Stick {
    fn drop(&mut self) {
        // It ends with its input, and cleans up; if it does not, it is ended.
        drop(self.child.stdin.take());
        for _ in 0..50 {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A code as a lock keeps it: old ones keep bytes.
fn text(code: &Value) -> String {
    let byte = |place: usize| Some(char::from(code[place.to_string()].as_u64()? as u8));
    code.as_str().map_or_else(|| (0..).map_while(byte).collect(), str::to_owned)
}

/// A property on that network.
struct House {
    directory: tempfile::TempDir,
    said: std::cell::RefCell<String>,
}

impl House {
    fn new(port: u16) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let settings = format!(
            "keyplan: 1\nproviders:\n  hub: {{ kind: zwave, address: \"ws://127.0.0.1:{port}\" }}\n\
             limits: {{ revoke-share: 100%, revoke-count: 100 }}\n"
        );
        fs::write(directory.path().join("keyplan.yaml"), settings).unwrap();
        fs::create_dir(directory.path().join("house")).unwrap();
        Self { directory, said: std::cell::RefCell::default() }
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Doors with their nodes, and who has which hours at all of them: `always`, `days`, `nights`, `saturdays`, or
    /// all hours in `january`.
    fn write(&self, doors: &[(&str, &str)], people: &[(&str, &str)]) {
        let mut text = "keyplan: 1\nproperty: { id: house, timezone: Europe/Berlin }\n\
             lock-models: { keypad: { family: zwave } }\n\
             schedules:\n  days: { mon-fri: 08:00-18:00 }\n  nights: { fri: 22:00-06:00 }\n  saturdays: { sat: 09:00-24:00 }\ndoors:\n"
            .to_owned();
        for (door, node) in doors {
            text += &format!(
                "  {door}: {{ kind: entrance, lock: {{ model: keypad, provider: hub, id: \"{node}\" }} }}\n"
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
                "january" => ("always", ", from: 2027-01-01, until: 2027-01-31"),
                other => (other, ""),
            };
            text += &format!("  - {{ to: {person}, keys: [{key}]{dates} }}\n");
        }
        fs::write(self.path().join("house/property.yaml"), text).unwrap();
    }

    fn run(&self, arguments: &[&str]) -> Run {
        let identity: PathBuf = self.path().join("identity");
        let arguments = [arguments, &["-v", "-v"]].concat();
        let run = keyplan_with(
            self.path(),
            &arguments,
            &[("KEYPLAN_IDENTITY_FILE", &identity.display().to_string())],
        );
        self.said.borrow_mut().push_str(&format!("{}{}", run.stdout, run.stderr));
        run
    }

    fn apply(&self) -> Run {
        let run = self.run(&["apply", "--yes", "house"]);
        assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
        run
    }

    /// No doorcode was in anything that was printed.
    fn keeps_secrets(&self, codes: &[(u32, String)]) {
        let said = self.said.borrow();
        assert!(!codes.is_empty());
        for (_, code) in codes {
            assert!(code.len() >= 4, "no code: `{code}`");
            // A digest may have the same digits within it.
            let mut words = said.split(|c: char| !c.is_alphanumeric());
            assert!(!words.any(|word| word == code), "a doorcode was printed");
        }
    }
}

fn week_day(weekday: u8, from: (u8, u8), stop: (u8, u8)) -> Value {
    json!({"weekday": weekday, "startHour": from.0, "startMinute": from.1, "stopHour": stop.0, "stopMinute": stop.1})
}

#[test]
fn a_lock_of_others_holds_what_is_written() {
    let stick = Stick::start();
    let house = House::new(stick.server);
    let people = [("ann", "always"), ("bob", "days"), ("cleo", "nights"), ("dan", "january")];
    // What somebody left behind who had the slot before would narrow, or widen, what the next one gets.
    stick.set(2, &json!({"ScheduleEntryLock_schedule_1_3_0": week_day(1, (1, 0), (2, 0))}));
    house.write(&[("front", "2")], &people);
    house.apply();
    let (codes, schedules) = stick.memory(2);
    assert_eq!(codes.iter().map(|(user, _)| *user).collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert!(codes.iter().all(|(_, code)| code.len() >= 4 && code.bytes().all(|byte| byte.is_ascii_digit())));
    // Read from the lock's own memory: ann at any time, bob on five days until the last minute, cleo's night in two parts.
    let mut expected: Vec<(String, Value)> =
        (1..=5u8).map(|day| (format!("2_{day}_0"), week_day(day, (8, 0), (17, 59)))).collect();
    expected.push(("3_1_0".into(), week_day(5, (22, 0), (23, 59))));
    expected.push(("3_2_0".into(), week_day(6, (0, 0), (5, 59))));
    // Years are counted from 2000, in one byte.
    let january = json!({
        "startYear": 27, "startMonth": 1, "startDay": 1, "startHour": 0, "startMinute": 0,
        "stopYear": 27, "stopMonth": 1, "stopDay": 31, "stopHour": 23, "stopMinute": 59,
    });
    expected.push(("4_1_1".into(), january));
    assert_eq!(schedules, expected);
    let plan = house.run(&["plan", "house"]);
    assert!(plan.code == 0 && plan.stdout.contains("nothing to do"), "{}{}", plan.stdout, plan.stderr);
    let drift = house.run(&["drift", "house"]);
    assert!(drift.code == 0 && drift.stdout.contains("nothing differs"), "{}{}", drift.stdout, drift.stderr);
    // Another schedule for bob, and the others leave: bob's code stays the same.
    house.write(&[("front", "2")], &[("ann", "always"), ("bob", "saturdays")]);
    house.run(&["apply", "--yes", "house"]);
    let (after, schedules) = stick.memory(2);
    assert_eq!(after, codes[..2], "codes stay, and those of the others are gone");
    assert_eq!(schedules, [("2_1_0".to_owned(), week_day(6, (9, 0), (23, 59)))]);
    house.keeps_secrets(&codes);
}

#[test]
fn damage_is_seen_and_repaired_with_the_same_codes() {
    let stick = Stick::start();
    let house = House::new(stick.server);
    house.write(&[("front", "2")], &[("ann", "always"), ("bob", "days")]);
    house.apply();
    let before = stick.memory(2);
    // What a gateway does that has lost its cache: every code is gone, the schedules stay.
    for user in 1..=2 {
        stick.set(
            2,
            &json!({format!("UserCode_userIdStatus_{user}"): 0, format!("UserCode_userCode_{user}"): ""}),
        );
    }
    let drift = house.run(&["drift", "house"]);
    assert!(drift.stdout.contains("2 entries of ours damaged"), "{}{}", drift.stdout, drift.stderr);
    let run = house.run(&["apply", "--yes", "--refresh", "house"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert_eq!(stick.memory(2), before);
    // A code that somebody changed at the keypad.
    stick.set(2, &json!({"UserCode_userCode_2": "24680135"}));
    let drift = house.run(&["drift", "house"]);
    assert!(
        drift.stdout.contains("`bob` was changed, its doorcode is another"),
        "{}{}",
        drift.stdout,
        drift.stderr
    );
    assert!(drift.stdout.contains("1 entry of ours damaged"), "{}{}", drift.stdout, drift.stderr);
    // Whoever cannot open the codes is told that they were not compared.
    let identity = house.path().join("other").display().to_string();
    let blind = keyplan_with(house.path(), &["drift", "house"], &[("KEYPLAN_IDENTITY_FILE", &identity)]);
    assert!(blind.code == 0 && blind.stdout.contains("nothing differs"), "{}{}", blind.stdout, blind.stderr);
    assert!(blind.stderr.contains("doorcodes were not compared"), "{}{}", blind.stdout, blind.stderr);
    let run = house.run(&["apply", "--yes", "--refresh", "house"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert_eq!(stick.memory(2), before);
    house.keeps_secrets(&before.0);
}

#[test]
fn what_is_reported_as_done_is_there_though_no_call_was_confirmed() {
    let stick = Stick::start();
    let house = House::new(stick.server);
    house.write(&[("old", "3")], &[("ann", "always")]);
    house.apply();
    house.write(&[("old", "3")], &[("ann", "always"), ("bob", "always")]);
    stick.side_door("GET", "/ack/3/off", "");
    let run = house.run(&["apply", "--yes", "house"]);
    stick.side_door("GET", "/ack/3/on", "");
    // The lock may have done it though no call was confirmed; what is reported as done is there, and only that.
    let there = stick.memory(3).0.len();
    match run.code {
        0 => assert_eq!(there, 2, "{}", run.stdout),
        _ => {
            let run = house.run(&["apply", "--yes", "--resume", "house"]);
            assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
        }
    }
    println!("without confirmations apply ended with {}, and {there} codes were there", run.code);
    let codes = stick.memory(3).0;
    assert_eq!(codes.len(), 2);
    let plan = house.run(&["plan", "house"]);
    assert!(plan.stdout.contains("nothing to do"), "{}{}", plan.stdout, plan.stderr);
    house.keeps_secrets(&codes);
}

#[test]
fn locks_that_cannot_be_used_are_told_apart_and_others_go_on() {
    let stick = Stick::start();
    let house = House::new(stick.server);
    let wrong = [("switch", "4"), ("ghost", "99"), ("nameless", "front-door")];
    for (door, node) in wrong {
        house.write(&[("front", "2"), (door, node)], &[("ann", "always")]);
        let run = house.run(&["apply", "--yes", "house"]);
        let said = format!("{}{}", run.stdout, run.stderr);
        let why = match node {
            "4" => "node 4 keeps no doorcodes",
            "99" => "the network has no node 99",
            _ => "`front-door` is no node of a Z-Wave network",
        };
        assert!(run.code != 0 && said.contains(why), "{said}");
        assert_eq!(stick.memory(2).0.len(), 1, "the other lock has got its code");
    }
    // A lock that is older than schedules of a whole week says so, and gets no code that would open at any time.
    house.write(&[("old", "3")], &[("bob", "days")]);
    let run = house.run(&["apply", "--yes", "house"]);
    let said = format!("{}{}", run.stdout, run.stderr);
    assert!(run.code != 0 && said.contains("5 week-day slots for one holder, and the lock has 1"), "{said}");
    assert_eq!(stick.memory(3), (Vec::new(), Vec::new()));
    let nobody = House::new(free_port());
    nobody.write(&[("front", "2")], &[("ann", "always")]);
    let run = nobody.run(&["apply", "--yes", "house"]);
    let said = format!("{}{}", run.stdout, run.stderr);
    assert!(run.code != 0 && said.contains("is Z-Wave JS Server running there"), "{said}");
}

#[test]
fn addresses_that_cannot_be_meant_are_refused() {
    let house = House::new(1);
    house.write(&[("front", "2")], &[("ann", "always")]);
    for (address, why) in [
        ("http://127.0.0.1:3000", "is no address of Z-Wave JS Server"),
        ("ws://192.0.2.1:3000", "doorcodes would cross the network as they are"),
    ] {
        let settings = format!("keyplan: 1\nproviders:\n  hub: {{ kind: zwave, address: \"{address}\" }}\n");
        fs::write(house.path().join("keyplan.yaml"), settings).unwrap();
        let run = house.run(&["apply", "--yes", "house"]);
        assert!(run.code == 2 && run.stderr.contains(why), "{}{}", run.stdout, run.stderr);
    }
}
