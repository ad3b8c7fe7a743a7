//! `diff` for people: losses and gains, whatever some people lose or gain alike in one line.

use std::fmt::Write;

use super::sentence::Voice;
use crate::access::Difference;
use crate::access::difference::Line;
use crate::output::report::Changes;
use crate::output::words::count;

/// The difference of one property: a heading, then a line for each thing that some people lose or gain alike.
#[must_use]
pub fn human(difference: &Difference<'_>, property: &str, notes: &[String], color: bool) -> String {
    let lines = difference.lines();
    let voice = Voice::new(difference);
    let mut text = format!("{}\n", heading(difference, property, &lines));
    notes.iter().for_each(|note| text.push_str(&format!("  note: {note}\n")));
    for line in &lines {
        let sentence = voice.sentence(line);
        let mark = if line.lost { "-" } else { "+" };
        let (on, off) = match (color, line.lost) {
            (false, _) => ("", ""),
            (true, true) => ("\u{1b}[31m", "\u{1b}[0m"),
            (true, false) => ("\u{1b}[32m", "\u{1b}[0m"),
        };
        // Writing to a text cannot fail.
        let _ = writeln!(text, "  {on}{mark} {}{off}", sentence.text);
    }
    text
}

/// How many people lose or gain something.
pub(super) fn heading(difference: &Difference<'_>, property: &str, lines: &[Line]) -> String {
    if lines.is_empty() {
        return format!("{property}: nobody gains or loses anything");
    }
    let told = |lost: bool| {
        let mut cohorts: Vec<usize> = lines
            .iter()
            .filter(|line| line.lost == lost)
            .flat_map(|line| line.cohorts.iter().copied())
            .collect();
        cohorts.sort_unstable();
        cohorts.dedup();
        cohorts.iter().map(|cohort| difference.cohorts()[*cohort].people.len()).sum::<usize>()
    };
    let (losers, gainers) = (told(true), told(false));
    let of = |number: usize, one: &str, many: &str| {
        format!("{} {}", count(number, "person", "people"), if number == 1 { one } else { many })
    };
    match (losers, gainers) {
        (0, _) => format!("{property}: {} access, nobody loses any", of(gainers, "gains", "gain")),
        (_, 0) => format!("{property}: {} access, nobody gains any", of(losers, "loses", "lose")),
        _ => {
            format!("{property}: {} and {} access", of(losers, "loses", "lose"), of(gainers, "gains", "gain"))
        }
    }
}

/// The difference as a page tells it.
#[must_use]
pub fn changes(difference: &Difference<'_>, property: &str, notes: &[String]) -> Changes {
    let lines = difference.lines();
    let voice = Voice::new(difference);
    Changes {
        heading: heading(difference, property, &lines),
        notes: notes.to_vec(),
        sentences: lines.iter().map(|line| (line.lost, voice.with_names(line))).collect(),
    }
}
