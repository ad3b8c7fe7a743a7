//! The figures of BENCHMARKS.md on differences: `cargo bench --bench reviews`; with `-- versions`, `classes` or
//! `branch`, only those.

#![allow(clippy::expect_used, unreachable_pub, dead_code, reason = "a bench that cannot go on should stop")]

mod measure;
mod portfolio;

use std::hint::black_box;
use std::path::Path;
use std::process::Command;

use keyplan::access::{Access, Difference};
use keyplan::load::{Loaded, Workspace, load};
use keyplan::output::diff::human;
use keyplan::rules::Policy;
use keyplan::time::Interval;

use measure::{as_of, find, medians, processes, say};

fn read(root: &Path, workspace: &mut Workspace) -> Loaded {
    let discovery = find(root);
    load(&discovery.properties[0], None, as_of(), &|| 1, workspace).expect("the bench wrote these files")
}

fn compare(old: &Loaded, new: &Loaded) -> usize {
    let within = Interval::new(Some(new.property.as_of.start()), None);
    let difference = Difference::between(&old.property, &new.property, within);
    assert!(!difference.is_empty(), "the two versions differ");
    black_box(difference.lines()).len()
}

/// Writes a second version of a directory, with one text for another in one file.
fn version(from: &Path, to: &Path, file: &str, old: &str, new: &str) {
    std::fs::create_dir_all(to).expect("room on the disk");
    for entry in std::fs::read_dir(from).expect("the bench wrote this directory") {
        let path = entry.expect("the bench wrote this directory").path();
        std::fs::copy(&path, to.join(path.file_name().expect("a file"))).expect("room on the disk");
    }
    edit(&to.join(file), old, new);
}

fn edit(path: &Path, old: &str, new: &str) {
    let text = std::fs::read_to_string(path).expect("the bench wrote this file");
    assert!(text.contains(old), "{} has no {old}", path.display());
    std::fs::write(path, text.replace(old, new)).expect("room on the disk");
}

fn main() {
    let directory = tempfile::tempdir().expect("a directory to write in");
    let root = directory.path();
    println!("{:<88} {:>9}   wanted", "figure", "reached");
    let only = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let asked = |name: &str| only.as_ref().is_none_or(|only| only == name);
    if asked("versions") {
        two_versions(root);
    }
    if asked("classes") {
        classes(root);
    }
    if asked("branch") {
        branch(root);
    }
}

fn two_versions(root: &Path) {
    portfolio::write(&root.join("one"), 1).expect("room on the disk");
    let (old, new) = (root.join("one/house-0000"), root.join("changed"));
    version(&old, &new, "property.yaml", "fri, sat: [06:00-12:00, 13:00-24:00]", "fri, sat: 08:00-20:00");
    edit(&new.join("property.yaml"), "      service-2: { schedule: business-hours }\n", "");
    let policy = Policy::new(None, &[]);
    let mut workspaces = [Workspace::default(), Workspace::default(), Workspace::default()];
    let [first, second, third] = &mut workspaces;
    let [diff, check] = medians([
        &mut || {
            let (before, after) = (read(&old, first), read(&new, second));
            let within = Interval::new(Some(after.property.as_of.start()), None);
            let difference = Difference::between(&before.property, &after.property, within);
            black_box(human(&difference, "house", &[], false));
            drop(difference);
            first.reclaim(before);
            second.reclaim(after);
        },
        &mut || {
            let loaded = read(&new, third);
            let access = Access::resolve(&loaded.property);
            black_box(keyplan::rules::check(&loaded.property, &access, &loaded.trees, &policy));
            third.reclaim(loaded);
        },
    ]);
    say("diff of two versions of 240 doors and 500 people: ms", diff * 1e3, "");
    say("the same / one check of it", diff / check, "at most 2.5");
}

fn classes(root: &Path) {
    let pair = |people: usize| {
        let (old, new) = (root.join(format!("few-{people}")), root.join(format!("few-{people}-changed")));
        portfolio::wide(&old, 240, people, 50).expect("room on the disk");
        version(&old, &new, "property.yaml", "mon-fri: 08:00-18:00", "mon-fri: 08:00-17:00");
        (read(&old, &mut Workspace::default()), read(&new, &mut Workspace::default()))
    };
    let (few, many) = (pair(500), pair(20_000));
    let [few, many] = medians([
        &mut || {
            black_box(compare(&few.0, &few.1));
        },
        &mut || {
            black_box(compare(&many.0, &many.1));
        },
    ]);
    say("difference of 500 people in 50 classes, beyond reading: ms", few * 1e3, "");
    say("20,000 people in 50 classes / 500, beyond reading", many / few, "at most 2");
}

fn branch(root: &Path) {
    let portfolio = root.join("thousand");
    portfolio::write(&portfolio, 1_000).expect("room on the disk");
    let git = |arguments: &[&str]| {
        let identity = ["-c", "user.name=bench", "-c", "user.email=bench@example.com", "-c", "gc.auto=0"];
        let status = Command::new("git").current_dir(&portfolio).args(identity).args(arguments).status();
        assert!(status.expect("git is there").success(), "{arguments:?}");
    };
    git(&["init", "-q", "-b", "main"]);
    git(&["add", "-A"]);
    git(&["commit", "-q", "-m", "as it was"]);
    let houses = ["house-0007", "house-0400", "house-0999"];
    for house in houses {
        edit(
            &portfolio.join(house).join("property.yaml"),
            "fri, sat: [06:00-12:00, 13:00-24:00]",
            "fri, sat: 08:00-20:00",
        );
    }
    let at = portfolio.display().to_string();
    let keyplan = env!("CARGO_BIN_EXE_keyplan");
    let places = houses.map(|house| portfolio.join(house).display().to_string());
    let check = [keyplan, "check", "--as-of", "2026-11-23", &places[0], &places[1], &places[2]];
    let diff = [keyplan, "diff", "--as-of", "2026-11-23", "--base", "main", &at];
    let base = ["git", "-C", &at, "merge-base", "main", "HEAD"];
    let changed = ["git", "-C", &at, "diff", "--name-only", "--no-renames", "-z", "main", "--"];
    let fresh = ["git", "-C", &at, "ls-files", "--others", "--exclude-standard", "-z"];
    let [check, diff, base, changed, fresh] = processes([&check, &diff, &base, &changed, &fresh], 15);
    say("diff --base over 1,000 properties of which 3 changed: ms", diff * 1e3, "");
    say("check of those 3: ms", check * 1e3, "");
    say("git saying what changed: ms", (base + changed + fresh) * 1e3, "");
    say(
        "diff --base / (1.3 times the check + git saying what changed)",
        diff / (1.3 * check + base + changed + fresh),
        "at most 1",
    );
}
