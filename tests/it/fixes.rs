//! Fixes: what they promise holds by the definition of the language, minute by minute, and one run is enough.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use keyplan::diagnostic::{Diagnostic, Edit, Fix};
use keyplan::fix;
use keyplan::load::{self, Loaded, Workspace};
use keyplan::model::AsOf;
use keyplan::rules::RULES;
use keyplan::source::Span;
use keyplan::time::Day as Date;
use proptest::prelude::*;
use serde_json::Value;

use crate::command::keyplan;
use crate::oracle::runner;
use crate::reference::compare::{compare, telling_days};
use crate::reference::dice::Dice;
use crate::reference::expand::Document;
use crate::reference::property::Property;
use crate::reference::random;
use crate::reference::rewrite::rewrites;
use crate::reference::spelling::spell;

const AS_OF: &str = "2026-11-23";

/// The files of a directory, by name.
fn files(directory: &Path) -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(&path).unwrap())
        })
        .collect();
    files.sort();
    files
}

/// Safe fixes that a check of a directory proposes.
fn proposed(directory: &Path, as_of: &str) -> usize {
    let run = keyplan(directory, &["check", "--format", "json", "--as-of", as_of]);
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    report["diagnostics"].as_array().unwrap().iter().filter(|one| one["fix"]["safe"] == true).count()
}

/// Fixes a spelling of a property, and compares what it then grants with what the property means. Gives how many fixes
/// there were, and how many minutes were compared.
fn fixed_means_the_same(property: &Property, seed: u64) -> Result<(usize, u64), String> {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in spell(property, seed) {
        fs::write(directory.path().join(name), text).unwrap();
    }
    let as_of = property.as_of.to_string();
    let wanted = proposed(directory.path(), &as_of);
    if wanted == 0 {
        return Ok((0, 0));
    }
    let before = files(directory.path());
    let told = |what: &str, run: &crate::command::Run| {
        let texts: Vec<String> = before.iter().map(|(name, text)| format!("# {name}\n{text}")).collect();
        format!("{what}\n{}{}\n{}", run.stdout, run.stderr, texts.join("\n"))
    };
    let run = keyplan(directory.path(), &["check", "--fix", "--as-of", &as_of]);
    if run.code == 2 || run.stderr.contains("left as it was") {
        return Err(told("a fix failed", &run));
    }
    let after = files(directory.path());
    if before == after {
        return Err(told("nothing was written", &run));
    }
    if proposed(directory.path(), &as_of) > 0 {
        return Err(told("something is left to fix", &run));
    }
    let again = keyplan(directory.path(), &["check", "--fix", "--as-of", &as_of]);
    if files(directory.path()) != after {
        return Err(told("the second run changed something", &again));
    }
    let compiled = crate::compile(&after, property.as_of).map_err(|refused| told(&refused, &run))?;
    let days = telling_days(property, &mut Dice::new(seed));
    let minutes =
        compare(property, &Document::read(&compiled), &days).map_err(|difference| told(&difference, &run))?;
    Ok((wanted, minutes))
}

#[test]
fn fixed_files_grant_what_they_granted_and_a_second_run_finds_nothing() {
    let (fixes, minutes, properties) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
    let cases = (random::property(), any::<u64>());
    let outcome = runner(64, "tests/it/proptest-regressions/fixes.txt").run(&cases, |(property, seed)| {
        // Rewritten properties have keys and assignments that say things twice.
        let rewritten = rewrites(&property, &mut Dice::new(seed)).into_iter().map(|rewrite| rewrite.after);
        for property in std::iter::once(property.clone()).chain(rewritten) {
            let (fixed, compared) = fixed_means_the_same(&property, seed).map_err(TestCaseError::fail)?;
            fixes.fetch_add(fixed as u64, Ordering::Relaxed);
            minutes.fetch_add(compared, Ordering::Relaxed);
            properties.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    });
    let (fixes, minutes) = (fixes.into_inner(), minutes.into_inner());
    println!("{fixes} fixes in {} properties, {minutes} minutes compared", properties.into_inner());
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
    assert!(fixes > 200 && minutes > 3_000_000, "only {fixes} fixes and {minutes} minutes");
}

const HOUSE: &str = "\
keyplan: 1
property: { id: house, name: House, timezone: America/New_York }
doors:
  front: { kind: entrance } # the way in
  cellar: { kind: service }
schedules:
  # kept: the next line goes
  unused: { mon: 08:00-09:00 }   # and its comment with it
  hours:
    mon-fri: [06:00-14:00, 12:00-18:00] # two that overlap
keys:
  upkeep: { doors: { front: { schedule: hours }, cellar: { schedule: hours } } }

  # a copy of it
  copy:
    doors:
      cellar: { schedule: hours }
      front: { schedule: hours }
people: { sam: { teams: [staff] }, kim: { teams: [office, staff] } }
assignments:
  - { to: staff, keys: [upkeep] }
  - to: office   # they had the copy
    keys:
      - copy
";

const FIXED: &str = "\
keyplan: 1
property: { id: house, name: House, timezone: America/New_York }
doors:
  front: { kind: entrance } # the way in
  cellar: { kind: service }
schedules:
  # kept: the next line goes
  hours:
    mon-fri: 06:00-18:00 # two that overlap
keys:
  upkeep: { doors: { front: { schedule: hours }, cellar: { schedule: hours } } }

  # a copy of it
people: { sam: { teams: [staff] }, kim: { teams: [office, staff] } }
assignments:
  - { to: staff, keys: [upkeep] }
  - to: office   # they had the copy
    keys:
      - upkeep
";

#[test]
fn fixes_leave_comments_and_layout_alone() {
    for line_end in ["\n", "\r\n"] {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("property.yaml");
        fs::write(&path, HOUSE.replace('\n', line_end)).unwrap();
        let shown = keyplan(directory.path(), &["check", "--diff", "--as-of", AS_OF]);
        assert_eq!(shown.code, 1);
        assert!(
            shown.stdout.contains("-  unused:") && shown.stdout.contains("+    mon-fri: 06:00-18:00"),
            "{}",
            shown.stdout
        );
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            HOUSE.replace('\n', line_end),
            "--diff writes nothing"
        );
        keyplan(directory.path(), &["check", "--fix", "--as-of", AS_OF]);
        let fixed = fs::read_to_string(&path).unwrap();
        // The copy goes first; then what `office` gets is what `staff` gets only for those who are in both.
        assert_eq!(fixed, FIXED.replace('\n', line_end));
        assert_eq!(keyplan(directory.path(), &["check", "--diff", "--as-of", AS_OF]).stdout, "");
    }
}

#[test]
fn unsafe_fixes_are_made_only_when_asked_for() {
    let text =
        HOUSE.replace("upkeep: {", "upkeep: { share: true,").replace("copy:", "copy:\n    share: true");
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("property.yaml");
    fs::write(&path, text).unwrap();
    keyplan(directory.path(), &["check", "--fix", "--as-of", AS_OF]);
    assert!(fs::read_to_string(&path).unwrap().contains("share: true"));
    let run = keyplan(directory.path(), &["check", "--unsafe-fixes", "--as-of", AS_OF]);
    assert!(fs::read_to_string(&path).unwrap().contains("share: false"), "{}{}", run.stdout, run.stderr);
    assert!(!run.stdout.contains("share-restricted"), "{}", run.stdout);
}

/// A property as the library reads it.
fn read(directory: &Path, texts: &[(PathBuf, String)]) -> Loaded {
    let discovery = load::discover(&[directory.to_owned()]).unwrap();
    let mut workspace = Workspace::default();
    workspace.read_instead(texts.to_vec());
    let as_of = AsOf::Day(Date::parse(AS_OF).unwrap());
    load::load(&discovery.properties[0], None, as_of, &|| 1, &mut workspace).unwrap()
}

/// A finding that says of edits that they are safe.
fn claims(loaded: &mut Loaded, text: &str, instead: &str) {
    let at = loaded.property.sources.text().find(text).unwrap() as u32;
    let edits = vec![Edit { span: Span::new(at, at + text.len() as u32), text: instead.to_owned() }];
    let rule = RULES.iter().find(|rule| rule.kind.name == "repeated-assignment").unwrap();
    let mut diagnostic = Diagnostic::new(&rule.kind, Span::new(at, at), format!("replace `{text}`"));
    diagnostic.object = text.to_owned();
    diagnostic.fix = Some(Fix { title: "claimed to be safe".into(), safe: true, edits });
    loaded.diagnostics.push(diagnostic);
}

#[test]
fn a_fix_that_changes_access_or_breaks_the_file_is_refused_whatever_it_claims() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("property.yaml"), HOUSE).unwrap();
    let mut loaded = read(directory.path(), &[]);
    claims(&mut loaded, "to: staff, keys: [upkeep]", "to: office, keys: [upkeep]");
    claims(&mut loaded, "cellar: { kind: service }", "cellar: { kind: }}service }");
    claims(&mut loaded, "   # and its comment with it", "");
    let mut read = |texts: &[(PathBuf, String)]| Ok(read(directory.path(), texts));
    let outcome = fix::mend(loaded, false, &mut read).unwrap();
    assert_eq!(outcome.applied.len(), 1, "{:?}", outcome.applied);
    assert_eq!(outcome.refused.len(), 2, "{:?}", outcome.refused);
    assert!(outcome.refused.iter().any(|why| why.contains("would lose `unlock`")), "{:?}", outcome.refused);
    assert!(outcome.refused.iter().any(|why| why.contains("not be understood")), "{:?}", outcome.refused);
    assert_eq!(outcome.files[0].after, HOUSE.replace("   # and its comment with it", ""));
}

#[test]
fn what_is_shared_with_other_properties_is_not_fixed() {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("keyplan.yaml", "keyplan: 1\n");
    let shared = "schedules: { hours: { mon: [08:00-12:00, 11:00-13:00] } }\n";
    write("shared/hours.yaml", shared);
    write(
        "house/property.yaml",
        &HOUSE
            .replace("doors:\n  front", "include: ../shared/hours.yaml\ndoors:\n  front")
            .replace("  hours:\n    mon-fri: [06:00-14:00, 12:00-18:00] # two that overlap\n", ""),
    );
    let run = keyplan(directory.path(), &["check", "--fix", "--as-of", AS_OF]);
    assert_eq!(fs::read_to_string(directory.path().join("shared/hours.yaml")).unwrap(), shared);
    assert!(run.stdout.contains("schedule-overlap"), "{}", run.stdout);
}
