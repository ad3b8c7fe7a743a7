//! The product against the oracle: what it compiles grants exactly the minutes that the definition grants, in
//! whatever way a property is written.

use std::sync::atomic::{AtomicU64, Ordering};

use chrono::NaiveDate;
use proptest::prelude::*;
use proptest::test_runner::{FileFailurePersistence, RngSeed, TestRunner};
use serde_json::Value;

use crate::reference::canonical::check_canonical;
use crate::reference::compare::{Day, compare, telling_days};
use crate::reference::dice::Dice;
use crate::reference::example;
use crate::reference::expand::Document;
use crate::reference::property::Property;
use crate::reference::random;
use crate::reference::rewrite::rewrites;
use crate::reference::spelling::spell;

/// As many as the whole comparison must at least have looked at.
const ENOUGH_MINUTES: u64 = 3_000_000;

/// A fixed number of cases, the same in every run unless `KEYPLAN_SEED` gives another number; seeds that failed are kept
/// in the repository.
pub(crate) fn runner(cases: u32, seeds: &'static str) -> TestRunner {
    runner_of(cases, seeds, 0)
}

/// The same with other cases: `more` is added to the seed.
pub(crate) fn runner_of(cases: u32, seeds: &'static str, more: u64) -> TestRunner {
    let persistence = FileFailurePersistence::Direct(seeds);
    let failure_persistence = Some(Box::new(persistence) as Box<_>);
    // Enough to bring most failures down to a door, a person and a key.
    let max_shrink_iters = std::env::var("KEYPLAN_SHRINK").map_or(2_000, |most| most.parse().unwrap());
    TestRunner::new(ProptestConfig {
        cases,
        failure_persistence,
        max_shrink_iters,
        rng_seed: RngSeed::Fixed(
            more + std::env::var("KEYPLAN_SEED").map_or(1, |seed| seed.parse().unwrap()),
        ),
        ..ProptestConfig::default()
    })
}

/// What the product makes of the files; all files here are valid, so a refusal comes back with all of their texts.
fn compiled(files: &[(String, String)], as_of: NaiveDate) -> Result<String, String> {
    crate::compile(files, as_of).map_err(|diagnostics| {
        let texts: Vec<String> = files.iter().map(|(name, text)| format!("# {name}\n{text}")).collect();
        format!("refused:\n{diagnostics}\n{}", texts.join("\n"))
    })
}

pub(crate) fn compiled_as(property: &Property, seed: u64) -> Result<String, String> {
    compiled(&spell(property, seed), property.as_of)
}

fn accepted(property: &Property, seed: u64) -> Result<String, TestCaseError> {
    compiled_as(property, seed).map_err(TestCaseError::fail)
}

/// Without what may differ between properties that mean the same.
pub(crate) fn without_names_of_keys(json: &str) -> Value {
    let mut document: Value = serde_json::from_str(json).unwrap();
    document.as_object_mut().unwrap().remove("digest");
    let locks = document["locks"].as_array_mut().unwrap().iter_mut();
    let credentials = locks.flat_map(|lock| lock["credentials"].as_array_mut().unwrap());
    credentials.for_each(|credential| drop(credential.as_object_mut().unwrap().remove("keys")));
    document
}

/// The first credential in which two documents differ, both ways.
fn first_difference(one: &Value, other: &Value) -> Option<String> {
    if one == other {
        return None;
    }
    let locks = one["locks"].as_array().unwrap().iter().zip(other["locks"].as_array().unwrap());
    for (lock, changed) in locks.filter(|(lock, changed)| lock != changed) {
        let (credentials, others) = (&lock["credentials"].as_array()?, &changed["credentials"].as_array()?);
        for (credential, changed) in credentials.iter().zip(others.iter()) {
            if credential != changed {
                return Some(format!("{}:\n{credential}\n{changed}", lock["door"]));
            }
        }
    }
    Some("something else".to_owned())
}

#[test]
fn the_worked_example_grants_what_the_definition_grants() {
    let property = example::property();
    let files = [("property.yaml".to_owned(), example::YAML.to_owned())];
    let document =
        Document::read(&compiled(&files, property.as_of).unwrap_or_else(|refused| panic!("{refused}")));
    let days =
        ["2026-11-23", "2026-12-24", "2026-12-25", "2026-12-26", "2027-01-01", "2027-01-31", "2027-02-01"];
    let days = days.map(|day| Day::of(&property, example::date(day)));
    let minutes = compare(&property, &document, &days).unwrap();
    println!("compared {minutes} minutes over the worked example");
    assert_eq!(check_canonical(&property, &document), Vec::<String>::new());
}

#[test]
fn every_minute_is_granted_as_defined() {
    let (minutes, properties) = (AtomicU64::new(0), AtomicU64::new(0));
    let cases = (random::property(), any::<u64>());
    let outcome = runner(128, "tests/it/proptest-regressions/minutes.txt").run(&cases, |(property, seed)| {
        let document = Document::read(&accepted(&property, seed)?);
        let days = telling_days(&property, &mut Dice::new(seed));
        let compared = compare(&property, &document, &days).map_err(TestCaseError::fail)?;
        minutes.fetch_add(compared, Ordering::Relaxed);
        properties.fetch_add(1, Ordering::Relaxed);
        Ok(())
    });
    let (minutes, properties) = (minutes.into_inner(), properties.into_inner());
    println!("compared {minutes} minutes over {properties} properties");
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
    assert!(minutes >= ENOUGH_MINUTES, "only {minutes} minutes were compared");
}

#[test]
fn one_property_in_two_spellings_is_one_document() {
    let cases = (random::property(), any::<u64>(), any::<u64>());
    let outcome =
        runner(256, "tests/it/proptest-regressions/spellings.txt").run(&cases, |(property, one, other)| {
            prop_assert_eq!(accepted(&property, one)?, accepted(&property, other)?);
            Ok(())
        });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn every_document_is_canonical() {
    let cases = (random::property(), any::<u64>());
    let outcome =
        runner(256, "tests/it/proptest-regressions/canonical.txt").run(&cases, |(property, seed)| {
            let document = Document::read(&accepted(&property, seed)?);
            let broken = check_canonical(&property, &document);
            prop_assert!(broken.is_empty(), "{broken:#?}");
            Ok(())
        });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn what_means_the_same_compiles_the_same() {
    let cases = (random::property(), any::<u64>());
    let outcome =
        runner(128, "tests/it/proptest-regressions/rewrites.txt").run(&cases, |(property, seed)| {
            for rewrite in rewrites(&property, &mut Dice::new(seed)) {
                let before = without_names_of_keys(&accepted(&rewrite.before, seed)?);
                let after = without_names_of_keys(&accepted(&rewrite.after, seed.wrapping_add(1))?);
                let differs = first_difference(&before, &after);
                prop_assert!(differs.is_none(), "after: {}: {}", rewrite.what, differs.unwrap_or_default());
            }
            Ok(())
        });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}
