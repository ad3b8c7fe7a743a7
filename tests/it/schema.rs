//! The editors' schema and the front end accept and refuse the same, by a validator that others wrote.

use std::fs;
use std::path::{Path, PathBuf};

use jsonschema::Validator;
use keyplan::model::language::{FILE, SETTINGS};
use keyplan::model::shape::{Shape, Value as Allowed};
use serde_json::Value;

use crate::command::{keyplan, root};

fn validator(name: &str) -> Validator {
    let text = fs::read_to_string(root().join("schemas").join(format!("{name}.schema.json"))).unwrap();
    jsonschema::draft202012::new(&serde_json::from_str(&text).unwrap()).unwrap()
}

/// A YAML file as an editor's validator sees it.
fn as_json(text: &str) -> Result<Value, serde_yaml::Error> {
    serde_yaml::from_str(text)
}

fn yaml_files(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(yaml_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml") {
            files.push(path);
        }
    }
    files.sort();
    files
}

#[test]
fn the_files_are_what_the_command_prints() {
    for name in keyplan::output::schema::NAMES {
        let path = root().join("schemas").join(format!("{name}.schema.json"));
        let printed = keyplan(root(), &["schema", name]).stdout;
        if std::env::var_os("INSTA_UPDATE").is_some_and(|update| update == "always") {
            fs::write(&path, &printed).unwrap();
        }
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            printed,
            "run with INSTA_UPDATE=always to write it anew"
        );
    }
}

#[test]
fn every_example_is_valid() {
    let (property, settings) = (validator("property"), validator("keyplan"));
    let mut files = yaml_files(&root().join("examples"));
    files.extend(yaml_files(&root().join("src/cli/init")));
    for path in &files {
        let json = as_json(&fs::read_to_string(path).unwrap()).unwrap();
        let validator = if path.ends_with("keyplan.yaml") { &settings } else { &property };
        if let Err(error) = validator.validate(&json) {
            panic!("{}: {error} at {}", path.display(), error.instance_path());
        }
    }
    assert!(files.len() >= 10);
}

#[test]
fn what_we_print_is_what_its_schema_says() {
    let check = validator("check");
    let mut findings = 0;
    for fixture in fs::read_dir(root().join("tests/broken")).unwrap() {
        let fixture = fixture.unwrap().path();
        if fixture.is_dir() && !fixture.to_string_lossy().contains("settings-") {
            let run = keyplan(&fixture, &["check", "--format", "json", "--as-of", "2026-11-23"]);
            let report: Value = serde_json::from_str(&run.stdout).unwrap();
            if let Err(error) = check.validate(&report) {
                panic!("{}: {error} at {}", fixture.display(), error.instance_path());
            }
            findings += report["diagnostics"].as_array().unwrap().len();
        }
    }
    assert!(findings > 100);
    let seed: Value =
        serde_json::from_str(&keyplan(&root().join("tests/seed"), &["check", "--format", "json"]).stdout)
            .unwrap();
    assert!(
        check.is_valid(&seed)
            && seed["diagnostics"].as_array().unwrap().iter().any(|one| one["fix"].is_object())
    );
    let mut list: Value =
        serde_json::from_str(&keyplan(root(), &["rules", "--format", "json"]).stdout).unwrap();
    let rules = validator("rules");
    assert!(
        rules.is_valid(&list),
        "{:?}",
        rules.iter_errors(&list).map(|e| e.to_string()).collect::<Vec<_>>()
    );
    list["rules"][0]["levels"]["home"] = "sometimes".into();
    assert!(!rules.is_valid(&list));
}

#[test]
fn answers_and_differences_are_what_their_schemas_say() {
    let place = "examples/1800-main-st";
    let asked: [(&str, &[&str]); 11] = [
        ("diff", &["diff", "examples/walk-up.yaml", place]),
        ("diff", &["diff", "--from", "2026-11-23", "--to", "2027-01-31", place]),
        ("optimize", &["optimize", place]),
        ("optimize", &["optimize", "examples/walk-up.yaml"]),
        ("verify", &["verify", "equal", place, place]),
        ("verify", &["verify", "no-wider", "examples/walk-up.yaml", place]),
        ("who", &["who", "pool", place, "--at", "fri 23:00"]),
        ("who", &["what", "aaron-keller", place]),
        ("why", &["why", "aaron-keller", "pool", place]),
        ("why-not", &["why-not", "acme-plumbing", "pool", place, "--at", "sun 12:00"]),
        ("why-not", &["why-not", "acme-plumbing", "unit-201A", place]),
    ];
    for (schema, arguments) in asked {
        let run = keyplan(root(), &[arguments, &["--format", "json", "--as-of", "2026-11-23"]].concat());
        let mut document: Value = serde_json::from_str(&run.stdout).unwrap();
        if let Err(error) = validator(schema).validate(&document) {
            panic!("{arguments:?}: {error} at {}", error.instance_path());
        }
        document["version"] = 2.into();
        assert!(!validator(schema).is_valid(&document));
    }
}

/// Kinds of mistakes that a schema can see: fields, shapes and words, but not names or dates.
const SEEN_BY_SCHEMAS: [&str; 4] = ["unknown-field", "wrong-shape", "missing-field", "secret-in-file"];

#[test]
fn what_check_refuses_for_its_fields_the_schema_refuses_too() {
    let (property, settings) = (validator("property"), validator("keyplan"));
    let mut refused = 0;
    for fixture in fs::read_dir(root().join("tests/broken")).unwrap() {
        let fixture = fixture.unwrap().path();
        if !fixture.is_dir() || fixture.to_string_lossy().contains("settings-") {
            continue;
        }
        let run = keyplan(&fixture, &["check", "--format", "json"]);
        let report: Value = serde_json::from_str(&run.stdout).unwrap();
        for path in yaml_files(&fixture) {
            let Ok(text) = fs::read_to_string(&path) else { continue };
            let Ok(json) = as_json(&text) else { continue };
            let shown = path.strip_prefix(&fixture).unwrap().display().to_string();
            let found: Vec<&str> = report["diagnostics"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|one| one["file"] == shown)
                .map(|one| one["rule"].as_str().unwrap())
                .collect();
            let name = path.display();
            // What one file misses another may have, and hours may stand behind days that a schema knows.
            let seen = found.iter().any(|rule| SEEN_BY_SCHEMAS.contains(rule) && *rule != "missing-field");
            let validator = if path.ends_with("keyplan.yaml") { &settings } else { &property };
            if seen {
                assert!(!validator.is_valid(&json), "{name}: the schema sees nothing of {found:?}");
                refused += 1;
            } else if found.is_empty() {
                assert!(validator.is_valid(&json), "{name}: only the schema finds something");
            }
        }
    }
    assert!(refused >= 10, "only {refused} files were refused by both");
}

/// Every shape of the language with a way to it from the top of a file.
fn shapes() -> Vec<(&'static Shape, Vec<String>)> {
    fn visit(value: &Allowed, way: &[String], found: &mut Vec<(&'static Shape, Vec<String>)>) {
        match value {
            Allowed::Fields(shape) => fields(shape, way, found),
            Allowed::Table(_, entry) => visit(entry, &[way, &["%entry".to_owned()]].concat(), found),
            Allowed::OneOrMany(one) => visit(one, way, found),
            Allowed::List(one) => visit(one, &[way, &["%item".to_owned()]].concat(), found),
            Allowed::Either(ways) => ways.iter().for_each(|one| visit(one, way, found)),
            _ => {}
        }
    }
    fn fields(shape: &'static Shape, way: &[String], found: &mut Vec<(&'static Shape, Vec<String>)>) {
        found.push((shape, way.to_vec()));
        for field in shape.fields {
            visit(&field.value, &[way, &[field.name.to_owned()]].concat(), found);
        }
    }
    let mut found = Vec::new();
    fields(&FILE, &[], &mut found);
    found
}

/// A file with one unknown field at the end of a way, and the fields that must be there.
fn with_unknown_field(shape: &Shape, way: &[String]) -> Value {
    let mut value = serde_json::json!({ "zzzzzzzz": "x" });
    for field in shape.fields.iter().filter(|field| field.required) {
        value[field.name] = Value::String("a".into());
    }
    for step in way.iter().rev() {
        value = match step.as_str() {
            "%entry" => serde_json::json!({ "a": value }),
            "%item" => serde_json::json!([value]),
            name => serde_json::json!({ name: value }),
        };
    }
    value
}

#[test]
fn schema_and_front_end_know_the_same_fields() {
    let validator = validator("property");
    let directory = tempfile::tempdir().unwrap();
    let mut compared = 0;
    for (shape, way) in shapes() {
        let value = with_unknown_field(shape, &way);
        assert!(!validator.is_valid(&value), "the schema takes any field in {}", shape.what);
        // JSON is YAML, and so is what a JSON writer writes.
        fs::write(directory.path().join("property.yaml"), value.to_string()).unwrap();
        let run = keyplan(directory.path(), &["check", "--format", "concise"]);
        let roster = shape.what == "a roster in a table" || way.iter().any(|step| step == "people");
        assert!(
            run.stdout.contains(&format!("there is no field `zzzzzzzz` in {}", shape.what)) || roster,
            "check takes any field in {}:\n{}",
            shape.what,
            run.stdout
        );
        compared += 1;
    }
    assert!(compared >= 15, "only {compared} shapes");
    assert!(SETTINGS.fields.len() >= 4);
}
