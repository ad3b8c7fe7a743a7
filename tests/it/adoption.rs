//! Coming to keyplan with a property that has findings: baseline, revisions, allow comments, levels.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::command::{Run, keyplan};

const AS_OF: [&str; 2] = ["--as-of", "2026-11-23"];

fn write(directory: &Path, name: &str, text: &str) {
    let path = directory.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn check(directory: &Path, flags: &[&str]) -> Run {
    let mut arguments = vec!["check", "--format", "json"];
    arguments.extend(AS_OF);
    arguments.extend(flags);
    keyplan(directory, &arguments)
}

/// The rules of the findings, in order, with their lines.
fn found(run: &Run) -> Vec<(String, u64)> {
    let report: Value = serde_json::from_str(&run.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}{}", run.stdout, run.stderr));
    let one = |one: &Value| (one["rule"].as_str().unwrap().to_owned(), one["line"].as_u64().unwrap());
    report["diagnostics"].as_array().unwrap().iter().map(one).collect()
}

fn rules(run: &Run) -> Vec<String> {
    found(run).into_iter().map(|(rule, _)| rule).collect()
}

const HOUSE: &str = "\
keyplan: 1
property: { id: house, timezone: America/New_York }
doors:
  front: { kind: entrance }
  cellar: { kind: service }
  attic: { kind: service }
groups:
  unused: { kind: service }
keys:
  upkeep: { share: true, doors: [front, cellar] }
people:
  sam: { teams: [staff] }
assignments:
  - { to: staff, keys: [upkeep] }
";

#[test]
fn a_baseline_keeps_what_was_there_and_only_shrinks() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    write(path, "property.yaml", HOUSE);
    let flags = ["--baseline", "known.json"];
    assert_eq!(rules(&check(path, &[])), ["orphan-door", "unused-group", "share-restricted"]);
    let first = check(path, &flags);
    assert_eq!((rules(&first), first.code), (vec![], 0), "the first run writes it");
    assert!(first.stderr.contains("holds 3 findings"), "{}", first.stderr);
    let before = fs::read_to_string(path.join("known.json")).unwrap();
    // A new finding is told and is not taken in.
    write(path, "more.yaml", "schedules: { never: { mon: 08:00-09:00 } }\n");
    assert_eq!(rules(&check(path, &flags)), ["unused-schedule"]);
    assert_eq!(fs::read_to_string(path.join("known.json")).unwrap(), before);
    // Another attic is another object, though the rule is known.
    write(path, "more.yaml", "doors: { spare: { kind: service } }\n");
    assert_eq!(rules(&check(path, &flags)), ["orphan-door"]);
    fs::remove_file(path.join("more.yaml")).unwrap();
    // Asked about one rule only, the others stay known.
    assert_eq!(check(path, &["--baseline", "known.json", "--select", "orphan-door"]).code, 0);
    assert_eq!(fs::read_to_string(path.join("known.json")).unwrap(), before);
    // What is mended goes, and is told when it comes back.
    write(path, "property.yaml", &HOUSE.replace("groups:\n  unused: { kind: service }\n", ""));
    let mended = check(path, &flags);
    assert!(mended.stderr.contains("1 findings are mended"), "{}", mended.stderr);
    write(path, "property.yaml", HOUSE);
    assert_eq!(rules(&check(path, &flags)), ["unused-group"]);
    // A property that cannot be understood takes nothing out, and its errors are told.
    let before = fs::read_to_string(path.join("known.json")).unwrap();
    write(path, "property.yaml", &HOUSE.replace("kind: entrance", "kind: entrence"));
    assert_eq!((rules(&check(path, &flags)), check(path, &flags).code), (vec!["bad-value".to_owned()], 1));
    assert_eq!(fs::read_to_string(path.join("known.json")).unwrap(), before);
    write(path, "known.json", "{}");
    assert_eq!(check(path, &flags).code, 2, "a baseline that is none");
}

fn git(directory: &Path, arguments: &[&str]) {
    let output = Command::new("git")
        .args(["-c", "user.name=Test", "-c", "user.email=test@example.com"])
        .args(arguments)
        .current_dir(directory)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// As [`check`], with the one variable that lets git be found.
fn check_with_git(directory: &Path, flags: &[&str]) -> Run {
    let mut arguments = vec!["check", "--format", "json"];
    arguments.extend(AS_OF);
    arguments.extend(flags);
    let path = std::env::var("PATH").unwrap();
    crate::command::keyplan_with(directory, &arguments, &[("PATH", &path)])
}

#[test]
fn since_a_revision_only_what_is_new_or_changed_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    write(path, "elm/property.yaml", HOUSE);
    write(path, "oak/property.yaml", &HOUSE.replace("id: house", "id: oak"));
    git(path, &["init", "-q"]);
    git(path, &["add", "."]);
    git(path, &["commit", "-qm", "two houses"]);
    let since = |revision: &str| check_with_git(path, &["--since", revision]);
    assert_eq!(rules(&since("HEAD")), Vec::<String>::new());
    // Lines that move change nothing.
    write(path, "elm/property.yaml", &HOUSE.replace("doors:\n", "# moved\n\ndoors:\n"));
    assert_eq!(rules(&since("HEAD")), Vec::<String>::new());
    // An object that is touched tells its findings again; what is far away does not.
    write(path, "elm/property.yaml", &HOUSE.replace("[front, cellar] }", "[front, cellar], name: Works }"));
    assert_eq!(rules(&since("HEAD")), ["share-restricted"]);
    // What a deletion causes elsewhere is new.
    write(path, "elm/property.yaml", &HOUSE.replace("[front, cellar]", "[front]"));
    assert_eq!(rules(&since("HEAD")), ["orphan-door", "share-restricted"]);
    // A new property is new as a whole.
    write(path, "ash/property.yaml", &HOUSE.replace("id: house", "id: ash"));
    write(path, "elm/property.yaml", HOUSE);
    assert_eq!(found(&since("HEAD")).len(), 3);
    assert_eq!(since("no-such-revision").code, 2);
    assert_eq!(since("--help").code, 2);
    let elsewhere = tempfile::tempdir().unwrap();
    write(elsewhere.path(), "property.yaml", HOUSE);
    let run = check_with_git(elsewhere.path(), &["--since", "HEAD"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("no git repository"), "{}", run.stderr);
}

#[test]
fn allow_comments_hold_for_the_node_they_stand_with() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    let told = |text: &str| {
        write(path, "property.yaml", text);
        rules(&check(path, &["--ignore", "orphan-door,unused-group"]))
    };
    let allow = "# keyplan: allow(share-restricted): they let the night guard in";
    let key = "  upkeep: { share: true, doors: [front, cellar] }";
    assert_eq!(told(HOUSE), ["share-restricted"]);
    assert_eq!(told(&HOUSE.replace(key, &format!("  {allow}\n{key}"))), Vec::<String>::new(), "above");
    assert_eq!(told(&HOUSE.replace(key, &format!("{key} {allow}"))), Vec::<String>::new(), "behind");
    let blank = format!("  {allow}\n\n  # something else\n{key}");
    assert_eq!(told(&HOUSE.replace(key, &blank)), Vec::<String>::new(), "above with lines between");
    assert_eq!(
        told(&HOUSE.replace("keys:\n", &format!("{allow}\nkeys:\n"))),
        Vec::<String>::new(),
        "a section"
    );
    let other = format!("  other: {{ doors: [front] }} {allow}\n{key}");
    assert_eq!(
        told(&HOUSE.replace(key, &other)),
        ["unheld-key", "allow-unused", "share-restricted"],
        "a neighbour"
    );
    let nested = format!("  upkeep: {allow}\n    share: true\n    doors: [front, cellar]");
    assert_eq!(told(&HOUSE.replace(key, &nested)), Vec::<String>::new(), "over several lines");
    let code = "# keyplan: allow(KP203, unheld-key): two at once";
    assert_eq!(told(&HOUSE.replace(key, &format!("  {code}\n{key}"))), ["allow-unused"], "one of two");
    // In force or not.
    let with = |comment: &str| told(&HOUSE.replace(key, &format!("{key} # keyplan: {comment}")));
    assert_eq!(with("allow(share-restricted) until 2026-11-23: today is the last day"), Vec::<String>::new());
    assert_eq!(with("allow(share-restricted) until 2026-11-22: over"), ["share-restricted", "allow-expired"]);
    assert_eq!(with("allow(share-restricted) until soon: no date"), ["share-restricted", "allow-unused"]);
    assert_eq!(with("allow(share-restricted)"), ["share-restricted", "allow-without-reason"]);
    assert_eq!(with("allow(share-restricted):   "), ["share-restricted", "allow-without-reason"]);
    assert_eq!(with("allow share-restricted: no brackets"), ["share-restricted", "allow-unused"]);
    assert_eq!(with("allow(share-restrictd): misspelled"), ["share-restricted", "allow-unused"]);
    assert_eq!(with("allow(allow-unused): about itself"), ["share-restricted", "allow-unused"]);
    assert_eq!(with("nothing for us"), ["share-restricted"]);
    // A text is no comment.
    let text = format!("{} description: \"{allow}\" }}", key.trim_end_matches(" }").to_owned() + ",");
    assert_eq!(told(&HOUSE.replace(key, &text)), ["share-restricted"]);
    // Without regard for any of them.
    write(path, "property.yaml", &HOUSE.replace(key, &format!("{key} {allow}")));
    assert_eq!(
        rules(&check(path, &["--no-ignores", "--select", "share-restricted,allow-unused"])),
        ["share-restricted"]
    );
}

#[test]
fn life_safety_is_never_allowed_away() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    let text = "keyplan: 1
property: { id: house, timezone: America/New_York }
doors: { front: { kind: entrance }, flat: { kind: residence } }
schedules: { day: { daily: 06:00-22:00 } }
keys:
  home:
    share: true
    doors:
      # keyplan: allow(resident-curfew): the landlord wants to sleep
      front: { schedule: day }
      flat: { schedule: day }
people: { ana: { unit: flat, teams: [residents], until: 2027-12-31 } }
assignments: [{ to: residents, keys: [home] }]
";
    write(path, "property.yaml", text);
    let run = check(path, &[]);
    assert_eq!(rules(&run), ["allow-unused", "resident-curfew", "resident-curfew"]);
    assert_eq!(run.code, 1);
    write(path, "keyplan.yaml", "keyplan: 1\nrules: { levels: { resident-curfew: off } }\n");
    let run = check(path, &[]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("it is about life safety"), "{}", run.stderr);
}

#[test]
fn profiles_and_levels_decide_what_is_told_and_how() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    write(path, "property.yaml", HOUSE);
    let levels = |settings: &str| -> Vec<String> {
        write(path, "keyplan.yaml", &format!("keyplan: 1\n{settings}\n"));
        let run = check(path, &[]);
        let report: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{}", run.stderr));
        let found = report["diagnostics"].as_array().unwrap().clone();
        let one =
            |one: &Value| format!("{} {}", one["severity"].as_str().unwrap(), one["rule"].as_str().unwrap());
        found.iter().map(one).collect()
    };
    let managed = ["warning orphan-door", "warning unused-group", "warning share-restricted"];
    assert_eq!(levels(""), managed);
    assert_eq!(levels("rules: { profile: managed }"), managed);
    assert_eq!(
        levels("rules: { profile: home }"),
        ["warning orphan-door", "info unused-group", "info share-restricted"]
    );
    assert_eq!(levels("rules: { profile: high-security }")[2], "error share-restricted");
    assert_eq!(
        levels("rules: { levels: { share-restricted: off, KP401: error } }"),
        ["error orphan-door", "warning unused-group"]
    );
    // A rule that the profile has off can be asked for.
    write(path, "keyplan.yaml", "keyplan: 1\nrules: { profile: home }\n");
    assert_eq!(rules(&check(path, &["--select", "KP203"])), ["share-restricted"]);
    let run = check(path, &["--select", "share-restrict"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("did you mean `share-restricted`?"), "{}", run.stderr);
}

#[test]
fn rules_and_explain_tell_what_there_is() {
    let directory = tempfile::tempdir().unwrap();
    let list = keyplan(directory.path(), &["rules", "--format", "json"]);
    let list: Value = serde_json::from_str(&list.stdout).unwrap();
    assert_eq!(list["version"], 1);
    assert_eq!(list["rules"].as_array().unwrap().len(), keyplan::rules::RULES.len());
    for rule in list["rules"].as_array().unwrap() {
        let [by_name, by_code] = ["name", "code"]
            .map(|field| keyplan(directory.path(), &["explain", rule[field].as_str().unwrap()]).stdout);
        assert_eq!(by_name, by_code);
        assert!(by_name.starts_with(&format!("# {}\n", rule["name"].as_str().unwrap())));
        assert!(by_name.contains("## Remedy") && by_name.contains("## Facts"));
    }
    assert_eq!(keyplan(directory.path(), &["explain", "KP022"]).code, 0, "a mistake of form");
    assert_eq!(keyplan(directory.path(), &["explain", "no-such-rule"]).code, 2);
}

#[test]
fn no_baseline_keeps_a_failed_assertion() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    let property = "keyplan: 1\nproperty: { id: p, timezone: UTC }\ndoors: { d: { kind: entrance } }\n\
        keys: { k: { doors: [d] } }\npeople: { x: { until: 2099-12-31 } }\nassignments: [{ to: x, keys: k }]\n\
        assert: [{ who: x, doors: d, never: unlock }]\n";
    fs::write(path.join("property.yaml"), property).unwrap();
    for _ in 0..2 {
        let run = check(path, &["--baseline", "known.json"]);
        assert_eq!((run.code, rules(&run)), (1, vec!["failed-assertion".to_owned()]));
    }
}
