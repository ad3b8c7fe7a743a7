//! `optimize` and `proof check`, as users run them.

use std::cell::Cell;
use std::fs;
use std::io::Read as _;
use std::path::Path;

use proptest::prelude::*;
use serde_json::Value;

use crate::command::{copy_property, keyplan, root};
use crate::oracle::runner;
use crate::reference::compare::{compare, telling_days};
use crate::reference::dice::Dice;
use crate::reference::expand::Document;
use crate::reference::random;
use crate::reference::spelling::spell;

pub(crate) fn write(directory: &Path, files: &[(String, String)]) {
    for (name, text) in files {
        let path = directory.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

fn json(directory: &Path, arguments: &[&str]) -> Value {
    let run = keyplan(directory, arguments);
    assert_eq!(run.code, 0, "{arguments:?}: {}", run.stderr);
    serde_json::from_str(&run.stdout).unwrap()
}

/// A table of the building sets as comma-separated values; private keys of homes begin with `home:`.
pub(crate) fn building_set(name: &str) -> String {
    let file = fs::File::open(root().join(format!("tests/data/fewest-keys/{name}.txt.gz"))).unwrap();
    let mut text = String::new();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
    let mut table = "person,permission\n".to_owned();
    for line in text.lines() {
        let (person, permissions) = line.split_once(':').unwrap();
        for permission in permissions.split_whitespace() {
            let is_unit =
                permission.split(['/', '|']).nth(1).unwrap().trim_start_matches('u').parse::<u32>().is_ok();
            let home = if is_unit && permission.ends_with("|24x7|c|s") { "home:" } else { "" };
            table.push_str(&format!("{person},{home}{permission}\n"));
        }
    }
    table
}

#[test]
fn the_fewest_keys_of_buildings_are_found_and_their_proofs_hold() {
    let directory = tempfile::tempdir().unwrap();
    for (name, keys, shared) in
        [("main-200", 138, 38), ("main-2000", 1_215, 265), ("main-20000", 12_075, 2_575)]
    {
        fs::write(directory.path().join("table.csv"), building_set(name)).unwrap();
        let arguments = [
            "optimize",
            "--table",
            "table.csv",
            "--pin",
            "home:",
            "--format",
            "json",
            "--proof",
            "proof.json",
        ];
        let found = json(directory.path(), &arguments);
        assert_eq!(found["keys_after"], keys);
        assert_eq!(found["lower_bound"], keys);
        assert_eq!(found["proved_minimal"], true);
        assert_eq!(found["private"], keys - shared);
        assert_eq!(found["keys"].as_array().unwrap().len(), keys);
        let checked =
            json(directory.path(), &["proof", "check", "proof.json", "table.csv", "--format", "json"]);
        assert_eq!((&checked["holds"], &checked["proved_minimal"]), (&true.into(), &true.into()));
        assert_eq!(json(directory.path(), &arguments), found, "the same every time");
    }
}

#[test]
fn a_proof_that_was_tampered_with_does_not_hold() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    fs::write(path.join("table.csv"), building_set("main-200")).unwrap();
    json(
        path,
        &["optimize", "--table", "table.csv", "--pin", "home:", "--format", "json", "--proof", "proof.json"],
    );
    let proof: Value = serde_json::from_str(&fs::read_to_string(path.join("proof.json")).unwrap()).unwrap();
    let mut dice = Dice::new(7);
    let mut refused = 0;
    let shared = |proof: &Value| {
        let keys = proof["keys"].as_array().unwrap();
        keys.iter().position(|key| key["permissions"].as_array().unwrap().len() > 1).unwrap()
    };
    for round in 0..60 {
        let mut changed = proof.clone();
        let keys = changed["keys"].as_array().unwrap().len();
        let some_key = dice.below(keys);
        match round % 6 {
            // Somebody loses a key.
            0 => drop(changed["keys"][some_key]["people"].as_array_mut().unwrap().pop()),
            // A key is lost.
            1 => drop(changed["keys"].as_array_mut().unwrap().remove(some_key)),
            // A key gives more.
            2 => {
                let from = shared(&changed);
                let other = changed["keys"][from]["permissions"][0].clone();
                changed["keys"][some_key]["permissions"].as_array_mut().unwrap().push(other);
            }
            // A grant is counted twice.
            3 => {
                let grants = changed["bounds"][0]["apart"].as_array_mut().unwrap();
                let again = grants[dice.below(grants.len())].clone();
                grants.push(again);
            }
            // The bound is less than is said.
            4 => drop(changed["bounds"][0]["apart"].as_array_mut().unwrap().pop()),
            // Fewer keys are claimed than there are.
            _ => changed["keys_after"] = (keys - 1).into(),
        }
        fs::write(path.join("changed.json"), changed.to_string()).unwrap();
        let run = keyplan(path, &["proof", "check", "changed.json", "table.csv"]);
        assert_eq!(run.code, 1, "{round}: {}{}", run.stdout, run.stderr);
        assert!(run.stdout.starts_with("does not hold: "), "{}", run.stdout);
        refused += 1;
    }
    println!("{refused} changed proofs refused");
}

#[test]
fn refutations_are_followed_and_broken_ones_are_not() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    // Nobody is with themselves: of six, four keys are needed, and no four grants show it.
    let mut table = "person,permission\n".to_owned();
    for one in 0..6 {
        (0..6).filter(|other| *other != one).for_each(|other| table.push_str(&format!("p{one},q{other}\n")));
    }
    fs::write(path.join("table.csv"), table).unwrap();
    let found =
        json(path, &["optimize", "--table", "table.csv", "--format", "json", "--proof", "proof.json"]);
    assert_eq!((&found["keys_after"], &found["proved_minimal"]), (&4.into(), &true.into()));
    let checked = json(path, &["proof", "check", "proof.json", "table.csv", "--format", "json"]);
    assert_eq!((&checked["lower_bound"], &checked["refutations"]), (&4.into(), &1.into()));
    let proof: Value = serde_json::from_str(&fs::read_to_string(path.join("proof.json")).unwrap()).unwrap();
    let clauses = proof["bounds"][0]["clauses"].as_array().unwrap().len();
    let mut changed = proof.clone();
    changed["bounds"][0]["clauses"] = Value::Array(Vec::new());
    let mut wrong = vec![changed];
    let mut more = proof.clone();
    more["bounds"][0]["keys"] = 4.into();
    more["lower_bound"] = 5.into();
    wrong.push(more);
    for changed in wrong {
        fs::write(path.join("changed.json"), changed.to_string()).unwrap();
        let run = keyplan(path, &["proof", "check", "changed.json", "table.csv"]);
        assert_eq!(run.code, 1, "{}", run.stdout);
    }
    println!("{clauses} clauses followed");
}

#[test]
fn needless_keys_go_and_the_files_are_what_they_were() {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path().join("copy");
    copy_property(&root().join("examples/1800-main-st"), &place);
    let before = |name: &str| fs::read_to_string(root().join("examples/1800-main-st").join(name)).unwrap();
    let (mut keys, mut assignments) = ("keys:\n".to_owned(), "assignments:\n".to_owned());
    let residents = [
        "[entrances]",
        "[parking]",
        "{ pool: { schedule: pool-hours, doorcode: false } }",
        "{ workshop: { schedule: quiet-hours, doorcode: false }, bike-room: { doorcode: false } }",
    ];
    let vendors = [
        "{ entrances: { schedule: business-hours } }",
        "{ service-areas: { schedule: business-hours } }",
        "{ pool: { schedule: business-hours }, gym: { schedule: business-hours } }",
    ];
    for number in 0..30 {
        let (doors, given) = match number % 2 {
            0 => (
                residents[number / 2 % 4],
                if number / 2 % 4 < 2 { "residents, share: true" } else { "residents" },
            ),
            _ => (vendors[number / 2 % 3], "vendors, until: 2027-09-30"),
        };
        keys.push_str(&format!("  spare-{number}: {{ doors: {doors} }}\n"));
        assignments.push_str(&format!("  - {{ keys: [spare-{number}], to: {given} }}\n"));
    }
    fs::write(place.join("spare.yaml"), format!("{keys}\n{assignments}")).unwrap();
    let spoiled = directory.path().join("spoiled");
    copy_property(&place, &spoiled);
    let found = json(directory.path(), &["optimize", "copy", "--format", "json"]);
    assert_eq!((&found["keys_before"], &found["keys_after"]), (&226.into(), &196.into()));
    assert_eq!(found["proved_minimal"], true);
    let some = json(directory.path(), &["optimize", "copy", "--max-edits", "7", "--format", "json"]);
    assert_eq!((&some["keys_after"], &some["proved_minimal"]), (&219.into(), &false.into()));
    let run = keyplan(directory.path(), &["optimize", "copy", "--write"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(keyplan(directory.path(), &["verify", "equal", "spoiled", "copy"]).code, 0);
    for name in ["keys.yaml", "assignments.yaml", "people.yaml"] {
        assert_eq!(fs::read_to_string(place.join(name)).unwrap(), before(name));
    }
    let run = keyplan(directory.path(), &["optimize", "copy", "--write"]);
    assert!(run.stdout.ends_with("nothing to write: there are no fewer keys to propose\n"), "{}", run.stdout);
}

#[test]
fn rewritten_properties_give_what_the_reference_evaluator_says() {
    let (rewritten, refused, minutes) = (Cell::new(0), Cell::new(0), Cell::new(0));
    let strategy = (random::property(), any::<u64>());
    runner(250, "tests/seed/optimize.txt")
        .run(&strategy, |(property, seed)| {
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path();
            write(&path.join("here"), &spell(&property, seed));
            let as_of = property.as_of.to_string();
            let mixed = if seed % 2 == 0 { "--mixed" } else { "-q" };
            let run = keyplan(path, &["optimize", "here", "--as-of", &as_of, mixed, "--proof", "proof.json"]);
            prop_assert_eq!(run.code, 0, "{}", run.stderr);
            let checked = keyplan(path, &["proof", "check", "proof.json", "here", "--as-of", &as_of]);
            prop_assert_eq!(checked.code, 0, "{}{}", checked.stdout, checked.stderr);
            let run = keyplan(path, &["optimize", "here", "--as-of", &as_of, mixed, "--write"]);
            if run.code != 0 {
                // What cannot be rewritten is left as it is, and said.
                prop_assert!(run.stderr.contains("was left as it is"), "{}", run.stderr);
                println!("{}", run.stderr.trim());
                refused.set(refused.get() + 1);
            } else if run.stdout.contains("written;") {
                rewritten.set(rewritten.get() + 1);
            }
            let run = keyplan(path, &["compile", "here", "--as-of", &as_of, "--format", "json"]);
            prop_assert_eq!(run.code, 0, "{}", run.stderr);
            let document = Document::read(&run.stdout);
            let days = telling_days(&property, &mut Dice::new(seed));
            match compare(&property, &document, &days) {
                Ok(compared) => minutes.set(minutes.get() + compared),
                Err(difference) => prop_assert!(false, "{}", difference),
            }
            Ok(())
        })
        .unwrap();
    println!("{} rewritten, {} refused, {} minutes compared", rewritten.get(), refused.get(), minutes.get());
    assert!(rewritten.get() > 100 && refused.get() == 0);
}

#[test]
fn what_is_no_table_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    let cases: [(&str, &[&str], &str); 8] = [
        ("", &[], "the first line of a table of needs is `person,permission`"),
        ("who,what\na,b\n", &[], "begins with `who,what`"),
        ("person,permission\na\n", &[], "table.csv:2 has 1 fields and not two"),
        ("person,permission\na,b\n,c\n", &[], "table.csv:3 names no person"),
        ("person,permission\na,\"b\nc,d\n", &[], "table.csv:2: "),
        ("person,permission\na,b\n", &["--pin", "x"], "no permission begins with `x`"),
        ("person,permission\na,b\n", &["--pin", ""], "`--pin` without a beginning"),
        ("person,permission\na,b\n", &["--write"], "--write"),
    ];
    for (text, arguments, told) in cases {
        fs::write(path.join("table.csv"), text).unwrap();
        let run = keyplan(path, &[&["optimize", "--table", "table.csv"], arguments].concat());
        assert_eq!(run.code, 2, "{text}: {}", run.stdout);
        assert!(run.stderr.contains(told), "{}", run.stderr);
    }
    let run = keyplan(root(), &["optimize", "examples/walk-up.yaml", "--keep", "garden"]);
    assert_eq!(
        (run.code, run.stderr.contains("no key `garden`, which `--keep` names")),
        (2, true),
        "{}",
        run.stderr
    );
}
