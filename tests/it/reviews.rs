//! Questions, differences, proofs and assertions as somebody asks for them: answers, exit codes, and what is said of
//! mistakes.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};

use proptest::prelude::*;
use serde_json::Value;

use crate::command::{keyplan, keyplan_with, root};
use crate::loaded;
use crate::oracle::runner;
use crate::reference::compare::telling_days;
use crate::reference::dice::Dice;
use crate::reference::evaluate::{granted, grants};
use crate::reference::expand::{Segment, list};
use crate::reference::property::{Capability, Property};
use crate::reference::random;
use crate::reference::spelling::spell;

const HOUSE: &str = "keyplan: 1
property: { id: elm-4, timezone: America/New_York }
doors:
  front-door: { name: Front Door, kind: entrance }
  pool:       { kind: amenity }
  flat-1:     { kind: residence }
schedules:
  pool-hours: { daily: 08:00-20:00, holidays: closed }
holidays:
  2026-12-25: Christmas Day
keys:
  house: { share: true, doors: [front-door, flat-1] }
  pool-key: { doors: { pool: { schedule: pool-hours, doorcode: false } } }
people:
  ana: { name: Ana Silva, unit: flat-1, teams: [tenants], until: 2027-12-31 }
  ben: { teams: [tenants] }
assignments:
  - { to: ana, keys: [house, pool-key] }
";

fn git(directory: &Path, arguments: &[&str]) {
    let identity = ["-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "gc.auto=0"];
    let status = Command::new("git").current_dir(directory).args(identity).args(arguments).status().unwrap();
    assert!(status.success(), "{arguments:?}");
}

/// A portfolio of two properties with a shared part, in a repository.
fn repository() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    for (place, id) in [("elm-4", "elm-4"), ("oak-9", "oak-9")] {
        fs::create_dir_all(path.join(place)).unwrap();
        let text = HOUSE.replace("elm-4", id).replace(
            "schedules:\n  pool-hours: { daily: 08:00-20:00, holidays: closed }\n",
            "include: [../shared/hours.yaml]\n",
        );
        fs::write(path.join(place).join("property.yaml"), text).unwrap();
    }
    fs::create_dir_all(path.join("shared")).unwrap();
    let hours = "schedules:\n  pool-hours: { daily: 08:00-20:00, holidays: closed }\n";
    fs::write(path.join("shared/hours.yaml"), hours).unwrap();
    fs::write(path.join("keyplan.yaml"), "keyplan: 1\n").unwrap();
    git(path, &["init", "-q", "-b", "main"]);
    git(path, &["add", "-A"]);
    git(path, &["commit", "-q", "-m", "as it was"]);
    directory
}

fn edit(path: &Path, old: &str, new: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(old), "{text}");
    fs::write(path, text.replace(old, new)).unwrap();
}

fn told(directory: &Path, arguments: &[&str]) -> (i32, String, String) {
    let run = keyplan(directory, &[arguments, &["--as-of", "2026-11-23"]].concat());
    (run.code, run.stdout, run.stderr)
}

#[test]
fn a_shared_part_that_changes_changes_every_property_that_includes_it() {
    let repository = repository();
    let path = repository.path();
    assert_eq!(
        told(path, &["diff", "--base", "main"]).1,
        "nobody gains or loses anything in any other property\n"
    );
    edit(&path.join("shared/hours.yaml"), "20:00", "18:00");
    let (code, text, _) = told(path, &["diff", "--base", "main", "--fail-on", "narrowed"]);
    assert_eq!(code, 1);
    for id in ["elm-4", "oak-9"] {
        let line = format!(
            "{id}: 1 person loses access, nobody gains any\n  - Ana Silva (ana) loses pool, daily 18:00-20:00, until 2027-12-31, not on 2026-12-25\n"
        );
        assert!(text.contains(&line), "{text}");
    }
    assert_eq!(told(path, &["diff", "--base", "main", "--fail-on", "widened"]).0, 0);
    // The same sides named one by one, and read from the objects of the repository alone.
    git(path, &["commit", "-q", "-a", "-m", "shorter"]);
    fs::remove_dir_all(path.join("shared")).unwrap();
    assert_eq!(told(path, &["diff", "git:HEAD~1", "git:HEAD", "--fail-on", "any"]).0, 1);
    assert_eq!(told(path, &["verify", "no-wider", "git:HEAD~1", "git:HEAD"]).0, 0);
    let (code, text, _) = told(path, &["verify", "equal", "git:HEAD~1:elm-4", "git:HEAD:elm-4"]);
    assert_eq!(code, 1);
    assert!(text.starts_with("elm-4: `ana` loses `unlock` at `pool`, first at 2026-11-23T18:00\n"), "{text}");
    assert!(text.contains("HEAD:shared/hours.yaml:2"), "{text}");
}

#[test]
fn what_moves_or_is_not_committed_yet_is_seen() {
    let repository = repository();
    let path = repository.path();
    git(path, &["mv", "oak-9", "oak-nine"]);
    fs::create_dir_all(path.join("new")).unwrap();
    fs::write(path.join("new/property.yaml"), HOUSE.replace("elm-4", "fir-1")).unwrap();
    let documents: Vec<Value> = told(path, &["diff", "--base", "main", "--format", "json"])
        .1
        .split_inclusive("}}\n")
        .filter(|text| text.contains("\"summary\""))
        .map(|text| serde_json::from_str(text).unwrap())
        .collect();
    let of = |id: &str| documents.iter().find(|one| one["property"] == id).unwrap();
    assert_eq!(list(&of("oak-9")["changes"]).len(), 0, "a moved property is the same");
    assert_eq!(of("fir-1")["notes"], serde_json::json!(["this property is new"]));
    assert!(list(&of("fir-1")["changes"]).iter().all(|change| list(&change["lost"]).is_empty()));
    fs::remove_dir_all(path.join("elm-4")).unwrap();
    let (_, text, _) = told(path, &["diff", "--base", "main"]);
    assert!(
        text.contains("elm-4: 1 person loses access, nobody gains any\n  note: this property is gone\n"),
        "{text}"
    );
}

#[test]
fn what_cannot_be_compared_is_said_with_the_right_exit_code() {
    let repository = repository();
    let path = repository.path();
    let elsewhere = tempfile::tempdir().unwrap();
    fs::write(elsewhere.path().join("property.yaml"), HOUSE).unwrap();
    let cases: [(&Path, &[&str], i32, &str); 9] = [
        (path, &["diff", "git:nope", "."], 2, "there is no revision `nope`"),
        (path, &["diff", "--base", "nope"], 2, "there is no revision `nope`"),
        (path, &["diff", "git:--help", "."], 2, "there is no revision `--help`"),
        (elsewhere.path(), &["diff", "git:main", "."], 2, "is in no git repository"),
        (path, &["diff", "."], 2, "name two sides"),
        (path, &["diff", "@state", "."], 2, "there is no state"),
        (path, &["diff", "git:main", "shared"], 3, "no property found"),
        (path, &["diff", "--to", "2026-11-01"], 2, "which is before 2026-11-23"),
        (path, &["diff", "--to", "2026-13-01"], 2, "write a date"),
    ];
    for (directory, arguments, code, message) in cases {
        let run = told(directory, arguments);
        assert!(run.0 == code && run.2.contains(message) && run.1.is_empty(), "{arguments:?}: {run:?}");
    }
    let outside = elsewhere.path().display().to_string();
    let (code, _, errors) = told(path, &["diff", "--base", "main", ".", &outside]);
    assert!(code == 2 && errors.contains("is not in the repository"), "{errors}");
    // A side with mistakes is shown with them, and says which side it is.
    edit(&path.join("elm-4/property.yaml"), "schedule: pool-hours", "schedule: pool-houers");
    git(path, &["commit", "-q", "-a", "-m", "wrong"]);
    edit(&path.join("elm-4/property.yaml"), "schedule: pool-houers", "schedule: pool-hours");
    let (code, out, errors) = told(path, &["diff", "git:HEAD", "."]);
    assert_eq!(code, 1);
    assert!(errors.contains("HEAD:elm-4/property.yaml:12") && errors.contains("pool-houers"), "{errors}");
    assert!(!out.contains("elm-4"));
    // In another zone nothing can be proved, and everything may have changed.
    git(path, &["reset", "-q", "--hard", "HEAD~1"]);
    edit(&path.join("oak-9/property.yaml"), "America/New_York", "America/Chicago");
    let (code, _, errors) = told(path, &["verify", "equal", "git:HEAD:oak-9", "oak-9"]);
    assert!(code == 2 && errors.contains("nothing can be proved"), "{errors}");
    let (code, text, _) = told(path, &["diff", "git:HEAD:oak-9", "oak-9", "--fail-on", "widened"]);
    assert!(code == 1 && text.contains("the time zone changes from America/New_York to America/Chicago"));
}

#[test]
fn questions_are_answered_for_every_date_they_could_mean() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    fs::write(path.join("property.yaml"), HOUSE).unwrap();
    let answer = |arguments: &[&str]| {
        let (code, text, errors) = told(path, arguments);
        assert_eq!((code, errors.as_str()), (0, ""), "{arguments:?}");
        text
    };
    assert_eq!(
        answer(&["who", "pool", "--at", "fri 19:59"]),
        "pool at elm-4, as of 2026-11-23, fri 19:59\n  Ana Silva (ana): yes, but not on some holidays; until 2027-12-31\n"
    );
    for at in ["fri 20:00", "Christmas Day", "2026-12-25T12:00", "2028-01-01"] {
        assert!(answer(&["who", "pool", "--at", at]).ends_with("  nobody\n"), "{at}");
    }
    assert!(answer(&["who", "pool", "--at", "2026-12-24"]).ends_with("Ana Silva (ana): daily 08:00-20:00\n"));
    assert!(answer(&["who", "pool", "--can", "doorcode"]).ends_with("  nobody\n"));
    assert!(answer(&["what", "Ana Silva"]).contains("Front Door (front-door): at all hours"));
    assert!(answer(&["what", "ben"]).ends_with("  nothing\n"));
    let why = answer(&["why", "ana", "pool"]);
    for step in ["property.yaml:20", "property.yaml:18", "property.yaml:16", "property.yaml:10", "by 1 way"] {
        assert!(why.contains(step) || step.starts_with("property"), "{step}: {why}");
    }
    let missing = |arguments: &[&str]| answer(&[&["why-not"], arguments].concat());
    assert!(
        missing(&["ben", "pool"]).contains("give `pool-key`, the key with the fewest other doors, to `ben`")
    );
    assert!(
        missing(&["ana", "pool", "--at", "sat 21:00"])
            .contains("during `pool-hours` only; it opens next at 2026-11-29T08:00")
    );
    assert!(
        missing(&["ana", "pool", "--at", "2028-05-01T12:00"])
            .contains("the dates of `ana` ended on 2027-12-31")
    );
    assert!(missing(&["ana", "pool", "--can", "doorcode"]).contains("gives no doorcode"));
    assert!(missing(&["ana", "pool", "--can", "share"]).contains("may not be shared"));
    assert!(
        missing(&["ana", "front-door"])
            .contains("can open Front Door (front-door); `keyplan why ana front-door`")
    );
    for (arguments, message) in [
        (["who", "poool", "--at", "fri 12:00"], "did you mean `pool`?"),
        (["what", "anna", "--at", "fri 12:00"], "did you mean `ana`?"),
        (["who", "pool", "--at", "2027-03-14 02:30"], "clocks go forward from 02:00 to 03:00"),
        (["who", "pool", "--at", "christmas"], "is no time"),
        (["who", "pool", "--at", "Chrismas Day"], "did you mean `Christmas Day`?"),
        (["who", "pool", "--at", "2026-02-30"], "is on no calendar"),
    ] {
        let (code, _, errors) = told(path, &arguments);
        assert!(code == 2 && errors.contains(message), "{arguments:?}: {errors}");
    }
    let offered = keyplan_with(
        path,
        &["--", "keyplan", "who", "p"],
        &[("KEYPLAN_COMPLETE", "bash"), ("_CLAP_COMPLETE_INDEX", "2"), ("_CLAP_IFS", "\n")],
    );
    assert_eq!(offered.stdout, "pool");
}

#[test]
fn a_comment_says_how_much_it_leaves_out() {
    let directory = tempfile::tempdir().unwrap();
    let mut people = String::from("people:\n");
    let mut assignments = String::from("assignments:\n");
    for number in 0..3_000 {
        people.push_str(&format!("  somebody-{number}: {{}}\n"));
        // Everybody's access is another: so many lines that no comment holds them.
        let (day, month) = (number % 28 + 1, number / 28 % 12 + 1);
        assignments.push_str(&format!(
            "  - {{ to: somebody-{number}, keys: [k], from: 20{}-{month:02}-{day:02} }}\n",
            27 + number / 336
        ));
    }
    let text = format!(
        "keyplan: 1\nproperty: {{ id: p, timezone: UTC }}\ndoors: {{ d: {{ kind: entrance }} }}\nkeys: {{ k: {{ doors: [d] }} }}\n{people}{assignments}"
    );
    fs::create_dir_all(directory.path().join("new")).unwrap();
    fs::create_dir_all(directory.path().join("old")).unwrap();
    fs::write(directory.path().join("new/property.yaml"), &text).unwrap();
    let keyless = text.split("assignments:").next().unwrap();
    fs::write(directory.path().join("old/property.yaml"), keyless).unwrap();
    let arguments = ["diff", "old", "new", "--format", "markdown", "--format", "json=all.json"];
    let (code, comment, _) = told(directory.path(), &arguments);
    assert_eq!(code, 0);
    assert!(
        comment.len() < 65_536
            && comment.starts_with("<!-- keyplan diff -->\n### p: 3000 people gain access")
    );
    assert!(comment.contains("more lines do not fit here.** All of them are in `all.json`."));
    let all: Value =
        serde_json::from_str(&fs::read_to_string(directory.path().join("all.json")).unwrap()).unwrap();
    assert_eq!(list(&all["changes"]).len(), 6_000);
}

/// The property with one assertion, and the finding about it, if there is one.
fn proved(property: &Property, seed: u64, assertion: &str) -> Option<Option<String>> {
    let mut files = spell(property, seed);
    files.push(("asserted.yaml".to_owned(), format!("assert:\n  - {assertion}\n")));
    let loaded = loaded(&files, property.as_of).ok()?;
    let access = keyplan::access::Access::resolve(&loaded.property);
    let policy = keyplan::rules::Policy::new(None, &[]);
    let found = keyplan::rules::check(&loaded.property, &access, &loaded.trees, &policy);
    let failed = found.into_iter().find(|one| one.kind.name == "failed-assertion");
    Some(failed.map(|one| one.message))
}

#[test]
fn an_assertion_holds_only_where_the_definition_never_breaks_it() {
    let (proofs, failures) = (AtomicU64::new(0), AtomicU64::new(0));
    let cases = (random::property(), any::<u64>());
    let outcome =
        runner(96, "tests/it/proptest-regressions/assertions.txt").run(&cases, |(property, seed)| {
            let mut dice = Dice::new(seed);
            let person = dice.pick(&property.people).id.clone();
            let door = dice.pick(&property.doors).id.clone();
            let capability = *dice.pick(&Capability::ALL);
            let always = dice.coin();
            let demand = if always { "always" } else { "never" };
            let assertion =
                format!("{{ who: '{person}', doors: '{door}', {demand}: {} }}", capability.name());
            let Some(failed) = proved(&property, seed, &assertion) else { return Ok(()) };
            let grants = grants(&property, &person, &door);
            let who = property.people.iter().find(|one| one.id == person).unwrap();
            let is_here = |at: chrono::NaiveDateTime| {
                who.from.is_none_or(|from| from.as_start() <= at)
                    && who.until.is_none_or(|until| at < until.as_end())
            };
            let broken = |at: chrono::NaiveDateTime| match always {
                true => is_here(at) && !granted(&property, &grants, capability, at),
                false => granted(&property, &grants, capability, at),
            };
            match failed {
                // The minute that is told breaks it by definition.
                Some(message) => {
                    let at = message.rsplit(" at ").next().unwrap();
                    let at = chrono::NaiveDateTime::parse_from_str(&at[..16], "%Y-%m-%dT%H:%M").unwrap();
                    prop_assert!(broken(at), "{assertion}: {message}");
                    failures.fetch_add(1, Ordering::Relaxed);
                }
                None => {
                    for day in telling_days(&property, &mut dice) {
                        for minute in &day.minutes {
                            prop_assert!(!broken(minute.wall), "{assertion} is broken at {}", minute.wall);
                        }
                    }
                    proofs.fetch_add(1, Ordering::Relaxed);
                }
            }
            Ok(())
        });
    let (proofs, failures) = (proofs.into_inner(), failures.into_inner());
    println!("{proofs} assertions held, {failures} did not");
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
    assert!(proofs >= 20 && failures >= 20, "{proofs} held, {failures} did not");
}

#[test]
fn the_calendar_changes_what_no_week_does() {
    let run = keyplan(
        root(),
        &["diff", "--from", "2026-11-23", "--to", "2027-02-28", "examples/1800-main-st", "--format", "json"],
    );
    let changes: Value = serde_json::from_str(&run.stdout).unwrap();
    let compiled = |as_of: &str| {
        let run =
            keyplan(root(), &["compile", "examples/1800-main-st", "--format", "json", "--as-of", as_of]);
        crate::reference::expand::Document::read(&run.stdout)
    };
    let mut told_at: std::collections::HashMap<(&str, &str, &str), Vec<Segment>> = Default::default();
    for change in list(&changes["changes"]).iter().filter(|one| one["capability"] == "unlock") {
        for side in ["gained", "lost"] {
            let place = (change["person"].as_str().unwrap(), change["door"].as_str().unwrap(), side);
            told_at.insert(place, list(&change[side]).iter().map(Segment::read).collect());
        }
    }
    let mut moved = 0;
    let date = crate::reference::example::date;
    let first = compiled("2026-11-23");
    let days =
        ["2026-11-24", "2026-11-26", "2026-12-01", "2026-12-17", "2026-12-25", "2027-01-14", "2027-02-15"];
    for (number, day) in days.into_iter().enumerate() {
        let then = compiled(day);
        for noon in [3, 7, 12, 17, 21].map(|hour| date(day).and_hms_opt(hour, 0, 0).unwrap()) {
            for lock in &then.locks {
                let people = lock.credentials.iter().map(|one| one.person.as_str());
                let mut people: Vec<&str> = people
                    .chain(
                        first
                            .locks
                            .iter()
                            .filter(|one| one.door == lock.door)
                            .flat_map(|one| one.credentials.iter().map(|one| one.person.as_str())),
                    )
                    .collect();
                people.sort_unstable();
                people.dedup();
                for person in people {
                    let open = then
                        .segments(person, &lock.door, Capability::Unlock)
                        .iter()
                        .any(|one| one.grants(noon));
                    // In the first week nothing but Thanksgiving changes: its other days are the weeks that were in force.
                    let weekday = date("2026-11-24")
                        + chrono::TimeDelta::days((noon.date() - date("2026-11-24")).num_days() % 7);
                    let weekday = if weekday == date("2026-11-26") { date("2026-12-03") } else { weekday };
                    let usual = weekday.and_time(noon.time());
                    let in_force = first.segments(person, &lock.door, Capability::Unlock).iter().any(|one| {
                        one.from.is_none_or(|from| from <= date("2026-11-23").and_hms_opt(0, 0, 0).unwrap())
                            && {
                                let for_ever = Segment {
                                    from: None,
                                    until: None,
                                    weekly: one.weekly.clone(),
                                    holidays: Vec::new(),
                                    holidays_closed: Vec::new(),
                                };
                                for_ever.grants(usual)
                            }
                    });
                    let told = |side: &str| {
                        let told = told_at.get(&(person, lock.door.as_str(), side));
                        told.is_some_and(|told| told.iter().any(|one| one.grants(noon)))
                    };
                    if open != in_force {
                        assert!(told(if open { "gained" } else { "lost" }), "{person} {} {noon}", lock.door);
                        moved += 1;
                    } else if number < 2 {
                        assert!(!told("gained") && !told("lost"), "{person} {} {noon}", lock.door);
                    }
                }
            }
        }
    }
    println!("{moved} changes by the calendar are told");
    assert!(moved > 1_000);
}

#[test]
fn the_comment_of_a_pull_request_is_posted_once_and_then_changed() {
    // A double of `gh` that keeps one comment in a file, and writes down what it was asked.
    let gh = "#!/bin/sh\necho \"$@\" >> asked\ncase \"$*\" in\n\
        *--paginate*) if [ -e posted ]; then echo 41; fi ;;\n*POST*) touch posted ;;\nesac\n";
    let directory = tempfile::tempdir().unwrap();
    let program = directory.path().join("gh");
    fs::write(&program, gh).unwrap();
    fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", directory.path().display(), std::env::var("PATH").unwrap());
    for _ in 0..2 {
        let status = Command::new(root().join(".github/comment"))
            .args(["owner/buildings", "7", "comment.md"])
            .current_dir(directory.path())
            .env("PATH", &path)
            .status()
            .unwrap();
        assert!(status.success());
    }
    let asked = fs::read_to_string(directory.path().join("asked")).unwrap();
    let asked: Vec<&str> = asked.lines().collect();
    assert_eq!(asked.len(), 4);
    assert!(asked[1].starts_with("api --method POST repos/owner/buildings/issues/7/comments"), "{asked:?}");
    assert!(asked[3].starts_with("api --method PATCH repos/owner/buildings/issues/comments/41"), "{asked:?}");
    assert!(asked[3].contains("body=@comment.md"));
}

#[test]
fn the_readme_shows_the_difference_that_comes() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let property = readme.split("```yaml\n").nth(1).unwrap().split("```").next().unwrap();
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("old", property.to_owned()),
        ("new", property.replace("mon-fri: 06:00-22:00", "mon-fri: 06:00-21:00")),
    ] {
        fs::create_dir_all(directory.path().join(name)).unwrap();
        fs::write(directory.path().join(name).join("property.yaml"), text).unwrap();
    }
    let (_, text, _) = told(directory.path(), &["diff", "old", "new"]);
    assert!(readme.contains(&format!("```text\n{text}```")), "{text}");
}
