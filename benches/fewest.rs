//! The figures of BENCHMARKS.md on fewest keys: `cargo bench --bench fewest -- DIR`, DIR with the tables of needs.

#![allow(clippy::expect_used, reason = "a bench may stop")]

use std::collections::HashMap;
use std::io::Read as _;
use std::time::Instant;

use keyplan::optimize::{Effort, Needs, fewest};

fn main() {
    let directory =
        std::env::args().skip(1).find(|argument| !argument.starts_with('-')).expect("a directory");
    let mut files: Vec<_> = std::fs::read_dir(directory)
        .expect("it can be read")
        .map(|entry| entry.expect("a file").path())
        .collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "gz"));
    files.sort();
    for path in files {
        let mut text = String::new();
        let file = std::fs::File::open(&path).expect("it opens");
        flate2::read::GzDecoder::new(file).read_to_string(&mut text).expect("it is gzip");
        let start = Instant::now();
        let (people, pinned) = read(&text);
        let reading = start.elapsed();
        let start = Instant::now();
        let needs = Needs::new(&people).with_pinned(&pinned);
        let found = fewest(&needs, Effort::thorough(&|| false));
        let time = start.elapsed();
        let clutter: usize = found.shared.iter().map(|key| key.people.len() + key.permissions.len()).sum();
        println!(
            "{:<16} {} keys, {} private, {} at least, clutter {clutter}, {:.1} ms, reading {:.1} ms, refuted {}",
            path.file_name().unwrap_or_default().to_string_lossy(),
            found.keys(),
            found.private.len(),
            found.lower_bound(),
            time.as_secs_f64() * 1e3,
            reading.as_secs_f64() * 1e3,
            found.bounds.iter().filter(|bound| matches!(bound, keyplan::optimize::Bound::Refuted(_))).count()
        );
    }
}

fn read(text: &str) -> (Vec<Vec<u32>>, Vec<bool>) {
    let mut people: Vec<Vec<u32>> = Vec::new();
    let mut person_of: HashMap<&str, usize> = HashMap::new();
    let mut permission_of: HashMap<&str, u32> = HashMap::new();
    let mut pinned = Vec::new();
    for line in text.lines() {
        let (person, permissions) = match line.split_once(':') {
            Some((person, permissions)) => (person, permissions),
            None => match line.trim().split_once(char::is_whitespace) {
                Some(two) => two,
                None => continue,
            },
        };
        let row = *person_of.entry(person.trim()).or_insert_with(|| {
            people.push(Vec::new());
            people.len() - 1
        });
        for permission in permissions.split_whitespace() {
            let next = permission_of.len() as u32;
            let number = *permission_of.entry(permission).or_insert(next);
            if number == next {
                let home = permission.split('|').next().and_then(|door| door.split_once("/u"));
                pinned.push(
                    home.is_some_and(|(_, rest)| rest.starts_with(char::is_numeric))
                        && permission.ends_with("|24x7|c|s"),
                );
            }
            people[row].push(number);
        }
    }
    (people, pinned)
}
