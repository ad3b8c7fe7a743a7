//! Rules: list, files and pages agree, and the examples of every page are what it says they are.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use keyplan::rules::{RULES, Rule};
use proptest::prelude::*;
use serde_json::Value;

use crate::command::keyplan;

/// Marks the lines of a bad example that are reported.
const MARK: &str = "# <--";
/// What every example begins with.
const HEAD: &str = "keyplan: 1\nproperty: { id: example, name: Example, timezone: America/New_York }\n";

/// The text of a section of a page.
fn section<'p>(rule: &'p Rule, title: &str) -> &'p str {
    let heading = format!("\n## {title}\n");
    let start = rule.page.find(&heading).unwrap_or_else(|| panic!("{}: no `{title}`", rule.kind.name));
    let rest = &rule.page[start + heading.len()..];
    rest[..rest.find("\n## ").unwrap_or(rest.len())].trim()
}

/// The example of a section, and the lines that are marked in it, counted in the file that is checked.
fn example(rule: &Rule, title: &str) -> (String, BTreeSet<u64>) {
    let block = section(rule, title);
    let yaml = block.strip_prefix("```yaml\n").and_then(|rest| rest.strip_suffix("```"));
    let yaml = yaml.unwrap_or_else(|| panic!("{}: `{title}` is no example", rule.kind.name));
    let mut text = HEAD.to_owned();
    let mut marked = BTreeSet::new();
    for line in yaml.lines() {
        let plain = match line.trim_end().strip_suffix(MARK) {
            Some(plain) => {
                marked.insert(text.lines().count() as u64 + 1);
                plain.trim_end()
            }
            None => line,
        };
        text.push_str(plain);
        text.push('\n');
    }
    (text, marked)
}

/// The findings of a text: rule, level, line, message.
fn findings(text: &str, flags: &[&str]) -> Vec<(String, String, u64, String)> {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("property.yaml"), text).unwrap();
    let mut arguments = vec!["check", "--format", "json", "--as-of", "2026-11-23"];
    arguments.extend(flags);
    let run = keyplan(directory.path(), &arguments);
    let report: Value = serde_json::from_str(&run.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}{}", run.stdout, run.stderr));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    report["diagnostics"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            (text(&one["rule"]), text(&one["severity"]), one["line"].as_u64().unwrap(), text(&one["message"]))
        })
        .collect()
}

#[test]
fn every_rule_has_a_file_and_a_page_and_nothing_else_has() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rules");
    let mut pages = BTreeSet::new();
    let mut files = BTreeSet::new();
    for entry in fs::read_dir(root).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("md") => drop(pages.insert(name)),
            Some("rs")
                if fs::read_to_string(&path)
                    .unwrap()
                    .starts_with(&format!("//! `{}`\n", name.replace('_', "-"))) =>
            {
                files.insert(name.replace('_', "-"));
            }
            _ => {}
        }
    }
    let rules: BTreeSet<String> = RULES.iter().map(|rule| rule.kind.name.to_owned()).collect();
    assert_eq!(pages, rules);
    assert_eq!(files, rules);
}

#[test]
fn every_page_says_what_why_and_how_to_mend() {
    for rule in RULES {
        let name = rule.kind.name;
        assert!(rule.page.starts_with(&format!("# {name}\n\n")), "{name}");
        for title in ["Why", "Bad", "Good", "Remedy"] {
            assert!(section(rule, title).len() > 20, "{name}: {title}");
        }
    }
}

#[test]
fn bad_examples_are_reported_where_they_are_marked_and_nowhere_else() {
    let mut failures = Vec::new();
    for rule in RULES {
        let (text, marked) = example(rule, "Bad");
        assert!(!marked.is_empty(), "{}: nothing is marked", rule.kind.name);
        let found = findings(&text, &[]);
        let lines: BTreeSet<u64> =
            found.iter().filter(|one| one.0 == rule.kind.name).map(|one| one.2).collect();
        if lines != marked {
            failures.push(format!("{}: marked {marked:?}, found {found:#?}", rule.kind.name));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn good_examples_are_clean_by_every_rule() {
    let mut failures = Vec::new();
    for rule in RULES {
        let (text, marked) = example(rule, "Good");
        assert!(marked.is_empty(), "{}: a good example has a mark", rule.kind.name);
        let found = findings(&text, &[]);
        if !found.is_empty() {
            failures.push(format!("{}: {found:#?}", rule.kind.name));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Rules that judge what everybody can do. A spelling adds what is of no consequence, as a person without access or
/// the kind of a team, so others may speak.
const OF_ACCESS: &str = "schedule-bypass,share-leak,code-leak,no-entrance,doorcode-off-essential,holiday-gap";

/// The rules that say something of a property, by name.
fn speaking(property: &crate::reference::property::Property, seed: u64) -> Result<BTreeSet<String>, String> {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in crate::reference::spelling::spell(property, seed) {
        fs::write(directory.path().join(name), text).unwrap();
    }
    let as_of = property.as_of.to_string();
    let run = keyplan(
        directory.path(),
        &["check", "--format", "json", "--as-of", &as_of, "--select", OF_ACCESS, "--no-ignores"],
    );
    let report: Value =
        serde_json::from_str(&run.stdout).map_err(|error| format!("{error}: {}", run.stderr))?;
    let found = report["diagnostics"].as_array().unwrap().iter();
    let found = found.filter(|one| one["code"].as_str().unwrap() > "KP100");
    Ok(found.map(|one| one["rule"].as_str().unwrap().to_owned()).collect())
}

#[test]
fn however_a_property_is_spelled_the_same_rules_speak() {
    let seen = std::sync::Mutex::new(BTreeSet::new());
    let cases = (crate::reference::random::property(), any::<u64>(), any::<u64>());
    let seeds = "tests/it/proptest-regressions/rules.txt";
    let outcome = crate::oracle::runner(200, seeds).run(&cases, |(property, one, other)| {
        let first = speaking(&property, one).map_err(TestCaseError::fail)?;
        let second = speaking(&property, other).map_err(TestCaseError::fail)?;
        prop_assert_eq!(&first, &second);
        seen.lock().unwrap().extend(first);
        Ok(())
    });
    let seen = seen.into_inner().unwrap();
    println!("{} rules spoke: {seen:?}", seen.len());
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
    assert!(seen.len() >= 5, "only {seen:?}");
}
