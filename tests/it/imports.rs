//! `import`: properties from credential tables, and the record as a side of `diff`.

use std::cell::Cell;
use std::fs;
use std::path::Path;

use proptest::prelude::*;

use crate::command::{Run, keyplan, keyplan_with, root};
use crate::optimize::write;
use crate::oracle::runner;
use crate::reference::compare::{compare, telling_days};
use crate::reference::dice::Dice;
use crate::reference::expand::Document;
use crate::reference::random;
use crate::reference::spelling::spell;

fn compiled(directory: &Path, property: &str, as_of: &str, format: &str) -> String {
    let run = keyplan(directory, &["compile", property, "--as-of", as_of, "--format", format]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    run.stdout
}

#[test]
fn imported_tables_give_what_the_reference_evaluator_says() {
    let (minutes, refused, holidays) = (Cell::new(0), Cell::new(0), Cell::new(0));
    let strategy = (random::property(), any::<u64>());
    runner(250, "tests/seed/imports.txt")
        .run(&strategy, |(property, seed)| {
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path();
            write(&path.join("here"), &spell(&property, seed));
            let as_of = property.as_of.to_string();
            let format = if seed % 2 == 0 { "json" } else { "jsonl" };
            fs::write(path.join("tables"), compiled(path, "here", &as_of, format)).unwrap();
            let run = keyplan(path, &["import", "tables", "tables", "--out", "new", "--as-of", &as_of]);
            if run.code != 0 {
                println!("{}", run.stderr.trim());
                refused.set(refused.get() + 1);
                return Ok(());
            }
            let text = fs::read_to_string(path.join("new/property.yaml")).unwrap();
            holidays.set(holidays.get() + usize::from(text.contains("    holidays: ")));
            let document = Document::read(&compiled(path, "new", &as_of, "json"));
            let days = telling_days(&property, &mut Dice::new(seed));
            match compare(&property, &document, &days) {
                Ok(compared) => minutes.set(minutes.get() + compared),
                Err(difference) => prop_assert!(false, "{}", difference),
            }
            Ok(())
        })
        .unwrap();
    println!(
        "{} minutes compared, {} refused, {} with hours on holidays",
        minutes.get(),
        refused.get(),
        holidays.get()
    );
    assert!(minutes.get() > 1_000_000 && refused.get() == 0 && holidays.get() > 10);
}

#[test]
fn the_example_is_imported_with_its_keys() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    let example = root().join("examples/1800-main-st").display().to_string();
    fs::write(path.join("main.json"), compiled(path, &example, "2026-11-23", "json")).unwrap();
    let run = keyplan(path, &["import", "tables", "main.json", "--out", "new", "--as-of", "2026-11-23"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    insta::assert_snapshot!("import_main_said", run.stderr);
    insta::assert_snapshot!("import_main_keys", fs::read_to_string(path.join("new/keys.yaml")).unwrap());
    let equal = keyplan(path, &["verify", "equal", &example, "new", "--as-of", "2026-11-23"]);
    assert_eq!(equal.code, 0, "{}{}", equal.stdout, equal.stderr);
    let again = keyplan(path, &["import", "tables", "main.json", "--out", "new"]);
    assert!(
        again.code == 2 && again.stderr.contains("is there already; nothing was written"),
        "{}",
        again.stderr
    );
}

const TABLE: &str = "\
person,door,schedule,doorcode,share,until,kind
Ann Smith,Front Door,always,yes,yes,2027-12-31,entrance
Ann Smith,12,always,yes,yes,2027-12-31,residence
Bob,Front Door,always,yes,yes,,entrance
Bob,14,always,yes,yes,,residence
\"Clean, Co\",Front Door,\"mon-fri 22:00-06:00; sat 09:00-12:00 13:00-17:00\",no,,,entrance
";

#[test]
fn values_from_a_spreadsheet_become_a_property() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    fs::write(path.join("Elm House.csv"), TABLE).unwrap();
    let arguments =
        ["import", "tables", "Elm House.csv", "--timezone", "Europe/Berlin", "--as-of", "2026-11-23"];
    let run = keyplan(path, &arguments);
    assert_eq!(run.code, 0, "{}", run.stderr);
    insta::assert_snapshot!("import_spreadsheet", run.stdout);
    fs::write(path.join("elm.yaml"), &run.stdout).unwrap();
    let table = compiled(path, "elm.yaml", "2026-11-23", "csv");
    insta::assert_snapshot!("import_spreadsheet_compiled", table);
}

#[test]
fn what_is_no_table_of_credentials_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    let cases = [
        ("", "their first line is `person,door,schedule,doorcode`"),
        ("person,door\nann,front\n", "their first line is"),
        ("person,door,schedule,doorcode,colour\n", "`person,door,schedule,doorcode,colour`"),
        ("person,door,schedule,doorcode\nann,front,always\n", ":2: the row has 3 fields, the header 4"),
        ("person,door,schedule,doorcode\nann,,always,yes\n", ":2: the row names no door"),
        ("person,door,schedule,doorcode\nann,front,mornings 8-9,yes\n", ":2: `mornings` is no day"),
        ("person,door,schedule,doorcode\nann,front,mon 8-9,yes\n", ":2: `8-9` is no window"),
        ("person,door,schedule,doorcode\nann,front,mon,yes\n", ":2: no hours stand behind `mon`"),
        ("person,door,schedule,doorcode\nann,front,always,maybe\n", ":2: `maybe` under `doorcode`"),
        ("person,door,schedule,doorcode,until\na,b,always,yes,31.12.2026\n", ":2: `31.12.2026` is no date"),
        ("{}", "these are no tables as `keyplan compile --format json` writes them"),
        ("{\"version\":7,\"property\":\"a\",\"timezone\":\"UTC\",\"locks\":[]}", "version 7"),
        ("{\"version\":1,\"property\":\"a\",\"timezone\":\"Mars\",\"locks\":[]}", "`Mars` is no time zone"),
    ];
    for (text, message) in cases {
        fs::write(path.join("table"), text).unwrap();
        let run = keyplan(path, &["import", "tables", "table", "--timezone", "UTC"]);
        assert!(run.code == 2 && run.stderr.contains(message), "{text:?}: {}", run.stderr);
        assert_eq!(run.stdout, "");
    }
    let run = keyplan(path, &["import", "tables", "nowhere.csv"]);
    assert!(run.code == 2 && run.stderr.contains("cannot read nowhere.csv"), "{}", run.stderr);
    fs::write(path.join("table"), "person,door,schedule,doorcode\nann,front,always,yes\n").unwrap();
    let run = keyplan(path, &["import", "tables", "table"]);
    assert!(run.code == 2 && run.stderr.contains("--timezone America/New_York"), "{}", run.stderr);
}

#[test]
fn a_property_is_compared_with_what_was_applied() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    fs::create_dir_all(path.join("house")).unwrap();
    fs::write(path.join("keyplan.yaml"), "keyplan: 1\nproviders:\n  here: { kind: files, path: locks/ }\n")
        .unwrap();
    let house = |hours: &str, until: &str| {
        format!(
            "keyplan: 1\nproperty: {{ id: house, timezone: Europe/Berlin }}\n\
             doors:\n  front: {{ kind: entrance, lock: {{ provider: here }} }}\n  back: {{ kind: service, lock: {{ provider: here }} }}\n\
             schedules:\n  day: {{ mon-fri: {hours} }}\n\
             keys:\n  home: {{ doors: [front] }}\n  work: {{ doors: {{ front: {{ schedule: day }}, back: {{ schedule: day, doorcode: false }} }} }}\n\
             people:\n  ann: {{{until}}}\n  bob: {{}}\n\
             assignments:\n  - {{ to: ann, keys: [home], share: true }}\n  - {{ to: bob, keys: [work] }}\n"
        )
    };
    let write_house = |text: String| fs::write(path.join("house/property.yaml"), text).unwrap();
    write_house(house("08:00-18:00", ""));
    let identity = path.join("identity").display().to_string();
    let run = |arguments: &[&str]| -> Run {
        let arguments = [arguments, &["--as-of", "2026-11-23"]].concat();
        keyplan_with(path, &arguments, &[("KEYPLAN_IDENTITY_FILE", &identity)])
    };
    let applied = run(&["apply", "--yes", "house"]);
    assert_eq!(applied.code, 0, "{}{}", applied.stdout, applied.stderr);
    let same = run(&["diff", "@state", "house", "--fail-on", "any"]);
    assert_eq!(same.code, 0, "{}{}", same.stdout, same.stderr);
    write_house(house("08:00-20:00", " until: 2026-12-31 "));
    let from_state = run(&["diff", "@state", "house"]);
    insta::assert_snapshot!("diff_state", from_state.stdout);
    let to_state = run(&["diff", "house", "@state", "--fail-on", "widened"]);
    assert_eq!(to_state.code, 1, "{}", to_state.stderr);
    let both = run(&["diff", "@state", "@state"]);
    assert!(both.code == 2 && both.stderr.contains("keyplan diff @state ."), "{}", both.stderr);
}
