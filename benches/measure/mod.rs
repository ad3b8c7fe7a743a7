//! What the benches measure with.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use keyplan::load::{Discovery, discover};
use keyplan::model::AsOf;
use keyplan::time::Day;

pub const ROUNDS: usize = 7;

/// Seconds of each of several things, done in turn, by their medians.
pub fn medians<const N: usize>(mut things: [&mut dyn FnMut(); N]) -> [f64; N] {
    let mut seconds: [Vec<f64>; N] = std::array::from_fn(|_| Vec::new());
    for round in 0..=ROUNDS {
        for (thing, seconds) in things.iter_mut().zip(&mut seconds) {
            let start = Instant::now();
            thing();
            // The first round warms caches.
            if round > 0 {
                seconds.push(start.elapsed().as_secs_f64());
            }
        }
    }
    seconds.map(|mut seconds| {
        seconds.sort_by(f64::total_cmp);
        seconds[seconds.len() / 2]
    })
}

pub fn say(what: &str, figure: f64, wanted: &str) {
    println!("{what:<88} {figure:>9.2}   {wanted}");
}

/// Seconds of whole processes, in turn, by their medians.
pub fn processes<const N: usize>(commands: [&[&str]; N], rounds: usize) -> [f64; N] {
    let mut seconds: [Vec<f64>; N] = std::array::from_fn(|_| Vec::new());
    for _ in 0..rounds {
        for (command, seconds) in commands.iter().zip(&mut seconds) {
            let start = Instant::now();
            let status = Command::new(command[0])
                .args(&command[1..])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .expect("the command is there");
            assert!(status.success(), "{command:?}");
            seconds.push(start.elapsed().as_secs_f64());
        }
    }
    seconds.map(|mut seconds| {
        seconds.sort_by(f64::total_cmp);
        seconds[seconds.len() / 2]
    })
}

pub fn as_of() -> AsOf {
    AsOf::Day(Day::parse("2026-11-23").expect("a date"))
}

pub fn find(root: &Path) -> Discovery {
    discover(&[root.to_owned()]).expect("the bench wrote this directory")
}
