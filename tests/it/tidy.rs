//! The laws of the house, held to by reading the source.

use crate::command::root;
use std::fs;
use std::path::{Path, PathBuf};

/// Floors from the ground up; a module may import only from floors below its own.
const FLOORS: [(&str, u8); 23] = [
    ("source", 0),
    ("time", 0),
    ("diagnostic", 1),
    ("syntax", 2),
    ("model", 3),
    ("access", 4),
    ("tables", 5),
    ("optimize", 5),
    ("proof", 5),
    ("locks", 6),
    ("adopt", 7),
    ("rules", 7),
    ("load", 7),
    ("plan", 7),
    ("fix", 8),
    ("provider", 8),
    ("state", 8),
    ("doctor", 9),
    ("drift", 9),
    ("apply", 9),
    ("output", 10),
    ("cli", 11),
    ("main", 12),
];

fn sources(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// The module of the lowest level that a file belongs to.
fn module(path: &Path) -> String {
    let relative = path.strip_prefix(root().join("src")).unwrap();
    let first = relative.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
    first.trim_end_matches(".rs").to_owned()
}

fn floor(module: &str) -> u8 {
    FLOORS.iter().find(|(name, _)| *name == module).unwrap_or_else(|| panic!("no floor for `{module}`")).1
}

/// A file's text before its tests.
fn before_tests(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests {").next().unwrap()
}

#[test]
fn modules_import_only_from_lower_floors() {
    let mut imports = 0;
    for path in sources(&root().join("src")).iter().filter(|path| !path.ends_with("lib.rs")) {
        let (own, text) = (module(path), fs::read_to_string(path).unwrap());
        // `use crate::x` and `crate::x::…` alike.
        for part in text.split("crate::").skip(1) {
            let other: String = part.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if other == own || other.is_empty() || part.starts_with('$') {
                continue;
            }
            imports += 1;
            assert!(
                floor(&other) < floor(&own),
                "{} imports `{other}`, which is not below it",
                path.display()
            );
        }
    }
    assert!(imports > 50, "only {imports} imports were seen");
}

#[test]
fn the_pure_modules_do_not_touch_the_world() {
    for path in sources(&root().join("src")) {
        let module = module(&path);
        if !["time", "diagnostic", "syntax", "model", "access", "tables", "locks", "rules", "plan"]
            .contains(&module.as_str())
        {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let text = before_tests(&text);
        if path.ends_with("syntax/tests.rs") {
            continue;
        }
        for world in
            ["std::fs", "std::env", "std::net", "std::process", "Utc::now", "SystemTime", "Instant::now"]
        {
            assert!(!text.contains(world), "{} uses {world}", path.display());
        }
    }
}

#[test]
fn only_output_and_cli_print() {
    for path in sources(&root().join("src")) {
        let text = fs::read_to_string(&path).unwrap();
        if path.ends_with("syntax/tests.rs") || ["output", "cli"].contains(&module(&path).as_str()) {
            continue;
        }
        for print in ["println!", "eprintln!", "print!("] {
            assert!(!before_tests(&text).contains(print), "{} prints", path.display());
        }
    }
}

#[test]
fn files_are_small() {
    let mut lengths: Vec<(usize, PathBuf)> = sources(&root().join("src"))
        .into_iter()
        .filter(|path| !path.ends_with("syntax/tests.rs"))
        .map(|path| (before_tests(&fs::read_to_string(&path).unwrap()).lines().count(), path))
        .collect();
    lengths.sort();
    for (length, path) in &lengths {
        assert!(*length <= 500, "{} has {length} lines", path.display());
    }
    let median = lengths[lengths.len() / 2].0;
    assert!(median <= 150, "the median file has {median} lines");
    let main = lengths.iter().find(|(_, path)| path.ends_with("main.rs")).unwrap();
    assert!(main.0 < 30);
}

#[test]
fn rules_are_small() {
    let mut rules = 0;
    for path in sources(&root().join("src/rules")) {
        let text = fs::read_to_string(&path).unwrap();
        // A rule's file begins with its name.
        if text.starts_with("//! `") {
            let code = before_tests(&text).lines().map(str::trim).filter(|line| !line.is_empty());
            let code = code.filter(|line| !line.starts_with("//")).count();
            assert!(code <= 80, "{} has {code} lines of code", path.display());
            rules += 1;
        }
    }
    assert_eq!(rules, keyplan::rules::RULES.len());
}

#[test]
fn the_architecture_lists_every_module() {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    for (module, _) in FLOORS.iter().filter(|(module, _)| *module != "main") {
        assert!(text.contains(&format!("`{module}`")), "ARCHITECTURE.md does not name `{module}`");
    }
    for path in sources(&root().join("src")).iter().filter(|path| !path.ends_with("lib.rs")) {
        floor(&module(path));
    }
}

#[test]
fn every_dependency_says_why_it_is_there() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let mut inside = false;
    let mut before = "";
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = line.ends_with("dependencies]");
        } else if inside && line.contains('=') {
            assert!(before.starts_with("# "), "no reason above: {line}");
        }
        before = line;
    }
}
