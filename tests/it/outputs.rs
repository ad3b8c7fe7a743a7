//! Outputs for other tools, by validators that others wrote.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::command::{Run, keyplan};

fn published(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/published").join(name)).unwrap()
}

/// Properties with findings of every level and form, in a directory whose name needs care.
fn portfolio() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("keyplan.yaml", "keyplan: 1\n");
    write(
        "Haus & Höfe, 50% \"neu\"/property.yaml",
        "keyplan: 1
property: { id: haus, name: Häuser <&>, timezone: Europe/Berlin }
doors:
  tür: { kind: entrance, description: \"PIN 4711\" }
  keller: { kind: service }
schedules:
  nie: { sun: 01:00-02:30 }
  tag: { mon-fri: [08:00-12:00, 11:00-18:00] }
keys:
  alle: { share: true, doors: { tür: { schedule: tag }, keller: { doorcode: false } } }
people:
  ömer: { name: \"Ömer ]]> & Söhne\", teams: [vendors] }
  ida: {}
assignments:
  - { to: [vendors, ida], keys: [alle] }
  - to: ida
    keys: [alle]
",
    );
    write(
        "broken/property.yaml",
        "keyplan: 1\nproperty: { id: broken, timezone: UTC }\ndoors:\n  a: { kind: entrance\n  b: { kindd: entrance }\n",
    );
    write(
        "clean/property.yaml",
        "keyplan: 1\nproperty: { id: clean, timezone: UTC }\ndoors: { a: { kind: entrance } }\n",
    );
    directory
}

fn check(directory: &Path, format: &str) -> Run {
    keyplan(directory, &["check", "--format", format, "--as-of", "2026-11-23"])
}

fn findings(directory: &Path) -> Vec<Value> {
    let report: Value = serde_json::from_str(&check(directory, "json").stdout).unwrap();
    report["diagnostics"].as_array().unwrap().clone()
}

#[test]
fn sarif_is_accepted_by_the_published_schema() {
    let schema: Value = serde_json::from_str(&published("sarif-schema-2.1.0.json")).unwrap();
    let validator = jsonschema::draft4::new(&schema).unwrap();
    let directory = portfolio();
    let mut log: Value = serde_json::from_str(&check(directory.path(), "sarif").stdout).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(&log).map(|error| format!("{error} at {}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
    let run = &log["runs"][0];
    let (results, rules) =
        (run["results"].as_array().unwrap(), run["tool"]["driver"]["rules"].as_array().unwrap());
    assert_eq!(results.len(), findings(directory.path()).len());
    assert!(results.len() > 10, "{}", results.len());
    for result in results {
        let rule = &rules[result["ruleIndex"].as_u64().unwrap() as usize];
        assert_eq!(rule["id"], result["ruleId"]);
        // A relative reference, as a URI wants it.
        let uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap();
        assert!(uri.is_ascii() && !uri.contains([' ', '"', '<']), "{uri}");
    }
    assert!(results.iter().any(|result| result["fixes"].is_array()));
    // The validator can say no.
    log["runs"][0]["results"][0]["level"] = "fatal".into();
    assert!(!validator.is_valid(&log));
}

/// What a validator of XML Schema says against a report.
fn objections(xml: &str) -> Vec<String> {
    use xsd_schema::validation::{
        CollectingValidationSink, SchemaValidator, ValidationFlags, drive_quick_xml,
    };
    let schema = xsd_schema::SchemaSetBuilder::new()
        .add_source(&published("junit-10.xsd"), "junit-10.xsd")
        .and_then(|builder| builder.compile())
        .unwrap_or_else(|error| panic!("{error:?}"))
        .into_schema_set();
    let validator = SchemaValidator::new(&schema, ValidationFlags::default());
    let (mut errors, mut warnings) = (Vec::new(), Vec::new());
    let mut run =
        validator.start_run(CollectingValidationSink { errors: &mut errors, warnings: &mut warnings });
    drive_quick_xml(xml.as_bytes(), &mut run, &schema).unwrap_or_else(|error| panic!("{error:?}\n{xml}"));
    drop(run);
    errors.iter().map(|error| format!("{error:?}")).collect()
}

#[test]
fn junit_is_accepted_by_the_schema_of_jenkins() {
    let directory = portfolio();
    let xml = check(directory.path(), "junit").stdout;
    assert_eq!(objections(&xml), Vec::<String>::new());
    assert_eq!(xml.matches("<testsuite ").count(), 3);
    let findings = findings(directory.path()).len();
    // The clean property has a case that passed.
    assert_eq!(xml.matches("<testcase ").count(), findings + 1);
    // The validator can say no.
    assert!(!objections(&xml.replace("<testcase name", "<testcase nome")).is_empty());
}

#[test]
fn gitlab_gets_a_list_with_fingerprints_that_tell_findings_apart() {
    let directory = portfolio();
    let issues: Value = serde_json::from_str(&check(directory.path(), "gitlab").stdout).unwrap();
    let issues = issues.as_array().unwrap();
    assert_eq!(issues.len(), findings(directory.path()).len());
    let prints: BTreeSet<&str> = issues.iter().map(|issue| issue["fingerprint"].as_str().unwrap()).collect();
    assert_eq!(prints.len(), issues.len(), "every finding has one of its own");
    for issue in issues {
        assert!(["info", "minor", "major"].contains(&issue["severity"].as_str().unwrap()));
        assert!(issue["location"]["lines"]["begin"].as_u64().unwrap() > 0);
    }
}

#[test]
fn fingerprints_stay_when_lines_move_and_other_things_change() {
    let directory = portfolio();
    let prints = || -> Vec<String> {
        let log: Value = serde_json::from_str(&check(directory.path(), "sarif").stdout).unwrap();
        let results = log["runs"][0]["results"].as_array().unwrap().clone();
        let print = |result: &Value| result["partialFingerprints"]["keyplan/v1"].as_str().unwrap().to_owned();
        results.iter().filter(|result| result["properties"]["property"] == "haus").map(print).collect()
    };
    let before = prints();
    let path = directory.path().join("Haus & Höfe, 50% \"neu\"/property.yaml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("doors:\n", "# moved\n\nholidays:\n  2026-12-25: Weihnachten\ndoors:\n"))
        .unwrap();
    assert_eq!(prints(), before);
}

#[test]
fn github_gets_one_command_a_finding() {
    let directory = portfolio();
    let run = check(directory.path(), "github");
    assert_eq!(run.stdout.lines().count(), findings(directory.path()).len());
    for line in run.stdout.lines() {
        let (command, rest) = line.strip_prefix("::").and_then(|rest| rest.split_once(' ')).unwrap();
        assert!(["error", "warning", "notice"].contains(&command), "{line}");
        let (properties, message) = rest.split_once("::").unwrap();
        assert!(!message.is_empty());
        for property in properties.split(',') {
            let (name, value) = property.split_once('=').unwrap();
            assert!(["file", "line", "endLine", "col", "endColumn", "title"].contains(&name), "{line}");
            assert!(!value.contains(':'), "{line}");
        }
    }
    // A comma and a percent sign in a path are escaped.
    assert!(run.stdout.contains("Höfe%2C 50%25"), "{}", run.stdout);
}

#[test]
fn secrets_reach_no_output() {
    let directory = portfolio();
    for format in ["human", "concise", "json", "sarif", "github", "gitlab", "junit", "markdown"] {
        let run = check(directory.path(), format);
        assert!(run.stdout.contains("looks like a code"), "{format}");
        assert!(!run.stdout.contains("4711") && !run.stderr.contains("4711"), "{format}: {}", run.stdout);
    }
}

#[test]
fn the_lines_around_another_finding_show_no_secret_either() {
    let directory = tempfile::tempdir().unwrap();
    let text = "keyplan: 1\nproperty: { id: a, timezone: UTC }\ndoors:\n  a:\n    kind: entrence\n    password: hunter2\n    flor: 3\n";
    fs::write(directory.path().join("property.yaml"), text).unwrap();
    let run = check(directory.path(), "human");
    assert!(run.stdout.contains("entrence") && run.stdout.contains("flor"), "{}", run.stdout);
    assert!(!run.stdout.contains("hunter2"), "{}", run.stdout);
}

#[test]
fn several_outputs_go_to_files_at_once_and_their_order_is_stable() {
    let directory = portfolio();
    let arguments = |threads: &'static str| {
        [
            "check",
            "--format",
            "concise",
            "--format",
            "json=a.json",
            "--format",
            "markdown=a.md",
            "--threads",
            threads,
            "--as-of",
            "2026-11-23",
        ]
    };
    let one = keyplan(directory.path(), &arguments("1"));
    let read = |name: &str| fs::read_to_string(directory.path().join(name)).unwrap();
    let (json, markdown) = (read("a.json"), read("a.md"));
    for _ in 0..5 {
        let many = keyplan(directory.path(), &arguments("4"));
        assert_eq!(
            (many.stdout, read("a.json"), read("a.md")),
            (one.stdout.clone(), json.clone(), markdown.clone())
        );
    }
    let rows =
        markdown.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| level")).count() - 1;
    assert_eq!(rows, findings(directory.path()).len());
}
