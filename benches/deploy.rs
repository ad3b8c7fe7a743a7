//! The figures of BENCHMARKS.md on plans and their application: `cargo bench --bench deploy`; with `-- plan`, `growth` or
//! `apply`, only those.

#![allow(clippy::expect_used, unreachable_pub, dead_code, reason = "a bench that cannot go on should stop")]

mod measure;
mod portfolio;

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use serde_json::{Value, json};

use measure::say;

const KEYPLAN: &str = env!("CARGO_BIN_EXE_keyplan");
const DAY: &str = "2026-11-23";

/// Runs `keyplan`: its output, its seconds, and its processor seconds.
fn keyplan(directory: &Path, arguments: &[&str], fine: &[i32]) -> (String, f64, f64) {
    let start = Instant::now();
    let before = processor_seconds();
    let output = Command::new(KEYPLAN)
        .args(arguments)
        .current_dir(directory)
        .env("KEYPLAN_AS_OF", DAY)
        .env("KEYPLAN_IDENTITY_FILE", directory.join("identity"))
        .stdin(Stdio::null())
        .output()
        .expect("keyplan is there");
    let seconds = start.elapsed().as_secs_f64();
    let code = output.status.code().unwrap_or(-1);
    assert!(fine.contains(&code), "{arguments:?}: {code} {}", String::from_utf8_lossy(&output.stderr));
    (String::from_utf8_lossy(&output.stdout).into_owned(), seconds, processor_seconds() - before)
}

/// Processor seconds of the children that have ended, from Linux's own accounts; 0 elsewhere.
fn processor_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = text.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    // Fields 16 and 17 of the whole line, in hundredths of a second.
    let ticks = |at: usize| fields.get(at).and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(13) + ticks(14)) / 100.0
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

fn main() {
    let directory = tempfile::tempdir().expect("a directory to write in");
    println!("{:<88} {:>9}   wanted", "figure", "reached");
    let only = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let asked = |name: &str| only.as_ref().is_none_or(|only| only == name);
    if asked("plan") {
        plans(&directory.path().join("portfolio"));
    }
    if asked("growth") {
        growth(directory.path());
    }
    if asked("apply") {
        applied(&directory.path().join("street"));
    }
}

/// A portfolio that is applied, and then changed in one record of a hundred.
fn plans(root: &Path) {
    portfolio::write(root, 100).expect("room on the disk");
    keyplan(root, &["apply", "--yes"], &[0]);
    keyplan(root, &["plan"], &[0]);
    let credentials = keyplan(root, &["compile", "--format", "csv"], &[0]).0.lines().count() - 1;
    let state = std::fs::metadata(root.join(".keyplan/state.db")).expect("it was applied").len();
    say("state: bytes a credential", state as f64 / credentials as f64, "250 at most");
    let rounds = |arguments: &[&str]| {
        let runs: Vec<(f64, f64)> = (0..9)
            .map(|_| {
                let (_, seconds, processor) = keyplan(root, arguments, &[0, 1]);
                (seconds, processor)
            })
            .collect();
        let seconds = median(runs.iter().map(|run| run.0).collect());
        (seconds, runs.iter().map(|run| run.1).sum::<f64>() / runs.len() as f64)
    };
    let check = rounds(&["check", "-q"]);
    let same = rounds(&["plan"]);
    say("plan with nothing changed / check", same.0 / check.0, "0.3 at most");
    for house in std::fs::read_dir(root).expect("the bench wrote this").flatten() {
        change(&house.path().join("people.yaml"));
    }
    let check = rounds(&["check", "-q"]);
    let (text, ..) = keyplan(root, &["plan", "--format", "json"], &[0]);
    let changes: usize = text.lines().map(|line| line.matches("\"number\":").count()).sum();
    let changed = rounds(&["plan"]);
    say(&format!("plan with 1 % changed ({changes} changes) / check"), changed.0 / check.0, "1.5 at most");
    let rate = credentials as f64 / changed.1;
    say("records planned a processor second, in millions", rate / 1e6, "0.76 at least");
    say("the same / octoDNS, 1,900 a second", rate / 1900.0, "400 at least");
}

/// Ends the dates of every hundredth person of a house earlier.
fn change(path: &PathBuf) {
    let Ok(text) = std::fs::read_to_string(path) else { return };
    let lines = text.lines().enumerate().map(|(number, line)| match line.split_once("until: ") {
        Some((before, after)) if number % 100 == 1 => format!("{before}until: 2027-01-31{}\n", &after[10..]),
        _ => format!("{line}\n"),
    });
    std::fs::write(path, lines.collect::<String>()).expect("room on the disk");
}

/// How planning grows with credentials, changes and locks alike: all of it, and what it costs beyond a `check`.
fn growth(root: &Path) {
    let measure = |name: &str, times: usize| {
        let place = root.join(name);
        portfolio::campus(&place, 250 * times, 2500 * times, 40 * times).expect("room on the disk");
        let (text, ..) = keyplan(&place, &["plan", "--format", "json"], &[0]);
        let changes = text.matches("\"number\":").count() as f64;
        let rounds = |arguments: &[&str], fine: &[i32]| {
            median((0..15).map(|_| keyplan(&place, arguments, fine).1).collect())
        };
        let (plan, check) = (rounds(&["plan"], &[0]), rounds(&["check", "-q"], &[0, 1]));
        (changes, plan, plan - check)
    };
    let (small, large) = (measure("small", 1), measure("large", 8));
    let exponent =
        |small_time: f64, large_time: f64| (large_time / small_time).ln() / (large.0 / small.0).ln();
    let changes = format!("{} to {} changes", small.0, large.0);
    say(&format!("exponent of `plan`, {changes}"), exponent(small.1, large.1), "1.05 at most");
    say(&format!("the same beyond a `check`, {changes}"), exponent(small.2, large.2), "1.05 at most");
}

/// The simulator, ended with the bench.
struct Locks(Child);

impl Drop for Locks {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// 240 locks of 20 ms a call.
fn applied(root: &Path) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_lock-simulator"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the simulator is there");
    let mut address = String::new();
    BufReader::new(child.stdout.take().expect("it is piped"))
        .read_line(&mut address)
        .expect("it tells its address");
    let _locks = Locks(child);
    let address = address.trim();
    let call = |request: &Value| -> Value {
        let mut stream = std::net::TcpStream::connect(address).expect("it listens");
        stream.write_all(format!("{request}\n").as_bytes()).expect("it listens");
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).expect("it answers");
        serde_json::from_str(&line).expect("it answers JSON")
    };
    call(&json!({"call": "configure", "lock": "*", "delay": 20}));
    let people: String = (0..40).map(|number| format!("  p{number}: {{ teams: [staff] }}\n")).collect();
    std::fs::create_dir_all(root).expect("room on the disk");
    let write = |name: &str, text: &str| std::fs::write(root.join(name), text).expect("room on the disk");
    write(
        "keyplan.yaml",
        &format!("keyplan: 1\nproviders:\n  street: {{ kind: simulator, address: \"{address}\" }}\n"),
    );
    write(
        "property.yaml",
        &format!(
            "keyplan: 1\nproperty: {{ id: street, timezone: UTC }}\ndoors:\n  door-{{1..240}}: {{ kind: service, lock: {{ provider: street }} }}\nkeys:\n  all: {{ doors: all }}\npeople:\n{people}assignments:\n  - {{ to: staff, keys: [all] }}\n"
        )
        .replace("doors: all }", "doors: [all] }"),
    );
    keyplan(root, &["plan", "--out", "saved.plan"], &[0]);
    let (_, seconds, _) = keyplan(root, &["apply", "saved.plan", "-q"], &[0]);
    let calls = call(&json!({"call": "statistics"}));
    let calls = calls["calls"].as_object().expect("it counts").values().filter_map(Value::as_u64).max();
    let calls = calls.unwrap_or_default() as f64;
    say(
        "apply to 240 locks of 20 ms a call / one call at a time for each lock",
        seconds / (calls * 0.02),
        "1.25 at most, where the cores can do it: see below",
    );
    say(
        "the same / the 40 writes alone: journal, reading back and all else",
        seconds / (40.0 * 0.02),
        "1.44 at most",
    );
    say(
        "calls of a lock beside its 40 writes, in percent: reading back",
        (calls - 40.0) / 40.0 * 100.0,
        "15 at most",
    );
    let bare = bare(address, call(&json!({"call": "read", "lock": "street/door-1"})), calls as usize - 40);
    say(
        "the same calls bare, a thread for each lock / one call at a time for each lock",
        bare / (calls * 0.02),
        "",
    );
    say("apply / the same calls bare", seconds / bare, "1.25 at most");
}

/// How long the same calls take to as many other locks when nothing stands behind them: 40 writes of what one lock holds, and so
/// many readings. What two cores do at best, with the simulator on the same two.
fn bare(address: &str, held: Value, readings: usize) -> f64 {
    let entries = held["entries"].as_array().expect("it tells its entries").clone();
    let requests: Vec<Value> = entries
        .iter()
        .map(|entry| {
            let (slot, code) = (&entry["slot"], format!("{:06}", entry["slot"].as_u64().unwrap_or_default()));
            let entry = json!({"name": entry["name"], "ways": entry["ways"], "segments": entry["segments"], "code": code});
            json!({"call": "put", "slot": slot, "entry": entry})
        })
        .chain((0..readings).map(|_| json!({"call": "read"})))
        .collect();
    let start = Instant::now();
    std::thread::scope(|scope| {
        for lock in 0..240 {
            let requests = &requests;
            scope.spawn(move || {
                let stream = std::net::TcpStream::connect(address).expect("it listens");
                stream.set_nodelay(true).expect("it is a socket");
                let mut reader = BufReader::new(stream);
                for request in requests {
                    let mut request = request.clone();
                    request["lock"] = format!("bare/door-{lock}").into();
                    reader.get_mut().write_all(format!("{request}\n").as_bytes()).expect("it listens");
                    let mut line = String::new();
                    reader.read_line(&mut line).expect("it answers");
                    assert!(!line.contains("error"), "{line}");
                }
            });
        }
    });
    start.elapsed().as_secs_f64()
}
