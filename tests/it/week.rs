//! A week in the life of the example, on the embedded default: nothing installed, nothing set up. And no doorcode in
//! anything that is ever printed or written but to the one who asked.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::command::{Run, copy_property, keyplan_with, root};
use keyplan::state::{Identity, State};

/// The example, somewhere else, with everything that was printed.
struct Example {
    _directory: tempfile::TempDir,
    path: PathBuf,
    printed: String,
}

impl Example {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("house");
        copy_property(&root().join("examples/1800-main-st"), &path);
        Self { _directory: directory, path, printed: String::new() }
    }

    fn identity(&self) -> PathBuf {
        self.path.parent().unwrap().join("identity")
    }

    fn run(&mut self, day: &str, arguments: &[&str]) -> Run {
        let identity = self.identity();
        let variables = [
            ("KEYPLAN_IDENTITY_FILE", identity.to_str().unwrap()),
            ("KEYPLAN_WHO", "ops"),
            ("KEYPLAN_AS_OF", day),
        ];
        let run = keyplan_with(&self.path, arguments, &variables);
        self.printed.push_str(&run.stdout);
        self.printed.push_str(&run.stderr);
        run
    }

    fn done(&mut self, day: &str, arguments: &[&str]) -> Run {
        let run = self.run(day, arguments);
        assert_eq!(run.code, 0, "{arguments:?}: {}{}", run.stdout, run.stderr);
        run
    }

    fn edit(&self, file: &str, from: &str, to: &str) {
        let path = self.path.join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file} has no {from:?}");
        fs::write(path, text.replacen(from, to, 1)).unwrap();
    }

    /// Every doorcode that there is, by door and person.
    fn codes(&self) -> BTreeMap<(String, String), String> {
        let mut state = State::open(&self.path.join(".keyplan/state.db")).unwrap();
        let vault = state.vault(&Identity::of_file(&self.identity()).unwrap()).unwrap();
        let mut codes = BTreeMap::new();
        let mut doors: Vec<String> =
            state.codes("1800-main-st").unwrap().into_iter().map(|key| key.door).collect();
        doors.dedup();
        for door in doors {
            for (key, code) in state.codes_at(&vault, "1800-main-st", &door).unwrap() {
                codes.insert((key.door, key.person), code.reveal().to_owned());
            }
        }
        codes
    }
}

/// Every file below a directory.
fn files(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(self::files(&path)) } else { files.push(path) }
    }
    files
}

#[test]
fn a_week_in_the_life_of_1800_main_st() {
    let mut example = Example::new();
    let monday = "2026-11-23";
    // Monday: the first plan, reviewed and applied by its digest.
    let plan = example.done(monday, &["plan"]);
    assert!(plan.stdout.contains("250 locks for 459 people"), "{}", plan.stdout);
    let digest = plan.stdout.lines().find_map(|line| line.trim().strip_prefix("digest ")).unwrap().to_owned();
    let wrong = example.run(monday, &["apply", "--expect", "sha256:00"]);
    assert_eq!(wrong.code, 12, "{}", wrong.stderr);
    let nobody = example.run(monday, &["apply"]);
    assert_eq!(nobody.code, 2);
    assert!(nobody.stderr.contains("nobody to ask"), "{}", nobody.stderr);
    example.done(monday, &["apply", "--expect", &digest]);
    assert_eq!(example.run(monday, &["plan", "--detailed-exitcode"]).code, 0);
    let first = example.codes();
    assert!(first.len() > 5000, "{}", first.len());
    // Tuesday: somebody moves out, and somebody else moves in; saved, and applied from the file.
    let people = fs::read_to_string(example.path.join("people.csv")).unwrap();
    let row = people.lines().find(|line| line.starts_with("tracy-jones,")).unwrap().to_owned();
    let other =
        people.lines().find(|line| line.contains("unit-") && !line.starts_with("tracy-jones,")).unwrap();
    let newcomer = other.replacen(other.split(',').next().unwrap(), "nora-newman", 1);
    example.edit("people.csv", other, &newcomer);
    let gone = other.split(',').next().unwrap().to_owned();
    let tuesday = "2026-11-24";
    let plan = example.done(tuesday, &["plan", "--out", "tuesday.plan", "--format", "markdown"]);
    assert!(plan.stdout.contains("nora-newman") && plan.stdout.contains(&gone), "{}", plan.stdout);
    example.done(tuesday, &["apply", "tuesday.plan"]);
    assert_eq!(example.run(tuesday, &["apply", "tuesday.plan"]).code, 12, "a plan is applied once");
    let second = example.codes();
    assert!(second.keys().all(|(_, person)| *person != gone));
    assert!(second.keys().any(|(_, person)| person == "nora-newman"));
    for (key, code) in &first {
        assert!(second.get(key).is_none_or(|now| now == code), "the doorcode of {key:?} changed");
    }
    // Wednesday: a lost phone: Tracy's doorcodes are made anew, and nobody else's.
    let wednesday = "2026-11-25";
    example.done(wednesday, &["codes", "rotate", "tracy-jones", "--yes"]);
    let plan = example.done(wednesday, &["plan"]);
    assert!(plan.stdout.contains("tracy-jones") && !plan.stdout.contains("nora-newman"), "{}", plan.stdout);
    example.done(wednesday, &["apply", "--yes"]);
    let third = example.codes();
    assert_eq!(third.len(), second.len());
    for (key, code) in &second {
        assert_eq!(third[key] == *code, key.1 != "tracy-jones", "{key:?}");
    }
    let refused = example.run(wednesday, &["codes", "reveal", "tracy-jones"]);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("only shown to a person"), "{}", refused.stderr);
    // Thursday: a vendor's contract ends; the entry goes, and its doorcodes with it.
    let vendor = "acme-plumbing";
    let assignments = fs::read_to_string(example.path.join("people.yaml")).unwrap();
    let line = assignments.lines().find(|line| line.trim_start().starts_with(&format!("{vendor}:"))).unwrap();
    let id = line.trim_start().split(':').next().unwrap();
    assert_eq!(id, vendor);
    example.edit("people.yaml", &format!("{line}\n"), "");
    let thursday = "2026-11-26";
    let plan = example.done(thursday, &["plan", "-v"]);
    assert!(plan.stdout.contains("acme-plumbing leaves, and loses 45 doors"), "{}", plan.stdout);
    // One of its doors is protected: that takes a word more.
    let refused = example.run(thursday, &["apply", "--yes"]);
    assert_eq!(refused.code, 11, "{}", refused.stderr);
    assert!(
        refused.stderr.contains("fire-command") && refused.stderr.contains("--allow protected"),
        "{}",
        refused.stderr
    );
    let digest = plan.stdout.lines().find_map(|line| line.trim().strip_prefix("digest ")).unwrap().to_owned();
    example.done(thursday, &["apply", "--expect", &digest, "--allow", "protected"]);
    assert!(example.codes().keys().all(|(_, person)| person != vendor));
    // Friday: a lock breaks, and another is fitted: its people keep their doorcodes.
    let friday = "2026-11-27";
    let lock = example.path.join(".keyplan/locks/1800-main-st/front-entrance.json");
    fs::remove_file(&lock).unwrap();
    let drift = example.run(friday, &["drift", "--detailed-exitcode"]);
    assert_eq!(drift.code, 10);
    assert!(drift.stdout.contains("is gone") && drift.stdout.contains("plan --refresh"), "{}", drift.stdout);
    let plan = example.done(friday, &["plan", "--refresh"]);
    assert!(plan.stdout.contains("; 0 doorcodes made, 0 deleted for good"), "{}", plan.stdout);
    example.done(friday, &["apply", "--refresh", "--yes"]);
    let drift = example.done(friday, &["drift", "--detailed-exitcode"]);
    assert!(drift.stdout.contains("nothing differs"), "{}", drift.stdout);
    let last = example.codes();
    for (key, code) in &third {
        assert!(last.get(key).is_none_or(|now| now == code), "the doorcode of {key:?} changed");
    }
    // Saturday: somebody enters a code by hand; it is told, and left alone.
    let saturday = "2026-11-28";
    let lock = example.path.join(".keyplan/locks/1800-main-st/pool.json");
    let text = fs::read_to_string(&lock).unwrap();
    let by_hand = r#""entries": [ { "slot": 9000, "person": null, "capabilities": ["unlock"], "segments": [], "doorcode": null },"#;
    fs::write(&lock, text.replacen("\"entries\": [", by_hand, 1)).unwrap();
    let drift = example.done(saturday, &["drift"]);
    assert!(drift.stdout.contains("entered by hand"), "{}", drift.stdout);
    example.done(saturday, &["apply", "--refresh", "--yes"]);
    assert!(fs::read_to_string(&lock).unwrap().contains("9000"));
    // Sunday: somebody deletes half of the people by mistake.
    let all = fs::read_to_string(example.path.join("people.csv")).unwrap();
    let half: Vec<&str> = all.lines().take(220).collect();
    fs::write(example.path.join("people.csv"), half.join("\n") + "\n").unwrap();
    let sunday = "2026-11-29";
    let plan = example.done(sunday, &["plan"]);
    let digest = plan.stdout.lines().find_map(|line| line.trim().strip_prefix("digest ")).unwrap().to_owned();
    let refused = example.run(sunday, &["apply", "--yes"]);
    assert_eq!(refused.code, 11, "{}", refused.stderr);
    assert!(refused.stderr.contains("people lose a door; the limit is 20"), "{}", refused.stderr);
    let only_one = example.run(sunday, &["apply", "--expect", &digest, "--allow", "revoke-count"]);
    assert_eq!(only_one.code, 11, "{}", only_one.stderr);
    fs::write(example.path.join("people.csv"), all).unwrap();
    example.done(sunday, &["log", "verify"]);
    // The codes are on no page that anybody has read, in no file, and in no name.
    assert!(row.contains("unit-205C"));
    let mut seen: Vec<String> =
        [first, second, third, last].into_iter().flat_map(BTreeMap::into_values).collect();
    seen.sort();
    seen.dedup();
    let mut searched = 0;
    let mut search = |what: &str, text: &[u8]| {
        searched += text.len();
        // A word of digits; what stands within a longer word, as in a digest, is no code.
        for word in text.split(|byte| !byte.is_ascii_alphanumeric()) {
            if word.len() < 6 || !word.iter().all(u8::is_ascii_digit) {
                continue;
            }
            let word = std::str::from_utf8(word).unwrap();
            assert!(seen.binary_search_by(|code| code.as_str().cmp(word)).is_err(), "{what}: {word}");
        }
    };
    search("what was printed", example.printed.as_bytes());
    for path in files(&example.path) {
        search(&path.display().to_string(), &fs::read(&path).unwrap());
    }
    println!("{} doorcodes in {searched} bytes: none seen", seen.len());
}
