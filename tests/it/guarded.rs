//! What may not be done: what the property forbids, what is guarded, and where doorcodes may not lie.

use std::fs;

use serde_json::json;

use crate::between::{DOORS, Desk, PEOPLE, house, incomplete};

/// What a property demands of itself and does not hold is not planned, nor applied.
#[test]
fn a_broken_assertion_bars_plans() {
    let desk = Desk::on_files();
    let broken = format!(
        "{}assert:\n  - {{ who: [tenants], never: [unlock], doors: [pool] }}\n",
        house(&PEOPLE.join("\n"), DOORS)
    );
    desk.text(&broken);
    let check = desk.run(&["check"]);
    assert!(check.code == 1 && check.stdout.contains("KP115"), "{}", check.stdout);
    for command in [&["plan"][..], &["apply", "--yes"]] {
        let run = desk.run(command);
        assert!(run.code == 1 && run.stderr.contains("KP115"), "{command:?}: {}{}", run.stdout, run.stderr);
    }
    assert!(!desk.path().join(".keyplan/state.db").exists());
}

/// Guards go by what was applied, also when only a part is applied, or nothing, or not everything.
#[test]
fn what_is_guarded_stays_guarded_until_all_is_applied() {
    let desk = Desk::on_files();
    let protected = PEOPLE[2].replace(" }", ", protect: true }");
    desk.write(&[PEOPLE[0], PEOPLE[1], &protected]);
    desk.done(&["apply", "--yes"]);
    desk.write(&PEOPLE[..2]);
    assert_eq!(desk.run(&["apply", "--yes"]).code, 11);
    let nothing = desk.run(&["apply", "--only", "door:nosuch", "--yes"]);
    assert!(
        nothing.code == 2 && nothing.stderr.contains("`door:nosuch` picks nothing"),
        "{}",
        nothing.stderr
    );
    desk.done(&["apply", "--only", "person:ana", "--yes"]);
    assert_eq!(desk.run(&["apply", "--yes"]).code, 11);
    // What came in by a run that did not end counts too.
    let mut desk = incomplete();
    desk.configure("pool", &json!({"offline": true}));
    let guarded = PEOPLE[1].replace(" }", ", protect: true }");
    desk.write(&[PEOPLE[0], &guarded, PEOPLE[2]]);
    assert_ne!(desk.run(&["apply", "--yes"]).code, 0);
    desk.configure("pool", &json!({"offline": false}));
    desk.write(&[PEOPLE[0], PEOPLE[2]]);
    assert_eq!(desk.run(&["apply", "--yes"]).code, 11);
}

/// Guards go by what the doors were, and by what the locks can hold.
#[test]
fn a_door_that_is_called_or_used_otherwise_is_guarded_as_what_it_was() {
    let desk = Desk::on_files();
    desk.write(&PEOPLE);
    desk.done(&["apply", "--yes"]);
    let all = house(&PEOPLE.join("\n"), DOORS);
    // The only entrance is no entrance any more, and nobody has it.
    let closed = all
        .replace("front: { kind: entrance }", "front: { kind: other }")
        .replace("[front, $door]", "[$door]")
        .replace("[front, pool]", "[pool]");
    desk.text(&closed);
    let refused = desk.run(&["apply", "--yes"]);
    assert!(refused.code == 11 && refused.stderr.contains("every entrance"), "{}", refused.stderr);
    // A door with another id is another door, and its codes would go.
    desk.text(&all.replace("front", "lobby"));
    let refused = desk.run(&["apply", "--yes"]);
    assert!(refused.code == 11 && refused.stderr.contains("state mv door front"), "{}", refused.stderr);
    desk.done(&["state", "mv", "door", "front", "lobby"]);
    desk.done(&["apply", "--yes"]);
}

/// Hours that a lock cannot hold take them from everybody, however much is written.
#[test]
fn hours_that_fit_no_lock_count_as_taken_away() {
    let desk = Desk::on_files();
    let people: Vec<String> = (1..=12).map(|number| format!("  p{number}: {{ teams: [tenants] }}")).collect();
    let text = |hours: &str| {
        format!(
            "keyplan: 1
property: {{ id: p, timezone: America/New_York }}
doors:
  front: {{ kind: entrance }}
  gym: {{ kind: amenity, lock: {{ model: small }} }}
lock-models:
  small: {{ schedules: {{ per-holder: 7 }} }}
schedules:
  hours: {{ mon-sun: {hours} }}
keys:
  all: {{ doors: {{ front: {{}}, gym: {{ schedule: hours }} }} }}
people:
{}
assignments:
  - {{ to: tenants, keys: [all] }}
",
            people.join("\n")
        )
    };
    desk.text(&text("06:00-22:00"));
    desk.done(&["apply", "--yes"]);
    desk.text(&text("[06:00-12:00, 13:00-22:00]"));
    let refused = desk.run(&["apply", "--yes"]);
    assert!(
        refused.code == 11 && refused.stderr.contains("12 of 12 people"),
        "{}{}",
        refused.stdout,
        refused.stderr
    );
}

#[cfg(unix)]
#[test]
fn plain_doorcodes_reach_no_git_work_tree_through_a_link() {
    let desk = Desk::on_files();
    fs::create_dir_all(desk.path().join("repo/.git")).unwrap();
    fs::create_dir_all(desk.path().join("repo/x")).unwrap();
    std::os::unix::fs::symlink(desk.path().join("repo/x"), desk.path().join("link")).unwrap();
    fs::write(
        desk.path().join("keyplan.yaml"),
        "keyplan: 1\nproviders:\n  tables: { kind: files, path: link, plain: true }\n",
    )
    .unwrap();
    let doors =
        DOORS.replace("front: { kind: entrance }", "front: { kind: entrance, lock: { provider: tables } }");
    desk.text(&house(PEOPLE[0], &doors));
    let run = desk.run(&["apply", "--yes"]);
    assert!(run.code == 2 && run.stderr.contains("git work tree"), "{}{}", run.stdout, run.stderr);
    assert_eq!(fs::read_dir(desk.path().join("repo/x")).unwrap().count(), 0);
}
