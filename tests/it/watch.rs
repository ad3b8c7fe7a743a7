//! `watch`: after any saves, however an editor makes them, the screen says what a fresh check says.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::command::keyplan;
use crate::reference::dice::Dice;

/// Saves in all; `KEYPLAN_SAVES` asks for others.
const SAVES: u64 = 1000;
/// A screen that is not right by then never will be.
const DEADLINE: Duration = Duration::from_secs(20);

struct Watch {
    child: Child,
    screens: Receiver<Value>,
    last: Value,
}

impl Watch {
    fn start(directory: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_keyplan"))
            .args(["watch", "--format", "json", "--debounce", "3", "--as-of", "2026-11-23"])
            .current_dir(directory)
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (sender, screens) = channel();
        // Ends with the pipe, when the child does.
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if sender.send(serde_json::from_str(&line).unwrap()).is_err() {
                    break;
                }
            }
        });
        let last = screens.recv_timeout(DEADLINE).expect("a first screen");
        Self { child, screens, last }
    }

    /// Waits until the screen is what a fresh check says.
    fn settles(&mut self, directory: &Path, what: &str) {
        let run = keyplan(directory, &["check", "--format", "json", "--as-of", "2026-11-23"]);
        let expected: Value = serde_json::from_str(&run.stdout).unwrap();
        let started = Instant::now();
        while self.last != expected {
            let left = DEADLINE.saturating_sub(started.elapsed());
            match self.screens.recv_timeout(left) {
                Ok(screen) => self.last = screen,
                Err(_) => panic!("after {what} the screen is\n{:#}\nand not\n{expected:#}", self.last),
            }
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A property whose findings hang on two numbers.
fn property(id: &str, homes: usize, slips: usize) -> String {
    let share = if slips & 1 == 0 { "share: true, " } else { "" };
    let unused = if slips & 2 == 0 { "" } else { "schedules: { never: { mon: 08:00-09:00 } }\n" };
    let spare = if slips & 4 == 0 { "" } else { "  spare: { kind: service }\n" };
    let broken = if slips & 8 == 0 { "" } else { "colour: red\n" };
    format!(
        "keyplan: 1\nproperty: {{ id: {id}, name: House, timezone: America/New_York }}\n{broken}{unused}doors:\n  front: {{ kind: entrance }}\n{spare}  flat-{{1..{}}}: {{ kind: residence }}\ngroups:\n  homes: {{ kind: residence }}\nkeys:\n  home: {{ each: homes, {share}doors: [front, $door] }}\n",
        homes + 1
    )
}

fn people(homes: usize, extra: bool) -> String {
    let mut text = String::from("people:\n");
    for home in 1..=homes {
        text.push_str(&format!(
            "  p{home}: {{ unit: flat-{home}, teams: [residents], until: 2027-12-31 }}\n"
        ));
    }
    if extra {
        text.push_str("  x: { teams: [nobody-gives-them-keys] }\n");
    }
    text.push_str("assignments:\n  - { to: residents, keys: [home] }\n");
    text
}

/// Saves a file as editors do: in place, in two halves, or through another file that takes its name.
fn save(dice: &mut Dice, path: &Path, text: &str) -> &'static str {
    match dice.below(4) {
        0 => {
            fs::write(path, text).unwrap();
            "a plain save"
        }
        1 => {
            // A half-written file that lasts long enough to be seen.
            fs::write(path, &text[..text.len() / 2]).unwrap();
            std::thread::sleep(Duration::from_millis(dice.below(8) as u64));
            fs::write(path, text).unwrap();
            "a save in two halves"
        }
        2 => {
            let beside = path.with_extension("yaml.tmp");
            fs::write(&beside, text).unwrap();
            fs::rename(&beside, path).unwrap();
            "a save through another file"
        }
        _ => {
            let away = path.with_extension("yaml~");
            fs::rename(path, &away).unwrap();
            fs::write(path, text).unwrap();
            fs::remove_file(&away).unwrap();
            "a save that keeps the old file"
        }
    }
}

fn make(directory: &Path, id: &str, dice: &mut Dice) {
    fs::create_dir_all(directory).unwrap();
    fs::write(directory.join("property.yaml"), property(id, 3, dice.below(16))).unwrap();
    fs::write(directory.join("people.yaml"), people(2, dice.below(2) == 0)).unwrap();
}

#[test]
fn no_finding_is_lost_or_doubled_over_a_thousand_saves() {
    let saves = std::env::var("KEYPLAN_SAVES").ok().and_then(|text| text.parse().ok()).unwrap_or(SAVES);
    let seed = std::env::var("KEYPLAN_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(7);
    let mut dice = Dice::new(seed);
    let directory = tempfile::tempdir().unwrap();
    let house = |number: usize| -> PathBuf { directory.path().join(format!("house-{number}")) };
    for number in 0..6 {
        make(&house(number), &format!("house-{number}"), &mut dice);
    }
    fs::write(directory.path().join("keyplan.yaml"), "keyplan: 1\n").unwrap();
    let mut watch = Watch::start(directory.path());
    let mut what = String::from("the start");
    for number in 0..saves {
        let chosen = dice.below(6);
        let place = house(chosen);
        let there = place.join("property.yaml").exists();
        let (text, homes) = (property(&format!("house-{chosen}"), 3, dice.below(16)), dice.below(4));
        what = match dice.below(12) {
            _ if !there => {
                make(&place, &format!("house-{chosen}"), &mut dice);
                format!("a new property {chosen}")
            }
            0 => {
                fs::remove_dir_all(&place).unwrap();
                format!("property {chosen} deleted")
            }
            1 => {
                let path = place.join("extra.yaml");
                if path.exists() {
                    fs::remove_file(&path).unwrap();
                    format!("a part of {chosen} deleted")
                } else {
                    fs::write(&path, "groups:\n  unused: { kind: entrance }\n").unwrap();
                    format!("a new part of {chosen}")
                }
            }
            2 => {
                let (from, to) = (place.join("people.yaml"), place.join("folk.yaml"));
                let (from, to) = if from.exists() { (from, to) } else { (to, from) };
                fs::rename(from, to).unwrap();
                format!("a part of {chosen} renamed")
            }
            3 => {
                let profile = ["home", "managed", "high-security"][dice.below(3)];
                let text = format!("keyplan: 1\nrules: {{ profile: {profile} }}\n");
                save(&mut dice, &directory.path().join("keyplan.yaml"), &text);
                format!("the profile {profile}")
            }
            4..=7 => {
                let folk = ["people.yaml", "folk.yaml"].map(|name| place.join(name));
                let path = folk.iter().find(|path| path.exists()).unwrap();
                let text = people(homes, dice.below(2) == 0);
                format!("{} of the people of {chosen}", save(&mut dice, path, &text))
            }
            _ => format!("{} of property {chosen}", save(&mut dice, &place.join("property.yaml"), &text)),
        };
        // Now and then several saves come at once.
        if dice.below(3) > 0 {
            watch.settles(directory.path(), &format!("save {number}, {what} (seed {seed})"));
        }
    }
    watch.settles(directory.path(), &what);
    println!("{saves} saves with seed {seed}");
}

#[cfg(unix)]
#[test]
fn it_ends_on_ctrl_c() {
    let directory = tempfile::tempdir().unwrap();
    let mut dice = Dice::new(1);
    make(directory.path(), "house", &mut dice);
    let mut watch = Watch::start(directory.path());
    let id = watch.child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let started = Instant::now();
    loop {
        if let Some(status) = watch.child.try_wait().unwrap() {
            assert_eq!(status.code(), Some(130));
            break;
        }
        assert!(started.elapsed() < DEADLINE, "it goes on after Ctrl-C");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn nothing_to_watch_is_said() {
    let directory = tempfile::tempdir().unwrap();
    let run = keyplan(directory.path(), &["watch"]);
    assert_eq!(run.code, 3, "{}", run.stderr);
}
