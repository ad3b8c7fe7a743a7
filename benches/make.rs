//! Writes a portfolio to measure on: `cargo bench --bench make -- DIR PROPERTIES`, or `… -- DIR campus [TIMES]`, so
//! many times 250 doors, 2,500 people and 40 keys.

#![allow(unreachable_pub, reason = "a bench has no crate to be public in")]

mod portfolio;

use std::path::Path;

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [directory, "campus", times] => {
            let times: usize = times.parse().unwrap_or(1);
            portfolio::campus(Path::new(directory), 250 * times, 2_500 * times, 40 * times)
        }
        [directory, "campus"] => portfolio::campus(Path::new(directory), 5_000, 50_000, 200),
        [directory, "conformant", count] => {
            portfolio::conformant(Path::new(directory), count.parse().unwrap_or(1))
        }
        [directory, count] => portfolio::write(Path::new(directory), count.parse().unwrap_or(1)),
        _ => Ok(()),
    }
}
