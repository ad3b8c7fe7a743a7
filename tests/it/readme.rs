//! What README.md and the documents show is what happens.

use std::fs;
use std::path::Path;

use crate::command::{copy_property, keyplan, keyplan_with, root};

/// The fenced blocks of a document, with their language.
fn blocks(document: &str) -> Vec<(String, String)> {
    let text = fs::read_to_string(root().join(document)).unwrap();
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            blocks.push((language.to_owned(), block.join("\n") + "\n"));
        }
    }
    blocks
}

fn check(text: &str) -> String {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("property.yaml"), text).unwrap();
    let run = keyplan(directory.path(), &["check"]);
    run.stdout.replace("property.yaml:", "")
}

#[test]
fn the_readme_shows_a_property_that_works_and_a_message_that_comes() {
    let blocks = blocks("README.md");
    let (_, property) =
        blocks.iter().find(|(language, text)| language == "yaml" && text.contains("property:")).unwrap();
    assert!(check(property).starts_with("1 property checked, nothing to mend\n"));
    let (_, message) =
        blocks.iter().find(|(language, text)| language == "text" && text.contains("error:")).unwrap();
    let shown = check(&property.replace("schedule: pool-hours", "schedule: pool-houers"));
    // An editor trims the blanks at the ends of lines.
    let trimmed = |text: &str| text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
    assert!(
        trimmed(&shown).starts_with(trimmed(&message.replace("property.yaml:", "")).trim_end()),
        "{shown}"
    );
}

#[test]
fn the_readme_shows_a_finding_that_comes() {
    let blocks = blocks("README.md");
    let (_, property) =
        blocks.iter().find(|(language, text)| language == "yaml" && text.contains("property:")).unwrap();
    let (_, message) =
        blocks.iter().find(|(language, text)| language == "text" && text.contains("warning:")).unwrap();
    let shown = check(&property.replace("pool: { doors: {", "pool: { share: true, doors: {"));
    let trimmed = |text: &str| text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
    assert!(
        trimmed(&shown).starts_with(trimmed(&message.replace("property.yaml:", "")).trim_end()),
        "{shown}"
    );
}

#[test]
fn the_readme_shows_a_plan_that_comes() {
    let blocks = blocks("README.md");
    let (_, property) =
        blocks.iter().find(|(language, text)| language == "yaml" && text.contains("property:")).unwrap();
    let (_, plan) =
        blocks.iter().find(|(language, text)| language == "text" && text.contains("changes at")).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let run = |text: &str, arguments: &[&str]| {
        fs::write(directory.path().join("property.yaml"), text).unwrap();
        let run = keyplan_with(
            directory.path(),
            arguments,
            &[("HOME", directory.path().to_str().unwrap()), ("KEYPLAN_AS_OF", "2026-11-23")],
        );
        assert_eq!(run.code, 0, "{}", run.stderr);
        run.stdout
    };
    run(property, &["apply", "--yes"]);
    let ana = property.lines().find(|line| line.starts_with("  ana:")).unwrap();
    let ben = "  ben: { name: Ben Ode, unit: flat-2, teams: [tenants] }";
    let shown = run(&property.replace(ana, ben), &["plan"]);
    assert!(shown.starts_with(plan), "{shown}");
}

#[test]
fn the_table_of_rules_is_the_one_that_the_command_prints() {
    let document = fs::read_to_string(root().join("docs/rules.md")).unwrap();
    let table = keyplan(root(), &["rules", "--format", "markdown"]).stdout;
    assert!(document.ends_with(&table), "write the table of `keyplan rules --format markdown` anew");
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    assert!(readme.contains(&format!("[{} rules]", keyplan::rules::RULES.len())));
}

#[test]
fn the_readmes_commands_are_there() {
    let (_, compile) = blocks("README.md").into_iter().find(|(_, text)| text.contains("cargo run")).unwrap();
    let arguments: Vec<&str> = compile.trim().split(" -- ").nth(1).unwrap().split(' ').collect();
    // In a copy: what it writes is not for this checkout.
    let directory = tempfile::tempdir().unwrap();
    let example = directory.path().join("examples/1800-main-st");
    copy_property(&root().join("examples/1800-main-st"), &example);
    let run = || keyplan_with(directory.path(), &arguments, &[("HOME", directory.path().to_str().unwrap())]);
    let first = run();
    assert_eq!(first.code, 0, "{}", first.stderr);
    assert!(first.stderr.contains(" changes at 250 locks for 459 people"), "{}", first.stderr);
    assert!(first.stdout.contains("changes applied\n"), "{}", first.stdout);
    assert!(run().stderr.contains("nothing to do"));
}

#[test]
fn every_property_in_the_language_document_is_right() {
    let mut checked = 0;
    for (language, text) in blocks("docs/language.md") {
        if language == "yaml" && text.contains("\nproperty:") {
            assert!(check(&text).starts_with("1 property checked, nothing to mend\n"));
            checked += 1;
        }
    }
    assert!(checked >= 1);
}

#[test]
fn documents_link_to_files_that_are_there() {
    for document in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "docs/language.md", "docs/json.md"] {
        let text = fs::read_to_string(root().join(document)).unwrap();
        let directory = Path::new(document).parent().unwrap();
        for link in text.split("](").skip(1).map(|rest| rest.split(')').next().unwrap()) {
            let file = link.split('#').next().unwrap();
            if !link.starts_with("http") && !file.is_empty() {
                assert!(root().join(directory).join(file).exists(), "{document} links to {link}");
            }
        }
    }
}
